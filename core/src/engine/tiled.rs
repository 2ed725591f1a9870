//! A step of a core by its tiles.

use super::arrived::Arrived;
use super::plastic::Surroundings;
use super::tile::Tile;
use super::window::Window;
use crate::id::Step;
use crate::neuron::{NeuronState, Overflows};
use crate::runtime::{Arrival, Emission, StepCounts};
use crate::team::{Begun, Parts, Team};
use std::sync::Arc;

/// A core of fixed neurons under the fast engine.
///
/// Between a spike and whatever it reaches lie as many steps as the shortest delay: so many steps ahead neurons can be computed, tile by
/// tile and by several threads that need not meet in between, provided that nobody looks at them meanwhile.
#[derive(Debug)]
pub struct TiledCore {
    pub(super) shared: Arc<Shared>,
    /// None while something has been begun and not been ended.
    pub(super) tiles: Parts<Tile>,
    begun: Option<Begun<Tile>>,
    pub(super) team: Team,
    /// Bit s: something was delivered, or will be, for a step t with t mod 64 = s.
    pub(super) waiting: u64,
    /// What spikes reached that tiles have not delivered yet: they do so before the first step that these spikes can reach. Cores that learn put
    /// nothing off.
    pub(super) put_off: Arrived,
    window: Window<Emission>,
    /// The end of the window that was begun last.
    ahead: Step,
    /// The step that [`Self::compute`] was asked for last.
    computed: Option<Step>,
    /// Whether that step changed any neuron, and the accesses of neurons in it that found something to compute.
    pub(super) changed: bool,
    pub(super) updates: u64,
}

/// What the tiles of a core share.
#[derive(Debug, Clone, Default)]
pub(super) struct Shared {
    pub(super) neurons: u64,
    /// Synapses of each input axon.
    pub(super) synapses: Vec<u32>,
    /// Delays behind each input axon, as bits; without those that learn.
    pub(super) delays: Vec<u64>,
    /// Steps from a spike to the first that it can reach, 1 to 64; 1 where synapses learn.
    pub(super) shortest: Step,
    /// Plastic lists of axon a: `lists[starts[a] .. starts[a + 1]]`; no starts without plastic groups.
    pub(super) plastic_starts: Vec<u32>,
    /// (plastic group, list of that group).
    pub(super) plastic_lists: Vec<(u32, u32)>,
}

impl Shared {
    pub(super) const fn learns(&self) -> bool {
        !self.plastic_starts.is_empty()
    }

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

/// The axons that arrivals are heard at.
fn heard(arrivals: &[Arrival]) -> impl Iterator<Item = u32> {
    arrivals.iter().filter(|arrival| is_heard(arrival)).map(|arrival| arrival.axon.0)
}

/// Whether any list of a core of fixed neurons listens: to port 0 all of them do.
const fn is_heard(arrival: &Arrival) -> bool {
    arrival.port == 0
}

impl TiledCore {
    pub(super) fn new(shared: Shared, tiles: Vec<Tile>) -> Self {
        let (shared, tiles) = (Arc::new(shared), tiles.into_iter().map(Box::new).collect());
        Self {
            shared,
            tiles,
            begun: None,
            team: Team::default(),
            waiting: 0,
            put_off: Arrived::default(),
            window: Window::NONE,
            ahead: 0,
            computed: None,
            changed: true,
            updates: 0,
        }
    }

    /// Begins to compute step `t`, unless that has been begun.
    pub(super) fn begin_compute(&mut self, t: Step, until: Step) {
        if self.window.end() <= t && self.begun.is_none() {
            self.begin(t, t, until);
        }
    }

    pub(super) fn compute(&mut self, t: Step, until: Step, spikes: &mut Vec<Emission>) -> StepCounts {
        let until = until.max(t + 1);
        while self.window.end() <= t {
            self.begin_compute(t, until);
            self.collect();
            if self.window.end() > t {
                // Helpers go on while this thread sees to what these steps bring about.
                self.begin(self.window.end(), t, until);
            }
        }
        let (stepped, spiked) = self.window.at(t);
        spikes.extend_from_slice(spiked);
        self.changed = stepped.changed || self.waiting >> (t % 64) & 1 != 0;
        self.updates = stepped.updates;
        self.waiting &= !(1 << (t % 64));
        self.computed = Some(t);
        StepCounts { spikes: spiked.len() as u64, ..self.resting_counts() }
    }

