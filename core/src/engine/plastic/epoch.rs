//! The end of an epoch: the rows and columns that spikes touched, or every synapse where a product counts by time.

use super::change::Moment;
use super::table::{Plan, Read, Table};
use super::{Learned, PlasticTile, Surroundings};
use crate::random::{Domain, draw, synapse_entity};
use caudate_isa::sum_of_products::{Dependency, Target};

impl PlasticTile {
    /// Runs the rule at the end of an epoch.
    pub(super) fn learn(&mut self, around: &Surroundings<'_>) -> Learned {
        let moment = Moment {
            t: around.t,
            epoch: (around.t + 1) / self.rule.epoch_steps,
            seed: around.draws.domain_seed(Domain::Synapse),
            modulators: self.rule.modulators(around.levels),
        };
        let is_timed = |dependency| matches!(dependency, Dependency::Epochs { exponent } if moment.is_due(exponent));
        let mut learned = Learned::default();
        if self.rule.products.iter().flatten().any(|product| is_timed(product.dependency)) {
            self.sweep(&moment, &mut learned);
        } else {
            if self.rule.has_pre && !self.pre.is_empty() {
                self.follow_rows(&moment, &mut learned);
            }
            if self.rule.has_post && !self.post.is_empty() {
                self.follow_columns(&moment, &mut learned);
            }
        }
        learned
    }

    /// Every synapse: a product counts by time.
    fn sweep(&mut self, moment: &Moment, learned: &mut Learned) {
        let rule = self.rule.clone();
        let timed = |dependency| matches!(dependency, Dependency::Epochs { exponent } if moment.is_due(exponent));
        let plan = Plan::new(&rule, &moment.modulators, [0, 0], |product| timed(product.dependency));
        learned.updates += self.synapses.target.len() as u64;
        for list in 0..rule.sources.len() {
            let general = self.pre_spike[list] != 0 || plan == Plan::General;
            match &plan {
                Plan::Tables(tables) if !general => {
                    for table in tables {
                        learned.weight_writes += self.apply_to_row(moment, list, rule.epoch_steps as u8, table);
                    }
                    if self.post.is_empty() {
                        continue;
                    }
                    for synapse in self.synapses.row(list) {
                        if self.post_spike[usize::from(self.synapses.target[synapse])] != 0 {
                            learned.weight_writes += u64::from(self.change(moment, list, synapse));
                        }
                    }
                }
                _ => {
                    for synapse in self.synapses.row(list) {
                        learned.weight_writes += u64::from(self.change(moment, list, synapse));
                    }
                }
            }
        }
    }

    /// The rows of sources that spiked.
    fn follow_rows(&mut self, moment: &Moment, learned: &mut Learned) {
        let rule = self.rule.clone();
        let plan = Plan::new(&rule, &moment.modulators, [1, 0], |product| product.dependency == Dependency::PreSpike);
        let lists = std::mem::take(&mut self.pre);
        for list in lists.iter().map(|list| *list as usize) {
            let row = self.synapses.row(list);
            learned.updates += row.len() as u64;
            if let Plan::Tables(tables) = &plan {
                for table in tables {
                    learned.weight_writes += self.apply_to_row(moment, list, self.pre_spike[list], table);
                }
            }
            if plan == Plan::General || !self.post.is_empty() {
                for synapse in row {
                    let post = self.post_spike[usize::from(self.synapses.target[synapse])];
                    if plan == Plan::General || post != 0 {
                        learned.weight_writes += u64::from(self.change(moment, list, synapse));
                    }
                }
            }
        }
        self.pre = lists;
    }

    /// Applies a table to the synapses of a row whose targets did not spike. Returns how many weights changed.
    fn apply_to_row(&mut self, moment: &Moment, list: usize, step: u8, table: &Table) -> u64 {
        let row = self.synapses.row(list);
        let rounder = self.rule.rounders[table.kind as usize];
        let source = self.rule.sources[list];
        let targets = &self.synapses.target[row.clone()];
        let (neurons, post_spike) = (self.neurons.as_slice(), self.post_spike.as_slice());
        let ordinals = &self.synapses.ordinal;
        let ordinal = |place: usize| ordinals.get(row.start + place).copied().unwrap_or(0);
        let round = |place: usize, z: i16, term: i32| {
            let entity = synapse_entity(ordinal(place), source, neurons[usize::from(targets[place])]);
            rounder.moved(z, term, || draw(moment.seed, entity, moment.t, table.kind as u8))
        };
        let (weight, tag) = (&mut self.synapses.weight[row.clone()], &mut self.synapses.tag);
        let mut none = [];
        let tag = if tag.is_empty() { &mut none[..] } else { &mut tag[row.clone()] };
        let is_weight = table.kind == Target::Weight;
        let may_change = |place: usize| post_spike[usize::from(targets[place])] == 0;
        let written = match table.read {
            Read::Pre(index) => {
                let value = self.x[index].at(step)[list];
                apply(if is_weight { weight } else { tag }, table, |_, _| value, may_change, round)
            }
            Read::Post(index) => {
                let values = self.y[index].at(step);
                let value = |place: usize, _| values[usize::from(targets[place])];
                apply(if is_weight { weight } else { tag }, table, value, may_change, round)
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
    fn follow_columns(&mut self, moment: &Moment, learned: &mut Learned) {
        let rule = self.rule.clone();
        let plan = Plan::new(&rule, &moment.modulators, [0, 1], |product| product.dependency == Dependency::PostSpike);
        let neurons = std::mem::take(&mut self.post);
        let columns = std::mem::replace(&mut self.columns, super::Columns::None);
        for neuron in neurons.iter().map(|neuron| *neuron as usize) {
            let step = self.post_spike[neuron];
            columns.each(neuron, |list, place| {
                let synapse = self.synapses.starts[list] as usize + place;
                if self.pre_spike[list] != 0 {
                    if !rule.has_pre {
                        learned.updates += 1;
                        learned.weight_writes += u64::from(self.change(moment, list, synapse));
                    }
                    return;
                }
                learned.updates += 1;
                match &plan {
                    Plan::General => learned.weight_writes += u64::from(self.change(moment, list, synapse)),
                    Plan::Tables(tables) => {
                        for table in tables {
                            learned.weight_writes += self.apply_to_one(moment, list, neuron, synapse, step, table);
                        }
                    }
                }
            });
        }
        (self.post, self.columns) = (neurons, columns);
    }

    /// Applies a table to one synapse. Returns whether its weight changed, as a count.
    #[inline(always)]
    fn apply_to_one(
        &mut self,
        moment: &Moment,
        list: usize,
        neuron: usize,
        synapse: usize,
        step: u8,
        table: &Table,
    ) -> u64 {
        let value = match table.read {
            Read::Pre(index) => self.x[index].at(step)[list],
            Read::Post(index) => self.y[index].at(step)[neuron],
            Read::Weight => self.synapses.weight[synapse],
            Read::Tag => self.synapses.tag.get(synapse).copied().unwrap_or(0),
        };
        let term = table.term(value);
        if term == 0 {
            return 0;
        }
        let entity = self.entity(synapse, list);
        let is_weight = table.kind == Target::Weight;
        let z = if is_weight { &mut self.synapses.weight[synapse] } else { &mut self.synapses.tag[synapse] };
        let rounder = self.rule.rounders[table.kind as usize];
        let moved = rounder.moved(*z, term, || draw(moment.seed, entity, moment.t, table.kind as u8));
        let written = u64::from(is_weight && moved != *z);
        *z = moved;
        written
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
