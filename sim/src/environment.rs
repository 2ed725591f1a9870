//! What surrounds a chip: the source of its input spikes and modulators, which sees its spikes.

use caudate_core::id::{NeuronId, Step};

/// What reaches the chip in one step.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StepInput {
    /// Input sources that spike, as indices into the image's input routes. Order and repetition do not matter: a source spikes once.
    pub spikes: Vec<u32>,
    /// What is added to modulator channels: (channel, amount).
    pub modulators: Vec<(u16, i64)>,
    /// Third factors y2, y3 handed to a neuron's plastic synapses (`lava` semantics only).
    pub third_factors: Vec<(NeuronId, [i16; 2])>,
}

impl StepInput {
    /// Empties the input for the next step.
    pub fn clear(&mut self) {
        self.spikes.clear();
        self.modulators.clear();
        self.third_factors.clear();
    }
}

/// A closed loop: sees the spikes of each step and answers with the input of the next.
pub trait Environment {
    /// Called before step `t` with the neurons that spiked in step `t - 1`, ascending; fills `input` (empty on entry) for step `t`.
    fn sense(&mut self, t: Step, spikes: &[NeuronId], input: &mut StepInput);
}

/// Who runs many steps of a chip without looking into its cores: gives the input of each and takes its spikes.
pub trait Companion: Environment {
    /// Called after step `t` with the neurons that spiked in it, ascending.
    fn spiked(&mut self, _t: Step, _spikes: &[NeuronId]) {}

    /// Asked before each step: whether the run shall end as soon as it can.
    fn ends(&mut self) -> bool {
        false
    }
}

/// An environment that gives nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silence;

impl Environment for Silence {
    fn sense(&mut self, _t: Step, _spikes: &[NeuronId], _input: &mut StepInput) {}
}
