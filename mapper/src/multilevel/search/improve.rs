//! Rounds that improve a partition, in several ways.

use super::regions::may_have_regions;
use super::{HOT, Search, WARM};
use crate::problem::Assignment;

/// Rounds of improvement, each with the same share of the work; and how many there may be while each of them pays.
pub(super) const ROUNDS: u32 = 5;
pub(super) const MOST_ROUNDS: u32 = 20;
/// What pays: a round that gains such a share of the cost; and what one is expected to gain that was not tried yet.
const PAYS: f64 = 0.0015;
const UNTRIED: f64 = 0.003;
/// Where input axons are short, cores are packed region by region, with so many times the work, in so many rounds on the eased problem and
/// on the true one.
pub(super) const PACKING: f64 = 2.0;
pub(super) const PACKINGS: [u32; 2] = [12, 6];
/// A round of regions takes less time per visit than others, and has so many times the work.
const MORE_IN_REGIONS: f64 = 2.0;

/// Ways to improve a partition: annealing of single vertices, multilevel cycles, a region after the other.
pub(super) const WAYS: usize = 3;
pub(super) const ANNEALING: usize = 0;
pub(super) const CYCLE: usize = 1;
const REGIONS: usize = 2;
/// What they are expected to gain: regions are tried when the others pay no longer.
pub(super) const EXPECTED: [f64; WAYS] = [UNTRIED, UNTRIED, PAYS];
/// What is expected where clusters say nothing: whoever shares a core is near everybody.
pub(super) const ONLY_ANNEALING: [f64; WAYS] = [UNTRIED, f64::NEG_INFINITY, f64::NEG_INFINITY];

impl<'a> Search<'a> {
    /// Rounds of regions alone.
    pub(super) fn pack(&mut self, mut best: Assignment<'a>, rounds: u32) -> Assignment<'a> {
        for _ in 0..rounds {
            best = self.regions(&best, MORE_IN_REGIONS * self.work / f64::from(ROUNDS));
        }
        best
    }

    /// Rounds of annealing, multilevel cycles and regions, whichever gained most when it was tried last: `least` rounds, and up to `most` while
    /// one of them pays.
    pub(super) fn improve(&mut self, mut best: Assignment<'a>, [least, most]: [u32; 2]) -> Assignment<'a> {
        if !may_have_regions(&best) {
            self.gains[REGIONS] = f64::NEG_INFINITY;
        }
        for round in 0..most {
            let work = self.work / f64::from(ROUNDS);
            let way = self.way();
            let state = match way {
                CYCLE => {
                    let more = u32::from(round == 0 && self.is_tight(&best));
                    self.cycle(&best, [8, 30][round as usize % 2], more, work)
                }
                REGIONS => self.regions(&best, MORE_IN_REGIONS * work),
                _ => {
                    let mut state = best.clone();
                    self.annealed += 1;
                    // Where nothing was found nearby, look farther.
                    let hot = if self.gains[ANNEALING] == 0.0 { HOT } else { WARM / f64::from(self.annealed) };
                    self.polish(&mut state, self.goal, hot, work, true);
                    state
                }
            };
            let (before, after) = (self.goal.cost(&best), self.goal.cost(&state));
            let gains = state.is_feasible() && (!best.is_feasible() || after < before);
            let gain = 1.0 - after / before;
            self.gains[way] = if gains { gain } else { gain.min(0.0) };
            if gains || !best.is_feasible() {
                best = state;
            } else if !self.is_clustered {
                break;
            }
            if round + 1 >= least && self.gains.iter().all(|gain| *gain < PAYS) {
                break;
            }
        }
        best
    }

    /// The way of improvement that gained most; of several the one that is preferred, or the first.
    fn way(&self) -> usize {
        let most = self.gains.into_iter().fold(f64::NEG_INFINITY, f64::max);
        let is_most = |way: &usize| self.gains[*way] == most;
        Some(self.prefers).filter(is_most).or_else(|| (0..WAYS).find(is_most)).unwrap_or(ANNEALING)
    }
}
