//! The walk of a block through a program: who takes part in an instruction, who exits, what is stored.

use super::operations::Run;
use super::{Batch, LANES, STATES};
use crate::id::Step;
use crate::microcode::executable::Executable;
use caudate_isa::nmx::{Instruction, Operation, Predicate};

impl Batch {
    /// Runs `executable` once in each of the first `streams.len()` lanes, at most [`LANES`]. `streams` are the random streams of the
    /// lanes' logical entities. Columns hold nothing of interest in lanes beyond.
    pub fn run(&mut self, executable: &Executable, streams: &[u64], step: Step) {
        let count = streams.len().min(LANES);
        let run = Run { streams: &streams[..count], step, tables: &executable.tables };
        self.enter(executable, count);
        let (mut cycles, mut everyone) = (0, true);
        for (pc, instruction) in executable.instructions.iter().enumerate() {
            cycles += instruction.cycles();
            let Some(all) = self.select(count, instruction, everyone) else { continue };
            if let Operation::Xit {} = instruction.operation {
                everyone = false;
                if all || !self.exit(count, cycles) {
                    break;
                }
            } else {
                self.execute(&run, pc as u8, instruction, all);
            }
        }
        self.counts.end(count, &self.alive, cycles);
        for (index, &of) in executable.states.iter().enumerate() {
            if executable.masks.write >> index & 1 == 1 {
                self.counts.store(&mut self.columns[STATES + index][..count], of);
            }
        }
        // Instructions were visited one by one, lanes within each: a stable sort brings each lane's spikes together in order.
        if !self.spikes.is_sorted_by_key(|spike| spike.lane) {
            self.spikes.sort_by_key(|spike| spike.lane);
        }
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
        self.counts.clear();
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
        let (mask, alive) = (&mut self.mask[..count], &self.alive[..count]);
        let predicate = &self.predicates[usize::from(p.get() - 1)][..count];
        let (mut any, mut all) = (0, -1);
        for lane in 0..count {
            mask[lane] = alive[lane] & (predicate[lane] ^ inverted);
            any |= mask[lane];
            all &= mask[lane];
        }
        (any != 0).then_some(all != 0)
    }

    /// Ends the runs of the lanes of `self.mask`; returns whether any goes on.
    fn exit(&mut self, count: usize, cycles: u32) -> bool {
        self.counts.end(count, &self.mask, cycles);
        let (alive, mask) = (&mut self.alive[..count], &self.mask[..count]);
        let mut any = 0;
        for lane in 0..count {
            alive[lane] &= !mask[lane];
            any |= alive[lane];
        }
        any != 0
    }
}
