//! A start by METIS: the network as a graph of vertices with sizes, whose edges are spikes.
//!
//! A graph knows neither that a core needs a spike once nor what axons are, so this is no more than a start. The edges of a net lead from its
//! owner to its targets, or, if its source is outside, from target to target.

use super::Task;
use super::bisect::{least, weights};
use crate::problem::{EXTERNAL, Problem};
use metis::option::Seed;
use metis::{Graph, Idx};

/// Units of the size of a core.
const SIZE: f64 = 1000.0;
/// Units of the mean rate of a net, and the most that an edge weighs.
const RATE: f64 = 10.0;
const MOST: f64 = 10_000.0;
/// Most that all edges weigh: METIS counts in 32 bits.
const MOST_IN_ALL: f64 = (1 << 30) as f64;

/// Divides the vertices among the least cores that nearly keep the limits. Where METIS gives up, they are divided in their order.
pub(super) fn divide(task: &Task<'_>, seed: u64) -> (Vec<u32>, u32) {
    let edges = Edges::of(task.problem);
    let size: Vec<Idx> = weights(task).iter().map(|weight| 1 + (weight * SIZE) as Idx).collect();
    least(task, |cores| {
        let vertices = size.len();
        edges.divided(&size, cores, seed).unwrap_or_else(|| {
            (0..vertices).map(|vertex| (vertex as u64 * u64::from(cores) / vertices as u64) as u32).collect()
        })
    })
}

/// The edges of all vertices, each from both of its ends.
struct Edges {
    start: Vec<Idx>,
    to: Vec<Idx>,
    weight: Vec<Idx>,
}

impl Edges {
    fn of(problem: &Problem) -> Self {
        let mean = problem.rate.iter().sum::<f64>() / problem.nets().max(1) as f64;
        let mut ends: Vec<(u32, u32, f64)> = Vec::new();
        for net in 0..problem.nets() as u32 {
            let weight = 1.0 + RATE * problem.rate[net as usize] / mean.max(f64::MIN_POSITIVE);
            let mut from = problem.owner[net as usize];
            let is_outside = from == EXTERNAL;
            for target in problem.targets.of(net) {
                if from != EXTERNAL && from != *target {
                    ends.extend([(from, *target, weight), (*target, from, weight)]);
                }
                if is_outside {
                    from = *target;
                }
            }
        }
        ends.sort_unstable_by_key(|(from, to, _)| (*from, *to));
        ends.dedup_by(|next, kept| {
            let is_same = (next.0, next.1) == (kept.0, kept.1);
            if is_same {
                kept.2 += next.2;
            }
            is_same
        });
        let sum: f64 = ends.iter().map(|end| end.2).sum();
        let scale = (MOST_IN_ALL / sum.max(1.0)).min(1.0);
        let start = |vertex: u32| ends.partition_point(|end| end.0 < vertex) as Idx;
        Self {
            start: (0..=problem.vertices() as u32).map(start).collect(),
            to: ends.iter().map(|end| end.1 as Idx).collect(),
            weight: ends.iter().map(|end| 1 + (end.2 * scale).min(MOST) as Idx).collect(),
        }
    }

    /// A core for each vertex, if METIS finds any.
    fn divided(&self, size: &[Idx], cores: u32, seed: u64) -> Option<Vec<u32>> {
        let mut part = vec![0; size.len()];
        let graph = Graph::new(1, Idx::try_from(cores).ok()?, &self.start, &self.to).ok()?;
        let graph = graph.set_vwgt(size).set_adjwgt(&self.weight).set_option(Seed(seed as Idx));
        graph.part_kway(&mut part).ok()?;
        Some(part.into_iter().map(|part| part as u32).collect())
    }
}
