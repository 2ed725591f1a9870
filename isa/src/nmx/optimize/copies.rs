//! Copy propagation: a read of a copied register reads the original.

use super::code::Code;
use super::effects::{Places, asked, guard, read, written};
use crate::nmx::operand::{Code as _, Predicate, Source, Target};
use crate::nmx::slot::Slot;
use crate::nmx::table::Operation;

/// `target` holds the value of `source` wherever `guard` holds.
struct Copy {
    target: Target,
    source: Source,
    guard: Predicate,
}

impl Copy {
    fn depends_on(&self) -> Places {
        written(self.target) | read(self.source) | asked(self.guard)
    }
}

pub(super) fn apply(code: &mut Code<'_>) -> usize {
    let mut copies: Vec<Copy> = Vec::new();
    let mut times = 0;
    for at in 0..code.lines.len() {
        let guard = guard(code.instruction(at));
        let original = |slot: Slot, operand: i32| {
            let known = copies
                .iter()
                .find(|copy| copy.target.code() == operand && (copy.guard == Predicate::Always || copy.guard == guard));
            match known {
                Some(copy) if matches!(slot, Slot::A | Slot::B) => copy.source.code(),
                _ => operand,
            }
        };
        times += usize::from(code.substitute(at, original));
        let writes = code.effects(at).writes;
        copies.retain(|copy| copy.depends_on() & writes == 0);
        if let Operation::Mov { d: target, a: source } = code.instruction(at).operation
            && is_wanted(target, source)
        {
            copies.push(Copy { target, source, guard });
        }
    }
    times
}

/// A state word is read as cheaply as a register, so only a constant is better.
fn is_wanted(target: Target, source: Source) -> bool {
    match target {
        Target::Register(_) => Source::from(target) != source,
        Target::State(_) => matches!(source, Source::Parameter(_) | Source::Special(_)),
    }
}
