//! A solver as a subprocess: a question on standard input, a verdict on standard output.

use caudate_isa::diagnostic::{Diagnostic, Place};
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

/// What a solver says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Answer {
    /// No values make the assertions hold.
    Unsatisfiable,
    /// These do.
    Satisfiable(String),
    /// It cannot tell.
    Unknown,
}

/// Asks `solver`, which is z3, or cvc5 by its name.
pub(super) fn ask(solver: &Path, question: &str) -> Result<Answer, Vec<Diagnostic>> {
    let refuse = |message: String| {
        let diagnostic = Diagnostic::new("E-SOLVER", message).at(Place::named(solver.display().to_string()));
        vec![diagnostic.help("give the path of z3 or cvc5 by --solver, or leave --prove out")]
    };
    let is_cvc5 = solver.file_stem().is_some_and(|name| name.to_string_lossy().starts_with("cvc5"));
    let arguments: &[&str] = if is_cvc5 { &["--lang=smt2", "--tlimit=60000"] } else { &["-in", "-T:60"] };
    let child = Command::new(solver).args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
    let mut child = child.map_err(|error| refuse(format!("the solver cannot be run: {error}")))?;
    // A solver reads the whole question before it answers; dropping the pipe ends it.
    let written = child.stdin.take().map_or(Ok(()), |mut pipe| pipe.write_all(question.as_bytes()));
    let output = child.wait_with_output().map_err(|error| refuse(format!("the solver fails: {error}")))?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    match (written, text.lines().next().map(str::trim)) {
        (Ok(()), Some("unsat")) => Ok(Answer::Unsatisfiable),
        (Ok(()), Some("sat")) => Ok(Answer::Satisfiable(model(&text))),
        (Ok(()), Some("unknown" | "timeout")) => Ok(Answer::Unknown),
        (_, answer) => {
            Err(refuse(format!("the solver answers '{}' in place of a verdict", answer.unwrap_or_default())))
        }
    }
}

/// The values that follow `sat`, on one line.
fn model(text: &str) -> String {
    text.lines().skip(1).flat_map(str::split_whitespace).collect::<Vec<_>>().join(" ")
}
