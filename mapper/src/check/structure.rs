//! Whether every index points at something and everything is in its documented order.

use super::{Findings, microcode, visit_synapses};
use caudate_core::image::{ChipImage, CoreImage, DENDRITES, PORTS};

const CODE: &str = "E-CHECK-STRUCTURE";

/// Checks structure; returns whether it is sound enough to look further.
pub(super) fn check(image: &ChipImage, findings: &mut Findings) -> bool {
    let before = findings.listed.len();
    findings.expect(
        image.header.chip_fingerprint == image.chip.fingerprint(),
        CODE,
        || "header".to_owned(),
        || "the chip fingerprint is not that of the chip".to_owned(),
    );
    check_symbols(image, findings);
    for (index, core) in image.cores.iter().enumerate() {
        check_core(image, index, core, findings);
        microcode::check_blocks(image, index, core, findings);
    }
    if findings.listed.len() > before {
        return false;
    }
    check_neurons_once(image, findings);
    check_lists(image, findings);
    findings.listed.len() == before
}

fn check_symbols(image: &ChipImage, findings: &mut Findings) {
    let (mut next, mut next_input) = (0_u64, 0_u64);
    for population in &image.symbols.populations {
        let first_input = if population.is_input { next_input } else { 0 };
        let sound = u64::from(population.first.0) == next
            && u64::from(population.first_input) == first_input
            && population.size > 0;
        findings.expect(
            sound,
            CODE,
            || format!("population '{}'", population.name),
            || "it does not begin where the one before it ends".to_owned(),
        );
        next += u64::from(population.size);
        next_input += if population.is_input { u64::from(population.size) } else { 0 };
    }
    let inputs = image.input_routes.len() as u64;
    findings.expect(
        next_input == inputs,
        CODE,
        || "input routes".to_owned(),
        || format!("{next_input} inputs have {inputs} route lists"),
    );
    let populations = image.symbols.populations.len();
    for projection in &image.symbols.projections {
        let sound = (projection.pre as usize) < populations && (projection.post as usize) < populations;
        findings.expect(
            sound,
            CODE,
            || format!("projection '{}'", projection.name),
            || "it names a population that does not exist".to_owned(),
        );
    }
}

fn check_core(image: &ChipImage, index: usize, core: &CoreImage, findings: &mut Findings) {
    let mut expect =
        |good: bool, message: &str| findings.expect(good, CODE, || format!("core {index}"), || message.to_owned());
    for compartment in &core.compartments {
        expect(
            compartment.fixed.is_none_or(|fixed| usize::from(fixed.profile) < core.neuron_profiles.len()),
            "a compartment has a neuron profile that does not exist",
        );
        expect(
            compartment.modulators.iter().flatten().all(|channel| usize::from(*channel) < image.channels.len()),
            "a compartment listens to a channel that does not exist",
        );
    }
    expect(
        core.compartments.is_sorted_by(|a, b| a.neuron < b.neuron),
        "its compartments are not in the order of their neurons",
    );
    for rule in &core.rules {
        let sound = rule.program.microcode().is_none_or(|own| usize::from(own.program) < image.programs.len());
        expect(sound, "a learning rule runs a program that does not exist");
    }
    for group in &core.groups {
        let sound = usize::from(group.format) < core.formats.len()
            && group.dendrite < DENDRITES
            && group.port < PORTS
            && group.rule.is_none_or(|rule| usize::from(rule) < core.rules.len())
            && group.projection.index() < image.symbols.projections.len();
        expect(sound, "a synapse group has a format, rule or projection that does not exist");
    }
    expect(
        core.groups.is_sorted_by(|a, b| a.projection < b.projection),
        "its synapse groups are not in the order of their projections",
    );
    expect(
        core.axons.is_sorted_by(|a, b| a.source < b.source),
        "its input axons are not in the order of their sources",
    );
    expect(core.axons.iter().all(|axon| axon.lists > 0), "an input axon has no synapse list");
    expect(
        core.lists.iter().all(|list| (list.group as usize) < core.groups.len() && list.synapses > 0),
        "a synapse list is empty or in a group that does not exist",
    );
    let lists: u64 = core.axons.iter().map(|axon| u64::from(axon.lists)).sum();
    expect(lists == core.lists.len() as u64, "its input axons do not account for its synapse lists");
    let starts = &core.route_starts;
    let sound = starts.len() == core.compartments.len() + 1
        && starts.first() == Some(&0)
        && starts.is_sorted()
        && starts.last().is_some_and(|last| *last as usize == core.routes.len());
    expect(sound, "its output axons do not belong to its compartments");
}

fn check_neurons_once(image: &ChipImage, findings: &mut Findings) {
    let ids = image.symbols.populations.last().map_or(0, |last| last.first.index() + last.size as usize);
    let mut seen = vec![0_u32; ids];
    for (index, core) in image.cores.iter().enumerate() {
        for compartment in &core.compartments {
            match seen.get_mut(compartment.neuron.index()) {
                Some(count) => *count += 1,
                None => findings.add(
                    CODE,
                    format!("core {index}"),
                    format!("neuron {} is in no population", compartment.neuron),
                ),
            }
        }
    }
    for population in &image.symbols.populations {
        let expected = u32::from(!population.is_input);
        let members = &seen[population.first.index()..population.first.index() + population.size as usize];
        if let Some(member) = members.iter().position(|count| *count != expected) {
            let message = format!("neuron {member} has {} compartments; it should have {expected}", members[member]);
            findings.add(CODE, format!("population '{}'", population.name), message);
        }
    }
}

fn check_lists(image: &ChipImage, findings: &mut Findings) {
    for (index, core) in image.cores.iter().enumerate() {
        let place = || format!("core {index}");
        let mut start = 0;
        for axon in &core.axons {
            let lists = &core.lists[start..start + axon.lists as usize];
            findings.expect(lists.is_sorted_by(|a, b| a.group < b.group), CODE, place, || {
                format!("the lists of source {} are not in the order of their groups", axon.source)
            });
            start += axon.lists as usize;
        }
        let mut previous = None;
        let mut in_range = true;
        let mut in_order = true;
        let read = visit_synapses(image, index, |entry| {
            let key = (entry.list, entry.synapse.delay, entry.synapse.target);
            in_range &= (entry.synapse.target as usize) < core.compartments.len();
            in_order &= previous.is_none_or(|previous| previous <= key);
            previous = Some(key);
        });
        if let Err(message) = read {
            findings.add(CODE, place(), message);
        }
        findings.expect(in_range, CODE, place, || "a synapse has a target that does not exist".to_owned());
        findings
            .expect(in_order, CODE, place, || "a synapse list is not in the order of delays and targets".to_owned());
    }
}
