//! Learning rules as text, and their compilers.
//!
//! This module is about sums of products, the dialects of Lava and brian2-loihi. Rules of full expressions are in [`extended`], files that
//! hold a rule of any dialect in [`mod@file`].
//!
//! ```text
//! rule     = ["-"] product { ("+" | "-") product }
//! product  = operand { "*" operand }              exactly one dependency, any number of constants
//! operand  = ["-"] ( constant | dependency | variable | shifted | "sgn" shifted )
//! shifted  = "(" variable ("+" | "-") constant ")"        or one product in parentheses, as in (-1)
//! constant = integer | decimal | "2^" ["-"] integer
//! dependency = x0 | y0 | u0..u9        variable = x1 x2 y1 y2 y3 w d t m0..m3
//! ```
//!
//! Blanks mean nothing, the order of operands is free, and several constants in a product multiply. `r0..r3` are other names of
//! the modulators m0..m3, `u_3` of `u3`, `sign` of `sgn`. The first of x0 and y0 in a product is its dependency; a second one
//! is a factor one bit wide, as in Lava.
//!
//! # Dialects
//!
//! | | [`Dialect::Lava`] | [`Dialect::B2l`] |
//! |---|---|---|
//! | constants | mantissa -8..=7, exponent -7..=8; decimals take the nearest and are reported | any `m * 2^e` with m of 16 bits, e -32..=31; decimals must be exact |
//! | `u_k` | one k in the whole program, first in its product | any; beside x0 or y0, those become factors |
//! | variables | all | x1 x2 y1 y2 y3 w |
//! | `sgn` | of w, d, t | of any variable |
//! | targets | dw, dd, dt | dw |
//!
//! A mantissa that is too wide and even moves its twos into the exponent (`16` is `4*2^2`), as in Lava; no other constant is
//! rewritten, because the split between mantissa and exponent decides how a product rounds.
//!
//! # Codes
//!
//! | code | meaning |
//! |---|---|
//! | `E-RULE-EMPTY` | no text at all |
//! | `E-RULE-LENGTH` | too long: text, products or factors |
//! | `E-RULE-TARGET` | dd or dt in a dialect without them |
//! | `E-RULE-CHARACTER` | a character that rule text does not use |
//! | `E-RULE-NUMBER` | a malformed or huge number |
//! | `E-RULE-SYMBOL` | an unknown symbol |
//! | `E-RULE-VARIABLE` | a symbol that this dialect does not offer |
//! | `E-RULE-OPERAND` | an operator without an operand |
//! | `E-RULE-OPERATOR` | two operands without an operator |
//! | `E-RULE-POWER` | `**`, or `^` on anything but 2 |
//! | `E-RULE-DIVISION` | `/` |
//! | `E-RULE-PARENTHESIS` | unbalanced or too deeply nested parentheses |
//! | `E-RULE-SUM` | a sum in parentheses that is not variable and constant |
//! | `E-RULE-SIGN` | `sgn` of something that has none here |
//! | `E-RULE-ADDEND` | C in `(v + C)` is no integer of -256..=255 |
//! | `E-RULE-DEPENDENCY` | a product without a dependency, or with two that cannot go together |
//! | `E-RULE-EPOCHS` | k of `u_k` outside 0..=9 |
//! | `E-RULE-EPOCHS-MIXED` | two different k in one program |
//! | `E-RULE-CONSTANT` | a constant with no form `mantissa * 2^exponent` |
//! | `E-RULE-EXPONENT` | the exponent of a constant out of range |

mod constant;
pub mod extended;
pub mod file;
mod lex;
mod lower;
mod parse;
#[cfg(test)]
mod published;
mod quantise;
mod report;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

use crate::diagnostic::{Diagnostic, Place};
use crate::sum_of_products::{ConstantRange, SumOfProducts, Target};
use lower::Lowering;
use report::Report;

/// Longest accepted text of one target, in bytes.
pub const MAX_TEXT_BYTES: usize = 4096;

