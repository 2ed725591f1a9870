//! A program: words with the declarations they rely on.
//!
//! No instruction moves state: the header's two masks say which state words are loaded at entry and stored at exit, and both are
//! derived from the words.

use super::decode::DecodeError;
use super::encode::Instruction;
use super::lookup::LookupTable;
use super::operand::{Code, Condition, Kind, Source, Target};
use super::slot::Slot;
use super::state_type::StateType;
use super::table::Opcode;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::collections::BTreeSet;

/// Most words of a program: a draw is keyed by the index of its word, in eight bits.
pub const MAX_WORDS: usize = 256;
/// Most state words, parameters or tables of a program.
pub const MAX_DECLARED: usize = 16;

/// A microcode program.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Program {
    /// What it runs for.
    pub kind: Kind,
    /// Its instructions, at most [`MAX_WORDS`].
    pub words: Vec<u32>,
    /// State words s0, s1, ...
    pub states: Vec<StateDeclaration>,
    /// Parameters k0, k1, ...
    pub parameters: Vec<ParameterDeclaration>,
    /// Lookup tables 0, 1, ...
    pub tables: Vec<TableDeclaration>,
    /// Most cycles that a run may take, and most words.
    pub budget: Option<u32>,
    /// What must hold at exit.
    pub requirements: Vec<Requirement>,
    /// Indices of words whose saturation the author accepts (`!sat`).
    pub accepted_saturations: BTreeSet<u8>,
}

/// A state word: it lives from run to run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StateDeclaration {
    /// Its name, if the program has kept its symbols.
    pub name: Option<String>,
    /// Its storage width.
    pub of: StateType,
    /// The smallest and the largest value that it is claimed to take; `None`: all that its width holds.
    pub range: Option<(i32, i32)>,
    /// Whether a store may saturate.
    pub saturates: bool,
}

/// A parameter: read-only, one value per group or per compartment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ParameterDeclaration {
    /// Its name, if the program has kept its symbols.
    pub name: Option<String>,
    /// Its storage width.
    pub of: StateType,
    /// Its value, unless a group gives another.
    pub value: i32,
}

/// A lookup table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableDeclaration {
    /// Its name, if the program has kept its symbols.
    pub name: Option<String>,
    /// Its points.
    pub table: LookupTable,
}

/// A claim about the state at exit: left, condition, right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Requirement {
    /// One side.
    pub left: Term,
    /// Code of the [`Condition`] between them.
    condition: u8,
    /// The other side.
    pub right: Term,
}

/// A side of a [`Requirement`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Term {
    /// The state word of this index.
    State(u8),
    /// The parameter of this index.
    Parameter(u8),
    /// A number.
    Constant(i32),
}

impl Requirement {
    /// The claim that `condition` holds between `left` and `right`.
    #[must_use]
    pub fn new(left: Term, condition: Condition, right: Term) -> Self {
        Self { left, condition: condition.code() as u8, right }
    }

    /// The condition; one read from a damaged file holds only of equals.
    #[must_use]
    pub fn condition(&self) -> Condition {
        Condition::from_code(self.condition.into()).unwrap_or(Condition::Equal)
    }
}

/// Why a program is not legal.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProgramError {
    /// A word is no instruction.
    #[error("{error} (word {at} of the program)")]
    Word {
        /// Index of the word.
        at: usize,
        /// What is wrong with it.
        error: DecodeError,
    },
    /// There are more words than a draw can number.
    #[error("N0111: {0} words; a program holds at most {MAX_WORDS}")]
    TooManyWords(usize),
    /// There are more declarations than an operand can name.
    #[error("N0112: {count} {what}; a program holds at most {MAX_DECLARED}")]
    TooManyDeclared {
        /// What is declared.
        what: &'static str,
        /// How many.
        count: usize,
    },
    /// A word names what is not declared.
    #[error("N0113: word {at} of the program names {what} {index}, but {declared} are declared")]
    Undeclared {
        /// Index of the word.
        at: usize,
        /// State word, parameter or table.
        what: &'static str,
        /// The number named.
        index: usize,
        /// How many there are.
        declared: usize,
    },
    /// A value or range does not fit its width.
    #[error("N0114: {what} {index}: {value} does not fit {of} ({}..={})", of.lowest(), of.highest())]
    Width {
        /// State word or parameter.
        what: &'static str,
        /// Its index.
        index: usize,
        /// The value.
        value: i32,
        /// The width.
        of: StateType,
    },
}

