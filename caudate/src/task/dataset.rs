//! Labelled samples: from a CSV file of whole numbers with the label last, or from two files of arrays; plain or gzipped.

use crate::data::Samples;
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

    /// Reads samples of `features` whole values of 0..=`max_value` and a label below `classes` for each, from files of arrays.
    pub(super) fn read_arrays(
        data: &Path,
        labels: &Path,
        features: usize,
        max_value: u16,
        classes: usize,
    ) -> Result<Self, Error> {
        let [samples, classified] = [Samples::read(data, None)?, Samples::read(labels, None)?];
        let bad = |path: &Path, message: String| {
            let diagnostic = Diagnostic::new("E-DATA", message).at(Place::named(path.display().to_string()));
            let help =
                format!("a sample has {features} whole values of 0..={max_value}, and a label of 0..={}", classes - 1);
            Error::Invalid(vec![diagnostic.help(help)])
        };
        let whole = |path: &Path, all: &Samples, limit: u16| -> Result<Vec<u16>, Error> {
            let is_good = |value: &f64| value.fract() == 0.0 && (0.0..=f64::from(limit)).contains(value);
            match all.values.iter().position(|value| !is_good(value)) {
                None => Ok(all.values.iter().map(|value| *value as u16).collect()),
                Some(at) => Err(bad(
                    path,
                    format!(
                        "sample {}, value {} is {}; the range is 0..={limit}, in whole numbers",
                        at / all.features,
                        at % all.features,
                        all.values[at]
                    ),
                )),
            }
        };
        let values = whole(data, &samples, max_value)?;
        let labelled = whole(labels, &classified, classes as u16 - 1)?;
        if samples.features != features {
            return Err(bad(data, format!("a sample has {} values; {features} are needed", samples.features)));
        }
        if classified.features != 1 || labelled.len() != samples.rows().len() {
            let message = format!("there are {} labels for {} samples", labelled.len(), samples.rows().len());
            return Err(bad(labels, message));
        }
        Ok(Self {
            samples: values.chunks_exact(features).map(<[u16]>::to_vec).collect(),
            labels: labelled.into_iter().map(usize::from).collect(),
        })
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
    fn arrays_are_samples_and_labels_and_must_agree() {
        let folder = tempfile::tempdir().unwrap();
        let idx = |name: &str, axes: &[u8], values: &[u8]| {
            let lengths: Vec<u8> = axes.iter().flat_map(|axis| [0, 0, 0, *axis]).collect();
            let path = folder.path().join(name);
            std::fs::write(&path, [&[0, 0, 8, axes.len() as u8][..], &lengths, values].concat()).unwrap();
            path
        };
        let data = idx("data.idx", &[2, 1, 2], &[1, 2, 16, 0]);
        let read = |labels: &Path| Dataset::read_arrays(&data, labels, 2, 16, 3);
        let dataset = read(&idx("labels.idx", &[2], &[0, 2])).unwrap();
        assert_eq!((dataset.samples, dataset.labels), (vec![vec![1, 2], vec![16, 0]], vec![0, 2]));
        for (labels, said) in [
            (idx("few.idx", &[1], &[0]), "1 labels for 2 samples"),
            (idx("large.idx", &[2], &[0, 3]), "sample 1, value 0 is 3; the range is 0..=2"),
        ] {
            let error = read(&labels).unwrap_err().to_string();
            assert!(error.contains(said) && error.contains(&labels.display().to_string()), "{error}");
        }
        let error = Dataset::read_arrays(&data, &data, 3, 16, 99).unwrap_err().to_string();
        assert!(error.contains("a sample has 2 values; 3 are needed"), "{error}");
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
