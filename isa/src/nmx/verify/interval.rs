//! Sets of values: the multiples of 2^zero_bits within low..=high.
//!
//! Every function here is an over-approximation: given operands from its argument sets, the exact result lies in the set that it
//! returns. Bounds are 64 bits wide, so that results can be described before they saturate to 32.

use crate::nmx::operand::{Bitwise, Rounding};
use crate::nmx::state_type::StateType;
use std::fmt;
use std::ops::RangeInclusive;

/// Zero bits of 0, of which there is no end; more are not counted.
const MOST_ZERO_BITS: u32 = 32;

/// A non-empty set of values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Interval {
    low: i64,
    high: i64,
    zero_bits: u32,
}

impl Interval {
    /// Every 32-bit value.
    pub const FULL: Self = Self { low: i32::MIN as i64, high: i32::MAX as i64, zero_bits: 0 };

    /// One value.
    #[must_use]
    pub fn constant(value: i32) -> Self {
        Self::tight(value.into(), value.into(), 0)
    }

    /// All values of a range; an empty one counts as its start.
    #[must_use]
    pub fn of(range: RangeInclusive<i32>) -> Self {
        let (low, high) = (i64::from(*range.start()), i64::from(*range.end()));
        Self::tight(low, high.max(low), 0)
    }

    /// The multiples of 2^`zero_bits` in `low..=high`, if there are any.
    fn new(low: i64, high: i64, zero_bits: u32) -> Option<Self> {
        let grain = 1_i64 << zero_bits;
        let (low, high) = ((low + grain - 1) & -grain, high & -grain);
        // One value knows all its zero bits.
        let known = if low == high { low.trailing_zeros().min(MOST_ZERO_BITS) } else { zero_bits };
        (low <= high).then_some(Self { low, high, zero_bits: known })
    }

    /// As `new`, where the set is known to be non-empty.
    fn tight(low: i64, high: i64, zero_bits: u32) -> Self {
        Self::new(low, high, zero_bits.min(MOST_ZERO_BITS)).unwrap_or(Self { low, high, zero_bits: 0 })
    }

    /// The smallest value.
    #[must_use]
    pub const fn low(self) -> i64 {
        self.low
    }

    /// The largest value.
    #[must_use]
    pub const fn high(self) -> i64 {
        self.high
    }

    /// Low bits that are 0 in every value.
    #[must_use]
    pub const fn zero_bits(self) -> u32 {
        self.zero_bits
    }

    /// Whether `value` is in the set.
    #[must_use]
    pub fn contains(self, value: i64) -> bool {
        (self.low..=self.high).contains(&value) && value & ((1 << self.zero_bits) - 1) == 0
    }

    /// Whether all values lie in `range`.
    #[must_use]
    pub fn is_within(self, range: &RangeInclusive<i32>) -> bool {
        self.low >= i64::from(*range.start()) && self.high <= i64::from(*range.end())
    }

    /// Values of either set.
    #[must_use]
    pub fn join(self, other: Self) -> Self {
        Self::tight(self.low.min(other.low), self.high.max(other.high), self.zero_bits.min(other.zero_bits))
    }

    /// The values of both sets, if they share any.
    #[must_use]
    pub fn meet(self, other: Self) -> Option<Self> {
        Self::new(self.low.max(other.low), self.high.min(other.high), self.zero_bits.max(other.zero_bits))
    }

    /// The values that are at least `low` and at most `high`, if any.
    #[must_use]
    pub fn between(self, low: i64, high: i64) -> Option<Self> {
        Self::new(self.low.max(low), self.high.min(high), self.zero_bits)
    }

    /// a + b.
    #[must_use]
    pub fn plus(self, b: Self) -> Self {
        Self::tight(self.low + b.low, self.high + b.high, self.zero_bits.min(b.zero_bits))
    }

    /// a - b.
    #[must_use]
    pub fn minus(self, b: Self) -> Self {
        Self::tight(self.low - b.high, self.high - b.low, self.zero_bits.min(b.zero_bits))
    }

    /// a * b, of 32-bit values.
    #[must_use]
    pub fn times(self, b: Self) -> Self {
        let corners = [self.low * b.low, self.low * b.high, self.high * b.low, self.high * b.high];
        let (low, high) = corners.iter().fold((i64::MAX, i64::MIN), |(low, high), &c| (low.min(c), high.max(c)));
        Self::tight(low, high, self.zero_bits + b.zero_bits)
    }

    /// a * a, of 32-bit values: never negative, which `times` cannot know.
    #[must_use]
    pub fn squared(self) -> Self {
        let magnitude = self.magnitude();
        Self::tight(magnitude.low * magnitude.low, magnitude.high * magnitude.high, 2 * self.zero_bits)
    }

    /// a * 2^n, of 32-bit values.
    #[must_use]
    pub fn shifted_left(self, n: u32) -> Self {
        Self::tight(self.low << n, self.high << n, self.zero_bits + n)
    }

