//! Columns that grow while a run goes on, in bounded memory: all but their ends lie in a scratch file.
//!
//! All tapes of a run share one file. It has no name, so that nothing is left of it whatever ends the process. It is divided into slots;
//! each begins with the number of the slot that its tape goes on in, so that a tape need not know but its first and its next.

use crate::archive::{Archive, Number};
use crate::error::Error;
use crate::file;
use std::borrow::Cow;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

const SLOT_BYTES: usize = 16 * 1024;

/// Where tapes lie: in memory by default, or in a file.
#[derive(Debug, Clone, Default)]
pub struct Scratch(Option<Arc<Mutex<Slots>>>);

#[derive(Debug)]
struct Slots {
    file: File,
    /// The folder of the file, for errors.
    folder: PathBuf,
    /// Slots that are taken.
    used: u64,
}

/// Numbers in the order in which they came.
#[derive(Debug)]
pub struct Tape<T> {
    scratch: Scratch,
    /// The first slot and the next one; `None` before the first.
    slots: Option<(u64, u64)>,
    /// How many numbers the slots hold.
    spilled: u64,
    /// Those that came after.
    tail: Vec<T>,
}

/// Two tapes of equally many numbers.
pub type Pair<A, B> = (Tape<A>, Tape<B>);

impl Scratch {
    /// A file on the disk of `folder`, which need not exist yet: it lies in the nearest folder above that does.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn beside(folder: &Path) -> Result<Self, Error> {
        let folder = folder.ancestors().find(|path| path.is_dir()).unwrap_or(Path::new(".")).to_owned();
        let file = tempfile::tempfile_in(&folder).map_err(|source| file::io(&folder, source))?;
        Ok(Self(Some(Arc::new(Mutex::new(Slots { file, folder, used: 0 })))))
    }

    /// A tape without numbers.
    #[must_use]
    pub fn tape<T>(&self) -> Tape<T> {
        Tape { scratch: self.clone(), slots: None, spilled: 0, tail: Vec::new() }
    }

    fn slots(&self) -> Option<MutexGuard<'_, Slots>> {
        self.0.as_ref().map(|slots| slots.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Slots {
    const fn take(&mut self) -> u64 {
        self.used += 1;
        self.used - 1
    }

    fn write(&mut self, slot: u64, bytes: &[u8]) -> Result<(), Error> {
        let written = self.seek(slot).and_then(|()| self.file.write_all(bytes));
        written.map_err(|source| file::io(&self.folder, source))
    }

    fn read(&mut self, slot: u64, bytes: &mut [u8]) -> Result<(), Error> {
        let read = self.seek(slot).and_then(|()| self.file.read_exact(bytes));
        read.map_err(|source| file::io(&self.folder, source))
    }

    fn seek(&mut self, slot: u64) -> std::io::Result<()> {
        self.file.seek(SeekFrom::Start(slot * SLOT_BYTES as u64)).map(|_| ())
    }
}

impl<T> Default for Tape<T> {
    fn default() -> Self {
        Scratch::default().tape()
    }
}

impl<T: Number> Tape<T> {
    const PER_SLOT: usize = (SLOT_BYTES - u64::BYTES) / T::BYTES;

    /// How many numbers there are.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.spilled + self.tail.len() as u64
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Adds a number.
    ///
    /// # Errors
    /// [`Error::Io`] if the scratch file cannot be written: its disk is full, say.
    pub fn push(&mut self, value: T) -> Result<(), Error> {
        self.tail.push(value);
        if self.tail.len() < Self::PER_SLOT { Ok(()) } else { self.spill() }
    }

    fn spill(&mut self) -> Result<(), Error> {
        let Some(mut slots) = self.scratch.slots() else { return Ok(()) };
        let (first, own) = self.slots.unwrap_or_else(|| {
            let first = slots.take();
            (first, first)
        });
        let next = slots.take();
        let mut bytes = Vec::with_capacity(SLOT_BYTES);
        next.put(&mut bytes);
        self.tail.iter().for_each(|value| value.put(&mut bytes));
        slots.write(own, &bytes)?;
        self.slots = Some((first, next));
        self.spilled += self.tail.len() as u64;
        self.tail.clear();
        Ok(())
    }

    /// Shows all numbers in order, some at a time.
    ///
    /// # Errors
    /// Those of `visit`, and [`Error::Io`] if the scratch file cannot be read.
    pub fn for_each<E: From<Error>>(&self, mut visit: impl FnMut(&[T]) -> Result<(), E>) -> Result<(), E> {
        let mut bytes = vec![0; u64::BYTES + Self::PER_SLOT * T::BYTES];
        let mut values = Vec::with_capacity(Self::PER_SLOT);
        let mut slot = self.slots.map_or(0, |(first, _)| first);
        for _ in 0..self.spilled / Self::PER_SLOT as u64 {
            if let Some(mut slots) = self.scratch.slots() {
                slots.read(slot, &mut bytes)?;
            }
            slot = u64::take(&bytes).unwrap_or_default();
            values.clear();
            values.extend(bytes[u64::BYTES..].chunks_exact(T::BYTES).filter_map(T::take));
            visit(&values)?;
        }
        visit(&self.tail)
    }

    /// All numbers, in memory.
    ///
    /// # Errors
    /// [`Error::Io`] if the scratch file cannot be read.
    pub fn all(&self) -> Result<Cow<'_, [T]>, Error> {
        if self.spilled == 0 {
            return Ok(Cow::Borrowed(&self.tail));
        }
        let mut all = Vec::new();
        self.for_each(|values| {
            all.extend_from_slice(values);
            Ok::<_, Error>(())
        })?;
        Ok(Cow::Owned(all))
    }

    /// Divides the numbers into `groups` pairs of tapes: `of` says to which one a number goes, and what to each of its tapes; `None`: to
    /// none.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn split<A: Number, B: Number>(
        &self,
        groups: usize,
        of: impl Fn(T) -> Option<(usize, A, B)>,
    ) -> Result<Vec<Pair<A, B>>, Error> {
        let mut all: Vec<_> = (0..groups).map(|_| (self.scratch.tape(), self.scratch.tape())).collect();
        self.for_each(|values| {
            for (group, first, second) in values.iter().filter_map(|value| of(*value)) {
                all[group].0.push(first)?;
                all[group].1.push(second)?;
            }
            Ok::<_, Error>(())
        })?;
        Ok(all)
    }

    /// Saves or restores the numbers.
    ///
    /// # Errors
    /// As [`Archive::number`]; [`Error::Io`].
    pub fn archive(&mut self, archive: &mut Archive<'_>) -> Result<(), Error> {
        let mut len = self.len();
        archive.number(&mut len)?;
        if !archive.is_reading() {
            return self.for_each(|values| values.iter().try_for_each(|value| archive.number(&mut { *value })));
        }
        *self = self.scratch.tape();
        (0..len).try_for_each(|_| self.push(archive.take()?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::npz::NpzWriter;
    use proptest::prelude::*;

    /// Tapes of several lengths that grow by turns.
    fn grown(scratch: &Scratch, lengths: &[u64]) -> Vec<Tape<(u64, u32)>> {
        let mut tapes: Vec<_> = lengths.iter().map(|_| scratch.tape()).collect();
        for index in 0..lengths.iter().copied().max().unwrap_or(0) {
            for (tape, _) in tapes.iter_mut().zip(lengths).filter(|(_, length)| index < **length) {
                tape.push((index * index, index as u32 ^ 77)).unwrap();
            }
        }
        tapes
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]

        #[test]
        fn a_tape_holds_the_same_in_a_file_as_in_memory(lengths in prop::collection::vec(0_u64..6000, 1..5)) {
            let folder = tempfile::tempdir().unwrap();
            let scratch = Scratch::beside(&folder.path().join("not/there")).unwrap();
            let (filed, held) = (grown(&scratch, &lengths), grown(&Scratch::default(), &lengths));
            for (mut filed, mut held) in filed.into_iter().zip(held) {
                prop_assert!(filed.tail.len() < Tape::<(u64, u32)>::PER_SLOT);
                prop_assert_eq!(filed.len(), held.len());
                prop_assert_eq!(filed.all().unwrap(), held.all().unwrap());

                let (mut of_filed, mut of_held) = (Vec::new(), Vec::new());
                for (tape, bytes) in [(&mut filed, &mut of_filed), (&mut held, &mut of_held)] {
                    let mut archive = Archive::writing(Path::new("state"), bytes);
                    tape.archive(&mut archive).unwrap();
                    archive.finish().unwrap();
                }
                prop_assert_eq!(&of_filed, &of_held);
                prop_assert_eq!(of_held.len() as u64, 8 + 12 * held.len());
                let (mut restored, mut input) = (scratch.tape(), of_held.as_slice());
                restored.push((1, 2)).unwrap();
                let mut archive = Archive::reading(Path::new("state"), &mut input, of_held.len() as u64);
                restored.archive(&mut archive).unwrap();
                prop_assert_eq!(restored.all().unwrap(), held.all().unwrap());

                let parity = |(square, number): (u64, u32)| (number % 3 < 2).then_some((number as usize % 3, square, number));
                let npz = |tape: &Tape<(u64, u32)>| {
                    let split = tape.split(2, parity).unwrap();
                    let mut writer = NpzWriter::new();
                    for (group, (square, number)) in split.iter().enumerate() {
                        writer.add_tape(&format!("square{group}"), &[square.len()], square);
                        writer.add_tape(&format!("number{group}"), &[number.len(), 1], number);
                    }
                    writer.finish().unwrap()
                };
                let bytes = npz(&filed);
                prop_assert_eq!(&bytes, &npz(&held));
                let mut writer = NpzWriter::new();
                for group in 0..2 {
                    let all = held.all().unwrap();
                    let own = || all.iter().filter_map(|value| parity(*value)).filter(|own| own.0 == group);
                    let (square, number): (Vec<u64>, Vec<u32>) = own().map(|own| (own.1, own.2)).unzip();
                    writer.add_column(&format!("square{group}"), &square).unwrap();
                    writer.add(&format!("number{group}"), &[number.len() as u64, 1], &number).unwrap();
                }
                prop_assert_eq!(&bytes, &writer.finish().unwrap());
            }
            prop_assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "a scratch file has a name");
        }
    }
}
