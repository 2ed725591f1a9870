//! One table of a network file, handed over in memory: for front doors whose users write no files.

use super::Reader;
use super::arrays::ArrayFiles;
use super::programs::ProgramFiles;
use super::schema_diagnostic;
use crate::error::Error;
use crate::network::Network;
use crate::origin::Part;
use caudate_core::npz::Data;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use std::path::Path;
use toml::{Table, Value};

/// Which of the lists of a network file a table belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TableKind {
    /// `[[population]]`
    Population,
    /// `[[projection]]`
    Projection,
    /// `[[rule]]`
    Rule,
    /// `[[modulator]]`
    Modulator,
}

/// What a table names that lies in memory rather than in files.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Attached {
    /// Arrays, in C order, as the file [`Attached::NAME`] would hold them; a table names each at most once.
    pub arrays: BTreeMap<String, Data>,
    /// Texts of programs and rules by file name, `.nmx` or `.rule`.
    pub texts: BTreeMap<String, String>,
}

impl Attached {
    /// The name of the file that attached arrays stand for: `{ npz = "<arrays>", array = "w" }`.
    pub const NAME: &str = "<arrays>";
}

impl Network {
    /// Adds what a table of a network file would add; paths in it are relative to the current folder, and `copies` is not known.
    ///
    /// Whether the network makes sense is for [`crate::compile`] to say.
    ///
    /// # Errors
    /// [`Error::Invalid`] with everything that is not as the schema says. Nothing has been added then.
    pub fn add_table(&mut self, kind: TableKind, table: Table, attached: Attached) -> Result<(), Error> {
        let described = describe(kind, &table);
        let mut reader = Reader {
            text: "",
            origin: &described,
            found: Vec::new(),
            problems: Vec::new(),
            files: ArrayFiles::new(Path::new(""), attached.arrays),
            programs: ProgramFiles::new(Path::new(""), attached.texts),
        };
        match kind {
            TableKind::Population => {
                let part = Part::Population(self.populations.len());
                self.populations.extend(reader.table(table).map(|table| reader.population(part, table)));
            }
            TableKind::Projection => {
                let part = Part::Projection(self.projections.len());
                self.projections.extend(reader.table(table).map(|table| reader.projection(part, table)));
            }
            TableKind::Rule => {
                let part = Part::Rule(self.rules.len());
                self.rules.extend(reader.table(table).map(|table| reader.rule(part, table)));
            }
            TableKind::Modulator => {
                let part = Part::Modulator(self.modulators.len());
                self.modulators.extend(reader.table(table).map(|table| reader.modulator(part, table)));
            }
        }
        let Reader { mut found, problems, programs, .. } = reader;
        let is_added = found.is_empty();
        found.extend(self.locate(problems));
        found.extend(programs.found);
        if found.is_empty() {
            return Ok(());
        }
        if is_added {
            match kind {
                TableKind::Population => drop(self.populations.pop()),
                TableKind::Projection => drop(self.projections.pop()),
                TableKind::Rule => drop(self.rules.pop()),
                TableKind::Modulator => drop(self.modulators.pop()),
            }
        }
        Err(Error::Invalid(found))
    }
}

impl Reader<'_> {
    /// The table as its schema has it.
    fn table<T: DeserializeOwned>(&mut self, table: Table) -> Option<T> {
        T::deserialize(Value::Table(table))
            .map_err(|error| self.found.push(schema_diagnostic(self.origin, self.text, &error)))
            .ok()
    }
}

