//! Progress bars of tqdm's protocol.

use caudate::core::id::Step;
use pyo3::prelude::*;
use pyo3::types::PyDict;

/// An open bar, or one that was made from `total=`.
pub(crate) struct Bar<'py> {
    bar: Option<Bound<'py, PyAny>>,
    is_own: bool,
}

impl<'py> Bar<'py> {
    pub(crate) fn open(progress: Option<&Bound<'py, PyAny>>, steps: Step) -> PyResult<Self> {
        let Some(progress) = progress else { return Ok(Self { bar: None, is_own: false }) };
        if !progress.is_callable() {
            return Ok(Self { bar: Some(progress.clone()), is_own: false });
        }
        let settings = PyDict::new(progress.py());
        settings.set_item("total", steps)?;
        Ok(Self { bar: Some(progress.call((), Some(&settings))?), is_own: true })
    }

    pub(crate) fn update(&self, steps: Step) -> PyResult<()> {
        self.bar.as_ref().map_or(Ok(()), |bar| bar.call_method1("update", (steps,)).map(drop))
    }

    pub(crate) fn close(&self) -> PyResult<()> {
        let own = self.bar.as_ref().filter(|_| self.is_own);
        own.map_or(Ok(()), |bar| bar.call_method0("close").map(drop))
    }
}
