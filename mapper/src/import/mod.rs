//! Networks of other tools.
//!
//! | module | story |
//! |---|---|
//! | [`hdf5`] | HDF5 files as plain values |
//! | [`netx`] | networks of lava-dl: whole numbers, as they are |
//! | [`nir`] | graphs of the Neuromorphic Intermediate Representation: equations, scaled to whole numbers |
//! | [`open`](open()) | a network file of any kind, told by its content |
//! | `geometry`, `linear`, `weights` | layers as synapses |

mod geometry;
pub mod hdf5;
mod linear;
pub mod netx;
pub mod nir;
mod open;
mod weights;

pub use open::{Options, open};

use crate::network::Network;
use serde::{Deserialize, Serialize};

/// A network of another tool, and what was made of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Imported {
    /// The network.
    pub network: Network,
    /// What was made of the file.
    pub report: Report,
}

/// What an importer made of a file.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Report {
    /// `toml`, `netx` or `nir`.
    pub format: String,
    /// The version that the file gives.
    pub version: Option<String>,
    /// Populations, in the order of the network.
    pub layers: Vec<Layer>,
    /// What the importer assumed, chose or left out, in the order in which it did.
    pub notes: Vec<String>,
}

/// What became of a layer or node that is a population.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Layer {
    /// The population.
    pub population: String,
    /// What it was in the file.
    pub kind: String,
    /// Channels, rows and columns, or one number.
    pub shape: Vec<usize>,
    /// Units of v in a unit of the file's potential; 1 where the file holds whole numbers.
    pub scale: f64,
    /// Synapses that end here.
    pub synapses: u64,
}

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
