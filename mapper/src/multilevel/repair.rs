//! Repair: what is left over a limit after annealing is exchanged away, one core after the other.

use super::anneal::candidate;
use crate::problem::random::Random;
use crate::problem::{Assignment, Delta};

/// One core in so many may be over a limit; with more, annealing is the better means.
const FEW: u32 = 20;
/// Moves and swaps that are compared for a core.
const TRIES: usize = 24;
/// Rounds over all cores that are over a limit.
const ROUNDS: usize = 40;

/// Brings the few cores that are over a limit back below it. Returns whether all are.
pub(super) fn repair(state: &mut Assignment<'_>, random: &mut Random) -> bool {
    state.watches_outputs = true;
    // An axon too many weighs more than the traffic of a vertex.
    let dear = state.traffic.max(1.0);
    state.price = state.limits.map(|limit| dear / limit.max(1) as f64);
    for _ in 0..ROUNDS {
        let over: Vec<u32> = (0..state.cores()).filter(|core| state.is_over(*core)).collect();
        if over.is_empty() {
            return true;
        }
        if over.len() as u32 > 4 + state.cores() / FEW {
            return false;
        }
        for core in over {
            if let Some(change) = best_change(state, core, random) {
                change.into_iter().flatten().for_each(|(vertex, to)| state.apply(vertex, to));
            }
        }
    }
    state.is_feasible()
}

/// A vertex and the core it moves to; in a swap, two of them.
type Change = [Option<(u32, u32)>; 2];

/// The best of some moves and swaps of vertices of a core, if one brings less over the limits.
fn best_change(state: &mut Assignment<'_>, core: u32, random: &mut Random) -> Option<Change> {
    let mut best: Option<(f64, Change)> = None;
    let mut offer = |delta: Delta, change: Change| {
        if delta.penalty < -1e-9 && best.is_none_or(|best| delta.cost() < best.0) {
            best = Some((delta.cost(), change));
        }
    };
    for _ in 0..TRIES {
        let members = state.members(core);
        if members.is_empty() {
            break;
        }
        let vertex = members[random.below(members.len())];
        let Some(to) = candidate(state, vertex, random) else { continue };
        offer(state.move_delta(vertex, to), [Some((vertex, to)), None]);
        let members = state.members(to);
        if !members.is_empty() {
            let other = members[random.below(members.len())];
            offer(state.swap_delta(vertex, other), [Some((vertex, to)), Some((other, core))]);
        }
    }
    best.map(|(_, change)| change)
}
