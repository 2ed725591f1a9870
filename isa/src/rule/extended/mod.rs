//! The extended dialect: a rule as a small program of full expressions.

pub mod ast;
mod choice;
mod compile;
mod dyadic;
mod emit;
mod idle;
mod lex;
mod linear;
mod lower;
mod parse;
mod quantise;
mod real;
mod resolve;
#[cfg(test)]
mod tests;
mod update;

pub use ast::Rule;
pub use quantise::Quantised;

use super::report::Report;
use crate::diagnostic::Diagnostic;
use crate::nmx::Program;
use ast::Span;

/// Longest accepted text, in bytes.
pub const MAX_TEXT_BYTES: usize = 64 * 1024;

/// Reads a rule; `origin` is what diagnostics call it, a file path as a rule.
///
/// # Errors
/// With everything that is wrong with structure and names, in the order of the text.
pub fn parse(origin: &str, text: &str) -> Result<Rule, Vec<Diagnostic>> {
    let mut report = Report::new(origin.to_owned(), text);
    if text.len() > MAX_TEXT_BYTES {
        let message = format!("the text is {} bytes long, the limit is {MAX_TEXT_BYTES}", text.len());
        report.error_without_excerpt("E-RULE-LENGTH", message, "a rule is a handful of statements");
        return Err(report.finish());
    }
    let mut rule = Rule {
        name: String::new(),
        states: Vec::new(),
        parameters: Vec::new(),
        traces: Vec::new(),
        statements: Vec::new(),
        expectations: Vec::new(),
        origin: origin.to_owned(),
        text: text.to_owned(),
    };
    let tokens = lex::tokens(text, &mut report);
    parse::rule(&tokens, &mut rule, &mut report);
    // Names are looked up only in a text that is whole: what is missing may have been declared in what was not read.
    if report.is_empty() {
        resolve::resolve(&mut rule, &mut report);
    }
    let diagnostics = report.finish();
    if diagnostics.is_empty() { Ok(rule) } else { Err(diagnostics) }
}

/// A rule that compiled.
#[derive(Debug, Clone, PartialEq)]
pub struct Compiled {
    /// The program, which verifies without a finding.
    pub program: Program,
    /// Every number that was written with a fraction, parameters first, and what became of it.
    pub quantised: Vec<Quantised>,
    /// The statement that each word comes from.
    pub statements: Vec<Span>,
}

/// Compiles a rule to a program of kind `learn`.
///
/// # Errors
/// With everything that cannot be computed exactly in 32 bits, stored without loss, or held as a number.
pub fn compile(rule: &Rule) -> Result<Compiled, Vec<Diagnostic>> {
    compile::compile(rule)
}
