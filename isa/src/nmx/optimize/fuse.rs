//! Multiply-add: a product that is only added to an accumulator, and cannot saturate on the way, is accumulated at once.
//!
//! `mul r, a, b; add d, d, r` becomes `mac d, a, b` at the place of the sum, or of the product if its factors have changed since or it
//! draws: a draw stays with its word.

use super::code::Code;
use super::effects::{asked, defines, draws, guard, read, written};
use crate::nmx::operand::{Code as _, Predicate, Source, Target};
use crate::nmx::table::{Opcode, Operation};

pub(super) fn apply(code: &mut Code<'_>) -> usize {
    (0..code.lines.len()).filter(|&at| fuse(code, at)).count()
}

fn fuse(code: &mut Code<'_>, sum: usize) -> bool {
    let accumulated = match code.instruction(sum).operation {
        Operation::Add { d, a, b } if a == d.into() => Some((Opcode::Mac, d, b)),
        Operation::Add { d, a, b } if b == d.into() => Some((Opcode::Mac, d, a)),
        Operation::Sub { d, a, b } if a == d.into() => Some((Opcode::Msc, d, b)),
        _ => None,
    };
    let Some((opcode, d, term @ Source::Register(register))) = accumulated else { return false };
    let register = Target::Register(register);
    if d == register || is_read_after(code, sum, register) {
        return false;
    }
    let Some(product) = (0..sum).rev().find(|&at| code.effects(at).writes & read(term) != 0) else { return false };
    let Operation::Mul { rm, a, b, sh, .. } = code.instruction(product).operation else { return false };
    let between = product + 1..sum;
    let is_read_between = between.clone().any(|at| reads(code, at, term));
    if is_read_between || !code.proofs()[product].never_saturates {
        return false;
    }
    let (early, late) = (guard(code.instruction(product)), guard(code.instruction(sum)));
    let is_stable = !between.clone().any(|at| code.effects(at).writes & asked(late) != 0);
    let covers = early == Predicate::Always || early == late && is_stable;
    let factors_last = ![a, b].into_iter().any(|factor| code.is_written_in(between.clone(), factor));
    let is_untouched = !between.clone().any(|at| code.effects(at).mentions() & written(d) != 0);
    let at = if covers && factors_last && !draws(code.instruction(product)) {
        sum
    } else if early == late && is_stable && is_untouched {
        product
    } else {
        return false;
    };
    code.lines[at].accepted = code.lines[sum].accepted;
    code.rewrite(at, late, opcode, &[rm.code(), d.code(), a.code(), b.code(), sh.code()]);
    code.erase(product + sum - at);
    true
}

/// Whether a word reads it; an exit does not.
fn reads(code: &Code<'_>, at: usize, source: Source) -> bool {
    code.instruction(at).opcode() != Opcode::Xit && code.effects(at).reads & read(source) != 0
}

/// Whether the value that `register` has at `at` is read later.
fn is_read_after(code: &Code<'_>, at: usize, register: Target) -> bool {
    for later in at + 1..code.lines.len() {
        if reads(code, later, register.into()) {
            return true;
        }
        if defines(code.instruction(later), register) {
            return false;
        }
    }
    false
}
