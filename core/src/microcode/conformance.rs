//! Published cases: a program, one execution of it, and what must come out.
//!
//! The format (`nmx-conformance/1`) is described beside the vectors, in `tests/conformance/README.md`. This module checks cases;
//! reading them from JSON is left to the caller.

use super::batch::Batch;
use super::executable::{Executable, Specials};
use super::reference::{Inputs, Outcome, Spike, run};
use crate::id::Step;
use crate::random::stream;
use caudate_isa::nmx::operand::{Kind, Source, Special};
use caudate_isa::nmx::program::{ParameterDeclaration, Program, StateDeclaration, TableDeclaration};
use caudate_isa::nmx::{LookupTable, StateType};
use serde::Deserialize;
use std::collections::BTreeMap;

/// Name of the format.
pub const FORMAT: &str = "nmx-conformance/1";

/// A file of cases.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Document {
    /// [`FORMAT`].
    pub format: String,
    /// The cases.
    pub cases: Vec<Case>,
}

/// One execution of one program.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// Its name, unique in the file.
    pub name: String,
    /// Kind of the program.
    pub kind: Kind,
    /// Its words.
    pub words: Vec<u32>,
    /// Storage widths of the state words, such as `i16`.
    pub state_types: Vec<String>,
    /// State before the run.
    pub state: Vec<i32>,
    /// Parameters.
    pub params: Vec<i32>,
    /// Lookup tables, each as its words in memory.
    #[serde(default)]
    pub tables: Vec<LookupTable>,
    /// Special inputs by name; absent ones are 0.
    pub specials: BTreeMap<String, i32>,
    /// Compartment stack before the run, bottom first.
    pub stack: Vec<i32>,
    /// Seed of the draws.
    pub seed: u64,
    /// Logical entity of the draws.
    pub entity: u64,
    /// Step of the draws.
    pub t: Step,
    /// What must come out.
    pub expect: Expected,
}

/// What a run leaves behind.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expected {
    /// State after storing.
    pub state: Vec<i32>,
    /// Spikes as port and payload, in the order of emission.
    pub spikes: Vec<(u8, i32)>,
    /// Compartment stack, bottom first.
    pub stack: Vec<i32>,
    /// Instructions whose result was clamped to 32 bits.
    pub alu_saturated: u32,
    /// State words clamped at the store.
    pub store_saturated: u32,
    /// Cycles.
    pub cycles: u32,
}

/// Why a case failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Failure {
    /// The case is no legal program with its inputs.
    #[error("not a legal case: {0}")]
    Illegal(String),
    /// Something else came out.
    #[error("{executor} executor: {what}: expected {expected}, got {got}")]
    Different {
        /// Which executor differs: reference or batched.
        executor: &'static str,
        /// Which part of the expectation.
        what: &'static str,
        /// What the case says.
        expected: String,
        /// What came out.
        got: String,
    },
}

/// Checks a case against the reference executor and the batched one.
///
/// # Errors
/// With the first difference.
pub fn check(case: &Case) -> Result<(), Failure> {
    let executable = case.executable()?;
    let specials = case.specials()?;
    compare("reference", &case.expect, &case.by_reference(&executable, &specials))?;
    compare("batched", &case.expect, &case.by_batch(&executable, &specials))
}

/// What an executor left behind, in the terms of the format.
fn left_behind(state: Vec<i32>, spikes: Vec<(u8, i32)>, stack: Vec<i32>, outcome: Outcome) -> Expected {
    let Outcome { alu_saturated, store_saturated, cycles, .. } = outcome;
    Expected { state, spikes, stack, alu_saturated, store_saturated, cycles }
}

