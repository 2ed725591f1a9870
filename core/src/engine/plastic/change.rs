//! One synapse by the sum of its products, as [`crate::learning::epoch`] has it.

use super::{Delays, PlasticTile};
use crate::learning::product::{AccumulatorRange, Operands, accumulate};
use crate::modulator::SLOTS;
use crate::random::{draw_from, stream, synapse_entity};
use caudate_isa::sum_of_products::{Dependency, Target};

/// The conditions of an epoch's end.
#[derive(Debug, Clone, Copy)]
pub(super) struct Moment {
    pub(super) t: u64,
    /// Number of the epoch that ends, from 1.
    pub(super) epoch: u64,
    /// Seed of rounding.
    pub(super) seed: u64,
    pub(super) modulators: [i8; SLOTS],
}

impl Moment {
    const fn is_due(&self, exponent: u8) -> bool {
        self.epoch.is_multiple_of(1 << exponent)
    }

    /// Whether a dependency is on time, and this is the time.
    pub(super) const fn is_timed(&self, dependency: Dependency) -> bool {
        matches!(dependency, Dependency::Epochs { exponent } if self.is_due(exponent))
    }
}

impl PlasticTile {
    /// The draw entity of a synapse.
    fn entity(&self, synapse: usize, list: usize) -> u64 {
        let ordinal = self.synapses.ordinal.get(synapse).copied().unwrap_or(0);
        synapse_entity(ordinal, self.rule.sources.id(list), self.neurons.id(usize::from(self.synapses.target[synapse])))
    }

    /// Changes one synapse: w, then d, then t, each seeing what came before. Returns whether the weight changed.
    pub(super) fn change(&mut self, moment: &Moment, list: usize, synapse: usize) -> bool {
        let target = usize::from(self.synapses.target[synapse]);
        let mut opened = None;
        let (pre, post) = (self.pre_spike[list], self.post_spike[target]);
        // In epochs of one step all traces are read at that step.
        let mut operands = (self.rule.epoch_steps == 1).then(|| self.operands(list, target, synapse, 1, moment));
        let mut written = false;
        for (index, kind) in Target::ALL.into_iter().enumerate() {
            let products = &self.rule.products[index];
            if products.is_empty() {
                continue;
            }
            let terms = products.iter().map(|product| {
                let step = match product.dependency {
                    Dependency::PreSpike => pre,
                    Dependency::PostSpike => post,
                    Dependency::Epochs { exponent } if moment.is_due(exponent) => self.rule.epoch_steps as u8,
                    Dependency::Epochs { .. } => 0,
                };
                if step == 0 {
                    return 0;
                }
                let operands = operands.unwrap_or_else(|| self.operands(list, target, synapse, step, moment));
                product.evaluate(&operands, AccumulatorRange::TWOS_COMPLEMENT)
            });
            let z = match kind {
                Target::Weight => self.rule.levels.mantissa(self.synapses.weight[synapse]),
                Target::Delay => i16::from(self.synapses.delay_of(synapse)),
                Target::Tag => self.synapses.tag[synapse],
            };
            let (sum, rounder) =
                (accumulate(z, terms, AccumulatorRange::TWOS_COMPLEMENT) as i32, &self.rule.rounders[index]);
            let drawn = if rounder.is_whole(sum) {
                0
            } else {
                let stream = *opened.get_or_insert_with(|| stream(moment.seed, self.entity(synapse, list)));
                draw_from(stream, moment.t, kind as u8)
            };
            let value = rounder.round(sum, drawn) as i16;
            if let Some(operands) = &mut operands {
                *match kind {
                    Target::Weight => &mut operands.weight,
                    Target::Delay => &mut operands.delay,
                    Target::Tag => &mut operands.tag,
                } = value;
            }
            match kind {
                Target::Weight => {
                    written = value != z;
                    self.synapses.weight[synapse] = self.rule.levels.level(value);
                }
                Target::Delay => {
                    if let Delays::Each(delays) = &mut self.synapses.delay {
                        delays[synapse] = value as u8;
                    }
                }
                Target::Tag => self.synapses.tag[synapse] = value,
            }
        }
        written
    }

    fn operands(&self, list: usize, target: usize, synapse: usize, step: u8, moment: &Moment) -> Operands {
        let [x1, x2] = [0, 1].map(|index: usize| self.x[index].at(step)[list].into());
        let [y1, y2, y3] = [0, 1, 2].map(|index: usize| self.y[index].at(step)[target].into());
        Operands {
            x: [i16::from(self.pre_spike[list] > 0), x1, x2],
            y: [i16::from(self.post_spike[target] > 0), y1, y2, y3],
            weight: self.rule.levels.mantissa(self.synapses.weight[synapse]),
            delay: i16::from(self.synapses.delay_of(synapse)),
            tag: self.synapses.tag.get(synapse).copied().unwrap_or(0),
            modulators: moment.modulators,
        }
    }
}
