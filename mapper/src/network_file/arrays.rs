//! NPZ files that a network names: each is read once.

use super::part::Attached;
use caudate_core::npz::{Array, Arrays, Data};
use caudate_isa::diagnostic::nearest;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// What is wrong with a file or an array: code, message, way out.
pub(super) type ArrayFlaw = (&'static str, String, String);

/// The files met so far.
pub(super) struct ArrayFiles {
    base_dir: PathBuf,
    files: BTreeMap<PathBuf, Result<Arrays, ArrayFlaw>>,
    /// Arrays in memory, each of which is named once; they stand for those of the file [`Attached::NAME`].
    attached: BTreeMap<String, Data>,
}

impl ArrayFiles {
    pub(super) fn new(base_dir: &Path, attached: BTreeMap<String, Data>) -> Self {
        Self { base_dir: base_dir.to_owned(), files: BTreeMap::new(), attached }
    }

    /// The elements of an array, in C order, and its name; without one, the only array of the file.
    fn data(&mut self, file: &str, name: Option<&str>) -> Result<(Data, String), ArrayFlaw> {
        match name {
            Some(name) if file == Attached::NAME => {
                let data = self.attached.remove(name).ok_or_else(|| {
                    let help = "name each array in one place".to_owned();
                    ("E-NET-ARRAY", format!("no array '{name}' is attached"), help)
                })?;
                Ok((data, name.to_owned()))
            }
            _ => self.array(file, name).map(|(array, name)| (array.data.clone(), name)),
        }
    }

    /// The array of a file; without a name, its only one.
    fn array(&mut self, file: &str, name: Option<&str>) -> Result<(&Array, String), ArrayFlaw> {
        let path = self.base_dir.join(file);
        let shown = path.display().to_string();
        let opened = self.files.entry(path).or_insert_with_key(|path| {
            Arrays::read(path).map_err(|error| {
                // The error of a reader begins with its own code; the message is what people need.
                let text = error.to_string();
                let message = text.split_once("]: ").map_or(text.as_str(), |(_, message)| message).to_owned();
                (
                    "E-NET-FILE",
                    message,
                    "paths are relative to the network file; write arrays with numpy.savez".to_owned(),
                )
            })
        });
        let arrays = opened.as_ref().map_err(Clone::clone)?;
        let names: Vec<&str> = arrays.names().collect();
        let listed = || format!("it has: {}", names.join(", "));
        let name = match (name, names.as_slice()) {
            (Some(name), _) => name,
            (None, [only]) => only,
            (None, _) => {
                return Err((
                    "E-NET-MISSING",
                    format!("'{shown}' has {} arrays; none is named here", names.len()),
                    format!("add array = \"...\"; {}", listed()),
                ));
            }
        };
        if !arrays.contains(name) {
            let help = nearest(name, names.iter().copied())
                .map_or_else(listed, |candidate| format!("did you mean '{candidate}'? {}", listed()));
            return Err(("E-NET-ARRAY", format!("'{shown}' has no array '{name}'"), help));
        }
        let array = arrays.get(name).map_err(|error| ("E-NET-ARRAY", error.to_string(), listed()))?;
        Ok((array, name.to_owned()))
    }

    /// The numbers of an array, in C order.
    pub(super) fn numbers(&mut self, file: &str, name: Option<&str>) -> Result<Vec<f64>, ArrayFlaw> {
        Ok(match self.data(file, name)?.0 {
            Data::Integers(values) => values.iter().map(|value| *value as f64).collect(),
            Data::Floats(values) => values,
        })
    }

    /// The whole numbers of an array that names members of a population.
    pub(super) fn members(&mut self, file: &str, name: &str) -> Result<Vec<i64>, ArrayFlaw> {
        let (data, name) = self.data(file, Some(name))?;
        match data {
            Data::Integers(values) => Ok(values),
            Data::Floats(_) => {
                let message =
                    format!("array '{name}' of '{file}' holds floating-point numbers; members are whole numbers");
                Err(("E-NET-WHOLE", message, "save it as integers, for example with numpy.int32".to_owned()))
            }
        }
    }
}
