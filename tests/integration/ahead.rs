//! Steps that nobody looks into are computed ahead, and nothing comes of it: whoever looks sees what there is to be seen step by step.

use crate::networks::{STEPS, compile_unlimited, fixed_network, random_stimulus};
use caudate_core::archive::Archive;
use caudate_core::engine::{EngineCore, Strategy};
use caudate_core::id::{NeuronId, Step};
use caudate_core::image::ChipImage;
use caudate_core::neuron::{NeuronState, Overflows};
use caudate_core::random::draw;
use caudate_mapper::{CompileOptions, Network, Parameter};
use caudate_sim::cost::{CostProfile, CostReport};
use caudate_sim::simulation::{Options, Totals};
use caudate_sim::{Companion, Environment, Simulation, StepInput, Stimulus, Timing};
use proptest::prelude::*;
use std::path::Path;

/// A network that does not learn, with delays from `seed % 16 + 1` steps on; every fourth learns, and every fourth has more cells.
fn network(seed: u64) -> Network {
    let mut network = fixed_network(seed);
    let low = (seed % 16 + 1) as f64;
    for (projection, spread) in network.projections.iter_mut().zip([0.0, 3.0, 47.0, 0.0, 9.0]) {
        projection.delay_steps = Parameter::Uniform { low, high: low + spread, levels: None };
        if seed % 4 != 1 {
            projection.rule = None;
        }
    }
    if seed % 4 != 1 {
        network.rules.clear();
    }
    if seed % 4 == 2 {
        (network.populations[0].size, network.populations[2].size) = (170, 90);
    }
    network
}

/// What can be seen between two steps.
#[derive(Debug, PartialEq)]
struct Sight {
    now: Step,
    states: Vec<Option<NeuronState>>,
    overflows: Vec<Overflows>,
    totals: Totals,
    costs: Vec<CostReport>,
}

impl Sight {
    fn of(simulation: &Simulation<'_>) -> Self {
        let neurons = simulation.image().symbols.populations.iter().map(|population| population.size).sum();
        Self {
            now: simulation.now(),
            states: (0..neurons).map(|neuron| simulation.neuron(NeuronId(neuron))).collect(),
            overflows: simulation.overflows(),
            totals: simulation.totals(),
            costs: simulation.costs(),
        }
    }
}

/// Gives a stimulus, takes spikes, and ends each part of the run at some step.
struct Blind {
    stimulus: Stimulus,
    spikes: Vec<(Step, NeuronId)>,
    t: Step,
    end: Step,
}

impl Environment for Blind {
    fn sense(&mut self, t: Step, spikes: &[NeuronId], input: &mut StepInput) {
        let before = self.spikes.iter().filter(|(at, _)| *at + 1 == t).map(|(_, neuron)| *neuron);
        assert!(before.eq(spikes.iter().copied()), "the spikes of the step before are shown");
        self.stimulus.sense(t, spikes, input);
        self.t = t + 1;
    }
}

impl Companion for Blind {
    fn spiked(&mut self, t: Step, spikes: &[NeuronId]) {
        assert_eq!(self.t, t + 1);
        self.spikes.extend(spikes.iter().map(|neuron| (t, *neuron)));
    }

    fn ends(&mut self) -> bool {
        self.t >= self.end
    }
}

fn start(image: &ChipImage, strategy: Strategy, tiles: usize, threads: usize) -> Simulation<'_> {
    let cores = (0..image.cores.len()).map(|core| EngineCore::load(image, core, strategy, tiles).unwrap()).collect();
    let options = Options { threads, costs: vec![CostProfile::find("loihi1-davies2018").unwrap()], draws: None };
    Simulation::of_cores(image, cores, options, Timing::default()).unwrap()
}

/// A run that was saved and restored.
fn restored<'i>(mut saved: Simulation<'i>, mut fresh: Simulation<'i>) -> Simulation<'i> {
    let (path, mut bytes) = (Path::new("memory"), Vec::new());
    let mut archive = Archive::writing(path, &mut bytes);
    saved.archive(&mut archive).unwrap();
    archive.finish().unwrap();
    let mut read = &bytes[..];
    let mut archive = Archive::reading(path, &mut read, bytes.len() as u64);
    fresh.archive(&mut archive).unwrap();
    archive.finish().unwrap();
    fresh
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn who_looks_seldom_sees_what_there_is_step_by_step(seed in any::<u64>(), neurons_per_core in 20_u32..400) {
        let options = CompileOptions { seed, max_neurons_per_core: Some(neurons_per_core), ..CompileOptions::default() };
        let image = compile_unlimited(&network(seed), &options);
        let mut stimulus = random_stimulus(&image, seed);
        let mut reference = start(&image, Strategy::Reference, 1, 1);
        let (mut spikes, mut sights, mut input) = (Vec::new(), vec![Sight::of(&reference)], StepInput::default());
        for t in 0..STEPS {
            input.clear();
            stimulus.sense(t, &[], &mut input);
            spikes.extend(reference.step(&input).iter().map(|neuron| (t, *neuron)));
            sights.push(Sight::of(&reference));
        }
        let cores = image.cores.len();
        for (strategy, tiles, threads) in [
            (Strategy::Reference, 1, 2),
            (Strategy::Auto, 1, 1),
            (Strategy::Sparse, 3, 1),
            (Strategy::Dense, 3, 2 * cores),
            (Strategy::Sparse, 2, 3 * cores),
            (Strategy::Auto, 2, 2),
        ] {
            let mut blind = Blind { stimulus: random_stimulus(&image, seed), spikes: Vec::new(), t: 0, end: 0 };
            let mut run = start(&image, strategy, tiles, threads);
            for look in 0.. {
                let drawn = |index: u8, choices: u32| Step::from(draw(seed, 3, look, index) % choices);
                let until = (run.now() + 1 + drawn(0, [1, 8, 70][look as usize % 3])).min(STEPS);
                blind.end = run.now() + 1 + drawn(1, 90);
                run.run(until, &mut blind);
                prop_assert!(run.now() <= until && (run.now() == until || run.now() >= blind.end));
                prop_assert_eq!(&Sight::of(&run), &sights[run.now() as usize], "{:?} in {} tiles on {}", strategy, tiles, threads);
                if run.now() == STEPS {
                    break;
                }
                if drawn(2, 4) == 0 {
                    run = restored(run, start(&image, strategy, tiles, threads));
                }
            }
            prop_assert_eq!(&blind.spikes, &spikes);
        }
    }
}

/// A guard on the test above: runs that are ended go on to where cores have come, which is beyond that step.
#[test]
fn cores_whose_delays_are_long_are_computed_ahead() {
    let image = compile_unlimited(&network(7), &CompileOptions::default());
    let mut run = start(&image, Strategy::Auto, 1, 1);
    let stimulus = random_stimulus(&image, 7);
    let mut blind = Blind { stimulus, spikes: Vec::new(), t: 0, end: 1 };
    run.run(STEPS, &mut blind);
    assert_eq!(run.now(), 8);
    assert!(matches!(run.cores().next(), Some(EngineCore::Tiled(_))));
}
