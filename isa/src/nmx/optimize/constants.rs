//! Constant folding: a result that has one value is loaded, an operand that has one is written into the instruction.

use super::code::Code;
use super::effects::guard;
use crate::nmx::operand::{Code as _, Source, Special};
use crate::nmx::slot::Slot;
use crate::nmx::state_type::StateType;
use crate::nmx::table::{Opcode, Operation};
use crate::nmx::verify::{Interval, Proof};

pub(super) fn apply(code: &mut Code<'_>) -> usize {
    let proofs = code.proofs();
    proofs
        .iter()
        .enumerate()
        .filter(|(at, proof)| proof.runs && (result(code, *at, proof) || operands(code, *at, proof)))
        .count()
}

/// The value of a set of one.
pub(super) fn single(values: Interval) -> Option<i32> {
    (values.low() == values.high()).then(|| i32::try_from(values.low()).ok()).flatten()
}

fn special(special: Special) -> i32 {
    Source::Special(special).code()
}

fn result(code: &mut Code<'_>, at: usize, proof: &Proof) -> bool {
    let instruction = *code.instruction(at);
    let is_constant = match instruction.operation {
        Operation::Mov { a, .. } => matches!(a, Source::Parameter(_) | Source::Special(_)),
        Operation::Ldi { imm, .. } => !(0..=1).contains(&imm.get()),
        // What is popped is gone from the stack.
        Operation::Pop { .. } => true,
        _ => false,
    };
    let within = proof.result.filter(|result| !is_constant && result.is_within(&StateType::I32.range()));
    let (Some(value), Some(target)) = (within.and_then(single), instruction.writes()) else { return false };
    let guard = guard(&instruction);
    match value {
        0 => code.rewrite(at, guard, Opcode::Mov, &[target.code(), special(Special::ZERO)]),
        1 => code.rewrite(at, guard, Opcode::Mov, &[target.code(), special(Special::ONE)]),
        _ => code.rewrite(at, guard, Opcode::Ldi, &[target.code(), value]),
    }
}

fn operands(code: &mut Code<'_>, at: usize, proof: &Proof) -> bool {
    let instruction = *code.instruction(at);
    let value = |source: Source| {
        let position = instruction.reads().position(|read| read == source)?;
        proof.sources.get(position).copied().and_then(single)
    };
    // A register whose value is known need not be read; a parameter or input is as good as a number.
    let known = |source: Source| value(source).filter(|_| matches!(source, Source::Register(_) | Source::State(_)));
    let sum = match instruction.operation {
        Operation::Add { d, a, b } => known(b).map(|b| (d, a, b)).or_else(|| known(a).map(|a| (d, b, a))),
        Operation::Sub { d, a, b } => known(b).and_then(|b| Some((d, a, b.checked_neg()?))),
        _ => None,
    };
    if let Some((d, a, value)) = sum
        && code.rewrite(at, instruction.predicate, Opcode::Addi, &[d.code(), a.code(), value])
    {
        return true;
    }
    code.substitute(at, |slot, code| match (slot, Source::from_code(code)) {
        (Slot::A | Slot::B, Some(source)) => match known(source) {
            Some(0) => special(Special::ZERO),
            Some(1) => special(Special::ONE),
            _ => code,
        },
        _ => code,
    })
}
