//! The end of an epoch: the rows and columns that spikes touched, or every synapse where a product counts by time.

use super::change::Moment;
use super::columns::{Columns, PART};
use super::table::{Plan, Read, Table};
use super::{Learned, PlasticTile, Surroundings};
use crate::modulator::SLOTS;
use crate::random::{Domain, draw, synapse_entity};
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
        let rounder = self.rule.rounders[table.kind as usize];
        let source = self.rule.sources[list];
        let targets = &self.synapses.target[row.clone()];
        let (neurons, post_spike) = (self.neurons.as_slice(), self.post_spike.as_slice());
        let ordinals = self.synapses.ordinal.get(row.clone()).unwrap_or(&[]);
        let round = |place: usize, z: i16, term: i32| {
            let ordinal = ordinals.get(place).copied().unwrap_or(0);
            let entity = synapse_entity(ordinal, source, neurons[usize::from(targets[place])]);
            rounder.moved(z, term, || draw(moment.seed, entity, moment.t, table.kind as u8))
        };
        let may_change = |place: usize| post_spike[usize::from(targets[place])] == 0;
        let weight = &mut self.synapses.weight[row.clone()];
        let tag = self.synapses.tag.get_mut(row).unwrap_or(&mut []);
        let is_weight = table.kind == Target::Weight;
        let written = match table.read {
            Read::Pre(index) => {
                let value = self.x[index].at(step)[list];
                apply(if is_weight { weight } else { tag }, table, |_, _| value, may_change, round)
            }
            Read::Post(index) => {
                let values = self.y[index].at(step);
                let value = |place: usize, _| values[usize::from(targets[place])];
                apply_all(if is_weight { weight } else { tag }, table, value, may_change, round)
            }
            Read::Weight if is_weight => apply(weight, table, |_, z| z, may_change, round),
            Read::Weight => apply(tag, table, |place, _| weight[place], may_change, round),
            Read::Tag if is_weight => {
                apply(weight, table, |place, _| tag.get(place).copied().unwrap_or(0), may_change, round)
            }
            Read::Tag => apply(tag, table, |_, z| z, may_change, round),
        };
        if is_weight { written } else { 0 }
    }

    /// The columns of targets that spiked, but for synapses whose row has been followed already.
    fn follow_columns(&mut self, moment: &Moment, plan: &Plan, learned: &mut Learned) {
        let neurons = std::mem::take(&mut self.post);
        let columns = std::mem::replace(&mut self.columns, Columns::None);
        for neuron in neurons.iter().map(|neuron| *neuron as usize) {
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
        let own = self.neurons[neuron];
        let (rounder, sources) = (self.rule.rounders[table.kind as usize], self.rule.sources.as_slice());
        let is_weight = table.kind == Target::Weight;
        let (mut synapses, mut terms, mut values) = ([0_u32; PART], [0_i32; PART], [0_i16; PART]);
        // First everything that may miss the cache, for all; then the arithmetic.
        for ((list, place), synapse) in part.iter().zip(&mut synapses) {
            *synapse = self.synapses.starts[*list as usize] + place;
        }
        let zs: &[i16] = if is_weight { &self.synapses.weight } else { &self.synapses.tag };
        for (synapse, value) in synapses[..part.len()].iter().zip(&mut values) {
            *value = zs[*synapse as usize];
        }
        let lists = part.iter().map(|(list, _)| *list as usize).zip(&synapses);
        match table.read {
            Read::Pre(index) => {
                let traces = self.x[index].at(step);
                lists.zip(&mut terms).for_each(|((list, _), term)| *term = table.term(traces[list]));
            }
            Read::Post(index) => terms.fill(table.term(self.y[index].at(step)[neuron])),
            Read::Weight => {
                let weights = &self.synapses.weight;
                lists.zip(&mut terms).for_each(|((_, synapse), term)| *term = table.term(weights[*synapse as usize]));
            }
            Read::Tag => {
                let tag = |synapse: u32| self.synapses.tag.get(synapse as usize).copied().unwrap_or(0);
                lists.zip(&mut terms).for_each(|((_, synapse), term)| *term = table.term(tag(*synapse)));
            }
        }
        for ((list, _), term) in part.iter().zip(&mut terms) {
            *term = if self.pre_spike[*list as usize] == 0 { *term } else { 0 };
        }
        let ordinals = &self.synapses.ordinal;
        let zs: &mut [i16] = if is_weight { &mut self.synapses.weight } else { &mut self.synapses.tag };
        let mut written = 0;
        for (((list, _), synapse), (z, term)) in part.iter().zip(&synapses).zip(values.iter().zip(&terms)) {
            let ordinal = ordinals.get(*synapse as usize).copied().unwrap_or(0);
            let entity = synapse_entity(ordinal, sources[*list as usize], own);
            let moved = rounder.moved(*z, *term, || draw(moment.seed, entity, moment.t, table.kind as u8));
            written += u64::from(moved != *z);
            zs[*synapse as usize] = moved;
        }
        if is_weight { written } else { 0 }
    }
}

/// Moves each of `own` by the term of its value, where it may change. Returns how many did.
#[inline(always)]
fn apply(
    own: &mut [i16],
    table: &Table,
    value: impl Fn(usize, i16) -> i16,
    may_change: impl Fn(usize) -> bool,
    round: impl Fn(usize, i16, i32) -> i16,
) -> u64 {
    let mut written = 0;
    for (place, z) in own.iter_mut().enumerate() {
        let term = table.term(value(place, *z));
        if term != 0 && may_change(place) {
            let moved = round(place, *z, term);
            written += u64::from(moved != *z);
            *z = moved;
        }
    }
    written
}

/// The same where most terms are not 0: without a branch that could go either way.
#[inline(always)]
fn apply_all(
    own: &mut [i16],
    table: &Table,
    value: impl Fn(usize, i16) -> i16,
    may_change: impl Fn(usize) -> bool,
    round: impl Fn(usize, i16, i32) -> i16,
) -> u64 {
    let mut written = 0;
    for (place, z) in own.iter_mut().enumerate() {
        let term = table.term(value(place, *z));
        let moved = round(place, *z, if may_change(place) { term } else { 0 });
        written += u64::from(moved != *z);
        *z = moved;
    }
    written
}
