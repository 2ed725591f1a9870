//! Layers that are populations with synapses: dense, convolution, pooling, average.

use super::neuron::integrator;
use super::{Builder, Front, NUMBERING, shape, too_large};
use crate::import::geometry::{Shape, Window};
use crate::import::hdf5::Group;
use crate::import::linear::Map;
use crate::network::{LifParameters, Population};
use caudate_isa::diagnostic::Diagnostic;

/// Largest magnitude of a whole weight.
const MAX_WEIGHT: i64 = 1 << 15;
/// Longest delay that is read; the chip says what it stores.
const MAX_DELAY: i64 = 1 << 14;

impl Builder<'_> {
    pub(super) fn dense(&mut self, group: &Group, number: usize, is_recurrent: bool) -> Result<(), Diagnostic> {
        let to = Shape::vector(shape(group)?.members());
        let weights = matrix(group, "weight", to.members())?;
        let sources = weights.len() / to.members();
        let from = self.source(Some(sources), group)?;
        if from.shape.members() != sources {
            let message = format!(
                "layer {number} has weights for {sources} inputs; the layer before it has {} members ({})",
                from.shape.members(),
                from.shape
            );
            return Err(group.problem(
                "E-IMPORT-SHAPE",
                "weight",
                message,
                "export the whole network again, layer shapes included",
            ));
        }
        let input_of = NUMBERING.by_channel(from.shape);
        let mut map = Map::gather(sources, sources, |member| input_of[member])
            .then(&scaled(group, Map::dense(to.members(), sources, &weights))?)
            .map_err(|error| too_large(group, error))?;
        self.delay(group, &mut map, to, &input_of)?;
        let lif = self.neurons(group, number, to)?;
        let name = self.add(number, "dense", to, lif, map, &from);
        if is_recurrent {
            let weights = matrix(group, "weight_rec", to.members())?;
            if weights.len() != to.members() * to.members() {
                let message = format!("`weight_rec` has {} elements for {} neurons", weights.len(), to.members());
                return Err(group.problem("E-IMPORT-SHAPE", "weight_rec", message, "give a square matrix"));
            }
            self.connect(scaled(group, Map::dense(to.members(), to.members(), &weights))?, &name, &name);
        }
        Ok(())
    }

    pub(super) fn convolution(&mut self, group: &Group, number: usize) -> Result<(), Diagnostic> {
        let from = self.source(None, group)?;
        let to = shape(group)?;
        let groups =
            if group.datasets.contains_key("groups") { group.whole_one("groups", 1, 1 << 20)? as usize } else { 1 };
        let (axes, weights) = group.whole("weight", -MAX_WEIGHT, MAX_WEIGHT)?;
        let [outputs, inputs, height, width] = kernel_axes(group, axes)?;
        let fits = from.shape.channels == inputs * groups && to.channels == outputs && outputs % groups == 0;
        if !fits {
            let message = format!(
                "the kernels {axes:?} with {groups} groups do not lead from {} channels to {}",
                from.shape.channels, to.channels
            );
            return Err(group.problem("E-IMPORT-SHAPE", "weight", message, "export the whole network again"));
        }
        let window = window(group, [height, width], from.shape, to)?;
        let weights: Vec<f64> = weights.into_iter().map(|weight| weight as f64).collect();
        let map = Map::convolution(from.shape, to, &window, groups, &weights, NUMBERING)
            .map_err(|error| too_large(group, error))?;
        self.windowed(group, number, "conv", to, map, &from)
    }

    pub(super) fn pooling(&mut self, group: &Group, number: usize) -> Result<(), Diagnostic> {
        let from = self.source(None, group)?;
        let to = shape(group)?;
        let (axes, weights) = group.whole("weight", -MAX_WEIGHT, MAX_WEIGHT)?;
        let [outputs, inputs, height, width] = kernel_axes(group, axes)?;
        if outputs * inputs != 1 || to.channels != from.shape.channels {
            let message = format!(
                "the weights {axes:?} pool {} channels into {}; one kernel serves all channels, which stay as many",
                from.shape.channels, to.channels
            );
            return Err(group.problem(
                "E-IMPORT-SHAPE",
                "weight",
                message,
                "export the pooling as a convolution with groups",
            ));
        }
        let window = window(group, [height, width], from.shape, to)?;
        let weights: Vec<f64> = weights.into_iter().map(|weight| weight as f64).collect();
        let map =
            Map::pooling(from.shape, to, &window, &weights, NUMBERING).map_err(|error| too_large(group, error))?;
        self.windowed(group, number, "pool", to, map, &from)
    }

    /// Means over groups of members: counters, since a chip divides nothing.
    pub(super) fn average(&mut self, group: &Group, number: usize) -> Result<(), Diagnostic> {
        let from = self.source(None, group)?;
        let to = Shape::vector(shape(group)?.members());
        let each = from.shape.members() / to.members();
        if each * to.members() != from.shape.members() {
            let message = format!("{} members cannot be averaged into {} groups", from.shape.members(), to.members());
            return Err(group.problem("E-IMPORT-SHAPE", "shape", message, "give a number of groups that divides them"));
        }
        self.report.notes.push(format!(
            "layer {number}: u of a neuron counts the spikes of its {each} inputs (units of 64); divide by {each} for the mean"
        ));
        let input_of = NUMBERING.by_channel(from.shape);
        let map = Map::gather(from.shape.members(), to.members(), |member| input_of[member] / each);
        self.add(number, "average", to, integrator(), map, &from);
        Ok(())
    }

    fn windowed(
        &mut self,
        group: &Group,
        number: usize,
        kind: &str,
        to: Shape,
        map: Map,
        from: &Front,
    ) -> Result<(), Diagnostic> {
        let mut map = scaled(group, map)?;
        self.delay(group, &mut map, to, &[])?;
        let lif = self.neurons(group, number, to)?;
        self.add(number, kind, to, lif, map, from);
        Ok(())
    }

    /// Adds a population and its synapses; returns its name.
    fn add(&mut self, number: usize, kind: &str, to: Shape, lif: LifParameters, map: Map, from: &Front) -> String {
        let name = format!("layer{number}");
        self.network.add_population(Population::lif(&name, to.members() as u32, lif));
        self.describe(&name, kind, to, map.len());
        self.connect(map, &from.population, &name);
        self.front = Some(Front { population: name.clone(), shape: to });
        name
    }

    /// The delays of a layer: one for all, one for each neuron or channel, one for each input, or one for each weight. `input_of`
    /// numbers the inputs of a dense layer as its weights do.
    fn delay(&mut self, group: &Group, map: &mut Map, to: Shape, input_of: &[usize]) -> Result<(), Diagnostic> {
        if !group.datasets.contains_key("delay") {
            return Ok(());
        }
        let (axes, delays) = group.whole("delay", 0, MAX_DELAY)?;
        let delays: Vec<u16> = delays.into_iter().map(|delay| delay as u16).collect();
        let sources = map.sources;
        let is_dense = !input_of.is_empty();
        match delays.len() {
            1 => map.delay(|_, _| delays[0]),
            length if length == to.channels => map.delay(|_, target| delays[NUMBERING.channel(to, target)]),
            length if is_dense && length == sources => map.delay(|source, _| delays[input_of[source]]),
            length if is_dense && length == sources * to.members() => {
                map.delay(|source, target| delays[target * sources + input_of[source]]);
            }
            length => {
                let message = format!(
                    "`delay` has {length} elements (shape {axes:?}) for {} neurons and {sources} inputs",
                    to.members()
                );
                let help =
                    "give one for all, one for each neuron or channel, one for each input, or one for each weight";
                return Err(group.problem("E-IMPORT-SHAPE", "delay", message, help));
            }
        }
        Ok(())
    }
}

