//! Learning rules in microcode: one run per synapse at the end of an epoch, unless it provably would change nothing.
//!
//! A run sees x0 and y0, whether source and target spiked in the epoch; x1, x2 as they stood at the target's last spike of the epoch, and
//! y1..y3 as at the source's last spike, or at the epoch's end where there was none; the modulators and the step of the epoch's
//! end. Its draws are those of the synapse's logical entity. What it leaves in the word of the weight is clamped to the
//! synapse's format and truncated toward zero to its grain.

use super::plastic::{Plastic, PlasticList, Synapses};
use crate::archive::Archive;
use crate::arithmetic::truncate_toward_zero;
use crate::draws::Draws;
use crate::error::Error;
use crate::image::{ChipImage, MicrocodeRule};
use crate::microcode::executable::step_input;
use crate::microcode::{Batch, Executable, LANES};
use crate::modulator::SLOTS;
use crate::random::{Domain, stream, synapse_entity};
use caudate_isa::nmx::operand::{Source, Special};
use caudate_isa::nmx::verify::{Rest, rest};

/// Codes of the specials that a run reads.
const X0: u8 = 2;
const X1: u8 = 3;
const Y0: u8 = 5;
const Y1: u8 = 6;
const T: u8 = 9;
const M0: u8 = 12;

/// The program of a plastic group and what its synapses keep for it.
#[derive(Debug, Clone)]
pub struct Microcode {
    executable: Executable,
    rule: MicrocodeRule,
    /// What must hold for a run to change nothing, by whether source and target spiked.
    rests: [[Option<Rest>; 2]; 2],
    /// State words that a run moves.
    words: u64,
    /// By state word and place of the synapse in the group; empty for the words of weight and delay.
    own: Vec<Vec<i32>>,
    /// By list: the place of its first synapse.
    starts: Vec<usize>,
    /// By list: whether any word of `own` may differ from 0.
    is_marked: Vec<bool>,
    batch: Box<Batch>,
    lanes: Vec<Lane>,
    streams: Vec<u64>,
}

/// The synapse behind a lane of the executor.
#[derive(Debug, Clone, Copy)]
struct Lane {
    list: usize,
    synapse: usize,
    place: usize,
}

/// What a pass of a rule in microcode did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RunCounts {
    /// Synapses whose program ran.
    pub runs: u64,
    /// Cycles of those runs.
    pub cycles: u64,
    /// State words that they moved.
    pub words: u64,
    /// Stored weights that changed.
    pub weight_writes: u64,
    /// Results and stores that were clamped.
    pub clamped: u64,
}

impl Microcode {
    /// Saves or restores the state words that are neither weight nor delay.
    ///
    /// # Errors
    /// [`Error::Checkpoint`] if they are those of another group.
    pub fn archive(&mut self, archive: &mut Archive) -> Result<(), Error> {
        self.own.iter_mut().try_for_each(|column| archive.column(column))?;
        archive.column(&mut self.is_marked)
    }

    /// The program of a rule, with the synapses of `lists` in their state before step 0.
    ///
    /// # Errors
    /// [`Error::Image`] if the program is not legal.
    pub fn new(image: &ChipImage, rule: &MicrocodeRule, lists: &[PlasticList]) -> Result<Self, Error> {
        let named = &image.programs[usize::from(rule.program)];
        let mut program = named.program.clone();
        for (parameter, value) in program.parameters.iter_mut().zip(&rule.parameters) {
            parameter.value = *value;
        }
        let executable = Executable::new(&program)
            .map_err(|errors| Error::Image(format!("program '{}' is not legal: {errors:?}", named.name)))?;
        let is_own = |index: usize| rule.is_own_state(index);
        let rests = [false, true].map(|pre| [false, true].map(|post| rest(&program, is_own, pre, post)));
        let mut synapses = 0;
        let starts = lists.iter().map(|list| {
            let start = synapses;
            synapses += list.end - list.start;
            start
        });
        let starts = starts.collect();
        let own = rule.initial.iter().enumerate();
        let own = own.map(|(word, value)| if is_own(word) { vec![*value; synapses] } else { Vec::new() }).collect();
        let is_marked = rule.initial.iter().enumerate().any(|(word, value)| is_own(word) && *value != 0);
        let masks = executable.masks();
        let mut batch = Box::<Batch>::default();
        batch.load_parameters(&rule.parameters);
        Ok(Self {
            words: u64::from(masks.read.count_ones() + masks.write.count_ones()),
            rule: rule.clone(),
            rests,
            own,
            starts,
            is_marked: vec![is_marked; lists.len()],
            batch,
            lanes: Vec::with_capacity(LANES),
            streams: Vec::with_capacity(LANES),
            executable,
        })
    }

