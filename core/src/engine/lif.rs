//! One step of a fixed neuron in 32 bits.
//!
//! [`advance`] equals [`crate::neuron::step`] under the `loihi1` and `loihi2` semantics wherever nothing overflows; where something
//! might, it says so, and the caller lets the plain step decide. A property test compares the two.

use crate::neuron::{NeuronProfile, NeuronState, Reset, ThresholdCompare};

/// Largest magnitude of u and v that a state may start from.
const STATE_LIMIT: i64 = 1 << 23;
/// Bits of a dendritic accumulator below its sign, in units of one effective weight, 64.
const INPUT_BITS: u32 = 15;
/// Bits of u and v below their sign.
const STATE_BITS: u32 = 23;

/// Input below this magnitude, in units of one effective weight, 64, overflows nothing.
pub(super) const MODERATE_INPUT: i32 = 1 << 14;
/// As long as input is moderate, and u and v stay below this magnitude, nothing overflows.
pub(super) const CALM: i32 = 1 << STATE_BITS;

/// Smallest and largest of some numbers.
#[derive(Debug, Clone, Copy)]
pub(super) struct Extent {
    low: i32,
    high: i32,
}

impl Extent {
    pub(super) const NONE: Self = Self { low: 0, high: 0 };

    #[inline(always)]
    pub(super) fn add(&mut self, value: i32) {
        (self.low, self.high) = (self.low.min(value), self.high.max(value));
    }

    pub(super) fn join(&mut self, other: Self) {
        (self.low, self.high) = (self.low.min(other.low), self.high.max(other.high));
    }

    /// The largest magnitude.
    pub(super) fn magnitude(self) -> i32 {
        self.low.saturating_neg().max(self.high)
    }
}

/// What a neuron's step depends on besides its state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Settings {
    /// What remains of u and v after a step, in 1/4096.
    pub(super) keep_u: i32,
    pub(super) keep_v: i32,
    pub(super) bias: i32,
    /// A neuron spikes where v is above this.
    pub(super) threshold: i32,
    /// After a spike, v becomes `(v & reset_mask) - reset_offset`.
    pub(super) reset_mask: i32,
    pub(super) reset_offset: i32,
    /// Steps for which v then stays frozen.
    pub(super) refractory: i32,
}

/// What a step made of a neuron.
#[derive(Debug, Clone, Copy)]
pub(super) struct Advanced {
    pub(super) u: i32,
    pub(super) v: i32,
    pub(super) spiked: bool,
    /// Not 0 if something may have overflowed: then nothing else here counts.
    pub(super) outside: i32,
}

impl Settings {
    /// The settings of a neuron, if 32 bits hold whatever it may do.
    pub(super) fn of(profile: &NeuronProfile, bias_mantissa: i32) -> Option<Self> {
        let within = |value: i64| value.abs() < STATE_LIMIT;
        let bias = i64::from(bias_mantissa) << profile.bias_exponent.min(31);
        let threshold = profile.threshold();
        let (reset_mask, reset_offset) = match profile.reset {
            Reset::Zero => (0, 0),
            Reset::Value(value) => (0, -i64::from(value)),
            Reset::Subtract => (-1, threshold),
        };
        let fits = profile.current_decay <= 4096
            && profile.voltage_decay <= 4096
            && profile.bias_exponent <= 7
            && profile.refractory_steps > 0
            && [bias, threshold, reset_offset].into_iter().all(within);
        fits.then(|| Self {
            keep_u: 4096 - i32::from(profile.current_decay),
            keep_v: 4096 - i32::from(profile.voltage_decay),
            bias: bias as i32,
            threshold: threshold as i32 - i32::from(profile.compare == ThresholdCompare::Ge),
            reset_mask,
            reset_offset: reset_offset as i32,
            refractory: i32::from(profile.refractory_steps) - 1,
        })
    }

    /// Whether nothing remains of u.
    pub(super) const fn is_delta(&self) -> bool {
        self.keep_u == 0
    }

    /// Whether so little is lost of what remains of u and v that a product of state and loss fits 32 bits.
    pub(super) const fn is_slow(&self) -> bool {
        is_slow(self.keep_v) && (self.is_delta() || is_slow(self.keep_u))
    }

