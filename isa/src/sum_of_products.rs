//! Learning programs in the form a Loihi-style learning engine executes.
//!
//! Each synaptic variable z (weight, delay, tag) changes by a sum of products:
//!
//! ```text
//! z += sum_i  mantissa_i * 2^exponent_i * dependency_i * prod_j factor_ij
//! ```
//!
//! A dependency says *when* a product counts, its factors say *how much*. The form is that of Davies et al. 2018, section
//! "Learning engine"; modulators m0..m3 are Caudate's extension. How the bits are shifted, saturated and rounded belongs to the
//! numeric profile of the core that runs a program, not to the program.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};

/// Legal addends C of a factor `(v + C)`: eight bits and a sign.
pub const ADDEND: RangeInclusive<i16> = -256..=255;
/// Largest k of the dependency `u_k` (every 2^k epochs).
pub const MAX_EPOCHS_EXPONENT: u8 = 9;
/// Number of modulators, m0 to m3.
pub const MODULATORS: u8 = 4;
/// Most factors in one product. Six factors of nine bits and a mantissa of four make 58 bits: a product fits an `i64`.
pub const MAX_FACTORS: usize = 6;
/// Most products for one target.
pub const MAX_PRODUCTS: usize = 64;

/// A quantity that a factor reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Variable {
    /// x0: 1 if the presynaptic neuron spiked in this epoch, else 0.
    X0,
    /// x1: first presynaptic trace, 0..127.
    X1,
    /// x2: second presynaptic trace, 0..127.
    X2,
    /// y0: 1 if the postsynaptic neuron spiked in this epoch, else 0.
    Y0,
    /// y1: first postsynaptic trace, 0..127.
    Y1,
    /// y2: second postsynaptic trace, 0..127.
    Y2,
    /// y3: third postsynaptic trace, 0..127.
    Y3,
    /// w: the weight mantissa, -256..255.
    Weight,
    /// d: the delay, in steps.
    Delay,
    /// t: the tag, -256..255.
    Tag,
    /// m0..m3: a modulator, -128..127; the index is below [`MODULATORS`].
    Modulator(u8),
}

impl Variable {
    /// Magnitude bits W of this variable in a product: a factor saturates to -2^W..2^W - 1, and the sum of the widths decides
    /// how far the product is shifted right. A modulator counts like a trace.
    pub const fn width_bits(self) -> u32 {
        match self {
            Self::X0 | Self::Y0 => 1,
            Self::X1 | Self::X2 | Self::Y1 | Self::Y2 | Self::Y3 | Self::Modulator(_) => 7,
            Self::Weight | Self::Delay | Self::Tag => 9,
        }
    }
}

/// When a product counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Dependency {
    /// x0: in an epoch with a presynaptic spike.
    PreSpike,
    /// y0: in an epoch with a postsynaptic spike.
    PostSpike,
    /// u_k: at the end of every 2^k-th epoch.
    Epochs {
        /// k, 0..=[`MAX_EPOCHS_EXPONENT`].
        exponent: u8,
    },
}

/// One multiplicand: `v`, `(v + C)`, `sgn(v + C)` or the plain constant `C`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Factor {
    /// The variable v; `None` makes the factor the constant C, eight bits wide.
    pub variable: Option<Variable>,
    /// C, within [`ADDEND`].
    pub addend: i16,
    /// Only the sign of `v + C` counts: -1, 0 or 1.
    pub sign_only: bool,
}

impl Factor {
    /// Magnitude bits of a constant factor.
    const CONSTANT_WIDTH_BITS: u32 = 8;

    /// The factor `v`.
    pub const fn of(variable: Variable) -> Self {
        Self { variable: Some(variable), addend: 0, sign_only: false }
    }

    /// Magnitude bits of this factor in a product: those of its variable, or eight for a constant.
    pub const fn width_bits(&self) -> u32 {
        match self.variable {
            Some(variable) => variable.width_bits(),
            None => Self::CONSTANT_WIDTH_BITS,
        }
    }
}

/// One summand of a learning program.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Product {
    /// When the product counts.
    pub dependency: Dependency,
    /// The factors, in the order written, at most [`MAX_FACTORS`].
    pub factors: Vec<Factor>,
    /// Mantissa of the constant; see [`ConstantRange`].
    pub mantissa: i32,
    /// Exponent of the constant as written: the constant is `mantissa * 2^exponent`.
    pub exponent: i8,
}

