//! The end of an epoch: the rows and columns that spikes touched, or every synapse where a product counts by time.
//!
//! Rows and columns are moved by tables, batch by batch, as if no source and no target had spiked together. Where they did, several
//! products count at once: those few synapses are noted on the way, put back, and changed one by one.

use super::change::Moment;
use super::columns::{Columns, Part};
use super::kernel::{BATCH, End, Lanes, each_marked, find_movers, move_all, open, roll};
use super::table::{Plan, Read, Table};
use super::{Learned, PlasticTile, Surroundings};
use crate::engine::prefetch::prefetch;
use crate::modulator::SLOTS;
use crate::random::Domain;
use caudate_isa::sum_of_products::{Dependency, Target};

/// What to do after spikes, at these levels of the modulators.
#[derive(Debug, Clone)]
pub(super) struct Plans {
    modulators: [i8; SLOTS],
    pre: Plan,
    post: Plan,
}

/// A synapse whose source and target both spiked, as it was before tables moved it.
#[derive(Debug, Clone, Copy)]
struct Met {
    list: usize,
    synapse: usize,
    weight: i16,
    tag: i16,
}

/// What moving a batch by tables needs room for.
#[derive(Debug)]
struct Batch {
    /// Logical ids of the ends that differ.
    others: Lanes<u32>,
    /// Numbers among parallel synapses; all 0 in a group that has none.
    ordinals: Lanes<u8>,
    /// 1 for synapses that are not to be moved.
    skipped: Lanes<u8>,
    /// 1 for synapses that their terms move.
    movers: Lanes<u8>,
    streams: Lanes<u64>,
    is_open: bool,
    read: Lanes<i16>,
    terms: Lanes<i16>,
    draws: Lanes<u32>,
    values: Lanes<i16>,
}

impl Batch {
    const fn new() -> Self {
        Self {
            others: [0; BATCH],
            ordinals: [0; BATCH],
            skipped: [0; BATCH],
            movers: [0; BATCH],
            streams: [0; BATCH],
            is_open: false,
            read: [0; BATCH],
            terms: [0; BATCH],
            draws: [0; BATCH],
            values: [0; BATCH],
        }
    }

    /// Draws for a table of fractions; for one of whole numbers any draw does.
    fn roll(&mut self, moment: &Moment, table: &Table, shared: End) {
        if table.is_whole {
            return;
        }
        if !self.is_open {
            open(moment.seed, shared, &self.others, &self.ordinals, &mut self.streams);
            self.is_open = true;
        }
        roll(&self.streams, moment.t, table.kind as u8, &mut self.draws);
    }

    /// Whether any of the first `len` terms is not 0; clears those behind them.
    fn has_terms(&mut self, len: usize) -> bool {
        self.terms[len..].fill(0);
        self.terms.iter().fold(0, |any, term| any | term) != 0
    }
}

impl PlasticTile {
    /// Runs the rule at the end of an epoch.
    pub(super) fn learn(&mut self, around: &Surroundings<'_>) -> Learned {
        let moment = Moment {
            t: around.t,
            epoch: (around.t + 1) / self.rule.epoch_steps,
            seed: around.draws.domain_seed(Domain::Synapse),
            modulators: self.rule.modulators(around.levels),
        };
        let mut learned = Learned::default();
        if self.rule.products.iter().flatten().any(|product| moment.is_timed(product.dependency)) {
            self.sweep(&moment, &mut learned);
        } else if !self.pre.is_empty() || !self.post.is_empty() {
            let plans = self.plans(&moment);
            self.follow_spikes(&moment, &plans, &mut learned);
            self.plans = Some(plans);
        }
        learned
    }

    /// The plans of this moment: those of the last one, unless modulators have moved that they depend on.
    fn plans(&mut self, moment: &Moment) -> Plans {
        let rule = &self.rule;
        match self.plans.take() {
            Some(plans) if !rule.hears_modulators || plans.modulators == moment.modulators => plans,
            _ => {
                let plan = |spikes, dependency| {
                    Plan::new(rule, &moment.modulators, spikes, |product| product.dependency == dependency)
                };
                Plans {
                    modulators: moment.modulators,
                    pre: plan([1, 0], Dependency::PreSpike),
                    post: plan([0, 1], Dependency::PostSpike),
                }
            }
        }
    }

