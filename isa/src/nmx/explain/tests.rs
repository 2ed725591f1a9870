use super::*;
use crate::nmx::verify::{verify_program, verify_text};
use std::path::Path;

/// The listings of all library programs. After a wanted change, run with `UPDATE_GOLDEN=1` and read the difference.
#[test]
fn listings_of_the_library_are_as_recorded() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let entries = std::fs::read_dir(root.join("examples/programs")).unwrap().map(|entry| entry.unwrap().path());
    let mut paths: Vec<_> = entries.filter(|path| path.extension().is_some_and(|kind| kind == "nmx")).collect();
    paths.sort();
    let mut got = String::new();
    for path in &paths {
        let name = path.file_name().unwrap().to_str().unwrap();
        let (assembly, verification) = verify_text(name, &std::fs::read_to_string(path).unwrap()).unwrap();
        got.push_str(&explain(&assembly.program, &verification));
        got.push('\n');
    }
    let golden = root.join("tests/cases/nmx_explain.txt");
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&golden, &got).unwrap();
    }
    assert_eq!(got, std::fs::read_to_string(&golden).unwrap());
}

#[test]
fn what_is_wrong_is_listed_too() {
    let text = ".kind neuron\n.state v i24 0 9\n.require v < 5\ncmp.gt p1, zero, one\n@p1 mov v, one\nshl r0, v, 31\nadd r1, v, v\nxit\n";
    let (program, verification) = {
        let assembly = crate::nmx::asm::assemble("text", text).unwrap();
        (assembly.program.clone(), crate::nmx::verify::verify(&assembly.program, &assembly.source))
    };
    let listing = explain(&program, &verification);
    for expected in [
        "@p1 mov v, one        never runs",
        "may, not accepted",
        "0..=18 by 2",
        "claimed and kept",
        "v < 5        not shown",
    ] {
        assert!(listing.contains(expected), "{expected} is not in\n{listing}");
    }
}

#[test]
fn an_illegal_program_has_a_heading_only() {
    let program = Program { words: vec![u32::MAX], ..Program::new(crate::nmx::Kind::Neuron) };
    assert_eq!(explain(&program, &verify_program("core 1", &program)), "core 1: neuron program\n  not legal\n");
}
