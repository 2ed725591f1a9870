//! What reaches each node: shapes, and the linear maps from the spikes of other nodes.

use super::graph::{Graph, Node};
use super::node::{Convolution, Kind, declared};
use super::{Options, too_large};
use crate::import::geometry::{Numbering, Shape, Window};
use crate::import::linear::Map;
use caudate_isa::diagnostic::Diagnostic;

/// Members are numbered as PyTorch numbers them.
const NUMBERING: Numbering = Numbering::ChannelsFirst;
/// Longest chain of nodes without a state.
const MAX_CHAIN: usize = 1000;
/// Longest delay that is read, in steps; the chip says what it stores.
const MAX_DELAY: f64 = 16_384.0;

/// Shapes and linear maps of a graph.
pub(super) struct Drives {
    /// By node: the shape of what it gives.
    pub(super) shapes: Vec<Shape>,
    /// By node without a state: what it gives; nothing for nodes with one.
    given: Vec<Option<Drive>>,
}

/// What reaches a node or leaves it: maps from the spikes of nodes, and a constant.
#[derive(Clone, Default)]
pub(super) struct Drive {
    pub(super) parts: Vec<(usize, Map)>,
    pub(super) bias: Option<Vec<f64>>,
}

impl Drives {
    pub(super) fn of(graph: &Graph<'_>, options: &Options, notes: &mut Vec<String>) -> Result<Self, Vec<Diagnostic>> {
        let mut shaper = Shaper { graph, lenient: options.lenient, notes, known: vec![None; graph.nodes.len()] };
        let mut problems = Vec::new();
        for index in 0..graph.nodes.len() {
            if let Err(diagnostic) = shaper.shape(index, 0)
                && !problems.contains(&diagnostic)
            {
                problems.push(diagnostic);
            }
        }
        let shapes = shaper.known.into_iter().flatten().collect::<Vec<_>>();
        if !problems.is_empty() || shapes.len() != graph.nodes.len() {
            return Err(problems);
        }
        let mut drives = Self { shapes, given: vec![None; graph.nodes.len()] };
        for index in 0..graph.nodes.len() {
            if let Err(diagnostic) = drives.give(graph, index, 0, options.dt_seconds)
                && !problems.contains(&diagnostic)
            {
                problems.push(diagnostic);
            }
        }
        if problems.is_empty() { Ok(drives) } else { Err(problems) }
    }

    /// What reaches a node with a state, or an output.
    pub(super) fn into(&self, graph: &Graph<'_>, index: usize) -> Result<Drive, Diagnostic> {
        self.sum(graph, index, self.shapes[index].members())
    }

    /// Whether an outermost output reads something that is no population.
    pub(super) fn is_readout(&self, graph: &Graph<'_>, index: usize) -> bool {
        graph.is_outside(index) && graph.before[index].iter().any(|before| !self.spikes(graph, *before))
    }

    /// Whether what a node gives are the spikes of one population as they are.
    fn spikes(&self, graph: &Graph<'_>, index: usize) -> bool {
        match &graph.nodes[index].kind {
            Kind::Neuron(_) => true,
            Kind::Input if graph.is_outside(index) => true,
            Kind::Input | Kind::Output => graph.before[index].iter().all(|before| self.spikes(graph, *before)),
            _ => false,
        }
    }

    /// Works out what a node without a state gives, and what it needs before.
    fn give(&mut self, graph: &Graph<'_>, index: usize, depth: usize, dt_seconds: f64) -> Result<(), Diagnostic> {
        let node = &graph.nodes[index];
        let has_state =
            matches!(node.kind, Kind::Neuron(_)) || (matches!(node.kind, Kind::Input) && graph.is_outside(index));
        if has_state || self.given[index].is_some() {
            return Ok(());
        }
        if depth > MAX_CHAIN {
            let message = format!(
                "'{}' stands in a loop without a neuron, or in a chain of more than {MAX_CHAIN} nodes",
                node.name
            );
            return Err(node.group.problem(
                "E-NIR-LOOP",
                "",
                message,
                "put a node with a state, such as LIF, into the loop",
            ));
        }
        for before in &graph.before[index] {
            self.give(graph, *before, depth + 1, dt_seconds)?;
        }
        let (width, map) = self.own_map(graph, index, dt_seconds)?;
        let mut drive = self.sum(graph, index, width)?;
        if let Some(map) = &map {
            for (_, part) in &mut drive.parts {
                *part = part.then(map).map_err(|error| too_large(node, error))?;
            }
            drive.bias = drive.bias.map(|bias| map.apply(&bias));
        }
        let members = self.shapes[index].members();
        let own: Option<Vec<f64>> = match &node.kind {
            Kind::Linear(linear) => linear.bias.clone(),
            Kind::Convolution(own) => {
                let shape = self.shapes[index];
                Some((0..members).map(|member| own.bias[NUMBERING.channel(shape, member)]).collect())
            }
            _ => None,
        };
        if let Some(own) = own.filter(|own| own.iter().any(|value| *value != 0.0)) {
            add(&mut drive.bias, own);
        }
        self.given[index] = Some(drive);
        Ok(())
    }

