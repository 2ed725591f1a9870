//! The arrows between the crates: isa <- core <- {mapper, sim} <- caudate <- python; the tests may use all.

use crate::binary::repository;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// What each package may depend on inside the workspace.
const ARROWS: [(&str, &[&str]); 7] = [
    ("caudate-isa", &[]),
    ("caudate-core", &["caudate-isa"]),
    ("caudate-mapper", &["caudate-isa", "caudate-core"]),
    ("caudate-sim", &["caudate-isa", "caudate-core"]),
    ("caudate", &["caudate-isa", "caudate-core", "caudate-mapper", "caudate-sim"]),
    ("caudate-python", &["caudate"]),
    ("caudate-tests", &["caudate-isa", "caudate-core", "caudate-mapper", "caudate-sim", "caudate"]),
];

#[test]
fn crates_depend_along_the_arrows_and_no_other() {
    // The Python package is a workspace of its own.
    let packages: Vec<Value> = ["Cargo.toml", "python/Cargo.toml"].into_iter().flat_map(packages).collect();
    let allowed: BTreeMap<&str, &[&str]> = ARROWS.into_iter().collect();
    let members: BTreeSet<&str> = packages.iter().filter_map(|package| package["name"].as_str()).collect();
    assert_eq!(members, allowed.keys().copied().collect::<BTreeSet<&str>>());
    for package in &packages {
        let name = package["name"].as_str().unwrap();
        let targets = allowed
            .get(name)
            .unwrap_or_else(|| panic!("package '{name}' is not in the list of arrows: add it, with what it may use"));
        // Build and test dependencies count too: an arrow is an arrow.
        for dependency in package["dependencies"].as_array().unwrap() {
            let to = dependency["name"].as_str().unwrap();
            assert!(!members.contains(to) || targets.contains(&to), "{name} may not depend on {to}");
        }
    }
}

/// The packages of a workspace.
fn packages(manifest: &str) -> Vec<Value> {
    let output = std::process::Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .current_dir(repository())
        .args(["metadata", "--no-deps", "--offline", "--format-version", "1", "--manifest-path", manifest])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    metadata["packages"].as_array().unwrap().clone()
}
