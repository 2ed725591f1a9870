//! Every limit of the chip, counted afresh from the finished image.

use super::{Findings, visit_synapses};
use caudate_core::chip::{ChipDescription, Limit};
use caudate_core::image::{ChipImage, CoreImage, Values};
use caudate_core::memory::Synapse;
use caudate_core::synapse::SynapseFormat;
use caudate_isa::nmx::Program;
use std::collections::{BTreeMap, BTreeSet};

const CODE: &str = "E-CHECK-LIMIT";

pub(super) fn check(image: &ChipImage, chip: &ChipDescription, findings: &mut Findings) {
    check_mesh(image, chip, findings);
    for (index, core) in image.cores.iter().enumerate() {
        check_core(image, index, core, chip, findings);
    }
}

fn check_mesh(image: &ChipImage, chip: &ChipDescription, findings: &mut Findings) {
    let mut on_tile = BTreeMap::new();
    for (index, core) in image.cores.iter().enumerate() {
        *on_tile.entry(core.tile).or_insert(0_u32) += 1;
        let on_mesh = |limit: Limit, at: u32| limit.number().is_none_or(|tiles| u64::from(at) < tiles);
        let sound = on_mesh(chip.mesh.columns(), core.tile.x) && on_mesh(chip.mesh.rows(), core.tile.y);
        let message = || {
            format!(
                "tile ({}, {}) is not on the mesh of {} x {} tiles",
                core.tile.x,
                core.tile.y,
                chip.mesh.columns(),
                chip.mesh.rows()
            )
        };
        findings.expect(sound, CODE, || format!("core {index}"), message);
    }
    for (tile, cores) in on_tile {
        let message = || format!("it has {cores} cores; the limit is {}", chip.mesh.cores_per_tile);
        findings.expect(cores <= chip.mesh.cores_per_tile, CODE, || format!("tile ({}, {})", tile.x, tile.y), message);
    }
}

fn check_core(image: &ChipImage, index: usize, core: &CoreImage, chip: &ChipDescription, findings: &mut Findings) {
    let place = || format!("core {index}");
    let mut plastic_lists = BTreeSet::new();
    let mut plastic_targets = BTreeSet::new();
    let mut bits_of_list = vec![u64::from(chip.synapse.list_header_bits); core.lists.len()];
    let mut sharing: BTreeMap<usize, (&SynapseFormat, Vec<Synapse>)> = BTreeMap::new();
    let mut longest_delay = 0;
    let mut unstorable = None;
    let read = visit_synapses(image, index, |entry| {
        let format = entry.format;
        if format.address_bits == 0 {
            bits_of_list[entry.list] += bits_of_synapse(format);
        } else {
            sharing.entry(entry.list).or_insert((format, Vec::new())).1.push(entry.synapse);
        }
        if entry.group.rule.is_some() {
            plastic_lists.insert(entry.list);
            plastic_targets.insert((entry.group_number, entry.synapse.target));
        }
        longest_delay = longest_delay.max(entry.synapse.delay);
        let (low, high) = format.weight_range();
        let grain = 1_i32 << format.weight_step_bits();
        if !(low..=high).contains(&entry.synapse.weight) || i32::from(entry.synapse.weight) % grain != 0 {
            unstorable = Some(entry.synapse.weight);
        }
    });
    if let Err(message) = read {
        findings.add(CODE, place(), message);
    }
    let shared_bytes = shared_bytes(sharing, &mut bits_of_list);
    let distinct_routes: u64 = (0..core.compartments.len())
        .map(|compartment| {
            core.routes_of(compartment).iter().map(|route| route.core).collect::<BTreeSet<_>>().len() as u64
        })
        .sum();
    let sources: BTreeSet<_> = core.axons.iter().map(|axon| axon.source).collect();
    let counts = [
        ("compartments", core.compartments.len() as u64, chip.core.compartments),
        (
            "B of synaptic memory",
            shared_bytes + bits_of_list.iter().map(|bits| bits.div_ceil(8)).sum::<u64>(),
            chip.core.synaptic_memory_bytes,
        ),
        ("input axons", sources.len() as u64, chip.core.input_axons),
        ("output axons", distinct_routes, chip.core.output_axons),
        ("neuron profiles", core.neuron_profiles.len() as u64, chip.core.neuron_profiles),
        ("synapse formats", core.formats.len() as u64, chip.core.synapse_formats),
        ("learning rules", core.rules.len() as u64, chip.core.learning_rules),
        (
            "B of trace memory",
            2 * plastic_lists.len() as u64 + 3 * plastic_targets.len() as u64,
            chip.core.trace_memory_bytes,
        ),
        ("words of microcode", program_words(image, core), chip.core.program_words),
        ("B of neuron memory", neuron_memory_bytes(image, core), chip.core.neuron_memory_bytes),
        ("steps of stored delay", u64::from(longest_delay), Limit::AtMost(u64::from(chip.core.max_stored_delay_steps))),
    ];
    for (what, count, limit) in counts {
        let usable = if what == "steps of stored delay" { limit } else { limit.less_headroom(chip.headroom_percent) };
        findings
            .expect(usable.admits(count), CODE, place, || format!("it holds {count} {what}; the limit is {usable}"));
    }
    if let Some(weight) = unstorable {
        findings.add("E-CHECK-SYNAPSE", place(), format!("a weight is {weight}, which its format does not store"));
    }
    let tags = tag_bits_by_format(image, core, chip);
    check_cycles(image, core, chip, place, findings);
    for (format, tags) in core.formats.iter().zip(tags) {
        let offered = chip.synapse.weight_bits.contains(&format.weight_bits)
            && format.index_bits == chip.synapse.target_index_bits
            && tags.contains(&u32::from(format.tag_bits))
            && format.delay_bits <= 6
            && [0, chip.synapse.shared_address_bits].contains(&format.address_bits)
            && (-8..=7).contains(&format.weight_exponent);
        findings.expect(offered, CODE, place, || {
            let own = &chip.synapse;
            format!(
                "chip '{}' does not store synapses of the format {format}; its weights have one of {:?} bits, targets {}, tags here one of {tags:?}",
                chip.name, own.weight_bits, own.target_index_bits
            )
        });
    }
}

