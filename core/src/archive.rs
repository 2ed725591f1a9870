//! State as bytes and back. A structure says once what it holds, in order; the same words then save it and restore it.
//!
//! An archive holds no names: what reads it must have the shape of what wrote it. The length of every column is kept and compared, so
//! that a structure of another shape is refused rather than filled.

use crate::error::Error;

/// Bytes being written, or being read.
#[derive(Debug)]
pub struct Archive {
    bytes: Vec<u8>,
    /// The next byte to read; `None` while writing.
    at: Option<usize>,
}

/// A number of fixed width.
pub trait Number: Copy + Default {
    /// Appends it, little endian.
    fn put(self, bytes: &mut Vec<u8>);
    /// Takes it off the front of some bytes; `None` if they are too few.
    fn take(bytes: &[u8]) -> Option<(Self, usize)>;
}

macro_rules! numbers {
    ($($number:ty),*) => {$(
        impl Number for $number {
            fn put(self, bytes: &mut Vec<u8>) {
                bytes.extend(self.to_le_bytes());
            }

            fn take(bytes: &[u8]) -> Option<(Self, usize)> {
                bytes.first_chunk().map(|own| (Self::from_le_bytes(*own), size_of::<Self>()))
            }
        }
    )*};
}

numbers!(u8, i8, u16, i16, u32, i32, u64, i64, u128);

impl Number for bool {
    fn put(self, bytes: &mut Vec<u8>) {
        bytes.push(self.into());
    }

    fn take(bytes: &[u8]) -> Option<(Self, usize)> {
        bytes.first().map(|byte| (*byte != 0, 1))
    }
}

impl Archive {
    /// An empty archive, to save to.
    #[must_use]
    pub const fn writing() -> Self {
        Self { bytes: Vec::new(), at: None }
    }

    /// What another archive wrote, to restore from.
    #[must_use]
    pub const fn reading(bytes: Vec<u8>) -> Self {
        Self { bytes, at: Some(0) }
    }

    /// Whether structures are restored.
    #[must_use]
    pub const fn is_reading(&self) -> bool {
        self.at.is_some()
    }

    /// One number.
    ///
    /// # Errors
    /// [`Error::Checkpoint`] if nothing is left to read.
    pub fn number<T: Number>(&mut self, value: &mut T) -> Result<(), Error> {
        match &mut self.at {
            None => value.put(&mut self.bytes),
            Some(at) => {
                let (read, len) = T::take(&self.bytes[*at..]).ok_or_else(|| self::short(*at))?;
                (*value, *at) = (read, *at + len);
            }
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
        if let Some(at) = self.at {
            let left = (self.bytes.len() - at) / size_of::<T>();
            let len = usize::try_from(len).ok().filter(|len| *len <= left).ok_or_else(|| short(at))?;
            values.clear();
            values.resize(len, T::default());
        }
        values.iter_mut().try_for_each(|value| self.number(value))
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

    /// What was written.
    ///
    /// # Errors
    /// [`Error::Checkpoint`] if something is left that has not been read.
    pub fn finish(self) -> Result<Vec<u8>, Error> {
        match self.at {
            Some(at) if at < self.bytes.len() => {
                let left = self.bytes.len() - at;
                Err(Error::Checkpoint(format!("{left} bytes follow what this run holds: it belongs to another run")))
            }
            _ => Ok(self.bytes),
        }
    }
}

fn short(at: usize) -> Error {
    Error::Checkpoint(format!("it ends at byte {at} of its state, before all is restored: it belongs to another run"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_saved_comes_back_and_other_shapes_are_refused() {
        let save = |archive: &mut Archive, one: &mut i32, column: &mut [u16], list: &mut Vec<i64>| {
            archive.number(one)?;
            archive.column(column)?;
            archive.list(list)
        };
        let mut archive = Archive::writing();
        save(&mut archive, &mut -7, &mut [1, 2, 3], &mut vec![4, -5]).unwrap();
        let bytes = archive.finish().unwrap();

        let (mut one, mut column, mut list) = (0, [0; 3], vec![9; 7]);
        let mut archive = Archive::reading(bytes.clone());
        save(&mut archive, &mut one, &mut column, &mut list).unwrap();
        assert_eq!((one, column, list), (-7, [1, 2, 3], vec![4, -5]));
        archive.finish().unwrap();

        let mut other = [0; 4];
        assert!(save(&mut Archive::reading(bytes.clone()), &mut 0, &mut other, &mut Vec::new()).is_err());
        for len in 0..bytes.len() {
            let mut archive = Archive::reading(bytes[..len].to_vec());
            assert!(save(&mut archive, &mut 0, &mut [0; 3], &mut Vec::new()).is_err(), "{len} bytes");
        }
        let mut archive = Archive::reading([bytes, vec![0]].concat());
        save(&mut archive, &mut 0, &mut [0; 3], &mut Vec::new()).unwrap();
        assert!(archive.finish().is_err());
    }
}
