//! Arrays of values: IDX, NPY and NPZ, plain or gzipped, told apart by their first bytes.

use super::{refuse, unpacked};
use crate::error::Error;
use caudate_core::npz::{Array, Arrays, Data};
use std::path::Path;

/// Samples of values: the first axis of an array counts samples, the others make up the features of one.
#[derive(Debug, Clone, PartialEq)]
pub struct Samples {
    /// Finite values, sample by sample.
    pub values: Vec<f64>,
    /// Values of a sample, at least 1.
    pub features: usize,
}

impl Samples {
    /// Reads a file; `array` picks one of an NPZ, and is not needed if there is only one.
    ///
    /// # Errors
    /// [`Error::Invalid`] with what the file is not.
    pub fn read(path: &Path, array: Option<&str>) -> Result<Self, Error> {
        let bytes = unpacked(path)?;
        let origin = path.display().to_string();
        let array = match bytes.get(..4) {
            Some(b"PK\x03\x04") => {
                let arrays = Arrays::from_bytes(&bytes, &origin)?;
                let names: Vec<&str> = arrays.names().collect();
                match (array, names.as_slice()) {
                    (Some(name), _) => arrays.get(name)?.clone(),
                    (None, [only]) => arrays.get(only)?.clone(),
                    (None, all) => {
                        let message = format!("the file holds {} arrays: {}", all.len(), all.join(", "));
                        return Err(refuse(path, message, "pick one by --array"));
                    }
                }
            }
            Some(b"\x93NUM") => Array::from_npy(&bytes, &origin)?,
            Some([0, 0, kind, axes]) => idx(&bytes, *kind, usize::from(*axes)).map_err(|message| {
                refuse(
                    path,
                    message,
                    "download the file again; an IDX file is 00 00, type, number of axes, lengths, values",
                )
            })?,
            _ => return Err(refuse(path, "it is neither IDX nor NPY nor NPZ", "save it with numpy.save")),
        };
        let features = array.shape.iter().skip(1).product::<u64>().max(1) as usize;
        let values = match array.data {
            Data::Integers(values) => values.into_iter().map(|value| value as f64).collect(),
            Data::Floats(values) => values,
        };
        Self { values, features }.checked(path)
    }

    pub(super) fn checked(self, origin: &Path) -> Result<Self, Error> {
        if self.values.is_empty() || self.features > u32::MAX as usize / 2 {
            let message = format!("it holds {} values in samples of {}", self.values.len(), self.features);
            return Err(refuse(origin, message, "one sample of one value is the least"));
        }
        match self.values.iter().position(|value| !value.is_finite()) {
            Some(at) => {
                let (sample, feature) = (at / self.features, at % self.features);
                let message =
                    format!("sample {sample}, value {feature} is {}; a finite number is needed", self.values[at]);
                Err(refuse(origin, message, "clean the data first"))
            }
            None => Ok(self),
        }
    }

    /// The samples.
    pub fn rows(&self) -> std::slice::ChunksExact<'_, f64> {
        self.values.chunks_exact(self.features)
    }

    /// `count` samples from number `first` on, or all of the rest.
    ///
    /// # Errors
    /// [`Error::Invalid`] if there are not as many.
    pub fn part(mut self, first: usize, count: Option<usize>, origin: &Path) -> Result<Self, Error> {
        let all = self.values.len() / self.features;
        let end = count.map_or(Some(all), |count| first.checked_add(count)).filter(|end| *end <= all && first < *end);
        let Some(end) = end else {
            let asked = count.map_or("the rest".to_owned(), |count| count.to_string());
            let message = format!("samples from {first} on, {asked}, are asked for; there are {all}");
            return Err(refuse(origin, message, format!("--first is 0..={}, and --count fits behind it", all - 1)));
        };
        self.values.truncate(end * self.features);
        self.values.drain(..first * self.features);
        Ok(self)
    }
}

