//! Laws of the whole path from network to image.

mod defects;
mod explained;
mod fit_errors;
mod laws;
mod microcode;
mod planted;
mod quantisation;
mod searched;
mod semantics;
mod shared;

use crate::network::{Connect, LifParameters, Network, Population, Projection, RuleSpec, Threshold, TraceSpec};
use crate::parameter::Parameter;
use caudate_core::chip::ChipDescription;
use caudate_core::image::ChipImage;
use caudate_core::memory::MemoryReader;
use caudate_core::synapse::SignMode;
use proptest::prelude::*;

fn chip(name: &str) -> ChipDescription {
    ChipDescription::built_in(name).unwrap()
}

fn lif(name: &str, size: u32) -> Population {
    Population::lif(name, size, LifParameters::default())
}

fn stdp(name: &str) -> RuleSpec {
    let trace = |impulse| Some(TraceSpec { impulse, tau_steps: 10.0 });
    RuleSpec {
        dw: Some("2^-2*x1*y0".to_owned()),
        dt: Some("2^-1*x1*y0".to_owned()),
        x1: trace(16.0),
        ..RuleSpec::new(name)
    }
}

/// Compiles with the (population, member) pairs of each core given, placed row by row.
fn remap(
    network: &Network,
    chip: &ChipDescription,
    cores: &[Vec<(String, u32)>],
) -> Result<crate::Compilation, crate::Error> {
    let (mut first, mut ids) = (std::collections::BTreeMap::new(), 0);
    for population in &network.populations {
        first.insert(population.name.as_str(), ids);
        ids += population.size as usize;
    }
    let mut core_of = vec![None; ids];
    for (neurons, core) in cores.iter().zip(0..) {
        neurons.iter().for_each(|(name, member)| core_of[first[name.as_str()] + *member as usize] = Some(core));
    }
    let division = Some(crate::partition::Division::new(core_of));
    let options = crate::CompileOptions { division, placer: "row-by-row".to_owned(), ..Default::default() };
    crate::compile(network, chip, &options)
}

/// Everything that identifies a synapse: projection, source, target neuron, weight, stored delay.
type Identity = (u32, u32, u32, i16, u8);

/// The synapses of an image, sorted.
fn synapses(image: &ChipImage) -> Vec<Identity> {
    let mut all = Vec::new();
    for core in &image.cores {
        let mut reader = MemoryReader::new(&core.memory);
        let mut lists = core.lists.iter();
        for axon in &core.axons {
            for list in lists.by_ref().take(axon.lists as usize) {
                let group = core.groups[list.group as usize];
                let format = &core.formats[group.format as usize];
                let visit = |s: caudate_core::memory::Synapse| {
                    let target = core.compartments[s.target as usize].neuron.0;
                    all.push((group.projection.0, axon.source.0, target, s.weight, s.delay));
                };
                reader.read_list(format, image.chip.synapse.list_header_bits, list.synapses, visit).unwrap();
            }
        }
    }
    all.sort_unstable();
    all
}

fn any_parameter(low: i32, high: i32) -> impl Strategy<Value = Parameter> {
    prop_oneof![
        (low..=high).prop_map(|value| Parameter::Constant(f64::from(value))),
        Just(Parameter::Uniform { low: f64::from(low), high: f64::from(high), levels: None }),
        Just(Parameter::Uniform { low: f64::from(low), high: f64::from(high), levels: Some(2) }),
        Just(Parameter::Choice { values: vec![f64::from(low), f64::from(high)] }),
    ]
}

