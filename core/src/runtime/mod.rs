//! A core in motion: the plain scalar step that every faster engine must equal.
//!
//! The chip drives a core through each step in three calls: [`Core::compute`] (neurons), then [`Core::deliver`] for every spike that
//! reaches it, then [`Core::finish`] (traces and learning). [`Core::wake_after`] says how long it may sleep.

mod archive;
mod assign;
mod counts;
mod load;
mod microcode;
mod observe;
mod step;

pub use counts::StepCounts;
pub(crate) use load::MAX_PARALLEL_SYNAPSES;
pub use observe::{SynapseState, SynapseView};

use crate::delay_ring::DelayRing;
use crate::id::AxonId;
use crate::image::{Compartment, FixedNeuron};
use crate::learning::plastic::{Plastic, Synapses};
use crate::neuron::{NeuronProfile, NeuronState, Overflows};
use crate::semantics::Numerics;
use crate::synapse::SynapseFormat;
use caudate_isa::sum_of_products::SumOfProducts;
use microcode::Microcode;

/// One core's memories and state.
#[derive(Debug, Clone)]
pub struct Core {
    numerics: Numerics,
    profiles: Vec<NeuronProfile>,
    compartments: Vec<Compartment>,
    /// Runs of compartments with a fixed neuron.
    fixed: Vec<FixedRun>,
    /// State of fixed neurons, by compartment; that of others stays at rest.
    neurons: Vec<NeuronState>,
    microcode: Option<Microcode>,
    /// Accumulators by dendrite: one for fixed neurons, up to four for microcode.
    rings: Vec<DelayRing>,
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

/// A spike as it leaves a compartment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Emission {
    /// The compartment.
    pub compartment: u32,
    /// Its axon port; 0 for fixed neurons.
    pub port: u8,
    /// What it carries, 24 bits; 1 for fixed neurons.
    pub payload: i32,
}

/// A spike as it arrives at a core.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Arrival {
    /// Input axon.
    pub axon: AxonId,
    /// Axon port that it left from.
    pub port: u8,
    /// What it carries.
    pub payload: i32,
}

/// Consecutive compartments with a fixed neuron.
#[derive(Debug, Clone)]
struct FixedRun {
    first: usize,
    settings: Vec<FixedNeuron>,
}

#[derive(Debug, Clone, Copy)]
struct Group {
    format: SynapseFormat,
    plastic: Option<u32>,
    dendrite: u8,
    port: u8,
    is_graded: bool,
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