impl Product {
    /// Sum of the widths of the factors, in bits.
    pub fn width_bits(&self) -> u32 {
        self.factors.iter().map(Factor::width_bits).sum()
    }
}

/// The synaptic variable that a sum of products changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// dw.
    Weight,
    /// dd.
    Delay,
    /// dt.
    Tag,
}

impl Target {
    /// All targets in the order in which an engine updates them: later targets see the new values of earlier ones.
    pub const ALL: [Self; 3] = [Self::Weight, Self::Delay, Self::Tag];

    /// The name of its rule: `dw`, `dd` or `dt`.
    pub const fn rule_name(self) -> &'static str {
        match self {
            Self::Weight => "dw",
            Self::Delay => "dd",
            Self::Tag => "dt",
        }
    }
}

/// A whole learning program: one sum for each synaptic variable, an empty one for a variable that does not change.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct SumOfProducts {
    /// Changes of the weight (dw).
    pub weight: Vec<Product>,
    /// Changes of the delay (dd).
    pub delay: Vec<Product>,
    /// Changes of the tag (dt).
    pub tag: Vec<Product>,
}

impl SumOfProducts {
    /// The products that change `target`.
    pub fn products(&self, target: Target) -> &[Product] {
        match target {
            Target::Weight => &self.weight,
            Target::Delay => &self.delay,
            Target::Tag => &self.tag,
        }
    }

    /// The same, to be changed.
    pub fn products_mut(&mut self, target: Target) -> &mut Vec<Product> {
        match target {
            Target::Weight => &mut self.weight,
            Target::Delay => &mut self.delay,
            Target::Tag => &mut self.tag,
        }
    }

    /// All products with their targets, in the order of execution.
    pub fn iter(&self) -> impl Iterator<Item = (Target, &Product)> {
        Target::ALL.into_iter().flat_map(|target| self.products(target).iter().map(move |product| (target, product)))
    }

    /// Whether the program changes nothing at all.
    pub fn is_empty(&self) -> bool {
        Target::ALL.iter().all(|&target| self.products(target).is_empty())
    }

    /// Whether any factor reads `variable`. A dependency is not a factor: `x0*y1` uses y1, not x0.
    pub fn uses(&self, variable: Variable) -> bool {
        self.iter().any(|(_, product)| product.factors.iter().any(|factor| factor.variable == Some(variable)))
    }

    /// Whether any factor reads the tag.
    pub fn reads_tag(&self) -> bool {
        self.uses(Variable::Tag)
    }

    /// The dependencies that occur, each once, in a fixed order.
    pub fn dependencies(&self) -> BTreeSet<Dependency> {
        self.iter().map(|(_, product)| product.dependency).collect()
    }

    /// Checks every bound of this module, and the constants against `constants`. The first violation is returned.
    pub fn check(&self, constants: &ConstantRange) -> Result<(), LimitError> {
        for target in Target::ALL {
            let count = self.products(target).len();
            if count > MAX_PRODUCTS {
                return Err(LimitError::Products { count });
            }
        }
        self.iter().try_for_each(|(_, product)| product.check(constants))
    }
}

/// Which constants `mantissa * 2^exponent` a machine can hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConstantRange {
    /// Legal mantissas.
    pub mantissa: RangeInclusive<i32>,
    /// Legal exponents, as written.
    pub exponent: RangeInclusive<i8>,
}

impl ConstantRange {
    /// The microcode of Loihi and of Lava: a mantissa of four bits, and sixteen exponents.
    pub const LOIHI: Self = Self { mantissa: -8..=7, exponent: -7..=8 };
    /// The widest that the words of [`crate::words`] admit, for emulators that compute with real constants.
    pub const WIDE: Self = Self { mantissa: -32_768..=32_767, exponent: -32..=31 };
}

