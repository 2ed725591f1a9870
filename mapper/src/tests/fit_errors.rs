//! Each limit has its error: code, culprit, number, limit, way out.

use super::{chip, lif, stdp};
use crate::network::{Connect, LifParameters, Network, Population, Projection, RuleSpec, Threshold};
use crate::parameter::Parameter;
use crate::{CompileOptions, Error, compile};
use caudate_core::chip::{ChipDescription, Limit};
use caudate_core::synapse::SignMode;

const ALL: Connect = Connect::AllToAll { self_connections: true };

fn refusal(network: &Network, chip: &ChipDescription, options: &CompileOptions) -> String {
    let Err(error) = compile(network, chip, options) else { panic!("it fits") };
    assert!(matches!(error, Error::DoesNotFit(_)), "{error}");
    assert!(error.diagnostics().iter().all(|diagnostic| diagnostic.place.is_some() && diagnostic.help.is_some()));
    error.to_string()
}

fn on_tiny(network: &Network) -> String {
    refusal(network, &chip("tiny"), &CompileOptions::default())
}

#[track_caller]
fn expect(shown: &str, parts: &[&str]) {
    for part in parts {
        assert!(shown.contains(part), "{part:?} is not in\n{shown}");
    }
}

fn fed(inputs: u32, neurons: u32) -> Network {
    let mut network = Network::new("full");
    network.add_population(Population::input("in", inputs));
    network.add_population(lif("exc", neurons));
    network
}

#[test]
fn compartments() {
    let shown = on_tiny(&fed(1, 40));
    expect(
        &shown,
        &[
            "E-FIT-COMPARTMENTS",
            "at least 5 cores",
            "has 4",
            "no core is left for population 'exc' (neurons 32..=39)",
            "8 compartments per core (4 times)",
            "remove 8 of the 40 neurons",
        ],
    );
}

#[test]
fn synaptic_memory_of_one_neuron_and_of_all() {
    // 200 synapses of one source: far beyond 256 bytes in a single neuron.
    let mut network = fed(16, 2);
    let list =
        |count: u32| Connect::List { pre: (0..count).map(|at| at % 16).collect(), post: vec![0; count as usize] };
    network.add_projection(Projection::new("in", "exc", list(200), 3.0));
    let shown = on_tiny(&network);
    expect(&shown, &["E-FIT-SYNMEM", "population 'exc' (neuron 0)", "limit 256", "lower its in-degree from 200"]);

    // 16 sources to 32 neurons: every neuron fits, all together do not.
    let mut network = fed(16, 32);
    network
        .add_projection(Projection { delay_steps: Parameter::Constant(8.0), ..Projection::new("in", "exc", ALL, 3.0) });
    let shown = on_tiny(&network);
    expect(&shown, &["E-FIT-SYNMEM", "256 B of synaptic memory per core (5 times)", "lower weight_bits to 2"]);
    network.projections[0].weight_bits = 2;
    assert!(compile(&network, &chip("tiny"), &CompileOptions::default()).is_ok());
}

#[test]
fn input_axons() {
    let mut network = fed(20, 1);
    network.add_projection(Projection::new("in", "exc", ALL, 3.0));
    expect(
        &on_tiny(&network),
        &[
            "E-FIT-INAXONS",
            "needs 20 input axons for neuron 0 alone on core 0; limit 16",
            "at most 16 different sources",
        ],
    );

    // Cores taken by neurons that fit nowhere are not counted against the chip.
    let mut network = fed(20, 6);
    network.add_projection(Projection::new("in", "exc", ALL, 3.0));
    assert!(!on_tiny(&network).contains("finds no core"));

    // Five neurons of 10 own sources each: one per core.
    let mut network = fed(50, 5);
    let (pre, post) = (0..50).map(|source| (source, source / 10)).unzip();
    network.add_projection(Projection::new("in", "exc", Connect::List { pre, post }, 3.0));
    expect(
        &on_tiny(&network),
        &[
            "E-FIT-INAXONS",
            "needs at least 5 cores",
            "16 input axons per core (4 times)",
            "the chip could hold the 50 (source, core) pairs",
        ],
    );
}

#[test]
fn output_axons() {
    let mut network = Network::new("full");
    network.add_population(lif("source", 16));
    network.add_population(Population { max_neurons_per_core: Some(3), ..lif("sink", 6) });
    // Each source reaches its own population on core 0 and both cores of the sinks: three output axons.
    let (pre, post): (Vec<u32>, Vec<u32>) = (0..16).flat_map(|source| [(source, 0), (source, 5)]).unzip();
    network.add_projection(Projection::new("source", "sink", Connect::List { pre, post }, 4.0));
    network.add_projection(Projection::new(
        "source",
        "source",
        Connect::List { pre: (0..16).collect(), post: vec![0; 16] },
        4.0,
    ));
    // Search finds what filling in order does not.
    assert!(compile(&network, &chip("tiny"), &CompileOptions::default()).is_ok());
    let in_order = CompileOptions { partitioner: "fill-in-order".to_owned(), ..CompileOptions::default() };
    expect(
        &refusal(&network, &chip("tiny"), &in_order),
        &["E-FIT-OUTAXONS", "needs at least 5 cores", "16 output axons per core (3 times)", "(source, core) pairs"],
    );

    let mut chip = chip("unlimited");
    chip.core.output_axons = Limit::AtMost(2);
    let mut network = Network::new("one");
    network.add_population(Population { max_neurons_per_core: Some(1), ..lif("exc", 4) });
    network.add_projection(Projection::new("exc", "exc", Connect::List { pre: vec![1; 3], post: vec![0, 2, 3] }, 1.0));
    let shown = refusal(&network, &chip, &CompileOptions::default());
    expect(&shown, &["E-FIT-OUTAXONS", "neuron 1", "needs 3 output axons", "limit 2"]);
}