    /// a / 2^n rounded, and whether anything is rounded at all.
    #[must_use]
    pub fn shifted_right(self, n: u32, rounding: Rounding) -> (Self, bool) {
        if self.zero_bits >= n {
            return (Self::tight(self.low >> n, self.high >> n, self.zero_bits - n), false);
        }
        // All roundings are monotone.
        let (low, high) = match rounding {
            Rounding::Floor => (self.low >> n, self.high >> n),
            Rounding::Zero => (self.low / (1 << n), self.high / (1 << n)),
            Rounding::Away => (away(self.low, n), away(self.high, n)),
            Rounding::Nearest => (nearest(self.low, n), nearest(self.high, n)),
            Rounding::Stochastic => (self.low >> n, (self.high + (1 << n) - 1) >> n),
        };
        (Self::tight(low, high, 0), true)
    }

    /// A bitwise function of 32-bit values.
    #[must_use]
    pub fn bitwise(self, function: Bitwise, b: Self) -> Self {
        match function {
            Bitwise::And => self.and(b),
            Bitwise::AndNot => self.and(b.inverted()),
            Bitwise::Or => {
                let or = self.inverted().and(b.inverted()).inverted();
                Self::tight(or.low, or.high, self.zero_bits.min(b.zero_bits))
            }
            Bitwise::Xor => self.xor(b),
        }
    }

    fn and(self, b: Self) -> Self {
        let zero_bits = self.zero_bits.max(b.zero_bits);
        if let (Some(x), Some(y)) = (self.single(), b.single()) {
            return Self::tight(x & y, x & y, 0);
        }
        // A mask takes bits away: the result is no larger than either non-negative operand, and than the larger in any case.
        let high = match (self.low >= 0, b.low >= 0) {
            (true, true) => self.high.min(b.high),
            (true, false) => self.high,
            (false, true) => b.high,
            (false, false) => self.high.max(b.high),
        };
        let low = if self.low >= 0 || b.low >= 0 { 0 } else { -(1 << self.bits().max(b.bits())) };
        Self::tight(low, high, zero_bits)
    }

    fn xor(self, b: Self) -> Self {
        if let (Some(x), Some(y)) = (self.single(), b.single()) {
            return Self::tight(x ^ y, x ^ y, 0);
        }
        let limit = 1 << self.bits().max(b.bits());
        let sign = |set: Self| (set.low < 0, set.high >= 0);
        let (low, high) = match (sign(self), sign(b)) {
            ((false, _), (false, _)) | ((_, false), (_, false)) => (0, limit - 1),
            ((false, _), (_, false)) | ((_, false), (false, _)) => (-limit, -1),
            _ => (-limit, limit - 1),
        };
        Self::tight(low, high, self.zero_bits.min(b.zero_bits))
    }

    /// The smallest n with every value in -2^n..2^n.
    fn bits(self) -> u32 {
        let bits = |value: i64| 64 - (value ^ (value >> 63)).leading_zeros();
        bits(self.low).max(bits(self.high))
    }

    fn single(self) -> Option<i64> {
        (self.low == self.high).then_some(self.low)
    }

    /// Every bit inverted.
    #[must_use]
    pub fn inverted(self) -> Self {
        Self::tight(!self.high, !self.low, 0)
    }

    /// The smaller of a and b.
    #[must_use]
    pub fn smaller(self, b: Self) -> Self {
        Self::tight(self.low.min(b.low), self.high.min(b.high), self.zero_bits.min(b.zero_bits))
    }

    /// The larger of a and b.
    #[must_use]
    pub fn larger(self, b: Self) -> Self {
        Self::tight(self.low.max(b.low), self.high.max(b.high), self.zero_bits.min(b.zero_bits))
    }

    /// -a.
    #[must_use]
    pub fn negated(self) -> Self {
        Self::tight(-self.high, -self.low, self.zero_bits)
    }

    /// |a|.
    #[must_use]
    pub fn magnitude(self) -> Self {
        let low = if self.low > 0 { self.low } else { (-self.high).max(0) };
        Self::tight(low, self.high.max(-self.low), self.zero_bits)
    }

    /// -1, 0 or 1.
    #[must_use]
    pub fn sign(self) -> Self {
        Self::tight(self.low.signum(), self.high.signum(), 0)
    }

    /// The nearest values of `of`.
    #[must_use]
    pub fn clamped(self, of: StateType) -> Self {
        let (lowest, highest) = (i64::from(of.lowest()), i64::from(of.highest()));
        if self.low >= lowest && self.high <= highest {
            return self;
        }
        // Bounds join the set, with fewer zero bits perhaps.
        let bound = |applies: bool, bound: i64| if applies { bound.trailing_zeros() } else { MOST_ZERO_BITS };
        let zero_bits = self.zero_bits.min(bound(self.low < lowest, lowest)).min(bound(self.high > highest, highest));
        Self::tight(self.low.clamp(lowest, highest), self.high.clamp(lowest, highest), zero_bits)
    }
}

/// Away from zero.
fn away(value: i64, n: u32) -> i64 {
    let magnitude = (value.abs() + (1 << n) - 1) >> n;
    if value < 0 { -magnitude } else { magnitude }
}

