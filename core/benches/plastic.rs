//! How fast do synapses learn? One core of the fast engine whose plastic synapses see spikes on both sides, by three rules.
//!
//! Prints nanoseconds per step and per learning update, delivery and traces included:
//! `cargo bench -p caudate-core --bench plastic`.

#![allow(clippy::print_stdout, reason = "a benchmark reports")]

use caudate_core::chip::{ChipDescription, Tile};
use caudate_core::draws::Draws;
use caudate_core::engine::{EngineCore, Strategy};
use caudate_core::id::{AxonId, NeuronId, ProjectionId};
use caudate_core::image::{
    ChipImage, Compartment, CoreImage, FixedNeuron, Header, InputAxon, LearningRule, PopulationSymbol,
    ProjectionSymbol, RuleProgram, Symbols, SynapseGroup, SynapseList,
};
use caudate_core::memory::{MemoryWriter, Synapse};
use caudate_core::neuron::{NeuronProfile, Reset, ThresholdCompare};
use caudate_core::random::draw;
use caudate_core::runtime::{Arrival, StepCounts};
use caudate_core::synapse::{SignMode, SynapseFormat};
use caudate_core::trace::{TraceConfig, TraceDecay};
use caudate_isa::sum_of_products::{Dependency, Factor, Product, SumOfProducts, Variable};
use std::time::Instant;

const SOURCES: u32 = 4000;
const NEURONS: u32 = 4000;
/// Synapses of a source.
const TARGETS: u32 = 250;
/// Steps between two spikes of a source, and of a neuron.
const INTERVAL: u32 = 250;
const STEPS: u64 = 1024;
const ROUNDS: usize = 5;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let product = |dependency, variable, mantissa, exponent| Product {
        dependency,
        factors: vec![Factor::of(variable)],
        mantissa,
        exponent,
    };
    let pairs = |exponent| {
        let pre = product(Dependency::PreSpike, Variable::Y1, -1, exponent);
        vec![product(Dependency::PostSpike, Variable::X1, 1, exponent), pre]
    };
    let timed = |exponent| product(Dependency::Epochs { exponent: 6 }, Variable::Tag, 1, exponent);
    let rules = [
        ("fractions", SumOfProducts { weight: pairs(-7), ..SumOfProducts::default() }),
        ("tags", SumOfProducts { tag: pairs(0), ..SumOfProducts::default() }),
        ("sweeps", SumOfProducts { weight: vec![timed(-7)], tag: pairs(0), ..SumOfProducts::default() }),
    ];
    println!("{:>10} {:>12} {:>16} {:>16}", "rule", "ns per step", "ns per update", "weights changed");
    for (name, program) in rules {
        let image = image(program)?;
        let mut rounds = (0..ROUNDS).map(|_| run(&image)).collect::<Result<Vec<_>, _>>()?;
        rounds.sort_by(|one, other| one.0.total_cmp(&other.0));
        let (ns, counts) = rounds[ROUNDS / 2];
        let (per_step, per_update) = (ns / STEPS as f64, ns / counts.learning_updates as f64);
        println!("{name:>10} {per_step:>12.0} {per_update:>16.2} {:>16}", counts.weight_writes);
    }
    Ok(())
}

/// Runs the core; returns nanoseconds, and what it counted.
fn run(image: &ChipImage) -> Result<(f64, StepCounts), caudate_core::error::Error> {
    let mut core = EngineCore::load(image, 0, Strategy::Dense, 1)?;
    let draws = Draws::Counter { seed: 1 };
    let (mut counts, mut spikes, mut delivered) = (StepCounts::default(), Vec::new(), Vec::new());
    let mut arrivals = Vec::new();
    let start = Instant::now();
    for t in 0..STEPS {
        arrivals.clear();
        let spiking = (0..SOURCES).filter(|source| (source * 7 + t as u32).is_multiple_of(INTERVAL));
        arrivals.extend(spiking.map(|source| Arrival { axon: AxonId(source), port: 0, payload: 1 }));
        spikes.clear();
        delivered.clear();
        counts.add(&core.compute(t, t + 1, &[], &draws, &mut spikes));
        core.finish(t, &arrivals, &[], &draws, &mut counts, &mut delivered);
    }
    Ok((start.elapsed().as_nanos() as f64, counts))
}

