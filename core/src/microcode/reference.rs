//! The definition of a run: one program, one compartment or synapse, one match arm per instruction.
//!
//! Every other executor is tested equal to this one. It favours reading over speed.

use super::executable::{Executable, Specials};
use super::rounding::round;
use crate::id::Step;
use crate::random::draw_from;
use caudate_isa::nmx::operand::{Bitwise, Combine, PredicateIndex, Spread, Unary};
use caudate_isa::nmx::{Operation, Predicate, Source, Target};

/// What a run reads besides its state.
#[derive(Debug, Clone, Copy)]
pub struct Inputs<'a> {
    /// Parameters k0, k1, ...; one that is missing reads as 0.
    pub parameters: &'a [i32],
    /// Special inputs.
    pub specials: &'a Specials,
    /// Random stream of the logical entity, see [`crate::random::stream`].
    pub stream: u64,
    /// Step that numbers the draws.
    pub step: Step,
}

/// A spike emitted by a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spike {
    /// Axon port, 0..=63.
    pub port: u8,
    /// Payload.
    pub payload: i32,
}

/// What a run cost and where it saturated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Outcome {
    /// Instructions whose result was clamped to 32 bits (flag V).
    pub alu_saturated: u32,
    /// State words clamped to their width at the store (flag S).
    pub store_saturated: u32,
    /// Pops from an empty stack.
    pub stack_underflows: u32,
    /// Cycles up to and with the exit.
    pub cycles: u32,
}

/// What lives for one run.
struct Frame<'a> {
    inputs: Inputs<'a>,
    registers: [i32; 16],
    states: [i32; 16],
    /// p0, which always holds, and p1..p3.
    predicates: [bool; 4],
    saturated: u32,
}

impl Frame<'_> {
    fn get(&self, source: Source) -> i32 {
        match source {
            Source::Register(register) => self.registers[usize::from(register.get())],
            Source::State(state) => self.states[usize::from(state.get())],
            Source::Parameter(parameter) => {
                self.inputs.parameters.get(usize::from(parameter.get())).copied().unwrap_or(0)
            }
            Source::Special(special) => self.inputs.specials.get(special),
        }
    }

    fn wide(&self, source: Source) -> i64 {
        self.get(source).into()
    }

    fn set(&mut self, target: Target, value: i32) {
        match target {
            Target::Register(register) => self.registers[usize::from(register.get())] = value,
            Target::State(state) => self.states[usize::from(state.get())] = value,
        }
    }

    /// `target` = `value`, clamped to 32 bits; a clamp is counted.
    fn saturate(&mut self, target: Target, value: i64) {
        let clamped = value.clamp(i32::MIN.into(), i32::MAX.into());
        self.saturated += u32::from(clamped != value);
        self.set(target, clamped as i32);
    }

    fn flag(&self, p: PredicateIndex) -> bool {
        self.predicates[usize::from(p.get())]
    }

    fn holds(&self, predicate: Predicate) -> bool {
        match predicate {
            Predicate::Always => true,
            Predicate::If(p) => self.flag(p),
            Predicate::Unless(p) => !self.flag(p),
        }
    }

    /// The draw of the word at `pc`: it depends on no other word, so neither predicates nor edits elsewhere shift it.
    fn draw(&self, pc: usize) -> u32 {
        draw_from(self.inputs.stream, self.inputs.step, pc as u8)
    }
}