impl Program {
    /// A program without words or declarations.
    #[must_use]
    pub const fn new(kind: Kind) -> Self {
        Self {
            kind,
            words: Vec::new(),
            states: Vec::new(),
            parameters: Vec::new(),
            tables: Vec::new(),
            budget: None,
            requirements: Vec::new(),
            accepted_saturations: BTreeSet::new(),
        }
    }

    /// Its instructions.
    ///
    /// # Errors
    /// With everything that is wrong with the program: words that are no instruction of its kind, operands and requirements that
    /// name what is not declared, values that do not fit their width, and too much of anything.
    pub fn instructions(&self) -> Result<Vec<Instruction>, Vec<ProgramError>> {
        let mut errors = self.declaration_errors();
        if self.words.len() > MAX_WORDS {
            errors.push(ProgramError::TooManyWords(self.words.len()));
        }
        let mut instructions = Vec::with_capacity(self.words.len());
        for (at, &word) in self.words.iter().enumerate() {
            match Instruction::decode(word, self.kind) {
                Ok(instruction) => {
                    errors.extend(
                        self.undeclared(&instruction).map(|(what, index, declared)| ProgramError::Undeclared {
                            at,
                            what,
                            index,
                            declared,
                        }),
                    );
                    instructions.push(instruction);
                }
                Err(error) => errors.push(ProgramError::Word { at, error }),
            }
        }
        if errors.is_empty() { Ok(instructions) } else { Err(errors) }
    }

    /// Words of program memory that it takes: one per instruction, one per point of its tables.
    #[must_use]
    pub fn memory_words(&self) -> u64 {
        let points = self.tables.iter().map(|declared| declared.table.points().len());
        (self.words.len() + points.sum::<usize>()) as u64
    }

    /// The state word of this name; one without a name is called by its number, `s0`, `s1`, ...
    #[must_use]
    pub fn state_named(&self, name: &str) -> Option<usize> {
        self.state_names().position(|known| known == name)
    }

    /// The parameter of this name; one without a name is called by its number, `k0`, `k1`, ...
    #[must_use]
    pub fn parameter_named(&self, name: &str) -> Option<usize> {
        self.parameter_names().position(|known| known == name)
    }

    /// The names of its state words, by number.
    pub fn state_names(&self) -> impl Iterator<Item = Cow<'_, str>> {
        self.states.iter().zip(0..).map(|(state, index)| called(state.name.as_ref(), "s", index))
    }

    /// The names of its parameters, by number.
    pub fn parameter_names(&self) -> impl Iterator<Item = Cow<'_, str>> {
        self.parameters.iter().zip(0..).map(|(parameter, index)| called(parameter.name.as_ref(), "k", index))
    }

    fn declaration_errors(&self) -> Vec<ProgramError> {
        let mut errors = Vec::new();
        let counts =
            [("state words", self.states.len()), ("parameters", self.parameters.len()), ("tables", self.tables.len())];
        for (what, count) in counts {
            if count > MAX_DECLARED {
                errors.push(ProgramError::TooManyDeclared { what, count });
            }
        }
        let mut width = |what, index, value, of: StateType| {
            if of.clamp(value) != value {
                errors.push(ProgramError::Width { what, index, value, of });
            }
        };
        for (index, state) in self.states.iter().enumerate() {
            for value in state.range.into_iter().flat_map(|(low, high)| [low, high]) {
                width("state word", index, value, state.of);
            }
        }
        for (index, parameter) in self.parameters.iter().enumerate() {
            width("parameter", index, parameter.value, parameter.of);
        }
        errors
    }

    fn undeclared(&self, instruction: &Instruction) -> impl Iterator<Item = (&'static str, usize, usize)> {
        instruction.codes().filter_map(|(slot, code)| {
            let (what, index, declared) = match slot {
                Slot::Table => ("table", usize::try_from(code).ok()?, self.tables.len()),
                Slot::A | Slot::B | Slot::Dst | Slot::Acc => match Source::from_code(code)? {
                    Source::State(state) => ("state word", state.get().into(), self.states.len()),
                    Source::Parameter(parameter) => ("parameter", parameter.get().into(), self.parameters.len()),
                    Source::Register(_) | Source::Special(_) => return None,
                },
                _ => return None,
            };
            (index >= declared).then_some((what, index, declared))
        })
    }
}

