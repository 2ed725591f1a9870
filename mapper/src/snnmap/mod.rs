//! Importer of `snnmap-1` networks: who spikes to whom and how often, without weights or delays, for partitioning alone.
//!
//! `NET.json` holds `{format, n, classes: [{name, external, compartments, syn_bytes}]}`; `NET.npz` beside it holds
//!
//! | array | length | holds |
//! |---|---|---|
//! | `rate` | n | spikes per second of each neuron, finite and >= 0 |
//! | `cls` | n | class of each neuron |
//! | `indptr` | n + 1 | where the fan-in list of each neuron starts in `delta`, and where the last one ends |
//! | `first` | n | first source of each neuron that has one |
//! | `delta` | indptr\[n\] | steps from one source of a list to the next; the first of each list is 0 |
//!
//! `syn_bytes` is the memory of one incoming synapse, all-inclusive. Parallel synapses take memory each and one axon together.

mod header;
#[cfg(test)]
mod tests;

use crate::error::Error;
use crate::problem::{Lists, Problem};
use caudate_core::npz::{Arrays, Data, NpzWriter};
use caudate_isa::diagnostic::{Diagnostic, Place};
use header::Header;
use std::path::Path;

/// A network as a problem.
#[derive(Debug, Clone, PartialEq)]
pub struct SnnNetwork {
    /// Its name.
    pub name: String,
    /// Neurons, external ones included.
    pub neurons: usize,
    /// Synapses.
    pub synapses: usize,
    /// The problem: one vertex per neuron on the chip.
    pub problem: Problem,
    /// Neuron of each vertex.
    pub neuron_of: Vec<u32>,
    /// Names of the classes.
    pub classes: Vec<String>,
    /// Class of each vertex.
    pub class_of: Vec<u32>,
}

/// Refuses with a place.
fn refuse(code: &'static str, origin: &str, key: &str, message: String, help: &str) -> Error {
    let place = Place::named(if key.is_empty() { origin.to_owned() } else { format!("{origin}: {key}") });
    Error::Invalid(vec![Diagnostic::new(code, message).at(place).help(help)])
}

impl SnnNetwork {
    /// Reads `NET.json` and the `NET.npz` beside it.
    ///
    /// # Errors
    /// [`Error::Core`] for files that cannot be read, [`Error::Invalid`] with file, place and number for a network that makes no sense.
    pub fn read(json: &Path) -> Result<Self, Error> {
        let header = Header::read(json)?;
        let path = json.with_extension("npz");
        let arrays = Arrays::read(&path)?;
        let origin = path.display().to_string();
        let n = header.n;
        let cls = classes(&arrays, &header, &origin)?;
        let rate = rates(&arrays, n, &origin)?;
        let class = |neuron: usize| &header.classes[cls[neuron] as usize];
        let fan_in = fan_in(arrays, &header, &origin)?;
        let is_external: Vec<bool> = (0..n).map(|neuron| class(neuron).external).collect();
        if let Some(neuron) = (0..n).find(|neuron| is_external[*neuron] && !fan_in.lists.of(*neuron as u32).is_empty())
        {
            let message = format!(
                "external neuron {neuron} (class '{}') has {} synapses; an input of the chip receives none",
                class(neuron).name,
                fan_in.synapses[neuron]
            );
            return Err(refuse(
                "E-SNN-EXTERNAL",
                &origin,
                "indptr",
                message,
                "give it an empty list, or a class on the chip",
            ));
        }
        let compartments: Vec<u32> = (0..n).map(|neuron| class(neuron).compartments).collect();
        let bytes: Vec<u64> = (0..n).map(|neuron| class(neuron).syn_bytes * fan_in.synapses[neuron]).collect();
        let synapses = fan_in.synapses.iter().sum::<u64>() as usize;
        let (problem, neuron_of) = Problem::from_fan_in(fan_in.lists, &is_external, &rate, &compartments, &bytes);
        let class_of = neuron_of.iter().map(|neuron| cls[*neuron as usize]).collect();
        let classes = header.classes.into_iter().map(|class| class.name).collect();
        Ok(Self { name: header.name, neurons: n, synapses, problem, neuron_of, classes, class_of })
    }

    /// The core of each neuron as `score.py` reads it: -1 for external ones.
    #[must_use]
    pub fn part(&self, core_of: &[u32]) -> Vec<i32> {
        let mut part = vec![-1; self.neurons];
        self.neuron_of.iter().zip(core_of).for_each(|(neuron, core)| part[*neuron as usize] = *core as i32);
        part
    }

    /// Writes `part`, and `pos` and `width` if the cores are placed.
    ///
    /// # Errors
    /// [`Error::Core`] if the file cannot be written.
    pub fn write_part(
        &self,
        path: &Path,
        core_of: &[u32],
        placement: Option<&crate::problem::score::Placement>,
    ) -> Result<(), Error> {
        let mut writer = NpzWriter::new();
        writer.add_column("part", &self.part(core_of))?;
        if let Some(placement) = placement {
            let cells: Vec<i32> = placement.cell.iter().map(|cell| *cell as i32).collect();
            writer.add_column("pos", &cells)?;
            writer.add("width", &[], &[placement.width as i32])?;
        }
        Ok(writer.write(path)?)
    }

