//! The pairs of cores that exchange most spikes.

use super::Flows;
use crate::problem::Problem;
use crate::problem::score::Placement;
use serde::Serialize;

/// Two cores and what passes between them, both ways.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Link {
    /// The core of the lower number.
    pub a: u32,
    /// The other one.
    pub b: u32,
    /// Spikes per second.
    pub spikes_per_second: f64,
    /// Cells on the way.
    pub hops: u32,
}

/// The heaviest links of a placed partition, at most `count`, the heaviest first.
#[must_use]
pub fn heaviest_links(problem: &Problem, core_of: &[u32], placement: &Placement, count: usize) -> Vec<Link> {
    let flows = Flows::of(problem, core_of);
    let distance = |a: u32, b: u32| {
        let ((x, y), (to_x, to_y)) = (placement.at(a), placement.at(b));
        x.abs_diff(to_x) + y.abs_diff(to_y)
    };
    let mut links = Vec::new();
    for (list, a) in flows.between.iter().zip(0..) {
        let later = list.iter().filter(|(b, _)| *b > a);
        links.extend(later.map(|(b, rate)| Link { a, b: *b, spikes_per_second: *rate, hops: distance(a, *b) }));
    }
    links.sort_by(|a, b| b.spikes_per_second.total_cmp(&a.spikes_per_second).then((a.a, a.b).cmp(&(b.a, b.b))));
    links.truncate(count);
    links
}
