//! Where in the network a diagnostic points: at a key, and at its line if the network came from a file.

use crate::network::Network;
use crate::network_file::copies;
use caudate_isa::diagnostic::{Diagnostic, Place};
use toml::de::DeTable;

/// The file that a network was read from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// Its path, as diagnostics name it.
    pub path: String,
    /// Its text.
    pub text: String,
}

/// A part of a network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Part {
    Network,
    Population(usize),
    Projection(usize),
    Rule(usize),
    Modulator(usize),
}

/// A key of a part; an empty key is the part as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct KeyPath {
    pub(crate) part: Part,
    pub(crate) key: &'static str,
    /// Number of the entry that is meant, where the key is a table of the user's own names.
    entry: Option<usize>,
}

/// A diagnostic and the part of the network that it is about.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Problem {
    pub(crate) path: KeyPath,
    pub(crate) diagnostic: Diagnostic,
}

impl Part {
    pub(crate) const fn key(self, key: &'static str) -> KeyPath {
        KeyPath { part: self, key, entry: None }
    }

    /// The table's name in a file, and the index in it.
    const fn table(self) -> Option<(&'static str, usize)> {
        match self {
            Self::Network => None,
            Self::Population(index) => Some(("population", index)),
            Self::Projection(index) => Some(("projection", index)),
            Self::Rule(index) => Some(("rule", index)),
            Self::Modulator(index) => Some(("modulator", index)),
        }
    }

    /// How people call it: `population 'exc'`.
    pub(crate) fn describe(self, network: &Network) -> String {
        let name = match self {
            Self::Network => return format!("network '{}'", network.name),
            Self::Population(index) => network.populations.get(index).map(|part| &part.name),
            Self::Projection(index) => network.projections.get(index).map(|part| &part.name),
            Self::Rule(index) => network.rules.get(index).map(|part| &part.name),
            Self::Modulator(index) => network.modulators.get(index).map(|part| &part.name),
        };
        let (table, index) = self.table().unwrap_or_default();
        match name {
            Some(name) if !name.is_empty() => format!("{table} '{name}'"),
            _ => format!("{table}[{index}]"),
        }
    }
}

impl KeyPath {
    pub(crate) fn problem(self, code: &'static str, message: impl Into<String>, help: impl Into<String>) -> Problem {
        Problem { path: self, diagnostic: Diagnostic::new(code, message).help(help) }
    }

    /// Entry number `entry` of the table that the key is.
    pub(crate) const fn entry(self, entry: usize) -> Self {
        Self { entry: Some(entry), ..self }
    }

    /// The name of the entry that is meant.
    fn entry_name(self, network: &Network) -> Option<&str> {
        let entry = self.entry?;
        match (self.part, self.key) {
            (Part::Population(index), key) => {
                let own = network.populations.get(index)?.own_program()?;
                let table = if key == "initial" { &own.initial } else { &own.parameters };
                Some(table.get(entry)?.0.as_str())
            }
            (Part::Rule(index), key) => {
                let own = network.rules.get(index)?.microcode.as_ref()?;
                let table = if key == "initial" { &own.initial } else { &own.parameters };
                Some(table.get(entry)?.0.as_str())
            }
            _ => None,
        }
    }

    /// The key as people write it: `threshold`, `parameters.vth`.
    pub(crate) fn written(self, network: &Network) -> String {
        match self.entry_name(network) {
            Some(name) => format!("{}.{name}", self.key),
            None => self.key.to_owned(),
        }
    }

    fn describe(self, network: &Network) -> String {
        let part = self.part.describe(network);
        if self.key.is_empty() { part } else { format!("{part}, {}", self.written(network)) }
    }

    /// The byte range of the key's value in a file's text, or of the nearest thing around it.
    fn span(self, text: &str, network: &Network) -> Option<std::ops::Range<usize>> {
        let document = DeTable::parse(text).ok()?;
        let root = document.get_ref();
        let mut keys = self.key.split('.').filter(|key| !key.is_empty()).chain(self.entry_name(network));
        let Some((table, index)) = self.part.table() else {
            return root.get(keys.next_back()?).map(toml::Spanned::span);
        };
        let mut before = 0;
        let mut value = root.get(table)?.get_ref().as_array()?.iter().find(|entry| {
            before += copies::count(entry.get_ref());
            index < before
        })?;
        for key in keys {
            match value.get_ref().get(key) {
                Some(inner) => value = inner,
                None => break,
            }
        }
        Some(value.span())
    }
}

impl Network {
    /// Where a diagnostic about `path` points.
    pub(crate) fn place(&self, path: KeyPath) -> Place {
        let described = path.describe(self);
        match &self.origin {
            None => Place::named(described),
            Some(origin) => match path.span(&origin.text, self) {
                Some(span) => Place::in_text(&origin.path, &origin.text, span),
                None => Place::named(format!("{}: {described}", origin.path)),
            },
        }
    }

    /// Gives problems their places; copies of one table of a file share theirs, and so their problems. A problem inside a rule's text has a place
    /// already; it only learns the file's name.
    pub(crate) fn locate(&self, problems: Vec<Problem>) -> Vec<Diagnostic> {
        let place = |problem: Problem| match (problem.diagnostic.place.clone(), &self.origin) {
            (None, _) => problem.diagnostic.at(self.place(problem.path)),
            (Some(inner), Some(origin)) => {
                problem.diagnostic.at(Place { origin: format!("{}: {}", origin.path, inner.origin), ..inner })
            }
            (Some(_), None) => problem.diagnostic,
        };
        let mut located: Vec<Diagnostic> = problems.into_iter().map(place).collect();
        located.dedup();
        located
    }
}
