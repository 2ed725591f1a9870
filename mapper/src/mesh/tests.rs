//! Every placer gives each core a cell of its own; exchanges shorten the way.

use super::{PLACERS, place, refine, width};
use crate::multilevel::{Effort, Objective, Task};
use crate::problem::score::score;
use crate::problem::{Lists, Problem};

/// A grid of neurons that hear their neighbours, one per core.
fn grid(side: u32) -> Problem {
    let mut fan_in = Lists { start: vec![0], items: Vec::new() };
    for neuron in 0..side * side {
        let (x, y) = (neuron % side, neuron / side);
        let near = [(x, y.wrapping_sub(1)), (x.wrapping_sub(1), y), (x + 1, y), (x, y + 1)];
        fan_in.items.extend(near.iter().filter(|(x, y)| *x < side && *y < side).map(|(x, y)| y * side + x));
        fan_in.start.push(fan_in.items.len());
    }
    let count = (side * side) as usize;
    Problem::from_fan_in(fan_in, &vec![false; count], &vec![1.0; count], &vec![1; count], &vec![1; count]).0
}

#[test]
fn each_core_has_a_cell_of_its_own_on_the_squarest_mesh() {
    let problem = grid(6);
    for cores in [1_u32, 2, 5, 7, 30, 36] {
        let core_of: Vec<u32> = (0..36).map(|vertex| vertex % cores).collect();
        for placer in &PLACERS {
            let placement = place(&problem, &core_of, placer, 1);
            let mut cells = placement.cell.clone();
            cells.sort_unstable();
            cells.dedup();
            assert_eq!(cells.len() as u32, cores, "{}", placer.name);
            assert_eq!(placement.width, width(cores));
            assert!(cells.iter().all(|cell| *cell < placement.width * placement.width));
        }
    }
}

#[test]
fn exchanges_shorten_the_way_of_a_grid_that_was_taken_apart() {
    let problem = grid(5);
    let core_of: Vec<u32> = (0..25).map(|vertex| vertex * 7 % 25).collect();
    let hops = PLACERS.each_ref().map(|placer| {
        let placement = place(&problem, &core_of, placer, 1);
        score(&problem, &[9; 4], &core_of, Some(&placement)).hops.unwrap()
    });
    // 40 neighbouring pairs, both ways: 80 hops if all of them found together.
    assert!((80.0..=120.0).contains(&hops[0]), "{hops:?}");
    assert!(hops[0] < hops[1] && hops[0] < hops[2], "{hops:?}");
}

#[test]
fn refinement_brings_busy_sources_near_and_keeps_limits_and_traffic() {
    // Three full cores of sources, each with one that spikes often; a fourth core hears all of them.
    let count = 40_usize;
    let mut fan_in = Lists { start: vec![0], items: Vec::new() };
    for neuron in 0..count {
        fan_in.items.extend((0..30_u32).filter(|_| neuron >= 30));
        fan_in.start.push(fan_in.items.len());
    }
    let rate: Vec<f64> = (0..count).map(|neuron| if neuron % 10 == 0 { 100.0 } else { 1.0 }).collect();
    let problem = Problem::from_fan_in(fan_in, &vec![false; count], &rate, &vec![1; count], &vec![1; count]).0;
    let limits = [10, 100, 100, 100];
    let core_of: Vec<u32> = (0..count as u32).map(|neuron| neuron / 10).collect();
    for objective in [Objective::Traffic, Objective::Hops] {
        let task = Task { problem: &problem, limits, objective, effort: Effort::Default, seed: 1, threads: 1 };
        for placer in &PLACERS {
            let placement = place(&problem, &core_of, placer, 1);
            let before = score(&problem, &limits, &core_of, Some(&placement));
            let (refined, placement) = refine(&task, (core_of.clone(), placement), placer);
            let after = score(&problem, &limits, &refined, Some(&placement));
            assert!(after.feasible && after.cores == before.cores, "{after:?}");
            assert!(after.traffic_total <= before.traffic_total + 1e-6, "{after:?}");
            // Of the cores of sources, one is two cells away: the one that spikes often leaves it.
            assert_eq!(before.hops, Some(4.0 * 109.0));
            assert_eq!(after.hops, Some(300.0 + 17.0 + 2.0 * 10.0), "{}", placer.name);
        }
    }
}
