//! Registers for virtual registers, predicates for virtual predicates.

use super::operand::{Guard, Operand};
use super::{Builder, Line};
use crate::diagnostic::Diagnostic;
use crate::nmx::encode::Instruction;
use crate::nmx::operand::{Code, Combine, Predicate, PredicateIndex, Register};
use crate::nmx::slot::Slot;

/// Registers of the machine.
const REGISTERS: usize = 1 + *Register::RANGE.end() as usize;
/// Predicates that can be written.
const PREDICATES: usize = *PredicateIndex::RANGE.end() as usize;

/// First and last line that name something.
type Span = (usize, usize);

impl Builder {
    /// The program with registers r0.. and predicates p1.., as few as possible; line n is instruction n.
    ///
    /// # Errors
    /// `N0501` or `N0502` where more than 16 values or 3 conditions are needed at once, `N0503` where one may be read before it
    /// is written, `N0504` where a line is no instruction of this kind of program.
    pub fn allocate(&self) -> Result<Vec<Instruction>, Box<Diagnostic>> {
        self.check_names()?;
        self.check_predicates()?;
        let predicates = scan(&self.predicate_spans(), PREDICATES).map_err(|at| {
            let message =
                format!("line {at} needs a condition beside {PREDICATES} that are needed later; there are p1..p3");
            Diagnostic::new("N0502", message).help("test a condition again where it is needed, or combine conditions")
        })?;
        // Places count from 0, predicates from 1; what is never named has no place and needs none.
        let predicate_of = |p: super::VirtualPredicate| {
            let number = predicates.get(p.0).copied().flatten().and_then(|place| u8::try_from(place + 1).ok());
            number.and_then(PredicateIndex::new)
        };
        self.check_registers(&predicate_of)?;
        let registers = scan(&self.register_spans(), REGISTERS).map_err(|at| {
            let message = format!(
                "line {at} needs a register beside {REGISTERS} whose values are needed later; there are r0..r15"
            );
            Diagnostic::new("N0501", message)
                .help("use values sooner, or compute the cheap ones again; nothing can be spilled")
        })?;
        let instructions = self.lines.iter().enumerate().map(|(at, line)| {
            let predicate = match line.guard {
                Guard::Always => Some(Predicate::Always),
                Guard::If(p) => predicate_of(p).map(Predicate::If),
                Guard::Unless(p) => predicate_of(p).map(Predicate::Unless),
            };
            let code = |operand: &Operand| match *operand {
                Operand::Code(code) => Some(code),
                Operand::Register(register) => registers[register.0].and_then(|place| i32::try_from(place).ok()),
                Operand::Predicate(p) => predicate_of(p).map(Code::code),
            };
            let codes: Option<Vec<i32>> = line.operands.iter().map(code).collect();
            let (Some(predicate), Some(codes)) = (predicate, codes) else {
                return Err(self.no_instruction(at, "an operand has no place"));
            };
            Instruction::assemble(line.opcode, predicate, &codes, self.kind)
                .map_err(|error| self.no_instruction(at, &error.to_string()))
        });
        instructions.collect()
    }

    /// Every line has the operands of its opcode, virtual ones where a register or predicate can stand, all of this builder.
    fn check_names(&self) -> Result<(), Box<Diagnostic>> {
        for (at, line) in self.lines.iter().enumerate() {
            let (given, wanted) = (line.operands.len(), line.opcode.operands().len());
            if given != wanted {
                return Err(self.no_instruction(at, &format!("{given} operands, {wanted} belong to it")));
            }
            for (slot, operand) in line.slots() {
                let fits = match operand {
                    Operand::Register(register) => (slot.is_read() || slot.is_written()) && register.0 < self.registers,
                    Operand::Predicate(p) => slot == Slot::Flag && p.0 < self.predicates,
                    // Registers and predicates of the machine are the allocator's to give.
                    Operand::Code(code) if slot.is_read() || slot.is_written() => {
                        code > i32::from(*Register::RANGE.end())
                    }
                    Operand::Code(_) => slot != Slot::Flag,
                };
                if !fits {
                    return Err(self.no_instruction(at, &format!("{operand:?} is no {} of this program", slot.name())));
                }
            }
            if line.guard.predicate().is_some_and(|p| p.0 >= self.predicates) {
                return Err(self.no_instruction(at, "its guard is none of this program"));
            }
        }
        Ok(())
    }

