//! Laws and closed forms of time and energy.

use crate::networks::{STEPS, compile_unlimited, random_network, random_stimulus};
use caudate_core::image::ChipImage;
use caudate_mapper::CompileOptions;
use caudate_mapper::network::{
    Connect, LifParameters, Network, Population, Projection, RuleSpec, Threshold, TraceSpec,
};
use caudate_sim::cost::{BUILT_IN, CostProfile, CostReport, EnergyByComponent};
use caudate_sim::timing::Timing;
use caudate_sim::{Environment, Simulation, StepInput, Stimulus, simulation};
use proptest::prelude::*;

fn profiles() -> Vec<CostProfile> {
    let mut all: Vec<CostProfile> = BUILT_IN.iter().map(|(name, _)| CostProfile::find(name).unwrap()).collect();
    // One with everything in it, and with energies that do not divide well.
    let mut everything = all[0].clone();
    everything.name = "everything".to_owned();
    everything.static_power.microwatts = 104_321;
    everything.barrier.energy_fj = 777;
    everything.message_in.energy_fj = 13;
    everything.chip_hop.energy_fj = 17;
    all.push(everything);
    all
}

fn run<'i>(image: &'i ChipImage, mut stimulus: Stimulus, timing: Timing, steps: u64) -> Simulation<'i> {
    let options = simulation::Options { threads: 1, costs: profiles(), draws: None };
    let mut simulation = Simulation::timed(image, options, timing).unwrap();
    let mut input = StepInput::default();
    for t in 0..steps {
        input.clear();
        stimulus.sense(t, &[], &mut input);
        simulation.step(&input);
    }
    simulation
}

/// A random network on cores of at most `per_core` neurons, on a mesh of tiles of four cores.
fn spread_out(seed: u64, per_core: u32) -> ChipImage {
    let options = CompileOptions { seed, max_neurons_per_core: Some(per_core), ..CompileOptions::default() };
    compile_unlimited(&random_network(seed), &options)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn parts_sum_to_the_total_exactly_and_every_division_of_it_is_complete(seed in any::<u64>(), per_core in 2_u32..30) {
        let image = spread_out(seed, per_core);
        for timing in Timing::ALL {
            let simulation = run(&image, random_stimulus(&image, seed), timing, STEPS);
            for (index, (report, meter)) in simulation.costs().iter().zip(simulation.meters()).enumerate() {
                let total = report.energy_total_fj;
                prop_assert_eq!(report.energy_fj.parts().iter().sum::<u128>(), total);
                prop_assert_eq!(report.energy_pj, total as f64 / 1000.0);

                let bins = meter.timeline().bins();
                prop_assert_eq!(bins.iter().map(|bin| bin.time_ps).sum::<u64>(), report.time_ps);
                prop_assert_eq!(bins.iter().map(|bin| bin.energy_fj.total()).sum::<u128>(), total);
                prop_assert_eq!(report.steps_by_bound.0.iter().sum::<u64>(), STEPS);

                let shares = simulation.breakdown(index).unwrap();
                let cores: u128 = shares.cores.iter().map(|core| core.energy_fj.total()).sum();
                let links: u128 = shares.links.iter().map(|link| link.energy_fj).sum();
                prop_assert_eq!(cores + links + shares.rest_fj, total);
                let mut populations = EnergyByComponent::default();
                shares.populations.iter().for_each(|own| populations.add(&own.energy_fj));
                let rest = report.energy_fj.static_ + report.energy_fj.barrier;
                prop_assert_eq!(shares.rest_fj, rest);
                let work = EnergyByComponent { static_: 0, barrier: 0, ..report.energy_fj };
                prop_assert_eq!(populations, work, "component by component");
                let links: u64 = shares.links.iter().map(|link| link.packets).sum();
                prop_assert_eq!(links, simulation.totals().hops);
            }
        }
    }

    #[test]
    fn no_model_is_faster_than_the_one_below_it_and_none_changes_what_is_computed(seed in any::<u64>(), per_core in 2_u32..30) {
        let image = spread_out(seed, per_core);
        let analytic = run(&image, random_stimulus(&image, seed), Timing::Analytic, STEPS);
        let detailed = run(&image, random_stimulus(&image, seed), Timing::Detailed, STEPS);
        prop_assert_eq!(analytic.totals(), detailed.totals());
        for (analytic, detailed) in analytic.costs().iter().zip(detailed.costs()) {
            prop_assert!(analytic.lower_bound_ps <= analytic.time_ps);
            prop_assert!(analytic.time_ps <= detailed.time_ps);
            prop_assert_eq!(analytic.time_ps, detailed.analytic_time_ps);
            prop_assert_eq!(analytic.lower_bound_ps, detailed.lower_bound_ps);
            let without_static = |energy: &EnergyByComponent| energy.total() - energy.static_;
            prop_assert_eq!(without_static(&analytic.energy_fj), without_static(&detailed.energy_fj));
        }
    }

    #[test]
    fn another_step_never_gives_time_or_energy_back(seed in any::<u64>(), steps in 1_u64..STEPS) {
        let image = spread_out(seed, 9);
        for timing in Timing::ALL {
            let short = run(&image, random_stimulus(&image, seed), timing, steps).costs();
            let long = run(&image, random_stimulus(&image, seed), timing, steps + 1).costs();
            for (short, long) in short.iter().zip(&long) {
                prop_assert!(short.time_ps < long.time_ps && short.energy_total_fj <= long.energy_total_fj);
            }
        }
    }
}

