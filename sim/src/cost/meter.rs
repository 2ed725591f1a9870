//! The meter: adds up energy and time of a run under one profile.

use super::profile::CostProfile;
use crate::traffic::Traffic;
use caudate_core::runtime::StepCounts;
use serde::Serialize;

/// Energy by component, in femtojoules; the parts sum to the total.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct EnergyByComponent {
    /// Synaptic events.
    pub synapse: u128,
    /// Neuron accesses and updates.
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
    /// The sum of the parts.
    #[must_use]
    pub const fn total(&self) -> u128 {
        self.synapse + self.neuron + self.learning + self.spike + self.network + self.static_ + self.barrier
    }
}

/// What a run cost under one profile.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CostReport {
    /// Name of the profile.
    pub profile: String,
    /// Energy in picojoules.
    pub energy_pj: f64,
    /// Modelled time in picoseconds.
    pub time_ps: u64,
    /// Energy by component in femtojoules.
    pub energy_fj: EnergyByComponent,
}

/// Time of a run under one profile, added up step by step; its energy follows from the run's totals.
#[derive(Debug, Clone)]
pub struct CostMeter {
    profile: CostProfile,
    barrier_ps: u64,
    time_ps: u128,
    steps: u64,
}

impl CostMeter {
    /// A meter for a chip with `tiles` tiles in use.
    #[must_use]
    pub fn new(profile: CostProfile, tiles: u64) -> Self {
        let barrier_ps = profile.barrier.time_ps(tiles);
        Self { profile, barrier_ps, time_ps: 0, steps: 0 }
    }

    /// The profile.
    #[must_use]
    pub const fn profile(&self) -> &CostProfile {
        &self.profile
    }

    /// How long a core is busy with `counts` and `packets` sent, in picoseconds.
    #[must_use]
    pub(crate) fn busy_ps(&self, counts: &StepCounts, packets: u64) -> u64 {
        let p = &self.profile;
        (counts.neuron_accesses - counts.program_runs) * p.neuron_access.time_ps
            + p.microcode(counts.program_cycles, counts.program_words).1
            + p.microcode(counts.learning_cycles, counts.learning_words).1
            + counts.neuron_updates * p.neuron_update.time_ps
            + counts.spikes * p.spike.time_ps
            + counts.axon_events * p.message_in.time_ps
            + counts.synaptic_events * p.synaptic_event.time_ps
            + (counts.learning_updates - counts.learning_runs) * p.learning_update.time_ps
            + packets * p.message_out.time_ps
    }

    /// Adds one step's time: its busiest core, its farthest packet, and the barrier.
    pub(crate) fn add_step(&mut self, busiest_ps: u64, traffic: &Traffic) {
        let (east_west, north_south) = traffic.farthest;
        let way = u64::from(east_west) * self.profile.hop_east_west.time_ps
            + u64::from(north_south) * self.profile.hop_north_south.time_ps;
        self.time_ps += u128::from(busiest_ps + way + self.barrier_ps);
        self.steps += 1;
    }

    /// Time so far, and the energy of a run's `counts` and `traffic` so far.
    #[must_use]
    pub(crate) fn report(&self, counts: &StepCounts, traffic: &Traffic) -> CostReport {
        let p = &self.profile;
        let cost = |count: u64, energy_fj: u64| u128::from(count) * u128::from(energy_fj);
        let energy = EnergyByComponent {
            synapse: cost(counts.synaptic_events, p.synaptic_event.energy_fj),
            neuron: cost(counts.neuron_accesses - counts.program_runs, p.neuron_access.energy_fj)
                + cost(counts.neuron_updates, p.neuron_update.energy_fj)
                + cost(counts.program_cycles, p.microcode_cycle.energy_fj)
                + cost(counts.program_words, p.microcode_word.energy_fj),
            learning: cost(counts.learning_updates - counts.learning_runs, p.learning_update.energy_fj)
                + cost(counts.learning_cycles, p.microcode_cycle.energy_fj)
                + cost(counts.learning_words, p.microcode_word.energy_fj),
            spike: cost(counts.spikes, p.spike.energy_fj),
            network: cost(traffic.packets, p.message_out.energy_fj)
                + cost(counts.axon_events, p.message_in.energy_fj)
                + cost(traffic.hops_east_west, p.hop_east_west.energy_fj)
                + cost(traffic.hops_north_south, p.hop_north_south.energy_fj),
            // 1 uW over 1 ps is 1e-18 J = 1e-3 fJ.
            static_: self.time_ps * u128::from(p.static_power.microwatts) / 1000,
            barrier: cost(self.steps, p.barrier.energy_fj),
        };
        CostReport {
            profile: p.name.clone(),
            energy_pj: energy.total() as f64 / 1000.0,
            time_ps: u64::try_from(self.time_ps).unwrap_or(u64::MAX),
            energy_fj: energy,
        }
    }
}
