//! What the verifier says of a program holds when the reference executor runs it.

use caudate_core::microcode::{Executable, Inputs, Specials, run};
use caudate_core::random::stream;
use caudate_isa::nmx::arbitrary::{Random, legal_program, loose_program};
use caudate_isa::nmx::operand::{Code, Condition, Rounding};
use caudate_isa::nmx::program::{Requirement, StateDeclaration, Term};
use caudate_isa::nmx::slot::Slot;
use caudate_isa::nmx::verify::{RoundingFacts, SaturationFacts, StackEffect, Standing, Verification, verify_program};
use caudate_isa::nmx::{Instruction, Kind, Opcode, Program, Source, Special, StateType, Target};

/// Where a run starts.
struct Start {
    state: Vec<i32>,
    specials: Specials,
    stack: Vec<i32>,
    stream: u64,
    step: u64,
}

/// What a run leaves.
struct End {
    state: Vec<i32>,
    stack: Vec<i32>,
    alu_saturated: u32,
    store_saturated: u32,
    cycles: u32,
}

fn start(program: &Program, random: &mut Random) -> Start {
    let mut specials = Specials::default();
    for (special, _) in Special::all(program.kind) {
        let values = special.values(program.kind).unwrap();
        specials.set(special, random.number().clamp(*values.start(), *values.end()));
    }
    let state = program.states.iter().map(|state| {
        let (low, high) = state.range.unwrap_or((state.of.lowest(), state.of.highest()));
        match random.below(4) {
            0 => low,
            1 => high,
            _ => random.number().clamp(low, high),
        }
    });
    let state = state.collect();
    let stack = (0..64).map(|_| random.number()).collect();
    Start { state, specials, stack, stream: stream(random.next().into(), 1), step: random.next().into() }
}

fn end(program: &Program, start: &Start) -> End {
    let executable = Executable::new(program).unwrap();
    let parameters: Vec<i32> = program.parameters.iter().map(|parameter| parameter.value).collect();
    let inputs = Inputs { parameters: &parameters, specials: &start.specials, stream: start.stream, step: start.step };
    let (mut state, mut stack) = (start.state.clone(), start.stack.clone());
    let outcome = run(&executable, &inputs, &mut state, &mut stack, &mut Vec::new());
    End {
        state,
        stack,
        alu_saturated: outcome.alu_saturated,
        store_saturated: outcome.store_saturated,
        cycles: outcome.cycles,
    }
}

/// A random program with states in narrow ranges, so that intervals are more than "anything".
fn program(case: usize, random: &mut Random) -> Program {
    let kind = Kind::ALL[case % 2];
    let mut program =
        if case.is_multiple_of(3) { loose_program(kind, 16, random) } else { legal_program(kind, 16, random) };
    // Room for the state word of `written`.
    program.states.truncate(15);
    let names_last = |word: u32| {
        let instruction = Instruction::decode(word, kind).unwrap();
        let mut named = instruction.reads().map(Source::index).chain(instruction.writes().map(Target::index));
        named.any(|index| index == 31)
    };
    for word in &mut program.words {
        *word = if names_last(*word) { 0 } else { *word };
    }
    for state in &mut program.states {
        state.saturates = false;
        if random.below(3) != 0 {
            let low = state.of.clamp(random.below(600) as i32 - 300);
            state.range = Some((low, state.of.clamp(low.saturating_add(random.below(600) as i32))));
        }
    }
    for parameter in &mut program.parameters {
        if random.below(3) != 0 {
            parameter.value = parameter.of.clamp(random.below(600) as i32 - 300);
        }
    }
    for _ in 0..random.below(4) {
        let mut term = || match random.below(3) {
            0 => Term::State(random.below(program.states.len() as u32) as u8),
            1 => Term::Parameter(random.below(program.parameters.len() as u32) as u8),
            _ => Term::Constant(random.below(600) as i32 - 300),
        };
        let (left, right) = (term(), term());
        program.requirements.push(Requirement::new(left, random.pick(Condition::ALL), right));
    }
    program
}

/// The value that instruction `at` writes, if it takes effect: the program up to it, and a copy of its target into a state word of
/// its own under the same predicate. Two runs that differ in what that word holds before tell whether it was written.
fn written(program: &Program, instructions: &[Instruction], at: usize, start: &Start) -> Option<i32> {
    let target = instructions[at].writes()?;
    let probe_state = program.states.len();
    let mut probe = Program { words: program.words[..=at].to_vec(), requirements: Vec::new(), ..program.clone() };
    probe.states.push(StateDeclaration { name: None, of: StateType::I32, range: None, saturates: true });
    let predicate = if instructions[at].is_conditional() {
        instructions[at].predicate
    } else {
        caudate_isa::nmx::Predicate::Always
    };
    let copy = Instruction::assemble(Opcode::Mov, predicate, &[16 + probe_state as i32, target.code()], program.kind);
    probe.words.push(copy.unwrap().encode());
    let ends = [7, -7].map(|before| {
        let mut state = start.state.clone();
        state.push(before);
        let start = Start { state, specials: start.specials, stack: start.stack.clone(), ..*start };
        end(&probe, &start).state[probe_state]
    });
    (ends[0] == ends[1]).then_some(ends[0])
}