    /// The sum of all that reaches a node that takes `width` values.
    fn sum(&self, graph: &Graph<'_>, index: usize, width: usize) -> Result<Drive, Diagnostic> {
        let mut sum = Drive::default();
        for &before in &graph.before[index] {
            let given = self.shapes[before].members();
            let (node, other) = (&graph.nodes[index], &graph.nodes[before]);
            if given != width {
                let message = format!(
                    "'{}' gives {given} values ({}) to '{}', which takes {width}",
                    other.name, self.shapes[before], node.name
                );
                let help = "correct the shapes of the two nodes or the edge between them, and export again";
                return Err(node.group.problem("E-NIR-SHAPE", "", message, help));
            }
            match &self.given[before] {
                Some(drive) => {
                    sum.parts.extend(drive.parts.iter().cloned());
                    if let Some(bias) = &drive.bias {
                        add(&mut sum.bias, bias.clone());
                    }
                }
                None => {
                    if let Kind::Neuron(own) = &other.kind
                        && !own.spikes()
                        && !matches!(node.kind, Kind::Output)
                    {
                        let message = format!(
                            "'{}' is of type {}, which passes its potential on; a chip passes spikes on",
                            other.name, own.kind
                        );
                        let help =
                            "let it be the last node before an Output, or give it a threshold (LIF, CubaLIF, IF)";
                        return Err(other.group.problem("E-NIR-ANALOG", "type", message, help));
                    }
                    sum.parts.push((before, Map::gather(width, width, |member| member)));
                }
            }
        }
        Ok(sum)
    }

    /// How many values a node without a state takes, and the map that it is; `None` if it passes them on as they are.
    fn own_map(&self, graph: &Graph<'_>, index: usize, dt_seconds: f64) -> Result<(usize, Option<Map>), Diagnostic> {
        let node = &graph.nodes[index];
        let to = self.shapes[index];
        let from = graph.before[index].first().map_or(to, |before| self.shapes[*before]);
        let fail = |error| too_large(node, error);
        Ok(match &node.kind {
            Kind::Linear(own) => (own.sources, Some(Map::dense(own.targets, own.sources, &own.weights))),
            Kind::Convolution(own) => {
                let from = own.input_shape(from);
                let map =
                    Map::convolution(from, to, &own.padded(), own.groups, &own.weights, NUMBERING).map_err(fail)?;
                (from.members(), Some(map))
            }
            Kind::Pool { window, is_mean } => {
                let taps = window.kernel[0] * window.kernel[1];
                let weight = if *is_mean { 1.0 / taps as f64 } else { 1.0 };
                let map = Map::pooling(from, to, window, &vec![weight; taps], NUMBERING).map_err(fail)?;
                (from.members(), Some(map))
            }
            Kind::Scale(field) => {
                let factor = per_member(node, "scale", &field.values, to)?;
                let mut map = Map::gather(to.members(), to.members(), |member| member);
                map.scale_targets(factor);
                (to.members(), Some(map))
            }
            Kind::Delay(field) => {
                let steps = |value: f64| (value / dt_seconds).round();
                if let Some(value) = field.values.iter().find(|value| !(0.0..=MAX_DELAY).contains(&steps(**value))) {
                    let message = format!(
                        "a delay of {value} s is {} steps of {dt_seconds} s; the range is 0..={MAX_DELAY}",
                        steps(*value)
                    );
                    return Err(node.group.problem(
                        "E-IMPORT-RANGE",
                        "delay",
                        message,
                        "use a longer step, --dt SECONDS, or shorter delays",
                    ));
                }
                let delay = per_member(node, "delay", &field.values, to)?;
                let mut map = Map::gather(to.members(), to.members(), |member| member);
                map.delay(|source, _| steps(delay(source)) as u16);
                (to.members(), Some(map))
            }
            _ => (to.members(), None),
        })
    }
}

