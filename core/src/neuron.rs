//! The neuron: a current-based leaky integrate-and-fire compartment, one step of which is [`step`].

use crate::archive::Archive;
use crate::arithmetic::decay;
use crate::error::Error;
use crate::semantics::Numerics;
use serde::{Deserialize, Serialize};

/// How v is compared with the threshold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ThresholdCompare {
    /// Spike iff v > threshold.
    #[default]
    Gt,
    /// Spike iff v >= threshold.
    Ge,
}

/// What a spike does to v.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Reset {
    /// v = 0.
    #[default]
    Zero,
    /// v = this value.
    Value(i32),
    /// v = v - threshold.
    Subtract,
}

/// The settings that neurons of a core share; their number per core is a chip limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct NeuronProfile {
    /// Effective decay of the synaptic current, 0..=4096 (of 4096, per step).
    pub current_decay: u16,
    /// Effective decay of the membrane potential, 0..=4096.
    pub voltage_decay: u16,
    /// Threshold mantissa, 0..=131071; the threshold is `mantissa * 64`.
    pub threshold_mantissa: i32,
    /// Refractory period in steps, 1..=64: v is frozen for `refractory_steps - 1` steps after a spike.
    pub refractory_steps: u8,
    /// Compare with the threshold.
    pub compare: ThresholdCompare,
    /// Reset on a spike.
    pub reset: Reset,
    /// Exponent of the bias, 0..=7: the bias is `mantissa << exponent`.
    pub bias_exponent: u8,
}

impl NeuronProfile {
    /// The threshold in units of v.
    #[inline]
    #[must_use]
    pub const fn threshold(&self) -> i64 {
        (self.threshold_mantissa as i64) << 6
    }
}

/// The state of one compartment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct NeuronState {
    /// Synaptic current.
    pub u: i64,
    /// Membrane potential.
    pub v: i64,
    /// Steps for which v stays frozen.
    pub refractory: u8,
}

/// Overflows met in a step, counted where the semantics count them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Overflows {
    /// Dendritic accumulators that saturated.
    pub accumulator: u64,
    /// Currents that wrapped.
    pub current: u64,
    /// Potentials that were clamped.
    pub voltage: u64,
    /// Results and stores of microcode that were clamped.
    pub microcode: u64,
}

impl Overflows {
    /// Saves or restores the counts.
    ///
    /// # Errors
    /// As [`Archive::number`].
    pub fn archive(&mut self, archive: &mut Archive) -> Result<(), Error> {
        let Self { accumulator, current, voltage, microcode } = self;
        [accumulator, current, voltage, microcode].into_iter().try_for_each(|count| archive.number(count))
    }

    /// Adds another count to this one.
    pub const fn add(&mut self, other: &Self) {
        self.accumulator += other.accumulator;
        self.current += other.current;
        self.voltage += other.voltage;
        self.microcode += other.microcode;
    }

    /// All overflows together.
    #[must_use]
    pub const fn total(&self) -> u64 {
        self.accumulator + self.current + self.voltage + self.microcode
    }
}

/// Advances one compartment by one step with `input` from its dendritic accumulator; returns whether it spiked.
///
/// This is the definition of a step; see the model chapter of the book.
#[inline]
pub fn step(
    numerics: &Numerics,
    profile: &NeuronProfile,
    bias_mantissa: i32,
    state: &mut NeuronState,
    input: i64,
    overflows: &mut Overflows,
) -> bool {
    let q = numerics.accumulator.apply(input);
    overflows.accumulator += u64::from(numerics.counts_overflow && q != input);

    let current = decay(state.u, profile.current_decay) + q;
    state.u = numerics.current.apply(current);
    overflows.current += u64::from(numerics.counts_overflow && state.u != current);

    if state.refractory > 0 {
        state.refractory -= 1;
        return false;
    }

    let bias = i64::from(bias_mantissa) << profile.bias_exponent;
    let voltage = decay(state.v, profile.voltage_decay) + numerics.drive.apply(state.u + bias);
    state.v = numerics.voltage.apply(voltage);
    overflows.voltage += u64::from(numerics.counts_overflow && state.v != voltage);

    let threshold = profile.threshold();
    let spikes = match profile.compare {
        ThresholdCompare::Gt => state.v > threshold,
        ThresholdCompare::Ge => state.v >= threshold,
    };
    if spikes {
        state.v = match profile.reset {
            Reset::Zero => 0,
            Reset::Value(value) => i64::from(value),
            Reset::Subtract => state.v - threshold,
        };
        state.refractory = profile.refractory_steps - 1;
    }
    spikes
}

