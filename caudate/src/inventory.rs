//! What an image holds: sections of the file, names, and how much of each resource every core uses.

use crate::error::Error;
use caudate_core::chip::{Limit, Tile};
use caudate_core::image::container::{FORMAT_VERSION, SectionInfo, sections};
use caudate_core::image::{
    ChipImage, CoreImage, Header, NamedProgram, PopulationSymbol, ProjectionSymbol, Values, microcode_compartment_bytes,
};
use caudate_core::memory::MemoryReader;
use caudate_core::modulator::ModulatorChannel;
use caudate_isa::nmx::program::worst_case_cycles;
use caudate_mapper::fit::Resource;
use serde::Serialize;

/// Version of the schema.
pub const SCHEMA: &str = "caudate-inventory/1";

/// What an image holds.
#[derive(Debug, Serialize)]
pub struct Inventory<'i> {
    /// [`SCHEMA`].
    pub schema: &'static str,
    /// Version of the file format.
    pub format_version: u32,
    /// Who made it, for what.
    pub header: &'i Header,
    /// Name of the chip.
    pub chip: &'i str,
    /// Sections of the file; equal sections of cores are listed each.
    pub sections: Vec<Section>,
    /// Populations in the order of their logical ids.
    pub populations: &'i [PopulationSymbol],
    /// Projections in the order of the network.
    pub projections: &'i [ProjectionSymbol],
    /// Modulator channels.
    pub channels: &'i [ModulatorChannel],
    /// Programs in the order of first use.
    pub programs: Vec<ProgramInventory<'i>>,
    /// Cores by number.
    pub cores: Vec<CoreInventory>,
}

/// A section of the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Section {
    /// Its tag.
    pub tag: String,
    /// Its length.
    pub bytes: u64,
    /// Its CRC-32, in hexadecimal.
    pub crc32: String,
}

/// One program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct ProgramInventory<'i> {
    /// Its name.
    pub name: &'i str,
    /// `neuron` or `learn`.
    pub kind: &'static str,
    /// Words that it takes on each core that runs it: instructions and points of tables.
    pub words: u64,
    /// Cycles of its longest run.
    pub cycles: u32,
}

/// One core.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CoreInventory {
    /// Its number.
    pub core: usize,
    /// Its tile.
    pub tile: Tile,
    /// Synapses on it.
    pub synapses: u64,
    /// Resources in the order of reports.
    pub usage: Vec<ResourceUse>,
}

/// One resource of one core.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct ResourceUse {
    /// The resource.
    pub resource: Resource,
    /// How much is in use.
    pub used: u64,
    /// The limit of the image's chip.
    pub limit: Limit,
}

impl<'i> Inventory<'i> {
    /// Looks through an image and the bytes that it was read from.
    ///
    /// # Errors
    /// If the bytes are no image, or a core's memory cannot be read.
    pub fn of(image: &'i ChipImage, bytes: &[u8]) -> Result<Self, Error> {
        let cores = image.cores.iter().enumerate().map(|(number, core)| core_inventory(image, number, core));
        Ok(Self {
            schema: SCHEMA,
            format_version: FORMAT_VERSION,
            header: &image.header,
            chip: &image.chip.name,
            sections: sections(bytes)?.into_iter().map(Section::from).collect(),
            populations: &image.symbols.populations,
            projections: &image.symbols.projections,
            channels: &image.channels,
            programs: image.programs.iter().map(ProgramInventory::from).collect(),
            cores: cores.collect::<Result<_, _>>()?,
        })
    }

    /// The most of a resource that any core uses, and the first core that does.
    #[must_use]
    pub fn largest(&self, resource: Resource) -> (u64, usize) {
        let of = |core: &CoreInventory| {
            core.usage.iter().find(|entry| entry.resource == resource).map_or(0, |entry| entry.used)
        };
        self.cores.iter().fold((0, 0), |most, core| if of(core) > most.0 { (of(core), core.core) } else { most })
    }
}

impl<'i> From<&'i NamedProgram> for ProgramInventory<'i> {
    fn from(own: &'i NamedProgram) -> Self {
        Self {
            name: &own.name,
            kind: own.program.kind.name(),
            words: own.program.memory_words(),
            cycles: worst_case_cycles(&own.program.instructions().unwrap_or_default()),
        }
    }
}

impl From<SectionInfo> for Section {
    fn from(info: SectionInfo) -> Self {
        Self { tag: info.tag, bytes: info.bytes, crc32: format!("{:08x}", info.crc) }
    }
}

fn core_inventory(image: &ChipImage, number: usize, core: &CoreImage) -> Result<CoreInventory, Error> {
    let (mut plastic_lists, mut synapses) = (0, 0);
    let mut plastic_targets = Vec::new();
    let mut reader = MemoryReader::new(&core.memory);
    for list in &core.lists {
        let group = core.groups[list.group as usize];
        let format = &core.formats[usize::from(group.format)];
        plastic_lists += u64::from(group.rule.is_some());
        synapses += u64::from(list.synapses);
        reader.read_list(format, image.chip.synapse.list_header_bits, list.synapses, |synapse| {
            if group.rule.is_some() {
                plastic_targets.push((list.group, synapse.target));
            }
        })?;
    }
    plastic_targets.sort_unstable();
    plastic_targets.dedup();
    let plastic_targets = plastic_targets.len() as u64;
    let used = |resource: Resource| match resource {
        Resource::Compartments => core.compartments.len() as u64,
        Resource::SynapticMemory => core.memory.len() as u64,
        Resource::InputAxons => core.axons.len() as u64,
        Resource::OutputAxons => core.routes.len() as u64,
        Resource::NeuronProfiles => core.neuron_profiles.len() as u64,
        Resource::SynapseFormats => core.formats.len() as u64,
        Resource::LearningRules => core.rules.len() as u64,
        Resource::TraceMemory => CoreImage::trace_memory_bytes(plastic_lists, plastic_targets),
        Resource::ProgramWords => program_words(image, core),
        Resource::NeuronMemory => neuron_memory(image, core),
    };
    let entry = |resource: Resource| ResourceUse { resource, used: used(resource), limit: resource.limit(&image.chip) };
    Ok(CoreInventory { core: number, tile: core.tile, synapses, usage: Resource::ALL.map(entry).to_vec() })
}

/// Words of the distinct programs that populations and rules run on a core.
fn program_words(image: &ChipImage, core: &CoreImage) -> u64 {
    let rules = core.rules.iter().filter_map(|rule| rule.program.microcode()).map(|own| own.program);
    let mut programs: Vec<u16> = core.microcode.iter().map(|block| block.program).chain(rules).collect();
    programs.sort_unstable();
    programs.dedup();
    programs.into_iter().map(|number| image.programs[usize::from(number)].program.memory_words()).sum()
}

fn neuron_memory(image: &ChipImage, core: &CoreImage) -> u64 {
    let bytes = |block: &caudate_core::image::MicrocodeBlock| {
        let program = &image.programs[usize::from(block.program)].program;
        let is_own = block.parameters.iter().map(|values| matches!(values, Values::Each(_)));
        u64::from(block.count) * microcode_compartment_bytes(program, is_own)
    };
    core.microcode.iter().map(bytes).sum()
}
