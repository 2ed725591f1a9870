use super::*;
use crate::id::Step;
use crate::microcode::executable::{Executable, Specials};
use crate::microcode::reference::{Inputs, run};
use crate::random::stream;
use caudate_isa::nmx::arbitrary::{Random, legal_program};
use caudate_isa::nmx::{Kind, Special};
use proptest::prelude::*;

/// Everything that one lane starts from.
struct Start {
    state: Vec<i32>,
    parameters: Vec<i32>,
    specials: Specials,
    stack: Vec<i32>,
    entity: u64,
}

fn start(executable: &Executable, random: &mut Random) -> Start {
    let mut specials = Specials::default();
    for (special, _) in Special::all(executable.kind()) {
        let values = special.values(executable.kind()).unwrap();
        specials.set(special, random.number().clamp(*values.start(), *values.end()));
    }
    Start {
        state: executable.states().iter().map(|of| of.clamp(random.number())).collect(),
        parameters: executable.parameters().iter().map(|_| random.number()).collect(),
        specials,
        stack: (0..random.below(4)).map(|_| random.number()).collect(),
        entity: u64::from(random.next()),
    }
}

/// Runs one random program for `steps` steps in `count` lanes, by both executors.
fn executors_agree(kind: Kind, most_words: u32, count: usize, steps: Step, seed: u64) {
    let mut random = Random::new(seed);
    let program = legal_program(kind, most_words, &mut random);
    let executable = Executable::new(&program).unwrap();
    let mut lanes: Vec<Start> = (0..count).map(|_| start(&executable, &mut random)).collect();
    let streams: Vec<u64> = lanes.iter().map(|lane| stream(seed, lane.entity)).collect();

    // What an earlier block left behind must not matter.
    let mut batch = Batch::new();
    batch.columns[..32].iter_mut().for_each(|column| column.fill(random.number()));
    batch.predicates.iter_mut().for_each(|column| column.fill(-1));
    for (lane, Start { state, parameters, specials, stack, .. }) in lanes.iter().enumerate() {
        for (index, &value) in state.iter().enumerate() {
            batch.state_mut(index)[lane] = value;
        }
        for (index, &value) in parameters.iter().enumerate() {
            batch.columns[PARAMETERS + index][lane] = value;
        }
        for (special, _) in Special::all(kind) {
            batch.column_mut(Source::Special(special))[lane] = specials.get(special);
        }
        batch.stack_mut(lane).clone_from(stack);
    }

    for step in 0..steps {
        batch.run(&executable, &streams, step);
        for (lane, Start { state, parameters, specials, stack, .. }) in lanes.iter_mut().enumerate() {
            let inputs = Inputs { parameters, specials, stream: streams[lane], step };
            let mut spikes = Vec::new();
            let outcome = run(&executable, &inputs, state, stack, &mut spikes);
            let context = || format!("seed {seed}, lane {lane}, step {step}");
            let got: Vec<i32> = (0..state.len()).map(|index| batch.state(index)[lane]).collect();
            assert_eq!(&got, state, "{}", context());
            assert_eq!(batch.stack(lane), &stack[..], "{}", context());
            assert_eq!(batch.outcome(lane), outcome, "{}", context());
            let emitted = batch.spikes().iter().filter(|spike| spike.lane == lane as u32).map(|spike| spike.spike);
            assert!(emitted.eq(spikes.iter().copied()), "{}", context());
        }
        assert!(batch.spikes().is_sorted_by_key(|spike| spike.lane));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn the_batch_is_the_reference_in_every_lane(learn in any::<bool>(), words in 1_u32..60, count in 1_usize..20, seed in any::<u64>()) {
        executors_agree(if learn { Kind::Learn } else { Kind::Neuron }, words, count, 3, seed);
    }
}

#[test]
fn a_full_block_and_a_full_program_agree_too() {
    for seed in 0..6 {
        executors_agree(Kind::ALL[seed as usize % 2], 256, LANES, 2, seed);
    }
}