/// The predicate behind `neuron_updates`: a neuron access counts as an update if there is anything to compute.
#[inline]
#[must_use]
pub const fn is_update(before: &NeuronState, input: i64, bias_mantissa: i32) -> bool {
    input != 0 || before.u != 0 || before.v != 0 || bias_mantissa != 0 || before.refractory != 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::semantics::Semantics;
    use proptest::prelude::*;

    fn profile(current_decay: u16, voltage_decay: u16, threshold_mantissa: i32) -> NeuronProfile {
        NeuronProfile {
            current_decay,
            voltage_decay,
            threshold_mantissa,
            refractory_steps: 1,
            compare: ThresholdCompare::Gt,
            reset: Reset::Zero,
            bias_exponent: 0,
        }
    }

    proptest! {
        #[test]
        fn a_spike_implies_v_was_above_threshold(u in -100_000_i64..100_000, v in -100_000_i64..100_000, q in -100_000_i64..100_000, du in 0_u16..=4096, dv in 0_u16..=4096, th in 0_i32..1000, ge in any::<bool>()) {
            let numerics = Semantics::Loihi1.numerics();
            let compare = if ge { ThresholdCompare::Ge } else { ThresholdCompare::Gt };
            let profile = NeuronProfile { compare, reset: Reset::Subtract, ..profile(du, dv, th) };
            let mut state = NeuronState { u, v, refractory: 0 };
            let spiked = step(&numerics, &profile, 0, &mut state, q, &mut Overflows::default());
            let reached = if spiked { state.v + profile.threshold() } else { state.v };
            prop_assert_eq!(spiked, if ge { reached >= profile.threshold() } else { reached > profile.threshold() });
        }

        #[test]
        fn current_is_linear_without_decay_rounding(q in prop::collection::vec(-10_000_i64..10_000, 1..50), factor in 1_i64..8) {
            // With no decay, u is the exact sum of its inputs; scaling the inputs scales u.
            let numerics = Semantics::Loihi1.numerics();
            let profile = profile(0, 4096, 131_071);
            let (mut one, mut many) = (NeuronState::default(), NeuronState::default());
            for input in &q {
                step(&numerics, &profile, 0, &mut one, *input, &mut Overflows::default());
                step(&numerics, &profile, 0, &mut many, input * factor, &mut Overflows::default());
            }
            prop_assert_eq!(many.u, one.u * factor);
        }
    }

    #[test]
    fn overflow_is_counted_by_ours_and_silent_in_emulators() {
        let mut state = NeuronState { u: (1 << 23) - 1, v: 0, refractory: 0 };
        let mut overflows = Overflows::default();
        step(&Semantics::Loihi1.numerics(), &profile(0, 0, 131_071), 0, &mut state, 5, &mut overflows);
        assert_eq!((state.u, overflows.current), (-(1 << 23) + 4, 1));
        let mut overflows = Overflows::default();
        step(&Semantics::Loihi1.numerics(), &profile(4096, 0, 131_071), 0, &mut state, 1 << 22, &mut overflows);
        assert_eq!((state.u, overflows.accumulator), ((1 << 21) - 1, 1));
        let mut overflows = Overflows::default();
        step(&Semantics::B2l.numerics(), &profile(4096, 0, 131_071), 0, &mut state, 1 << 40, &mut overflows);
        assert_eq!((state.u, overflows.total()), (1 << 40, 0));
    }

    #[test]
    fn a_refractory_period_of_three_freezes_two_steps() {
        let numerics = Semantics::Loihi1.numerics();
        let profile = NeuronProfile { refractory_steps: 3, ..profile(4096, 4096, 1) };
        let mut state = NeuronState::default();
        let spikes: Vec<bool> =
            (0..7).map(|_| step(&numerics, &profile, 0, &mut state, 1000, &mut Overflows::default())).collect();
        assert_eq!(spikes, [true, false, false, true, false, false, true]);
    }
}
