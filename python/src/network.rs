//! Networks, built from NumPy arrays or read from files.

use crate::convert::json;
use crate::error::{flaw, raise, refuse, unknown};
use crate::image::Image;
use crate::table::Tables;
use caudate::core::semantics::Semantics;
use caudate::isa::diagnostic::Diagnostic;
use caudate::mapper::import::{Imported, Report};
use caudate::mapper::multilevel::{Effort, Objective};
use caudate::mapper::{Rates, TableKind};
use caudate::{ChipDescription, CompileOptions, compile};
use numpy::{PyUntypedArray, PyUntypedArrayMethods};
use pyo3::prelude::*;
use pyo3::types::PyDict;
use std::path::PathBuf;
use toml::Value;

/// A spiking network: populations, projections, learning rules and modulator channels.
///
/// Keyword arguments are the keys of network files, and mean what they mean there. What is not as the schema
/// says raises ``InvalidInput`` at once and adds nothing; whether the whole makes sense, ``compile`` says.
#[pyclass(module = "caudate")]
pub(crate) struct Network {
    pub(crate) network: caudate::Network,
    imported: Option<Report>,
}

impl From<Imported> for Network {
    fn from(imported: Imported) -> Self {
        Self { network: imported.network, imported: Some(imported.report) }
    }
}

#[pymethods]
impl Network {
    #[new]
    fn new(name: String) -> Self {
        Self { network: caudate::Network::new(name), imported: None }
    }

    /// Reads a network file (TOML, with NPZ arrays beside it).
    #[staticmethod]
    fn load(py: Python<'_>, path: PathBuf) -> PyResult<Self> {
        let network = py.detach(|| caudate::Network::from_toml_file(&path)).map_err(|error| raise(py, error))?;
        Ok(Self { network, imported: None })
    }

    /// Adds neurons of one kind, or input sources.
    #[pyo3(signature = (name, size, model = "lif", **parameters))]
    fn add_population(
        &mut self,
        py: Python<'_>,
        name: &str,
        size: &Bound<'_, PyAny>,
        model: &str,
        parameters: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<()> {
        let mut tables = Tables::new(format!("population '{name}'"));
        let size = tables.value("size", size)?;
        let own = [("name", name.into()), ("size", size), ("model", model.into())];
        self.add(py, TableKind::Population, tables, own, parameters)
    }

    /// Adds input sources, which spike as ``Simulation.step`` is told.
    fn add_input(&mut self, py: Python<'_>, name: &str, size: &Bound<'_, PyAny>) -> PyResult<()> {
        self.add_population(py, name, size, "input", None)
    }

    /// Adds the synapses from one population to another.
    ///
    /// A matrix ``weight[pre, post]`` connects all to all. Else ``connect`` names a pattern, such as
    /// ``"one-to-one"``, ``{"rule": "fixed-probability", "probability": 0.1}`` or ``{"rule": "list", "pre": i,
    /// "post": j}``, and ``weight`` is one number, or one per synapse in the order of the pattern. Weights are
    /// effective weights / 64; with ``weight_exponent``, mantissas.
    #[pyo3(signature = (pre, post, weight, connect = None, sign = "mixed", **parameters))]
    #[expect(clippy::too_many_arguments, reason = "keyword arguments of Python")]
    fn add_projection(
        &mut self,
        py: Python<'_>,
        pre: &str,
        post: &str,
        weight: &Bound<'_, PyAny>,
        connect: Option<&Bound<'_, PyAny>>,
        sign: &str,
        parameters: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<()> {
        let mut tables = Tables::new(format!("projection '{pre}->{post}'"));
        let connect = connect.map(|connect| tables.value("connect", connect)).transpose()?;
        let connect = self.pattern(py, (pre, post), weight, connect)?;
        let weight = tables.value("weight", weight)?;
        let own = [("pre", pre.into()), ("post", post.into()), ("sign", sign.into()), ("weight", weight)];
        let own = own.into_iter().chain(connect.map(|connect| ("connect", connect)));
        self.add(py, TableKind::Projection, tables, own, parameters)
    }

    /// Adds a learning rule: texts ``dw``, ``dd``, ``dt``, or a ``program``.
    #[pyo3(signature = (name, **parameters))]
    fn add_rule(&mut self, py: Python<'_>, name: &str, parameters: Option<&Bound<'_, PyDict>>) -> PyResult<()> {
        self.add(py, TableKind::Rule, Tables::new(format!("rule '{name}'")), [("name", name.into())], parameters)
    }

    /// Adds a modulator channel.
    #[pyo3(signature = (name, **parameters))]
    fn add_modulator(&mut self, py: Python<'_>, name: &str, parameters: Option<&Bound<'_, PyDict>>) -> PyResult<()> {
        let tables = Tables::new(format!("modulator '{name}'"));
        self.add(py, TableKind::Modulator, tables, [("name", name.into())], parameters)
    }

    /// Maps the network onto a chip: a built-in name (``CHIPS``) or a chip file.
    ///
    /// The same network, chip and options give the image of ``caudate compile``, byte for byte. ``rates`` is a
    /// folder of results of an earlier run. Raises ``InvalidInput``, or ``DoesNotFit`` with everything that did
    /// not fit, and what would help.
    #[pyo3(signature = (
        chip, *, seed = 1, semantics = None, partitioner = None, placer = None, objective = "traffic", effort = "fast",
        placement_seed = None, max_neurons_per_core = None, relays = false, rates = None, threads = 1
    ))]
    #[expect(clippy::too_many_arguments, reason = "keyword arguments of Python")]
    fn compile(
        &self,
        py: Python<'_>,
        chip: PathBuf,
        seed: u64,
        semantics: Option<&str>,
        partitioner: Option<String>,
        placer: Option<String>,
        objective: &str,
        effort: &str,
        placement_seed: Option<u64>,
        max_neurons_per_core: Option<u32>,
        relays: bool,
        rates: Option<PathBuf>,
        threads: usize,
    ) -> PyResult<Image> {
        let semantics = semantics
            .map(|name| one_of("semantics", name, &Semantics::ALL.map(|known| (known.name(), known))))
            .transpose();
        let found = semantics.and_then(|semantics| {
            Ok((
                semantics,
                one_of("objective", objective, &Objective::NAMES)?,
                one_of("effort", effort, &Effort::NAMES)?,
            ))
        });
        let (semantics, objective, effort) = found.map_err(|diagnostic| refuse(py, *diagnostic))?;
        let defaults = CompileOptions::default();
        let mut options = CompileOptions {
            seed,
            semantics,
            partitioner: partitioner.unwrap_or(defaults.partitioner),
            placer: placer.unwrap_or(defaults.placer),
            placement_seed: placement_seed.unwrap_or(seed),
            max_neurons_per_core,
            objective,
            effort,
            relays,
            threads: threads.max(1),
            ..CompileOptions::default()
        };
        let network = &self.network;
        let compiled = py.detach(|| {
            options.rates = rates.as_deref().map(Rates::read).transpose()?;
            let chip = ChipDescription::find(&chip.to_string_lossy())?;
            Ok::<_, caudate::Error>(compile(network, &chip, &options)?)
        });
        Ok(Image::of(compiled.map_err(|error| raise(py, error))?))
    }

    #[getter]
    fn name(&self) -> &str {
        &self.network.name
    }

    /// Sizes by name, inputs included.
    #[getter]
    fn populations<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let sizes = PyDict::new(py);
        self.network.populations.iter().try_for_each(|own| sizes.set_item(&own.name, own.size))?;
        Ok(sizes)
    }

    #[getter]
    fn projections(&self) -> Vec<&str> {
        self.network.projections.iter().map(|projection| projection.name.as_str()).collect()
    }

    /// What an importer made of the file: ``format``, ``version``, ``layers`` and ``notes`` of what it assumed;
    /// ``None`` for other networks.
    #[getter]
    fn imported<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        self.imported.as_ref().map(|report| json(py, report)).transpose()
    }

    fn __repr__(&self) -> String {
        let network = &self.network;
        let (populations, projections) = (network.populations.len(), network.projections.len());
        format!("<caudate.Network '{}': {populations} populations, {projections} projections>", network.name)
    }
}

