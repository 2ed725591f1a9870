//! Synapse formats: what a stored weight, delay and tag can be, and what a spike through them adds.

use crate::arithmetic::{shift, truncate_toward_zero};
use crate::semantics::{Semantics, WeightTruncation};
use serde::{Deserialize, Serialize};

/// Units of a dendritic accumulator per unit of a scaled weight mantissa (a 6-bit left shift).
pub const ACCUMULATOR_SCALE: i64 = 64;

/// The sign of a projection's weights.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SignMode {
    /// Both signs, -256..=254, one bit of the mantissa is the sign.
    Mixed,
    /// 0..=255.
    Excitatory,
    /// -255..=0.
    Inhibitory,
}

impl SignMode {
    /// Smallest and largest mantissa of hardware formats.
    #[must_use]
    pub const fn mantissa_range(self) -> (i16, i16) {
        match self {
            Self::Mixed => (-256, 254),
            Self::Excitatory => (0, 255),
            Self::Inhibitory => (-255, 0),
        }
    }

    /// Smallest and largest mantissa that may be asked for before truncation: emulators take one more at some ends.
    #[must_use]
    pub const fn accepted_range(self, truncation: WeightTruncation) -> (i16, i16) {
        match (self, truncation) {
            (Self::Mixed, WeightTruncation::TowardZero | WeightTruncation::TowardZeroAtUse) => (-256, 254),
            (Self::Mixed, WeightTruncation::Floor | WeightTruncation::None) => (-256, 255),
            (Self::Inhibitory, WeightTruncation::TowardZeroAtUse | WeightTruncation::None) => (-256, 0),
            _ => self.mantissa_range(),
        }
    }

    /// The name in network files.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Mixed => "mixed",
            Self::Excitatory => "excitatory",
            Self::Inhibitory => "inhibitory",
        }
    }
}

/// The format of one projection's synapses in a core's memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SynapseFormat {
    /// Stored bits of a weight, 0..=8.
    pub weight_bits: u8,
    /// Weight exponent, -8..=7: the effective weight is `64 * mantissa * 2^exponent`.
    pub weight_exponent: i8,
    /// Sign of the weights.
    pub sign_mode: SignMode,
    /// Bits of a stored delay, 0..=6 (0: every synapse has delay 0).
    pub delay_bits: u8,
    /// Bits of a target's compartment index.
    pub index_bits: u8,
    /// Bits of an eligibility tag; 0 for rules that use none.
    pub tag_bits: u8,
    /// Bits of the address by which a list names its synapses, which other lists may share; 0: they stand in the list itself.
    pub address_bits: u8,
    /// Mantissas are stored whole, whatever `weight_bits` says ([`WeightTruncation::keeps_every_bit`]).
    pub keeps_every_bit: bool,
}

impl SynapseFormat {
    /// log2 of the step between neighbouring weights of this width: `8 - weight_bits`, one more for mixed signs.
    #[must_use]
    pub const fn grain_bits(&self) -> u32 {
        let sign = matches!(self.sign_mode, SignMode::Mixed) as u32;
        (8 + sign).saturating_sub(self.weight_bits as u32)
    }

    /// log2 of the step between neighbouring *stored* mantissas: the grain, unless every bit is kept.
    #[must_use]
    pub const fn weight_step_bits(&self) -> u32 {
        if self.keeps_every_bit { 0 } else { self.grain_bits() }
    }

    /// Bits that one weight takes in memory.
    #[must_use]
    pub const fn weight_field_bits(&self) -> u32 {
        match (self.keeps_every_bit, self.sign_mode) {
            (true, SignMode::Mixed | SignMode::Inhibitory) => 9,
            (true, SignMode::Excitatory) => 8,
            (false, SignMode::Mixed) => 9 - self.grain_bits(),
            (false, SignMode::Excitatory | SignMode::Inhibitory) => 8 - self.grain_bits(),
        }
    }

    /// Bits that one synapse takes in memory.
    #[must_use]
    pub const fn synapse_bits(&self) -> u32 {
        self.weight_field_bits() + self.delay_bits as u32 + self.index_bits as u32 + self.tag_bits as u32
    }

    /// Whether lists of this format may share their synapses.
    #[must_use]
    pub const fn shares(&self) -> bool {
        self.address_bits > 0
    }

    /// Smallest and largest mantissa that the format stores.
    #[must_use]
    pub const fn weight_range(&self) -> (i16, i16) {
        if self.keeps_every_bit {
            return self.sign_mode.accepted_range(WeightTruncation::None);
        }
        let (low, high) = self.sign_mode.mantissa_range();
        let step = self.grain_bits();
        // Toward zero, so that both ends are themselves stored exactly.
        (-((-low >> step) << step), (high >> step) << step)
    }

