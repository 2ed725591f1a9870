//! What a core can hold: resources, their limits, and how much of each is in use.
//!
//! `CoreLoad` counts; partitioners ask it before they place a neuron and the emitter lays a core out by it. There is no other
//! count on the way to an image, so the fit check and the emitter cannot disagree.

mod load;
pub(crate) mod shared;

pub(crate) use load::{CoreLoad, ListKey};

use caudate_core::chip::{ChipDescription, Limit};
use serde::{Deserialize, Serialize};
use std::ops::{Index, IndexMut};

/// A core's resource with a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Resource {
    /// Compartments.
    Compartments,
    /// Bytes of synaptic memory: list headers and synapses.
    SynapticMemory,
    /// Distinct sources with a target on the core.
    InputAxons,
    /// (Neuron of the core, destination core) pairs.
    OutputAxons,
    /// Distinct neuron profiles.
    NeuronProfiles,
    /// Distinct synapse formats.
    SynapseFormats,
    /// Distinct learning rules.
    LearningRules,
    /// Bytes of trace state.
    TraceMemory,
    /// Words of the distinct programs of populations and rules.
    ProgramWords,
    /// Bytes of neuron memory: state and own parameters of compartments that run microcode.
    NeuronMemory,
}

/// Profiles and formats are numbered with 16 bits in an image, whatever the chip says.
const MAX_NUMBERED: u64 = 1 << 16;

impl Resource {
    /// All resources, in the order of reports.
    pub const ALL: [Self; 10] = [
        Self::Compartments,
        Self::SynapticMemory,
        Self::InputAxons,
        Self::OutputAxons,
        Self::NeuronProfiles,
        Self::SynapseFormats,
        Self::LearningRules,
        Self::TraceMemory,
        Self::ProgramWords,
        Self::NeuronMemory,
    ];

    /// The code of a network that exceeds its limit.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Compartments => "E-FIT-COMPARTMENTS",
            Self::SynapticMemory => "E-FIT-SYNMEM",
            Self::InputAxons => "E-FIT-INAXONS",
            Self::OutputAxons => "E-FIT-OUTAXONS",
            Self::NeuronProfiles => "E-FIT-PROFILES",
            Self::SynapseFormats => "E-FIT-FORMATS",
            Self::LearningRules => "E-FIT-RULES",
            Self::TraceMemory => "E-FIT-TRACES",
            Self::ProgramWords => "E-FIT-PROGRAM",
            Self::NeuronMemory => "E-FIT-NEURON-MEMORY",
        }
    }

    /// Its name in sentences.
    #[must_use]
    pub const fn noun(self) -> &'static str {
        match self {
            Self::Compartments => "compartments",
            Self::SynapticMemory => "B of synaptic memory",
            Self::InputAxons => "input axons",
            Self::OutputAxons => "output axons",
            Self::NeuronProfiles => "neuron profiles",
            Self::SynapseFormats => "synapse formats",
            Self::LearningRules => "learning rules",
            Self::TraceMemory => "B of trace memory",
            Self::ProgramWords => "words of microcode",
            Self::NeuronMemory => "B of neuron memory",
        }
    }

    /// The limit of a chip, before any headroom.
    #[must_use]
    pub fn limit(self, chip: &ChipDescription) -> Limit {
        let core = &chip.core;
        let numbered = |limit: Limit| match limit {
            Limit::AtMost(limit) => Limit::AtMost(limit.min(MAX_NUMBERED)),
            Limit::Unlimited => Limit::AtMost(MAX_NUMBERED),
        };
        match self {
            Self::Compartments => core.compartments,
            Self::SynapticMemory => core.synaptic_memory_bytes,
            Self::InputAxons => core.input_axons,
            Self::OutputAxons => core.output_axons,
            Self::NeuronProfiles => numbered(core.neuron_profiles),
            Self::SynapseFormats => numbered(core.synapse_formats),
            Self::LearningRules => numbered(core.learning_rules),
            Self::TraceMemory => core.trace_memory_bytes,
            Self::ProgramWords => core.program_words,
            Self::NeuronMemory => core.neuron_memory_bytes,
        }
    }
}

/// How much of each resource is in use on a core.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Usage([u64; Resource::ALL.len()]);

impl Index<Resource> for Usage {
    type Output = u64;

    fn index(&self, resource: Resource) -> &u64 {
        &self.0[resource as usize]
    }
}

impl IndexMut<Resource> for Usage {
    fn index_mut(&mut self, resource: Resource) -> &mut u64 {
        &mut self.0[resource as usize]
    }
}

/// The limits of one core that the mapper keeps: the chip's, less the headroom.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits([Limit; Resource::ALL.len()]);

impl Limits {
    /// The limits of a chip less its headroom.
    #[must_use]
    pub fn of(chip: &ChipDescription) -> Self {
        Self(Resource::ALL.map(|resource| resource.limit(chip).less_headroom(chip.headroom_percent)))
    }

    /// The limit of one resource.
    #[must_use]
    pub const fn of_resource(&self, resource: Resource) -> Limit {
        self.0[resource as usize]
    }

    /// The resources of which `usage` takes too much.
    pub fn exceeded_by(&self, usage: &Usage) -> impl Iterator<Item = Resource> {
        Resource::ALL.into_iter().filter(|resource| !self.of_resource(*resource).admits(usage[*resource]))
    }

    /// Whether `usage` stays within every limit.
    #[must_use]
    pub fn admit(&self, usage: &Usage) -> bool {
        self.exceeded_by(usage).next().is_none()
    }
}
