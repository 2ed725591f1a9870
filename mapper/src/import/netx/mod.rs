//! Networks of lava-dl (`.net`, HDF5). Weights, biases and thresholds are whole numbers already and are taken as they are.
//!
//! Layer k is the population `layerk`; its members are numbered as Lava flattens its (x, y, feature) arrays. Synapses carry `weight << 6 <<
//! wgtExp`, biases `bias << 6`, thresholds `vThMant << 6`. What the spikes of an `input` layer are is for the stimulus to say.

mod layer;
mod neuron;

use super::geometry::{Numbering, Shape};
use super::hdf5::Group;
use super::linear::{Map, TooLarge};
use super::{Imported, Layer, Report, weights};
use crate::error::Error;
use crate::network::{Network, Population};
use caudate_core::file;
use caudate_core::neuron::ThresholdCompare;
use caudate_isa::diagnostic::Diagnostic;
use std::ops::RangeInclusive;
use std::path::Path;

/// Members of a layer are numbered as Lava numbers them.
const NUMBERING: Numbering = Numbering::ChannelsLast;
/// Most layers of a file.
const MAX_LAYERS: usize = 10_000;

/// How a file is read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Options {
    /// How neurons compare v with their threshold; `None`: as what trained them does: `>` for neurons of type `LOIHI`, `>=` for `CUBA`.
    pub compare: Option<ThresholdCompare>,
    /// The layers to take, by number; what comes before them is the input. `None`: all.
    pub layers: Option<RangeInclusive<usize>>,
}

/// Reads a network file.
///
/// # Errors
/// [`Error::Core`] if the file cannot be read, [`Error::Invalid`] if it is no netx file, or says something that cannot be run.
pub fn read(path: impl AsRef<Path>, options: &Options) -> Result<Imported, Error> {
    let path = path.as_ref();
    let name = path.file_stem().unwrap_or_default().to_string_lossy();
    from_bytes(&file::read(path)?, &path.display().to_string(), &name, options)
}

/// Reads a network in memory; `origin` names it in diagnostics, `name` is that of the network.
///
/// # Errors
/// As [`read`].
pub fn from_bytes(bytes: &[u8], origin: &str, name: &str, options: &Options) -> Result<Imported, Error> {
    from_group(&Group::from_bytes(bytes, origin)?, name, options)
}

pub(super) fn from_group(root: &Group, name: &str, options: &Options) -> Result<Imported, Error> {
    build(root, name, options).map_err(|diagnostic| Error::Invalid(vec![diagnostic]))
}

/// The layer that was built last.
struct Front {
    population: String,
    shape: Shape,
}

/// Builds the network layer by layer.
struct Builder<'o> {
    options: &'o Options,
    network: Network,
    report: Report,
    front: Option<Front>,
}

fn build(root: &Group, name: &str, options: &Options) -> Result<Imported, Diagnostic> {
    let layers = root.group("layer")?;
    let count = layers.groups.len();
    let mut builder = Builder {
        options,
        network: Network::new(name),
        report: Report { format: "netx".to_owned(), ..Report::default() },
        front: None,
    };
    let last = count.saturating_sub(1);
    let range = options.layers.clone().unwrap_or(0..=last);
    if count == 0 || count > MAX_LAYERS || range.is_empty() || *range.end() > last {
        let message = format!("the file has {count} layers; asked for are {}..={}", range.start(), range.end());
        return Err(layers.problem("E-IMPORT-RANGE", "", message, format!("take layers of 0..={last}")));
    }
    for number in 0..=*range.end() {
        let group = layers.group(&number.to_string())?;
        let kind = group.text("type")?.to_owned();
        if range.contains(&number) {
            builder.layer(group, number, &kind)?;
        } else {
            builder.skip(group, &kind)?;
        }
    }
    let Builder { network, report, .. } = builder;
    if !network.populations.iter().any(|population| !population.is_input()) {
        let message = "the layers asked for hold no neurons";
        return Err(layers.problem("E-IMPORT-EMPTY", "", message, "take at least one dense, conv or pool layer"));
    }
    Ok(Imported { network, report })
}

