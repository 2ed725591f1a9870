//! Microcode in an image: blocks that hold together, and settings that are those of the network.

use super::Findings;
use crate::logical::{LogicalNetwork, LogicalPopulation};
use crate::quantise::Column;
use caudate_core::image::{ChipImage, CoreImage, MicrocodeBlock, Values};
use caudate_isa::nmx::Kind;

/// Whether blocks cover the compartments without a fixed neuron, run programs that exist, and have a value for everything.
pub(super) fn check_blocks(image: &ChipImage, index: usize, core: &CoreImage, findings: &mut Findings) {
    let place = || format!("core {index}");
    let mut is_covered = vec![false; core.compartments.len()];
    for block in &core.microcode {
        let range = block.first as usize..(block.first as usize).saturating_add(block.count as usize);
        let program = image.programs.get(usize::from(block.program)).map(|own| &own.program);
        let sound = program.filter(|program| program.kind == Kind::Neuron).is_some_and(|program| {
            let full = |values: &[Values], needed: usize| {
                values.len() == needed
                    && values.iter().all(|values| match values {
                        Values::Same(_) => true,
                        Values::Each(each) => each.len() == block.count as usize,
                    })
            };
            full(&block.parameters, program.parameters.len()) && full(&block.initial, program.states.len())
        });
        let message = || "a block runs no neuron program, or lacks values that its program needs".to_owned();
        findings.expect(sound, "E-CHECK-STRUCTURE", place, message);
        let parent = block.parent.map(|parent| core.microcode.get(parent as usize));
        let sound = parent.is_none_or(|parent| parent.is_some_and(|parent| parent.count == block.count));
        findings.expect(sound, "E-CHECK-STRUCTURE", place, || {
            "a block has a parent that does not exist or is of another size".to_owned()
        });
        match is_covered.get_mut(range) {
            Some(own) if block.count > 0 && own.iter().all(|covered| !covered) => own.fill(true),
            _ => findings.add("E-CHECK-STRUCTURE", place(), "two blocks overlap, or one is empty or too long"),
        }
    }
    let agree = core.compartments.iter().zip(&is_covered).all(|(own, covered)| own.fixed.is_none() == *covered);
    findings.expect(agree, "E-CHECK-STRUCTURE", place, || {
        "a compartment has neither a fixed neuron nor microcode, or both".to_owned()
    });
}

/// Whether every block is what the network asks for, and every cell lies on one core.
pub(super) fn check_settings(
    image: &ChipImage,
    index: usize,
    core: &CoreImage,
    logical: &LogicalNetwork,
    findings: &mut Findings,
) {
    for block in &core.microcode {
        let own = &core.compartments[block.first as usize..(block.first + block.count) as usize];
        let members: Vec<(usize, usize)> =
            own.iter().map(|compartment| super::content::locate(logical, compartment.neuron.0)).collect();
        let population = &logical.populations[members[0].0];
        let place = || format!("population '{}', core {index}", population.name);
        if members.iter().any(|(other, _)| *other != members[0].0) {
            findings.add(SETTING, place(), "one block holds compartments of several populations");
            continue;
        }
        let wrong = own.iter().any(|compartment| compartment.modulators != population.channels);
        findings.expect(!wrong, SETTING, place, || "it listens to other channels than the network says".to_owned());
        if let Err(message) = check_block(image, core, logical, block, population, &members) {
            findings.add(SETTING, place(), message);
        }
    }
}

const SETTING: &str = "E-CHECK-SETTING";

fn check_block(
    image: &ChipImage,
    core: &CoreImage,
    logical: &LogicalNetwork,
    block: &MicrocodeBlock,
    population: &LogicalPopulation,
    members: &[(usize, usize)],
) -> Result<(), String> {
    let columns = population.microcode().ok_or("it runs a program; it should be of fixed neurons")?;
    let (found, wanted) =
        (&image.programs[usize::from(block.program)], &logical.programs[usize::from(columns.program)]);
    if found != wanted {
        return Err(format!("it runs program '{}'; wanted '{}' as the network has it", found.name, wanted.name));
    }
    for (what, values, wanted) in
        [("parameter", &block.parameters, &columns.parameters), ("initial state", &block.initial, &columns.initial)]
    {
        for (number, (values, wanted)) in values.iter().zip(wanted).enumerate() {
            let is_own = matches!(values, Values::Each(_));
            if is_own != matches!(wanted, Column::Each(_)) {
                return Err(format!("{what} {number} is {}kept per compartment", if is_own { "" } else { "not " }));
            }
            let differs = |(lane, (_, member)): &(usize, &(usize, usize))| values.get(*lane) != wanted.get(*member);
            if let Some((lane, (_, member))) = members.iter().enumerate().find(differs) {
                return Err(format!(
                    "{what} {number} of neuron {member} is {}; wanted {}",
                    values.get(lane),
                    wanted.get(*member)
                ));
            }
        }
    }
    let parent = block.parent.map(|parent| &core.microcode[parent as usize]);
    let together = match (parent, columns.parent) {
        (None, None) => true,
        (Some(parent), Some(wanted)) => members.iter().enumerate().all(|(lane, (_, member))| {
            let above = core.compartments[parent.first as usize + lane].neuron.0;
            super::content::locate(logical, above) == (wanted as usize, *member)
        }),
        _ => false,
    };
    if together { Ok(()) } else { Err("its compartments are not with those of their parents".to_owned()) }
}
