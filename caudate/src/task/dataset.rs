//! Labelled samples from a CSV file: whole numbers, the label last; plain or gzipped.

use crate::error::Error;
use caudate_core::file;
use caudate_isa::diagnostic::{Diagnostic, Place};
use flate2::read::GzDecoder;
use std::io::Read;
use std::path::Path;

/// Labelled samples.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Dataset {
    /// Values of each sample.
    pub(super) samples: Vec<Vec<u16>>,
    /// Class of each sample.
    pub(super) labels: Vec<usize>,
}

impl Dataset {
    /// Reads a file whose rows hold `features` values of 0..=`max_value` and a label below `classes`.
    pub(super) fn read(path: &Path, features: usize, max_value: u16, classes: usize) -> Result<Self, Error> {
        let bytes = file::read(path)?;
        let name = path.display().to_string();
        let bad =
            |line: usize, message: String| {
                let diagnostic = Diagnostic::new("E-DATA", message).at(Place::named(format!("{name}:{line}")));
                Error::Invalid(vec![diagnostic.help(format!(
                    "a row holds {features} whole numbers 0..={max_value} and a label 0..={}",
                    classes - 1
                ))])
            };
        let text = if bytes.starts_with(&[0x1F, 0x8B]) {
            let mut text = String::new();
            GzDecoder::new(bytes.as_slice())
                .read_to_string(&mut text)
                .map_err(|error| bad(0, format!("cannot be unpacked: {error}")))?;
            text
        } else {
            String::from_utf8(bytes).map_err(|error| bad(0, format!("is no text: {error}")))?
        };
        let mut dataset = Self { samples: Vec::new(), labels: Vec::new() };
        for (index, row) in text.lines().enumerate().filter(|(_, row)| !row.trim().is_empty()) {
            let fields: Vec<&str> = row.split(',').map(str::trim).collect();
            if fields.len() != features + 1 {
                return Err(bad(
                    index + 1,
                    format!("the row has {} fields; {} are needed", fields.len(), features + 1),
                ));
            }
            // Some tools write whole numbers as "5.0".
            let number = |field: &str, limit: u16| {
                let whole = field.strip_suffix(".0").unwrap_or(field);
                whole
                    .parse::<u16>()
                    .ok()
                    .filter(|value| *value <= limit)
                    .ok_or_else(|| bad(index + 1, format!("'{field}' is not a whole number 0..={limit}")))
            };
            let values = fields[..features].iter().map(|field| number(field, max_value)).collect::<Result<_, _>>()?;
            dataset.labels.push(usize::from(number(fields[features], classes as u16 - 1)?));
            dataset.samples.push(values);
        }
        if dataset.samples.is_empty() { Err(bad(1, "the file holds no sample".to_owned())) } else { Ok(dataset) }
    }

    /// Splits the samples into training and test, each class alike: of each class, in file order, every `one_in`-th sample,
    /// beginning with number `offset`, is for test.
    pub(super) fn split(&self, one_in: u32, offset: u32, classes: usize) -> (Vec<usize>, Vec<usize>) {
        let mut seen = vec![0_u32; classes];
        (0..self.labels.len()).partition(|index| {
            let count = &mut seen[self.labels[*index]];
            *count += 1;
            (*count - 1) % one_in != offset
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Dataset, Error> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("data.csv");
        std::fs::write(&path, text).unwrap();
        Dataset::read(&path, 2, 16, 3)
    }

    #[test]
    fn rows_are_values_and_a_label() {
        let dataset = read("1,2,0\n16,0.0,2\n").unwrap();
        assert_eq!((dataset.samples, dataset.labels), (vec![vec![1, 2], vec![16, 0]], vec![0, 2]));
    }

    #[test]
    fn bad_rows_are_named_by_line() {
        for (text, line) in
            [("1,2,0\n1,2\n", ":2"), ("1,17,0\n", ":1"), ("1,2,3\n", ":1"), ("1,nan,0", ":1"), ("", ":1")]
        {
            let error = read(text).unwrap_err().to_string();
            assert!(error.contains(line) && error.contains("data.csv"), "{error}");
        }
    }

    #[test]
    fn the_split_is_stratified_and_disjoint() {
        let labels: Vec<usize> = (0..50).map(|index| index % 2).collect();
        let dataset = Dataset { samples: vec![Vec::new(); 50], labels };
        let (train, test) = dataset.split(5, 2, 2);
        assert_eq!((train.len(), test.len()), (40, 10));
        assert_eq!(test.iter().filter(|index| dataset.labels[**index] == 0).count(), 5);
        assert!(test.iter().all(|index| !train.contains(index)));
    }
}
