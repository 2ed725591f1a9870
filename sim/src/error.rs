//! What can go wrong in this crate.

use caudate_isa::diagnostic::Diagnostic;

/// Errors of `caudate-sim`. None leaves a simulation half-stepped.
#[non_exhaustive]
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A stimulus, probe or cost profile is not valid; all diagnostics at once.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Invalid(Vec<Diagnostic>),
    /// No built-in cost profile has this name.
    #[error("error[E-COST-NAME]: no cost profile is named '{name}'; known profiles: {}, or give a path to a profile (*.toml)", .known.join(", "))]
    UnknownCost {
        /// The name asked for.
        name: String,
        /// The names that exist.
        known: Vec<&'static str>,
    },
    /// The threads of a run could not be started.
    #[error("error[E-SIM-THREADS]: {0}")]
    Threads(String),
    /// The image, or a file.
    #[error(transparent)]
    Core(#[from] caudate_core::Error),
}
