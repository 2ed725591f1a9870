//! The extended dialect: a rule as a small program of full expressions.

pub mod ast;
mod lex;
mod parse;
mod real;
mod resolve;
#[cfg(test)]
mod tests;

pub use ast::Rule;

use super::report::Report;
use crate::diagnostic::Diagnostic;

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
