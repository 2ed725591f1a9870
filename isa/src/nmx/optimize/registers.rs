//! Renumbering: every value of a register becomes a virtual register, and allocation finds how few will do.

use super::code::Code;
use crate::nmx::encode::Instruction;
use crate::nmx::ir::{Builder, Guard, Operand, VirtualPredicate};
use crate::nmx::operand::{Code as _, Combine, Predicate, PredicateIndex, Source};
use crate::nmx::slot::Slot;
use crate::nmx::table::Operation;
use std::collections::BTreeMap;

pub(super) fn apply(code: &mut Code<'_>) -> usize {
    let instructions = code.instructions();
    let Some(renumbered) = renumbered(code, &instructions) else { return 0 };
    let saved = named(&instructions).saturating_sub(named(&renumbered));
    if saved > 0 {
        for (line, instruction) in code.lines.iter_mut().zip(renumbered) {
            line.instruction = instruction;
        }
    }
    saved as usize
}

/// How many registers and predicates a program names.
fn named(instructions: &[Instruction]) -> u32 {
    let names = instructions.iter().flat_map(|instruction| {
        let registers = instruction.codes().filter(|(slot, code)| (slot.is_read() || slot.is_written()) && *code < 16);
        let flags = instruction.codes().filter(|(slot, _)| *slot == Slot::Flag).map(|(_, code)| 16 + code);
        registers.map(|(_, code)| code).chain(flags)
    });
    names.fold(0_u32, |all, name| all | 1 << name).count_ones()
}

/// The program with as few names as possible; `None` if a value has no single beginning.
fn renumbered(code: &Code<'_>, instructions: &[Instruction]) -> Option<Vec<Instruction>> {
    let mut builder = Builder::new(code.program.kind);
    let mut values = BTreeMap::new();
    let mut conditions: BTreeMap<PredicateIndex, VirtualPredicate> = BTreeMap::new();
    for instruction in instructions {
        let guard = match instruction.predicate {
            Predicate::Always => Guard::Always,
            Predicate::If(p) => Guard::If(*conditions.get(&p)?),
            Predicate::Unless(p) => Guard::Unless(*conditions.get(&p)?),
        };
        let is_register = |code: i32| matches!(Source::from_code(code), Some(Source::Register(_)));
        let mut operands: Vec<Operand> = Vec::new();
        let mut begun = None;
        for (slot, number) in instruction.codes() {
            operands.push(match slot {
                Slot::A | Slot::B | Slot::Acc if is_register(number) => Operand::Register(*values.get(&number)?),
                Slot::Dst if is_register(number) => {
                    let old = values.get(&number).copied().filter(|_| instruction.is_conditional());
                    let value = old.unwrap_or_else(|| builder.register());
                    // What it reads is still the old one.
                    begun = Some((number, value));
                    Operand::Register(value)
                }
                Slot::Flag => {
                    let p = PredicateIndex::from_code(number)?;
                    let replaces = matches!(instruction.operation, Operation::Cmp { combine: Combine::Replace, .. });
                    if guard == Guard::Always && replaces {
                        conditions.insert(p, builder.predicate());
                    }
                    Operand::Predicate(*conditions.get(&p)?)
                }
                _ => Operand::Code(number),
            });
        }
        values.extend(begun);
        builder.emit(guard, instruction.opcode(), &operands);
    }
    builder.allocate().ok()
}
