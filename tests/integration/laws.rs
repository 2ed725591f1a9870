//! Laws of the step that hold for any network.

use crate::networks::{STEPS, compile_unlimited, random_network, random_stimulus, run};
use caudate_core::id::Step;
use caudate_mapper::network::{Connect, Decay, LifParameters, Network, Population, Projection, Threshold};
use caudate_mapper::{CompileOptions, Parameter};
use caudate_sim::{Simulation, StepInput, simulation};
use proptest::prelude::*;

/// One input, one neuron, one synapse.
fn one_synapse(weight: f64, delay_steps: f64) -> Network {
    let mut network = Network::new("one");
    network.add_population(Population::input("in", 1));
    let neuron = LifParameters {
        current: Decay::Effective(900.0.into()),
        voltage: Decay::Effective(300.0.into()),
        threshold: Threshold::Mantissa(400.0.into()),
        ..LifParameters::default()
    };
    network.add_population(Population::lif("out", 1, neuron));
    let mut projection = Projection::new("in", "out", Connect::OneToOne, weight);
    projection.weight_exponent = Some(1);
    projection.delay_steps = delay_steps.into();
    network.add_projection(projection);
    network
}

/// (u, v, spiked) of the neuron in each step, with input spikes at `spikes`.
fn trajectory(network: &Network, spikes: &[Step], steps: Step) -> Vec<(i64, i64, bool)> {
    let image = compile_unlimited(network, &CompileOptions::default());
    let options = simulation::Options { threads: 1, costs: Vec::new(), draws: None };
    let mut simulation = Simulation::new(&image, options).unwrap();
    let neuron = image.symbols.population("out").unwrap().first;
    (0..steps)
        .map(|t| {
            let sources = if spikes.contains(&t) { vec![0] } else { Vec::new() };
            let spiked = !simulation.step(&StepInput { spikes: sources, ..StepInput::default() }).is_empty();
            let state = simulation.neuron(neuron).unwrap();
            (state.u, state.v, spiked)
        })
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_delay_of_d_steps_shifts_the_response_by_exactly_d(delay in 2_u64..=63, weight in -128_i32..=127, spikes in prop::collection::vec(0_u64..40, 1..8)) {
        let weight = f64::from(2 * weight);
        let base = trajectory(&one_synapse(weight, 1.0), &spikes, 60);
        let late = trajectory(&one_synapse(weight, delay as f64), &spikes, 60 + delay - 1);
        let shift = delay as usize - 1;
        prop_assert!(late[..shift].iter().all(|state| *state == (0, 0, false)));
        prop_assert_eq!(&late[shift..], &base[..]);
    }

    #[test]
    fn a_zero_weight_equals_no_synapse(seed in any::<u64>()) {
        let network = random_network(seed);
        let mut zeroed = network.clone();
        zeroed.projections[2].weight = 0.0.into();
        let mut without = network;
        without.projections[2].connect = Connect::List { pre: Vec::new(), post: Vec::new() };
        without.projections[2].weight = 0.0.into();
        without.projections[2].delay_steps = 1.0.into();
        let options = CompileOptions { seed, ..CompileOptions::default() };
        let [zeroed, without] = [zeroed, without].map(|network| {
            let image = compile_unlimited(&network, &options);
            run(&image, random_stimulus(&image, seed), 1)
        });
        prop_assert_eq!(zeroed.spikes, without.spikes);
        prop_assert_eq!(zeroed.states, without.states);
        prop_assert!(zeroed.counts.synaptic_events >= without.counts.synaptic_events);
    }

    #[test]
    fn the_order_of_synapses_changes_nothing(seed in any::<u64>(), weights in prop::collection::vec(-128_i32..=127, 1..40), rotation in 0_usize..40) {
        let build = |rotation: usize| {
            let mut network = random_network(seed);
            let mut pairs: Vec<(u32, u32, f64)> =
                weights.iter().zip(0_u32..).map(|(weight, index)| (index % 24, (index * 7) % 9, f64::from(2 * weight))).collect();
            pairs.sort_by_key(|(pre, post, _)| (*pre, *post));
            pairs.dedup_by_key(|(pre, post, _)| (*pre, *post));
            let rotation = rotation % pairs.len();
            pairs.rotate_left(rotation);
            let pre = pairs.iter().map(|pair| pair.0).collect();
            let post = pairs.iter().map(|pair| pair.1).collect();
            let mut projection = Projection::new("exc", "inh", Connect::List { pre, post }, Parameter::Array(pairs.iter().map(|pair| pair.2).collect()));
            projection.name = "listed".to_owned();
            projection.weight_exponent = Some(0);
            network.add_projection(projection);
            let image = compile_unlimited(&network, &CompileOptions { seed, ..CompileOptions::default() });
            run(&image, random_stimulus(&image, seed), 1)
        };
        prop_assert_eq!(build(0), build(rotation));
    }

    #[test]
    fn a_weight_never_leaves_its_format(seed in any::<u64>()) {
        let network = random_network(seed);
        let image = compile_unlimited(&network, &CompileOptions { seed, ..CompileOptions::default() });
        let outcome = run(&image, random_stimulus(&image, seed), 1);
        for group in &image.cores[0].groups {
            let format = image.cores[0].formats[usize::from(group.format)];
            let (low, high) = format.weight_range();
            let weights = &outcome.weights[group.projection.index()].weight;
            prop_assert!(weights.iter().all(|weight| (low..=high).contains(weight)));
            prop_assert!(weights.iter().all(|weight| i32::from(*weight) % (1 << format.weight_step_bits()) == 0));
        }
    }
}

/// A rule whose dependencies are never satisfied leaves weights, delays and tags untouched.
#[test]
fn without_a_satisfied_dependency_nothing_is_learnt() {
    let mut network = random_network(1);
    network.rules[0].dw = Some("2^-2*y0*x1 - 2^-2*x0*y1".to_owned());
    network.rules[0].dt = Some("2^-2*y0*x1".to_owned());
    for population in &mut network.populations {
        if let caudate_mapper::network::Model::Lif(lif) = &mut population.model {
            **lif = LifParameters { modulators: lif.modulators.clone(), ..LifParameters::default() };
        }
    }
    let image = compile_unlimited(&network, &CompileOptions::default());
    let silent = run(&image, caudate_sim::Stimulus::default(), 1);
    assert_eq!((silent.counts.learning_updates, silent.counts.weight_writes, silent.spikes.len()), (0, 0, 0));
    assert!(silent.weights.iter().flat_map(|weights| &weights.tag).all(|tag| *tag == 0));
    assert_eq!(silent.counts.neuron_updates, 0, "{STEPS} steps of rest compute nothing");
}