impl Convolution {
    /// The shape that it takes, given that of what stands before it.
    fn input_shape(&self, before: Shape) -> Shape {
        let [height, width] = self.input.unwrap_or([before.height, before.width]);
        Shape { channels: self.channels[1] * self.groups, height, width }
    }

    /// Its window with the padding written out.
    fn padded(&self) -> Window {
        let same = |axis: usize| self.window.dilation[axis] * (self.window.kernel[axis] - 1) / 2;
        Window { padding: if self.keeps_size { [same(0), same(1)] } else { self.window.padding }, ..self.window }
    }
}

/// Works out shapes.
struct Shaper<'g, 'f> {
    graph: &'g Graph<'f>,
    lenient: bool,
    notes: &'g mut Vec<String>,
    known: Vec<Option<Shape>>,
}

impl Shaper<'_, '_> {
    fn shape(&mut self, index: usize, depth: usize) -> Result<Shape, Diagnostic> {
        if let Some(shape) = self.known[index] {
            return Ok(shape);
        }
        let node = &self.graph.nodes[index];
        if depth > MAX_CHAIN {
            let message = format!("the shape of '{}' depends on itself", node.name);
            return Err(node.group.problem(
                "E-NIR-LOOP",
                "",
                message,
                "give the neurons of the loop one parameter for each neuron",
            ));
        }
        let shape = match &node.kind {
            Kind::Input | Kind::Output => self.port(index, depth)?,
            Kind::Neuron(own) => {
                let wide = own.fields.iter().find(|(_, field)| field.values.len() > 1);
                match wide {
                    Some((name, field)) => self.axes(index, name, &field.shape)?,
                    None => self.scalar(index, depth)?,
                }
            }
            Kind::Linear(own) => Shape::vector(own.targets),
            Kind::Convolution(own) => {
                let before = self.before(index, depth)?;
                if own.input.is_none() {
                    let derived = format!("[{}, {}]", before.height, before.width);
                    if !self.lenient {
                        let message =
                            format!("'{}' has no `input_shape`, so the size of its planes is unknown", node.name);
                        let help = format!(
                            "add input_shape = {derived}, which is what stands before it; or --lenient, which takes that"
                        );
                        return Err(node.group.problem("E-NIR-SHAPE", "input_shape", message, help));
                    }
                    self.notes.push(format!(
                        "'{}' has no input_shape: {derived} was taken from the node before it",
                        node.name
                    ));
                }
                let from = own.input_shape(before);
                self.windowed(index, own.padded().output(from, own.channels[0]), from)?
            }
            Kind::Pool { window, .. } => {
                let before = self.before(index, depth)?;
                self.windowed(index, window.output(before, before.channels), before)?
            }
            Kind::Scale(field) | Kind::Delay(field) => match self.graph.before[index].first() {
                Some(_) => self.before(index, depth)?,
                None => Shape::vector(field.values.len()),
            },
            Kind::Flatten => Shape::vector(self.before(index, depth)?.members()),
        };
        self.known[index] = Some(shape);
        Ok(shape)
    }

    fn before(&mut self, index: usize, depth: usize) -> Result<Shape, Diagnostic> {
        let node = &self.graph.nodes[index];
        match self.graph.before[index].first() {
            Some(before) => self.shape(*before, depth + 1),
            None => {
                let message = format!("nothing leads to '{}', so its shape is unknown", node.name);
                Err(node.group.problem("E-NIR-GRAPH", "", message, "add an edge to it, or leave the node out"))
            }
        }
    }

    /// Inputs and outputs. What they declare is checked against what stands beside them, and yields to it.
    fn port(&mut self, index: usize, depth: usize) -> Result<Shape, Diagnostic> {
        let node = &self.graph.nodes[index];
        let axes = declared(node.group)?;
        if let Some(before) = self.graph.before[index].first() {
            let shape = self.shape(*before, depth + 1)?;
            if axes.iter().product::<usize>() != shape.members() || axes.len() == 4 {
                self.notes.push(format!(
                    "'{}' declares the shape {axes:?}; what reaches it has {shape}, which was taken",
                    node.name
                ));
            }
            return Ok(shape);
        }
        let needed = self.graph.after[index].iter().find_map(|after| match &self.graph.nodes[*after].kind {
            Kind::Linear(own) => Some(own.sources),
            _ => None,
        });
        if let Some(needed) = needed.filter(|needed| *needed != axes.iter().product::<usize>()) {
            self.notes.push(format!(
                "'{}' declares the shape {axes:?}; the weights after it take {needed} values, which was taken",
                node.name
            ));
            return Ok(Shape::vector(needed));
        }
        self.axes(index, "shape", &axes)
    }

