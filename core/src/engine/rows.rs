//! The static synapses of a tile: rows by source, in each row runs of one delay.
//!
//! ```text
//! axon a ──► runs[starts[a] .. starts[a + 1]]
//!               │ delay │ form │ first │ count │
//!                                  ├──► targets:  │ target 16 │ ...               one weight for the whole run
//!                                  ├──► synapses: │ target 16 │ weight 16 │ ...   a weight each
//!                                  └──► bits: one weight, and so many targets that a bit for each neuron is smaller
//! ```

use super::bits::{BitRows, Volley};
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
    /// For bits, the class.
    count: u32,
    form: Form,
    delay: u8,
    /// The most that it moves a sum by; [`u16::MAX`]: more than can be told here.
    largest: u16,
}

/// Where the synapses of a run are.
#[derive(Debug, Clone, Copy)]
enum Form {
    /// Among the targets; all have this weight.
    Uniform(i16),
    /// Among the synapses.
    Each,
    Bits,
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
    bits: BitRows,
}

impl Rows {
    /// No rows yet.
    pub(super) fn with_capacity(axons: usize) -> Self {
        let mut starts = Vec::with_capacity(axons + 1);
        starts.push(0);
        Self { starts, runs: Vec::with_capacity(axons), ..Self::default() }
    }

    /// Appends the row of the next axon; `row` holds (delay, synapse) in order of (delay, target). `None` if there are too many synapses.
    pub(super) fn push(&mut self, row: &[(u8, Static)]) -> Option<()> {
        let mut targets = Vec::new();
        for run in row.chunk_by(|a, b| a.0 == b.0) {
            let (delay, Static { weight, .. }) = run[0];
            let sums = run.chunk_by(|a, b| a.1.target == b.1.target);
            let sums = sums.map(|own| own.iter().map(|(_, synapse)| u32::from(synapse.weight.unsigned_abs())).sum());
            let mut largest: u32 = sums.max().unwrap_or(0);
            if run.iter().any(|(_, synapse)| synapse.weight != weight) {
                let first = self.synapses.len();
                self.synapses.extend(run.iter().map(|(_, synapse)| *synapse));
                self.push_run(first, run.len(), Form::Each, delay, largest)?;
                continue;
            }
            targets.clear();
            targets.extend(run.iter().map(|(_, synapse)| synapse.target));
            let mut again = Vec::new();
            if let Some((class, first)) = self.bits.push(&targets, weight, delay, &mut again) {
                self.runs.push(Run { first, count: class, form: Form::Bits, delay, largest: weight.unsigned_abs() });
                largest -= u32::from(weight.unsigned_abs());
                targets = again;
            }
            if !targets.is_empty() {
                let first = self.targets.len();
                self.targets.extend_from_slice(&targets);
                self.push_run(first, targets.len(), Form::Uniform(weight), delay, largest)?;
            }
        }
        self.starts.push(self.runs.len() as u32);
        Some(())
    }

    fn push_run(&mut self, first: usize, count: usize, form: Form, delay: u8, largest: u32) -> Option<()> {
        u32::try_from(first + count).ok()?;
        let largest = u16::try_from(largest).unwrap_or(u16::MAX);
        self.runs.push(Run { first: first as u32, count: count as u32, form, delay, largest });
        Some(())
    }

    /// The same without room to spare.
    pub(super) fn shrunk(mut self) -> Self {
        self.runs.shrink_to_fit();
        self.targets.shrink_to_fit();
        self.synapses.shrink_to_fit();
        self.bits.shrink();
        self
    }

    fn runs(&self, axon: u32) -> &[Run] {
        &self.runs[self.starts[axon as usize] as usize..self.starts[axon as usize + 1] as usize]
    }

    /// Delivers spikes of step `t` through the rows of `axons`. While one row is delivered, the next comes into the cache. `volley` is
    /// scratch.
    pub(super) fn deliver(&self, axons: &[u32], t: Step, ring: &mut Ring, marks: bool, volley: &mut Volley) {
        let start = |axon: &u32| self.starts.get(*axon as usize);
        let first = |axon: &u32| start(axon).and_then(|start| self.runs.get(*start as usize));
        axons.iter().take(2 * AHEAD).filter_map(start).for_each(prefetch);
        axons.iter().take(AHEAD).filter_map(first).for_each(prefetch);
        for (place, axon) in axons.iter().enumerate() {
            axons.get(place + 2 * AHEAD).and_then(start).into_iter().for_each(prefetch);
            axons.get(place + AHEAD).and_then(first).into_iter().for_each(prefetch);
            let mut ahead = self.ahead(axons.get(place + ROWS_AHEAD).copied());
            for run in self.runs(*axon) {
                let largest = if run.largest == u16::MAX { u32::MAX } else { run.largest.into() };
                ring.raise(t + 1 + Step::from(run.delay), largest);
                if matches!(run.form, Form::Bits) {
                    volley.push(run.count, run.first);
                    continue;
                }
                let Some((sums, marked)) = ring.tile_at(t + 1 + Step::from(run.delay)) else { continue };
                let range = run.first as usize..(run.first + run.count) as usize;
                match run.form {
                    Form::Uniform(weight) => {
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
                    _ => {
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
        self.bits.deliver(volley, t, ring, marks);
    }

    /// The first run of a row that is to come.
    fn ahead(&self, axon: Option<u32>) -> Ahead<'_> {
        let run = axon.and_then(|axon| self.runs(axon).first());
        let range = |run: &Run| run.first as usize..(run.first + run.count) as usize;
        match run.map(|run| (run, run.form)) {
            Some((run, Form::Uniform(_))) => Ahead { targets: &self.targets[range(run)], synapses: &[] },
            Some((run, Form::Each)) => Ahead { targets: &[], synapses: &self.synapses[range(run)] },
            _ => Ahead { targets: &[], synapses: &[] },
        }
    }
}

/// The runs of a row are asked for so many rows ahead, and where they are twice as many.
const AHEAD: usize = 8;
/// Their synapses so many.
pub(super) const ROWS_AHEAD: usize = 3;
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
