//! Fixed-point arithmetic: decay, wrap, clamp. Everything that a step computes is built from these few functions.

/// One in 12-bit fixed point: a decay of `DECAY_ONE` clears the state in one step.
pub const DECAY_ONE: u16 = 4096;

/// Decays `value` by `decay`/4096, rounding toward zero.
///
/// `decay` is the *effective* decay, 0..=4096 (0 keeps the value, 4096 clears it). The magnitude never grows, the
/// function is odd and monotone in `value`, and repeated application with `decay > 0` reaches 0 exactly, which a
/// floor decay would not do below zero.
#[inline]
#[must_use]
pub const fn decay(value: i64, decay: u16) -> i64 {
    let magnitude = (value.unsigned_abs() * (DECAY_ONE - decay) as u64) >> 12;
    if value < 0 { -(magnitude as i64) } else { magnitude as i64 }
}

/// Wraps `value` to a two's complement number of `magnitude_bits` bits and a sign.
#[inline]
#[must_use]
pub const fn wrap(value: i64, magnitude_bits: u32) -> i64 {
    let half = 1_i64 << magnitude_bits;
    ((value + half) & ((half << 1) - 1)) - half
}

/// Clamps `value` to `-(2^bits) ..= 2^bits - 1`.
#[inline]
#[must_use]
pub const fn saturate(value: i64, bits: u32) -> i64 {
    let half = 1_i64 << bits;
    if value < -half {
        -half
    } else if value > half - 1 {
        half - 1
    } else {
        value
    }
}

/// Clamps `value` to `-(2^bits - 1) ..= 2^bits - 1`, the symmetric range.
#[inline]
#[must_use]
pub const fn clamp_symmetric(value: i64, bits: u32) -> i64 {
    let limit = (1_i64 << bits) - 1;
    if value < -limit {
        -limit
    } else if value > limit {
        limit
    } else {
        value
    }
}

/// Shifts left for a non-negative `exponent`, right (floor) for a negative one.
#[inline]
#[must_use]
pub const fn shift(value: i64, exponent: i8) -> i64 {
    if exponent >= 0 { value << exponent } else { value >> -exponent }
}

/// Divides and rounds toward zero to a multiple of `2^bits`.
#[inline]
#[must_use]
pub const fn truncate_toward_zero(value: i64, bits: u32) -> i64 {
    let magnitude = (value.unsigned_abs() >> bits) << bits;
    if value < 0 { -(magnitude as i64) } else { magnitude as i64 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn decay_is_odd_monotone_and_never_grows(a in -(1_i64 << 40)..(1_i64 << 40), b in -(1_i64 << 40)..(1_i64 << 40), d in 0_u16..=DECAY_ONE) {
            prop_assert_eq!(decay(-a, d), -decay(a, d));
            prop_assert!(decay(a, d).abs() <= a.abs());
            if a <= b {
                prop_assert!(decay(a, d) <= decay(b, d));
            }
        }

        #[test]
        fn decay_reaches_zero_from_any_value(start in -(1_i64 << 24)..(1_i64 << 24), d in 1_u16..=DECAY_ONE) {
            let mut value = start;
            // Each application loses at least one unit of magnitude: 2^24 * (1 - 1/4096)^n, then one by one.
            for _ in 0..90_000 {
                value = decay(value, d);
            }
            prop_assert_eq!(value, 0);
        }

        #[test]
        fn wrap_is_the_identity_inside_and_periodic_outside(value in -(1_i64 << 40)..(1_i64 << 40), bits in 1_u32..30) {
            let wrapped = wrap(value, bits);
            prop_assert!(wrapped >= -(1 << bits) && wrapped < (1 << bits));
            prop_assert_eq!((value - wrapped).rem_euclid(1 << (bits + 1)), 0);
        }
    }

    #[test]
    fn truncation_goes_toward_zero() {
        assert_eq!(truncate_toward_zero(-255, 1), -254);
        assert_eq!(truncate_toward_zero(255, 3), 248);
        assert_eq!(shift(-3, -1), -2);
    }
}
