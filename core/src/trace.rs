//! Traces: seven-bit, saturating, decaying memories of spikes.

use crate::arithmetic::DECAY_ONE;
use crate::random::draw_from;
use fixed::types::U8F8;
use serde::{Deserialize, Serialize};

/// Largest value of a trace.
pub const TRACE_MAX: i16 = 127;

/// Settings of one trace (x1, x2, y1, y2 or y3).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct TraceConfig {
    /// What a spike adds: an integer 0..=127 and a fraction of 1/256, which is rounded stochastically.
    pub impulse: U8F8,
    /// What a step takes away.
    pub decay: TraceDecay,
}

/// How a trace decays.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub enum TraceDecay {
    /// Ours: `x * factor / 4096`, the fraction rounded stochastically. `factor` 0..=4096; 4096 keeps the trace.
    TwelveBit {
        /// Remaining part of a trace after one step, in 1/4096.
        factor: u16,
    },
    /// `floor(x * factor / 4096)`: no randomness. Third-factor processes of the `lava` semantics.
    Floor {
        /// Remaining part of a trace after one step, in 1/4096.
        factor: u16,
    },
    /// `x * (tau - 1) / tau` in whole numbers (`b2l`).
    Division {
        /// Time constant in steps, at least 1.
        tau_steps: u32,
    },
    /// `x * exp(-1 / tau)` in floating point (`lava`).
    Exponential {
        /// Time constant in steps; 0 clears the trace each step.
        tau_steps: f64,
    },
    /// The value comes from outside each step (`lava` third factors y2, y3).
    External,
}

impl TraceConfig {
    /// A trace that does not exist: always 0.
    pub const ABSENT: Self = Self { impulse: U8F8::ZERO, decay: TraceDecay::TwelveBit { factor: 0 } };

    /// Whether the trace can ever be other than 0.
    #[must_use]
    pub fn is_present(&self) -> bool {
        self.impulse != U8F8::ZERO || self.decay == TraceDecay::External
    }

    /// The 12-bit factor for a time constant: `round(4096 * exp(-1 / tau))`.
    ///
    /// This runs when an image is made; a running core only ever multiplies by the factor.
    #[must_use]
    pub fn twelve_bit_factor(tau_steps: f64) -> u16 {
        if tau_steps <= 0.0 {
            return 0;
        }
        (f64::from(DECAY_ONE) * (-1.0 / tau_steps).exp()).round().clamp(0.0, f64::from(DECAY_ONE)) as u16
    }
}

/// One step of a trace of our own semantics: decay, then the impulse if its neuron spiked.
///
/// `stream` is the draw stream of the trace's entity; instruction `2 * index` rounds the decay and `2 * index + 1` the impulse, so that no
/// draw moves when another trace is added.
#[inline]
#[must_use]
pub fn advance(config: &TraceConfig, value: i16, spiked: bool, stream: u64, t: u64, index: u8) -> i16 {
    let mut next = match config.decay {
        TraceDecay::TwelveBit { factor } => {
            let product = u32::from(value.unsigned_abs()) * u32::from(factor);
            let fraction = product & 0xFFF;
            let up = fraction != 0 && (draw_from(stream, t, 2 * index) >> 20) < fraction;
            (product >> 12) as i16 + i16::from(up)
        }
        TraceDecay::Floor { factor } => floor_decay(value, factor),
        TraceDecay::Division { .. } | TraceDecay::Exponential { .. } | TraceDecay::External => value,
    };
    if spiked {
        let fraction = u32::from(config.impulse.frac().to_bits());
        let up = fraction != 0 && (draw_from(stream, t, 2 * index + 1) >> 24) < fraction;
        next += config.impulse.to_num::<i16>() + i16::from(up);
    }
    next.min(TRACE_MAX)
}

/// `floor(value * factor / 4096)`.
#[inline]
#[must_use]
pub fn floor_decay(value: i16, factor: u16) -> i16 {
    ((i32::from(value) * i32::from(factor)) >> 12) as i16
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::stream;

    #[test]
    fn decay_is_unbiased() {
        let config = TraceConfig {
            impulse: U8F8::from_num(20),
            decay: TraceDecay::TwelveBit { factor: TraceConfig::twelve_bit_factor(20.0) },
        };
        let TraceDecay::TwelveBit { factor } = config.decay else { panic!("twelve-bit decay") };
        let expected = 101.0 * f64::from(factor) / 4096.0;
        let count = 40_000;
        let sum: i64 = (0..count).map(|entity| i64::from(advance(&config, 101, false, stream(3, entity), 7, 0))).sum();
        let mean = sum as f64 / count as f64;
        assert!((mean - expected).abs() < 5.0 * 0.5 / (count as f64).sqrt(), "{mean} against {expected}");
    }

    #[test]
    fn traces_saturate_and_reach_zero() {
        let config = TraceConfig { impulse: U8F8::from_num(100), decay: TraceDecay::TwelveBit { factor: 3900 } };
        let mut value = 0;
        for t in 0..5 {
            value = advance(&config, value, true, stream(1, 1), t, 0);
            assert!(value <= TRACE_MAX);
        }
        assert_eq!(value, TRACE_MAX);
        for t in 5..2000 {
            value = advance(&config, value, false, stream(1, 1), t, 0);
        }
        assert_eq!(value, 0);
    }
}
