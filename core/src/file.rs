//! Files: whole or not at all.

use crate::error::Error;
use std::fs;
use std::io::{ErrorKind, Read, Write};
use std::path::Path;

/// A failure of the system at a file or folder.
#[must_use]
pub fn io(path: &Path, source: std::io::Error) -> Error {
    Error::Io { path: path.display().to_string(), source }
}

/// Opens a file to read it; a directory in its place is named as such.
///
/// # Errors
/// [`Error::Io`].
pub fn open(path: &Path) -> Result<fs::File, Error> {
    if path.is_dir() {
        return Err(io(path, std::io::Error::new(ErrorKind::IsADirectory, "is a directory; a file is expected here")));
    }
    fs::File::open(path).map_err(|source| io(path, source))
}

/// Reads a file.
///
/// # Errors
/// As [`open`].
pub fn read(path: &Path) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    open(path)?.read_to_end(&mut bytes).map_err(|source| io(path, source))?;
    Ok(bytes)
}

/// Reads a text file.
///
/// # Errors
/// [`Error::Io`], also for bytes that are no UTF-8.
pub fn read_text(path: &Path) -> Result<String, Error> {
    String::from_utf8(read(path)?).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        io(path, std::io::Error::new(ErrorKind::InvalidData, format!("is not UTF-8 text (byte {at})")))
    })
}

/// Writes a file by way of a temporary neighbour, so that a failure leaves the old file, or none, but never half of a new one.
/// Missing parent directories are made.
///
/// # Errors
/// [`Error::Io`].
pub fn write_atomically(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    stream_atomically(path, |file| file.write_all(bytes).map_err(|source| io(path, source)))
}

/// The same with a content that `write` gives piece by piece.
///
/// # Errors
/// [`Error::Io`], and those of `write`.
pub fn stream_atomically<E: From<Error>>(
    path: &Path,
    write: impl FnOnce(&mut fs::File) -> Result<(), E>,
) -> Result<(), E> {
    if path.is_dir() {
        let source = std::io::Error::new(ErrorKind::IsADirectory, "is a directory; a file is to be written here");
        return Err(io(path, source).into());
    }
    if let Some(parent) = path.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        fs::create_dir_all(parent).map_err(|source| io(parent, source))?;
    }
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.part", std::process::id()));
    let temporary = path.with_file_name(name);
    let written = fs::File::create(&temporary)
        .map_err(|source| io(path, source).into())
        .and_then(|mut file| write(&mut file))
        .and_then(|()| fs::rename(&temporary, path).map_err(|source| io(path, source).into()));
    if written.is_err() {
        // The neighbour may not exist; there is nothing to add to the first error.
        let _ = fs::remove_file(&temporary);
    }
    written
}
