//! The static synapses of a tile: rows by source, in each row runs of one delay.
//!
//! ```text
//! axon  a ──► runs[starts[a] .. starts[a + 1]]
//!                │ delay │ first │ count │
//!                            └──► synapses: │ target 16 │ weight 16 │ ...
//! ```

use super::neurons::BLOCK;
use super::ring::{Ring, TILE};
use crate::id::Step;
use crate::memory::Synapse;

/// A static synapse in four bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Static {
    /// Neuron of the tile.
    pub(super) target: u16,
    /// Effective weight in units of 64.
    pub(super) weight: i16,
}

/// Synapses of one row with the same delay.
#[derive(Debug, Clone, Copy)]
struct Run {
    first: u32,
    count: u32,
    delay: u8,
}

/// Rows of all axons.
#[derive(Debug, Clone, Default)]
pub(super) struct Rows {
    starts: Vec<u32>,
    runs: Vec<Run>,
    synapses: Vec<Static>,
}

impl Rows {
    /// No rows yet; room for `synapses`.
    pub(super) fn with_capacity(axons: usize, synapses: usize) -> Self {
        let mut starts = Vec::with_capacity(axons + 1);
        starts.push(0);
        Self { starts, runs: Vec::with_capacity(axons), synapses: Vec::with_capacity(synapses) }
    }

    /// Appends the row of the next axon; `row` holds (delay, synapse) in order of delay.
    pub(super) fn push(&mut self, row: &[(u8, Static)]) {
        for run in row.chunk_by(|a, b| a.0 == b.0) {
            self.runs.push(Run { first: self.synapses.len() as u32, count: run.len() as u32, delay: run[0].0 });
            self.synapses.extend(run.iter().map(|(_, synapse)| *synapse));
        }
        self.starts.push(self.runs.len() as u32);
    }

    /// The same without room to spare.
    pub(super) fn shrunk(mut self) -> Self {
        self.runs.shrink_to_fit();
        self.synapses.shrink_to_fit();
        self
    }

    fn runs(&self, axon: usize) -> &[Run] {
        &self.runs[self.starts[axon] as usize..self.starts[axon + 1] as usize]
    }

    fn of(&self, run: &Run) -> &[Static] {
        &self.synapses[run.first as usize..(run.first + run.count) as usize]
    }

    /// Delivers a spike of step `t` through the row of `axon`.
    #[inline]
    pub(super) fn deliver(&self, axon: usize, t: Step, ring: &mut Ring, marks: bool) {
        for run in self.runs(axon) {
            let Some((sums, marked)) = ring.tile_at(t + 1 + Step::from(run.delay)) else { continue };
            add(self.of(run), sums);
            if marks {
                mark(self.of(run), marked);
            }
        }
    }
}

#[inline]
fn add(synapses: &[Static], sums: &mut [i32; TILE]) {
    for synapse in synapses {
        let sum = &mut sums[usize::from(synapse.target)];
        *sum = sum.wrapping_add(i32::from(synapse.weight));
    }
}

fn mark(synapses: &[Static], marks: &mut [u64; TILE / BLOCK]) {
    for synapse in synapses {
        let target = usize::from(synapse.target);
        marks[target / BLOCK] |= 1 << (target % BLOCK);
    }
}

/// The synapse of an image as a static one. Effective weights are whole multiples of 64 in 16 bits.
pub(super) const fn narrow(synapse: &Synapse, effective: i32, first: usize) -> Static {
    Static { target: (synapse.target as usize - first) as u16, weight: (effective >> 6) as i16 }
}
