//! Accumulators of a tile for each of the coming steps, in 32 bits.
//!
//! A sum is in units of one effective weight, 64. The layout has made sure that no sum can leave 32 bits.

use super::lif::Extent;
use super::neurons::BLOCK;
use super::prefetch::LINE;
use crate::archive::Archive;
use crate::error::Error;
use crate::id::Step;

/// Largest number of neurons of a tile: a synapse names its target in 16 bits.
pub(super) const TILE: usize = 1 << 16;
const SUMS_OF_LINE: usize = LINE / size_of::<i32>();

/// Sums by slot and neuron.
#[derive(Debug, Clone)]
pub(super) struct Ring {
    blocks: usize,
    slots: usize,
    /// Slots one after another; behind them room for one tile, so that a slot can always be seen as a whole tile.
    sums: Vec<i32>,
    /// Where the slots begin: at a line of the cache, so that no vector of sums lies on two.
    first: usize,
    /// Neurons with input, by slot and block; kept in the sparse mode alone.
    marks: Vec<u64>,
    /// By slot: no sum is above this in magnitude.
    bounds: Vec<u32>,
}

impl Ring {
    /// For `neurons` neurons and so many steps that are reached at the same time.
    pub(super) fn new(neurons: usize, steps: u8) -> Self {
        let (blocks, slots) = (neurons.div_ceil(BLOCK), usize::from(steps).next_power_of_two());
        let sums = vec![0; blocks * slots * BLOCK + TILE + SUMS_OF_LINE];
        let first = sums.as_ptr().align_offset(LINE).min(SUMS_OF_LINE);
        Self { blocks, slots, sums, first, marks: vec![0; blocks * slots + TILE / BLOCK], bounds: vec![0; slots] }
    }

    /// Saves or restores the sums; whoever has input is not kept.
    pub(super) fn archive(&mut self, archive: &mut Archive) -> Result<(), Error> {
        let used = self.blocks * self.slots * BLOCK;
        archive.column(&mut self.sums[self.first..self.first + used])?;
        if archive.is_reading() {
            self.mark_all();
            self.bounds.fill(u32::MAX);
        }
        Ok(())
    }

    const fn slot(&self, t: Step) -> usize {
        (t as usize) & (self.slots - 1)
    }

    /// Says that what is delivered for step `t` may have moved a sum by `largest`.
    #[inline]
    pub(super) fn raise(&mut self, t: Step, largest: u32) {
        let slot = self.slot(t);
        self.bounds[slot] = self.bounds[slot].saturating_add(largest);
    }

    /// A magnitude that no sum of step `t` is above, below `limit` if there is such a one; the sums will be cleared.
    pub(super) fn take_bound(&mut self, t: Step, limit: i32) -> i32 {
        let slot = self.slot(t);
        let bound = i32::try_from(std::mem::take(&mut self.bounds[slot])).unwrap_or(i32::MAX);
        if bound < limit {
            return bound;
        }
        let mut extent = Extent::NONE;
        self.at(t).0.as_flattened().iter().for_each(|sum| extent.add(*sum));
        extent.magnitude()
    }

    /// The sums of step `t`, and its marks.
    pub(super) fn at(&mut self, t: Step) -> (&mut [[i32; BLOCK]], &mut [u64]) {
        let range = self.slot(t) * self.blocks..(self.slot(t) + 1) * self.blocks;
        let sums = &mut self.sums[self.first + range.start * BLOCK..self.first + range.end * BLOCK];
        (sums.as_chunks_mut().0, &mut self.marks[range])
    }

    /// The sums of step `t` and its marks, as if the tile were full.
    #[inline]
    pub(super) fn tile_at(&mut self, t: Step) -> Option<(&mut [i32; TILE], &mut [u64; TILE / BLOCK])> {
        let start = self.slot(t) * self.blocks;
        let sums = self.sums[self.first + start * BLOCK..].first_chunk_mut()?;
        Some((sums, self.marks[start..].first_chunk_mut()?))
    }

    /// Takes every neuron for one with input in every slot: what a dense mode delivered carries no marks.
    pub(super) fn mark_all(&mut self) {
        let used = self.blocks * self.slots;
        self.marks[..used].fill(u64::MAX);
    }
}
