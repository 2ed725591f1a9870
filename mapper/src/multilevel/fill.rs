//! Fill in order: the yardstick.

use super::Task;
use crate::problem::{Assignment, COMPARTMENTS, INPUT_AXONS, OUTPUT_AXONS, RESOURCES, SYNAPSE_BYTES};

/// Rounds that spread output axons, which are known only when all cores are filled.
const ROUNDS: usize = 24;

pub(super) fn fill_in_order(task: &Task<'_>) -> Vec<u32> {
    let mut expected = vec![0_u64; task.problem.vertices()];
    let mut core_of = Vec::new();
    for round in 0..ROUNDS {
        let cores = fill(task, &expected, &mut core_of);
        let state = Assignment::new(task.problem, task.limits, core_of.clone(), cores);
        if state.overflow()[OUTPUT_AXONS] == 0 {
            break;
        }
        for (vertex, expected) in expected.iter_mut().enumerate() {
            let seen = state.output_axons(vertex as u32);
            // Patience ends: then more is expected than was ever seen.
            let more = if round >= 4 { seen / 16 * (round as u64 - 3) } else { 0 };
            *expected = (*expected).max(seen + more).min(task.limits[OUTPUT_AXONS]);
        }
    }
    core_of
}

fn fill(task: &Task<'_>, expected: &[u64], core_of: &mut Vec<u32>) -> u32 {
    let problem = task.problem;
    core_of.clear();
    let mut entered = vec![u32::MAX; problem.nets()];
    let mut load = [0_u64; RESOURCES];
    let mut core = 0;
    for vertex in 0..problem.vertices() as u32 {
        let axons = |entered: &[u32], core: u32| -> u64 {
            let new = problem.inputs.of(vertex).iter().filter(|net| entered[**net as usize] != core);
            new.map(|net| u64::from(problem.sources[*net as usize])).sum()
        };
        let mut needed = [0; RESOURCES];
        needed[COMPARTMENTS] = u64::from(problem.compartments[vertex as usize]);
        needed[SYNAPSE_BYTES] = problem.synapse_bytes[vertex as usize];
        needed[INPUT_AXONS] = axons(&entered, core);
        needed[OUTPUT_AXONS] = expected[vertex as usize];
        let fits = (0..RESOURCES).all(|resource| load[resource] + needed[resource] <= task.limits[resource]);
        if !fits && load != [0; RESOURCES] {
            core += 1;
            load = [0; RESOURCES];
            needed[INPUT_AXONS] = axons(&entered, core);
        }
        for (load, needed) in load.iter_mut().zip(needed) {
            *load += needed;
        }
        problem.inputs.of(vertex).iter().for_each(|net| entered[*net as usize] = core);
        core_of.push(core);
    }
    core + 1
}
