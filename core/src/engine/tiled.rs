//! A step of a core by its tiles.

use super::plastic::Surroundings;
use super::team::{Parts, Team};
use super::tile::Tile;
use crate::id::Step;
use crate::neuron::{NeuronState, Overflows};
use crate::runtime::{Arrival, Emission, StepCounts};
use std::sync::Arc;

/// A core of fixed neurons under the fast engine.
#[derive(Debug, Clone)]
pub struct TiledCore {
    pub(super) shared: Arc<Shared>,
    pub(super) tiles: Parts<Tile>,
    team: Team<Tile>,
    /// Bit s: something was delivered for a step t with t mod 64 = s.
    pub(super) waiting: u64,
    /// A step and the axons that spikes reached in it, where no tile has delivered them yet: neurons see nothing of that before they are next
    /// computed, and threads need not meet for it alone. Cores that learn put nothing off.
    put_off: Option<(Step, Vec<u32>)>,
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

    /// Counts arrivals, and adds to `delivered` the synapses of each. Returns the delays behind them, as bits.
    fn note(&self, arrivals: &[Arrival], counts: &mut StepCounts, delivered: &mut Vec<u32>) -> u64 {
        let (mut delays, before) = (0, delivered.len());
        delivered.extend(arrivals.iter().map(|arrival| {
            if !is_heard(arrival) {
                return 0;
            }
            delays |= self.delays[arrival.axon.0 as usize];
            self.synapses[arrival.axon.0 as usize]
        }));
        counts.axon_events += arrivals.len() as u64;
        counts.synaptic_events += delivered[before..].iter().map(|synapses| u64::from(*synapses)).sum::<u64>();
        delays
    }
}

/// Whether any list of a core of fixed neurons listens: to port 0 all of them do.
const fn is_heard(arrival: &Arrival) -> bool {
    arrival.port == 0
}

impl TiledCore {
    pub(super) fn new(shared: Shared, tiles: Vec<Tile>) -> Self {
        let (shared, tiles) = (Arc::new(shared), tiles.into_iter().map(Box::new).collect());
        Self { shared, tiles, team: Team::ALONE, waiting: 0, put_off: None, computed: None, changed: true }
    }

    pub(super) fn share_among(&mut self, threads: usize) -> std::io::Result<()> {
        self.team = Team::new(threads.min(self.tiles.len()))?;
        Ok(())
    }

    pub(super) fn compute(&mut self, t: Step, spikes: &mut Vec<Emission>) -> StepCounts {
        let slot = 1 << (t % 64);
        self.changed = self.waiting & slot != 0;
        let changes = !self.changed;
        let put_off = self.put_off.take();
        self.each(move |tile| {
            put_off.iter().for_each(|(t, axons)| tile.deliver(*t, axons));
            tile.compute(t, changes);
        });
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

    /// Does `work` on every tile, on all threads.
    fn each(&mut self, work: impl Fn(&mut Tile) + Send + Sync + 'static) {
        if self.team.is_alone() {
            self.tiles.iter_mut().for_each(|tile| work(tile));
        } else {
            self.team.each(&mut self.tiles, Arc::new(work));
        }
    }

    /// Delivers what has been put off: before anything else is delivered, and before anybody looks at what waits for neurons.
    pub(super) fn deliver_put_off(&mut self) {
        if let Some((t, axons)) = self.put_off.take() {
            self.each(move |tile| tile.deliver(t, &axons));
        }
    }

    pub(super) fn finish(
        &mut self,
        around: &Surroundings<'_>,
        arrivals: &[Arrival],
        counts: &mut StepCounts,
        delivered: &mut Vec<u32>,
    ) {
        let t = around.t;
        let arrived: Vec<u32> =
            arrivals.iter().filter(|arrival| is_heard(arrival)).map(|arrival| arrival.axon.0).collect();
        let mut delays = self.shared.note(arrivals, counts, delivered);
        if self.shared.plastic_starts.is_empty() {
            self.deliver_put_off();
            self.put_off = Some((t, arrived));
        } else {
            delays |= self.learn(around, arrived, counts);
        }
        self.waiting |= delays.rotate_left(((t + 1) % 64) as u32);
    }

    /// Delivers the spikes that reached `arrived` and lets synapses learn. Returns the delays that plastic synapses had, as bits.
    fn learn(&mut self, around: &Surroundings<'_>, arrived: Vec<u32>, counts: &mut StepCounts) -> u64 {
        let t = around.t;
        let has_computed = self.computed == Some(t);
        if self.team.is_alone() {
            self.tiles.iter_mut().for_each(|tile| tile.finish(around, &self.shared, &arrived, has_computed));
        } else {
            let (shared, levels, draws) = (Arc::clone(&self.shared), around.levels.to_vec(), around.draws.clone());
            let finish = move |tile: &mut Tile| {
                let around = Surroundings { t, levels: &levels, draws: &draws };
                tile.finish(&around, &shared, &arrived, has_computed);
            };
            self.team.each(&mut self.tiles, Arc::new(finish));
        }
        let mut delays = 0;
        for tile in &self.tiles {
            delays |= tile.delays;
            counts.learning_updates += tile.learned.updates;
            counts.weight_writes += tile.learned.weight_writes;
        }
        delays
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
