//! HDF5 files as plain values: the one module that knows the library behind.
//!
//! A file is read whole into a tree of groups and datasets, so that nothing after this module can fail on the format. Bytes are data of
//! strangers: sizes are bounded before anything is allocated, and a defect of the library on damaged bytes ends as a diagnostic.

use crate::error::Error;
use caudate_isa::diagnostic::{Diagnostic, Place, nearest};
use hdf5_pure::{CharacterSet, DType, Datatype, File, FileBuilder, FinishedGroup, GroupBuilder, StringPadding};
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// The first bytes of every HDF5 file.
pub const SIGNATURE: &[u8; 8] = b"\x89HDF\r\n\x1a\n";

/// Groups may nest this deep; damaged links could otherwise nest for ever.
const MAX_DEPTH: usize = 16;
/// Objects in one file.
const MAX_OBJECTS: usize = 100_000;
/// Deflate never stores more than this many bytes in one.
const MAX_INFLATION: u64 = 1032;

/// A group: datasets and groups by name.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Group {
    /// The file, and the path of the group in it, for diagnostics.
    origin: String,
    /// Groups inside.
    pub groups: BTreeMap<String, Group>,
    /// Datasets inside.
    pub datasets: BTreeMap<String, Dataset>,
}

/// A dataset: shape and elements in C order. A scalar has no axes.
#[derive(Debug, Clone, PartialEq)]
pub struct Dataset {
    /// Length of each axis.
    pub shape: Vec<usize>,
    /// The elements.
    pub values: Values,
}

/// The elements of a dataset.
#[derive(Debug, Clone, PartialEq)]
pub enum Values {
    /// Integers and booleans of any width.
    Integers(Vec<i64>),
    /// Floating-point numbers of 32 or 64 bits.
    Floats(Vec<f64>),
    /// Texts of fixed or variable length.
    Texts(Vec<String>),
    /// Something else, by the name of its type.
    Other(String),
}

impl Group {
    /// An empty group of a new file.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads a file; `origin` names it in diagnostics.
    ///
    /// # Errors
    /// [`Error::Invalid`] if the bytes are no HDF5 file, or a damaged one.
    pub fn from_bytes(bytes: &[u8], origin: &str) -> Result<Self, Error> {
        if bytes.len() < SIGNATURE.len() || !bytes.starts_with(SIGNATURE) {
            let message = format!("this is no HDF5 file: {}", super::describe_content(bytes));
            return Err(refuse(
                origin,
                message,
                "export the network again; a path to the wrong file is the usual cause",
            ));
        }
        let read = || {
            let file = File::from_bytes(bytes.to_vec()).map_err(|error| damaged(origin, &error))?;
            let mut reader = Reader { limit: bytes.len() as u64 * MAX_INFLATION, objects: 0 };
            reader.group(&file.root(), origin.to_owned(), 0)
        };
        // The library is tested against damaged bytes; what it may still panic on is a damaged file all the same.
        catch_unwind(AssertUnwindSafe(read)).unwrap_or_else(|_| Err(damaged(origin, &"its structure makes no sense")))
    }

    /// The file as bytes; equal trees give equal bytes. Texts are stored with a fixed length, [`Values::Other`] cannot be stored.
    ///
    /// # Errors
    /// [`Error::Invalid`] if something cannot be stored.
    pub fn to_bytes(&self) -> Result<Vec<u8>, Error> {
        let mut file = FileBuilder::new();
        for (name, dataset) in &self.datasets {
            dataset.write(name, file.create_dataset(name))?;
        }
        for (name, group) in &self.groups {
            let builder = file.create_group(name);
            file.add_group(group.write(builder)?);
        }
        file.finish().map_err(|error| refuse(&self.origin, format!("cannot be written: {error}"), "report this"))
    }

    fn write(&self, mut builder: GroupBuilder) -> Result<FinishedGroup, Error> {
        for (name, dataset) in &self.datasets {
            dataset.write(name, builder.create_dataset(name))?;
        }
        for (name, group) in &self.groups {
            let inner = builder.create_group(name);
            builder.add_group(group.write(inner)?);
        }
        Ok(builder.finish())
    }

