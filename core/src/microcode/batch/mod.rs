//! The batched executor: one dispatch per instruction for a block of up to [`LANES`] compartments or synapses.
//!
//! Everything that an instruction can name is a column, one number per lane, found by the code of the operand. An instruction
//! computes a whole column into a spare one; if it takes effect in every lane the two change places, else a mask chooses lane by
//! lane. Predicates are masks, and so is who has not yet exited. A lane is one run of the reference executor, to the bit, with
//! its own random stream, stack and counts.

mod counts;
mod dispatch;
mod lanes;
mod operations;
#[cfg(test)]
mod tests;

use self::counts::Counts;
use super::reference::{Outcome, Spike};
use caudate_isa::nmx::Source;
use caudate_isa::nmx::operand::Special;

/// Most lanes of a block: columns of a typical program fit the first-level cache.
pub const LANES: usize = 256;

/// One number per lane.
pub type Column = Box<[i32; LANES]>;

/// Index of the first state word among columns.
const STATES: usize = 16;
/// Index of the first parameter among columns.
const PARAMETERS: usize = 32;
/// Index of the first special among columns.
const SPECIALS: usize = 48;

/// A spike and the lane that emitted it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LaneSpike {
    /// The lane.
    pub lane: u32,
    /// The spike.
    pub spike: Spike,
}

/// Working memory of the executor: one per thread, lent to one block after another.
///
/// State and heterogeneous parameters belong to the block: a caller either writes them with [`Batch::column_mut`] or lends its own
/// columns with [`Batch::exchange`], which copies nothing.
#[derive(Debug, Clone)]
pub struct Batch {
    /// By [`Source::index`].
    columns: Vec<Column>,
    spare: Column,
    /// p1..p3, -1 where they hold, else 0.
    predicates: [Column; 3],
    /// -1 in lanes that have not exited.
    alive: Column,
    /// -1 in lanes where the instruction at hand takes effect.
    mask: Column,
    stacks: Vec<Vec<i32>>,
    spikes: Vec<LaneSpike>,
    counts: Counts,
}

fn column() -> Column {
    Box::new([0; LANES])
}

impl Default for Batch {
    fn default() -> Self {
        Self::new()
    }
}

impl Batch {
    /// Working memory, every column 0 but the special `one`.
    #[must_use]
    pub fn new() -> Self {
        let mut columns = vec![column(); 64];
        columns[Source::Special(Special::ONE).index()].fill(1);
        Self {
            columns,
            spare: column(),
            predicates: [column(), column(), column()],
            alive: column(),
            mask: column(),
            stacks: vec![Vec::new(); LANES],
            spikes: Vec::new(),
            counts: Counts::new(),
        }
    }

    /// The column of an operand. Specials `zero` and `one` are expected to stay what they are.
    pub fn column_mut(&mut self, source: Source) -> &mut [i32; LANES] {
        &mut self.columns[source.index()]
    }

    /// The column of state word `index`, 0..=15.
    #[must_use]
    pub fn state(&self, index: usize) -> &[i32; LANES] {
        &self.columns[STATES + index % STATES]
    }

    /// The column of state word `index`, 0..=15, to write.
    pub fn state_mut(&mut self, index: usize) -> &mut [i32; LANES] {
        &mut self.columns[STATES + index % STATES]
    }

    /// Changes the column of an operand for another. Lend a block's columns before a run, and take them back after it with the same
    /// call.
    pub const fn exchange(&mut self, source: Source, other: &mut Column) {
        std::mem::swap(&mut self.columns.as_mut_slice()[source.index()], other);
    }

    /// Gives every lane the parameters k0, k1, ...
    pub fn load_parameters(&mut self, parameters: &[i32]) {
        for (column, &value) in self.columns[PARAMETERS..SPECIALS].iter_mut().zip(parameters) {
            column.fill(value);
        }
    }

    /// The compartment stack of a lane, bottom first. It lives on between runs, so that parents find what their children pushed.
    #[must_use]
    pub fn stack(&self, lane: usize) -> &[i32] {
        &self.stacks[lane]
    }

    /// The compartment stack of a lane, to change.
    pub fn stack_mut(&mut self, lane: usize) -> &mut Vec<i32> {
        &mut self.stacks[lane]
    }

    /// Spikes of the last run by lane; those of a lane in the order of emission.
    #[must_use]
    pub fn spikes(&self) -> &[LaneSpike] {
        &self.spikes
    }

    /// What the last run cost in a lane and where it saturated.
    #[must_use]
    pub fn outcome(&self, lane: usize) -> Outcome {
        self.counts.outcome(lane)
    }
}
