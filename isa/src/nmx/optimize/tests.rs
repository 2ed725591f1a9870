use super::*;
use crate::nmx::asm::assemble;
use crate::nmx::disasm::disassemble;

const FIXED: Assumptions = Assumptions { parameters_fixed: true };
const ANY: Assumptions = Assumptions { parameters_fixed: false };

/// States `v` (24 bits) and `n` (-8..=7), parameters 4 and 300, an input of 24 bits and modulators of 8.
const HEAD: &str = ".kind neuron\n.state v i24 sat\n.state n i4 sat\n.param four i9 4\n.param k i16 300\n";

/// The instructions after optimizing `lines`, blanks reduced.
fn after(lines: &[&str], rules: &[Rule], assumptions: Assumptions) -> Vec<String> {
    let text = format!("{HEAD}{}\n", lines.join("\n"));
    let program = assemble("text", &text).unwrap_or_else(|all| panic!("{}", all[0])).program;
    let optimized = optimize_by(&program, rules, assumptions).program;
    let text = disassemble(&optimized).unwrap();
    assert_eq!(assemble("text", &text).unwrap().program, optimized);
    text.lines().skip_while(|line| !line.is_empty()).skip(1).map(words).collect()
}

fn words(line: &str) -> String {
    line.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[track_caller]
fn check(rules: &[Rule], cases: &[(&[&str], &[&str])]) {
    for (before, expected) in cases {
        assert_eq!(after(before, rules, FIXED), *expected, "from {before:?}");
    }
}

#[test]
fn known_guards() {
    check(
        &[Rule::Guards],
        &[
            // A modulator is at most 127.
            (
                &["cmp.le p1, m0, k", "@p1 mov v, i0", "@!p1 mov v, i1", "@!p1 xit", "spk v"],
                &["cmp.le p1, m0, k", "mov v, i0", "spk v"],
            ),
            (&["mov v, i0", "xit", "spk v"], &["mov v, i0", "xit"]),
            (&["cmp.le p1, m0, i0", "@p1 mov v, i0"], &["cmp.le p1, m0, i0", "@p1 mov v, i0"]),
        ],
    );
}

#[test]
fn constants() {
    check(
        &[Rule::Constants],
        &[
            (&["mul v, four, k, 1"], &["ldi v, 600"]),
            (&["sub v, i0, i0", "sub n, k, k"], &["mov v, zero", "mov n, zero"]),
            (&["ldi r0, 5", "add v, v, r0", "sub v, v, r0"], &["ldi r0, 5", "addi v, v, 5", "addi v, v, -5"]),
            (&["mov r0, zero", "max v, r0, i0"], &["mov r0, zero", "max v, zero, i0"]),
            // More than an immediate holds, and what saturates.
            (&["shl v, k, 15"], &["shl v, k, 15"]),
            (&["shl v, k, 31 !sat"], &["shl v, k, 31 !sat"]),
        ],
    );
    assert_eq!(after(&["mul v, four, k, 1"], &[Rule::Constants], ANY), ["mul v, four, k, 1"]);
}

#[test]
fn strength() {
    check(
        &[Rule::Strength],
        &[
            (&["add v, i0, zero", "addi n, i0, 0"], &["mov v, i0", "mov n, i0"]),
            (&["mul v, i0, four, 0", "mul.n v, v, four, 2"], &["shl v, i0, 2", "mov v, v"]),
            (&["mul.z v, four, i0, 5"], &["shr.z v, i0, 3"]),
            // The draw would have fewer bits; where nothing is lost there is none.
            (&["mul.s v, four, i0, 5"], &["mul.s v, four, i0, 5"]),
            (&["shl r0, i0, 3", "shr.s v, r0, 3"], &["shl r0, i0, 3", "shr v, r0, 3"]),
            (&["mac.z v, i0, four, 2 !sat", "msc v, i0, one, 0 !sat"], &["add v, v, i0 !sat", "sub v, v, i0 !sat"]),
            (&["min v, m0, k", "max v, m0, k", "sat v, m1, i8"], &["mov v, m0", "mov v, k", "mov v, m1"]),
            (&["sat v, m1, i7", "una.abs v, k"], &["sat v, m1, i7", "mov v, k"]),
        ],
    );
    assert_eq!(after(&["mul v, i0, four, 0 !sat"], &[Rule::Strength], ANY), ["mul v, i0, four, 0 !sat"]);
}

#[test]
fn equal_conditions() {
    check(
        &[Rule::Conditions, Rule::Dead],
        &[
            (
                &[
                    "cmp.gt p1, v, i0",
                    "cmp.lt p2, i0, v",
                    "cmp.le p3, v, i0",
                    "@p2 spk v",
                    "@p3 mov n, i0",
                    "@p1 mov v, i1",
                ],
                &["cmp.gt p1, v, i0", "@p1 spk v", "@!p1 mov n, i0", "@p1 mov v, i1"],
            ),
            (
                &["cmp.gt p1, v, i0", "@p1 spk one", "cmp.gt p1, v, i0", "@!p1 sel n, i0, i1"],
                &["cmp.gt p1, v, i0", "@p1 spk one", "@!p1 sel n, i0, i1"],
            ),
            // v has changed in between.
            (
                &["cmp.gt p1, v, i0", "@p1 mov v, i1", "cmp.gt p2, v, i0", "@p2 spk v"],
                &["cmp.gt p1, v, i0", "@p1 mov v, i1", "cmp.gt p1, v, i0", "@p1 spk v"],
            ),
        ],
    );
}

#[test]
fn common_subexpressions() {
    check(
        &[Rule::Common],
        &[
            (
                &["mul.n r0, i0, m0, 7", "mul.n r1, m0, i0, 7", "add v, r0, r1"],
                &["mul.n r0, i0, m0, 7", "mov r1, r0", "add v, r0, r1"],
            ),
            (
                &["cmp.gt p1, v, i0", "@p1 max n, v, i0", "@p1 max v, v, i0", "max v, v, i0"],
                &["cmp.gt p1, v, i0", "@p1 max n, v, i0", "@p1 mov v, n", "max v, v, i0"],
            ),
            // Draws differ, and saturations count.
            (
                &["mul.s r0, i0, m0, 7", "mul.s r1, i0, m0, 7", "add v, r0, r1"],
                &["mul.s r0, i0, m0, 7", "mul.s r1, i0, m0, 7", "add v, r0, r1"],
            ),
            (&["mul v, i0, i1, 0 !sat", "mul n, i0, i1, 0 !sat"], &["mul v, i0, i1, 0 !sat", "mul n, i0, i1, 0 !sat"]),
        ],
    );
}

#[test]
fn multiply_add() {
    check(
        &[Rule::Fuse],
        &[
            (&["mul.n r0, i0, m0, 7", "add v, v, r0"], &["mac.n v, i0, m0, 7"]),
            (&["mul.n r0, i0, m0, 7", "sub v, v, r0"], &["msc.n v, i0, m0, 7"]),
            (&["mul.n r0, i0, m0, 7", "sub v, r0, v"], &["mul.n r0, i0, m0, 7", "sub v, r0, v"]),
            // The product may saturate, or is read again, or is no longer there.
            (&["mul r0, i0, i1, 0 !sat", "add v, v, r0 !sat"], &["mul r0, i0, i1, 0 !sat", "add v, v, r0 !sat"]),
            (&["mul r0, i0, m0, 7", "add v, v, r0", "mov n, r0"], &["mul r0, i0, m0, 7", "add v, v, r0", "mov n, r0"]),
            // A draw stays at its word; so does a product whose factor changes.
            (&["spk one", "mul.s r0, i0, m0, 7", "spk n", "add v, v, r0"], &["spk one", "mac.s v, i0, m0, 7", "spk n"]),
            (&["mul.n r0, i0, n, 3", "mov n, i1", "add v, v, r0"], &["mac.n v, i0, n, 3", "mov n, i1"]),
            (&["mul.s r0, i0, m0, 7", "spk v", "add v, v, r0"], &["mul.s r0, i0, m0, 7", "spk v", "add v, v, r0"]),
            (
                &["cmp.gt p1, v, i0", "mul.n r0, i0, m0, 7", "@p1 add v, v, r0"],
                &["cmp.gt p1, v, i0", "@p1 mac.n v, i0, m0, 7"],
            ),
        ],
    );
}

#[test]
fn coalescing() {
    check(
        &[Rule::Coalesce],
        &[
            (
                &["mul.z r0, v, k, 12", "add r0, r0, i0", "mov v, r0", "spk r0"],
                &["mul.z v, v, k, 12", "add v, v, i0", "spk v"],
            ),
            (
                &["cmp.gt p1, v, i0", "@p1 mul.z r0, v, k, 12", "@p1 mov v, r0"],
                &["cmp.gt p1, v, i0", "@p1 mul.z v, v, k, 12"],
            ),
            // The old v is read in between; an exit would store it; the register lives on with another value.
            (&["add r0, i0, i1", "spk v", "mov v, r0"], &["add r0, i0, i1", "spk v", "mov v, r0"]),
            (
                &["cmp.gt p1, v, i0", "add r0, i0, i1", "@p1 xit", "mov v, r0"],
                &["cmp.gt p1, v, i0", "add r0, i0, i1", "@p1 xit", "mov v, r0"],
            ),
            (&["add r0, i0, i1", "mov v, r0", "mov v, i1", "mov n, r0"], &["add n, i0, i1", "mov v, n", "mov v, i1"]),
            (
                &["cmp.gt p1, v, i0", "mov r0, i1", "@p1 add r0, i0, i1", "@p1 mov v, r0", "mov n, r0"],
                &["cmp.gt p1, v, i0", "mov n, i1", "@p1 add n, i0, i1", "@p1 mov v, n"],
            ),
        ],
    );
}

#[test]
fn copies() {
    check(
        &[Rule::Copies],
        &[
            (
                &["mov r0, i0", "add v, v, r0", "mov r0, i1", "spk r0"],
                &["mov r0, i0", "add v, v, i0", "mov r0, i1", "spk i1"],
            ),
            (
                &["cmp.gt p1, v, i0", "mov r0, i0", "@p1 mov r0, v", "@p1 spk r0", "mov n, r0"],
                &["cmp.gt p1, v, i0", "mov r0, i0", "@p1 mov r0, v", "@p1 spk v", "mov n, r0"],
            ),
            // v changes while r0 holds its old value.
            (&["mov r0, v", "add v, v, i0", "spk r0"], &["mov r0, v", "add v, v, i0", "spk r0"]),
        ],
    );
}

#[test]
fn dead_code() {
    check(
        &[Rule::Dead],
        &[
            (&["add r0, i0, i1", "mov v, i0", "mov v, i1", "cmp.gt p1, v, i0"], &["mov v, i1"]),
            // Saturations count, draws do not.
            (&["add r0, v, k", "mul r1, i0, i1, 0 !sat", "rnd r2, 4"], &["mul r1, i0, i1, 0 !sat"]),
            (&["mov v, i0", "xit", "spk v"], &["mov v, i0"]),
            (&["cmp.gt p1, v, i0", "mov n, i0", "@p1 xit"], &["mov n, i0"]),
            // What is written under a condition is dead where only its opposite reads it.
            (
                &["cmp.gt p1, v, i0", "mov r0, i0", "@!p1 mov r0, i1", "@p1 spk r0"],
                &["cmp.gt p1, v, i0", "mov r0, i0", "@p1 spk r0"],
            ),
            (
                &["cmp.gt p1, v, i0", "mov v, i0", "@p1 mov v, i1", "@!p1 mov v, i2"],
                &["cmp.gt p1, v, i0", "@p1 mov v, i1", "@!p1 mov v, i2"],
            ),
            // Before an exit states count.
            (
                &["cmp.gt p1, v, i0", "mov v, i0", "@p1 xit", "mov v, i1"],
                &["cmp.gt p1, v, i0", "mov v, i0", "@p1 xit", "mov v, i1"],
            ),
            (&["pop r0", "pop r0", "psh r0"], &["pop r0", "pop r0", "psh r0"]),
        ],
    );
}

#[test]
fn a_draw_keeps_its_word() {
    let dead = &[Rule::Dead];
    check(
        dead,
        &[
            // Nothing can take the place of the first word.
            (&["mov r0, i0", "rnd v, 8", "spk v"], &["nop", "rnd v, 8", "spk v"]),
            // The exit keeps what follows where it is; an independent word moves up.
            (&["mov r0, i0", "rnd v, 8", "mov n, i0"], &["mov n, i0", "rnd v, 8"]),
            (
                &["cmp.gt p1, v, i0", "mov r0, i0", "rnd v, 8", "@p1 xit", "mov n, i0"],
                &["cmp.gt p1, v, i0", "nop", "rnd v, 8", "@p1 xit", "mov n, i0"],
            ),
            // Two gaps, one word for them.
            (
                &["nop", "rnd v, 8", "nop", "mul.s v, v, k, 12", "mov n, i1", "spk v"],
                &["mov n, i1", "rnd v, 8", "nop", "mul.s v, v, k, 12", "spk v"],
            ),
        ],
    );
}

#[test]
fn fewer_registers_will_do() {
    check(
        &[Rule::Dead],
        &[(
            &["add r7, i0, i1", "spk r7", "cmp.gt p3, v, i0", "add r9, i0, i2", "@p3 spk r9"],
            &["add r0, i0, i1", "spk r0", "cmp.gt p1, v, i0", "add r0, i0, i2", "@p1 spk r0"],
        )],
    );
}

#[test]
fn all_rules_together() {
    let lines = [
        "mov r0, v",
        "mul.z r1, r0, k, 12",
        "mul.z r2, v, k, 12",
        "add r1, r1, zero",
        "mov v, r1",
        "mul.n r3, i0, m0, 7",
        "add v, v, r3",
        "cmp.gt p1, v, i0",
        "cmp.le p2, v, i0",
        "@p2 xit",
        "spk r2",
    ];
    // The product is left of the three: what r2 keeps, v takes.
    let expected = ["mul.z r2, v, k, 12", "mov v, r2", "mac.n v, i0, m0, 7", "cmp.gt p1, v, i0", "@!p1 xit", "spk r2"];
    assert_eq!(after(&lines, Rule::ALL, ANY), expected);
}

#[test]
fn a_report_says_what_was_saved() {
    let text = format!("{HEAD}mov r0, i0\nadd v, v, r0\n");
    let program = assemble("text", &text).unwrap().program;
    let report = optimize(&program, Level::O2, ANY).report;
    assert_eq!(report.to_string(), "2 -> 1 words, 2 -> 1 cycles; copy propagation 1, dead code 1");
    let unchanged = optimize(&program, Level::O0, ANY);
    assert_eq!(unchanged.program, program);
    assert_eq!(unchanged.report.to_string(), "2 -> 2 words, 2 -> 2 cycles");
}

#[test]
fn what_is_not_legal_or_not_defined_comes_back_as_it_is() {
    let illegal = Program { words: vec![u32::MAX], ..Program::new(crate::nmx::Kind::Learn) };
    assert_eq!(optimize(&illegal, Level::O2, FIXED).program, illegal);
    let undefined = assemble("text", ".kind learn\nmov r1, r0\n").unwrap().program;
    assert_eq!(optimize(&undefined, Level::O2, FIXED).program, undefined);
}
