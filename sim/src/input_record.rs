//! What entered the chip in a run, to be replayed: `stimulus.npz`, in the schema of a [stimulus](crate::stimulus).

use crate::environment::StepInput;
use crate::error::Error;
use crate::stimulus::MODULATOR_PREFIX;
use caudate_core::id::Step;
use caudate_core::image::{ChipImage, PopulationSymbol};
use caudate_core::npz::NpzWriter;
use caudate_core::tape::{Scratch, Tape};
use std::path::Path;

/// Collects the spikes and injections that an environment gave.
#[derive(Debug, Default)]
pub struct InputRecord {
    spikes: Tape<(Step, u32)>,
    /// (step, (channel, amount)).
    modulators: Tape<(Step, (u16, i64))>,
    /// The spikes of one step, to be sorted.
    sorted: Vec<u32>,
}

impl InputRecord {
    /// A record in `scratch`.
    #[must_use]
    pub fn new(scratch: &Scratch) -> Self {
        Self { spikes: scratch.tape(), modulators: scratch.tape(), sorted: Vec::new() }
    }

    /// Keeps what was given at step `t`; steps must come in order.
    ///
    /// # Errors
    /// If the scratch file cannot be written.
    pub fn record(&mut self, t: Step, input: &StepInput) -> Result<(), Error> {
        self.sorted.clone_from(&input.spikes);
        self.sorted.sort_unstable();
        self.sorted.iter().try_for_each(|source| self.spikes.push((t, *source)))?;
        Ok(input.modulators.iter().try_for_each(|injection| self.modulators.push((t, *injection)))?)
    }

    /// The spikes (step, input source), sorted.
    #[must_use]
    pub const fn spikes(&self) -> &Tape<(Step, u32)> {
        &self.spikes
    }

    /// Writes a stimulus file with every input population and channel of the image.
    ///
    /// # Errors
    /// If a file cannot be written.
    pub fn write(&self, image: &ChipImage, path: &Path) -> Result<(), Error> {
        let inputs = image.symbols.populations.iter().filter(|population| population.is_input);
        let inputs: Vec<&PopulationSymbol> = inputs.collect();
        let spikes = self.spikes.split(inputs.len(), |(t, source)| {
            let index = inputs.partition_point(|population| population.first_input <= source).checked_sub(1)?;
            let member = source - inputs[index].first_input;
            (member < inputs[index].size).then_some((index, t as u32, member))
        })?;
        let modulators = self.modulators.split(image.channels.len(), |(t, (channel, amount))| {
            let index = usize::from(channel);
            (index < image.channels.len()).then_some((index, t as u32, amount as i16))
        })?;
        let mut writer = NpzWriter::new();
        for (population, (steps, members)) in inputs.iter().zip(&spikes) {
            writer.add_tape(&format!("{}.t", population.name), &[steps.len()], steps);
            writer.add_tape(&format!("{}.i", population.name), &[members.len()], members);
        }
        for (channel, (steps, amounts)) in image.channels.iter().zip(&modulators) {
            writer.add_tape(&format!("{MODULATOR_PREFIX}{}.t", channel.name), &[steps.len()], steps);
            writer.add_tape(&format!("{MODULATOR_PREFIX}{}.amount", channel.name), &[amounts.len()], amounts);
        }
        Ok(writer.write(path)?)
    }
}
