//! Populations and rules in microcode, from network to image.

use super::{chip, lif};
use crate::check::check;
use crate::network::{
    Connect, ModulatorSpec, Network, Population, ProgramParameters, Projection, RuleMicrocode, RuleSpec, TraceSpec,
};
use crate::parameter::Parameter;
use crate::{Compilation, CompileOptions, compile};
use caudate_core::chip::{ChipDescription, Limit};
use caudate_core::image::{ChipImage, Values};
use caudate_core::synapse::SignMode;
use caudate_isa::nmx::Program;
use caudate_isa::nmx::asm::assemble;

pub(super) fn program(text: &str) -> Program {
    assemble("test.nmx", text).unwrap_or_else(|found| panic!("{found:?}")).program
}

/// A program of `examples/programs`.
pub(super) fn example(name: &str) -> Program {
    let path = format!("{}/../examples/programs/{name}.nmx", env!("CARGO_MANIFEST_DIR"));
    program(&std::fs::read_to_string(path).unwrap())
}

pub(super) fn own(name: &str) -> ProgramParameters {
    ProgramParameters::new(name, example(name))
}

/// A compartment whose program pops once if it has a child and pushes once if it has a parent, which is population `p<parent>`.
pub(super) fn compartment(parent: Option<usize>, has_child: bool, level: &Parameter) -> ProgramParameters {
    let pop = if has_child { "pop r0\nsat r0, r0, i16\nadd v, v, r0\n" } else { "" };
    let push = if parent.is_some() { "psh v\n" } else { "" };
    let text =
        format!(".kind neuron\n.state v i16 sat\n.param k i16 0\n{pop}add v, v, i0\nadd v, v, k\nspk v, 7\n{push}");
    ProgramParameters {
        parent: parent.map(|parent| format!("p{parent}")),
        parameters: vec![("k".to_owned(), level.clone())],
        ..ProgramParameters::new("compartment", program(&text))
    }
}

/// `in` drives somata with an apical dendrite each, that a rule in microcode reaches.
pub(super) fn pyramidal(size: u32) -> Network {
    let mut network = Network::new("pyramidal");
    network.add_modulator(ModulatorSpec { name: "dopamine".to_owned(), decay: 4096, source: None, gain: 0 });
    network.add_population(Population::input("in", 4));
    let vth = Parameter::Uniform { low: 80_000.0, high: 90_000.0, levels: None };
    let mut soma = ProgramParameters { parameters: vec![("vth".to_owned(), vth)], ..own("soma") };
    soma.modulators[0] = Some("dopamine".to_owned());
    let mut apical = ProgramParameters { parent: Some("soma".to_owned()), ..own("apical") };
    apical.initial = vec![("va".to_owned(), Parameter::Constant(-5.0))];
    apical.modulators[0] = Some("dopamine".to_owned());
    network.add_population(Population::program("soma", size, soma));
    network.add_population(Population::program("apical", size, apical));
    network.add_population(lif("out", 3));
    let trace = Some(TraceSpec { impulse: 16.0, tau_steps: 10.0 });
    let microcode = RuleMicrocode {
        parameters: vec![("eta".to_owned(), 80.0)],
        initial: vec![("e".to_owned(), 3.0)],
        ..RuleMicrocode::new("r_stdp", example("r_stdp"))
    };
    network.add_rule(RuleSpec { microcode: Some(microcode), x1: trace, y1: trace, ..RuleSpec::new("reward") });
    let all = || Connect::AllToAll { self_connections: true };
    let exciting = |projection| Projection { sign: SignMode::Excitatory, weight_exponent: Some(0), ..projection };
    network.add_projection(exciting(Projection::new("in", "soma", all(), 100.0)));
    let learnt = Projection { rule: Some("reward".to_owned()), ..Projection::new("in", "apical", all(), 50.0) };
    network.add_projection(exciting(learnt));
    network.add_projection(Projection { is_graded: true, ..Projection::new("soma", "out", all(), 9.0) });
    network
}

