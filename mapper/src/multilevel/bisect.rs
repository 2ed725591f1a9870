//! Recursive bisection: vertices are cut in two across the direction in which they are spread most, until there are as many parts as
//! cores; of all numbers of cores the least that nearly keeps the limits.

use super::Task;
use super::fields::{FIELDS, Point};
use crate::problem::{Amounts, COMPARTMENTS, EXTERNAL, INPUT_AXONS, OUTPUT_AXONS, Problem, RESOURCES, SYNAPSE_BYTES};

/// What all cores together may hold too much, as a share of what they hold: refinement brings it down.
const TOLERANCE: f64 = 0.01;
/// Steps between the numbers of cores that are tried at last, as a share of them.
const FINENESS: f64 = 0.02;

/// Divides vertices with these coordinates among cores. Returns the core of each and the number of cores.
pub(super) fn bisect(task: &Task<'_>, points: &[Point]) -> (Vec<u32>, u32) {
    let weight = weights(task);
    least(task, |cores| divided(points, &weight, cores))
}

/// The division among the least cores that nearly keeps the limits, and their number.
pub(super) fn least(task: &Task<'_>, divided: impl Fn(u32) -> Vec<u32>) -> (Vec<u32>, u32) {
    let fits = |cores: u32| {
        let core_of = divided(cores);
        let fits = excess(task.problem, &task.limits, &core_of, cores) <= TOLERANCE;
        fits.then_some(core_of)
    };
    let most = task.problem.vertices().max(1) as u32;
    let mut too_few = task.fewest_cores().min(most) - 1;
    let mut cores = task.fewest_cores().min(most);
    let mut best = loop {
        match fits(cores) {
            Some(core_of) => break core_of,
            None if cores == most => break (0..most).collect(),
            None => too_few = cores,
        }
        cores = (cores + cores.div_ceil(2)).min(most);
    };
    while f64::from(cores - too_few) > (FINENESS * f64::from(cores)).max(1.0) {
        let middle = too_few + (cores - too_few) / 2;
        match fits(middle) {
            Some(core_of) => (best, cores) = (core_of, middle),
            None => too_few = middle,
        }
    }
    (best, cores)
}

/// How much of a core each vertex takes.
pub(super) fn weights(task: &Task<'_>) -> Vec<f64> {
    let share = |amount: u64, resource: usize| amount as f64 / task.limits[resource].max(1) as f64;
    let problem = task.problem;
    let of = |(compartments, bytes): (&u32, &u64)| {
        share(u64::from(*compartments), COMPARTMENTS) + share(*bytes, SYNAPSE_BYTES) + 1e-9
    };
    problem.compartments.iter().zip(&problem.synapse_bytes).map(of).collect()
}

/// A core for each vertex.
fn divided(points: &[Point], weight: &[f64], cores: u32) -> Vec<u32> {
    let mut order: Vec<u32> = (0..points.len() as u32).collect();
    let mut core_of = vec![0; points.len()];
    let mut parts = vec![(0..points.len(), 0, cores)];
    while let Some((range, first, cores)) = parts.pop() {
        let part = &mut order[range.clone()];
        if cores < 2 || part.len() < 2 {
            part.iter().for_each(|vertex| core_of[*vertex as usize] = first);
            continue;
        }
        let axis = widest(part, points);
        let along = |vertex: &u32| points[*vertex as usize].iter().zip(axis).map(|(own, axis)| own * axis).sum::<f32>();
        part.sort_by_cached_key(|vertex| (Ordered(along(vertex)), *vertex));
        let left = cores / 2;
        let sum: f64 = part.iter().map(|vertex| weight[*vertex as usize]).sum();
        let wanted = sum * f64::from(left) / f64::from(cores);
        let mut held = 0.0;
        let cut = part.iter().take_while(|vertex| {
            held += weight[**vertex as usize];
            held <= wanted
        });
        let cut = range.start + cut.count().clamp(1, part.len() - 1);
        parts.push((range.start..cut, first, left));
        parts.push((cut..range.end, first + left, cores - left));
    }
    core_of
}

/// A number with a total order.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Ordered(f32);

impl Eq for Ordered {}

impl PartialOrd for Ordered {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Ordered {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.total_cmp(&other.0)
    }
}

/// Rounds of the power method.
const ROUNDS: usize = 24;

/// The direction in which the points are spread most.
fn widest(part: &[u32], points: &[Point]) -> Point {
    let count = part.len() as f64;
    let mut mean = [0.0_f64; FIELDS];
    for vertex in part {
        mean.iter_mut().zip(points[*vertex as usize]).for_each(|(mean, own)| *mean += f64::from(own) / count);
    }
    let mut spread = [[0.0_f64; FIELDS]; FIELDS];
    for vertex in part {
        let point = points[*vertex as usize];
        let from_mean: [f64; FIELDS] = std::array::from_fn(|field| f64::from(point[field]) - mean[field]);
        for (row, own) in spread.iter_mut().zip(from_mean) {
            row.iter_mut().zip(from_mean).for_each(|(sum, other)| *sum += own * other);
        }
    }
    let mut axis: [f64; FIELDS] = std::array::from_fn(|field| spread[field][field]);
    for _ in 0..ROUNDS {
        let next: [f64; FIELDS] =
            std::array::from_fn(|field| spread[field].iter().zip(axis).map(|(own, axis)| own * axis).sum());
        let length = next.iter().map(|value| value * value).sum::<f64>().sqrt();
        if length <= f64::MIN_POSITIVE {
            break;
        }
        axis = next.map(|value| value / length);
    }
    axis.map(|value| value as f32)
}

/// What cores hold over the limits, as a share of what all of them could hold, added up over the resources.
fn excess(problem: &Problem, limits: &Amounts, core_of: &[u32], cores: u32) -> f64 {
    let mut load = vec![[0_u64; RESOURCES]; cores as usize];
    let mut reached = vec![u32::MAX; cores as usize];
    for (vertex, core) in core_of.iter().enumerate() {
        load[*core as usize][COMPARTMENTS] += u64::from(problem.compartments[vertex]);
        load[*core as usize][SYNAPSE_BYTES] += problem.synapse_bytes[vertex];
    }
    for net in 0..problem.nets() as u32 {
        let sources = u64::from(problem.sources[net as usize]);
        let mut cores_reached = 0;
        for target in problem.targets.of(net) {
            let core = core_of[*target as usize] as usize;
            if reached[core] != net {
                reached[core] = net;
                load[core][INPUT_AXONS] += sources;
                cores_reached += 1;
            }
        }
        let owner = problem.owner[net as usize];
        if owner != EXTERNAL {
            load[core_of[owner as usize] as usize][OUTPUT_AXONS] += sources * cores_reached;
        }
    }
    let over = |load: &[u64; RESOURCES]| {
        let shares =
            load.iter().zip(limits).map(|(load, limit)| load.saturating_sub(*limit) as f64 / (*limit).max(1) as f64);
        shares.sum::<f64>()
    };
    load.iter().map(over).sum::<f64>() / f64::from(cores.max(1))
}
