//! Networks as TOML files with NPZ arrays beside them.
//!
//! The schema is closed: an unknown key is an error with the nearest known one as a suggestion. Keys are called as the fields of
//! [`Network`] are; see the book's chapter on network files for all of them.

mod arrays;
mod connect;
mod convert;
pub(crate) mod copies;
mod model;
mod parameter;
mod part;
mod programs;
mod schema;

use crate::error::Error;
use crate::network::Network;
use crate::origin::{Origin, Part, Problem};
use arrays::ArrayFiles;
use caudate_core::file;
use caudate_isa::diagnostic::{Diagnostic, Place, nearest};
pub use part::{Attached, TableKind};
use programs::ProgramFiles;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::Path;
use toml::Spanned;
use toml::de::{DeTable, DeValue, ValueDeserializer};

/// The tables of a network file.
const KEYS: [&str; 5] = ["name", "population", "projection", "rule", "modulator"];

impl Network {
    /// Reads a network from a TOML file; paths in it are relative to its folder.
    ///
    /// Whether the network makes sense is for [`crate::compile`] to say.
    ///
    /// # Errors
    /// [`Error::Core`] if the file cannot be read, [`Error::Invalid`] with everything that is not as the schema says.
    pub fn from_toml_file(path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref();
        let text = file::read_text(path)?;
        Self::from_toml(&text, &path.display().to_string(), path.parent().unwrap_or(Path::new("")))
    }

    /// Reads a network from TOML text; `origin` names it in diagnostics, and paths in it are relative to `base_dir`.
    ///
    /// # Errors
    /// As [`Network::from_toml_file`].
    pub fn from_toml(text: &str, origin: &str, base_dir: &Path) -> Result<Self, Error> {
        let document =
            DeTable::parse(text).map_err(|error| Error::Invalid(vec![schema_diagnostic(origin, text, &error)]))?;
        let mut reader = Reader {
            text,
            origin,
            found: Vec::new(),
            problems: Vec::new(),
            files: ArrayFiles::new(base_dir, BTreeMap::new()),
            programs: ProgramFiles::new(base_dir, BTreeMap::new()),
        };
        let network = reader.network(document.get_ref());
        let Reader { mut found, problems, programs, .. } = reader;
        found.extend(network.locate(problems));
        found.extend(programs.found);
        if found.is_empty() { Ok(network) } else { Err(Error::Invalid(found)) }
    }
}

/// Reads one file and collects what is wrong with it.
struct Reader<'a> {
    text: &'a str,
    origin: &'a str,
    /// What the schema refused.
    found: Vec<Diagnostic>,
    /// What could not be converted.
    problems: Vec<Problem>,
    files: ArrayFiles,
    programs: ProgramFiles,
}

impl<'a> Reader<'a> {
    fn network(&mut self, root: &DeTable<'a>) -> Network {
        for (key, value) in root.iter() {
            let name: &str = key.get_ref();
            if !KEYS.contains(&name) {
                let help = match nearest(name, KEYS) {
                    Some(candidate) => format!("did you mean `{candidate}`?"),
                    None => format!("known keys: {}", KEYS.join(", ")),
                };
                self.found.push(
                    Diagnostic::new("E-NET-KEY", format!("unknown key `{name}`")).at(self.place(key.span())).help(help),
                );
            } else if name != "name" && !value.get_ref().is_array() {
                let message = format!("`{name}` is a {}; it is a list of tables", value.get_ref().type_str());
                self.found.push(
                    Diagnostic::new("E-NET-SCHEMA", message)
                        .at(self.place(value.span()))
                        .help(format!("write [[{name}]] for each")),
                );
            }
        }
        let mut network = Network::new("");
        network.origin = Some(Origin { path: self.origin.to_owned(), text: self.text.to_owned() });
        match root.get("name").map(|name| (name.span(), name.get_ref().as_str())) {
            Some((_, Some(name))) => network.name = name.to_owned(),
            Some((span, None)) => self.found.push(
                Diagnostic::new("E-NET-SCHEMA", "the name is not a text")
                    .at(self.place(span))
                    .help("write name = \"...\""),
            ),
            None => self.found.push(
                Diagnostic::new("E-NET-MISSING", "the network has no `name`")
                    .at(Place::named(self.origin))
                    .help("add name = \"...\" at the top"),
            ),
        }
        // A part that the schema refuses is left out, so the places of the others must not be counted anew.
        let complete = self.found.len();
        for (index, part) in self.parts(root, "population") {
            let population = self.population(Part::Population(index), part);
            network.populations.push(population);
        }
        for (index, part) in self.parts(root, "projection") {
            let projection = self.projection(Part::Projection(index), part);
            network.projections.push(projection);
        }
        for (index, part) in self.parts(root, "rule") {
            let rule = self.rule(Part::Rule(index), part);
            network.rules.push(rule);
        }
        for (index, part) in self.parts(root, "modulator") {
            let modulator = self.modulator(Part::Modulator(index), part);
            network.modulators.push(modulator);
        }
        // With every part in place, what else is wrong can be said in the same breath.
        let is_flawed = !self.problems.is_empty() || !self.programs.found.is_empty();
        if self.found.len() == complete && is_flawed {
            let knows_sizes = network.populations.iter().all(|population| population.size > 0);
            let depends_on_sizes = |problem: &Problem| {
                matches!(problem.diagnostic.code, "E-NET-EMPTY" | "E-NET-LENGTH" | "E-NET-INDEX")
                    || problem.path.key == "connect.in_degree"
            };
            let further = crate::validate::problems(&network).into_iter();
            self.problems.extend(further.filter(|problem| knows_sizes || !depends_on_sizes(problem)));
        }
        network
    }