    /// The file and the path of this group.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// A diagnostic about the entry `name` of this group; an empty name is the group itself.
    pub(crate) fn problem(
        &self,
        code: &'static str,
        name: &str,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> Diagnostic {
        let place = if name.is_empty() { self.origin.clone() } else { inside(&self.origin, name) };
        Diagnostic::new(code, message).at(Place::named(place)).help(help)
    }

    fn missing(&self, kind: &str, name: &str, known: Vec<&str>) -> Diagnostic {
        let list = if known.is_empty() { "nothing".to_owned() } else { known.join(", ") };
        let help = match nearest(name, known) {
            Some(candidate) => {
                format!("rename `{candidate}` to `{name}`, or export again with the newest version of the exporter")
            }
            None => format!("add `{name}`, or export again with the newest version of the exporter"),
        };
        self.problem("E-IMPORT-MISSING", "", format!("there is no {kind} `{name}` here; there is {list}"), help)
    }

    /// The group `name`.
    pub(crate) fn group(&self, name: &str) -> Result<&Self, Diagnostic> {
        self.groups
            .get(name)
            .ok_or_else(|| self.missing("group", name, self.groups.keys().map(String::as_str).collect()))
    }

    /// The dataset `name`.
    pub(crate) fn dataset(&self, name: &str) -> Result<&Dataset, Diagnostic> {
        self.datasets
            .get(name)
            .ok_or_else(|| self.missing("field", name, self.datasets.keys().map(String::as_str).collect()))
    }

    /// The one text in the dataset `name`, which may be an array of one element.
    pub(crate) fn text(&self, name: &str) -> Result<&str, Diagnostic> {
        match &self.dataset(name)?.values {
            Values::Texts(texts) if texts.len() == 1 => Ok(texts[0].trim_end_matches('\0').trim()),
            other => Err(self.wrong_type(name, "one text", other)),
        }
    }

    /// The numbers of the dataset `name`, all finite, with their shape.
    pub(crate) fn numbers(&self, name: &str) -> Result<(&[usize], Vec<f64>), Diagnostic> {
        let dataset = self.dataset(name)?;
        let values = match &dataset.values {
            Values::Integers(values) => values.iter().map(|value| *value as f64).collect(),
            Values::Floats(values) => values.clone(),
            other => return Err(self.wrong_type(name, "numbers", other)),
        };
        match values.iter().position(|value: &f64| !value.is_finite()) {
            Some(index) => {
                let message = format!("`{name}`, element {index}: {} is no finite number", values[index]);
                Err(self.problem(
                    "E-IMPORT-NUMBER",
                    name,
                    message,
                    "train again; a diverged training leaves such numbers",
                ))
            }
            None => Ok((&dataset.shape, values)),
        }
    }

    /// The whole numbers of the dataset `name`, each within `low..=high`, with their shape. Floats without a fraction are whole.
    pub(crate) fn whole(&self, name: &str, low: i64, high: i64) -> Result<(&[usize], Vec<i64>), Diagnostic> {
        let (shape, values) = self.numbers(name)?;
        let bad = |value: &f64| value.fract() != 0.0 || !(low as f64..=high as f64).contains(value);
        match values.iter().position(bad) {
            Some(index) => {
                let message =
                    format!("`{name}`, element {index}: {} is no whole number of {low}..={high}", values[index]);
                Err(self.problem("E-IMPORT-RANGE", name, message, "correct the field, or export the network again"))
            }
            None => Ok((shape, values.into_iter().map(|value| value as i64).collect())),
        }
    }

    /// The one whole number in the dataset `name`, within `low..=high`.
    pub(crate) fn whole_one(&self, name: &str, low: i64, high: i64) -> Result<i64, Diagnostic> {
        match self.whole(name, low, high)?.1.as_slice() {
            [value] => Ok(*value),
            values => {
                let message = format!("`{name}` has {} elements; one is needed", values.len());
                Err(self.problem("E-IMPORT-SHAPE", name, message, "give one number for the whole layer"))
            }
        }
    }

    pub(crate) fn wrong_type(&self, name: &str, needed: &str, found: &Values) -> Diagnostic {
        let message = format!("`{name}` holds {}; {needed} is needed", found.describe());
        self.problem("E-IMPORT-TYPE", name, message, "correct the field, or export the network again")
    }
}

impl Dataset {
    /// Floating-point numbers of a shape.
    #[must_use]
    pub fn floats(shape: &[usize], values: Vec<f64>) -> Self {
        Self { shape: shape.to_vec(), values: Values::Floats(values) }
    }

    /// Integers of a shape.
    #[must_use]
    pub fn integers(shape: &[usize], values: Vec<i64>) -> Self {
        Self { shape: shape.to_vec(), values: Values::Integers(values) }
    }

    /// Texts of a shape; a scalar has the shape `[]`.
    #[must_use]
    pub fn texts(shape: &[usize], values: Vec<String>) -> Self {
        Self { shape: shape.to_vec(), values: Values::Texts(values) }
    }

