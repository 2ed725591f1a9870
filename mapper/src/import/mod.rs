//! Networks of other tools, and theirs again.
//!
//! | module | story |
//! |---|---|
//! | [`hdf5`] | HDF5 files as plain values |

pub mod hdf5;

/// What the first bytes of a file look like, for a reader who expected something else.
pub(crate) fn describe_content(bytes: &[u8]) -> String {
    let starts: [(&[u8], &str); 6] = [
        (hdf5::SIGNATURE, "it is an HDF5 file"),
        (b"PK\x03\x04", "it is a zip archive, such as an NPZ file or a PyTorch checkpoint"),
        (b"\x93NUMPY", "it is a NumPy array (.npy)"),
        (b"\x1f\x8b", "it is compressed with gzip"),
        (b"\x80", "it looks like a Python pickle"),
        (b"version https://git-lfs", "it is a Git LFS pointer: the file itself has not been fetched"),
    ];
    match starts.iter().find(|(start, _)| bytes.starts_with(start)) {
        Some((_, found)) => (*found).to_owned(),
        None if bytes.is_empty() => "it is empty".to_owned(),
        None if std::str::from_utf8(bytes).is_ok() => "it is a text file".to_owned(),
        None => format!("it begins with the bytes {:02x?}", &bytes[..bytes.len().min(8)]),
    }
}
