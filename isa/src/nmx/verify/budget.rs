//! Cycles and words against `.budget`.

use super::{Findings, Subject};
use crate::nmx::encode::Instruction;
use crate::nmx::program::worst_case_cycles;

pub(super) fn check(subject: &Subject<'_>, findings: &mut Findings) {
    let Some(budget) = subject.program.budget else { return };
    // Every word takes a cycle at least, so words within the budget need no check of their own.
    let cycles = worst_case_cycles(subject.instructions);
    if cycles > budget {
        let message = format!("the program takes {cycles} cycles at worst, its budget is {budget}: it runs out here");
        let help = "an early `xit` does not shorten the worst case: drop instructions, or raise `.budget`".into();
        findings.error("N0403", subject.source.whole(first_beyond(subject.instructions, budget)), message, help);
    }
}

/// The instruction in which the cycles exceed `budget`.
fn first_beyond(instructions: &[Instruction], budget: u32) -> usize {
    let mut total = 0;
    let ends = instructions.iter().map(|instruction| {
        total += instruction.cycles();
        total
    });
    ends.take_while(|&end| end <= budget).count()
}