/// `inputs` inputs, each with a synapse to each of `cells` cells that never spike.
fn fan_in(inputs: u32, cells: u32, rule: Option<RuleSpec>) -> Network {
    let mut network = Network::new("fan-in");
    network.add_population(Population::input("in", inputs));
    let cell = LifParameters { threshold: Threshold::Mantissa(100_000.0.into()), ..LifParameters::default() };
    network.add_population(Population::lif("cells", cells, cell));
    let mut projection = Projection::new("in", "cells", Connect::AllToAll { self_connections: true }, 2.0);
    projection.rule = rule.as_ref().map(|rule| rule.name.clone());
    if let Some(rule) = rule {
        network.add_rule(rule);
    }
    network.add_projection(projection);
    network
}

fn first_step(network: &Network, spikes: Vec<u32>) -> Vec<CostReport> {
    let image = compile_unlimited(network, &CompileOptions::default());
    let stimulus = Stimulus::from_spikes(spikes.into_iter().map(|source| (0, source)).collect());
    run(&image, stimulus, Timing::Detailed, 1).costs()
}

#[test]
fn one_cell_and_k_synapses_cost_what_the_hand_computes() {
    // Davies 2018: an inactive cell 52 pJ and 5.3 ns, k synaptic events 23.6 pJ and 3.5 ns each, a barrier of one tile 113 ns.
    for k in [0_u32, 1, 7] {
        let davies = &first_step(&fan_in(7, 1, None), (0..k).collect())[0];
        let expected =
            EnergyByComponent { neuron: 52_000, synapse: u128::from(k) * 23_600, ..EnergyByComponent::default() };
        assert_eq!(davies.energy_fj, expected);
        let work_ps = (u64::from(k) * 3_500).max(5_300);
        assert_eq!(
            (davies.time_ps, davies.analytic_time_ps, davies.lower_bound_ps),
            (work_ps + 113_000, work_ps + 113_000, 113_000)
        );
    }
}

#[test]
fn one_learning_update_costs_what_the_hand_computes() {
    let mut rule = RuleSpec::new("pairs");
    rule.dw = Some("2^0*x0*y1".to_owned());
    rule.y1 = Some(TraceSpec { impulse: 16.0, tau_steps: 10.0 });
    let davies = &first_step(&fan_in(1, 1, Some(rule)), vec![0])[0];
    let expected =
        EnergyByComponent { neuron: 52_000, synapse: 23_600, learning: 120_000, ..EnergyByComponent::default() };
    assert_eq!(davies.energy_fj, expected);
    assert_eq!(davies.time_ps, 5_300 + 6_100 + 113_000, "learning follows when the cell and its synapse are done");
    assert_eq!(davies.analytic_time_ps, 3_500 + 6_100 + 113_000);
}
