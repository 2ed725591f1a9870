//! What can go wrong in this crate.

use caudate_isa::diagnostic::Diagnostic;

/// Errors of `caudate-core`.
#[non_exhaustive]
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A description is not valid; all diagnostics at once.
    #[error("{}", render(.0))]
    Invalid(Vec<Diagnostic>),
    /// No built-in chip has this name.
    #[error("error[E-CHIP-NAME]: no chip is named '{name}'; known chips: {}, or give a path to a chip file (*.toml)", .known.join(", "))]
    UnknownChip {
        /// The name asked for.
        name: String,
        /// The names that exist.
        known: Vec<&'static str>,
    },
    /// A file is not a core image, or is damaged.
    #[error("error[E-IMAGE]: {0}")]
    Image(String),
    /// An array file is not what it should be.
    #[error("error[E-NPZ]: {0}")]
    Arrays(String),
    /// A checkpoint is damaged, or belongs to another run.
    #[error("error[E-CHECKPOINT]: {0}")]
    Checkpoint(String),
    /// A file could not be read or written.
    #[error("error[E-IO]: {path}: {source}")]
    Io {
        /// The file.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
}

fn render(diagnostics: &[Diagnostic]) -> String {
    diagnostics.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}
