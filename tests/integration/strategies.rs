//! Every engine does the same: spikes, every state word, every weight, tag and trace, every count, whatever steps the cores.

use crate::networks::{
    STEPS, add_microcode, compile_unlimited, fixed_network, random_network, random_stimulus, state_of,
};
use caudate::bench::{Net, Request, measure};
use caudate_core::engine::{EngineCore, Strategy};
use caudate_core::id::{NeuronId, ProjectionId, Step};
use caudate_core::image::ChipImage;
use caudate_core::neuron::{NeuronState, Overflows};
use caudate_mapper::{CompileOptions, Network};
use caudate_sim::recording::Weights;
use caudate_sim::simulation::{Options, Totals};
use caudate_sim::{Environment, Simulation, StepInput, Stimulus, Timing};
use proptest::prelude::*;

/// Everything that can be asked of a run.
#[derive(Debug, PartialEq)]
struct Everything {
    spikes: Vec<(Step, NeuronId)>,
    /// By step and neuron.
    states: Vec<Vec<Option<NeuronState>>>,
    /// State words of programs, by step and neuron.
    words: Vec<Vec<Option<(i64, i64)>>>,
    weights: Vec<Weights>,
    pre_traces: Vec<Vec<(NeuronId, [i16; 2])>>,
    post_traces: Vec<Vec<(NeuronId, [i16; 3])>>,
    overflows: Vec<Overflows>,
    totals: Totals,
}

fn run(image: &ChipImage, mut stimulus: Stimulus, strategy: Strategy, tiles: usize, threads: usize) -> Everything {
    let load = |index| EngineCore::load(image, index, strategy, tiles).unwrap();
    let cores = (0..image.cores.len()).map(load).collect();
    let options = Options { threads, costs: Vec::new(), draws: None };
    let mut simulation = Simulation::of_cores(image, cores, options, Timing::default()).unwrap();
    let ids = image.symbols.populations.iter().map(|population| population.size).sum::<u32>();
    let (mut spikes, mut states, mut words, mut input) = (Vec::new(), Vec::new(), Vec::new(), StepInput::default());
    for t in 0..STEPS {
        input.clear();
        stimulus.sense(t, &[], &mut input);
        spikes.extend(simulation.step(&input).iter().map(|neuron| (t, *neuron)));
        states.push((0..ids).map(|id| simulation.neuron(NeuronId(id))).collect());
        words.push((0..ids).map(|id| state_of(&simulation, NeuronId(id))).collect());
    }
    let projections = || (0..image.symbols.projections.len()).map(|index| ProjectionId(index as u32));
    let sorted = |mut traces: Vec<(NeuronId, [i16; 3])>| {
        traces.sort_unstable();
        traces
    };
    Everything {
        spikes,
        states,
        words,
        weights: projections().map(|projection| Weights::of(&simulation, projection)).collect(),
        pre_traces: projections()
            .map(|projection| simulation.cores().flat_map(|core| core.pre_traces(projection)).collect())
            .collect(),
        post_traces: projections()
            .map(|projection| sorted(simulation.cores().flat_map(|core| core.post_traces(projection)).collect()))
            .collect(),
        overflows: simulation.overflows(),
        totals: simulation.totals(),
    }
}

/// The random network with more neurons, so that it fills several blocks and tiles.
fn large_network(seed: u64) -> Network {
    let mut network = fixed_network(seed);
    network.populations[0].size = 90 + (seed % 50) as u32;
    network.populations[2].size = 70;
    if seed % 4 == 1 {
        network.rules[0].dd = Some("2^-4*x1*y0 - 2^-5*y1*x0".to_owned());
    }
    network
}

fn is_tiled(image: &ChipImage) -> bool {
    matches!(EngineCore::load(image, 0, Strategy::Auto, 1), Ok(EngineCore::Tiled(_)))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn strategies_tiles_and_threads_change_nothing(seed in any::<u64>(), neurons_per_core in 40_u32..400) {
        let mut network = if seed % 3 == 0 { random_network(seed) } else { large_network(seed) };
        if seed % 3 == 1 {
            // Cells of two compartments and a rule, as programs, beside fixed neurons that learn; all hear dopamine.
            add_microcode(&mut network, ["mul.z", "mul.s"][(seed / 3 % 2) as usize]);
        }
        let options = CompileOptions { seed, max_neurons_per_core: Some(neurons_per_core), ..CompileOptions::default() };
        let image = compile_unlimited(&network, &options);
        let stimulus = random_stimulus(&image, seed);
        let reference = run(&image, stimulus.clone(), Strategy::Reference, 1, 1);
        // Threads beyond one for each core share its tiles.
        let cores = image.cores.len();
        for (strategy, tiles, threads) in [
            (Strategy::Dense, 1, 1),
            (Strategy::Sparse, 1, 1),
            (Strategy::Auto, 1, 1),
            (Strategy::Sparse, 3, 2),
            (Strategy::Sparse, 3, 2 * cores),
            (Strategy::Dense, 2, 2 * cores),
        ] {
            let got = run(&image, stimulus.clone(), strategy, tiles, threads);
            prop_assert_eq!(&got, &reference, "{:?} in {} tiles on {} threads", strategy, tiles, threads);
        }
    }
}

