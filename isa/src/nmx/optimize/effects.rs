//! What an instruction reads and changes, as sets of places.

use crate::nmx::encode::Instruction;
use crate::nmx::operand::{Code, Combine, Predicate, PredicateIndex, Source, Target};
use crate::nmx::slot::Slot;
use crate::nmx::table::{Opcode, Operation};

/// Number of places: registers at 0, state words at 16, predicates at 32 (p1 at 33), then axon and stack.
pub(super) const PLACES: usize = 38;
/// A set of places, a bit each.
pub(super) type Places = u64;
/// The axon, which keeps spikes in order.
const AXON: Places = 1 << 36;
/// The compartment stack.
const STACK: Places = 1 << 37;
/// What a run leaves to be seen: states, spikes, stack.
pub(super) const SEEN: Places = 0xffff_0000 | AXON | STACK;
const ALL: Places = (1 << PLACES) - 1;

/// What an instruction reads and changes. An exit counts as reading and changing everything, so that nothing moves across it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Effects {
    pub(super) reads: Places,
    /// Places that it may change; those it surely changes if it is not conditional.
    pub(super) writes: Places,
}

impl Effects {
    pub(super) fn of(instruction: &Instruction) -> Self {
        let mut effects = Self { reads: asked(instruction.predicate), writes: 0 };
        for source in instruction.reads() {
            effects.reads |= read(source);
        }
        if let Some(target) = instruction.writes() {
            effects.writes |= written(target);
        }
        match instruction.operation {
            Operation::Cmp { p, combine, .. } => {
                effects.writes |= flag(p);
                if combine != Combine::Replace {
                    effects.reads |= flag(p);
                }
            }
            Operation::Spk { .. } => effects.touch(AXON),
            Operation::Psh { .. } | Operation::Pop { .. } => effects.touch(STACK),
            Operation::Xit {} => effects.touch(ALL),
            _ => {}
        }
        effects
    }

    fn touch(&mut self, places: Places) {
        self.reads |= places;
        self.writes |= places;
    }

    /// Everything it names.
    pub(super) const fn mentions(self) -> Places {
        self.reads | self.writes
    }

    /// Whether the two may change places.
    pub(super) const fn is_independent_of(self, other: Self) -> bool {
        self.writes & other.mentions() == 0 && self.reads & other.writes == 0
    }
}

/// The place of a source; none for a constant of the run.
pub(super) fn read(source: Source) -> Places {
    match source {
        Source::Register(_) | Source::State(_) => 1 << source.index(),
        Source::Parameter(_) | Source::Special(_) => 0,
    }
}

/// The place of a target.
pub(super) fn written(target: Target) -> Places {
    1 << target.index()
}

/// The place of a predicate.
pub(super) fn flag(p: PredicateIndex) -> Places {
    1 << (32 + u32::from(p.get()))
}

/// The place that a predicate asks.
pub(super) fn asked(predicate: Predicate) -> Places {
    match predicate {
        Predicate::Always => 0,
        Predicate::If(p) | Predicate::Unless(p) => flag(p),
    }
}

/// The predicate under which it takes effect: that of `sel` only chooses.
pub(super) fn guard(instruction: &Instruction) -> Predicate {
    if instruction.is_conditional() { instruction.predicate } else { Predicate::Always }
}

/// Whether it writes `target` for good wherever its guard holds, not by adding to it.
pub(super) fn replaces(instruction: &Instruction, target: Target) -> bool {
    instruction.codes().any(|(slot, code)| slot == Slot::Dst && code == target.code())
}

/// Whether nothing of what was in `target` is left after it.
pub(super) fn defines(instruction: &Instruction, target: Target) -> bool {
    replaces(instruction, target) && !instruction.is_conditional()
}

/// Whether it draws: the index of its word is part of what it does.
pub(super) fn draws(instruction: &Instruction) -> bool {
    use crate::nmx::operand::Rounding::Stochastic;
    let rounds = |(slot, code)| slot == Slot::Round && code == Stochastic.code();
    instruction.opcode() == Opcode::Rnd || instruction.codes().any(rounds)
}
