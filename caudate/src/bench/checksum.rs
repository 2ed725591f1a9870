//! One number for everything that a run did.

use caudate_core::id::{NeuronId, ProjectionId};
use caudate_core::random::mix64;
use caudate_sim::Simulation;
use caudate_sim::recording::{StateVariable, Weights};

/// A running hash; equal runs have equal ones.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Checksum(u64);

impl Checksum {
    fn add(&mut self, value: u64) {
        self.0 = mix64(self.0.rotate_left(1) ^ value);
    }

    /// Adds the spikes of step `t`.
    pub(super) fn spikes(&mut self, t: u64, spikes: &[NeuronId]) {
        spikes.iter().for_each(|neuron| self.add(t << 32 | u64::from(neuron.0)));
    }

    /// Adds the state of every neuron and every plastic synapse.
    pub(super) fn states(&mut self, simulation: &Simulation<'_>) {
        let symbols = &simulation.image().symbols;
        for population in symbols.populations.iter().filter(|population| !population.is_input) {
            let words = simulation.image().program_of(population).map_or(0, |program| program.state_names().len());
            for neuron in population.first.0..population.first.0 + population.size {
                let state = simulation.neuron(NeuronId(neuron)).unwrap_or_default();
                [state.u as u64, state.v as u64, u64::from(state.refractory)]
                    .into_iter()
                    .for_each(|word| self.add(word));
                for word in 0..words {
                    self.add(simulation.variable(NeuronId(neuron), StateVariable::Word(word)) as u64);
                }
            }
        }
        for (index, _) in symbols.projections.iter().enumerate().filter(|(_, projection)| projection.is_plastic) {
            let weights = Weights::of(simulation, ProjectionId(index as u32));
            for at in 0..weights.weight.len() {
                let [weight, tag] = [weights.weight[at], weights.tag[at]].map(|word| u64::from(word as u16));
                self.add(weight << 32 | tag << 8 | u64::from(weights.delay[at]));
            }
        }
    }

    pub(super) fn hex(self) -> String {
        format!("{:016x}", self.0)
    }
}
