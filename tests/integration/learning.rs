//! What the learning engine of our own semantics promises.

use crate::networks::compile_unlimited;
use caudate_core::id::{ProjectionId, Step};
use caudate_core::synapse::SignMode;
use caudate_mapper::CompileOptions;
use caudate_mapper::network::{
    Connect, LifParameters, ModulatorSpec, Network, Population, Projection, RuleSpec, Threshold, TraceSpec,
};
use caudate_sim::recording::Weights;
use caudate_sim::{Environment, Simulation, StepInput, Stimulus, simulation};

const SYNAPSES: u32 = 200;

/// Inputs onto two cell classes that never spike, each with a channel of its own.
fn network(dw: &str, dt: Option<&str>) -> Network {
    let mut network = Network::new("learning");
    network.add_population(Population::input("in", SYNAPSES));
    let mut rule = RuleSpec::new("rule");
    rule.dw = Some(dw.to_owned());
    rule.dt = dt.map(str::to_owned);
    rule.x1 = Some(TraceSpec { impulse: 64.0, tau_steps: 20.0 });
    rule.y1 = Some(TraceSpec { impulse: 64.0, tau_steps: 20.0 });
    network.add_rule(rule);
    for class in ["a", "b"] {
        network.add_modulator(ModulatorSpec { name: format!("dopamine_{class}"), decay: 4096, source: None, gain: 0 });
        let cells = LifParameters {
            threshold: Threshold::Mantissa(131_071.0.into()),
            modulators: [Some(format!("dopamine_{class}")), None, None, None],
            ..LifParameters::default()
        };
        network.add_population(Population::lif(class, SYNAPSES, cells));
        let mut projection = Projection::new("in", class, Connect::OneToOne, 100.0);
        projection.weight_exponent = Some(0);
        projection.sign = SignMode::Excitatory;
        projection.rule = Some("rule".to_owned());
        network.add_projection(projection);
    }
    network
}

/// Runs with the given modulator injections (step, channel, amount); weights of both classes at the end.
fn run(
    network: &Network,
    seed: u64,
    steps: Step,
    injections: Vec<(Step, u16, i64)>,
    spikes: Vec<(Step, u32)>,
) -> [Weights; 2] {
    let image = compile_unlimited(network, &CompileOptions { seed, ..CompileOptions::default() });
    let options = simulation::Options { threads: 1, costs: Vec::new(), draws: None };
    let mut simulation = Simulation::new(&image, options).unwrap();
    let mut stimulus = Stimulus::from_spikes(spikes);
    stimulus.add_modulators(injections);
    let mut input = StepInput::default();
    for t in 0..steps {
        input.clear();
        stimulus.sense(t, &[], &mut input);
        simulation.step(&input);
    }
    [0, 1].map(|projection| Weights::of(&simulation, ProjectionId(projection)))
}

#[test]
fn updates_far_below_one_bit_arrive_on_average_and_independently() {
    // 3 * 2^-7 * 4 = 0.09375 of a weight's last bit per epoch; nearest or floor rounding would never move it.
    let (epochs, level) = (400, 4);
    let injections = (0..epochs).map(|t| (t, 0, level)).collect();
    let [moved, still] = run(&network("3*2^-7*u0*m0", None), 11, epochs, injections, Vec::new());
    let drift: Vec<f64> = moved.weight.iter().map(|weight| f64::from(*weight) - 100.0).collect();
    let count = f64::from(SYNAPSES);
    let (probability, epochs) = (0.09375, epochs as f64);
    let mean = drift.iter().sum::<f64>() / count;
    let variance = drift.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (count - 1.0);
    let expected_variance = epochs * probability * (1.0 - probability);
    assert!((mean - epochs * probability).abs() < 4.0 * (expected_variance / count).sqrt(), "mean drift {mean}");
    assert!((variance / expected_variance - 1.0).abs() < 0.4, "variance {variance}, binomial {expected_variance}");
    let covariance = drift.windows(2).map(|pair| (pair[0] - mean) * (pair[1] - mean)).sum::<f64>() / (count - 1.0);
    assert!((covariance / variance).abs() < 4.0 / count.sqrt(), "neighbours correlate: {}", covariance / variance);
    assert!(still.weight.iter().all(|weight| *weight == 100), "the class that hears no dopamine does not learn");
}

#[test]
fn dopamine_turns_eligibility_into_weight_for_the_class_that_hears_it() {
    // A presynaptic spike leaves a tag; dopamine 30 steps later moves the weight of tagged synapses, by its own sign.
    let network = network("2^-3*u0*m0*t", Some("2^-1*x0*x1"));
    let tagged: Vec<(Step, u32)> = (0..50).map(|source| (5, source)).collect();
    for (level, sign) in [(60, 1), (-60, -1)] {
        let [a, b] = run(&network, 3, 40, vec![(35, 1, level)], tagged.clone());
        assert!(a.weight.iter().all(|weight| *weight == 100));
        assert!(a.tag[..50].iter().all(|tag| *tag == 32) && b.tag[..50].iter().all(|tag| *tag == 32));
        assert!(b.weight[..50].iter().all(|weight| (*weight - 100).signum() == sign), "{:?}", b.weight);
        assert!(b.weight[50..].iter().all(|weight| *weight == 100) && b.tag[50..].iter().all(|tag| *tag == 0));
    }
}

#[test]
fn modulatory_neurons_raise_their_channel_and_it_decays() {
    let mut network = Network::new("volume");
    network.add_population(Population::input("in", 4));
    network.add_population(Population::lif("source", 4, LifParameters::default()));
    network.add_projection(Projection::new("in", "source", Connect::OneToOne, 120.0));
    network.add_modulator(ModulatorSpec {
        name: "level".to_owned(),
        decay: 2048,
        source: Some("source".to_owned()),
        gain: 20,
    });
    let image = compile_unlimited(&network, &CompileOptions::default());
    let options = simulation::Options { threads: 1, costs: Vec::new(), draws: None };
    let mut simulation = Simulation::new(&image, options).unwrap();
    let mut stimulus = Stimulus::from_spikes(vec![(0, 0), (0, 1), (0, 2)]);
    let levels: Vec<i8> = (0..7)
        .map(|t| {
            let mut input = StepInput::default();
            stimulus.sense(t, &[], &mut input);
            simulation.step(&input);
            simulation.levels()[0]
        })
        .collect();
    // Inputs of step 0 make three neurons spike in step 1; their level is there in step 2.
    assert_eq!(levels, [0, 0, 60, 30, 15, 7, 3]);
}
