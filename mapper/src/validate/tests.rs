use super::problems;
use crate::network::*;
use crate::parameter::Parameter;

fn sound() -> Network {
    let mut network = Network::new("sound");
    network.add_population(Population::input("in", 4));
    network.add_population(Population::lif("exc", 4, LifParameters::default()));
    network.add_projection(Projection::new("in", "exc", Connect::OneToOne, 2.0));
    network
}

fn codes(network: &Network) -> Vec<&'static str> {
    problems(network).iter().map(|problem| problem.diagnostic.code).collect()
}

#[test]
fn a_sound_network_has_no_problems() {
    assert!(codes(&sound()).is_empty());
}

#[test]
fn each_mistake_has_its_code() {
    type Edit = fn(&mut Network);
    let edits: [(&str, Edit); 21] = [
        ("E-NET-EMPTY", |n| n.populations[0].size = 0),
        ("E-NET-NAME", |n| n.populations[0].name = "exc".to_owned()),
        ("E-NET-UNKNOWN", |n| n.projections[0].pre = "inn".to_owned()),
        ("E-NET-TARGET", |n| n.projections[0].post = "in".to_owned()),
        ("E-NET-LENGTH", |n| n.populations[0].size = 5),
        ("E-NET-NUMBER", |n| n.projections[0].weight = Parameter::Constant(f64::NAN)),
        ("E-NET-RANGE", |n| n.projections[0].weight_exponent = Some(8)),
        ("E-NET-UNKNOWN", |n| n.projections[0].rule = Some("stdp".to_owned())),
        ("E-NET-RANGE", |n| {
            n.projections[0].connect = Connect::FixedProbability { probability: 1.5, self_connections: true }
        }),
        ("E-NET-NUMBER", |n| {
            n.projections[0].connect = Connect::FixedProbability { probability: f64::NAN, self_connections: true }
        }),
        ("E-NET-RANGE", |n| n.projections[0].connect = Connect::FixedInDegree { in_degree: 5, self_connections: true }),
        ("E-NET-INDEX", |n| n.projections[0].connect = Connect::List { pre: vec![0, 4], post: vec![1, 1] }),
        ("E-NET-LENGTH", |n| n.projections[0].connect = Connect::List { pre: vec![0, 3], post: vec![1] }),
        ("E-NET-EMPTY", |n| {
            n.populations.truncate(1);
            n.projections.clear();
        }),
        ("E-NET-SIZE", |n| {
            n.add_population(Population::input("many", 1 << 30));
        }),
        ("E-NET-RANGE", |n| {
            n.add_rule(RuleSpec { epoch_steps: 64, ..RuleSpec::new("r") });
        }),
        ("E-NET-RANGE", |n| {
            n.add_rule(RuleSpec { x1: Some(TraceSpec { impulse: 128.0, tau_steps: 2.0 }), ..RuleSpec::new("r") });
        }),
        ("E-NET-CONFLICT", |n| {
            let third = Some(ThirdFactor { y1_impulse: 1, y1_decay_factor: 1 });
            n.add_rule(RuleSpec {
                third_factor: third,
                y2: Some(TraceSpec { impulse: 1.0, tau_steps: 2.0 }),
                ..RuleSpec::new("r")
            });
        }),
        ("E-NET-RANGE", |n| {
            n.add_modulator(ModulatorSpec { name: "da".to_owned(), decay: 4097, source: None, gain: 0 });
        }),
        ("E-NET-SOURCE", |n| {
            n.add_modulator(ModulatorSpec { name: "da".to_owned(), decay: 0, source: Some("in".to_owned()), gain: 1 });
        }),
        ("E-NET-LENGTH", |n| {
            let lif = LifParameters { initial_v: Parameter::Array(vec![0.0; 3]), ..LifParameters::default() };
            n.populations[1].model = Model::Lif(Box::new(lif));
        }),
    ];
    for (code, edit) in edits {
        let mut network = sound();
        edit(&mut network);
        assert!(codes(&network).contains(&code), "{code}: {:?}", codes(&network));
    }
}

#[test]
fn all_mistakes_come_at_once_with_places() {
    let mut network = sound();
    network.populations[1].size = 0;
    network.projections[0].pre = "inn".to_owned();
    let all = network.locate(problems(&network));
    assert_eq!(all.len(), 2);
    assert!(all[0].to_string().contains("population 'exc', size"), "{}", all[0]);
    assert!(all[1].to_string().contains("did you mean 'in'?"), "{}", all[1]);
}
