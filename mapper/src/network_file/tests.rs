use crate::error::Error;
use crate::network::{Bias, Connect, Decay, Model, Network, Threshold};
use crate::parameter::Parameter;
use crate::{CompileOptions, compile};
use caudate_core::chip::ChipDescription;
use caudate_core::neuron::{Reset, ThresholdCompare};
use caudate_core::npz::NpzWriter;
use caudate_core::synapse::SignMode;
use std::path::Path;

const WHOLE: &str = r#"
name = "whole"

[[population]]
name = "in"
size = 3
model = "input"

[[population]]
name = "exc"
size = 4
model = "lif"
current_tau_steps = { distribution = "uniform", low = 5, high = 10, levels = 2 }
voltage_decay = 128
threshold = 6400
bias = [0, 1, 2, 3]
refractory_steps = 2
compare = "ge"
reset = { value = 5 }
initial_v = { npz = "a.npz", array = "v" }
modulators = { m0 = "dopamine" }
max_neurons_per_core = 3

[[projection]]
pre = "in"
post = "exc"
connect = { rule = "list", npz = "a.npz", post = "targets" }
weight = { npz = "a.npz", array = "w" }
weight_exponent = 1
sign = "excitatory"
delay_steps = { distribution = "choice", values = [1, 3] }
rule = "stdp"

[[projection]]
name = "recurrent"
pre = "exc"
post = "exc"
connect = { rule = "fixed-in-degree", in_degree = 2, self_connections = false }
weight = -1.5
sign = "inhibitory"
weight_bits = 4

[[rule]]
name = "stdp"
dw = "2^-2*x1*y0 - 2^-2*y1*x0"
dt = "u0*m0*t"
epoch_steps = 2
x1 = { impulse = 16, tau_steps = 20 }
y1 = { impulse = 16.5, tau_steps = 12.5 }

[[modulator]]
name = "dopamine"
decay = 512
source = "exc"
gain = 3
"#;

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = NpzWriter::new();
    writer.add_column("v", &[1.0_f64, 2.0, 3.0, 4.0]).unwrap();
    writer.add_column("w", &[10_i16, 20, 30]).unwrap();
    writer.add_column("pre", &[0_i32, 2, 1]).unwrap();
    writer.add_column("targets", &[3_u8, 0, 3]).unwrap();
    writer.write(&folder.path().join("a.npz")).unwrap();
    folder
}

/// All diagnostics, from reading or else from compiling.
fn refusal(text: &str) -> String {
    let folder = folder();
    let error = match Network::from_toml(text, "net.toml", folder.path()) {
        Err(error) => error,
        Ok(network) => {
            compile(&network, &ChipDescription::built_in("loihi1").unwrap(), &CompileOptions::default()).unwrap_err()
        }
    };
    assert!(matches!(error, Error::Invalid(_)), "{error}");
    for diagnostic in error.diagnostics() {
        assert!(diagnostic.place.is_some() && diagnostic.help.is_some(), "no place or help: {diagnostic}");
    }
    error.to_string()
}

#[test]
fn a_file_means_what_it_says() {
    let folder = folder();
    let network = Network::from_toml(WHOLE, "net.toml", folder.path()).unwrap();
    let Model::Lif(lif) = &network.populations[1].model else { panic!("lif") };
    assert_eq!(lif.current, Decay::TauSteps(Parameter::Uniform { low: 5.0, high: 10.0, levels: Some(2) }));
    assert_eq!(lif.voltage, Decay::Effective(Parameter::Constant(128.0)));
    assert_eq!(lif.threshold, Threshold::Level(Parameter::Constant(6400.0)));
    assert_eq!(lif.bias, Bias::Level(Parameter::Array(vec![0.0, 1.0, 2.0, 3.0])));
    assert_eq!((lif.compare, lif.reset), (ThresholdCompare::Ge, Reset::Value(5)));
    assert_eq!(lif.initial_v, Parameter::Array(vec![1.0, 2.0, 3.0, 4.0]));
    assert_eq!(lif.modulators[0].as_deref(), Some("dopamine"));
    let first = &network.projections[0];
    assert_eq!((first.name.as_str(), first.sign, first.weight_exponent), ("in->exc", SignMode::Excitatory, Some(1)));
    assert_eq!(first.connect, Connect::List { pre: vec![0, 2, 1], post: vec![3, 0, 3] });
    assert_eq!(network.projections[1].connect, Connect::FixedInDegree { in_degree: 2, self_connections: false });
    assert_eq!(network.rules[0].epoch_steps, 2);
    assert_eq!(network.modulators[0].gain, 3);
    let compiled =
        compile(&network, &ChipDescription::built_in("loihi1").unwrap(), &CompileOptions::default()).unwrap();
    assert_eq!(compiled.image.synapse_count(), 11);
}

