//! Hop-weighted refinement: vertices of placed cores move and swap while that shortens the way of spikes.
//!
//! No limit is broken on the way. Under any objective but hops, traffic never exceeds what it was at the start; where many vertices share
//! their inputs, that leaves much to choose: those that spike most belong in the middle of the cores that hear them.

use super::anneal::candidate;
use super::{Objective, Task};
use crate::problem::random::Random;
use crate::problem::score::Placement;
use crate::problem::{Assignment, Problem, RESOURCES, Ways};
use std::collections::BTreeMap;

/// Temperatures.
const STEPS: u32 = 16;
/// First and last temperature, in units of the mean change that a candidate makes.
const WARM: f64 = 0.1;
const COLD: f64 = 0.003;
/// Members of a core, or twins, that are looked at for a swap.
const PARTNERS: usize = 6;
/// Net visits in all where every vertex has a twin, and the least share of them where few have.
const VISITS: f64 = 20e6;
const FEW_TWINS: f64 = 0.15;
/// How many times as long is searched where hops are the objective.
const FOR_HOPS: f64 = 4.0;
/// Rounds where few vertices have twins, and how many more where all have.
const ROUNDS: f64 = 2.0;
const MORE_ROUNDS: f64 = 4.0;
/// Pins up to which it pays to look at hops where they are not the objective.
const MOST_PINS: usize = 3_000_000;
/// Tries per vertex beyond which nothing is found.
const TRIES_PER_VERTEX: u64 = 2000;

/// How long to look for cores that are nearer, and among whom.
pub(crate) struct Patience {
    /// Rounds of refinement at fixed cells, each followed by a placement.
    pub(crate) rounds: u64,
    /// Net visits of a round.
    visits: f64,
    twins: Twins,
}

impl Patience {
    /// As long as the objective deserves: where hops are not it, traffic leaves little choice but among twins. `None`: not at all.
    pub(crate) fn of(task: &Task<'_>) -> Option<Self> {
        let (pins, vertices) = (task.problem.pins(), task.problem.vertices());
        let aims_at_hops = task.objective == Objective::Hops;
        if !aims_at_hops && (pins > MOST_PINS || task.objective == Objective::Cores) {
            return None;
        }
        let visits = VISITS * task.effort.factor();
        let twins = Twins::of(task.problem);
        if aims_at_hops {
            let visits = FOR_HOPS * visits * (pins as f64 / 1e6).max(1.0).powf(0.6);
            return Some(Self { rounds: (ROUNDS + MORE_ROUNDS) as u64, visits, twins });
        }
        let with_twins = (0..vertices as u32).filter(|vertex| twins.of_vertex(*vertex).len() > 1).count();
        let share = with_twins as f64 / vertices.max(1) as f64;
        Some(Self { rounds: (ROUNDS + MORE_ROUNDS * share) as u64, visits: visits * share.max(FEW_TWINS), twins })
    }
}

/// Shortens the way of spikes between cores that stay where they are. Takes and returns a division that keeps every limit.
pub(crate) fn nearer(task: &Task<'_>, patience: &Patience, core_of: Vec<u32>, placement: &Placement) -> Vec<u32> {
    let (problem, cores) = (task.problem, placement.cell.len() as u32);
    let mut state = Assignment::new(problem, task.limits, core_of, cores);
    if cores < 2 || !state.is_feasible() {
        return state.core_of;
    }
    // Any price will do: what is over a limit is refused.
    state.price = [1.0; RESOURCES];
    let ways = Ways::of(placement);
    let mut search = Nearer {
        hops: state.hops(&ways),
        most_traffic: if task.objective == Objective::Hops { f64::INFINITY } else { state.traffic * (1.0 + 1e-9) },
        twins: &patience.twins,
        random: Random::new(task.seed, 0x4095),
        ways,
        state,
    };
    let mut best = (search.hops, search.state.core_of.clone());
    let scale = search.mean_change();
    let work = (patience.visits / f64::from(STEPS + 1)) as u64;
    for step in 0..=STEPS {
        let part = f64::from(step) / f64::from(STEPS);
        let temperature = if step == STEPS { 0.0 } else { scale * WARM * (COLD / WARM).powf(part) };
        search.sweep(temperature, work);
        if search.hops < best.0 {
            best = (search.hops, search.state.core_of.clone());
        }
    }
    best.1
}

/// Vertices with the same inputs.
struct Twins {
    group_of: Vec<u32>,
    groups: Vec<Vec<u32>>,
}

impl Twins {
    fn of(problem: &Problem) -> Self {
        let mut known: BTreeMap<&[u32], u32> = BTreeMap::new();
        let mut groups: Vec<Vec<u32>> = Vec::new();
        let group_of = (0..problem.vertices() as u32).map(|vertex| {
            let group = *known.entry(problem.inputs.of(vertex)).or_insert(groups.len() as u32);
            groups.resize_with(groups.len().max(group as usize + 1), Vec::new);
            groups[group as usize].push(vertex);
            group
        });
        Self { group_of: group_of.collect(), groups }
    }

