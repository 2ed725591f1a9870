//! Diagnostics as exceptions: `caudate.Error` and a class of it for each exit code of the command line.

use caudate::error::{EXIT_CHECK_FAILED, EXIT_DOES_NOT_FIT};
use caudate::isa::diagnostic::{Diagnostic, Place, nearest};
use caudate::{Error, core, mapper, sim};
use pyo3::prelude::*;

/// The exception that an error deserves; its text is what the command line would print.
pub(crate) fn raise(py: Python<'_>, error: impl Into<Error>) -> PyErr {
    let error = error.into();
    let class = match error.exit_code() {
        EXIT_CHECK_FAILED => "CheckFailed",
        EXIT_DOES_NOT_FIT => "DoesNotFit",
        _ => "InvalidInput",
    };
    let help = error.help();
    let text = format!("{error}{}", help.map_or_else(String::new, |help| format!("\n  = help: {help}")));
    let diagnostics: Vec<(&str, &str, Option<&str>, Option<&str>)> = match diagnostics(&error) {
        Some(diagnostics) => diagnostics.iter().map(parts).collect(),
        None => vec![(code_of(&text), text.as_str(), None, help)],
    };
    let exception = py
        .import("caudate.errors")
        .and_then(|module| module.getattr(class))
        .and_then(|class| class.call1((text.as_str(), diagnostics)));
    exception.map_or_else(|error| error, PyErr::from_value)
}

/// The exception for a single diagnostic of bad input.
pub(crate) fn refuse(py: Python<'_>, diagnostic: Diagnostic) -> PyErr {
    raise(py, Error::Invalid(vec![diagnostic]))
}

/// Why an argument is refused: what Python raised over it, or what is wrong with it.
#[derive(Debug)]
pub(crate) enum Refusal {
    Raised(PyErr),
    Found(Box<Diagnostic>),
}

impl From<PyErr> for Refusal {
    fn from(error: PyErr) -> Self {
        Self::Raised(error)
    }
}

impl From<Diagnostic> for Refusal {
    fn from(diagnostic: Diagnostic) -> Self {
        Self::Found(Box::new(diagnostic))
    }
}

impl Refusal {
    pub(crate) fn raise(self, py: Python<'_>) -> PyErr {
        match self {
            Self::Raised(error) => error,
            Self::Found(diagnostic) => refuse(py, *diagnostic),
        }
    }
}

/// A diagnostic of a place that has no text.
pub(crate) fn flaw(code: &'static str, place: &str, message: impl Into<String>, help: impl Into<String>) -> Diagnostic {
    Diagnostic::new(code, message).at(Place::named(place)).help(help)
}

fn diagnostics(error: &Error) -> Option<&[Diagnostic]> {
    match error {
        Error::Invalid(diagnostics)
        | Error::Mapper(
            mapper::Error::Invalid(diagnostics)
            | mapper::Error::DoesNotFit(diagnostics)
            | mapper::Error::Check(diagnostics),
        )
        | Error::Sim(sim::Error::Invalid(diagnostics) | sim::Error::Core(core::Error::Invalid(diagnostics)))
        | Error::Mapper(mapper::Error::Core(core::Error::Invalid(diagnostics)))
        | Error::Core(core::Error::Invalid(diagnostics)) => Some(diagnostics),
        _ => None,
    }
}

/// A name that stands for nothing, answered with those that do.
pub(crate) fn unknown<'n>(
    code: &'static str,
    place: &str,
    kind: &str,
    name: &str,
    known: impl Iterator<Item = &'n str>,
) -> Diagnostic {
    let known: Vec<&str> = known.collect();
    let help = nearest(name, known.iter().copied()).map_or_else(
        || format!("there are: {}", if known.is_empty() { "none".to_owned() } else { known.join(", ") }),
        |near| format!("did you mean '{near}'?"),
    );
    flaw(code, place, format!("there is no {kind} '{name}'"), help)
}

/// Code, message, place and way out.
fn parts(diagnostic: &Diagnostic) -> (&str, &str, Option<&str>, Option<&str>) {
    let place = diagnostic.place.as_ref().map(|place| place.origin.as_str());
    (diagnostic.code, &diagnostic.message, place, diagnostic.help.as_deref())
}

/// The code inside `error[E-IO]: ...`.
fn code_of(text: &str) -> &str {
    text.strip_prefix("error[").and_then(|rest| rest.split_once(']')).map_or("", |(code, _)| code)
}
