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
pub(in crate::nmx) type Valuations = u8;

/// The valuations under which a predicate holds.
pub(in crate::nmx) fn valuations(predicate: Predicate) -> Valuations {
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
pub(in crate::nmx) fn after_comparison(v: usize, p: PredicateIndex, combine: Combine) -> [usize; 2] {
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
                    let missing = (0..8).filter(|v| (before & !*mask) >> v & 1 == 1).flat_map(leads);
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nmx::arbitrary::{Random, loose_program};
    use crate::nmx::operand::Kind;

    /// The first read of an unwritten register on any path, each comparison with either outcome: registers, by following all paths.
    fn first_by_following(instructions: &[Instruction]) -> Option<usize> {
        // Valuation and written registers of each path.
        let mut paths = vec![(0_usize, 0_u16)];
        for (at, instruction) in instructions.iter().enumerate() {
            let mut next = Vec::new();
            for (v, written) in paths {
                let holds = valuations(instruction.predicate) >> v & 1 == 1;
                if instruction.is_conditional() && !holds {
                    next.push((v, written));
                    continue;
                }
                let skipped = match (instruction.operation, holds) {
                    (Operation::Sel { b, .. }, true) => Some(b),
                    (Operation::Sel { a, .. }, false) => Some(a),
                    _ => None,
                };
                // Of a choice between equals, one is read.
                let reads: Vec<Source> = match (instruction.operation, skipped) {
                    (Operation::Sel { a, b, .. }, Some(_)) => vec![if holds { a } else { b }],
                    _ => instruction.reads().collect(),
                };
                for source in reads {
                    if let Source::Register(register) = source
                        && written >> register.get() & 1 == 0
                    {
                        return Some(at);
                    }
                }
                let written = match instruction.writes() {
                    Some(Target::Register(register)) => written | 1 << register.get(),
                    _ => written,
                };
                match instruction.operation {
                    Operation::Xit {} => {}
                    Operation::Cmp { p, combine, .. } => {
                        next.extend(after_comparison(v, p, combine).map(|v| (v, written)));
                    }
                    _ => next.push((v, written)),
                }
            }
            next.sort_unstable();
            next.dedup();
            paths = next;
        }
        None
    }

    #[test]
    fn masks_find_exactly_what_following_every_path_finds() {
        let mut random = Random::new(5);
        let mut found = [0; 2];
        for case in 0..20_000 {
            let mut program = loose_program(Kind::ALL[case % 2], 12, &mut random);
            // Few registers, and all written somewhere, so that it matters under which predicates.
            for word in &mut program.words {
                let Ok(mut instruction) = Instruction::decode(*word, program.kind) else { continue };
                if random.below(2) == 0 && instruction.predicate == Predicate::Always {
                    let p = PredicateIndex::new(1 + random.below(2) as u8).unwrap();
                    instruction.predicate = if random.below(2) == 0 { Predicate::If(p) } else { Predicate::Unless(p) };
                }
                if Instruction::decode(instruction.encode(), program.kind).is_ok() {
                    *word = instruction.encode();
                }
            }
            let instructions = program.instructions().unwrap();
            let first = undefined_reads(&instructions).into_iter().find_map(|read| match read {
                Undefined::Register { at, .. } => Some(at),
                Undefined::Predicate { .. } => None,
            });
            assert_eq!(first, first_by_following(&instructions), "{instructions:#?}");
            found[usize::from(first.is_some())] += 1;
        }
        assert!(found.iter().all(|&count| count > 1_000), "{found:?}");
    }
}
