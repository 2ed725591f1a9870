//! What the tiles of one plastic group share: the rule and its sources.

use super::ids::Ids;
use super::levels::Levels;
use crate::image::LearningRule;
use crate::learning::epoch::Rounder;
use crate::learning::product::PreparedProduct;
use crate::modulator::SLOTS;
use crate::synapse::{ACCUMULATOR_SCALE, SynapseFormat};
use crate::trace::{TraceConfig, TraceDecay};
use caudate_isa::sum_of_products::{Dependency, Target, Variable};

/// Values of a byte.
const LEVELS: usize = 256;

/// A sum-of-products rule with its shifts worked out.
#[derive(Debug)]
pub(in crate::engine) struct Rule {
    pub(in crate::engine) projection: u32,
    pub(in crate::engine) levels: Levels,
    /// What a spike through a synapse of each level adds, in units of 64.
    pub(in crate::engine) effective: Box<[i32; LEVELS]>,
    /// Products that change w, d and t, in this order.
    pub(super) products: [Vec<PreparedProduct>; 3],
    pub(super) rounders: [Rounder; 3],
    pub(super) pre: [TraceConfig; 2],
    pub(super) post: [TraceConfig; 3],
    pub(super) epoch_steps: u64,
    /// Logical id of the source of each list.
    pub(in crate::engine) sources: Ids,
    /// Channels behind m0..m3.
    channels: [Option<u16>; SLOTS],
    /// Whether a product counts after a spike of the source, and of the target.
    pub(super) has_pre: bool,
    pub(super) has_post: bool,
    /// Whether a product that counts after a spike reads a modulator.
    pub(super) hears_modulators: bool,
    pub(in crate::engine) moves_delays: bool,
    pub(in crate::engine) has_tag: bool,
}

fn hears_modulator_at_spikes(product: &PreparedProduct) -> bool {
    let mut variables = product.factors.iter().filter_map(|factor| factor.variable);
    !matches!(product.dependency, Dependency::Epochs { .. })
        && variables.any(|own| matches!(own, Variable::Modulator(_)))
}

impl Rule {
    /// `None` for a rule that is not a sum of products with 12-bit traces, or a format of emulators. `limit` is that of effective weights.
    pub(in crate::engine) fn new(
        projection: u32,
        rule: &LearningRule,
        format: SynapseFormat,
        limit: Option<i64>,
        longest_delay: u8,
        sources: Vec<u32>,
        channels: [Option<u16>; SLOTS],
    ) -> Option<Self> {
        let program = rule.program.products()?;
        let mut traces = rule.pre.iter().chain(&rule.post);
        let serves = |trace: &TraceConfig| {
            !trace.is_present() || matches!(trace.decay, TraceDecay::TwelveBit { factor: 0..=4096 })
        };
        if !traces.all(serves) || rule.epoch_steps == 0 {
            return None;
        }
        let products = [&program.weight, &program.delay, &program.tag]
            .map(|products| products.iter().map(PreparedProduct::new).collect::<Vec<_>>());
        let has = |dependency| products.iter().flatten().any(|product| product.dependency == dependency);
        let longest = longest_delay.min(format.max_stored_delay());
        let levels = Levels::of(&format)?;
        let mut effective = Box::new([0; LEVELS]);
        for (level, effective) in (0..=levels.highest()).zip(effective.iter_mut()) {
            *effective = format.effective_weight(levels.mantissa(level), limit) / ACCUMULATOR_SCALE as i32;
        }
        Some(Self {
            projection,
            levels,
            effective,
            rounders: Target::ALL.map(|kind| Rounder::new(kind, &format, longest)),
            pre: rule.pre,
            post: rule.post,
            epoch_steps: u64::from(rule.epoch_steps),
            sources: Ids::new(sources),
            channels,
            has_pre: has(Dependency::PreSpike),
            has_post: has(Dependency::PostSpike),
            hears_modulators: products.iter().flatten().any(hears_modulator_at_spikes),
            moves_delays: !products[1].is_empty(),
            // A product may read a tag that none changes: then it is always 0.
            has_tag: !products[2].is_empty(),
            products,
        })
    }

    pub(super) fn step_in_epoch(&self, t: u64) -> u8 {
        (t % self.epoch_steps) as u8 + 1
    }

    pub(super) fn ends_epoch(&self, t: u64) -> bool {
        (t + 1).is_multiple_of(self.epoch_steps)
    }

    /// Steps between the epoch ends at which a product counts by time.
    pub(super) fn timed_period(&self) -> Option<u64> {
        let exponents = self.products.iter().flatten().filter_map(|product| match product.dependency {
            Dependency::Epochs { exponent } => Some(exponent),
            Dependency::PreSpike | Dependency::PostSpike => None,
        });
        exponents.map(|exponent| self.epoch_steps << exponent).min()
    }

    pub(super) fn modulators(&self, levels: &[i8]) -> [i8; SLOTS] {
        self.channels.map(|channel| channel.map_or(0, |channel| levels[usize::from(channel)]))
    }
}
