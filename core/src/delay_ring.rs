//! Dendritic accumulators: sums of what arrives at each compartment in each of the coming steps.

use crate::id::Step;

/// Slots of the delay ring: a spike of step t through stored delay d is read at t + 1 + d, at most 63 steps ahead.
pub const RING_SLOTS: usize = 64;

/// The slot in which the arrivals of a step are summed.
#[inline]
#[must_use]
pub const fn slot(step: Step) -> usize {
    (step % RING_SLOTS as u64) as usize
}

/// The accumulators of one core. Sums are wide; what a core's width makes of them is decided when they are read, so that the order
/// of arrival never matters.
#[derive(Debug, Clone)]
pub(crate) struct DelayRing {
    compartments: usize,
    /// By slot and compartment.
    sums: Vec<i64>,
    /// Deliveries that wait in each slot.
    waiting: [u64; RING_SLOTS],
}

impl DelayRing {
    pub(crate) fn new(compartments: usize) -> Self {
        Self { compartments, sums: vec![0; RING_SLOTS * compartments], waiting: [0; RING_SLOTS] }
    }

    /// Adds what one synapse delivers.
    #[inline]
    pub(crate) fn add(&mut self, slot: usize, compartment: u32, value: i64) {
        self.sums[slot * self.compartments + compartment as usize] += value;
        self.waiting[slot] += 1;
    }

    /// The sums of a slot by compartment, to be read and set to 0 by the caller, and whether anything was delivered.
    pub(crate) fn take(&mut self, slot: usize) -> (&mut [i64], bool) {
        let delivered = std::mem::take(&mut self.waiting[slot]) > 0;
        (&mut self.sums[slot * self.compartments..(slot + 1) * self.compartments], delivered)
    }

    /// The first step after `t` for which something waits.
    pub(crate) fn next_arrival(&self, t: Step) -> Option<Step> {
        (t + 1..=t + RING_SLOTS as u64).find(|step| self.waiting[slot(*step)] > 0)
    }
}
