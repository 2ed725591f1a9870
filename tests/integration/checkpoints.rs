//! A run that goes on from a checkpoint does what it would have done without the break; a checkpoint that does not fit is refused.

use crate::binary::{case, caudate, compiled, files};
use crate::networks::{STEPS, compile_unlimited, fixed_network, random_network, random_stimulus};
use caudate::experiment::{Costs, Finished, Job, Keeping, World, execute_kept};
use caudate_core::id::{ProjectionId, Step};
use caudate_core::image::ChipImage;
use caudate_core::semantics::Semantics;
use caudate_mapper::CompileOptions;
use caudate_mapper::network::{
    Connect, Decay, LifParameters, Network, Population, Projection, RuleSpec, Threshold, TraceSpec,
};
use caudate_sim::recording::{Probe, Weights, write_weights};
use caudate_sim::{Stimulus, Timing};
use proptest::prelude::*;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// A run of all of `image`, recorded in full.
struct Run<'i> {
    image: &'i ChipImage,
    stimulus: Stimulus,
    timing: Timing,
}

impl<'i> Run<'i> {
    fn new(image: &'i ChipImage, seed: u64) -> Self {
        Self { image, stimulus: random_stimulus(image, seed), timing: Timing::Detailed }
    }

    fn execute(&self, steps: Step, threads: usize, keeping: &Keeping) -> Result<Finished<'i>, String> {
        let neurons = self.image.symbols.populations.iter().filter(|population| !population.is_input);
        let probes = neurons.map(|population| Probe {
            population: population.name.clone(),
            variables: None,
            neurons: None,
            every_steps: 3,
        });
        let costs = Costs::find(&[]).unwrap();
        let job = Job {
            image: self.image,
            threads,
            strategy: caudate_core::engine::Strategy::Auto,
            costs,
            timing: self.timing,
            probes: probes.collect(),
        };
        let world = World::of_stimulus(self.stimulus.clone(), steps);
        execute_kept(job, world, keeping, &mut ()).map_err(|error| error.to_string())
    }

    /// Runs to `at`, leaving a checkpoint.
    fn stop(&self, at: Step, threads: usize, file: &Path) {
        let keeping = Keeping { save: Some((file.to_owned(), at)), resume: None, ..Keeping::default() };
        self.execute(at, threads, &keeping).unwrap();
    }

    fn go_on(&self, threads: usize, file: &Path) -> Result<Finished<'i>, String> {
        self.execute(STEPS, threads, &Keeping { resume: Some(file.to_owned()), ..Keeping::default() })
    }
}

/// All files of a run by name, and everything else that can be asked of it.
#[derive(Debug, PartialEq)]
struct Everything {
    files: Vec<(String, Vec<u8>)>,
    weights: Vec<Weights>,
    rest: String,
}

fn everything(finished: &Finished<'_>) -> Everything {
    let folder = tempfile::tempdir().unwrap();
    finished.recorder.write(folder.path()).unwrap();
    finished.input.write(finished.simulation.image(), &folder.path().join("stimulus.npz")).unwrap();
    write_weights(&finished.simulation, folder.path()).unwrap();
    let projections = 0..finished.simulation.image().symbols.projections.len() as u32;
    let weights = projections.map(|index| Weights::of(&finished.simulation, ProjectionId(index)));
    let timelines: Vec<_> = finished.simulation.meters().iter().map(|meter| meter.timeline().bins().to_vec()).collect();
    let rest = format!("{} {timelines:?}", finished.summary().unwrap());
    Everything { files: files(folder.path()), weights: weights.collect(), rest }
}

fn checkpoint(scratch: &TempDir) -> PathBuf {
    scratch.path().join("run.checkpoint")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn a_run_in_two_parts_is_the_run_in_one(
        seed in any::<u64>(),
        at in 1..=STEPS,
        neurons_per_core in 7_u32..100,
        threads in 1_usize..3,
    ) {
        let options = CompileOptions { seed, max_neurons_per_core: Some(neurons_per_core), ..CompileOptions::default() };
        let image = compile_unlimited(&random_network(seed), &options);
        let run = Run::new(&image, seed);
        let whole = run.execute(STEPS, 1, &Keeping::default()).unwrap();
        let scratch = tempfile::tempdir().unwrap();
        let file = checkpoint(&scratch);
        run.stop(at, threads, &file);
        prop_assert_eq!(everything(&run.go_on(3 - threads, &file).unwrap()), everything(&whole));
    }
}

