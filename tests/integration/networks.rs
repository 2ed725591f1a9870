//! Random heterogeneous networks for property tests: delays, both signs, mixed formats, plasticity, modulators.

use caudate_core::chip::ChipDescription;
use caudate_core::id::{NeuronId, ProjectionId, Step};
use caudate_core::image::ChipImage;
use caudate_core::random::draw;
use caudate_core::runtime::StepCounts;
use caudate_core::synapse::SignMode;
use caudate_isa::nmx::Program;
use caudate_isa::nmx::asm::assemble;
use caudate_mapper::network::{
    Bias, Connect, Decay, LifParameters, ModulatorSpec, Network, Population, ProgramParameters, Projection,
    RuleMicrocode, RuleSpec, Threshold, TraceSpec,
};
use caudate_mapper::{CompileOptions, Parameter, compile};
use caudate_sim::recording::{StateVariable, Weights};
use caudate_sim::stimulus::Generator;
use caudate_sim::{Environment, Simulation, StepInput, Stimulus, simulation};

/// Steps for which the tests run a network.
pub(crate) const STEPS: Step = 120;

/// A network drawn from `seed`; half of them have cells and a rule in microcode.
pub(crate) fn random_network(seed: u64) -> Network {
    let mut network = fixed_network(seed);
    let choice = draw(seed, 78, 0, 0) % 4;
    if choice >= 2 {
        add_microcode(&mut network, ["mul.z", "mul.s"][choice as usize - 2]);
    }
    network
}

/// A network of two populations of fixed neurons and one of inputs, drawn from `seed`.
pub(crate) fn fixed_network(seed: u64) -> Network {
    let pick = |index: u64, choices: u64| u64::from(draw(seed, 77, index, 0)) % choices;
    let mut network = Network::new("random");
    network.add_modulator(ModulatorSpec {
        name: "dopamine".to_owned(),
        decay: 400 + pick(0, 3000) as u16,
        source: Some("inh".to_owned()),
        gain: [-20, 5, 40][pick(1, 3) as usize],
    });
    let mut rule = RuleSpec::new("learn");
    let texts = [
        ("2^-2*y0*x1 - 2^-2*x0*y1", None),
        ("2^-5*u0*m0*t", Some("2^-2*y0*x1 - 2^-3*u0*t")),
        ("2^-3*x0*(y2+3) - 2^-4*u1*w", None),
        ("2^-6*u0*m0*(y1+70)*(x1-6)", None),
    ];
    let (dw, dt) = texts[pick(2, 4) as usize];
    rule.dw = Some(dw.to_owned());
    rule.dt = dt.map(str::to_owned);
    rule.x1 = Some(TraceSpec { impulse: 40.3, tau_steps: 12.0 });
    rule.y1 = Some(TraceSpec { impulse: 25.0, tau_steps: 20.0 });
    rule.y2 = Some(TraceSpec { impulse: 10.7, tau_steps: 60.0 });
    rule.epoch_steps = 1 + pick(3, 7) as u8;
    network.add_rule(rule);
    let lif = |threshold: f64, bias: f64| LifParameters {
        current: Decay::Effective(Parameter::Uniform { low: 300.0, high: 4096.0, levels: Some(3) }),
        voltage: Decay::TauSteps(Parameter::Uniform { low: 3.0, high: 40.0, levels: Some(2) }),
        threshold: Threshold::Mantissa(Parameter::Uniform { low: threshold, high: 2.0 * threshold, levels: Some(2) }),
        bias: Bias::Mantissa {
            mantissa: Parameter::Uniform { low: 0.0, high: bias, levels: None },
            exponent: 2.0.into(),
        },
        refractory_steps: (1.0 + pick(4, 3) as f64).into(),
        initial_v: Parameter::Uniform { low: 0.0, high: 5000.0, levels: None },
        modulators: [Some("dopamine".to_owned()), None, None, None],
        ..LifParameters::default()
    };
    network.add_population(Population::lif("exc", 24, lif(150.0, 300.0)));
    network.add_population(Population::input("in", 10));
    network.add_population(Population::lif("inh", 9, lif(100.0, 0.0)));
    let random = |probability: f64| Connect::FixedProbability { probability, self_connections: false };
    let weights = |low: f64, high: f64| Parameter::Uniform { low, high, levels: None };
    let mut add = |pre: &str, post: &str, probability: f64, weight: Parameter, sign: SignMode, max_delay: f64| {
        let mut projection = Projection::new(pre, post, random(probability), weight);
        projection.weight_exponent = Some(pick(5, 3) as i8 - 1);
        projection.sign = sign;
        projection.weight_bits = if pick(6, 2) == 0 { 8 } else { 6 };
        projection.delay_steps = Parameter::Uniform { low: 1.0, high: max_delay, levels: None };
        network.add_projection(projection)
    };
    add("in", "exc", 0.5, weights(60.0, 255.0), SignMode::Excitatory, 3.0);
    add("in", "inh", 0.3, weights(20.0, 200.0), SignMode::Excitatory, 63.0);
    add("exc", "inh", 0.3, weights(20.0, 250.0), SignMode::Excitatory, 5.0);
    add("inh", "exc", 0.4, weights(-255.0, -10.0), SignMode::Inhibitory, 2.0);
    let plastic = add("exc", "exc", 0.3, weights(-120.0, 254.0), SignMode::Mixed, 8.0);
    network.projections[plastic.0].rule = Some("learn".to_owned());
    network.projections[0].rule = Some("learn".to_owned());
    network
}