/// How people call the part: `population 'exc'`.
fn describe(kind: TableKind, table: &Table) -> String {
    let text = |key: &str| table.get(key).and_then(Value::as_str).unwrap_or_default();
    let name = match (kind, text("name")) {
        (TableKind::Projection, "") => format!("{}->{}", text("pre"), text("post")),
        (_, name) => name.to_owned(),
    };
    let kind = match kind {
        TableKind::Population => "population",
        TableKind::Projection => "projection",
        TableKind::Rule => "rule",
        TableKind::Modulator => "modulator",
    };
    format!("{kind} '{name}'")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(text: &str) -> Table {
        toml::from_str(text).unwrap()
    }

    #[test]
    fn tables_and_arrays_in_memory_make_the_network_of_the_file() {
        let mut network = Network::new("net");
        network.add_table(TableKind::Modulator, table("name = 'da'"), Attached::default()).unwrap();
        let cells =
            "name = 'cells'\nsize = 2\nmodel = 'lif'\nthreshold_mantissa = [10, 20]\nmodulators = { m0 = 'da' }";
        network.add_table(TableKind::Population, table(cells), Attached::default()).unwrap();
        let projection = "pre = 'cells'\npost = 'cells'\nsign = 'mixed'\nweight = { npz = '<arrays>', array = 'w' }\n\
                          connect = { rule = 'list', npz = '<arrays>', pre = 'p', post = 'q' }";
        let arrays = [("w", vec![7]), ("p", vec![0]), ("q", vec![1])];
        let arrays = arrays.map(|(name, values)| (name.to_owned(), Data::Integers(values)));
        let attached = Attached { arrays: arrays.into(), ..Attached::default() };
        network.add_table(TableKind::Projection, table(projection), attached).unwrap();

        let text = "name = 'net'\n[[modulator]]\nname = 'da'\n[[population]]\nname = 'cells'\nsize = 2\nmodel = 'lif'\n\
                    threshold_mantissa = [10, 20]\nmodulators = { m0 = 'da' }\n[[projection]]\npre = 'cells'\npost = 'cells'\n\
                    sign = 'mixed'\nweight = [7]\nconnect = { rule = 'list', pre = [0], post = [1] }";
        let mut read = Network::from_toml(text, "net.toml", Path::new("")).unwrap();
        read.origin = None;
        assert_eq!(network, read);
    }

    #[test]
    fn texts_stand_for_files() {
        let attached =
            |text: &str| Attached { texts: [("mine.rule".to_owned(), text.to_owned())].into(), ..Attached::default() };
        let rule = || table("name = 'r'\nprogram = 'mine.rule'");
        let mut network = Network::new("net");
        let text = "rule \"mine\" dialect=extended { state w: u8\n dw = 1  clip 0..255 }";
        network.add_table(TableKind::Rule, rule(), attached(text)).unwrap();
        assert!(network.rules[0].microcode.is_some());
        let error = network.add_table(TableKind::Rule, rule(), attached("rule")).unwrap_err().to_string();
        assert!(error.contains("--> mine.rule:1:"), "{error}");
        assert_eq!(network.rules.len(), 1);
    }

    #[test]
    fn what_is_wrong_is_told_in_the_words_of_the_file_and_adds_nothing() {
        let mut network = Network::new("net");
        let mut complain = |kind, text: &str| {
            let error = network.add_table(kind, table(text), Attached::default()).unwrap_err().to_string();
            assert_eq!(network, Network::new("net"));
            error
        };
        let unknown = complain(TableKind::Population, "name = 'a'\nsize = 1\nmodel = 'lif'\nthreshhold = 3");
        assert!(unknown.contains("error[E-NET-KEY]: unknown key `threshhold`\n  --> population 'a'"), "{unknown}");
        assert!(unknown.contains("did you mean `threshold`?"), "{unknown}");
        let range = complain(TableKind::Population, "name = 'a'\nsize = 0\nmodel = 'lif'");
        assert!(range.contains("error[E-NET-EMPTY]") && range.contains("population 'a', size"), "{range}");
        let projection =
            "pre = 'a'\npost = 'b'\nsign = 'mixed'\nconnect = 'one-to-one'\nweight = { npz = '<arrays>', array = 'w' }";
        let missing = complain(TableKind::Projection, projection);
        assert!(missing.contains("no array 'w' is attached"), "{missing}");
        assert!(complain(TableKind::Modulator, "decay = 4").contains("modulator ''"));
    }
}
