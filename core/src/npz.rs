//! Arrays on disk: NumPy's NPZ, written so that equal arrays give equal bytes.

use crate::archive::Number;
use crate::error::Error;
use crate::file;
use crate::tape::Tape;
use npyz::WriterBuilder;
use std::collections::BTreeMap;
use std::io::{BufWriter, Cursor, Read, Seek, Write};
use std::path::Path;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipArchive, ZipWriter};

/// Bytes that are held before they go on to a file.
const BUFFER_BYTES: usize = 64 * 1024;
/// Bytes of an array that are compressed at once. What comes out depends on it, so it is part of the format.
const COMPRESSED_BYTES: usize = 4 * 1024 * 1024;
/// Bytes of an array before its elements: at least as many.
const HEADER_BYTES: u64 = 1024;

/// The elements of an array.
#[derive(Debug, Clone, PartialEq)]
pub enum Data {
    /// Booleans and integers of any width, as `i64`.
    Integers(Vec<i64>),
    /// Floating-point numbers of any width, as `f64`.
    Floats(Vec<f64>),
}

/// An array: shape and elements in C order.
#[derive(Debug, Clone, PartialEq)]
pub struct Array {
    /// Length of each axis.
    pub shape: Vec<u64>,
    /// The elements.
    pub data: Data,
}

/// Arrays of one file, by name.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Arrays {
    /// Name of the file, for errors.
    pub origin: String,
    arrays: BTreeMap<String, Array>,
}

/// Collects arrays for one file. Tapes stay where they are until it is written.
#[derive(Debug, Default)]
pub struct NpzWriter<'a> {
    entries: Vec<(String, Content<'a>)>,
}

#[derive(Debug)]
enum Content<'a> {
    Encoded(Vec<u8>),
    Tape { shape: Vec<u64>, values: &'a dyn Values },
}

/// Elements of an array that are encoded as they are written.
trait Values: std::fmt::Debug {
    fn bytes(&self) -> u64;
    fn encode(&self, shape: &[u64], out: &mut dyn Write) -> Result<(), Error>;
}

impl<T: Number + npyz::AutoSerialize + std::fmt::Debug> Values for Tape<T> {
    fn bytes(&self) -> u64 {
        self.len() * T::BYTES as u64
    }

    fn encode(&self, shape: &[u64], out: &mut dyn Write) -> Result<(), Error> {
        let fail = |error: std::io::Error| bad("npz", error);
        let out = Unflushed(out);
        let mut writer = npyz::WriteOptions::new().default_dtype().shape(shape).writer(out).begin_nd().map_err(fail)?;
        self.for_each(|values| writer.extend(values.iter().copied()).map_err(fail))?;
        writer.finish().map_err(fail)
    }
}

/// Keeps flushes from the compressor, where each would cost bytes.
struct Unflushed<'o>(&'o mut dyn Write);

impl Write for Unflushed<'_> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn bad(origin: &str, message: impl std::fmt::Display) -> Error {
    Error::Arrays(format!("{origin}: {message}"))
}

impl Arrays {
    /// Reads every array of an NPZ file.
    ///
    /// # Errors
    /// [`Error::Io`] if the file cannot be read; [`Error::Arrays`] if it is no NPZ of numbers.
    pub fn read(path: &Path) -> Result<Self, Error> {
        Self::from_bytes(&file::read(path)?, &path.display().to_string())
    }

