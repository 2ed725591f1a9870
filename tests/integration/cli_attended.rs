//! Runs that somebody attends: a strategy that does not serve, and interrupts.

use crate::binary::{case, caudate, compiled, files};
use serde_json::Value;
use std::path::Path;

/// Runs an image and returns what it said on standard error.
fn simulated(image: &Path, out: &Path, extra: &[&str]) -> String {
    let output = caudate().arg("simulate").arg(image).arg("--out").arg(out).args(extra).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stderr).unwrap()
}

/// Results but for the wall-clock times.
fn results(folder: &Path) -> Vec<(String, Vec<u8>)> {
    files(folder).into_iter().filter(|(name, _)| name != "timing.json").collect()
}

#[test]
fn a_strategy_that_does_not_serve_a_core_names_it_and_the_reason_and_changes_nothing() {
    let scratch = tempfile::tempdir().unwrap();
    let path = |name: &str| scratch.path().join(name);
    let text = "name = \"cells\"\n[[population]]\nname = \"cells\"\nsize = 3\nmodel = \"program\"\nprogram = \"library:adaptive_lif\"\n";
    std::fs::write(path("cells.toml"), text).unwrap();
    compiled(&path("cells.toml"), "unlimited", &path("cells.caudate"));
    compiled(&case("small/network.toml"), "unlimited", &path("small.caudate"));
    for (image, said) in
        [("cells.caudate", "note: core 0 on the plain step: neurons that run programs\n"), ("small.caudate", "")]
    {
        let mut runs = Vec::new();
        for strategy in ["auto", "reference", "sparse", "dense"] {
            let told = simulated(&path(image), &path(strategy), &["--steps", "50", "--strategy", strategy]);
            assert_eq!(told, if matches!(strategy, "sparse" | "dense") { said } else { "" }, "{image} {strategy}");
            runs.push(results(&path(strategy)));
        }
        assert!(runs.iter().all(|run| *run == runs[0]), "{image}: a strategy changed a result");
    }
}

/// Interrupts a run that would take for ever, once it is under way; returns its exit code and what it said.
#[cfg(unix)]
fn interrupted(image: &Path, out: &Path, extra: &[&str]) -> (Option<i32>, String) {
    use std::io::{BufRead, BufReader, Read};
    use std::process::{Command, Stdio};
    let mut command = Command::new(caudate().get_program());
    command.args(["-v", "simulate"]).arg(image).arg("--out").arg(out).args(["--steps", "4294967295"]).args(extra);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut said = BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    while !line.contains("running") {
        line.clear();
        assert!(said.read_line(&mut line).unwrap() > 0, "it ended before it ran");
    }
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    let mut rest = String::new();
    said.read_to_string(&mut rest).unwrap();
    (child.wait().unwrap().code(), rest)
}

#[cfg(unix)]
#[test]
fn an_interrupt_writes_what_is_there_says_so_and_leaves_a_checkpoint_that_goes_on() {
    let scratch = tempfile::tempdir().unwrap();
    let path = |name: &str| scratch.path().join(name);
    let (image, checkpoint) = (path("small.caudate"), path("part.checkpoint"));
    compiled(&case("small/network.toml"), "unlimited", &image);
    let keeping = ["--checkpoint", checkpoint.to_str().unwrap(), "--every", "4294967295"];
    let (code, said) = interrupted(&image, &path("part"), &keeping);
    assert_eq!(code, Some(130), "{said}");
    let summary: Value = serde_json::from_slice(&std::fs::read(path("part/summary.json")).unwrap()).unwrap();
    assert_eq!(summary["interrupted"], Value::Bool(true));
    let steps = summary["steps"].as_u64().unwrap();
    for part in [format!("interrupted before step {steps}"), format!("--resume {}", checkpoint.display())] {
        assert!(said.contains(&part), "{part}: {said}");
    }

    let whole = (steps + 20).to_string();
    simulated(&image, &path("whole"), &["--steps", &whole]);
    simulated(&image, &path("resumed"), &["--steps", &whole, "--resume", checkpoint.to_str().unwrap()]);
    assert!(results(&path("whole")) == results(&path("resumed")), "going on from the interrupt changed a result");
}