    /// Every synapse: a product counts by time.
    fn sweep(&mut self, moment: &Moment, learned: &mut Learned) {
        let plan = Plan::new(&self.rule, &moment.modulators, [0, 0], |product| moment.is_timed(product.dependency));
        learned.updates += self.synapses.target.len() as u64;
        let met = if plan == Plan::General { Vec::new() } else { self.onto_spiked() };
        let mut batch = Batch::new();
        for list in 0..self.rule.sources.len() {
            let own = if self.pre_spike[list] == 0 { &plan } else { &Plan::General };
            learned.weight_writes += self.follow_row(moment, list, self.rule.epoch_steps as u8, own, &mut batch);
        }
        self.settle(moment, &met, learned);
    }

    /// The synapses onto targets that spiked, from sources that did not.
    fn onto_spiked(&self) -> Vec<Met> {
        let mut met = Vec::new();
        if matches!(self.columns, Columns::None) {
            if !self.post.is_empty() {
                (0..self.rule.sources.len()).for_each(|list| self.note_spiked_targets(list, &mut met));
            }
        } else {
            for neuron in &self.post {
                self.columns.parts(*neuron as usize, |part| {
                    for (list, place) in part.lists[..part.len].iter().zip(&part.places) {
                        met.push(self.met(*list as usize, *place as usize));
                    }
                });
            }
        }
        met.retain(|met| self.pre_spike[met.list] == 0);
        met
    }

    fn note_spiked_targets(&self, list: usize, met: &mut Vec<Met>) {
        let targets = &self.synapses.target[self.synapses.row(list)];
        for (place, target) in targets.iter().enumerate() {
            if self.post_spike[usize::from(*target)] != 0 {
                met.push(self.met(list, place));
            }
        }
    }

    fn met(&self, list: usize, place: usize) -> Met {
        let synapse = self.synapses.starts[list] as usize + place;
        let tag = self.synapses.tag.get(synapse).copied().unwrap_or(0);
        Met { list, synapse, weight: self.synapses.weight[synapse], tag }
    }

    /// The columns of targets that spiked, then the rows of sources that did.
    fn follow_spikes(&mut self, moment: &Moment, plans: &Plans, learned: &mut Learned) {
        let (has_pre, has_post) = (self.rule.has_pre, self.rule.has_post);
        let mut batch = Batch::new();
        let mut met = Vec::new();
        if has_post && !self.post.is_empty() {
            self.follow_columns(moment, &plans.post, &mut batch, &mut met, learned);
        } else if has_pre && !self.post.is_empty() && plans.pre != Plan::General {
            self.pre.iter().for_each(|list| self.note_spiked_targets(*list as usize, &mut met));
        }
        if has_pre {
            let lists = std::mem::take(&mut self.pre);
            for list in lists.iter().map(|list| *list as usize) {
                learned.updates += self.synapses.row(list).len() as u64;
                let step = self.pre_spike[list];
                learned.weight_writes += self.follow_row(moment, list, step, &plans.pre, &mut batch);
            }
            self.pre = lists;
            if plans.pre == Plan::General {
                return;
            }
        } else {
            learned.updates += met.len() as u64;
        }
        self.settle(moment, &met, learned);
    }

    /// Puts synapses back to what they were, and changes them by all products that count.
    fn settle(&mut self, moment: &Moment, met: &[Met], learned: &mut Learned) {
        for Met { list, synapse, weight, tag } in met.iter().copied() {
            learned.weight_writes -= u64::from(self.synapses.weight[synapse] != weight);
            self.synapses.weight[synapse] = weight;
            if let Some(own) = self.synapses.tag.get_mut(synapse) {
                *own = tag;
            }
            learned.weight_writes += u64::from(self.change(moment, list, synapse));
        }
    }

