//! The text of an experiment with its overrides, as one tree whose every value knows where it was written.
//!
//! An override's spans continue where the file's end, so that one number tells file and overrides apart and each diagnostic shows
//! the text that its author wrote.

use super::overrides::Override;
use crate::error::Error;
use caudate_core::chip::toml_diagnostic;
use caudate_isa::diagnostic::{Diagnostic, Place};
use std::borrow::Cow;
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeArray, DeTable, DeValue};

/// A file's text and the overrides given with it.
#[derive(Debug, Clone)]
pub(super) struct Document {
    path: String,
    text: String,
    overrides: Vec<Override>,
}

impl Document {
    pub(super) fn new(path: &str, text: String, overrides: &[Override]) -> Self {
        Self { path: path.to_owned(), text, overrides: overrides.to_vec() }
    }

    /// The path, as diagnostics name it.
    pub(super) fn path(&self) -> &str {
        &self.path
    }

    /// Where an override's spans begin. A gap of one keeps the end of one text apart from the start of the next.
    fn base(&self, index: usize) -> usize {
        self.overrides[..index].iter().fold(self.text.len() + 1, |base, earlier| base + earlier.text().len() + 1)
    }

    /// The place that a span shows.
    pub(super) fn place(&self, span: Range<usize>) -> Place {
        let index = (0..self.overrides.len()).rev().find(|index| span.start >= self.base(*index));
        match index {
            None => Place::in_text(&self.path, &self.text, span),
            Some(index) => {
                let base = self.base(index);
                let given = &self.overrides[index];
                Place::in_text(given.flag(), given.text(), span.start - base..span.end.saturating_sub(base))
            }
        }
    }

    /// The tree, overrides applied.
    pub(super) fn tree(&self) -> Result<Spanned<DeTable<'_>>, Error> {
        let mut root = DeTable::parse(&self.text)
            .map_err(|error| Error::Invalid(vec![toml_diagnostic("E-EXP-SYNTAX", &self.path, &self.text, &error)]))?;
        let mut problems = Vec::new();
        for (index, given) in self.overrides.iter().enumerate() {
            let target = Target { document: self, given, base: self.base(index) };
            if let Err(problem) = target.set_in_table(root.get_mut(), &given.segments()) {
                problems.push(*problem);
            }
        }
        if problems.is_empty() { Ok(root) } else { Err(Error::Invalid(problems)) }
    }
}

/// An override on its way to the place that its key names.
struct Target<'i> {
    document: &'i Document,
    given: &'i Override,
    base: usize,
}

/// A part of an override's key with its place in the override.
type Segment<'i> = (&'i str, Range<usize>);

impl<'i> Target<'i> {
    fn refuse(&self, at: &Range<usize>, message: String, help: String) -> Box<Diagnostic> {
        let place = self.document.place(self.base + at.start..self.base + at.end);
        Box::new(Diagnostic::new("E-EXP-SET", message).at(place).help(help))
    }

    fn set_in_table(&self, table: &mut DeTable<'i>, way: &[Segment<'i>]) -> Result<(), Box<Diagnostic>> {
        let Some(((name, at), rest)) = way.split_first() else { return Ok(()) };
        let span = self.base + at.start..self.base + at.end;
        if rest.is_empty() {
            // The key must carry the override's span too, and an insertion would keep the old one.
            table.remove(*name);
            table.insert(Spanned::new(span, Cow::Borrowed(*name)), self.given.value(self.base));
            return Ok(());
        }
        if !table.contains_key(*name) {
            table.insert(
                Spanned::new(span.clone(), Cow::Borrowed(*name)),
                Spanned::new(span, DeValue::Table(DeTable::new())),
            );
        }
        let Some(next) = table.get_mut(*name) else { return Ok(()) };
        match next.get_mut() {
            DeValue::Table(inner) => self.set_in_table(inner, rest),
            DeValue::Array(elements) => self.set_in_list(name, elements, rest),
            _ => Err(self.refuse(
                at,
                format!("`{name}` is a single value and has no key inside"),
                format!("write {name}=VALUE"),
            )),
        }
    }

    fn set_in_list(&self, list: &str, elements: &mut DeArray<'i>, way: &[Segment<'i>]) -> Result<(), Box<Diagnostic>> {
        let Some(((number, at), rest)) = way.split_first() else { return Ok(()) };
        let length = elements.len();
        let Some(element) = number.parse::<usize>().ok().and_then(|index| elements.get_mut(index)) else {
            let message = format!("`{list}` is a list of {length}; `{number}` is not the number of one of them");
            return Err(self.refuse(at, message, format!("write {list}.NUMBER.KEY=VALUE; numbers count from 0")));
        };
        if rest.is_empty() {
            *element = self.given.value(self.base);
            return Ok(());
        }
        match element.get_mut() {
            DeValue::Table(inner) => self.set_in_table(inner, rest),
            _ => Err(self.refuse(
                at,
                format!("element {number} of `{list}` has no key inside"),
                format!("write {list}.{number}=VALUE"),
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str, overrides: &[&str], key: &str) -> String {
        let overrides: Vec<Override> = overrides.iter().map(|text| Override::parse(text).unwrap()).collect();
        let document = Document::new("e.toml", text.to_owned(), &overrides);
        let tree = document.tree().unwrap_or_else(|error| panic!("{error}"));
        let mut value = &DeValue::Table(tree.into_inner());
        let mut span = 0..0;
        for segment in key.split('.') {
            let next = match segment.parse::<usize>() {
                Ok(index) => value.get(index),
                Err(_) => value.get(segment),
            };
            let next = next.unwrap_or_else(|| panic!("no {segment}"));
            (span, value) = (next.span(), next.get_ref());
        }
        Diagnostic::new("E-TEST", "here").at(document.place(span)).to_string()
    }

    #[test]
    fn values_point_at_the_file_or_at_the_override_that_gave_them() {
        let text = "steps = 10\n[[stimulus]]\nrate = 0.5\n";
        assert!(shown(text, &["seed=3"], "steps").contains("e.toml:1:9"));
        assert!(shown(text, &["seed=3", "steps=20"], "seed").contains("--set:1:6"));
        assert!(shown(text, &["seed=3", "steps=20"], "steps").contains("steps=20"));
        assert!(shown(text, &["stimulus.0.rate=0.25"], "stimulus.0.rate").contains("--set:1:17"));
        assert!(shown(text, &["task.reward=[1, 2]"], "task.reward.1").contains("--set:1:17"));
    }

    #[test]
    fn an_override_without_a_target_is_refused() {
        for (set, said) in [
            ("steps.x=1", "single value"),
            ("stimulus.1.rate=1", "list of 1"),
            ("stimulus.rate=1", "`rate` is not the number"),
        ] {
            let document = Document::new(
                "e.toml",
                "steps = 1\n[[stimulus]]\nrate = 1".to_owned(),
                &[Override::parse(set).unwrap()],
            );
            let error = document.tree().unwrap_err().to_string();
            assert!(error.contains(said) && error.contains(set), "{error}");
        }
    }
}
