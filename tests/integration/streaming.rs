//! Recordings that lie on disk while a run goes on are those that lie in memory: all files of a run are the same, byte for byte.

use crate::binary::{case, caudate, compiled, files};
use crate::networks::{compile_unlimited, random_network};
use caudate::experiment::{Costs, Finished, Job, Keeping, World, execute_kept};
use caudate::output::write_results;
use caudate_core::id::Step;
use caudate_core::image::ChipImage;
use caudate_mapper::CompileOptions;
use caudate_sim::recording::Probe;
use caudate_sim::stimulus::Generator;
use caudate_sim::{Stimulus, Timing};
use proptest::prelude::*;
use std::path::{Path, PathBuf};

/// So many that spikes, input and samples each fill several slots of the scratch file.
const STEPS: Step = 1500;
const SLOT_BYTES: u64 = 16 * 1024;

fn stimulus(image: &ChipImage, seed: u64) -> Stimulus {
    let mut stimulus = Stimulus::default();
    for population in image.symbols.populations.iter().filter(|population| population.is_input) {
        stimulus.add_spikes(Generator::Poisson { rate_per_step: 0.2 }.spikes(population, 0..STEPS, seed));
    }
    if !image.channels.is_empty() {
        stimulus.add_modulators((0..STEPS).map(|t| (t, 0, (t % 201) as i64 - 100)));
    }
    stimulus
}

fn execute<'i>(image: &'i ChipImage, seed: u64, steps: Step, keeping: &Keeping) -> Finished<'i> {
    let neurons = image.symbols.populations.iter().filter(|population| !population.is_input);
    let probes = (1..).zip(neurons).map(|(every_steps, population)| Probe {
        population: population.name.clone(),
        variables: None,
        neurons: None,
        every_steps,
    });
    let job = Job {
        image,
        threads: 1,
        strategy: caudate_core::engine::Strategy::Auto,
        costs: Costs::find(&[]).unwrap(),
        timing: Timing::Analytic,
        probes: probes.collect(),
    };
    execute_kept(job, World::of_stimulus(stimulus(image, seed), steps), keeping, &mut ()).unwrap()
}

/// All files of a run.
fn written(finished: &Finished<'_>) -> Vec<(String, Vec<u8>)> {
    let folder = tempfile::tempdir().unwrap();
    write_results(folder.path(), finished, None, &Costs::find(&[]).unwrap(), false).unwrap();
    files(folder.path())
}

fn entries(folder: &Path) -> usize {
    std::fs::read_dir(folder).unwrap().count()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]

    #[test]
    fn recordings_on_disk_are_recordings_in_memory(seed in any::<u64>(), at in 1..STEPS) {
        let options = CompileOptions { seed, ..CompileOptions::default() };
        let image = compile_unlimited(&random_network(seed), &options);
        let held = execute(&image, seed, STEPS, &Keeping::default());
        let samples = held.recorder.samples().flat_map(|own| own.variables).map(|(_, own)| own.len() * 8);
        prop_assert!(samples.max().unwrap() > 2 * SLOT_BYTES && held.input.spikes().len() * 12 > 2 * SLOT_BYTES);
        let expected = written(&held);

        let folder = tempfile::tempdir().unwrap();
        let scratch = Some(folder.path().join("out"));
        let filed = execute(&image, seed, STEPS, &Keeping { scratch: scratch.clone(), ..Keeping::default() });
        prop_assert_eq!(filed.recorder.spikes().all().unwrap(), held.recorder.spikes().all().unwrap());
        prop_assert!(written(&filed) == expected, "a file differs");
        prop_assert_eq!(entries(folder.path()), 0);

        // From disk by way of a checkpoint to disk, and to memory.
        let file: PathBuf = folder.path().join("run.checkpoint");
        let save = Some((file.clone(), at));
        execute(&image, seed, at, &Keeping { scratch: scratch.clone(), save, resume: None });
        for scratch in [scratch, None] {
            let keeping = Keeping { scratch, save: None, resume: Some(file.clone()) };
            prop_assert!(written(&execute(&image, seed, STEPS, &keeping)) == expected, "a file differs");
        }
        prop_assert_eq!(entries(folder.path()), 1);
    }
}

#[test]
fn a_run_that_is_refused_or_over_leaves_no_scratch() {
    let scratch = tempfile::tempdir().unwrap();
    let image = scratch.path().join("small.caudate");
    compiled(&case("small/network.toml"), "tiny", &image);
    let simulate = |extra: &[&str]| {
        let mut command = caudate();
        command.current_dir(scratch.path()).args(["simulate", "small.caudate", "--steps", "5000", "--out", "deep/out"]);
        command.args(extra).assert()
    };
    simulate(&["--probe", "nobody"]).code(2);
    assert_eq!(entries(scratch.path()), 1, "only the image");
    simulate(&[]).success();
    assert_eq!(entries(scratch.path()), 2, "only image and results");
    let left = files(&scratch.path().join("deep/out"));
    let named = |name: &str| {
        !name.ends_with("json") && !name.ends_with("npz") && !name.ends_with("html") && !name.ends_with("csv")
    };
    assert!(!left.iter().any(|(name, _)| named(name)), "{left:?}");
}
