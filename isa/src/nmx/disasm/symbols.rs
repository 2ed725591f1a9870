//! Names of what a program declares.

use crate::nmx::asm::is_free_name;
use crate::nmx::operand::{Kind, Source};
use crate::nmx::program::Program;
use std::collections::BTreeSet;

/// The usable names of a program's states, parameters and tables; by default there are none.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Symbols {
    states: Vec<Option<String>>,
    parameters: Vec<Option<String>>,
    tables: Vec<Option<String>>,
}

impl Symbols {
    /// The names that `program` has kept, as far as the assembler takes them: an image may hold any text, and a name twice.
    #[must_use]
    pub fn of(program: &Program) -> Self {
        let mut seen = BTreeSet::new();
        let mut usable = |name: &Option<String>| {
            let name = name.as_ref().filter(|name| is_free_name(name));
            name.filter(|name| seen.insert((*name).clone())).cloned()
        };
        Self {
            states: program.states.iter().map(|state| usable(&state.name)).collect(),
            parameters: program.parameters.iter().map(|parameter| usable(&parameter.name)).collect(),
            tables: program.tables.iter().map(|table| usable(&table.name)).collect(),
        }
    }

    /// The state word of this index.
    #[must_use]
    pub fn state(&self, index: usize) -> String {
        named(&self.states, index, "s")
    }

    /// The parameter of this index.
    #[must_use]
    pub fn parameter(&self, index: usize) -> String {
        named(&self.parameters, index, "k")
    }

    /// The table of this index.
    #[must_use]
    pub fn table(&self, index: usize) -> String {
        named(&self.tables, index, "")
    }

    /// A source in a program of `kind`.
    #[must_use]
    pub fn source(&self, source: Source, kind: Kind) -> String {
        match source {
            Source::Register(register) => format!("r{}", register.get()),
            Source::State(state) => self.state(state.get().into()),
            Source::Parameter(parameter) => self.parameter(parameter.get().into()),
            Source::Special(special) => {
                special.name(kind).map_or_else(|| format!("special {}", special.get()), Into::into)
            }
        }
    }
}

fn named(names: &[Option<String>], index: usize, letter: &str) -> String {
    names.get(index).and_then(Option::clone).unwrap_or_else(|| format!("{letter}{index}"))
}
