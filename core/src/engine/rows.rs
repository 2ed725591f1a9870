//! The static synapses of a tile: rows by source, in each row runs of one delay.
//!
//! ```text
//! axon a ──► runs[starts[a] .. starts[a + 1]]
//!               │ delay │ weight? │ first │ count │
//!                                     ├──► targets:  │ target 16 │ ...               one weight for the whole run
//!                                     └──► synapses: │ target 16 │ weight 16 │ ...   a weight each
//! ```

use super::neurons::BLOCK;
use super::prefetch::{LINE, prefetch};
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
    /// The weight of all, if they share one.
    weight: Option<i16>,
    delay: u8,
}

/// Rows of all axons.
#[derive(Debug, Clone, Default)]
pub(super) struct Rows {
    starts: Vec<u32>,
    runs: Vec<Run>,
    /// Of runs with one weight.
    targets: Vec<u16>,
    /// Of the others.
    synapses: Vec<Static>,
}

impl Rows {
    /// No rows yet.
    pub(super) fn with_capacity(axons: usize) -> Self {
        let mut starts = Vec::with_capacity(axons + 1);
        starts.push(0);
        Self { starts, runs: Vec::with_capacity(axons), ..Self::default() }
    }

    /// Appends the row of the next axon; `row` holds (delay, synapse) in order of delay. `None` if there are too many synapses.
    pub(super) fn push(&mut self, row: &[(u8, Static)]) -> Option<()> {
        for run in row.chunk_by(|a, b| a.0 == b.0) {
            let (delay, Static { weight, .. }) = run[0];
            let is_uniform = run.iter().all(|(_, synapse)| synapse.weight == weight);
            let first = if is_uniform { self.targets.len() } else { self.synapses.len() };
            u32::try_from(first + run.len()).ok()?;
            let (first, count) = (first as u32, run.len() as u32);
            self.runs.push(Run { first, count, weight: is_uniform.then_some(weight), delay });
            if is_uniform {
                self.targets.extend(run.iter().map(|(_, synapse)| synapse.target));
            } else {
                self.synapses.extend(run.iter().map(|(_, synapse)| *synapse));
            }
        }
        self.starts.push(self.runs.len() as u32);
        Some(())
    }

    /// The same without room to spare.
    pub(super) fn shrunk(mut self) -> Self {
        self.runs.shrink_to_fit();
        self.targets.shrink_to_fit();
        self.synapses.shrink_to_fit();
        self
    }

    fn runs(&self, axon: u32) -> &[Run] {
        &self.runs[self.starts[axon as usize] as usize..self.starts[axon as usize + 1] as usize]
    }

    /// Delivers spikes of step `t` through the rows of `axons`. While one row is delivered, the next comes into the cache.
    pub(super) fn deliver(&self, axons: &[u32], t: Step, ring: &mut Ring, marks: bool) {
        for (place, axon) in axons.iter().enumerate() {
            let mut ahead = self.ahead(axons.get(place + 1).copied());
            for run in self.runs(*axon) {
                let Some((sums, marked)) = ring.tile_at(t + 1 + Step::from(run.delay)) else { continue };
                let range = run.first as usize..(run.first + run.count) as usize;
                match run.weight {
                    Some(weight) => {
                        let targets = &self.targets[range];
                        let (lines, rest) = targets.as_chunks::<TARGETS_OF_LINE>();
                        for line in lines {
                            ahead.prefetch();
                            line.iter().for_each(|target| add(sums, *target, weight));
                        }
                        ahead.prefetch();
                        rest.iter().for_each(|target| add(sums, *target, weight));
                        if marks {
                            targets.iter().for_each(|target| mark(marked, *target));
                        }
                    }
                    None => {
                        let synapses = &self.synapses[range];
                        let (lines, rest) = synapses.as_chunks::<SYNAPSES_OF_LINE>();
                        for line in lines {
                            ahead.prefetch();
                            line.iter().for_each(|synapse| add(sums, synapse.target, synapse.weight));
                        }
                        ahead.prefetch();
                        rest.iter().for_each(|synapse| add(sums, synapse.target, synapse.weight));
                        if marks {
                            synapses.iter().for_each(|synapse| mark(marked, synapse.target));
                        }
                    }
                }
            }
        }
    }

    /// The first run of a row that is to come.
    fn ahead(&self, axon: Option<u32>) -> Ahead<'_> {
        let run = axon.and_then(|axon| self.runs(axon).first());
        let range = run.map_or(0..0, |run| run.first as usize..(run.first + run.count) as usize);
        match run.is_some_and(|run| run.weight.is_some()) {
            true => Ahead { targets: &self.targets[range], synapses: &[] },
            false => Ahead { targets: &[], synapses: &self.synapses[range] },
        }
    }
}

const TARGETS_OF_LINE: usize = LINE / size_of::<u16>();
const SYNAPSES_OF_LINE: usize = LINE / size_of::<Static>();

/// What is left to fetch of a run.
#[derive(Debug, Clone, Copy)]
struct Ahead<'a> {
    targets: &'a [u16],
    synapses: &'a [Static],
}

impl Ahead<'_> {
    /// Asks for the next line.
    #[inline(always)]
    fn prefetch(&mut self) {
        if let [first, ..] = self.targets {
            prefetch(first);
            self.targets = self.targets.get(TARGETS_OF_LINE..).unwrap_or(&[]);
        } else if let [first, ..] = self.synapses {
            prefetch(first);
            self.synapses = self.synapses.get(SYNAPSES_OF_LINE..).unwrap_or(&[]);
        }
    }
}

#[inline(always)]
fn add(sums: &mut [i32; TILE], target: u16, weight: i16) {
    let sum = &mut sums[usize::from(target)];
    *sum = sum.wrapping_add(i32::from(weight));
}

#[inline(always)]
fn mark(marks: &mut [u64; TILE / BLOCK], target: u16) {
    marks[usize::from(target) / BLOCK] |= 1 << (usize::from(target) % BLOCK);
}

/// The synapse of an image as a static one. Effective weights are whole multiples of 64 in 16 bits.
pub(super) const fn narrow(synapse: &Synapse, effective: i32, first: usize) -> Static {
    Static { target: (synapse.target as usize - first) as u16, weight: (effective >> 6) as i16 }
}
