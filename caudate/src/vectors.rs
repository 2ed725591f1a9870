//! Folders of published vectors.

use crate::error::Error;
use std::path::{Path, PathBuf};

/// The `*.json` files of a folder, sorted; `what` says what they hold, for the error if there is none.
pub(crate) fn json_files(folder: &Path, what: &str) -> Result<Vec<PathBuf>, Error> {
    let io = |source| caudate_core::Error::Io { path: folder.display().to_string(), source };
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(io)? {
        let path = entry.map_err(io)?.path();
        if path.extension().is_some_and(|extension| extension == "json") {
            paths.push(path);
        }
    }
    if paths.is_empty() {
        let none = std::io::Error::new(std::io::ErrorKind::NotFound, format!("holds no {what} (*.json)"));
        return Err(io(none).into());
    }
    paths.sort();
    Ok(paths)
}