    /// Whether a neuron without input, current and refractory counter whose v is not above threshold only leaks.
    pub(super) const fn may_leak(&self) -> bool {
        self.bias == 0 && self.threshold >= 0 && self.keep_v < 4096
    }

    /// What a spike makes of v.
    #[inline(always)]
    pub(super) const fn reset(&self, v: i32) -> i32 {
        (v & self.reset_mask).wrapping_sub(self.reset_offset)
    }

    /// Settings under which nothing ever happens, for places that no neuron fills.
    pub(super) const fn inert() -> Self {
        Self { keep_u: 0, keep_v: 0, bias: 0, threshold: i32::MAX, reset_mask: 0, reset_offset: 0, refractory: 0 }
    }
}

/// Whether a state is one that [`advance`] may start from.
pub(super) const fn is_narrow(state: &NeuronState) -> bool {
    state.u.abs() < STATE_LIMIT && state.v.abs() < STATE_LIMIT
}

/// `decay` of [`crate::arithmetic`]: the product in two halves, none wider than 31 bits, the lower one rounded up below zero.
#[inline(always)]
pub(super) fn decay(value: i32, keep: i32) -> i32 {
    let round_up = ((value >> 31) as u32 >> 20) as i32;
    let high = (value >> 12).wrapping_mul(keep);
    let low = (value & 0xFFF).wrapping_mul(keep).wrapping_add(round_up) >> 12;
    high.wrapping_add(low)
}

/// v after a step without input, current and refractory counter; `None` where it spikes or may overflow.
#[inline(always)]
pub(super) fn leak(v: i32, keep: i32, bias: i32, threshold: i32) -> Option<i32> {
    let wide = decay(v, keep).wrapping_add(bias);
    (wide <= threshold && wide.unsigned_abs() < 1 << STATE_BITS).then_some(wide)
}

/// Whether a state below [`STATE_LIMIT`] times the loss fits 32 bits.
const fn is_slow(keep: i32) -> bool {
    4096 - keep < 256
}

/// The same where the decay [`is_slow`]: the loss, rounded up in magnitude, is taken away.
#[inline(always)]
fn decay_slowly(value: i32, keep: i32) -> i32 {
    let round_up = !(value >> 31) & 0xFFF;
    value.wrapping_sub(value.wrapping_mul(4096_i32.wrapping_sub(keep)).wrapping_add(round_up) >> 12)
}

/// u and v after a step with the `sum` of effective weights, in units of 64, that arrived; v as if it neither spiked nor was refractory.
/// `DELTA` and `SLOW` are what the settings say of themselves, or false.
#[inline(always)]
pub(super) fn integrate<const DELTA: bool, const SLOW: bool>(
    settings: &Settings,
    u: i32,
    v: i32,
    sum: i32,
) -> (i32, i32) {
    let input = sum.wrapping_shl(6);
    let decay = if SLOW { decay_slowly } else { decay };
    let u = if DELTA { input } else { decay(u, settings.keep_u).wrapping_add(input) };
    (u, decay(v, settings.keep_v).wrapping_add(u).wrapping_add(settings.bias))
}

/// Not 0 if a step with this sum, which made this of u and v, may have overflowed.
#[inline(always)]
pub(super) fn outside(sum: i32, u: i32, v: i32) -> i32 {
    // v keeps within one less than u does on the negative side: two neighbouring sums see both ends.
    let low = v.wrapping_add((1 << STATE_BITS) - 1);
    let high = low.wrapping_add(1);
    sum.wrapping_add(1 << INPUT_BITS) >> (INPUT_BITS + 1)
        | u.wrapping_add(1 << STATE_BITS) >> (STATE_BITS + 1)
        | (low | high) >> (STATE_BITS + 1)
}

