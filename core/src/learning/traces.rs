//! How the traces of a plastic group follow spikes: every step (ours), or replayed at the epoch's end (`lava`).

use super::plastic::{POST_TRACES, PRE_TRACES, Plastic};
use crate::draws::{Draws, ImpulseUse, Side};
use crate::random::{Domain, stream, trace_entity};
use crate::trace::{TRACE_MAX, TraceConfig, TraceDecay, advance, floor_decay};

impl Plastic {
    /// Ours: one step of every trace, after the spikes of step `t` are known.
    pub fn advance_traces(&mut self, t: u64, draws: &Draws) {
        let now = self.step_in_epoch(t);
        let row = usize::from(now - 1);
        let seed = draws.domain_seed(Domain::PreTrace);
        for index in 0..PRE_TRACES {
            if self.pre[index].is_present() {
                for (list, value) in self.x[index].iter_mut().enumerate() {
                    let spiked = self.pre_spike[list] == now;
                    if *value != 0 || spiked {
                        let stream = stream(seed, trace_entity(self.projection, self.lists[list].source));
                        *value = advance(&self.pre[index], *value, spiked, stream, t, index as u8);
                    }
                }
                self.x_history[index][row].copy_from_slice(&self.x[index]);
            }
        }
        let seed = draws.domain_seed(Domain::PostTrace);
        for index in 0..POST_TRACES {
            if self.post[index].is_present() {
                for target in &self.targets {
                    let target = *target as usize;
                    let (value, spiked) = (&mut self.y[index][target], self.post_spike[target] == now);
                    if *value != 0 || spiked {
                        let stream = stream(seed, trace_entity(self.projection, self.neurons[target]));
                        *value = advance(&self.post[index], *value, spiked, stream, t, index as u8);
                    }
                }
                self.y_history[index][row].copy_from_slice(&self.y[index]);
            }
        }
    }

    /// `lava`: books a presynaptic spike of step `t`. A repeated spike of an epoch adds its impulse at once, to the value that the
    /// epoch began with; the last one is replayed at the epoch's end.
    pub fn book_pre_spike_lava(&mut self, list: usize, t: u64) {
        if self.pre_spike[list] > 0 {
            for index in 0..PRE_TRACES {
                // The emulator's first draw is not used on this side: the fraction always rounds up.
                self.x[index][list] = add_impulse(&self.pre[index], self.x[index][list], 0);
            }
        }
        self.pre_spike[list] = self.step_in_epoch(t);
    }

    /// `lava`: the same for a postsynaptic spike.
    pub fn book_post_spike_lava(&mut self, target: usize, t: u64, draws: &Draws) {
        if self.post_spike[target] > 0 && !self.has_third_factor() {
            let draw = draws.shared_impulse(Side::Post, t, ImpulseUse::Repeated);
            for index in 0..POST_TRACES {
                self.y[index][target] = add_impulse(&self.post[index], self.y[index][target], draw);
            }
        }
        self.post_spike[target] = self.step_in_epoch(t);
    }

    /// `lava`: advances y1 of a third-factor process, which is not replayed but moves every step; y2, y3 come from outside.
    pub fn advance_third_factor(&mut self, t: u64) {
        let now = self.step_in_epoch(t);
        for (index, config) in self.post.iter().enumerate() {
            if let TraceDecay::Floor { factor } = config.decay {
                for (value, spike) in self.y[index].iter_mut().zip(&self.post_spike) {
                    *value = floor_decay(*value, factor);
                    if *spike == now {
                        *value = (*value + config.impulse.to_num::<i16>()).min(TRACE_MAX);
                    }
                }
            }
        }
    }

    /// `lava`: replays the epoch that ends at step `t`, filling the histories and leaving the traces at its end.
    pub fn replay_epoch_lava(&mut self, t: u64, draws: &Draws) {
        let third_factor = self.has_third_factor();
        let replay = |config: &TraceConfig, values: &mut [i16], spikes: &[u8], history: &mut [Vec<i16>], side: Side| {
            let factor = match config.decay {
                // The emulator replays third factors with the time constant that stands for "none", 65535 steps.
                _ if third_factor && side == Side::Post => (-1.0 / 65_535.0_f64).exp(),
                TraceDecay::Exponential { tau_steps } if tau_steps != 0.0 => (-1.0 / tau_steps).exp(),
                _ => 0.0,
            };
            let impulse = if third_factor && side == Side::Post { TraceConfig::ABSENT } else { *config };
            let (decay_draw, impulse_draw) =
                (draws.shared_decay(side, t), draws.shared_impulse(side, t, ImpulseUse::EpochEnd));
            for (row, step) in history.iter_mut().zip(1_u8..) {
                for (value, spike) in values.iter_mut().zip(spikes) {
                    let exact = factor * f64::from(*value);
                    let floor = exact.floor();
                    *value = floor as i16 + i16::from(decay_draw < exact - floor);
                    if *spike == step {
                        *value = add_impulse(&impulse, *value, impulse_draw);
                    }
                }
                row.copy_from_slice(values);
            }
        };
        for index in 0..PRE_TRACES {
            let history = &mut self.x_history[index];
            replay(&self.pre[index], &mut self.x[index], &self.pre_spike, history, Side::Pre);
        }
        for index in 0..POST_TRACES {
            let history = &mut self.y_history[index];
            // A third factor's own process moves it; the replay is what the synapses see.
            let mut seen = self.y[index].clone();
            let values = if third_factor { &mut seen } else { &mut self.y[index] };
            replay(&self.post[index], values, &self.post_spike, history, Side::Post);
        }
    }
}

/// Adds an impulse, its fraction of 1/256 rounded up if a 7-bit draw is below it (a quirk of the emulator, kept).
fn add_impulse(config: &TraceConfig, value: i16, draw: u16) -> i16 {
    let up = draw < u16::from(config.impulse.frac().to_bits() as u8);
    (value + config.impulse.to_num::<i16>() + i16::from(up)).clamp(0, TRACE_MAX)
}
