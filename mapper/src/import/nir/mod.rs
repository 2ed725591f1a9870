//! Graphs of the Neuromorphic Intermediate Representation (`.nir`, HDF5).
//!
//! Nodes with a state become populations; chains of nodes without one become the projections between them. Equations become steps by
//! forward Euler at `dt`, decays are cut down to 1/4096 as Lava does, and each population gets a scale: how many units of v are 1 in the
//! file. Members are numbered as PyTorch flattens arrays: channel, row, column.

mod drive;
mod export;
mod graph;
mod neuron;
mod node;
mod scale;

use super::hdf5::Group;
use super::linear::TooLarge;
use super::{Imported, Layer, Report, weights};
use crate::error::Error;
use crate::network::{Network, Population};
use caudate_core::file;
use caudate_isa::diagnostic::{Diagnostic, Place};
use drive::Drives;
pub use export::{Exported, export};
use graph::Graph;
use neuron::Dynamics;
use node::Kind;
use std::path::Path;

/// How a file is read.
#[derive(Debug, Clone, PartialEq)]
pub struct Options {
    /// Length of a step in seconds, above 0.
    pub dt_seconds: f64,
    /// What a spike does to v; the file says no more than a reset potential.
    pub reset: ResetChoice,
    /// Units of v in a unit of the file's potential, for all populations; `None`: chosen for each from its weights.
    pub scale: Option<f64>,
    /// Accept what can be accepted, and say what was assumed.
    pub lenient: bool,
    /// Store a weight that 8 bits would round as two synapses, a coarse one and a fine one.
    pub fine_weights: bool,
}

/// What a spike does to v.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ResetChoice {
    /// The file's reset potential; without one, 0 for leaky neurons and subtraction for `IF`, as where such nodes come from.
    #[default]
    Auto,
    /// v = the file's reset potential, or 0.
    Zero,
    /// v = v - threshold.
    Subtract,
}

impl Default for Options {
    fn default() -> Self {
        Self { dt_seconds: 1e-4, reset: ResetChoice::Auto, scale: None, lenient: false, fine_weights: false }
    }
}

/// Reads a graph file.
///
/// # Errors
/// [`Error::Core`] if the file cannot be read, [`Error::Invalid`] with what makes it no graph that can be run.
pub fn read(path: impl AsRef<Path>, options: &Options) -> Result<Imported, Error> {
    let path = path.as_ref();
    let name = path.file_stem().unwrap_or_default().to_string_lossy();
    from_bytes(&file::read(path)?, &path.display().to_string(), &name, options)
}

/// Reads a graph in memory; `origin` names it in diagnostics, `name` is that of the network.
///
/// # Errors
/// As [`read`].
pub fn from_bytes(bytes: &[u8], origin: &str, name: &str, options: &Options) -> Result<Imported, Error> {
    from_group(&Group::from_bytes(bytes, origin)?, name, options)
}

pub(super) fn from_group(root: &Group, name: &str, options: &Options) -> Result<Imported, Error> {
    let positive = |value: f64| value.is_finite() && value > 0.0;
    for (what, value, unit) in [("dt", Some(options.dt_seconds), " s"), ("scale", options.scale, "")] {
        if let Some(value) = value.filter(|value| !positive(*value)) {
            let diagnostic = Diagnostic::new("E-IMPORT-RANGE", format!("the {what} is {value}{unit}"));
            return Err(Error::Invalid(vec![
                diagnostic.at(Place::named(format!("--{what}"))).help("give a finite number above 0"),
            ]));
        }
    }
    build(root, name, options).map_err(Error::Invalid)
}

fn build(root: &Group, name: &str, options: &Options) -> Result<Imported, Vec<Diagnostic>> {
    let one = |diagnostic| vec![diagnostic];
    let mut report = Report { format: "nir".to_owned(), ..Report::default() };
    match root.text("version") {
        Ok(version) => report.version = Some(version.to_owned()),
        Err(_) => report.notes.push("the file names no version".to_owned()),
    }
    let graph = Graph::read(root.group("node").map_err(one)?, options.lenient, &mut report.notes)?;
    let drives = Drives::of(&graph, options, &mut report.notes)?;
    let mut network = Network::new(name);
    for (index, node) in graph.nodes.iter().enumerate() {
        let size = drives.shapes[index].members();
        match &node.kind {
            Kind::Input if graph.is_outside(index) => {
                network.add_population(Population::input(&node.name, size as u32));
                describe(&mut report, node, "Input", &drives, index, 1.0, 0);
            }
            Kind::Neuron(own) => {
                populate(&mut network, &mut report, &graph, &drives, index, Some(own), options).map_err(one)?
            }
            Kind::Output if drives.is_readout(&graph, index) => {
                report.notes.push(format!(
                    "no neuron stands before '{}': v of population '{}' is the weighted sum of the spikes of a step",
                    node.name, node.name
                ));
                populate(&mut network, &mut report, &graph, &drives, index, None, options).map_err(one)?;
            }
            _ => {}
        }
    }
    let rounded: Vec<&str> =
        network.projections.iter().filter(|own| own.weight_exponent.is_none()).map(|own| own.name.as_str()).collect();
    if !rounded.is_empty() {
        let names = rounded.join("', '");
        report
            .notes
            .push(format!("weights of '{names}' are rounded to 8 bits; --fine-weights keeps 15, in two synapses each"));
    }
    if !network.populations.iter().any(|population| !population.is_input()) {
        let message = "the graph holds no neurons and nothing to compute";
        let help = "add a node with a state, such as LIF";
        return Err(vec![
            Diagnostic::new("E-IMPORT-EMPTY", message)
                .at(caudate_isa::diagnostic::Place::named(root.origin()))
                .help(help),
        ]);
    }
    Ok(Imported { network, report })
}

