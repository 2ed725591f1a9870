//! A defect of any kind, planted anywhere in the image of any network, is found.

use super::defects::edit_lists;
use super::{any_network, chip};
use crate::check::check;
use crate::fit::{Limits, Resource};
use crate::{CompileOptions, compile};
use caudate_core::chip::Limit;
use caudate_core::image::{ChipImage, Route};
use caudate_core::memory::Synapse;
use proptest::prelude::*;
use proptest::sample::Index;

/// Spoils something in an image.
type Plant = fn(&mut ChipImage, Index);

/// Kinds of defects: what goes wrong, and how. A kind that finds nothing to spoil in an image leaves it as it is.
const KINDS: [(&str, Plant); 23] = [
    ("a weight", |image, at| spoil_synapse(image, at, |synapse| synapse.weight ^= 1 << 6)),
    ("a delay", |image, at| spoil_synapse(image, at, |synapse| synapse.delay ^= 1)),
    ("a target", |image, at| {
        let targets = image.cores[at.index(image.cores.len())].compartments.len() as u32;
        spoil_synapse(image, at, |synapse| synapse.target = (synapse.target + 1) % targets.max(1));
    }),
    ("a synapse is missing", |image, at| {
        spoil_list(image, at, |list| {
            list.pop();
        });
    }),
    ("a synapse is there twice", |image, at| spoil_list(image, at, |list| list.extend(list.last().copied()))),
    ("memory ends early", |image, at| {
        let core = core(image, at);
        core.memory.pop();
    }),
    ("a list belongs to another projection", |image, at| {
        let core = core(image, at);
        let groups = core.groups.len() as u32;
        if let Some(list) = pick(&mut core.lists, at) {
            list.group = (list.group + 1) % groups;
        }
    }),
    ("an axon names another source", |image, at| {
        if let Some(axon) = pick(&mut core(image, at).axons, at) {
            axon.source.0 ^= 1;
        }
    }),
    ("a route is missing", |image, at| {
        if let Some(routes) = input_routes(image, at) {
            routes.pop();
        }
    }),
    ("a route is there twice", |image, at| {
        if let Some(routes) = input_routes(image, at) {
            routes.extend(routes.last().copied());
        }
    }),
    ("a route leads elsewhere", |image, at| {
        let axons: Vec<u32> = image.cores.iter().map(|core| core.axons.len() as u32).collect();
        let core = core(image, at);
        if let Some(route) = pick(&mut core.routes, at) {
            let axon = (route.axon + 1) % axons[route.core as usize];
            *route = Route { axon, ..*route };
        }
    }),
    ("a route carries another port", |image, at| {
        if let Some(route) = pick(&mut core(image, at).routes, at) {
            route.ports ^= 2;
        }
    }),
    ("output axons belong to another compartment", |image, at| {
        let core = core(image, at);
        let inner = core.route_starts.len().saturating_sub(2);
        if inner > 0 {
            let moved = 1 + at.index(inner);
            let end = core.route_starts[moved + 1];
            core.route_starts[moved] = if core.route_starts[moved] == end { end.saturating_sub(1) } else { end };
        }
    }),
    ("two neurons are exchanged", |image, at| {
        let cores = image.cores.len();
        let other = at.index(cores);
        // Two neurons with the same targets may be alike altogether.
        if image.cores[0].routes_of(0) == image.cores[other].routes_of(0) {
            return;
        }
        let (a, b) = (image.cores[0].compartments[0].neuron, image.cores[other].compartments[0].neuron);
        image.cores[0].compartments[0].neuron = b;
        image.cores[other].compartments[0].neuron = a;
    }),
    ("a neuron is missing", |image, at| {
        core(image, at).compartments.pop();
    }),
    ("a profile", |image, at| {
        if let Some(profile) = pick(&mut core(image, at).neuron_profiles, at) {
            profile.threshold_mantissa ^= 1;
        }
    }),
    ("a bias", |image, at| {
        if let Some(fixed) = pick(&mut core(image, at).compartments, at).and_then(|own| own.fixed.as_mut()) {
            fixed.bias_mantissa += 1;
        }
    }),
    ("a format", |image, at| {
        if let Some(format) = pick(&mut core(image, at).formats, at) {
            format.weight_exponent ^= 1;
        }
    }),
    ("a rule", |image, at| {
        if let Some(rule) = pick(&mut core(image, at).rules, at) {
            rule.epoch_steps += 1;
        }
    }),
    ("a group learns or does not", |image, at| {
        let core = core(image, at);
        let has_rules = !core.rules.is_empty();
        if let Some(group) = pick(&mut core.groups, at) {
            group.rule = if group.rule.is_none() && has_rules { Some(0) } else { None };
        }
    }),
    ("a name", |image, at| {
        if let Some(population) = pick(&mut image.symbols.populations, at) {
            population.name.push('x');
        }
    }),
    ("a tile is off the mesh", |image, at| core(image, at).tile.x += 8),
    ("a tile has too many cores", |image, at| {
        if image.cores.len() < 2 {
            return;
        }
        let tile = image.cores[at.index(image.cores.len())].tile;
        image.cores.iter_mut().for_each(|core| core.tile = tile);
        image.chip.mesh.cores_per_tile = image.cores.len() as u32 - 1;
        image.header.chip_fingerprint = image.chip.fingerprint();
    }),
];

