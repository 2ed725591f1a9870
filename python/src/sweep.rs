//! The points of a sweep, run one by one; `caudate.explore` runs them in threads.

use crate::convert::json;
use crate::error::raise;
use caudate::explore::{Folder, Share, check_axes, next_points, run_point};
use caudate::{Error, output};
use pyo3::prelude::*;
use std::path::PathBuf;

/// A sweep and the folder of its results.
#[pyclass(frozen, module = "caudate")]
pub(crate) struct Sweep {
    sweep: caudate::explore::Sweep,
    folder: Folder,
}

#[pymethods]
impl Sweep {
    #[new]
    fn new(py: Python<'_>, sweep: PathBuf, out: PathBuf) -> PyResult<Self> {
        let opened = py.detach(|| {
            let read = caudate::explore::Sweep::read(&sweep)?;
            output::check_folder(&out)?;
            check_axes(&read)?;
            let folder = Folder::open(&out, &read, &sweep)?;
            Ok::<_, Error>(Self { sweep: read, folder })
        });
        opened.map_err(|error| raise(py, error))
    }

    /// Points to run next; none when the search is over.
    fn next_points(&self, py: Python<'_>) -> PyResult<Vec<u64>> {
        let records = self.folder.records().map_err(|error| raise(py, error))?;
        Ok(next_points(&self.sweep, &records, Share::ALL))
    }

    /// Runs a point and writes its file.
    fn run_point(&self, py: Python<'_>, point: u64) -> PyResult<()> {
        let written = py.detach(|| self.folder.write(&run_point(&self.sweep, point)));
        written.map_err(|error| raise(py, error))
    }

    /// Writes the results of all points, and returns the records.
    fn finish<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let records = py.detach(|| {
            let records = self.folder.records()?;
            self.folder.write_results(&self.sweep, &records)?;
            Ok::<_, Error>(records)
        });
        json(py, &records.map_err(|error| raise(py, error))?)
    }
}
