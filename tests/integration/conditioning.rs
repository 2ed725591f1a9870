//! The example of programs: what its page says, it does.

use crate::binary::caudate;
use caudate_core::npz::Arrays;
use std::path::{Path, PathBuf};

fn example() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/conditioning/experiment.toml")
}

fn run(extra: &[&str]) -> tempfile::TempDir {
    let out = tempfile::tempdir().unwrap();
    caudate().arg("run").arg(example()).arg("--out").arg(out.path()).args(extra).assert().success();
    out
}

fn column(folder: &Path, file: &str, name: &str) -> Vec<i64> {
    Arrays::read(&folder.join(file)).unwrap().integers(name, i64::MIN, i64::MAX).unwrap().to_vec()
}

/// Mean weight of a cue's synapses at the end.
fn weight(folder: &Path, cue: &str) -> f64 {
    let weights = column(folder, "weights.npz", &format!("{cue}->pyramidal.weight"));
    weights.iter().sum::<i64>() as f64 / weights.len() as f64
}

/// Spikes of a population in steps `from..from + 60` of each trial, in trials of `trials`.
fn answers(folder: &Path, population: &str, from: i64, trials: std::ops::Range<i64>) -> usize {
    let steps = column(folder, "spikes.npz", &format!("{population}.t"));
    let is_answer = |t: &&i64| trials.contains(&(**t / 600)) && (from..from + 60).contains(&(**t % 600));
    steps.iter().filter(is_answer).count()
}

#[test]
fn the_cue_before_the_reward_is_learnt() {
    for seed in ["1", "7"] {
        let out = run(&["--seed", seed]);
        let folder = out.path();
        assert!(weight(folder, "tone") > 100.0 && weight(folder, "light") < 60.0);
        assert!(answers(folder, "pyramidal", 50, 16..20) > answers(folder, "pyramidal", 50, 0..4));
        assert!(answers(folder, "pyramidal", 350, 16..20) * 2 < answers(folder, "pyramidal", 350, 0..4));
        assert!(answers(folder, "adapting", 120, 0..20) > answers(folder, "adapting", 420, 0..20) * 5 / 4);
    }
}

#[test]
fn without_reward_the_tone_is_no_better_than_the_light() {
    let out = run(&["--set", "stimulus.3.phase_steps=4000000"]);
    let (tone, light) = (weight(out.path(), "tone"), weight(out.path(), "light"));
    assert!((tone - light).abs() < 15.0 && tone < 90.0, "{tone}, {light}");
}