fn program(kind: &str, text: &str) -> Program {
    assemble("random", &format!(".kind {kind}\n{text}")).unwrap_or_else(|errors| panic!("{}", errors[0])).program
}

/// Cells of two compartments that hear dopamine and speak in graded spikes, and a learning program.
pub(crate) fn add_microcode(network: &mut Network, decay: &str) {
    let soma = format!(
        ".state v i24 sat\n.param k u13 3900\n.param th i24 9000\npop r0\nsat r0, r0, i24\n{decay} v, v, k, 12\nadd v, v, i1\nadd v, v, r0\n\
         mul.n r1, i0, m0, 7\nadd v, v, r1\ncmp.gt p1, v, th\n@!p1 xit\nspk one, 0\nshr.z r2, v, 6\nspk r2, 3\nmov v, zero"
    );
    let mut soma = ProgramParameters::new("soma", program("neuron", &soma));
    soma.parameters.push(("th".to_owned(), Parameter::Uniform { low: 7000.0, high: 12000.0, levels: None }));
    soma.modulators[0] = Some("dopamine".to_owned());
    network.add_population(Population::program("soma", 11, soma));
    let dendrite =
        ".state a i24 sat\n.state n u10\n.param k u13 3700\nmul.z a, a, k, 12\nadd a, a, i0\nshr.z r0, a, 2\npsh r0";
    let mut dendrite = ProgramParameters::new("dendrite", program("neuron", dendrite));
    dendrite.parent = Some("soma".to_owned());
    network.add_population(Population::program("dendrite", 11, dendrite));
    let mut rule = RuleSpec::new("microcode");
    let text = ".state w u8\n.state e i16 sat\n.param lam u12 3700\nmul.z e, e, lam, 12\ncmp.ne p1, y0, zero\n@p1 add e, e, x1\n\
                mac.s w, e, m0, 9\nmax w, w, zero\nsat w, w, u8";
    rule.microcode = Some(RuleMicrocode::new("microcode", program("learn", text)));
    rule.x1 = Some(TraceSpec { impulse: 30.0, tau_steps: 15.0 });
    rule.epoch_steps = 2;
    network.add_rule(rule);
    let mut add = |pre: &str, post: &str, low: f64, high: f64| {
        let connect = Connect::FixedProbability { probability: 0.4, self_connections: false };
        let mut projection = Projection::new(pre, post, connect, Parameter::Uniform { low, high, levels: None });
        projection.weight_exponent = Some(0);
        projection.delay_steps = Parameter::Uniform { low: 1.0, high: 4.0, levels: None };
        network.add_projection(projection)
    };
    add("exc", "dendrite", 20.0, 200.0);
    add("inh", "soma", -90.0, 90.0);
    let plastic = add("in", "soma", 20.0, 220.0);
    let graded = add("soma", "inh", -3.0, 6.0);
    let plastic = &mut network.projections[plastic.0];
    (plastic.rule, plastic.dendrite, plastic.sign) = (Some("microcode".to_owned()), 1, SignMode::Excitatory);
    let graded = &mut network.projections[graded.0];
    (graded.port, graded.is_graded) = (3, true);
}

