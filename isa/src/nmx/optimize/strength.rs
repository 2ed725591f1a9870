//! Strength reduction: operations that change nothing become copies, products with powers of two become shifts.
//!
//! With b = 2^m, R(a*b, sh) is a * 2^(m-sh) without rounding if m >= sh, which saturates as `shl` does, and R(a, sh-m) otherwise, for
//! each rounding but the stochastic one, whose draw has then fewer bits.

use super::code::Code;
use super::constants::single;
use super::effects::guard;
use crate::nmx::encode::Instruction;
use crate::nmx::operand::{Bitwise, Code as _, Rounding, Source, Target, Unary};
use crate::nmx::slot::Slot;
use crate::nmx::table::{Opcode, Operation};
use crate::nmx::verify::{Interval, Proof};

pub(super) fn apply(code: &mut Code<'_>) -> usize {
    let proofs = code.proofs();
    proofs.iter().enumerate().filter(|(at, proof)| proof.runs && reduce(code, *at, proof)).count()
}

fn reduce(code: &mut Code<'_>, at: usize, proof: &Proof) -> bool {
    let instruction = *code.instruction(at);
    let guard = guard(&instruction);
    if let Some((target, source)) = copied(&instruction, proof) {
        return code.rewrite(at, guard, Opcode::Mov, &[target.code(), source.code()]);
    }
    if let Some((opcode, codes)) = weaker(&instruction, proof) {
        return code.rewrite(at, guard, opcode, &codes);
    }
    // Nothing is shifted out that a draw could round.
    let is_stochastic = |(slot, code): (Slot, i32)| slot == Slot::Round && code == Rounding::Stochastic.code();
    proof.exact
        && instruction.codes().any(is_stochastic)
        && code.substitute(at, |slot, code| if slot == Slot::Round { Rounding::Floor.code() } else { code })
}

/// The values of a source.
fn values(instruction: &Instruction, proof: &Proof, source: Source) -> Interval {
    let position = instruction.reads().position(|read| read == source);
    position.and_then(|position| proof.sources.get(position)).copied().unwrap_or(Interval::FULL)
}

/// Target and source of an instruction that only copies.
fn copied(instruction: &Instruction, proof: &Proof) -> Option<(Target, Source)> {
    let of = |source| values(instruction, proof, source);
    let is = |source, value| single(of(source)) == Some(value);
    let first_if = |holds: bool, d, a| holds.then_some((d, a));
    match instruction.operation {
        Operation::Add { d, a, b } => first_if(is(b, 0), d, a).or_else(|| first_if(is(a, 0), d, b)),
        Operation::Addi { d, a, imm } => first_if(imm.get() == 0, d, a),
        Operation::Sub { d, a, b } => first_if(is(b, 0), d, a),
        Operation::Mul { d, a, b, sh, .. } => {
            let unit = 1 << sh.get();
            first_if(is(b, unit), d, a).or_else(|| first_if(is(a, unit), d, b))
        }
        Operation::Min { d, a, b } => first_if(a == b || of(a).high() <= of(b).low(), d, a)
            .or_else(|| first_if(of(b).high() <= of(a).low(), d, b)),
        Operation::Max { d, a, b } => first_if(a == b || of(a).low() >= of(b).high(), d, a)
            .or_else(|| first_if(of(b).low() >= of(a).high(), d, b)),
        Operation::Bit { function: Bitwise::And | Bitwise::Or, d, a, b } => first_if(a == b, d, a),
        Operation::Una { function: Unary::Absolute, d, a } => first_if(of(a).low() >= 0, d, a),
        Operation::Sat { d, a, width } => first_if(of(a).is_within(&width.range()), d, a),
        Operation::Sel { d, a, b } => first_if(a == b, d, a),
        _ => None,
    }
}

/// A cheaper operation with the same result.
fn weaker(instruction: &Instruction, proof: &Proof) -> Option<(Opcode, Vec<i32>)> {
    let power = |source| {
        let value = single(values(instruction, proof, source)).filter(|value| *value > 0)?;
        (value & (value - 1) == 0).then(|| value.trailing_zeros() as i32)
    };
    // The other factor, and the exponent of the one that is a power of two.
    let shifted = |a, b| power(b).map(|m| (a, m)).or_else(|| power(a).map(|m| (b, m)));
    match instruction.operation {
        Operation::Mul { rm, d, a, b, sh } => {
            let (other, exponent) = shifted(a, b)?;
            let left = exponent - i32::from(sh.get());
            if left > 0 {
                return Some((Opcode::Shl, vec![d.code(), other.code(), left]));
            }
            let is_exact = proof.exact || rm != Rounding::Stochastic;
            let rm = if proof.exact { Rounding::Floor } else { rm };
            is_exact.then(|| (Opcode::Shr, vec![rm.code(), d.code(), other.code(), -left]))
        }
        // A shift of zero: the product is added as it is.
        Operation::Mac { d, a, b, sh, .. } => {
            let (other, exponent) = shifted(a, b)?;
            (exponent == i32::from(sh.get())).then(|| (Opcode::Add, vec![d.code(), d.code(), other.code()]))
        }
        Operation::Msc { d, a, b, sh, .. } => {
            let (other, exponent) = shifted(a, b)?;
            (exponent == i32::from(sh.get())).then(|| (Opcode::Sub, vec![d.code(), d.code(), other.code()]))
        }
        _ => None,
    }
}
