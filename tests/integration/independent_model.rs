//! A competitive network of 102 cells on 359 handwritten digits, against an independent model of the same arithmetic (a few dozen
//! lines of Python over the equations of the book, written before this simulator ran).

use caudate_core::synapse::SignMode;
use caudate_mapper::network::{Connect, Decay, LifParameters, Network, Population, Projection, Threshold};
use caudate_mapper::{CompileOptions, Parameter};
use caudate_sim::{Simulation, StepInput, simulation};
use flate2::read::GzDecoder;
use std::io::Read;

const PRESENTATION_STEPS: u64 = 28;
const INPUT_STEPS: u64 = 20;
const CELLS: usize = 100;

fn network() -> Network {
    let mut network = Network::new("model");
    network.add_population(Population::input("pixels", 64));
    let decays = [360, 420, 480, 540, 600, 660, 720, 780, 840, 900].map(f64::from);
    let thresholds = [3300, 4650, 3750, 4200].map(f64::from);
    let cells = LifParameters {
        current: Decay::Effective(2048.0.into()),
        voltage: Decay::Effective(Parameter::Array((0..CELLS).map(|cell| decays[cell % 10]).collect())),
        threshold: Threshold::Mantissa(Parameter::Array((0..CELLS).map(|cell| thresholds[cell % 10 % 4]).collect())),
        refractory_steps: 2.0.into(),
        ..LifParameters::default()
    };
    network.add_population(Population::lif("cells", CELLS as u32, cells));
    let inhibitory = LifParameters {
        current: Decay::Effective(2048.0.into()),
        voltage: Decay::Effective(4095.0.into()),
        threshold: Threshold::Mantissa(vec![250.0, 150.0].into()),
        ..LifParameters::default()
    };
    network.add_population(Population::lif("inhibitory", 2, inhibitory));
    let weight = |pixel: usize, cell: usize| 2.0 * (((37 * pixel + 101 * cell) % 33) as f64 - 8.0);
    let weights = (0..64 * CELLS).map(|index| weight(index / CELLS, index % CELLS)).collect();
    let mut add = |pre: &str, post: &str, weight: Parameter, exponent: i8, sign: SignMode| {
        let mut projection = Projection::new(pre, post, Connect::AllToAll { self_connections: true }, weight);
        projection.weight_exponent = Some(exponent);
        projection.sign = sign;
        network.add_projection(projection);
    };
    add("pixels", "cells", Parameter::Array(weights), 0, SignMode::Mixed);
    add("cells", "inhibitory", 130.0.into(), 0, SignMode::Excitatory);
    add("inhibitory", "cells", (-150.0).into(), 2, SignMode::Inhibitory);
    network
}

/// The test digits: of each class, in file order, numbers 2, 7, 12, ...
fn test_digits() -> Vec<(Vec<u64>, usize)> {
    let file = std::fs::File::open(concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/digits/digits.csv.gz")).unwrap();
    let mut text = String::new();
    GzDecoder::new(file).read_to_string(&mut text).unwrap();
    let mut seen = [0; 10];
    let rows = text.lines().map(|row| row.split(',').map(|field| field.parse().unwrap()).collect::<Vec<u64>>());
    rows.filter_map(|mut row| {
        let label = row.pop().unwrap() as usize;
        seen[label] += 1;
        (seen[label] % 5 == 3).then_some((row, label))
    })
    .collect()
}

#[test]
fn the_simulator_agrees_with_an_independent_model() {
    let chip = caudate_core::chip::ChipDescription::built_in("loihi1").unwrap();
    let image = caudate_mapper::compile(&network(), &chip, &CompileOptions::default()).unwrap().image;
    let options = simulation::Options { threads: 1, costs: Vec::new(), draws: None };
    let mut simulation = Simulation::new(&image, options).unwrap();
    let cells = image.symbols.population("cells").unwrap().clone();
    let (mut cell_spikes, mut inhibitory_spikes, mut input_spikes, mut right) = (0, 0, 0, 0);
    let mut answers = Vec::new();
    for (pixels, label) in test_digits() {
        // Spikes and step of the first spike, by cohort of ten cells.
        let mut cohorts = [(0_i64, u64::MAX); 10];
        for step in 0..PRESENTATION_STEPS {
            let spikes_before = |pixel: usize, step: u64| {
                (16 * pixels[pixel] * step + (7 * pixel as u64 % 16) * INPUT_STEPS) / (16 * INPUT_STEPS)
            };
            let spikes = |pixel: &u32| spikes_before(*pixel as usize, step + 1) > spikes_before(*pixel as usize, step);
            let input: Vec<u32> = (0..64).filter(|pixel| step < INPUT_STEPS && spikes(pixel)).collect();
            input_spikes += input.len();
            for neuron in simulation.step(&StepInput { spikes: input, ..StepInput::default() }) {
                if cells.contains(*neuron) {
                    cell_spikes += 1;
                    let cohort = &mut cohorts[(neuron.0 - cells.first.0) as usize / 10];
                    // The answer is read before the last step.
                    if step < PRESENTATION_STEPS - 1 {
                        *cohort = (cohort.0 + 1, cohort.1.min(step));
                    }
                } else {
                    inhibitory_spikes += 1;
                }
            }
        }
        let answer = (0..10)
            .filter(|class| cohorts[*class].0 > 0)
            .min_by_key(|class| (-cohorts[*class].0, cohorts[*class].1, *class));
        right += usize::from(answer == Some(label));
        answers.push(answer.unwrap());
    }
    let first = [
        7, 7, 2, 2, 2, 4, 2, 7, 7, 7, 2, 7, 4, 9, 2, 7, 2, 7, 4, 7, 7, 4, 2, 7, 7, 7, 2, 7, 7, 7, 4, 2, 2, 2, 7, 2, 4,
        4, 7, 2,
    ];
    assert_eq!(answers.len(), 359);
    assert_eq!(answers[..40], first);
    assert_eq!((cell_spikes, inhibitory_spikes, input_spikes, right), (4704, 3712, 112_285, 40));
    assert_eq!(simulation.totals().counts.synaptic_events, 11_609_108);
}
