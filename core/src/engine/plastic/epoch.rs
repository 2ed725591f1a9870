//! The end of an epoch: the rows and columns that spikes touched, or every synapse where a product counts by time.

use super::change::Moment;
use super::columns::Columns;
use super::kernel::{BATCH, Batch, Dice, move_all};
use super::table::{Plan, Read, Table};
use super::{Learned, PlasticTile, Surroundings};
use crate::engine::prefetch::prefetch;
use crate::learning::epoch::Rounder;
use crate::modulator::SLOTS;
use crate::random::{Domain, synapse_entity};
use caudate_isa::sum_of_products::{Dependency, Target};

/// What to do after spikes, at these levels of the modulators.
#[derive(Debug, Clone)]
pub(super) struct Plans {
    modulators: [i8; SLOTS],
    pre: Plan,
    post: Plan,
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
        } else {
            let plans = self.plans(&moment);
            if self.rule.has_pre && !self.pre.is_empty() {
                self.follow_rows(&moment, &plans.pre, &mut learned);
            }
            if self.rule.has_post && !self.post.is_empty() {
                self.follow_columns(&moment, &plans.post, &mut learned);
            }
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
        for list in 0..self.rule.sources.len() {
            let own = if self.pre_spike[list] == 0 { &plan } else { &Plan::General };
            learned.weight_writes += self.follow_row(moment, list, self.rule.epoch_steps as u8, own);
        }
    }

    /// The rows of sources that spiked.
    fn follow_rows(&mut self, moment: &Moment, plan: &Plan, learned: &mut Learned) {
        let lists = std::mem::take(&mut self.pre);
        for list in lists.iter().map(|list| *list as usize) {
            learned.updates += self.synapses.row(list).len() as u64;
            learned.weight_writes += self.follow_row(moment, list, self.pre_spike[list], plan);
        }
        self.pre = lists;
    }

    /// Changes the synapses of a row: by `plan`, with traces as of `step` of the epoch, or one by one where targets spiked. Returns
    /// how many weights changed.
    fn follow_row(&mut self, moment: &Moment, list: usize, step: u8, plan: &Plan) -> u64 {
        let row = self.synapses.row(list);
        let mut written = 0;
        let Plan::Tables(tables) = plan else {
            for synapse in row {
                written += u64::from(self.change(moment, list, synapse));
            }
            return written;
        };
        for table in tables {
            written += self.apply_to_row(moment, list, step, table);
        }
        if !self.post.is_empty() {
            for synapse in row {
                if self.post_spike[usize::from(self.synapses.target[synapse])] != 0 {
                    written += u64::from(self.change(moment, list, synapse));
                }
            }
        }
        written
    }

    /// Applies a table to the synapses of a row whose targets did not spike. Returns how many weights changed.
    fn apply_to_row(&mut self, moment: &Moment, list: usize, step: u8, table: &Table) -> u64 {
        let row = self.synapses.row(list);
        let source = self.rule.sources[list];
        let targets = &self.synapses.target[row.clone()];
        let (neurons, post_spike) = (self.neurons.as_slice(), self.post_spike.as_slice());
        let ordinals = self.synapses.ordinal.get(row.clone()).unwrap_or(&[]);
        let entity = |place: usize| {
            let ordinal = ordinals.get(place).copied().unwrap_or(0);
            synapse_entity(ordinal, source, neurons[usize::from(targets[place])])
        };
        let mover = Mover { table, rounder: &self.rule.rounders[table.kind as usize], dice: moment.dice(table.kind) };
        let may_change = |place: usize| post_spike[usize::from(targets[place])] == 0;
        let weight = &mut self.synapses.weight[row.clone()];
        let tag = self.synapses.tag.get_mut(row).unwrap_or(&mut []);
        let is_weight = table.kind == Target::Weight;
        let written = match table.read {
            Read::Pre(index) => {
                let value = self.x[index].at(step)[list];
                mover.apply(if is_weight { weight } else { tag }, |_, _| value, may_change, entity)
            }
            Read::Post(index) => {
                let values = self.y[index].at(step);
                let value = |place: usize, _| values[usize::from(targets[place])];
                mover.apply(if is_weight { weight } else { tag }, value, may_change, entity)
            }
            Read::Weight if is_weight => mover.apply(weight, |_, z| z, may_change, entity),
            Read::Weight => mover.apply(tag, |place, _| weight[place], may_change, entity),
            Read::Tag if is_weight => {
                mover.apply(weight, |place, _| tag.get(place).copied().unwrap_or(0), may_change, entity)
            }
            Read::Tag => mover.apply(tag, |_, z| z, may_change, entity),
        };
        if is_weight { written } else { 0 }
    }

    /// The columns of targets that spiked, but for synapses whose row has been followed already.
    fn follow_columns(&mut self, moment: &Moment, plan: &Plan, learned: &mut Learned) {
        let neurons = std::mem::take(&mut self.post);
        let columns = std::mem::replace(&mut self.columns, Columns::None);
        for (index, neuron) in neurons.iter().map(|neuron| *neuron as usize).enumerate() {
            // Two ahead, where its synapses are; one ahead, what they hold.
            if let Some(next) = neurons.get(index + 2) {
                columns.prefetch(*next as usize);
            }
            if let (Plan::Tables(tables), Some(next)) = (plan, neurons.get(index + 1)) {
                let wants = |kind| tables.iter().any(|table| table.kind == kind);
                self.prefetch_column(&columns, *next as usize, wants(Target::Weight), wants(Target::Tag));
            }
            columns.parts(neuron, |part| {
                let Plan::Tables(tables) = plan else {
                    self.change_part(moment, part, |pre, has_pre| pre == 0 || !has_pre, learned);
                    return;
                };
                let met = part.iter().filter(|(list, _)| self.pre_spike[*list as usize] != 0).count();
                learned.updates += (part.len() - met) as u64;
                for table in tables {
                    learned.weight_writes += self.apply_to_part(moment, neuron, part, table);
                }
                if met > 0 {
                    self.change_part(moment, part, |pre, has_pre| pre != 0 && !has_pre, learned);
                }
            });
        }
        (self.post, self.columns) = (neurons, columns);
    }

    /// Asks for the weights and tags of a column: each is on a line of its own.
    fn prefetch_column(&self, columns: &Columns, neuron: usize, weights: bool, tags: bool) {
        columns.parts(neuron, |part| {
            for (list, place) in part {
                let synapse = (self.synapses.starts[*list as usize] + place) as usize;
                if weights {
                    prefetch(&self.synapses.weight[synapse]);
                }
                if tags {
                    prefetch(&self.synapses.tag[synapse]);
                }
            }
        });
    }

    /// Changes synapses onto one neuron one by one: those that `which` takes by the last spike of their list, and by whether the rule
    /// has products that count after one.
    fn change_part(
        &mut self,
        moment: &Moment,
        part: &[(u32, u32)],
        which: impl Fn(u8, bool) -> bool,
        learned: &mut Learned,
    ) {
        for (list, place) in part.iter().map(|(list, place)| (*list as usize, *place as usize)) {
            if which(self.pre_spike[list], self.rule.has_pre) {
                learned.updates += 1;
                let synapse = self.synapses.starts[list] as usize + place;
                learned.weight_writes += u64::from(self.change(moment, list, synapse));
            }
        }
    }

    /// Applies a table to synapses onto one neuron whose sources did not spike. Returns how many weights changed.
    fn apply_to_part(&mut self, moment: &Moment, neuron: usize, part: &[(u32, u32)], table: &Table) -> u64 {
        let step = self.post_spike[neuron];
        let is_weight = table.kind == Target::Weight;
        let mut synapses = [0; BATCH];
        for ((list, place), synapse) in part.iter().zip(&mut synapses) {
            *synapse = self.synapses.starts[*list as usize] as usize + *place as usize;
        }
        let mut batch = Batch::EMPTY;
        let own: &[i16] = if is_weight { &self.synapses.weight } else { &self.synapses.tag };
        for (synapse, value) in synapses[..part.len()].iter().zip(&mut batch.values) {
            *value = own[*synapse].into();
        }
        let [x, y] = [
            match table.read {
                Read::Pre(index) => self.x[index].at(step),
                _ => &[],
            },
            match table.read {
                Read::Post(index) => self.y[index].at(step),
                _ => &[],
            },
        ];
        for (lane, (list, _)) in part.iter().enumerate() {
            let (list, synapse) = (*list as usize, synapses[lane]);
            let value = match table.read {
                Read::Pre(_) => x[list],
                Read::Post(_) => y[neuron],
                Read::Weight => self.synapses.weight[synapse],
                Read::Tag => self.synapses.tag.get(synapse).copied().unwrap_or(0),
            };
            batch.terms[lane] = if self.pre_spike[list] == 0 { table.term(value) } else { 0 };
            let ordinal = self.synapses.ordinal.get(synapse).copied().unwrap_or(0);
            batch.entities[lane] = synapse_entity(ordinal, self.rule.sources[list], self.neurons[neuron]);
        }
        let written = move_all(&self.rule.rounders[table.kind as usize], moment.dice(table.kind), &mut batch);
        let own: &mut [i16] = if is_weight { &mut self.synapses.weight } else { &mut self.synapses.tag };
        for (synapse, value) in synapses[..part.len()].iter().zip(&batch.values) {
            own[*synapse] = *value as i16;
        }
        if is_weight { written.into() } else { 0 }
    }
}

