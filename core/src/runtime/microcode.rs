//! Compartments whose step is microcode: blocks of lanes, children of a cell before their parents.

use super::{Emission, StepCounts};
use crate::archive::Archive;
use crate::delay_ring::DelayRing;
use crate::draws::Draws;
use crate::error::Error;
use crate::id::Step;
use crate::image::{ChipImage, CoreImage, DENDRITES, MicrocodeBlock, Values};
use crate::microcode::batch::Column;
use crate::microcode::executable::step_input;
use crate::microcode::{Batch, Executable, LANES};
use crate::modulator::SLOTS;
use crate::neuron::Overflows;
use crate::random::{Domain, stream};
use crate::semantics::Numerics;
use caudate_isa::nmx::operand::{Parameter, Source, Special, State};

/// Codes of the specials that a step sets.
const I0: u8 = 2;
const T: u8 = 6;
const M0: u8 = 12;
/// Largest magnitude of a dendritic input: 24 bits, two's complement.
const INPUT_LIMIT: i64 = 1 << 23;
/// The same for the payload of a spike.
const PAYLOAD_LIMIT: i32 = 1 << 23;

/// The microcode of a core: its blocks and one working memory for all of them.
#[derive(Debug, Clone)]
pub(super) struct Microcode {
    blocks: Vec<Block>,
    /// Blocks of each tree of compartments, children first, the soma last.
    trees: Vec<Vec<usize>>,
    batch: Box<Batch>,
    snapshot: Vec<Column>,
}

/// What a step reads besides the cells' own state.
pub(super) struct Surroundings<'a> {
    pub(super) t: Step,
    pub(super) levels: &'a [i8],
    pub(super) draws: &'a Draws,
    pub(super) numerics: &'a Numerics,
    pub(super) slot: usize,
    /// Accumulators by dendrite.
    pub(super) rings: &'a mut [DelayRing],
}

/// What a step hands on.
pub(super) struct Products<'a> {
    pub(super) spikes: &'a mut Vec<Emission>,
    /// By compartment.
    pub(super) spiked: &'a mut [bool],
    pub(super) counts: &'a mut StepCounts,
    /// By population.
    pub(super) overflows: &'a mut [Overflows],
}

#[derive(Debug, Clone)]
struct Block {
    executable: Executable,
    first: usize,
    count: usize,
    population: usize,
    channels: [Option<u16>; SLOTS],
    /// Parameters k0, k1, ...: one number, or a column for each run of [`LANES`] compartments.
    parameters: Vec<Numbers>,
    /// State words s0, s1, ..., likewise in columns.
    states: Vec<Vec<Column>>,
    /// Logical ids.
    entities: Vec<u32>,
    /// Random streams, once drawn from; empty for programs that never draw.
    streams: Vec<u64>,
    /// Words that one run moves.
    words: u64,
    /// Cycles of the last step, of all compartments.
    cycles: u64,
}

#[derive(Debug, Clone)]
enum Numbers {
    Same(i32),
    Each(Vec<Column>),
}

impl Microcode {
    /// Loads the blocks of a core; `None` if it has none. `population_of` tells the population of a compartment.
    pub(super) fn load(
        image: &ChipImage,
        core: &CoreImage,
        population_of: impl Fn(usize) -> usize,
    ) -> Result<Option<Self>, Error> {
        if core.microcode.is_empty() {
            return Ok(None);
        }
        let blocks = core.microcode.iter().map(|own| Block::load(image, core, own, population_of(own.first as usize)));
        let blocks: Vec<Block> = blocks.collect::<Result<_, _>>()?;
        let most_states = blocks.iter().map(|block| block.states.len()).max().unwrap_or(0);
        let roots = (0..blocks.len()).filter(|block| core.microcode[*block].parent.is_none());
        let trees = roots.map(|root| {
            let mut order = Vec::new();
            bottom_up(&core.microcode, root, &mut order);
            order
        });
        Ok(Some(Self {
            trees: trees.collect(),
            batch: Box::default(),
            snapshot: vec![Box::new([0; LANES]); most_states],
            blocks,
        }))
    }

    /// Saves or restores the state words.
    pub(super) fn archive(&mut self, archive: &mut Archive) -> Result<(), Error> {
        for block in &mut self.blocks {
            for column in block.states.iter_mut().flatten() {
                archive.column(&mut column[..])?;
            }
            archive.number(&mut block.cycles)?;
        }
        Ok(())
    }

