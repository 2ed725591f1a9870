//! Counts, energy and time against what SANA-FE 2.2.9 recorded on equal networks (`tests/validation/`).

use caudate_core::chip::{ChipDescription, Limit};
use caudate_core::image::ChipImage;
use caudate_mapper::network::{Bias, Connect, Decay, LifParameters, Network, Population, Projection, Threshold};
use caudate_mapper::{CompileOptions, compile};
use caudate_sim::cost::{CostProfile, CostReport};
use caudate_sim::timing::Timing;
use caudate_sim::{Simulation, StepInput, simulation};
use serde_json::Value;

const THRESHOLD: u64 = 1000;
const WEIGHTS: [f64; 4] = [-4.0, -2.0, 2.0, 4.0];

/// The generator of `tests/validation/random_networks.py`.
struct Draws(u64);

impl Draws {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 32) * limit) >> 32
    }
}

/// A network drawn as that file draws it.
fn network(cells: u64, fan_out: u64, period: u64, seed: u64) -> Network {
    let mut draws = Draws(seed);
    let bias: Vec<f64> = (0..cells).map(|_| 1.0 + draws.below(2 * THRESHOLD / period) as f64).collect();
    let (mut pre, mut post, mut weights) = (Vec::new(), Vec::new(), Vec::new());
    for cell in 0..cells {
        let first = post.len();
        while ((post.len() - first) as u64) < fan_out {
            let target = draws.below(cells) as u32;
            if !post[first..].contains(&target) {
                pre.push(cell as u32);
                post.push(target);
                weights.push(WEIGHTS[draws.below(4) as usize]);
            }
        }
    }
    let parameters = LifParameters {
        current: Decay::Effective(4096.0.into()),
        voltage: Decay::Effective(0.0.into()),
        threshold: Threshold::Mantissa((THRESHOLD as f64).into()),
        bias: Bias::Mantissa { mantissa: bias.into(), exponent: 6.0.into() },
        ..LifParameters::default()
    };
    let mut network = Network::new("random");
    network.add_population(Population::lif("cells", cells as u32, parameters));
    let mut projection = Projection::new("cells", "cells", Connect::List { pre, post }, weights);
    projection.weight_exponent = Some(0);
    network.add_projection(projection);
    network
}

/// The mesh of Loihi 1 with cores that hold `per_core` cells.
fn image(network: &Network, per_core: u64) -> ChipImage {
    let mut chip = ChipDescription::built_in("loihi1").unwrap();
    chip.core.compartments = Limit::AtMost(per_core);
    for limit in [&mut chip.core.input_axons, &mut chip.core.output_axons, &mut chip.core.neuron_profiles] {
        *limit = Limit::Unlimited;
    }
    let options = CompileOptions {
        partitioner: "fill-in-order".to_owned(),
        placer: "row-by-row".to_owned(),
        ..CompileOptions::default()
    };
    compile(network, &chip, &options).unwrap_or_else(|error| panic!("{error}")).image
}

fn simulate(image: &ChipImage, steps: u64, timing: Timing) -> (simulation::Totals, CostReport) {
    let costs = vec![CostProfile::find("loihi1-nahuku-fit").unwrap()];
    let options = simulation::Options { threads: 1, costs, draws: None };
    let mut simulation = Simulation::timed(image, options, timing).unwrap();
    for _ in 0..steps {
        simulation.step(&StepInput::default());
    }
    (simulation.totals(), simulation.costs().remove(0))
}

/// Equal but for the rounding of sums in floating point.
fn assert_same(ours: f64, peers: &Value, what: &str) {
    let peers = peers.as_f64().unwrap();
    assert!((ours / peers - 1.0).abs() < 1e-9, "{what}: {ours} and {peers}");
}

#[test]
fn counts_energy_and_analytic_time_equal_the_peers_and_detailed_time_is_within_a_tenth() {
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/validation/sanafe.json")).unwrap();
    let recorded: Value = serde_json::from_str(&text).unwrap();
    let networks = recorded["networks"].as_array().unwrap();
    assert_eq!(networks.len(), 8);
    for peer in networks {
        let number = |key: &str| peer[key].as_u64().unwrap();
        let cells = number("cores") * number("per_core");
        let image = image(&network(cells, number("fan_out"), number("period"), number("seed")), number("per_core"));
        assert_eq!(image.cores.len() as u64, number("cores"));
        let (totals, detailed) = simulate(&image, number("steps"), Timing::Detailed);
        let (of_analytic, analytic) = simulate(&image, number("steps"), Timing::Analytic);
        assert_eq!(totals, of_analytic, "time changes what is computed");

        let counts = totals.counts;
        for (key, count) in [
            ("spikes", counts.spikes),
            ("synaptic_events", counts.synaptic_events),
            ("packets", totals.packets),
            ("neuron_updates", counts.neuron_updates),
            ("hops", totals.hops),
        ] {
            assert_eq!(count, number(key), "{key} of {peer}");
        }
        let energy = detailed.energy_fj;
        for (key, energy_fj) in [
            ("total", energy.total()),
            ("synapse", energy.synapse),
            ("soma", energy.neuron + energy.spike),
            ("network", energy.network),
        ] {
            assert_same(energy_fj as f64 * 1e-15, &peer["energy_joules"][key], key);
        }
        assert_same(analytic.time_ps as f64 * 1e-12, &peer["simple_seconds"], "time of the analytic model");
        let ratio = detailed.time_ps as f64 * 1e-12 / peer["detailed_seconds"].as_f64().unwrap();
        assert!((0.9..=1.1).contains(&ratio), "detailed time is {ratio} of the peer's: {peer}");
    }
}
