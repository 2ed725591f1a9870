//! Values as spikes: an even rate code.

/// Codes a value as evenly spaced spikes: over `steps` steps a source of value v spikes `v * spikes_at_max / max_value` times (rounded
/// by its phase), all in whole numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct RateCode {
    /// The largest value.
    pub(super) max_value: u16,
    /// Spikes of the largest value.
    pub(super) spikes_at_max: u32,
    /// Steps over which they spread.
    pub(super) steps: u64,
    /// Source i begins its code at phase `(i * stride) mod 16` sixteenths of a spike, so that neighbours do not spike together.
    pub(super) phase_stride: u64,
}

/// Parts of a spike in which a phase is given.
const PHASES: u64 = 16;

impl RateCode {
    /// Whether source `index` of value `value` spikes at `step` of its presentation.
    pub(super) fn spikes(&self, index: u64, value: u16, step: u64) -> bool {
        step < self.steps && self.count_before(index, value, step + 1) > self.count_before(index, value, step)
    }

    fn count_before(&self, index: u64, value: u16, step: u64) -> u64 {
        let whole = u64::from(self.max_value) * self.steps;
        let phase = (index * self.phase_stride) % PHASES;
        (PHASES * u64::from(value) * u64::from(self.spikes_at_max) * step + phase * whole) / (PHASES * whole)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_value_gives_its_number_of_spikes(index in 0_u64..200, value in 0_u16..=16, phase_stride in 0_u64..16, steps in 16_u64..40) {
            let code = RateCode { max_value: 16, spikes_at_max: 16, steps, phase_stride };
            let count = (0..steps + 10).filter(|step| code.spikes(index, value, *step)).count();
            prop_assert_eq!(count, usize::from(value));
        }
    }
}
