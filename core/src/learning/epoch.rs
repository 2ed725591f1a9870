//! Learning at the end of an epoch: sums of products over every synapse that one of them can change.

use super::plastic::{Plastic, Synapses};
use super::product::{FRACTION_BITS, Operands, PreparedProduct, accumulate};
use crate::draws::Draws;
use crate::modulator::SLOTS;
use crate::random::{Domain, draw, synapse_entity};
use crate::semantics::LearningOrder;
use crate::synapse::{SignMode, SynapseFormat};
use caudate_isa::sum_of_products::{Dependency, Target};

/// What a learning pass did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LearningCounts {
    /// Synapses whose program ran with a satisfied dependency.
    pub updates: u64,
    /// Stored weights that changed.
    pub weight_writes: u64,
}

/// Brings an accumulator back to a stored value: stochastic rounding to a grain by an independent draw, then the range.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rounder {
    grain_bits: u32,
    low: i32,
    high: i32,
}

impl Rounder {
    /// For weights of `format`, delays up to `longest_delay`, or tags.
    #[must_use]
    pub fn new(kind: Target, format: &SynapseFormat, longest_delay: u8) -> Self {
        let (grain_bits, low, high) = match kind {
            Target::Weight => {
                let (low, high) = format.weight_range();
                (format.weight_step_bits(), i32::from(low), i32::from(high))
            }
            Target::Delay => (0, 0, i32::from(longest_delay)),
            Target::Tag => (0, -256, 255),
        };
        Self { grain_bits, low, high }
    }

    /// Rounds a sum of [`FRACTION_BITS`] fraction bits by a draw.
    #[inline(always)]
    #[must_use]
    pub const fn round(&self, sum: i32, draw: u32) -> i32 {
        let lost_bits = self.lost_bits();
        let fraction = sum & (1_i32.wrapping_shl(lost_bits)).wrapping_sub(1);
        // No draw is below a fraction of 0.
        let up = (draw.wrapping_shr(32 - lost_bits) as i32) < fraction;
        let rounded = sum.wrapping_shr(lost_bits).wrapping_add(up as i32).wrapping_shl(self.grain_bits);
        let raised = if rounded < self.low { self.low } else { rounded };
        if raised > self.high { self.high } else { raised }
    }

    /// Bits that rounding takes off a sum.
    #[must_use]
    pub const fn lost_bits(&self) -> u32 {
        FRACTION_BITS + self.grain_bits
    }

    /// Whether no draw changes what `term` makes of a stored value.
    #[must_use]
    pub const fn is_whole(&self, term: i32) -> bool {
        term & ((1 << self.lost_bits()) - 1) == 0
    }
}

/// What the rounding of a sum needs to know.
enum Rounding {
    /// An independent counter-based draw per synapse and target.
    Independent { seed: u64 },
    /// One draw for all, in [0, 1), and the emulator's clip bounds.
    Shared(f64),
}

impl Plastic {
    /// Runs the rule at the end of the epoch that step `t` closes.
    pub fn learn(
        &mut self,
        t: u64,
        order: LearningOrder,
        synapses: &mut Synapses,
        modulators: &[i8; SLOTS],
        draws: &Draws,
    ) -> LearningCounts {
        let epoch_number = (t + 1) / self.epoch_steps;
        let rounding = match order {
            LearningOrder::Lava => Rounding::Shared(draws.shared_rounding(epoch_number - 1)),
            _ => Rounding::Independent { seed: draws.domain_seed(Domain::Synapse) },
        };
        let any_post = self.targets.iter().any(|target| self.post_spike[*target as usize] > 0);
        let mut counts = LearningCounts::default();
        for list in 0..self.lists.len() {
            let pre = self.pre_spike[list] > 0;
            let may_run = |product: &PreparedProduct| match product.dependency {
                Dependency::PreSpike => pre,
                Dependency::PostSpike => any_post,
                Dependency::Epochs { exponent } => epoch_number.is_multiple_of(1 << exponent),
            };
            // `lava` passes every synapse through its accumulator, whose clip bounds are tighter than a tag's.
            let mut runs = order == LearningOrder::Lava;
            let mut can_change = runs;
            for product in self.products.iter().flatten().filter(|product| may_run(product)) {
                runs = true;
                // A product that is 0 whatever its synapse leaves w, d and t untouched, to the last bit.
                can_change |= !product.vanishes(|variable| Self::is_silent(variable, modulators));
            }
            if runs {
                let range = self.lists[list].start..self.lists[list].end;
                for synapse in range {
                    let post = self.post_spike[synapses.target[synapse] as usize] > 0;
                    let satisfied = |product: &PreparedProduct| match product.dependency {
                        Dependency::PostSpike => post,
                        _ => may_run(product),
                    };
                    let updates = self.products.iter().flatten().any(satisfied);
                    counts.updates += u64::from(updates);
                    if can_change && (updates || order == LearningOrder::Lava) {
                        let written = self.change(t, order, synapses, list, synapse, modulators, &rounding, satisfied);
                        counts.weight_writes += u64::from(written);
                    }
                }
            }
        }
        self.pre_spike.fill(0);
        self.post_spike.fill(0);
        counts
    }

