//! Dendritic accumulators: sums of what arrives at each compartment in each of the coming steps.

use crate::archive::Archive;
use crate::error::Error;
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

    pub(crate) fn archive(&mut self, archive: &mut Archive) -> Result<(), Error> {
        archive.column(&mut self.sums)?;
        archive.column(&mut self.waiting)
    }

    /// Adds what one synapse delivers.
    #[inline]
    pub(crate) fn add(&mut self, slot: usize, compartment: u32, value: i64) {
        // Wrapping, so that not even absurd payloads make the order matter.
        let sum = &mut self.sums[slot * self.compartments + compartment as usize];
        *sum = sum.wrapping_add(value);
        self.waiting[slot] += 1;
    }

    /// Declares that the sums of a slot are about to be read and set to 0; returns whether anything was delivered there.
    pub(crate) fn take(&mut self, slot: usize) -> bool {
        std::mem::take(&mut self.waiting[slot]) > 0
    }

    /// The sums of a slot by compartment.
    pub(crate) fn slot_mut(&mut self, slot: usize) -> &mut [i64] {
        &mut self.sums[slot * self.compartments..(slot + 1) * self.compartments]
    }

    /// The first step after `t` for which something waits.
    pub(crate) fn next_arrival(&self, t: Step) -> Option<Step> {
        (t + 1..=t + RING_SLOTS as u64).find(|step| self.waiting[slot(*step)] > 0)
    }
}