    /// The accumulators that any program reads: one past the highest dendrite.
    pub(super) fn dendrites(&self) -> usize {
        let reads = |dendrite: &u8| self.blocks.iter().any(|block| block.executable.reads(special(I0 + dendrite)));
        (0..DENDRITES).rev().find(reads).map_or(1, |highest| usize::from(highest) + 1)
    }

    /// Channels that a program reads: a change of level wakes the core.
    pub(super) fn channels(&self) -> impl Iterator<Item = u16> {
        self.blocks.iter().flat_map(|block| {
            let reads = |slot: &usize| block.executable.reads(special(M0 + *slot as u8));
            (0..SLOTS).filter(reads).filter_map(|slot| block.channels[slot])
        })
    }

    /// Runs every compartment once. Returns whether the next step could differ, should nothing arrive.
    pub(super) fn step(&mut self, around: &mut Surroundings<'_>, products: &mut Products<'_>) -> bool {
        let mut changed = false;
        for tree in &self.trees {
            let count = tree.last().map_or(0, |soma| self.blocks[*soma].count);
            tree.iter().for_each(|block| self.blocks[*block].cycles = 0);
            for chunk in 0..count.div_ceil(LANES) {
                for block in tree {
                    let block = &mut self.blocks[*block];
                    changed |= block.step(chunk, &mut self.batch, &mut self.snapshot, around, products);
                }
                // A verified tree leaves nothing; what a hand-made image leaves must not reach the next cells.
                (0..LANES.min(count)).for_each(|lane| self.batch.stack_mut(lane).clear());
            }
        }
        self.rest(products.counts);
        changed
    }

    /// Counts what a step costs that repeats the last one.
    pub(super) fn rest(&self, counts: &mut StepCounts) {
        for block in &self.blocks {
            counts.program_runs += block.count as u64;
            counts.program_cycles += block.cycles;
            counts.program_words += block.words * block.count as u64;
        }
    }

    /// State word `word` of compartment `compartment`, if microcode runs there and has it.
    pub(super) fn state(&self, compartment: usize, word: usize) -> Option<i32> {
        let block = self.blocks.iter().find(|block| (block.first..block.first + block.count).contains(&compartment))?;
        let lane = compartment - block.first;
        Some(block.states.get(word)?[lane / LANES][lane % LANES])
    }
}

/// The blocks of the tree under `root`: children in order, then their parent. The image's validation excludes cycles.
fn bottom_up(blocks: &[MicrocodeBlock], root: usize, order: &mut Vec<usize>) {
    for (index, _) in blocks.iter().enumerate().filter(|(_, block)| block.parent == Some(root as u32)) {
        bottom_up(blocks, index, order);
    }
    order.push(root);
}

fn special(code: u8) -> Special {
    Special::new(code).unwrap_or(Special::ZERO)
}

fn columns(values: &Values, count: usize) -> Vec<Column> {
    let chunk = |chunk: usize| {
        let mut column = Box::new([0; LANES]);
        for (lane, value) in column.iter_mut().enumerate().take(count - chunk * LANES) {
            *value = values.get(chunk * LANES + lane);
        }
        column
    };
    (0..count.div_ceil(LANES)).map(chunk).collect()
}

impl Block {
    fn load(image: &ChipImage, core: &CoreImage, own: &MicrocodeBlock, population: usize) -> Result<Self, Error> {
        let named = &image.programs[usize::from(own.program)];
        let executable = Executable::new(&named.program)
            .map_err(|errors| Error::Image(format!("program '{}' is not legal: {errors:?}", named.name)))?;
        let (first, count) = (own.first as usize, own.count as usize);
        let numbers = |values: &Values| match values {
            Values::Same(value) => Numbers::Same(*value),
            Values::Each(_) => Numbers::Each(columns(values, count)),
        };
        let compartments = &core.compartments[first..first + count];
        let own_parameters = own.parameters.iter().filter(|values| matches!(values, Values::Each(_))).count();
        let masks = executable.masks();
        Ok(Self {
            first,
            count,
            population,
            channels: compartments.first().map_or([None; SLOTS], |compartment| compartment.modulators),
            parameters: own.parameters.iter().map(numbers).collect(),
            states: own.initial.iter().map(|values| columns(values, count)).collect(),
            entities: compartments.iter().map(|compartment| compartment.neuron.0).collect(),
            streams: Vec::new(),
            words: u64::from(masks.read.count_ones() + masks.write.count_ones()) + own_parameters as u64,
            cycles: 0,
            executable,
        })
    }