/// To the nearest, ties to even.
fn nearest(value: i64, n: u32) -> i64 {
    let floor = value >> n;
    let twice_rest = 2 * (value - (floor << n));
    floor + i64::from(twice_rest > 1 << n || twice_rest == 1 << n && floor & 1 == 1)
}

impl fmt::Display for Interval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.single() {
            Some(value) => write!(f, "{value}"),
            None => write!(f, "{}..={}", self.low, self.high),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A small set and its members.
    fn small() -> impl Strategy<Value = (Interval, Vec<i64>)> {
        (-20_i64..20, 0_i64..24, 0_u32..4).prop_filter_map("empty", |(low, width, zero_bits)| {
            let set = Interval::new(low, low + width, zero_bits)?;
            let members: Vec<i64> = (low..=low + width).filter(|value| value % (1 << zero_bits) == 0).collect();
            Some((set, members))
        })
    }

    proptest! {
        #[test]
        fn a_set_holds_its_members_and_no_others((set, members) in small()) {
            for value in -30..60 {
                prop_assert_eq!(set.contains(value), members.contains(&value), "{} {}", set, value);
            }
        }

        #[test]
        fn results_of_two_operands_lie_in_their_set((a, xs) in small(), (b, ys) in small()) {
            type Case = (&'static str, Interval, fn(i64, i64) -> i64);
            let cases: [Case; 9] = [
                ("plus", a.plus(b), |x, y| x + y),
                ("minus", a.minus(b), |x, y| x - y),
                ("times", a.times(b), |x, y| x * y),
                ("and", a.bitwise(Bitwise::And, b), |x, y| x & y),
                ("or", a.bitwise(Bitwise::Or, b), |x, y| x | y),
                ("xor", a.bitwise(Bitwise::Xor, b), |x, y| x ^ y),
                ("andn", a.bitwise(Bitwise::AndNot, b), |x, y| x & !y),
                ("smaller", a.smaller(b), i64::min),
                ("larger", a.larger(b), i64::max),
            ];
            for (name, set, function) in cases {
                for (&x, &y) in xs.iter().flat_map(|x| ys.iter().map(move |y| (x, y))) {
                    prop_assert!(set.contains(function(x, y)), "{name} of {x} in {a} and {y} in {b} is not in {set}");
                }
            }
            for (&x, &y) in xs.iter().flat_map(|x| ys.iter().map(move |y| (x, y))) {
                prop_assert!(a.join(b).contains(x) && a.join(b).contains(y));
                prop_assert!(x != y || a.meet(b).is_some_and(|both| both.contains(x)));
            }
        }

        #[test]
        fn results_of_one_operand_lie_in_their_set((a, xs) in small(), n in 0_u32..5, bits in 1_u8..6) {
            let (signed, unsigned) = (StateType::signed(bits).unwrap(), StateType::unsigned(bits).unwrap());
            for &x in &xs {
                prop_assert!(a.squared().contains(x * x));
                prop_assert!(a.shifted_left(n).contains(x << n));
                prop_assert!(a.inverted().contains(!x));
                prop_assert!(a.negated().contains(-x));
                prop_assert!(a.magnitude().contains(x.abs()));
                prop_assert!(a.sign().contains(x.signum()));
                for of in [signed, unsigned] {
                    prop_assert!(a.clamped(of).contains(of.clamp(x as i32).into()), "{x} of {a} to {of}: {}", a.clamped(of));
                }
            }
        }

        #[test]
        fn rounded_values_lie_in_their_set((a, xs) in small(), n in 0_u32..5) {
            for &x in &xs {
                let exact = x as f64 / f64::from(1 << n);
                let cases = [
                    (Rounding::Floor, vec![exact.floor()]),
                    (Rounding::Zero, vec![exact.trunc()]),
                    (Rounding::Away, vec![if exact < 0.0 { exact.floor() } else { exact.ceil() }]),
                    (Rounding::Nearest, vec![exact.round_ties_even()]),
                    (Rounding::Stochastic, vec![exact.floor(), exact.ceil()]),
                ];
                for (rounding, possible) in cases {
                    let (set, rounds) = a.shifted_right(n, rounding);
                    for value in possible {
                        prop_assert!(set.contains(value as i64), "{rounding:?} of {x}/2^{n} in {a} is not in {set}");
                        prop_assert!(rounds || value == exact);
                    }
                }
            }
        }
    }

    #[test]
    fn extremes_do_not_overflow() {
        let full = Interval::FULL;
        assert_eq!(full.squared().high(), 1 << 62);
        assert_eq!(full.times(full).low(), -(1 << 31) * ((1 << 31) - 1));
        assert_eq!(full.shifted_left(31).low(), -(1 << 62));
        assert_eq!(full.squared().shifted_right(15, Rounding::Away).0.high(), 1 << 47);
        assert_eq!(full.squared().clamped(StateType::I32).high(), i64::from(i32::MAX));
        assert_eq!(Interval::constant(0).zero_bits(), 32);
        assert_eq!(Interval::constant(-8).zero_bits(), 3);
        assert_eq!(full.bitwise(Bitwise::Xor, full), full);
        assert_eq!(full.magnitude().high(), 1 << 31);
    }
}