#[test]
fn a_misspelt_key_is_shown_with_line_caret_and_the_nearest_key() {
    let shown = refusal(&WHOLE.replace("threshold = 6400", "treshold = 6400"));
    assert!(shown.contains("E-NET-KEY") && shown.contains("did you mean `threshold`?"), "{shown}");
    assert!(shown.contains(" | treshold = 6400\n    | ^^^^^^^^"), "{shown}");
    let shown = refusal(&WHOLE.replace("[[modulator]]", "[[modulators]]"));
    assert!(shown.contains("did you mean `modulator`?"), "{shown}");
}

#[test]
fn each_mistake_is_refused_with_its_code_and_text() {
    let cases = [
        ("size = 3", "size = -3", "E-NET-RANGE", "size = -3"),
        ("size = 3", "size = 0", "E-NET-EMPTY", "size = 0"),
        ("size = 3", "size = 3.5", "E-NET-SCHEMA", "size = 3.5"),
        ("size = 3", "", "E-NET-MISSING", "`size`"),
        ("weight = -1.5", "weight = nan", "E-NET-NUMBER", "weight = nan"),
        ("weight = -1.5", "weight = inf", "E-NET-NUMBER", "weight = inf"),
        ("weight = -1.5", "weight = \"one\"", "E-NET-SCHEMA", "expected a number, a list"),
        ("weight = -1.5", "weight = { mean = 3 }", "E-NET-MISSING", "neither npz nor distribution"),
        ("weight = -1.5", "weight = { distribution = \"uniform\", low = 1 }", "E-NET-MISSING", "`high`"),
        ("weight = -1.5", "weight = { distribution = \"choice\", values = [1], mean = 2 }", "E-NET-CONFLICT", "`mean`"),
        ("weight = -1.5", "weight = [1, 2]", "E-NET-LENGTH", "2 elements for 8 synapses"),
        ("array = \"w\"", "array = \"ww\"", "E-NET-ARRAY", "did you mean 'w'?"),
        ("npz = \"a.npz\", array = \"v\"", "npz = \"b.npz\"", "E-NET-FILE", "b.npz"),
        ("npz = \"a.npz\", array = \"v\"", "npz = \".\"", "E-NET-FILE", "directory"),
        ("model = \"input\"", "model = \"input\"\nthreshold = 3", "E-NET-CONFLICT", "`threshold` is for neurons"),
        ("voltage_decay = 128", "voltage_decay = 128\nvoltage_tau_steps = 3", "E-NET-CONFLICT", "voltage_tau_steps"),
        ("voltage_decay = 128", "voltage_decay = 128.5", "E-NET-WHOLE", "128.5"),
        ("voltage_decay = 128", "voltage_decay = 5000", "E-NET-RANGE", "0..=4096"),
        ("compare = \"ge\"", "compare = \"gte\"", "E-NET-UNKNOWN", "did you mean \"gt\"?"),
        ("pre = \"exc\"", "pre = \"exs\"", "E-NET-UNKNOWN", "did you mean 'exc'?"),
        (
            "post = \"exc\"\nconnect = { rule = \"fixed",
            "post = \"in\"\nconnect = { rule = \"fixed",
            "E-NET-TARGET",
            "is an input",
        ),
        ("in_degree = 2", "in_degree = 4", "E-NET-RANGE", "only 3 different sources"),
        ("in_degree = 2, ", "", "E-NET-MISSING", "`in_degree`"),
        ("in_degree = 2", "in_degree = 2, probability = 0.1", "E-NET-CONFLICT", "`probability`"),
        ("dt = \"u0*m0*t\"", "dt = \"u0*m0*q\"", "E-RULE-SYMBOL", "net.toml: rule 'stdp', dt"),
        ("2^-2*x1*y0", "x1**y0", "E-RULE-POWER", "x1**y0"),
        ("x1 = { impulse = 16, tau_steps = 20 }", "", "E-NET-TRACE", "reads x1"),
        ("epoch_steps = 2", "epoch_steps = 64", "E-NET-RANGE", "1..=63"),
        ("gain = 3", "", "E-NET-MISSING", "`gain`"),
        ("source = \"exc\"", "source = \"in\"", "E-NET-SOURCE", "input population"),
        ("m0 = \"dopamine\"", "m0 = \"dopamin\"", "E-NET-UNKNOWN", "did you mean 'dopamine'?"),
        ("name = \"whole\"", "", "E-NET-MISSING", "`name`"),
        ("size = 3", "size = = 3", "E-NET-SCHEMA", "size = = 3"),
    ];
    for (from, to, code, part) in cases {
        assert!(WHOLE.contains(from), "{from}");
        let shown = refusal(&WHOLE.replacen(from, to, 1));
        assert!(
            shown.contains(&format!("error[{code}]")) && shown.contains(part),
            "{from} -> {to}: wanted {code}, {part}\n{shown}"
        );
    }
}

