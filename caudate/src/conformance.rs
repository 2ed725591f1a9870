//! Conformance vectors of nmx: programs with one execution each, checked against both executors.
//!
//! A file is JSON of format `nmx-conformance/1`, described in `tests/conformance/README.md`. [`verify_dir`] runs every case of every
//! file in the reference executor and in the batched one, and names what differs.

use crate::error::Error;
use crate::vectors::json_files;
use caudate_core::file;
use caudate_core::microcode::conformance::{Document, FORMAT, check};
use serde::Serialize;
use std::path::Path;

/// What became of the cases of a folder, in order of file name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// One entry per file.
    pub files: Vec<FileReport>,
}

/// What became of the cases of one file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FileReport {
    /// Name of the file.
    pub file: String,
    /// Cases checked.
    pub cases: usize,
    /// Cases that do not hold, in order.
    pub failed: Vec<FailedCase>,
    /// Why the file could not be read, if so; it then counts as one failed case.
    pub error: Option<String>,
}

/// A case that does not hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FailedCase {
    /// Its name.
    pub case: String,
    /// What differs.
    pub why: String,
}

impl Report {
    /// Cases checked; an unreadable file counts as one.
    #[must_use]
    pub fn cases(&self) -> usize {
        self.files.iter().map(|file| file.cases + usize::from(file.error.is_some())).sum()
    }

    /// Cases that do not hold.
    #[must_use]
    pub fn failed(&self) -> usize {
        self.files.iter().map(|file| file.failed.len() + usize::from(file.error.is_some())).sum()
    }

    /// Whether every case holds.
    #[must_use]
    pub fn is_ok(&self) -> bool {
        self.failed() == 0
    }
}

impl std::fmt::Display for FileReport {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if let Some(error) = &self.error {
            return write!(f, "BAD  {}: {error}", self.file);
        }
        if self.failed.is_empty() {
            return write!(f, "ok   {}: {} cases", self.file, self.cases);
        }
        write!(f, "FAIL {}: {} of {} cases failed", self.file, self.failed.len(), self.cases)?;
        for FailedCase { case, why } in self.failed.iter().take(SHOWN_CASES) {
            write!(f, "\n       {case}: {why}")?;
        }
        match self.failed.len().checked_sub(SHOWN_CASES) {
            Some(more) if more > 0 => write!(f, "\n       and {more} more"),
            _ => Ok(()),
        }
    }
}

/// Failed cases that a text report shows per file.
const SHOWN_CASES: usize = 5;

impl std::fmt::Display for Report {
    /// The closing line.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} cases, {} ok, {} failed", self.cases(), self.cases() - self.failed(), self.failed())
    }
}

/// Checks every `*.json` of a folder.
///
/// # Errors
/// If the folder cannot be read or holds no vector. A file that cannot be read is reported as failed.
pub fn verify_dir(folder: &Path) -> Result<Report, Error> {
    let paths = json_files(folder, "conformance vectors")?;
    Ok(Report { files: paths.iter().map(|path| verify_file(path)).collect() })
}

/// Checks the cases of one file.
#[must_use]
pub fn verify_file(path: &Path) -> FileReport {
    let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
    match read(path) {
        Err(error) => FileReport { file: name, cases: 0, failed: Vec::new(), error: Some(error) },
        Ok(document) => {
            let failed = document.cases.iter().filter_map(|case| {
                let why = check(case).err()?.to_string();
                Some(FailedCase { case: case.name.clone(), why })
            });
            FileReport { file: name, cases: document.cases.len(), failed: failed.collect(), error: None }
        }
    }
}

fn read(path: &Path) -> Result<Document, String> {
    let text = file::read_text(path).map_err(|error| error.to_string())?;
    let document: Document = serde_json::from_str(&text).map_err(|error| error.to_string())?;
    if document.format == FORMAT {
        Ok(document)
    } else {
        Err(format!("format '{}' is not '{FORMAT}'", document.format))
    }
}
