//! The program while it is rewritten.

use super::Assumptions;
use super::effects::Effects;
use crate::nmx::encode::Instruction;
use crate::nmx::operand::{Predicate, Source};
use crate::nmx::program::{Program, state_masks};
use crate::nmx::slot::Slot;
use crate::nmx::table::{Opcode, Operation};
use crate::nmx::verify::{Proof, can_saturate, complaints, is_defined, proofs};

/// A word of the program; a word that is no longer needed is a `nop`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) instruction: Instruction,
    /// Whether the author accepts that it saturates.
    pub(super) accepted: bool,
}

/// An instruction without effect.
pub(super) const NOP: Instruction = Instruction { predicate: Predicate::Always, operation: Operation::Nop {} };

/// The words of a program. Rules rewrite them in place, so that every draw keeps its number.
#[derive(Debug, Clone)]
pub(super) struct Code<'a> {
    pub(super) program: &'a Program,
    pub(super) assumptions: Assumptions,
    pub(super) lines: Vec<Line>,
}

impl Code<'_> {
    pub(super) fn instruction(&self, at: usize) -> &Instruction {
        &self.lines[at].instruction
    }

    pub(super) fn instructions(&self) -> Vec<Instruction> {
        self.lines.iter().map(|line| line.instruction).collect()
    }

    pub(super) fn effects(&self, at: usize) -> Effects {
        Effects::of(self.instruction(at))
    }

    pub(super) fn is_nop(&self, at: usize) -> bool {
        self.instruction(at).opcode() == Opcode::Nop
    }

    pub(super) fn proofs(&self) -> Vec<Proof> {
        proofs(self.program, &self.instructions(), self.assumptions.parameters_fixed)
    }

    /// Whether every register and predicate is written before it is read.
    pub(super) fn is_defined(&self) -> bool {
        is_defined(&self.instructions())
    }

    /// Faults that the verifier cannot exclude.
    pub(super) fn complaints(&self) -> usize {
        complaints(self.program, &self.instructions(), |at| self.lines[at].accepted)
    }

    /// State words that a run moves.
    pub(super) fn moved_words(&self) -> u32 {
        let masks = state_masks(&self.instructions());
        masks.read.count_ones() + masks.write.count_ones()
    }

    /// Makes a word a `nop`.
    pub(super) fn erase(&mut self, at: usize) {
        self.lines[at] = Line { instruction: NOP, accepted: false };
    }

    /// Makes a word another; `false`, and no change, if there is no such word or it is the same.
    pub(super) fn rewrite(&mut self, at: usize, predicate: Predicate, opcode: Opcode, codes: &[i32]) -> bool {
        let line = &mut self.lines[at];
        match Instruction::assemble(opcode, predicate, codes, self.program.kind) {
            Ok(instruction) if instruction != line.instruction => {
                *line = Line { instruction, accepted: line.accepted && can_saturate(opcode) };
                true
            }
            _ => false,
        }
    }

    /// Replaces operand codes; whether that changed the word.
    pub(super) fn substitute(&mut self, at: usize, mut replace: impl FnMut(Slot, i32) -> i32) -> bool {
        let Instruction { predicate, .. } = *self.instruction(at);
        let codes: Vec<i32> = self.instruction(at).codes().map(|(slot, code)| replace(slot, code)).collect();
        self.rewrite(at, predicate, self.instruction(at).opcode(), &codes)
    }

    /// Whether any word of `range` writes what `source` names.
    pub(super) fn is_written_in(&self, mut range: std::ops::Range<usize>, source: Source) -> bool {
        range.any(|at| self.effects(at).writes & super::effects::read(source) != 0)
    }
}
