//! Sums of terms with exact coefficients: what an expression is before it is computed.

use super::dyadic::{Dyadic, Range};
use crate::nmx::ir::Operand;

/// Something at hand: a state, an input, a parameter, or a computed register.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Value {
    pub(super) operand: Operand,
    pub(super) range: Range,
    /// Whether it is a parameter: multiplied last, for it is a constant of any width.
    pub(super) is_parameter: bool,
}

/// What a coefficient multiplies: a value, or the product of two that is not computed yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Base {
    pub(super) first: Value,
    pub(super) second: Option<Value>,
}

impl Base {
    pub(super) fn range(&self) -> Range {
        match self.second {
            None => self.first.range,
            Some(second) if second.operand == self.first.operand => self.first.range.squared(),
            Some(second) => self.first.range.times(second.range),
        }
    }

    pub(super) fn mentions(&self, operand: Operand) -> bool {
        self.first.operand == operand || self.second.is_some_and(|second| second.operand == operand)
    }

    fn is_same(&self, other: &Self) -> bool {
        let operands = |base: &Self| (base.first.operand, base.second.map(|second| second.operand));
        let (a, b) = (operands(self), operands(other));
        a == b || a.1.is_some() && a == (b.1.unwrap_or(b.0), Some(b.0)) && b.1.is_some()
    }
}

/// constant + the sum of coefficient * base, no base twice, no coefficient 0.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Linear {
    pub(super) terms: Vec<(Dyadic, Base)>,
    pub(super) constant: Dyadic,
}

impl Linear {
    pub(super) const fn constant(constant: Dyadic) -> Self {
        Self { terms: Vec::new(), constant }
    }

    pub(super) fn term(coefficient: Dyadic, first: Value, second: Option<Value>) -> Self {
        Self { terms: vec![(coefficient, Base { first, second })], constant: Dyadic::ZERO }
    }

    pub(super) fn is_constant(&self) -> bool {
        self.terms.is_empty()
    }

    /// `None` if a coefficient gets too many bits.
    pub(super) fn times(&self, factor: Dyadic) -> Option<Self> {
        if factor == Dyadic::ZERO {
            return Some(Self::constant(Dyadic::ZERO));
        }
        let terms: Option<Vec<_>> =
            self.terms.iter().map(|(coefficient, base)| Some((coefficient.times(factor)?, *base))).collect();
        Some(Self { terms: terms?, constant: self.constant.times(factor)? })
    }

    /// `None` if a coefficient gets too many bits.
    pub(super) fn plus(&self, other: &Self) -> Option<Self> {
        let mut sum = self.clone();
        for (coefficient, base) in &other.terms {
            match sum.terms.iter_mut().find(|(_, known)| known.is_same(base)) {
                Some((known, _)) => *known = known.plus(*coefficient)?,
                None => sum.terms.push((*coefficient, *base)),
            }
        }
        sum.terms.retain(|(coefficient, _)| *coefficient != Dyadic::ZERO);
        sum.constant = sum.constant.plus(other.constant)?;
        Some(sum)
    }

    /// The fewest fraction bits, at least 0, with which all coefficients are integers.
    pub(super) fn scale(&self) -> i32 {
        let scales = self.terms.iter().map(|(coefficient, _)| coefficient.scale);
        scales.chain([self.constant.scale, 0]).max().unwrap_or(0)
    }

    pub(super) fn mentions(&self, operand: Operand) -> bool {
        self.terms.iter().any(|(_, base)| base.mentions(operand))
    }

    /// The term of `operand` alone.
    pub(super) fn coefficient_of(&self, operand: Operand) -> Option<Dyadic> {
        let alone = |base: &Base| base.first.operand == operand && base.second.is_none();
        self.terms.iter().find(|(_, base)| alone(base)).map(|(coefficient, _)| *coefficient)
    }

    /// Values of the sum times 2^scale; `None` beyond reason.
    pub(super) fn range(&self, scale: i32) -> Option<Range> {
        let mut range = Range::constant(self.constant.numerator(scale)?);
        for (coefficient, base) in &self.terms {
            let coefficient = coefficient.numerator(scale).filter(|c| c.unsigned_abs() < 1 << 50)?;
            range = range.plus(base.range().times(Range::constant(coefficient)));
        }
        Some(range)
    }
}
