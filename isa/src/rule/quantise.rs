//! The constant of a product in the form that the dialect holds, or the reason why there is none.

use std::ops::Range;

use super::Dialect;
use super::constant::{Constant, Misfit, scaled};
use super::parse::{AtomKind, Term};
use super::report::Report;

/// Mantissa and exponent of the constant of `term`; `None` if it was reported.
pub(super) fn hold(constant: &Constant, term: &Term, dialect: Dialect, report: &mut Report<'_>) -> Option<(i32, i8)> {
    let range = dialect.constants();
    let held =
        if constant.is_decimal() { constant.quantise(&range, dialect == Dialect::B2l) } else { constant.exact(&range) };
    held.map_err(|misfit| reject(&misfit, constant.value(), term, dialect, report)).ok()
}

/// `in force / written - 1`.
pub(super) fn relative_error(written: f64, mantissa: i32, exponent: i8) -> f64 {
    if written == 0.0 { 0.0 } else { value(mantissa, exponent) / written - 1.0 }
}

fn value(mantissa: i32, exponent: i8) -> f64 {
    scaled(f64::from(mantissa), i64::from(exponent))
}

fn reject(misfit: &Misfit, written: f64, term: &Term, dialect: Dialect, report: &mut Report<'_>) {
    let range = dialect.constants();
    let (mantissas, exponents) = (&range.mantissa, &range.exponent);
    let bounds = format!(
        "mantissa {}..={}, exponent {}..={}",
        mantissas.start(),
        mantissas.end(),
        exponents.start(),
        exponents.end()
    );
    const LOWER: &str = "lower the trace impulses, or split the product into several";
    const RAISE: &str = "enlarge the trace impulses, or apply the product more rarely with a larger u_k";
    let (code, message, help) = match *misfit {
        Misfit::Mantissa { nearest } => {
            let message = if written.is_finite() {
                format!("the constant {written} has no exact form mantissa*2^exponent ({bounds})")
            } else {
                format!("the constant is beyond 2^63 ({bounds})")
            };
            let help = nearest.map_or(LOWER.to_owned(), |(mantissa, exponent)| {
                let percent = relative_error(written, mantissa, exponent) * 100.0;
                let near = value(mantissa, exponent);
                let decimal = match dialect {
                    Dialect::Lava => format!(", or {written:?} to accept it"),
                    Dialect::B2l => String::new(),
                };
                format!("the nearest is {mantissa}*2^{exponent} = {near} ({percent:+.1} %): write that{decimal}")
            });
            ("E-RULE-CONSTANT", message, help)
        }
        Misfit::Exponent { written, same } => {
            let message = format!("the exponent {written} is outside {}..={}", exponents.start(), exponents.end());
            let help = match same {
                Some((mantissa, exponent)) => format!("the same value is {mantissa}*2^{exponent}"),
                None if written < 0 => RAISE.to_owned(),
                None => LOWER.to_owned(),
            };
            ("E-RULE-EXPONENT", message, help)
        }
        Misfit::TooSmall => {
            let message = format!("the constant {written:e} rounds to zero: the smallest is 2^{}", exponents.start());
            ("E-RULE-CONSTANT", message, RAISE.to_owned())
        }
        Misfit::TooLarge => {
            let largest = value(*mantissas.end(), *exponents.end());
            ("E-RULE-CONSTANT", format!("the constant {written:e} is beyond the largest, {largest}"), LOWER.to_owned())
        }
        Misfit::Inexact => {
            let message = format!("the constant {written:?} has no exact form mantissa*2^exponent ({bounds})");
            let help = "this dialect computes exactly: write a multiple of a power of two, such as 5*2^-4";
            ("E-RULE-CONSTANT", message, help.to_owned())
        }
    };
    report.error(code, culprit(term), message, Some(&help));
}

/// The constant of a term if it stands in one place, else the whole term.
fn culprit(term: &Term) -> Range<usize> {
    let mut constants = term.atoms.iter().filter(|atom| matches!(atom.kind, AtomKind::Constant(_)));
    match (constants.next(), constants.next()) {
        (Some(only), None) => only.span.clone(),
        _ => term.span.clone(),
    }
}