    /// Largest stored delay in steps.
    #[must_use]
    pub const fn max_stored_delay(&self) -> u8 {
        let largest = (1_u16 << self.delay_bits) - 1;
        if largest > 62 { 62 } else { largest as u8 }
    }

    /// Bits needed for delays up to `max_stored_delay` steps.
    #[must_use]
    pub const fn delay_bits_for(max_stored_delay: u8) -> u8 {
        (u8::BITS - max_stored_delay.leading_zeros()) as u8
    }

    /// Truncates a mantissa to what the format stores, by the rule of `semantics`.
    #[must_use]
    pub fn truncate(&self, mantissa: i16, semantics: Semantics) -> i16 {
        let step = self.weight_step_bits();
        let truncation = semantics.numerics().weight_truncation;
        let (low, high) = self.sign_mode.accepted_range(truncation);
        let clamped = i64::from(mantissa.clamp(low, high));
        let truncated = match truncation {
            WeightTruncation::Floor if self.sign_mode == SignMode::Inhibitory => -((-clamped >> step) << step),
            WeightTruncation::Floor => (clamped >> step) << step,
            _ => truncate_toward_zero(clamped, step),
        };
        // A format without a bit for the sign cannot hold what floor makes of a small negative weight.
        let (low, high) = self.weight_range();
        truncated.clamp(i64::from(low), i64::from(high)) as i16
    }

    /// The effective weight of a synapse that has not learnt yet. Under `b2l` it is that of the truncated mantissa, although
    /// learning moves the whole one.
    #[must_use]
    pub fn initial_effective_weight(&self, mantissa: i16, semantics: Semantics) -> i32 {
        let numerics = semantics.numerics();
        let seen = match numerics.weight_truncation {
            WeightTruncation::TowardZeroAtUse => truncate_toward_zero(i64::from(mantissa), self.grain_bits()) as i16,
            _ => mantissa,
        };
        self.effective_weight(seen, numerics.effective_weight_limit)
    }

    /// What one spike through a synapse of (stored) `mantissa` adds to a dendritic accumulator.
    ///
    /// Negative exponents round down (floor), before the factor 64.
    #[inline]
    #[must_use]
    pub const fn effective_weight(&self, mantissa: i16, limit: Option<i64>) -> i32 {
        let scaled = shift(mantissa as i64, self.weight_exponent) * ACCUMULATOR_SCALE;
        match limit {
            Some(limit) if scaled > limit => limit as i32,
            Some(limit) if scaled < -limit => -limit as i32,
            _ => scaled as i32,
        }
    }
}

impl std::fmt::Display for SynapseFormat {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { weight_bits, weight_exponent, sign_mode, delay_bits, index_bits, tag_bits, .. } = self;
        let sign = sign_mode.name();
        write!(
            f,
            "{sign} weights of {weight_bits} bits * 2^{weight_exponent}, delay {delay_bits}, target {index_bits}, tag {tag_bits} bits"
        )?;
        if self.shares() { write!(f, ", shared at {} bits", self.address_bits) } else { Ok(()) }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use proptest::prelude::*;

    pub(crate) fn format(weight_bits: u8, weight_exponent: i8, sign_mode: SignMode) -> SynapseFormat {
        SynapseFormat {
            weight_bits,
            weight_exponent,
            sign_mode,
            delay_bits: 0,
            index_bits: 10,
            tag_bits: 0,
            address_bits: 0,
            keeps_every_bit: false,
        }
    }

    #[test]
    fn ranges_at_full_width_are_the_hardware_ones() {
        assert_eq!(format(8, 0, SignMode::Mixed).weight_range(), (-256, 254));
        assert_eq!(format(8, 0, SignMode::Excitatory).weight_range(), (0, 255));
        assert_eq!(format(8, 0, SignMode::Inhibitory).weight_range(), (-255, 0));
        assert_eq!(format(0, 0, SignMode::Mixed).weight_range(), (0, 0));
    }

    #[test]
    fn sixty_two_steps_of_delay_take_six_bits() {
        assert_eq!([0, 1, 2, 3, 7, 8, 62].map(SynapseFormat::delay_bits_for), [0, 1, 2, 2, 3, 4, 6]);
    }

    proptest! {
        #[test]
        fn truncated_weights_stay_in_the_format(bits in 0_u8..=8, mode in prop_oneof![Just(SignMode::Mixed), Just(SignMode::Excitatory), Just(SignMode::Inhibitory)], weight in -300_i16..300) {
            let format = format(bits, 0, mode);
            let (low, high) = format.weight_range();
            for semantics in [Semantics::Loihi1, Semantics::B2l, Semantics::Lava] {
                let stored = format.truncate(weight, semantics);
                prop_assert!((low..=high).contains(&stored), "{stored} outside {low}..={high}");
                prop_assert_eq!(stored % (1 << format.weight_step_bits().min(9)), 0);
                prop_assert_eq!(format.truncate(stored, semantics), stored);
            }
        }
    }
}
