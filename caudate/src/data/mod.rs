//! Data in: files of samples, events and sound, coded as spikes of an input population.
//!
//! | module | story |
//! |---|---|
//! | `samples` | arrays of values: IDX, NPY, NPZ, plain or gzipped |
//! | `events` | events of a sensor: `.bs2` and CSV |
//! | `sound` | WAV through a bank of band filters, as values over time |
//! | `code` | values as spikes: rate, latency, delta |
//!
//! All of it is deterministic and draws nothing.

mod code;
mod events;
mod samples;
mod sound;

pub use code::{Code, delta_decoded};
pub use events::{Event, Polarity, Sensor, read_events};
pub use samples::Samples;
pub use sound::{Bank, Sound};

use crate::error::Error;
use caudate_core::file;
use caudate_core::npz::NpzWriter;
use caudate_isa::diagnostic::{Diagnostic, Place};
use flate2::read::GzDecoder;
use std::io::Read;
use std::path::Path;

/// Unpacked bytes of a file at most.
const MOST_BYTES: u64 = 4 << 30;

/// Spikes of one input population.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Spikes {
    /// (step, member), sorted and distinct.
    pub spikes: Vec<(u64, u32)>,
    /// Members of the population.
    pub members: u32,
    /// Steps that they span.
    pub steps: u64,
    /// What the code could not express: changes that were too fast for a delta code, events beyond the window.
    pub lost: u64,
}

impl Spikes {
    /// Appends other spikes, of as many members, after the last step of these.
    ///
    /// # Errors
    /// [`Error::Invalid`] if the members differ or the steps are more than a stimulus can have.
    pub fn append(&mut self, other: Self, origin: &Path) -> Result<(), Error> {
        if self.steps > 0 && self.members != other.members {
            let message = format!("the file gives {} members, the files before it {}", other.members, self.members);
            return Err(refuse(origin, message, "encode files of equal shape together"));
        }
        let first = self.steps;
        self.members = other.members;
        self.steps = first.saturating_add(other.steps);
        self.lost += other.lost;
        if self.steps > u64::from(u32::MAX) {
            let message = format!("the spikes span {} steps; a stimulus has {} at most", self.steps, u32::MAX);
            return Err(refuse(origin, message, "use fewer samples or a shorter window"));
        }
        self.spikes.extend(other.spikes.into_iter().map(|(t, member)| (first + t, member)));
        Ok(())
    }

    /// A stimulus file of these spikes: `POPULATION.t` and `POPULATION.i`.
    ///
    /// # Errors
    /// If an array cannot be encoded.
    pub fn to_npz(&self, population: &str) -> Result<NpzWriter<'static>, Error> {
        let mut writer = NpzWriter::new();
        let steps: Vec<u32> = self.spikes.iter().map(|(t, _)| *t as u32).collect();
        let members: Vec<u32> = self.spikes.iter().map(|(_, member)| *member).collect();
        writer.add_column(&format!("{population}.t"), &steps)?;
        writer.add_column(&format!("{population}.i"), &members)?;
        Ok(writer)
    }
}

/// The bytes of a file, unpacked if it is gzipped.
///
/// # Errors
/// If it cannot be read or unpacked.
pub(crate) fn unpacked(path: &Path) -> Result<Vec<u8>, Error> {
    let bytes = file::read(path)?;
    if !bytes.starts_with(&[0x1F, 0x8B]) {
        return Ok(bytes);
    }
    let mut content = Vec::new();
    let read = GzDecoder::new(bytes.as_slice()).take(MOST_BYTES).read_to_end(&mut content);
    match read {
        Ok(_) if (content.len() as u64) < MOST_BYTES => Ok(content),
        Ok(_) => Err(refuse(path, format!("it unpacks to {MOST_BYTES} bytes or more"), "split the file")),
        Err(error) => Err(refuse(path, format!("it cannot be unpacked: {error}"), "download or pack the file again")),
    }
}

fn refuse(origin: &Path, message: impl Into<String>, help: impl Into<String>) -> Error {
    let place = Place::named(origin.display().to_string());
    Error::Invalid(vec![Diagnostic::new("E-DATA", message).at(place).help(help)])
}
