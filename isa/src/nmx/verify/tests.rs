use super::*;
use std::path::{Path, PathBuf};

fn programs_in(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(folder);
    let entries = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path());
    let mut all: Vec<PathBuf> = entries.filter(|path| path.extension().is_some_and(|kind| kind == "nmx")).collect();
    all.sort();
    all
}

fn name(path: &Path) -> &str {
    path.file_name().and_then(|name| name.to_str()).unwrap()
}

fn shown(diagnostics: &[Diagnostic]) -> String {
    diagnostics.iter().map(|diagnostic| format!("{diagnostic}\n")).collect::<Vec<_>>().join("\n")
}

/// Everything said of a program that must not pass, as one text per program in `tests/cases/nmx_errors`. After a wanted change, run
/// with `UPDATE_GOLDEN=1` and read the difference.
#[test]
fn every_mistake_has_its_text() {
    let is_update = std::env::var_os("UPDATE_GOLDEN").is_some();
    let cases = programs_in("tests/cases/nmx_errors");
    assert!(cases.len() >= 25);
    let mut failures = Vec::new();
    for case in cases {
        let text = std::fs::read_to_string(&case).unwrap();
        let diagnostics = verify_text(name(&case), &text).err().unwrap_or_default();
        assert!(!diagnostics.is_empty(), "{} passes", case.display());
        for diagnostic in &diagnostics {
            assert!(diagnostic.help.is_some() && diagnostic.place.is_some(), "{diagnostic}");
        }
        let golden = case.with_extension("txt");
        let got = shown(&diagnostics);
        if is_update {
            std::fs::write(&golden, &got).unwrap();
        }
        let expected = std::fs::read_to_string(&golden).unwrap_or_default();
        if got != expected {
            failures.push(format!("{}: expected\n{expected}\ngot\n{got}", golden.display()));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// Codes that text can provoke each have a golden file.
#[test]
fn every_code_of_text_occurs_among_the_mistakes() {
    let texts: String = programs_in("tests/cases/nmx_errors")
        .iter()
        .map(|case| std::fs::read_to_string(case.with_extension("txt")).unwrap_or_default())
        .collect();
    let documented = [include_str!("../asm/mod.rs"), include_str!("mod.rs")].concat();
    let codes =
        documented.split('`').filter(|word| word.len() == 5 && (word.starts_with("N03") || word.starts_with("N04")));
    // Too long a text, too many words, and a tree of several programs make no small file; they are tested apart.
    let apart = ["N0314", "N0336", "N0409"];
    for code in codes.filter(|code| !apart.contains(code)) {
        assert!(texts.contains(&format!("error[{code}]")), "{code} has no golden file");
    }
}

#[test]
fn the_programs_of_the_library_are_clean() {
    let programs = programs_in("examples/programs");
    assert!(programs.len() >= 7);
    for path in programs {
        let text = std::fs::read_to_string(&path).unwrap();
        if let Err(diagnostics) = verify_text(name(&path), &text) {
            panic!("{}", shown(&diagnostics));
        }
    }
}

fn errors(code: &str) -> Vec<String> {
    let all = verify_text("text", code).err().unwrap_or_default();
    all.iter().map(|diagnostic| format!("{}: {}", diagnostic.code, diagnostic.message)).collect()
}

#[test]
fn izhikevich_without_its_lower_clamp_is_refused() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/programs/izhikevich.nmx");
    // In 31 bits, so that no store hides the explosion.
    let text = std::fs::read_to_string(path)
        .unwrap()
        .replace(".state v i23 -3276800 983040", ".state v i31")
        .replace("max    v, v, vmin\n", "");
    let found = errors(&text);
    assert!(found[0].starts_with("N0404: the result may saturate: it is 0..=35318"), "{found:?}");
}

#[test]
fn a_comparison_guards_what_its_predicate_guards() {
    // Each step of a counter is safe only because of the comparison.
    let counter =
        |guard: &str| format!(".kind neuron\n.state n u8\ncmp.lt p1, n, k0\n{guard} addi n, n, 1\n.param top u8 255\n");
    assert_eq!(errors(&counter("@p1")), [""; 0]);
    assert_eq!(errors(&counter("@!p1")), ["N0405: the store of `n` may saturate: it is 0..=256, and u8 holds 0..=255"]);
    // Combined comparisons keep what both say, and inverted ones the opposite.
    let both =
        ".kind neuron\n.state n u8\n.param top u8 255\ncmp.ne p1, m0, zero\ncmp.lt.and p1, n, top\n@p1 addi n, n, 1\n";
    assert_eq!(errors(both), [""; 0]);
    let either = both.replace(".and", ".or");
    assert_eq!(errors(&either).len(), 1);
    // An exit leaves only the worlds that did not take it.
    let exit = ".kind neuron\n.state n u8\n.param top u8 255\ncmp.ge p1, n, top\n@p1 xit\naddi n, n, 1\n";
    assert_eq!(errors(exit), [""; 0]);
}

#[test]
fn a_choice_by_predicate_is_defined_where_it_is_read() {
    let choice =
        ".kind neuron\n.state v i24 sat\ncmp.gt p1, i0, zero\n@p1 mov r0, i0\n@!p1 mov r1, i1\n@p1 sel v, r0, r1\n";
    assert_eq!(errors(choice), [""; 0]);
    assert_eq!(errors(&choice.replace("r0, r1", "r1, r0")).len(), 2);
    // Writes under a predicate and its opposite are a write.
    let halves = ".kind neuron\n.state v i24 sat\ncmp.gt p1, i0, zero\n@p1 mov r0, i0\n@!p1 mov r0, i1\ncmp.lt p1, v, r0\n@p1 mov v, r0\n";
    assert_eq!(errors(halves), [""; 0]);
    // After an exit where p1 holds, what only `unless p1` has written is sure.
    let exit = ".kind neuron\n.state v i24 sat\ncmp.gt p1, i0, zero\n@!p1 mov r0, i1\n@p1 xit\nmov v, r0\n";
    assert_eq!(errors(exit), [""; 0]);
}

#[test]
fn accepted_saturations_are_no_errors() {
    let text = ".kind neuron\n.state v i32\nadd v, v, i0 !sat\n";
    assert_eq!(errors(text), [""; 0]);
    assert_eq!(errors(&text.replace(" !sat", "")).len(), 1);
}

#[test]
fn low_zero_bits_make_shifts_exact() {
    let text = ".kind learn\n.state w i16\nshl r0, x1, 4\nshl r1, y1, 4\nsub r0, r0, r1\nshr.n w, r0, 4\nmul.z r2, r0, one, 3\nmul.z r2, r0, one, 5\n";
    let (_, verification) = verify_text("text", text).unwrap();
    let roundings: Vec<RoundingFacts> = verification.instructions.iter().map(|facts| facts.rounding).collect();
    use crate::nmx::operand::Rounding;
    use RoundingFacts::{Exact, None, Rounds};
    assert_eq!(roundings, [None, None, None, Exact, Exact, Rounds(Rounding::Zero)]);
}

#[test]
fn a_program_without_text_is_shown_disassembled() {
    let text = ".kind neuron\n.state v i32\nadd v, v, i0\n";
    let mut program = assemble("text", text).unwrap().program;
    program.states[0].name = None;
    let verification = verify_program("core 3", &program);
    let message = verification.diagnostics[0].to_string();
    assert!(message.contains("--> core 3:4:1") && message.contains("| add     s0, s0, i0"), "{message}");
    program.words[0] = u32::MAX;
    let verification = verify_program("core 3", &program);
    assert_eq!(verification.diagnostics[0].code, "N0101");
    assert_eq!(
        verification.diagnostics[0].message,
        "word 0xffffffff: opcode 31 is reserved; 0..=23 exist (word 0 of the program)"
    );
}

#[test]
fn a_verdict_for_bounds_holds_for_every_value_within_them() {
    let text = ".kind neuron\n.state v i16\n.param k u12 1\n.require v >= 0\nmov v, i0\nmin v, v, k\nmax v, v, zero";
    let program = assemble("text", text).unwrap().program;
    assert!(verify_within("text", &program, &[0..=4095]).is_clean());
    // Bounds forget that both sides are the same number.
    let related = assemble("text", &text.replace("v >= 0", "v <= k")).unwrap().program;
    assert!(verify_within("text", &related, &[7..=7]).is_clean());
    assert!(shown(&verify_within("text", &related, &[0..=4095]).diagnostics).contains("N0407"));
    let scaled = ".kind neuron\n.state v i16\n.param k u16 1\nmul v, t, zero, 0\nadd v, v, k";
    let program = assemble("text", scaled).unwrap().program;
    assert!(verify_within("text", &program, &[0..=32_767]).is_clean());
    let found = shown(&verify_within("text", &program, &[3..=32_768]).diagnostics);
    assert!(found.contains("N0405") && found.contains("it is 3..=32768"), "{found}");
}
