//! What the user's numbers become.

use super::{chip, synapses};
use crate::network::{Bias, Connect, Decay, LifParameters, Network, Population, Projection, Threshold};
use crate::parameter::Parameter;
use crate::quantise::Quantisation;
use crate::{Compilation, CompileOptions, compile};
use caudate_core::semantics::Semantics;
use caudate_core::synapse::SignMode;
use proptest::prelude::*;

fn one_projection(projection: Projection) -> Network {
    let mut network = Network::new("q");
    network.add_population(Population::input("in", 4));
    network.add_population(Population::lif("exc", 4, LifParameters::default()));
    network.add_projection(projection);
    network
}

fn compiled(network: &Network) -> Compilation {
    compile(network, &chip("loihi1"), &CompileOptions::default()).unwrap()
}

fn weight_entry(compilation: &Compilation) -> &Quantisation {
    compilation.report.quantisation.iter().find(|entry| entry.parameter == "weight").unwrap()
}

#[test]
fn weights_without_an_exponent_take_the_plainest_exact_one() {
    for (weight, bits, sign, exponent, mantissa) in [
        (100.0, 8, SignMode::Excitatory, 0, 100),
        (1020.0, 8, SignMode::Excitatory, 2, 255),
        (3.0, 8, SignMode::Mixed, -1, 6),
        (-64.0, 1, SignMode::Inhibitory, -1, -128),
        (0.0, 8, SignMode::Excitatory, 0, 0),
    ] {
        let network = one_projection(Projection {
            sign,
            weight_bits: bits,
            ..Projection::new("in", "exc", Connect::OneToOne, weight)
        });
        let compiled = compiled(&network);
        assert_eq!(compiled.report.projections[0].format.weight_exponent, exponent, "{weight}");
        assert_eq!(synapses(&compiled.image)[0].3, mantissa, "{weight}");
        assert_eq!(weight_entry(&compiled).max_error, 0.0, "{weight}");
    }
}

#[test]
fn the_error_of_a_weight_is_told() {
    let network = one_projection(Projection::new("in", "exc", Connect::OneToOne, vec![1000.0, 1001.0, 3.4, 0.0]));
    let compiled = compiled(&network);
    let entry = weight_entry(&compiled);
    // Mixed signs at 8 bits reach 254 * 4; the step is 2 * 4.
    assert_eq!((entry.changed, entry.max_error), (2, 3.4));
    assert_eq!(entry.note.as_deref(), Some("weight_exponent 2 chosen"));
    assert!(compiled.report.to_string().contains("weight_exponent 2 chosen"));
}

#[test]
fn decays_thresholds_and_biases_are_rounded_and_told() {
    let lif = LifParameters {
        current: Decay::TauSteps(Parameter::Array(vec![1e9, 10.0])),
        voltage: Decay::TauSteps(Parameter::Constant(1e9)),
        threshold: Threshold::Level(Parameter::Constant(6500.0)),
        bias: Bias::Level(Parameter::Array(vec![10_000.0, -3.0])),
        ..LifParameters::default()
    };
    let mut network = Network::new("q");
    network.add_population(Population::lif("exc", 2, lif));
    let compiled = compiled(&network);
    let core = &compiled.image.cores[0];
    let profile = |neuron: usize| core.neuron_profiles[core.compartments[neuron].fixed.unwrap().profile as usize];
    // The chip's slowest current decay is 1, its slowest voltage decay 0.
    assert_eq!((profile(0).current_decay, profile(1).current_decay), (1, 390));
    assert_eq!(profile(0).voltage_decay, 0);
    assert_eq!(profile(0).threshold_mantissa, 102);
    assert_eq!((profile(0).bias_exponent, profile(1).bias_exponent), (2, 2));
    assert_eq!(
        (core.compartments[0].fixed.unwrap().bias_mantissa, core.compartments[1].fixed.unwrap().bias_mantissa),
        (2500, -1)
    );
    let threshold = compiled.report.quantisation.iter().find(|entry| entry.parameter == "threshold").unwrap();
    assert_eq!((threshold.max_error, threshold.stored[0]), (28.0, 6528.0));
}

#[test]
fn tags_and_learned_delays_widen_a_synapse() {
    let bits = |dw: &str, dd: Option<&str>, dt: Option<&str>| {
        let mut network = one_projection(Projection {
            rule: Some("r".to_owned()),
            ..Projection::new("in", "exc", Connect::OneToOne, 4.0)
        });
        let rule = crate::network::RuleSpec {
            dd: dd.map(str::to_owned),
            dt: dt.map(str::to_owned),
            dw: Some(dw.to_owned()),
            ..super::stdp("r")
        };
        network.add_rule(rule);
        let format = compiled(&network).report.projections[0].format;
        (format.delay_bits, format.tag_bits)
    };
    assert_eq!(bits("x1*y0", None, None), (0, 0));
    assert_eq!(bits("u0*t", None, None), (0, 9));
    assert_eq!(bits("x1*y0", None, Some("x1*y0")), (0, 9));
    assert_eq!(bits("x1*y0", Some("x0"), None), (6, 0));
}

proptest! {
    #[test]
    fn a_chosen_exponent_is_never_worse_than_any_given_one(weights in prop::collection::vec(-3000.0_f64..3000.0, 4), bits in prop_oneof![Just(1_u8), Just(4), Just(8)]) {
        let network = one_projection(Projection { weight_bits: bits, ..Projection::new("in", "exc", Connect::OneToOne, weights.clone()) });
        let chosen = compiled(&network);
        let total = weight_entry(&chosen).mean_error;
        let format = chosen.report.projections[0].format;
        for exponent in -8_i8..=7 {
            let format = caudate_core::synapse::SynapseFormat { weight_exponent: exponent, ..format };
            let (low, high) = format.weight_range();
            let grain = 1_i16 << format.weight_step_bits().min(9);
            let best = |wanted: f64| {
                let mantissas = (low / grain..=high / grain).map(|n| n * grain);
                mantissas.map(|mantissa| (f64::from(format.effective_weight(mantissa, None)) / 64.0 - wanted).abs()).fold(f64::INFINITY, f64::min)
            };
            let possible = weights.iter().map(|weight| best(*weight)).sum::<f64>() / 4.0;
            prop_assert!(total <= possible + 1e-9 || possible.is_infinite() || clips(&weights, low, high, exponent), "2^{exponent}: {possible} < {total}");
        }
    }
}

/// Whether an exponent cannot hold the largest weight, so that a smaller total would be bought by clipping.
fn clips(weights: &[f64], low: i16, high: i16, exponent: i8) -> bool {
    let scale = f64::from(exponent).exp2();
    weights.iter().any(|weight| *weight > f64::from(high) * scale || *weight < f64::from(low) * scale)
}

#[test]
fn emulators_keep_their_own_truncation() {
    let stored = |semantics| {
        let network = one_projection(Projection {
            weight_exponent: Some(0),
            weight_bits: 4,
            ..Projection::new("in", "exc", Connect::OneToOne, -33.0)
        });
        let options = CompileOptions { semantics: Some(semantics), ..CompileOptions::default() };
        synapses(&compile(&network, &chip("loihi1"), &options).unwrap().image)[0].3
    };
    // `b2l` keeps the mantissa for learning and truncates it when it is used.
    assert_eq!(
        [Semantics::Loihi1, Semantics::B2l, Semantics::Lava, Semantics::Nengo].map(stored),
        [-32, -33, -64, -33]
    );
}
