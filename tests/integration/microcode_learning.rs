//! Rules in microcode: the engine, which skips what rests and runs many synapses at once, against every synapse in every epoch, one by one.

use crate::networks::compile_unlimited;
use caudate_core::draws::Draws;
use caudate_core::id::{NeuronId, ProjectionId, Step};
use caudate_core::image::ChipImage;
use caudate_core::microcode::{Executable, Inputs, Specials, run};
use caudate_core::modulator::SLOTS;
use caudate_core::random::{Domain, stream, synapse_entity, trace_entity};
use caudate_core::synapse::SignMode;
use caudate_core::trace::advance;
use caudate_isa::nmx::asm::assemble;
use caudate_mapper::network::{
    Connect, LifParameters, ModulatorSpec, Network, Population, Projection, RuleMicrocode, RuleSpec, Threshold,
    TraceSpec,
};
use caudate_mapper::{CompileOptions, Parameter};
use caudate_sim::recording::Weights;
use caudate_sim::stimulus::Generator;
use caudate_sim::{Environment, Simulation, StepInput, Stimulus, simulation};
use std::collections::BTreeMap;

const STEPS: Step = 240;

/// Rules that rest for different reasons, and one that never does.
const RULES: [(&str, &str); 4] = [
    (
        "pair, on spikes alone",
        "cmp.ne p1, y0, zero\n cmp.ne p2, x0, zero\n mul.s r0, x1, eta, 3\n mul.s r1, y1, eta, 3\n @p1 add w, w, r0\n @p2 sub w, w, r1\n",
    ),
    (
        "eligibility under dopamine",
        ".state e i16 sat\n mul.z e, e, lam, 12\n cmp.ne p1, y0, zero\n cmp.ne p2, x0, zero\n @p1 add e, e, x1\n @p2 sub e, e, y1\n mac.s w, e, m0, 9\n",
    ),
    ("gated traces", "mul r0, x1, y1, 0\n mac.s w, r0, m0, 15\n"),
    ("homeostasis", ".state n u15\n addi n, n, 1\n bit.and n, n, mask\n sub r0, eta, y2\n mac.s w, r0, one, 4\n"),
];

fn rule(text: &str) -> RuleSpec {
    let clip = " max w, w, zero\n sat w, w, u8\n";
    let head = ".kind learn\n.state w u8\n.param eta u7 5\n.param lam u12 3700\n.param mask u15 1023\n";
    let program = assemble("rule", &format!("{head}{text}{clip}")).unwrap().program;
    let mut rule = RuleSpec::new("rule");
    rule.microcode =
        Some(RuleMicrocode { name: "rule".to_owned(), program, parameters: Vec::new(), initial: Vec::new() });
    rule.x1 = Some(TraceSpec { impulse: 40.3, tau_steps: 9.0 });
    rule.y1 = Some(TraceSpec { impulse: 25.5, tau_steps: 14.0 });
    rule.y2 = Some(TraceSpec { impulse: 6.0, tau_steps: 40.0 });
    rule
}

fn network(rule: RuleSpec, epoch_steps: u8) -> Network {
    let mut network = Network::new("microcode");
    network.add_modulator(ModulatorSpec { name: "dopamine".to_owned(), decay: 900, source: None, gain: 0 });
    network.add_rule(RuleSpec { epoch_steps, ..rule });
    network.add_population(Population::input("in", 40));
    let cells = LifParameters {
        threshold: Threshold::Mantissa(260.0.into()),
        modulators: [Some("dopamine".to_owned()), None, None, None],
        ..LifParameters::default()
    };
    network.add_population(Population::lif("cells", 21, cells));
    let all = Connect::FixedProbability { probability: 0.7, self_connections: false };
    let weights = Parameter::Uniform { low: 20.0, high: 200.0, levels: None };
    let mut projection = Projection::new("in", "cells", all, weights);
    projection.weight_exponent = Some(0);
    projection.sign = SignMode::Excitatory;
    projection.delay_steps = Parameter::Uniform { low: 1.0, high: 4.0, levels: None };
    projection.rule = Some("rule".to_owned());
    network.add_projection(projection);
    network
}

fn stimulus(image: &ChipImage, seed: u64) -> Stimulus {
    let mut stimulus = Stimulus::default();
    let spikes = Generator::Poisson { rate_per_step: 0.05 }.spikes(&image.symbols.populations[0], 0..STEPS, seed);
    // Bursts of input with silence between, so that synapses, then whole cores come to rest and wake.
    stimulus.add_spikes(spikes.into_iter().filter(|(t, _)| t % 100 < 30));
    stimulus.add_modulators([20, 60, 61, 130, 190].map(|t| (t, 0, if t % 20 == 0 { 70 } else { -90 })));
    stimulus
}

/// What each step had: source spikes, target spikes, dopamine.
struct History {
    spikes: Vec<(Vec<NeuronId>, i8)>,
    weights: Weights,
    runs: u64,
}