fn core(image: &mut ChipImage, at: Index) -> &mut caudate_core::image::CoreImage {
    let cores = image.cores.len();
    &mut image.cores[at.index(cores)]
}

fn pick<T>(things: &mut [T], at: Index) -> Option<&mut T> {
    if things.is_empty() { None } else { Some(at.get_mut(things)) }
}

/// The routes of an input that has some.
fn input_routes(image: &mut ChipImage, at: Index) -> Option<&mut Vec<Route>> {
    let mut heard: Vec<&mut Vec<Route>> = image.input_routes.iter_mut().filter(|routes| !routes.is_empty()).collect();
    if heard.is_empty() { None } else { Some(heard.swap_remove(at.index(heard.len()))) }
}

fn spoil_list(image: &mut ChipImage, at: Index, spoil: impl FnOnce(&mut Vec<Synapse>)) {
    let core = at.index(image.cores.len());
    edit_lists(image, core, |lists| {
        if let Some(list) = pick(lists, at) {
            spoil(list);
        }
    });
}

fn spoil_synapse(image: &mut ChipImage, at: Index, spoil: impl FnOnce(&mut Synapse)) {
    spoil_list(image, at, |list| spoil(at.get_mut(list)));
}

/// The limit of a resource in a chip's file.
fn limit_of(chip: &mut caudate_core::chip::ChipDescription, resource: Resource) -> &mut Limit {
    let core = &mut chip.core;
    match resource {
        Resource::Compartments => &mut core.compartments,
        Resource::SynapticMemory => &mut core.synaptic_memory_bytes,
        Resource::InputAxons => &mut core.input_axons,
        Resource::OutputAxons => &mut core.output_axons,
        Resource::NeuronProfiles => &mut core.neuron_profiles,
        Resource::SynapseFormats => &mut core.synapse_formats,
        Resource::LearningRules => &mut core.learning_rules,
        Resource::TraceMemory => &mut core.trace_memory_bytes,
        Resource::ProgramWords => &mut core.program_words,
        Resource::NeuronMemory => &mut core.neuron_memory_bytes,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_defect_of_each_kind_is_found_wherever_it_is(network in any_network(), cap in 2_u32..8, at in any::<Index>()) {
        let options = CompileOptions { max_neurons_per_core: Some(cap), ..CompileOptions::default() };
        let sound = compile(&network, &chip("loihi1"), &options).unwrap().image;
        for (what, plant) in KINDS {
            let mut image = sound.clone();
            plant(&mut image, at);
            if image != sound {
                prop_assert!(check(&image, &network).is_err(), "not found: {what}");
            }
        }
    }

    #[test]
    fn a_core_beyond_any_limit_is_found(network in any_network(), cap in 2_u32..8) {
        let options = CompileOptions { max_neurons_per_core: Some(cap), ..CompileOptions::default() };
        let compiled = compile(&network, &chip("loihi1"), &options).unwrap();
        for own in &compiled.report.resources {
            if own.largest == 0 {
                continue;
            }
            let mut image = compiled.image.clone();
            *limit_of(&mut image.chip, own.resource) = Limit::AtMost(own.largest - 1);
            image.header.chip_fingerprint = image.chip.fingerprint();
            prop_assert!(!Limits::of(&image.chip).of_resource(own.resource).admits(own.largest));
            prop_assert!(check(&image, &network).is_err(), "not found: {:?}", own.resource);
            *limit_of(&mut image.chip, own.resource) = Limit::AtMost(own.largest);
            image.header.chip_fingerprint = image.chip.fingerprint();
            prop_assert!(check(&image, &network).is_ok(), "found where there is none: {:?}", own.resource);
        }
    }
}

/// A guard on the test above: each kind finds something to spoil.
#[test]
fn every_kind_of_defect_can_be_planted() {
    let network = super::defects::network();
    let sound = super::defects::image(&network);
    for (what, plant) in KINDS {
        let planted = (0..8_usize).any(|seed| {
            let mut image = sound.clone();
            plant(&mut image, index(seed));
            image != sound
        });
        assert!(planted, "{what}");
    }
}

/// An index that picks about an eighth of the way further for each number.
fn index(number: usize) -> Index {
    use proptest::arbitrary::Arbitrary;
    use proptest::strategy::{Strategy, ValueTree};
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut tree = Index::arbitrary().new_tree(&mut runner).unwrap();
    for _ in 0..number {
        tree = Index::arbitrary().new_tree(&mut runner).unwrap();
    }
    tree.current()
}