    /// Runs the compartments of one chunk. Returns whether the next step could differ, should nothing arrive.
    fn step(
        &mut self,
        chunk: usize,
        batch: &mut Batch,
        snapshot: &mut [Column],
        around: &mut Surroundings<'_>,
        products: &mut Products<'_>,
    ) -> bool {
        let begin = chunk * LANES;
        let lanes = LANES.min(self.count - begin);
        if self.streams.is_empty() {
            // Most programs never draw; then any number will do.
            let seed = around.draws.domain_seed(Domain::Neuron);
            let draws = self.executable.is_random();
            self.streams =
                self.entities.iter().map(|id| if draws { stream(seed, u64::from(*id)) } else { 0 }).collect();
        }
        let had_input = self.lend_inputs(begin, lanes, batch, around, products);
        self.exchange(chunk, batch);
        let written = self.executable.masks().write;
        for (word, copy) in snapshot.iter_mut().enumerate().take(self.states.len()) {
            if written >> word & 1 == 1 {
                copy.copy_from_slice(batch.state(word));
            }
        }
        batch.run(&self.executable, &self.streams[begin..begin + lanes], around.t);
        let mut changed = had_input || self.executable.is_random() || self.executable.reads(special(T));
        for (word, copy) in snapshot.iter().enumerate().take(self.states.len()) {
            changed |= written >> word & 1 == 1 && copy[..lanes] != batch.state(word)[..lanes];
        }
        self.exchange(chunk, batch);
        changed |= !batch.spikes().is_empty();
        for spike in batch.spikes() {
            let compartment = self.first + begin + spike.lane as usize;
            let (port, payload) = (spike.spike.port, spike.spike.payload.clamp(-PAYLOAD_LIMIT, PAYLOAD_LIMIT - 1));
            products.overflows[self.population].microcode += u64::from(payload != spike.spike.payload);
            products.spikes.push(Emission { compartment: compartment as u32, port, payload });
            products.counts.spikes += 1;
            products.spiked[compartment] = true;
        }
        for lane in 0..lanes {
            let outcome = batch.outcome(lane);
            self.cycles += u64::from(outcome.cycles);
            products.overflows[self.population].microcode += u64::from(outcome.alu_saturated + outcome.store_saturated);
        }
        changed
    }

    /// Fills the columns of what a run reads besides its state. Returns whether any accumulator held something.
    fn lend_inputs(
        &self,
        begin: usize,
        lanes: usize,
        batch: &mut Batch,
        around: &mut Surroundings<'_>,
        products: &mut Products<'_>,
    ) -> bool {
        let mut had_input = false;
        for (ring, dendrite) in around.rings.iter_mut().zip(0..) {
            let sums = &mut ring.slot_mut(around.slot)[self.first + begin..self.first + begin + lanes];
            let column = batch.column_mut(Source::Special(special(I0 + dendrite)));
            for (value, sum) in column.iter_mut().zip(sums) {
                let read = around.numerics.accumulator.apply(*sum).clamp(-INPUT_LIMIT, INPUT_LIMIT - 1);
                products.overflows[self.population].accumulator +=
                    u64::from(around.numerics.counts_overflow && read != *sum);
                had_input |= *sum != 0;
                *value = read as i32;
                *sum = 0;
            }
        }
        batch.column_mut(Source::Special(special(T))).fill(step_input(around.t));
        for (channel, slot) in self.channels.iter().zip(0..) {
            let level = channel.map_or(0, |channel| around.levels.get(usize::from(channel)).copied().unwrap_or(0));
            batch.column_mut(Source::Special(special(M0 + slot))).fill(level.into());
        }
        had_input
    }

    /// Lends the block's own columns to the executor, or takes them back.
    fn exchange(&mut self, chunk: usize, batch: &mut Batch) {
        for (numbers, index) in self.parameters.iter_mut().zip(0..) {
            let Some(source) = Parameter::new(index).map(Source::Parameter) else { continue };
            match numbers {
                Numbers::Same(value) => batch.column_mut(source).fill(*value),
                Numbers::Each(columns) => batch.exchange(source, &mut columns[chunk]),
            }
        }
        for (columns, index) in self.states.iter_mut().zip(0..) {
            if let Some(state) = State::new(index) {
                batch.exchange(Source::State(state), &mut columns[chunk]);
            }
        }
    }
}
