//! Instructions, and their words.

use super::operand::{Code, Kind, Predicate, Source, Target};
use super::slot::Slot;
use super::table::{Opcode, Operation, Predication};

/// An operation under its predicate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Instruction {
    /// When it takes effect; for `sel`, what chooses.
    pub predicate: Predicate,
    /// What it does.
    pub operation: Operation,
}

/// Position of the opcode.
pub(super) const OPCODE_SHIFT: u32 = 27;
/// Position of the predicate.
pub(super) const PREDICATE_SHIFT: u32 = 24;

/// Why operand codes make no instruction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OperandError {
    /// Too few or too many operands.
    #[error("{} takes {} operands, not {given}", .opcode.mnemonic(), .opcode.operands().len())]
    Count {
        /// The opcode.
        opcode: Opcode,
        /// Operands given.
        given: usize,
    },
    /// A code that cannot stand in its slot.
    #[error("{code} is no legal {}", slot.name())]
    Code {
        /// The slot.
        slot: Slot,
        /// The code given.
        code: i32,
    },
    /// The word would not be legal.
    #[error(transparent)]
    Illegal(#[from] super::decode::DecodeError),
}

impl Instruction {
    /// The word. Of an instruction that [`decode`](Self::decode) refuses (a predicated `psh`, say), a word that it refuses as well.
    #[must_use]
    pub fn encode(&self) -> u32 {
        let opcode = u32::from(self.opcode() as u8);
        opcode << OPCODE_SHIFT | self.predicate.code().cast_unsigned() << PREDICATE_SHIFT | self.operation.put()
    }

    /// The instruction of an opcode, a predicate and operand codes in the order of [`Opcode::operands`].
    ///
    /// # Errors
    /// If the number of codes is wrong, a code cannot stand in its slot, or a program of `kind` cannot hold the instruction.
    pub fn assemble(opcode: Opcode, predicate: Predicate, codes: &[i32], kind: Kind) -> Result<Self, OperandError> {
        let operands = opcode.operands();
        if codes.len() != operands.len() {
            return Err(OperandError::Count { opcode, given: codes.len() });
        }
        let mut word = u32::from(opcode as u8) << OPCODE_SHIFT | predicate.code().cast_unsigned() << PREDICATE_SHIFT;
        for (operand, &code) in operands.iter().zip(codes) {
            if !operand.slot.admits(code) {
                return Err(OperandError::Code { slot: operand.slot, code });
            }
            word |= operand.slot.put(code);
        }
        Ok(Self::decode(word, kind)?)
    }

    /// The opcode.
    #[inline]
    #[must_use]
    pub const fn opcode(&self) -> Opcode {
        self.operation.opcode()
    }

    /// Cycles, whether the predicate holds or not.
    #[inline]
    #[must_use]
    pub const fn cycles(&self) -> u32 {
        self.opcode().entry().cost.cycles()
    }

    /// Codes of the operands in the order of [`Opcode::operands`].
    pub fn codes(&self) -> impl Iterator<Item = (Slot, i32)> {
        let word = self.encode();
        self.opcode().operands().iter().map(move |operand| (operand.slot, operand.slot.code(word)))
    }

    /// What it reads: sources, and an accumulator before it is written. Predicates are not among them.
    pub fn reads(&self) -> impl Iterator<Item = Source> {
        self.codes().filter(|(slot, _)| slot.is_read()).filter_map(|(_, code)| Source::from_code(code))
    }

    /// The register or state it writes.
    #[must_use]
    pub fn writes(&self) -> Option<Target> {
        self.codes().find(|(slot, _)| slot.is_written()).and_then(|(_, code)| Target::from_code(code))
    }

    /// Whether it may leave its target as it was: it has a predicate that does not merely choose.
    #[must_use]
    pub fn is_conditional(&self) -> bool {
        self.predicate != Predicate::Always && self.opcode().entry().predication != Predication::Selector
    }
}
