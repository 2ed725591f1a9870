//! Placement of the cores of a [`Problem`] on a mesh of one core per cell, as square as can be.
//!
//! A spike costs one hop per cell on the way to each destination core; spikes from outside the chip enter at cell (0, 0). To add
//! a placer, write one file and add one line to [`PLACERS`].

mod exchange;
pub mod floorplan;
mod flows;
mod hilbert;
mod links;
mod refine;
#[cfg(test)]
mod tests;

use crate::problem::Problem;
use crate::problem::score::Placement;
use caudate_isa::diagnostic::Diagnostic;
pub(crate) use flows::Flows;
pub use links::{Link, heaviest_links};
pub use refine::refine;

/// A way to place cores on the mesh.
#[derive(Debug)]
pub struct Placer {
    /// Its name on the command line.
    pub name: &'static str,
    /// What it does, in a line.
    pub description: &'static str,
    run: fn(&Flows, u64) -> Placement,
    /// Places again what has changed a little; `None`: where cores are does not depend on flows.
    improve: Option<fn(&Flows, &mut Placement, u64)>,
}

/// Every placer, the default first.
pub const PLACERS: [Placer; 3] = [
    Placer {
        name: "exchange",
        description: "cores along a Hilbert curve, then annealed exchanges of cells that shorten the way of spikes",
        run: exchange::place,
        improve: Some(exchange::improve),
    },
    Placer {
        name: "hilbert",
        description: "cores in the order of the partition along a Hilbert curve",
        run: hilbert::place,
        improve: None,
    },
    Placer {
        name: "row-by-row",
        description: "cores in the order of the partition, row by row",
        run: row_by_row,
        improve: None,
    },
];

/// Finds a placer; the error lists those that exist.
///
/// # Errors
/// `E-MAP-NAME`.
pub fn by_name(name: &str) -> Result<&'static Placer, Box<Diagnostic>> {
    let names = PLACERS.iter().map(|known| known.name);
    PLACERS.iter().find(|known| known.name == name).ok_or_else(|| crate::partition::unknown("placer", name, names))
}

/// Places the cores of a partition, numbered from 0 without gaps. The same seed gives the same placement.
#[must_use]
pub fn place(problem: &Problem, core_of: &[u32], placer: &Placer, seed: u64) -> Placement {
    (placer.run)(&Flows::of(problem, core_of), seed)
}

/// Cells per row of a mesh for so many cores: as square as can be.
fn width(cores: u32) -> u32 {
    let root = cores.isqrt();
    (if root * root < cores { root + 1 } else { root }).max(1)
}

fn row_by_row(flows: &Flows, _seed: u64) -> Placement {
    Placement { width: width(flows.cores), cell: (0..flows.cores).collect() }
}
