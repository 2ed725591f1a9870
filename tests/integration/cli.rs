//! What the subcommands do, seen from outside.

use crate::binary::{case, caudate, files};
use serde_json::Value;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// Files that may differ between equal runs.
const MAY_DIFFER: [&str; 2] = ["report.json", "timing.json"];

fn run_small(out: &Path, extra: &[&str]) -> String {
    let mut command = caudate();
    command.arg("run").arg(case("small/experiment.toml")).arg("--out").arg(out).args(extra);
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(output.stderr.is_empty(), "progress belongs on a terminal alone");
    String::from_utf8(output.stdout).unwrap()
}

fn results(folder: &Path) -> Vec<(String, Vec<u8>)> {
    files(folder).into_iter().filter(|(name, _)| !MAY_DIFFER.contains(&name.as_str())).collect()
}

fn assert_same(left: &Path, right: &Path) {
    let (left, right) = (results(left), results(right));
    let names = |all: &[(String, Vec<u8>)]| all.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
    assert_eq!(names(&left), names(&right));
    for ((name, a), (_, b)) in left.iter().zip(&right) {
        assert!(a == b, "{name} differs");
    }
}

fn small_image(scratch: &TempDir) -> PathBuf {
    let image = scratch.path().join("small.caudate");
    let network = case("small/network.toml");
    caudate().arg("compile").arg(network).args(["--chip", "tiny", "--seed", "3", "-o"]).arg(&image).assert().success();
    image
}

fn json(bytes: &[u8]) -> Value {
    serde_json::from_slice(bytes).unwrap()
}

