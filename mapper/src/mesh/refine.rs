//! Hop-weighted refinement and placement in turn: vertices find better cores among placed ones, then cores better cells.

use super::{Flows, Placer};
use crate::multilevel::{Patience, Task, nearer};
use crate::problem::score::{Placement, score};

/// A round that leaves more of the way than this is the last one.
const PAYS: f64 = 0.996;

/// Refines a placed partition that keeps every limit, and places it again, with the same cores. Hops never grow; traffic does only
/// where hops are the objective.
#[must_use]
pub fn refine(task: &Task<'_>, placed: (Vec<u32>, Placement), placer: &Placer) -> (Vec<u32>, Placement) {
    let hops = |(core_of, placement): &(Vec<u32>, Placement)| {
        score(task.problem, &task.limits, core_of, Some(placement)).hops.unwrap_or_default()
    };
    let Some(patience) = Patience::of(task) else { return placed };
    let mut best = (hops(&placed), placed);
    for round in 0..patience.rounds {
        let before = best.0;
        let (core_of, mut placement) = best.1.clone();
        let seed = task.seed.wrapping_add(round);
        let core_of = nearer(&Task { seed, ..*task }, &patience, core_of, &placement);
        if let Some(improve) = placer.improve {
            improve(&Flows::of(task.problem, &core_of), &mut placement, seed);
        }
        let found = (core_of, placement);
        let found = (hops(&found), found);
        let pays = found.0 < PAYS * before;
        if found.0 < before {
            best = found;
        }
        if !pays {
            break;
        }
    }
    best.1
}
