//! The checker finds what a broken emitter could do.

use super::{chip, lif, stdp};
use crate::check::{check, check_image, check_image_for};
use crate::network::{Connect, Network, Population, Projection};
use crate::parameter::Parameter;
use crate::{CompileOptions, compile};
use caudate_core::chip::{ChipDescription, Limit};
use caudate_core::image::{ChipImage, Route, RuleProgram, Values};
use caudate_core::memory::{MemoryReader, MemoryWriter, Synapse};

pub(super) fn network() -> Network {
    let mut network = Network::new("sound");
    network.add_rule(stdp("stdp"));
    network.add_population(Population::input("in", 5));
    network.add_population(lif("exc", 20));
    let weight = Parameter::Uniform { low: 10.0, high: 200.0, levels: None };
    let delay_steps = Parameter::Uniform { low: 1.0, high: 4.0, levels: None };
    let random = Connect::FixedProbability { probability: 0.5, self_connections: true };
    network.add_projection(Projection {
        delay_steps,
        weight_exponent: Some(0),
        ..Projection::new("in", "exc", random.clone(), weight.clone())
    });
    network.add_projection(Projection {
        rule: Some("stdp".to_owned()),
        weight_exponent: Some(0),
        ..Projection::new("exc", "exc", random, weight)
    });
    network
}

pub(super) fn image(network: &Network) -> ChipImage {
    compile(network, &chip("loihi1"), &CompileOptions { max_neurons_per_core: Some(8), ..CompileOptions::default() })
        .unwrap()
        .image
}

/// Lets `edit` change one of at least two synapses of a list of core 0.
fn edit_list(image: &mut ChipImage, edit: impl FnOnce(&mut Vec<Synapse>)) {
    edit_lists(image, 0, |lists| {
        let edited = lists.iter().position(|list| list.len() >= 2).unwrap();
        edit(&mut lists[edited]);
    });
}

/// Unpacks the lists of a core, lets `edit` change them, and packs them again in order.
pub(super) fn edit_lists(image: &mut ChipImage, core: usize, edit: impl FnOnce(&mut [Vec<Synapse>])) {
    let header_bits = image.chip.synapse.list_header_bits;
    let core = &mut image.cores[core];
    let mut lists: Vec<Vec<Synapse>> = Vec::new();
    let mut reader = MemoryReader::new(&core.memory);
    for list in &core.lists {
        let mut synapses = Vec::new();
        let format = &core.formats[core.groups[list.group as usize].format as usize];
        reader.read_list(format, header_bits, list.synapses, |synapse| synapses.push(synapse)).unwrap();
        lists.push(synapses);
    }
    edit(&mut lists);
    let mut writer = MemoryWriter::new();
    for (header, list) in core.lists.iter_mut().zip(&mut lists) {
        let format = &core.formats[core.groups[header.group as usize].format as usize];
        // A delay that the format does not store must not decide the order.
        list.iter_mut().for_each(|synapse| synapse.delay &= (1 << format.delay_bits) - 1);
        list.sort_by_key(|synapse| (synapse.delay, synapse.target));
        header.synapses = list.len() as u32;
        writer.push_list(format, header_bits, list);
    }
    core.memory = writer.finish();
}

/// The codes and texts that the checker gives to a damaged image.
fn verdict(damage: impl FnOnce(&mut ChipImage)) -> String {
    let network = network();
    let mut image = image(&network);
    assert!(check(&image, &network).is_ok());
    damage(&mut image);
    check(&image, &network).expect_err("the damage was not found").iter().map(ToString::to_string).collect()
}

#[test]
fn damaged_synapses_are_found() {
    let dropped = verdict(|image| edit_list(image, |list| list.truncate(1)));
    assert!(dropped.contains("E-CHECK-SYNAPSE") && dropped.contains("the image has no such synapse"), "{dropped}");
    let weight = verdict(|image| edit_list(image, |list| list[0].weight ^= 4));
    assert!(weight.contains("E-CHECK-SYNAPSE") && weight.contains("wanted weight"), "{weight}");
    let delay = verdict(|image| edit_list(image, |list| list[0].delay ^= 1));
    assert!(delay.contains("E-CHECK-SYNAPSE") && delay.contains("delay"), "{delay}");
    let target = verdict(|image| {
        edit_list(image, |list| {
            list[0].target = (0..8).find(|free| list.iter().all(|other| other.target != *free)).unwrap()
        })
    });
    assert!(target.contains("the network has no such synapse"), "{target}");
    let twice = verdict(|image| edit_list(image, |list| list.push(list[0])));
    assert!(twice.contains("one synapse more"), "{twice}");
    let cut = verdict(|image| image.cores[0].memory.truncate(20));
    assert!(cut.contains("E-CHECK-STRUCTURE"), "{cut}");
}

