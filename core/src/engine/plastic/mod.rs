//! The plastic synapses of one group in a tile.
//!
//! Traces advance every step, for each step draws its own rounding; synapses are touched at the end of an epoch only where an event
//! makes a product count: along the row of a source that spiked, along the column of a target that did, or all of them where a
//! product counts by time.

mod batch;
mod change;
mod column;
mod columns;
mod epoch;
mod ids;
mod kernel;
mod levels;
mod row;
mod rule;
mod table;
mod traces;

pub(super) use levels::Levels;
pub(super) use rule::Rule;

use super::prefetch::{prefetch, prefetch_all};
use super::ring::Ring;
use crate::archive::Archive;
use crate::draws::Draws;
use crate::error::Error;
use crate::id::Step;
use columns::Columns;
use kernel::GROUP;
use std::sync::Arc;

/// What a step reads besides the tile's own state.
#[derive(Debug, Clone, Copy)]
pub(super) struct Surroundings<'a> {
    pub(super) t: Step,
    pub(super) levels: &'a [i8],
    pub(super) draws: &'a Draws,
}

/// What learning did, as counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Learned {
    pub(super) updates: u64,
    pub(super) weight_writes: u64,
}

impl Learned {
    pub(super) const fn add(&mut self, other: Self) {
        self.updates += other.updates;
        self.weight_writes += other.weight_writes;
    }
}

/// Stored delays of a group's synapses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Delays {
    Same(u8),
    Each(Vec<u8>),
}

/// The synapses themselves, in rows. Every column has room for a group of lanes behind its last synapse, so that a batch can end anywhere.
#[derive(Debug, Clone)]
pub(super) struct Synapses {
    /// Synapses of list l: `starts[l] .. starts[l + 1]`.
    pub(super) starts: Vec<u32>,
    /// Neuron of the tile.
    pub(super) target: Vec<u16>,
    /// Weights by their levels.
    pub(super) weight: Vec<u8>,
    pub(super) delay: Delays,
    /// Empty if the rule has no tag.
    pub(super) tag: Vec<i16>,
    /// Ordinal among parallel synapses of one pair; empty if there are none.
    pub(super) ordinal: Vec<u8>,
}

impl Synapses {
    pub(super) fn len(&self) -> usize {
        self.starts.last().map_or(0, |end| *end as usize)
    }

    pub(super) fn row(&self, list: usize) -> std::ops::Range<usize> {
        self.starts[list] as usize..self.starts[list + 1] as usize
    }

    pub(super) fn targets(&self) -> &[u16] {
        &self.target[..self.len()]
    }

    /// Makes room for a group of lanes behind the last synapse, and gives back what is not needed.
    pub(super) fn pad(&mut self) {
        fn pad<T: Copy + Default>(column: &mut Vec<T>) {
            column.reserve_exact(GROUP);
            column.resize(column.len() + GROUP, T::default());
            column.shrink_to_fit();
        }
        pad(&mut self.target);
        pad(&mut self.weight);
        [&mut self.ordinal].into_iter().filter(|column| !column.is_empty()).for_each(pad);
        [&mut self.tag].into_iter().filter(|column| !column.is_empty()).for_each(pad);
    }

    pub(super) fn delay_of(&self, synapse: usize) -> u8 {
        match &self.delay {
            Delays::Same(delay) => *delay,
            Delays::Each(delays) => delays[synapse],
        }
    }
}

/// One plastic group of a tile.
#[derive(Debug, Clone)]
pub(super) struct PlasticTile {
    pub(super) rule: Arc<Rule>,
    pub(super) synapses: Synapses,
    columns: Columns,
    /// Logical id of each neuron of the tile.
    pub(super) neurons: ids::Ids,
    /// Whether the group reaches each neuron of the tile.
    pub(super) is_target: Vec<bool>,
    /// x1, x2 by list of the core; y1, y2, y3 by neuron.
    pub(super) x: [traces::Trace; 2],
    pub(super) y: [traces::Trace; 3],
    /// Step within the epoch, from 1, of the last spike of each list and neuron; 0: none.
    pre_spike: Vec<u8>,
    post_spike: Vec<u8>,
    /// Lists and neurons with such a spike.
    pre: Vec<u32>,
    post: Vec<u32>,
    plans: Option<epoch::Plans>,
}

impl PlasticTile {
    /// The group's state before step 0. `neurons` are the logical ids of the tile's neurons.
    pub(super) fn new(rule: Arc<Rule>, synapses: Synapses, neurons: Vec<u32>) -> Self {
        let columns = if rule.has_post { Columns::new(&synapses, neurons.len()) } else { Columns::None };
        let mut is_target = vec![false; neurons.len()];
        synapses.targets().iter().for_each(|target| is_target[usize::from(*target)] = true);
        let (lists, count) = (rule.sources.len(), neurons.len());
        let history = if rule.epoch_steps > 1 { rule.epoch_steps as usize } else { 0 };
        Self {
            columns,
            is_target,
            x: std::array::from_fn(|index| traces::Trace::new(rule.pre[index], lists, history)),
            y: std::array::from_fn(|index| traces::Trace::new(rule.post[index], count, history)),
            pre_spike: vec![0; lists],
            post_spike: vec![0; count],
            pre: Vec::new(),
            post: Vec::new(),
            plans: None,
            rule,
            synapses,
            neurons: ids::Ids::new(neurons),
        }
    }