fn compiled(network: &Network, chip: &ChipDescription) -> Compilation {
    compile(network, chip, &CompileOptions::default()).unwrap_or_else(|error| panic!("{error}"))
}

#[track_caller]
fn refused(network: &Network, on: &ChipDescription, parts: &[&str]) {
    let shown = compile(network, on, &CompileOptions::default()).unwrap_err().to_string();
    for part in parts {
        assert!(shown.contains(part), "{part:?} is not in\n{shown}");
    }
}

/// `pyramidal` with one change, on `loihi2`.
#[track_caller]
fn spoilt(edit: impl FnOnce(&mut Network), parts: &[&str]) {
    let mut network = pyramidal(6);
    edit(&mut network);
    refused(&network, &chip("loihi2"), parts);
}

fn soma(network: &mut Network) -> &mut ProgramParameters {
    let crate::network::Model::Program(own) = &mut network.populations[1].model else { panic!("no program") };
    own
}

fn apical(network: &mut Network) -> &mut ProgramParameters {
    let crate::network::Model::Program(own) = &mut network.populations[2].model else { panic!("no program") };
    own
}

fn rule(network: &mut Network) -> &mut RuleMicrocode {
    network.rules[0].microcode.as_mut().unwrap()
}

#[test]
fn blocks_rules_and_groups_say_what_the_network_says() {
    let network = pyramidal(6);
    let compilation = compiled(&network, &chip("loihi2"));
    let image = &compilation.image;
    assert_eq!(compilation.report.warnings, [] as [String; 0]);
    let names: Vec<&str> = image.programs.iter().map(|own| own.name.as_str()).collect();
    assert_eq!(names, ["soma", "apical", "r_stdp"]);
    let [soma, apical] = image.cores[0].microcode.as_slice() else { panic!("two blocks") };
    assert_eq!((soma.first, soma.count, soma.parent), (0, 6, None));
    assert_eq!((apical.first, apical.count, apical.parent), (6, 6, Some(0)));
    assert_eq!(soma.parameters[0], Values::Same(3686));
    let Values::Each(thresholds) = &soma.parameters[2] else { panic!("thresholds differ") };
    assert!(thresholds.iter().all(|vth| (80_000..=90_000).contains(vth)));
    assert_eq!(apical.initial, [Values::Same(-5)]);
    let own = image.cores[0].rules[0].program.microcode().unwrap();
    assert_eq!((own.weight, own.delay, own.parameters[2], own.initial[1]), (Some(0), None, 80, 3));
    assert_eq!(image.cores[0].formats.iter().map(|format| format.tag_bits).max(), Some(16));
    assert!(image.cores[0].groups.iter().any(|group| group.is_graded));
    // 10 + 5 + 12 instructions; 3 B of state, and 24 bits of a threshold of its own in each soma.
    let largest = |noun| compilation.report.resources.iter().find(|own| own.resource.noun() == noun).unwrap().largest;
    assert_eq!((largest("words of microcode"), largest("B of neuron memory")), (27, 6 * 6 + 6 * 3));
    assert_eq!(ChipImage::from_bytes(&image.to_bytes().unwrap()).unwrap(), *image);
}

#[test]
fn axons_carry_the_ports_that_their_lists_listen_to() {
    let two_ports = ".kind neuron\n.state v u8 sat\nadd v, v, i2\nspk v, 0\nspk v, 9";
    let mut network = Network::new("ports");
    network.add_population(Population::program("source", 3, ProgramParameters::new("two", program(two_ports))));
    network.add_population(Population::program("sink", 3, ProgramParameters::new("two", program(two_ports))));
    for (name, port, dendrite) in [("a", 0, 2), ("b", 9, 2), ("c", 9, 1), ("d", 5, 2)] {
        let projection = Projection::new("source", "sink", Connect::OneToOne, 3.0);
        network.add_projection(Projection { name: name.to_owned(), port, dendrite, ..projection });
    }
    let Compilation { image, report, .. } = compiled(&network, &chip("loihi2"));
    assert!(image.cores[0].routes.iter().all(|route| route.ports == 1 | 1 << 5 | 1 << 9));
    let expected = [
        "projection 'c' ends at dendrite 1, which program 'two' of population 'sink' does not read",
        "projection 'd' carries spikes of port 5, on which program 'two' of population 'source' emits none",
    ];
    assert_eq!(report.warnings, expected);
    assert_eq!(image.programs.len(), 1);
}