#[test]
fn damaged_routes_are_found() {
    let lost = verdict(|image| {
        let position = image.input_routes.iter().position(|routes| !routes.is_empty()).unwrap();
        image.input_routes[position].pop();
    });
    assert!(lost.contains("E-CHECK-ROUTE") && lost.contains("reached by 0 routes"), "{lost}");
    let wrong = verdict(|image| {
        let axons = image.cores[1].axons.len() as u32;
        let route = image.cores[0].routes.iter_mut().find(|route| route.core == 1 && route.axon + 1 < axons).unwrap();
        *route = Route { axon: route.axon + 1, ..*route };
    });
    assert!(wrong.contains("E-CHECK-ROUTE") && wrong.contains("which is that of source"), "{wrong}");
}

#[test]
fn damaged_settings_are_found() {
    let edits: [fn(&mut ChipImage); 8] = [
        |image| image.cores[0].compartments[0].fixed.as_mut().unwrap().bias_mantissa += 1,
        |image| image.cores[0].compartments[0].fixed.as_mut().unwrap().initial_v += 1,
        |image| image.cores[0].neuron_profiles[0].threshold_mantissa += 1,
        |image| image.cores[0].rules[0].epoch_steps += 1,
        |image| image.cores[0].groups[1].rule = None,
        |image| image.cores[0].formats[0].weight_exponent += 1,
        |image| image.header.seed += 1,
        |image| image.symbols.projections[0].synapses += 1,
    ];
    for edit in edits {
        let found = verdict(edit);
        assert!(found.contains("E-CHECK-"), "{found}");
    }
}

#[test]
fn damaged_structure_is_found_without_a_panic() {
    let edits: [fn(&mut ChipImage); 9] = [
        |image| image.cores[0].compartments[0].fixed.as_mut().unwrap().profile = 99,
        |image| image.cores[0].groups[0].format = 99,
        |image| image.cores[0].axons.swap(0, 1),
        |image| image.cores[0].axons[0].lists += 1,
        |image| image.cores[0].lists[0].group = 99,
        |image| image.cores[0].lists[0].synapses += 1,
        |image| image.cores[0].route_starts[1] = 9999,
        |image| image.cores[0].compartments[0].neuron = caudate_core::id::NeuronId(u32::MAX),
        |image| image.cores[1].compartments = image.cores[0].compartments.clone(),
    ];
    for edit in edits {
        let found = verdict(edit);
        assert!(found.contains("E-CHECK-"), "{found}");
    }
}

#[test]
fn limits_are_counted_afresh() {
    let network = network();
    let image = image(&network);
    assert!(check_image(&image).is_ok());
    type Edit = fn(&mut ChipDescription);
    let edits: [(&str, Edit); 10] = [
        ("compartments", |chip| chip.core.compartments = Limit::AtMost(7)),
        ("B of synaptic memory", |chip| chip.core.synaptic_memory_bytes = Limit::AtMost(100)),
        ("input axons", |chip| chip.core.input_axons = Limit::AtMost(10)),
        ("output axons", |chip| chip.core.output_axons = Limit::AtMost(4)),
        ("neuron profiles", |chip| chip.core.neuron_profiles = Limit::AtMost(0)),
        ("synapse formats", |chip| chip.core.synapse_formats = Limit::AtMost(1)),
        ("learning rules", |chip| chip.core.learning_rules = Limit::AtMost(0)),
        ("B of trace memory", |chip| chip.core.trace_memory_bytes = Limit::AtMost(40)),
        ("stored delay", |chip| chip.core.max_stored_delay_steps = 2),
        ("is not on the mesh", |chip| {
            (chip.mesh.tiles_x, chip.mesh.tiles_y, chip.mesh.cores_per_tile) = (Limit::AtMost(0), Limit::AtMost(1), 1)
        }),
    ];
    for (what, edit) in edits {
        let mut chip = image.chip.clone();
        edit(&mut chip);
        let found: String = check_image_for(&image, &chip).unwrap_err().iter().map(ToString::to_string).collect();
        assert!(found.contains("E-CHECK-LIMIT") && found.contains(what), "{what}: {found}");
    }
}

