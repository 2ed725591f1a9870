//! The sweep file.

use crate::error::Error;
use caudate_core::chip::toml_diagnostic;
use caudate_core::file;
use caudate_isa::diagnostic::{Diagnostic, Place};
use serde::Deserialize;
use std::path::{Path, PathBuf};

/// Points of a sweep at most.
const MOST_POINTS: u64 = 1_000_000;

/// How points are chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Search {
    /// All of them.
    #[default]
    Grid,
    /// `points` of them, drawn without repetition.
    Random,
    /// A coarse grid first, then the neighbours of the front, at half the distance in each round, up to `points` in all.
    Refine,
}

/// A parameter and its values.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Axis {
    /// `experiment.`, `network.`, `chip.` or `cost.` and a dotted key there; in a list of tables a number, a name or `*`.
    pub key: String,
    /// Values, in their order.
    #[serde(default)]
    pub values: Vec<toml::Value>,
    /// In place of `values`: evenly spaced from here,
    #[serde(default)]
    low: Option<f64>,
    /// to here,
    #[serde(default)]
    high: Option<f64>,
    /// so many.
    #[serde(default)]
    count: Option<u32>,
}

/// A sweep, as its file says.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sweep {
    /// Its name.
    pub name: String,
    /// The experiment, relative to the sweep's folder.
    pub experiment: PathBuf,
    /// How points are chosen.
    #[serde(default)]
    pub search: Search,
    /// Points of a search that is no grid.
    #[serde(default)]
    pub points: Option<u64>,
    /// Seed of a random search.
    #[serde(default)]
    pub seed: u64,
    /// The parameters.
    #[serde(rename = "axis")]
    pub axes: Vec<Axis>,
}

impl Sweep {
    /// Reads a sweep file.
    ///
    /// # Errors
    /// [`Error::Invalid`] with what is wrong.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let folder = path.parent().unwrap_or(Path::new(""));
        let mut sweep = Self::from_toml(&file::read_text(path)?, &path.display().to_string())?;
        sweep.experiment = folder.join(&sweep.experiment);
        Ok(sweep)
    }

    /// Takes a sweep out of a text; `origin` names it in diagnostics.
    ///
    /// # Errors
    /// [`Error::Invalid`] with what is wrong.
    pub fn from_toml(text: &str, origin: &str) -> Result<Self, Error> {
        let mut sweep: Self = toml::from_str(text)
            .map_err(|error| Error::Invalid(vec![toml_diagnostic("E-SWEEP-SYNTAX", origin, text, &error)]))?;
        let mut problems = Vec::new();
        let mut refuse = |at: &str, message: String, help: &str| {
            problems
                .push(Diagnostic::new("E-SWEEP-RANGE", message).at(Place::named(format!("{origin}: {at}"))).help(help));
        };
        for axis in &mut sweep.axes {
            if let Err((message, help)) = axis.expand() {
                refuse(&axis.key, message, help);
            }
        }
        for (index, axis) in sweep.axes.iter().enumerate() {
            if sweep.axes[..index].iter().any(|earlier| earlier.key == axis.key) {
                refuse(&axis.key, "two axes have the same key".to_owned(), "join their values in one axis");
            }
        }
        if sweep.axes.is_empty() {
            refuse(
                "axis",
                "a sweep without axes has nothing to explore".to_owned(),
                "add [[axis]] with key and values",
            );
        }
        if sweep.size().is_none_or(|size| size > MOST_POINTS) {
            refuse("axis", format!("the axes span more than {MOST_POINTS} points"), "use fewer values, or fewer axes");
        }
        match (sweep.search, sweep.points) {
            (Search::Grid, Some(_)) => {
                refuse("points", "a grid runs all its points".to_owned(), "leave `points` out, or search = \"random\"");
            }
            (Search::Random | Search::Refine, None | Some(0)) => {
                refuse("points", "the search needs a number of points".to_owned(), "say how many: points = 50");
            }
            _ => {}
        }
        if problems.is_empty() { Ok(sweep) } else { Err(Error::Invalid(problems)) }
    }

    /// Points of the whole grid; `None` if there are more than 2^64.
    #[must_use]
    pub fn size(&self) -> Option<u64> {
        self.axes.iter().try_fold(1_u64, |size, axis| size.checked_mul(axis.values.len() as u64))
    }

    /// Which value of each axis a point of the grid has; the last axis moves fastest.
    #[must_use]
    pub fn indices(&self, point: u64) -> Vec<usize> {
        let mut rest = point;
        let mut indices: Vec<usize> = self
            .axes
            .iter()
            .rev()
            .map(|axis| {
                let count = axis.values.len().max(1) as u64;
                let index = rest % count;
                rest /= count;
                index as usize
            })
            .collect();
        indices.reverse();
        indices
    }

    /// The point with these values.
    #[must_use]
    pub fn point(&self, indices: &[usize]) -> u64 {
        self.axes.iter().zip(indices).fold(0, |point, (axis, index)| point * axis.values.len() as u64 + *index as u64)
    }

    /// The settings of a point: axis and value.
    #[must_use]
    pub fn settings(&self, point: u64) -> Vec<(&str, &toml::Value)> {
        let indices = self.indices(point);
        self.axes.iter().zip(indices).map(|(axis, index)| (axis.key.as_str(), &axis.values[index])).collect()
    }
}

