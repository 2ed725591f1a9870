//! How many units of v are 1 in the file: as many as keep the rounding small and every sum in range.

use super::neuron::{Constant, Dynamics};
use crate::import::linear::Map;

/// Units of v in a unit of a weight or threshold as stored.
const STORED: f64 = 64.0;
/// Half of what an accumulator holds.
const MAX_INPUT: f64 = 1_048_576.0;
/// Largest threshold: 16 of them fit into v.
const MAX_THRESHOLD: f64 = 524_288.0;
/// Half of what v holds.
const MAX_STATE: f64 = 4_194_304.0;
/// Largest bias.
const MAX_BIAS: f64 = 524_160.0;
/// Largest mantissa of a weight.
const MAX_WEIGHT: f64 = 254.0;
/// What 32 bits leave of a decimal number.
const TOLERANCE: f64 = 1e-5;

/// The scale of a population that these maps of input reach; weights already have its gain. `fine`: a weight may take two synapses.
pub(super) fn choose<'m>(
    dynamics: &Dynamics,
    maps: impl Iterator<Item = &'m Map> + Clone,
    constant: &Constant,
    fine: bool,
) -> f64 {
    decimal(dynamics, maps.clone(), constant).unwrap_or_else(|| {
        let widest = widest(dynamics, maps.clone(), constant);
        if fine { widest } else { filling(widest, maps) }
    })
}

/// If weights, thresholds and biases are short decimals: the scale by the smallest power of ten that makes them whole.
fn decimal<'m>(dynamics: &Dynamics, maps: impl Iterator<Item = &'m Map> + Clone, constant: &Constant) -> Option<f64> {
    let gain = dynamics.gain.first().copied().filter(|gain| *gain > 0.0)?;
    if dynamics.gain.iter().any(|other| *other != gain) {
        return None;
    }
    let is_whole = |value: f64| (value - value.round()).abs() <= TOLERANCE * value.abs().max(1.0);
    let threshold = dynamics.threshold.as_ref()?;
    (0..4).map(|power| STORED * 10_f64.powi(power) / gain).find(|scale| {
        let mut weights = maps.clone().flat_map(Map::weights).map(|weight| weight * scale / STORED);
        let mut thresholds = threshold.iter().map(|value| value * scale / STORED);
        weights.all(|weight| is_whole(weight) && weight.abs() <= MAX_WEIGHT)
            && thresholds.all(|value| is_whole(value) && (1.0..=MAX_THRESHOLD / STORED).contains(&value))
            && constant.total.iter().all(|value| is_whole(value * scale) && (value * scale).abs() <= MAX_BIAS)
    })
}

/// The largest scale at which no sum of one step and no settled state leaves its range, even if every source spikes.
fn widest<'m>(dynamics: &Dynamics, maps: impl Iterator<Item = &'m Map> + Clone, constant: &Constant) -> f64 {
    let mut sums = vec![[0.0_f64; 2]; dynamics.gain.len()];
    for map in maps.clone() {
        for (sum, own) in sums.iter_mut().zip(map.extremes()) {
            *sum = [sum[0] + own[0], sum[1] + own[1]];
        }
    }
    let mut scale = f64::INFINITY;
    let mut keep = |value: f64, limit: f64| {
        if value > 0.0 {
            scale = scale.min(limit / value);
        }
    };
    for (at, sum) in sums.iter().enumerate() {
        let input = sum[0].max(-sum[1]);
        keep(input, MAX_INPUT);
        keep(constant.total[at].abs(), MAX_BIAS);
        match &dynamics.threshold {
            Some(threshold) => keep(threshold[at].abs(), MAX_THRESHOLD),
            // An integrator keeps what a thousand steps bring, a leaky one what it settles at.
            None => keep(input * (4096.0 / dynamics.voltage_decay[at].max(4.0)), MAX_STATE),
        }
    }
    if scale.is_finite() { scale } else { STORED }
}

/// The next lower scale at which the largest weight fills its mantissa.
fn filling<'m>(scale: f64, maps: impl Iterator<Item = &'m Map>) -> f64 {
    let largest = maps.flat_map(Map::weights).fold(0.0_f64, |largest, weight| largest.max(weight.abs()));
    let units = largest * scale / STORED;
    if units > 0.0 { scale * (MAX_WEIGHT * (units / MAX_WEIGHT).log2().floor().exp2() / units) } else { scale }
}
