//! Where on the mesh each core of a partition goes.
//!
//! A placement gives each part of the partition a *slot*: slots are numbered through the cores of tile 0, then tile 1, and so on,
//! tiles row by row. Cores of an image are numbered in the order of their slots. To add a placer, write one file and add one
//! line to [`PLACERS`].

mod exchange;
mod row_by_row;
mod shuffled;

use crate::mesh::Flows;
use caudate_core::chip::{ChipDescription, Tile};

/// A way to place cores on the mesh.
#[derive(Debug)]
pub struct Placer {
    /// Its name on the command line.
    pub name: &'static str,
    /// What it does, in a line.
    pub description: &'static str,
    run: fn(&Task<'_>) -> Vec<u32>,
}

/// Every placer, the default first.
pub const PLACERS: [Placer; 3] = [
    Placer {
        name: "exchange",
        description: "annealed exchanges of slots that shorten the way of spikes from tile to tile",
        run: exchange::place,
    },
    Placer {
        name: "row-by-row",
        description: "cores in the order of the partition, tile by tile, row by row",
        run: row_by_row::place,
    },
    Placer {
        name: "shuffled",
        description: "cores in a random order drawn with placement_seed: to show that results do not depend on it",
        run: shuffled::place,
    },
];

/// What a placer works on.
#[derive(Debug)]
pub(crate) struct Task<'a> {
    pub(crate) chip: &'a ChipDescription,
    pub(crate) cores: u32,
    pub(crate) seed: u64,
    /// Spikes per step between cores.
    pub(crate) flows: &'a Flows,
}

/// A core of the partition and its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Placed {
    /// Index in the partition.
    pub(crate) part: u32,
    pub(crate) tile: Tile,
}

/// Finds a placer; the error lists those that exist.
pub(crate) fn by_name(name: &str) -> Result<&'static Placer, Box<caudate_isa::diagnostic::Diagnostic>> {
    let names = PLACERS.iter().map(|known| known.name);
    PLACERS.iter().find(|known| known.name == name).ok_or_else(|| crate::partition::unknown("placer", name, names))
}

/// Places the cores of a partition that fits the chip; returns them in the order of their slots.
pub(crate) fn place(task: &Task<'_>, placer: &Placer) -> Vec<Placed> {
    let mesh = &task.chip.mesh;
    let width = mesh.width_tiles(task.cores as usize);
    let mut slots: Vec<(u32, u32)> = (placer.run)(task).into_iter().zip(0..).collect();
    slots.sort_unstable();
    let placed = |(slot, part): (u32, u32)| {
        let tile = slot / mesh.cores_per_tile;
        Placed { part, tile: Tile { x: tile % width, y: tile / width } }
    };
    slots.into_iter().map(placed).collect()
}
