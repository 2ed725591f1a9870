use super::*;
use crate::id::Step;
use crate::microcode::executable::{Executable, Specials};
use crate::microcode::reference::{Inputs, run};
use crate::random::stream;
use caudate_isa::nmx::arbitrary::{Random, legal_program, loose_program};
use caudate_isa::nmx::{Kind, Program, Special};
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

/// Runs a program for `steps` steps in `count` lanes, by both executors.
fn executors_agree(program: &Program, count: usize, steps: Step, seed: u64) {
    let mut random = Random::new(seed);
    let (kind, executable) = (program.kind, Executable::new(program).unwrap());
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
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_batch_is_the_reference_in_every_lane(learn in any::<bool>(), words in 1_u32..60, count in 1_usize..20, seed in any::<u64>()) {
        let program = legal_program(Kind::ALL[usize::from(learn)], words, &mut Random::new(seed));
        executors_agree(&program, count, 3, seed);
    }

    #[test]
    fn what_was_never_written_reads_as_zero_in_both(learn in any::<bool>(), words in 1_u32..30, count in 1_usize..5, seed in any::<u64>()) {
        let program = loose_program(Kind::ALL[usize::from(learn)], words, &mut Random::new(seed));
        executors_agree(&program, count, 2, seed);
    }
}

#[test]
fn a_full_block_and_a_full_program_agree_too() {
    for seed in 0..6 {
        let program = legal_program(Kind::ALL[seed as usize % 2], 256, &mut Random::new(seed));
        executors_agree(&program, LANES, 2, seed);
    }
}
