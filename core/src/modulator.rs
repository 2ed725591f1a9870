//! Modulators: signed 8-bit levels that are broadcast to the cells that subscribe to them.
//!
//! A *channel* is a named level (dopamine, say; or dopamine of one cell class). A population subscribes its slots m0..m3 to
//! channels, so that each cell class listens to its own modulators.

use crate::arithmetic::{decay, saturate};
use serde::{Deserialize, Serialize};

/// Modulator slots of a cell: m0..m3.
pub const SLOTS: usize = 4;

/// One channel of the chip.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModulatorChannel {
    /// Name of the channel, unique in the image.
    pub name: String,
    /// Decay of the level per step, 0..=4096, rounding toward zero; 4096: the level lasts one step.
    pub decay: u16,
    /// Modulatory neurons: (first logical id, number, level that each spike adds on the next step), if any.
    pub source: Option<ModulatorSource>,
}

/// The modulatory neurons behind a channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModulatorSource {
    /// First logical neuron id of the source population.
    pub first_neuron: u32,
    /// Neurons of the source population.
    pub neurons: u32,
    /// What one spike adds to the level, -128..=127.
    pub gain: i16,
}

impl ModulatorChannel {
    /// The level of the next step: decay, plus what was injected and what spikes of the source added; saturating at 8 bits.
    #[must_use]
    pub fn advance(&self, level: i8, injected: i64, source_spikes: u64) -> i8 {
        let gain = self.source.map_or(0, |source| i64::from(source.gain));
        let next = decay(i64::from(level), self.decay) + injected + gain * source_spikes as i64;
        saturate(next, 7) as i8
    }
}
