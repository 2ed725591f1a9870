//! The core image: the only contract between compile and run.
//!
//! A [`ChipImage`] holds everything that a run needs besides its stimulus: each core's profiles, compartments, packed synaptic
//! memory, axons and routes, and the names by which results are reported. [`container`] defines its bytes on disk.

pub mod container;
mod microcode;
mod payload;
mod program_words;
mod validate;
mod validate_microcode;

pub use microcode::{MicrocodeBlock, MicrocodeRule, NamedProgram, RuleProgram, Values, microcode_compartment_bytes};
pub use validate::MAX_TAG_BITS;

use crate::chip::{ChipDescription, Tile};
use crate::id::{NeuronId, ProjectionId};
use crate::modulator::{ModulatorChannel, SLOTS};
use crate::neuron::NeuronProfile;
use crate::semantics::Semantics;
use crate::synapse::SynapseFormat;
use crate::trace::TraceConfig;
use serde::{Deserialize, Serialize};

/// A compiled network.
#[derive(Debug, Clone, PartialEq)]
pub struct ChipImage {
    /// Who made it, for what.
    pub header: Header,
    /// The chip, in full.
    pub chip: ChipDescription,
    /// The cores in use, by [`crate::id::CoreId`].
    pub cores: Vec<CoreImage>,
    /// Where the spikes of each input source go, by input order (see [`Symbols`]).
    pub input_routes: Vec<Vec<Route>>,
    /// Modulator channels.
    pub channels: Vec<ModulatorChannel>,
    /// Microcode, each distinct program once, with the names of its words.
    pub programs: Vec<NamedProgram>,
    /// Names.
    pub symbols: Symbols,
}

/// Who made an image, for what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// Version of the tool that wrote it.
    pub tool_version: String,
    /// Name of the network.
    pub network: String,
    /// Seed of every draw: of construction, stimulus and rounding.
    pub seed: u64,
    /// Numeric semantics of the run (the chip's, unless the network was compiled for another).
    pub semantics: Semantics,
    /// Fingerprint of the chip description.
    pub chip_fingerprint: u32,
}

/// One core.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CoreImage {
    /// Its place on the mesh.
    pub tile: Tile,
    /// Distinct neuron profiles.
    pub neuron_profiles: Vec<NeuronProfile>,
    /// The compartments.
    pub compartments: Vec<Compartment>,
    /// Compartments whose step is microcode, in order of their first.
    pub microcode: Vec<MicrocodeBlock>,
    /// Distinct synapse formats.
    pub formats: Vec<SynapseFormat>,
    /// Distinct learning rules.
    pub rules: Vec<LearningRule>,
    /// The parts of projections that end on this core, in order of projection.
    pub groups: Vec<SynapseGroup>,
    /// Input axons, in order of source.
    pub axons: Vec<InputAxon>,
    /// Synapse lists, in order of axon; each axon's lists in order of group.
    pub lists: Vec<SynapseList>,
    /// Synaptic memory: the lists, packed (see [`crate::memory`]).
    pub memory: Vec<u8>,
    /// Output axons by compartment: `routes[route_starts[c] .. route_starts[c + 1]]`.
    pub route_starts: Vec<u32>,
    /// Output axons.
    pub routes: Vec<Route>,
}

/// One compartment's own settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Compartment {
    /// Its neuron's logical id.
    pub neuron: NeuronId,
    /// Settings of the fixed neuron; `None` where a [`MicrocodeBlock`] says what a step is.
    pub fixed: Option<FixedNeuron>,
    /// Channels that its slots m0..m3 listen to (index into [`ChipImage::channels`]).
    pub modulators: [Option<u16>; SLOTS],
}

/// One fixed neuron's own settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct FixedNeuron {
    /// Index into [`CoreImage::neuron_profiles`].
    pub profile: u16,
    /// Bias mantissa, -4096..=4095.
    pub bias_mantissa: i32,
    /// Synaptic current before step 0.
    pub initial_u: i32,
    /// Membrane potential before step 0.
    pub initial_v: i32,
}

/// A learning rule with its trace settings.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LearningRule {
    /// Its name in the network file.
    pub name: String,
    /// What changes the synapses.
    pub program: RuleProgram,
    /// Traces x1, x2.
    pub pre: [TraceConfig; 2],
    /// Traces y1, y2, y3.
    pub post: [TraceConfig; 3],
    /// Steps per learning epoch, 1..=63.
    pub epoch_steps: u8,
}