/// What a neuron keeps: u and v, or the first two state words of its program.
pub(crate) fn state_of(simulation: &Simulation<'_>, neuron: NeuronId) -> Option<(i64, i64)> {
    let (population, _) = simulation.image().symbols.locate(neuron).filter(|(population, _)| !population.is_input)?;
    let [first, second] = match simulation.image().program_of(population) {
        None => [StateVariable::Current, StateVariable::Potential],
        Some(_) => [0, 1].map(StateVariable::Word),
    };
    Some((simulation.variable(neuron, first), simulation.variable(neuron, second)))
}

/// Compiles for the chip without limits.
pub(crate) fn compile_unlimited(network: &Network, options: &CompileOptions) -> ChipImage {
    let chip = ChipDescription::built_in("unlimited").unwrap();
    compile(network, &chip, options).unwrap_or_else(|error| panic!("{error}")).image
}

/// Poisson input and dopamine injections for an image.
pub(crate) fn random_stimulus(image: &ChipImage, seed: u64) -> Stimulus {
    let mut stimulus = Stimulus::default();
    for population in image.symbols.populations.iter().filter(|population| population.is_input) {
        // Pauses let traces die away and cores fall asleep.
        let spikes = Generator::Poisson { rate_per_step: 0.1 }.spikes(population, 0..STEPS, seed);
        stimulus.add_spikes(spikes.into_iter().filter(|(t, _)| t % 60 < 35));
    }
    if image.channels.is_empty() {
        return stimulus;
    }
    stimulus.add_modulators((0..STEPS).step_by(17).map(|t| (t, 0, i64::from(draw(seed, 5, t, 0) % 200) - 100)));
    stimulus
}

/// Everything that a run did, in logical terms.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Outcome {
    pub(crate) spikes: Vec<(Step, NeuronId)>,
    pub(crate) states: Vec<(i64, i64)>,
    pub(crate) weights: Vec<Weights>,
    /// All but spikes received, of which there are more where there are more cores.
    pub(crate) counts: StepCounts,
}

/// Runs an image for [`STEPS`] steps.
pub(crate) fn run(image: &ChipImage, mut stimulus: Stimulus, threads: usize) -> Outcome {
    let options = simulation::Options { threads, costs: Vec::new(), draws: None };
    let mut simulation = Simulation::new(image, options).unwrap();
    let (mut spikes, mut input) = (Vec::new(), StepInput::default());
    for t in 0..STEPS {
        input.clear();
        stimulus.sense(t, &[], &mut input);
        spikes.extend(simulation.step(&input).iter().map(|neuron| (t, *neuron)));
    }
    let ids = image.symbols.populations.iter().map(|population| population.size).sum::<u32>();
    Outcome {
        spikes,
        states: (0..ids).filter_map(|id| state_of(&simulation, NeuronId(id))).collect(),
        weights: (0..image.symbols.projections.len())
            .map(|index| Weights::of(&simulation, ProjectionId(index as u32)))
            .collect(),
        counts: StepCounts { axon_events: 0, ..simulation.totals().counts },
    }
}
