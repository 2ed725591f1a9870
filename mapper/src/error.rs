//! What can go wrong between a network and its image.

use caudate_isa::diagnostic::Diagnostic;

/// Errors of `caudate-mapper`. A front door maps them to exit codes: `Check` 1, `Invalid` and `Core` 2, `DoesNotFit` 3.
#[non_exhaustive]
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The network is not valid; all diagnostics at once.
    #[error("{}", render(.0))]
    Invalid(Vec<Diagnostic>),
    /// The network is valid and does not fit the chip; all diagnostics at once.
    #[error("{}", render(.0))]
    DoesNotFit(Vec<Diagnostic>),
    /// The finished image is not what the network asks for. This is a defect of Caudate, or a damaged image.
    #[error("{}", render(.0))]
    Check(Vec<Diagnostic>),
    /// A file could not be read, or is not what it should be.
    #[error(transparent)]
    Core(#[from] caudate_core::Error),
}

impl Error {
    /// The diagnostics behind this error; empty for errors of files.
    #[must_use]
    pub fn diagnostics(&self) -> &[Diagnostic] {
        match self {
            Self::Invalid(all) | Self::DoesNotFit(all) | Self::Check(all) => all,
            Self::Core(caudate_core::Error::Invalid(all)) => all,
            Self::Core(_) => &[],
        }
    }
}

fn render(diagnostics: &[Diagnostic]) -> String {
    diagnostics.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}
