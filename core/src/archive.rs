//! State as bytes and back. A structure says once what it holds, in order; the same words then save it and restore it.
//!
//! An archive holds no names: what reads it must have the shape of what wrote it. The length of every column is kept and compared, so
//! that a structure of another shape is refused rather than filled.

use crate::error::Error;
use crate::file;
use crate::id::NeuronId;
use std::io::{Read, Write};
use std::path::Path;

/// Bytes that are held before they are written, and read ahead.
const BUFFER_BYTES: usize = 64 * 1024;

/// State on its way to a stream, or from one.
pub struct Archive<'a> {
    /// What the stream leads to, for errors.
    path: &'a Path,
    stream: Stream<'a>,
    /// Not yet written, or read and not yet taken.
    buffer: Vec<u8>,
    /// The next byte of the buffer to take.
    at: usize,
    /// Bytes of state taken so far.
    taken: u64,
    /// Bytes of state that the stream still holds.
    left: u64,
}

enum Stream<'a> {
    Out(&'a mut dyn Write),
    In(&'a mut dyn Read),
}

/// A number of fixed width, or several.
pub trait Number: Copy {
    /// Its width.
    const BYTES: usize;
    /// Appends it, little endian.
    fn put(self, bytes: &mut Vec<u8>);
    /// Takes it off the front of some bytes; `None` if they are too few.
    fn take(bytes: &[u8]) -> Option<Self>;
}

macro_rules! numbers {
    ($($number:ty),*) => {$(
        impl Number for $number {
            const BYTES: usize = size_of::<Self>();

            fn put(self, bytes: &mut Vec<u8>) {
                bytes.extend(self.to_le_bytes());
            }

            fn take(bytes: &[u8]) -> Option<Self> {
                bytes.first_chunk().map(|own| Self::from_le_bytes(*own))
            }
        }
    )*};
}

numbers!(u8, i8, u16, i16, u32, i32, u64, i64, u128);

impl Number for bool {
    const BYTES: usize = 1;

    fn put(self, bytes: &mut Vec<u8>) {
        bytes.push(self.into());
    }

    fn take(bytes: &[u8]) -> Option<Self> {
        bytes.first().map(|byte| *byte != 0)
    }
}

impl Number for NeuronId {
    const BYTES: usize = u32::BYTES;

    fn put(self, bytes: &mut Vec<u8>) {
        self.0.put(bytes);
    }

    fn take(bytes: &[u8]) -> Option<Self> {
        u32::take(bytes).map(Self)
    }
}

impl<A: Number, B: Number> Number for (A, B) {
    const BYTES: usize = A::BYTES + B::BYTES;

    fn put(self, bytes: &mut Vec<u8>) {
        self.0.put(bytes);
        self.1.put(bytes);
    }

    fn take(bytes: &[u8]) -> Option<Self> {
        Some((A::take(bytes)?, B::take(bytes.get(A::BYTES..)?)?))
    }
}

impl<'a> Archive<'a> {
    /// Saves to a stream into a file.
    #[must_use]
    pub fn writing(path: &'a Path, out: &'a mut dyn Write) -> Self {
        Self { path, stream: Stream::Out(out), buffer: Vec::new(), at: 0, taken: 0, left: 0 }
    }

    /// Restores from a stream out of a file, which holds `len` bytes of state.
    #[must_use]
    pub fn reading(path: &'a Path, input: &'a mut dyn Read, len: u64) -> Self {
        Self { path, stream: Stream::In(input), buffer: Vec::new(), at: 0, taken: 0, left: len }
    }

    /// Whether structures are restored.
    #[must_use]
    pub const fn is_reading(&self) -> bool {
        matches!(self.stream, Stream::In(_))
    }

    /// One number.
    ///
    /// # Errors
    /// [`Error::Checkpoint`] if nothing is left to read; [`Error::Io`].
    pub fn number<T: Number>(&mut self, value: &mut T) -> Result<(), Error> {
        if self.is_reading() {
            *value = self.take()?;
            return Ok(());
        }
        value.put(&mut self.buffer);
        if self.buffer.len() >= BUFFER_BYTES { self.flush() } else { Ok(()) }
    }

    /// The next number of an archive that is read.
    pub(crate) fn take<T: Number>(&mut self) -> Result<T, Error> {
        if self.buffer.len() - self.at < T::BYTES {
            self.refill()?;
        }
        let value = T::take(&self.buffer[self.at..]).ok_or_else(|| short(self.taken))?;
        self.at += T::BYTES;
        self.taken += T::BYTES as u64;
        Ok(value)
    }

    fn flush(&mut self) -> Result<(), Error> {
        if let Stream::Out(out) = &mut self.stream {
            out.write_all(&self.buffer).map_err(|source| file::io(self.path, source))?;
            self.buffer.clear();
        }
        Ok(())
    }

    fn refill(&mut self) -> Result<(), Error> {
        if let Stream::In(input) = &mut self.stream {
            self.buffer.drain(..self.at);
            self.at = 0;
            let held = self.buffer.len();
            let more = self.left.min(BUFFER_BYTES as u64);
            self.buffer.resize(held + more as usize, 0);
            input.read_exact(&mut self.buffer[held..]).map_err(|source| file::io(self.path, source))?;
            self.left -= more;
        }
        Ok(())
    }

    /// A column whose length belongs to the structure.
    ///
    /// # Errors
    /// [`Error::Checkpoint`] if it was saved with another length, or nothing is left to read.
    pub fn column<T: Number>(&mut self, values: &mut [T]) -> Result<(), Error> {
        self.same(values.len() as u64, "values of a column")?;
        values.iter_mut().try_for_each(|value| self.number(value))
    }

    /// A list whose length belongs to its state.
    ///
    /// # Errors
    /// [`Error::Checkpoint`] if fewer bytes are left than it needs.
    pub fn list<T: Number>(&mut self, values: &mut Vec<T>) -> Result<(), Error> {
        let mut len = values.len() as u64;
        self.number(&mut len)?;
        if !self.is_reading() {
            return values.iter_mut().try_for_each(|value| self.number(value));
        }
        let left = (self.left + (self.buffer.len() - self.at) as u64) / T::BYTES as u64;
        let len = usize::try_from(len).ok().filter(|len| *len as u64 <= left).ok_or_else(|| short(self.taken))?;
        values.clear();
        values.reserve(len);
        for _ in 0..len {
            values.push(self.take()?);
        }
        Ok(())
    }

    /// A number that must be what it was when it was saved; `what` is said of it.
    ///
    /// # Errors
    /// [`Error::Checkpoint`] if it is not.
    pub fn same(&mut self, own: u64, what: &str) -> Result<(), Error> {
        let mut saved = own;
        self.number(&mut saved)?;
        if saved == own {
            return Ok(());
        }
        Err(Error::Checkpoint(format!("it holds {saved} {what} where this run has {own}: it belongs to another run")))
    }

    /// Ends the archive.
    ///
    /// # Errors
    /// [`Error::Checkpoint`] if something is left that has not been read; [`Error::Io`].
    pub fn finish(mut self) -> Result<(), Error> {
        self.flush()?;
        let left = self.left + (self.buffer.len() - self.at) as u64;
        if left == 0 {
            return Ok(());
        }
        Err(Error::Checkpoint(format!("{left} bytes follow what this run holds: it belongs to another run")))
    }
}

fn short(at: u64) -> Error {
    Error::Checkpoint(format!("it ends at byte {at} of its state, before all is restored: it belongs to another run"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_saved_comes_back_and_other_shapes_are_refused() {
        let save = |archive: &mut Archive<'_>, one: &mut i32, column: &mut [u16], list: &mut Vec<i64>| {
            archive.number(one)?;
            archive.column(column)?;
            archive.list(list)
        };
        let mut bytes = Vec::new();
        let mut archive = Archive::writing(Path::new("state"), &mut bytes);
        save(&mut archive, &mut -7, &mut [1, 2, 3], &mut vec![4, -5]).unwrap();
        archive.finish().unwrap();

        let (mut one, mut column, mut list) = (0, [0; 3], vec![9; 7]);
        let mut input = bytes.as_slice();
        let mut archive = Archive::reading(Path::new("state"), &mut input, bytes.len() as u64);
        save(&mut archive, &mut one, &mut column, &mut list).unwrap();
        assert_eq!((one, column, list), (-7, [1, 2, 3], vec![4, -5]));
        archive.finish().unwrap();

        let mut other = [0; 4];
        let mut input = bytes.as_slice();
        let mut archive = Archive::reading(Path::new("state"), &mut input, bytes.len() as u64);
        assert!(save(&mut archive, &mut 0, &mut other, &mut Vec::new()).is_err());
        for len in 0..bytes.len() {
            let mut input = &bytes[..len];
            let mut archive = Archive::reading(Path::new("state"), &mut input, len as u64);
            assert!(save(&mut archive, &mut 0, &mut [0; 3], &mut Vec::new()).is_err(), "{len} bytes");
        }
        let longer = [bytes, vec![0]].concat();
        let mut input = longer.as_slice();
        let mut archive = Archive::reading(Path::new("state"), &mut input, longer.len() as u64);
        save(&mut archive, &mut 0, &mut [0; 3], &mut Vec::new()).unwrap();
        assert!(archive.finish().is_err());
    }

    #[test]
    fn what_is_longer_than_the_buffer_comes_back() {
        let mut list: Vec<(u64, u32)> = (0..100_000).map(|index| (index * index, index as u32)).collect();
        let mut bytes = Vec::new();
        let mut archive = Archive::writing(Path::new("state"), &mut bytes);
        archive.list(&mut list).unwrap();
        archive.finish().unwrap();
        assert_eq!(bytes.len(), 8 + list.len() * 12);
        let (mut read, mut input) = (Vec::new(), bytes.as_slice());
        let mut archive = Archive::reading(Path::new("state"), &mut input, bytes.len() as u64);
        archive.list::<(u64, u32)>(&mut read).unwrap();
        archive.finish().unwrap();
        assert_eq!(read, list);
    }
}