/// One step with the `sum` of effective weights, in units of 64, that arrived; `is_frozen`: the neuron is refractory. `DELTA` and `SLOW`: as
/// [`integrate`].
#[inline(always)]
pub(super) fn advance<const DELTA: bool, const SLOW: bool>(
    settings: &Settings,
    u: i32,
    v: i32,
    is_frozen: bool,
    sum: i32,
) -> Advanced {
    let (u, wide) = integrate::<DELTA, SLOW>(settings, u, v, sum);
    let above = wide > settings.threshold;
    let moved = if above { settings.reset(wide) } else { wide };
    Advanced { u, v: if is_frozen { v } else { moved }, spiked: above & !is_frozen, outside: outside(sum, u, wide) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::neuron::{Overflows, step};
    use crate::semantics::Semantics;
    use proptest::prelude::*;

    fn any_profile() -> impl Strategy<Value = NeuronProfile> {
        let reset =
            prop_oneof![Just(Reset::Zero), (-8_388_607_i32..8_388_608).prop_map(Reset::Value), Just(Reset::Subtract)];
        let decay = || prop_oneof![0_u16..=4096, 0_u16..=300, Just(0_u16), Just(4096)];
        let compare = prop_oneof![Just(ThresholdCompare::Gt), Just(ThresholdCompare::Ge)];
        (decay(), decay(), 0_i32..131_072, 1_u8..=64, compare, reset, 0_u8..=7).prop_map(
            |(current_decay, voltage_decay, threshold_mantissa, refractory_steps, compare, reset, bias_exponent)| {
                NeuronProfile {
                    current_decay,
                    voltage_decay,
                    threshold_mantissa,
                    refractory_steps,
                    compare,
                    reset,
                    bias_exponent,
                }
            },
        )
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4096))]

        #[test]
        fn thirty_two_bits_equal_the_plain_step_or_say_that_they_may_not(
            profile in any_profile(),
            bias in -4096_i32..4096,
            u in -(1_i32 << 23) + 1..1 << 23,
            v in -(1_i32 << 23) + 1..1 << 23,
            refractory in 0_u8..3,
            sum in prop_oneof![-200_i32..200, -40_000_i32..40_000, any::<i32>()],
        ) {
            let settings = Settings::of(&profile, bias).unwrap();
            let mut state = NeuronState { u: u.into(), v: v.into(), refractory };
            let mut overflows = Overflows::default();
            let spiked = step(&Semantics::Loihi1.numerics(), &profile, bias, &mut state, i64::from(sum) * 64, &mut overflows);
            let is_frozen = refractory > 0;
            let got = advance::<false, false>(&settings, u, v, is_frozen, sum);
            let waits = |got: &Advanced| if got.spiked { settings.refractory as u8 } else { refractory.saturating_sub(1) };
            let as_state = |got: &Advanced| NeuronState { u: got.u.into(), v: got.v.into(), refractory: waits(got) };
            if got.outside == 0 {
                prop_assert_eq!((as_state(&got), got.spiked, overflows.total()), (state, spiked, 0));
            } else {
                let near = |value: i64, limit: i64| value.abs() >= limit - (1 << 8);
                let explained = overflows.total() > 0 || refractory > 0 || near(state.v, 1 << 23) || spiked;
                prop_assert!(explained, "the plain step is asked for without need");
            }
            let word = |got: &Advanced| (as_state(got), got.spiked, got.outside);
            let special = match (settings.is_delta(), settings.is_slow()) {
                (true, true) => advance::<true, true>(&settings, u, v, is_frozen, sum),
                (true, false) => advance::<true, false>(&settings, u, v, is_frozen, sum),
                (false, true) => advance::<false, true>(&settings, u, v, is_frozen, sum),
                (false, false) => got,
            };
            prop_assert_eq!(word(&special), word(&got));
            if let Some(next) = leak(v, settings.keep_v, settings.bias, settings.threshold) {
                let got = advance::<false, false>(&settings, 0, v, false, 0);
                prop_assert_eq!((got.u, got.v, got.spiked, got.outside), (0, next, false, 0));
            }
            let (next_u, wide) = integrate::<false, false>(&settings, u, v, sum);
            let is_calm = next_u.abs() < CALM && wide.abs() < CALM;
            if is_calm && sum.unsigned_abs() < MODERATE_INPUT.unsigned_abs() {
                prop_assert_eq!(got.outside, 0);
            }
        }
    }
}
