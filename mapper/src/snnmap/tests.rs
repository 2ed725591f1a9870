//! A good file is read as `score.py` reads it; each kind of bad file is refused with place and number.

use super::SnnNetwork;
use caudate_core::npz::NpzWriter;
use std::path::PathBuf;

const HEADER: &str = r#"{"format": "snnmap-1", "name": "small", "n": 4, "family": "any",
 "classes": [{"name": "in", "external": true, "compartments": 0, "syn_bytes": 0},
             {"name": "exc", "external": false, "compartments": 1, "syn_bytes": 2}]}"#;

/// Neuron 0 is external; 1 hears 0 and 2, 2 hears 1 twice, 3 hears nobody.
struct Files {
    header: String,
    rate: Vec<f32>,
    cls: Vec<u8>,
    indptr: Vec<u32>,
    first: Vec<u32>,
    delta: Vec<u16>,
    has_arrays: bool,
}

impl Default for Files {
    fn default() -> Self {
        Self {
            header: HEADER.to_owned(),
            rate: vec![5.0, 1.0, 2.0, 0.0],
            cls: vec![0, 1, 1, 1],
            indptr: vec![0, 0, 2, 4, 4],
            first: vec![0, 0, 1, 0],
            delta: vec![0, 2, 0, 0],
            has_arrays: true,
        }
    }
}

impl Files {
    fn write(&self, folder: &tempfile::TempDir) -> PathBuf {
        let path = folder.path().join("net.json");
        std::fs::write(&path, &self.header).unwrap();
        if self.has_arrays {
            let mut writer = NpzWriter::new();
            writer.add_column("rate", &self.rate).unwrap();
            writer.add_column("cls", &self.cls).unwrap();
            writer.add_column("indptr", &self.indptr).unwrap();
            writer.add_column("first", &self.first).unwrap();
            writer.add_column("delta", &self.delta).unwrap();
            writer.write(&path.with_extension("npz")).unwrap();
        }
        path
    }

    fn refusal(&self) -> String {
        let folder = tempfile::tempdir().unwrap();
        SnnNetwork::read(&self.write(&folder)).unwrap_err().to_string()
    }
}

#[test]
fn a_network_and_its_partition_are_read_back() {
    let folder = tempfile::tempdir().unwrap();
    let network = SnnNetwork::read(&Files::default().write(&folder)).unwrap();
    assert_eq!((network.neurons, network.synapses, network.name.as_str()), (4, 4, "small"));
    assert_eq!(network.neuron_of, [1, 2, 3]);
    // Parallel synapses take memory each and one axon together.
    assert_eq!(network.problem.synapse_bytes, [4, 4, 0]);
    assert_eq!(network.problem.pins(), 3);
    let part = folder.path().join("part.npz");
    network.write_part(&part, &[0, 1, 1], None).unwrap();
    assert_eq!(network.part(&[0, 1, 1]), [-1, 0, 1, 1]);
    assert_eq!(network.read_part(&part).unwrap(), [0, 1, 1]);
}

#[test]
fn each_kind_of_bad_file_is_refused_with_place_and_number() {
    let base = Files::default;
    let cases = [
        (Files { has_arrays: false, ..base() }, "net.npz"),
        (Files { header: "{".to_owned(), ..base() }, "E-SNN-HEADER"),
        (Files { header: HEADER.replace("snnmap-1", "snnmap-2"), ..base() }, "format 'snnmap-2'"),
        (Files { header: HEADER.replace("\"n\": 4", "\"n\": 5"), ..base() }, "'cls' has 4 elements; 5 are needed"),
        (Files { cls: vec![0, 1, 2, 1], ..base() }, "neuron 2 has class 2; the header lists classes 0..=1"),
        (Files { rate: vec![5.0, f32::NAN, 2.0, 0.0], ..base() }, "the rate of neuron 1 is NaN"),
        (Files { rate: vec![5.0, 1.0, -2.0, 0.0], ..base() }, "the rate of neuron 2 is -2"),
        (Files { rate: vec![5.0, 1.0], ..base() }, "'rate' has 2 elements; 4 are needed"),
        (Files { indptr: vec![0, 0, 3, 2, 4], ..base() }, "the list of neuron 2 ends at 2, before it starts at 3"),
        (Files { indptr: vec![1, 1, 2, 4, 4], ..base() }, "indptr starts with 1"),
        (Files { indptr: vec![0, 0, 2, 4, 5], ..base() }, "'delta' has 4 elements; 5 are needed"),
        (
            Files { first: vec![0, 0, 9, 0], ..base() },
            "source 0 of neuron 2 is neuron 9; the network has neurons 0..=3",
        ),
        (Files { delta: vec![0, 7, 0, 0], ..base() }, "source 1 of neuron 1 is neuron 7"),
        (Files { cls: vec![0, 0, 1, 1], ..base() }, "external neuron 1 (class 'in') has 2 synapses"),
    ];
    for (files, expected) in cases {
        let refusal = files.refusal();
        assert!(refusal.contains(expected), "expected {expected}, got {refusal}");
    }
}

#[test]
fn a_partition_of_another_network_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let network = SnnNetwork::read(&Files::default().write(&folder)).unwrap();
    let part = folder.path().join("part.npz");
    let write = |values: &[i32]| {
        let mut writer = NpzWriter::new();
        writer.add_column("part", values).unwrap();
        writer.write(&part).unwrap();
    };
    write(&[-1, 0, -1, 0]);
    assert!(network.read_part(&part).unwrap_err().to_string().contains("neuron 2 is on the chip and has core -1"));
    write(&[-1, 0]);
    assert!(network.read_part(&part).unwrap_err().to_string().contains("2 elements; 4 are needed"));
}
