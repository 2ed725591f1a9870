//! Error texts of the command line as golden files.
//!
//! Each folder of `tests/cases/errors` holds `args.txt` (the command line), the `.toml` and `.rule` files it needs, and what is expected: `stderr.txt` and
//! `exit.txt`. After a wanted change of a text, run with `UPDATE_GOLDEN=1` and read the difference.

use crate::binary::{case, caudate, files};
use std::path::{Path, PathBuf};

/// The limits that must each have a case of a network that exceeds it.
const LIMITS: [&str; 14] = [
    "E-FIT-COMPARTMENTS",
    "E-FIT-SYNMEM",
    "E-FIT-INAXONS",
    "E-FIT-OUTAXONS",
    "E-FIT-PROFILES",
    "E-FIT-FORMATS",
    "E-FIT-RULES",
    "E-FIT-TRACES",
    "E-FIT-PROGRAM",
    "E-FIT-NEURON-MEMORY",
    "E-FIT-CYCLES",
    "E-FIT-DELAY",
    "E-FIT-WEIGHT",
    "E-FIT-WEIGHT-BITS",
];

fn cases() -> Vec<PathBuf> {
    let entries = std::fs::read_dir(case("errors")).expect("the cases are there");
    let mut all: Vec<PathBuf> = entries.map(|entry| entry.expect("the cases can be listed").path()).collect();
    all.sort();
    all
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_default()
}

#[test]
fn every_error_has_its_text_and_exit_code_and_leaves_no_file() {
    let is_update = std::env::var_os("UPDATE_GOLDEN").is_some();
    let mut failures = Vec::new();
    for folder in cases() {
        let scratch = tempfile::tempdir().unwrap();
        for (name, content) in files(&folder)
            .into_iter()
            .filter(|(name, _)| !["args.txt", "exit.txt", "stderr.txt"].contains(&name.as_str()))
        {
            std::fs::write(scratch.path().join(name), content).unwrap();
        }
        let before = files(scratch.path());
        let args = read(&folder.join("args.txt"));
        let output = caudate().current_dir(scratch.path()).args(args.split_whitespace()).output().unwrap();
        assert_eq!(files(scratch.path()), before, "{} leaves or changes a file", folder.display());
        assert!(!scratch.path().join("out").exists(), "{} leaves a folder", folder.display());

        let stderr = String::from_utf8(output.stderr).unwrap();
        let exit = format!("{}\n", output.status.code().unwrap_or(-1));
        if is_update {
            std::fs::write(folder.join("stderr.txt"), &stderr).unwrap();
            std::fs::write(folder.join("exit.txt"), &exit).unwrap();
        }
        for (name, got) in [("stderr.txt", &stderr), ("exit.txt", &exit)] {
            let expected = read(&folder.join(name));
            if expected != *got {
                failures.push(format!("{}: expected\n{expected}\ngot\n{got}", folder.join(name).display()));
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn every_text_names_a_code_and_a_way_out() {
    for folder in cases() {
        let (stderr, exit) = (read(&folder.join("stderr.txt")), read(&folder.join("exit.txt")));
        // Codes of microcode are N and four digits.
        assert!(stderr.contains("error[E-") || stderr.contains("error[N0"), "{}", folder.display());
        let remedies = ["= help:", "known ", "caudate compile"];
        assert!(remedies.iter().any(|remedy| stderr.contains(remedy)), "{} names no way out", folder.display());
        let does_not_fit = folder.file_name().is_some_and(|name| name.to_string_lossy().starts_with("fit_"));
        assert_eq!(exit, if does_not_fit { "3\n" } else { "2\n" }, "{}", folder.display());
    }
}

#[test]
fn every_limit_has_a_case() {
    let texts: String = cases().iter().map(|folder| read(&folder.join("stderr.txt"))).collect();
    for code in LIMITS {
        assert!(texts.contains(&format!("error[{code}]")), "no case shows {code}");
    }
}

#[test]
fn all_diagnostics_of_one_network_come_in_one_go() {
    let text = read(&case("errors").join("fit_several").join("stderr.txt"));
    for code in ["E-FIT-DELAY", "E-FIT-WEIGHT", "E-FIT-INAXONS", "E-FIT-COMPARTMENTS"] {
        assert!(text.contains(code), "{code} is missing from\n{text}");
    }
}
