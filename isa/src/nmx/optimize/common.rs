//! Common subexpressions: what is already computed is copied.
//!
//! A draw is no expression: each is another number. Nor is what may saturate, for every saturation counts.

use super::code::Code;
use super::effects::{Effects, Places, asked, draws, guard, written};
use crate::nmx::encode::Instruction;
use crate::nmx::operand::{Code as _, Predicate, Target};
use crate::nmx::slot::Slot;
use crate::nmx::table::Opcode;

/// `holder` holds the value of `expression` wherever `guard` holds.
struct Known {
    expression: Expression,
    holder: Target,
    guard: Predicate,
    depends_on: Places,
}

/// An opcode with its sources, those that commute in order, and what chooses for `sel`.
#[derive(PartialEq, Eq)]
struct Expression {
    opcode: Opcode,
    operands: Vec<i32>,
    choice: Option<Predicate>,
}

pub(super) fn apply(code: &mut Code<'_>) -> usize {
    let proofs = code.proofs();
    let mut known: Vec<Known> = Vec::new();
    let mut times = 0;
    for (at, proof) in proofs.iter().enumerate() {
        let (guard, written_target) = (guard(code.instruction(at)), code.instruction(at).writes());
        let expression = expression(code.instruction(at)).zip(written_target);
        if let Some((expression, target)) = &expression {
            let same = known.iter().find(|known| {
                known.expression == *expression && (known.guard == Predicate::Always || known.guard == guard)
            });
            if let Some(same) = same.filter(|_| proof.never_saturates) {
                if same.holder == *target {
                    code.erase(at);
                } else {
                    code.rewrite(at, guard, Opcode::Mov, &[target.code(), same.holder.code()]);
                }
                times += 1;
            }
        }
        let Effects { writes, reads } = code.effects(at);
        known.retain(|known| known.depends_on & writes == 0);
        if let Some((expression, holder)) = expression
            && writes & reads == 0
            && writes != 0
        {
            let depends_on = reads | written(holder) | asked(guard);
            known.push(Known { expression, holder, guard, depends_on });
        }
    }
    times
}

fn expression(instruction: &Instruction) -> Option<Expression> {
    use Opcode::{
        Add, Addi, Bit, Cmp, Ldi, Lut, Mac, Max, Min, Mov, Msc, Mul, Nop, Pop, Psh, Rnd, Sat, Sel, Shl, Shr, Spk, Sub,
        Una, Xit,
    };
    let opcode = instruction.opcode();
    let commutes = match opcode {
        Nop | Mov | Ldi | Cmp | Rnd | Spk | Psh | Pop | Xit => return None,
        Add | Mul | Mac | Msc | Min | Max => true,
        Addi | Sub | Shl | Shr | Bit | Una | Sat | Sel | Lut => false,
    };
    if draws(instruction) {
        return None;
    }
    let mut operands: Vec<i32> =
        instruction.codes().filter(|(slot, _)| *slot != Slot::Dst).map(|(_, code)| code).collect();
    let is_factor = |slot: Slot| matches!(slot, Slot::A | Slot::B);
    if commutes {
        let kept =
            instruction.codes().filter(|(slot, _)| *slot != Slot::Dst && !is_factor(*slot)).map(|(_, code)| code);
        let mut factors: Vec<i32> =
            instruction.codes().filter(|(slot, _)| is_factor(*slot)).map(|(_, code)| code).collect();
        factors.sort_unstable();
        operands = kept.chain(factors).collect();
    }
    let choice = (opcode == Sel).then_some(instruction.predicate);
    Some(Expression { opcode, operands, choice })
}
