//! A core in motion: the plain scalar step that every faster engine must equal.
//!
//! The chip drives a core through each step in three calls: [`Core::compute`] (neurons), then [`Core::deliver`] for every spike that
//! reaches it, then [`Core::finish`] (traces and learning). [`Core::wake_after`] says how long it may sleep.

mod counts;
mod load;
mod observe;
mod step;

pub use counts::StepCounts;
pub use observe::{SynapseState, SynapseView};

use crate::delay_ring::DelayRing;
use crate::image::Compartment;
use crate::learning::plastic::{Plastic, Synapses};
use crate::neuron::{NeuronProfile, NeuronState, Overflows};
use crate::semantics::Numerics;
use crate::synapse::SynapseFormat;
use caudate_isa::sum_of_products::SumOfProducts;

/// One core's memories and state.
#[derive(Debug, Clone)]
pub struct Core {
    numerics: Numerics,
    profiles: Vec<NeuronProfile>,
    compartments: Vec<Compartment>,
    neurons: Vec<NeuronState>,
    ring: DelayRing,
    groups: Vec<Group>,
    lists: Vec<List>,
    /// Lists of axon a: `lists[axon_starts[a] .. axon_starts[a + 1]]`.
    axon_starts: Vec<u32>,
    synapses: Synapses,
    plastic: Vec<Plastic>,
    /// Programs of the plastic groups, for semantics that evaluate them exactly.
    programs: Vec<SumOfProducts>,
    /// Sums that wait for their shift: (list's group, ring slot, compartment, sum of mantissas), `lava` only.
    unshifted: Vec<(u32, usize, u32, i64)>,
    /// Whether each compartment spiked in the last step.
    spiked: Vec<bool>,
    /// Population of each compartment (index into the image's symbols), and its overflows.
    population: Vec<u32>,
    overflows: Vec<Overflows>,
    /// Whether the last step changed any compartment.
    changed: bool,
}

#[derive(Debug, Clone, Copy)]
struct Group {
    format: SynapseFormat,
    plastic: Option<u32>,
    /// Whether negative exponents shift the sum rather than the synapse.
    shifts_sum: bool,
}

#[derive(Debug, Clone, Copy)]
struct List {
    group: u32,
    start: u32,
    end: u32,
    /// Index among the lists of its plastic group.
    plastic_list: u32,
}
