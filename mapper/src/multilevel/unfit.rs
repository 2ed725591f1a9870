//! What to say when a problem does not fit: which limit, by how much, and the way out.

use super::Task;
use crate::error::Error;
use crate::problem::score::score;
use crate::problem::{Amounts, RESOURCE_NAMES, RESOURCES};
use caudate_isa::diagnostic::Diagnostic;

/// Codes in the order of resources.
const CODES: [&str; RESOURCES] = ["E-FIT-COMPARTMENTS", "E-FIT-SYNMEM", "E-FIT-INAXONS", "E-FIT-OUTAXONS"];
/// What helps a neuron that is too large.
const HELP: [&str; RESOURCES] = [
    "divide its compartments among several neurons",
    "lower its in-degree or the bytes per synapse, or divide its inputs among relay neurons",
    "lower its number of sources, or divide them among relay neurons",
    "lower its number of targets",
];

/// No core takes a vertex that exceeds a limit alone. Output axons are at least one.
pub(super) fn check_vertices(task: &Task<'_>) -> Result<(), Error> {
    let problem = task.problem;
    let mut diagnostics = Vec::new();
    let mut worst: [Option<(u64, u32)>; RESOURCES] = [None; RESOURCES];
    let mut count = [0_u64; RESOURCES];
    for vertex in 0..problem.vertices() as u32 {
        let sources = problem.inputs.of(vertex).iter().map(|net| u64::from(problem.sources[*net as usize])).sum();
        let bytes = problem.synapse_bytes[vertex as usize];
        let needed: Amounts = [u64::from(problem.compartments[vertex as usize]), bytes, sources, 0];
        for resource in (0..RESOURCES).filter(|resource| needed[*resource] > task.limits[*resource]) {
            count[resource] += 1;
            if worst[resource].is_none_or(|worst| needed[resource] > worst.0) {
                worst[resource] = Some((needed[resource], vertex));
            }
        }
    }
    for (resource, worst) in worst.iter().enumerate() {
        if let Some((needed, vertex)) = worst {
            let message = format!(
                "neuron {vertex} of those on the chip needs {needed} {} alone; limit {} per core ({} neurons are too large)",
                RESOURCE_NAMES[resource], task.limits[resource], count[resource]
            );
            diagnostics.push(Diagnostic::new(CODES[resource], message).help(HELP[resource]));
        }
    }
    if diagnostics.is_empty() { Ok(()) } else { Err(Error::DoesNotFit(diagnostics)) }
}

/// No core may be over a limit when all is done.
pub(super) fn check_cores(task: &Task<'_>, core_of: &[u32]) -> Result<(), Error> {
    let score = score(task.problem, &task.limits, core_of, None);
    if score.feasible {
        return Ok(());
    }
    let over = (0..RESOURCES).filter(|resource| score.cores_over[*resource] > 0);
    let tell = |resource: usize| {
        let message = format!(
            "no partition was found that keeps the limit of {} {} per core: {} of {} cores are over it, by up to {}",
            task.limits[resource],
            RESOURCE_NAMES[resource],
            score.cores_over[resource],
            score.cores,
            score.max[resource].saturating_sub(task.limits[resource])
        );
        Diagnostic::new(CODES[resource], message).help("try --effort best, another --seed, or a chip with larger cores")
    };
    Err(Error::DoesNotFit(over.map(tell).collect()))
}
