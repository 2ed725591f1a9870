//! Reads the tables of an experiment key by key and keeps every problem, so that all of them are told at once.

use super::document::Document;
use caudate_isa::diagnostic::{Diagnostic, Place, nearest};
use std::fmt::Display;
use std::ops::{Range, RangeInclusive};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A value with the place it was written at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Placed<T> {
    pub(super) value: T,
    pub(super) place: Place,
}

/// A table with the place it begins at.
#[derive(Debug, Clone, Copy)]
pub(super) struct Table<'t, 'i> {
    pub(super) items: &'t DeTable<'i>,
    start: usize,
}

impl<'t, 'i> Table<'t, 'i> {
    pub(super) fn root(tree: &'t Spanned<DeTable<'i>>) -> Self {
        Self { items: tree.get_ref(), start: 0 }
    }

    fn span(&self) -> Range<usize> {
        self.start..self.start
    }

    fn get(&self, key: &str) -> Option<&'t Spanned<DeValue<'i>>> {
        self.items.get(key)
    }
}

/// Reads a document's tables.
#[derive(Debug)]
pub(super) struct Reader<'d> {
    document: &'d Document,
    pub(super) problems: Vec<Diagnostic>,
    /// Keys that a misspelt one was probably meant to be, with their table: they are not reported as missing too.
    misspelt: Vec<(usize, String)>,
}

impl<'d> Reader<'d> {
    pub(super) const fn new(document: &'d Document) -> Self {
        Self { document, problems: Vec::new(), misspelt: Vec::new() }
    }

    pub(super) fn refuse(
        &mut self,
        code: &'static str,
        span: Range<usize>,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        self.refuse_at(code, self.document.place(span), message, help);
    }

    pub(super) fn refuse_at(
        &mut self,
        code: &'static str,
        place: Place,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        self.problems.push(Diagnostic::new(code, message).at(place).help(help));
    }

    /// Where a key's value was written.
    pub(super) fn place_of(&self, table: Table<'_, '_>, key: &str) -> Option<Place> {
        table.get(key).map(|value| self.document.place(value.span()))
    }

    /// Reports keys that `known` does not hold.
    pub(super) fn close(&mut self, table: Table<'_, '_>, known: &[&str]) {
        for key in table.items.keys() {
            let name = key.get_ref().as_ref();
            if !known.contains(&name) {
                let meant = nearest(name, known.iter().copied())
                    .or_else(|| known.iter().copied().find(|known| known.starts_with(name)));
                let help = match meant {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("known keys: {}", known.join(", ")),
                };
                self.misspelt.extend(meant.map(|near| (table.start, near.to_owned())));
                self.refuse("E-EXP-KEY", key.span(), format!("unknown key `{name}`"), help);
            }
        }
    }

    fn wrong_type(&mut self, key: &str, value: &Spanned<DeValue<'_>>, needed: &str) {
        let found = match value.get_ref() {
            DeValue::String(text) => format!("the text \"{text}\""),
            DeValue::Integer(number) => number.to_string(),
            DeValue::Float(number) => number.to_string(),
            DeValue::Boolean(truth) => truth.to_string(),
            DeValue::Datetime(time) => time.to_string(),
            DeValue::Array(_) => "a list".to_owned(),
            DeValue::Table(_) => "a table".to_owned(),
        };
        self.refuse("E-EXP-TYPE", value.span(), format!("`{key}` is {found}, not {needed}"), format!("write {needed}"));
    }

    /// A text.
    pub(super) fn text(&mut self, table: Table<'_, '_>, key: &str) -> Option<Placed<String>> {
        let value = table.get(key)?;
        match value.get_ref() {
            DeValue::String(text) if !text.is_empty() => Some(self.placed(value, text.to_string())),
            DeValue::String(_) => {
                self.refuse(
                    "E-EXP-TYPE",
                    value.span(),
                    format!("`{key}` is empty"),
                    "give it a value, or leave the key out",
                );
                None
            }
            _ => {
                self.wrong_type(key, value, "a text in quotes");
                None
            }
        }
    }

    fn placed<T>(&self, at: &Spanned<DeValue<'_>>, value: T) -> Placed<T> {
        Placed { value, place: self.document.place(at.span()) }
    }

    /// A whole number within a range.
    pub(super) fn whole<N>(&mut self, table: Table<'_, '_>, key: &str, range: RangeInclusive<N>) -> Option<N>
    where
        N: Copy + Display + PartialOrd + TryFrom<i128>,
    {
        let value = table.get(key)?;
        let DeValue::Integer(number) = value.get_ref() else {
            self.wrong_type(key, value, "a whole number");
            return None;
        };
        let wide = i128::from_str_radix(number.as_str(), number.radix()).ok();
        let fitting = wide.and_then(|wide| N::try_from(wide).ok()).filter(|number| range.contains(number));
        if fitting.is_none() {
            self.out_of_range(key, value, number, range.start(), range.end());
        }
        fitting
    }