impl Axis {
    fn expand(&mut self) -> Result<(), (String, &'static str)> {
        const HELP: &str = "give values = [...], or low, high and count";
        match (self.low, self.high, self.count) {
            (None, None, None) if !self.values.is_empty() => Ok(()),
            (Some(low), Some(high), Some(count)) if self.values.is_empty() => {
                if !(low.is_finite() && high.is_finite() && low < high && (2..=10_000).contains(&count)) {
                    return Err((
                        format!("{count} values from {low} to {high} are no range"),
                        "use low < high and 2..=10000 values",
                    ));
                }
                let value = |index: u32| low + (high - low) * f64::from(index) / f64::from(count - 1);
                let all: Vec<f64> = (0..count).map(value).collect();
                // Whole numbers stay whole: most parameters are.
                let is_whole = all.iter().all(|value| value.fract() == 0.0);
                let written =
                    |value: f64| if is_whole { toml::Value::Integer(value as i64) } else { toml::Value::Float(value) };
                self.values = all.into_iter().map(written).collect();
                Ok(())
            }
            _ => Err(("an axis has either values or a range".to_owned(), HELP)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "name = \"s\"\nexperiment = \"e.toml\"\n";

    #[test]
    fn points_are_numbered_through_the_grid() {
        let text = format!(
            "{HEAD}[[axis]]\nkey = \"chip.a\"\nvalues = [1, 2]\n[[axis]]\nkey = \"chip.b\"\nlow = 0\nhigh = 10\ncount = 3\n"
        );
        let sweep = Sweep::from_toml(&text, "s.toml").unwrap();
        assert_eq!(sweep.size(), Some(6));
        assert!((0..6).all(|point| sweep.point(&sweep.indices(point)) == point));
        let text = |point| {
            sweep.settings(point).iter().map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>().join(" ")
        };
        assert_eq!([text(0), text(1), text(5)], ["chip.a=1 chip.b=0", "chip.a=1 chip.b=5", "chip.a=2 chip.b=10"]);
    }

    #[test]
    fn what_is_no_sweep_is_refused() {
        for (text, said) in [
            (String::new(), "missing field"),
            (format!("{HEAD}axis = []"), "nothing to explore"),
            (format!("{HEAD}[[axis]]\nkey = \"chip.a\"\nvalues = []"), "either values or a range"),
            (format!("{HEAD}search = \"random\"\n[[axis]]\nkey = \"chip.a\"\nvalues = [1]"), "number of points"),
            (format!("{HEAD}serach = \"random\"\n[[axis]]\nkey = \"chip.a\"\nvalues = [1]"), "did you mean `search`"),
            (format!("{HEAD}[[axis]]\nkey = \"chip.a\"\nlow = 2\nhigh = 1\ncount = 3"), "no range"),
        ] {
            let error = Sweep::from_toml(&text, "s.toml").unwrap_err().to_string();
            assert!(error.contains(said), "{text}\n{error}");
        }
    }
}