    fn write(&self, name: &str, builder: &mut hdf5_pure::DatasetBuilder) -> Result<(), Error> {
        let shape: Vec<u64> = self.shape.iter().map(|axis| *axis as u64).collect();
        match &self.values {
            Values::Integers(values) => builder.with_i64_data(values),
            Values::Floats(values) => builder.with_f64_data(values),
            Values::Texts(values) => {
                let size = values.iter().map(String::len).max().unwrap_or(0).max(1);
                let mut bytes = Vec::with_capacity(size * values.len());
                for value in values {
                    bytes.extend(value.bytes());
                    bytes.resize(bytes.len() + size - value.len(), 0);
                }
                let datatype = Datatype::String {
                    size: size as u32,
                    padding: StringPadding::NullPad,
                    charset: CharacterSet::Utf8,
                };
                builder.with_raw_data(datatype, bytes, values.len() as u64)
            }
            Values::Other(kind) => {
                return Err(refuse(name, format!("a {kind} cannot be written"), "leave the dataset out"));
            }
        };
        builder.with_shape(&shape);
        Ok(())
    }
}

impl Values {
    fn describe(&self) -> String {
        match self {
            Self::Integers(values) => format!("{} integers", values.len()),
            Self::Floats(values) => format!("{} floating-point numbers", values.len()),
            Self::Texts(values) => format!("{} texts", values.len()),
            Self::Other(kind) => format!("data of type {kind}"),
        }
    }
}

/// Reads one file and counts what it holds.
struct Reader {
    /// Largest dataset that a file of this length can hold, in bytes.
    limit: u64,
    objects: usize,
}

impl Reader {
    fn group(&mut self, group: &hdf5_pure::Group, origin: String, depth: usize) -> Result<Group, Error> {
        if depth > MAX_DEPTH {
            return Err(damaged(&origin, &format!("groups nest more than {MAX_DEPTH} deep")));
        }
        let mut read = Group { origin, ..Group::default() };
        for name in group.datasets().map_err(|error| damaged(&read.origin, &error))? {
            let origin = self.count(&read, &name)?;
            let dataset = group.dataset(&name).map_err(|error| damaged(&origin, &error))?;
            let dataset = self.dataset(&dataset, &origin)?;
            read.datasets.insert(name, dataset);
        }
        for name in group.groups().map_err(|error| damaged(&read.origin, &error))? {
            let origin = self.count(&read, &name)?;
            let inner = group.group(&name).map_err(|error| damaged(&origin, &error))?;
            let inner = self.group(&inner, origin, depth + 1)?;
            read.groups.insert(name, inner);
        }
        Ok(read)
    }

    /// Counts an object, and says where it is.
    fn count(&mut self, group: &Group, name: &str) -> Result<String, Error> {
        self.objects += 1;
        if self.objects > MAX_OBJECTS {
            return Err(damaged(&group.origin, &format!("the file has more than {MAX_OBJECTS} objects")));
        }
        Ok(inside(&group.origin, name))
    }

    fn dataset(&self, dataset: &hdf5_pure::Dataset, origin: &str) -> Result<Dataset, Error> {
        let fail = |error: hdf5_pure::Error| damaged(origin, &error);
        let datatype = dataset.datatype().map_err(fail)?;
        let shape = dataset.shape().map_err(fail)?;
        let elements = shape.iter().try_fold(1_u64, |product, axis| product.checked_mul(*axis));
        let bytes = elements.and_then(|elements| elements.checked_mul(u64::from(datatype.type_size())));
        let Some(elements) = elements.filter(|_| bytes.is_some_and(|bytes| bytes <= self.limit)) else {
            let message = format!("its shape {shape:?} asks for more than a file of this length can hold");
            return Err(damaged(origin, &message));
        };
        if elements == 0 {
            return Ok(Dataset::floats(&shape.iter().map(|axis| *axis as usize).collect::<Vec<_>>(), Vec::new()));
        }
        let values = match dataset.dtype().map_err(fail)? {
            DType::F32 | DType::F64 => Values::Floats(dataset.read_f64().map_err(fail)?),
            DType::I8 | DType::I16 | DType::I32 | DType::I64 | DType::U8 | DType::U16 | DType::U32 | DType::U64 => {
                Values::Integers(dataset.read_i64().map_err(fail)?)
            }
            // How h5py stores booleans.
            DType::Enum(_) if datatype.type_size() == 1 => {
                Values::Integers(dataset.read_raw().map_err(fail)?.into_iter().map(i64::from).collect())
            }
            DType::String | DType::VariableLengthString => Values::Texts(dataset.read_string().map_err(fail)?),
            other => Values::Other(other.to_string()),
        };
        let found = match &values {
            Values::Integers(values) => values.len() as u64,
            Values::Floats(values) => values.len() as u64,
            Values::Texts(values) => values.len() as u64,
            Values::Other(_) => elements,
        };
        if found != elements {
            return Err(damaged(origin, &format!("it has {found} elements, its shape {shape:?} needs {elements}")));
        }
        Ok(Dataset { shape: shape.into_iter().map(|axis| axis as usize).collect(), values })
    }
}

fn inside(origin: &str, name: &str) -> String {
    if origin.contains(": /") { format!("{origin}/{name}") } else { format!("{origin}: /{name}") }
}

fn damaged(origin: &str, reason: &dyn std::fmt::Display) -> Error {
    refuse(origin, format!("the HDF5 file is damaged: {reason}"), "copy or export the file again")
}

fn refuse(origin: &str, message: impl Into<String>, help: &str) -> Error {
    Error::Invalid(vec![Diagnostic::new("E-HDF5", message).at(Place::named(origin)).help(help)])
}

#[cfg(test)]
mod tests;