#[test]
fn cells_stay_together_when_they_fill_several_cores() {
    let network = pyramidal(40);
    let options = CompileOptions { max_neurons_per_core: Some(7), ..CompileOptions::default() };
    let image = compile(&network, &chip("loihi2"), &options).unwrap().image;
    assert!(image.cores.len() >= 14);
    for core in image.cores.iter().filter(|core| !core.microcode.is_empty()) {
        assert_eq!(core.microcode.iter().map(|block| (block.count, block.parent)).collect::<Vec<_>>(), {
            let count = core.microcode[0].count;
            assert!(count <= 3);
            [(count, None), (count, Some(0))]
        });
    }
    assert!(check(&image, &network).is_ok());
    let options = CompileOptions { max_neurons_per_core: Some(1), ..CompileOptions::default() };
    let shown = compile(&network, &chip("loihi2"), &options).unwrap_err().to_string();
    assert!(shown.contains("a cell of 2 compartments") && shown.contains("use at least 2"), "{shown}");
}

#[test]
fn what_is_wrong_with_a_population_is_told() {
    let number = |value: f64| vec![("vth".to_owned(), Parameter::Constant(value))];
    spoilt(|n| soma(n).parameters[0].0 = "vt".to_owned(), &["E-NET-UNKNOWN", "did you mean 'vth'?"]);
    spoilt(|n| soma(n).parameters = number(9e6), &["E-NET-RANGE", "parameters.vth is 9000000", "-8388608..=8388607"]);
    spoilt(|n| soma(n).parameters = number(0.5), &["E-NET-WHOLE", "parameters.vth is 0.5"]);
    let array = Parameter::Array(vec![1.0, 2.0, 3.0, 4.0, 1e9, 6.0]);
    spoilt(|n| soma(n).parameters[0].1 = array, &["E-NET-RANGE", "element 4: parameters.vth is 1000000000"]);
    spoilt(
        |n| soma(n).parameters[0].1 = Parameter::Array(vec![1.0]),
        &["E-NET-LENGTH", "population 'soma', parameters.vth"],
    );
    spoilt(|n| soma(n).initial = vec![("u".to_owned(), 0.0.into())], &["E-NET-UNKNOWN", "no state word is named 'u'"]);
    spoilt(|n| soma(n).program = example("r_stdp"), &["E-NET-PROGRAM", "is of kind learn"]);
    spoilt(|n| apical(n).parent = Some("somata".to_owned()), &["E-NET-UNKNOWN", "did you mean 'soma'?"]);
    spoilt(|n| apical(n).parent = Some("out".to_owned()), &["E-NET-PARENT", "runs no program"]);
    spoilt(|n| n.populations[2].size = 5, &["E-NET-LENGTH", "the sizes are 5 and 6"]);
    spoilt(|n| soma(n).parent = Some("apical".to_owned()), &["E-NET-PARENT", "lead back to it"]);
    spoilt(|n| apical(n).parent = None, &["N0409", "pops 1 value", "1 value remain", "population 'apical'"]);
    spoilt(|n| n.projections[0].dendrite = 4, &["E-NET-RANGE", "dendrite is 4; the range is 0..=3"]);
    spoilt(|n| n.projections[0].port = 3, &["E-NET-CONFLICT", "its spikes leave on port 0"]);
    spoilt(|n| n.projections[2].port = 64, &["E-NET-RANGE", "port is 64; the range is 0..=63"]);
    spoilt(|n| n.projections[2].dendrite = 1, &["E-NET-CONFLICT", "have dendrite 0 alone"]);
    let claims = program(".kind neuron\n.state v i8 5 9\nmov r0, v");
    spoilt(
        |n| *soma(n) = ProgramParameters::new("claims", claims),
        &["E-NET-RANGE", "starts as 0; the range claimed for it is 5..=9"],
    );
}

