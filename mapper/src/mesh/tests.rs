//! Every placer gives each core a cell of its own; exchanges shorten the way.

use super::{PLACERS, place, width};
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