/// Whose rules of grammar and range apply.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Dialect {
    /// Lava's strings, widths and limits, and the modulators m0..m3.
    #[default]
    Lava,
    /// The strings of brian2-loihi, which computes with real constants.
    B2l,
}

impl Dialect {
    /// The constants that a product of this dialect may carry.
    pub const fn constants(self) -> ConstantRange {
        match self {
            Self::Lava => ConstantRange::LOIHI,
            Self::B2l => ConstantRange::WIDE,
        }
    }
}

/// The texts of one learning rule, as the user wrote them. A target left `None` does not change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RuleText<'a> {
    /// Name of the rule, for diagnostics.
    pub name: &'a str,
    /// Change of the weight.
    pub dw: Option<&'a str>,
    /// Change of the delay.
    pub dd: Option<&'a str>,
    /// Change of the tag.
    pub dt: Option<&'a str>,
}

/// A constant written as a decimal, and what became of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct QuantisedConstant {
    /// The sum that contains it.
    pub target: Target,
    /// Index of its product in that sum.
    pub product: usize,
    /// The constant of the product as written.
    pub written: f64,
    /// Mantissa in force.
    pub mantissa: i32,
    /// Exponent in force: the constant is now `mantissa * 2^exponent`.
    pub exponent: i8,
    /// `in force / written - 1`: positive if the magnitude grew. Zero for an exact decimal.
    pub relative_error: f64,
}

/// A rule that compiled.
#[derive(Debug, Clone, PartialEq)]
pub struct Compiled {
    /// The program.
    pub program: SumOfProducts,
    /// Every product whose constant was written with a decimal point, in program order.
    pub quantised: Vec<QuantisedConstant>,
}

/// Compiles the texts of a rule, or returns everything wrong with them, in the order of targets and text.
pub fn compile(text: &RuleText<'_>, dialect: Dialect) -> Result<Compiled, Vec<Diagnostic>> {
    let mut lowering = Lowering::new(dialect);
    let mut program = SumOfProducts::default();
    let mut diagnostics = Vec::new();
    for (target, source) in [(Target::Weight, text.dw), (Target::Delay, text.dd), (Target::Tag, text.dt)] {
        let Some(source) = source else { continue };
        let mut report = Report::new(format!("rule '{}', {}", text.name, target.rule_name()), source);
        if dialect == Dialect::B2l && target != Target::Weight {
            report.error(
                "E-RULE-TARGET",
                0..source.len(),
                "the b2l dialect changes weights only",
                Some("use dialect lava"),
            );
        }
        *program.products_mut(target) = compile_target(target, source, &mut lowering, &mut report);
        diagnostics.extend(report.finish());
    }
    if text.dw.or(text.dd).or(text.dt).is_none() {
        let nothing = Diagnostic::new("E-RULE-EMPTY", "the rule has none of dw, dd and dt")
            .at(Place::named(format!("rule '{}'", text.name)));
        diagnostics.push(nothing.help("give at least one, for example dw = 2^-2*y0*x1 - 2^-2*x0*y1"));
    }
    if diagnostics.is_empty() {
        Ok(Compiled { program, quantised: lowering.into_quantised() })
    } else {
        Err(diagnostics)
    }
}

fn compile_target(
    target: Target,
    source: &str,
    lowering: &mut Lowering,
    report: &mut Report<'_>,
) -> Vec<crate::sum_of_products::Product> {
    if source.len() > MAX_TEXT_BYTES {
        let message = format!("the text is {} bytes long, the limit is {MAX_TEXT_BYTES}", source.len());
        report.error_without_excerpt(
            "E-RULE-LENGTH",
            message,
            "a rule is a handful of products; split it into several rules",
        );
        return Vec::new();
    }
    if source.trim().is_empty() {
        let help = "leave the target out if it does not change, or write a rule such as 2^-2*y0*x1";
        report.error("E-RULE-EMPTY", 0..source.len(), "the text is empty", Some(help));
        return Vec::new();
    }
    let tokens = lex::tokens(source, report);
    let terms = parse::terms(&tokens, report);
    lowering.sum(target, &terms, report)
}
