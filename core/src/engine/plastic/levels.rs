//! Weights as bytes: the mantissas that a format stores, numbered from the lowest.

use crate::synapse::SynapseFormat;

/// A format's mantissas: level 0 is the lowest, each next one a grain higher.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::engine) struct Levels {
    low: i16,
    grain_bits: u32,
    highest: u8,
}

impl Levels {
    /// `None` for a format of more than 256 mantissas: those of emulators.
    pub(in crate::engine) fn of(format: &SynapseFormat) -> Option<Self> {
        let ((low, high), grain_bits) = (format.weight_range(), format.weight_step_bits());
        Some(Self { low, grain_bits, highest: u8::try_from(high.checked_sub(low)? >> grain_bits).ok()? })
    }

    /// The highest level.
    pub(in crate::engine) const fn highest(self) -> u8 {
        self.highest
    }

    /// The level of a mantissa of the format.
    pub(in crate::engine) const fn level(self, mantissa: i16) -> u8 {
        (mantissa.wrapping_sub(self.low) >> self.grain_bits) as u8
    }

    /// The mantissa of a level.
    #[inline(always)]
    pub(in crate::engine) const fn mantissa(self, level: u8) -> i16 {
        self.low.wrapping_add((level as i16).wrapping_shl(self.grain_bits))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::synapse::SignMode;
    use crate::synapse::tests::format;

    #[test]
    fn every_mantissa_has_a_level_of_its_own() {
        for sign_mode in [SignMode::Mixed, SignMode::Excitatory, SignMode::Inhibitory] {
            for weight_bits in 0..=8 {
                let format = format(weight_bits, 0, sign_mode);
                let levels = Levels::of(&format).unwrap();
                let (low, high) = format.weight_range();
                let mantissas = (low..=high).step_by(1 << format.weight_step_bits());
                let all: Vec<i16> = (0..=levels.highest).map(|level| levels.mantissa(level)).collect();
                assert!(mantissas.eq(all.iter().copied()), "{format}");
                assert!(
                    all.into_iter().zip(0..=u8::MAX).all(|(mantissa, level)| levels.level(mantissa) == level),
                    "{format}"
                );
            }
        }
    }
}
