//! Who is refractory, and until when.
//!
//! A counter that falls in every step would have to be read and written in every step. A bit says who is frozen instead, and a calendar
//! who is to be thawed.

use super::lanes::lanes;
use super::neurons::BLOCK;
use crate::id::Step;

/// Steps that the calendar reaches ahead: a neuron is frozen for at most 63.
const SLOTS: usize = 64;

/// The refractory counters of a tile.
#[derive(Debug, Clone)]
pub(super) struct Refractory {
    count: usize,
    /// By block: whose counter is not 0. Places that no neuron fills are frozen for ever.
    frozen: Vec<u64>,
    /// The step at which each frozen neuron moves again, modulo 256.
    until: Vec<u8>,
    /// Who moves again, by step modulo [`SLOTS`].
    thaws: Vec<Vec<u32>>,
    /// The step that comes next.
    next: Step,
}

impl Refractory {
    /// Of `count` neurons, none of which is refractory.
    pub(super) fn new(count: usize) -> Self {
        let frozen = (0..count.div_ceil(BLOCK)).map(|block| !lanes(count, block)).collect();
        Self { count, frozen, until: vec![0; count], thaws: vec![Vec::new(); SLOTS], next: 0 }
    }

    /// Begins step `t`. Steps in which nobody was frozen may have been left out.
    pub(super) fn begin(&mut self, t: Step) {
        for neuron in self.thaws[t as usize % SLOTS].drain(..) {
            self.frozen[neuron as usize / BLOCK] &= !bit(neuron as usize);
        }
        self.next = t + 1;
    }

    /// Who of a block is frozen in this step.
    #[inline(always)]
    pub(super) fn frozen(&self, block: usize) -> u64 {
        self.frozen[block]
    }

    /// Freezes a neuron that spiked in this step, for 0 to 63 steps.
    #[inline]
    pub(super) fn freeze(&mut self, neuron: usize, steps: i32) {
        if steps > 0 {
            let until = self.next + steps as Step;
            self.frozen[neuron / BLOCK] |= bit(neuron);
            self.until[neuron] = until as u8;
            self.thaws[until as usize % SLOTS].push(neuron as u32);
        }
    }

    /// The steps for which a neuron stays frozen.
    pub(super) fn counter(&self, neuron: usize) -> u8 {
        let is_frozen = self.frozen[neuron / BLOCK] & bit(neuron) != 0;
        if is_frozen { self.until[neuron].wrapping_sub(self.next as u8) } else { 0 }
    }

    /// All counters.
    pub(super) fn counters(&self) -> Vec<u8> {
        (0..self.count).map(|neuron| self.counter(neuron)).collect()
    }

    /// Sets the counters, before step `next`; `None` if one is beyond 63.
    pub(super) fn restore(&mut self, counters: &[u8], next: Step) -> Option<()> {
        *self = Self::new(self.count);
        self.next = next;
        for (neuron, steps) in counters.iter().enumerate() {
            (usize::from(*steps) < SLOTS).then(|| self.freeze(neuron, i32::from(*steps)))?;
        }
        Some(())
    }

    /// The step that comes next.
    pub(super) const fn next(&self) -> Step {
        self.next
    }
}

const fn bit(neuron: usize) -> u64 {
    1 << (neuron % BLOCK)
}
