//! Smooth fields: coordinates of vertices that vary slowly along nets.
//!
//! Random numbers are averaged over the pins of each net, and the averages over the nets of each vertex, again and again. What varies fast
//! along nets dies out; what is left are the slowest modes of the network, its large-scale directions. They are found on a coarse
//! level, where a round costs little, and smoothed on the way to the finest.

use crate::problem::random::Random;
use crate::problem::{Contraction, EXTERNAL, Problem};

/// Coordinates of a vertex.
pub(super) const FIELDS: usize = 8;
/// The coordinates of one vertex.
pub(super) type Point = [f32; FIELDS];

/// Vertices of the coarsest level.
pub(super) const COARSEST: usize = 3000;
/// Sets of rounds on the coarsest level, after each of which fields are made orthogonal, so that they do not become one.
const SETS: usize = 8;
/// Rounds of a set.
const ROUNDS: usize = 12;
/// Rounds on each of the other levels.
const FINE_ROUNDS: usize = 2;

/// Fields over the vertices of `problem`, of which `levels` are contractions, the coarsest last.
pub(super) fn smooth_fields(problem: &Problem, levels: &[Contraction], random: &mut Random) -> Vec<Point> {
    let coarsest = levels.last().map_or(problem, |level| &level.problem);
    let mut points: Vec<Point> =
        (0..coarsest.vertices()).map(|_| std::array::from_fn(|_| random.unit() as f32 - 0.5)).collect();
    for _ in 0..SETS {
        (0..ROUNDS).for_each(|_| average(coarsest, &mut points));
        make_orthogonal(&mut points);
    }
    let slowness = slowness(coarsest, &points);
    for (index, level) in levels.iter().enumerate().rev() {
        points = level.cluster_of.iter().map(|cluster| points[*cluster as usize]).collect();
        let finer = index.checked_sub(1).map_or(problem, |finer| &levels[finer].problem);
        (0..FINE_ROUNDS).for_each(|_| average(finer, &mut points));
    }
    make_orthogonal(&mut points);
    points.iter_mut().for_each(|point| point.iter_mut().zip(slowness).for_each(|(own, slowness)| *own *= slowness));
    points
}

/// How far each field reaches: the inverse root of what averaging takes from it.
fn slowness(problem: &Problem, points: &[Point]) -> Point {
    let mut next = points.to_vec();
    average(problem, &mut next);
    std::array::from_fn(|field| {
        let product = |others: &[Point]| {
            points.iter().zip(others).map(|(own, other)| f64::from(own[field]) * f64::from(other[field])).sum::<f64>()
        };
        let lost = 1.0 - product(&next) / product(points).max(f64::MIN_POSITIVE);
        lost.max(1e-6).sqrt().recip() as f32
    })
}

/// Each point becomes the mean of its nets, each of which is the mean of its pins.
fn average(problem: &Problem, points: &mut [Point]) {
    let mut mean_of_net = vec![[0.0; FIELDS]; problem.nets()];
    for (net, mean) in (0..).zip(&mut mean_of_net) {
        let owner = Some(problem.owner[net as usize]).filter(|owner| *owner != EXTERNAL);
        let mut count = 0.0;
        for pin in problem.targets.of(net).iter().chain(&owner) {
            add(mean, &points[*pin as usize], 1.0);
            count += 1.0_f32;
        }
        mean.iter_mut().for_each(|value| *value /= count.max(1.0));
    }
    for (vertex, point) in (0..).zip(points) {
        let mut mean = [0.0; FIELDS];
        let mut weight = 0.0;
        for net in problem.inputs.of(vertex).iter().chain(problem.outputs.of(vertex)) {
            let sources = problem.sources[*net as usize] as f32;
            add(&mut mean, &mean_of_net[*net as usize], sources);
            weight += sources;
        }
        if weight > 0.0 {
            *point = mean.map(|value| value / weight);
        }
    }
}

#[inline]
fn add(sum: &mut Point, point: &Point, weight: f32) {
    sum.iter_mut().zip(point).for_each(|(sum, value)| *sum += weight * value);
}

/// Takes its mean and its part along the fields before it from each field, and makes its mean square 1.
fn make_orthogonal(points: &mut [Point]) {
    let count = points.len().max(1) as f64;
    for field in 0..FIELDS {
        let mean = points.iter().map(|point| f64::from(point[field])).sum::<f64>() / count;
        points.iter_mut().for_each(|point| point[field] -= mean as f32);
        for earlier in 0..field {
            let along = points.iter().map(|point| f64::from(point[field]) * f64::from(point[earlier])).sum::<f64>();
            let along = (along / count) as f32;
            points.iter_mut().for_each(|point| point[field] -= along * point[earlier]);
        }
        let square = points.iter().map(|point| f64::from(point[field]).powi(2)).sum::<f64>() / count;
        let scale = if square > 1e-20 { square.sqrt().recip() as f32 } else { 0.0 };
        points.iter_mut().for_each(|point| point[field] *= scale);
    }
}
