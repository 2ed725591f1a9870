//! Guards whose outcome is known: what never runs goes, what always runs needs no guard.

use super::code::Code;
use crate::nmx::operand::Predicate;

pub(super) fn apply(code: &mut Code<'_>) -> usize {
    let mut times = 0;
    for (at, proof) in code.proofs().into_iter().enumerate() {
        if code.is_nop(at) {
            continue;
        }
        if !proof.runs {
            code.erase(at);
            times += 1;
        } else if code.instruction(at).is_conditional() && !proof.skipped {
            code.lines[at].instruction.predicate = Predicate::Always;
            times += 1;
        }
    }
    times
}
