//! A run of a core's neurons with all synapses onto them: what one thread steps, and what stays in its cache.

use super::Strategy;
use super::bits::Volley;
use super::neurons::{Neurons, Passed};
use super::plastic::{Learned, PlasticTile, Surroundings};
use super::ring::Ring;
use super::rows::Rows;
use super::tiled::Shared;
use crate::id::Step;
use crate::neuron::Overflows;

/// Below one part in this many of active neurons the sparse pass is cheaper than the dense one.
const SPARSE_BELOW: u64 = 10;
/// Above one part in this many the dense pass is cheaper; what lies between changes nothing.
const DENSE_ABOVE: u64 = 6;
/// Steps of a window after which the mode may change.
const MODE_STEPS: u64 = 64;

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
    /// By population of the image.
    pub(super) overflows: Vec<Overflows>,
    pub(super) mode: Mode,
    /// Neurons that spiked in the last step that was computed, ascending.
    pub(super) spikes: Vec<u32>,
    pub(super) passed: Passed,
    pub(super) learned: Learned,
    /// Delays that the plastic synapses of this step's arrivals had, where delays learn.
    pub(super) delays: u64,
}

/// Which pass steps the neurons.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Mode {
    is_sparse: bool,
    is_fixed: bool,
    /// Steps of the present window, and the active neurons of all of them.
    steps: u64,
    active: u64,
}

impl Mode {
    /// The mode that a strategy begins with.
    pub(super) fn new(strategy: Strategy) -> Self {
        Self { is_sparse: strategy == Strategy::Sparse, is_fixed: strategy != Strategy::Auto, steps: 0, active: 0 }
    }

    /// Looks at what a pass over `neurons` neurons did; returns whether the mode changes.
    fn review(&mut self, active: u64, neurons: u64) -> bool {
        self.steps += 1;
        self.active += active;
        if self.is_fixed || self.steps < MODE_STEPS {
            return false;
        }
        let all = neurons * self.steps;
        let changes = if self.is_sparse { self.active * DENSE_ABOVE > all } else { self.active * SPARSE_BELOW < all };
        (self.steps, self.active) = (0, 0);
        self.is_sparse ^= changes;
        changes
    }
}

impl Tile {
    /// Steps the neurons.
    pub(super) fn compute(&mut self, t: Step) {
        self.spikes.clear();
        let (sums, marks) = self.ring.at(t);
        let (spikes, overflows) = (&mut self.spikes, &mut self.overflows);
        self.passed = if self.mode.is_sparse {
            self.neurons.pass_awake(sums, marks, spikes, overflows)
        } else {
            self.neurons.pass_all(sums, spikes, overflows)
        };
        if self.mode.review(self.passed.active, self.neurons.len() as u64) && self.mode.is_sparse {
            self.neurons.wake_all();
            self.ring.mark_all();
        }
    }

    /// Delivers the spikes of step `t` that reached `axons`, then lets traces and synapses follow. `has_computed`: whether [`Self::compute`]
    /// ran in this step.
    pub(super) fn finish(&mut self, around: &Surroundings<'_>, shared: &Shared, axons: &[u32], has_computed: bool) {
        let t = around.t;
        self.rows.deliver(axons, t, &mut self.ring, self.mode.is_sparse, &mut self.volley);
        self.learned = Learned::default();
        self.delays = 0;
        if self.plastic.is_empty() {
            return;
        }
        for (place, axon) in axons.iter().enumerate() {
            for (group, list) in axons.get(place + 1).into_iter().flat_map(|next| shared.plastic_lists(*next)) {
                self.plastic[group].prefetch(list);
            }
            for (group, list) in shared.plastic_lists(*axon) {
                self.delays |= self.plastic[group].deliver(list, t, &mut self.ring, self.mode.is_sparse);
            }
        }
        let spikes: &[u32] = if has_computed { &self.spikes } else { &[] };
        for plastic in &mut self.plastic {
            self.learned.add(plastic.finish(around, spikes));
        }
    }
}