/// Weights with the layer's exponent.
fn scaled(group: &Group, mut map: Map) -> Result<Map, Diagnostic> {
    if let Some(neuron) = group.groups.get("neuron").filter(|neuron| neuron.datasets.contains_key("wgtExp")) {
        let exponent = neuron.whole_one("wgtExp", -8, 7)?;
        map.scale_targets(|_| (exponent as f64).exp2());
    }
    Ok(map)
}

/// A matrix of `rows` rows, by row; one of one axis is taken row by row.
fn matrix(group: &Group, name: &str, rows: usize) -> Result<Vec<f64>, Diagnostic> {
    let (axes, values) = group.whole(name, -MAX_WEIGHT, MAX_WEIGHT)?;
    let fits = match axes {
        [length] => length % rows == 0,
        [first, _] => *first == rows,
        _ => false,
    };
    if !fits || values.is_empty() {
        let message = format!("`{name}` has the shape {axes:?} for {rows} neurons");
        return Err(group.problem("E-IMPORT-SHAPE", name, message, "give an array of shape [neurons, inputs]"));
    }
    Ok(values.into_iter().map(|value| value as f64).collect())
}

/// [outputs, inputs, rows, columns]; a fifth axis of one time step may follow.
fn kernel_axes(group: &Group, axes: &[usize]) -> Result<[usize; 4], Diagnostic> {
    match *axes {
        [outputs, inputs, height, width] | [outputs, inputs, height, width, 1] if axes.iter().all(|axis| *axis > 0) => {
            Ok([outputs, inputs, height, width])
        }
        _ => {
            let message = format!("the weights have the shape {axes:?}");
            Err(group.problem(
                "E-IMPORT-SHAPE",
                "weight",
                message,
                "give an array of shape [outputs, inputs, rows, columns]",
            ))
        }
    }
}

/// The window of a layer, which must lead from one shape to the other.
fn window(group: &Group, kernel: [usize; 2], from: Shape, to: Shape) -> Result<Window, Diagnostic> {
    let pair = |name: &str, low: i64, absent: usize| {
        if !group.datasets.contains_key(name) {
            return Ok([absent; 2]);
        }
        match group.whole(name, low, 1 << 20)?.1.as_slice() {
            [both] => Ok([*both as usize; 2]),
            [rows, columns] => Ok([*rows as usize, *columns as usize]),
            values => {
                let message = format!("`{name}` has {} elements; one or two are needed", values.len());
                Err(group.problem("E-IMPORT-SHAPE", name, message, "give rows and columns"))
            }
        }
    };
    let window = Window {
        kernel,
        stride: pair("stride", 1, 1)?,
        padding: pair("padding", 0, 0)?,
        dilation: pair("dilation", 1, 1)?,
    };
    if window.output(from, to.channels) == Some(to) {
        return Ok(window);
    }
    let makes = window.output(from, to.channels).map_or("nothing".to_owned(), |shape| shape.to_string());
    let message = format!("the layer has the shape {to}; its kernel makes {makes} of the {from} before it");
    Err(group.problem("E-IMPORT-SHAPE", "shape", message, "correct stride, padding, dilation or shape"))
}
