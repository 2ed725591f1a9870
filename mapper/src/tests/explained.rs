//! Explanations count what really happens: a network read back fits as it did, and a move costs what its explanation says.

use super::{any_network, any_programmed_network, chip, lif};
use crate::explain::Explainer;
use crate::fit::Resource;
use crate::multilevel::FILL_IN_ORDER;
use crate::network::{Connect, Network, Projection};
use crate::report::traffic::Wires;
use crate::{CompileOptions, Error, compile};
use caudate_core::image::ChipImage;
use proptest::prelude::*;

/// Traffic and hops of an image whose sources spike once per step.
fn cost(image: &ChipImage) -> (f64, f64) {
    let ids = image.symbols.populations.iter().map(|own| own.size as usize).sum();
    let wires = Wires::of(image, &vec![1.0; ids]);
    let hops =
        wires.links.iter().map(|((from, to), rate)| rate * f64::from(Wires::hops(image, *from, *to))).sum::<f64>();
    (wires.links.values().sum::<f64>() + wires.from_inputs.iter().sum::<f64>(), hops)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_network_read_back_takes_the_room_that_it_took(network in any_programmed_network(), cap in 8_u32..20) {
        let options = CompileOptions { max_neurons_per_core: Some(cap), ..CompileOptions::default() };
        let compiled = compile(&network, &chip("loihi2"), &options).unwrap();
        let explainer = Explainer::new(&compiled.image, None).unwrap();
        for (core, usage) in compiled.report.cores.iter().zip(explainer.usage()) {
            for own in &core.usage {
                prop_assert_eq!(own.used, usage[own.resource], "{:?} of core {}", own.resource, core.core);
            }
        }
    }

    #[test]
    fn a_move_costs_what_its_explanation_says(network in any_network(), which in any::<prop::sample::Index>(), to in any::<prop::sample::Index>()) {
        // Two caps place the same neurons: the second partition is the first one but for what the test moves.
        let chip = chip("loihi1");
        let options = CompileOptions {
            max_neurons_per_core: Some(5),
            partitioner: FILL_IN_ORDER.to_owned(),
            placer: "row-by-row".to_owned(),
            ..CompileOptions::default()
        };
        let compiled = compile(&network, &chip, &options).unwrap();
        let neurons: Vec<(String, u32)> = network.populations[1..].iter().flat_map(|own| (0..own.size).map(|member| (own.name.clone(), member))).collect();
        let (population, member) = &neurons[which.index(neurons.len())];
        let explained = Explainer::new(&compiled.image, None).unwrap().neuron(population, *member).unwrap();
        let known: Vec<_> = explained.candidates.iter().filter(|own| own.tile.is_some()).collect();
        if known.is_empty() || compiled.image.cores[explained.core as usize].compartments.len() == 1 {
            return Ok(());
        }
        let candidate = known[to.index(known.len())];
        let mut cores: Vec<Vec<(String, u32)>> = vec![Vec::new(); compiled.image.cores.len()];
        for own in &compiled.report.populations {
            for run in &own.runs {
                cores[run.core as usize].extend((0..run.neurons).map(|next| (own.name.clone(), run.first_neuron + next)));
            }
        }
        for (core, neurons) in cores.iter_mut().enumerate() {
            neurons.retain(|own| own != &(population.clone(), *member));
            if core == candidate.core as usize {
                neurons.push((population.clone(), *member));
            }
        }
        let moved = super::remap(&network, &chip, &cores).unwrap();
        let ((traffic, hops), (traffic_then, hops_then)) = (cost(&compiled.image), cost(&moved.image));
        prop_assert!((traffic_then - traffic - candidate.traffic).abs() < 1e-9, "{} {} {:?}", traffic, traffic_then, candidate);
        prop_assert!((hops_then - hops - candidate.hops.unwrap()).abs() < 1e-9, "{} {} {:?}", hops, hops_then, candidate);
    }
}

#[test]
fn limits_that_a_move_would_break_are_named_with_their_numbers() {
    // Two cores of eight neurons on a tiny chip, full; neuron 0 hears the second core alone.
    let mut network = Network::new("full");
    network.add_population(lif("exc", 16));
    let (pre, post) = (8..16).map(|pre| (pre, 0)).unzip();
    network.add_projection(Projection::new("exc", "exc", Connect::List { pre, post }, 3.0));
    let options = CompileOptions { partitioner: FILL_IN_ORDER.to_owned(), ..CompileOptions::default() };
    let image = compile(&network, &chip("tiny"), &options).unwrap().image;
    let explainer = Explainer::new(&image, None).unwrap();
    let explained = explainer.neuron("exc", 0).unwrap();
    assert_eq!((explained.core, explained.sources, explained.sources_on_core, explained.sources_shared), (0, 8, 0, 0));
    let there = &explained.candidates[0];
    assert_eq!((there.core, there.traffic, there.sources_there), (1, -8.0, 0));
    let excess = there.breaks[0];
    assert_eq!((excess.core, excess.resource, excess.needed, excess.limit), (1, Resource::Compartments, 9, 8));
    assert_eq!(explained.why, "core 1 would save 8.000 and has no room: 9 compartments on core 1, limit 8");
    let text = explained.to_string();
    for part in ["exc:0 is compartment 0 of core 0, tile (0, 0)", "8 sources: 0 lie on core 0", "-8.000", "empty"] {
        assert!(text.contains(part), "{part} is not in\n{text}");
    }
    let core = explainer.core(0).unwrap();
    assert_eq!(
        (core.binding, core.partners[0].core, core.partners[0].received),
        (Some(Resource::Compartments), 1, 8.0)
    );
    let text = core.to_string();
    for part in ["core 0 is on tile", "closest to its limit", "every core in use is on this tile"] {
        assert!(text.contains(part) || text.contains("exchang"), "{part} is not in\n{text}");
    }
}

#[test]
fn what_is_not_there_is_refused_with_what_is() {
    let mut network = Network::new("small");
    network.add_population(crate::network::Population::input("in", 1));
    network.add_population(lif("exc", 2));
    let image = compile(&network, &chip("tiny"), &CompileOptions::default()).unwrap().image;
    let explainer = Explainer::new(&image, None).unwrap();
    let refusals = [
        (explainer.neuron("ecx", 0).map(|_| ()), "did you mean 'exc'?"),
        (explainer.neuron("exc", 2).map(|_| ()), "population 'exc' has no neuron 2; it has 2"),
        (explainer.neuron("in", 0).map(|_| ()), "population 'in' has inputs"),
        (explainer.core(1).map(|_| ()), "there is no core 1; the image has 1"),
    ];
    for (refusal, expected) in refusals {
        let Err(error @ Error::Invalid(_)) = refusal else { panic!("not refused") };
        assert!(error.to_string().contains(expected), "{error}");
    }
}
