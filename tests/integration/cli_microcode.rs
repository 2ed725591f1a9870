//! `asm`, `disasm`, `explain` and `verify conformance` as a user types them.

use crate::binary::{caudate, repository};
use std::path::PathBuf;

fn programs() -> Vec<PathBuf> {
    let folder = std::fs::read_dir(repository().join("examples/programs")).unwrap();
    let mut programs: Vec<PathBuf> =
        folder.map(|entry| entry.unwrap().path()).filter(|path| path.extension().is_some_and(|e| e == "nmx")).collect();
    programs.sort();
    assert!(programs.len() >= 7);
    programs
}

#[test]
fn every_program_assembles_disassembles_and_assembles_to_the_same_file() {
    let scratch = tempfile::tempdir().unwrap();
    for program in programs() {
        let [first, second, text] = ["first.json", "second.json", "again.nmx"].map(|name| scratch.path().join(name));
        caudate().arg("asm").arg(&program).arg("-o").arg(&first).assert().success();
        let shown = caudate().arg("disasm").arg(&first).assert().success().get_output().stdout.clone();
        std::fs::write(&text, shown).unwrap();
        caudate().arg("asm").arg(&text).arg("-o").arg(&second).assert().success();
        assert_eq!(std::fs::read(&first).unwrap(), std::fs::read(&second).unwrap(), "{}", program.display());
    }
}

#[test]
fn every_program_of_the_library_verifies_and_is_explained() {
    for program in programs() {
        let output = caudate().arg("explain").arg(&program).assert().success().get_output().stdout.clone();
        let listing = String::from_utf8(output).unwrap();
        assert!(listing.contains("cycles at worst") && listing.contains("saturation"), "{listing}");
        assert!(listing.contains("modelled under loihi1-davies2018") && listing.ends_with(" pJ\n"), "{listing}");
    }
}

#[test]
fn what_is_wrong_is_shown_with_its_place_and_refused() {
    let explain = |text: &str, dialect: &str| {
        let output = caudate()
            .args(["explain", "-", "--dialect", dialect])
            .write_stdin(text)
            .assert()
            .code(2)
            .get_output()
            .stderr
            .clone();
        String::from_utf8(output).unwrap()
    };
    assert!(explain("x1**y0", "lava").contains("E-RULE-POWER"));
    let unclamped = ".kind neuron\n.state v i32\nmul v, v, v, 0\n";
    assert!(explain(unclamped, "nmx").contains("standard input:3:"));
    let scratch = tempfile::tempdir().unwrap();
    let path = scratch.path().join("p.json");
    std::fs::write(&path, "{\"schema\": \"caudate-program/9\"}").unwrap();
    caudate().arg("disasm").arg(&path).assert().code(2);
    caudate().args(["asm", "nowhere.nmx", "-o"]).arg(scratch.path().join("out.json")).assert().code(2);
    assert!(!scratch.path().join("out.json").exists());
}

#[test]
fn conformance_closes_with_its_count() {
    let folder = repository().join("tests/conformance");
    let output = caudate().args(["verify", "conformance"]).arg(folder).assert().success().get_output().stdout.clone();
    assert!(String::from_utf8(output).unwrap().ends_with("3200 cases, 3200 ok, 0 failed\n"));
}

#[test]
fn an_optimized_program_says_what_was_saved() {
    let scratch = tempfile::tempdir().unwrap();
    let [text, plain, short] = ["p.nmx", "plain.json", "short.json"].map(|name| scratch.path().join(name));
    std::fs::write(&text, ".kind neuron\n.state v i24 sat\n.param one_q8 u9 256\nmov r0, i0\nmul v, r0, one_q8, 8\n")
        .unwrap();
    let asm = |options: &[&str], out: &PathBuf| {
        let output = caudate().arg("asm").arg(&text).arg("-o").arg(out).args(options).assert().success();
        String::from_utf8(output.get_output().stdout.clone()).unwrap()
    };
    assert!(asm(&[], &plain).starts_with("2 words of a neuron program"));
    assert!(
        asm(&["-O2"], &short).starts_with(
            "-O2: 2 -> 1 words, 2 -> 1 cycles; copy propagation 1, dead code 1\n1 words of a neuron program"
        )
    );
    let shown = caudate().arg("disasm").arg(&short).assert().success().get_output().stdout.clone();
    assert!(String::from_utf8(shown).unwrap().ends_with("\nmul     v, i0, one_q8, 8\n"));
    let explain = caudate().arg("explain").arg(&text).args(["-O2", "--fixed-parameters"]).assert().success();
    let listing = String::from_utf8(explain.get_output().stdout.clone()).unwrap();
    assert!(listing.starts_with("-O2: 2 -> 1 words") && listing.contains("  mov v, i0  "), "{listing}");
    caudate().arg("explain").arg(&text).arg("-O1").assert().code(2);
}
