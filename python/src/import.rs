//! Networks of other tools.

use crate::error::{raise, refuse};
use crate::network::{Network, one_of};
use caudate::core::neuron::ThresholdCompare;
use caudate::mapper::import::nir::{self, ResetChoice};
use caudate::mapper::import::{Imported, netx};
use pyo3::prelude::*;
use std::path::PathBuf;

/// Reads a network of lava-dl (`.net`, HDF5).
///
/// ``compare`` says how v is compared with the threshold (by default as what trained it does); ``layers`` are the
/// first and the last layer to take. ``network.imported`` says what was made of it.
#[pyfunction]
#[pyo3(signature = (path, *, compare = None, layers = None))]
pub(crate) fn from_netx(
    py: Python<'_>,
    path: PathBuf,
    compare: Option<&str>,
    layers: Option<(usize, usize)>,
) -> PyResult<Network> {
    let known = [("gt", ThresholdCompare::Gt), ("ge", ThresholdCompare::Ge)];
    let compare = compare.map(|name| one_of("compare", name, &known)).transpose();
    let compare = compare.map_err(|diagnostic| refuse(py, *diagnostic))?;
    let options = netx::Options { compare, layers: layers.map(|(first, last)| first..=last) };
    finish(py, py.detach(|| netx::read(&path, &options)))
}

/// Reads a NIR file; `caudate.from_nir` says the rest.
#[pyfunction]
#[pyo3(signature = (path, *, dt = nir::Options::default().dt_seconds, reset = "auto", scale = None, lenient = false, fine_weights = false))]
pub(crate) fn read_nir(
    py: Python<'_>,
    path: PathBuf,
    dt: f64,
    reset: &str,
    scale: Option<f64>,
    lenient: bool,
    fine_weights: bool,
) -> PyResult<Network> {
    let known = [("auto", ResetChoice::Auto), ("zero", ResetChoice::Zero), ("subtract", ResetChoice::Subtract)];
    let reset = one_of("reset", reset, &known).map_err(|diagnostic| refuse(py, *diagnostic))?;
    let options = nir::Options { dt_seconds: dt, reset, scale, lenient, fine_weights };
    finish(py, py.detach(|| nir::read(&path, &options)))
}

fn finish(py: Python<'_>, imported: Result<Imported, caudate::mapper::Error>) -> PyResult<Network> {
    imported.map(Network::from).map_err(|error| raise(py, error))
}
