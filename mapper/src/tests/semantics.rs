//! What a semantics does not have is refused under it.

use super::{chip, lif, stdp};
use crate::network::{Bias, Connect, LifParameters, Network, Population, Projection, RuleSpec, ThirdFactor, TraceSpec};
use crate::parameter::Parameter;
use crate::{CompileOptions, Error, compile};
use caudate_core::semantics::Semantics;
use caudate_core::trace::TraceDecay;

fn plain(parameters: LifParameters) -> Network {
    let mut network = Network::new("s");
    network.add_population(Population::input("in", 2));
    network.add_population(Population::lif("exc", 2, parameters));
    network
}

fn under(semantics: Semantics, network: &Network) -> Result<crate::Compilation, Error> {
    compile(network, &chip("unlimited"), &CompileOptions { semantics: Some(semantics), ..CompileOptions::default() })
}

fn learning(rule: RuleSpec) -> Network {
    let mut network = plain(LifParameters::default());
    network.add_projection(Projection {
        rule: Some(rule.name.clone()),
        ..Projection::new("in", "exc", Connect::OneToOne, 4.0)
    });
    network.add_rule(rule);
    network
}

#[test]
fn what_is_not_there_is_refused() {
    let biased = plain(LifParameters { bias: Bias::Level(Parameter::Constant(3.0)), ..LifParameters::default() });
    let slow = plain(LifParameters { refractory_steps: Parameter::Constant(3.0), ..LifParameters::default() });
    let epochs = learning(RuleSpec { dt: None, epoch_steps: 4, ..stdp("r") });
    let third =
        learning(RuleSpec { third_factor: Some(ThirdFactor { y1_impulse: 10, y1_decay_factor: 4000 }), ..stdp("r") });
    let cases = [
        (Semantics::B2l, &biased),
        (Semantics::Lava, &slow),
        (Semantics::B2l, &epochs),
        (Semantics::Nengo, &epochs),
        (Semantics::Loihi1, &third),
    ];
    for (semantics, network) in cases {
        let shown = under(semantics, network).unwrap_err().to_string();
        assert!(shown.contains("E-NET-SEMANTICS") && shown.contains(semantics.name()), "{shown}");
    }
    assert!(
        under(Semantics::Loihi1, &biased).is_ok()
            && under(Semantics::B2l, &slow).is_ok()
            && under(Semantics::Lava, &third).is_ok()
    );
}

#[test]
fn traces_decay_as_the_semantics_evaluate_them() {
    let decay = |semantics| {
        let network = learning(RuleSpec { dt: None, ..stdp("r") });
        under(semantics, &network).unwrap().image.cores[0].rules[0].pre[0].decay
    };
    assert_eq!(decay(Semantics::Loihi1), TraceDecay::TwelveBit { factor: 3706 });
    assert_eq!(decay(Semantics::B2l), TraceDecay::Division { tau_steps: 10 });
    assert_eq!(decay(Semantics::Lava), TraceDecay::Exponential { tau_steps: 10.0 });
    let fractional =
        learning(RuleSpec { dt: None, x1: Some(TraceSpec { impulse: 1.5, tau_steps: 10.5 }), ..stdp("r") });
    assert_eq!(under(Semantics::B2l, &fractional).unwrap_err().diagnostics().len(), 2);
}

#[test]
fn seventeen_parallel_synapses_are_refused() {
    let pairs = |count| Connect::List { pre: vec![1; count], post: vec![0; count] };
    let network = |first, second| {
        let mut network = Network::new("parallel");
        network.add_population(lif("exc", 2));
        network.add_projection(Projection { name: "a".to_owned(), ..Projection::new("exc", "exc", pairs(first), 4.0) });
        network
            .add_projection(Projection { name: "b".to_owned(), ..Projection::new("exc", "exc", pairs(second), 4.0) });
        network
    };
    assert!(under(Semantics::Loihi1, &network(8, 8)).is_ok());
    let shown = under(Semantics::Loihi1, &network(9, 8)).unwrap_err().to_string();
    assert!(
        shown.contains("E-NET-PARALLEL") && shown.contains("17 parallel synapses from exc[1] to exc[0]"),
        "{shown}"
    );
}

#[test]
fn a_rule_that_reads_a_deaf_modulator_is_told() {
    let network = learning(RuleSpec { dw: Some("u0*m1*t".to_owned()), ..stdp("r") });
    let report = under(Semantics::Loihi1, &network).unwrap().report;
    assert!(
        report.warnings[0].contains("reads m1") && report.to_string().contains("warning: "),
        "{:?}",
        report.warnings
    );
}