#[test]
fn damaged_microcode_is_found() {
    let network = super::microcode::pyramidal(6);
    let sound = compile(&network, &chip("loihi2"), &CompileOptions::default()).unwrap().image;
    type Edit = fn(&mut ChipImage);
    let edits: [(&str, Edit); 16] = [
        ("E-CHECK-SETTING", |image| image.programs[0].name.push('x')),
        ("E-CHECK-SETTING", |image| image.programs[1].program.words[0] ^= 1 << 7),
        ("wanted 'soma'", |image| image.cores[0].microcode[0].program = 1),
        ("a block runs no neuron program", |image| image.cores[0].microcode[0].program = 2),
        ("a block runs no neuron program", |image| image.cores[0].microcode[0].program = 99),
        ("a block runs no neuron program", |image| image.cores[0].microcode[0].parameters.truncate(1)),
        ("parameter 0 of neuron 0 is 5", |image| image.cores[0].microcode[0].parameters[0] = Values::Same(5)),
        ("not kept per compartment", |image| image.cores[0].microcode[0].parameters[2] = Values::Same(85_000)),
        ("initial state 0 of neuron 0", |image| image.cores[0].microcode[1].initial[0] = Values::Same(0)),
        ("two blocks overlap", |image| image.cores[0].microcode[1].first -= 1),
        ("not with those of their parents", |image| image.cores[0].microcode[1].parent = None),
        ("a parent that does not exist", |image| image.cores[0].microcode[1].parent = Some(7)),
        ("neither a fixed neuron nor microcode", |image| {
            image.cores[0].compartments[0].fixed = image.cores[0].compartments[14].fixed;
        }),
        ("it listens to other channels", |image| image.cores[0].compartments[3].modulators[0] = None),
        ("its dendrite, port and whether it is graded", |image| image.cores[0].groups[0].dendrite = 1),
        ("listen to 0x1", |image| image.input_routes[0][0].ports = 3),
    ];
    for (what, edit) in edits {
        let mut image = sound.clone();
        edit(&mut image);
        let found = check(&image, &network).expect_err(what).iter().map(ToString::to_string).collect::<String>();
        assert!(found.contains(what), "{what}:\n{found}");
    }
    let rules: [Edit; 2] = [
        |image| {
            let RuleProgram::Microcode(rule) = &mut image.cores[0].rules[0].program else { panic!("no microcode") };
            rule.parameters[0] += 1;
        },
        |image| {
            let RuleProgram::Microcode(rule) = &mut image.cores[0].rules[0].program else { panic!("no microcode") };
            rule.program = 77;
        },
    ];
    for edit in rules {
        let mut image = sound.clone();
        edit(&mut image);
        assert!(check(&image, &network).is_err());
    }
}

#[test]
fn limits_of_microcode_are_counted_afresh() {
    let image = compile(&super::microcode::pyramidal(6), &chip("loihi2"), &CompileOptions::default()).unwrap().image;
    assert!(check_image(&image).is_ok());
    type Edit = fn(&mut ChipDescription);
    let edits: [(&str, Edit); 3] = [
        ("it holds 27 words of microcode", |chip| chip.core.program_words = Limit::AtMost(26)),
        ("it holds 54 B of neuron memory", |chip| chip.core.neuron_memory_bytes = Limit::AtMost(53)),
        ("program 'r_stdp' takes 12 cycles", |chip| chip.core.program_cycles = Limit::AtMost(11)),
    ];
    for (what, edit) in edits {
        let mut chip = image.chip.clone();
        edit(&mut chip);
        let found: String = check_image_for(&image, &chip).unwrap_err().iter().map(ToString::to_string).collect();
        assert!(found.contains("E-CHECK-LIMIT") && found.contains(what), "{what}: {found}");
    }
}
