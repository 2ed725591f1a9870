//! The search under the limits of a chip: whatever it finds is the same network on other cores.

use super::{any_network, any_programmed_network, chip, lif, synapses};
use crate::multilevel::{Effort, FILL_IN_ORDER, Objective, PARTITIONERS};
use crate::network::{Connect, Network, Population, Projection};
use crate::partition::Division;
use crate::rates::Rates;
use crate::{CompileOptions, Error, compile};
use proptest::prelude::*;

fn options(partitioner: &str) -> CompileOptions {
    CompileOptions { partitioner: partitioner.to_owned(), ..CompileOptions::default() }
}

/// Two groups of 40 neurons that take turns in the order of the network; each is connected all to all, and hears an input of its own.
fn taking_turns() -> Network {
    let mut network = Network::new("turns");
    network.add_population(Population::input("in", 2));
    network.add_population(lif("exc", 80));
    let pairs = (0..80).flat_map(|pre| (0..80).filter(move |post| pre % 2 == post % 2).map(move |post| (pre, post)));
    let (pre, post) = pairs.unzip();
    network.add_projection(Projection::new("exc", "exc", Connect::List { pre, post }, 3.0));
    let (pre, post) = (0..80).map(|post| (post % 2, post)).unzip();
    network.add_projection(Projection::new("in", "exc", Connect::List { pre, post }, 3.0));
    network
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn every_partitioner_maps_the_same_network(network in any_network(), which in 0..PARTITIONERS.len(), cap in 2_u32..12, seed in any::<u64>()) {
        let chip = chip("loihi1");
        let plain = compile(&network, &chip, &options(FILL_IN_ORDER)).unwrap();
        let objective = Objective::NAMES[seed as usize % 3].1;
        let options = CompileOptions {
            max_neurons_per_core: Some(cap),
            placement_seed: seed,
            objective,
            ..options(PARTITIONERS[which].name)
        };
        let one = compile(&network, &chip, &options).unwrap();
        prop_assert!(one.image.cores.iter().all(|core| core.compartments.len() <= cap as usize));
        prop_assert_eq!(synapses(&plain.image), synapses(&one.image));
        let two = compile(&network, &chip, &CompileOptions { threads: 2, ..options }).unwrap();
        prop_assert_eq!(&one.image, &two.image);
        prop_assert_eq!(&one.report, &two.report);
        let traffic = &one.report.traffic;
        prop_assert!((traffic.total - (one.report.totals.routes_between_cores as f64)).abs() < 1e-6);
        prop_assert!(traffic.total >= traffic.total_at_least - 1e-9);
        prop_assert!(one.report.totals.cores >= traffic.cores_at_least);
    }

    #[test]
    fn limits_that_the_search_does_not_know_are_kept(network in any_programmed_network(), seed in any::<u64>()) {
        // A tiny chip with many cores: program words, neuron memory, profiles, formats and traces all bind.
        let mut chip = chip("tiny");
        chip.mesh.tiles_x = caudate_core::chip::Limit::AtMost(64);
        let options = CompileOptions { seed, placement_seed: seed, ..CompileOptions::default() };
        match (compile(&network, &chip, &options), compile(&network, &chip, &CompileOptions { partitioner: FILL_IN_ORDER.to_owned(), ..options.clone() })) {
            // The image has passed the check.
            (Ok(found), Ok(in_order)) => {
                prop_assert_eq!(synapses(&found.image), synapses(&in_order.image));
                let worth = |own: &crate::Compilation| {
                    options.objective.cost(own.report.totals.cores as u32, own.report.traffic.total)
                };
                prop_assert!(worth(&found) <= worth(&in_order) + 1e-6);
            }
            (Ok(_), Err(Error::DoesNotFit(_))) | (Err(Error::DoesNotFit(_)), Err(Error::DoesNotFit(_))) => {}
            (found, in_order) => prop_assert!(false, "{:?} {:?}", found.err(), in_order.err()),
        }
    }
}

#[test]
fn neurons_that_talk_to_each_other_share_a_core() {
    let mut network = taking_turns();
    network.populations[1].max_neurons_per_core = Some(40);
    let chip = chip("loihi1");
    let in_order = compile(&network, &chip, &options(FILL_IN_ORDER)).unwrap().report;
    let found = compile(&network, &chip, &CompileOptions::default()).unwrap().report;
    assert_eq!((in_order.totals.cores, in_order.traffic.between_cores, in_order.traffic.total), (2, 80.0, 84.0));
    assert_eq!((found.totals.cores, found.traffic.between_cores, found.traffic.total), (2, 0.0, 2.0));
    assert_eq!(found.traffic.total_at_least, 2.0);
}

