//! Where a run's random numbers come from: counters, or what a recorded emulator drew.

use crate::random::{Domain, draw};
use std::sync::Arc;

/// The source of random numbers of a run.
#[derive(Debug, Clone)]
pub enum Draws {
    /// Counter-based draws under a seed: the only source for a user's run.
    Counter {
        /// The experiment's seed.
        seed: u64,
    },
    /// Every draw is this number in [0, 1): golden vectors of the `b2l` semantics.
    Constant(f64),
    /// Draws recorded from an emulator: golden vectors of the `lava` semantics.
    Tape(Arc<Tape>),
}

/// The draws that `lava` shares between all neurons and synapses, as recorded.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Tape {
    /// Trace decay, presynaptic, in [0, 1), by step.
    pub pre_decay: Vec<f64>,
    /// Trace decay, postsynaptic, in [0, 1), by step.
    pub post_decay: Vec<f64>,
    /// Presynaptic impulses, 0..=127, by step: first for repeated spikes inside an epoch, second at its end.
    pub pre_impulse: Vec<[u8; 2]>,
    /// Postsynaptic impulses, likewise.
    pub post_impulse: Vec<[u8; 2]>,
    /// Rounding of weight and tag, in [0, 1), by epoch.
    pub rounding: Vec<f64>,
}

/// The side of a synapse.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// Presynaptic.
    Pre,
    /// Postsynaptic.
    Post,
}

/// When within an epoch a shared impulse draw is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImpulseUse {
    /// A repeated spike inside the epoch.
    Repeated,
    /// The learning phase at its end.
    EpochEnd,
}

impl Draws {
    /// The seed of counter-based draws in one domain (0 under a tape or constant, whose runs draw nothing else).
    #[must_use]
    pub fn domain_seed(&self, domain: Domain) -> u64 {
        match self {
            Self::Counter { seed } => domain.seed(*seed),
            Self::Constant(_) | Self::Tape(_) => domain.seed(0),
        }
    }

    fn shared_bits(&self, side: Side, t: u64, pc: u8) -> u32 {
        let domain = match side {
            Side::Pre => Domain::PreTrace,
            Side::Post => Domain::PostTrace,
        };
        draw(self.domain_seed(domain), u64::MAX, t, pc)
    }

    /// The draw in [0, 1) that all traces of a side share for their decay at step `t` (`lava`).
    #[must_use]
    pub fn shared_decay(&self, side: Side, t: u64) -> f64 {
        match self {
            Self::Counter { .. } => unit(self.shared_bits(side, t, 0)),
            Self::Constant(value) => *value,
            Self::Tape(tape) => {
                let column = if side == Side::Pre { &tape.pre_decay } else { &tape.post_decay };
                column.get(t as usize).copied().unwrap_or(0.0)
            }
        }
    }

    /// The 7-bit draw that all traces of a side share for their impulse at step `t` (`lava`).
    #[must_use]
    pub fn shared_impulse(&self, side: Side, t: u64, use_: ImpulseUse) -> u16 {
        match self {
            Self::Counter { .. } => (self.shared_bits(side, t, 1 + use_ as u8) >> 25) as u16,
            Self::Constant(value) => (value * 128.0) as u16,
            Self::Tape(tape) => {
                let column = if side == Side::Pre { &tape.pre_impulse } else { &tape.post_impulse };
                column.get(t as usize).map_or(0, |pair| u16::from(pair[use_ as usize]))
            }
        }
    }

    /// The draw in [0, 1) that all synapses share for rounding at the end of epoch number `epoch` (from 0) (`lava`).
    #[must_use]
    pub fn shared_rounding(&self, epoch: u64) -> f64 {
        match self {
            Self::Counter { .. } => unit(draw(self.domain_seed(Domain::Synapse), u64::MAX, epoch, 0)),
            Self::Constant(value) => *value,
            Self::Tape(tape) => tape.rounding.get(epoch as usize).copied().unwrap_or(0.0),
        }
    }

    /// Whether `remainder / period` exceeds a draw (`b2l`): the carry of a stochastic division.
    #[must_use]
    pub fn carry(&self, domain: Domain, remainder: u64, period: u64, entity: u64, t: u64, pc: u8) -> bool {
        match self {
            // The emulator compares in floating point; its draw times the period decides, to the last bit.
            Self::Constant(value) => remainder as f64 > value * period as f64,
            Self::Counter { .. } | Self::Tape(_) => {
                remainder != 0 && (remainder << 32) > u64::from(draw(self.domain_seed(domain), entity, t, pc)) * period
            }
        }
    }
}

fn unit(bits: u32) -> f64 {
    f64::from(bits) / 4_294_967_296.0
}
