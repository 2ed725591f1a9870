//! Fill in order: cells in the order of the network, a new core whenever the next one does not fit. The compartments of a cell stay
//! together, so a cell is taken whole where its first population stands.
//!
//! Every limit but one is known while a core fills. Output axons depend on where a neuron's targets land, which is known only
//! afterwards; so the cores are filled again with the destinations of the last round as the expected ones, until they hold.
//! Expectations only grow, so the rounds end: at the latest with every cell alone.

use super::{Closing, Oversize, Partition, Task};
use crate::fit::{CoreLoad, Resource};
use caudate_core::chip::Limit;

/// Rounds after which a core that still has too many output axons is reported.
const MAX_ROUNDS: usize = 64;
/// Rounds before expectations grow faster than what was seen.
const PATIENT_ROUNDS: usize = 4;

pub(super) fn partition(task: &Task<'_>) -> Partition {
    let limit = task.limits.of_resource(Resource::OutputAxons);
    let mut expected = vec![0_u64; task.logical.neurons as usize];
    let mut load = CoreLoad::new(task.logical, task.chip.synapse.list_header_bits);
    let neuron_of_id = task.logical.neuron_of_id();
    for round in 0.. {
        let (mut partition, destinations) = fill(task, &mut load, &expected, &neuron_of_id);
        let over = settle_output_axons(&mut partition, &destinations, limit);
        let exceeds_the_chip = !task.cores().admits(partition.usage.len() as u64);
        if over.is_empty() || exceeds_the_chip {
            return partition;
        }
        if round + 1 == MAX_ROUNDS {
            partition.unresolved = over;
            return partition;
        }
        let mut is_over = vec![false; partition.usage.len()];
        over.iter().for_each(|(core, _)| is_over[*core as usize] = true);
        let most = limit.number().unwrap_or(u64::MAX);
        for ((expected, seen), core) in expected.iter_mut().zip(&destinations).zip(&partition.core_of) {
            let growth = if round >= PATIENT_ROUNDS && is_over[*core as usize] { *expected / 4 + 1 } else { 0 };
            // No expectation beyond the limit makes a neuron look oversize that is not.
            *expected = (*expected + growth).min(most).max(*seen);
        }
    }
    Partition::default()
}

/// Fills cores once. Also returns the destinations of each neuron.
fn fill(
    task: &Task<'_>,
    load: &mut CoreLoad<'_>,
    expected: &[u64],
    neuron_of_id: &[Option<u32>],
) -> (Partition, Vec<u64>) {
    let logical = task.logical;
    let mut partition = Partition { core_of: vec![0; expected.len()], ..Partition::default() };
    let mut destinations = vec![0_u64; expected.len()];
    let mut close = |load: &mut CoreLoad<'_>, partition: &mut Partition| {
        let neurons = load.sources().iter().filter_map(|source| neuron_of_id[*source as usize]);
        neurons.for_each(|neuron| destinations[neuron as usize] += 1);
        partition.usage.push(*load.usage());
        load.open_core();
    };
    load.open_core();
    for cells in &logical.cells {
        for member in 0..cells.count {
            let cell: Vec<(u32, u32)> = cells.populations.iter().map(|population| (*population, member)).collect();
            let neuron = |population: u32| (logical.populations[population as usize].first_of_kind + member) as usize;
            let output_axons = cells.populations.iter().map(|population| expected[neuron(*population)]).sum();
            if load.usage()[Resource::Compartments] > 0
                && let Some(closing) = closing(task, load, &cell, output_axons)
            {
                partition.closed_by.push(closing);
                close(load, &mut partition);
            }
            let core = partition.usage.len() as u32;
            if load.usage()[Resource::Compartments] == 0 {
                let needed = load.usage_with(&cell, output_axons);
                let oversize = task.limits.exceeded_by(&needed).map(|resource| Oversize {
                    population: cells.soma,
                    member,
                    core,
                    resource,
                    needed: needed[resource],
                });
                partition.oversize.extend(oversize);
            }
            for (population, member) in cell {
                load.add(population, member, expected[neuron(population)]);
                partition.core_of[neuron(population)] = core;
            }
        }
    }
    close(load, &mut partition);
    (partition, destinations)
}

/// Why the core does not take the cell, if it does not.
fn closing(task: &Task<'_>, load: &mut CoreLoad<'_>, cell: &[(u32, u32)], output_axons: u64) -> Option<Closing> {
    let would_exceed = |cap: Option<u32>, neurons: u64| cap.is_some_and(|cap| neurons > u64::from(cap));
    let own_caps = |(population, _): &(u32, u32)| {
        let cap = task.logical.populations[*population as usize].max_neurons_per_core;
        would_exceed(cap, u64::from(load.population_neurons(*population)) + 1)
    };
    let compartments = load.usage()[Resource::Compartments] + cell.len() as u64;
    if would_exceed(task.max_neurons_per_core, compartments) || cell.iter().any(own_caps) {
        return Some(Closing::Cap);
    }
    let usage = load.usage_with(cell, output_axons);
    task.limits.exceeded_by(&usage).next().map(Closing::Full)
}

/// Replaces expected output axons by real ones; returns the cores that have too many.
fn settle_output_axons(partition: &mut Partition, destinations: &[u64], limit: Limit) -> Vec<(u32, u64)> {
    for usage in &mut partition.usage {
        usage[Resource::OutputAxons] = 0;
    }
    let mut neurons = vec![0_u32; partition.usage.len()];
    for (core, destinations) in partition.core_of.iter().zip(destinations) {
        partition.usage[*core as usize][Resource::OutputAxons] += destinations;
        neurons[*core as usize] += 1;
    }
    let is_reported = |core: u32| {
        partition.oversize.iter().any(|oversize| oversize.core == core && oversize.resource == Resource::OutputAxons)
    };
    let counts = partition.usage.iter().zip(0..).map(|(usage, core)| (core, usage[Resource::OutputAxons]));
    counts.filter(|(core, count)| !limit.admits(*count) && !is_reported(*core)).collect()
}