fn simulate(image: &ChipImage, seed: u64) -> History {
    let mut simulation =
        Simulation::new(image, simulation::Options { threads: 1, costs: Vec::new(), draws: None }).unwrap();
    let mut stimulus = stimulus(image, seed);
    let mut spikes = Vec::new();
    for t in 0..STEPS {
        let mut input = StepInput::default();
        stimulus.sense(t, &[], &mut input);
        let mut all: Vec<NeuronId> = input.spikes.iter().map(|source| NeuronId(*source)).collect();
        all.extend(simulation.step(&input));
        spikes.push((all, simulation.levels()[0]));
    }
    let runs = simulation.totals().counts.learning_runs;
    History { spikes, weights: Weights::of(&simulation, ProjectionId(0)), runs }
}

/// One synapse at a time, in every epoch, whether or not anything can change. Returns weights and own state by (pre, post).
fn plain(image: &ChipImage, history: &History) -> BTreeMap<(NeuronId, NeuronId), Vec<i32>> {
    let rule = &image.cores[0].rules[0];
    let own = rule.program.microcode().unwrap();
    let executable = Executable::new(&image.programs[usize::from(own.program)].program).unwrap();
    let seed = Draws::Counter { seed: image.header.seed };
    let initial = simulate_nothing(image);
    let mut synapses = BTreeMap::new();
    for ((pre, post), weight) in initial.pre.iter().zip(&initial.post).zip(&initial.weight) {
        let mut state = own.initial.clone();
        state[usize::from(own.weight.unwrap())] = (*weight).into();
        let entity = synapse_entity(0, pre.0, post.0);
        let noise = stream(seed.domain_seed(Domain::Synapse), entity);
        let (mut x, mut y) = ([0_i16; 2], [0_i16; 3]);
        let epoch = usize::from(rule.epoch_steps);
        let (mut xs, mut ys, mut last) = (vec![x; epoch], vec![y; epoch], [None, None]);
        for (t, (spikes, dopamine)) in history.spikes.iter().enumerate() {
            let row = t % epoch;
            let spiked = [pre, post].map(|neuron| spikes.contains(neuron));
            for (index, value) in x.iter_mut().enumerate() {
                let noise = stream(seed.domain_seed(Domain::PreTrace), trace_entity(0, pre.0));
                *value = advance(&rule.pre[index], *value, spiked[0], noise, t as u64, index as u8);
            }
            for (index, value) in y.iter_mut().enumerate() {
                let noise = stream(seed.domain_seed(Domain::PostTrace), trace_entity(0, post.0));
                *value = advance(&rule.post[index], *value, spiked[1], noise, t as u64, index as u8);
            }
            (xs[row], ys[row]) = (x, y);
            for (last, spiked) in last.iter_mut().zip(spiked) {
                *last = if spiked { Some(row) } else { *last };
            }
            if row + 1 == epoch {
                let (x, y) = (xs[last[1].unwrap_or(row)], ys[last[0].unwrap_or(row)]);
                let [x0, y0] = last.map(|spike| i32::from(spike.is_some()));
                let mut modulators = [0; SLOTS];
                modulators[0] = *dopamine;
                let specials = Specials::learn(
                    [x0, x[0].into(), x[1].into()],
                    [y0, y[0].into(), y[1].into(), y[2].into()],
                    t as u64,
                    modulators,
                );
                let inputs = Inputs { parameters: &own.parameters, specials: &specials, stream: noise, step: t as u64 };
                run(&executable, &inputs, &mut state, &mut Vec::new(), &mut Vec::new());
                last = [None, None];
            }
        }
        synapses.insert((*pre, *post), state);
    }
    synapses
}

fn simulate_nothing(image: &ChipImage) -> Weights {
    let options = simulation::Options { threads: 1, costs: Vec::new(), draws: None };
    Weights::of(&Simulation::new(image, options).unwrap(), ProjectionId(0))
}

#[test]
fn resting_synapses_are_exactly_those_that_would_not_change() {
    for (number, (name, text)) in (0_u64..).zip(RULES) {
        for epoch_steps in [1, 4] {
            let options =
                CompileOptions { seed: 5 + number, max_neurons_per_core: Some(8), ..CompileOptions::default() };
            let image = compile_unlimited(&network(rule(text), epoch_steps), &options);
            let history = simulate(&image, number);
            let expected = plain(&image, &history);
            let weights = &history.weights;
            let mut moved = 0;
            let before = simulate_nothing(&image);
            for (index, key) in weights.pre.iter().zip(&weights.post).enumerate() {
                let mut got = vec![i32::from(weights.weight[index])];
                got.extend(weights.own.iter().map(|(_, values)| values[index]));
                assert_eq!(got, expected[&(*key.0, *key.1)], "{name}, epochs of {epoch_steps}, synapse {key:?}");
                moved += usize::from(weights.weight[index] != before.weight[index]);
            }
            let possible = weights.pre.len() as u64 * (STEPS / u64::from(epoch_steps));
            assert!(moved > weights.pre.len() / 4, "{name}: {moved} of {} weights moved", weights.pre.len());
            if name == "homeostasis" {
                assert_eq!(history.runs, possible);
            } else {
                assert!(history.runs < possible * 9 / 10, "{name}: {} of {possible} runs", history.runs);
            }
        }
    }
}
