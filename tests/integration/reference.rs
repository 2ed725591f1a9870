//! The event-driven chip against the plain one: every core steps in every step, in a loop short enough to read.

use crate::networks::{STEPS, compile_unlimited, fixed_network, random_network, random_stimulus, run};
use caudate_core::draws::Draws;
use caudate_core::id::{AxonId, NeuronId};
use caudate_core::image::ChipImage;
use caudate_core::runtime::{Arrival, Core, Emission, StepCounts};
use caudate_mapper::CompileOptions;
use caudate_sim::{Environment, StepInput, Stimulus};
use proptest::prelude::*;

/// What the plain chip did: spikes, states (u, v) by neuron, and counts.
type Plain = (Vec<(u64, NeuronId)>, Vec<(NeuronId, (i64, i64))>, StepCounts);

fn plain(image: &ChipImage, mut stimulus: Stimulus) -> Plain {
    let mut cores: Vec<Core> = (0..image.cores.len()).map(|index| Core::load(image, index).unwrap()).collect();
    let draws = Draws::Counter { seed: image.header.seed };
    let mut levels = vec![0; image.channels.len()];
    let (mut all_spikes, mut total) = (Vec::new(), StepCounts::default());
    let mut last_spikes: Vec<NeuronId> = Vec::new();
    for t in 0..STEPS {
        let mut input = StepInput::default();
        stimulus.sense(t, &[], &mut input);
        for (index, channel) in image.channels.iter().enumerate() {
            let injected =
                input.modulators.iter().filter(|(own, _)| usize::from(*own) == index).map(|(_, amount)| amount).sum();
            let source =
                channel.source.map_or(0..0, |source| source.first_neuron..source.first_neuron + source.neurons);
            let spikes = last_spikes.iter().filter(|neuron| source.contains(&neuron.0)).count();
            levels[index] = channel.advance(levels[index], injected, spikes as u64);
        }
        last_spikes.clear();
        let mut arrivals = Vec::new();
        let mut counts = vec![StepCounts::default(); cores.len()];
        for (index, core) in cores.iter_mut().enumerate() {
            let mut spikes = Vec::new();
            counts[index] = core.compute(t, &levels, &draws, &mut spikes);
            for Emission { compartment, port, payload } in spikes {
                last_spikes.push(image.cores[index].compartments[compartment as usize].neuron);
                let own = image.cores[index].routes_of(compartment as usize).iter().filter(|route| route.carries(port));
                arrivals.extend(own.map(|route| (route.core, Arrival { axon: AxonId(route.axon), port, payload })));
            }
        }
        for source in &input.spikes {
            let own = image.input_routes[*source as usize].iter();
            arrivals.extend(own.map(|route| (route.core, Arrival { axon: AxonId(route.axon), port: 0, payload: 1 })));
        }
        for (core, arrival) in arrivals {
            cores[core as usize].deliver(t, arrival, &mut counts[core as usize]);
        }
        for (core, counts) in cores.iter_mut().zip(&mut counts) {
            core.finish(t, &levels, &draws, counts);
            total.add(counts);
        }
        last_spikes.sort_unstable();
        last_spikes.dedup();
        all_spikes.extend(last_spikes.iter().map(|neuron| (t, *neuron)));
    }
    let mut states = Vec::new();
    for (core, own) in cores.iter().zip(&image.cores) {
        let word = |compartment: u32, word| core.microcode_state(compartment, word).unwrap_or(0).into();
        let values = core.neurons().iter().zip(&own.compartments).zip(0..).map(|((state, settings), index)| {
            if settings.fixed.is_some() { (state.u, state.v) } else { (word(index, 0), word(index, 1)) }
        });
        states.extend(own.compartments.iter().map(|compartment| compartment.neuron).zip(values));
    }
    states.sort_unstable();
    (all_spikes, states, total)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn sleeping_changes_no_spike_no_state_and_no_count(seed in any::<u64>(), neurons_per_core in 2_u32..34) {
        let options = CompileOptions { seed, max_neurons_per_core: Some(neurons_per_core), ..CompileOptions::default() };
        let image = compile_unlimited(&random_network(seed), &options);
        let stimulus = random_stimulus(&image, seed);
        let (spikes, states, counts) = plain(&image, stimulus.clone());
        let got = run(&image, stimulus, 1);
        prop_assert_eq!(got.spikes, spikes);
        prop_assert_eq!(got.states, states.into_iter().map(|(_, state)| state).collect::<Vec<_>>());
        prop_assert_eq!(got.counts, StepCounts { axon_events: 0, ..counts });
    }
}

/// A core that nothing reaches sleeps: the engine must not pay for silence.
#[test]
fn a_chip_at_rest_sleeps() {
    let image = compile_unlimited(
        &fixed_network(2),
        &CompileOptions { max_neurons_per_core: Some(5), ..CompileOptions::default() },
    );
    let mut quiet = image.clone();
    for core in &mut quiet.cores {
        core.compartments
            .iter_mut()
            .filter_map(|compartment| compartment.fixed.as_mut())
            .for_each(|fixed| (fixed.bias_mantissa, fixed.initial_v) = (0, 0));
        core.groups.iter_mut().for_each(|group| group.rule = None);
    }
    let options = caudate_sim::Options { threads: 1, costs: Vec::new(), draws: None };
    let mut simulation = caudate_sim::Simulation::new(&quiet, options).unwrap();
    for _ in 0..STEPS {
        simulation.step(&StepInput::default());
    }
    let totals = simulation.totals();
    assert_eq!(totals.active_core_steps, quiet.cores.len() as u64, "each core is looked at once");
    assert_eq!(totals.counts.neuron_accesses, quiet.neuron_count() * STEPS, "the modelled chip accesses all the same");
}