#[test]
fn several_mistakes_come_at_once() {
    let text = WHOLE.replacen("size = 3", "size = -3", 1).replacen("weight = -1.5", "weight = nan", 1).replacen(
        "epoch_steps = 2",
        "epoch_steps = 0",
        1,
    );
    let shown = refusal(&text);
    assert!(["size = -3", "weight = nan", "epoch_steps = 0"].iter().all(|part| shown.contains(part)), "{shown}");
    let text = WHOLE.replacen("pre = \"exc\"", "pre = \"exs\"", 1).replacen("x1*y0", "x1*z0", 1);
    let shown = refusal(&text);
    assert!(shown.contains("E-NET-UNKNOWN") && shown.contains("E-RULE-SYMBOL"), "{shown}");
}

#[test]
fn a_mistake_in_copies_is_told_once() {
    let text = r#"
name = "copied"
population = [{ name = "in{}", copies = 5, size = 1, model = "input" }, { name = "exc{}", copies = 5, size = 1, model = "lif", threshold = 1 }]
projection = [{ name = "j{}", copies = 5, pre = "in{}", post = "exc{}", connect = "all-to-all", weight = 1, weight_bits = 3, sign = "excitatory" }]
"#;
    let network = Network::from_toml(text, "copied.toml", Path::new(".")).unwrap();
    let error = compile(&network, &ChipDescription::built_in("tiny").unwrap(), &CompileOptions::default()).unwrap_err();
    let codes: Vec<&str> = error.diagnostics().iter().map(|diagnostic| diagnostic.code).collect();
    assert_eq!(codes, ["E-FIT-WEIGHT-BITS"], "{error}");
}

#[test]
fn a_missing_file_and_a_directory_are_named() {
    let folder = folder();
    for path in [folder.path().join("none.toml"), folder.path().to_owned()] {
        let shown = Network::from_toml_file(&path).unwrap_err().to_string();
        assert!(shown.contains(&path.display().to_string()), "{shown}");
    }
    assert!(Network::from_toml_file(Path::new("nowhere/x.toml")).is_err());
}
