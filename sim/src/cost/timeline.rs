//! Time and energy over the course of a run, in a bounded number of bins.

use super::energy::EnergyByComponent;
use crate::timing::Bound;
use caudate_core::archive::Archive;
use caudate_core::error::Error;

/// Bins of a timeline at most; an even number.
const MOST: usize = 1024;

/// Consecutive steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Bin {
    /// Steps.
    pub steps: u64,
    /// Modelled time in picoseconds.
    pub time_ps: u64,
    /// Energy in femtojoules.
    pub energy_fj: EnergyByComponent,
    /// Steps that waited for each bound, in the order of [`Bound::ALL`].
    pub steps_by_bound: [u64; Bound::ALL.len()],
}

impl Bin {
    pub(super) fn archive(&mut self, archive: &mut Archive) -> Result<(), Error> {
        archive.number(&mut self.steps)?;
        archive.number(&mut self.time_ps)?;
        self.energy_fj.archive(archive)?;
        archive.column(&mut self.steps_by_bound)
    }

    pub(super) const fn add(&mut self, other: &Self) {
        self.steps += other.steps;
        self.time_ps = self.time_ps.saturating_add(other.time_ps);
        self.energy_fj.add(&other.energy_fj);
        let mut bound = 0;
        while bound < self.steps_by_bound.len() {
            self.steps_by_bound[bound] += other.steps_by_bound[bound];
            bound += 1;
        }
    }
}

/// Bins of equally many steps each, but for the last: one step at first, twice as many whenever there would be too many bins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Timeline {
    bins: Vec<Bin>,
    bin_steps: u64,
}

impl Timeline {
    pub(crate) const fn new() -> Self {
        Self { bins: Vec::new(), bin_steps: 1 }
    }

    pub(super) fn archive(&mut self, archive: &mut Archive) -> Result<(), Error> {
        archive.number(&mut self.bin_steps)?;
        let mut bins = self.bins.len() as u64;
        archive.number(&mut bins)?;
        if archive.is_reading() {
            let fits = usize::try_from(bins).ok().filter(|bins| *bins <= MOST);
            let message = || Error::Checkpoint(format!("it holds a timeline of {bins} bins; limit {MOST}"));
            self.bins = vec![Bin::default(); fits.ok_or_else(message)?];
        }
        self.bins.iter_mut().try_for_each(|bin| bin.archive(archive))
    }

    /// The bins, in order.
    #[must_use]
    pub fn bins(&self) -> &[Bin] {
        &self.bins
    }

    /// Steps of a full bin.
    #[must_use]
    pub const fn bin_steps(&self) -> u64 {
        self.bin_steps
    }

    /// Adds a step.
    pub(crate) fn push(&mut self, step: &Bin) {
        match self.bins.last_mut().filter(|last| last.steps < self.bin_steps) {
            Some(last) => last.add(step),
            None => {
                if self.bins.len() == MOST {
                    self.halve();
                }
                self.bins.push(*step);
            }
        }
    }

    fn halve(&mut self) {
        let joined = self.bins.chunks(2).map(|pair| {
            let mut bin = pair[0];
            pair[1..].iter().for_each(|other| bin.add(other));
            bin
        });
        self.bins = joined.collect();
        self.bin_steps *= 2;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_timeline_keeps_every_step_in_a_bounded_number_of_bins(steps in 0_u64..5000) {
            let mut timeline = Timeline::new();
            for step in 0..steps {
                timeline.push(&Bin { steps: 1, time_ps: step, ..Bin::default() });
            }
            let bins = timeline.bins();
            prop_assert!(bins.len() <= MOST);
            prop_assert!(bins.iter().rev().skip(1).all(|bin| bin.steps == timeline.bin_steps()));
            prop_assert_eq!(bins.iter().map(|bin| bin.steps).sum::<u64>(), steps);
            prop_assert_eq!(bins.iter().map(|bin| bin.time_ps).sum::<u64>(), steps * steps.saturating_sub(1) / 2);
        }
    }
}