impl Builder<'_> {
    /// Takes note of the shape of a layer that is not asked for.
    fn skip(&mut self, group: &Group, kind: &str) -> Result<(), Diagnostic> {
        if kind != "flatten" {
            self.front = Some(Front { population: String::new(), shape: shape(group)? });
        }
        Ok(())
    }

    fn layer(&mut self, group: &Group, number: usize, kind: &str) -> Result<(), Diagnostic> {
        match kind {
            "input" => {
                let shape = shape(group)?;
                if group.groups.contains_key("neuron") {
                    self.report.notes.push(format!(
                        "layer {number} turns numbers into spikes; population 'input' takes its spikes from the stimulus instead"
                    ));
                }
                self.input(shape);
                Ok(())
            }
            // What follows numbers its inputs by channel, row and column anyway.
            "flatten" => Ok(()),
            "dense" | "dense_rec" => self.dense(group, number, kind == "dense_rec"),
            "conv" => self.convolution(group, number),
            "pool" => self.pooling(group, number),
            "average" => self.average(group, number),
            other => {
                let message = format!("layer {number} is of type '{other}', which has no counterpart here");
                let help = "known types: input, dense, dense_rec, conv, pool, average, flatten; leave the layer out with --layers";
                Err(group.problem("E-IMPORT-UNSUPPORTED", "type", message, help))
            }
        }
    }

    fn input(&mut self, shape: Shape) {
        let population = "input".to_owned();
        self.network.add_population(Population::input(&population, shape.members() as u32));
        self.describe(&population, "input", shape, 0);
        self.front = Some(Front { population, shape });
    }

    /// The population and the shape that a layer reads; an input of `members` where nothing comes before it.
    fn source(&mut self, members: Option<usize>, group: &Group) -> Result<Front, Diagnostic> {
        let shape = match (&self.front, members) {
            (Some(front), _) if !front.population.is_empty() => {
                return Ok(Front { population: front.population.clone(), shape: front.shape });
            }
            (Some(front), _) => front.shape,
            (None, Some(members)) => Shape::vector(members),
            (None, None) => {
                let message = "nothing says how large the input of this layer is";
                return Err(group.problem(
                    "E-IMPORT-MISSING",
                    "",
                    message,
                    "add an input layer with a shape before it",
                ));
            }
        };
        self.input(shape);
        Ok(Front { population: "input".to_owned(), shape })
    }

    fn describe(&mut self, population: &str, kind: &str, shape: Shape, synapses: usize) {
        let shape = match (shape.height, shape.width) {
            (1, 1) => vec![shape.channels],
            _ => vec![shape.channels, shape.height, shape.width],
        };
        self.report.layers.push(Layer {
            population: population.to_owned(),
            kind: kind.to_owned(),
            shape,
            scale: 1.0,
            synapses: synapses as u64,
        });
    }

    /// Adds the projection of a map of whole weights.
    fn connect(&mut self, map: Map, pre: &str, post: &str) {
        if map.len() == 0 {
            self.report.notes.push(format!("every weight from '{pre}' to '{post}' is 0: they are not connected"));
            return;
        }
        let mut projection = map.into_projection(format!("{pre}->{post}"), pre, post);
        if !weights::store_exactly(&mut projection) {
            self.report.notes.push(format!(
                "the weights from '{pre}' to '{post}' need more than 8 bits: they are rounded, see the report of the mapper"
            ));
        }
        self.network.add_projection(projection);
    }
}

/// The field `shape` of a layer.
fn shape(group: &Group) -> Result<Shape, Diagnostic> {
    let (_, axes) = group.whole("shape", 1, Shape::MAX_MEMBERS as i64)?;
    let axes: Vec<usize> = axes.into_iter().map(|axis| axis as usize).collect();
    // A vector may be written with axes of one element around it.
    let long = axes.iter().filter(|axis| **axis > 1).count();
    let shape = if long <= 1 { Shape::of(&[axes.iter().product()]) } else { Shape::of(&axes) };
    shape.filter(|_| !axes.is_empty()).ok_or_else(|| {
        let message = format!(
            "the shape {axes:?} is no vector and no channels, rows, columns of at most {} members",
            Shape::MAX_MEMBERS
        );
        group.problem("E-IMPORT-SHAPE", "shape", message, "give one number or three")
    })
}

fn too_large(group: &Group, error: TooLarge) -> Diagnostic {
    let message = format!("the layer has {} synapses; the limit is {}", error.0, super::linear::MAX_SYNAPSES);
    group.problem("E-IMPORT-SIZE", "", message, "split the layer")
}

#[cfg(test)]
mod tests;
