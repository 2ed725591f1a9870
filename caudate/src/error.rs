//! What can go wrong, and the exit code that each kind of failure deserves.

use caudate_isa::diagnostic::Diagnostic;
use std::io::ErrorKind;

/// Exit code of a command that found what it checks to be wrong.
pub const EXIT_CHECK_FAILED: u8 = 1;
/// Exit code of a command that was given something it cannot use.
pub const EXIT_BAD_INPUT: u8 = 2;
/// Exit code of a command whose network does not fit the chip.
pub const EXIT_DOES_NOT_FIT: u8 = 3;

/// Errors of the facade. Those of the layers below pass through unchanged.
#[non_exhaustive]
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// An experiment, task or golden vector is not valid; all diagnostics at once.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Invalid(Vec<Diagnostic>),
    /// From network to image.
    #[error(transparent)]
    Mapper(#[from] caudate_mapper::Error),
    /// Running an image.
    #[error(transparent)]
    Sim(#[from] caudate_sim::Error),
    /// Files, chips and images.
    #[error(transparent)]
    Core(#[from] caudate_core::Error),
    /// A result could not be written as JSON.
    #[error("error[E-JSON]: {0}")]
    Json(#[from] serde_json::Error),
}

impl Error {
    /// The exit code of a command that ends with this error.
    #[must_use]
    pub const fn exit_code(&self) -> u8 {
        match self {
            Self::Mapper(caudate_mapper::Error::DoesNotFit(_)) => EXIT_DOES_NOT_FIT,
            Self::Mapper(caudate_mapper::Error::Check(_)) => EXIT_CHECK_FAILED,
            _ => EXIT_BAD_INPUT,
        }
    }

    /// A way out, where the message itself names none.
    #[must_use]
    pub fn help(&self) -> Option<&'static str> {
        let core = match self {
            Self::Core(error)
            | Self::Mapper(caudate_mapper::Error::Core(error))
            | Self::Sim(caudate_sim::Error::Core(error)) => error,
            _ => return None,
        };
        let caudate_core::Error::Io { source, .. } = core else { return None };
        match source.kind() {
            ErrorKind::NotFound => Some("check the path; a path inside a file is relative to that file's folder"),
            ErrorKind::IsADirectory => Some("give the path of a file, not of the folder it lies in"),
            ErrorKind::NotADirectory | ErrorKind::AlreadyExists => {
                Some("a file stands where a folder is needed; choose another path")
            }
            ErrorKind::PermissionDenied => Some("check the permissions, or choose another path"),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_layer_has_its_exit_code() {
        let diagnostics = || vec![Diagnostic::new("E-TEST", "a test")];
        let codes: [(Error, u8); 5] = [
            (Error::Invalid(diagnostics()), 2),
            (caudate_mapper::Error::Invalid(diagnostics()).into(), 2),
            (caudate_mapper::Error::Check(diagnostics()).into(), 1),
            (caudate_mapper::Error::DoesNotFit(diagnostics()).into(), 3),
            (caudate_sim::Error::Invalid(diagnostics()).into(), 2),
        ];
        for (error, code) in codes {
            assert_eq!(error.exit_code(), code, "{error}");
        }
    }
}