#[test]
fn emulators_semantics_go_on_too() {
    for semantics in [Semantics::B2l, Semantics::Lava, Semantics::Loihi2] {
        let mut network = Network::new("pairs");
        let lif = LifParameters {
            current: Decay::Effective(1000.0.into()),
            voltage: Decay::Effective(300.0.into()),
            threshold: Threshold::Mantissa(200.0.into()),
            ..LifParameters::default()
        };
        network.add_population(Population::input("in", 20));
        network.add_population(Population::lif("cells", 30, lif));
        let mut rule = RuleSpec::new("pair");
        rule.dw = Some("2^-2*x1*y0 - 2^-2*y1*x0".to_owned());
        rule.x1 = Some(TraceSpec { impulse: 40.0, tau_steps: 12.0 });
        rule.y1 = Some(TraceSpec { impulse: 25.0, tau_steps: 20.0 });
        network.add_rule(rule);
        for (pre, delay) in [("in", 2.0), ("cells", 7.0)] {
            let random = Connect::FixedProbability { probability: 0.4, self_connections: true };
            let mut projection = Projection::new(pre, "cells", random, 100.0);
            projection.delay_steps = delay.into();
            projection.rule = Some("pair".to_owned());
            network.add_projection(projection);
        }
        let options = CompileOptions { seed: 11, semantics: Some(semantics), ..CompileOptions::default() };
        let image = compile_unlimited(&network, &options);
        let run = Run::new(&image, 11);
        let scratch = tempfile::tempdir().unwrap();
        let file = checkpoint(&scratch);
        run.stop(57, 1, &file);
        let whole = run.execute(STEPS, 1, &Keeping::default()).unwrap();
        assert!(whole.simulation.totals().counts.weight_writes > 0, "{semantics:?}");
        assert_eq!(everything(&run.go_on(1, &file).unwrap()), everything(&whole), "{semantics:?}");
    }
}

#[test]
fn what_does_not_fit_is_refused() {
    let image = compile_unlimited(&fixed_network(3), &CompileOptions { seed: 3, ..CompileOptions::default() });
    let run = Run::new(&image, 3);
    let scratch = tempfile::tempdir().unwrap();
    let file = checkpoint(&scratch);
    run.stop(40, 1, &file);
    let refusal = |run: &Run<'_>| {
        let error = run.go_on(1, &file).unwrap_err();
        assert!(error.starts_with("error[E-CHECKPOINT]: ") && error.contains("run.checkpoint"), "{error}");
        error
    };

    let other = compile_unlimited(&fixed_network(4), &CompileOptions { seed: 4, ..CompileOptions::default() });
    assert!(refusal(&Run::new(&other, 3)).contains("another image"));
    assert!(refusal(&Run { stimulus: Stimulus::default(), ..Run::new(&image, 3) }).contains("another stimulus"));
    assert!(refusal(&Run { timing: Timing::Analytic, ..Run::new(&image, 3) }).contains("timing"));
    let keeping = Keeping { resume: Some(file.clone()), ..Keeping::default() };
    assert!(run.execute(39, 1, &keeping).unwrap_err().contains("begins at step 40"));

    let sound = std::fs::read(&file).unwrap();
    for len in [0, 3, 8, 11, 20, 39, 40, sound.len() / 2, sound.len() - 1] {
        std::fs::write(&file, &sound[..len]).unwrap();
        refusal(&run);
    }
    for at in (0..sound.len()).step_by(sound.len() / 40) {
        let mut damaged = sound.clone();
        damaged[at] ^= 0x10;
        std::fs::write(&file, damaged).unwrap();
        refusal(&run);
    }
    std::fs::write(&file, &sound).unwrap();
    run.go_on(1, &file).unwrap();
}

#[test]
fn simulate_writes_checkpoints_and_goes_on() {
    let scratch = tempfile::tempdir().unwrap();
    let image = scratch.path().join("small.caudate");
    compiled(&case("small/network.toml"), "tiny", &image);
    let simulate = |out: &str, extra: &[&str]| {
        let mut command = caudate();
        command.current_dir(scratch.path()).args(["simulate", "small.caudate", "--out", out]).args(extra);
        command.assert()
    };
    simulate("whole", &["--steps", "50"]).success();
    simulate("part", &["--steps", "35", "--checkpoint", "c", "--every", "10"]).success();
    simulate("rest", &["--steps", "50", "--resume", "c"]).success();
    let read = |folder: &str, name: &str| std::fs::read(scratch.path().join(folder).join(name)).unwrap();
    for name in ["spikes.npz", "summary.json"] {
        assert!(read("whole", name) == read("rest", name), "{name} differs");
    }
    simulate("none", &["--steps", "20", "--resume", "c"]).code(2);
    assert!(!scratch.path().join("none").exists(), "a refused run leaves nothing");
    simulate("none", &["--steps", "20", "--checkpoint", "c"]).code(2);
}
