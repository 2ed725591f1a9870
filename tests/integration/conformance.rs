//! The published cases of the microcode, in both executors.

use caudate::conformance::verify_dir;
use std::path::PathBuf;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("conformance")
}

#[test]
fn every_case_holds() {
    let report = verify_dir(&folder()).unwrap();
    for file in &report.files {
        assert!(file.failed.is_empty() && file.error.is_none(), "{file}");
    }
    // 3,000 random programs and 200 lookup tables.
    assert_eq!(report.to_string(), "3200 cases, 3200 ok, 0 failed");
}

#[test]
fn a_changed_case_is_found_and_named() {
    let text = std::fs::read_to_string(folder().join("random-1.json")).unwrap();
    let mut document: serde_json::Value = serde_json::from_str(&text).unwrap();
    let case = &mut document["cases"][7];
    let name = case["name"].as_str().unwrap().to_owned();
    case["expect"]["cycles"] = serde_json::json!(case["expect"]["cycles"].as_u64().unwrap() + 1);
    let scratch = tempfile::tempdir().unwrap();
    std::fs::write(scratch.path().join("changed.json"), document.to_string()).unwrap();
    std::fs::write(scratch.path().join("broken.json"), "{").unwrap();
    let report = verify_dir(scratch.path()).unwrap();
    assert_eq!(report.to_string(), "1501 cases, 1499 ok, 2 failed");
    assert!(report.files[1].to_string().contains(&name), "{}", report.files[1]);
}
