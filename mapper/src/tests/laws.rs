use super::{any_network, any_programmed_network, chip, lif, synapses};
use crate::check::{check, check_image};
use crate::network::{Connect, Network, Population, Projection};
use crate::parameter::Parameter;
use crate::{CompileOptions, Error, compile};
use caudate_core::image::ChipImage;
use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn equal_networks_give_equal_bytes_and_images_pass_the_check(network in any_network(), seed in any::<u64>(), on in 0_usize..3) {
        let chip = chip(["tiny", "loihi1", "unlimited"][on]);
        let options = CompileOptions { seed, ..CompileOptions::default() };
        match compile(&network, &chip, &options) {
            Ok(compiled) => {
                let bytes = compiled.image.to_bytes().unwrap();
                let again = compile(&network, &chip, &options).unwrap();
                prop_assert_eq!(&bytes, &again.image.to_bytes().unwrap());
                prop_assert_eq!(&compiled.report, &again.report);
                let read = ChipImage::from_bytes(&bytes).unwrap();
                prop_assert_eq!(&read, &compiled.image);
                prop_assert!(check(&read, &network).is_ok());
                prop_assert!(check_image(&read).is_ok());
            }
            // A tiny chip is often too small; nothing else may be.
            Err(Error::DoesNotFit(_)) if chip.name == "tiny" => {}
            Err(error) => prop_assert!(false, "{}: {error}", chip.name),
        }
    }

    #[test]
    fn no_synapse_depends_on_partition_or_placement(network in any_network(), cap in 1_u32..12, placement_seed in any::<u64>()) {
        let chip = chip("loihi1");
        let plain = compile(&network, &chip, &CompileOptions::default()).unwrap();
        let options = CompileOptions { max_neurons_per_core: Some(cap), placer: "shuffled".to_owned(), placement_seed, ..CompileOptions::default() };
        let other = compile(&network, &chip, &options).unwrap();
        prop_assert!(other.image.cores.iter().all(|core| core.compartments.len() <= cap as usize));
        prop_assert_eq!(synapses(&plain.image), synapses(&other.image));
        prop_assert_eq!(plain.image.symbols, other.image.symbols);
    }

    #[test]
    fn cells_are_whole_and_images_of_programs_pass_the_check(network in any_programmed_network(), cap in 8_u32..20, on in 0_usize..2) {
        let chip = chip(["loihi2", "unlimited"][on]);
        let compiled = compile(&network, &chip, &CompileOptions { max_neurons_per_core: Some(cap), ..CompileOptions::default() }).unwrap();
        let image = ChipImage::from_bytes(&compiled.image.to_bytes().unwrap()).unwrap();
        prop_assert_eq!(&image, &compiled.image);
        prop_assert!(check(&image, &network).is_ok());
        let core_of = |id: u32| {
            let is_there = |core: &&caudate_core::image::CoreImage| core.compartments.iter().any(|own| own.neuron.0 == id);
            image.cores.iter().find(is_there).map(|core| core.tile)
        };
        let first = |name: &str| image.symbols.population(name).unwrap().first.0;
        for population in &network.populations {
            let Some(parent) = population.own_program().and_then(|own| own.parent.as_ref()) else { continue };
            for member in 0..population.size {
                prop_assert_eq!(core_of(first(&population.name) + member), core_of(first(parent) + member));
            }
        }
        let plain = compile(&network, &chip, &CompileOptions::default()).unwrap();
        prop_assert_eq!(synapses(&plain.image), synapses(&image));
    }
}

#[test]
fn another_seed_draws_other_connections() {
    let mut network = Network::new("seeds");
    network.add_population(lif("exc", 50));
    let connect = Connect::FixedProbability { probability: 0.2, self_connections: false };
    network.add_projection(Projection::new(
        "exc",
        "exc",
        connect,
        Parameter::Normal { mean: 20.0, sd: 4.0, low: 1.0, high: 60.0, levels: None },
    ));
    let image =
        |seed| compile(&network, &chip("loihi1"), &CompileOptions { seed, ..CompileOptions::default() }).unwrap().image;
    assert_ne!(synapses(&image(1)), synapses(&image(2)));
}

#[test]
fn output_axons_are_spread_until_they_fit() {
    // Eight sources fit a core, but with three destinations each only five have room for their output axons.
    let mut network = Network::new("fan-out");
    network.add_population(lif("source", 16));
    network.add_population(lif("sink", 24));
    let (pre, post) = (0..16).flat_map(|source| [0, 8, 16].map(|sink| (source, sink))).unzip();
    network.add_projection(Projection::new("source", "sink", Connect::List { pre, post }, 4.0));
    let mut chip = chip("tiny");
    chip.mesh.tiles_x = caudate_core::chip::Limit::AtMost(4);
    let in_order = CompileOptions { partitioner: "fill-in-order".to_owned(), ..CompileOptions::default() };
    let compiled = compile(&network, &chip, &in_order).unwrap();
    assert!(compiled.image.cores.iter().all(|core| core.routes.len() <= 16));
    assert!(compiled.image.cores.len() > 5);
    // Sources of the same sinks share cores with them, and five cores are enough.
    assert_eq!(compile(&network, &chip, &CompileOptions::default()).unwrap().image.cores.len(), 5);
}

#[test]
fn a_cap_on_neurons_per_core_is_kept() {
    let mut network = Network::new("cap");
    network.add_population(Population { max_neurons_per_core: Some(3), ..lif("few", 7) });
    network.add_population(lif("many", 5));
    let compiled = compile(&network, &chip("loihi1"), &CompileOptions::default()).unwrap();
    let sizes: Vec<usize> = compiled.image.cores.iter().map(|core| core.compartments.len()).collect();
    assert_eq!(sizes, [3, 3, 6]);
}

#[test]
fn the_report_tells_where_everything_is() {
    let mut network = Network::new("report");
    network.add_population(Population::input("in", 2));
    network.add_population(lif("exc", 12));
    network.add_projection(Projection::new("in", "exc", Connect::AllToAll { self_connections: true }, 3.5));
    let report = compile(&network, &chip("tiny"), &CompileOptions::default()).unwrap().report;
    let runs: Vec<_> = report.populations[1]
        .runs
        .iter()
        .map(|run| (run.first_neuron, run.neurons, run.core, run.first_compartment))
        .collect();
    assert_eq!(runs, [(0, 8, 0, 0), (8, 4, 1, 0)]);
    assert_eq!(
        (report.totals.neurons, report.totals.synapses, report.totals.cores, report.totals.routes),
        (12, 24, 2, 4)
    );
    let table = report.to_string();
    for part in ["12 neurons, 2 inputs, 24 synapses on 2 of 4 cores", "compartments", "weight_exponent", "in->exc"] {
        assert!(table.contains(part), "{part} is not in\n{table}");
    }
    let json = serde_json::to_string(&report).unwrap();
    assert_eq!(serde_json::from_str::<crate::MappingReport>(&json).unwrap(), report);
}

#[test]
fn unknown_partitioners_and_placers_are_refused_with_those_that_exist() {
    let mut network = Network::new("names");
    network.add_population(lif("exc", 1));
    let options = CompileOptions {
        partitioner: "fill-in-ordr".to_owned(),
        placer: "spiral".to_owned(),
        ..CompileOptions::default()
    };
    let shown = compile(&network, &chip("tiny"), &options).unwrap_err().to_string();
    assert!(
        shown.contains("did you mean 'fill-in-order'?") && shown.contains("exchange, row-by-row, shuffled"),
        "{shown}"
    );
}
