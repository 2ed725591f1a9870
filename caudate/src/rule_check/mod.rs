//! Verification of learning rules: what is proven, and what a search for counterexamples finds.
//!
//! A rule says what it does and what its author expects of it (`expect w in 0..255`). Its program runs in a synapse that lives through
//! [scenarios](scenario): spikes of both sides, modulators, a starting state, a seed. The static verifier speaks first; then every
//! scenario of a small domain is tried in the order of size, then random ones. A counterexample is made as small as it can be, and
//! told as a raster with the real-valued rule beside the program.
//!
//! | file | story |
//! |---|---|
//! | `subject` | the program, its rule, traces and starting states |
//! | [`scenario`] | what a synapse lives through, as a value and as text |
//! | `run` | one synapse, in fixed point and in real numbers |
//! | `property` | what can be expected, and over which spike trains |
//! | `judge`, `unbiased` | whether a property holds in a scenario |
//! | `exhaustive`, `random`, `minimise` | the search |
//! | `raster`, `report` | what is printed |
//! | `prove` | with the feature of this name: induction by a solver of SMT-LIB |
//!
//! A search can miss: `holds` says how much was tried. A counterexample never lies: it replays to the bit, and prints how.

mod exhaustive;
mod judge;
mod mentions;
mod minimise;
mod property;
#[cfg(feature = "prove")]
pub mod prove;
mod random;
mod raster;
mod report;
mod run;
pub mod scenario;
mod subject;
#[cfg(test)]
mod tests;
mod unbiased;

pub use property::Property;
pub use report::{Counterexample, Finding, Report, SCHEMA, Tried, Verdict};
pub use scenario::Scenario;
pub use subject::{StateWord, Subject, constant_error};

/// How long to search.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// Seed of the random search.
    pub seed: u64,
    /// Random scenarios per property.
    pub cases: u32,
    /// Runs of the program that either search of a property may cost.
    pub runs: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self { seed: 1, cases: 256, runs: 2_000_000 }
    }
}

/// Searches for a counterexample to each property of `subject`.
#[must_use]
pub fn verify(subject: &Subject, options: &Options) -> Report {
    let finding = |property: &Property| {
        let exhausted = exhaustive::search(subject, property, options.runs);
        let (random, drawn) = match &exhausted.found {
            Some(_) => (0, None),
            None => {
                let drawn = random::search(subject, property, options);
                (drawn.judged, drawn.found)
            }
        };
        let found = exhausted.found.as_ref().map(|(scenario, _)| scenario.clone()).or(drawn);
        let found = found.and_then(|scenario| minimise::minimise(subject, property, scenario));
        Finding::new(subject, property, &exhausted, random, found.as_ref())
    };
    report(subject, subject.properties.iter().map(finding).collect())
}

/// Judges one scenario by every property of `subject`.
#[must_use]
pub fn replay(subject: &Subject, scenario: &Scenario) -> Report {
    let finding = |property: &Property| Finding::replayed(subject, property, scenario);
    let mut report = report(subject, subject.properties.iter().map(finding).collect());
    let epochs = scenario.spikes.len().div_ceil(subject.epoch_steps);
    report.replayed = Some(raster::raster(subject, scenario, epochs, None));
    report
}

fn report(subject: &Subject, findings: Vec<Finding>) -> Report {
    Report {
        schema: SCHEMA,
        rule: subject.name.clone(),
        words: subject.executable.instructions().len(),
        worst_case_cycles: subject.executable.worst_case_cycles(),
        is_statically_clean: true,
        findings,
        replayed: None,
        #[cfg(feature = "prove")]
        proofs: Vec::new(),
        command: "caudate verify rule FILE".to_owned(),
    }
}
