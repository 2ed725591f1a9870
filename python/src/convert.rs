//! Numbers, arrays and JSON between Rust and Python.

use crate::error::{Refusal, flaw, raise};
use caudate::core::npz::Data;
use numpy::{PyArray1, PyArrayDescrMethods, PyArrayMethods, PyUntypedArray, PyUntypedArrayMethods};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyType;
use serde::Serialize;

/// A value as what `json.loads` makes of it.
pub(crate) fn json<'py>(py: Python<'py>, value: &impl Serialize) -> PyResult<Bound<'py, PyAny>> {
    let text = serde_json::to_string(value).map_err(|error| raise(py, error))?;
    py.import("json")?.getattr("loads")?.call1((text,))
}

/// `numpy.asarray(object)`, unless it is an array already.
pub(crate) fn array<'py>(object: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyUntypedArray>> {
    if let Ok(array) = object.cast::<PyUntypedArray>() {
        return Ok(array.clone());
    }
    static ASARRAY: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let py = object.py();
    let function = ASARRAY.get_or_try_init(py, || py.import("numpy")?.getattr("asarray").map(Bound::unbind))?;
    Ok(function.bind(py).call1((object,))?.cast_into::<PyUntypedArray>()?)
}

/// The elements of an array of numbers, in C order; `place` is what diagnostics call it.
pub(crate) fn numbers(array: &Bound<'_, PyUntypedArray>, place: &str) -> Result<Data, Refusal> {
    match array.dtype().kind() {
        b'f' => Ok(Data::Floats(contiguous::<f64>(array, "float64")?)),
        b'b' | b'i' | b'u' => {
            let values = contiguous::<i64>(array, "int64")?;
            if array.dtype().kind() == b'u' && values.iter().any(|value| *value < 0) {
                let message = "the array holds a number of 2^63 or more";
                return Err(flaw("E-PY-TYPE", place, message, "use numbers below 2^63").into());
            }
            Ok(Data::Integers(values))
        }
        _ => {
            let message = format!("the array has elements of type {}; integers or floats are needed", array.dtype());
            Err(flaw("E-PY-TYPE", place, message, "convert it with numpy.asarray(x, dtype=float)").into())
        }
    }
}

/// The elements of a one-dimensional array of whole numbers.
pub(crate) fn integers(object: &Bound<'_, PyAny>, place: &str) -> Result<Vec<i64>, Refusal> {
    let array = array(object)?;
    if array.ndim() != 1 {
        let message = format!("the array has {} axes; one is needed", array.ndim());
        return Err(flaw("E-PY-SHAPE", place, message, "flatten it, or say what each axis is for").into());
    }
    match numbers(&array, place)? {
        Data::Integers(values) => Ok(values),
        // What NumPy makes of an empty list is of no type that anyone chose.
        Data::Floats(values) if values.is_empty() => Ok(Vec::new()),
        Data::Floats(_) => {
            let message = "the array holds floating-point numbers; whole numbers are needed";
            Err(flaw("E-PY-TYPE", place, message, "convert it, for example with x.astype(numpy.int64)").into())
        }
    }
}

fn contiguous<T: numpy::Element + Copy>(array: &Bound<'_, PyUntypedArray>, dtype: &str) -> PyResult<Vec<T>> {
    let flat =
        array.py().import("numpy")?.getattr("ascontiguousarray")?.call1((array, dtype))?.call_method0("ravel")?;
    let flat = flat.cast_into::<PyArray1<T>>()?;
    Ok(flat.readonly().as_slice()?.to_vec())
}

/// An array of shape [rows, columns].
pub(crate) fn matrix<'py, T: numpy::Element>(
    py: Python<'py>,
    values: Vec<T>,
    rows: usize,
    columns: usize,
) -> PyResult<Bound<'py, PyAny>> {
    Ok(PyArray1::from_vec(py, values).reshape([rows, columns])?.into_any())
}

/// The name of an object's type, for errors.
pub(crate) fn type_name(object: &Bound<'_, PyAny>) -> String {
    let of: Bound<'_, PyType> = object.get_type();
    of.name().map_or_else(|_| "unknown".to_owned(), |name| name.to_string())
}