fn bits_of_synapse(format: &SynapseFormat) -> u64 {
    u64::from(format.index_bits + format.delay_bits + format.tag_bits) + u64::from(format.weight_field_bits())
}

/// Bytes of the synapses of lists that may share them: once for all that are alike but for the target from which theirs count. What such a
/// list has of its own, the first target and an address, is added to its bits.
fn shared_bytes(sharing: BTreeMap<usize, (&SynapseFormat, Vec<Synapse>)>, bits_of_list: &mut [u64]) -> u64 {
    let mut met = BTreeSet::new();
    let mut bytes = 0;
    for (list, (format, mut synapses)) in sharing {
        bits_of_list[list] += u64::from(format.index_bits) + u64::from(format.address_bits);
        let first = synapses.iter().map(|synapse| synapse.target).min().unwrap_or(0);
        synapses.iter_mut().for_each(|synapse| synapse.target -= first);
        let own = (bits_of_synapse(format) * synapses.len() as u64).div_ceil(8);
        if met.insert((*format, synapses)) {
            bytes += own;
        }
    }
    bytes
}

/// The programs that run on a core, each once.
fn programs_of<'i>(image: &'i ChipImage, core: &CoreImage) -> Vec<(&'i str, &'i Program)> {
    let rules = core.rules.iter().filter_map(|rule| rule.program.microcode()).map(|own| own.program);
    let numbers: BTreeSet<u16> = core.microcode.iter().map(|block| block.program).chain(rules).collect();
    numbers
        .into_iter()
        .map(|number| &image.programs[usize::from(number)])
        .map(|own| (own.name.as_str(), &own.program))
        .collect()
}

fn program_words(image: &ChipImage, core: &CoreImage) -> u64 {
    let words = |(_, program): (&str, &Program)| {
        program.words.len() + program.tables.iter().map(|declared| declared.table.points().len()).sum::<usize>()
    };
    programs_of(image, core).into_iter().map(words).sum::<usize>() as u64
}

fn neuron_memory_bytes(image: &ChipImage, core: &CoreImage) -> u64 {
    let mut bytes = 0;
    for block in &core.microcode {
        let program = &image.programs[usize::from(block.program)].program;
        let mut bits = 0_u64;
        for state in &program.states {
            bits += u64::from(state.of.bits());
        }
        for (declared, values) in program.parameters.iter().zip(&block.parameters) {
            if matches!(values, Values::Each(_)) {
                bits += u64::from(declared.of.bits());
            }
        }
        bytes += u64::from(block.count) * bits.div_ceil(8);
    }
    bytes
}

/// Without an early exit, each instruction of a program runs once.
fn check_cycles(
    image: &ChipImage,
    core: &CoreImage,
    chip: &ChipDescription,
    place: impl Fn() -> String,
    findings: &mut Findings,
) {
    for (name, program) in programs_of(image, core) {
        let Ok(instructions) = program.instructions() else {
            findings.add("E-CHECK-STRUCTURE", place(), format!("program '{name}' is not legal"));
            continue;
        };
        let cycles: u64 = instructions.iter().map(|instruction| u64::from(instruction.cycles())).sum();
        let limit = chip.core.program_cycles;
        findings.expect(limit.admits(cycles), CODE, &place, || {
            format!("program '{name}' takes {cycles} cycles at worst; the limit is {limit}")
        });
    }
}

/// For each format, the tag widths that the rules of its groups need.
fn tag_bits_by_format(image: &ChipImage, core: &CoreImage, chip: &ChipDescription) -> Vec<BTreeSet<u32>> {
    let mut tags = vec![BTreeSet::from([0]); core.formats.len()];
    for group in &core.groups {
        let own = &mut tags[usize::from(group.format)];
        let Some(rule) = group.rule.map(|rule| &core.rules[usize::from(rule)].program) else { continue };
        match rule.microcode() {
            None => {
                own.insert(chip.synapse.tag_bits.into());
            }
            Some(rule) => {
                let states = image.programs[usize::from(rule.program)].program.states.iter().zip(0_u8..);
                let kept = states.filter(|(_, word)| rule.weight != Some(*word) && rule.delay != Some(*word));
                *own = BTreeSet::from([kept.map(|(state, _)| u32::from(state.of.bits())).sum()]);
            }
        }
    }
    tags
}
