//! From a core's image to a core that runs.

use super::microcode::Microcode as NeuronMicrocode;
use super::{Core, FixedRun, Group, List};
use crate::delay_ring::DelayRing;
use crate::error::Error;
use crate::image::{ChipImage, CoreImage};
use crate::learning::microcode::Microcode;
use crate::learning::plastic::{Plastic, PlasticList, Synapses};
use crate::memory::MemoryReader;
use crate::neuron::{NeuronState, Overflows};
use crate::semantics::LearningOrder;

/// Parallel synapses of one pair of neurons that a draw can tell apart.
pub(crate) const MAX_PARALLEL_SYNAPSES: u8 = 16;

impl Core {
    /// Unpacks core `index` of an image, in its state before step 0.
    ///
    /// # Errors
    /// [`Error::Image`] if its synaptic memory does not hold what its lists say, or it learns under semantics that cannot.
    pub fn load(image: &ChipImage, index: usize) -> Result<Self, Error> {
        let core = &image.cores[index];
        let numerics = image.header.semantics.numerics();
        let groups: Vec<Group> = plastic_numbers(core)
            .zip(&core.groups)
            .map(|(plastic, group)| {
                let format = core.formats[usize::from(group.format)];
                Group {
                    format,
                    plastic,
                    dendrite: group.dendrite,
                    port: group.port,
                    is_graded: group.is_graded,
                    shifts_sum: numerics.shift_after_sum && format.weight_exponent < 0,
                }
            })
            .collect();
        if numerics.learning == LearningOrder::Unsupported && groups.iter().any(|group| group.plastic.is_some()) {
            return Err(Error::Image(format!(
                "core {index} learns, which '{}' does not model",
                image.header.semantics.name()
            )));
        }
        let learns_by_microcode = core.rules.iter().any(|rule| rule.program.microcode().is_some());
        if learns_by_microcode && numerics.learning != LearningOrder::Loihi {
            let semantics = image.header.semantics.name();
            return Err(Error::Image(format!("core {index} learns by microcode, which '{semantics}' does not model")));
        }
        let (synapses, lists, axon_starts) = unpack(image, core, &groups)?;
        let mut plastic = Vec::new();
        for (number, group) in core.groups.iter().enumerate() {
            let Some(rule) = group.rule.map(|rule| &core.rules[usize::from(rule)]) else { continue };
            let own = plastic_lists(core, &lists, &axon_starts, number as u32);
            let microcode = rule.program.microcode().map(|rule| Microcode::new(image, rule, &own)).transpose()?;
            let limit = numerics.effective_weight_limit;
            let (projection, format) = (group.projection.0, groups[number].format);
            let mut loaded = Plastic::new(projection, rule, format, limit, own, &synapses, &core.compartments);
            loaded.longest_delay = loaded.longest_delay.min(image.chip.core.max_stored_delay_steps);
            loaded.microcode = microcode.map(Box::new);
            plastic.push(loaded);
        }
        let initial = |compartment: &crate::image::Compartment| {
            compartment.fixed.map_or_else(NeuronState::default, |fixed| NeuronState {
                u: i64::from(fixed.initial_u),
                v: i64::from(fixed.initial_v),
                refractory: 0,
            })
        };
        let population = |compartment: &crate::image::Compartment| {
            image.symbols.populations.partition_point(|population| population.first <= compartment.neuron) as u32 - 1
        };
        let microcode = NeuronMicrocode::load(image, core, |first| population(&core.compartments[first]) as usize)?;
        let named = core.groups.iter().map(|group| usize::from(group.dendrite) + 1).max().unwrap_or(1);
        let dendrites = named.max(microcode.as_ref().map_or(1, NeuronMicrocode::dendrites));
        Ok(Self {
            numerics,
            profiles: core.neuron_profiles.clone(),
            neurons: core.compartments.iter().map(initial).collect(),
            fixed: fixed_runs(core),
            rings: vec![DelayRing::new(core.compartments.len()); dendrites],
            microcode,
            groups,
            lists,
            axon_starts,
            synapses,
            plastic,
            programs: core
                .groups
                .iter()
                .filter_map(|group| {
                    Some(core.rules[usize::from(group.rule?)].program.products().cloned().unwrap_or_default())
                })
                .collect(),
            unshifted: Vec::new(),
            spiked: vec![false; core.compartments.len()],
            population: core.compartments.iter().map(population).collect(),
            overflows: vec![Overflows::default(); image.symbols.populations.len()],
            changed: true,
            compartments: core.compartments.clone(),
        })
    }
}