impl Case {
    fn executable(&self) -> Result<Executable, Failure> {
        let mut program = Program { words: self.words.clone(), ..Program::new(self.kind) };
        for name in &self.state_types {
            let of = name.parse().map_err(|error| Failure::Illegal(format!("state type '{name}': {error}")))?;
            program.states.push(StateDeclaration { name: None, of, range: None, saturates: true });
        }
        for &value in &self.params {
            program.parameters.push(ParameterDeclaration { name: None, of: StateType::I32, value });
        }
        let tables = self.tables.iter().map(|table| TableDeclaration { name: None, table: table.clone() });
        program.tables.extend(tables);
        if self.state.len() != program.states.len() {
            let (values, types) = (self.state.len(), program.states.len());
            return Err(Failure::Illegal(format!("{values} state words of {types} types")));
        }
        for (&value, state) in self.state.iter().zip(&program.states) {
            if state.of.clamp(value) != value {
                return Err(Failure::Illegal(format!("state {value} does not fit {}", state.of)));
            }
        }
        let join = |errors: Vec<_>| errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
        Executable::new(&program).map_err(|errors| Failure::Illegal(join(errors)))
    }

    fn specials(&self) -> Result<Specials, Failure> {
        let mut specials = Specials::default();
        for (name, &value) in &self.specials {
            let special = Special::named(self.kind, name)
                .ok_or_else(|| Failure::Illegal(format!("a {} program has no input '{name}'", self.kind.name())))?;
            specials.set(special, value);
        }
        Ok(specials)
    }

    fn by_reference(&self, executable: &Executable, specials: &Specials) -> Expected {
        let stream = stream(self.seed, self.entity);
        let inputs = Inputs { parameters: &self.params, specials, stream, step: self.t };
        let (mut state, mut stack, mut spikes) = (self.state.clone(), self.stack.clone(), Vec::new());
        let outcome = run(executable, &inputs, &mut state, &mut stack, &mut spikes);
        left_behind(state, spikes.iter().map(|&Spike { port, payload }| (port, payload)).collect(), stack, outcome)
    }

    /// Runs the case in the middle of three lanes; its neighbours start from 0 and draw for other entities.
    fn by_batch(&self, executable: &Executable, specials: &Specials) -> Expected {
        const LANE: usize = 1;
        let mut batch = Batch::new();
        batch.load_parameters(&self.params);
        for (special, _) in Special::all(self.kind) {
            batch.column_mut(Source::Special(special)).fill(specials.get(special));
        }
        for (index, &value) in self.state.iter().enumerate() {
            batch.state_mut(index).fill(0);
            batch.state_mut(index)[LANE] = value;
        }
        batch.stack_mut(LANE).clone_from(&self.stack);
        let streams = [self.entity ^ 1, self.entity, self.entity ^ 2].map(|entity| stream(self.seed, entity));
        batch.run(executable, &streams, self.t);
        let state = (0..self.state.len()).map(|index| batch.state(index)[LANE]).collect();
        let spikes = batch.spikes().iter().filter(|spike| spike.lane == LANE as u32);
        let spikes = spikes.map(|spike| (spike.spike.port, spike.spike.payload)).collect();
        left_behind(state, spikes, batch.stack(LANE).to_vec(), batch.outcome(LANE))
    }
}

fn compare(executor: &'static str, expected: &Expected, got: &Expected) -> Result<(), Failure> {
    let differ = |what, expected: &dyn std::fmt::Debug, got: &dyn std::fmt::Debug| {
        Err(Failure::Different { executor, what, expected: format!("{expected:?}"), got: format!("{got:?}") })
    };
    macro_rules! same {
        ($($field:ident),+) => {$(
            if expected.$field != got.$field {
                return differ(stringify!($field), &expected.$field, &got.$field);
            }
        )+};
    }
    same!(state, spikes, stack, alu_saturated, store_saturated, cycles);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_cases_hold() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/conformance");
        let mut checked = 0;
        for file in ["random-1.json", "random-2.json", "lut-1.json"] {
            let text = std::fs::read_to_string(format!("{folder}/{file}")).unwrap();
            let document: Document = serde_json::from_str(&text).unwrap();
            assert_eq!(document.format, FORMAT);
            for case in &document.cases {
                check(case).unwrap_or_else(|failure| panic!("{file}: {}: {failure}", case.name));
                checked += 1;
            }
        }
        assert_eq!(checked, 3200);
    }
}