    /// Whether an epoch without spikes may change a synapse at modulator levels `modulators`.
    #[must_use]
    pub fn is_restless(&self, modulators: &[i8; SLOTS]) -> bool {
        match self.rests[0][0] {
            None => true,
            Some(rest) => {
                (rest.modulators_are_zero && *modulators != [0; SLOTS])
                    || (rest.own_state_is_zero && self.is_marked.contains(&true))
            }
        }
    }

    /// A state word that is neither weight nor delay, by its place in the group.
    #[must_use]
    pub fn own_state(&self, word: usize, list: usize, offset: usize) -> Option<i32> {
        self.own.get(word)?.get(self.starts.get(list)? + offset).copied()
    }

    /// The state words that are neither weight nor delay.
    pub fn own_words(&self) -> impl Iterator<Item = usize> {
        (0..self.own.len()).filter(|word| self.rule.is_own_state(*word))
    }

    fn may_skip(&self, pre: bool, post: bool, place: usize, modulators: &[i8; SLOTS]) -> bool {
        self.rests[usize::from(pre)][usize::from(post)].is_some_and(|rest| {
            (!rest.modulators_are_zero || *modulators == [0; SLOTS])
                && (!rest.own_state_is_zero
                    || self.own.iter().all(|word| word.get(place).is_none_or(|value| *value == 0)))
        })
    }
}

impl Plastic {
    /// Runs the rule's program at the end of the epoch that step `t` closes.
    pub fn run_microcode(
        &mut self,
        t: u64,
        synapses: &mut Synapses,
        modulators: &[i8; SLOTS],
        draws: &Draws,
    ) -> RunCounts {
        let mut counts = RunCounts::default();
        let Some(mut microcode) = self.microcode.take() else { return counts };
        let any_post = self.targets.iter().any(|target| self.post_spike[*target as usize] > 0);
        microcode.fill(T, step_input(t));
        for (level, slot) in modulators.iter().zip(0..) {
            microcode.fill(M0 + slot, (*level).into());
        }
        let restless = microcode.rests[0][0].is_none_or(|rest| rest.modulators_are_zero && *modulators != [0; SLOTS]);
        for list in 0..self.lists.len() {
            let pre = self.pre_spike[list] > 0;
            if !(pre || any_post || restless || microcode.is_marked[list]) {
                continue;
            }
            let range = self.lists[list];
            for (synapse, place) in (range.start..range.end).zip(microcode.starts[list]..) {
                let post = self.post_spike[synapses.target[synapse] as usize] > 0;
                if microcode.may_skip(pre, post, place, modulators) {
                    continue;
                }
                self.gather(&mut microcode, Lane { list, synapse, place }, synapses, draws);
                if microcode.lanes.len() == LANES {
                    self.flush(&mut microcode, t, synapses, &mut counts);
                }
            }
            // Settled when its last lanes have run.
            microcode.is_marked[list] = true;
        }
        self.flush(&mut microcode, t, synapses, &mut counts);
        for list in 0..self.lists.len() {
            if microcode.is_marked[list] {
                let places =
                    microcode.starts[list]..microcode.starts[list] + self.lists[list].end - self.lists[list].start;
                let nonzero =
                    |word: &Vec<i32>| word.get(places.clone()).is_some_and(|own| own.iter().any(|value| *value != 0));
                microcode.is_marked[list] = microcode.own.iter().any(nonzero);
            }
        }
        self.microcode = Some(microcode);
        self.pre_spike.fill(0);
        self.post_spike.fill(0);
        counts
    }

