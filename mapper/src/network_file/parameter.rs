//! A value in a network file: a number, a list, an array of a file, or a distribution.

use super::Reader;
use crate::origin::KeyPath;
use crate::parameter::Parameter;
use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};
use std::fmt;

/// A value as written.
#[derive(Debug)]
pub(super) enum ParameterEntry {
    Number(f64),
    List(Vec<f64>),
    Table(ParameterTable),
}

/// `{ npz = "w.npz", array = "w" }` or `{ distribution = "normal", mean = 10, sd = 2 }`
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ParameterTable {
    npz: Option<String>,
    array: Option<String>,
    distribution: Option<DistributionName>,
    low: Option<f64>,
    high: Option<f64>,
    mean: Option<f64>,
    sd: Option<f64>,
    median: Option<f64>,
    sigma: Option<f64>,
    values: Option<Vec<f64>>,
    levels: Option<i64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum DistributionName {
    Uniform,
    Normal,
    LogNormal,
    Choice,
}

impl<'de> Deserialize<'de> for ParameterEntry {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct EntryVisitor;
        impl<'de> Visitor<'de> for EntryVisitor {
            type Value = ParameterEntry;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number, a list of numbers, { npz = \"...\" } or { distribution = \"...\" }")
            }
            fn visit_i64<E>(self, value: i64) -> Result<ParameterEntry, E> {
                Ok(ParameterEntry::Number(value as f64))
            }
            fn visit_u64<E>(self, value: u64) -> Result<ParameterEntry, E> {
                Ok(ParameterEntry::Number(value as f64))
            }
            fn visit_f64<E>(self, value: f64) -> Result<ParameterEntry, E> {
                Ok(ParameterEntry::Number(value))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<ParameterEntry, A::Error> {
                let mut values = Vec::new();
                while let Some(value) = sequence.next_element()? {
                    values.push(value);
                }
                Ok(ParameterEntry::List(values))
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<ParameterEntry, A::Error> {
                ParameterTable::deserialize(MapAccessDeserializer::new(map)).map(ParameterEntry::Table)
            }
        }
        deserializer.deserialize_any(EntryVisitor)
    }
}

impl Reader<'_> {
    /// The value of a key, or `absent` if it is not there.
    pub(super) fn parameter_or(&mut self, path: KeyPath, entry: Option<ParameterEntry>, absent: f64) -> Parameter {
        entry.map_or(Parameter::Constant(absent), |entry| self.parameter(path, entry))
    }

    /// The value of a key.
    pub(super) fn parameter(&mut self, path: KeyPath, entry: ParameterEntry) -> Parameter {
        match entry {
            ParameterEntry::Number(value) => Parameter::Constant(value),
            ParameterEntry::List(values) => Parameter::Array(values),
            ParameterEntry::Table(table) => {
                self.parameter_table(path, table).unwrap_or_else(|(code, message, help)| {
                    self.problems.push(path.problem(code, message, help));
                    Parameter::Constant(1.0)
                })
            }
        }
    }

    fn parameter_table(
        &mut self,
        path: KeyPath,
        table: ParameterTable,
    ) -> Result<Parameter, (&'static str, String, String)> {
        let key = path.key;
        let keys = table.keys();
        let refuse_others = |what: &str, allowed: &[&str]| match keys.iter().find(|key| !allowed.contains(key)) {
            Some(other) => Err((
                "E-NET-CONFLICT",
                format!("`{other}` does not belong to {what}"),
                format!("{what} takes: {}", allowed.join(", ")),
            )),
            None => Ok(()),
        };
        let need = |name: &str, value: Option<f64>| {
            value.ok_or_else(|| {
                ("E-NET-MISSING", format!("the distribution of {key} has no `{name}`"), format!("add {name} = ..."))
            })
        };
        let levels = match table.levels {
            None => None,
            Some(levels) => Some(
                u32::try_from(levels)
                    .map_err(|_| ("E-NET-RANGE", format!("levels is {levels}"), "use 1 or more levels".to_owned()))?,
            ),
        };
        let low = table.low.unwrap_or(f64::NEG_INFINITY);
        let high = table.high.unwrap_or(f64::INFINITY);
        match (&table.npz, table.distribution) {
            (Some(file), None) => {
                refuse_others("an array of a file", &["npz", "array"])?;
                self.files.numbers(file, table.array.as_deref()).map(Parameter::Array)
            }
            (None, Some(DistributionName::Uniform)) => {
                refuse_others("a uniform distribution", &["distribution", "low", "high", "levels"])?;
                Ok(Parameter::Uniform { low: need("low", table.low)?, high: need("high", table.high)?, levels })
            }
            (None, Some(DistributionName::Normal)) => {
                refuse_others("a normal distribution", &["distribution", "mean", "sd", "low", "high", "levels"])?;
                Ok(Parameter::Normal { mean: need("mean", table.mean)?, sd: need("sd", table.sd)?, low, high, levels })
            }
            (None, Some(DistributionName::LogNormal)) => {
                refuse_others(
                    "a lognormal distribution",
                    &["distribution", "median", "sigma", "low", "high", "levels"],
                )?;
                Ok(Parameter::LogNormal {
                    median: need("median", table.median)?,
                    sigma: need("sigma", table.sigma)?,
                    low,
                    high,
                    levels,
                })
            }
            (None, Some(DistributionName::Choice)) => {
                refuse_others("a choice", &["distribution", "values"])?;
                let values = table.values.ok_or_else(|| {
                    ("E-NET-MISSING", format!("the choice of {key} has no `values`"), "add values = [...]".to_owned())
                })?;
                Ok(Parameter::Choice { values })
            }
            (Some(_), Some(_)) => {
                Err(("E-NET-CONFLICT", format!("{key} has npz and distribution"), "give one of them".to_owned()))
            }
            (None, None) => Err((
                "E-NET-MISSING",
                format!("{key} has neither npz nor distribution"),
                "add npz = \"file.npz\" or distribution = \"uniform\", \"normal\", \"lognormal\" or \"choice\""
                    .to_owned(),
            )),
        }
    }
}

impl ParameterTable {
    /// The keys that are there.
    fn keys(&self) -> Vec<&'static str> {
        let all = [
            ("npz", self.npz.is_some()),
            ("array", self.array.is_some()),
            ("distribution", self.distribution.is_some()),
            ("low", self.low.is_some()),
            ("high", self.high.is_some()),
            ("mean", self.mean.is_some()),
            ("sd", self.sd.is_some()),
            ("median", self.median.is_some()),
            ("sigma", self.sigma.is_some()),
            ("values", self.values.is_some()),
            ("levels", self.levels.is_some()),
        ];
        all.into_iter().filter_map(|(key, is_there)| is_there.then_some(key)).collect()
    }
}
