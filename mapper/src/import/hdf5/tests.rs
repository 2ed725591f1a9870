use super::*;
use proptest::prelude::*;

/// Written by h5py 3.16: chunks with gzip, a contiguous array, texts of both lengths, a boolean and scalars.
const BY_H5PY: &[u8] = include_bytes!("../../../testdata/by_h5py.h5");

#[test]
fn a_file_of_h5py_is_read_whole() {
    let file = Group::from_bytes(BY_H5PY, "file.h5").unwrap();
    assert_eq!(file.numbers("chunked").unwrap(), (&[4, 3][..], (0..12).map(f64::from).collect()));
    assert_eq!(file.whole_one("scalar", 0, 10).unwrap(), 7);
    assert_eq!(file.whole_one("yes", 0, 1).unwrap(), 1);
    let node = file.group("node").unwrap();
    assert_eq!(node.text("type").unwrap(), "NIRGraph");
    assert_eq!(node.text("fixed").unwrap(), "dense");
    let Values::Texts(edges) = &node.dataset("edges").unwrap().values else { panic!("edges are texts") };
    assert_eq!((node.dataset("edges").unwrap().shape.as_slice(), edges.join(" ")), (&[2, 2][..], "a b b c".to_owned()));
    let missing = node.text("typ").unwrap_err().to_string();
    assert!(missing.contains("file.h5: /node") && missing.contains("`type`"), "{missing}");
}

#[test]
fn what_is_written_reads_back() {
    let mut file = Group::new();
    file.datasets.insert("version".to_owned(), Dataset::texts(&[], vec!["1.0".to_owned()]));
    let mut node = Group::new();
    node.datasets.insert("w".to_owned(), Dataset::floats(&[2, 2], vec![0.5, -1.0, 2.0, 1e-9]));
    node.datasets.insert("shape".to_owned(), Dataset::integers(&[3], vec![1, -2, 3]));
    node.datasets.insert("edges".to_owned(), Dataset::texts(&[1, 2], vec!["in".to_owned(), "output".to_owned()]));
    file.groups.insert("node".to_owned(), node);
    let bytes = file.to_bytes().unwrap();
    assert_eq!(bytes, file.to_bytes().unwrap());
    let read = Group::from_bytes(&bytes, "x").unwrap();
    assert_eq!(read.text("version").unwrap(), "1.0");
    assert_eq!(read.group("node").unwrap().datasets, file.groups["node"].datasets);
}

#[test]
fn other_files_are_named() {
    for (bytes, named) in [(&b"PK\x03\x04zip"[..], "zip archive"), (b"", "empty"), (b"name = 1", "text file")] {
        let error = Group::from_bytes(bytes, "a.nir").unwrap_err().to_string();
        assert!(error.contains(named) && error.contains("a.nir"), "{error}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]
    #[test]
    fn damaged_bytes_are_read_or_refused(changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12), end in any::<prop::sample::Index>(), cut in any::<bool>()) {
        let mut bytes = BY_H5PY.to_vec();
        for (place, value) in changes {
            bytes[place.index(BY_H5PY.len())] = value;
        }
        if cut {
            bytes.truncate(end.index(bytes.len()));
        }
        if let Err(error) = Group::from_bytes(&bytes, "damaged") {
            prop_assert!(!error.diagnostics().is_empty());
        }
    }
}
