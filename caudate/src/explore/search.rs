//! Which points to run next.

use super::front::{Objective, front_of};
use super::point::{Outcome, Record};
use super::sweep::{Search, Sweep};
use caudate_core::random::draw;
use std::collections::BTreeSet;

/// A share of a sweep, for one of several machines: points `number`, `number + of`, ... in the order of the search.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share {
    /// Which one, 1..=`of`.
    pub number: u64,
    /// Of how many.
    pub of: u64,
}

impl Share {
    /// The whole.
    pub const ALL: Self = Self { number: 1, of: 1 };
}

/// The points to run, given those that are finished, in order; none when the search is over.
#[must_use]
pub fn next_points(sweep: &Sweep, finished: &[Record], share: Share) -> Vec<u64> {
    let size = sweep.size().unwrap_or(0);
    let chosen = match sweep.search {
        Search::Grid => (0..size).collect(),
        Search::Random => drawn(sweep, size),
        Search::Refine => refined(sweep, finished),
    };
    let done: BTreeSet<u64> = finished.iter().map(|record| record.point).collect();
    let own = chosen.into_iter().enumerate().filter(|(index, _)| *index as u64 % share.of == share.number - 1);
    own.map(|(_, point)| point).filter(|point| !done.contains(point)).collect()
}

/// Points drawn without repetition.
fn drawn(sweep: &Sweep, size: u64) -> Vec<u64> {
    let wanted = sweep.points.unwrap_or(0).min(size);
    let mut seen = BTreeSet::new();
    let mut points = Vec::new();
    // The last of a full grid would be drawn for long: from half on, what is left out is drawn.
    let (drawn, invert) = if wanted > size / 2 { (size - wanted, true) } else { (wanted, false) };
    for number in 0_u64.. {
        if seen.len() as u64 == drawn {
            break;
        }
        let high = u64::from(draw(sweep.seed, 0, number, 0));
        let point = (high << 32 | u64::from(draw(sweep.seed, 1, number, 0))) % size;
        if seen.insert(point) && !invert {
            points.push(point);
        }
    }
    if invert { (0..size).filter(|point| !seen.contains(point)).collect() } else { points }
}

/// Ends and middle of each axis, then in each round the neighbours of the front at half the distance.
fn refined(sweep: &Sweep, finished: &[Record]) -> Vec<u64> {
    let most = sweep.points.unwrap_or(0) as usize;
    let coarse = |count: usize| BTreeSet::from([0, (count - 1) / 2, count - 1]);
    let mut points: Vec<Vec<usize>> = vec![Vec::new()];
    for axis in &sweep.axes {
        let own = coarse(axis.values.len());
        points = points.iter().flat_map(|point| own.iter().map(|index| [&point[..], &[*index]].concat())).collect();
    }
    let mut chosen: Vec<u64> = points.iter().map(|indices| sweep.point(indices)).take(most).collect();
    let longest = sweep.axes.iter().map(|axis| axis.values.len()).max().unwrap_or(1);
    let mut distance = longest.div_ceil(4);
    // Every round follows from the records of the rounds before, so a sweep that is resumed goes the same way.
    while chosen.len() < most && chosen.iter().all(|point| finished.iter().any(|record| record.point == *point)) {
        let before = chosen.len();
        for point in front(finished.iter().filter(|record| chosen.contains(&record.point))) {
            let indices = sweep.indices(point);
            for (axis, index) in indices.iter().enumerate() {
                let last = sweep.axes[axis].values.len() - 1;
                for next in [index.saturating_sub(distance), (index + distance).min(last)] {
                    let mut neighbour = indices.clone();
                    neighbour[axis] = next;
                    let neighbour = sweep.point(&neighbour);
                    if chosen.len() < most && !chosen.contains(&neighbour) {
                        chosen.push(neighbour);
                    }
                }
            }
        }
        if chosen.len() == before {
            if distance <= 1 {
                break;
            }
            distance = distance.div_ceil(2);
        }
    }
    chosen
}

/// Points of the front over all results.
fn front<'a>(records: impl Iterator<Item = &'a Record>) -> Vec<u64> {
    let (points, costs): (Vec<u64>, Vec<Vec<f64>>) = records
        .filter_map(|record| match &record.outcome {
            Outcome::Done { results } => Some((record.point, costs(results))),
            Outcome::Failed { .. } => None,
        })
        .unzip();
    points.into_iter().zip(front_of(&costs)).filter(|(_, is_on_front)| *is_on_front).map(|(point, _)| point).collect()
}

/// Results as costs; what is missing is never better.
pub(super) fn costs(results: &[Option<f64>; Objective::ALL.len()]) -> Vec<f64> {
    Objective::ALL.iter().zip(results).map(|(own, value)| value.map_or(f64::MAX, |value| own.cost(value))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sweep(more: &str) -> Sweep {
        let text = format!(
            "name = \"s\"\nexperiment = \"e.toml\"\n{more}\n[[axis]]\nkey = \"chip.a\"\nlow = 0\nhigh = 8\ncount = 9\n\
             [[axis]]\nkey = \"chip.b\"\nlow = 0\nhigh = 8\ncount = 9\n"
        );
        Sweep::from_toml(&text, "s.toml").unwrap()
    }

    #[test]
    fn shares_are_disjoint_and_together_the_whole() {
        for more in ["", "search = \"random\"\npoints = 30", "search = \"random\"\npoints = 70"] {
            let sweep = sweep(more);
            let whole = next_points(&sweep, &[], Share::ALL);
            let mut joined: Vec<u64> =
                (1..=4).flat_map(|number| next_points(&sweep, &[], Share { number, of: 4 })).collect();
            joined.sort_unstable();
            let mut sorted = whole.clone();
            sorted.sort_unstable();
            assert_eq!(joined, sorted);
            sorted.dedup();
            assert_eq!(sorted.len() as u64, sweep.points.unwrap_or(81), "no point twice");
        }
    }

    #[test]
    fn refinement_closes_in_on_the_best_and_ends() {
        let sweep = sweep("search = \"refine\"\npoints = 40");
        let finished = refine(&sweep, &[Share::ALL]);
        assert!(finished.len() <= 40, "{}", finished.len());
        assert!(finished.iter().any(|record| sweep.indices(record.point) == [5, 2]));
    }

    #[test]
    fn shares_of_a_refinement_that_see_one_another_run_the_same_points_as_the_whole() {
        let sweep = sweep("search = \"refine\"\npoints = 50");
        let points =
            |shares: &[Share]| refine(&sweep, shares).iter().map(|record| record.point).collect::<BTreeSet<u64>>();
        let thirds = [3, 1, 2].map(|number| Share { number, of: 3 });
        assert_eq!(points(&thirds), points(&[Share::ALL]));
    }

    /// Runs shares in turn, each as far as it gets, until none gets any further.
    fn refine(sweep: &Sweep, shares: &[Share]) -> Vec<Record> {
        let mut finished: Vec<Record> = Vec::new();
        loop {
            let before = finished.len();
            for share in shares {
                for point in next_points(sweep, &finished, *share) {
                    let at = sweep.indices(point);
                    let energy = at[0].abs_diff(5) as f64 + at[1].abs_diff(2) as f64;
                    let outcome = Outcome::Done { results: [None, Some(energy), Some(energy), Some(1.0), None] };
                    finished.push(Record { point, settings: Vec::new(), outcome });
                    finished.sort_by_key(|record| record.point);
                }
            }
            if finished.len() == before {
                return finished;
            }
        }
    }
}
