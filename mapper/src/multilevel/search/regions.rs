//! Regions: a few neighbouring cores at a time are annealed as a problem of their own, and one of them is dissolved where the others take
//! what it holds.
//!
//! In the whole problem a move changes what all vertices share that hear the same sources, most of them so far away that it is nothing to
//! them; and dissolving cores stirs up all others. A region fits into the cache of a processor, and is a problem small enough to be packed well.

use super::{Search, WARM};
use crate::multilevel::Task;
use crate::problem::Assignment;

/// Cores of a region.
const CORES: usize = 10;

/// Whether a partition is sound, and large enough to have regions.
pub(super) fn may_have_regions(state: &Assignment<'_>) -> bool {
    state.cores() as usize >= 2 * CORES && state.is_feasible()
}

impl<'a> Search<'a> {
    /// Anneals regions of a sound partition one after the other, until each core had its turn; those that get better stay.
    pub(super) fn regions(&mut self, best: &Assignment<'a>, work: f64) -> Assignment<'a> {
        let mut state = best.clone();
        state.drop_gains();
        let mut waits = vec![true; state.cores() as usize];
        for first in self.random.order(waits.len()) {
            if std::mem::replace(&mut waits[first as usize], false) {
                let mut cores = vec![first];
                cores.extend(state.nearest(first, CORES - 1, |core| waits[core as usize]));
                cores.iter().for_each(|core| waits[*core as usize] = false);
                self.region(&mut state, &cores, work);
            }
        }
        state.without_empty_cores()
    }

    /// Anneals some cores with their share of the work.
    fn region(&mut self, state: &mut Assignment<'a>, cores: &[u32], work: f64) {
        let region = state.region(cores);
        let task = Task { problem: &region.problem, ..*self.task };
        let mut part = Assignment::new(&region.problem, task.limits, region.core_of.clone(), cores.len() as u32);
        let goal = self.goal.within(task.fewest_cores(), state, &part);
        let share = region.vertices.len() as f64 / state.problem.vertices() as f64;
        let before = goal.cost(&part);
        self.polish(&mut part, goal, WARM, work * share, false);
        if !part.is_feasible() || goal.cost(&part) >= before {
            return;
        }
        for (vertex, core) in region.vertices.iter().zip(&part.core_of) {
            state.apply(*vertex, cores[*core as usize]);
        }
        // Senders elsewhere may reach more cores now than they may.
        if !state.is_feasible() {
            for (vertex, core) in region.vertices.iter().zip(&region.core_of) {
                state.apply(*vertex, cores[*core as usize]);
            }
        }
    }
}
