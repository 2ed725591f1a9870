//! An optimized program does what the program does, run by the reference executor: every rule alone, and all together.

use caudate_core::microcode::{Executable, Inputs, Specials, Spike, run};
use caudate_core::random::stream;
use caudate_isa::nmx::arbitrary::{Random, wasteful_program};
use caudate_isa::nmx::asm::assemble;
use caudate_isa::nmx::disasm::disassemble;
use caudate_isa::nmx::operand::Condition;
use caudate_isa::nmx::optimize::{Assumptions, Level, Optimized, Rule, optimize, optimize_by};
use caudate_isa::nmx::program::{Requirement, Term};
use caudate_isa::nmx::verify::verify_program;
use caudate_isa::nmx::{Kind, Program, Special};

/// Where a run starts.
struct Start {
    parameters: Vec<i32>,
    state: Vec<i32>,
    specials: Specials,
    stack: Vec<i32>,
    stream: u64,
    step: u64,
}

/// Everything that a run leaves and must leave again.
#[derive(Debug, PartialEq, Eq)]
struct End {
    state: Vec<i32>,
    spikes: Vec<Spike>,
    stack: Vec<i32>,
    alu_saturated: u32,
    store_saturated: u32,
    stack_underflows: u32,
}

fn start(program: &Program, assumptions: Assumptions, random: &mut Random) -> Start {
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
    let parameters = program.parameters.iter().map(|parameter| match assumptions.parameters_fixed {
        true => parameter.value,
        false => parameter.of.clamp(random.number()),
    });
    let parameters = parameters.collect();
    let stack = (0..random.below(8)).map(|_| random.number()).collect();
    Start { parameters, state, specials, stack, stream: stream(random.next().into(), 1), step: random.next().into() }
}

/// What a run leaves, and its cycles.
fn end(executable: &Executable, start: &Start) -> (End, u32) {
    let Start { parameters, specials, stream, step, .. } = start;
    let inputs = Inputs { parameters, specials, stream: *stream, step: *step };
    let (mut state, mut stack, mut spikes) = (start.state.clone(), start.stack.clone(), Vec::new());
    let outcome = run(executable, &inputs, &mut state, &mut stack, &mut spikes);
    let end = End {
        state,
        spikes,
        stack,
        alu_saturated: outcome.alu_saturated,
        store_saturated: outcome.store_saturated,
        stack_underflows: outcome.stack_underflows,
    };
    (end, outcome.cycles)
}

/// A program with something to save, some of its states in claimed ranges.
fn program(case: usize, random: &mut Random) -> Program {
    let mut program = wasteful_program(Kind::ALL[case % 2], 12, random);
    for state in &mut program.states {
        state.saturates = random.below(2) == 0;
        if random.below(3) == 0 {
            let low = state.of.clamp(random.below(600) as i32 - 300);
            state.range = Some((low, state.of.clamp(low.saturating_add(random.below(600) as i32))));
        }
    }
    for parameter in &mut program.parameters {
        if random.below(2) != 0 {
            parameter.value = parameter.of.clamp(1 << random.below(8));
        }
    }
    if random.below(2) == 0 {
        program.requirements.push(Requirement::new(Term::State(0), random.pick(Condition::ALL), Term::Constant(100)));
    }
    program.accepted_saturations = (0..program.words.len() as u8).filter(|_| random.below(2) == 0).collect();
    program
}

/// What must hold of `after`, made from `before`.
fn check(before: &Program, optimized: &Optimized, assumptions: Assumptions, random: &mut Random) {
    let after = &optimized.program;
    let shown = || {
        let [before, after] = [before, after].map(|program| disassemble(program).unwrap());
        format!("{before}\n{after}\n{}", optimized.report)
    };
    let declarations =
        |program: &Program| Program { words: vec![], accepted_saturations: [].into(), ..program.clone() };
    assert_eq!(declarations(before), declarations(after));
    let (old, new) = (Executable::new(before).unwrap(), Executable::new(after).unwrap());
    let moved = |executable: &Executable| executable.masks().read.count_ones() + executable.masks().write.count_ones();
    assert!(moved(&new) <= moved(&old), "{}", shown());
    assert!(new.worst_case_cycles() <= old.worst_case_cycles(), "{}", shown());
    for _ in 0..8 {
        let start = start(before, assumptions, random);
        let ((wanted, cycles), (got, cycles_left)) = (end(&old, &start), end(&new, &start));
        assert_eq!(wanted, got, "{}", shown());
        assert!(cycles_left <= cycles, "{}", shown());
    }
    let [complaints, complaints_left] = [before, after].map(|program| verify_program("text", program).diagnostics);
    assert!(complaints_left.len() <= complaints.len(), "{complaints_left:#?}\n{}", shown());
}

fn assumptions(case: usize) -> Assumptions {
    Assumptions { parameters_fixed: case % 4 < 2 }
}

#[test]
fn a_rule_alone_changes_nothing_that_is_seen() {
    let mut random = Random::new(60);
    for &rule in Rule::ALL {
        let (mut times, mut saved) = (0, 0);
        for case in 0..1_500 {
            let (program, assumptions) = (program(case, &mut random), assumptions(case));
            let optimized = optimize_by(&program, &[rule], assumptions);
            check(&program, &optimized, assumptions, &mut random);
            times += optimized.report.applied.iter().map(|(_, times)| times).sum::<usize>();
            saved += optimized.report.words[0] - optimized.report.words[1];
        }
        assert!(times > 200, "{rule:?} applied {times} times and saved {saved} words");
    }
}

#[test]
fn all_rules_together_change_nothing_that_is_seen() {
    let mut random = Random::new(61);
    let [mut words, mut words_left] = [0; 2];
    let mut times = vec![0; Rule::ALL.len()];
    for case in 0..4_000 {
        let (program, assumptions) = (program(case, &mut random), assumptions(case));
        let optimized = optimize(&program, Level::O2, assumptions);
        check(&program, &optimized, assumptions, &mut random);
        words += optimized.report.words[0];
        words_left += optimized.report.words[1];
        for (rule, applied) in optimized.report.applied {
            times[rule as usize] += applied;
        }
    }
    assert!(times.iter().all(|&times| times > 500), "{times:?}");
    assert!(10 * words_left < 8 * words, "{words_left} of {words} words are left");
}

#[test]
fn the_programs_of_the_library_keep_what_they_do() {
    let mut random = Random::new(62);
    let folder = format!("{}/../examples/programs", env!("CARGO_MANIFEST_DIR"));
    let mut count = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "nmx") {
            continue;
        }
        count += 1;
        let program = assemble("text", &std::fs::read_to_string(&path).unwrap()).unwrap().program;
        for assumptions in [Assumptions { parameters_fixed: false }, Assumptions { parameters_fixed: true }] {
            let optimized = optimize(&program, Level::O2, assumptions);
            for _ in 0..100 {
                check(&program, &optimized, assumptions, &mut random);
            }
        }
    }
    assert!(count >= 7);
}
