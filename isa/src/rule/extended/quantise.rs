//! Numbers of a rule as integers times powers of two.

use super::super::report::Report;
use super::ast::{Parameter, Span};
use super::dyadic::Dyadic;
use super::parse::Reported;

/// Most bits of the mantissa of a number that is not an integer.
const MANTISSA_BITS: u32 = 15;
/// Most fraction bits.
pub(super) const MAX_FRACTION_BITS: u8 = 30;
/// A number takes the fewest fraction bits with which its relative error is no larger.
const TOLERANCE: f64 = 1e-4;

/// A number that was written with a fraction, and what became of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Quantised {
    /// The parameter's name; `None` for a number in a statement.
    pub name: Option<String>,
    /// The number as written.
    pub written: f64,
    /// The integer in force.
    pub mantissa: i64,
    /// Its fraction bits: the number in force is `mantissa / 2^fraction_bits`.
    pub fraction_bits: u8,
    /// `in force / written - 1`: positive if the magnitude grew. Zero for an exact number.
    pub relative_error: f64,
    /// Where it stands.
    pub span: Span,
}

/// A number of a statement.
pub(super) fn literal(
    value: f64,
    span: &Span,
    quantised: &mut Vec<Quantised>,
    report: &mut Report<'_>,
) -> Result<Dyadic, Reported> {
    let bits = fraction_bits(value);
    let (mantissa, relative_error) = hold(value, bits, span, report)?;
    // A power of two is as exact as an integer, and neither needs a line of its own.
    if value.fract() != 0.0 && mantissa.unsigned_abs() != 1 {
        let entry =
            Quantised { name: None, written: value, mantissa, fraction_bits: bits, relative_error, span: span.clone() };
        // One number in two places is one line.
        if !quantised.iter().any(|known| known.name.is_none() && known.written == value) {
            quantised.push(entry);
        }
    }
    Ok(Dyadic::new(mantissa.into(), bits.into()).unwrap_or(Dyadic::ZERO))
}

/// Mantissa and fraction bits of a parameter.
pub(super) fn parameter(
    parameter: &Parameter,
    quantised: &mut Vec<Quantised>,
    report: &mut Report<'_>,
) -> Result<(i32, u8), Reported> {
    let Parameter { name, value, span, .. } = parameter;
    let bits = parameter.fraction_bits.unwrap_or_else(|| fraction_bits(*value));
    let (mantissa, relative_error) = hold(*value, bits, span, report)?;
    let Ok(held) = i32::try_from(mantissa) else {
        let message = format!("`{name}` is {mantissa} with {bits} fraction bits, beyond 32 bits");
        report.error("E-RULE-CONSTANT", span.clone(), message, Some("ask for fewer fraction bits"));
        return Err(Reported);
    };
    if value.fract() != 0.0 {
        let name = Some(name.clone());
        quantised.push(Quantised {
            name,
            written: *value,
            mantissa,
            fraction_bits: bits,
            relative_error,
            span: span.clone(),
        });
    }
    Ok((held, bits))
}

/// The fewest fraction bits that hold `value` exactly in a mantissa of 15 bits, or else within the tolerance.
fn fraction_bits(value: f64) -> u8 {
    let exact = (0..=MAX_FRACTION_BITS).find(|&bits| {
        let mantissa = scaled(value, bits);
        mantissa.fract() == 0.0 && (bits == 0 || mantissa.abs() < f64::from(1 << MANTISSA_BITS))
    });
    let near = || {
        (0..MAX_FRACTION_BITS).find(|&bits| relative_error(value, scaled(value, bits).round(), bits).abs() <= TOLERANCE)
    };
    exact.or_else(near).unwrap_or(MAX_FRACTION_BITS)
}

fn hold(value: f64, bits: u8, span: &Span, report: &mut Report<'_>) -> Result<(i64, f64), Reported> {
    let mantissa = scaled(value, bits).round();
    if mantissa == 0.0 && value != 0.0 {
        let message = format!("{value:?} is 0 with {bits} fraction bits: the smallest is 2^-{bits}");
        let help = if bits < MAX_FRACTION_BITS { "ask for more fraction bits" } else { "enlarge what it multiplies" };
        report.error("E-RULE-CONSTANT", span.clone(), message, Some(help));
        return Err(Reported);
    }
    if mantissa.abs() >= f64::from(1 << 30) * 32.0 {
        let message = format!("{value:?} has more than 35 bits with {bits} fraction bits");
        report.error("E-RULE-CONSTANT", span.clone(), message, Some("ask for fewer fraction bits"));
        return Err(Reported);
    }
    // Exact: an integer below 2^35.
    Ok((mantissa as i64, relative_error(value, mantissa, bits)))
}

fn scaled(value: f64, bits: u8) -> f64 {
    value * f64::from(bits).exp2()
}

fn relative_error(value: f64, mantissa: f64, bits: u8) -> f64 {
    if value == 0.0 { 0.0 } else { mantissa / scaled(value, bits) - 1.0 }
}