impl Network {
    fn add<'k>(
        &mut self,
        py: Python<'_>,
        kind: TableKind,
        mut tables: Tables,
        own: impl IntoIterator<Item = (&'k str, Value)>,
        parameters: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<()> {
        let mut table = parameters.map(|parameters| tables.table("", parameters)).transpose()?.unwrap_or_default();
        table.extend(own.into_iter().map(|(key, value)| (key.to_owned(), value)));
        self.network.add_table(kind, table, tables.attached).map_err(|error| raise(py, error))
    }

    /// The pattern: a matrix of weights says by its shape that it is all to all.
    fn pattern(
        &self,
        py: Python<'_>,
        (pre, post): (&str, &str),
        weight: &Bound<'_, PyAny>,
        connect: Option<Value>,
    ) -> PyResult<Option<Value>> {
        let Some(matrix) = weight.cast::<PyUntypedArray>().ok().filter(|array| array.ndim() > 1) else {
            return Ok(connect);
        };
        let rule = connect.as_ref().and_then(|own| own.as_str().or_else(|| own.get("rule").and_then(Value::as_str)));
        let size = |name: &str| {
            let own = self.network.populations.iter().find(|population| population.name == name);
            own.map(|population| population.size as usize)
        };
        let place = format!("projection '{pre}->{post}', weight");
        let message = match (rule, size(pre), size(post)) {
            (None | Some("all-to-all"), Some(rows), Some(columns)) if *matrix.shape() != [rows, columns] => {
                format!("the weights have shape {:?}; [{pre}, {post}] is [{rows}, {columns}]", matrix.shape())
            }
            (Some(other), ..) if other != "all-to-all" => {
                format!("the weights have shape {:?}; synapses of the pattern '{other}' are a list", matrix.shape())
            }
            _ => return Ok(connect.or_else(|| Some("all-to-all".into()))),
        };
        Err(refuse(py, flaw("E-PY-SHAPE", &place, message, "give weights by source, then target: weights[pre, post]")))
    }
}

/// The value of a name.
pub(crate) fn one_of<T: Copy>(what: &str, name: &str, known: &[(&'static str, T)]) -> Result<T, Box<Diagnostic>> {
    let found = known.iter().find(|own| own.0 == name).map(|own| own.1);
    found.ok_or_else(|| Box::new(unknown("E-PY-NAME", what, what, name, known.iter().map(|own| own.0))))
}
