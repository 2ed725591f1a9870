//! The network that an image holds, as far as fitting it again asks: who is connected to whom, stored how.
//!
//! Weights, delays and settings of neurons that take no room of their own are left out.

use crate::cells;
use crate::logical::{LogicalNetwork, LogicalPopulation, LogicalProjection, Members};
use crate::quantise::Column;
use crate::quantise::neuron::NeuronColumns;
use crate::quantise::program::MicrocodeColumns;
use caudate_core::image::{ChipImage, CoreImage, Values, microcode_compartment_bytes};
use caudate_core::memory::MemoryReader;
use hashbrown::HashMap;

/// Reads the network back from an image whose indices are sound.
///
/// # Errors
/// If the memory of a core cannot be read; the message says why.
pub(crate) fn network_of(image: &ChipImage) -> Result<LogicalNetwork, String> {
    let mut profiles = Vec::new();
    let mut populations = populations(image, &mut profiles);
    let (mut formats, mut rules) = (Vec::new(), Vec::new());
    let mut projections: Vec<LogicalProjection> = image.symbols.projections.iter().map(empty_projection).collect();
    let mut pairs: Vec<Vec<(u32, u32)>> = vec![Vec::new(); projections.len()];
    for core in &image.cores {
        for group in &core.groups {
            let projection = &mut projections[group.projection.index()];
            projection.format = number(&mut formats, &core.formats[usize::from(group.format)]);
            projection.rule = group.rule.map(|rule| number(&mut rules, &core.rules[usize::from(rule)]));
        }
        read_pairs(image, core, &mut pairs)?;
    }
    for ((projection, pairs), index) in projections.iter_mut().zip(&mut pairs).zip(0..) {
        pairs.sort_unstable();
        projection.sources = pairs.iter().map(|(_, source)| *source).collect();
        let size = populations[projection.post as usize].size;
        let start = |target: u32| pairs.partition_point(|(other, _)| *other < target) as u32;
        projection.starts = (0..=size).map(start).collect();
        populations[projection.post as usize].incoming.push(index);
    }
    let size = |is_input: bool| {
        let own = populations.iter().filter(|population| population.is_input() == is_input);
        own.map(|population| population.size).sum::<u32>()
    };
    let neurons = size(false);
    Ok(LogicalNetwork {
        seed: image.header.seed,
        semantics: image.header.semantics,
        cells: cells::of(&populations),
        ids: neurons + size(true),
        neurons,
        populations,
        profiles,
        programs: image.programs.clone(),
        projections,
        formats,
        rules,
        channels: image.channels.clone(),
        quantisation: Vec::new(),
        warnings: Vec::new(),
    })
}

/// The number of a thing among the distinct ones.
fn number<T: Clone + PartialEq>(known: &mut Vec<T>, thing: &T) -> u32 {
    known.iter().position(|other| other == thing).unwrap_or_else(|| {
        known.push(thing.clone());
        known.len() - 1
    }) as u32
}

fn empty_projection(symbol: &caudate_core::image::ProjectionSymbol) -> LogicalProjection {
    LogicalProjection {
        name: symbol.name.clone(),
        pre: symbol.pre,
        post: symbol.post,
        format: 0,
        rule: None,
        starts: Vec::new(),
        sources: Vec::new(),
        weights: Column::Same(0),
        delays: Column::Same(0),
        dendrite: 0,
        port: 0,
        is_graded: false,
    }
}

fn populations(image: &ChipImage, profiles: &mut Vec<caudate_core::neuron::NeuronProfile>) -> Vec<LogicalPopulation> {
    let symbols = &image.symbols.populations;
    let mut neurons = 0;
    let mut populations: Vec<LogicalPopulation> = symbols
        .iter()
        .map(|symbol| {
            let first_of_kind = if symbol.is_input { symbol.first_input } else { neurons };
            neurons += if symbol.is_input { 0 } else { symbol.size };
            LogicalPopulation {
                name: symbol.name.clone(),
                size: symbol.size,
                first_id: symbol.first.0,
                first_of_kind,
                members: Members::Inputs,
                channels: Default::default(),
                max_neurons_per_core: None,
                incoming: Vec::new(),
            }
        })
        .collect();
    let population_of = |id: u32| symbols.partition_point(|symbol| symbol.first.0 <= id).saturating_sub(1);
    let mut profile_number = HashMap::new();
    for core in &image.cores {
        for compartment in &core.compartments {
            let Some(fixed) = compartment.fixed else { continue };
            let profile = core.neuron_profiles[usize::from(fixed.profile)];
            let number = *profile_number.entry(profile).or_insert_with(|| {
                profiles.push(profile);
                profiles.len() as u32 - 1
            });
            let own = &mut populations[population_of(compartment.neuron.0)];
            let (size, member) = (own.size as usize, (compartment.neuron.0 - own.first_id) as usize);
            if own.is_input() {
                own.members = Members::Fixed(NeuronColumns {
                    profile: Column::Each(vec![0; size]),
                    bias_mantissa: Column::Same(0),
                    initial_u: Column::Same(0),
                    initial_v: Column::Same(0),
                });
            }
            if let Members::Fixed(NeuronColumns { profile: Column::Each(profiles), .. }) = &mut own.members {
                profiles[member] = number;
            }
        }
        let first_population = |block: u32| {
            let first = core.microcode[block as usize].first as usize;
            population_of(core.compartments[first].neuron.0) as u32
        };
        for (block, number) in core.microcode.iter().zip(0..) {
            let program = &image.programs[usize::from(block.program)].program;
            let is_own = block.parameters.iter().map(|values| matches!(values, Values::Each(_)));
            populations[first_population(number) as usize].members = Members::Microcode(MicrocodeColumns {
                program: block.program,
                parameters: Vec::new(),
                initial: Vec::new(),
                parent: block.parent.map(first_population),
                compartment_bytes: microcode_compartment_bytes(program, is_own),
                stack: None,
            });
        }
    }
    populations
}

/// Adds (target member, source member) of each synapse of a core to those of its projection.
fn read_pairs(image: &ChipImage, core: &CoreImage, pairs: &mut [Vec<(u32, u32)>]) -> Result<(), String> {
    let mut reader = MemoryReader::new(&core.memory);
    let mut lists = core.lists.iter();
    for axon in &core.axons {
        for list in lists.by_ref().take(axon.lists as usize) {
            let group = core.groups[list.group as usize];
            let symbol = &image.symbols.projections[group.projection.index()];
            let first = |population: u32| image.symbols.populations[population as usize].first.0;
            let source = axon.source.0 - first(symbol.pre);
            let own = &mut pairs[group.projection.index()];
            let format = &core.formats[usize::from(group.format)];
            reader
                .read_list(format, image.chip.synapse.list_header_bits, list.synapses, |synapse| {
                    own.push((core.compartments[synapse.target as usize].neuron.0 - first(symbol.post), source));
                })
                .map_err(|error| error.to_string())?;
        }
    }
    Ok(())
}
