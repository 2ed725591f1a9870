//! The golden vectors of three emulators, replayed through compiler and simulator.

use caudate::golden::{Options, Report, verify_dir};
use caudate_core::engine::Strategy;
use std::path::PathBuf;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("golden")
}

fn assert_all_agree(report: &Report) {
    for file in &report.files {
        assert!(file.is_ok(), "{file}");
        assert!(file.compared > 100, "{} compares only {} numbers", file.file, file.compared);
    }
    assert_eq!(report.to_string(), "34 files, 34 ok, 0 mismatched");
}

#[test]
fn every_vector_agrees_in_every_number() {
    assert_all_agree(&verify_dir(&folder(), Options::default()).unwrap());
}

#[test]
fn vectors_hold_on_many_small_cores_and_two_threads() {
    assert_all_agree(
        &verify_dir(&folder(), Options { threads: 2, max_neurons_per_core: Some(7), ..Options::default() }).unwrap(),
    );
}

#[test]
fn vectors_hold_under_every_strategy() {
    for strategy in Strategy::ALL {
        assert_all_agree(&verify_dir(&folder(), Options { strategy, ..Options::default() }).unwrap());
    }
}

/// Changes each kind of expected number of a vector, one at a time, and expects each change to be seen and named.
#[test]
fn a_changed_number_is_found_and_named() {
    let changes = [
        ("lava_rstdp_a.json", "/expected/v/out/data/1/200", "v of 'out'"),
        ("lava_rstdp_a.json", "/expected/u/out/data/0/17", "u of 'out'"),
        ("lava_rstdp_a.json", "/expected/learning/plastic/w/3/100", "w of 'plastic'"),
        ("lava_rstdp_a.json", "/expected/learning/plastic/tag/3/399", "tag of 'plastic'"),
        ("lava_rstdp_a.json", "/expected/spikes/out/t/5", "spike of 'out'"),
        ("b2l_stdp_a.json", "/expected/u_sum/out/30", "sum of u of 'out'"),
        ("b2l_stdp_a.json", "/expected/learning/plastic/x1/data/2/80", "x1 of 'plastic'"),
        ("b2l_stdp_a.json", "/expected/learning/plastic/w_act/2/80", "w_act of 'plastic'"),
        ("b2l_stdp_a.json", "/connections/0/w_act0/1", "initial effective weight of 'plastic'"),
        ("b2l_weight_table_a.json", "/rows/7/w_act/9", "in row 7"),
        ("nengo_single_a.json", "/groups/0/decay_v", "of 'n00'"),
        ("nengo_recurrent_a.json", "/groups/0/vth_mant", "of 'rec'"),
    ];
    let scratch = tempfile::tempdir().unwrap();
    for (file, pointer, named) in changes {
        let text = std::fs::read_to_string(folder().join(file)).unwrap();
        let mut document: serde_json::Value = serde_json::from_str(&text).unwrap();
        let number = document.pointer_mut(pointer).unwrap_or_else(|| panic!("{file} has no {pointer}"));
        *number = serde_json::json!(number.as_i64().unwrap() + 1);
        let path = scratch.path().join(file);
        std::fs::write(&path, document.to_string()).unwrap();
        std::fs::copy(folder().join("b2l_edge_a.json"), scratch.path().join("a_sound_one.json")).unwrap();
        let report = verify_dir(scratch.path(), Options::default()).unwrap();
        assert_eq!(report.to_string(), "2 files, 1 ok, 1 mismatched", "{file} {pointer}");
        let shown = report.files[1].to_string();
        assert!(shown.contains(file) && shown.contains(named) && shown.contains("expected"), "{shown}");
        std::fs::remove_file(path).unwrap();
    }
}

#[test]
fn a_broken_vector_is_reported_and_the_others_still_run() {
    let scratch = tempfile::tempdir().unwrap();
    std::fs::write(scratch.path().join("broken.json"), "{\"format\": \"loihi-golden/1\",").unwrap();
    std::fs::copy(folder().join("b2l_edge_a.json"), scratch.path().join("sound.json")).unwrap();
    let report = verify_dir(scratch.path(), Options::default()).unwrap();
    assert_eq!(report.to_string(), "2 files, 1 ok, 1 mismatched");
    assert!(report.files[0].to_string().contains("broken.json"));
    assert!(verify_dir(&scratch.path().join("nowhere"), Options::default()).is_err());
}
