//! Checkpoints: a run between two steps as bytes, to go on from.
//!
//! | offset | bytes | content |
//! |---|---|---|
//! | 0 | 8 | magic, `CAUCKPT` and a line feed |
//! | 8 | 4 | format version, little endian like every number here |
//! | 12 | 4 | CRC-32 of all bytes after it |
//! | 16 | 8 | first step that is not yet run |
//! | 24 | 4 | CRC-32 of the image |
//! | 28 | 4 | CRC-32 of what must be the same in the run that goes on |
//! | 32 | 8 | threads that the cores were laid out for |
//! | 40 | | state of simulation and recorder, in the order of [`Simulation::archive`] and [`Recorder::archive`] |

use crate::error::Error;
use crate::recording::Recorder;
use crate::simulation::Simulation;
use caudate_core::archive::Archive;
use caudate_core::file;
use caudate_core::id::Step;
use std::path::Path;

const MAGIC: [u8; 8] = *b"CAUCKPT\n";
const FORMAT_VERSION: u32 = 2;
/// Where the checked bytes begin.
const CHECKED: usize = 16;
const STATE: usize = 40;

/// A saved run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// First step that is not yet run.
    pub t: Step,
    /// CRC-32 of the image.
    pub image_crc: u32,
    /// CRC-32 of what must be the same in the run that goes on: stimulus, probes and costs.
    pub job_crc: u32,
    /// Threads that the cores were laid out for; the run may go on with any number.
    pub layout_threads: u64,
    state: Vec<u8>,
}

impl Checkpoint {
    /// Saves a run between two steps.
    ///
    /// # Errors
    /// None that are known: saving follows the structure of the run.
    pub fn save(
        simulation: &mut Simulation<'_>,
        recorder: &mut Recorder,
        image_crc: u32,
        job_crc: u32,
    ) -> Result<Self, Error> {
        let mut archive = Archive::writing();
        simulation.archive(&mut archive)?;
        recorder.archive(&mut archive)?;
        let (t, layout_threads) = (simulation.now(), simulation.layout_threads() as u64);
        Ok(Self { t, image_crc, job_crc, layout_threads, state: archive.finish()? })
    }

    /// Brings a run that has not begun to where this one was. Its cores must be laid out for [`Self::layout_threads`].
    ///
    /// # Errors
    /// [`caudate_core::Error::Checkpoint`] if it is another run; then nothing more must be asked of simulation and recorder.
    pub fn restore(self, simulation: &mut Simulation<'_>, recorder: &mut Recorder) -> Result<(), Error> {
        let mut archive = Archive::reading(self.state);
        simulation.archive(&mut archive)?;
        recorder.archive(&mut archive)?;
        archive.finish()?;
        Ok(())
    }

    /// Writes it to a file, whole or not at all.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn write(&self, path: &Path) -> Result<(), Error> {
        let mut bytes = Vec::with_capacity(STATE + self.state.len());
        bytes.extend(MAGIC);
        bytes.extend(FORMAT_VERSION.to_le_bytes());
        bytes.extend([0; 4]);
        bytes.extend(self.t.to_le_bytes());
        bytes.extend(self.image_crc.to_le_bytes());
        bytes.extend(self.job_crc.to_le_bytes());
        bytes.extend(self.layout_threads.to_le_bytes());
        bytes.extend(&self.state);
        let crc = crc32fast::hash(&bytes[CHECKED..]);
        bytes[CHECKED - 4..CHECKED].copy_from_slice(&crc.to_le_bytes());
        Ok(file::write_atomically(path, &bytes)?)
    }

    /// Reads it back.
    ///
    /// # Errors
    /// [`caudate_core::Error::Checkpoint`] if the file is no checkpoint, of another version, cut short or damaged.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let bytes = file::read(path)?;
        let damaged = |what: String| {
            let message = format!("{}: {what}. Start without --resume, or from another checkpoint", path.display());
            Error::Core(caudate_core::Error::Checkpoint(message))
        };
        if !bytes.starts_with(&MAGIC) {
            return Err(damaged("not a checkpoint: it does not begin with CAUCKPT".to_owned()));
        }
        let Some((head, state)) = bytes.split_first_chunk::<STATE>() else {
            return Err(damaged(format!("cut short: it has {} bytes, a checkpoint at least {STATE}", bytes.len())));
        };
        let four = |at: usize| u32::from_le_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]]);
        let eight = |at: usize| u64::from(four(at)) | u64::from(four(at + 4)) << 32;
        if four(8) != FORMAT_VERSION {
            return Err(damaged(format!("of format version {}; this build reads version {FORMAT_VERSION}", four(8))));
        }
        let crc = crc32fast::hash(&bytes[CHECKED..]);
        if crc != four(12) {
            return Err(damaged(format!("damaged or cut short: its CRC-32 is {crc:08x}, it says {:08x}", four(12))));
        }
        Ok(Self {
            t: eight(16),
            image_crc: four(24),
            job_crc: four(28),
            layout_threads: eight(32),
            state: state.to_vec(),
        })
    }
}
