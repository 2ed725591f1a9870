//! Relays change where a neuron's input is added up, and nothing else.

use crate::networks::{compile_unlimited, fixed_network, random_stimulus, run};
use caudate_core::chip::{ChipDescription, Limit};
use caudate_core::id::NeuronId;
use caudate_mapper::network::{Connect, LifParameters, Network, Population, Projection, Threshold};
use caudate_mapper::relay::with_relays;
use caudate_mapper::{CompileOptions, Parameter, compile};
use proptest::prelude::*;

/// The chip `loihi2` with so few input axons per core.
fn few_axons(axons: u64) -> ChipDescription {
    let mut chip = ChipDescription::built_in("loihi2").unwrap();
    chip.core.input_axons = Limit::AtMost(axons);
    chip.semantics = ChipDescription::built_in("unlimited").unwrap().semantics;
    chip
}

/// Runs a network as it is and with relays, and compares everything that the user's populations did. Returns the relays and the spikes.
fn compare(network: &Network, chip: &ChipDescription, seed: u64) -> (usize, usize) {
    let options = CompileOptions { seed, ..CompileOptions::default() };
    let relayed = with_relays(network, chip, &options).unwrap();
    let plain = compile_unlimited(network, &options);
    let helped = compile_unlimited(&relayed.network, &options);
    let ids: u32 = network.populations.iter().map(|own| own.size).sum();
    let stimulus = random_stimulus(&plain, seed);
    let (expected, mut found) = (run(&plain, stimulus.clone(), 1), run(&helped, stimulus, 1));
    found.spikes.retain(|(_, neuron)| *neuron < NeuronId(ids));
    assert_eq!(expected.spikes, found.spikes);
    found.states.truncate(expected.states.len());
    assert_eq!(expected.states, found.states);
    let is_plastic = |index: &usize| network.projections[*index].rule.is_some();
    for index in (0..network.projections.len()).filter(is_plastic) {
        assert_eq!(expected.weights[index], found.weights[index]);
    }
    (relayed.relays, expected.spikes.len())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn relays_change_no_spike_state_or_weight(seed in any::<u64>(), axons in 4_u64..10) {
        compare(&fixed_network(seed), &few_axons(axons), seed);
    }
}

/// 80 inputs and 12 neurons, all to all, with delays of two steps and more.
fn wide_open() -> Network {
    let mut network = Network::new("wide open");
    network.add_population(Population::input("in", 80));
    let lif = LifParameters { threshold: Threshold::Mantissa(300.0.into()), ..LifParameters::default() };
    network.add_population(Population::lif("exc", 12, lif));
    for (pre, low, high) in [("in", -60.0, 120.0), ("exc", -90.0, 60.0)] {
        network.add_projection(Projection {
            weight_exponent: Some(0),
            delay_steps: Parameter::Uniform { low: 2.0, high: 6.0, levels: None },
            ..Projection::new(
                pre,
                "exc",
                Connect::AllToAll { self_connections: true },
                Parameter::Uniform { low, high, levels: None },
            )
        });
    }
    network
}

#[test]
fn a_neuron_that_no_core_takes_fits_with_relays() {
    let (network, chip) = (wide_open(), few_axons(24));
    let refusal = compile(&network, &chip, &CompileOptions::default()).unwrap_err().to_string();
    assert!(refusal.contains("E-FIT-INAXONS") && refusal.contains("--relays"), "{refusal}");
    let compiled = compile(&network, &chip, &CompileOptions { relays: true, ..CompileOptions::default() }).unwrap();
    // 92 sources for each of 12 neurons take four relays of 24 or fewer.
    let relays = compiled.report.populations.iter().find(|own| own.name == "exc-relays").unwrap();
    assert_eq!(relays.size, 48);
    assert!(
        compiled
            .report
            .warnings
            .iter()
            .any(|warning| warning.contains("12 neurons exceed a core alone and have 48 relays"))
    );
    let (relays, spikes) = compare(&network, &chip, 5);
    assert!(relays == 48 && spikes > 50, "{relays} relays, {spikes} spikes");
}

#[test]
fn what_a_relay_would_change_stays() {
    let mut network = wide_open();
    // Delays of one step leave no time for a relay.
    network.projections[0].delay_steps = Parameter::Constant(1.0);
    network.projections[1].delay_steps = Parameter::Constant(1.0);
    let options = CompileOptions { relays: true, ..CompileOptions::default() };
    assert_eq!(with_relays(&network, &few_axons(24), &options).unwrap().relays, 0);
    let refusal = compile(&network, &few_axons(24), &options).unwrap_err().to_string();
    assert!(refusal.contains("E-FIT-INAXONS"), "{refusal}");
}