    /// Reads every array of an NPZ in memory; `origin` names it in errors.
    ///
    /// # Errors
    /// [`Error::Arrays`] if it is no NPZ of numbers.
    pub fn from_bytes(bytes: &[u8], origin: &str) -> Result<Self, Error> {
        let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|error| {
            bad(origin, format!("is no NPZ file ({error}); write it with numpy.savez or savez_compressed"))
        })?;
        let mut arrays = BTreeMap::new();
        for index in 0..archive.len() {
            let mut entry = archive.by_index(index).map_err(|error| bad(origin, error))?;
            let name = entry.name().map_err(|error| bad(origin, error))?.trim_end_matches(".npy").to_owned();
            let mut content = Vec::new();
            entry.read_to_end(&mut content).map_err(|error| bad(origin, format!("array '{name}': {error}")))?;
            arrays.insert(name.clone(), parse(&content, origin, &name)?);
        }
        Ok(Self { origin: origin.to_owned(), arrays })
    }

    /// The names of the arrays, sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.arrays.keys().map(String::as_str)
    }

    /// Whether an array of this name exists.
    #[must_use]
    pub fn contains(&self, name: &str) -> bool {
        self.arrays.contains_key(name)
    }

    /// The array of a name.
    ///
    /// # Errors
    /// [`Error::Arrays`] with the names that exist.
    pub fn get(&self, name: &str) -> Result<&Array, Error> {
        self.arrays.get(name).ok_or_else(|| {
            bad(&self.origin, format!("has no array '{name}'; it has: {}", self.names().collect::<Vec<_>>().join(", ")))
        })
    }

    /// The one-dimensional integer array of a name, each element within `low..=high`.
    ///
    /// # Errors
    /// [`Error::Arrays`] naming the array, the element, the number and the limits.
    pub fn integers(&self, name: &str, low: i64, high: i64) -> Result<&[i64], Error> {
        let array = self.get(name)?;
        let Data::Integers(values) = &array.data else {
            return Err(bad(
                &self.origin,
                format!("array '{name}' holds floating-point numbers; whole numbers are needed"),
            ));
        };
        if array.shape.len() != 1 {
            return Err(bad(&self.origin, format!("array '{name}' has {} axes; one is needed", array.shape.len())));
        }
        match values.iter().position(|value| !(low..=high).contains(value)) {
            Some(index) => Err(bad(
                &self.origin,
                format!("array '{name}', element {index}: {} is outside {low}..={high}", values[index]),
            )),
            None => Ok(values),
        }
    }
}

impl Array {
    /// Reads an NPY in memory; `origin` names it in errors.
    ///
    /// # Errors
    /// [`Error::Arrays`] if it is no array of numbers.
    pub fn from_npy(bytes: &[u8], origin: &str) -> Result<Self, Error> {
        parse(bytes, origin, "npy")
    }
}

fn parse(content: &[u8], origin: &str, name: &str) -> Result<Array, Error> {
    let fail = |error: &dyn std::fmt::Display| bad(origin, format!("array '{name}': {error}"));
    let npy = npyz::NpyFile::new(content).map_err(|error| fail(&error))?;
    if npy.order() == npyz::Order::Fortran && npy.shape().len() > 1 {
        return Err(fail(&"is in Fortran order; save it with numpy.ascontiguousarray"));
    }
    let shape = npy.shape().to_vec();
    let npyz::DType::Plain(kind) = npy.dtype() else {
        return Err(fail(&"is a structured array; plain numbers are needed"));
    };
    macro_rules! integers {
        ($type:ty) => {
            Data::Integers(
                npy.into_vec::<$type>().map_err(|error| fail(&error))?.into_iter().map(|value| value as i64).collect(),
            )
        };
    }
    let data = match (kind.type_char(), kind.size_field()) {
        (npyz::TypeChar::Bool, _) => {
            Data::Integers(npy.into_vec::<bool>().map_err(|error| fail(&error))?.into_iter().map(i64::from).collect())
        }
        (npyz::TypeChar::Int, 1) => integers!(i8),
        (npyz::TypeChar::Int, 2) => integers!(i16),
        (npyz::TypeChar::Int, 4) => integers!(i32),
        (npyz::TypeChar::Int, 8) => integers!(i64),
        (npyz::TypeChar::Uint, 1) => integers!(u8),
        (npyz::TypeChar::Uint, 2) => integers!(u16),
        (npyz::TypeChar::Uint, 4) => integers!(u32),
        (npyz::TypeChar::Uint, 8) => {
            let values = npy.into_vec::<u64>().map_err(|error| fail(&error))?;
            Data::Integers(
                values
                    .into_iter()
                    .map(|value| i64::try_from(value).map_err(|error| fail(&error)))
                    .collect::<Result<_, _>>()?,
            )
        }
        (npyz::TypeChar::Float, 4) => {
            Data::Floats(npy.into_vec::<f32>().map_err(|error| fail(&error))?.into_iter().map(f64::from).collect())
        }
        (npyz::TypeChar::Float, 8) => Data::Floats(npy.into_vec::<f64>().map_err(|error| fail(&error))?),
        _ => return Err(fail(&format!("has element type {kind}; integers or floating-point numbers are needed"))),
    };
    let expected = shape.iter().product::<u64>();
    let found = match &data {
        Data::Integers(values) => values.len(),
        Data::Floats(values) => values.len(),
    } as u64;
    if found == expected {
        Ok(Array { shape, data })
    } else {
        Err(fail(&format!("has {found} elements, its shape {shape:?} needs {expected}")))
    }
}