    /// The shape with these axes; a fourth, or a second of planes of one row, is a batch.
    fn axes(&mut self, index: usize, field: &str, axes: &[usize]) -> Result<Shape, Diagnostic> {
        let node = &self.graph.nodes[index];
        let rest = match axes {
            [1, rest @ ..] if rest.len() == 3 || rest.len() == 1 => rest,
            axes => axes,
        };
        if rest.len() < axes.len() {
            if !self.lenient {
                let message =
                    format!("`{field}` of '{}' has the shape {axes:?}, whose first axis is a batch of 1", node.name);
                let help = format!("export without a batch axis, {rest:?}; or --lenient, which drops it");
                return Err(node.group.problem("E-NIR-BATCH", field, message, help));
            }
            self.notes.push(format!(
                "`{field}` of '{}' has the shape {axes:?}: the first axis was dropped as a batch",
                node.name
            ));
        }
        Shape::of(rest).ok_or_else(|| {
            let message = format!("`{field}` of '{}' has the shape {axes:?}", node.name);
            let help =
                format!("one to three axes are known: channels, rows, columns, of 1..={} members", Shape::MAX_MEMBERS);
            node.group.problem("E-NIR-SHAPE", field, message, help)
        })
    }

    /// The shape of neurons whose every parameter is one number.
    fn scalar(&mut self, index: usize, depth: usize) -> Result<Shape, Diagnostic> {
        let node = &self.graph.nodes[index];
        // Neurons of a loop are as many as what enters the loop; the first node whose shape is known decides.
        let mut shape = None;
        for &before in &self.graph.before[index] {
            shape = match &self.graph.nodes[before].kind {
                Kind::Linear(own) => Some(Shape::vector(own.targets)),
                _ if before == index => None,
                _ => self.shape(before, depth + 1).ok(),
            };
            if shape.is_some() {
                break;
            }
        }
        let shape = shape.unwrap_or(Shape::vector(1));
        if shape.members() > 1 {
            let Kind::Neuron(own) = &node.kind else { return Ok(shape) };
            let name = own.fields.first().map_or("", |(name, _)| *name);
            if !self.lenient {
                let message = format!(
                    "the parameters of '{}' are single numbers; what reaches it has {} values",
                    node.name,
                    shape.members()
                );
                let help = format!(
                    "give `{name}` and the others {} elements each; or --lenient, which repeats the number",
                    shape.members()
                );
                return Err(node.group.problem("E-NIR-SHAPE", name, message, help));
            }
            self.notes.push(format!(
                "the parameters of '{}' are single numbers: they were repeated for {} neurons",
                node.name,
                shape.members()
            ));
        }
        Ok(shape)
    }

    fn windowed(&self, index: usize, output: Option<Shape>, from: Shape) -> Result<Shape, Diagnostic> {
        let node = &self.graph.nodes[index];
        if let Kind::Convolution(own) = &node.kind
            && own.keeps_size
            && (output.is_none_or(|to| (to.height, to.width) != (from.height, from.width)))
        {
            let message = format!("the padding of '{}' is 'same', which takes strides of 1 and odd kernels", node.name);
            return Err(node.group.problem("E-NIR-VALUE", "padding", message, "write the padding as numbers"));
        }
        output.ok_or_else(|| {
            let message = format!("the window of '{}' does not fit into {from}", node.name);
            node.group.problem("E-NIR-SHAPE", "", message, "correct kernel, padding, dilation or input_shape")
        })
    }
}

/// One number for all, for each channel or for each member.
fn per_member<'a>(
    node: &Node<'_>,
    name: &str,
    values: &'a [f64],
    shape: Shape,
) -> Result<impl Fn(usize) -> f64 + 'a, Diagnostic> {
    let length = values.len();
    if length != 1 && length != shape.channels && length != shape.members() {
        let message = format!("`{name}` of '{}' has {length} elements for {shape} values", node.name);
        return Err(node.group.problem("E-NIR-SHAPE", name, message, "give one for all, or one for each"));
    }
    Ok(move |member: usize| match length {
        1 => values[0],
        length if length == shape.members() => values[member],
        _ => values[NUMBERING.channel(shape, member)],
    })
}

fn add(sum: &mut Option<Vec<f64>>, other: Vec<f64>) {
    match sum {
        Some(sum) => sum.iter_mut().zip(other).for_each(|(sum, value)| *sum += value),
        None => *sum = Some(other),
    }
}
