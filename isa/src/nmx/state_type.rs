//! Storage widths of state words: `i1`..`i32` and `u1`..`u31`.
//!
//! A word is stored in the declared width and computed with as 32-bit signed: a load extends it, a store clamps to the nearest value
//! that the width holds.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::ops::RangeInclusive;
use std::str::FromStr;

/// Width and signedness of a stored word; also the operand of `sat`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub struct StateType {
    signed: bool,
    bits: u8,
}

/// A text or number that names no storage width.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a storage width: i1..i32 (signed) and u1..u31 (unsigned) exist")]
pub struct NoSuchWidth;

/// Added to the bits of an unsigned type in its one-byte form.
const UNSIGNED: u8 = 0x80;

impl StateType {
    /// The full width, into which every result fits.
    pub const I32: Self = Self { signed: true, bits: 32 };

    /// `i<bits>`, 1..=32.
    #[must_use]
    pub const fn signed(bits: u8) -> Option<Self> {
        if bits >= 1 && bits <= 32 { Some(Self { signed: true, bits }) } else { None }
    }

    /// `u<bits>`, 1..=31.
    #[must_use]
    pub const fn unsigned(bits: u8) -> Option<Self> {
        if bits >= 1 && bits <= 31 { Some(Self { signed: false, bits }) } else { None }
    }

    /// Bits that the word occupies, a sign included.
    #[must_use]
    pub const fn bits(self) -> u8 {
        self.bits
    }

    /// Whether the width has a sign.
    #[must_use]
    pub const fn is_signed(self) -> bool {
        self.signed
    }

    /// The smallest value held.
    #[inline]
    #[must_use]
    pub const fn lowest(self) -> i32 {
        if self.signed { i32::MIN >> (32 - self.bits) } else { 0 }
    }

    /// The largest value held.
    #[inline]
    #[must_use]
    pub const fn highest(self) -> i32 {
        let magnitude_bits = self.bits - self.signed as u8;
        (u32::MAX >> 1 >> (31 - magnitude_bits)) as i32
    }

    /// All values held.
    #[must_use]
    pub const fn range(self) -> RangeInclusive<i32> {
        self.lowest()..=self.highest()
    }

    /// The value of the stored bits, of which the low [`bits`](Self::bits) count.
    #[inline]
    #[must_use]
    pub const fn load(self, stored: u32) -> i32 {
        let unused = 32 - self.bits as u32;
        let high = stored << unused;
        if self.signed { high.cast_signed() >> unused } else { (high >> unused).cast_signed() }
    }

    /// The nearest value held; storing saturates where it differs from `value`.
    #[inline]
    #[must_use]
    pub const fn clamp(self, value: i32) -> i32 {
        let (low, high) = (self.lowest(), self.highest());
        if value < low {
            low
        } else if value > high {
            high
        } else {
            value
        }
    }
}

impl fmt::Display for StateType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", if self.signed { 'i' } else { 'u' }, self.bits)
    }
}

impl FromStr for StateType {
    type Err = NoSuchWidth;

    fn from_str(text: &str) -> Result<Self, NoSuchWidth> {
        let number = |digits: &str| {
            let canonical = !digits.starts_with(['0', '+']);
            digits.parse().ok().filter(|_| canonical).ok_or(NoSuchWidth)
        };
        match text.split_at_checked(1) {
            Some(("i", digits)) => Self::signed(number(digits)?).ok_or(NoSuchWidth),
            Some(("u", digits)) => Self::unsigned(number(digits)?).ok_or(NoSuchWidth),
            _ => Err(NoSuchWidth),
        }
    }
}

impl From<StateType> for u8 {
    fn from(of: StateType) -> Self {
        if of.signed { of.bits } else { of.bits | UNSIGNED }
    }
}

impl TryFrom<u8> for StateType {
    type Error = NoSuchWidth;

    fn try_from(byte: u8) -> Result<Self, NoSuchWidth> {
        let bits = byte & !UNSIGNED;
        if byte & UNSIGNED == 0 { Self::signed(bits) } else { Self::unsigned(bits) }.ok_or(NoSuchWidth)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all() -> impl Iterator<Item = StateType> {
        let signed = (1..=32).filter_map(StateType::signed);
        signed.chain((1..=31).filter_map(StateType::unsigned))
    }

    #[test]
    fn there_are_sixty_three_widths_and_each_has_a_name_and_a_byte() {
        assert_eq!(all().count(), 63);
        for of in all() {
            assert_eq!(of.to_string().parse(), Ok(of));
            assert_eq!(StateType::try_from(u8::from(of)), Ok(of));
        }
        assert_eq!((0..=255).filter(|&byte| StateType::try_from(byte).is_ok()).count(), 63);
        for text in ["", "i", "i0", "i33", "u0", "u32", "i+4", "i08", "s8", "ü8", "I8"] {
            assert_eq!(text.parse::<StateType>(), Err(NoSuchWidth), "{text}");
        }
    }

    #[test]
    fn ranges_are_those_of_two_s_complement() {
        let range = |name: &str| name.parse::<StateType>().map(StateType::range);
        assert_eq!(range("i1"), Ok(-1..=0));
        assert_eq!(range("i9"), Ok(-256..=255));
        assert_eq!(range("u1"), Ok(0..=1));
        assert_eq!(range("u31"), Ok(0..=i32::MAX));
        assert_eq!(range("i32"), Ok(i32::MIN..=i32::MAX));
    }

    #[test]
    fn a_load_undoes_a_store_of_a_value_held() {
        for of in all() {
            for value in [of.lowest(), of.lowest() / 2, 0, of.highest() / 3, of.highest()] {
                assert_eq!(of.clamp(value), value);
                assert_eq!(of.load(value.cast_unsigned()), value, "{of} {value}");
            }
            assert_eq!((of.clamp(i32::MIN), of.clamp(i32::MAX)), (of.lowest(), of.highest()));
        }
    }
}