    /// All vertices with the inputs of this one, itself among them.
    fn of_vertex(&self, vertex: u32) -> &[u32] {
        &self.groups[self.group_of[vertex as usize] as usize]
    }
}

struct Nearer<'a> {
    state: Assignment<'a>,
    ways: Ways,
    twins: &'a Twins,
    hops: f64,
    most_traffic: f64,
    random: Random,
}

impl Nearer<'_> {
    /// The mean size of a change of hops by a random candidate move.
    fn mean_change(&mut self) -> f64 {
        let (mut sum, mut count) = (0.0, 1e-9);
        for _ in 0..400 {
            let vertex = self.random.below(self.state.problem.vertices()) as u32;
            if let Some(to) = candidate(&self.state, vertex, &mut self.random) {
                sum += self.state.hops_of_move(&self.ways, vertex, to).abs();
                count += 1.0;
            }
        }
        sum / count
    }

    fn sweep(&mut self, temperature: f64, work: u64) {
        let vertices = self.state.problem.vertices();
        let mut tries = vertices as u64 * TRIES_PER_VERTEX / u64::from(STEPS);
        let mut done = 0;
        while done < work && tries > 0 {
            tries -= 1;
            let vertex = self.random.below(vertices) as u32;
            let threshold = if temperature > 0.0 { -temperature * self.random.unit().ln() } else { -1e-9 };
            done += if self.twins.of_vertex(vertex).len() > 1 && self.random.below(2) == 0 {
                self.try_twins(vertex, threshold)
            } else {
                self.try_neighbours(vertex, threshold)
            };
        }
    }

    /// Visits of a look at a vertex.
    fn size(&self, vertex: u32) -> u64 {
        let problem = self.state.problem;
        8 + problem.inputs.of(vertex).len() as u64 + self.outputs(vertex)
    }

    fn outputs(&self, vertex: u32) -> u64 {
        self.state.problem.outputs.of(vertex).len() as u64 * 4
    }

    /// Exchanges the vertex with one that has the same inputs. Returns visits.
    fn try_twins(&mut self, vertex: u32, threshold: f64) -> u64 {
        let from = self.state.core_of[vertex as usize];
        let twins = self.twins.of_vertex(vertex);
        let start = self.random.below(twins.len());
        let mut done = 4;
        for step in 0..PARTNERS.min(twins.len()) {
            let other = twins[(start + step) % twins.len()];
            let to = self.state.core_of[other as usize];
            if to == from {
                continue;
            }
            done += self.outputs(vertex) + self.outputs(other);
            let growth = self.state.hops_of_twins(&self.ways, vertex, other);
            if growth <= threshold {
                done += 2 * (self.size(vertex) + self.size(other));
                if self.may_swap(vertex, other) {
                    self.state.apply(vertex, to);
                    self.state.apply(other, from);
                    self.hops += growth;
                }
                break;
            }
        }
        done
    }

    /// Moves the vertex to a core of its neighbours, or exchanges it with a vertex from there. Returns visits.
    fn try_neighbours(&mut self, vertex: u32, threshold: f64) -> u64 {
        let from = self.state.core_of[vertex as usize];
        let Some(to) = candidate(&self.state, vertex, &mut self.random) else { return 8 };
        let mut done = self.size(vertex);
        let growth = self.state.hops_of_move(&self.ways, vertex, to);
        if growth > threshold {
            return done;
        }
        done += self.size(vertex);
        let change = self.state.move_delta(vertex, to);
        if change.penalty <= 0.0 && self.state.traffic + change.traffic <= self.most_traffic {
            self.state.apply(vertex, to);
            self.hops += growth;
            return done + 2 * self.size(vertex);
        }
        let members = self.state.members(to);
        let start = if members.is_empty() { return done } else { self.random.below(members.len()) };
        let mut best = (threshold, None);
        for step in 0..PARTNERS.min(members.len()) {
            let other = members[(start + step) % members.len()];
            done += self.size(other);
            // What the two share can only make it longer than two moves.
            let least = growth + self.state.hops_of_move(&self.ways, other, from);
            if least <= best.0 {
                best = (least, Some(other));
            }
        }
        let Some(other) = best.1 else { return done };
        done += self.size(vertex) + self.size(other);
        if self.may_swap(vertex, other) {
            self.state.apply(vertex, to);
            let growth = growth + self.state.hops_of_move(&self.ways, other, from);
            let is_taken = growth <= threshold;
            done += 3 * self.size(vertex) + 2 * self.size(other);
            if is_taken {
                self.state.apply(other, from);
                self.hops += growth;
            } else {
                self.state.apply(vertex, from);
            }
        }
        done
    }

    /// Whether an exchange keeps every limit and what traffic may be.
    fn may_swap(&mut self, vertex: u32, other: u32) -> bool {
        let change = self.state.swap_delta(vertex, other);
        change.penalty <= 0.0 && self.state.traffic + change.traffic <= self.most_traffic
    }
}
