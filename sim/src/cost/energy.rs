//! Energy by component.

use super::profile::CostProfile;
use crate::timing::Hops;
use caudate_core::archive::Archive;
use caudate_core::error::Error;
use caudate_core::runtime::StepCounts;
use serde::Serialize;

/// Energy by component, in femtojoules; the parts sum to the total.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct EnergyByComponent {
    /// Synaptic events.
    pub synapse: u128,
    /// Neuron accesses, updates and microcode.
    pub neuron: u128,
    /// Learning updates.
    pub learning: u128,
    /// Spike generation.
    pub spike: u128,
    /// Packets and hops.
    pub network: u128,
    /// Static power over modelled time.
    #[serde(rename = "static")]
    pub static_: u128,
    /// Barriers.
    pub barrier: u128,
}

impl EnergyByComponent {
    /// Names of the components, in the order of [`parts`](Self::parts).
    pub const NAMES: [&str; 7] = ["synapse", "neuron", "learning", "spike", "network", "static", "barrier"];

    /// Saves or restores the energy.
    pub(crate) fn archive(&mut self, archive: &mut Archive) -> Result<(), Error> {
        let Self { synapse, neuron, learning, spike, network, static_, barrier } = self;
        let parts = [synapse, neuron, learning, spike, network, static_, barrier];
        parts.into_iter().try_for_each(|part| archive.number(part))
    }

    /// What cores do: `counts`, `packets` sent, and `hops`.
    #[must_use]
    pub(crate) const fn of_work(profile: &CostProfile, counts: &StepCounts, packets: u64, hops: Hops) -> Self {
        const fn cost(count: u64, energy_fj: u64) -> u128 {
            count as u128 * energy_fj as u128
        }
        let p = profile;
        Self {
            synapse: cost(counts.synaptic_events, p.synaptic_event.energy_fj),
            neuron: cost(counts.neuron_accesses - counts.program_runs, p.neuron_access.energy_fj)
                + cost(counts.neuron_updates, p.neuron_update.energy_fj)
                + cost(counts.program_cycles, p.microcode_cycle.energy_fj)
                + cost(counts.program_words, p.microcode_word.energy_fj),
            learning: cost(counts.learning_updates - counts.learning_runs, p.learning_update.energy_fj)
                + cost(counts.learning_cycles, p.microcode_cycle.energy_fj)
                + cost(counts.learning_words, p.microcode_word.energy_fj),
            spike: cost(counts.spikes, p.spike.energy_fj),
            network: cost(packets, p.message_out.energy_fj)
                + cost(counts.axon_events, p.message_in.energy_fj)
                + p.hops_fj(hops),
            static_: 0,
            barrier: 0,
        }
    }

    /// The components, in the order of [`NAMES`](Self::NAMES).
    #[must_use]
    pub const fn parts(&self) -> [u128; 7] {
        [self.synapse, self.neuron, self.learning, self.spike, self.network, self.static_, self.barrier]
    }

    /// The sum of the parts.
    #[must_use]
    pub const fn total(&self) -> u128 {
        self.synapse + self.neuron + self.learning + self.spike + self.network + self.static_ + self.barrier
    }

    /// Adds other energy to this.
    pub const fn add(&mut self, other: &Self) {
        self.synapse += other.synapse;
        self.neuron += other.neuron;
        self.learning += other.learning;
        self.spike += other.spike;
        self.network += other.network;
        self.static_ += other.static_;
        self.barrier += other.barrier;
    }
}
