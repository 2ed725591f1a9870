//! Annealed exchanges: two cells exchange their cores (one of them may be empty) if that shortens the way of spikes, or lengthens it
//! by no more than a draw at the current temperature.

use super::{Flows, hilbert};
use crate::problem::random::Random;
use crate::problem::score::Placement;

const EMPTY: u32 = u32::MAX;
/// Distances computed in all, for small and for large meshes.
const WORK: u64 = 110_000_000;
const TEMPERATURES: u32 = 60;

/// First temperature, in units of the mean change, of an annealing from anywhere, and from a placement that is good already; the last one.
const HOT: f64 = 0.4;
const WARM: f64 = 0.02;
const COLD: f64 = 0.0008;
/// A placement that is good already takes so much less work.
const LESS: u64 = 8;

pub(super) fn place(flows: &Flows, seed: u64) -> Placement {
    let mut placement = hilbert::place(flows, seed);
    anneal(flows, &mut placement, HOT, 1, seed);
    placement
}

/// Places again after some flows have changed a little.
pub(super) fn improve(flows: &Flows, placement: &mut Placement, seed: u64) {
    let mut trial = placement.clone();
    if anneal(flows, &mut trial, WARM, LESS, seed) < 0.0 {
        *placement = trial;
    }
}

/// Returns by how much the way of spikes grew.
fn anneal(flows: &Flows, placement: &mut Placement, hot: f64, less: u64, seed: u64) -> f64 {
    let cores = flows.cores as usize;
    let mut growth = 0.0;
    if cores < 2 {
        return growth;
    }
    let mut random = Random::new(seed, 0x9_1ACE);
    let width = placement.width;
    let cells = (width * flows.cores.div_ceil(width)) as usize;
    let mut core_at = vec![EMPTY; cells];
    placement.cell.iter().zip(0..).for_each(|(cell, core)| core_at[*cell as usize] = core);
    let point = |cell: u32| (f64::from(cell % width), f64::from(cell / width));
    let mut at: Vec<Point> = placement.cell.iter().map(|cell| point(*cell)).collect();
    let links: usize = flows.between.iter().map(Vec::len).sum();
    let per_try = 2 * (links / cores + 2) as u64;
    let tries = (WORK / per_try).min(40_000 * cores as u64) / u64::from(TEMPERATURES) / less;

    let mut mean = 0.0;
    for _ in 0..200 {
        let (core, cell) = (random.below(cores) as u32, random.below(cells) as u32);
        mean += change(flows, &at, (core, point(cell)), core_at[cell as usize]).abs() / 200.0;
    }
    for step in 0..=TEMPERATURES {
        let part = f64::from(step) / f64::from(TEMPERATURES);
        let temperature = if step == TEMPERATURES { 0.0 } else { mean * hot * (COLD / hot).powf(part) };
        for _ in 0..tries {
            let (core, cell) = (random.below(cores) as u32, random.below(cells) as u32);
            let from = placement.cell[core as usize];
            if from == cell {
                continue;
            }
            let longer = change(flows, &at, (core, point(cell)), core_at[cell as usize]);
            if longer < 0.0 || (temperature > 0.0 && longer <= -temperature * random.unit().ln()) {
                growth += longer;
                let other = std::mem::replace(&mut core_at[cell as usize], core);
                core_at[from as usize] = other;
                placement.cell[core as usize] = cell;
                at[core as usize] = point(cell);
                if other != EMPTY {
                    placement.cell[other as usize] = from;
                    at[other as usize] = point(from);
                }
            }
        }
    }
    growth
}

/// Column and row of a cell.
type Point = (f64, f64);

/// How much longer the way of all spikes gets when a core exchanges its cell.
fn change(flows: &Flows, at: &[Point], moved: (u32, Point), other: u32) -> f64 {
    let (core, there) = moved;
    let here = at[core as usize];
    let distance = |a: Point, b: Point| (a.0 - b.0).abs() + (a.1 - b.1).abs();
    let mut sum = 0.0;
    for (moved, from, to, partner) in [(core, here, there, other), (other, there, here, core)] {
        if moved == EMPTY {
            continue;
        }
        let longer = |point: Point| distance(to, point) - distance(from, point);
        sum += flows.from_outside[moved as usize] * longer((0.0, 0.0));
        for (neighbour, rate) in &flows.between[moved as usize] {
            // The way between the two that exchange stays as long as it is.
            if *neighbour != partner {
                sum += rate * longer(at[*neighbour as usize]);
            }
        }
    }
    sum
}
