//! `--set KEY=VALUE`: a key of the experiment file, given on the command line.

use caudate_isa::diagnostic::{Diagnostic, Place};
use std::borrow::Cow;
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeArray, DeTable, DeValue};

/// One override.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Override {
    flag: &'static str,
    text: String,
    equals: usize,
}

impl Override {
    /// Takes `KEY=VALUE` apart: the key is dotted, and a number picks an element of a list of tables (`stimulus.0.rate_per_step`). The value
    /// is TOML, or else a string.
    ///
    /// # Errors
    /// `E-EXP-SET` if there is no `=`, or no key before it.
    pub fn parse(text: &str) -> Result<Self, Box<Diagnostic>> {
        Self::given_by("--set", text.to_owned())
    }

    /// The override behind `--seed`.
    #[must_use]
    pub fn seed(seed: u64) -> Self {
        Self { flag: "--seed", text: format!("seed={seed}"), equals: "seed".len() }
    }

    fn given_by(flag: &'static str, text: String) -> Result<Self, Box<Diagnostic>> {
        let fail = |message: &str, span: Range<usize>| {
            let help = "write --set KEY=VALUE, such as --set seed=2";
            Err(Box::new(Diagnostic::new("E-EXP-SET", message).at(Place::in_text(flag, &text, span)).help(help)))
        };
        match text.find('=') {
            None => fail("an override needs a key, `=` and a value", 0..text.len()),
            Some(equals) if text[..equals].split('.').any(|segment| segment.trim().is_empty()) => {
                fail("a part of the key is empty", 0..equals)
            }
            Some(equals) => Ok(Self { flag, text, equals }),
        }
    }

    /// The option that it came by.
    pub(super) const fn flag(&self) -> &'static str {
        self.flag
    }

    /// `KEY=VALUE`.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// The parts of the key with their place in the text.
    pub(super) fn segments(&self) -> Vec<(&str, Range<usize>)> {
        let mut start = 0;
        let mut all = Vec::new();
        for segment in self.text[..self.equals].split('.') {
            let name = segment.trim();
            let at = start + segment.len() - segment.trim_start().len();
            all.push((name, at..at + name.len()));
            start += segment.len() + 1;
        }
        all
    }

    /// The value, its spans moved by `base`.
    pub(super) fn value(&self, base: usize) -> Spanned<DeValue<'_>> {
        let start = self.equals + 1;
        let text = &self.text[start..];
        match DeValue::parse(text) {
            Ok(value) => moved(value, base + start),
            Err(_) => Spanned::new(base + start..base + self.text.len(), DeValue::String(Cow::Borrowed(text))),
        }
    }
}

fn moved(value: Spanned<DeValue<'_>>, by: usize) -> Spanned<DeValue<'_>> {
    let shift = |span: Range<usize>| span.start + by..span.end + by;
    let span = shift(value.span());
    let inner = match value.into_inner() {
        DeValue::Array(elements) => {
            DeValue::Array(elements.into_iter().map(|element| moved(element, by)).collect::<DeArray<'_>>())
        }
        DeValue::Table(table) => {
            let entries = table
                .into_iter()
                .map(|(key, value)| (Spanned::new(shift(key.span()), key.into_inner()), moved(value, by)));
            DeValue::Table(entries.collect::<DeTable<'_>>())
        }
        plain => plain,
    };
    Spanned::new(span, inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_toml_or_else_a_string() {
        let holds = |text: &str, test: fn(&DeValue<'_>) -> bool| {
            let given = Override::parse(text).unwrap();
            assert!(test(given.value(0).get_ref()), "{text}");
        };
        holds("steps=10", |value| value.is_integer());
        holds("rate=0.5", |value| value.is_float());
        holds("dopamine=global", |value| value.as_str() == Some("global"));
        holds("dopamine=\"global\"", |value| value.as_str() == Some("global"));
        holds("dopamine=", |value| value.as_str() == Some(""));
        holds("cost=[\"a\", \"b\"]", |value| value.as_array().is_some_and(|all| all.len() == 2));
        holds("task={ kind = \"classify\" }", |value| value.get("kind").is_some());
    }

    #[test]
    fn a_key_is_taken_apart_with_its_places() {
        let given = Override::parse("stimulus.0.rate=1").unwrap();
        assert_eq!(given.segments(), [("stimulus", 0..8), ("0", 9..10), ("rate", 11..15)]);
        assert_eq!(given.value(100).span(), 116..117);
    }

    #[test]
    fn what_is_no_override_is_refused() {
        for text in ["steps", "=3", "a..b=3"] {
            assert!(Override::parse(text).unwrap_err().to_string().contains("E-EXP-SET"), "{text}");
        }
    }
}
