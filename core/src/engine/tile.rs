//! A run of a core's neurons with all synapses onto them: what one thread steps, and what stays in its cache.

use super::Strategy;
use super::arrived::Arrived;
use super::bits::Volley;
use super::dense::{Watch, pass_all};
use super::lif::MODERATE_INPUT;
use super::neurons::{Neurons, Passed};
use super::plastic::{Delays, Learned, PlasticTile, Surroundings};
use super::ring::Ring;
use super::rows::{ROWS_AHEAD, Rows};
use super::tiled::Shared;
use super::window::Window;
use crate::id::Step;
use crate::neuron::Overflows;
use std::ops::Range;

/// Below one visit for this many neurons the sparse pass is cheaper than the dense one.
const SPARSE_BELOW: u64 = 10;
/// Above one visit for this many the dense pass is cheaper; what lies between changes nothing.
const DENSE_ABOVE: u64 = 6;
/// Steps of a window after which the mode may change.
const MODE_STEPS: u64 = 64;
/// The dense pass looks at the cost once in this many steps.
const WATCH_STEPS: u64 = 32;

/// One tile.
#[derive(Debug, Clone)]
pub(super) struct Tile {
    /// Its first compartment.
    pub(super) first: usize,
    pub(super) neurons: Neurons,
    pub(super) ring: Ring,
    pub(super) rows: Rows,
    /// Scratch of delivery.
    pub(super) volley: Volley,
    /// By plastic group of the core.
    pub(super) plastic: Vec<PlasticTile>,
    /// The most that a list of each plastic group moves a sum by.
    pub(super) largest: Vec<u32>,
    pub(super) longest_delay: u8,
    /// By population of the image.
    pub(super) overflows: Vec<Overflows>,
    pub(super) mode: Mode,
    /// The steps that were computed last, with the neurons that spiked, ascending in each.
    pub(super) window: Window<u32>,
    pub(super) learned: Learned,
    /// Delays that the plastic synapses of this step's arrivals had, where delays learn.
    pub(super) delays: u64,
}

/// Which pass steps the neurons.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Mode {
    is_sparse: bool,
    is_fixed: bool,
    /// Steps of the present window; those in which the cost of a sparse pass was looked at, and the cost in all of them.
    steps: u64,
    looks: u64,
    cost: u64,
}

impl Mode {
    /// The mode that a strategy begins with.
    pub(super) fn new(strategy: Strategy) -> Self {
        Self {
            is_sparse: strategy == Strategy::Sparse,
            is_fixed: strategy != Strategy::Auto,
            steps: 0,
            looks: 0,
            cost: 0,
        }
    }

    /// Whether the next pass is to look at the cost.
    const fn looks(&self) -> bool {
        !self.is_fixed && self.steps.is_multiple_of(WATCH_STEPS)
    }

    /// Looks at what a pass over `neurons` neurons did; returns whether the mode changes.
    fn review(&mut self, cost: Option<u64>, neurons: u64) -> bool {
        self.steps += 1;
        self.looks += u64::from(cost.is_some());
        self.cost += cost.unwrap_or(0);
        if self.is_fixed || self.steps < MODE_STEPS {
            return false;
        }
        let all = neurons * self.looks;
        let changes = if self.is_sparse { self.cost * DENSE_ABOVE > all } else { self.cost * SPARSE_BELOW < all };
        (self.steps, self.looks, self.cost) = (0, 0, 0);
        self.is_sparse ^= changes;
        changes
    }
}

impl Tile {
    /// Steps the neurons through `steps`. What has `arrived`, by step, is delivered before the first step that it can reach, `shortest` steps
    /// later. Bit s of `waiting`: there is input for the step t with t mod 64 = s.
    pub(super) fn compute_window(&mut self, steps: Range<Step>, waiting: u64, arrived: &Arrived, shortest: Step) {
        self.window.begin(steps.start);
        let mut due = arrived.steps().peekable();
        for t in steps {
            while let Some((at, axons)) = due.next_if(|(at, _)| at + shortest <= t) {
                self.deliver(at, axons);
            }
            let passed = self.compute(t, waiting >> (t % 64) & 1 == 0);
            self.window.push(passed.changed, passed.updates);
        }
    }

    /// Steps the neurons; `changes`: whether it is to be found out if any changed.
    fn compute(&mut self, t: Step, changes: bool) -> Passed {
        self.neurons.refractory.begin(t);
        let limit = if self.mode.is_sparse { i32::MAX } else { MODERATE_INPUT };
        let largest = self.ring.take_bound(t, limit);
        let (sums, marks) = self.ring.at(t);
        let (spikes, overflows) = (self.window.spikes(), &mut self.overflows);
        let passed = if self.mode.is_sparse {
            self.neurons.pass_awake(sums, marks, spikes, overflows)
        } else {
            let watch = Watch { changes, cost: self.mode.looks() };
            pass_all(&mut self.neurons, sums, largest, watch, spikes, overflows)
        };
        if self.mode.review(passed.cost, self.neurons.len() as u64) {
            // What the one pass keeps account of, the other does not.
            self.neurons.forget();
            self.ring.mark_all();
        }
        passed
    }

    /// Delivers the spikes of step `t` that reached `axons` through static synapses.
    fn deliver(&mut self, t: Step, axons: &[u32]) {
        self.rows.deliver(axons, t, &mut self.ring, self.mode.is_sparse, &mut self.volley);
    }

    /// Delivers the spikes of step `t` that reached `axons`, then lets traces and synapses follow. `has_computed`: whether [`Self::compute`]
    /// ran in this step.
    pub(super) fn finish(&mut self, around: &Surroundings<'_>, shared: &Shared, axons: &[u32], has_computed: bool) {
        let t = around.t;
        self.deliver(t, axons);
        self.learned = Learned::default();
        self.delays = 0;
        let lists: Vec<(usize, usize)> = axons.iter().flat_map(|axon| shared.plastic_lists(*axon)).collect();
        lists.iter().for_each(|(group, list)| self.plastic[*group].prefetch(*list));
        for ahead in lists.iter().take(ROWS_AHEAD) {
            self.plastic[ahead.0].prefetch_row(ahead.1);
        }
        for (place, (group, list)) in lists.iter().enumerate() {
            if let Some((group, list)) = lists.get(place + ROWS_AHEAD) {
                self.plastic[*group].prefetch_row(*list);
            }
            self.delays |= self.plastic[*group].deliver(*list, t, &mut self.ring, self.mode.is_sparse);
            self.raise(*group, t);
        }
        // Cores that learn are never computed ahead.
        let spikes: &[u32] = if has_computed { self.window.at(t).1 } else { &[] };
        for plastic in &mut self.plastic {
            self.learned.add(plastic.finish(around, spikes));
        }
    }

    /// Raises the bounds on what a list of a plastic group may have delivered to.
    fn raise(&mut self, group: usize, t: Step) {
        let plastic = &self.plastic[group];
        let delays = match plastic.synapses.delay {
            Delays::Same(delay) => delay..=delay,
            Delays::Each(_) => 0..=self.longest_delay,
        };
        for delay in delays {
            self.ring.raise(t + 1 + Step::from(delay), self.largest[group]);
        }
    }
}
