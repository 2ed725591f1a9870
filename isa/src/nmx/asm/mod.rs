//! Programs as text, and their assembler.
//!
//! ```text
//! program     = { line }                                   one directive or instruction per line
//! line        = [ directive | instruction ] [ ";" comment ]
//! directive   = ".kind" ( "neuron" | "learn" )
//!             | ".state" name type [ lo hi ] [ "sat" ]     lo..hi is claimed and checked; sat: a store may saturate
//!             | ".param" name type value
//!             | ".budget" n                                most cycles, and most words
//!             | ".require" term condition term             must hold at exit; term = state, parameter or number
//!             | ".table" name lo shift { point }           lines that begin with a number go on with the points
//! instruction = [ "@" ["!"] predicate ] mnemonic { "." suffix } [ operand { "," operand } ] [ "!sat" ]
//! operand     = register | state | parameter | special | predicate | table | type | number
//! condition   = "==" | "!=" | "<" | "<=" | ">" | ">=" | eq | ne | lt | le | gt | ge
//! ```
//!
//! Directives may stand anywhere and there are no labels, for nothing jumps. States, parameters and tables are named; `s0`, `k0` and
//! `0` name them by number, and a declaration may take its own number as its name, which then is no symbol. Names of registers, of
//! predicates and of the special inputs of either kind are taken. Numbers are decimal or `0x`, with `_` where it helps. The port of `spk` may
//! be left out and is 0. `!sat` says that the author wants the result clamped where it exceeds 32 bits.
//!
//! # Codes
//!
//! | code | meaning |
//! |---|---|
//! | `N0201`, `N0202` | points that make no lookup table |
//! | `N0301` | a character that program text does not use |
//! | `N0302` | an unknown directive |
//! | `N0303` | no `.kind` |
//! | `N0304` | an unknown kind |
//! | `N0305` | a directive given twice |
//! | `N0306` | wrong arguments of a directive |
//! | `N0307` | a name declared twice |
//! | `N0308` | a name that is taken, or is none |
//! | `N0309` | an unknown storage type |
//! | `N0310` | a malformed number |
//! | `N0311` | a number out of range |
//! | `N0312` | too many declarations of a sort |
//! | `N0313` | an unknown condition |
//! | `N0314` | too long a text, or too many errors to list |
//! | `N0321` | an unknown mnemonic |
//! | `N0322` | a suffix that the instruction does not have |
//! | `N0323` | a suffix that must be given |
//! | `N0324` | two suffixes that exclude each other |
//! | `N0325` | wrong number of operands |
//! | `N0326` | an operand of the wrong sort |
//! | `N0327` | an undeclared name |
//! | `N0328` | an input of the other kind of program |
//! | `N0329` | a number that the instruction cannot hold |
//! | `N0330` | a rounding where nothing is shifted out |
//! | `N0331` | a write to what is read-only |
//! | `N0332` | a malformed predicate |
//! | `N0333` | a predicate before `psh` or `pop` |
//! | `N0334` | `sel` without a predicate |
//! | `N0335` | an instruction of the other kind of program |
//! | `N0336` | too many words |
//! | `N0337` | an unknown or idle mark after `!` |
//! | `N0338` | a comma too few or too many |

mod declare;
mod directive;
mod instruction;
mod operand;
mod report;
mod scope;
mod source_map;
#[cfg(test)]
mod tests;
mod token;

pub use source_map::{SourceMap, WordSpans};

pub(super) use scope::is_free_name;

use super::program::Program;
use crate::diagnostic::Diagnostic;
use declare::Declarations;
use report::Report;
use token::{Line, TokenKind, lines};

/// Longest accepted text, in bytes.
pub const MAX_TEXT_BYTES: usize = 256 * 1024;
/// Most diagnostics that are listed.
pub const MAX_DIAGNOSTICS: usize = 100;

/// A text that assembled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assembly {
    /// The program.
    pub program: Program,
    /// Where in the text its parts stand.
    pub source: SourceMap,
}

/// Assembles a text; `origin` is what diagnostics call it, a file path as a rule.
///
/// # Errors
/// With everything wrong with the text, in its order. That a program assembles does not make it safe to run: see
/// [`verify`](super::verify).
pub fn assemble(origin: &str, text: &str) -> Result<Assembly, Vec<Diagnostic>> {
    let mut report = Report::new(origin, text);
    if text.len() > MAX_TEXT_BYTES {
        report.refuse_length(MAX_TEXT_BYTES);
        return Err(report.finish());
    }
    let lines = lines(text, &mut report);
    let (directives, instructions): (Vec<Line>, Vec<Line>) = lines
        .into_iter()
        .partition(|line| matches!(line.tokens.first().map(|t| t.kind), Some(TokenKind::Dot | TokenKind::Number)));

    let mut declarations = Declarations::default();
    for line in &directives {
        directive::read(line, &mut declarations, &mut report);
    }
    let declared = declarations.finish(&mut report);
    let mut program = declared.program;
    let mut source = SourceMap::new(origin, text, declared.spans);
    for line in &instructions {
        instruction::read(line, &declared.scope, &mut program, &mut source, &mut report);
    }
    let diagnostics = report.finish();
    if diagnostics.is_empty() { Ok(Assembly { program, source }) } else { Err(diagnostics) }
}
