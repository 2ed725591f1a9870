//! What a verification found, for people and as JSON.

use super::exhaustive::Exhausted;
use super::judge::{Judgement, Violation};
use super::property::Property;
use super::raster::raster;
use super::scenario::Scenario;
use super::subject::Subject;
use crate::report::grouped;
use serde::Serialize;
use std::fmt;

/// Version of the JSON form.
pub const SCHEMA: &str = "caudate-verify-rule/1";

/// What a verification found.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// Version of this form.
    pub schema: &'static str,
    /// Name of the rule or program.
    pub rule: String,
    /// Words of the program.
    pub words: usize,
    /// Cycles of the longest run.
    pub worst_case_cycles: u32,
    /// Whether the static verifier is content; a rule with which it is not is refused before.
    pub is_statically_clean: bool,
    /// A finding per property, in the order of the text.
    pub findings: Vec<Finding>,
    /// The run of a replayed scenario as a raster.
    pub replayed: Option<String>,
    /// What was proven by induction.
    #[cfg(feature = "prove")]
    pub proofs: Vec<super::prove::Proof>,
    /// The command that a replay is given to.
    pub command: String,
}

/// What was found about one property.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Finding {
    /// The property as written.
    pub property: String,
    /// The verdict.
    pub verdict: Verdict,
    /// How much was tried; `None` for a replay.
    pub tried: Option<Tried>,
    /// The smallest scenario that shows the fault.
    pub counterexample: Option<Counterexample>,
}

/// How much a search tried. Counts are of scenarios that met the conditions of the property.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Tried {
    /// Scenarios of the exhaustive search.
    pub exhaustive: u64,
    /// All scenarios of the small domain up to this many epochs were tried.
    pub exhaustive_epochs: usize,
    /// Random scenarios.
    pub random: u64,
}

/// What became of a property.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// No counterexample was found.
    Holds,
    /// One was.
    Fails,
    /// No scenario met its condition: it says nothing.
    Untested,
}

/// A scenario that shows that a property fails.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Counterexample {
    /// Epochs of its spike train.
    pub epochs: usize,
    /// Spikes of both sides.
    pub spikes: usize,
    /// What is wrong, in words.
    pub message: String,
    /// Text for `--replay`.
    pub replay: String,
    /// The run as a raster.
    pub raster: String,
}

impl Counterexample {
    pub(super) fn new(subject: &Subject, scenario: &Scenario, violation: &Violation) -> Self {
        Self {
            epochs: scenario.spikes.len().div_ceil(subject.epoch_steps),
            spikes: scenario.spike_count(),
            message: violation.message.clone(),
            replay: scenario.text(subject),
            raster: raster(subject, scenario, 1, Some(violation)),
        }
    }
}

impl Finding {
    pub(super) fn new(
        subject: &Subject,
        property: &Property,
        exhausted: &Exhausted,
        random: u64,
        found: Option<&(Scenario, Violation)>,
    ) -> Self {
        let verdict = match found {
            Some(_) => Verdict::Fails,
            None if exhausted.judged + random == 0 => Verdict::Untested,
            None => Verdict::Holds,
        };
        Self {
            property: property.text.clone(),
            verdict,
            tried: Some(Tried { exhaustive: exhausted.judged, exhaustive_epochs: exhausted.epochs, random }),
            counterexample: found.map(|(scenario, violation)| Counterexample::new(subject, scenario, violation)),
        }
    }

    /// What a replayed scenario says.
    pub(super) fn replayed(subject: &Subject, property: &Property, scenario: &Scenario) -> Self {
        let judgement = property.judge(subject, scenario);
        let (verdict, counterexample) = match &judgement {
            Judgement::Silent => (Verdict::Untested, None),
            Judgement::Holds => (Verdict::Holds, None),
            Judgement::Violated(violation) => (Verdict::Fails, Some(Counterexample::new(subject, scenario, violation))),
        };
        Self { property: property.text.clone(), verdict, tried: None, counterexample }
    }
}

impl Report {
    /// Whether every property was tested and holds. A replay need not test them all.
    #[must_use]
    pub fn is_ok(&self) -> bool {
        self.findings.iter().all(|finding| match finding.verdict {
            Verdict::Holds => true,
            Verdict::Fails => false,
            Verdict::Untested => finding.tried.is_none(),
        })
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Holds => "holds",
            Self::Fails => "FAILS",
            Self::Untested => "UNTESTED",
        })
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "  {:8}  {:44}  ", self.verdict, self.property)?;
        match (&self.counterexample, &self.tried) {
            (Some(found), _) => write!(f, "{}, {}", count(found.epochs, "epoch"), count(found.spikes, "spike")),
            (None, _) if self.verdict == Verdict::Untested => write!(f, "nothing met its condition"),
            (None, None) => write!(f, "in this scenario"),
            (None, Some(tried)) => {
                let (all, epochs) = (grouped(tried.exhaustive), count(tried.exhaustive_epochs, "epoch"));
                write!(f, "all {all} runs to {epochs}, {} random", grouped(tried.random))
            }
        }
    }
}

impl fmt::Display for Report {
    /// A line per property, then the counterexamples; no final line break.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (words, cycles) = (count(self.words, "word"), count(self.worst_case_cycles as usize, "cycle"));
        writeln!(f, "{}: {words}, {cycles} at worst", self.rule)?;
        writeln!(f, "  {:8}  static: legal, defined, in budget; saturates only where it says so", "proven")?;
        for finding in &self.findings {
            writeln!(f, "{finding}")?;
        }
        #[cfg(feature = "prove")]
        for proof in &self.proofs {
            writeln!(f, "{proof}")?;
        }
        let failing = self.findings.iter().filter(|finding| finding.verdict == Verdict::Fails).count();
        for finding in &self.findings {
            let Some(found) = &finding.counterexample else { continue };
            writeln!(f, "\nCounterexample to: {}", finding.property)?;
            for line in found.raster.lines() {
                writeln!(f, "  {line}")?;
            }
            writeln!(f, "  replay: {} --replay '{}'", self.command, found.replay)?;
        }
        if let Some(raster) = self.replayed.as_ref().filter(|_| failing == 0) {
            writeln!(f, "\nThe scenario:")?;
            for line in raster.lines() {
                writeln!(f, "  {line}")?;
            }
        }
        let untested = self.findings.iter().filter(|finding| finding.verdict == Verdict::Untested).count();
        let all = self.findings.len();
        let held = all - failing - untested;
        let noun = if all == 1 { "property" } else { "properties" };
        write!(f, "\n{all} {noun}: {held} held, {failing} failed, {untested} untested")
    }
}

fn count(number: usize, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{} {noun}{plural}", grouped(number as u64))
}
