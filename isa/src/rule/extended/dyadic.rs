//! Exact arithmetic on integers and powers of two: what the compiler knows of numbers and ranges.

use crate::nmx::operand::Rounding;
use crate::nmx::state_type::StateType;
use std::fmt;

/// `mantissa * 2^-scale`, the mantissa odd, or 0 with scale 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Dyadic {
    /// Below 2^62 in magnitude.
    pub(super) mantissa: i64,
    /// Within ±1000.
    pub(super) scale: i32,
}

impl Dyadic {
    pub(super) const ZERO: Self = Self { mantissa: 0, scale: 0 };
    pub(super) const ONE: Self = Self { mantissa: 1, scale: 0 };
    pub(super) const MINUS_ONE: Self = Self { mantissa: -1, scale: 0 };

    /// `mantissa * 2^-scale`, unless it has too many bits.
    pub(super) fn new(mantissa: i128, scale: i32) -> Option<Self> {
        if mantissa == 0 {
            return Some(Self::ZERO);
        }
        let zeros = mantissa.trailing_zeros();
        let mantissa = i64::try_from(mantissa >> zeros).ok().filter(|odd| odd.unsigned_abs() < 1 << 62)?;
        let scale = scale.checked_sub_unsigned(zeros)?;
        (-1000..=1000).contains(&scale).then_some(Self { mantissa, scale })
    }

    pub(super) fn times(self, other: Self) -> Option<Self> {
        Self::new(i128::from(self.mantissa) * i128::from(other.mantissa), self.scale + other.scale)
    }

    pub(super) fn plus(self, other: Self) -> Option<Self> {
        let scale = self.scale.max(other.scale);
        Self::new(self.numerator(scale)?.checked_add(other.numerator(scale)?)?, scale)
    }

    /// The value times 2^scale, if that is an integer of reasonable size.
    pub(super) fn numerator(self, scale: i32) -> Option<i128> {
        let shift = u32::try_from(scale - self.scale).ok()?;
        let fits = self.mantissa == 0 || shift < 64;
        fits.then(|| if self.mantissa == 0 { 0 } else { i128::from(self.mantissa) << shift })
    }
}

/// All integers from `low` to `high`, both below 2^100 in magnitude.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Range {
    pub(super) low: i128,
    pub(super) high: i128,
}

impl Range {
    pub(super) const fn constant(value: i128) -> Self {
        Self { low: value, high: value }
    }

    pub(super) fn of(low: i32, high: i32) -> Self {
        Self { low: low.into(), high: high.into() }
    }

    pub(super) fn of_type(of: StateType) -> Self {
        Self::of(of.lowest(), of.highest())
    }

    pub(super) fn is_within(self, other: Self) -> bool {
        self.low >= other.low && self.high <= other.high
    }

    /// Whether a register holds every value.
    pub(super) fn fits_register(self) -> bool {
        self.is_within(Self::of_type(StateType::I32))
    }

    pub(super) fn join(self, other: Self) -> Self {
        Self { low: self.low.min(other.low), high: self.high.max(other.high) }
    }

    pub(super) fn plus(self, other: Self) -> Self {
        Self { low: self.low + other.low, high: self.high + other.high }
    }

    pub(super) fn negated(self) -> Self {
        Self { low: -self.high, high: -self.low }
    }

    /// Of values that each fit a register, or of one that does with a coefficient.
    pub(super) fn times(self, other: Self) -> Self {
        let corners = [self.low * other.low, self.low * other.high, self.high * other.low, self.high * other.high];
        corners.into_iter().map(Self::constant).reduce(Self::join).unwrap_or(Self::constant(0))
    }

    /// Both operands being one and the same.
    pub(super) fn squared(self) -> Self {
        let magnitude = self.magnitude();
        Self { low: magnitude.low * magnitude.low, high: magnitude.high * magnitude.high }
    }

    pub(super) fn magnitude(self) -> Self {
        let low = if self.low > 0 { self.low } else { (-self.high).max(0) };
        Self { low, high: self.high.max(-self.low) }
    }

    pub(super) fn smaller(self, other: Self) -> Self {
        Self { low: self.low.min(other.low), high: self.high.min(other.high) }
    }

    pub(super) fn larger(self, other: Self) -> Self {
        Self { low: self.low.max(other.low), high: self.high.max(other.high) }
    }

    pub(super) fn clamped(self, bounds: Self) -> Self {
        self.larger(Self::constant(bounds.low)).smaller(Self::constant(bounds.high))
    }

    pub(super) fn sign(self) -> Self {
        Self { low: self.low.signum(), high: self.high.signum() }
    }

    /// Of value / 2^shift, rounded.
    pub(super) fn rounded(self, shift: u32, rounding: Rounding) -> Self {
        Self { low: rounded(self.low, shift, rounding).low, high: rounded(self.high, shift, rounding).high }
    }
}

impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.low == self.high { write!(f, "{}", self.low) } else { write!(f, "{}..{}", self.low, self.high) }
    }
}

/// What value / 2^shift can round to: one number, or two neighbours.
pub(super) fn rounded(value: i128, shift: u32, rounding: Rounding) -> Range {
    let floor = value >> shift;
    let rest = value - (floor << shift);
    if rest == 0 {
        return Range::constant(floor);
    }
    let twice = 2 * rest;
    let one = 1_i128 << shift;
    let up = match rounding {
        Rounding::Stochastic => return Range { low: floor, high: floor + 1 },
        Rounding::Floor => false,
        Rounding::Zero => value < 0,
        Rounding::Away => value > 0,
        Rounding::Nearest => twice > one || twice == one && floor & 1 == 1,
    };
    Range::constant(floor + i128::from(up))
}
