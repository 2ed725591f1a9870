//! A step of a core by its tiles.

use super::plastic::Surroundings;
use super::tile::Tile;
use crate::id::Step;
use crate::neuron::{NeuronState, Overflows};
use crate::runtime::{Arrival, Emission, StepCounts};
use rayon::prelude::*;

/// A core of fixed neurons under the fast engine.
#[derive(Debug, Clone)]
pub struct TiledCore {
    pub(super) shared: Shared,
    pub(super) tiles: Vec<Tile>,
    /// Input axons that spikes reached in this step.
    arrived: Vec<u32>,
    /// Bit s: something was delivered for a step t with t mod 64 = s.
    pub(super) waiting: u64,
    /// The step that [`Self::compute`] ran last.
    computed: Option<Step>,
    /// Whether that step changed any neuron.
    pub(super) changed: bool,
}

/// What the tiles of a core share.
#[derive(Debug, Clone, Default)]
pub(super) struct Shared {
    pub(super) neurons: u64,
    /// Synapses of each input axon.
    pub(super) synapses: Vec<u32>,
    /// Delays behind each input axon, as bits; without those that learn.
    pub(super) delays: Vec<u64>,
    /// Plastic lists of axon a: `lists[starts[a] .. starts[a + 1]]`; no starts without plastic groups.
    pub(super) plastic_starts: Vec<u32>,
    /// (plastic group, list of that group).
    pub(super) plastic_lists: Vec<(u32, u32)>,
}

impl Shared {
    pub(super) fn plastic_lists(&self, axon: u32) -> impl Iterator<Item = (usize, usize)> {
        let range = self.plastic_starts[axon as usize] as usize..self.plastic_starts[axon as usize + 1] as usize;
        self.plastic_lists[range].iter().map(|(group, list)| (*group as usize, *list as usize))
    }
}

impl TiledCore {
    pub(super) const fn new(shared: Shared, tiles: Vec<Tile>) -> Self {
        Self { shared, tiles, arrived: Vec::new(), waiting: 0, computed: None, changed: true }
    }

    pub(super) fn compute(&mut self, t: Step, spikes: &mut Vec<Emission>) -> StepCounts {
        let slot = 1 << (t % 64);
        self.changed = self.waiting & slot != 0;
        let changes = !self.changed;
        self.each(|tile| tile.compute(t, changes));
        self.waiting &= !slot;
        self.computed = Some(t);
        let mut counts = StepCounts { neuron_accesses: self.shared.neurons, ..StepCounts::default() };
        for tile in &self.tiles {
            self.changed |= tile.passed.changed;
            counts.neuron_updates += tile.passed.updates;
            counts.spikes += tile.spikes.len() as u64;
            let emission = |neuron: &u32| Emission { compartment: tile.first as u32 + neuron, port: 0, payload: 1 };
            spikes.extend(tile.spikes.iter().map(emission));
        }
        counts
    }

    pub(super) fn finish(
        &mut self,
        around: &Surroundings<'_>,
        arrivals: &[Arrival],
        counts: &mut StepCounts,
        delivered: &mut Vec<u32>,
    ) {
        let t = around.t;
        let mut arrived = std::mem::take(&mut self.arrived);
        arrived.clear();
        counts.axon_events += arrivals.len() as u64;
        let mut delays = 0;
        for Arrival { axon, port, .. } in arrivals {
            // Every list of the core listens to port 0.
            let mut synapses = 0;
            if *port == 0 {
                arrived.push(axon.0);
                synapses = self.shared.synapses[axon.0 as usize];
                delays |= self.shared.delays[axon.0 as usize];
            }
            counts.synaptic_events += u64::from(synapses);
            delivered.push(synapses);
        }
        let has_computed = self.computed == Some(t);
        let shared = std::mem::take(&mut self.shared);
        self.each(|tile| tile.finish(around, &shared, &arrived, has_computed));
        self.shared = shared;
        self.arrived = arrived;
        for tile in &self.tiles {
            delays |= tile.delays;
            counts.learning_updates += tile.learned.updates;
            counts.weight_writes += tile.learned.weight_writes;
        }
        self.waiting |= delays.rotate_left(((t + 1) % 64) as u32);
    }

    /// Works on the tiles, side by side where a pool of threads steps the core.
    fn each(&mut self, work: impl Fn(&mut Tile) + Send + Sync) {
        let has_pool = rayon::current_thread_index().is_some();
        if has_pool && self.tiles.len() > 1 {
            self.tiles.par_iter_mut().for_each(work);
        } else {
            self.tiles.iter_mut().for_each(work);
        }
    }

    pub(super) fn wake_after(&self, t: Step) -> Option<Step> {
        let mut plastic = self.tiles.iter().flat_map(|tile| &tile.plastic);
        if self.changed || plastic.any(|plastic| plastic.is_active()) {
            return Some(t + 1);
        }
        let plastic = self.tiles.iter().flat_map(|tile| &tile.plastic);
        let timed = plastic.filter_map(|plastic| plastic.next_timed_epoch_end(t));
        let ahead = self.waiting.rotate_right(((t + 1) % 64) as u32);
        let arrival = (ahead != 0).then(|| t + 1 + Step::from(ahead.trailing_zeros()));
        timed.chain(arrival).min()
    }

    pub(super) fn resting_counts(&self) -> StepCounts {
        StepCounts {
            neuron_accesses: self.shared.neurons,
            neuron_updates: self.tiles.iter().map(|tile| tile.neurons.resting_updates()).sum(),
            ..StepCounts::default()
        }
    }

    pub(super) fn neuron(&self, compartment: u32) -> Option<NeuronState> {
        let compartment = compartment as usize;
        let tile = self.tiles.iter().rfind(|tile| tile.first <= compartment)?;
        let index = compartment - tile.first;
        (index < tile.neurons.len()).then(|| tile.neurons.state(index))
    }

    pub(super) fn add_overflows(&self, sums: &mut [Overflows]) {
        for tile in &self.tiles {
            sums.iter_mut().zip(&tile.overflows).for_each(|(sum, own)| sum.add(own));
        }
    }
}