fn check_instructions(program: &Program, facts: &Verification, start: &Start, tally: &mut Tally) {
    let instructions = program.instructions().unwrap();
    let prefix = |words: usize| Program { words: program.words[..words].to_vec(), ..program.clone() };
    for (at, (instruction, facts)) in instructions.iter().zip(&facts.instructions).enumerate() {
        let saturated = end(&prefix(at + 1), start).alu_saturated - end(&prefix(at), start).alu_saturated;
        let may = matches!(facts.saturation, SaturationFacts::Accepted | SaturationFacts::Undeclared);
        assert!(saturated == 0 || may, "{instruction:?} saturates, {facts:?}\n{program:#?}");
        tally.never += usize::from(facts.saturation == SaturationFacts::Never);
        let Some(value) = written(program, &instructions, at, start) else { continue };
        assert!(facts.runs, "{instruction:?} runs\n{program:#?}");
        let range = facts.result.unwrap();
        assert!(range.contains(value.into()), "{instruction:?} writes {value}, not in {range}\n{program:#?}");
        tally.narrow += usize::from(range.high() - range.low() < 1 << 24);
        if facts.rounding == RoundingFacts::Exact && instruction.opcode() != Opcode::Lut {
            for &rounding in Rounding::ALL {
                let mut other = program.clone();
                other.words[at] = program.words[at] & !Slot::Round.mask() | Slot::Round.put(rounding.code());
                let instructions = other.instructions().unwrap();
                assert_eq!(written(&other, &instructions, at, start), Some(value), "{instruction:?}\n{program:#?}");
                tally.exact += 1;
            }
        }
    }
}

fn check_end(program: &Program, facts: &Verification, start: &Start, tally: &mut Tally) {
    let end = end(program, start);
    let may_saturate = facts.states.iter().any(|state| state.saturation != SaturationFacts::Never);
    assert!(end.store_saturated == 0 || may_saturate, "{program:#?}");
    assert!(end.cycles <= facts.worst_case_cycles);
    for ((declared, state), &value) in program.states.iter().zip(&facts.states).zip(&end.state) {
        let range = state.at_exit.unwrap().clamped(declared.of);
        assert!(range.contains(value.into()), "{value} is not in {range}\n{program:#?}");
        if let (Some(true), Some((low, high))) = (state.keeps_range, declared.range) {
            assert!((low..=high).contains(&value), "{value} leaves {low}..={high}\n{program:#?}");
            tally.kept += 1;
        }
    }
    let value = |term: Term| match term {
        Term::State(index) => end.state[usize::from(index)],
        Term::Parameter(index) => program.parameters[usize::from(index)].value,
        Term::Constant(value) => value,
    };
    for (requirement, standing) in program.requirements.iter().zip(&facts.requirements) {
        let holds = requirement.condition().holds(value(requirement.left), value(requirement.right));
        match standing {
            Standing::Holds => assert!(holds, "{requirement:?}\n{program:#?}"),
            Standing::Fails => assert!(!holds, "{requirement:?}\n{program:#?}"),
            Standing::Open => {}
        }
        tally.settled += usize::from(*standing != Standing::Open);
    }
    if let Some(StackEffect { pops, pushes }) = facts.stack {
        let left = start.stack.len() - pops as usize;
        assert_eq!(end.stack.len(), left + pushes as usize, "{program:#?}");
        assert_eq!(end.stack[..left], start.stack[..left], "{program:#?}");
    }
}

/// How often the interesting cases occurred.
#[derive(Debug, Default)]
struct Tally {
    never: usize,
    narrow: usize,
    exact: usize,
    kept: usize,
    settled: usize,
}

#[test]
fn what_the_verifier_says_holds_in_every_run() {
    let mut random = Random::new(6);
    let mut tally = Tally::default();
    for case in 0..1_500 {
        let program = program(case, &mut random);
        let facts = verify_program("text", &program);
        for _ in 0..6 {
            let start = start(&program, &mut random);
            check_instructions(&program, &facts, &start, &mut tally);
            check_end(&program, &facts, &start, &mut tally);
        }
    }
    let Tally { never, narrow, exact, kept, settled } = tally;
    assert!([never, narrow, exact, kept, settled].iter().all(|&count| count > 1_000), "{tally:?}");
}
