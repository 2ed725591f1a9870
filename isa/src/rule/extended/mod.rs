//! The extended dialect: a rule as a small program of full expressions, compiled to microcode.
//!
//! ```text
//! rule "rstdp" dialect=extended {       ; comments run from ; or # to the end of the line
//!   state w: u8                         ; what a synapse keeps: name and storage width
//!   state e: i16 tag                    ; `t` stands for the tag
//!   param base = 0, eta = 0.00122 @Q15  ; numbers with names; @Q15 asks for 15 fraction bits
//!   trace x1 tau=20 impulse=16          ; how verification and networks drive a trace
//!   e = (1 - 2^-4)*e + 2^4*(x1*y0 - y1*x0)  round zero
//!   if m0 > base { dw = eta*e*(m0 - base)  round stochastic  clip 0..255 }
//!   expect w unchanged when m0 == base
//! }
//! ```
//!
//! # Grammar
//!
//! ```text
//! text        = rule | { declaration | statement } | expression          without the frame: an expression is dw
//! rule        = "rule" QUOTED [ "dialect" "=" "extended" ] "{" { declaration | statement | expectation } "}"
//! declaration = "state" state { "," state } | "param" param { "," param } | "trace" trace { "," trace }
//! state       = NAME ":" WIDTH { "in" bounds | "=" INTEGER | "tag" | "sat" }
//! param       = NAME "=" expression [ "@Q" BITS ]                        of numbers alone
//! trace       = NAME "tau" "=" STEPS "impulse" "=" NUMBER
//! statement   = update | "if" condition block [ "else" ( block | "if" ... ) ]       block = "{" { statement } "}"
//! update      = ( STATE | "d" STATE ) "=" expression { "round" rounding | "clip" bounds }
//! rounding    = "floor" | "zero" | "away" | "nearest" | "stochastic"     without one: nearest, ties to even
//! bounds      = INTEGER ".." INTEGER                                     both included
//! condition   = comparison { "and" comparison } | comparison { "or" comparison }
//! comparison  = expression [ ( "==" | "!=" | "<" | "<=" | ">" | ">=" ) expression ]     alone: != 0
//! expression  = product { ( "+" | "-" ) product }                        product = signed { "*" signed }
//! signed      = [ "-" | "+" ] ( NUMBER | "2^" INTEGER | NAME | call | "(" expression ")" )
//! call        = "sgn(a)" | "abs(a)" | "round(a)" | "min(a, b)" | "max(a, b)" | "clip(a, low, high)"
//! expectation = "expect" ( STATE "in" bounds | STATE "unchanged" [ "when" condition ] [ "without" SPIKE { "," SPIKE } ]
//!             | STATE ( "rises" | "falls" ) [ "when" ( "pre_first" | "post_first" | comparison ) { "," ... } ]
//!             | STATE "reaches" INTEGER "within" EPOCHS | STATE "unbiased" | "no" "saturation"
//!             | "error" "(" STATE ")" "<=" NUMBER "within" EPOCHS )
//! ```
//!
//! Inputs are the spikes x0 and y0 of the epoch (0 or 1), the traces x1 x2 y1 y2 y3, the modulators m0..m3 (also r0..r3), and u_k, which is 1
//! where the step is a multiple of 2^k and 0 elsewhere: with epochs of one step, in every 2^k-th.
//!
//! A text without the frame that declares no state has weight, delay and tag in the widths of sums of products: w and t of i9, d of u6,
//! all saturating.
//!
//! # Meaning
//!
//! Statements run in the order of the text; each sees the states as those before it have left them. `w = a` replaces w by a rounded to
//! an integer, `dw = a` adds a rounded to w. An expression is **exact**: numbers with a fraction are first replaced by a mantissa over a power of
//! two (the fewest bits with an error of at most 0.01 %, see [`Quantised`]), then everything is computed without loss, and rounded once, at the
//! end of the statement (or where `round(a)` says so). `clip` bounds the state after the update. States are 32 bits wide until the run ends;
//! then they are stored, and a state that may exceed its width is refused unless it is declared `sat`.
//!
//! What would take more than 32 bits on the way is refused with its range, and what compiles verifies without a finding
//! ([`verify`](crate::nmx::verify)). A decay that shrinks to zero is `e = (1 - 2^-4)*e ... round zero` (or `de = -2^-4*e round away`);
//! `de = -2^-4*e round nearest` stops at 8, for half a unit rounds to 0.
//!
//! # Codes
//!
//! | code | meaning |
//! |---|---|
//! | `E-RULE-SYNTAX` | something else stands where this is expected |
//! | `E-RULE-CHARACTER`, `E-RULE-NUMBER` | a character or number that is not used |
//! | `E-RULE-OPERAND`, `E-RULE-OPERATOR`, `E-RULE-PARENTHESIS` | one is missing, or one too many |
//! | `E-RULE-POWER`, `E-RULE-EXPONENT`, `E-RULE-DIVISION` | only 2 has powers, of limited size; nothing divides |
//! | `E-RULE-FUNCTION` | an unknown function, or its number of arguments |
//! | `E-RULE-SYMBOL`, `E-RULE-TARGET`, `E-RULE-EPOCHS` | a name that stands for nothing, or for nothing that can change |
//! | `E-RULE-NAME`, `E-RULE-TYPE`, `E-RULE-BOUNDS`, `E-RULE-TRACE`, `E-RULE-EXPECT` | a declaration that cannot be |
//! | `E-RULE-ROUNDING` | an unknown rounding, or a second one |
//! | `E-RULE-CONSTANT` | a number that cannot be held, or takes too many bits |
//! | `E-RULE-RANGE` | an expression that needs more than 32 bits |
//! | `E-RULE-STORE` | a state that may exceed its width or claimed range |
//! | `E-RULE-EMPTY`, `E-RULE-LENGTH`, `E-RULE-DIALECT` | nothing, too much, or another language |
//!
//! # How it compiles
//!
//! | file | story |
//! |---|---|
//! | `lex`, `parse`, `resolve` | text to [`ast`], names looked up |
//! | `real` | the same rule in real numbers |
//! | `quantise`, `dyadic` | numbers as integers over powers of two; exact ranges |
//! | `linear`, `lower`, `compute` | expressions as sums of coefficient * product, computed power by power of two |
//! | `update` | one rounding, one store; the last product of a statement may take 64 bits |
//! | `choice` | conditions as predicates; only what writes a state is guarded |
//! | `idle` | an epoch without spikes that changes nothing ends early |
//! | `emit`, `compile` | lines with virtual registers to a verified program |
//!
//! A factor x0 or y0 is multiplied, for `mac` with a factor of 0 or 1 is one instruction where a comparison and a guarded addition are two.

pub mod ast;
mod choice;
mod compile;
mod compute;
mod dyadic;
mod emit;
mod explain;
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
pub use explain::explain;
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
