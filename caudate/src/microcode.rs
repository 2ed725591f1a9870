//! Microcode as files: text (`.nmx`) on one side, assembled programs (JSON) on the other.
//!
//! An assembled program is `{ "schema": "caudate-program/1", "program": ... }`: kind, words, declarations of states, parameters and
//! tables with their names, budget and requirements.

use crate::error::Error;
use caudate_core::file;
use caudate_isa::diagnostic::{Diagnostic, Place};
use caudate_isa::nmx::Program;
use serde::{Deserialize, Serialize};
use std::path::Path;

/// Version of the schema of assembled programs.
pub const SCHEMA: &str = "caudate-program/1";

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Assembled {
    schema: String,
    program: Program,
}

/// Writes an assembled program, whole or not at all.
///
/// # Errors
/// If the file cannot be written.
pub fn write_program(program: &Program, path: &Path) -> Result<(), Error> {
    let assembled = Assembled { schema: SCHEMA.to_owned(), program: program.clone() };
    let mut text = serde_json::to_string_pretty(&assembled)?;
    text.push('\n');
    Ok(file::write_atomically(path, text.as_bytes())?)
}

/// Reads an assembled program.
///
/// # Errors
/// If the file cannot be read or is no assembled program of this version.
pub fn read_program(path: &Path) -> Result<Program, Error> {
    let text = file::read_text(path)?;
    let bad = |message: String| {
        let diagnostic = Diagnostic::new("E-PROGRAM", message).at(Place::named(path.display().to_string()));
        Error::Invalid(vec![diagnostic.help("assemble one with `caudate asm FILE.nmx -o OUT.json`")])
    };
    let assembled: Assembled =
        serde_json::from_str(&text).map_err(|error| bad(format!("is no assembled program: {error}")))?;
    if assembled.schema != SCHEMA {
        return Err(bad(format!("schema '{}' is not supported; this build reads '{SCHEMA}'", assembled.schema)));
    }
    Ok(assembled.program)
}