    /// Changes the synapses of a row by `plan`, with traces as of `step` of the epoch. Returns how many weights changed.
    fn follow_row(&mut self, moment: &Moment, list: usize, step: u8, plan: &Plan, batch: &mut Batch) -> u64 {
        let row = self.synapses.row(list);
        let mut written = 0;
        let Plan::Tables(tables) = plan else {
            for synapse in row {
                written += u64::from(self.change(moment, list, synapse));
            }
            return written;
        };
        for first in row.clone().step_by(BATCH) {
            let part = first..row.end.min(first + BATCH);
            batch.is_open = false;
            for table in tables {
                written += self.move_part_of_row(moment, list, step, table, part.clone(), batch);
            }
        }
        written
    }

    /// Moves up to [`BATCH`] neighbours of a row. Returns how many weights changed.
    fn move_part_of_row(
        &mut self,
        moment: &Moment,
        list: usize,
        step: u8,
        table: &Table,
        part: std::ops::Range<usize>,
        batch: &mut Batch,
    ) -> u64 {
        let len = part.len();
        let targets = &self.synapses.target[part.clone()];
        match table.read {
            Read::Pre(index) => batch.read[..len].fill(self.x[index].at(step)[list]),
            Read::Post(index) => {
                let values = self.y[index].at(step);
                batch.read.iter_mut().zip(targets).for_each(|(read, target)| *read = values[usize::from(*target)]);
            }
            Read::Weight => batch.read[..len].copy_from_slice(&self.synapses.weight[part.clone()]),
            Read::Tag if self.synapses.tag.is_empty() => batch.read.fill(0),
            Read::Tag => batch.read[..len].copy_from_slice(&self.synapses.tag[part.clone()]),
        }
        table.terms(&batch.read, &mut batch.terms);
        if !batch.has_terms(len) {
            return 0;
        }
        if !table.is_whole && !batch.is_open {
            self.neurons.look_up(targets.iter().map(|target| u32::from(*target)), &mut batch.others);
            if let Some(ordinals) = self.synapses.ordinal.get(part.clone()) {
                batch.ordinals[..len].copy_from_slice(ordinals);
            }
        }
        batch.roll(moment, table, End::Source(self.rule.sources.id(list)));
        let is_weight = table.kind == Target::Weight;
        let own = if is_weight { &mut self.synapses.weight[part] } else { &mut self.synapses.tag[part] };
        batch.values[..len].copy_from_slice(own);
        batch.values[len..].fill(0);
        let written = move_all(&self.rule.rounders[table.kind as usize], &batch.terms, &batch.draws, &mut batch.values);
        own.copy_from_slice(&batch.values[..len]);
        if is_weight { written.into() } else { 0 }
    }

    /// The columns of targets that spiked, but for synapses whose sources did too: those are noted in `met`, unless `plan` is general.
    fn follow_columns(
        &mut self,
        moment: &Moment,
        plan: &Plan,
        batch: &mut Batch,
        met: &mut Vec<Met>,
        learned: &mut Learned,
    ) {
        let neurons = std::mem::take(&mut self.post);
        let columns = std::mem::replace(&mut self.columns, Columns::None);
        for (index, neuron) in neurons.iter().map(|neuron| *neuron as usize).enumerate() {
            // Two ahead, where its synapses are; one ahead, what they hold, if most of it will be needed.
            if let Some(next) = neurons.get(index + 2) {
                columns.prefetch(*next as usize);
            }
            if let (Plan::Tables(tables), Some(next)) = (plan, neurons.get(index + 1)) {
                let wants = |kind| tables.iter().any(|table| table.kind == kind && table.is_whole);
                let (weights, tags) = (wants(Target::Weight), wants(Target::Tag));
                if weights || tags {
                    self.prefetch_column(&columns, *next as usize, weights, tags);
                }
            }
            columns.parts(neuron, |part| {
                let known = met.len();
                self.note_spiked_sources(part, batch, met);
                learned.updates += (part.len - (met.len() - known)) as u64;
                match plan {
                    Plan::Tables(tables) => {
                        batch.is_open = false;
                        for table in tables {
                            learned.weight_writes += self.move_part_of_column(moment, neuron, part, table, batch);
                        }
                    }
                    Plan::General => {
                        for lane in (0..part.len).filter(|lane| batch.skipped[*lane] == 0) {
                            let (list, synapse) = self.synapse_of(part, lane);
                            learned.weight_writes += u64::from(self.change(moment, list, synapse));
                        }
                    }
                }
            });
        }
        (self.post, self.columns) = (neurons, columns);
    }