#[test]
fn what_is_wrong_with_a_rule_is_told() {
    spoilt(|n| rule(n).parameters[0].0 = "etta".to_owned(), &["E-NET-UNKNOWN", "did you mean 'eta'?"]);
    spoilt(|n| rule(n).parameters[0].1 = 40_000.0, &["E-NET-RANGE", "parameters.eta is 40000; the range is 0..=32767"]);
    spoilt(|n| rule(n).parameters[0].1 = f64::NAN, &["E-NET-NUMBER"]);
    spoilt(|n| rule(n).initial[0].0 = "w".to_owned(), &["E-NET-CONFLICT", "the projection says weight"]);
    spoilt(|n| rule(n).program = example("soma"), &["E-NET-PROGRAM", "is of kind neuron"]);
    spoilt(|n| n.rules[0].dw = Some("x1*y0".to_owned()), &["E-NET-CONFLICT", "sums of products"]);
    spoilt(|n| n.rules[0].y1 = None, &["E-NET-TRACE", "reads y1"]);
    spoilt(|n| n.projections[1].sign = SignMode::Inhibitory, &["E-NET-RANGE", "lets `w` be 0..=255", "-255..=0"]);
    let learn = |text: &str| program(&format!(".kind learn\n{text}"));
    let narrow = learn(".state w u8 0 40\n.state e i16\n.param eta u15 0\nmov r0, w");
    spoilt(
        |n| rule(n).program = narrow.clone(),
        &["E-NET-RANGE", "weight 50 of synapse 0 (in[0] -> apical[0])", "0..=40"],
    );
    let wide = learn(&(0..5).map(|word| format!(".state e{word} i32\n")).collect::<String>());
    spoilt(|n| rule(n).program = wide.clone(), &["E-NET-RANGE", "keeps 160 bits", "limit is 128"]);
    let delays = learn(".state d u6\n.param eta u15 0\n.state e u2\nmov r0, d");
    spoilt(|n| rule(n).program = delays.clone(), &["E-NET-RANGE", "stored delay `d` be 0..=63", "stores 0..=62"]);
    let options =
        CompileOptions { semantics: Some(caudate_core::semantics::Semantics::Lava), ..CompileOptions::default() };
    let shown = compile(&pyramidal(2), &chip("loihi2"), &options).unwrap_err().to_string();
    assert!(shown.contains("E-NET-SEMANTICS") && shown.contains("which the semantics 'lava' do not run"), "{shown}");
}

#[test]
fn programs_are_verified_with_the_values_in_force() {
    let text = ".kind neuron\n.state v i16\n.param k u16 1\nmov v, zero\nadd v, v, k";
    let with = |k: Parameter| {
        let mut network = Network::new("values");
        let own = ProgramParameters {
            parameters: vec![("k".to_owned(), k)],
            ..ProgramParameters::new("adder", program(text))
        };
        network.add_population(Population::program("cells", 600, own));
        network
    };
    let uniform = |high, levels| Parameter::Uniform { low: 0.0, high, levels };
    compiled(&with(uniform(32_767.0, None)), &chip("loihi2"));
    let parts = ["N0405", "population 'cells', program 'adder' with its parameters in force:", "v, v, k"];
    refused(&with(Parameter::Constant(40_000.0)), &chip("loihi2"), &parts);
    refused(&with(uniform(40_000.0, Some(20))), &chip("loihi2"), &parts);
    refused(&with(uniform(40_000.0, None)), &chip("loihi2"), &["N0405", "combinations of parameters", "levels = k"]);

    // Bounds forget that v and k come from the same compartment; looking at each of few values does not.
    let related = ".kind neuron\n.state v u16\n.param k u16 1\n.require v <= k\nmin v, i0, k\nmax v, v, zero";
    let mut network = with(uniform(900.0, Some(8)));
    let crate::network::Model::Program(own) = &mut network.populations[0].model else { panic!("no program") };
    own.program = program(related);
    compiled(&network, &chip("loihi2"));
}