    /// Begins to compute a window of steps from `first` on, as far as that can be done in step `now` and is wanted `until` then.
    fn begin(&mut self, first: Step, now: Step, until: Step) {
        let shortest = self.shared.shortest;
        // Half as far, and twice: while one half is being computed, the spikes of the other are seen to.
        let steps = if self.team.is_alone() { shortest } else { (shortest / 2).max(1) };
        let end = (first + steps).min(now + shortest).min(until);
        if end <= first {
            return;
        }
        self.ahead = end;
        let (arrived, waiting) = (self.put_off.take_before(end.saturating_sub(shortest)), self.waiting);
        let work = move |tile: &mut Tile| tile.compute_window(first..end, waiting, &arrived, shortest);
        if self.team.is_alone() {
            self.tiles.iter_mut().for_each(|tile| work(tile));
        } else {
            self.begun = Some(self.team.begin(std::mem::take(&mut self.tiles), work));
        }
    }

    /// Brings the tiles back from what has been begun.
    pub(super) fn end(&mut self) {
        if let Some(begun) = self.begun.take() {
            self.tiles = begun.end();
        }
    }

    /// Notes what tiles did in the window that was begun last.
    fn collect(&mut self) {
        self.end();
        let steps = self.tiles.first().map_or(0..0, |tile| tile.window.steps());
        self.window.begin(steps.start);
        for t in steps {
            let (mut changed, mut updates) = (false, 0);
            for tile in &self.tiles {
                let (own, spikes) = tile.window.at(t);
                changed |= own.changed;
                updates += own.updates;
                let emission = |neuron: &u32| Emission { compartment: tile.first as u32 + neuron, port: 0, payload: 1 };
                self.window.spikes().extend(spikes.iter().map(emission));
            }
            self.window.push(changed, updates);
        }
    }

    pub(super) const fn ahead(&self) -> Step {
        self.ahead
    }

    /// Begins with phases 2 and 3 of a core that learns.
    pub(super) fn begin_finish(&mut self, around: &Surroundings<'_>, arrivals: &[Arrival]) {
        if !self.shared.learns() {
            return;
        }
        let (t, has_computed) = (around.t, self.computed == Some(around.t));
        let (arrived, shared) = (heard(arrivals).collect::<Vec<_>>(), Arc::clone(&self.shared));
        let (levels, draws) = (around.levels.to_vec(), around.draws.clone());
        let work = move |tile: &mut Tile| {
            let around = Surroundings { t, levels: &levels, draws: &draws };
            tile.finish(&around, &shared, &arrived, has_computed);
        };
        self.begun = Some(self.team.begin(std::mem::take(&mut self.tiles), work));
    }

    pub(super) fn finish(
        &mut self,
        around: &Surroundings<'_>,
        arrivals: &[Arrival],
        counts: &mut StepCounts,
        delivered: &mut Vec<u32>,
    ) {
        let t = around.t;
        let mut delays = self.shared.note(arrivals, counts, delivered);
        if self.shared.learns() {
            delays |= self.learn(around, arrivals, counts);
        } else if delays != 0 {
            self.put_off.push(t, heard(arrivals));
        }
        self.waiting |= delays.rotate_left(((t + 1) % 64) as u32);
    }

    /// Delivers spikes and lets synapses learn, unless that has been begun. Returns the delays that plastic synapses had, as bits.
    fn learn(&mut self, around: &Surroundings<'_>, arrivals: &[Arrival], counts: &mut StepCounts) -> u64 {
        if self.begun.is_some() {
            self.end();
        } else {
            let (arrived, has_computed) = (heard(arrivals).collect::<Vec<_>>(), self.computed == Some(around.t));
            self.tiles.iter_mut().for_each(|tile| tile.finish(around, &self.shared, &arrived, has_computed));
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
        StepCounts { neuron_accesses: self.shared.neurons, neuron_updates: self.updates, ..StepCounts::default() }
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
