//! How fast is microcode? The integrate-and-fire program in the batched executor against the fixed neuron, on the same input.
//!
//! Prints nanoseconds per neuron and step for both, and their ratio: `cargo bench -p caudate-core --bench batched_lif`.

#![allow(clippy::print_stdout, reason = "a benchmark reports")]

use caudate_core::microcode::batch::Column;
use caudate_core::microcode::{Batch, Executable, LANES, cuba_lif};
use caudate_core::neuron::{NeuronProfile, NeuronState, Overflows, Reset, ThresholdCompare, step};
use caudate_core::random::draw;
use caudate_core::semantics::Semantics;
use caudate_isa::nmx::{Kind, Source, Special, Target, operand::Code};
use std::hint::black_box;
use std::time::Instant;

const BLOCKS: usize = 64;
const STEPS: u64 = 200;
const ROUNDS: usize = 7;
const PROFILE: NeuronProfile = NeuronProfile {
    current_decay: 410,
    voltage_decay: 128,
    threshold_mantissa: 100,
    refractory_steps: 3,
    compare: ThresholdCompare::Gt,
    reset: Reset::Zero,
    bias_exponent: 0,
};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let program = cuba_lif::program(&PROFILE, 40)?;
    let executable = Executable::new(&program).map_err(|errors| errors[0].clone())?;
    // One input pattern per block, rotated from step to step, so that making input costs little.
    let inputs: Vec<[i32; LANES]> = (0..BLOCKS as u64)
        .map(|block| std::array::from_fn(|lane| (draw(1, block, lane as u64, 0) % 2048) as i32 - 900))
        .collect();
    println!("{:>8} {:>12} {:>12} {:>6}   (ns per neuron and step; spikes)", "round", "fixed", "microcode", "ratio");
    let mut ratios = Vec::new();
    for round in 0..ROUNDS {
        let (fixed_ns, fixed_spikes) = fixed(&inputs);
        let (batch_ns, batch_spikes) = batched(&executable, &inputs)?;
        if fixed_spikes != batch_spikes {
            return Err(format!("spikes differ: fixed {fixed_spikes}, microcode {batch_spikes}").into());
        }
        ratios.push(batch_ns / fixed_ns);
        println!("{round:>8} {fixed_ns:>12.2} {batch_ns:>12.2} {:>6.2}   {batch_spikes}", batch_ns / fixed_ns);
    }
    ratios.sort_by(f64::total_cmp);
    println!("median ratio {:.2}", ratios[ROUNDS / 2]);
    Ok(())
}

fn per_update(start: Instant) -> f64 {
    start.elapsed().as_nanos() as f64 / (BLOCKS * LANES) as f64 / STEPS as f64
}

fn fixed(inputs: &[[i32; LANES]]) -> (f64, u64) {
    let numerics = Semantics::Loihi1.numerics();
    let mut states = vec![[NeuronState::default(); LANES]; BLOCKS];
    let mut overflows = Overflows::default();
    let mut spikes = 0;
    let start = Instant::now();
    for t in 0..STEPS as usize {
        for (block, states) in states.iter_mut().enumerate() {
            for (state, &input) in states.iter_mut().zip(&inputs[(block + t) % BLOCKS]) {
                spikes += u64::from(step(&numerics, &PROFILE, 40, state, input.into(), &mut overflows));
            }
        }
    }
    let elapsed = per_update(start);
    black_box((&states, overflows));
    (elapsed, spikes)
}

fn batched(executable: &Executable, inputs: &[[i32; LANES]]) -> Result<(f64, u64), &'static str> {
    let input = Source::Special(Special::named(Kind::Neuron, "i0").ok_or("no special i0")?);
    let column = || -> Column { Box::new([0; LANES]) };
    let mut blocks: Vec<[Column; 3]> = (0..BLOCKS).map(|_| std::array::from_fn(|_| column())).collect();
    let states: Vec<Source> = (16..19).filter_map(Target::from_code).map(Source::from).collect();
    let mut batch = Batch::new();
    batch.load_parameters(executable.parameters());
    let streams = [0; LANES];
    let mut spikes = 0;
    let start = Instant::now();
    for t in 0..STEPS {
        for (block, columns) in blocks.iter_mut().enumerate() {
            states.iter().zip(columns.iter_mut()).for_each(|(&state, column)| batch.exchange(state, column));
            batch.column_mut(input).copy_from_slice(&inputs[(block + t as usize) % BLOCKS]);
            batch.run(executable, &streams, t);
            spikes += batch.spikes().len() as u64;
            states.iter().zip(columns.iter_mut()).for_each(|(&state, column)| batch.exchange(state, column));
        }
    }
    let elapsed = per_update(start);
    black_box(&blocks);
    Ok((elapsed, spikes))
}
