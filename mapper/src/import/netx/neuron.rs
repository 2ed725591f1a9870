//! The neurons of a layer.

use super::{Builder, NUMBERING};
use crate::import::geometry::Shape;
use crate::import::hdf5::Group;
use crate::network::{Bias, Decay, LifParameters, Threshold};
use crate::parameter::Parameter;
use caudate_core::neuron::ThresholdCompare;
use caudate_isa::diagnostic::Diagnostic;

/// Biases are shifted left as weights and thresholds are.
const BIAS_EXPONENT: f64 = 6.0;
/// Largest mantissa of a threshold.
const MAX_THRESHOLD: i64 = (1 << 17) - 1;

impl Builder<'_> {
    /// The neurons of layer `number`, which has this shape.
    pub(super) fn neurons(&mut self, group: &Group, number: usize, shape: Shape) -> Result<LifParameters, Diagnostic> {
        let bias = Bias::Mantissa {
            mantissa: optional(group, "bias", shape, -4096, 4095, 0)?,
            exponent: Parameter::Constant(BIAS_EXPONENT),
        };
        let Some(neuron) = group.groups.get("neuron") else {
            self.report.notes.push(format!(
                "layer {number} has no neurons: its u is the running sum of its input (units of 64), and it never spikes"
            ));
            return Ok(LifParameters { bias, ..integrator() });
        };
        let kind = neuron.text("type")?;
        let trained_with = match kind {
            "LOIHI" => ThresholdCompare::Gt,
            "CUBA" => ThresholdCompare::Ge,
            other => {
                let message = format!("layer {number} has neurons of type '{other}', which have no counterpart here");
                let help = "known types: LOIHI, CUBA; train the layer with one of them, or leave it out with --layers";
                return Err(neuron.problem("E-IMPORT-UNSUPPORTED", "type", message, help));
            }
        };
        if neuron.datasets.contains_key("gradedSpike") && neuron.whole_one("gradedSpike", 0, 1)? == 1 {
            let message = format!("layer {number} emits graded spikes; fixed neurons emit plain ones");
            let help = "train it with gradedSpike = False, or write its neurons as a program";
            return Err(neuron.problem("E-IMPORT-UNSUPPORTED", "gradedSpike", message, help));
        }
        let mut threshold = required(neuron, "vThMant", shape, 0, i64::from(u32::MAX))?;
        let highest = MAX_THRESHOLD as f64;
        let values = match &mut threshold {
            Parameter::Constant(value) => std::slice::from_mut(value),
            Parameter::Array(values) => values,
            _ => &mut [],
        };
        if values.iter().any(|value| *value > highest) {
            values.iter_mut().for_each(|value| *value = value.min(highest));
            self.report.notes.push(format!(
                "layer {number}: thresholds above {MAX_THRESHOLD} are stored as {MAX_THRESHOLD}, the largest"
            ));
        }
        Ok(LifParameters {
            current: Decay::Effective(required(neuron, "iDecay", shape, 0, 4096)?),
            voltage: Decay::Effective(required(neuron, "vDecay", shape, 0, 4096)?),
            threshold: Threshold::Mantissa(threshold),
            bias,
            refractory_steps: optional(neuron, "refDelay", shape, 1, 64, 1)?,
            compare: self.options.compare.unwrap_or(trained_with),
            ..LifParameters::default()
        })
    }
}

/// Neurons whose u is the running sum of their input, and that never spike.
pub(super) fn integrator() -> LifParameters {
    LifParameters {
        current: Decay::Effective(Parameter::Constant(0.0)),
        voltage: Decay::Effective(Parameter::Constant(4096.0)),
        threshold: Threshold::Mantissa(Parameter::Constant(MAX_THRESHOLD as f64)),
        ..LifParameters::default()
    }
}

/// Whole numbers, one for all, for each channel, or for each neuron.
pub(super) fn required(group: &Group, name: &str, shape: Shape, low: i64, high: i64) -> Result<Parameter, Diagnostic> {
    let (_, values) = group.whole(name, low, high)?;
    let members = shape.members();
    match values.as_slice() {
        [value] => Ok(Parameter::Constant(*value as f64)),
        values if values.len() == shape.channels => {
            let of = |member| values[NUMBERING.channel(shape, member)] as f64;
            Ok(Parameter::Array((0..members).map(of).collect()))
        }
        // Written by channel, row and column, as PyTorch flattens its arrays.
        values if values.len() == members => {
            let ordered = NUMBERING.by_channel(shape).into_iter().map(|number| values[number] as f64).collect();
            Ok(Parameter::Array(ordered))
        }
        values => {
            let message =
                format!("`{name}` has {} elements for {members} neurons in {} channels", values.len(), shape.channels);
            Err(group.problem(
                "E-IMPORT-SHAPE",
                name,
                message,
                "give one for all, one for each channel, or one for each neuron",
            ))
        }
    }
}

/// The same for a field that may be absent.
fn optional(
    group: &Group,
    name: &str,
    shape: Shape,
    low: i64,
    high: i64,
    absent: i64,
) -> Result<Parameter, Diagnostic> {
    if group.datasets.contains_key(name) {
        required(group, name, shape, low, high)
    } else {
        Ok(Parameter::Constant(absent as f64))
    }
}
