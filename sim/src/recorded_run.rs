//! A run that is recorded: steps in which nobody looks into cores, from one sample of a probe to the next.

use crate::environment::{Companion, Environment, StepInput};
use crate::error::Error;
use crate::input_record::InputRecord;
use crate::recording::Recorder;
use crate::simulation::Simulation;
use caudate_core::id::{NeuronId, Step};

/// Runs up to step `until`, or until `companion` ends the run, as [`Simulation::run`] does. What the companion gives is kept in `given`, spikes and
/// probed states in `recorder`.
///
/// # Errors
/// If a scratch file cannot be written; then the run has ended, and what is kept lacks something.
pub fn run_recorded(
    simulation: &mut Simulation<'_>,
    until: Step,
    companion: &mut impl Companion,
    given: &mut InputRecord,
    recorder: &mut Recorder,
) -> Result<(), Error> {
    while simulation.now() < until {
        let next = until.min(recorder.next_sample(simulation.now()).saturating_add(1));
        let mut recorded = Recorded { companion, given, recorder, kept: Ok(()) };
        simulation.run(next, &mut recorded);
        recorded.kept?;
        if simulation.now() < next {
            break;
        }
        recorder.record_states(next - 1, simulation)?;
    }
    Ok(())
}

/// A companion of whom everything is kept.
struct Recorded<'r, C> {
    companion: &'r mut C,
    given: &'r mut InputRecord,
    recorder: &'r mut Recorder,
    kept: Result<(), Error>,
}

impl<C> Recorded<'_, C> {
    /// Keeps something more, unless something could not be kept.
    fn keep(&mut self, keep: impl FnOnce(&mut InputRecord, &mut Recorder) -> Result<(), Error>) {
        if self.kept.is_ok() {
            self.kept = keep(self.given, self.recorder);
        }
    }
}

impl<C: Companion> Environment for Recorded<'_, C> {
    fn sense(&mut self, t: Step, spikes: &[NeuronId], input: &mut StepInput) {
        self.companion.sense(t, spikes, input);
        self.keep(|given, _| given.record(t, input));
    }
}

impl<C: Companion> Companion for Recorded<'_, C> {
    fn spiked(&mut self, t: Step, spikes: &[NeuronId]) {
        self.companion.spiked(t, spikes);
        self.keep(|_, recorder| recorder.record_spikes(t, spikes));
    }

    fn ends(&mut self) -> bool {
        self.companion.ends() || self.kept.is_err()
    }
}
