//! Populations in microcode: equal to the fixed neuron where they say the same, and as told where only they can.

use crate::networks::compile_unlimited;
use caudate_core::id::{NeuronId, Step};
use caudate_core::image::ChipImage;
use caudate_isa::nmx::Program;
use caudate_isa::nmx::asm::assemble;
use caudate_mapper::network::{
    Bias, Connect, Decay, LifParameters, ModulatorSpec, Network, Population, ProgramParameters, Projection, Threshold,
};
use caudate_mapper::{CompileOptions, Parameter};
use caudate_sim::recording::StateVariable;
use caudate_sim::stimulus::Generator;
use caudate_sim::{Environment, Simulation, StepInput, Stimulus, simulation};

fn program(text: &str) -> Program {
    assemble("program", &format!(".kind neuron\n{text}")).unwrap_or_else(|errors| panic!("{}", errors[0])).program
}

fn library(name: &str) -> Program {
    let path = format!("{}/../examples/programs/{name}.nmx", env!("CARGO_MANIFEST_DIR"));
    assemble(name, &std::fs::read_to_string(path).unwrap()).unwrap().program
}

/// Sum of weights that reach s0 through i0..i3, kept as four numbers.
const EARS: &str = ".state a i28 sat\n.state b i28 sat\nadd a, a, i0\nadd b, b, i2\n";

struct Run<'i> {
    simulation: Simulation<'i>,
    stimulus: Stimulus,
    spikes: Vec<(Step, NeuronId)>,
}

impl<'i> Run<'i> {
    fn new(image: &'i ChipImage, stimulus: Stimulus, threads: usize) -> Self {
        let options = simulation::Options { threads, costs: Vec::new(), draws: None };
        Self { simulation: Simulation::new(image, options).unwrap(), stimulus, spikes: Vec::new() }
    }

    fn steps(&mut self, count: Step) -> &mut Self {
        for _ in 0..count {
            let t = self.simulation.now();
            let mut input = StepInput::default();
            self.stimulus.sense(t, &[], &mut input);
            self.spikes.extend(self.simulation.step(&input).iter().map(|neuron| (t, *neuron)));
        }
        self
    }

    fn word(&self, population: &str, member: u32, word: usize) -> i64 {
        let first = self.simulation.image().symbols.population(population).unwrap().first;
        self.simulation.variable(NeuronId(first.0 + member), StateVariable::Word(word))
    }

    fn count(&self, population: &str) -> usize {
        let own = self.simulation.image().symbols.population(population).unwrap();
        self.spikes.iter().filter(|(_, neuron)| own.contains(*neuron)).count()
    }
}

fn image(network: &Network, neurons_per_core: u32) -> ChipImage {
    let options = CompileOptions { max_neurons_per_core: Some(neurons_per_core), seed: 3, ..CompileOptions::default() };
    compile_unlimited(network, &options)
}

/// A recurrent network whose cells are of `model`.
fn recurrent(model: Population) -> Network {
    let mut network = Network::new("recurrent");
    network.add_population(Population::input("in", 20));
    let name = model.name.clone();
    network.add_population(model);
    for (pre, post, low, high) in [("in", name.as_str(), 40.0, 254.0), (name.as_str(), name.as_str(), -60.0, 120.0)] {
        let connect = Connect::FixedProbability { probability: 0.15, self_connections: false };
        let mut projection = Projection::new(pre, post, connect, Parameter::Uniform { low, high, levels: None });
        projection.delay_steps = Parameter::Uniform { low: 1.0, high: 9.0, levels: None };
        network.add_projection(projection);
    }
    network
}

#[test]
fn the_fixed_neuron_as_a_program_is_the_fixed_neuron() {
    // More than two blocks of lanes, and heterogeneous in every parameter.
    let size = 600;
    let array = |low: f64, step: f64| Parameter::Array((0..size).map(|i| low + step * f64::from(i % 7)).collect());
    let lif = LifParameters {
        current: Decay::Effective(array(700.0, 300.0)),
        voltage: Decay::Effective(array(100.0, 55.0)),
        threshold: Threshold::Mantissa(array(100.0, 20.0)),
        bias: Bias::Mantissa { mantissa: array(-20.0, 40.0), exponent: 0.0.into() },
        refractory_steps: array(1.0, 1.0),
        ..LifParameters::default()
    };
    let mut own = ProgramParameters::new("cuba_lif", library("cuba_lif"));
    let inverse =
        |low: f64, step: f64| Parameter::Array((0..size).map(|i| 4096.0 - low - step * f64::from(i % 7)).collect());
    own.parameters = vec![
        ("du".to_owned(), inverse(700.0, 300.0)),
        ("dv".to_owned(), inverse(100.0, 55.0)),
        ("vth".to_owned(), array(6400.0, 1280.0)),
        ("bias".to_owned(), array(-20.0, 40.0)),
        ("trf".to_owned(), array(0.0, 1.0)),
    ];
    let fixed = image(&recurrent(Population::lif("cells", size, lif)), 1000);
    let stimulus = |image: &ChipImage| {
        let mut stimulus = Stimulus::default();
        let spikes = Generator::Poisson { rate_per_step: 0.05 }.spikes(&image.symbols.populations[0], 0..200, 8);
        stimulus.add_spikes(spikes.into_iter().filter(|(t, _)| t % 90 < 50));
        stimulus
    };
    let mut reference = Run::new(&fixed, stimulus(&fixed), 1);
    reference.steps(200);
    assert!(reference.spikes.len() > 500, "{}", reference.spikes.len());
    for (neurons_per_core, threads) in [(1000, 1), (70, 2)] {
        let microcode = image(&recurrent(Population::program("cells", size, own.clone())), neurons_per_core);
        let mut run = Run::new(&microcode, stimulus(&microcode), threads);
        run.steps(200);
        assert_eq!(run.spikes, reference.spikes);
        for member in 0..size {
            let state = reference.simulation.neuron(NeuronId(20 + member)).unwrap();
            assert_eq!([run.word("cells", member, 0), run.word("cells", member, 1)], [state.u, state.v]);
        }
        let counts = run.simulation.totals().counts;
        assert_eq!((counts.program_runs, counts.neuron_updates), (u64::from(size) * 200, 0));
        assert_eq!(counts.synaptic_events, reference.simulation.totals().counts.synaptic_events);
        // Five parameters of a compartment's own come in beside three state words; three go out.
        assert_eq!(counts.program_words, counts.program_runs * 11);
        assert!(counts.program_cycles < counts.program_runs * 13 && counts.program_cycles > counts.program_runs * 5);
    }
}

