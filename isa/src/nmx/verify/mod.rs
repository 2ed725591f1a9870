//! What cannot go wrong when a program runs, and what may.
//!
//! One pass, no search: the verdict takes microseconds. It holds for every state within the declared widths and ranges, every value of the
//! inputs, every draw, and the parameters that the program declares; a group with other parameters is verified with those, or with
//! all values between two bounds ([`verify_within`]).
//!
//! | file | question | codes |
//! |---|---|---|
//! | `legality` | is every word an instruction of this kind, every operand declared? | `N0101`..`N0114` |
//! | `definedness` | is every register and predicate written before it is read? | `N0401`, `N0402` |
//! | `budget` | do the cycles and words stay within `.budget`? | `N0403` |
//! | `ranges` | which values can occur ([`interval`], `transfer`, `refine`)? | |
//! | `saturation` | may a result exceed 32 bits, a store its width? | `N0404`, `N0405` |
//! | `claims` | are claimed ranges kept and requirements met? | `N0406`, `N0407` |
//! | [`rest()`] | when does a learning program provably change nothing? | |
//! | [`stack`] | do all ends leave the stack alike? Does a tree of compartments empty it? | `N0408`, `N0409` |
//!
//! A saturation that may happen is an error until the author says that it is meant: `!sat` on the line, `sat` on the state. A range
//! claimed for a state is assumed at entry, so it must be kept at exit: then, by induction, it holds for ever. An error says that
//! the analysis cannot exclude the fault, not that it must occur; intervals forget how two values depend on each other.

mod budget;
mod claims;
mod definedness;
mod facts;
pub mod interval;
mod legality;
mod proof;
mod ranges;
mod refine;
mod rest;
mod saturation;
pub mod stack;
#[cfg(test)]
mod tests;
mod transfer;
mod undefined;

pub(super) use definedness::{Valuations, after_comparison, valuations};
pub(super) use facts::can_saturate;
pub use facts::{InstructionFacts, RoundingFacts, SaturationFacts, StateFacts};
pub use interval::Interval;
pub(super) use proof::{Proof, complaints, is_defined, proofs};
pub use ranges::Standing;
pub(super) use refine::opposite;
pub use rest::{Rest, rest};
pub use stack::{Compartment, StackEffect, check_tree};

use super::asm::{Assembly, SourceMap, assemble};
use super::disasm::{Symbols, disassemble};
use super::encode::Instruction;
use super::operand::{Parameter, Source};
use super::program::{Program, StateMasks, state_masks, worst_case_cycles};
use crate::diagnostic::{Diagnostic, Place};
use std::ops::{Range, RangeInclusive};

/// What is known of a program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verification {
    /// Everything that is or may be wrong, in the order of the text.
    pub diagnostics: Vec<Diagnostic>,
    /// The text that places refer to: the author's, or a disassembly.
    pub source: SourceMap,
    /// Facts about each instruction; none if the program is not legal.
    pub instructions: Vec<InstructionFacts>,
    /// Facts about each state word; none if the program is not legal.
    pub states: Vec<StateFacts>,
    /// Whether each requirement holds; none if the program is not legal.
    pub requirements: Vec<Standing>,
    /// Cycles of the longest run.
    pub worst_case_cycles: u32,
    /// State words that a run moves.
    pub masks: StateMasks,
    /// What a run does to the stack; `None` if that depends on the run.
    pub stack: Option<StackEffect>,
}

impl Verification {
    /// Whether nothing is or may be wrong.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.diagnostics.is_empty()
    }
}

/// Verifies a text.
///
/// # Errors
/// With everything wrong with the text, if it does not assemble, or else with everything that is or may be wrong with its program.
pub fn verify_text(origin: &str, text: &str) -> Result<(Assembly, Verification), Vec<Diagnostic>> {
    let assembly = assemble(origin, text)?;
    let verification = verify(&assembly.program, &assembly.source);
    if verification.is_clean() { Ok((assembly, verification)) } else { Err(verification.diagnostics) }
}

/// Verifies a program without text, from an image say. Diagnostics show its disassembly and call it `origin`.
#[must_use]
pub fn verify_program(origin: &str, program: &Program) -> Verification {
    verify(program, &source_of(origin, program))
}

/// The disassembly of a program as a text.
fn source_of(origin: &str, program: &Program) -> SourceMap {
    let assembly = disassemble(program).ok().and_then(|text| assemble(origin, &text).ok());
    assembly.map_or_else(|| SourceMap::without_text(origin), |assembly| assembly.source)
}

/// As [`verify_program`], for every combination of values within `parameters`, in place of the values that k0, k1, ... declare.
#[must_use]
pub fn verify_within(origin: &str, program: &Program, parameters: &[RangeInclusive<i32>]) -> Verification {
    let given = (0..).zip(parameters).filter_map(|(index, values)| {
        let parameter = Parameter::new(index).filter(|_| usize::from(index) < program.parameters.len())?;
        Some((Source::Parameter(parameter), Interval::of(values.clone())))
    });
    verify_given(program, &source_of(origin, program), &given.collect::<Vec<_>>())
}

/// Verifies `program`, which was read from `source`.
#[must_use]
pub fn verify(program: &Program, source: &SourceMap) -> Verification {
    verify_given(program, source, &[])
}

fn verify_given(program: &Program, source: &SourceMap, given: &[(Source, Interval)]) -> Verification {
    let mut verification = Verification {
        diagnostics: Vec::new(),
        source: source.clone(),
        instructions: Vec::new(),
        states: Vec::new(),
        requirements: Vec::new(),
        worst_case_cycles: 0,
        masks: StateMasks::default(),
        stack: None,
    };
    let instructions = match program.instructions() {
        Ok(instructions) => instructions,
        Err(errors) => {
            let place = Place::named(source.origin());
            verification.diagnostics =
                errors.iter().map(|error| legality::diagnostic(error).at(place.clone())).collect();
            return verification;
        }
    };
    let subject = Subject { program, instructions: &instructions, source, symbols: &Symbols::of(program) };
    let mut findings = Findings::default();
    undefined::check(&subject, &mut findings);
    budget::check(&subject, &mut findings);
    let ranges = ranges::ranges(program, &instructions, given);
    saturation::check(&subject, &ranges, &mut findings);
    claims::check(&subject, &ranges, &mut findings);
    let stack = stack::effect(&instructions);
    stack::report(&subject, &stack, &mut findings);

    verification.diagnostics = findings.finish(source);
    verification.instructions = facts::instructions(&subject, &ranges);
    verification.states = facts::states(program, &ranges);
    verification.requirements = ranges.standings;
    verification.worst_case_cycles = worst_case_cycles(&instructions);
    verification.masks = state_masks(&instructions);
    verification.stack = stack.ok();
    verification
}

/// What is being verified.
struct Subject<'a> {
    program: &'a Program,
    instructions: &'a [Instruction],
    source: &'a SourceMap,
    symbols: &'a Symbols,
}

/// Diagnostics with their places in the text.
#[derive(Default)]
struct Findings(Vec<(Range<usize>, Diagnostic)>);

impl Findings {
    fn error(&mut self, code: &'static str, span: Range<usize>, message: String, help: String) {
        self.0.push((span, Diagnostic::new(code, message).help(help)));
    }

    fn finish(mut self, source: &SourceMap) -> Vec<Diagnostic> {
        self.0.sort_by_key(|(span, _)| span.start);
        self.0.into_iter().map(|(span, diagnostic)| diagnostic.at(source.place(span))).collect()
    }
}