fn called<'a>(name: Option<&'a String>, letter: &str, index: usize) -> Cow<'a, str> {
    name.map_or_else(|| Cow::Owned(format!("{letter}{index}")), |name| Cow::Borrowed(name.as_str()))
}

/// State words that a run moves, a bit per word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct StateMasks {
    /// Loaded at entry: read before it is surely written, or stored without being surely written.
    pub read: u16,
    /// Stored at exit: written by any instruction.
    pub write: u16,
}

/// The masks of a program.
#[must_use]
pub fn state_masks(instructions: &[Instruction]) -> StateMasks {
    let mut masks = StateMasks::default();
    // Written on every path so far. After a possible exit no write is sure any more.
    let mut sure = 0_u16;
    let mut exited = false;
    for instruction in instructions {
        for source in instruction.reads() {
            if let Source::State(state) = source {
                masks.read |= 1 << state.get() & !sure;
            }
        }
        if let Some(Target::State(state)) = instruction.writes() {
            let bit = 1 << state.get();
            masks.write |= bit;
            if !instruction.is_conditional() && !exited {
                sure |= bit;
            }
        }
        exited |= instruction.opcode() == Opcode::Xit;
    }
    masks.read |= masks.write & !sure;
    masks
}

/// Cycles of a run in which no exit is taken; predicates save none. No run takes more.
#[must_use]
pub fn worst_case_cycles(instructions: &[Instruction]) -> u32 {
    instructions.iter().map(Instruction::cycles).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nmx::operand::{Predicate, PredicateIndex};

    fn word(opcode: Opcode, predicate: Predicate, codes: &[i32]) -> u32 {
        Instruction::assemble(opcode, predicate, codes, Kind::Neuron).unwrap().encode()
    }

    fn states(count: usize) -> Vec<StateDeclaration> {
        vec![StateDeclaration { name: None, of: StateType::I32, range: None, saturates: false }; count]
    }

    #[test]
    fn masks_follow_reads_writes_and_exits() {
        let p1 = Predicate::If(PredicateIndex::new(1).unwrap());
        let program = Program {
            words: vec![
                word(Opcode::Mov, Predicate::Always, &[16, 49]),         // s0 = one: sure
                word(Opcode::Mov, Predicate::Always, &[0, 16]),          // reads s0 after its write
                word(Opcode::Mac, Predicate::Always, &[0, 17, 0, 0, 0]), // s1 += ..: read and written
                word(Opcode::Xit, p1, &[]),
                word(Opcode::Mov, Predicate::Always, &[18, 48]), // s2: perhaps not reached
                word(Opcode::Cmp, Predicate::Always, &[0, 0, 1, 19, 48]), // reads s3
            ],
            states: states(5),
            ..Program::new(Kind::Neuron)
        };
        let instructions = program.instructions().unwrap();
        assert_eq!(state_masks(&instructions), StateMasks { read: 0b1110, write: 0b0111 });
        assert_eq!(worst_case_cycles(&instructions), 6);
    }

    #[test]
    fn all_errors_are_reported_at_once() {
        let i9 = StateType::signed(9).unwrap();
        let program = Program {
            words: vec![
                u32::MAX,
                word(Opcode::Add, Predicate::Always, &[17, 16, 33]),
                word(Opcode::Lut, Predicate::Always, &[0, 0, 2]),
            ],
            states: states(1),
            parameters: vec![ParameterDeclaration { name: None, of: i9, value: 256 }],
            ..Program::new(Kind::Neuron)
        };
        let errors: Vec<String> = program.instructions().unwrap_err().iter().map(ToString::to_string).collect();
        let expected = [
            "N0114: parameter 0: 256 does not fit i9 (-256..=255)",
            "N0101: word 0xffffffff: opcode 31 is reserved; 0..=23 exist (word 0 of the program)",
            "N0113: word 1 of the program names state word 1, but 1 are declared",
            "N0113: word 1 of the program names parameter 1, but 1 are declared",
            "N0113: word 2 of the program names table 2, but 0 are declared",
        ];
        assert_eq!(errors, expected);
        let long = Program { words: vec![0; 257], states: states(17), ..Program::new(Kind::Learn) };
        assert_eq!(long.instructions().unwrap_err().len(), 2);
    }
}