#[test]
fn rates_decide_which_neurons_share_a_core() {
    // Neuron 2 hears 0 and 1, and has room beside one of them.
    let mut network = Network::new("rates");
    network.add_population(Population { max_neurons_per_core: Some(1), ..lif("a", 1) });
    network.add_population(Population { max_neurons_per_core: Some(1), ..lif("b", 1) });
    network.add_population(lif("c", 1));
    for source in ["a", "b"] {
        network.add_projection(Projection::new(source, "c", Connect::OneToOne, 3.0));
    }
    for (a, b, with) in [(0.5, 0.1, "a"), (0.1, 0.5, "b")] {
        let rates = [("a", a), ("b", b), ("c", 0.0)].map(|(name, rate)| (name.to_owned(), vec![rate]));
        let options = CompileOptions {
            max_neurons_per_core: Some(2),
            effort: Effort::Default,
            rates: Some(Rates::new(rates.into_iter().collect())),
            ..CompileOptions::default()
        };
        let report = compile(&network, &chip("loihi1"), &options).unwrap().report;
        let core = |name: &str| report.populations.iter().find(|own| own.name == name).unwrap().runs[0].core;
        assert_eq!(core("c"), core(with));
        assert!(report.traffic.is_recorded);
        assert!((report.traffic.total - 0.1).abs() < 1e-12, "{}", report.traffic.total);
    }
}

#[test]
fn list_headers_that_the_search_underestimates_cost_a_core_and_no_limit() {
    // 600 neurons with lists of their own, shuffled among two groups: memory binds, and headers are most of it.
    let mut network = Network::new("headers");
    network.add_population(lif("exc", 600));
    let pairs =
        (0..600_u32).flat_map(|post| (1..=40).map(move |step| ((post + 2 * step * (post % 7 + 1)) % 600, post)));
    let (pre, post) = pairs.unzip();
    network.add_projection(Projection::new("exc", "exc", Connect::List { pre, post }, 3.0));
    let mut chip = chip("loihi1");
    chip.core.synaptic_memory_bytes = caudate_core::chip::Limit::AtMost(20_000);
    let in_order = compile(&network, &chip, &options(FILL_IN_ORDER)).unwrap().report;
    let found = compile(&network, &chip, &CompileOptions::default()).unwrap().report;
    assert!(found.totals.cores <= in_order.totals.cores, "{} {}", found.totals.cores, in_order.totals.cores);
    assert!(found.traffic.total < in_order.traffic.total);
}

#[test]
fn the_floorplan_shows_every_core_and_the_heaviest_link() {
    let network = taking_turns();
    let options = CompileOptions { max_neurons_per_core: Some(16), ..CompileOptions::default() };
    let compiled = compile(&network, &chip("loihi1"), &options).unwrap();
    let svg = compiled.report.floorplan(&compiled.image, &compiled.rates);
    for core in 0..compiled.image.cores.len() {
        assert!(svg.contains(&format!("<title>core {core}: ")), "{svg}");
    }
    let heaviest = compiled.report.traffic.links[0];
    assert!(svg.contains(&format!(
        "cores {} and {}: ",
        heaviest.from.min(heaviest.to),
        heaviest.from.max(heaviest.to)
    )));
    assert!(svg.contains("routes between two cores"));
}

#[test]
fn a_division_that_was_found_before_is_placed_again() {
    let network = taking_turns();
    let options = CompileOptions { max_neurons_per_core: Some(16), ..CompileOptions::default() };
    let first = compile(&network, &chip("loihi1"), &options).unwrap();
    let division = Some(Division::of(&first.image));
    let again =
        CompileOptions { division: division.clone(), placer: "shuffled".to_owned(), ..CompileOptions::default() };
    let again = compile(&network, &chip("loihi1"), &again).unwrap();
    assert_eq!(again.report.partitioner, "resumed");
    assert_eq!(again.report.traffic.total, first.report.traffic.total);
    let neurons = |image: &caudate_core::image::ChipImage| {
        let mut cores: Vec<Vec<u32>> =
            image.cores.iter().map(|core| core.compartments.iter().map(|own| own.neuron.0).collect()).collect();
        cores.sort_unstable();
        cores
    };
    assert_eq!(neurons(&again.image), neurons(&first.image));
    let mut other = Network::new("other");
    other.add_population(lif("exc", 3));
    let refusal = compile(&other, &chip("loihi1"), &CompileOptions { division, ..options }).unwrap_err().to_string();
    assert!(refusal.contains("E-MAP-RESUME") && refusal.contains("80 neurons among 82 members"), "{refusal}");
}
