//! One sum of products, bit by bit.
//!
//! z enters an accumulator of 15 bits and a sign, shifted left by [`FRACTION_BITS`]. Each factor saturates to its width, the product of factors
//! and mantissa is shifted right until it fits 15 bits, left by its exponent, saturated, and added with saturation. What remains
//! below z's last bit is rounded stochastically by the caller.

use caudate_isa::sum_of_products::{Dependency, Factor, Product, Variable};

/// Fraction bits of the accumulator.
pub const FRACTION_BITS: u32 = 7;
/// Magnitude bits of the accumulator.
const ACCUMULATOR_BITS: u32 = 15;
/// Bits of a mantissa with its sign.
const MANTISSA_BITS: u32 = 4;

/// The clip bounds of the accumulator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AccumulatorRange {
    /// Smallest value.
    pub low: i64,
    /// Largest value.
    pub high: i64,
}

impl AccumulatorRange {
    /// Two's complement: -2^15 ..= 2^15 - 1.
    pub const TWOS_COMPLEMENT: Self = Self { low: -(1 << ACCUMULATOR_BITS), high: (1 << ACCUMULATOR_BITS) - 1 };
    /// What lava-nc 0.10.0 clips to: one lower.
    pub const LAVA: Self = Self { low: -(1 << ACCUMULATOR_BITS) - 1, high: (1 << ACCUMULATOR_BITS) - 1 };

    fn clip(self, value: i64) -> i64 {
        value.clamp(self.low, self.high)
    }
}

/// What the factors of one synapse read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Operands {
    /// x0, x1, x2.
    pub x: [i16; 3],
    /// y0, y1, y2, y3.
    pub y: [i16; 4],
    /// Weight mantissa.
    pub weight: i16,
    /// Stored delay in steps.
    pub delay: i16,
    /// Tag.
    pub tag: i16,
    /// Modulators m0..m3.
    pub modulators: [i8; 4],
}

impl Operands {
    /// The value of a variable.
    #[inline]
    #[must_use]
    pub fn read(&self, variable: Variable) -> i16 {
        match variable {
            Variable::X0 => self.x[0],
            Variable::X1 => self.x[1],
            Variable::X2 => self.x[2],
            Variable::Y0 => self.y[0],
            Variable::Y1 => self.y[1],
            Variable::Y2 => self.y[2],
            Variable::Y3 => self.y[3],
            Variable::Weight => self.weight,
            Variable::Delay => self.delay,
            Variable::Tag => self.tag,
            Variable::Modulator(slot) => i16::from(self.modulators[usize::from(slot % 4)]),
        }
    }
}

/// A product with its shifts worked out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PreparedProduct {
    /// When it counts.
    pub dependency: Dependency,
    /// Its factors.
    pub factors: Vec<Factor>,
    mantissa: i64,
    shift_right: u32,
    shift_left: u32,
}

impl PreparedProduct {
    /// Works out the shifts of a product.
    #[must_use]
    pub fn new(product: &Product) -> Self {
        // As written, a constant is mantissa * 2^exponent; the accumulator's fraction bits move it up by seven.
        let exponent = i32::from(product.exponent) + FRACTION_BITS as i32;
        Self {
            dependency: product.dependency,
            factors: product.factors.clone(),
            mantissa: i64::from(product.mantissa),
            shift_right: (product.width_bits() + MANTISSA_BITS).saturating_sub(ACCUMULATOR_BITS)
                + exponent.min(0).unsigned_abs(),
            shift_left: exponent.max(0).unsigned_abs(),
        }
    }

    /// The value that a satisfied product adds to an accumulator.
    #[inline]
    #[must_use]
    pub fn evaluate(&self, operands: &Operands, range: AccumulatorRange) -> i64 {
        let mut value = self.mantissa;
        for factor in &self.factors {
            value *= factor_value(factor, operands);
        }
        range.clip((value >> self.shift_right) << self.shift_left)
    }

