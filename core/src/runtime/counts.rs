//! What a core did in a step, in terms of the modelled chip.

use crate::archive::Archive;
use crate::error::Error;
use serde::{Deserialize, Serialize};

/// Counts of one core in one step (or sums of them). They describe the chip, not the engine: a core that sleeps here still
/// accesses its compartments there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct StepCounts {
    /// Mapped compartments, once per step.
    pub neuron_accesses: u64,
    /// Accesses in which input, u, v, bias or refractory counter is not 0.
    pub neuron_updates: u64,
    /// Spikes emitted.
    pub spikes: u64,
    /// Spikes received on input axons.
    pub axon_events: u64,
    /// Synapses that a received spike was delivered through.
    pub synaptic_events: u64,
    /// Synapses whose learning program ran with a satisfied dependency.
    pub learning_updates: u64,
    /// Stored weights that changed.
    pub weight_writes: u64,
    /// Accesses in which microcode ran; they are not charged as accesses, but by cycles and words.
    pub program_runs: u64,
    /// Cycles of those runs.
    pub program_cycles: u64,
    /// Words that those runs moved: state in and out, and parameters of their own in.
    pub program_words: u64,
    /// Learning updates in which microcode ran; they are charged by cycles and words.
    pub learning_runs: u64,
    /// Cycles of those runs.
    pub learning_cycles: u64,
    /// State words that those runs moved.
    pub learning_words: u64,
}

impl StepCounts {
    /// Adds other counts to these.
    pub const fn add(&mut self, other: &Self) {
        self.neuron_accesses += other.neuron_accesses;
        self.neuron_updates += other.neuron_updates;
        self.spikes += other.spikes;
        self.axon_events += other.axon_events;
        self.synaptic_events += other.synaptic_events;
        self.learning_updates += other.learning_updates;
        self.weight_writes += other.weight_writes;
        self.program_runs += other.program_runs;
        self.program_cycles += other.program_cycles;
        self.program_words += other.program_words;
        self.learning_runs += other.learning_runs;
        self.learning_cycles += other.learning_cycles;
        self.learning_words += other.learning_words;
    }

    /// Saves or restores the counts.
    ///
    /// # Errors
    /// As [`Archive::number`].
    pub fn archive(&mut self, archive: &mut Archive) -> Result<(), Error> {
        let counts = [
            &mut self.neuron_accesses,
            &mut self.neuron_updates,
            &mut self.spikes,
            &mut self.axon_events,
            &mut self.synaptic_events,
            &mut self.learning_updates,
            &mut self.weight_writes,
            &mut self.program_runs,
            &mut self.program_cycles,
            &mut self.program_words,
            &mut self.learning_runs,
            &mut self.learning_cycles,
            &mut self.learning_words,
        ];
        counts.into_iter().try_for_each(|count| archive.number(count))
    }

    /// These counts, `steps` times over.
    #[must_use]
    pub const fn times(&self, steps: u64) -> Self {
        Self {
            neuron_accesses: self.neuron_accesses * steps,
            neuron_updates: self.neuron_updates * steps,
            spikes: self.spikes * steps,
            axon_events: self.axon_events * steps,
            synaptic_events: self.synaptic_events * steps,
            learning_updates: self.learning_updates * steps,
            weight_writes: self.weight_writes * steps,
            program_runs: self.program_runs * steps,
            program_cycles: self.program_cycles * steps,
            program_words: self.program_words * steps,
            learning_runs: self.learning_runs * steps,
            learning_cycles: self.learning_cycles * steps,
            learning_words: self.learning_words * steps,
        }
    }
}
