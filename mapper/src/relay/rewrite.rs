//! The network with its relays, in the user's terms: it compiles and is checked as any other.

use super::Plan;
use crate::logical::{LogicalNetwork, LogicalProjection};
use crate::network::{Connect, Network, Population, ProgramParameters, Projection};
use crate::parameter::Parameter;
use caudate_core::synapse::SignMode;
use caudate_isa::nmx::asm::assemble;
use std::collections::{BTreeMap, BTreeSet};

/// Sends the sum of a step, in units of 64, as a graded spike.
const PROGRAM: &str = "\
.kind neuron
.budget 4
cmp.eq p1, i0, zero
@p1 xit
shr.f r0, i0, 6
spk r0
";
const NAME: &str = "relay";

pub(super) fn rewrite(network: &Network, logical: &LogicalNetwork, plans: &[Plan]) -> Network {
    let Ok(program) = assemble("relay.nmx", PROGRAM) else { return network.clone() };
    let mut network = network.clone();
    let mut moved: BTreeMap<u32, BTreeSet<usize>> = BTreeMap::new();
    for (index, synapse) in plans.iter().flat_map(|plan| &plan.relays).flatten() {
        moved.entry(*index).or_default().insert(*synapse);
    }
    // Originals keep their place, so that every draw stays what it was.
    for (index, moved) in &moved {
        let projection = &logical.projections[*index as usize];
        let stays = (0..projection.sources.len()).filter(|synapse| !moved.contains(synapse));
        let stays = stays.map(|synapse| (synapse, target(projection, synapse)));
        let own = &mut network.projections[*index as usize];
        *own = listed(own, logical, projection, stays, 1);
    }
    let mut of_population: BTreeMap<u32, Vec<&Plan>> = BTreeMap::new();
    plans.iter().for_each(|plan| of_population.entry(plan.population).or_default().push(plan));
    for (population, plans) in of_population {
        add_relays(&mut network, logical, population, &plans, &program.program);
    }
    network
}

/// Adds the relays of one population and their synapses.
fn add_relays(
    network: &mut Network,
    logical: &LogicalNetwork,
    population: u32,
    plans: &[&Plan],
    program: &caudate_isa::nmx::Program,
) {
    let name = logical.populations[population as usize].name.clone();
    let relays = format!("{name}-relays");
    let (mut pre, mut post) = (Vec::new(), Vec::new());
    let mut by_projection: BTreeMap<u32, Vec<(usize, u32)>> = BTreeMap::new();
    for plan in plans {
        for relay in &plan.relays {
            let number = pre.len() as u32;
            pre.push(number);
            post.push(plan.member);
            for (index, synapse) in relay {
                by_projection.entry(*index).or_default().push((*synapse, number));
            }
        }
    }
    let size = pre.len() as u32;
    network.add_population(Population::program(&relays, size, ProgramParameters::new(NAME, program.clone())));
    for (index, synapses) in by_projection {
        let projection = &logical.projections[index as usize];
        let own = network.projections[index as usize].clone();
        // The step that a relay takes is taken off the delay.
        let into = listed(&own, logical, projection, synapses.into_iter(), 0);
        let name = format!("{}-relays", own.name);
        network.add_projection(Projection { name, post: relays.clone(), ..into });
    }
    network.add_projection(Projection {
        weight_exponent: Some(0),
        sign: SignMode::Excitatory,
        is_graded: true,
        ..Projection::new(&relays, &name, Connect::List { pre, post }, 1.0)
    });
}

/// A projection with these synapses and targets, as they are stored, `extra` steps after the stored delay.
fn listed(
    own: &Projection,
    logical: &LogicalNetwork,
    projection: &LogicalProjection,
    synapses: impl Iterator<Item = (usize, u32)>,
    extra: u8,
) -> Projection {
    let (mut pre, mut post, mut weights, mut delays) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for (synapse, target) in synapses {
        pre.push(projection.sources[synapse]);
        post.push(target);
        weights.push(f64::from(projection.weights.get(synapse)));
        delays.push(f64::from(projection.delays.get(synapse)) + f64::from(extra));
    }
    Projection {
        connect: Connect::List { pre, post },
        weight: Parameter::Array(weights),
        weight_exponent: Some(logical.formats[projection.format as usize].weight_exponent),
        delay_steps: Parameter::Array(delays),
        ..own.clone()
    }
}

/// The target of a synapse.
fn target(projection: &LogicalProjection, synapse: usize) -> u32 {
    projection.starts.partition_point(|start| *start as usize <= synapse) as u32 - 1
}
