//! Whether every register is written before it is read.
//!
//! A register has a mask over the eight valuations of (p1, p2, p3): bit v says that the register holds a value wherever the predicates
//! read v. A predicated write adds the valuations of its predicate; a comparison, which may turn v into the valuation with its predicate
//! flipped, keeps a bit only if every valuation that leads there has it. With *live*, the valuations that can occur at all
//! (predicates are false at entry, and an exit takes its valuations out), a read is defined if all live valuations under
//! which it happens are in the mask. That is exact as far as predicates alone decide; what values comparisons see is not considered.

use crate::nmx::encode::Instruction;
use crate::nmx::operand::{Combine, Predicate, PredicateIndex, Register, Source, Target};
use crate::nmx::slot::Slot;
use crate::nmx::table::{Opcode, Operation};

/// A set of valuations, a bit each.
pub(super) type Valuations = u8;

/// The valuations under which a predicate holds.
pub(super) fn valuations(predicate: Predicate) -> Valuations {
    match predicate {
        Predicate::Always => 0xff,
        Predicate::If(p) => holding(p),
        Predicate::Unless(p) => !holding(p),
    }
}

/// Valuation v as a bit: p1 is bit 0 of v.
fn holding(p: PredicateIndex) -> Valuations {
    [0b1010_1010, 0b1100_1100, 0b1111_0000][usize::from(p.get() - 1)]
}

/// The valuation `v` with `p` set to `value`.
pub(super) fn with(v: usize, p: PredicateIndex, value: bool) -> usize {
    let bit = 1 << (p.get() - 1);
    if value { v | bit } else { v & !bit }
}

/// What a comparison may turn valuation `v` into: with its outcome false, and true.
pub(super) fn after_comparison(v: usize, p: PredicateIndex, combine: Combine) -> [usize; 2] {
    let was = holding(p) >> v & 1 == 1;
    let joined = |outcome: bool| match combine {
        Combine::Replace => outcome,
        Combine::And => was && outcome,
        Combine::Or => was || outcome,
    };
    [with(v, p, joined(false)), with(v, p, joined(true))]
}

/// A read of what may hold no value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Undefined {
    /// Operand number `operand` of instruction `at` reads a register.
    Register {
        at: usize,
        operand: usize,
        register: Register,
        /// The instructions that have written it so far, each under a predicate that does not suffice.
        writers: Vec<usize>,
    },
    /// Instruction `at` reads a predicate that no comparison before it sets.
    Predicate { at: usize, predicate: PredicateIndex },
}

/// All reads of what may hold no value, in the order of the program.
pub(super) fn undefined_reads(instructions: &[Instruction]) -> Vec<Undefined> {
    let mut found = Vec::new();
    let mut live: Valuations = 1;
    let mut defined = [0 as Valuations; 16];
    let mut writers: [Vec<usize>; 16] = Default::default();
    let mut compared = [false; 3];
    for (at, instruction) in instructions.iter().enumerate() {
        let condition = if instruction.is_conditional() { valuations(instruction.predicate) } else { 0xff };
        for predicate in predicates_read(instruction) {
            if !compared[usize::from(predicate.get() - 1)] {
                found.push(Undefined::Predicate { at, predicate });
                // Once is enough.
                compared[usize::from(predicate.get() - 1)] = true;
            }
        }
        for (operand, register) in registers_read(instruction) {
            let index = usize::from(register.get());
            if live & condition & reading(instruction, operand) & !defined[index] != 0 {
                found.push(Undefined::Register { at, operand, register, writers: writers[index].clone() });
                defined[index] = 0xff;
            }
        }
        if let Some(Target::Register(register)) = instruction.writes() {
            defined[usize::from(register.get())] |= condition;
            writers[usize::from(register.get())].push(at);
        }
        match instruction.operation {
            Operation::Xit {} => live &= !condition,
            Operation::Cmp { p, combine, .. } => {
                compared[usize::from(p.get() - 1)] = true;
                let leads = |v: usize| match condition >> v & 1 {
                    1 => after_comparison(v, p, combine),
                    _ => [v, v],
                };
                let before = live;
                live = (0..8).filter(|v| before >> v & 1 == 1).flat_map(leads).fold(0, |all, v| all | 1 << v);
                for mask in &mut defined {
                    let missing = (0..8).filter(|v| before & !*mask >> v & 1 == 1).flat_map(leads);
                    *mask = !missing.fold(0, |all, v| all | 1 << v);
                }
            }
            _ => {}
        }
    }
    found
}

/// The valuations under which `sel` reads an operand; all for other instructions.
fn reading(instruction: &Instruction, operand: usize) -> Valuations {
    if instruction.opcode() != Opcode::Sel {
        return 0xff;
    }
    let first = valuations(instruction.predicate);
    match instruction.opcode().operands().get(operand).map(|operand| operand.slot) {
        Some(Slot::A) => first,
        _ => !first,
    }
}

/// The registers that an instruction reads, with the positions of their operands.
fn registers_read(instruction: &Instruction) -> Vec<(usize, Register)> {
    let operands = instruction.codes().enumerate().filter(|(_, (slot, _))| slot.is_read()).map(|(operand, _)| operand);
    let registers = operands.zip(instruction.reads()).filter_map(|(operand, source)| match source {
        Source::Register(register) => Some((operand, register)),
        _ => None,
    });
    registers.collect()
}

fn predicates_read(instruction: &Instruction) -> Vec<PredicateIndex> {
    let guard = match instruction.predicate {
        Predicate::Always => None,
        Predicate::If(p) | Predicate::Unless(p) => Some(p),
    };
    let combined = match instruction.operation {
        Operation::Cmp { p, combine: Combine::And | Combine::Or, .. } => Some(p),
        _ => None,
    };
    guard.into_iter().chain(combined).collect()
}
