//! Proof by induction: ranges that hold when an epoch begins hold when it ends, whatever its inputs and draws.
//!
//! A program is a straight line whose parameters are numbers, so one epoch is a formula in linear integers: a rounding is a division by a
//! constant, a predicate chooses, a draw is any number it can be. What is not linear (a product of two variables, a table, bits) is any number
//! within the range that the static verifier gives it; a proof that needs more fails, and says how many such results there were.
//!
//! [`formula`] writes the formula, [`solver`] runs a solver of SMT-LIB (z3, cvc5) on it.

mod formula;
mod solver;
#[cfg(test)]
mod tests;

use super::subject::Subject;
use caudate_isa::diagnostic::Diagnostic;
use caudate_isa::rule::extended::ast::ExpectationKind;
use formula::{Epoch, or, outside};
use serde::Serialize;
use std::fmt;
use std::path::Path;

/// What became of a proof.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Proof {
    /// The claim.
    pub claim: String,
    /// The outcome.
    pub outcome: Outcome,
    /// Results that the proof knows by their ranges only.
    pub bounded: usize,
}

/// How a proof ends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The claim holds for ever.
    Proven,
    /// One epoch leads from states in range to one that is not. They need not be reachable.
    NotInductive(String),
    /// The solver gave up.
    Unknown,
}

/// A claim that the states of one word lie in a range.
struct Range {
    state: usize,
    low: i32,
    high: i32,
    /// Why it is not inductive, once that is known.
    broken: Option<Outcome>,
}

/// Proves that the ranges which `subject` expects are inductive, and that nothing saturates where that is expected.
///
/// Ranges are proven together: each may rely on the others, and one that fails is no longer relied upon.
///
/// # Errors
/// If the solver cannot be run or answers with something else than a verdict (`E-SOLVER`).
pub fn prove(subject: &Subject, solver: &Path) -> Result<Vec<Proof>, Vec<Diagnostic>> {
    let mut ranges = ranges(subject);
    let epoch = loop {
        let epoch = Epoch::of(subject, &assumed(subject, &ranges));
        let mut all_kept = true;
        for range in ranges.iter_mut().filter(|range| range.broken.is_none()) {
            let after = epoch.stored(range.state);
            let outside = outside(&after, range.low, range.high);
            range.broken = outcome(&solver::ask(solver, &epoch.query(&outside))?, subject);
            all_kept &= range.broken.is_none();
        }
        if all_kept {
            break epoch;
        }
    };
    let mut proofs = Vec::new();
    let mut ranges = ranges.into_iter();
    for property in &subject.properties {
        let broken = match &property.kind {
            ExpectationKind::Within { .. } => match ranges.next() {
                Some(range) => range.broken,
                None => continue,
            },
            ExpectationKind::NoSaturation => {
                outcome(&solver::ask(solver, &epoch.query(&or(&epoch.saturates)))?, subject)
            }
            _ => continue,
        };
        let outcome = broken.unwrap_or(Outcome::Proven);
        proofs.push(Proof { claim: property.text.clone(), outcome, bounded: epoch.bounded });
    }
    Ok(proofs)
}

/// The ranges that are expected; one in which its state does not start is broken from the beginning.
fn ranges(subject: &Subject) -> Vec<Range> {
    let within = subject.properties.iter().filter_map(|property| match &property.kind {
        ExpectationKind::Within { state, low, high } => {
            let state = subject.state(state).unwrap_or_default();
            let start = subject.states.get(state).map_or(0, |word| word.start);
            let broken =
                (!(*low..=*high).contains(&start)).then(|| Outcome::NotInductive(format!("it starts at {start}")));
            Some(Range { state, low: *low, high: *high, broken })
        }
        _ => None,
    });
    within.collect()
}

/// Where each state is when an epoch begins, by its declaration and the ranges that are not broken.
fn assumed(subject: &Subject, ranges: &[Range]) -> Vec<(i32, i32)> {
    let mut assumed: Vec<(i32, i32)> = subject.states.iter().map(|word| word.range).collect();
    for range in ranges.iter().filter(|range| range.broken.is_none()) {
        if let Some((low, high)) = assumed.get_mut(range.state) {
            (*low, *high) = ((*low).max(range.low), (*high).min(range.high));
        }
    }
    assumed
}

/// How a proof fails, if the negated claim has this answer.
fn outcome(answer: &solver::Answer, subject: &Subject) -> Option<Outcome> {
    let named = |model: &str| {
        let states = subject.states.iter().enumerate();
        states.fold(model.to_owned(), |model, (index, word)| {
            model.replace(&format!("(s{index} "), &format!("({} ", word.name))
        })
    };
    match answer {
        solver::Answer::Unsatisfiable => None,
        solver::Answer::Satisfiable(model) => Some(Outcome::NotInductive(named(model))),
        solver::Answer::Unknown => Some(Outcome::Unknown),
    }
}

impl fmt::Display for Proof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.outcome {
            Outcome::Proven => write!(f, "  {:8}  {:44}  for ever, by induction", "proven", self.claim),
            Outcome::Unknown => write!(f, "  {:8}  {:44}  the solver gave up", "unknown", self.claim),
            Outcome::NotInductive(model) => {
                write!(f, "  {:8}  {:44}  not inductive: {model}", "unproven", self.claim)?;
                if self.bounded > 0 {
                    write!(f, "\n  {:56}  ({} results known by their ranges only)", "", self.bounded)?;
                }
                Ok(())
            }
        }
    }
}
