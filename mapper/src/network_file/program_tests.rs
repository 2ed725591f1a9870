//! Programs in network files.

use crate::network::{Model, Network};
use crate::parameter::Parameter;
use crate::{CompileOptions, Error, compile};
use caudate_core::chip::ChipDescription;

const CELL: &str = ".kind neuron\n.state v i24 sat\n.param vth i24 6400\nadd v, v, i0\nadd v, v, i2\ncmp.gt p1, v, vth\n@p1 spk v, 3\n";
const DENDRITE: &str = ".kind neuron\n.state va i16 sat\nadd va, va, i0\npsh va\n";
const SOMA: &str = ".kind neuron\n.state v i16 sat\npop r0\nsat r0, r0, i15\nadd v, v, r0\n";
const RULE: &str = ".kind learn\n.state w u8 0 100\n.state e u4\n.param top u8 90\nmin w, w, x1\nmin w, w, top\n";

const WHOLE: &str = r#"
name = "programs"

[[population]]
name = "cells"
size = 3
model = "program"
program = "cell.nmx"
parameters = { vth = [10, 20, 30] }
initial = { v = -5 }
max_neurons_per_core = 2

[[population]]
name = "soma"
size = 2
model = "program"
program = "soma.nmx"

[[population]]
copies = 1
name = "dendrite{}"
size = 2
model = "program"
program = "dendrite.nmx"
parent = "soma"

[[projection]]
pre = "cells"
post = "cells"
connect = "all-to-all"
sign = "excitatory"
weight = 60
weight_exponent = 0
dendrite = 2
port = 3
graded = true
rule = "learn"

[[rule]]
name = "learn"
program = "rule.nmx"
parameters = { top = 80 }
initial = { e = 7 }
x1 = { impulse = 16, tau_steps = 20 }
"#;

fn read(text: &str) -> Result<Network, Error> {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in [("cell.nmx", CELL), ("soma.nmx", SOMA), ("dendrite.nmx", DENDRITE), ("rule.nmx", RULE)] {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    std::fs::write(folder.path().join("wrong.nmx"), ".kind neuron\nadd r0, r1, i0\nmov v, r0\n").unwrap();
    Network::from_toml(text, "net.toml", folder.path())
}

fn refusal(text: &str) -> String {
    let compiled = read(text).and_then(|network| {
        compile(&network, &ChipDescription::built_in("loihi2").unwrap(), &CompileOptions::default())
    });
    let error = compiled.map(|_| ()).unwrap_err();
    for diagnostic in error.diagnostics() {
        assert!(diagnostic.place.is_some() && diagnostic.help.is_some(), "no place or help: {diagnostic}");
    }
    error.to_string()
}

#[test]
fn programs_mean_what_the_file_says() {
    let network = read(WHOLE).unwrap();
    let Model::Program(own) = &network.populations[0].model else { panic!("it runs a program") };
    assert_eq!(own.name, "cell.nmx");
    assert_eq!(own.parameters, [("vth".to_owned(), Parameter::Array(vec![10.0, 20.0, 30.0]))]);
    assert_eq!(own.initial, [("v".to_owned(), Parameter::Constant(-5.0))]);
    let parent = network.populations[2].own_program().and_then(|own| own.parent.as_deref());
    assert_eq!((network.populations[2].name.as_str(), parent), ("dendrite0", Some("soma")));
    let projection = &network.projections[0];
    assert_eq!((projection.dendrite, projection.port, projection.is_graded), (2, 3, true));
    let rule = network.rules[0].microcode.as_ref().unwrap();
    assert_eq!(
        (rule.parameters.as_slice(), rule.initial.as_slice()),
        (&[("top".to_owned(), 80.0)][..], &[("e".to_owned(), 7.0)][..])
    );
    let chip = ChipDescription::built_in("loihi2").unwrap();
    let compiled = compile(&network, &chip, &CompileOptions::default()).unwrap();
    assert_eq!((compiled.image.programs.len(), compiled.image.cores.len()), (4, 2));
}

#[test]
fn each_mistake_is_shown_where_it_is() {
    let cases = [
        ("vth = [10", "vht = [10", "E-NET-UNKNOWN", "did you mean 'vth'?"),
        ("vth = [10, 20, 30]", "vth = [10, 20]", "E-NET-LENGTH", "[10, 20] }\n   |                      ^^^^^^^^"),
        ("initial = { v = -5 }", "initial = { v = 9e9 }", "E-NET-RANGE", "initial.v is 9000000000"),
        ("program = \"cell.nmx\"\n", "", "E-NET-MISSING", "`program`"),
        ("program = \"cell.nmx\"", "program = \"cel.nmx\"", "E-NET-FILE", "cel.nmx"),
        ("program = \"cell.nmx\"", "program = \"cell.txt\"", "E-NET-FILE", "is no program"),
        ("program = \"cell.nmx\"", "program = \"cell\"", "E-NET-FILE", "end in .nmx"),
        ("program = \"cell.nmx\"", "program = \"rule.nmx\"", "E-NET-PROGRAM", "of kind learn"),
        ("program = \"cell.nmx\"", "program = \"wrong.nmx\"", "N0327", "wrong.nmx:3:5"),
        ("program = \"cell.nmx\"", "program = \"cell.nmx\"\nthreshold = 3", "E-NET-CONFLICT", "for the fixed neuron"),
        (
            "model = \"program\"\nprogram = \"cell.nmx\"",
            "model = \"lif\"\nprogram = \"cell.nmx\"",
            "E-NET-CONFLICT",
            "that run a program",
        ),
        ("parent = \"soma\"", "parent = \"some\"", "E-NET-UNKNOWN", "did you mean 'soma'?"),
        ("parent = \"soma\"\n", "", "N0409", "1 value remain"),
        ("dendrite = 2", "dendrite = 4", "E-NET-RANGE", "0..=3"),
        ("port = 3", "port = 64", "E-NET-RANGE", "0..=63"),
        ("graded = true", "graded = 1", "E-NET-SCHEMA", "graded = 1"),
        ("top = 80", "top = 300", "E-NET-RANGE", "parameters.top is 300; the range is 0..=255"),
        ("top = 80", "topp = 80", "E-NET-UNKNOWN", "did you mean 'top'?"),
        ("e = 7", "e = 16", "E-NET-RANGE", "initial.e is 16; the range is 0..=15"),
        ("program = \"rule.nmx\"\n", "dw = \"x1*y0\"\n", "E-NET-MISSING", "`program`"),
        ("weight = 60", "weight = 101", "E-NET-RANGE", "101"),
        ("x1 = { impulse = 16, tau_steps = 20 }", "", "E-NET-TRACE", "reads x1"),
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
fn what_is_wrong_in_a_program_comes_once_and_with_the_rest() {
    let text = WHOLE.replacen("cell.nmx", "wrong.nmx", 1).replacen("soma.nmx", "wrong.nmx", 1).replacen(
        "port = 3",
        "port = 77",
        1,
    );
    let shown = refusal(&text);
    assert!(shown.matches("error[N0327]").count() == 1 && shown.contains("port is 77"), "{shown}");
}