#[test]
fn dendrites_ports_and_payloads_arrive_where_they_are_sent() {
    let mut network = Network::new("graded");
    network.add_population(Population::input("in", 2));
    // Emits its input on port 0 and minus twice its input on port 5.
    let speaker = ".state x i24 sat\nmov x, i0\ncmp.ne p1, i0, zero\n@!p1 xit\nspk i0, 0\nshl r0, i0, 1\nuna.neg r0, r0\nspk r0, 5";
    network.add_population(Population::program("speaker", 2, ProgramParameters::new("speaker", program(speaker))));
    network.add_population(Population::program("ears", 2, ProgramParameters::new("ears", program(EARS))));
    let unit = |pre: &str, post: &str, weight: f64| {
        let mut projection = Projection::new(pre, post, Connect::OneToOne, weight);
        projection.weight_exponent = Some(0);
        projection
    };
    network.add_projection(unit("in", "speaker", 4.0));
    let mut plain = unit("speaker", "ears", 10.0);
    plain.name = "plain".to_owned();
    network.add_projection(plain);
    let mut graded = unit("speaker", "ears", 6.0);
    (graded.name, graded.dendrite, graded.port, graded.is_graded) = ("graded".to_owned(), 2, 5, true);
    network.add_projection(graded);
    for neurons_per_core in [4, 1] {
        let image = image(&network, neurons_per_core);
        let mut run = Run::new(&image, Stimulus::from_spikes(vec![(0, 1), (3, 1)]), 1);
        run.steps(6);
        // Weights count in units of 64. The speaker reads 4 * 64 twice; each time 10 * 64 arrive on dendrite 0, and 6 * 64 times
        // minus twice what it read on dendrite 2.
        assert_eq!([run.word("ears", 1, 0), run.word("ears", 1, 1)], [2 * 640, -2 * 512 * 384]);
        assert_eq!([run.word("ears", 0, 0), run.word("ears", 0, 1)], [0, 0]);
        // Two spikes in each of two steps; the neuron has spiked twice.
        assert_eq!(run.count("speaker"), 2);
        let counts = run.simulation.totals();
        assert_eq!((counts.counts.spikes, counts.packets, counts.counts.synaptic_events), (4, 4, 2 + 4));
    }
}

#[test]
fn compartments_of_a_cell_join_on_its_stack() {
    let mut network = Network::new("pyramids");
    network.add_population(Population::input("in", 1));
    network.add_population(Population::input("context", 3));
    network.add_population(Population::program("soma", 3, ProgramParameters::new("soma", library("soma"))));
    let mut apical = ProgramParameters::new("apical", library("apical"));
    apical.parent = Some("soma".to_owned());
    network.add_population(Population::program("apical", 3, apical));
    let mut drive = Projection::new("in", "soma", Connect::AllToAll { self_connections: true }, 250.0);
    drive.weight_exponent = Some(0);
    network.add_projection(drive);
    let mut top = Projection::new("context", "apical", Connect::OneToOne, 50.0);
    top.weight_exponent = Some(0);
    network.add_projection(top);
    for neurons_per_core in [6, 2] {
        let image = image(&network, neurons_per_core);
        assert_eq!(image.cores.len(), 6 / neurons_per_core as usize);
        // All somata are driven alike; cell 1 alone has apical drive.
        let spikes = (0..1000).flat_map(|t| [(t, 0), (t, 2)]);
        let mut run = Run::new(&image, Stimulus::from_spikes(spikes.collect()), 1);
        run.steps(1000);
        let soma = image.symbols.population("soma").unwrap().first.0;
        let of = |member: u32| run.spikes.iter().filter(|(_, neuron)| neuron.0 == soma + member).count();
        assert!(of(1) > 10, "{} spikes with apical drive", of(1));
        assert_eq!([of(0), of(2)], [0, 0]);
    }
}

#[test]
fn a_sleeping_core_hears_a_modulator() {
    let mut network = Network::new("listener");
    network.add_modulator(ModulatorSpec { name: "dopamine".to_owned(), decay: 4096, source: None, gain: 0 });
    network.add_population(Population::input("in", 1));
    let mut own = ProgramParameters::new("listener", program(".state sum i24 sat\nadd sum, sum, m0"));
    own.modulators[0] = Some("dopamine".to_owned());
    network.add_population(Population::program("cells", 2, own));
    let image = image(&network, 2);
    let mut stimulus = Stimulus::default();
    stimulus.add_modulators([(40, 0, 30), (90, 0, -100)]);
    let mut run = Run::new(&image, stimulus, 1);
    run.steps(120);
    assert_eq!(run.word("cells", 1, 0), -70);
    assert!(run.simulation.totals().active_core_steps < 12, "{}", run.simulation.totals().active_core_steps);
}
