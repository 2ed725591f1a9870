//! `caudate explore` from the outside: interrupts, shares, failing points, axes that name nothing.

use crate::binary::caudate;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Output;
use tempfile::TempDir;

const NETWORK: &str = r#"
name = "net"
[[population]]
name = "in"
size = 4
model = "input"
[[population]]
name = "cells"
size = 16
model = "lif"
threshold_mantissa = 100
[[projection]]
pre = "in"
post = "cells"
connect = { rule = "all-to-all" }
sign = "excitatory"
weight = 64
weight_exponent = 0
"#;

const EXPERIMENT: &str = r#"
name = "case"
network = "network.toml"
chip = "unlimited"
steps = 50
[[stimulus]]
kind = "poisson"
population = "in"
rate_per_step = 0.2
"#;

const SWEEP: &str = r#"
name = "small"
experiment = "experiment.toml"
[[axis]]
key = "chip.core.compartments"
values = [0, 4, 16]
[[axis]]
key = "experiment.steps"
values = [10, 20, 30, 40]
"#;

fn scratch(sweep: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in [("network.toml", NETWORK), ("experiment.toml", EXPERIMENT), ("sweep.toml", sweep)] {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

fn explore(folder: &Path, args: &[&str]) -> Output {
    caudate().current_dir(folder).args(["explore", "sweep.toml", "--quiet"]).args(args).output().unwrap()
}

fn results(folder: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(folder.join("results.json")).unwrap();
    serde_json::from_str::<Value>(&text).unwrap()["points"].as_array().unwrap().clone()
}

fn point(folder: &Path, number: usize) -> PathBuf {
    folder.join(format!("points/{number:06}.json"))
}

#[test]
fn a_sweep_records_what_fails_and_goes_on_and_a_second_run_repeats_nothing() {
    let folder = scratch(SWEEP);
    let out = folder.path().join("out");
    let first = explore(folder.path(), &["-o", "out", "-j", "2"]);
    assert!(first.status.success(), "{first:?}");
    assert!(String::from_utf8_lossy(&first.stdout).contains("12 points, 4 failed"), "{first:?}");
    let points = results(&out);
    assert_eq!(points.len(), 12);
    for own in &points[..4] {
        assert_eq!(own["status"], "failed", "{own}");
        assert!(own["error"].as_str().unwrap().contains("E-FIT-COMPARTMENTS"), "{own}");
    }
    assert!(points[4..].iter().all(|own| own["status"] == "done" && own["energy_pj"].as_f64() > Some(0.0)));
    // Fewest steps cost least, and one core is fewer than four.
    let front: Vec<u64> =
        points.iter().filter(|own| own["is_on_front"] == true).map(|own| own["point"].as_u64().unwrap()).collect();
    assert!(front.contains(&8) && !front.contains(&11), "{front:?}");
    let csv = std::fs::read_to_string(out.join("results.csv")).unwrap();
    assert!(csv.starts_with("point,status,chip.core.compartments,experiment.steps,accuracy,energy_pj"), "{csv}");
    assert!(std::fs::read_to_string(out.join("report.html")).unwrap().contains("data-chart=\"pareto-energy\""));

    // A finished point is believed, not run again; one that is missing is run.
    let forged =
        std::fs::read_to_string(point(&out, 5)).unwrap().replace("\"done\"", "\"failed\", \"error\": \"forged\"");
    std::fs::write(point(&out, 5), forged).unwrap();
    std::fs::remove_file(point(&out, 6)).unwrap();
    assert!(explore(folder.path(), &["-o", "out"]).status.success());
    let again = results(&out);
    assert_eq!((&again[5]["error"], &again[6]), (&Value::from("forged"), &points[6]));
}

#[test]
fn a_killed_sweep_goes_on_where_it_stopped() {
    let folder = scratch(&SWEEP.replace("40]", "40, 300000]"));
    let out = folder.path().join("out");
    let mut child = std::process::Command::new(caudate().get_program())
        .current_dir(folder.path())
        .args(["explore", "sweep.toml", "--quiet", "-o", "out", "-j", "1"])
        .stdout(std::process::Stdio::null())
        .spawn()
        .unwrap();
    // Points are run in order: when the sixth is there, ten at least are not.
    while !point(&out, 5).is_file() {
        assert!(child.try_wait().unwrap().is_none(), "the sweep ended early");
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(!out.join("results.json").exists());
    let before: Vec<(usize, std::time::SystemTime)> = (0..15)
        .filter_map(|number| Some((number, std::fs::metadata(point(&out, number)).ok()?.modified().unwrap())))
        .collect();
    assert!((6..15).contains(&before.len()), "{before:?}");
    assert!(explore(folder.path(), &["-o", "out", "-j", "2"]).status.success());
    assert_eq!(results(&out).len(), 15);
    // The process of the point that was running when its parent died may have finished it meanwhile, no other.
    let repeated = before
        .iter()
        .filter(|(number, time)| std::fs::metadata(point(&out, *number)).unwrap().modified().unwrap() != *time)
        .count();
    assert!(repeated <= 1, "{repeated} points were run again");
}

#[test]
fn shares_join_to_the_whole() {
    let folder = scratch(SWEEP);
    assert!(explore(folder.path(), &["-o", "whole"]).status.success());
    for share in 1..=3 {
        let (out, of) = (format!("share{share}"), format!("{share}/3"));
        assert!(explore(folder.path(), &["-o", &out, "--job-array", &of]).status.success());
        assert_eq!(results(&folder.path().join(&out)).len(), 4);
    }
    let merged = explore(folder.path(), &["-o", "all", "--merge", "share1", "share2"]);
    assert!(String::from_utf8_lossy(&merged.stdout).contains("8 points, 3 failed, 4 not run yet"), "{merged:?}");
    assert!(explore(folder.path(), &["-o", "all", "--merge", "share3"]).status.success());
    for name in ["results.json", "results.csv", "report.html"] {
        let read = |out: &str| std::fs::read_to_string(folder.path().join(out).join(name)).unwrap();
        assert_eq!(read("all"), read("whole"), "{name}");
    }
}

#[test]
fn axes_that_name_nothing_and_folders_of_other_sweeps_are_refused() {
    for (key, said) in [
        ("chipp.core.compartments", "did you mean 'chip'?"),
        ("chip.cores.compartments", "there is no 'cores'; did you mean 'core'?"),
        ("chip.core.compartment", "did you mean `compartments`?"),
        ("network.population.cell.size", "without a 'cell'"),
        ("network.projection.*.wight_bits", "wight_bits"),
        ("cost.spyke.energy_fj", "there is no 'spyke'; did you mean 'spike'?"),
    ] {
        let folder = scratch(&SWEEP.replace("chip.core.compartments", key));
        let refused = explore(folder.path(), &["-o", "out"]);
        let stderr = String::from_utf8_lossy(&refused.stderr);
        assert_eq!(refused.status.code(), Some(2), "{key}: {stderr}");
        assert!(stderr.contains("E-SWEEP-AXIS") && stderr.contains(key) && stderr.contains(said), "{key}: {stderr}");
        assert!(!folder.path().join("out").exists(), "{key} leaves a folder");
    }
    let folder = scratch(SWEEP);
    assert!(explore(folder.path(), &["-o", "out", "--job-array", "1/12"]).status.success());
    std::fs::write(folder.path().join("sweep.toml"), SWEEP.replace("40]", "50]")).unwrap();
    let refused = explore(folder.path(), &["-o", "out"]);
    assert!(String::from_utf8_lossy(&refused.stderr).contains("E-SWEEP-FOLDER"), "{refused:?}");
    assert!(String::from_utf8_lossy(&refused.stderr).contains("'sweep' differs"), "{refused:?}");
    assert_eq!(explore(folder.path(), &["-o", "x", "--job-array", "4/3"]).status.code(), Some(2));
}

#[test]
fn a_change_of_any_file_behind_a_sweep_is_noticed() {
    let folder = scratch(&SWEEP.replace("[0, 4, 16]", "[4, 16]"));
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    let chip = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../core/chips/unlimited.toml")).unwrap();
    write("chip.toml", &chip);
    write("experiment.toml", &EXPERIMENT.replace("\"unlimited\"", "\"chip.toml\""));
    let out = |out: &str| explore(folder.path(), &["-o", out, "--job-array", "1/8"]);
    assert!(out("out").status.success());
    assert!(out("out").status.success(), "unchanged files are no other sweep");
    for (name, text) in [("chip.toml", format!("# changed\n{chip}")), ("network.toml", NETWORK.replace("= 64", "= 63"))]
    {
        let before = std::fs::read_to_string(folder.path().join(name)).unwrap();
        write(name, &text);
        let refused = out("out");
        let stderr = String::from_utf8_lossy(&refused.stderr);
        assert_eq!(refused.status.code(), Some(2), "{name}: {stderr}");
        assert!(stderr.contains("E-SWEEP-FOLDER") && stderr.contains(&format!("'{name}' differs")), "{stderr}");
        write(name, &before);
    }
    assert!(out("out").status.success(), "restored files are the same sweep");
}

#[test]
fn shares_of_a_refinement_go_on_round_by_round_in_one_folder() {
    let sweep =
        SWEEP.replace("experiment = ", "search = \"refine\"\npoints = 12\nexperiment = ").replace("[0, 4", "[2, 4, 8");
    let folder = scratch(&sweep);
    assert!(explore(folder.path(), &["-o", "whole"]).status.success());
    // Each turn of both completes a round at least.
    for share in ["1/2", "2/2"].repeat(5) {
        let run = explore(folder.path(), &["-o", "shared", "--job-array", share]);
        assert!(run.status.success(), "{run:?}");
    }
    let read = |out: &str| std::fs::read_to_string(folder.path().join(out).join("results.json")).unwrap();
    assert_eq!(read("shared"), read("whole"));
}
