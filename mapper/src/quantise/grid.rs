//! Which effective weights a synapse format holds.

use caudate_core::semantics::{Numerics, WeightTruncation};
use caudate_core::synapse::SynapseFormat;

/// The effective weights (in units of 64) that a format holds under one exponent.
#[derive(Debug, Clone, Copy)]
pub(super) struct Grid {
    exponent: i8,
    /// log2 of the distance between neighbouring effective weights.
    step_bits: i32,
    /// Whether a negative exponent rounds each weight down to a whole number.
    floors: bool,
    low: i32,
    high: i32,
}

impl Grid {
    pub(super) fn new(format: &SynapseFormat, exponent: i8, numerics: &Numerics) -> Self {
        let at_use = numerics.weight_truncation == WeightTruncation::TowardZeroAtUse;
        let mantissa_bits = if at_use { format.grain_bits() } else { format.weight_step_bits() };
        let step_bits = mantissa_bits as i32 + i32::from(exponent);
        let (low, high) = format.weight_range();
        let toward_zero = |limit: i16| {
            let magnitude = i32::from(limit.abs()) >> mantissa_bits << mantissa_bits;
            if limit < 0 { -magnitude } else { magnitude }
        };
        let floors = !numerics.shift_after_sum;
        let step_bits = if floors { step_bits.max(0) } else { step_bits };
        Self { exponent, step_bits, floors, low: toward_zero(low), high: toward_zero(high) }
    }

    /// The nearest mantissa before the limits of the format.
    pub(super) fn unlimited(&self, value: f64) -> f64 {
        (value / f64::from(self.step_bits).exp2()).round() * f64::from(self.step_bits - i32::from(self.exponent)).exp2()
    }

    pub(super) fn holds(&self, value: f64) -> bool {
        (f64::from(self.low)..=f64::from(self.high)).contains(&self.unlimited(value))
    }

    pub(super) fn mantissa(&self, value: f64) -> i16 {
        self.unlimited(value).clamp(f64::from(self.low), f64::from(self.high)) as i16
    }

    /// What a mantissa adds, in units of 64.
    pub(super) fn effect(&self, mantissa: i16) -> f64 {
        let exact = f64::from(mantissa) * f64::from(self.exponent).exp2();
        if self.floors { exact.floor() } else { exact }
    }

    pub(super) fn range(&self) -> (f64, f64) {
        (self.effect(self.low as i16), self.effect(self.high as i16))
    }
}
