//! Golden vectors: recordings of emulators, replayed through compiler and simulator, compared number by number.
//!
//! A vector is a JSON file of format `loihi-golden/1`: a small network with its input, and every spike, state and weight that an emulator
//! computed for it. [`verify_dir`] replays each through the whole path (network, image, simulation) under the semantics that
//! reproduce its emulator. What makes two numbers differ is named by file, neuron, step, expected and got.

mod build;
mod compare;
mod document;

use crate::error::Error;
use crate::vectors::json_files;
use caudate_core::engine::Strategy;
use caudate_core::file;
use document::{Contents, Document};
use serde::Serialize;
use std::path::Path;

/// How to replay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// Threads of the simulation.
    pub threads: usize,
    /// Most neurons that share a core; `None`: one core holds all. The vectors hold under any.
    pub max_neurons_per_core: Option<u32>,
    /// How cores are stepped; the plain step serves the vectors whose semantics the fast engine does not.
    pub strategy: Strategy,
}

impl Default for Options {
    fn default() -> Self {
        Self { threads: 1, max_neurons_per_core: None, strategy: Strategy::Auto }
    }
}

/// What became of the vectors of a folder, in order of file name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// One entry per file.
    pub files: Vec<FileReport>,
}

/// What became of one vector.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FileReport {
    /// Name of the file.
    pub file: String,
    /// Numbers compared.
    pub compared: u64,
    /// Numbers that differ.
    pub mismatched: u64,
    /// The first differences of each kind, earliest step first.
    pub mismatches: Vec<Mismatch>,
    /// Why the file could not be replayed, if so.
    pub error: Option<String>,
}

/// A number that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Mismatch {
    /// The variable: `v of 'exc'`, say.
    pub what: String,
    /// What is counted by `index`: neuron, synapse or row.
    pub item: &'static str,
    /// The neuron of its group, synapse of its connection, or row of the table.
    pub index: u64,
    /// The step.
    pub step: u64,
    /// What the vector says.
    pub expected: i64,
    /// What was computed.
    pub got: i64,
}

impl Report {
    /// Files that agree in every number.
    #[must_use]
    pub fn ok(&self) -> usize {
        self.files.iter().filter(|file| file.is_ok()).count()
    }

    /// Files that do not.
    #[must_use]
    pub fn mismatched(&self) -> usize {
        self.files.len() - self.ok()
    }
}

impl FileReport {
    /// Whether every number agrees.
    #[must_use]
    pub const fn is_ok(&self) -> bool {
        self.mismatched == 0 && self.error.is_none()
    }
}

impl std::fmt::Display for FileReport {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if let Some(error) = &self.error {
            return write!(f, "BAD  {}: {error}", self.file);
        }
        if self.is_ok() {
            return write!(f, "ok   {}: {} numbers", self.file, self.compared);
        }
        write!(f, "FAIL {}: {} of {} numbers differ", self.file, self.mismatched, self.compared)?;
        for mismatch in &self.mismatches {
            let Mismatch { what, item, index, step, expected, got } = mismatch;
            write!(f, "\n       {what}, {item} {index}, step {step}: expected {expected}, got {got}")?;
        }
        Ok(())
    }
}

impl std::fmt::Display for Report {
    /// The closing line.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} files, {} ok, {} mismatched", self.files.len(), self.ok(), self.mismatched())
    }
}

/// Replays every `*.json` of a folder.
///
/// # Errors
/// If the folder cannot be read or holds no vector. A vector that cannot be replayed is reported as mismatched.
pub fn verify_dir(folder: &Path, options: Options) -> Result<Report, Error> {
    let paths = json_files(folder, "golden vectors")?;
    Ok(Report { files: paths.iter().map(|path| verify_file(path, options)).collect() })
}

/// Replays one vector.
#[must_use]
pub fn verify_file(path: &Path, options: Options) -> FileReport {
    let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
    let checked = file::read_text(path).map_err(Error::from).and_then(|text| {
        let document = Document::parse(&text, &name)?;
        match document.contents {
            Contents::Table(rows) => Ok(compare::table(&rows)),
            Contents::Run(run) => compare::run(&build::case(*run, document.semantics, &name)?, options),
        }
    });
    match checked {
        Ok(tally) => tally.into_report(name),
        Err(error) => FileReport {
            file: name,
            compared: 0,
            mismatched: 0,
            mismatches: Vec::new(),
            error: Some(error.to_string()),
        },
    }
}