    /// The product as a function of one variable, if it is a line between two limits and every number on the way fits 32 bits.
    /// `operands` holds all others.
    #[must_use]
    pub fn line(&self, variable: Variable, operands: &Operands) -> Option<Line> {
        let (own, others): (Vec<&Factor>, Vec<&Factor>) =
            self.factors.iter().partition(|factor| factor.variable == Some(variable));
        let [own] = own[..] else { return None };
        let slope =
            others.iter().try_fold(self.mantissa, |slope, other| slope.checked_mul(factor_value(other, operands)))?;
        let limit = 1_i64 << own.width_bits();
        let largest = slope.checked_abs()?.checked_mul(limit)?;
        let fits =
            !own.sign_only && self.shift_right < 31 && self.shift_left < 31 && largest < 1 << (30 - self.shift_left);
        fits.then(|| Line {
            addend: own.addend.into(),
            limit: limit as i32,
            slope: slope as i32,
            shift_right: self.shift_right,
            shift_left: self.shift_left,
        })
    }

    /// Whether the product is certainly 0 because a plain factor reads a zero that `is_zero` knows of.
    #[must_use]
    pub fn vanishes(&self, is_zero: impl Fn(Variable) -> bool) -> bool {
        self.factors.iter().any(|factor| factor.addend == 0 && factor.variable.is_some_and(&is_zero))
    }
}

/// A product as a function of one variable, in 32 bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line {
    addend: i32,
    limit: i32,
    slope: i32,
    shift_right: u32,
    shift_left: u32,
}

impl Line {
    /// What the product is where the variable is `value`, within [`AccumulatorRange::TWOS_COMPLEMENT`].
    #[inline(always)]
    #[must_use]
    pub fn term(&self, value: i16) -> i16 {
        let factor = i32::from(value).wrapping_add(self.addend).max(-self.limit).min(self.limit.wrapping_sub(1));
        let product = factor.wrapping_mul(self.slope).wrapping_shr(self.shift_right).wrapping_shl(self.shift_left);
        let AccumulatorRange { low, high } = AccumulatorRange::TWOS_COMPLEMENT;
        product.max(low as i32).min(high as i32) as i16
    }
}

fn factor_value(factor: &Factor, operands: &Operands) -> i64 {
    let sum = i64::from(factor.variable.map_or(0, |variable| operands.read(variable))) + i64::from(factor.addend);
    let value = if factor.sign_only { sum.signum() } else { sum };
    let limit = 1_i64 << factor.width_bits();
    value.clamp(-limit, limit - 1)
}

/// Adds `terms` to `z << 7`, saturating after each; the result has [`FRACTION_BITS`] fraction bits.
#[inline]
pub fn accumulate(z: i16, terms: impl Iterator<Item = i64>, range: AccumulatorRange) -> i64 {
    terms.fold(i64::from(z) << FRACTION_BITS, |sum, term| range.clip(sum + term))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn product(factors: Vec<Factor>, mantissa: i32, exponent: i8) -> PreparedProduct {
        PreparedProduct::new(&Product { dependency: Dependency::PreSpike, factors, mantissa, exponent })
    }

    #[test]
    fn a_quarter_of_a_trace_keeps_its_fraction() {
        let quarter = product(vec![Factor::of(Variable::Y1)], 1, -2);
        let operands = Operands { y: [0, 21, 0, 0], ..Operands::default() };
        assert_eq!(quarter.evaluate(&operands, AccumulatorRange::TWOS_COMPLEMENT), 21 << 5);
    }

    #[test]
    fn wide_products_are_shifted_down_first() {
        // Widths 7 + 7 and a mantissa of 4 are three bits too wide for 15.
        let wide = product(vec![Factor::of(Variable::X1), Factor::of(Variable::Y1)], -1, -7);
        let operands = Operands { x: [0, 100, 0], y: [0, 101, 0, 0], ..Operands::default() };
        assert_eq!(wide.evaluate(&operands, AccumulatorRange::TWOS_COMPLEMENT), -10_100 >> 3);
    }

    proptest! {
        #[test]
        fn the_accumulator_stays_in_range(z in -256_i16..=255, values in prop::collection::vec(any::<i16>(), 4), mantissa in -8_i32..=7, exponent in -7_i8..=8) {
            let factors = vec![Factor { variable: Some(Variable::Weight), addend: 100, sign_only: false }, Factor::of(Variable::Tag)];
            let operands = Operands { weight: values[0], tag: values[1], ..Operands::default() };
            let product = product(factors, mantissa, exponent);
            for range in [AccumulatorRange::TWOS_COMPLEMENT, AccumulatorRange::LAVA] {
                let term = product.evaluate(&operands, range);
                let sum = accumulate(z, [term, term].into_iter(), range);
                prop_assert!((range.low..=range.high).contains(&sum));
            }
        }
    }
}