/// An array in the format of MNIST.
fn idx(bytes: &[u8], kind: u8, axes: usize) -> Result<Array, String> {
    let start = 4 + 4 * axes;
    let lengths = bytes.get(4..start).ok_or_else(|| format!("it ends within the lengths of its {axes} axes"))?;
    let shape: Vec<u64> = lengths.chunks_exact(4).map(|own| u64::from(u32::from_be_bytes(fixed(own)))).collect();
    let size = match kind {
        0x08 | 0x09 => 1,
        0x0B => 2,
        0x0C | 0x0D => 4,
        0x0E => 8,
        _ => return Err(format!("its type is {kind:#04x}; 0x08, 0x09 and 0x0b to 0x0e are known")),
    };
    let body = &bytes[start..];
    let needed = shape.iter().try_fold(size, |product: u64, axis| product.checked_mul(*axis));
    if axes == 0 || needed != Some(body.len() as u64) {
        let needed = needed.map_or("more than 2^64".to_owned(), |needed| needed.to_string());
        return Err(format!("its shape {shape:?} needs {needed} bytes of values; it has {}", body.len()));
    }
    let values = body.chunks_exact(size as usize);
    let data = match kind {
        0x08 => Data::Integers(body.iter().map(|value| i64::from(*value)).collect()),
        0x09 => Data::Integers(body.iter().map(|value| i64::from(value.cast_signed())).collect()),
        0x0B => Data::Integers(values.map(|own| i64::from(i16::from_be_bytes(fixed(own)))).collect()),
        0x0C => Data::Integers(values.map(|own| i64::from(i32::from_be_bytes(fixed(own)))).collect()),
        0x0D => Data::Floats(values.map(|own| f64::from(f32::from_be_bytes(fixed(own)))).collect()),
        _ => Data::Floats(values.map(|own| f64::from_be_bytes(fixed(own))).collect()),
    };
    Ok(Array { shape, data })
}

/// Bytes of a chunk; chunks have the length of `N`.
fn fixed<const N: usize>(bytes: &[u8]) -> [u8; N] {
    let mut own = [0; N];
    own.iter_mut().zip(bytes).for_each(|(own, byte)| *own = *byte);
    own
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(name: &str, bytes: &[u8]) -> Result<Samples, Error> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        Samples::read(&path, None)
    }

    #[test]
    fn every_type_of_idx_is_read() {
        for (kind, body, values) in [
            (0x08, vec![1, 255], vec![1.0, 255.0]),
            (0x09, vec![1, 255], vec![1.0, -1.0]),
            (0x0B, vec![1, 0, 255, 255], vec![256.0, -1.0]),
            (0x0C, vec![0, 1, 0, 0, 255, 255, 255, 255], vec![65536.0, -1.0]),
            (0x0D, [1.5_f32, -2.0].map(f32::to_be_bytes).concat(), vec![1.5, -2.0]),
            (0x0E, [0.1_f64, -2.0].map(f64::to_be_bytes).concat(), vec![0.1, -2.0]),
        ] {
            let file = [&[0, 0, kind, 2, 0, 0, 0, 1, 0, 0, 0, 2][..], &body].concat();
            assert_eq!(read("a.idx", &file).unwrap(), Samples { values, features: 2 });
            assert!(read("a.idx", &file[..file.len() - 1]).unwrap_err().to_string().contains("bytes of values"));
        }
    }

    #[test]
    fn what_is_no_finite_array_is_refused_by_name() {
        for (bytes, said) in [
            (vec![0, 0, 8, 0], "needs 1 bytes"),
            (vec![0, 0, 7, 1, 0, 0, 0, 1, 9], "its type is 0x07"),
            (vec![0, 0, 8, 2, 0, 0], "ends within the lengths"),
            (vec![0, 0, 8, 1, 0, 0, 0, 0], "it holds 0 values"),
            ([&[0, 0, 13, 1, 0, 0, 0, 1][..], &f32::NAN.to_be_bytes()].concat(), "sample 0, value 0 is NaN"),
            (b"1,2,3".to_vec(), "neither IDX nor NPY nor NPZ"),
            (vec![0x1F, 0x8B, 8], "cannot be unpacked"),
        ] {
            let error = read("bad.data", &bytes).unwrap_err().to_string();
            assert!(error.contains(said) && error.contains("bad.data"), "{error}");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..64), start in 0_usize..4) {
            let starts: [&[u8]; 4] = [&[0, 0], b"PK\x03\x04", b"\x93NUMPY", &[0x1F, 0x8B]];
            let _ = read("any", &[starts[start], &bytes].concat());
        }
    }
}
