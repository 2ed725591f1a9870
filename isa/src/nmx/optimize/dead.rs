//! Dead code: what nobody reads is not computed.
//!
//! Each place has a mask over the eight valuations of the predicates, as in the verifier's definedness: bit v says that where the predicates
//! read v, the place may still be read. At every end states, spikes and stack are.

use super::code::Code;
use super::effects::{Effects, PLACES, Places, SEEN, guard};
use crate::nmx::encode::Instruction;
use crate::nmx::operand::{Predicate, Source};
use crate::nmx::table::{Opcode, Operation};
use crate::nmx::verify::{Valuations, after_comparison, valuations};

/// The valuations under which each place may still be read.
struct Live([Valuations; PLACES]);

pub(super) fn apply(code: &mut Code<'_>) -> usize {
    let mut times = end(code);
    let proofs = code.proofs();
    let mut live = Live([0; PLACES]);
    live.need(SEEN, 0xff);
    for at in (0..code.lines.len()).rev() {
        let instruction = *code.instruction(at);
        let keeps = !proofs[at].never_saturates || live.keeps(&instruction);
        if !code.is_nop(at) && !keeps && erase(code, at) {
            times += 1;
        } else {
            live.step_back(&instruction);
        }
    }
    times
}

/// Erases a word, unless that makes a run load a state word: a dead write may be what shows that the old value is not needed.
fn erase(code: &mut Code<'_>, at: usize) -> bool {
    let (moved, line) = (code.moved_words(), code.lines[at].clone());
    code.erase(at);
    if code.moved_words() <= moved {
        return true;
    }
    code.lines[at] = line;
    false
}

/// Words after a sure exit never run, and an exit before nothing exits from nothing.
fn end(code: &mut Code<'_>) -> usize {
    let is_exit = |at: &usize| code.instruction(*at).opcode() == Opcode::Xit;
    let sure = |at: &usize| is_exit(at) && code.instruction(*at).predicate == Predicate::Always;
    let stop = (0..code.lines.len()).find(sure).unwrap_or(code.lines.len());
    let idle = |at: &usize| *at >= stop || is_exit(at) || code.is_nop(*at);
    let tail: Vec<usize> = (0..code.lines.len()).rev().take_while(idle).filter(|at| !code.is_nop(*at)).collect();
    tail.iter().for_each(|&at| code.erase(at));
    tail.len()
}

impl Live {
    fn need(&mut self, places: Places, under: Valuations) {
        for (place, mask) in self.0.iter_mut().enumerate() {
            *mask |= if places >> place & 1 == 1 { under } else { 0 };
        }
    }

    /// Whether anything that the instruction does may be seen or read.
    fn keeps(&self, instruction: &Instruction) -> bool {
        let runs = valuations(guard(instruction));
        let writes = Effects::of(instruction).writes;
        let is_read = self.0.iter().enumerate().any(|(place, mask)| match instruction.operation {
            // Whoever reads the predicate does so afterwards.
            Operation::Cmp { .. } => writes >> place & 1 == 1 && *mask != 0,
            _ => writes >> place & 1 == 1 && mask & runs != 0,
        });
        let is_idle = matches!(instruction.operation, Operation::Mov { d, a } if a == Source::from(d));
        is_read && !is_idle
    }

    /// From after an instruction to before it.
    fn step_back(&mut self, instruction: &Instruction) {
        let runs = valuations(guard(instruction));
        let effects = Effects::of(instruction);
        match instruction.operation {
            Operation::Nop {} => return,
            Operation::Xit {} => {
                // Where it is taken, nothing that follows matters.
                self.0.iter_mut().for_each(|mask| *mask &= !runs);
                self.need(SEEN, runs);
                self.need(super::effects::asked(instruction.predicate), 0xff);
                return;
            }
            Operation::Cmp { p, combine, .. } => {
                for mask in &mut self.0 {
                    let after = *mask;
                    let leads = |v: usize| if runs >> v & 1 == 1 { after_comparison(v, p, combine) } else { [v, v] };
                    let needed = (0..8).filter(|v| leads(*v).iter().any(|to| after >> to & 1 == 1));
                    *mask = needed.fold(0, |all, v| all | 1 << v);
                }
                if !instruction.is_conditional() {
                    self.forget(effects.writes, 0xff);
                }
            }
            _ => self.forget(effects.writes, runs),
        }
        self.need(effects.reads, runs);
        self.need(super::effects::asked(instruction.predicate), 0xff);
    }

    fn forget(&mut self, places: Places, under: Valuations) {
        for (place, mask) in self.0.iter_mut().enumerate() {
            *mask &= if places >> place & 1 == 1 { !under } else { 0xff };
        }
    }
}
