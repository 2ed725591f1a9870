//! Projections: weights and delays as the integers of a synapse format.

use super::grid::Grid;
use super::offenders::Offenders;
use super::{Quantiser, Tally};
use crate::connect::Wiring;
use crate::network::{Projection, RuleSpec};
use crate::origin::{KeyPath, Part};
use crate::parameter::{DrawnParameter, Owner, Parameter, Sampler};
use crate::validate::wrong_length;
use caudate_core::image::{LearningRule, MAX_TAG_BITS};
use caudate_core::semantics::{LearningOrder, WeightTruncation};
use caudate_core::synapse::{SignMode, SynapseFormat};
const EXPONENTS: std::ops::RangeInclusive<i8> = -8..=7;

/// One projection's synapses in the chip's integers, in the order of its [`Wiring`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SynapseColumns {
    pub(crate) format: SynapseFormat,
    pub(crate) weight: Vec<i16>,
    /// Stored delays: arrival less emission less one.
    pub(crate) delay: Vec<u8>,
}

impl<'a> Quantiser<'a> {
    /// Quantises the synapses of projection `index`.
    pub(crate) fn projection(
        &mut self,
        index: usize,
        projection: &'a Projection,
        wiring: &Wiring,
        rule: Option<(&'a RuleSpec, &LearningRule)>,
    ) -> SynapseColumns {
        let part = Part::Projection(index);
        let products = rule.and_then(|(_, config)| config.program.products());
        let microcode =
            rule.and_then(|(spec, config)| Some((spec, spec.microcode.as_ref()?, config.program.microcode()?)));
        let mut format = SynapseFormat {
            weight_bits: projection.weight_bits,
            weight_exponent: projection.weight_exponent.unwrap_or(0),
            sign_mode: projection.sign,
            delay_bits: 0,
            index_bits: self.chip.synapse.target_index_bits,
            tag_bits: match (products, microcode) {
                (Some(products), _) if products.reads_tag() || !products.tag.is_empty() => self.chip.synapse.tag_bits,
                (_, Some((_, own, config))) => config.own_bits(&own.program).min(MAX_TAG_BITS.into()) as u8,
                _ => 0,
            },
            address_bits: 0,
            keeps_every_bit: self.semantics.numerics().weight_truncation.keeps_every_bit(),
        };
        if !self.chip.synapse.weight_bits.contains(&projection.weight_bits) {
            let offered = self.chip.synapse.weight_bits.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
            let message = format!("{} weight bits; chip '{}' stores {offered}", projection.weight_bits, self.chip.name);
            let wider =
                self.chip.synapse.weight_bits.iter().copied().filter(|bits| *bits > projection.weight_bits).min();
            let best = wider.or_else(|| self.chip.synapse.weight_bits.iter().copied().max()).unwrap_or_default();
            self.misfits.push(part.key("weight_bits").problem(
                "E-FIT-WEIGHT-BITS",
                message,
                format!("use weight_bits = {best}"),
            ));
            format.weight_bits = best.min(8);
        }
        let is_b2l = self.semantics.numerics().learning == LearningOrder::Brian2Loihi;
        if is_b2l && rule.is_some() && (projection.dendrite > 0 || projection.is_graded) {
            let key = if projection.is_graded { "graded" } else { "dendrite" };
            let message = format!(
                "projection '{}' learns under the semantics 'b2l', which know neither dendrites nor graded spikes",
                projection.name
            );
            self.refuse(part.key(key), "E-NET-SEMANTICS", message, "remove the key, or use the semantics 'loihi1'");
        }
        let sampler = Sampler::new(&projection.weight, self.seed, Owner::Projection(index), DrawnParameter::Weight);
        let weight = match self.array_fits(&sampler, wiring, part.key("weight")) {
            false => vec![0; wiring.len()],
            true if projection.weight_exponent.is_some() => {
                self.mantissas(index, projection, wiring, &sampler, &format)
            }
            true => self.effective_weights(index, projection, wiring, &sampler, &mut format),
        };
        let delay = self.delays(index, projection, wiring);
        let longest = delay.iter().copied().max().unwrap_or(0);
        let moves_delays = products.is_some_and(|products| !products.delay.is_empty())
            || microcode.is_some_and(|(_, _, config)| config.delay.is_some());
        format.delay_bits =
            SynapseFormat::delay_bits_for(if moves_delays { self.chip.core.max_stored_delay_steps } else { longest });
        if let Some((spec, own, _)) = microcode {
            self.check_learnt(index, wiring, (spec, own), &format, &weight, &delay);
        }
        SynapseColumns { format, weight, delay }
    }

    /// Whether an array has one element per synapse; reports it if not.
    fn array_fits(&mut self, sampler: &Sampler<'_>, wiring: &Wiring, path: KeyPath) -> bool {
        match sampler.parameter() {
            Parameter::Array(values) if values.len() != wiring.len() => {
                self.invalid.push(wrong_length(values.len(), wiring.len(), "synapses", path));
                false
            }
            _ => true,
        }
    }

    /// Weights given as mantissas.
    fn mantissas(
        &mut self,
        index: usize,
        projection: &Projection,
        wiring: &Wiring,
        sampler: &Sampler<'_>,
        format: &SynapseFormat,
    ) -> Vec<i16> {
        let path = Part::Projection(index).key("weight");
        let semantics = self.semantics;
        let written_out = sampler.parameter().is_written_out();
        let truncation = semantics.numerics().weight_truncation;
        let (low, high) = projection.sign.accepted_range(truncation);
        let mut fractions = Offenders::default();
        let mut outside = Offenders::default();
        let mut tally = Tally::new();
        let mut quantise = |synapse: usize, wanted: f64| {
            let rounded = wanted.round();
            if written_out && rounded != wanted {
                fractions.note(wiring, synapse, wanted);
            } else if !(f64::from(low)..=f64::from(high)).contains(&rounded) {
                outside.note(wiring, synapse, wanted);
            }
            // The clamp keeps what follows defined; an offender is refused in the end.
            format.truncate(rounded.clamp(f64::from(low), f64::from(high)) as i16, semantics)
        };
        let weights = match sampler.constant() {
            Some(wanted) if wiring.len() > 0 => {
                let stored = quantise(0, wanted);
                tally.note_all(wanted, in_use(format, truncation, stored), wiring.len());
                vec![stored; wiring.len()]
            }
            _ => (0..wiring.len())
                .map(|synapse| {
                    let wanted = sampler.at(wiring.canonical(synapse));
                    let stored = quantise(synapse, wanted);
                    tally.note(wanted, in_use(format, truncation, stored));
                    stored
                })
                .collect(),
        };
        if let Some(message) = fractions.describe(self, index, wiring, sampler) {
            let message = format!("weight {message}: with a weight_exponent, weights are whole mantissas");
            self.refuse(
                path,
                "E-NET-WHOLE",
                message,
                "round the weight, or leave weight_exponent out to give effective weights",
            );
        }
        if let Some(message) = outside.describe(self, index, wiring, sampler) {
            let message = format!(
                "weight {message} is outside {low}..={high}, the range of {} mantissas",
                projection.sign.name()
            );
            let help = mantissa_help(projection, outside.worst);
            self.misfits.push(path.problem("E-FIT-WEIGHT", message, help));
        }
        self.record(path, "mantissa", &tally, None);
        weights
    }

    /// Weights given as effective weights in units of 64: the exponent is chosen for the least total error.
    fn effective_weights(
        &mut self,
        index: usize,
        projection: &Projection,
        wiring: &Wiring,
        sampler: &Sampler<'_>,
        format: &mut SynapseFormat,
    ) -> Vec<i16> {
        let path = Part::Projection(index).key("weight");
        let numerics = self.semantics.numerics();
        let values: Vec<f64> = match sampler.constant() {
            Some(value) => vec![value; wiring.len().min(1)],
            None => (0..wiring.len()).map(|synapse| sampler.at(wiring.canonical(synapse))).collect(),
        };
        let base = *format;
        let grid = |exponent: i8| Grid::new(&base, exponent, &numerics);
        let extremes = values.iter().fold((0.0_f64, 0.0_f64), |(low, high), value| (low.min(*value), high.max(*value)));
        let wrong_sign = match projection.sign {
            SignMode::Mixed => false,
            SignMode::Excitatory => extremes.0 < 0.0,
            SignMode::Inhibitory => extremes.1 > 0.0,
        };
        let smallest =
            EXPONENTS.clone().find(|exponent| grid(*exponent).holds(extremes.0) && grid(*exponent).holds(extremes.1));
        if wrong_sign || smallest.is_none() {
            let range = grid(*EXPONENTS.end()).range();
            let mut outside = Offenders::default();
            let bad = |value: f64| !(range.0..=range.1).contains(&value) || !grid(*EXPONENTS.end()).holds(value);
            values
                .iter()
                .enumerate()
                .filter(|(_, value)| bad(**value))
                .for_each(|(synapse, value)| outside.note(wiring, synapse, *value));
            let described = outside.describe(self, index, wiring, sampler).unwrap_or_default();
            let message = format!(
                "weight {described} is outside {}..={}, the effective weights (in units of 64) that {} synapses hold",
                range.0,
                range.1,
                projection.sign.name()
            );
            let help = if wrong_sign {
                "use sign = \"mixed\", or give the projection weights of one sign".to_owned()
            } else {
                format!(
                    "divide weights and threshold by {}",
                    (outside.worst.abs() / range.1.max(-range.0).max(1.0)).ceil().max(2.0)
                )
            };
            self.misfits.push(path.problem("E-FIT-WEIGHT", message, help));
        }
        let smallest = smallest.unwrap_or(*EXPONENTS.end());
        let mut best = (smallest, f64::INFINITY);
        for exponent in smallest..=*EXPONENTS.end() {
            let grid = grid(exponent);
            let error: f64 = values.iter().map(|value| (grid.effect(grid.mantissa(*value)) - value).abs()).sum();
            // Coarser exponents never do better; among equals the plainest one is kept.
            if error > best.1 * (1.0 + 1e-9) {
                break;
            }
            if best.1.is_infinite() || exponent.abs() < best.0.abs() {
                best = (exponent, error);
            }
        }
        let grid = grid(best.0);
        format.weight_exponent = best.0;
        let mut tally = Tally::new();
        let weights = if sampler.constant().is_some() {
            let stored = values.first().map_or(0, |value| grid.mantissa(*value));
            values.first().inspect(|value| tally.note_all(**value, grid.effect(stored), wiring.len()));
            vec![stored; wiring.len()]
        } else {
            let store = |value: &f64| {
                let stored = grid.mantissa(*value);
                tally.note(*value, grid.effect(stored));
                stored
            };
            values.iter().map(store).collect()
        };
        self.record(path, "effective weight / 64", &tally, Some(format!("weight_exponent {} chosen", best.0)));
        weights
    }

    /// Stored delays.
    fn delays(&mut self, index: usize, projection: &Projection, wiring: &Wiring) -> Vec<u8> {
        let path = Part::Projection(index).key("delay_steps");
        let sampler = Sampler::new(&projection.delay_steps, self.seed, Owner::Projection(index), DrawnParameter::Delay);
        if !self.array_fits(&sampler, wiring, path) {
            return vec![0; wiring.len()];
        }
        let written_out = sampler.parameter().is_written_out();
        let limit = self.chip.core.max_stored_delay_steps.min(62);
        let longest = f64::from(limit) + 1.0;
        let (mut fractions, mut early, mut late) = (Offenders::default(), Offenders::default(), Offenders::default());
        let mut tally = Tally::new();
        let mut quantise = |synapse: usize, wanted: f64| {
            let rounded = wanted.round();
            if written_out && rounded != wanted {
                fractions.note(wiring, synapse, wanted);
            } else if rounded < 1.0 {
                early.note(wiring, synapse, wanted);
            } else if rounded > longest {
                late.note(wiring, synapse, wanted);
            }
            rounded.clamp(1.0, longest) as u8 - 1
        };
        let delays = match sampler.constant() {
            Some(wanted) if wiring.len() > 0 => {
                let stored = quantise(0, wanted);
                tally.note_all(wanted, f64::from(stored) + 1.0, wiring.len());
                vec![stored; wiring.len()]
            }
            _ => (0..wiring.len())
                .map(|synapse| {
                    let wanted = sampler.at(wiring.canonical(synapse));
                    let stored = quantise(synapse, wanted);
                    tally.note(wanted, f64::from(stored) + 1.0);
                    stored
                })
                .collect(),
        };
        if let Some(message) = fractions.describe(self, index, wiring, &sampler) {
            self.refuse(
                path,
                "E-NET-WHOLE",
                format!("delay_steps {message}: delays are whole steps"),
                "round the delay",
            );
        }
        if let Some(message) = early.describe(self, index, wiring, &sampler) {
            let message = format!(
                "delay_steps {message} is below 1: a spike arrives one step after it was emitted at the earliest"
            );
            self.refuse(path, "E-NET-RANGE", message, "use at least 1; give a distribution low = 1");
        }
        if let Some(message) = late.describe(self, index, wiring, &sampler) {
            let message = format!(
                "delay_steps {message} is stored as {}; chip '{}' stores at most {limit}",
                late.worst.round() - 1.0,
                self.chip.name
            );
            let help = format!("use at most {longest} steps, a coarser time step, or relay neurons");
            self.misfits.push(path.problem("E-FIT-DELAY", message, help));
        }
        self.record(path, "steps", &tally, None);
        delays
    }
}

/// What is left of a stored mantissa when a spike first meets it.
fn in_use(format: &SynapseFormat, truncation: WeightTruncation, stored: i16) -> f64 {
    let grain = f64::from(format.grain_bits()).exp2();
    match truncation {
        WeightTruncation::TowardZeroAtUse => (f64::from(stored) / grain).trunc() * grain,
        _ => f64::from(stored),
    }
}

fn mantissa_help(projection: &Projection, worst: f64) -> String {
    let exponent = projection.weight_exponent.unwrap_or(0);
    let wrong_sign = match projection.sign {
        SignMode::Mixed => false,
        SignMode::Excitatory => worst < 0.0,
        SignMode::Inhibitory => worst > 0.0,
    };
    let shifts = (worst.abs() / 254.0).log2().ceil().max(1.0) as i64;
    if wrong_sign {
        "use sign = \"mixed\", or give the projection weights of one sign".to_owned()
    } else if i64::from(exponent) + shifts <= 7 {
        let divisor = 1_i64 << shifts;
        format!("divide the weights by {divisor} and set weight_exponent = {}", i64::from(exponent) + shifts)
    } else {
        "scale weights, biases and thresholds down together".to_owned()
    }
}