/// A bound of a learning program that is not kept.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LimitError {
    /// More than [`MAX_PRODUCTS`] for one target.
    #[error("{count} products for one target, the limit is {MAX_PRODUCTS}")]
    Products {
        /// Products found.
        count: usize,
    },
    /// More than [`MAX_FACTORS`] in a product.
    #[error("{count} factors in one product, the limit is {MAX_FACTORS}")]
    Factors {
        /// Factors found.
        count: usize,
    },
    /// k of u_k too large.
    #[error("u_{exponent} is outside u_0..u_{MAX_EPOCHS_EXPONENT}")]
    EpochsExponent {
        /// k found.
        exponent: u8,
    },
    /// No such modulator.
    #[error("modulator m{index} is outside m0..m3")]
    Modulator {
        /// Index found.
        index: u8,
    },
    /// C of (v + C) too large.
    #[error("addend {addend} is outside {}..={}", ADDEND.start(), ADDEND.end())]
    Addend {
        /// Addend found.
        addend: i16,
    },
    /// sgn of a constant, which is a constant.
    #[error("a factor takes the sign of the constant {addend}")]
    SignOfConstant {
        /// The constant.
        addend: i16,
    },
    /// Mantissa outside the range of the machine.
    #[error("mantissa {mantissa} is outside {}..={}", range.start(), range.end())]
    Mantissa {
        /// Mantissa found.
        mantissa: i32,
        /// Legal mantissas.
        range: RangeInclusive<i32>,
    },
    /// Exponent outside the range of the machine.
    #[error("exponent {exponent} is outside {}..={}", range.start(), range.end())]
    Exponent {
        /// Exponent found, as written.
        exponent: i8,
        /// Legal exponents.
        range: RangeInclusive<i8>,
    },
}

impl Product {
    fn check(&self, constants: &ConstantRange) -> Result<(), LimitError> {
        if let Dependency::Epochs { exponent } = self.dependency
            && exponent > MAX_EPOCHS_EXPONENT
        {
            return Err(LimitError::EpochsExponent { exponent });
        }
        if self.factors.len() > MAX_FACTORS {
            return Err(LimitError::Factors { count: self.factors.len() });
        }
        for &Factor { variable, addend, sign_only } in &self.factors {
            match variable {
                Some(Variable::Modulator(index)) if index >= MODULATORS => {
                    return Err(LimitError::Modulator { index });
                }
                None if sign_only => return Err(LimitError::SignOfConstant { addend }),
                _ if !ADDEND.contains(&addend) => return Err(LimitError::Addend { addend }),
                _ => {}
            }
        }
        if !constants.mantissa.contains(&self.mantissa) {
            return Err(LimitError::Mantissa { mantissa: self.mantissa, range: constants.mantissa.clone() });
        }
        if !constants.exponent.contains(&self.exponent) {
            return Err(LimitError::Exponent { exponent: self.exponent, range: constants.exponent.clone() });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn homeostasis() -> SumOfProducts {
        let factors =
            vec![Factor::of(Variable::Weight), Factor { variable: Some(Variable::Tag), addend: -3, sign_only: true }];
        let product = Product { dependency: Dependency::Epochs { exponent: 3 }, factors, mantissa: -5, exponent: -4 };
        SumOfProducts { weight: vec![product], ..SumOfProducts::default() }
    }

    #[test]
    fn queries_see_factors_and_dependencies() {
        let program = homeostasis();
        assert!(program.reads_tag() && program.uses(Variable::Weight) && !program.uses(Variable::X1));
        assert_eq!(program.dependencies().into_iter().collect::<Vec<_>>(), [Dependency::Epochs { exponent: 3 }]);
        assert!(!program.is_empty() && SumOfProducts::default().is_empty());
        assert_eq!(program.weight[0].width_bits(), 18);
    }

    #[test]
    fn check_names_the_bound() {
        type Spoil = fn(&mut Product);
        let cases: [(Spoil, &str); 7] = [
            (|p| p.mantissa = 8, "mantissa 8 is outside -8..=7"),
            (|p| p.exponent = -8, "exponent -8 is outside -7..=8"),
            (|p| p.factors[0].addend = 256, "addend 256 is outside -256..=255"),
            (|p| p.factors[1].variable = None, "a factor takes the sign of the constant -3"),
            (|p| p.factors[0].variable = Some(Variable::Modulator(4)), "modulator m4 is outside m0..m3"),
            (|p| p.dependency = Dependency::Epochs { exponent: 10 }, "u_10 is outside u_0..u_9"),
            (|p| p.factors = vec![p.factors[0]; 7], "7 factors in one product, the limit is 6"),
        ];
        assert_eq!(homeostasis().check(&ConstantRange::LOIHI), Ok(()));
        for (spoil, message) in cases {
            let mut program = homeostasis();
            spoil(&mut program.weight[0]);
            assert_eq!(program.check(&ConstantRange::LOIHI).unwrap_err().to_string(), message);
        }
    }
}
