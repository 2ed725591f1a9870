//! `caudate verify rule` as a user types it: planted bugs and their repairs.

use crate::binary::{case, caudate, repository};
use serde_json::Value;
use std::process::Output;

/// A rule of `examples/verify`, the expectation that its bug breaks, and the epochs and spikes of the smallest counterexample.
const PLANTED: [(&str, &str, u64, u64); 6] = [
    ("sign", "e rises when pre_first", 2, 2),
    ("clip", "w in 0..255", 2, 2),
    ("decay", "e reaches 0 within 150", 2, 2),
    ("gate", "w unchanged when m0 == 0", 2, 2),
    ("width", "no saturation", 4, 5),
    ("baseline", "w unchanged when m0 == 10", 2, 2),
];

fn verify(args: &[&str]) -> Output {
    caudate().current_dir(repository()).args(["verify", "rule"]).args(args).output().unwrap()
}

fn path(name: &str) -> String {
    format!("examples/verify/{name}.rule")
}

/// What is printed, against a file; after a wanted change, run with `UPDATE_GOLDEN=1` and read the difference.
fn assert_golden(name: &str, output: &Output) {
    let golden = case("verify_rule").join(format!("{name}.txt"));
    let shown = String::from_utf8(output.stdout.clone()).unwrap();
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&golden, &shown).unwrap();
    }
    assert_eq!(shown, std::fs::read_to_string(&golden).unwrap_or_default(), "{}", golden.display());
    assert!(shown.lines().all(|line| line.chars().count() <= 100), "{name} is too wide for a terminal of 100 columns");
}

#[test]
fn every_planted_bug_is_found_with_a_smallest_counterexample() {
    for (name, expectation, epochs, spikes) in PLANTED {
        let output = verify(&[&path(name)]);
        assert_eq!(output.status.code(), Some(1), "{name}");
        assert_golden(name, &output);

        let json: Value = serde_json::from_slice(&verify(&[&path(name), "--json"]).stdout).unwrap();
        let findings = json["findings"].as_array().unwrap();
        let finding = findings.iter().find(|finding| finding["property"] == expectation).unwrap();
        let found = &finding["counterexample"];
        assert_eq!((found["epochs"].as_u64(), found["spikes"].as_u64()), (Some(epochs), Some(spikes)), "{name}");

        // The search was exhaustive up to one epoch less: nothing shorter exists in its domain.
        assert_eq!(finding["tried"]["exhaustive_epochs"].as_u64(), Some(epochs - 1), "{name}");

        let replayed = verify(&[&path(name), "--json", "--replay", found["replay"].as_str().unwrap()]);
        assert_eq!(replayed.status.code(), Some(1), "{name}");
        let again: Value = serde_json::from_slice(&replayed.stdout).unwrap();
        let same = again["findings"].as_array().unwrap().iter().find(|one| one["property"] == expectation).unwrap();
        assert_eq!(&same["counterexample"], found, "{name}");
    }
}

#[test]
fn every_repaired_rule_passes() {
    for (name, ..) in PLANTED {
        let repaired = format!("{name}_repaired");
        let output = verify(&[&path(&repaired)]);
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stdout));
        assert_golden(&repaired, &output);
    }
}

#[test]
fn microcode_can_be_held_to_a_rule() {
    let scratch = tempfile::tempdir().unwrap();
    let rule = repository().join(path("sign_repaired"));
    let program = |name: &str, text: &str| {
        let path = scratch.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    };
    let text = "\
.kind learn
.state w u8
.state e i16
mul.z  e, e, lam, 12
cmp.ne p1, y0, zero
cmp.ne p2, x0, zero
shl    r0, x1, 4
shl    r1, y1, 4
@p1 add e, e, r0
@p2 sub e, e, r1
sub    r2, m0, base
mul    r3, e, r2, 0
mac.s  w, r3, eta, 15
max    w, w, zero
min    w, w, wmax
.param lam  u12 3840
.param base i8  10
.param eta  u15 400
.param wmax u8  255
";
    let sound = program("sound.nmx", text);
    let wrong = program("wrong.nmx", &text.replace("@p2 sub", "@p1 sub"));
    for (program, code) in [(sound, 0), (wrong, 1)] {
        let output = caudate().args(["verify", "rule"]).arg(&rule).arg("--program").arg(&program).output().unwrap();
        assert_eq!(output.status.code(), Some(code), "{}", String::from_utf8_lossy(&output.stdout));
    }
    let library = repository().join("examples/programs/da_stdp.nmx");
    caudate().args(["verify", "rule"]).arg(library).assert().success();
}

#[test]
fn what_cannot_be_verified_is_refused() {
    let refused = |args: &[&str], code: &str| {
        let output = verify(args);
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{stderr}");
        assert!(stderr.contains(code) && stderr.contains("= help:"), "{stderr}");
    };
    let sound = path("gate_repaired");
    refused(&["examples/programs/cuba_lif.nmx"], "E-VERIFY-PROGRAM");
    refused(&["examples/programs/da_stdp.nmx", "--program", "examples/programs/da_stdp.nmx"], "E-VERIFY-PROGRAM");
    refused(&[&sound, "--replay", "pre=12"], "E-SCENARIO");
    let scratch = tempfile::tempdir().unwrap();
    let text = "rule \"r\" dialect=extended {\n  state w: u8\n  dw = x1*y0\n}\n";
    let unclipped = scratch.path().join("unclipped.rule");
    std::fs::write(&unclipped, text).unwrap();
    refused(&[&unclipped.display().to_string()], "E-RULE-STORE");
}