/// Groups the compartments with fixed neurons into runs.
fn fixed_runs(core: &CoreImage) -> Vec<FixedRun> {
    let mut runs: Vec<FixedRun> = Vec::new();
    for (index, compartment) in core.compartments.iter().enumerate() {
        let Some(settings) = compartment.fixed else { continue };
        match runs.last_mut() {
            Some(run) if run.first + run.settings.len() == index => run.settings.push(settings),
            _ => runs.push(FixedRun { first: index, settings: vec![settings] }),
        }
    }
    runs
}

/// Numbers the plastic groups in order.
fn plastic_numbers(core: &CoreImage) -> impl Iterator<Item = Option<u32>> {
    let mut next = 0;
    core.groups.iter().map(move |group| {
        group.rule.map(|_| {
            next += 1;
            next - 1
        })
    })
}

fn unpack(image: &ChipImage, core: &CoreImage, groups: &[Group]) -> Result<(Synapses, Vec<List>, Vec<u32>), Error> {
    let total: usize = core.lists.iter().map(|list| list.synapses as usize).sum();
    let learns = groups.iter().any(|group| group.plastic.is_some());
    let mut synapses = Synapses::default();
    synapses.target.reserve_exact(total);
    synapses.delay.reserve_exact(total);
    synapses.weight.reserve_exact(total);
    synapses.effective.reserve_exact(total);
    let semantics = image.header.semantics;
    let mut reader = MemoryReader::new(&core.memory);
    let mut lists = Vec::with_capacity(core.lists.len());
    let mut seen_in_group = vec![0_u32; groups.len()];
    for list in &core.lists {
        let group = &groups[list.group as usize];
        let start = synapses.target.len() as u32;
        reader.read_list(&group.format, image.chip.synapse.list_header_bits, list.synapses, |synapse| {
            synapses.target.push(synapse.target);
            synapses.delay.push(synapse.delay);
            synapses.weight.push(synapse.weight);
            synapses.effective.push(group.format.initial_effective_weight(synapse.weight, semantics));
        })?;
        let plastic_list = seen_in_group[list.group as usize];
        seen_in_group[list.group as usize] += 1;
        lists.push(List { group: list.group, start, end: synapses.target.len() as u32, plastic_list });
    }
    let mut axon_starts = vec![0];
    axon_starts.extend(core.axons.iter().scan(0, |lists, axon| {
        *lists += axon.lists;
        Some(*lists)
    }));
    if learns {
        synapses.tag = vec![0; total];
        synapses.ordinal = ordinals(&synapses, &lists, &axon_starts, core.compartments.len());
    }
    Ok((synapses, lists, axon_starts))
}

/// Numbers the parallel synapses of each (source, target) pair. An axon's lists come in order of projection and keep their order
/// whatever the mapping, so the numbers do too.
fn ordinals(synapses: &Synapses, lists: &[List], axon_starts: &[u32], compartments: usize) -> Vec<u8> {
    let mut ordinals = vec![0; synapses.target.len()];
    let mut seen = vec![0_u8; compartments];
    for axon in axon_starts.windows(2) {
        let own = &lists[axon[0] as usize..axon[1] as usize];
        let range = own.first().map_or(0, |list| list.start as usize)..own.last().map_or(0, |list| list.end as usize);
        for synapse in range.clone() {
            let count = &mut seen[synapses.target[synapse] as usize];
            ordinals[synapse] = *count % MAX_PARALLEL_SYNAPSES;
            *count = count.wrapping_add(1);
        }
        for synapse in range {
            seen[synapses.target[synapse] as usize] = 0;
        }
    }
    ordinals
}

fn plastic_lists(core: &CoreImage, lists: &[List], axon_starts: &[u32], group: u32) -> Vec<PlasticList> {
    let mut own = Vec::new();
    for (axon, range) in core.axons.iter().zip(axon_starts.windows(2)) {
        for list in lists[range[0] as usize..range[1] as usize].iter().filter(|list| list.group == group) {
            own.push(PlasticList { source: axon.source.0, start: list.start as usize, end: list.end as usize });
        }
    }
    own
}