    /// Changes one synapse: w, then d, then t, each seeing what came before. Returns whether the weight changed.
    #[expect(clippy::too_many_arguments, reason = "one synapse's whole context, inside this file only")]
    fn change(
        &self,
        t: u64,
        order: LearningOrder,
        synapses: &mut Synapses,
        list: usize,
        synapse: usize,
        modulators: &[i8; SLOTS],
        rounding: &Rounding,
        satisfied: impl Fn(&PreparedProduct) -> bool,
    ) -> bool {
        let target = synapses.target[synapse] as usize;
        let mut written = false;
        for (kind, products) in Target::ALL.into_iter().zip(&self.products) {
            if products.is_empty() {
                continue;
            }
            let range = Self::accumulator_range(order);
            let terms = products.iter().map(|product| {
                if !satisfied(product) {
                    return 0;
                }
                let row = match product.dependency {
                    Dependency::PreSpike => self.pre_spike[list],
                    Dependency::PostSpike => self.post_spike[target],
                    Dependency::Epochs { .. } => self.epoch_steps as u8,
                };
                let operands = self.operands(list, target, synapse, usize::from(row) - 1, synapses, modulators);
                product.evaluate(&operands, range)
            });
            let z = match kind {
                Target::Weight => synapses.weight[synapse],
                Target::Delay => i16::from(synapses.delay[synapse]),
                Target::Tag => synapses.tag[synapse],
            };
            let sum = accumulate(z, terms, range);
            let entity = || synapse_entity(synapses.ordinal[synapse], self.lists[list].source, self.neurons[target]);
            let value = self.round(kind, sum, rounding, |seed| draw(seed, entity(), t, kind as u8));
            match kind {
                Target::Weight if value != z => {
                    synapses.weight[synapse] = value;
                    synapses.effective[synapse] = self.format.effective_weight(value, self.effective_limit);
                    written = true;
                }
                Target::Weight => {}
                Target::Delay => synapses.delay[synapse] = value as u8,
                Target::Tag => synapses.tag[synapse] = value,
            }
        }
        written
    }

    fn operands(
        &self,
        list: usize,
        target: usize,
        synapse: usize,
        row: usize,
        synapses: &Synapses,
        modulators: &[i8; SLOTS],
    ) -> Operands {
        let [x1, x2] = [0, 1].map(|index: usize| self.x_history[index][row][list]);
        let [y1, y2, y3] = [0, 1, 2].map(|index: usize| self.y_history[index][row][target]);
        Operands {
            x: [i16::from(self.pre_spike[list] > 0), x1, x2],
            y: [i16::from(self.post_spike[target] > 0), y1, y2, y3],
            weight: synapses.weight[synapse],
            delay: i16::from(synapses.delay[synapse]),
            tag: synapses.tag[synapse],
            modulators: *modulators,
        }
    }

    /// Brings an accumulator back to a stored value: sign, stochastic rounding to the format's grain, range.
    fn round(&self, kind: Target, sum: i64, rounding: &Rounding, draw: impl Fn(u64) -> u32) -> i16 {
        match rounding {
            Rounding::Shared(shared) => {
                let (sum, low, high) = match (kind, self.format.sign_mode) {
                    (Target::Weight, SignMode::Mixed) => (sum, -256, 255),
                    (Target::Weight, SignMode::Excitatory) => (sum.max(0), 0, 255),
                    (Target::Weight, SignMode::Inhibitory) => (sum.min(0), -255, 0),
                    (Target::Delay, _) => (sum, 0, i64::from(self.longest_delay)),
                    (Target::Tag, _) => (sum, -257, 255),
                };
                let one = 1_i64 << FRACTION_BITS;
                let fraction = (sum.rem_euclid(one)) as f64 / one as f64;
                (sum.div_euclid(one) + i64::from(*shared < fraction)).clamp(low, high) as i16
            }
            Rounding::Independent { seed } => {
                Rounder::new(kind, &self.format, self.longest_delay).round(sum as i32, draw(*seed)) as i16
            }
        }
    }
}
