//! What a compilation leaves: an image to run, and a report of what went where.

use crate::convert::json;
use crate::error::raise;
use crate::network::Network;
use caudate::mapper::MappingReport;
use caudate::mapper::check::check_image;
use caudate::mapper::own_order::in_own_order;
use caudate::{ChipImage, Compilation, Error};
use numpy::PyArray1;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use std::sync::Arc;

/// A compiled network: all that a run needs besides its input. Equal images compare equal; an image can be
/// pickled.
#[pyclass(frozen, module = "caudate")]
pub(crate) struct Image {
    pub(crate) image: Arc<ChipImage>,
    pub(crate) mapping: Option<Arc<Mapping>>,
}

/// What the compiler knows beside the image.
#[derive(Serialize, Deserialize)]
pub(crate) struct Mapping {
    pub(crate) report: MappingReport,
    rates: Vec<f64>,
}

/// What [`Image::from_bytes`] takes.
type State<'py> = (Bound<'py, PyBytes>, Option<String>);

impl Image {
    pub(crate) fn of(compiled: Compilation) -> Self {
        let mapping = Mapping { report: compiled.report, rates: compiled.rates };
        Self { image: Arc::new(compiled.image), mapping: Some(Arc::new(mapping)) }
    }
}

#[pymethods]
impl Image {
    /// Reads an image file; the report of its compilation is not in it.
    #[staticmethod]
    fn load(py: Python<'_>, path: PathBuf) -> PyResult<Self> {
        let image = py.detach(|| ChipImage::read(&path)).map_err(|error| raise(py, error))?;
        Ok(Self { image: Arc::new(image), mapping: None })
    }

    /// Writes an image file, whole or not at all.
    fn save(&self, py: Python<'_>, path: PathBuf) -> PyResult<()> {
        py.detach(|| self.image.write(&path)).map_err(|error| raise(py, error))
    }

    #[staticmethod]
    #[pyo3(signature = (bytes, mapping = None))]
    fn from_bytes(py: Python<'_>, bytes: &[u8], mapping: Option<&str>) -> PyResult<Self> {
        let image = ChipImage::from_bytes(bytes).map_err(|error| raise(py, error))?;
        let mapping = mapping.map(serde_json::from_str).transpose().map_err(|error| raise(py, Error::Json(error)))?;
        Ok(Self { image: Arc::new(image), mapping: mapping.map(Arc::new) })
    }

    /// The image file as bytes.
    fn to_bytes<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        let bytes = py.detach(|| self.image.to_bytes()).map_err(|error| raise(py, error))?;
        Ok(PyBytes::new(py, &bytes))
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<(Bound<'py, PyAny>, State<'py>)> {
        let mapping = self.mapping.as_deref().map(serde_json::to_string).transpose();
        let mapping = mapping.map_err(|error| raise(py, Error::Json(error)))?;
        Ok((py.get_type::<Self>().getattr("from_bytes")?, (self.to_bytes(py)?, mapping)))
    }

    fn __eq__(&self, other: &Bound<'_, PyAny>) -> bool {
        other.cast::<Self>().is_ok_and(|other| *self.image == *other.get().image)
    }

    fn __hash__(&self) -> u64 {
        let header = &self.image.header;
        header.seed ^ u64::from(header.chip_fingerprint) ^ self.image.synapse_count()
    }

    /// Raises ``CheckFailed`` with everything that is wrong with the image.
    fn check(&self, py: Python<'_>) -> PyResult<()> {
        let checked = py.detach(|| check_image(&self.image));
        checked.map_err(|diagnostics| raise(py, caudate::mapper::Error::Check(diagnostics)))
    }

    /// What went where, and what quantisation cost; ``None`` for an image from a file.
    #[getter]
    fn report<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let Some(mapping) = &self.mapping else { return Ok(None) };
        let text = caudate::report::mapping_text(&mapping.report);
        let class = py.import("caudate.report")?.getattr("Report")?;
        class.call1((json(py, &mapping.report)?, text, self.floorplan())).map(Some)
    }

    /// The network's own order of the synapses that learn, by projection: where each of them stands among those of
    /// ``Simulation.weights``. ``network`` is what the image was compiled from.
    fn order<'py>(&self, py: Python<'py>, network: &Network) -> PyResult<Bound<'py, PyDict>> {
        let synapses = py.detach(|| in_own_order(&network.network, &self.image)).map_err(|error| raise(py, error))?;
        let orders = PyDict::new(py);
        for own in synapses {
            let Some(order) = own.recorded_at else { continue };
            orders.set_item(own.projection, PyArray1::from_iter(py, order.into_iter().map(i64::from)))?;
        }
        Ok(orders)
    }

    /// The mesh as SVG; ``None`` for an image from a file.
    fn floorplan(&self) -> Option<String> {
        self.mapping.as_ref().map(|mapping| mapping.report.floorplan(&self.image, &mapping.rates))
    }

    #[getter]
    fn network(&self) -> &str {
        &self.image.header.network
    }

    #[getter]
    fn chip(&self) -> &str {
        &self.image.chip.name
    }

    #[getter]
    fn semantics(&self) -> &'static str {
        self.image.header.semantics.name()
    }

    #[getter]
    fn seed(&self) -> u64 {
        self.image.header.seed
    }

    /// Cores in use.
    #[getter]
    fn cores(&self) -> usize {
        self.image.cores.len()
    }

    #[getter]
    fn neurons(&self) -> u64 {
        self.image.neuron_count()
    }

    #[getter]
    fn synapses(&self) -> u64 {
        self.image.synapse_count()
    }

    /// Sizes of the populations of neurons, by name.
    #[getter]
    fn populations<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        self.sizes(py, false)
    }

    /// Sizes of the input populations, by name.
    #[getter]
    fn inputs<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        self.sizes(py, true)
    }

    #[getter]
    fn projections(&self) -> Vec<&str> {
        self.image.symbols.projections.iter().map(|projection| projection.name.as_str()).collect()
    }

    #[getter]
    fn channels(&self) -> Vec<&str> {
        self.image.channels.iter().map(|channel| channel.name.as_str()).collect()
    }

    fn _repr_html_(&self) -> String {
        let line = self.describe().replace('&', "&amp;").replace('<', "&lt;");
        format!("<p>{line}</p>{}", self.floorplan().unwrap_or_default())
    }

    fn __repr__(&self) -> String {
        format!("<caudate.Image of {}>", self.describe())
    }
}

impl Image {
    /// The image in a line.
    fn describe(&self) -> String {
        let (neurons, synapses, cores) = (self.neurons(), self.synapses(), self.cores());
        let (network, chip) = (self.network(), self.chip());
        format!("'{network}' on {chip}: {neurons} neurons, {synapses} synapses, {cores} cores")
    }

    fn sizes<'py>(&self, py: Python<'py>, is_input: bool) -> PyResult<Bound<'py, PyDict>> {
        let sizes = PyDict::new(py);
        let own = self.image.symbols.populations.iter().filter(|population| population.is_input == is_input);
        own.into_iter().try_for_each(|population| sizes.set_item(&population.name, population.size))?;
        Ok(sizes)
    }
}