/// Adds the population of a node and its projections.
fn populate(
    network: &mut Network,
    report: &mut Report,
    graph: &Graph<'_>,
    drives: &Drives,
    index: usize,
    own: Option<&node::Neuron>,
    options: &Options,
) -> Result<(), Diagnostic> {
    let node = &graph.nodes[index];
    let size = drives.shapes[index].members();
    let dynamics = match own {
        Some(own) => Dynamics::of(node, own, size, options, &mut report.notes)?,
        None => Dynamics::readout(size),
    };
    let drive = drives.into(graph, index)?;
    let mut parts = drive.parts;
    parts.iter_mut().for_each(|(_, map)| map.scale_targets(|target| dynamics.gain[target]));
    let constant = dynamics.constant_drive(drive.bias.as_deref());
    let scale = match options.scale {
        Some(scale) => scale,
        None => scale::choose(&dynamics, parts.iter().map(|(_, map)| map), &constant, options.fine_weights),
    };
    let is_infinite = |number: f64| !(number * scale).is_finite();
    let weights = parts.iter().flat_map(|(_, map)| map.weights());
    if weights.chain(dynamics.threshold.iter().flatten().copied()).any(is_infinite) {
        let message = format!("a scale of {scale:e} makes numbers of '{}' infinite", node.name);
        let help = "give a smaller scale, or none: then one is chosen that fits";
        return Err(Diagnostic::new("E-IMPORT-RANGE", message).at(Place::named("--scale")).help(help));
    }
    network.add_population(Population::lif(&node.name, size as u32, dynamics.parameters(scale, &constant)));
    let synapses = parts.iter().map(|(_, map)| map.len()).sum();
    describe(report, node, own.map_or("Output", |own| own.kind), drives, index, scale, synapses);
    for (source, mut map) in parts {
        let pre = &graph.nodes[source].name;
        if map.len() == 0 {
            report.notes.push(format!("every weight from '{pre}' to '{}' is 0: they are not connected", node.name));
            continue;
        }
        map.scale_targets(|_| scale / 64.0);
        map.snap();
        let name = format!("{pre}->{}", node.name);
        let again = network.projections.iter().filter(|other| other.pre == *pre && other.post == node.name).count();
        let name = if again == 0 { name } else { format!("{name}#{}", again + 1) };
        let fine = format!("{name}.fine");
        let whole = options.fine_weights.then(|| map.clone());
        let mut projection = map.into_projection(name.clone(), pre, &node.name);
        let is_exact = weights::store_exactly(&mut projection);
        let Some(whole) = whole.filter(|_| !is_exact) else {
            network.add_projection(projection);
            continue;
        };
        for (name, part) in [name, fine].into_iter().zip(whole.coarse_and_fine()).filter(|(_, part)| part.len() > 0) {
            let mut projection = part.into_projection(name, pre, &node.name);
            weights::store_exactly(&mut projection);
            network.add_projection(projection);
        }
    }
    Ok(())
}

fn describe(
    report: &mut Report,
    node: &graph::Node<'_>,
    kind: &str,
    drives: &Drives,
    index: usize,
    scale: f64,
    synapses: usize,
) {
    let shape = drives.shapes[index];
    let axes = if (shape.height, shape.width) == (1, 1) {
        vec![shape.channels]
    } else {
        vec![shape.channels, shape.height, shape.width]
    };
    report.layers.push(Layer {
        population: node.name.clone(),
        kind: kind.to_owned(),
        shape: axes,
        scale,
        synapses: synapses as u64,
    });
}

fn too_large(node: &graph::Node<'_>, error: TooLarge) -> Diagnostic {
    let message =
        format!("node '{}' has {} synapses; the limit is {}", node.name, error.0, super::linear::MAX_SYNAPSES);
    node.group.problem("E-IMPORT-SIZE", "", message, "split the layer")
}

#[cfg(test)]
mod tests;