impl<'a> NpzWriter<'a> {
    /// An empty file.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an array; `shape` must hold `values.len()` elements in C order.
    ///
    /// # Errors
    /// [`Error::Arrays`] if it cannot be encoded.
    pub fn add<T: npyz::AutoSerialize + Copy>(&mut self, name: &str, shape: &[u64], values: &[T]) -> Result<(), Error> {
        let mut bytes = Vec::new();
        let fail = |error: std::io::Error| bad(name, error);
        let mut writer =
            npyz::WriteOptions::new().default_dtype().shape(shape).writer(&mut bytes).begin_nd().map_err(fail)?;
        writer.extend(values.iter().copied()).map_err(fail)?;
        writer.finish().map_err(fail)?;
        self.entries.push((name.to_owned(), Content::Encoded(bytes)));
        Ok(())
    }

    /// Adds a one-dimensional array.
    ///
    /// # Errors
    /// As [`NpzWriter::add`].
    pub fn add_column<T: npyz::AutoSerialize + Copy>(&mut self, name: &str, values: &[T]) -> Result<(), Error> {
        self.add(name, &[values.len() as u64], values)
    }

    /// Adds an array whose elements are on a tape.
    pub fn add_tape<T>(&mut self, name: &str, shape: &[u64], values: &'a Tape<T>)
    where
        T: Number + npyz::AutoSerialize + std::fmt::Debug,
    {
        self.entries.push((name.to_owned(), Content::Tape { shape: shape.to_vec(), values }));
    }

    /// The file as bytes: deflated, with a fixed date.
    ///
    /// # Errors
    /// [`Error::Arrays`] if the archive cannot be made.
    pub fn finish(self) -> Result<Vec<u8>, Error> {
        Ok(self.write_to(Cursor::new(Vec::new()))?.into_inner())
    }

    /// Writes the file, whole or not at all.
    ///
    /// # Errors
    /// [`Error::Io`] or [`Error::Arrays`].
    pub fn write(self, path: &Path) -> Result<(), Error> {
        file::stream_atomically(path, |out| {
            let mut out = self.write_to(BufWriter::with_capacity(BUFFER_BYTES, out))?;
            out.flush().map_err(|source| file::io(path, source))
        })
    }

    fn write_to<W: Write + Seek>(self, out: W) -> Result<W, Error> {
        let mut archive = ZipWriter::new(out);
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Deflated)
            .last_modified_time(DateTime::default());
        for (name, content) in self.entries {
            let bytes = match &content {
                Content::Encoded(bytes) => bytes.len() as u64,
                Content::Tape { values, .. } => values.bytes() + HEADER_BYTES,
            };
            let options = options.large_file(bytes >= u64::from(u32::MAX));
            archive.start_file(format!("{name}.npy"), options).map_err(|error| bad(&name, error))?;
            let mut entry = BufWriter::with_capacity(COMPRESSED_BYTES, &mut archive);
            match content {
                Content::Encoded(bytes) => entry.write_all(&bytes).map_err(|error| bad(&name, error))?,
                Content::Tape { shape, values } => values.encode(&shape, &mut entry)?,
            }
            // Not a flush, for the same reason as in `Unflushed`.
            entry.into_inner().map_err(|error| bad(&name, error.error()))?;
        }
        archive.finish().map_err(|error| bad("npz", error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrays_read_back_and_bytes_are_reproducible() {
        let make = || {
            let mut writer = NpzWriter::new();
            writer.add("weights", &[2, 3], &[1_i16, -2, 3, -4, 5, -6]).unwrap();
            writer.add_column("rate", &[0.5_f64, 1.25]).unwrap();
            writer.finish().unwrap()
        };
        let bytes = make();
        assert_eq!(bytes, make());
        let arrays = Arrays::from_bytes(&bytes, "test.npz").unwrap();
        assert_eq!(
            arrays.get("weights").unwrap(),
            &Array { shape: vec![2, 3], data: Data::Integers(vec![1, -2, 3, -4, 5, -6]) }
        );
        assert_eq!(arrays.get("rate").unwrap().data, Data::Floats(vec![0.5, 1.25]));
        assert!(arrays.get("wieghts").unwrap_err().to_string().contains("rate, weights"));
        assert!(arrays.integers("weights", -10, 10).is_err());
        for end in 0..bytes.len() {
            // A file cut anywhere is refused, or (inside its last record) still whole.
            if let Ok(short) = Arrays::from_bytes(&bytes[..end], "cut") {
                assert_eq!(short.get("rate").unwrap().data, Data::Floats(vec![0.5, 1.25]));
            }
        }
    }
}