    /// A number within 0..=1.
    pub(super) fn probability(&mut self, table: Table<'_, '_>, key: &str) -> Option<f64> {
        let number = self.number(table, key, "a number from 0 to 1")?;
        let fitting = (0.0..=1.0).contains(&number).then_some(number);
        if let (None, Some(value)) = (fitting, table.get(key)) {
            self.out_of_range(key, value, &number, &0, &1);
        }
        fitting
    }

    /// A number, whole or not.
    pub(super) fn number(&mut self, table: Table<'_, '_>, key: &str, needed: &str) -> Option<f64> {
        let value = table.get(key)?;
        let number: Option<f64> = match value.get_ref() {
            DeValue::Integer(number) => number.to_string().parse().ok(),
            DeValue::Float(number) => number.as_str().parse().ok(),
            _ => None,
        };
        if number.is_none() {
            self.wrong_type(key, value, needed);
        }
        number
    }

    /// Yes or no.
    pub(super) fn truth(&mut self, table: Table<'_, '_>, key: &str) -> Option<bool> {
        let value = table.get(key)?;
        let truth = value.get_ref().as_bool();
        if truth.is_none() {
            self.wrong_type(key, value, "true or false");
        }
        truth
    }

    fn out_of_range(
        &mut self,
        key: &str,
        at: &Spanned<DeValue<'_>>,
        is: &dyn Display,
        low: &dyn Display,
        high: &dyn Display,
    ) {
        let message = format!("`{key}` is {is}; the range is {low}..={high}");
        self.refuse("E-EXP-RANGE", at.span(), message, format!("use {low}..={high}"));
    }

    /// A list of texts.
    pub(super) fn texts(&mut self, table: Table<'_, '_>, key: &str) -> Option<Vec<Placed<String>>> {
        let value = table.get(key)?;
        // One text stands for a list of one, so that `--set cost=NAME` reads as it should.
        if value.get_ref().is_str() {
            return Some(self.text(table, key).into_iter().collect());
        }
        let Some(elements) = value.get_ref().as_array() else {
            self.wrong_type(key, value, "a list of texts");
            return None;
        };
        let mut all = Vec::new();
        for element in elements {
            match element.get_ref().as_str() {
                Some(text) => all.push(self.placed(element, text.to_owned())),
                None => self.wrong_type(key, element, "a list of texts"),
            }
        }
        Some(all)
    }

    /// A list of whole numbers within a range.
    pub(super) fn members(&mut self, table: Table<'_, '_>, key: &str) -> Option<Vec<u32>> {
        let value = table.get(key)?;
        let Some(elements) = value.get_ref().as_array() else {
            self.wrong_type(key, value, "a list of whole numbers");
            return None;
        };
        let mut all = Vec::new();
        for element in elements {
            let number = element.get_ref().as_integer();
            match number.and_then(|number| u32::from_str_radix(number.as_str(), number.radix()).ok()) {
                Some(member) => all.push(member),
                None => self.wrong_type(key, element, "a list of whole numbers of at least 0"),
            }
        }
        Some(all)
    }

    /// A table inside a table.
    pub(super) fn table<'t, 'i>(&mut self, table: Table<'t, 'i>, key: &str) -> Option<Table<'t, 'i>> {
        let value = table.get(key)?;
        let inner = value.get_ref().as_table();
        if inner.is_none() {
            self.wrong_type(key, value, "a table");
        }
        inner.map(|items| Table { items, start: value.span().start })
    }

    /// The tables of `[[key]]`.
    pub(super) fn tables<'t, 'i>(&mut self, table: Table<'t, 'i>, key: &str) -> Vec<Table<'t, 'i>> {
        let Some(value) = table.get(key) else { return Vec::new() };
        let Some(elements) = value.get_ref().as_array() else {
            self.wrong_type(key, value, &format!("a list of tables, each under a line [[{key}]]"));
            return Vec::new();
        };
        let mut all = Vec::new();
        for element in elements {
            match element.get_ref().as_table() {
                Some(items) => all.push(Table { items, start: element.span().start }),
                None => self.wrong_type(key, element, "a table"),
            }
        }
        all
    }

    /// A key that must be there; `None` is reported, unless something was there and has been reported already.
    pub(super) fn required<T>(&mut self, table: Table<'_, '_>, key: &str, value: Option<T>, help: &str) -> Option<T> {
        let is_misspelt = self.misspelt.iter().any(|(start, meant)| *start == table.start && meant == key);
        if value.is_none() && table.get(key).is_none() && !is_misspelt {
            self.refuse("E-EXP-MISSING", table.span(), format!("`{key}` is missing"), help);
        }
        value
    }
}