/// The weights of each projection that learns, turned round half-way: what is read is what was set, and every engine goes on alike.
#[test]
fn weights_set_between_steps_are_those_of_every_engine() {
    for seed in 0..6 {
        let network = if seed % 3 == 0 { random_network(seed) } else { large_network(seed) };
        let options = CompileOptions { seed, max_neurons_per_core: Some(60), ..CompileOptions::default() };
        let image = compile_unlimited(&network, &options);
        let plastic = (0..image.symbols.projections.len()).filter(|index| image.symbols.projections[*index].is_plastic);
        let plastic: Vec<ProjectionId> = plastic.map(|index| ProjectionId(index as u32)).collect();
        assert!(!plastic.is_empty());
        let turned = |strategy: Strategy, tiles: usize, threads: usize| {
            let cores = (0..image.cores.len()).map(|index| EngineCore::load(&image, index, strategy, tiles).unwrap());
            let options = Options { threads, costs: Vec::new(), draws: None };
            let mut run = Simulation::of_cores(&image, cores.collect(), options, Timing::default()).unwrap();
            let (mut stimulus, mut input, mut spikes) =
                (random_stimulus(&image, seed), StepInput::default(), Vec::new());
            for t in 0..STEPS {
                if t == STEPS / 2 {
                    for projection in &plastic {
                        let mut weights = Weights::of(&run, *projection).weight;
                        weights.reverse();
                        run.set_weights(*projection, &weights).unwrap();
                        assert_eq!(Weights::of(&run, *projection).weight, weights);
                        assert!(run.set_weights(*projection, &weights[1..]).is_err());
                        weights[0] = i16::MAX;
                        assert!(run.set_weights(*projection, &weights).is_err());
                    }
                }
                input.clear();
                stimulus.sense(t, &[], &mut input);
                spikes.push(run.step(&input).to_vec());
            }
            let weights: Vec<Weights> = plastic.iter().map(|projection| Weights::of(&run, *projection)).collect();
            (spikes, weights)
        };
        let reference = turned(Strategy::Reference, 1, 1);
        for (strategy, tiles, threads) in [(Strategy::Auto, 1, 1), (Strategy::Sparse, 3, 2), (Strategy::Dense, 2, 1)] {
            assert!(turned(strategy, tiles, threads) == reference, "seed {seed}, {strategy:?} in {tiles} tiles");
        }
    }
}

/// A guard on the test above: its networks run on the fast engine, spike, learn and overflow.
#[test]
fn the_large_networks_run_on_the_fast_engine() {
    let (mut spikes, mut writes, mut overflows) = (0, 0, 0);
    for seed in 0..6 {
        let image = compile_unlimited(&large_network(seed), &CompileOptions { seed, ..CompileOptions::default() });
        assert!(is_tiled(&image));
        let got = run(&image, random_stimulus(&image, seed), Strategy::Auto, 1, 1);
        spikes += got.spikes.len();
        writes += got.totals.counts.weight_writes;
        overflows += got.overflows.iter().map(Overflows::total).sum::<u64>();
    }
    assert!(spikes > 1000 && writes > 1000 && overflows > 0, "{spikes} spikes, {writes} writes, {overflows} overflows");
}

#[test]
fn every_benchmark_has_one_checksum_under_all_strategies_and_threads() {
    for (net, scale) in [
        (Net::Adc, 0.05),
        (Net::Cuba, 0.1),
        (Net::CubaNmx, 0.1),
        (Net::Stdp, 0.05),
        (Net::Dastdp, 0.05),
        (Net::Sparse, 0.003),
        (Net::Loihi, 0.5),
    ] {
        let request =
            Request { net, scale, steps: Some(150), threads: 1, strategy: Strategy::Reference, seed: 7, rate_hz: 20.0 };
        let reference = measure(&request).unwrap();
        for (strategy, threads) in [
            (Strategy::Auto, 1),
            (Strategy::Dense, 1),
            (Strategy::Sparse, 1),
            (Strategy::Auto, 2),
            (Strategy::Sparse, 3),
        ] {
            let got = measure(&Request { strategy, threads, ..request }).unwrap();
            assert_eq!(got.checksum, reference.checksum, "{net:?} under {strategy:?} on {threads} threads");
            assert_eq!(
                (got.spikes, got.synaptic_events, got.neuron_updates),
                (reference.spikes, reference.synaptic_events, reference.neuron_updates),
                "{net:?} under {strategy:?} on {threads} threads"
            );
        }
    }
}