    /// Every predicate is first set for good: without guard and combination.
    fn check_predicates(&self) -> Result<(), Box<Diagnostic>> {
        let mut set = vec![false; self.predicates];
        for (at, line) in self.lines.iter().enumerate() {
            let flag = line.flag();
            let is_full = line.guard == Guard::Always && line.combine() == Combine::Replace.code();
            let partial = flag.filter(|_| !is_full);
            if let Some(p) = line.guard.predicate().into_iter().chain(partial).find(|p| !set[p.0]) {
                let message =
                    format!("line {at} ({}) asks condition {}, which may not be set", line.opcode.mnemonic(), p.0);
                let refusal = Diagnostic::new("N0503", message);
                return Err(refusal.help("set it before by an unguarded `cmp`, without combination").into());
            }
            if let Some(p) = flag {
                set[p.0] = true;
            }
        }
        Ok(())
    }

    fn register_spans(&self) -> Vec<Option<Span>> {
        spans(self.registers, self.lines.iter().map(|line| line.registers().map(|(_, register)| register.0)))
    }

    fn predicate_spans(&self) -> Vec<Option<Span>> {
        spans(
            self.predicates,
            self.lines.iter().map(|line| line.flag().into_iter().chain(line.guard.predicate()).map(|p| p.0)),
        )
    }

    fn no_instruction(&self, at: usize, why: &str) -> Box<Diagnostic> {
        let mnemonic = self.lines.get(at).map_or("", |line| line.opcode.mnemonic());
        let message = format!("line {at} is no `{mnemonic}` of a {} program: {why}", self.kind.name());
        Diagnostic::new("N0504", message).help("give the operands that docs/isa.md lists, suffixes first").into()
    }
}

impl Line {
    /// Operands with their slots.
    pub(super) fn slots(&self) -> impl Iterator<Item = (Slot, Operand)> {
        self.opcode.operands().iter().map(|operand| operand.slot).zip(self.operands.iter().copied())
    }

    /// Virtual registers with their slots.
    pub(super) fn registers(&self) -> impl Iterator<Item = (Slot, super::Virtual)> {
        self.slots().filter_map(|(slot, operand)| match operand {
            Operand::Register(register) => Some((slot, register)),
            _ => None,
        })
    }

    /// The predicate that it writes.
    pub(super) fn flag(&self) -> Option<super::VirtualPredicate> {
        self.operands.iter().find_map(|operand| match operand {
            Operand::Predicate(p) => Some(*p),
            _ => None,
        })
    }

    /// Code of the combination of a comparison; that of none for other lines.
    pub(super) fn combine(&self) -> i32 {
        let found = self.slots().find_map(|(slot, operand)| match operand {
            Operand::Code(code) if slot == Slot::Combine => Some(code),
            _ => None,
        });
        found.unwrap_or(Combine::Replace.code())
    }
}

/// The spans of `count` things, from those that each line names.
fn spans(count: usize, lines: impl Iterator<Item = impl Iterator<Item = usize>>) -> Vec<Option<Span>> {
    let mut spans: Vec<Option<Span>> = vec![None; count];
    for (at, line) in lines.enumerate() {
        for index in line {
            let first = spans[index].map_or(at, |(first, _)| first);
            spans[index] = Some((first, at));
        }
    }
    spans
}

/// A place below `places` for each span, no two spans at the same place at the same time; the lowest that is free, which for spans on
/// a line uses the fewest. A span may begin on the line on which another ends: an instruction reads before it writes.
///
/// # Errors
/// With the line on which there are not enough places.
fn scan(spans: &[Option<Span>], places: usize) -> Result<Vec<Option<usize>>, usize> {
    let mut in_order: Vec<(Span, usize)> =
        spans.iter().enumerate().filter_map(|(index, span)| Some(((*span)?, index))).collect();
    in_order.sort_unstable();
    let mut chosen = vec![None; spans.len()];
    let mut busy_until: Vec<Option<usize>> = vec![None; places];
    for ((first, last), index) in in_order {
        let free = busy_until.iter().position(|busy| busy.is_none_or(|until| until <= first)).ok_or(first)?;
        busy_until[free] = Some(last);
        chosen[index] = Some(free);
    }
    Ok(chosen)
}
