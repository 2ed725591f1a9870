//! The kinds of nodes, and their fields as they stand in the file.

use crate::import::geometry::{Shape, Window};
use crate::import::hdf5::{Group, Values};
use caudate_isa::diagnostic::{Diagnostic, nearest};

/// What a node is.
pub(super) enum Kind {
    Input,
    Output,
    Neuron(Neuron),
    Linear(Linear),
    Convolution(Convolution),
    Scale(Field),
    Delay(Field),
    Flatten,
    Pool { window: Window, is_mean: bool },
}

/// A node with a state: its kind and its fields.
pub(super) struct Neuron {
    pub(super) kind: &'static str,
    /// The fields that the kind has, by name, as far as the file gives them.
    pub(super) fields: Vec<(&'static str, Field)>,
}

/// A field of numbers.
pub(super) struct Field {
    pub(super) shape: Vec<usize>,
    pub(super) values: Vec<f64>,
}

/// A matrix with or without a bias.
pub(super) struct Linear {
    pub(super) targets: usize,
    pub(super) sources: usize,
    pub(super) weights: Vec<f64>,
    pub(super) bias: Option<Vec<f64>>,
}

/// Kernels over planes; those of one axis are planes of one row.
pub(super) struct Convolution {
    /// Outputs, inputs per group.
    pub(super) channels: [usize; 2],
    pub(super) window: Window,
    /// Whether the padding keeps the size of the plane.
    pub(super) keeps_size: bool,
    pub(super) groups: usize,
    pub(super) weights: Vec<f64>,
    pub(super) bias: Vec<f64>,
    /// Rows and columns of the input, if the file gives them.
    pub(super) input: Option<[usize; 2]>,
}

/// Kinds with a state, their necessary fields, and those that may be absent.
const NEURONS: [(&str, &[&str], &[&str]); 7] = [
    ("LIF", &["tau", "r", "v_leak", "v_threshold"], &["v_reset"]),
    ("CubaLIF", &["tau_syn", "tau_mem", "r", "v_leak", "v_threshold"], &["v_reset", "w_in"]),
    ("IF", &["r", "v_threshold"], &["v_reset"]),
    ("LI", &["tau", "r", "v_leak"], &[]),
    ("CubaLI", &["tau_syn", "tau_mem", "r", "v_leak"], &["w_in"]),
    ("I", &["r"], &[]),
    ("Threshold", &["threshold"], &[]),
];

const OTHERS: [&str; 11] =
    ["Input", "Output", "Affine", "Linear", "Conv1d", "Conv2d", "Scale", "Delay", "Flatten", "SumPool2d", "AvgPool2d"];

/// What a node is; `name` is for diagnostics.
pub(super) fn kind_of(group: &Group, name: &str) -> Result<Kind, Diagnostic> {
    let kind = group.text("type")?;
    if let Some((kind, needed, optional)) = NEURONS.iter().find(|(known, ..)| *known == kind) {
        let mut fields = Vec::new();
        for key in *needed {
            fields.push((*key, field(group, key)?));
        }
        for key in optional.iter().filter(|key| group.datasets.contains_key(**key)) {
            fields.push((*key, field(group, key)?));
        }
        return Ok(Kind::Neuron(Neuron { kind, fields }));
    }
    Ok(match kind {
        "Input" => Kind::Input,
        "Output" => Kind::Output,
        "Affine" | "Linear" => Kind::Linear(linear(group, kind == "Affine")?),
        "Conv1d" => Kind::Convolution(convolution(group, 1)?),
        "Conv2d" => Kind::Convolution(convolution(group, 2)?),
        "Scale" => Kind::Scale(field(group, "scale")?),
        "Delay" => Kind::Delay(field(group, "delay")?),
        "Flatten" => Kind::Flatten,
        "SumPool2d" | "AvgPool2d" => {
            let kernel = axes(group, "kernel_size", 2, 1)?;
            let window = Window {
                kernel,
                stride: axes(group, "stride", 2, 1)?,
                padding: axes(group, "padding", 2, 0)?,
                dilation: [1, 1],
            };
            Kind::Pool { window, is_mean: kind == "AvgPool2d" }
        }
        other => {
            let known = || NEURONS.iter().map(|(known, ..)| *known).chain(OTHERS);
            let message = format!("node '{name}' is of type '{other}', which has no counterpart here");
            let help = match nearest(other, known()) {
                Some(candidate) => format!("did you mean '{candidate}'?"),
                None => format!("known types: {}", known().collect::<Vec<_>>().join(", ")),
            };
            return Err(group.problem("E-NIR-TYPE", "type", message, help));
        }
    })
}

/// The declared shape of an Input or Output.
pub(super) fn declared(group: &Group) -> Result<Vec<usize>, Diagnostic> {
    let (_, axes) = group.whole("shape", 0, Shape::MAX_MEMBERS as i64)?;
    Ok(axes.into_iter().map(|axis| axis as usize).collect())
}

fn field(group: &Group, name: &str) -> Result<Field, Diagnostic> {
    let (shape, values) = group.numbers(name)?;
    if values.is_empty() {
        return Err(group.problem(
            "E-NIR-SHAPE",
            name,
            format!("`{name}` has no elements"),
            "give one for each neuron",
        ));
    }
    Ok(Field { shape: shape.to_vec(), values })
}

fn linear(group: &Group, has_bias: bool) -> Result<Linear, Diagnostic> {
    let (shape, weights) = group.numbers("weight")?;
    let [targets, sources] = *shape else {
        let message = format!("`weight` has the shape {shape:?}; a matrix of shape [outputs, inputs] is needed");
        return Err(group.problem("E-NIR-SHAPE", "weight", message, "squeeze or reshape it before the export"));
    };
    let bias = if has_bias { Some(group.numbers("bias")?.1) } else { None };
    if targets == 0 || sources == 0 {
        let message = format!("`weight` has the shape {shape:?}");
        return Err(group.problem("E-NIR-SHAPE", "weight", message, "leave the node out"));
    }
    if let Some(bias) = bias.as_ref().filter(|bias| bias.len() != targets) {
        let message = format!("`bias` has {} elements for {targets} outputs", bias.len());
        return Err(group.problem("E-NIR-SHAPE", "bias", message, format!("give {targets} elements")));
    }
    Ok(Linear { targets, sources, weights, bias })
}

fn convolution(group: &Group, dimensions: usize) -> Result<Convolution, Diagnostic> {
    let (shape, weights) = group.numbers("weight")?;
    let (outputs, inputs, kernel) = match (dimensions, shape) {
        (1, [outputs, inputs, width]) => (*outputs, *inputs, [1, *width]),
        (2, [outputs, inputs, height, width]) => (*outputs, *inputs, [*height, *width]),
        _ => {
            let needed = if dimensions == 1 { "[outputs, inputs, length]" } else { "[outputs, inputs, rows, columns]" };
            let message = format!("`weight` has the shape {shape:?}; {needed} is needed");
            return Err(group.problem("E-NIR-SHAPE", "weight", message, "reshape it before the export"));
        }
    };
    let groups = group.whole_one("groups", 1, 1 << 20)? as usize;
    if shape.contains(&0) || outputs % groups != 0 {
        let message = format!("kernels of shape {shape:?} cannot be divided into {groups} groups");
        return Err(group.problem("E-NIR-SHAPE", "groups", message, "correct groups or weight"));
    }
    let bias = group.numbers("bias")?.1;
    if bias.len() != outputs {
        let message = format!("`bias` has {} elements for {outputs} channels", bias.len());
        return Err(group.problem("E-NIR-SHAPE", "bias", message, format!("give {outputs} elements")));
    }
    let named = match group.dataset("padding")?.values {
        Values::Texts(_) => Some(group.text("padding")?),
        _ => None,
    };
    let padding = match named {
        None => axes(group, "padding", dimensions, 0)?,
        Some("same" | "valid") => [0, 0],
        Some(other) => {
            let message = format!("the padding is '{other}'; it is 'same', 'valid', or numbers");
            return Err(group.problem("E-NIR-VALUE", "padding", message, "write one of them"));
        }
    };
    let has_input = group.datasets.contains_key("input_shape");
    Ok(Convolution {
        channels: [outputs, inputs],
        window: Window {
            kernel,
            stride: axes(group, "stride", dimensions, 1)?,
            padding,
            dilation: axes(group, "dilation", dimensions, 1)?,
        },
        keeps_size: named == Some("same"),
        groups,
        weights,
        bias,
        input: if has_input { Some(axes(group, "input_shape", dimensions, 1)?) } else { None },
    })
}

/// Rows and columns; one number stands for both, and a single axis is that of the columns.
fn axes(group: &Group, name: &str, dimensions: usize, low: i64) -> Result<[usize; 2], Diagnostic> {
    let (_, values) = group.whole(name, low, 1 << 20)?;
    // A plane of one row is not padded, dilated or strided along its rows.
    let single = if low == 0 { 0 } else { 1 };
    match (dimensions, values.as_slice()) {
        (1, [along]) => Ok([single, *along as usize]),
        (2, [both]) => Ok([*both as usize; 2]),
        (2, [rows, columns]) => Ok([*rows as usize, *columns as usize]),
        _ => {
            let message = format!("`{name}` has {} elements for {dimensions} axes", values.len());
            Err(group.problem("E-NIR-SHAPE", name, message, "give one number for each axis"))
        }
    }
}
