//! The five roundings of `value / 2^shift`.

use caudate_isa::nmx::Rounding;

// The additions below wrap, though none ever does: |value| <= 2^62 and what is added is below 2^31. An overflow check in the middle
// of an expression would keep the loops of the batched executor from being vectorised.

/// Toward minus infinity.
#[inline]
#[must_use]
pub const fn floor(value: i64, shift: u8) -> i64 {
    value >> (shift & MAX_SHIFT)
}

/// Toward zero: a floor with negative values lifted by all but one unit of the divisor.
#[inline]
#[must_use]
pub const fn toward_zero(value: i64, shift: u8) -> i64 {
    floor(value.wrapping_add(value >> 63 & low_bits(shift)), shift)
}

/// Away from zero: positive values are lifted instead.
#[inline]
#[must_use]
pub const fn away_from_zero(value: i64, shift: u8) -> i64 {
    floor(value.wrapping_add(!(value >> 63) & low_bits(shift)), shift)
}

/// To the nearest, ties to even: half a unit less one is added, and one more where the floor is odd.
#[inline]
#[must_use]
pub const fn nearest_even(value: i64, shift: u8) -> i64 {
    // Without a shift there is nothing to round, and an odd value stays as it is.
    let odd = floor(value, shift) & 1 & low_bits(shift);
    floor(value.wrapping_add((low_bits(shift) >> 1) + odd), shift)
}

/// Up or down at random: the low `shift` bits of `draw` are added before the floor, so that the mean over draws is exact.
#[inline]
#[must_use]
pub const fn stochastic(value: i64, shift: u8, draw: u32) -> i64 {
    floor(value.wrapping_add(draw as i64 & low_bits(shift)), shift)
}

const MAX_SHIFT: u8 = 31;

/// All but one unit of the divisor.
const fn low_bits(shift: u8) -> i64 {
    (1 << (shift & MAX_SHIFT)) - 1
}

/// `value / 2^shift`, rounded as `rounding` says. Magnitudes up to 2^62 and shifts up to 31 are exact; `draw` is asked only
/// for stochastic rounding.
#[inline]
pub fn round(value: i64, shift: u8, rounding: Rounding, draw: impl FnOnce() -> u32) -> i64 {
    match rounding {
        Rounding::Floor => floor(value, shift),
        Rounding::Zero => toward_zero(value, shift),
        Rounding::Away => away_from_zero(value, shift),
        Rounding::Nearest => nearest_even(value, shift),
        Rounding::Stochastic => stochastic(value, shift, draw()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn small_values_round_as_their_names_say() {
        // Quarters from -7/4 to 7/4.
        let all = |f: fn(i64, u8) -> i64| (-7..8).map(|value| f(value, 2)).collect::<Vec<_>>();
        assert_eq!(all(floor), [-2, -2, -2, -1, -1, -1, -1, 0, 0, 0, 0, 1, 1, 1, 1]);
        assert_eq!(all(toward_zero), [-1, -1, -1, -1, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1]);
        assert_eq!(all(away_from_zero), [-2, -2, -2, -1, -1, -1, -1, 0, 1, 1, 1, 1, 2, 2, 2]);
        assert_eq!(all(nearest_even), [-2, -2, -1, -1, -1, 0, 0, 0, 0, 0, 1, 1, 1, 2, 2]);
        for value in -9..9 {
            for shift in 0..4 {
                let sum: i64 = (0..1 << shift).map(|draw| stochastic(value, shift, draw)).sum();
                assert_eq!(sum, value, "the mean over all draws is exact");
            }
        }
    }

    proptest! {
        #[test]
        fn roundings_agree_with_their_definitions_by_division(a in any::<i32>(), b in any::<i32>(), shift in 0_u8..=31, draw in any::<u32>()) {
            let value = i64::from(a) * i64::from(b);
            let (one, wide) = (1_i128 << shift, i128::from(value));
            let down = wide.div_euclid(one);
            let rest = wide.rem_euclid(one);
            let up = down + i128::from(rest != 0);
            let nearest = if 2 * rest > one || (2 * rest == one && down % 2 != 0) { up } else { down };
            prop_assert_eq!(i128::from(floor(value, shift)), down);
            prop_assert_eq!(i128::from(toward_zero(value, shift)), wide / one);
            prop_assert_eq!(i128::from(away_from_zero(value, shift)), if value < 0 { down } else { up });
            prop_assert_eq!(i128::from(nearest_even(value, shift)), nearest);
            let random = i128::from(stochastic(value, shift, draw));
            prop_assert!(random == down || random == up);
        }
    }
}