/// The part of one projection that ends on a core.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SynapseGroup {
    /// The projection.
    pub projection: ProjectionId,
    /// Index into [`CoreImage::formats`].
    pub format: u16,
    /// Index into [`CoreImage::rules`] if its synapses learn.
    pub rule: Option<u16>,
    /// The dendritic accumulator i0..i3 that it adds to; 0 for fixed neurons.
    pub dendrite: u8,
    /// The axon port whose spikes it passes on; fixed neurons and inputs emit on port 0.
    pub port: u8,
    /// Whether a spike adds its payload times the weight, rather than the weight.
    pub is_graded: bool,
}

/// Axon ports of a compartment.
pub const PORTS: u8 = 64;
/// Dendritic accumulators of a compartment.
pub const DENDRITES: u8 = 4;

/// One input axon: a source whose spikes reach this core.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct InputAxon {
    /// Logical id of the source (a neuron or an input).
    pub source: NeuronId,
    /// Number of its synapse lists.
    pub lists: u32,
}

/// One synapse list: what an axon reaches through one projection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SynapseList {
    /// Index into [`CoreImage::groups`].
    pub group: u32,
    /// Number of synapses.
    pub synapses: u32,
}

/// A spike's destination: an input axon of a core.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Route {
    /// Destination core.
    pub core: u32,
    /// Input axon there.
    pub axon: u32,
    /// Bit p: spikes of axon port p go there.
    pub ports: u64,
}

/// Names, so that results are reported in the user's terms.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Symbols {
    /// Populations in the order of their logical ids.
    pub populations: Vec<PopulationSymbol>,
    /// Projections by [`ProjectionId`].
    pub projections: Vec<ProjectionSymbol>,
}

/// A population's name and logical ids.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PopulationSymbol {
    /// Its name.
    pub name: String,
    /// Logical id of its first member; the members are consecutive.
    pub first: NeuronId,
    /// Number of members.
    pub size: u32,
    /// Whether it is a population of input sources rather than neurons.
    pub is_input: bool,
    /// Index of its first member among the input sources ([`ChipImage::input_routes`]); 0 for neurons.
    pub first_input: u32,
}

/// A projection's name and ends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProjectionSymbol {
    /// Its name.
    pub name: String,
    /// Index of the source population.
    pub pre: u32,
    /// Index of the target population.
    pub post: u32,
    /// Number of synapses.
    pub synapses: u64,
    /// Whether it learns.
    pub is_plastic: bool,
}

impl Route {
    /// Whether spikes of an axon port go there.
    #[must_use]
    pub const fn carries(&self, port: u8) -> bool {
        self.ports >> (port % PORTS) & 1 == 1
    }
}

impl CoreImage {
    /// Traces that the core stores, one byte each: a pair for every list of a plastic group, three for every (plastic group, target
    /// compartment) pair. The fit check and the emitter both use this function.
    #[must_use]
    pub fn trace_memory_bytes(plastic_lists: u64, plastic_targets: u64) -> u64 {
        2 * plastic_lists + 3 * plastic_targets
    }

    /// The format of a projection's synapses, if the core has any.
    #[must_use]
    pub fn format_of(&self, projection: ProjectionId) -> Option<SynapseFormat> {
        let group = self.groups.iter().find(|group| group.projection == projection)?;
        Some(self.formats[usize::from(group.format)])
    }

    /// The output axons of one compartment.
    #[must_use]
    pub fn routes_of(&self, compartment: usize) -> &[Route] {
        let range = self.route_starts[compartment] as usize..self.route_starts[compartment + 1] as usize;
        &self.routes[range]
    }
}

impl ChipImage {
    /// Neurons (not inputs) of the network.
    #[must_use]
    pub fn neuron_count(&self) -> u64 {
        self.cores.iter().map(|core| core.compartments.len() as u64).sum()
    }

    /// Synapses of the network.
    #[must_use]
    pub fn synapse_count(&self) -> u64 {
        self.cores.iter().flat_map(|core| &core.lists).map(|list| u64::from(list.synapses)).sum()
    }
}

impl PopulationSymbol {
    /// Whether a logical id belongs to this population.
    #[must_use]
    pub const fn contains(&self, neuron: NeuronId) -> bool {
        neuron.0 >= self.first.0 && neuron.0 - self.first.0 < self.size
    }
}

impl Symbols {
    /// The population that a logical id belongs to, and its place in it.
    #[must_use]
    pub fn locate(&self, neuron: NeuronId) -> Option<(&PopulationSymbol, u32)> {
        let index = self.populations.partition_point(|population| population.first <= neuron).checked_sub(1)?;
        let population = &self.populations[index];
        population.contains(neuron).then(|| (population, neuron.0 - population.first.0))
    }

    /// Finds a population by name.
    #[must_use]
    pub fn population(&self, name: &str) -> Option<&PopulationSymbol> {
        self.populations.iter().find(|population| population.name == name)
    }
}
