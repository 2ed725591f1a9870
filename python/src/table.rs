//! From keyword arguments to a table of a network file, whose arrays and texts are attached.

use crate::convert::{array, numbers, type_name};
use crate::error::{flaw, refuse};
use crate::program::{Program, Rule};
use caudate::mapper::Attached;
use numpy::{PyUntypedArray, PyUntypedArrayMethods};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyFloat, PyInt, PyList, PyString, PyTuple};
use toml::{Table, Value};

/// Tables and lists inside each other at most: no file needs more than four, and a `dict` may hold itself.
const MOST_DEPTH: usize = 8;

/// Converts the values of one part of a network.
pub(crate) struct Tables {
    /// What errors call the part.
    part: String,
    depth: usize,
    pub(crate) attached: Attached,
}

impl Tables {
    pub(crate) fn new(part: String) -> Self {
        Self { part, depth: 0, attached: Attached::default() }
    }

    /// A table of everything that is not `None`.
    pub(crate) fn table(&mut self, path: &str, dict: &Bound<'_, PyDict>) -> PyResult<Table> {
        let mut table = Table::new();
        for (key, value) in dict {
            if value.is_none() {
                continue;
            }
            let Ok(key) = key.cast::<PyString>() else {
                let message = format!("a key is of type {}; keys are texts", type_name(&key));
                return Err(self.refuse(dict.py(), path, message, "write each key as a text"));
            };
            let key = key.to_string();
            let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
            table.insert(key, self.value(&path, &value)?);
        }
        // Both ends of a list of pairs are arrays of the same file.
        if path == "connect" && ["pre", "post"].iter().any(|end| table.get(*end).is_some_and(is_attached)) {
            for end in ["pre", "post"] {
                let Some(object) = dict.get_item(end)? else { continue };
                let name = self.attach(&format!("connect.{end}"), &array(&object)?)?;
                table.insert(end.to_owned(), Value::String(name));
            }
            table.insert("npz".to_owned(), Value::String(Attached::NAME.to_owned()));
        }
        Ok(table)
    }

    /// One value.
    pub(crate) fn value(&mut self, path: &str, object: &Bound<'_, PyAny>) -> PyResult<Value> {
        if let Ok(array) = object.cast::<PyUntypedArray>() {
            if array.ndim() == 0 {
                return self.value(path, &array.call_method0("item")?);
            }
            // What is to be chosen from is a list in every file.
            if path.ends_with(".values") {
                return self.value(path, &array.call_method0("tolist")?);
            }
            let name = self.attach(path, array)?;
            let reference = [("npz", Attached::NAME.to_owned()), ("array", name)];
            return Ok(Value::Table(
                reference.map(|(key, value)| (key.to_owned(), Value::String(value))).into_iter().collect(),
            ));
        }
        if object.is_instance_of::<PyBool>() {
            return Ok(Value::Boolean(object.extract()?));
        }
        if object.is_instance_of::<PyString>() {
            return Ok(Value::String(object.extract()?));
        }
        if object.is_instance_of::<PyDict>() || object.is_instance_of::<PyList>() || object.is_instance_of::<PyTuple>()
        {
            if self.depth == MOST_DEPTH {
                let message = format!("the value has more than {MOST_DEPTH} tables or lists inside each other");
                return Err(self.refuse(object.py(), path, message, "give the value itself"));
            }
            self.depth += 1;
            let nested = self.nested(path, object);
            self.depth -= 1;
            return nested;
        }
        if let Ok(program) = object.cast::<Program>() {
            return Ok(self.text(&program.get().name, "nmx", &program.get().text));
        }
        if let Ok(rule) = object.cast::<Rule>() {
            return Ok(self.text(&rule.get().name, "rule", &rule.get().text));
        }
        if !object.is_instance_of::<PyFloat>() {
            // Integers of NumPy too; what is too large for a file is a number all the same.
            if let Ok(value) = object.extract::<i64>() {
                return Ok(Value::Integer(value));
            }
        }
        if object.is_instance_of::<PyFloat>() || object.is_instance_of::<PyInt>() || object.hasattr("__float__")? {
            return Ok(Value::Float(object.extract()?));
        }
        if object.hasattr("__fspath__")? {
            return Ok(Value::String(object.str()?.extract()?));
        }
        let message = format!("the value is of type {}", type_name(object));
        Err(self.refuse(
            object.py(),
            path,
            message,
            "use a number, a text, a list, an array, a dict, a Program or a Rule",
        ))
    }

    /// A dict, list or tuple.
    fn nested(&mut self, path: &str, object: &Bound<'_, PyAny>) -> PyResult<Value> {
        if let Ok(dict) = object.cast::<PyDict>() {
            return Ok(Value::Table(self.table(path, dict)?));
        }
        let elements = object.try_iter()?.enumerate();
        let elements = elements.map(|(index, element)| self.value(&format!("{path}[{index}]"), &element?));
        Ok(Value::Array(elements.collect::<PyResult<_>>()?))
    }

    fn attach(&mut self, path: &str, array: &Bound<'_, PyUntypedArray>) -> PyResult<String> {
        let place = format!("{}, {path}", self.part);
        let data = numbers(array, &place).map_err(|refusal| refusal.raise(array.py()))?;
        self.attached.arrays.insert(path.to_owned(), data);
        Ok(path.to_owned())
    }

    fn text(&mut self, name: &str, extension: &str, text: &str) -> Value {
        let ending = format!(".{extension}");
        let file = if name.ends_with(&ending) { name.to_owned() } else { format!("{name}{ending}") };
        self.attached.texts.insert(file.clone(), text.to_owned());
        Value::String(file)
    }

    /// The exception for a value of this part.
    pub(crate) fn refuse(&self, py: Python<'_>, path: &str, message: String, help: &str) -> PyErr {
        refuse(py, flaw("E-PY-TYPE", &format!("{}, {path}", self.part), message, help))
    }
}

fn is_attached(value: &Value) -> bool {
    value.get("npz").and_then(Value::as_str) == Some(Attached::NAME)
}
