//! Along a Hilbert curve: neighbours in the order of the partition are neighbours on the mesh.

use super::{Flows, width};
use crate::problem::score::Placement;

pub(super) fn place(flows: &Flows, _seed: u64) -> Placement {
    let width = width(flows.cores);
    let rows = flows.cores.div_ceil(width);
    let side = width.next_power_of_two();
    let cells = (0..u64::from(side) * u64::from(side)).map(|step| point(side, step));
    let inside = cells.filter(|(x, y)| *x < width && *y < rows).map(|(x, y)| y * width + x);
    Placement { width, cell: inside.take(flows.cores as usize).collect() }
}

/// Column and row of a step on the curve through a square whose side is a power of two.
fn point(side: u32, step: u64) -> (u32, u32) {
    let (mut x, mut y, mut rest, mut size) = (0_u32, 0_u32, step, 1_u32);
    while size < side {
        let right = ((rest / 2) & 1) as u32;
        let down = ((rest & 1) as u32) ^ right;
        if down == 0 {
            if right == 1 {
                (x, y) = (size - 1 - x, size - 1 - y);
            }
            (x, y) = (y, x);
        }
        x += size * right;
        y += size * down;
        rest /= 4;
        size *= 2;
    }
    (x, y)
}
