//! Constants: exact while integers and powers of two multiply, real as soon as a decimal joins.

use crate::sum_of_products::ConstantRange;

/// Exponents saturate here, far beyond any that can be held, so that their sums stay in an `i64`.
const EXPONENT_BOUND: i64 = 1 << 60;

/// A product of literals.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Constant {
    /// Product of the integers; `None` beyond `i64`.
    mantissa: Option<i64>,
    /// Sum of the exponents of two.
    exponent: i64,
    /// Product of the decimals, if there were any.
    decimal: Option<f64>,
}

/// Why a constant cannot be held.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Misfit {
    /// An integer mantissa too wide, with the nearest constant that can be held, if any is near.
    Mantissa { nearest: Option<(i32, i8)> },
    /// The written exponent is out of range, with the same value inside the range, if there is one.
    Exponent { written: i64, same: Option<(i32, i8)> },
    /// A decimal so small that the nearest constant is zero.
    TooSmall,
    /// A decimal beyond the largest constant.
    TooLarge,
    /// A decimal that is not exact where it must be.
    Inexact,
}

impl Constant {
    pub(super) const ONE: Self = Self::integer(1);

    pub(super) const fn integer(value: i64) -> Self {
        Self { mantissa: Some(value), exponent: 0, decimal: None }
    }

    pub(super) fn power_of_two(exponent: i64) -> Self {
        Self { mantissa: Some(1), exponent: exponent.clamp(-EXPONENT_BOUND, EXPONENT_BOUND), decimal: None }
    }

    pub(super) const fn decimal(value: f64) -> Self {
        Self { mantissa: Some(1), exponent: 0, decimal: Some(value) }
    }

    pub(super) fn is_decimal(&self) -> bool {
        self.decimal.is_some()
    }

    pub(super) fn negate(&mut self) {
        self.mantissa = self.mantissa.and_then(i64::checked_neg);
    }

    pub(super) fn multiply(&mut self, other: &Self) {
        self.mantissa = self.mantissa.zip(other.mantissa).and_then(|(a, b)| a.checked_mul(b));
        self.exponent = (self.exponent + other.exponent).clamp(-EXPONENT_BOUND, EXPONENT_BOUND);
        self.decimal = match (self.decimal, other.decimal) {
            (Some(a), Some(b)) => Some(nonzero_product(a, b)),
            (a, b) => a.or(b),
        };
    }

    /// The value: infinite beyond an `f64`, but never zero by underflow.
    pub(super) fn value(&self) -> f64 {
        let Some(mantissa) = self.mantissa else {
            return f64::INFINITY;
        };
        if mantissa == 0 {
            return 0.0;
        }
        // Products beyond 2^53 lose bits here, but nothing of that size is ever held.
        nonzero_product(mantissa as f64, nonzero_product(self.decimal.unwrap_or(1.0), scaled(1.0, self.exponent)))
    }

    /// The constant as an integer, if it is one of `i16`: an addend.
    pub(super) fn addend(&self) -> Option<i16> {
        let value = self.value();
        (value.fract() == 0.0 && value.abs() < f64::from(i16::MAX)).then_some(value as i16)
    }

    /// As `mantissa * 2^exponent` exactly as written, but for twos moved out of a mantissa that is too wide.
    pub(super) fn exact(&self, range: &ConstantRange) -> Result<(i32, i8), Misfit> {
        let Some(mut mantissa) = self.mantissa else {
            return Err(Misfit::Mantissa { nearest: None });
        };
        let mut exponent = self.exponent;
        let (widest, highest) = (i64::from(*range.mantissa.end()), i64::from(*range.exponent.end()));
        while mantissa.unsigned_abs() > widest.unsigned_abs() && mantissa % 2 == 0 && exponent < highest {
            mantissa /= 2;
            exponent += 1;
        }
        let mantissa = i32::try_from(mantissa).ok().filter(|mantissa| range.mantissa.contains(mantissa));
        let held = i8::try_from(exponent).ok().filter(|exponent| range.exponent.contains(exponent));
        match (mantissa, held) {
            (Some(mantissa), Some(exponent)) => Ok((mantissa, exponent)),
            (None, Some(_)) => Err(Misfit::Mantissa { nearest: nearest(self.value(), range).ok() }),
            (_, None) => Err(Misfit::Exponent { written: exponent, same: exactly(self.value(), range) }),
        }
    }

    /// The nearest `mantissa * 2^exponent`; with `exact`, only if it is this very value.
    pub(super) fn quantise(&self, range: &ConstantRange, exact: bool) -> Result<(i32, i8), Misfit> {
        match exact {
            true => exactly(self.value(), range).ok_or(Misfit::Inexact),
            false => nearest(self.value(), range),
        }
    }
}

/// `a * b`, kept from underflowing to zero so that a tiny constant is told from none.
fn nonzero_product(a: f64, b: f64) -> f64 {
    let product = a * b;
    if product == 0.0 && a != 0.0 && b != 0.0 { f64::MIN_POSITIVE.copysign(product) } else { product }
}

