//! Spike rates: how often each source sends, as an earlier run of the network recorded it.

use crate::error::Error;
use caudate_core::file;
use caudate_core::npz::Arrays;
use caudate_isa::diagnostic::{Diagnostic, Place};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::Path;

/// Spikes per step of the members of populations, by name.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Rates {
    populations: BTreeMap<String, Vec<f64>>,
}

/// What the summary of a run has to say.
#[derive(Deserialize)]
struct Summary {
    steps: u64,
}

impl Rates {
    /// Rates of the members of populations, in spikes per step.
    #[must_use]
    pub const fn new(populations: BTreeMap<String, Vec<f64>>) -> Self {
        Self { populations }
    }

    /// Reads what a run left in its folder: `spikes.npz`, `stimulus.npz` and the steps in `summary.json`. A member that the
    /// recording does not show has a rate of 0.
    ///
    /// # Errors
    /// [`Error::Core`] for files that cannot be read, [`Error::Invalid`] for a summary without steps.
    pub fn read(folder: &Path) -> Result<Self, Error> {
        let path = folder.join("summary.json");
        let origin = path.display().to_string();
        let summary = serde_json::from_str(&file::read_text(&path)?).map_err(|error| error.to_string());
        let steps = match summary {
            Ok(Summary { steps: 0 }) => Err("the run took 0 steps".to_owned()),
            Ok(Summary { steps }) => Ok(steps),
            Err(error) => Err(error),
        };
        let steps = steps.map_err(|message| {
            let help = "name a folder that `caudate run` or `caudate simulate` wrote";
            Error::Invalid(vec![Diagnostic::new("E-MAP-RATES", message).at(Place::named(origin)).help(help)])
        })?;
        let mut populations = BTreeMap::new();
        for name in ["spikes.npz", "stimulus.npz"] {
            let arrays = Arrays::read(&folder.join(name))?;
            let names: Vec<String> =
                arrays.names().filter_map(|name| name.strip_suffix(".i")).map(str::to_owned).collect();
            for population in names {
                let members = arrays.integers(&format!("{population}.i"), 0, i64::from(u32::MAX))?;
                let size = members.iter().max().map_or(0, |most| *most as usize + 1);
                let mut rates = vec![0.0; size];
                members.iter().for_each(|member| rates[*member as usize] += 1.0);
                rates.iter_mut().for_each(|count| *count /= steps as f64);
                populations.insert(population, rates);
            }
        }
        Ok(Self { populations })
    }

    /// The rate of every source by logical id, for populations of these names and sizes in the order of their ids.
    ///
    /// # Errors
    /// `E-MAP-RATES`: the recording is of another network, or a rate is none.
    pub(crate) fn by_id<'n>(
        &self,
        populations: impl Iterator<Item = (&'n str, u32)> + Clone,
    ) -> Result<Vec<f64>, Error> {
        let mut problems = Vec::new();
        let mut refuse = |message: String| {
            let help = "use rates that this very network was recorded with, or none";
            problems.push(Diagnostic::new("E-MAP-RATES", message).help(help));
        };
        let mut rates = Vec::new();
        for (name, size) in populations.clone() {
            let own = self.populations.get(name).map_or(&[][..], Vec::as_slice);
            if !self.populations.contains_key(name) {
                refuse(format!("there are no rates of population '{name}'"));
            } else if own.len() > size as usize {
                refuse(format!("member {} of population '{name}' has a rate; it has {size} members", own.len() - 1));
            } else if let Some(member) = own.iter().position(|rate| !rate.is_finite() || *rate < 0.0) {
                refuse(format!(
                    "the rate of member {member} of population '{name}' is {}; rates are at least 0",
                    own[member]
                ));
            }
            rates.extend((0..size as usize).map(|member| own.get(member).copied().unwrap_or(0.0)));
        }
        for name in self.populations.keys().filter(|name| populations.clone().all(|(known, _)| known != *name)) {
            refuse(format!("there are rates of population '{name}', which the network does not have"));
        }
        if problems.is_empty() { Ok(rates) } else { Err(Error::Invalid(problems)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Populations with the rates of their members.
    type Own<'a> = &'a [(&'a str, &'a [f64])];

    fn by_id(own: Own<'_>) -> Result<Vec<f64>, Error> {
        let rates = Rates::new(own.iter().map(|(name, rates)| ((*name).to_owned(), rates.to_vec())).collect());
        rates.by_id([("in", 2), ("exc", 3)].into_iter())
    }

    #[test]
    fn rates_follow_the_ids_and_what_was_not_seen_is_silent() {
        assert_eq!(by_id(&[("exc", &[0.5, 0.25]), ("in", &[1.0, 0.0])]).unwrap(), [1.0, 0.0, 0.5, 0.25, 0.0]);
    }

    #[test]
    fn rates_of_another_network_are_refused_with_name_and_number() {
        let cases: [(Own<'_>, &str); 4] = [
            (&[("in", &[1.0])], "no rates of population 'exc'"),
            (&[("in", &[1.0; 3]), ("exc", &[])], "member 2 of population 'in' has a rate; it has 2 members"),
            (&[("in", &[]), ("exc", &[0.0, f64::NAN])], "member 1 of population 'exc' is NaN"),
            (&[("in", &[]), ("exc", &[]), ("old", &[])], "population 'old', which the network does not have"),
        ];
        for (own, expected) in cases {
            let refusal = by_id(own).unwrap_err().to_string();
            assert!(refusal.contains("E-MAP-RATES") && refusal.contains(expected), "{refusal}");
        }
    }

    #[test]
    fn a_folder_without_a_run_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        assert!(Rates::read(folder.path()).unwrap_err().to_string().contains("summary.json"));
        std::fs::write(folder.path().join("summary.json"), r#"{"steps": 0}"#).unwrap();
        assert!(Rates::read(folder.path()).unwrap_err().to_string().contains("the run took 0 steps"));
    }
}