    /// Adds a synapse to the lanes of the next run.
    fn gather(&self, microcode: &mut Microcode, lane: Lane, synapses: &Synapses, draws: &Draws) {
        let (at, target) = (microcode.lanes.len(), synapses.target[lane.synapse] as usize);
        let (pre, post) = (self.pre_spike[lane.list], self.post_spike[target]);
        let row = |spike: u8| usize::from(if spike > 0 { spike } else { self.epoch_steps as u8 }) - 1;
        microcode.set(X0, at, i32::from(pre > 0));
        microcode.set(Y0, at, i32::from(post > 0));
        for (history, special) in self.x_history.iter().zip(X1..) {
            microcode.set(special, at, history[row(post)][lane.list].into());
        }
        for (history, special) in self.y_history.iter().zip(Y1..) {
            microcode.set(special, at, history[row(pre)][target].into());
        }
        for word in 0..microcode.own.len() {
            let value = if microcode.rule.weight == Some(word as u8) {
                synapses.weight[lane.synapse].into()
            } else if microcode.rule.delay == Some(word as u8) {
                synapses.delay[lane.synapse].into()
            } else {
                microcode.own[word][lane.place]
            };
            microcode.batch.state_mut(word)[at] = value;
        }
        let random = microcode.executable.is_random();
        let entity =
            || synapse_entity(synapses.ordinal[lane.synapse], self.lists[lane.list].source, self.neurons[target]);
        microcode.streams.push(if random { stream(draws.domain_seed(Domain::Synapse), entity()) } else { 0 });
        microcode.lanes.push(lane);
    }

    /// Runs the lanes and stores what they leave.
    fn flush(&self, microcode: &mut Microcode, t: u64, synapses: &mut Synapses, counts: &mut RunCounts) {
        let Microcode { executable, rule, batch, lanes, streams, own, words, .. } = microcode;
        if lanes.is_empty() {
            return;
        }
        batch.run(executable, streams, t);
        let (low, high) = self.format.weight_range();
        for (at, lane) in lanes.iter().enumerate() {
            let outcome = batch.outcome(at);
            counts.cycles += u64::from(outcome.cycles);
            counts.clamped += u64::from(outcome.alu_saturated + outcome.store_saturated);
            for (word, own) in own.iter_mut().enumerate() {
                let value = batch.state(word)[at];
                if rule.weight == Some(word as u8) {
                    let grain = self.format.weight_step_bits();
                    let weight = truncate_toward_zero(value.clamp(low.into(), high.into()).into(), grain) as i16;
                    if weight != synapses.weight[lane.synapse] {
                        synapses.weight[lane.synapse] = weight;
                        synapses.effective[lane.synapse] = self.format.effective_weight(weight, self.effective_limit);
                        counts.weight_writes += 1;
                    }
                } else if rule.delay == Some(word as u8) {
                    synapses.delay[lane.synapse] = value.clamp(0, self.longest_delay.into()) as u8;
                } else {
                    own[lane.place] = value;
                }
            }
        }
        counts.runs += lanes.len() as u64;
        counts.words += *words * lanes.len() as u64;
        lanes.clear();
        streams.clear();
    }
}

impl Microcode {
    fn column(&mut self, special: u8) -> &mut [i32; LANES] {
        self.batch.column_mut(Source::Special(Special::new(special).unwrap_or(Special::ZERO)))
    }

    fn set(&mut self, special: u8, lane: usize, value: i32) {
        self.column(special)[lane] = value;
    }

    fn fill(&mut self, special: u8, value: i32) {
        self.column(special).fill(value);
    }
}
