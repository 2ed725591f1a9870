//! Refinement by annealed moves and swaps.
//!
//! A vertex is drawn, and a core that one of its nets reaches. The move is made if it lowers the cost, or raises it by no more than
//! a draw at the current temperature; a move that would break a limit is tried as a swap. Going over a limit has a price, which
//! rises while cores are over it and falls while none is.

use crate::problem::random::Random;
use crate::problem::{Assignment, Delta, EXTERNAL, Gains, OUTPUT_AXONS, RESOURCES};

/// How long and how hot.
#[derive(Debug, Clone, Copy)]
pub(super) struct Schedule {
    /// First temperature, in units of the mean size of a change.
    pub(super) hot: f64,
    /// Last temperature before the descent at zero.
    pub(super) cold: f64,
    /// Temperatures.
    pub(super) steps: u32,
    /// Net visits per temperature.
    pub(super) work: u64,
}

/// Refines; the result is the best feasible state seen, or the last state if none was. Returns whether it is feasible.
pub(super) fn anneal(state: &mut Assignment<'_>, schedule: &Schedule, random: &mut Random) -> bool {
    let vertices = state.problem.vertices();
    if vertices < 2 || state.cores() < 2 {
        return state.is_feasible();
    }
    let scale = mean_change(state, random);
    if state.gains().is_none() && pays_gains(state, schedule) {
        state.keep_gains();
    }
    let per_axon = state.problem.rate.iter().sum::<f64>()
        / state.problem.sources.iter().map(|count| f64::from(*count)).sum::<f64>().max(1.0);
    let bytes = state.problem.synapse_bytes.iter().sum::<u64>() as f64 / vertices as f64;
    let compartments = state.problem.compartments.iter().map(|count| f64::from(*count)).sum::<f64>() / vertices as f64;
    let base = [scale / compartments.max(1e-9), scale / bytes.max(1e-9), per_axon, per_axon];
    let mut factor = [1.0_f64; RESOURCES];
    let mut best: Option<(f64, Vec<u32>)> = state.is_feasible().then(|| (state.traffic, state.core_of.clone()));
    for step in 0..=schedule.steps {
        let last = step == schedule.steps;
        let part = f64::from(step) / f64::from(schedule.steps.max(1));
        let temperature = if last { 0.0 } else { scale * schedule.hot * (schedule.cold / schedule.hot).powf(part) };
        let over = state.overflow();
        for resource in 0..RESOURCES {
            let adapted = if over[resource] > 0 { factor[resource] * 1.5 } else { factor[resource] * 0.85 };
            factor[resource] = adapted.clamp(0.5, 1e4);
            if last {
                factor[resource] = factor[resource].max(20.0);
            }
            state.price[resource] = base[resource] * factor[resource];
        }
        sweep(state, temperature, schedule.work, random);
        if state.is_feasible() && best.as_ref().is_none_or(|best| state.traffic < best.0) {
            best = Some((state.traffic, state.core_of.clone()));
        }
    }
    let Some((traffic, core_of)) = best else { return false };
    if traffic < state.traffic || !state.is_feasible() {
        (0..vertices).for_each(|vertex| state.apply(vertex as u32, core_of[vertex]));
    }
    true
}

/// Most entries of a gain table.
const MOST_GAINS: usize = 24 << 20;

/// Most rows of the table that a move may change, per net of its vertex.
const MOST_ROWS: f64 = 100.0;

/// Whether a gain table takes back what it costs.
fn pays_gains(state: &Assignment<'_>, schedule: &Schedule) -> bool {
    if state.problem.vertices() * state.cores() as usize > MOST_GAINS {
        return false;
    }
    let (build, per_move) = state.gains_cost();
    build < schedule.work * u64::from(schedule.steps + 1) / 2 && per_move < MOST_ROWS
}