    /// The elements of `[[key]]` that the schema accepts, copies written out, with their indices.
    fn parts<T: Deserialize<'a>>(&mut self, root: &DeTable<'a>, key: &str) -> Vec<(usize, T)> {
        let elements: &[Spanned<DeValue<'a>>] =
            root.get(key).and_then(|value| value.get_ref().as_array()).map_or(&[], |array| array);
        let mut parts = Vec::with_capacity(elements.len());
        let mut next = 0;
        for element in elements {
            let copies = match copies::expand(element) {
                Ok(copies) => copies,
                Err(diagnostic) => {
                    self.found.push(diagnostic.at(self.place(element.span())));
                    next += 1;
                    continue;
                }
            };
            for copy in copies {
                match T::deserialize(ValueDeserializer::from(copy)) {
                    Ok(part) => parts.push((next, part)),
                    Err(error) => {
                        let mut diagnostic = schema_diagnostic(self.origin, self.text, &error);
                        if diagnostic.place.as_ref().is_none_or(|place| place.excerpt.is_none()) {
                            diagnostic = diagnostic.at(self.place(element.span()));
                        }
                        // Copies share their mistakes: say them once.
                        if !self.found.contains(&diagnostic) {
                            self.found.push(diagnostic);
                        }
                    }
                }
                next += 1;
            }
        }
        parts
    }

    fn place(&self, span: std::ops::Range<usize>) -> Place {
        Place::in_text(self.origin, self.text, span)
    }
}

/// Says in our words what the TOML reader found.
fn schema_diagnostic(origin: &str, text: &str, error: &toml::de::Error) -> Diagnostic {
    let message = error.message();
    let mut names = message.split('`').skip(1).step_by(2);
    let (code, message, help) = if message.starts_with("unknown field") {
        let name = names.next().unwrap_or_default();
        let known: Vec<&str> = names.collect();
        let help = match nearest(name, known.iter().copied()) {
            Some(candidate) => format!("did you mean `{candidate}`?"),
            None => format!("known keys: {}", known.join(", ")),
        };
        ("E-NET-KEY", format!("unknown key `{name}`"), help)
    } else if message.starts_with("unknown variant") {
        let name = names.next().unwrap_or_default();
        let known: Vec<&str> = names.collect();
        let help = match nearest(name, known.iter().copied()) {
            Some(candidate) => format!("did you mean \"{candidate}\"?"),
            None => format!("one of: {}", known.join(", ")),
        };
        ("E-NET-UNKNOWN", format!("\"{name}\" is not known here"), help)
    } else if message.starts_with("missing field") {
        let name = names.next().unwrap_or_default();
        ("E-NET-MISSING", format!("the key `{name}` is missing"), format!("add {name} = ..."))
    } else {
        let message =
            message.replace("expected i64", "expected a whole number").replace("expected f64", "expected a number");
        ("E-NET-SCHEMA", message, "see the chapter on network files for what each key takes".to_owned())
    };
    let place = match error.span() {
        Some(span) => Place::in_text(origin, text, span),
        None => Place::named(origin),
    };
    Diagnostic::new(code, message).at(place).help(help)
}

#[cfg(test)]
mod program_tests;
#[cfg(test)]
mod tests;