fn stdout(command: &mut assert_cmd::Command) -> String {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn run_writes_its_files_and_a_report_for_people() {
    let out = tempfile::tempdir().unwrap();
    let text = run_small(out.path(), &[]);
    let names: Vec<String> = files(out.path()).into_iter().map(|(name, _)| name).collect();
    let expected = [
        "image.caudate",
        "report.html",
        "report.json",
        "spikes.npz",
        "states.npz",
        "stimulus.npz",
        "summary.json",
        "timing.json",
        "weights.npz",
    ];
    assert_eq!(names, expected);
    for part in [
        "network 'small' on chip 'tiny'",
        "closest limit:",
        "synaptic events",
        "loihi1-davies2018",
        "loihi1-nahuku-fit",
    ] {
        assert!(text.contains(part), "{part} is missing from\n{text}");
    }
    let report = json(&std::fs::read(out.path().join("report.json")).unwrap());
    let provenance = &report["costs"][0]["synaptic_event"]["provenance"];
    assert!(provenance.as_str().is_some_and(|source| source.starts_with("published")), "{provenance}");
    assert_eq!(
        report["mapping"]["cores"].as_array().map(Vec::len),
        report["mapping"]["totals"]["cores"].as_u64().map(|n| n as usize)
    );
}

#[test]
fn the_summary_holds_what_it_promises() {
    let out = tempfile::tempdir().unwrap();
    let printed = run_small(out.path(), &["--json", "--cost", "loihi1-nahuku-fit"]);
    let written = std::fs::read_to_string(out.path().join("summary.json")).unwrap();
    assert_eq!(printed, written);
    let summary = json(written.as_bytes());
    for field in ["seed", "spikes", "synaptic_events", "neuron_updates", "learning_updates", "time_ps", "steps"] {
        assert!(summary[field].as_u64().is_some_and(|count| count > 0), "{field}: {}", summary[field]);
    }
    assert!(summary["energy_pj"].as_f64().is_some_and(|energy| energy > 0.0));
    assert_eq!((&summary["profile"], &summary["semantics"]), (&"loihi1-nahuku-fit".into(), &"loihi1".into()));
}

#[test]
fn equal_runs_write_equal_bytes_at_any_thread_count() {
    let [one, again, two] = [(); 3].map(|()| tempfile::tempdir().unwrap());
    run_small(one.path(), &[]);
    run_small(again.path(), &[]);
    run_small(two.path(), &["--threads", "2"]);
    assert_same(one.path(), again.path());
    assert_same(one.path(), two.path());
    let other = tempfile::tempdir().unwrap();
    run_small(other.path(), &["--seed", "4"]);
    assert!(results(one.path()) != results(other.path()), "another seed gives another run");
    let set = tempfile::tempdir().unwrap();
    run_small(set.path(), &["--set", "seed=4"]);
    assert_same(other.path(), set.path());
}

#[test]
fn a_run_without_probes_leaves_no_states_of_an_earlier_one() {
    let out = tempfile::tempdir().unwrap();
    run_small(out.path(), &[]);
    assert!(out.path().join("states.npz").is_file());
    run_small(out.path(), &["--set", "probe=[]"]);
    assert!(!out.path().join("states.npz").exists());
}

#[test]
fn compile_twice_gives_equal_bytes_and_equals_the_image_of_run() {
    let [first, second, out] = [(); 3].map(|()| tempfile::tempdir().unwrap());
    let first = std::fs::read(small_image(&first)).unwrap();
    assert!(first == std::fs::read(small_image(&second)).unwrap());
    run_small(out.path(), &[]);
    assert!(first == std::fs::read(out.path().join("image.caudate")).unwrap());
}

#[test]
fn compile_then_simulate_equals_run() {
    let [scratch, ran, simulated] = [(); 3].map(|()| tempfile::tempdir().unwrap());
    run_small(ran.path(), &[]);
    let image = small_image(&scratch);
    let mut command = caudate();
    command.arg("simulate").arg(image).args(["--steps", "300", "--threads", "2", "--out"]).arg(simulated.path());
    stdout(command.arg("--stimulus").arg(ran.path().join("stimulus.npz")));
    for name in ["spikes.npz", "summary.json", "weights.npz", "stimulus.npz"] {
        assert!(
            std::fs::read(ran.path().join(name)).unwrap() == std::fs::read(simulated.path().join(name)).unwrap(),
            "{name} differs"
        );
    }
}

#[test]
fn simulate_probes_what_it_is_told() {
    let [scratch, out] = [(); 2].map(|()| tempfile::tempdir().unwrap());
    let image = small_image(&scratch);
    stdout(caudate().arg("simulate").arg(&image).args(["--steps", "20", "--probe", "inh", "--out"]).arg(out.path()));
    let arrays = caudate_core::npz::Arrays::read(&out.path().join("states.npz")).unwrap();
    assert_eq!(arrays.names().collect::<Vec<_>>(), ["inh.neurons", "inh.steps", "inh.u", "inh.v"]);
    assert_eq!(arrays.get("inh.v").unwrap().shape, [20, 4]);
    let mut command = caudate();
    command.arg("simulate").arg(&image).args(["--steps", "20", "--probe", "ihn", "--out"]).arg(out.path());
    let stderr = String::from_utf8(command.assert().code(2).get_output().stderr.clone()).unwrap();
    assert!(stderr.contains("did you mean 'inh'?"), "{stderr}");
}

/// A chip file like `tiny` with one line changed.
fn chip_like_tiny(scratch: &TempDir, from: &str, to: &str) -> PathBuf {
    let path = scratch.path().join("changed.toml");
    let (_, tiny) = caudate_core::chip::BUILT_IN.iter().find(|(name, _)| *name == "tiny").unwrap();
    std::fs::write(&path, tiny.replace(from, to).replace("\"tiny\"", "\"changed\"")).unwrap();
    path
}

#[test]
fn check_prints_a_line_per_check() {
    let scratch = tempfile::tempdir().unwrap();
    let network =
        stdout(caudate().arg("check").arg(case("small/network.toml")).args(["--chip", "tiny", "--seed", "3"]));
    assert!(network.lines().count() > 8 && network.lines().all(|line| line.starts_with("ok   ")), "{network}");
    let image = small_image(&scratch);
    let own = stdout(caudate().arg("check").arg(&image));
    assert!(own.contains("ok   it stays within every limit of chip 'tiny'"), "{own}");
    let roomier = chip_like_tiny(&scratch, "input_axons = 16", "input_axons = 64");
    assert!(stdout(caudate().arg("check").arg(&image).arg("--chip").arg(roomier)).contains("limit 64"));
    caudate().arg("check").arg(case("small/network.toml")).assert().code(2);
}

#[test]
fn check_says_when_an_image_does_not_fit_another_chip() {
    let scratch = tempfile::tempdir().unwrap();
    let chip = chip_like_tiny(&scratch, "compartments = 8", "compartments = 5");
    let output = caudate().arg("check").arg(small_image(&scratch)).arg("--chip").arg(&chip).output().unwrap();
    assert_eq!(output.status.code(), Some(3));
    assert!(String::from_utf8_lossy(&output.stdout).contains("FAIL 6 compartments on the fullest core (0), limit 5"));
    assert!(String::from_utf8_lossy(&output.stderr).contains("E-CHECK-LIMIT"));
}

#[test]
fn inspect_shows_what_an_image_holds() {
    let scratch = tempfile::tempdir().unwrap();
    let image = small_image(&scratch);
    let text = stdout(caudate().arg("inspect").arg(&image));
    for part in ["network    small", "HEAD", "in->exc", "plastic", "6/8"] {
        assert!(text.contains(part), "{part} is missing from\n{text}");
    }
    let inventory = json(stdout(caudate().arg("inspect").arg(&image).arg("--json")).as_bytes());
    assert_eq!(inventory["populations"][1]["name"], "exc");
    // The inventory counts the bytes anew; the mapper's report must agree.
    let report = json(
        stdout(
            caudate()
                .arg("compile")
                .arg(case("small/network.toml"))
                .args(["--chip", "tiny", "--seed", "3", "--json", "-o"])
                .arg(&image),
        )
        .as_bytes(),
    );
    let cores = inventory["cores"].as_array().unwrap();
    for (own, other) in cores.iter().zip(report["cores"].as_array().unwrap()) {
        let used = |core: &Value| {
            core["usage"].as_array().unwrap().iter().map(|entry| entry["used"].as_u64().unwrap()).collect::<Vec<_>>()
        };
        assert_eq!(used(own), used(other));
    }
}

#[test]
fn damaged_and_foreign_images_are_refused() {
    let [scratch, out] = [(); 2].map(|()| tempfile::tempdir().unwrap());
    let whole = std::fs::read(small_image(&scratch)).unwrap();
    let mut flipped = whole.clone();
    let middle = flipped.len() / 2;
    flipped[middle] ^= 4;
    let mut newer = whole.clone();
    newer[8] += 1;
    let bad = scratch.path().join("bad.caudate");
    let cases = [
        (&flipped[..], "damaged"),
        (&whole[..whole.len() - 5], "cut short"),
        (&whole[..20], "cut short"),
        (b"PK\x03\x04 something else", "not a core image"),
        (b"", "not a core image"),
        (&newer, "newer"),
    ];
    for (bytes, said) in cases {
        std::fs::write(&bad, bytes).unwrap();
        let results = out.path().join("results");
        let commands =
            [vec!["inspect"], vec!["check"], vec!["simulate", "--steps", "5", "--out", results.to_str().unwrap()]];
        for command in commands {
            let output = caudate().args(&command).arg(&bad).output().unwrap();
            let stderr = String::from_utf8_lossy(&output.stderr);
            assert_eq!(output.status.code(), Some(2), "{command:?}: {stderr}");
            assert!(stderr.contains(said) && stderr.contains("bad.caudate"), "{command:?}: {stderr}");
            assert!(!results.exists());
        }
    }
}

#[test]
fn completions_and_help_cover_every_subcommand() {
    let help = stdout(caudate().arg("--help"));
    let script = stdout(caudate().args(["completions", "bash"]));
    for subcommand in ["run", "compile", "simulate", "check", "inspect", "verify", "completions"] {
        assert!(help.contains(subcommand) && script.contains(subcommand), "{subcommand}");
    }
    caudate().args(["completions", "abacus"]).assert().code(2);
    caudate().arg("compile").assert().code(2);
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let mut child = std::process::Command::new(caudate().get_program())
        .args(["completions", "zsh"])
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert!(output.stderr.is_empty() && output.status.code() == Some(0), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn default_results_go_to_the_name_of_the_experiments_folder() {
    let scratch = tempfile::tempdir().unwrap();
    let folder = scratch.path().join("mine");
    std::fs::create_dir(&folder).unwrap();
    for name in ["experiment.toml", "network.toml"] {
        std::fs::copy(case("small").join(name), folder.join(name)).unwrap();
    }
    stdout(caudate().current_dir(&folder).args(["run", "experiment.toml", "--set", "steps=5"]));
    assert!(folder.join("out/mine/summary.json").is_file());
    stdout(caudate().current_dir(scratch.path()).args(["run", "mine/experiment.toml", "--set", "steps=5"]));
    assert!(scratch.path().join("out/mine/summary.json").is_file());
}

#[test]
fn verify_counts_files_and_fails_on_a_mismatch() {
    let scratch = tempfile::tempdir().unwrap();
    let sound = std::fs::read_to_string(crate::binary::repository().join("tests/golden/b2l_edge_a.json")).unwrap();
    std::fs::write(scratch.path().join("sound.json"), &sound).unwrap();
    let text = stdout(caudate().args(["verify", "golden"]).arg(scratch.path()));
    assert_eq!(text.lines().last(), Some("1 files, 1 ok, 0 mismatched"));
    let mut changed = json(sound.as_bytes());
    assert!(nudge(&mut changed["expected"]), "the vector expects a number");
    std::fs::write(scratch.path().join("wrong.json"), changed.to_string()).unwrap();
    let output = caudate().args(["verify", "golden"]).arg(scratch.path()).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(text.lines().last(), Some("2 files, 1 ok, 1 mismatched"));
    assert!(text.contains("wrong.json") && text.contains("expected"), "{text}");
    let counts = caudate().args(["verify", "golden", "--json"]).arg(scratch.path()).output().unwrap();
    assert_eq!(json(&counts.stdout)["counts"]["mismatched"], 1);
    let empty = tempfile::tempdir().unwrap();
    caudate().args(["verify", "golden"]).arg(empty.path()).assert().code(2);
}

/// Adds one to the last number of the longest list inside.
fn nudge(value: &mut Value) -> bool {
    match value {
        Value::Number(number) => {
            let next = number.as_i64().unwrap_or(0) + 1;
            *value = next.into();
            true
        }
        Value::Array(all) => all.last_mut().is_some_and(nudge),
        Value::Object(fields) => fields.values_mut().any(nudge),
        _ => false,
    }
}
