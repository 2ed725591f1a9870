//! Named parameter sets of a program: its parameters and the state to start from, by name.
//!
//! ```toml
//! [RS]
//! parameters = { a = 655, b = 6554 }
//! state = { v = -266240 }
//! ```
//!
//! Values are the program's own integers. What a set leaves out stays as the program declares it; a state word starts at 0.

use caudate_isa::diagnostic::{Diagnostic, Place, nearest};
use caudate_isa::nmx::Program;
use caudate_isa::nmx::program::StateDeclaration;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::ops::RangeInclusive;

/// One parameter set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParameterSet {
    /// Its name.
    pub name: String,
    /// Parameters that differ from the declared ones.
    pub parameters: BTreeMap<String, i32>,
    /// State words that do not start at 0.
    pub state: BTreeMap<String, i32>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    #[serde(default)]
    parameters: BTreeMap<String, i32>,
    #[serde(default)]
    state: BTreeMap<String, i32>,
}

/// Reads sets, in order of name; `origin` is what diagnostics call the text.
///
/// # Errors
/// `E-PARAMETER-SET` if the text is no TOML of this form.
pub fn read(origin: &str, text: &str) -> Result<Vec<ParameterSet>, Vec<Diagnostic>> {
    let tables: BTreeMap<String, Table> = toml::from_str(text).map_err(|error| {
        let help = "write a table per set: [NAME], parameters = { a = 1 }, state = { v = 0 }; whole numbers of 32 bits";
        let diagnostic = Diagnostic::new("E-PARAMETER-SET", error.to_string().trim_end());
        vec![diagnostic.at(Place::named(origin)).help(help)]
    })?;
    let set = |(name, table): (String, Table)| ParameterSet { name, parameters: table.parameters, state: table.state };
    Ok(tables.into_iter().map(set).collect())
}

impl ParameterSet {
    /// Gives `program` these parameters. It should be verified anew: ranges depend on them.
    ///
    /// # Errors
    /// An `E-PARAMETER-SET` for each name that it does not have and each value that does not fit; then it is unchanged.
    pub fn apply(&self, program: &mut Program) -> Result<(), Vec<Diagnostic>> {
        let declared = || program.parameters.iter().map(|parameter| (parameter.name.as_deref(), parameter.of.range()));
        let places = self.places("parameter", &self.parameters, declared)?;
        for (index, value) in places {
            program.parameters[index].value = value;
        }
        Ok(())
    }

    /// The state words s0, s1, ... that `program` starts from.
    ///
    /// # Errors
    /// An `E-PARAMETER-SET` for each name that it does not have and each value that does not fit.
    pub fn start(&self, program: &Program) -> Result<Vec<i32>, Vec<Diagnostic>> {
        let held = |state: &StateDeclaration| state.range.map_or(state.of.range(), |(low, high)| low..=high);
        let declared = || program.states.iter().map(|state| (state.name.as_deref(), held(state)));
        let mut start = vec![0; program.states.len()];
        for (index, value) in self.places("state word", &self.state, declared)? {
            start[index] = value;
        }
        Ok(start)
    }

    /// Where among the declared each value belongs.
    fn places<'p, Declared: Iterator<Item = (Option<&'p str>, RangeInclusive<i32>)>>(
        &self,
        sort: &str,
        values: &BTreeMap<String, i32>,
        declared: impl Fn() -> Declared,
    ) -> Result<Vec<(usize, i32)>, Vec<Diagnostic>> {
        let mut refused = Vec::new();
        let mut refuse = |message: String, help: String| {
            let message = format!("set '{}': {message}", self.name);
            refused.push(Diagnostic::new("E-PARAMETER-SET", message).help(help));
        };
        let mut places = Vec::new();
        for (name, &value) in values {
            match declared().enumerate().find(|(_, (known, _))| *known == Some(name)) {
                Some((index, (_, range))) if range.contains(&value) => places.push((index, value)),
                Some((_, (_, range))) => refuse(
                    format!("{sort} '{name}' = {value} is outside {}..={}", range.start(), range.end()),
                    "take a value that the program's declaration holds, or declare a wider one".into(),
                ),
                None => {
                    let names = || declared().filter_map(|(known, _)| known);
                    let all = || format!("the program declares {}", names().collect::<Vec<_>>().join(", "));
                    let help = nearest(name, names()).map_or_else(all, |near| format!("did you mean '{near}'?"));
                    refuse(format!("the program has no {sort} '{name}'"), help);
                }
            }
        }
        if refused.is_empty() { Ok(places) } else { Err(refused) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use caudate_isa::nmx::asm::assemble;

    fn program() -> Program {
        assemble("cell", ".kind neuron\n.state v i8\n.state u i24 0 90000\n.param leak u4 3\n.param th i24 9\n")
            .unwrap()
            .program
    }

    #[test]
    fn a_set_gives_what_it_names_and_leaves_the_rest() {
        let sets = read("sets", "[B]\nstate = { u = 70000 }\n[A]\nparameters = { th = -5 }").unwrap();
        assert_eq!(sets.iter().map(|set| set.name.as_str()).collect::<Vec<_>>(), ["A", "B"]);
        let mut program = program();
        sets[0].apply(&mut program).unwrap();
        assert_eq!(program.parameters.iter().map(|parameter| parameter.value).collect::<Vec<_>>(), [3, -5]);
        assert_eq!(sets[1].start(&program).unwrap(), [0, 70_000]);
    }

    #[test]
    fn a_set_that_does_not_fit_the_program_is_refused_and_changes_nothing() {
        let cases = [
            ("[A]\nparameters = { leak = 16, th = 1 }", "parameter 'leak' = 16 is outside 0..=15"),
            ("[A]\nparameters = { lea = 1, th = 1 }", "did you mean 'leak'?"),
            ("[A]\nparameters = { leak = 99, tau = 1 }", "the program has no parameter 'tau'"),
            ("[A]\nstate = { v = 128 }", "state word 'v' = 128 is outside -128..=127"),
            ("[A]\nstate = { u = -1 }", "state word 'u' = -1 is outside 0..=90000"),
        ];
        for (text, expected) in cases {
            let set = &read("sets", text).unwrap()[0];
            let mut changed = program();
            let errors = set.apply(&mut changed).and_then(|()| set.start(&changed).map(|_| ())).unwrap_err();
            assert!(errors.iter().any(|error| error.to_string().contains(expected)), "{errors:?}");
            assert_eq!(changed, program());
        }
        for text in ["[A]\nparameter = {}", "[A]\nstate = { v = 0.5 }", "[A]\nstate = { v = 99999999999 }", "[A"] {
            assert_eq!(read("sets", text).unwrap_err()[0].code, "E-PARAMETER-SET", "{text}");
        }
    }
}
