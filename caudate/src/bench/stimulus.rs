//! What reaches a benchmark network, laid out before time is taken.

use caudate_core::random::{Domain, draw_from, stream};
use caudate_sim::StepInput;

/// Milliseconds over which a spike of a dopamine neuron acts, in steps of 0.1 ms.
const DOPAMINE_TAU_STEPS: f64 = 1000.0;
/// Mean level of dopamine: ten neurons at 100 Hz.
const DOPAMINE_LEVEL: f64 = 64.0;

/// Input spikes and a modulator level, step by step.
#[derive(Debug, Clone, Default)]
pub struct Supplied {
    /// Spikes of step t: `spikes[starts[t] .. starts[t + 1]]`.
    starts: Vec<usize>,
    spikes: Vec<u32>,
    /// Level of channel 0 by step.
    levels: Vec<i8>,
}

impl Supplied {
    /// Fills `input`, which is empty, for step `t`.
    pub fn fill(&self, t: u64, input: &mut StepInput) {
        let t = t as usize;
        if let (Some(from), Some(to)) = (self.starts.get(t), self.starts.get(t + 1)) {
            input.spikes.extend_from_slice(&self.spikes[*from..*to]);
        }
        if let Some(level) = self.levels.get(t) {
            input.modulators.push((0, i64::from(*level)));
        }
    }
}

/// Each source spikes with a probability per step, independently. The work is in proportion to the spikes.
pub(super) fn spikes(sources: u32, probability: f64, steps: u64, seed: u64) -> Supplied {
    let stream = stream(Domain::Stimulus.seed(seed), 1);
    let log_miss = (-probability).ln_1p();
    let (sources, mut starts, mut spikes) = (u64::from(sources), Vec::new(), Vec::new());
    // Jumps from spike to spike through all (step, source) pairs.
    let (mut pair, mut jump) = (0_u64, 0);
    loop {
        let uniform = (f64::from(draw_from(stream, jump, 0)) + 0.5) / 4_294_967_296.0;
        pair = pair.saturating_add((uniform.ln() / log_miss) as u64);
        if pair >= steps * sources {
            break;
        }
        starts.resize((pair / sources) as usize + 1, spikes.len());
        spikes.push((pair % sources) as u32);
        (pair, jump) = (pair + 1, jump + 1);
    }
    starts.resize(steps as usize + 1, spikes.len());
    Supplied { starts, spikes, levels: Vec::new() }
}

/// The level that ten dopamine neurons of 100 Hz hold, in units of [`DOPAMINE_LEVEL`].
pub(super) fn dopamine(steps: u64, seed: u64) -> Supplied {
    let stream = stream(Domain::Stimulus.seed(seed), 2);
    let mut level = DOPAMINE_LEVEL;
    let decay = (-1.0 / DOPAMINE_TAU_STEPS).exp();
    // 1,000 spikes per second, 0.1 per step.
    let spikes_per_step = 0.1;
    let levels = (0..steps).map(|t| {
        let neurons = (0..10_u8)
            .filter(|neuron| f64::from(draw_from(stream, t, *neuron)) / 4_294_967_296.0 < spikes_per_step / 10.0);
        level = level * decay + neurons.count() as f64 * DOPAMINE_LEVEL / (spikes_per_step * DOPAMINE_TAU_STEPS);
        level.round().clamp(-128.0, 127.0) as i8
    });
    Supplied { levels: levels.collect(), ..Supplied::default() }
}
