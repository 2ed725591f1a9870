//! A program decoded and checked, ready to run, and the inputs it reads.

use crate::id::Step;
use caudate_isa::nmx::operand::{Code, Source, Special, Target};
use caudate_isa::nmx::program::{StateMasks, state_masks, worst_case_cycles};
use caudate_isa::nmx::slot::Slot;
use caudate_isa::nmx::{Instruction, Kind, LookupTable, Opcode, Predicate, Program, ProgramError, Rounding, StateType};

/// A legal program in the form that the executors walk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Executable {
    pub(super) kind: Kind,
    pub(super) instructions: Vec<Instruction>,
    pub(super) states: Vec<StateType>,
    pub(super) parameters: Vec<i32>,
    pub(super) tables: Vec<LookupTable>,
    pub(super) masks: StateMasks,
    pub(super) cleared: Cleared,
    /// Specials that are read, a bit each.
    specials: u16,
    is_random: bool,
}

/// What an executor that reuses its registers must clear at entry: bits of what may be read before it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Cleared {
    pub(super) registers: u16,
    /// Bit n - 1 for predicate n.
    pub(super) predicates: u8,
}

impl Executable {
    /// Decodes and checks `program`.
    ///
    /// # Errors
    /// With everything that makes the program illegal.
    pub fn new(program: &Program) -> Result<Self, Vec<ProgramError>> {
        let instructions = program.instructions()?;
        Ok(Self {
            kind: program.kind,
            states: program.states.iter().map(|state| state.of).collect(),
            parameters: program.parameters.iter().map(|parameter| parameter.value).collect(),
            tables: program.tables.iter().map(|declared| declared.table.clone()).collect(),
            masks: state_masks(&instructions),
            cleared: read_before_written(&instructions),
            specials: special_reads(&instructions),
            is_random: instructions.iter().any(draws),
            instructions,
        })
    }

    /// What the program runs for.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        self.kind
    }

    /// Its instructions.
    #[must_use]
    pub fn instructions(&self) -> &[Instruction] {
        &self.instructions
    }

    /// Storage widths of its state words.
    #[must_use]
    pub fn states(&self) -> &[StateType] {
        &self.states
    }

    /// Parameters as declared; a group or a compartment may have others.
    #[must_use]
    pub fn parameters(&self) -> &[i32] {
        &self.parameters
    }

    /// State words that a run loads and stores.
    #[must_use]
    pub const fn masks(&self) -> StateMasks {
        self.masks
    }

    /// Whether any instruction reads `special`.
    #[must_use]
    pub const fn reads(&self, special: Special) -> bool {
        self.specials >> special.get() & 1 == 1
    }

    /// Whether a run may draw random numbers.
    #[must_use]
    pub const fn is_random(&self) -> bool {
        self.is_random
    }

    /// Cycles of the longest run.
    #[must_use]
    pub fn worst_case_cycles(&self) -> u32 {
        worst_case_cycles(&self.instructions)
    }
}

fn special_reads(instructions: &[Instruction]) -> u16 {
    let sources = instructions.iter().flat_map(Instruction::reads);
    sources.fold(0, |mask, source| if let Source::Special(special) = source { mask | 1 << special.get() } else { mask })
}

fn draws(instruction: &Instruction) -> bool {
    let stochastic = Rounding::Stochastic.code();
    instruction.opcode() == Opcode::Rnd
        || instruction.codes().any(|(slot, code)| slot == Slot::Round && code == stochastic)
}

fn read_before_written(instructions: &[Instruction]) -> Cleared {
    let mut cleared = Cleared::default();
    let mut sure = Cleared::default();
    for instruction in instructions {
        for source in instruction.reads() {
            if let Source::Register(register) = source {
                cleared.registers |= 1 << register.get() & !sure.registers;
            }
        }
        let (mut flag, mut combined) = (0, false);
        for (slot, code) in instruction.codes() {
            match slot {
                Slot::Flag => flag = 1 << (code - 1),
                Slot::Combine => combined = code != 0,
                _ => {}
            }
        }
        if combined {
            cleared.predicates |= flag & !sure.predicates;
        }
        if let Predicate::If(p) | Predicate::Unless(p) = instruction.predicate {
            cleared.predicates |= 1 << (p.get() - 1) & !sure.predicates;
        }
        if !instruction.is_conditional() {
            sure.predicates |= flag;
            if let Some(Target::Register(register)) = instruction.writes() {
                sure.registers |= 1 << register.get();
            }
        }
    }
    cleared
}

/// The special inputs of one run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Specials([i32; 16]);

impl Default for Specials {
    /// Every input 0.
    fn default() -> Self {
        let mut values = [0; 16];
        values[usize::from(Special::ONE.get())] = 1;
        Self(values)
    }
}

impl Specials {
    /// Inputs of a neuron program: dendritic accumulators i0..i3, the step, modulators m0..m3.
    #[must_use]
    pub fn neuron(dendrites: [i32; 4], step: Step, modulators: [i8; 4]) -> Self {
        let mut specials = Self::default();
        specials.0[2..6].copy_from_slice(&dendrites);
        specials.0[6] = step_input(step);
        specials.0[12..].copy_from_slice(&modulators.map(i32::from));
        specials
    }

    /// Inputs of a learning program: x0..x2 of the presynaptic side, y0..y3 of the postsynaptic, the step, modulators m0..m3.
    #[must_use]
    pub fn learn(pre: [i32; 3], post: [i32; 4], step: Step, modulators: [i8; 4]) -> Self {
        let mut specials = Self::default();
        specials.0[2..5].copy_from_slice(&pre);
        specials.0[5..9].copy_from_slice(&post);
        specials.0[9] = step_input(step);
        specials.0[12..].copy_from_slice(&modulators.map(i32::from));
        specials
    }

    /// Sets one input. `zero` and `one` stay what they are.
    pub fn set(&mut self, special: Special, value: i32) {
        if special != Special::ZERO && special != Special::ONE {
            self.0[usize::from(special.get())] = value;
        }
    }

    /// One input.
    #[inline]
    #[must_use]
    pub fn get(&self, special: Special) -> i32 {
        self.0[usize::from(special.get())]
    }
}

/// The special `t` at `step`: its low 31 bits.
#[must_use]
pub const fn step_input(step: Step) -> i32 {
    (step & i32::MAX as Step) as i32
}
