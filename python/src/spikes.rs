//! What fired, as arrays.

use crate::error::{refuse, unknown};
use caudate::ChipImage;
use caudate::core::id::{NeuronId, Step};
use caudate::core::image::PopulationSymbol;
use numpy::{PyArray1, PyArray2, PyArrayMethods};
use pyo3::prelude::*;
use pyo3::types::PyDict;
use std::sync::Arc;

/// What fired over some steps: ``t, i = spikes["cells"]`` are steps (int64, of the run) and members (uint32),
/// sorted.
#[pyclass(frozen, module = "caudate")]
pub(crate) struct Spikes {
    image: Arc<ChipImage>,
    first_step: Step,
    steps: Step,
    /// Sorted.
    events: Vec<(Step, NeuronId)>,
}

/// Steps and members.
type Columns<'py> = (Bound<'py, PyArray1<i64>>, Bound<'py, PyArray1<u32>>);

impl Spikes {
    pub(crate) fn new(image: Arc<ChipImage>, first_step: Step, steps: Step, events: Vec<(Step, NeuronId)>) -> Self {
        Self { image, first_step, steps, events }
    }

    /// Steps and members of a population's spikes.
    fn of(&self, population: &PopulationSymbol) -> impl Iterator<Item = (Step, u32)> {
        let (first, size) = (population.first.0, population.size);
        let member = move |neuron: NeuronId| neuron.0.checked_sub(first).filter(|member| *member < size);
        self.events.iter().filter_map(move |(t, neuron)| Some((*t, member(*neuron)?)))
    }
}

#[pymethods]
impl Spikes {
    fn __getitem__<'py>(&self, py: Python<'py>, population: &str) -> PyResult<Columns<'py>> {
        let population = find(py, &self.image, population)?;
        let (steps, members) = self.of(population).map(|(t, member)| (t as i64, member)).unzip();
        Ok((PyArray1::from_vec(py, steps), PyArray1::from_vec(py, members)))
    }

    /// Spikes of each member.
    fn counts<'py>(&self, py: Python<'py>, population: &str) -> PyResult<Bound<'py, PyArray1<i64>>> {
        let population = find(py, &self.image, population)?;
        let mut counts = vec![0; population.size as usize];
        self.of(population).for_each(|(_, member)| counts[member as usize] += 1);
        Ok(PyArray1::from_vec(py, counts))
    }

    /// Who spiked when, [steps, members].
    fn raster<'py>(&self, py: Python<'py>, population: &str) -> PyResult<Bound<'py, PyArray2<bool>>> {
        let population = find(py, &self.image, population)?;
        let (rows, columns) = (self.steps as usize, population.size as usize);
        // NumPy raises MemoryError where there is too little.
        let raster = py.import("numpy")?.getattr("zeros")?.call1(((rows, columns), "bool"))?;
        let raster = raster.cast_into::<PyArray2<bool>>()?;
        if let Ok(cells) = raster.readwrite().as_slice_mut() {
            self.of(population).for_each(|(t, member)| {
                cells[(t - self.first_step) as usize * columns + member as usize] = true;
            });
        }
        Ok(raster)
    }

    /// Sizes of the populations of neurons, by name.
    #[getter]
    fn populations<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let sizes = PyDict::new(py);
        neurons(&self.image).try_for_each(|population| sizes.set_item(&population.name, population.size))?;
        Ok(sizes)
    }

    #[getter]
    const fn first_step(&self) -> u64 {
        self.first_step
    }

    #[getter]
    const fn steps(&self) -> u64 {
        self.steps
    }

    /// Spikes of all populations.
    const fn __len__(&self) -> usize {
        self.events.len()
    }

    fn __repr__(&self) -> String {
        let last = self.first_step + self.steps;
        format!("<caudate.Spikes: {} spikes in steps {}..{last}>", self.events.len(), self.first_step)
    }
}

fn neurons(image: &ChipImage) -> impl Iterator<Item = &PopulationSymbol> {
    image.symbols.populations.iter().filter(|population| !population.is_input)
}

/// The population of neurons of a name.
pub(crate) fn find<'i>(py: Python<'_>, image: &'i ChipImage, name: &str) -> PyResult<&'i PopulationSymbol> {
    neurons(image).find(|population| population.name == name).ok_or_else(|| {
        let place = format!("image of '{}'", image.header.network);
        let known = neurons(image).map(|population| population.name.as_str());
        refuse(py, unknown("E-PY-NAME", &place, "population of neurons", name, known))
    })
}