/// Sources 0.., then neurons that spike by their bias alone: synapses have weight exponent -8 and add next to nothing.
fn image(program: SumOfProducts) -> Result<ChipImage, caudate_core::error::Error> {
    let chip = ChipDescription::built_in("unlimited")?;
    let format = SynapseFormat {
        weight_bits: 8,
        weight_exponent: -8,
        sign_mode: SignMode::Excitatory,
        delay_bits: 0,
        index_bits: 12,
        tag_bits: 0,
        address_bits: 0,
        keeps_every_bit: false,
    };
    let mut writer = MemoryWriter::new();
    for source in 0..SOURCES {
        let jitter = |target: u32| draw(2, source.into(), target.into(), 0) % (NEURONS / TARGETS);
        let synapse = |target| Synapse { delay: 0, target: target * (NEURONS / TARGETS) + jitter(target), weight: 128 };
        writer.push_list(&format, chip.synapse.list_header_bits, &(0..TARGETS).map(synapse).collect::<Vec<_>>());
    }
    let trace = |impulse: f64| TraceConfig {
        impulse: fixed::types::U8F8::from_num(impulse),
        decay: TraceDecay::TwelveBit { factor: TraceConfig::twelve_bit_factor(200.0) },
    };
    let threshold = INTERVAL as i32;
    let neuron = |index: u32| Compartment {
        neuron: NeuronId(SOURCES + index),
        fixed: Some(FixedNeuron {
            profile: 0,
            bias_mantissa: 64,
            initial_u: 0,
            initial_v: (draw(3, index.into(), 0, 0) % INTERVAL) as i32 * 64,
        }),
        modulators: [None; 4],
    };
    let core = CoreImage {
        tile: Tile { x: 0, y: 0 },
        neuron_profiles: vec![NeuronProfile {
            current_decay: 4096,
            voltage_decay: 0,
            threshold_mantissa: threshold,
            refractory_steps: 1,
            compare: ThresholdCompare::Gt,
            reset: Reset::Zero,
            bias_exponent: 0,
        }],
        compartments: (0..NEURONS).map(neuron).collect(),
        microcode: Vec::new(),
        formats: vec![format],
        rules: vec![LearningRule {
            name: "rule".to_owned(),
            program: RuleProgram::Products(program),
            pre: [trace(3.28), TraceConfig::ABSENT],
            post: [trace(3.45), TraceConfig::ABSENT, TraceConfig::ABSENT],
            epoch_steps: 1,
        }],
        groups: vec![SynapseGroup {
            projection: ProjectionId(0),
            format: 0,
            rule: Some(0),
            dendrite: 0,
            port: 0,
            is_graded: false,
        }],
        axons: (0..SOURCES).map(|source| InputAxon { source: NeuronId(source), lists: 1 }).collect(),
        lists: vec![SynapseList { group: 0, synapses: TARGETS }; SOURCES as usize],
        memory: writer.finish(),
        route_starts: vec![0; NEURONS as usize + 1],
        routes: Vec::new(),
    };
    let population = |name: &str, first, size, is_input| PopulationSymbol {
        name: name.to_owned(),
        first: NeuronId(first),
        size,
        is_input,
        first_input: 0,
    };
    Ok(ChipImage {
        header: Header {
            tool_version: String::new(),
            network: "plastic".to_owned(),
            seed: 1,
            semantics: chip.semantics,
            chip_fingerprint: chip.fingerprint(),
        },
        chip,
        cores: vec![core],
        input_routes: Vec::new(),
        channels: Vec::new(),
        programs: Vec::new(),
        symbols: Symbols {
            populations: vec![population("in", 0, SOURCES, true), population("out", SOURCES, NEURONS, false)],
            projections: vec![ProjectionSymbol {
                name: "in -> out".to_owned(),
                pre: 0,
                post: 1,
                synapses: u64::from(SOURCES * TARGETS),
                is_plastic: true,
            }],
        },
    })
}