fn any_connect(pre: u32, post: u32) -> BoxedStrategy<Connect> {
    // A pair at most twice per projection: with a few projections that stays below the limit of parallel synapses.
    let list = prop::collection::vec((0..pre, 0..post), 0..12).prop_map(|mut pairs| {
        let mut seen = std::collections::BTreeMap::new();
        pairs.retain(|pair| {
            let count = seen.entry(*pair).or_insert(0);
            *count += 1;
            *count <= 2
        });
        let (pre, post) = pairs.into_iter().unzip();
        Connect::List { pre, post }
    });
    let random = (0.0_f64..=0.5, any::<bool>())
        .prop_map(|(probability, self_connections)| Connect::FixedProbability { probability, self_connections });
    let in_degree = (0..=pre.saturating_sub(1).min(3))
        .prop_map(|in_degree| Connect::FixedInDegree { in_degree, self_connections: false });
    let all = any::<bool>().prop_map(|self_connections| Connect::AllToAll { self_connections });
    if pre == post {
        prop_oneof![list, random, in_degree, all, Just(Connect::OneToOne)].boxed()
    } else {
        prop_oneof![list, random, in_degree, all].boxed()
    }
}

fn any_projection(sizes: Vec<u32>) -> impl Strategy<Value = Projection> {
    (0..sizes.len(), 1..sizes.len()).prop_flat_map(move |(pre, post)| {
        let sign = prop_oneof![
            Just((SignMode::Mixed, -200, 200)),
            Just((SignMode::Excitatory, 0, 255)),
            Just((SignMode::Inhibitory, -255, 0))
        ];
        let weight = sign.prop_flat_map(|(sign, low, high)| (Just(sign), any_parameter(low, high)));
        let exponent = prop_oneof![Just(None), (-8_i8..=7).prop_map(Some)];
        let bits = prop_oneof![Just(1_u8), Just(4), Just(8)];
        (any_connect(sizes[pre], sizes[post]), weight, exponent, bits, any_parameter(1, 8), any::<bool>()).prop_map(
            move |(connect, (sign, weight), weight_exponent, weight_bits, delay_steps, is_plastic)| Projection {
                sign,
                weight_exponent,
                weight_bits,
                delay_steps,
                rule: is_plastic.then(|| "stdp".to_owned()),
                ..Projection::new(&format!("p{pre}"), &format!("p{post}"), connect, weight)
            },
        )
    })
}

/// Networks of one input population and a few small populations of neurons with random projections.
fn any_network() -> impl Strategy<Value = Network> {
    any_network_of(false)
}

/// The same, where a population may run a program, and may be the dendrites of one before it.
fn any_programmed_network() -> impl Strategy<Value = Network> {
    any_network_of(true)
}

fn any_network_of(has_programs: bool) -> impl Strategy<Value = Network> {
    let model = if has_programs { (0_u8..4).boxed() } else { Just(0).boxed() };
    prop::collection::vec((1_u32..9, any_parameter(0, 300), model), 2..6).prop_flat_map(|mut populations| {
        // Dendrites are as many as their somata.
        for index in 2..populations.len() {
            if populations[index].2 == 3 && populations[index - 1].2 >= 2 {
                populations[index].0 = populations[index - 1].0;
            }
        }
        let sizes: Vec<u32> = populations.iter().map(|(size, ..)| *size).collect();
        prop::collection::vec(any_projection(sizes), 0..6).prop_map(move |projections| {
            let mut network = Network::new("random");
            network.add_rule(stdp("stdp"));
            for (index, (size, threshold, model)) in populations.iter().enumerate() {
                let name = format!("p{index}");
                network.add_population(match (index, model) {
                    (0, _) => Population::input(&name, *size),
                    (_, 0) => Population::lif(
                        &name,
                        *size,
                        LifParameters { threshold: Threshold::Mantissa(threshold.clone()), ..LifParameters::default() },
                    ),
                    (_, model) => {
                        let before = (*model == 3 && index > 1 && populations[index - 1].2 >= 2).then_some(index - 1);
                        let has_child = populations.get(index + 1).is_some_and(|next| next.2 == 3) && *model >= 2;
                        Population::program(&name, *size, microcode::compartment(before, has_child, threshold))
                    }
                });
            }
            for (index, projection) in projections.into_iter().enumerate() {
                network.add_projection(Projection { name: format!("j{index}"), ..projection });
            }
            network
        })
    })
}
