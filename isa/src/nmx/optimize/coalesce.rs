//! Coalescing: a register that is computed only to be copied takes the name of where it is copied to.

use super::code::Code;
use super::effects::{asked, defines, guard, read, replaces, written};
use crate::nmx::encode::Instruction;
use crate::nmx::operand::{Code as _, Predicate, Source, Target};
use crate::nmx::slot::Slot;
use crate::nmx::table::{Opcode, Operation};

pub(super) fn apply(code: &mut Code<'_>) -> usize {
    (0..code.lines.len()).filter(|&at| coalesce(code, at)).count()
}

fn coalesce(code: &mut Code<'_>, copy: usize) -> bool {
    let Operation::Mov { d: target, a: source @ Source::Register(register) } = code.instruction(copy).operation else {
        return false;
    };
    let register = Target::Register(register);
    if Source::from(target) == source {
        return false;
    }
    let Some((first, last)) = life(code, copy, register) else { return false };
    let (place, new) = (read(source), written(target));
    let condition = guard(code.instruction(copy));
    for at in first..=last {
        let (effects, instruction) = (code.effects(at), code.instruction(at));
        if instruction.opcode() == Opcode::Xit {
            // It would store the new value of a state word before the copy.
            if at < copy && matches!(target, Target::State(_)) {
                return false;
            }
            continue;
        }
        let is_taken = match at {
            _ if at == copy => false,
            _ if first < at && at < copy => effects.mentions() & new != 0,
            _ => effects.writes & new != 0,
        };
        let differs = at > copy && effects.writes & place != 0;
        let strays = condition != Predicate::Always
            && (effects.writes & asked(condition) != 0
                || effects.mentions() & place != 0 && guard(instruction) != condition);
        if is_taken || differs || strays {
            return false;
        }
    }
    rename(code, first..=last, register, target);
    code.erase(copy);
    true
}

/// The words from the write of `register` that `copy` reads to its last mention before it is written anew.
fn life(code: &Code<'_>, copy: usize, register: Target) -> Option<(usize, usize)> {
    let condition = guard(code.instruction(copy));
    let place = written(register);
    let begins = |instruction: &Instruction| {
        replaces(instruction, register)
            && guard(instruction) == condition
            && instruction.reads().all(|source| source != register.into())
    };
    let first = (0..copy).rev().find(|&at| begins(code.instruction(at)))?;
    let ends = |at: &usize| defines(code.instruction(*at), register);
    let end = (copy + 1..code.lines.len()).find(ends).unwrap_or(code.lines.len());
    // The word that writes it anew may still read it.
    let mentions = |at: &usize| {
        let is_exit = code.instruction(*at).opcode() == Opcode::Xit;
        let effects = code.effects(*at);
        !is_exit && if *at == end { effects.reads & place != 0 } else { effects.mentions() & place != 0 }
    };
    let last = (copy..code.lines.len().min(end + 1)).rev().find(mentions)?;
    // A word that both reads it and writes it anew cannot be renamed as one.
    (last < end).then_some((first, last))
}

fn rename(code: &mut Code<'_>, range: std::ops::RangeInclusive<usize>, old: Target, new: Target) {
    for at in range {
        code.substitute(at, |slot, operand| match slot {
            _ if operand != old.code() => operand,
            Slot::A | Slot::B | Slot::Dst | Slot::Acc => new.code(),
            _ => operand,
        });
    }
}