    /// Reads the core of each vertex from a file that [`SnnNetwork::write_part`] wrote, cores renumbered without gaps.
    ///
    /// # Errors
    /// [`Error::Core`] if the file cannot be read or lacks `part`, [`Error::Invalid`] if it belongs to another network.
    pub fn read_part(&self, path: &Path) -> Result<Vec<u32>, Error> {
        let arrays = Arrays::read(path)?;
        let part = whole(&arrays, "part", self.neurons, -1, i64::from(i32::MAX))?;
        let of_vertices: Vec<i64> = self.neuron_of.iter().map(|neuron| part[*neuron as usize]).collect();
        if let Some(vertex) = of_vertices.iter().position(|core| *core < 0) {
            let message = format!("neuron {} is on the chip and has core -1", self.neuron_of[vertex]);
            let help = "resume with the partition of this very network";
            return Err(refuse("E-SNN-PART", &path.display().to_string(), "part", message, help));
        }
        let mut cores = of_vertices.clone();
        cores.sort_unstable();
        cores.dedup();
        Ok(of_vertices.iter().map(|core| cores.partition_point(|known| known < core) as u32).collect())
    }
}

/// Distinct sources per neuron, and the synapses they stand for.
struct FanIn {
    lists: Lists,
    synapses: Vec<u64>,
}

/// The class of each neuron.
fn classes(arrays: &Arrays, header: &Header, origin: &str) -> Result<Vec<u32>, Error> {
    let cls = whole(arrays, "cls", header.n, i64::MIN, i64::MAX)?;
    let known = 0..header.classes.len() as i64;
    match cls.iter().position(|class| !known.contains(class)) {
        None => Ok(cls.iter().map(|class| *class as u32).collect()),
        Some(neuron) => {
            let message =
                format!("neuron {neuron} has class {}; the header lists classes 0..={}", cls[neuron], known.end - 1);
            Err(refuse("E-SNN-CLASS", origin, "cls", message, "add the class to 'classes', or use one that is there"))
        }
    }
}

/// The integer array of a name and length.
fn whole<'a>(arrays: &'a Arrays, name: &str, length: usize, low: i64, high: i64) -> Result<&'a [i64], Error> {
    let values = arrays.integers(name, low, high)?;
    check_length(&arrays.origin, name, values.len(), length)?;
    Ok(values)
}

fn check_length(origin: &str, name: &str, found: usize, needed: usize) -> Result<(), Error> {
    if found == needed {
        return Ok(());
    }
    let message = format!("array '{name}' has {found} elements; {needed} are needed");
    Err(refuse("E-SNN-LENGTH", origin, name, message, "'n' of the header counts all neurons, external ones included"))
}

fn rates(arrays: &Arrays, n: usize, origin: &str) -> Result<Vec<f64>, Error> {
    let rate: Vec<f64> = match &arrays.get("rate")?.data {
        Data::Floats(values) => values.clone(),
        Data::Integers(values) => values.iter().map(|value| *value as f64).collect(),
    };
    check_length(origin, "rate", rate.len(), n)?;
    match rate.iter().position(|rate| !rate.is_finite() || *rate < 0.0) {
        None => Ok(rate),
        Some(neuron) => {
            let message =
                format!("the rate of neuron {neuron} is {}; rates are finite and at least 0 Hz", rate[neuron]);
            Err(refuse("E-SNN-RATE", origin, "rate", message, "replace it by the neuron's spikes per second"))
        }
    }
}

fn fan_in(arrays: Arrays, header: &Header, origin: &str) -> Result<FanIn, Error> {
    let n = header.n;
    let indptr = whole(&arrays, "indptr", n + 1, 0, i64::MAX)?;
    if indptr[0] != 0 {
        let message = format!("indptr starts with {}; the first list starts at 0", indptr[0]);
        return Err(refuse("E-SNN-INDPTR", origin, "indptr", message, "write the running sum of fan-ins, from 0"));
    }
    if let Some(neuron) = (0..n).find(|neuron| indptr[neuron + 1] < indptr[*neuron]) {
        let message = format!(
            "the list of neuron {neuron} ends at {}, before it starts at {}",
            indptr[neuron + 1],
            indptr[neuron]
        );
        return Err(refuse("E-SNN-INDPTR", origin, "indptr", message, "write the running sum of fan-ins, from 0"));
    }
    let first = whole(&arrays, "first", n, 0, i64::from(u32::MAX))?;
    let delta = whole(
        &arrays,
        "delta",
        usize::try_from(indptr[n]).unwrap_or(usize::MAX),
        i64::from(i32::MIN),
        i64::from(u32::MAX),
    )?;
    let mut lists = Lists { start: Vec::with_capacity(n + 1), items: Vec::with_capacity(delta.len()) };
    let mut synapses = Vec::with_capacity(n);
    lists.start.push(0);
    for neuron in 0..n {
        let steps = &delta[indptr[neuron] as usize..indptr[neuron + 1] as usize];
        // The first step of a list is 0 by definition and read as such.
        let mut source = first[neuron] - steps.first().copied().unwrap_or(0);
        let from = lists.items.len();
        let mut is_sorted = true;
        for (place, step) in steps.iter().enumerate() {
            source += step;
            if source < 0 || source >= n as i64 {
                let message = format!(
                    "source {place} of neuron {neuron} is neuron {source}; the network has neurons 0..={}",
                    n as i64 - 1
                );
                let help = "sources are first[i] plus the running sum of delta within the list";
                return Err(refuse("E-SNN-SOURCE", origin, "delta", message, help));
            }
            is_sorted &= lists.items.len() == from || lists.items[lists.items.len() - 1] < source as u32;
            lists.items.push(source as u32);
        }
        if !is_sorted {
            let mut sources = lists.items.split_off(from);
            sources.sort_unstable();
            sources.dedup();
            lists.items.append(&mut sources);
        }
        synapses.push(steps.len() as u64);
        lists.start.push(lists.items.len());
    }
    Ok(FanIn { lists, synapses })
}