#[test]
fn neuron_profiles() {
    let mut network = Network::new("full");
    let threshold = Threshold::Mantissa(Parameter::Array((0..10).map(f64::from).collect()));
    network.add_population(Population::lif("exc", 10, LifParameters { threshold, ..LifParameters::default() }));
    expect(
        &on_tiny(&network),
        &[
            "E-FIT-PROFILES",
            "2 neuron profiles per core (4 times)",
            "10 distinct neuron profiles",
            "levels = 2 or fewer",
        ],
    );
}

#[test]
fn formats_rules_and_traces() {
    let mut network = fed(2, 1);
    for (index, bits) in [1, 2, 4].into_iter().enumerate() {
        network.add_projection(Projection {
            name: format!("j{index}"),
            weight_bits: bits,
            ..Projection::new("in", "exc", ALL, 64.0)
        });
    }
    expect(&on_tiny(&network), &["E-FIT-FORMATS", "needs 3 synapse formats", "limit 2"]);

    let mut network = fed(2, 1);
    for name in ["a", "b"] {
        network.add_rule(stdp(name));
        network.add_projection(Projection {
            name: name.to_owned(),
            rule: Some(name.to_owned()),
            ..Projection::new("in", "exc", ALL, 64.0)
        });
    }
    expect(&on_tiny(&network), &["E-FIT-RULES", "needs 2 learning rules", "limit 1"]);

    let mut chip = chip("tiny");
    chip.core.trace_memory_bytes = Limit::AtMost(10);
    let mut network = fed(4, 1);
    network.add_rule(RuleSpec { dt: None, ..stdp("a") });
    network.add_projection(Projection { rule: Some("a".to_owned()), ..Projection::new("in", "exc", ALL, 64.0) });
    expect(
        &refusal(&network, &chip, &CompileOptions::default()),
        &["E-FIT-TRACES", "needs 11 B of trace memory", "limit 10"],
    );
}

#[test]
fn delays_weights_and_weight_bits_come_at_once() {
    let mut network = fed(2, 2);
    let delayed = Projection { delay_steps: Parameter::Constant(9.0), ..Projection::new("in", "exc", ALL, 1.0) };
    network.add_projection(Projection { name: "delayed".to_owned(), ..delayed });
    let heavy = Projection {
        weight_exponent: Some(0),
        sign: SignMode::Excitatory,
        ..Projection::new("in", "exc", ALL, vec![1.0, 300.0, 400.0, 2.0])
    };
    network.add_projection(Projection { name: "heavy".to_owned(), ..heavy });
    network.add_projection(Projection {
        name: "narrow".to_owned(),
        weight_bits: 3,
        ..Projection::new("in", "exc", ALL, 64.0)
    });
    network.add_projection(Projection {
        name: "sign".to_owned(),
        sign: SignMode::Inhibitory,
        ..Projection::new("in", "exc", ALL, 64.0)
    });
    network.add_projection(Projection { name: "huge".to_owned(), ..Projection::new("in", "exc", ALL, 70_000.0) });
    let shown = on_tiny(&network);
    expect(
        &shown,
        &[
            "E-FIT-DELAY",
            "delay_steps 9 is stored as 8; chip 'tiny' stores at most 7",
            "use at most 8 steps",
            "projection 'delayed', delay_steps",
        ],
    );
    expect(
        &shown,
        &[
            "E-FIT-WEIGHT]",
            "weight 300 of synapse 1 (in[0] -> exc[1]), and 1 more, up to 400, is outside 0..=255",
            "divide the weights by 2 and set weight_exponent = 1",
        ],
    );
    expect(&shown, &["E-FIT-WEIGHT-BITS", "3 weight bits; chip 'tiny' stores 1, 2, 4, 8", "use weight_bits = 4"]);
    expect(
        &shown,
        &[
            "weight 64 is outside -32640..=0",
            "use sign = \"mixed\"",
            "weight 70000 is outside",
            "divide weights and threshold by 3",
        ],
    );
}

#[test]
fn different_limits_of_one_network_come_at_once() {
    let mut network = fed(20, 40);
    network.add_projection(Projection {
        delay_steps: Parameter::Constant(99.0),
        ..Projection::new("in", "exc", Connect::List { pre: (0..20).collect(), post: vec![0; 20] }, 1.0)
    });
    let shown = on_tiny(&network);
    expect(&shown, &["E-FIT-DELAY", "E-FIT-INAXONS", "E-FIT-COMPARTMENTS"]);
}

#[test]
fn caps_that_need_too_many_cores() {
    let options = CompileOptions { max_neurons_per_core: Some(2), ..CompileOptions::default() };
    expect(
        &refusal(&fed(1, 12), &chip("tiny"), &options),
        &["E-FIT-CORES", "raise max_neurons_per_core to at least 3"],
    );
}

#[test]
fn headroom_counts() {
    let mut roomy = chip("tiny");
    roomy.headroom_percent = 50;
    expect(
        &refusal(&fed(1, 32), &roomy, &CompileOptions::default()),
        &["E-FIT-COMPARTMENTS", "4 compartments per core", "headroom of 50 %"],
    );
    assert!(compile(&fed(1, 16), &roomy, &CompileOptions::default()).is_ok());
}
