//! A compiled rule as a listing: what became of its numbers, and its program line by line.

use super::{Compiled, Rule};
use crate::nmx::explain::explain_by_line;
use crate::nmx::verify::verify_program;
use std::fmt::Write;

/// The listing. Lines are those of the rule's text.
#[must_use]
pub fn explain(rule: &Rule, compiled: &Compiled) -> String {
    let mut text = String::new();
    for number in &compiled.quantised {
        let unit = f64::from(number.fraction_bits).exp2();
        let name = number.name.as_ref().map(|name| format!("{name} = ")).unwrap_or_default();
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "number {name}{} is held as {}/2^{} = {} ({})",
            number.written,
            number.mantissa,
            number.fraction_bits,
            significant(number.mantissa as f64 / unit),
            percent(number.relative_error)
        );
    }
    if !text.is_empty() {
        text.push('\n');
    }
    let verification = verify_program(&format!("rule '{}'", rule.name), &compiled.program);
    let line = |at: usize| compiled.statements.get(at).map_or(1, |span| rule.line(span.start));
    text.push_str(&explain_by_line(&compiled.program, &verification, &line));
    text
}

/// A number in eight significant digits at most.
fn significant(value: f64) -> String {
    let rounded: f64 = format!("{value:.7e}").parse().unwrap_or(value);
    rounded.to_string()
}

fn percent(relative: f64) -> String {
    if relative == 0.0 { "exact".into() } else { format!("{:+.4} %", 100.0 * relative) }
}

impl Rule {
    /// The line, from 1, in which a byte of the text stands.
    fn line(&self, at: usize) -> usize {
        1 + self.text.bytes().take(at).filter(|byte| *byte == b'\n').count()
    }
}
