//! What a name means.

use crate::diagnostic::nearest;
use crate::nmx::operand::{Code, Kind, Parameter, Register, Source, Special, State};
use std::collections::BTreeMap;

/// What a declaration gives a name to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Declared {
    State(u8),
    Parameter(u8),
    Table(u8),
}

/// What a word in an operand means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meaning {
    /// Something to read.
    Source(Source),
    /// A lookup table.
    Table(u8),
    /// `p0`..`p3`.
    Predicate(u8),
    /// An input that the other kind of program has.
    OtherKind(Kind),
    /// A number past the last register (`r16`), declared state word or parameter: what it would be, how many there are.
    PastEnd(&'static str, usize),
    /// Nothing.
    Unknown,
}

/// The names of a program.
#[derive(Debug, Clone, Default)]
pub(super) struct Scope {
    /// `None` if `.kind` is missing or wrong: then the inputs of both kinds are known.
    pub(super) kind: Option<Kind>,
    pub(super) names: BTreeMap<String, Declared>,
    pub(super) states: usize,
    pub(super) parameters: usize,
    pub(super) tables: usize,
}

impl Scope {
    /// What `word` means.
    pub(super) fn meaning(&self, word: &str) -> Meaning {
        if let Some(declared) = self.names.get(word) {
            return match *declared {
                Declared::State(index) => source(State::new(index).map(Source::State)),
                Declared::Parameter(index) => source(Parameter::new(index).map(Source::Parameter)),
                Declared::Table(index) => Meaning::Table(index),
            };
        }
        if let Some((letter, number)) = numbered(word) {
            return match letter {
                'r' => bounded(number, 16, "register", |n| Register::new(n).map(Source::Register)),
                's' => bounded(number, self.states, "state word", |n| State::new(n).map(Source::State)),
                'k' => bounded(number, self.parameters, "parameter", |n| Parameter::new(n).map(Source::Parameter)),
                _ => u8::try_from(number).map_or(Meaning::Unknown, Meaning::Predicate),
            };
        }
        for kind in Kind::ALL {
            let is_ours = self.kind.is_none_or(|ours| ours == kind);
            if let (true, Some(special)) = (is_ours, Special::named(kind, word)) {
                return Meaning::Source(Source::Special(special));
            }
        }
        let other = Kind::ALL.into_iter().find(|&kind| Special::named(kind, word).is_some());
        other.map_or(Meaning::Unknown, Meaning::OtherKind)
    }

    /// The name that `word` was perhaps meant to be, among what can be read.
    pub(super) fn suggestion(&self, word: &str) -> Option<&str> {
        let kinds = Kind::ALL.into_iter().filter(|&kind| self.kind.is_none_or(|ours| ours == kind));
        let specials = kinds.flat_map(|kind| Special::all(kind).map(|(_, name)| name));
        nearest(word, self.values().chain(specials))
    }

    /// The state or parameter that `word` was perhaps meant to be.
    pub(super) fn declared_suggestion(&self, word: &str) -> Option<&str> {
        nearest(word, self.values())
    }

    /// Names of states and parameters.
    fn values(&self) -> impl Iterator<Item = &str> {
        let values = self.names.iter().filter(|(_, declared)| !matches!(declared, Declared::Table(_)));
        values.map(|(name, _)| name.as_str())
    }

    /// The table that `word` was perhaps meant to be.
    pub(super) fn table_suggestion(&self, word: &str) -> Option<&str> {
        let tables = self.names.iter().filter(|(_, declared)| matches!(declared, Declared::Table(_)));
        nearest(word, tables.map(|(name, _)| name.as_str()))
    }
}

fn source(source: Option<Source>) -> Meaning {
    source.map_or(Meaning::Unknown, Meaning::Source)
}

fn bounded(number: u32, count: usize, what: &'static str, of: impl Fn(u8) -> Option<Source>) -> Meaning {
    let legal = u8::try_from(number).ok().filter(|&number| usize::from(number) < count).and_then(of);
    legal.map_or(Meaning::PastEnd(what, count), Meaning::Source)
}

/// The letter and number of `r3`, `s0`, `k12`, `p1`: names by number. `r03` is not one.
pub(super) fn numbered(word: &str) -> Option<(char, u32)> {
    let letter = word.chars().next().filter(|c| matches!(c, 'r' | 's' | 'k' | 'p'))?;
    let digits = &word[1..];
    let is_plain = digits == "0" || !digits.starts_with(['0', '+']);
    // A number that does not fit is still a number, and past every end.
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) && is_plain;
    is_number.then(|| (letter, digits.parse().unwrap_or(u32::MAX)))
}

/// What already has the name `word`, in programs of any kind.
pub(super) fn taken_by(word: &str) -> Option<&'static str> {
    match numbered(word) {
        Some(('r', _)) => Some("a register"),
        Some(('s', _)) => Some("a state word by number"),
        Some(('k', _)) => Some("a parameter by number"),
        Some(_) => Some("a predicate"),
        None => Kind::ALL.iter().any(|&kind| Special::named(kind, word).is_some()).then_some("an input"),
    }
}

/// Whether a declaration can have the name `word`.
pub(in crate::nmx) fn is_free_name(word: &str) -> bool {
    let is_word = word.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    is_word && !word.is_empty() && !word.starts_with(|c: char| c.is_ascii_digit()) && taken_by(word).is_none()
}

/// The code of a source.
pub(super) fn code(source: Source) -> i32 {
    source.code()
}
