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
use caudate_core::file::{io, open, stream_atomically};
use caudate_core::id::Step;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

const MAGIC: [u8; 8] = *b"CAUCKPT\n";
const FORMAT_VERSION: u32 = 4;
/// Where the checked bytes begin.
const CHECKED: usize = 16;
const STATE: usize = 40;

/// What a checkpoint says of its run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Key {
    /// CRC-32 of the image.
    pub image_crc: u32,
    /// CRC-32 of what must be the same in the run that goes on: stimulus, probes and costs.
    pub job_crc: u32,
}

/// A saved run, whose state is still in its file.
#[derive(Debug)]
pub struct Checkpoint {
    /// First step that is not yet run.
    pub t: Step,
    /// Of which run it is.
    pub key: Key,
    /// Threads that the cores were laid out for; the run may go on with any number.
    pub layout_threads: u64,
    path: PathBuf,
    file: File,
    state_bytes: u64,
}

/// Checks what passes on.
struct Checked<W> {
    to: W,
    crc: crc32fast::Hasher,
}

impl<W: Write> Write for Checked<W> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let written = self.to.write(bytes)?;
        self.crc.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.to.flush()
    }
}

impl Checkpoint {
    /// Saves a run between two steps to a file, whole or not at all.
    ///
    /// # Errors
    /// If a file cannot be read or written.
    pub fn write(path: &Path, key: Key, simulation: &mut Simulation<'_>, recorder: &mut Recorder) -> Result<(), Error> {
        let failed = |error| Error::from(io(path, error));
        stream_atomically(path, |file| {
            file.write_all(&MAGIC).map_err(failed)?;
            file.write_all(&FORMAT_VERSION.to_le_bytes()).map_err(failed)?;
            file.write_all(&[0; 4]).map_err(failed)?;
            let mut checked = Checked { to: &mut *file, crc: crc32fast::Hasher::new() };
            let mut archive = Archive::writing(path, &mut checked);
            let Key { mut image_crc, mut job_crc } = key;
            archive.number(&mut simulation.now())?;
            archive.number(&mut image_crc)?;
            archive.number(&mut job_crc)?;
            archive.number(&mut (simulation.layout_threads() as u64))?;
            simulation.archive(&mut archive)?;
            recorder.archive(&mut archive)?;
            archive.finish()?;
            let crc = checked.crc.finalize();
            file.seek(SeekFrom::Start(CHECKED as u64 - 4)).map_err(failed)?;
            file.write_all(&crc.to_le_bytes()).map_err(failed)
        })
    }

    /// Brings a run that has not begun to where this one was. Its cores must be laid out for [`Self::layout_threads`].
    ///
    /// # Errors
    /// [`caudate_core::Error::Checkpoint`] if it is another run; then nothing more must be asked of simulation and recorder.
    pub fn restore(self, simulation: &mut Simulation<'_>, recorder: &mut Recorder) -> Result<(), Error> {
        let mut file = self.file;
        file.seek(SeekFrom::Start(STATE as u64)).map_err(|error| io(&self.path, error))?;
        let mut archive = Archive::reading(&self.path, &mut file, self.state_bytes);
        simulation.archive(&mut archive)?;
        recorder.archive(&mut archive)?;
        Ok(archive.finish()?)
    }

    /// Opens and checks a file. What it holds stays there until it is restored, also if another one takes its place.
    ///
    /// # Errors
    /// [`caudate_core::Error::Checkpoint`] if the file is no checkpoint, of another version, cut short or damaged.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let damaged = |what: String| {
            let message = format!("{}: {what}. Start without --resume, or from another checkpoint", path.display());
            Error::Core(caudate_core::Error::Checkpoint(message))
        };
        let failed = |error| Error::from(io(path, error));
        let mut file = open(path)?;
        let mut head = Vec::with_capacity(STATE);
        (&mut file).take(STATE as u64).read_to_end(&mut head).map_err(failed)?;
        if !head.starts_with(&MAGIC) {
            return Err(damaged("not a checkpoint: it does not begin with CAUCKPT".to_owned()));
        }
        let Some(head) = head.first_chunk::<STATE>() else {
            return Err(damaged(format!("cut short: it has {} bytes, a checkpoint at least {STATE}", head.len())));
        };
        let four = |at: usize| u32::from_le_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]]);
        let eight = |at: usize| u64::from(four(at)) | u64::from(four(at + 4)) << 32;
        if four(8) != FORMAT_VERSION {
            return Err(damaged(format!("of format version {}; this build reads version {FORMAT_VERSION}", four(8))));
        }
        let mut checked = Checked { to: std::io::sink(), crc: crc32fast::Hasher::new() };
        checked.crc.update(&head[CHECKED..]);
        let state_bytes = std::io::copy(&mut file, &mut checked).map_err(failed)?;
        let crc = checked.crc.finalize();
        if crc != four(12) {
            return Err(damaged(format!("damaged or cut short: its CRC-32 is {crc:08x}, it says {:08x}", four(12))));
        }
        Ok(Self {
            t: eight(16),
            key: Key { image_crc: four(24), job_crc: four(28) },
            layout_threads: eight(32),
            path: path.to_owned(),
            file,
            state_bytes,
        })
    }
}
