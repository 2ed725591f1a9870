//! The walk of a block through a program: who takes part in an instruction, who exits, what is stored.

use super::operations::Run;
use super::{Batch, LANES, STATES};
use crate::id::Step;
use crate::microcode::executable::Executable;
use crate::microcode::reference::Outcome;
use caudate_isa::nmx::{Instruction, Operation, Predicate};

impl Batch {
    /// Runs `executable` once in each of the first `streams.len()` lanes, at most [`LANES`]. `streams` are the random streams of the
    /// lanes' logical entities. Columns hold nothing of interest in lanes beyond.
    pub fn run(&mut self, executable: &Executable, streams: &[u64], step: Step) {
        let count = streams.len().min(LANES);
        let run = Run { streams: &streams[..count], step, tables: &executable.tables };
        self.enter(executable, count);
        let (mut cycles, mut alive_count) = (0, count);
        for (pc, instruction) in executable.instructions.iter().enumerate() {
            cycles += instruction.cycles();
            let everyone = alive_count == count;
            let Some(all) = self.select(count, instruction, everyone) else { continue };
            if let Operation::Xit {} = instruction.operation {
                alive_count -= self.exit(count, all, cycles);
                if alive_count == 0 {
                    break;
                }
            } else {
                self.execute(&run, pc as u8, instruction, all);
            }
        }
        for (outcome, _) in
            self.outcomes.iter_mut().zip(self.alive.iter()).take(count).filter(|(_, alive)| **alive != 0)
        {
            outcome.cycles = cycles;
        }
        self.store(executable, count);
        // Instructions were visited one by one, lanes within each: the stable sort brings each lane's spikes together in order.
        self.spikes.sort_by_key(|spike| spike.lane);
    }

    fn enter(&mut self, executable: &Executable, count: usize) {
        for register in (0..16).filter(|register| executable.cleared.registers >> register & 1 == 1) {
            self.columns[register].fill(0);
        }
        for (index, predicate) in self.predicates.iter_mut().enumerate() {
            if executable.cleared.predicates >> index & 1 == 1 {
                predicate.fill(0);
            }
        }
        self.alive[..count].fill(-1);
        self.outcomes[..count].fill(Outcome::default());
        self.spikes.clear();
    }

    /// Finds the lanes in which `instruction` takes effect: `Some(true)` all in use, `Some(false)` those of `self.mask`, `None` none.
    fn select(&mut self, count: usize, instruction: &Instruction, everyone: bool) -> Option<bool> {
        let (p, inverted) = match instruction.predicate {
            Predicate::If(p) if instruction.is_conditional() => (p, 0),
            Predicate::Unless(p) if instruction.is_conditional() => (p, -1),
            _ if everyone => return Some(true),
            _ => {
                self.mask.copy_from_slice(&self.alive[..]);
                return Some(false);
            }
        };
        let predicate = &self.predicates[usize::from(p.get() - 1)];
        let (mut any, mut all) = (0, -1);
        let lanes = self.mask.iter_mut().zip(self.alive.iter()).zip(predicate.iter()).take(count);
        for ((mask, alive), predicate) in lanes {
            *mask = alive & (predicate ^ inverted);
            any |= *mask;
            all &= *mask;
        }
        (any != 0).then_some(all != 0)
    }

    /// Ends the runs of the active lanes; returns how many.
    fn exit(&mut self, count: usize, all: bool, cycles: u32) -> usize {
        let mut exited = 0;
        for (lane, outcome) in self.outcomes.iter_mut().enumerate().take(count) {
            if all || self.mask[lane] != 0 {
                self.alive[lane] = 0;
                outcome.cycles = cycles;
                exited += 1;
            }
        }
        exited
    }

    /// Clamps what was written to its storage width.
    fn store(&mut self, executable: &Executable, count: usize) {
        for (index, of) in executable.states.iter().enumerate() {
            if executable.masks.write >> index & 1 == 0 {
                continue;
            }
            for (value, outcome) in self.columns[STATES + index].iter_mut().zip(&mut self.outcomes).take(count) {
                let stored = of.clamp(*value);
                outcome.store_saturated += u32::from(stored != *value);
                *value = stored;
            }
        }
    }
}