/// The mean size of a change of traffic by a random candidate move.
fn mean_change(state: &mut Assignment<'_>, random: &mut Random) -> f64 {
    let (mut sum, mut count) = (0.0, 0);
    for _ in 0..2000 {
        let vertex = random.below(state.problem.vertices()) as u32;
        if let Some(to) = candidate(state, vertex, random) {
            sum += state.move_delta(vertex, to).traffic.abs();
            count += 1;
            if count == 200 {
                break;
            }
        }
    }
    if sum > 0.0 { sum / f64::from(count) } else { 1.0 }
}

/// One in so many candidates is any core at all: a vertex without common sources can still fill a gap.
const STRAY: usize = 32;
/// Draws of a core per candidate.
const DRAWS: usize = 4;

/// A core, other than its own, that the nets of the vertex reach: the one drawn most often in a few draws.
pub(super) fn candidate(state: &Assignment<'_>, vertex: u32, random: &mut Random) -> Option<u32> {
    let own = state.core_of[vertex as usize];
    let mut drawn = [own; DRAWS];
    let mut best = (0, own);
    for draw in 0..DRAWS {
        drawn[draw] = reached(state, vertex, random)?;
        let times = drawn[..=draw].iter().filter(|core| **core == drawn[draw]).count();
        if drawn[draw] != own && times > best.0 {
            best = (times, drawn[draw]);
        }
    }
    if random.below(STRAY) == 0 {
        best.1 = random.below(state.cores() as usize) as u32;
    }
    (best.1 != own).then_some(best.1)
}

/// The core of a random neighbour.
fn reached(state: &Assignment<'_>, vertex: u32, random: &mut Random) -> Option<u32> {
    let problem = state.problem;
    let (inputs, outputs) = (problem.inputs.of(vertex), problem.outputs.of(vertex));
    if inputs.is_empty() && outputs.is_empty() {
        return None;
    }
    let pick = random.below(inputs.len() + outputs.len());
    let net = if pick < inputs.len() { inputs[pick] } else { outputs[pick - inputs.len()] };
    let targets = problem.targets.of(net);
    let owner = problem.owner[net as usize];
    let pick = random.below(targets.len() + usize::from(owner != EXTERNAL));
    Some(state.core_of[targets.get(pick).copied().unwrap_or(owner) as usize])
}

/// Members of a core that are looked at for a swap.
const PARTNERS: usize = 16;

/// A vertex of the core `to` with which the vertex may exchange places: the best of a few, if one may cost no more than the threshold.
fn partner(state: &Assignment<'_>, vertex: u32, to: u32, threshold: f64, random: &mut Random) -> Option<u32> {
    let members = state.members(to);
    let from = state.core_of[vertex as usize];
    if let Some(gains) = state.gains() {
        let count = PARTNERS.min(members.len());
        let start = if members.is_empty() { 0 } else { random.below(members.len()) };
        let some = (0..count).map(|step| members[(start + step) % members.len()]);
        // Where nothing is over a limit, no price falls: most are too dear by their traffic alone.
        let may_save = state.seeks_outputs || state.is_over(from) || state.is_over(to);
        let room = gains.units(threshold) + 1 - gains.move_delta(vertex, to);
        let some = some.filter(|other| may_save || gains.move_delta(*other, from) <= room);
        let cost = |other: u32| state.quick_swap(gains, vertex, other).cost();
        return some.map(|other| (cost(other), other)).min_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, other)| other);
    }
    let mut best = (-1.0, None);
    for _ in 0..DRAWS.min(members.len()) {
        let vertex = members[random.below(members.len())];
        let inputs = state.problem.inputs.of(vertex);
        let mut common = 0.0;
        for _ in 0..DRAWS.min(inputs.len()) {
            let net = inputs[random.below(inputs.len())];
            if state.reaches(net, from) {
                common += state.problem.rate[net as usize];
            }
        }
        if common > best.0 {
            best = (common, Some(vertex));
        }
    }
    best.1
}

