//! Data out: recorded spikes in the formats of other tools.
//!
//! | module | story |
//! |---|---|
//! | `csv` | a row per spike |
//! | `nirdata` | NIRData event files (HDF5), as the package `nir` reads them |
//! | `sonata` | SONATA spike files (HDF5), as libsonata and Neo read them |

mod csv;
mod nirdata;
mod sonata;

pub use csv::to_csv;
pub use nirdata::to_nirdata;
pub use sonata::to_sonata;

use crate::error::Error;
use caudate_core::npz::Arrays;
use caudate_isa::diagnostic::{Diagnostic, Place};
use std::path::Path;

/// The spikes of a population.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Train {
    /// Its name.
    pub population: String,
    /// (step, member), sorted.
    pub spikes: Vec<(u32, u32)>,
}

/// Reads the spikes of a run: `spikes.npz`, `stimulus.npz`, or any file of `P.t` and `P.i`. Modulators are left out.
///
/// # Errors
/// The file's own; [`Error::Invalid`] for arrays that do not pair up, and a file without spikes of any population.
pub fn read_trains(path: &Path) -> Result<Vec<Train>, Error> {
    let arrays = Arrays::read(path)?;
    let refuse = |message: String, help: &str| {
        let place = Place::named(path.display().to_string());
        Err(Error::Invalid(vec![Diagnostic::new("E-EXPORT", message).at(place).help(help)]))
    };
    let mut trains = Vec::new();
    for population in arrays.names().filter_map(|name| name.strip_suffix(".i")) {
        let column = |part: &str| arrays.integers(&format!("{population}.{part}"), 0, i64::from(u32::MAX));
        let (steps, members) = (column("t")?, column("i")?);
        if steps.len() != members.len() {
            let message =
                format!("'{population}.t' has {} elements, '{population}.i' has {}", steps.len(), members.len());
            return refuse(message, "the arrays of a pair are equally long");
        }
        let mut spikes: Vec<(u32, u32)> = steps.iter().zip(members).map(|(t, i)| (*t as u32, *i as u32)).collect();
        spikes.sort_unstable();
        trains.push(Train { population: population.to_owned(), spikes });
    }
    if trains.is_empty() {
        return refuse("it holds spikes of no population".to_owned(), "name spikes.npz or stimulus.npz of a run");
    }
    Ok(trains)
}
