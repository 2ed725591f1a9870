//! Core elimination and core opening: fewer cores while the others can take their vertices, more where a limit cannot be kept.

use super::anneal::{Schedule, anneal};
use super::repair::repair;
use super::{Objective, Task};
use crate::problem::random::Random;
use crate::problem::{Assignment, RESOURCES};

/// What the loads of a few cores may miss of one core fewer, in cores.
const DARING: f64 = 0.4;

/// What makes one feasible state better than another.
#[derive(Debug, Clone, Copy)]
pub(super) struct Goal {
    pub(super) fewest: u32,
    objective: Objective,
    /// Cores and traffic besides those of a state, which is part of a whole.
    elsewhere: (u32, f64),
    /// By how much of a core the loads may miss one core fewer: packed anew, vertices share more.
    daring: f64,
}

impl Goal {
    pub(super) fn of(task: &Task<'_>) -> Self {
        Self { fewest: task.fewest_cores(), objective: task.objective, elsewhere: (0, 0.0), daring: 0.0 }
    }

    /// That of a few cores of a state, with the fewest that they need.
    pub(super) fn within(self, fewest: u32, whole: &Assignment<'_>, part: &Assignment<'_>) -> Self {
        let cores = (0..whole.cores()).filter(|core| !whole.members(*core).is_empty()).count() as u32;
        Self {
            fewest,
            elsewhere: (cores.saturating_sub(part.cores()), whole.traffic - part.traffic),
            daring: DARING,
            ..self
        }
    }

    /// What the objective makes small.
    pub(super) fn cost(&self, state: &Assignment<'_>) -> f64 {
        let (cores, traffic) = self.elsewhere;
        self.objective.cost(cores + state.cores(), traffic + state.traffic)
    }
}

/// Cores that the loads of a state would fill, were all of them full; never fewer than compartments and memory need.
fn filled(state: &Assignment<'_>, goal: &Goal) -> u32 {
    let of = |resource: usize| {
        let sum = state.load.iter().map(|load| load[resource]).sum::<i64>() as f64;
        sum / state.limits[resource].max(1) as f64
    };
    let fullest = (0..RESOURCES).map(of).fold(0.0, f64::max);
    ((fullest - goal.daring).ceil() as u32).max(goal.fewest)
}

/// Anneals, and repairs what that leaves over a limit. Returns whether the state is feasible.
pub(super) fn settle(state: &mut Assignment<'_>, schedule: &Schedule, random: &mut Random) -> bool {
    anneal(state, schedule, random) || repair(state, random)
}

/// Removes the emptiest cores, as many as the loads allow and then fewer, as long as annealing finds a feasible state without
/// them.
pub(super) fn shrink(state: &mut Assignment<'_>, goal: &Goal, schedule: &Schedule, tries: u32, random: &mut Random) {
    if schedule.work < state.problem.vertices() as u64 {
        return;
    }
    let mut most = u32::MAX;
    for _ in 0..tries {
        let fewer = state.cores().saturating_sub(filled(state, goal)).min(most);
        if fewer == 0 {
            break;
        }
        let mut trial = dissolve(state, fewer, random);
        if settle(&mut trial, schedule, random) && goal.cost(&trial) <= goal.cost(state) {
            *state = trial;
        } else {
            most = fewer / 2;
        }
    }
}

/// Opens cores until annealing finds a feasible state; returns whether it did.
pub(super) fn open(state: &mut Assignment<'_>, schedule: &Schedule, tries: u32, random: &mut Random) -> bool {
    for _ in 0..tries {
        if state.is_feasible() {
            return true;
        }
        *state = split(state, random);
        if settle(state, schedule, random) {
            return true;
        }
    }
    state.is_feasible()
}

/// The state without its `fewer` emptiest cores; their vertices go to cores that their nets reach.
fn dissolve<'a>(state: &Assignment<'a>, fewer: u32, random: &mut Random) -> Assignment<'a> {
    let mut order: Vec<u32> = (0..state.cores()).collect();
    order.sort_by(|a, b| state.size(*a).total_cmp(&state.size(*b)).then(a.cmp(b)));
    let mut number = vec![u32::MAX; state.cores() as usize];
    let mut kept: Vec<u32> = order[fewer as usize..].to_vec();
    kept.sort_unstable();
    kept.iter().zip(0..).for_each(|(core, index)| number[*core as usize] = index);
    let homeless: Vec<u32> = order[..fewer as usize].iter().flat_map(|core| state.members(*core).to_vec()).collect();
    let mut worth = vec![0.0_f64; kept.len()];
    let mut core_of: Vec<u32> = state.core_of.iter().map(|core| number[*core as usize]).collect();
    let mut room: Vec<f64> = kept.iter().map(|core| 1.0 - state.size(*core)).collect();
    for vertex in homeless {
        worth.fill(0.0);
        for net in state.problem.inputs.of(vertex) {
            let rate = state.problem.rate[*net as usize];
            state.for_each_core(*net, |core| {
                if number[core as usize] != u32::MAX {
                    worth[number[core as usize] as usize] += rate;
                }
            });
        }
        let need = [0, 1].map(|resource: usize| {
            let amount = if resource == 0 {
                u64::from(state.problem.compartments[vertex as usize])
            } else {
                state.problem.synapse_bytes[vertex as usize]
            };
            amount as f64 / state.limits[resource].max(1) as f64
        });
        let need = need[0].max(need[1]);
        // A core with room if there is any, however little they have in common.
        let has_room = |core: usize| room[core] >= need;
        let is_better = |core: usize, best: usize| match (has_room(core), has_room(best)) {
            (true, false) => true,
            (false, true) => false,
            _ => worth[core] * (0.2 + room[core].max(0.0)) > worth[best] * (0.2 + room[best].max(0.0)),
        };
        let best = (0..kept.len()).fold(0, |best, core| if is_better(core, best) { core } else { best });
        let best = if worth[best] > 0.0 || has_room(best) { best } else { random.below(kept.len()) };
        core_of[vertex as usize] = best as u32;
        room[best] -= need;
    }
    let mut trial = Assignment::new(state.problem, state.limits, core_of, kept.len() as u32);
    trial.inherit_gains(state, &kept);
    trial
}

/// The state with new cores, each of which takes half of a core that is over a limit.
fn split<'a>(state: &Assignment<'a>, random: &mut Random) -> Assignment<'a> {
    let excess: f64 = (0..state.cores()).map(|core| (state.fill(core) - 1.0).max(0.0)).sum();
    let mut over: Vec<u32> = (0..state.cores()).filter(|core| state.is_over(*core)).collect();
    over.sort_by(|a, b| state.fill(*b).total_cmp(&state.fill(*a)).then(a.cmp(b)));
    let opened = (excess.ceil() as usize).clamp(1, over.len().max(1));
    let mut core_of = state.core_of.clone();
    let mut next = state.cores();
    for core in over.into_iter().take(opened) {
        let mut members = state.members(core).to_vec();
        members.sort_unstable();
        let half = members.len() / 2;
        if random.below(2) == 0 {
            members.reverse();
        }
        members[..half].iter().for_each(|vertex| core_of[*vertex as usize] = next);
        next += u32::from(half > 0);
    }
    Assignment::new(state.problem, state.limits, core_of, next)
}