/// Runs `executable` once. `state` holds s0, s1, ... before and after, each within its declared width; words beyond the
/// declared ones are left alone. Registers and predicates start as 0. Spikes are appended in the order of emission.
pub fn run(
    executable: &Executable,
    inputs: &Inputs<'_>,
    state: &mut [i32],
    stack: &mut Vec<i32>,
    spikes: &mut Vec<Spike>,
) -> Outcome {
    let mut frame = Frame {
        inputs: *inputs,
        registers: [0; 16],
        states: [0; 16],
        predicates: [true, false, false, false],
        saturated: 0,
    };
    let declared = executable.states.len().min(state.len());
    frame.states[..declared].copy_from_slice(&state[..declared]);
    let mut outcome = Outcome::default();

    for (pc, instruction) in executable.instructions.iter().enumerate() {
        outcome.cycles += instruction.cycles();
        let holds = frame.holds(instruction.predicate);
        if !holds && instruction.is_conditional() {
            continue;
        }
        let f = &mut frame;
        match instruction.operation {
            Operation::Nop {} => {}
            Operation::Mov { d, a } => f.set(d, f.get(a)),
            Operation::Ldi { d, imm } => f.set(d, imm.get()),
            Operation::Add { d, a, b } => f.saturate(d, f.wide(a) + f.wide(b)),
            Operation::Addi { d, a, imm } => f.saturate(d, f.wide(a) + i64::from(imm.get())),
            Operation::Sub { d, a, b } => f.saturate(d, f.wide(a) - f.wide(b)),
            Operation::Mul { rm, d, a, b, sh } => {
                f.saturate(d, round(f.wide(a) * f.wide(b), sh.get(), rm, || f.draw(pc)));
            }
            Operation::Mac { rm, d, a, b, sh } => {
                f.saturate(d, f.wide(d.into()) + round(f.wide(a) * f.wide(b), sh.get(), rm, || f.draw(pc)));
            }
            Operation::Msc { rm, d, a, b, sh } => {
                f.saturate(d, f.wide(d.into()) - round(f.wide(a) * f.wide(b), sh.get(), rm, || f.draw(pc)));
            }
            Operation::Shl { d, a, n } => f.saturate(d, f.wide(a) << n.get()),
            Operation::Shr { rm, d, a, n } => f.saturate(d, round(f.wide(a), n.get(), rm, || f.draw(pc))),
            Operation::Bit { function, d, a, b } => {
                let (a, b) = (f.get(a), f.get(b));
                f.set(d, bitwise(function, a, b));
            }
            Operation::Min { d, a, b } => f.set(d, f.get(a).min(f.get(b))),
            Operation::Max { d, a, b } => f.set(d, f.get(a).max(f.get(b))),
            Operation::Una { function, d, a } => f.saturate(d, unary(function, f.wide(a))),
            Operation::Sat { d, a, width } => f.set(d, width.clamp(f.get(a))),
            Operation::Sel { d, a, b } => f.set(d, if holds { f.get(a) } else { f.get(b) }),
            Operation::Cmp { condition, combine, p, a, b } => {
                let outcome = condition.holds(f.get(a), f.get(b));
                f.predicates[usize::from(p.get())] = match combine {
                    Combine::Replace => outcome,
                    Combine::And => f.flag(p) && outcome,
                    Combine::Or => f.flag(p) || outcome,
                };
            }
            Operation::Lut { d, a, table } => f.set(d, executable.tables[usize::from(table.get())].value(f.get(a))),
            Operation::Rnd { spread, d, n } => f.set(d, random_bits(spread, n.get(), f.draw(pc))),
            Operation::Spk { a, port } => spikes.push(Spike { port: port.get(), payload: f.get(a) }),
            Operation::Psh { a } => stack.push(f.get(a)),
            Operation::Pop { d } => {
                let popped = stack.pop();
                outcome.stack_underflows += u32::from(popped.is_none());
                f.set(d, popped.unwrap_or(0));
            }
            Operation::Xit {} => break,
        }
    }

    for (index, of) in executable.states.iter().enumerate().take(declared) {
        if executable.masks.write >> index & 1 == 1 {
            state[index] = of.clamp(frame.states[index]);
            outcome.store_saturated += u32::from(state[index] != frame.states[index]);
        }
    }
    outcome.alu_saturated = frame.saturated;
    outcome
}

#[inline]
pub(super) const fn bitwise(function: Bitwise, a: i32, b: i32) -> i32 {
    match function {
        Bitwise::And => a & b,
        Bitwise::Or => a | b,
        Bitwise::Xor => a ^ b,
        Bitwise::AndNot => a & !b,
    }
}

#[inline]
pub(super) const fn unary(function: Unary, a: i64) -> i64 {
    match function {
        Unary::Negate => -a,
        Unary::Absolute => a.abs(),
        Unary::Sign => a.signum(),
        Unary::Not => !a,
    }
}

/// The top `bits` of a draw.
#[inline]
pub(super) const fn random_bits(spread: Spread, bits: u8, draw: u32) -> i32 {
    let number = (draw >> (32 - bits)).cast_signed();
    match spread {
        Spread::Unsigned => number,
        Spread::Centred => number - (1 << (bits - 1)),
    }
}
