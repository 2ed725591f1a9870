//! A scenario: everything that one synapse lives through, as a value and as text.
//!
//! ```text
//! pre=1.. post=.1. m0=20 m1=0,5 w=128 seed=3
//! ```
//!
//! A character of `pre` and `post` is a step: `1` a spike, `.` none. A modulator lists its values by step, and the last one stays. What is
//! left out is silent, 0 or, for a state, where the rule lets it start.

use super::subject::Subject;
use caudate_core::modulator::SLOTS;
use caudate_isa::diagnostic::{Diagnostic, Place};
use std::fmt::Write;

/// Most steps of a scenario.
pub const MAX_STEPS: usize = 100_000;

/// Who spikes in a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Spikes {
    /// The presynaptic neuron.
    pub pre: bool,
    /// The postsynaptic neuron.
    pub post: bool,
}

/// What one synapse lives through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scenario {
    /// Spikes by step; no spike follows.
    pub spikes: Vec<Spikes>,
    /// Modulators m0..m3 by step; the last ones stay. Never empty.
    pub modulators: Vec<[i8; SLOTS]>,
    /// Where each state word starts.
    pub start: Vec<i32>,
    /// Seed of the draws.
    pub seed: u64,
}

impl Scenario {
    /// Spikes in all.
    #[must_use]
    pub fn spike_count(&self) -> usize {
        self.spikes.iter().map(|at| usize::from(at.pre) + usize::from(at.post)).sum()
    }

    /// Modulators in force at `step`.
    #[must_use]
    pub fn modulators_at(&self, step: usize) -> [i8; SLOTS] {
        self.modulators.get(step).or(self.modulators.last()).copied().unwrap_or_default()
    }

    /// The text that [`Scenario::parse`] reads.
    #[must_use]
    pub fn text(&self, subject: &Subject) -> String {
        let mut text = String::new();
        for (name, side) in [("pre", (|at| at.pre) as fn(&Spikes) -> bool), ("post", |at| at.post)] {
            let marks: String = self.spikes.iter().map(|at| if side(at) { '1' } else { '.' }).collect();
            if !marks.is_empty() {
                // Writing to a string cannot fail, here and below.
                let _ = write!(text, "{name}={marks} ");
            }
        }
        for slot in 0..SLOTS {
            if self.modulators.iter().any(|values| values[slot] != 0) {
                let values: Vec<String> = self.modulators.iter().map(|values| values[slot].to_string()).collect();
                let _ = write!(text, "m{slot}={} ", values.join(","));
            }
        }
        for (state, value) in subject.states.iter().zip(&self.start) {
            if *value != state.start {
                let _ = write!(text, "{}={value} ", state.name);
            }
        }
        let _ = write!(text, "seed={}", self.seed);
        text
    }

    /// Reads a scenario.
    ///
    /// # Errors
    /// With the first word that is not `name=value` of a known name, or that is out of range (`E-SCENARIO`).
    pub fn parse(text: &str, subject: &Subject) -> Result<Self, Vec<Diagnostic>> {
        let start = subject.states.iter().map(|state| state.start).collect();
        let mut scenario = Self { spikes: Vec::new(), modulators: vec![[0; SLOTS]], start, seed: 0 };
        let mut levels: [Vec<i8>; SLOTS] = Default::default();
        let mut at = 0;
        for word in text.split_whitespace() {
            let from = at + text[at..].find(word).unwrap_or(0);
            at = from + word.len();
            scenario.read(word, subject, &mut levels).map_err(|message| {
                let known: Vec<&str> = subject.states.iter().map(|state| state.name.as_str()).collect();
                let help = "write NAME=VALUE words such as pre=1. post=.1 m0=20 seed=0; states here: ";
                let place = Place::in_text("scenario", text, from..at);
                vec![Diagnostic::new("E-SCENARIO", message).at(place).help(format!("{help}{}", known.join(", ")))]
            })?;
        }
        let length = levels.iter().map(Vec::len).max().unwrap_or(0).max(1);
        let level = |slot: &Vec<i8>, step: usize| slot.get(step).or(slot.last()).copied().unwrap_or(0);
        scenario.modulators = (0..length).map(|step| std::array::from_fn(|slot| level(&levels[slot], step))).collect();
        Ok(scenario)
    }

    fn read(&mut self, word: &str, subject: &Subject, levels: &mut [Vec<i8>; SLOTS]) -> Result<(), String> {
        let (name, value) = word.split_once('=').ok_or_else(|| format!("'{word}' is not NAME=VALUE"))?;
        match name {
            "pre" | "post" => {
                if value.len() > MAX_STEPS {
                    return Err(format!("{} steps; a scenario has at most {MAX_STEPS}", value.len()));
                }
                let steps = self.spikes.len().max(value.len());
                self.spikes.resize(steps, Spikes::default());
                for (at, mark) in self.spikes.iter_mut().zip(value.chars()) {
                    let spiked = match mark {
                        '1' => true,
                        '.' => false,
                        other => return Err(format!("'{other}' in {name}; a step is 1 (a spike) or . (none)")),
                    };
                    *(if name == "pre" { &mut at.pre } else { &mut at.post }) = spiked;
                }
            }
            "seed" => self.seed = value.parse().map_err(|_| format!("seed '{value}' is no number of 64 bits"))?,
            "m0" | "m1" | "m2" | "m3" => {
                let values: Result<Vec<i8>, _> = value.split(',').map(str::parse).collect();
                let slot = usize::from(name.as_bytes()[1] - b'0');
                levels[slot] = values.map_err(|_| format!("'{value}': a modulator is -128..=127"))?;
            }
            _ => {
                let index = subject.states.iter().position(|state| state.name == name);
                let index = index.ok_or_else(|| format!("nothing is named '{name}'"))?;
                let of = subject.states[index].of;
                let number: i32 = value.parse().map_err(|_| format!("'{value}' is no whole number"))?;
                if of.clamp(number) != number {
                    return Err(format!("{name}={number} does not fit {of} ({}..={})", of.lowest(), of.highest()));
                }
                self.start[index] = number;
            }
        }
        Ok(())
    }
}
