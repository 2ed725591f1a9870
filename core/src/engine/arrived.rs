//! Spikes on their way into tiles: the axons that they reached, step by step.

use crate::archive::Archive;
use crate::error::Error;
use crate::id::Step;

/// Axons that spikes reached, by step.
#[derive(Debug, Clone, Default)]
pub(super) struct Arrived {
    /// Steps, ascending, and where the axons of each end.
    steps: Vec<(Step, u64)>,
    axons: Vec<u32>,
}

impl Arrived {
    /// Appends what spikes reached in step `t`, which comes after all others.
    pub(super) fn push(&mut self, t: Step, axons: impl Iterator<Item = u32>) {
        self.axons.extend(axons);
        self.steps.push((t, self.axons.len() as u64));
    }

    /// Splits off the steps before `t`.
    pub(super) fn take_before(&mut self, t: Step) -> Self {
        let steps: Vec<_> = self.steps.drain(..self.steps.partition_point(|(step, _)| *step < t)).collect();
        let end = steps.last().map_or(0, |(_, end)| *end);
        self.steps.iter_mut().for_each(|(_, own)| *own -= end);
        Self { steps, axons: self.axons.drain(..end as usize).collect() }
    }

    /// The steps, and the axons of each.
    pub(super) fn steps(&self) -> impl Iterator<Item = (Step, &[u32])> {
        let starts = std::iter::once(0).chain(self.steps.iter().map(|(_, end)| *end as usize));
        self.steps.iter().zip(starts).map(|((t, end), start)| (*t, &self.axons[start..*end as usize]))
    }

    /// Saves or restores what is on its way to so many axons.
    pub(super) fn archive(&mut self, archive: &mut Archive, axons: usize) -> Result<(), Error> {
        archive.list(&mut self.steps)?;
        archive.list(&mut self.axons)?;
        let last = self.steps.last().map_or(0, |(_, end)| *end);
        if !self.steps.is_sorted_by_key(|(_, end)| *end) || last != self.axons.len() as u64 {
            return Err(Error::Checkpoint("it holds spikes on their way that belong to no step".to_owned()));
        }
        match self.axons.iter().find(|axon| **axon as usize >= axons) {
            Some(axon) => Err(Error::Checkpoint(format!("it holds a spike on its way to axon {axon} of {axons}"))),
            None => Ok(()),
        }
    }
}