/// A core to which a move could be made at this threshold: by the gain table one of those to which traffic allows it, without it
/// one that the vertex has something in common with. A vertex of a core over its limits may go anywhere.
fn proposal(state: &Assignment<'_>, vertex: u32, threshold: f64, random: &mut Random) -> Option<u32> {
    let from = state.core_of[vertex as usize];
    let Some(gains) = state.gains() else { return candidate(state, vertex, random) };
    if state.is_over(from) {
        return candidate(state, vertex, random);
    }
    gains.acceptable(vertex, from, threshold, |count| random.below(count))
}

/// Rows of the gain table that are changed in the time of a visit.
const ROWS: u64 = 8;
/// Looks at the limits of all cores during a sweep.
const LOOKS: u64 = 64;
/// One in so many vertices is taken from a core over its limits, if there is one.
const OVER: usize = 3;

/// Whether output axons cannot change what is decided about a change that saves at most so many of them: they are far from their limit, or
/// it is too dear even if each that it saves was one too many.
fn is_exact(state: &Assignment<'_>, quick: Delta, threshold: f64, saved: impl FnOnce() -> i64) -> bool {
    let saving = || if state.seeks_outputs { saved() as f64 * state.price[OUTPUT_AXONS] } else { 0.0 };
    !state.watches_outputs || (quick.cost() > threshold && quick.cost() > threshold + saving())
}

/// Tries moves and swaps until the work is done.
fn sweep(state: &mut Assignment<'_>, temperature: f64, work: u64, random: &mut Random) {
    let mut done = 0_u64;
    let look = if state.gains().is_some() { 3 + u64::from(state.cores()) / 16 } else { 4 };
    let size = |state: &Assignment<'_>, vertex: u32| {
        4 + state.problem.inputs.of(vertex).len() as u64 + state.problem.outputs.of(vertex).len() as u64
    };
    let rows = |state: &Assignment<'_>| state.gains().map_or(0, Gains::visits) / ROWS;
    let mut next_look = 0;
    let mut over: Vec<u32> = Vec::new();
    while done < work {
        if done >= next_look {
            state.watch_outputs();
            over.clear();
            over.extend((0..state.cores()).filter(|core| state.is_over(*core)));
            next_look = done + work / LOOKS;
        }
        done += look;
        let vertex = match over.len() {
            cores if cores > 0 && random.below(OVER) == 0 => {
                let members = state.members(over[random.below(cores)]);
                if members.is_empty() { continue } else { members[random.below(members.len())] }
            }
            _ => random.below(state.problem.vertices()) as u32,
        };
        let threshold = if temperature > 0.0 { -temperature * random.unit().ln() } else { -1e-9 };
        let Some(to) = proposal(state, vertex, threshold, random) else { continue };
        let from = state.core_of[vertex as usize];
        let quick = state.gains().map(|gains| state.quick_move(gains, vertex, to));
        let delta = match quick {
            Some(quick) if is_exact(state, quick, threshold, || state.outputs_saved(vertex)) => quick,
            _ => {
                done += size(state, vertex);
                state.move_delta(vertex, to)
            }
        };
        if delta.cost() <= threshold {
            let before = rows(state);
            state.apply(vertex, to);
            done += 2 * size(state, vertex) + rows(state) - before;
        } else if delta.penalty > 0.0 && delta.traffic <= threshold {
            done += 2;
            let Some(other) = partner(state, vertex, to, threshold, random) else { continue };
            if let Some(gains) = state.gains() {
                let quick = state.quick_swap(gains, vertex, other);
                let saved = || state.outputs_saved(vertex) + state.outputs_saved(other);
                if quick.cost() > threshold && is_exact(state, quick, threshold, saved) {
                    continue;
                }
            }
            done += 2 * (size(state, vertex) + size(state, other));
            if state.swap_delta(vertex, other).cost() <= threshold {
                let before = rows(state);
                state.apply(vertex, to);
                state.apply(other, from);
                done += 2 * (size(state, vertex) + size(state, other)) + rows(state) - before;
            }
        }
    }
}