/// Moves synapses of a row by a table.
struct Mover<'a> {
    table: &'a Table,
    rounder: &'a Rounder,
    dice: Dice,
}

impl Mover<'_> {
    /// Moves each of `own` by the term of its value, where it may change. Returns how many did.
    #[inline(always)]
    fn apply(
        &self,
        own: &mut [i16],
        value: impl Fn(usize, i16) -> i16,
        may_change: impl Fn(usize) -> bool,
        entity: impl Fn(usize) -> u64,
    ) -> u64 {
        let (mut written, mut batch) = (0, Batch::EMPTY);
        for (part, first) in own.chunks_mut(BATCH).zip((0..).step_by(BATCH)) {
            let mut any = 0;
            for (lane, z) in part.iter().enumerate() {
                let place = first + lane;
                let term = self.table.term(value(place, *z));
                let term = if may_change(place) { term } else { 0 };
                any |= term;
                (batch.entities[lane], batch.values[lane], batch.terms[lane]) = (entity(place), (*z).into(), term);
            }
            if any == 0 {
                continue;
            }
            batch.terms[part.len()..].fill(0);
            batch.values[part.len()..].fill(0);
            written += u64::from(move_all(self.rounder, self.dice, &mut batch));
            part.iter_mut().zip(&batch.values).for_each(|(z, moved)| *z = *moved as i16);
        }
        written
    }
}

impl Moment {
    const fn dice(&self, kind: Target) -> Dice {
        Dice { seed: self.seed, t: self.t, pc: kind as u8 }
    }
}