    fn synapse_of(&self, part: &Part, lane: usize) -> (usize, usize) {
        let list = part.lists[lane] as usize;
        (list, self.synapses.starts[list] as usize + part.places[lane] as usize)
    }

    /// Marks the synapses of a part of a column whose sources spiked, and notes them.
    fn note_spiked_sources(&self, part: &Part, batch: &mut Batch, met: &mut Vec<Met>) {
        batch.skipped = [0; BATCH];
        if self.pre.is_empty() {
            return;
        }
        for (skipped, list) in batch.skipped.iter_mut().zip(&part.lists[..part.len]) {
            *skipped = u8::from(self.pre_spike[*list as usize] != 0);
        }
        each_marked(&batch.skipped, |lane| met.push(self.met(part.lists[lane] as usize, part.places[lane] as usize)));
    }

    /// Asks for the weights and tags of a column: each is on a line of its own.
    fn prefetch_column(&self, columns: &Columns, neuron: usize, weights: bool, tags: bool) {
        columns.parts(neuron, |part| {
            for synapse in (0..part.len).map(|lane| self.synapse_of(part, lane).1) {
                if weights {
                    prefetch(&self.synapses.weight[synapse]);
                }
                if tags {
                    prefetch(&self.synapses.tag[synapse]);
                }
            }
        });
    }

    /// Moves synapses onto one neuron, but for those skipped. Only those that a term moves are looked up. Returns how many weights
    /// changed.
    fn move_part_of_column(
        &mut self,
        moment: &Moment,
        neuron: usize,
        part: &Part,
        table: &Table,
        batch: &mut Batch,
    ) -> u64 {
        let step = self.post_spike[neuron];
        let lists = &part.lists[..part.len];
        match table.read {
            Read::Pre(index) => {
                let values = self.x[index].at(step);
                batch.read.iter_mut().zip(lists).for_each(|(read, list)| *read = values[*list as usize]);
            }
            Read::Post(index) => batch.read.fill(self.y[index].at(step)[neuron]),
            Read::Weight | Read::Tag => {
                let own = if table.read == Read::Weight { &self.synapses.weight } else { &self.synapses.tag };
                for lane in 0..part.len {
                    batch.read[lane] = own.get(self.synapse_of(part, lane).1).copied().unwrap_or(0);
                }
            }
        }
        table.terms(&batch.read, &mut batch.terms);
        for (term, skipped) in batch.terms.iter_mut().zip(&batch.skipped) {
            *term = if *skipped == 0 { *term } else { 0 };
        }
        if !batch.has_terms(part.len) {
            return 0;
        }
        if !table.is_whole && !batch.is_open {
            self.rule.sources.look_up(lists.iter().copied(), &mut batch.others);
            if !self.synapses.ordinal.is_empty() {
                for lane in 0..part.len {
                    batch.ordinals[lane] = self.synapses.ordinal[self.synapse_of(part, lane).1];
                }
            }
        }
        batch.roll(moment, table, End::Target(self.neurons.id(neuron)));
        let rounder = &self.rule.rounders[table.kind as usize];
        find_movers(rounder, &batch.terms, &batch.draws, &mut batch.movers);
        let mut written = 0;
        let is_weight = table.kind == Target::Weight;
        let own = if is_weight { &mut self.synapses.weight } else { &mut self.synapses.tag };
        each_marked(&batch.movers, |lane| {
            let synapse = self.synapses.starts[part.lists[lane] as usize] as usize + part.places[lane] as usize;
            let moved = rounder.moved(own[synapse].into(), batch.terms[lane].into(), batch.draws[lane]) as i16;
            written += u64::from(moved != own[synapse]);
            own[synapse] = moved;
        });
        if is_weight { written } else { 0 }
    }
}
