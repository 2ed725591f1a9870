//! Bodies for a fuzzer, each of which takes any bytes and must not panic; here each runs for a second on bytes of its own making.

use caudate_core::microcode::{Batch, Executable, Inputs, Specials, library, run};
use caudate_isa::nmx::arbitrary::Random;
use caudate_isa::nmx::asm::assemble;
use caudate_isa::nmx::disasm::disassemble;
use caudate_isa::nmx::explain::explain;
use caudate_isa::nmx::optimize::{Assumptions, Level, optimize};
use caudate_isa::nmx::verify::verify_program;
use caudate_isa::nmx::{Kind, Program, StateType};
use caudate_isa::rule::Dialect;
use caudate_isa::rule::file::{Language, explain as explain_rule, read};
use std::time::{Duration, Instant};

/// Bytes as the words of programs of both kinds.
fn words(data: &[u8]) {
    let words: Vec<u32> =
        data.chunks_exact(4).map(|word| u32::from_le_bytes([word[0], word[1], word[2], word[3]])).collect();
    for kind in [Kind::Neuron, Kind::Learn] {
        exercise(&Program { words: words.clone(), ..Program::new(kind) });
    }
}

/// Bytes as text in every language that people write.
fn text(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    if let Ok(assembly) = assemble("fuzz", &text) {
        exercise(&assembly.program);
    }
    for language in [Language::Extended, Language::SumOfProducts(Dialect::Lava), Language::SumOfProducts(Dialect::B2l)]
    {
        if let Ok(rule) = read("fuzz", &text, Some(language)) {
            assert!(!explain_rule(&rule).is_empty());
        }
    }
    // An assembled program is JSON.
    if let Ok(program) = serde_json::from_str::<Program>(&text) {
        exercise(&program);
    }
}

/// Everything that is done with a program, legal or not.
fn exercise(program: &Program) {
    let verification = verify_program("fuzz", program);
    let Ok(executable) = Executable::new(program) else {
        assert!(!verification.is_clean());
        return;
    };
    assert!(!explain(program, &verification).is_empty());
    assert!(disassemble(program).is_ok());
    let optimized = optimize(program, Level::O2, Assumptions { parameters_fixed: true }).program;
    assert!(optimized.words.len() <= program.words.len());
    let specials = Specials::default();
    let inputs = Inputs { parameters: executable.parameters(), specials: &specials, stream: 5, step: 9 };
    let mut state = vec![1; program.states.len()];
    let outcome = run(&executable, &inputs, &mut state, &mut Vec::new(), &mut Vec::new());
    let mut batch = Batch::new();
    batch.load_parameters(executable.parameters());
    (0..program.states.len()).for_each(|word| batch.state_mut(word).fill(1));
    batch.run(&executable, &[5, 5], 9);
    assert_eq!(batch.outcome(1), outcome);
    assert!((0..state.len()).all(|word| batch.state(word)[1] == state[word]));
}

/// A program of the library with some bits of its words, types, values and budget changed.
fn mutated(random: &mut Random) -> Program {
    let entry = random.pick(&library::library().iter().collect::<Vec<_>>());
    let mut program = entry.assembly().unwrap().program;
    for _ in 0..=random.below(3) {
        let at = random.below(program.words.len() as u32) as usize;
        match random.below(6) {
            0 => drop(program.words.remove(at.min(program.words.len() - 1))),
            1 => program.words.insert(at, program.words[at]),
            2 if !program.states.is_empty() => {
                let state = random.below(program.states.len() as u32) as usize;
                program.states[state].of = StateType::signed(1 + random.below(31) as u8).unwrap_or(StateType::I32);
            }
            3 if !program.parameters.is_empty() => {
                let parameter = random.below(program.parameters.len() as u32) as usize;
                program.parameters[parameter].value = random.number();
            }
            4 => program.budget = Some(random.below(40)),
            _ => program.words[at] ^= 1 << random.below(32),
        }
        if program.words.is_empty() {
            break;
        }
    }
    program
}

/// Random bytes, now and then pieces of real text.
fn bytes(random: &mut Random, pieces: &[&str]) -> Vec<u8> {
    let mut data = Vec::new();
    while data.len() < 240 && random.below(12) > 0 {
        match random.below(3) {
            0 => data.extend(random.next().to_le_bytes()),
            _ => {
                let piece = random.pick(pieces).as_bytes();
                let from = random.below(piece.len() as u32) as usize;
                data.extend(&piece[from..piece.len().min(from + 1 + random.below(60) as usize)]);
            }
        }
    }
    data
}

/// Runs `body` for a second; returns how often.
fn for_a_second(mut body: impl FnMut(&mut Random)) -> u64 {
    let (started, mut random, mut runs) = (Instant::now(), Random::new(11), 0);
    while runs < 10 || started.elapsed() < Duration::from_secs(1) {
        body(&mut random);
        runs += 1;
    }
    runs
}

#[test]
fn random_words_never_panic() {
    for_a_second(|random| words(&(0..random.below(80)).map(|_| random.next() as u8).collect::<Vec<_>>()));
}

#[test]
fn random_text_never_panics() {
    let rule = "rule \"r\" dialect=extended { state w: u8\n state e: i16 tag\n param a = 0.3 @Q8\n e = 0.9*e + 4*(x1*y0 - y1*x0) round zero\n \
                if m0 > 3 and w < 9 { dw = a*e*(m0 - 2) round stochastic clip 0..255 } else { w = max(w, 3) }\n expect w in 0..255 }";
    let lava = "dw = 2^-2*x1*y0 - 0.3*y1*x0*(w+3)\ndt = u3*sgn(t)";
    let texts: Vec<&str> = library::library().iter().map(|entry| entry.text).chain([rule, lava]).collect();
    for_a_second(|random| text(&bytes(random, &texts)));
}

#[test]
fn mutated_programs_never_panic() {
    let mut legal = 0;
    let runs = for_a_second(|random| {
        let program = mutated(random);
        legal += u64::from(program.instructions().is_ok());
        exercise(&program);
    });
    assert!(legal * 10 > runs && legal < runs, "{legal} of {runs} are legal");
}
