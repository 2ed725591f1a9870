//! What runs cost and where they saturated, lane by lane.

use super::lanes::{Active, blend};
use super::{Column, LANES, column};
use crate::microcode::reference::Outcome;
use caudate_isa::nmx::StateType;

/// The outcomes of a block, one column per count.
#[derive(Debug, Clone)]
pub(super) struct Counts {
    cycles: Column,
    alu_saturated: Column,
    store_saturated: Column,
    stack_underflows: Column,
    /// Whether any count but the cycles may differ from 0. Few blocks have any, so the columns are cleared only then.
    dirty: bool,
}

impl Counts {
    pub(super) fn new() -> Self {
        Self {
            cycles: column(),
            alu_saturated: column(),
            store_saturated: column(),
            stack_underflows: column(),
            dirty: false,
        }
    }

    pub(super) fn clear(&mut self) {
        if self.dirty {
            for column in [&mut self.alu_saturated, &mut self.store_saturated, &mut self.stack_underflows] {
                column.fill(0);
            }
            self.dirty = false;
        }
    }

    pub(super) fn outcome(&self, lane: usize) -> Outcome {
        Outcome {
            cycles: self.cycles[lane].cast_unsigned(),
            alu_saturated: self.alu_saturated[lane].cast_unsigned(),
            store_saturated: self.store_saturated[lane].cast_unsigned(),
            stack_underflows: self.stack_underflows[lane].cast_unsigned(),
        }
    }

    /// Lanes of `mask` end after so many cycles.
    pub(super) fn end(&mut self, count: usize, mask: &[i32; LANES], cycles: u32) {
        blend(count, &mut self.cycles, &[cycles.cast_signed(); LANES], mask);
    }

    /// Counts the active lanes in which an instruction clamped its result.
    #[cold]
    pub(super) fn count_alu(&mut self, count: usize, active: Active<'_>, clamped: impl Fn(usize) -> bool) {
        self.dirty = true;
        for lane in 0..count {
            self.alu_saturated[lane] += i32::from(active.includes(lane) && clamped(lane));
        }
    }

    pub(super) fn count_underflow(&mut self, lane: usize) {
        self.dirty = true;
        self.stack_underflows[lane] += 1;
    }

    /// Clamps stored words to their width, and counts where that changed them.
    pub(super) fn store(&mut self, words: &mut [i32], of: StateType) {
        let (low, high) = (of.lowest(), of.highest());
        let outside = words.iter().fold(0, |any, &word| any | i32::from(word < low) | i32::from(word > high));
        if outside != 0 {
            self.dirty = true;
            for (word, counted) in words.iter_mut().zip(self.store_saturated.iter_mut()) {
                let stored = of.clamp(*word);
                *counted += i32::from(stored != *word);
                *word = stored;
            }
        }
    }
}
