//! The bounds of a step: no model of it is faster than any of them.

use super::{Bound, Floor};
use crate::cost::CostProfile;
use caudate_core::runtime::StepCounts;

/// How long the parts of a core's work in a step take, in picoseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct CoreTime {
    /// Neuron accesses, updates and microcode.
    pub(crate) neuron_ps: u64,
    /// Spike generation.
    pub(crate) spike_ps: u64,
    /// Packets sent.
    pub(crate) send_ps: u64,
    /// Packets received.
    pub(crate) receive_ps: u64,
    /// Synaptic events.
    pub(crate) synapse_ps: u64,
    /// Learning.
    pub(crate) learning_ps: u64,
}

impl CoreTime {
    /// The work of a core that sent `packets`.
    pub(crate) const fn new(profile: &CostProfile, counts: &StepCounts, packets: u64) -> Self {
        let p = profile;
        Self {
            neuron_ps: (counts.neuron_accesses - counts.program_runs) * p.neuron_access.time_ps
                + counts.neuron_updates * p.neuron_update.time_ps
                + p.microcode(counts.program_cycles, counts.program_words).1,
            spike_ps: counts.spikes * p.spike.time_ps,
            send_ps: packets * p.message_out.time_ps,
            receive_ps: counts.axon_events * p.message_in.time_ps,
            synapse_ps: counts.synaptic_events * p.synaptic_event.time_ps,
            learning_ps: (counts.learning_updates - counts.learning_runs) * p.learning_update.time_ps
                + p.microcode(counts.learning_cycles, counts.learning_words).1,
        }
    }

    /// How long the sender is busy.
    pub(crate) const fn sender_ps(&self) -> u64 {
        self.neuron_ps + self.spike_ps + self.send_ps
    }

    /// How long the receiver is busy, learning included.
    pub(crate) const fn receiver_ps(&self) -> u64 {
        self.receive_ps + self.synapse_ps + self.learning_ps
    }

    /// The longer of the two, and the largest part of it.
    fn bound(&self) -> (u64, Bound) {
        if self.sender_ps() >= self.receiver_ps() {
            let sends = self.send_ps > self.neuron_ps + self.spike_ps;
            return (self.sender_ps(), if sends { Bound::Send } else { Bound::Neuron });
        }
        let bound = if self.learning_ps > self.synapse_ps.max(self.receive_ps) {
            Bound::Learning
        } else if self.receive_ps > self.synapse_ps {
            Bound::Receive
        } else {
            Bound::Synapse
        };
        (self.receiver_ps(), bound)
    }
}

/// The largest bound of a step so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct StepBounds {
    /// Its time in picoseconds, without the barrier.
    pub(crate) work_ps: u64,
    bound: Bound,
}

impl StepBounds {
    pub(crate) const NONE: Self = Self { work_ps: 0, bound: Bound::Neuron };

    const fn raise(&mut self, time_ps: u64, bound: Bound) {
        if time_ps > self.work_ps {
            *self = Self { work_ps: time_ps, bound };
        }
    }

    /// Bounded by a core.
    pub(crate) fn by_core(&mut self, core: &CoreTime) {
        let (time_ps, bound) = core.bound();
        self.raise(time_ps, bound);
    }

    /// Bounded by a packet: it leaves, goes its way, and is received.
    pub(crate) fn by_way(&mut self, profile: &CostProfile, hops: super::Hops) {
        let time_ps = profile.message_out.time_ps + profile.way_ps(hops) + profile.message_in.time_ps;
        self.raise(time_ps, Bound::Way);
    }

    /// Bounded by `packets` that cross one link after the other.
    pub(crate) fn by_link(&mut self, profile: &CostProfile, floor: &Floor, link: usize, packets: u64) {
        if packets > 0 {
            let (hop_ps, per_packet_ps) = profile.link_ps(floor, link);
            self.raise((packets - 1) * per_packet_ps + hop_ps, Bound::Link);
        }
    }

    /// What the step was waiting for, given its barrier.
    pub(crate) const fn active(&self, barrier_ps: u64) -> Bound {
        if barrier_ps > self.work_ps { Bound::Barrier } else { self.bound }
    }
}
