//! What the analyses know of each line and state, for listings.

use super::Subject;
use super::interval::Interval;
use super::ranges::{Produced, Ranges};
use super::saturation::may_saturate;
use crate::nmx::encode::Instruction;
use crate::nmx::operand::Rounding;
use crate::nmx::program::Program;
use crate::nmx::state_type::StateType;
use crate::nmx::table::{Opcode, Operation};

/// Facts about an instruction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InstructionFacts {
    /// Cycles that it takes.
    pub cycles: u32,
    /// Whether it takes effect in any run.
    pub runs: bool,
    /// The values that it writes to its register or state, after saturation.
    pub result: Option<Interval>,
    /// What is lost to rounding.
    pub rounding: RoundingFacts,
    /// Whether the result saturates.
    pub saturation: SaturationFacts,
}

/// What an instruction loses to rounding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RoundingFacts {
    /// It does not round.
    None,
    /// It shifts out zeros only.
    Exact,
    /// It rounds this way.
    Rounds(Rounding),
}

/// Whether an instruction saturates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SaturationFacts {
    /// It is of a sort that does not.
    Impossible,
    /// Its operands exclude it.
    Never,
    /// It may, and the author accepts that.
    Accepted,
    /// It may, which is an error.
    Undeclared,
}

/// Facts about a state word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StateFacts {
    /// Its values when a run stops, before the store; `None` if no run stops.
    pub at_exit: Option<Interval>,
    /// Whether its store saturates.
    pub saturation: SaturationFacts,
    /// Whether its claimed range is kept; `None` if none is claimed.
    pub keeps_range: Option<bool>,
}

pub(super) fn instructions(subject: &Subject<'_>, ranges: &Ranges) -> Vec<InstructionFacts> {
    let with_produced = subject.instructions.iter().zip(&ranges.produced).enumerate();
    with_produced
        .map(|(at, (instruction, produced))| InstructionFacts {
            cycles: instruction.cycles(),
            runs: produced.runs,
            result: produced.exact.map(|exact| exact.clamped(StateType::I32)),
            rounding: rounding(subject.program, instruction, produced),
            saturation: saturation(subject.program, at, instruction, produced),
        })
        .collect()
}

fn rounding(program: &Program, instruction: &Instruction, produced: &Produced) -> RoundingFacts {
    let can_round = match instruction.operation {
        Operation::Mul { sh, .. } | Operation::Mac { sh, .. } | Operation::Msc { sh, .. } => sh.get() > 0,
        Operation::Shr { .. } => true,
        Operation::Lut { table, .. } => {
            program.tables.get(usize::from(table.get())).is_some_and(|declaration| declaration.table.shift() > 0)
        }
        _ => false,
    };
    match produced.rounding {
        Some(rounding) => RoundingFacts::Rounds(rounding),
        None if can_round && produced.runs => RoundingFacts::Exact,
        None => RoundingFacts::None,
    }
}

fn saturation(program: &Program, at: usize, instruction: &Instruction, produced: &Produced) -> SaturationFacts {
    let accepted = u8::try_from(at).is_ok_and(|at| program.accepted_saturations.contains(&at));
    match produced.exact {
        _ if !can_saturate(instruction.opcode()) => SaturationFacts::Impossible,
        Some(exact) if may_saturate(exact) && accepted => SaturationFacts::Accepted,
        Some(exact) if may_saturate(exact) => SaturationFacts::Undeclared,
        _ => SaturationFacts::Never,
    }
}

/// Whether a result of the instruction may be clamped to 32 bits.
pub(in crate::nmx) const fn can_saturate(opcode: Opcode) -> bool {
    use Opcode::{Add, Addi, Mac, Msc, Mul, Shl, Sub, Una};
    matches!(opcode, Add | Addi | Sub | Mul | Mac | Msc | Shl | Una)
}

pub(super) fn states(program: &Program, ranges: &Ranges) -> Vec<StateFacts> {
    let with_left = program.states.iter().zip(&ranges.left);
    with_left
        .map(|(state, left)| StateFacts {
            at_exit: left.map(|left| left.exact),
            saturation: match left.and_then(|left| left.exceeding_writer) {
                None => SaturationFacts::Never,
                Some(_) if state.saturates => SaturationFacts::Accepted,
                Some(_) => SaturationFacts::Undeclared,
            },
            keeps_range: state.range.map(|_| left.is_none_or(|left| left.straying_writer.is_none())),
        })
        .collect()
}
