//! The end of an epoch: the rows and columns that spikes touched, or every synapse where a product counts by time.
//!
//! Rows and columns are moved by tables, batch by batch, as if no source and no target had spiked together. Where they did, several
//! products count at once: those few synapses are noted on the way, put back, and changed one by one.

use super::batch::Batch;
use super::change::Moment;
use super::columns::{Columns, Part};
use super::table::Plan;
use super::{Learned, PlasticTile, Surroundings};
use crate::modulator::SLOTS;
use crate::random::Domain;
use caudate_isa::sum_of_products::Dependency;

/// What to do after spikes, at these levels of the modulators.
#[derive(Debug, Clone)]
pub(super) struct Plans {
    modulators: [i8; SLOTS],
    pre: Plan,
    post: Plan,
}

/// A synapse whose source and target both spiked, as it was before tables moved it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Met {
    list: usize,
    synapse: usize,
    weight: u8,
    tag: i16,
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
        learned.updates += self.synapses.len() as u64;
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
            let mut scratch = Part::EMPTY;
            for neuron in &self.post {
                self.columns.parts(*neuron as usize, &mut scratch, |part| {
                    met.extend((0..part.len).map(|lane| self.met_in(part, lane)));
                });
            }
        }
        met.retain(|met| self.pre_spike[met.list] == 0);
        met
    }

    fn note_spiked_targets(&self, list: usize, met: &mut Vec<Met>) {
        let row = self.synapses.row(list);
        let spiked = row.filter(|synapse| self.post_spike[usize::from(self.synapses.target[*synapse])] != 0);
        met.extend(spiked.map(|synapse| self.met(list, synapse)));
    }

    fn met(&self, list: usize, synapse: usize) -> Met {
        let tag = self.synapses.tag.get(synapse).copied().unwrap_or(0);
        Met { list, synapse, weight: self.synapses.weight[synapse], tag }
    }

    pub(super) fn met_in(&self, part: &Part, lane: usize) -> Met {
        self.met(part.lists[lane] as usize, part.synapse(&self.synapses, lane))
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
}