    /// Asks for where the row of a list is.
    pub(super) fn prefetch(&self, list: usize) {
        prefetch(&self.synapses.starts[list]);
        prefetch(&self.pre_spike[list]);
    }

    /// Asks for the row of a list that will be delivered soon.
    pub(super) fn prefetch_row(&self, list: usize) {
        let row = self.synapses.row(list);
        prefetch_all(&self.synapses.target[row.clone()]);
        prefetch_all(&self.synapses.weight[row]);
    }

    /// Delivers a spike of step `t` through list `list`. Returns the delays it met, as bits, where delays learn.
    pub(super) fn deliver(&mut self, list: usize, t: Step, ring: &mut Ring, marks: bool) -> u64 {
        if self.pre_spike[list] == 0 {
            self.pre.push(list as u32);
        }
        self.pre_spike[list] = self.rule.step_in_epoch(t);
        let row = self.synapses.row(list);
        let mut met = 0;
        let mut from = row.start;
        while from < row.end {
            let delay = self.synapses.delay_of(from);
            let to = match &self.synapses.delay {
                Delays::Same(_) => row.end,
                Delays::Each(delays) => from + delays[from..row.end].iter().take_while(|own| **own == delay).count(),
            };
            met |= 1 << delay;
            if let Some((sums, marked)) = ring.tile_at(t + 1 + Step::from(delay)) {
                let (targets, weights) = (&self.synapses.target[from..to], &self.synapses.weight[from..to]);
                let synapses = targets.iter().zip(weights);
                synapses.for_each(|(target, level)| {
                    let sum = &mut sums[usize::from(*target)];
                    *sum = sum.wrapping_add(self.rule.effective[usize::from(*level)]);
                });
                if marks {
                    for target in self.synapses.target[from..to].iter().map(|target| usize::from(*target)) {
                        marked[target / 64] |= 1 << (target % 64);
                    }
                }
            }
            from = to;
        }
        if self.rule.moves_delays { met } else { 0 }
    }

    /// Books the spikes of the step's neurons, advances the traces, and learns where an epoch ends.
    pub(super) fn finish(&mut self, around: &Surroundings<'_>, spikes: &[u32]) -> Learned {
        let now = self.rule.step_in_epoch(around.t);
        for neuron in spikes.iter().filter(|neuron| self.is_target[**neuron as usize]) {
            let spiked = &mut self.post_spike[*neuron as usize];
            if *spiked == 0 {
                self.post.push(*neuron);
            }
            *spiked = now;
        }
        self.advance_traces(around, now);
        if !self.rule.ends_epoch(around.t) {
            return Learned::default();
        }
        let learned = self.learn(around);
        self.pre.drain(..).for_each(|list| self.pre_spike[list as usize] = 0);
        self.post.drain(..).for_each(|neuron| self.post_spike[neuron as usize] = 0);
        learned
    }

    /// Saves or restores the spikes of the epoch.
    pub(super) fn archive_spikes(&mut self, archive: &mut Archive) -> Result<(), Error> {
        archive.column(&mut self.pre_spike)?;
        archive.column(&mut self.post_spike)?;
        let latest = self.pre_spike.iter().chain(&self.post_spike).copied().max().unwrap_or(0);
        if u64::from(latest) > self.rule.epoch_steps {
            let epoch = self.rule.epoch_steps;
            return Err(Error::Checkpoint(format!("it holds a spike in step {latest} of an epoch of {epoch}")));
        }
        let spiked =
            |steps: &[u8]| (0_u32..).zip(steps).filter(|(_, step)| **step != 0).map(|(place, _)| place).collect();
        (self.pre, self.post) = (spiked(&self.pre_spike), spiked(&self.post_spike));
        Ok(())
    }

    /// Whether a trace is not yet 0, or a spike of this epoch waits for its end.
    pub(super) fn is_active(&self) -> bool {
        let mut traces = self.x.iter().chain(&self.y);
        !self.pre.is_empty() || !self.post.is_empty() || traces.any(|trace| trace.is_live)
    }

    /// The first step after `t` whose epoch end satisfies a dependency on time alone.
    pub(super) fn next_timed_epoch_end(&self, t: Step) -> Option<Step> {
        let period = self.rule.timed_period()?;
        Some(((t + 1) / period + 1) * period - 1)
    }
}