#[test]
fn chips_refuse_what_their_cores_do_not_hold() {
    let help = "chip 'loihi1' runs no microcode; these built-in chips do: loihi2, tiny, unlimited";
    refused(&pyramidal(2), &chip("loihi1"), &["E-FIT-PROGRAM", "(2 compartments)", "limit 0", help]);
    let mut small = chip("loihi2");
    small.core.program_words = Limit::AtMost(26);
    refused(&pyramidal(2), &small, &["E-FIT-PROGRAM", "needs 27 words of microcode", "limit 26"]);
    small.core.program_words = Limit::Unlimited;
    small.core.neuron_memory_bytes = Limit::AtMost(8);
    refused(&pyramidal(2), &small, &["E-FIT-NEURON-MEMORY", "needs 9 B of neuron memory", "limit 8"]);
    small.core.neuron_memory_bytes = Limit::Unlimited;
    small.core.program_cycles = Limit::AtMost(9);
    refused(
        &pyramidal(2),
        &small,
        &["E-FIT-CYCLES", "program 'soma' takes 10 cycles", "program 'r_stdp' takes 12 cycles"],
    );
    let mut few = chip("tiny");
    few.core.neuron_memory_bytes = Limit::AtMost(18);
    few.core.input_axons = Limit::Unlimited;
    few.core.synaptic_memory_bytes = Limit::Unlimited;
    few.core.trace_memory_bytes = Limit::Unlimited;
    refused(&pyramidal(9), &few, &["E-FIT-NEURON-MEMORY", "18 B of neuron memory per core", "narrow the types"]);
}

#[test]
fn what_nobody_hears_is_told() {
    let mut network = pyramidal(2);
    apical(&mut network).modulators = Default::default();
    let warnings = compiled(&network, &chip("loihi2")).report.warnings;
    assert_eq!(
        warnings,
        ["rule 'reward' reads m0, to which its targets in population 'apical' do not subscribe: it is always 0"]
    );
    let mut network = Network::new("deaf");
    network.add_population(Population::program("cells", 2, own("adaptive_lif")));
    let warnings = compiled(&network, &chip("loihi2")).report.warnings;
    assert_eq!(
        warnings,
        ["program 'adaptive_lif' reads m0, to which population 'cells' does not subscribe: it is always 0"]
    );
    let mut network = pyramidal(2);
    network.projections[1].sign = SignMode::Mixed;
    let mixed = program(".kind learn\n.state w i9\n.state e i16\n.param eta u15 0\nmov w, zero");
    rule(&mut network).program = mixed;
    let warnings = compiled(&network, &chip("loihi2")).report.warnings;
    assert!(warnings.iter().any(|warning| warning.contains("in steps of 2")), "{warnings:?}");
}

#[test]
fn learning_under_b2l_knows_no_graded_spikes() {
    let mut network = Network::new("b2l");
    network.add_rule(RuleSpec { dt: None, ..super::stdp("stdp") });
    network.add_population(lif("cells", 2));
    let projection = Projection::new("cells", "cells", Connect::OneToOne, 4.0);
    network.add_projection(Projection { rule: Some("stdp".to_owned()), is_graded: true, ..projection });
    let semantics = Some(caudate_core::semantics::Semantics::B2l);
    let options = CompileOptions { semantics, ..CompileOptions::default() };
    let shown = compile(&network, &chip("loihi2"), &options).unwrap_err().to_string();
    assert!(shown.contains("E-NET-SEMANTICS") && shown.contains("nor graded spikes"), "{shown}");
    network.projections[0].is_graded = false;
    assert!(compile(&network, &chip("loihi2"), &options).is_ok());
}