/// `value * 2^exponent`, exact unless it grows to infinity or shrinks to the smallest positive number.
pub(super) fn scaled(value: f64, exponent: i64) -> f64 {
    let factor = if exponent < 0 { 0.5 } else { 2.0 };
    let mut scaled = value;
    for _ in 0..exponent.unsigned_abs() {
        let at_bottom = exponent < 0 && scaled.abs() <= f64::MIN_POSITIVE;
        if at_bottom || scaled == 0.0 || scaled.is_infinite() {
            break;
        }
        scaled *= factor;
    }
    scaled
}

/// The representation of exactly `value` with the smallest mantissa.
fn exactly(value: f64, range: &ConstantRange) -> Option<(i32, i8)> {
    if value == 0.0 {
        return Some((0, 0));
    }
    range.exponent.clone().rev().find_map(|exponent| {
        let mantissa = scaled(value, -i64::from(exponent));
        // The cast is exact: only integers within the range, itself of i32, pass the test.
        let (low, high) = (f64::from(*range.mantissa.start()), f64::from(*range.mantissa.end()));
        let fits = mantissa.fract() == 0.0 && (low..=high).contains(&mantissa);
        fits.then_some((mantissa as i32, exponent))
    })
}

/// The nearest representable constant that is not zero; among equals the smaller value, then the smaller mantissa.
fn nearest(value: f64, range: &ConstantRange) -> Result<(i32, i8), Misfit> {
    if value == 0.0 {
        return Ok((0, 0));
    }
    let extreme = if value < 0.0 { *range.mantissa.start() } else { *range.mantissa.end() };
    let largest = scaled(f64::from(extreme), i64::from(*range.exponent.end()));
    if value.abs() > largest.abs() {
        return Err(Misfit::TooLarge);
    }
    if value.abs() <= scaled(0.5, i64::from(*range.exponent.start())) {
        return Err(Misfit::TooSmall);
    }
    let mut best: Option<(f64, f64, i32, i8)> = None;
    for exponent in range.exponent.clone().rev() {
        let exact = scaled(value, -i64::from(exponent));
        for mantissa in [exact.floor(), exact.ceil()] {
            let mantissa = mantissa.clamp(f64::from(*range.mantissa.start()), f64::from(*range.mantissa.end()));
            if mantissa == 0.0 {
                continue;
            }
            let candidate = scaled(mantissa, i64::from(exponent));
            let (error, magnitude) = ((candidate - value).abs(), candidate.abs());
            if best.is_none_or(|(least, least_magnitude, ..)| {
                error < least || error == least && magnitude < least_magnitude
            }) {
                best = Some((error, magnitude, mantissa as i32, exponent));
            }
        }
    }
    best.map(|(_, _, mantissa, exponent)| (mantissa, exponent)).ok_or(Misfit::TooSmall)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOIHI: ConstantRange = ConstantRange::LOIHI;

    #[test]
    fn integers_keep_their_form_unless_too_wide() {
        let exact = |value| Constant::integer(value).exact(&LOIHI);
        assert_eq!(exact(6), Ok((6, 0)));
        assert_eq!(exact(16), Ok((4, 2)));
        assert_eq!(exact(-8), Ok((-4, 1)));
        assert_eq!(exact(1792), Ok((7, 8)));
        assert_eq!(exact(9), Err(Misfit::Mantissa { nearest: Some((1, 3)) }));
        assert_eq!(exact(4096), Err(Misfit::Mantissa { nearest: None }));
    }

    #[test]
    fn exponents_are_not_rewritten_but_explained() {
        let exact = |exponent| Constant::power_of_two(exponent).exact(&LOIHI);
        assert_eq!(exact(-7), Ok((1, -7)));
        assert_eq!(exact(8), Ok((1, 8)));
        assert_eq!(exact(10), Err(Misfit::Exponent { written: 10, same: Some((4, 8)) }));
        assert_eq!(exact(-8), Err(Misfit::Exponent { written: -8, same: None }));
        assert_eq!(exact(i64::MIN), Err(Misfit::Exponent { written: -EXPONENT_BOUND, same: None }));
    }

    #[test]
    fn decimals_take_the_nearest() {
        let near = |value| Constant::decimal(value).quantise(&LOIHI, false);
        assert_eq!(near(0.25), Ok((1, -2)));
        assert_eq!(near(0.3), Ok((5, -4)));
        assert_eq!(near(9.0), Ok((1, 3)));
        assert_eq!(near(-1.5), Ok((-3, -1)));
        assert_eq!(near(1.0 / 256.0), Err(Misfit::TooSmall));
        assert_eq!(near(0.005), Ok((1, -7)));
        assert_eq!(near(1793.0), Err(Misfit::TooLarge));
        assert_eq!(near(-2048.0), Ok((-8, 8)));
        assert_eq!(near(0.0), Ok((0, 0)));
        let mut tiny = Constant::decimal(1e-200);
        tiny.multiply(&Constant::decimal(1e-200));
        tiny.multiply(&Constant::power_of_two(i64::MIN));
        assert_eq!(tiny.quantise(&LOIHI, false), Err(Misfit::TooSmall));
        assert_eq!(Constant::decimal(0.3).quantise(&ConstantRange::WIDE, true), Err(Misfit::Inexact));
        assert_eq!(Constant::decimal(0.375).quantise(&ConstantRange::WIDE, true), Ok((3, -3)));
    }
}
