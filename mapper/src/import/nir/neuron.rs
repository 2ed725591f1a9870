//! Equations of neurons as steps.

use super::graph::Node;
use super::node::Neuron;
use super::{Options, ResetChoice};
use crate::network::{Bias, Decay, LifParameters, Threshold};
use crate::parameter::Parameter;
use caudate_core::neuron::Reset;
use caudate_isa::diagnostic::Diagnostic;

/// A decay of everything at once.
const DECAY_ONE: f64 = 4096.0;
/// Largest threshold mantissa: neurons that never spike have it.
const MAX_THRESHOLD: f64 = 131_071.0;

/// Neurons as steps, in the file's unit of potential; one element for each neuron.
pub(super) struct Dynamics {
    /// What a weight of 1 adds to u.
    pub(super) gain: Vec<f64>,
    /// Effective decays of u and v, 0..=4096.
    pub(super) current_decay: Vec<f64>,
    pub(super) voltage_decay: Vec<f64>,
    /// `None` for neurons that never spike.
    pub(super) threshold: Option<Vec<f64>>,
    reset: Reset,
    /// The reset potential, if it is not 0.
    reset_value: f64,
    /// What the leak adds to v in each step.
    leak: Vec<f64>,
    /// Steady drive of v by a constant input of 1.
    bias_gain: Vec<f64>,
    /// Whether a constant input has to charge u first.
    charges: bool,
}

impl Neuron {
    /// Whether it has a threshold.
    pub(super) fn spikes(&self) -> bool {
        self.fields.iter().any(|(name, _)| name.ends_with("threshold"))
    }

    fn field(&self, name: &str, size: usize) -> Option<Vec<f64>> {
        let (_, field) = self.fields.iter().find(|(known, _)| *known == name)?;
        Some(if field.values.len() == size { field.values.clone() } else { vec![field.values[0]; size] })
    }
}

impl Dynamics {
    pub(super) fn of(
        node: &Node<'_>,
        own: &Neuron,
        size: usize,
        options: &Options,
        notes: &mut Vec<String>,
    ) -> Result<Self, Diagnostic> {
        if let Some((name, field)) =
            own.fields.iter().find(|(_, field)| field.values.len() != 1 && field.values.len() != size)
        {
            let message = format!("`{name}` of '{}' has {} elements for {size} neurons", node.name, field.values.len());
            return Err(node.group.problem("E-NIR-SHAPE", name, message, format!("give {size} elements")));
        }
        let field = |name: &str| own.field(name, size);
        let share = |name: &'static str| -> Result<Option<Vec<f64>>, Diagnostic> {
            let Some(tau) = field(name) else { return Ok(None) };
            match tau.iter().position(|tau| *tau <= 0.0) {
                Some(at) => {
                    let message =
                        format!("`{name}` of '{}', element {at}: {} s is no time constant", node.name, tau[at]);
                    Err(node.group.problem("E-IMPORT-RANGE", name, message, "give a number above 0, in seconds"))
                }
                None => Ok(Some(tau.into_iter().map(|tau| options.dt_seconds / tau).collect())),
            }
        };
        let membrane = match share("tau_mem")? {
            Some(membrane) => Some(membrane),
            None => share("tau")?,
        };
        let synapse = share("tau_syn")?;
        for (name, shares) in [("membrane", &membrane), ("synapse", &synapse)] {
            if let Some(share) = shares.iter().flatten().find(|share| **share > 1.0) {
                notes.push(format!(
                    "'{}': a step is {share} time constants of the {name}; the state is forgotten in each step",
                    node.name
                ));
            }
        }
        let ones = || vec![1.0; size];
        let resistance = field("r").unwrap_or_else(ones);
        let weight_in = field("w_in").unwrap_or_else(ones);
        let share_of = |shares: &Option<Vec<f64>>, at: usize| shares.as_ref().map_or(1.0, |shares| shares[at].min(1.0));
        let bias_gain: Vec<f64> =
            (0..size).map(|at| weight_in[at] * resistance[at] * share_of(&membrane, at)).collect();
        let gain = (0..size).map(|at| bias_gain[at] * share_of(&synapse, at)).collect();
        let leak_to = field("v_leak").unwrap_or_else(|| vec![0.0; size]);
        let forgets = own.kind == "Threshold";
        let decay = |shares: Option<Vec<f64>>, absent: f64| match shares {
            Some(shares) => shares.into_iter().map(effective).collect(),
            None => vec![absent; size],
        };
        let leak = (0..size).map(|at| leak_to[at] * share_of(&membrane, at)).collect();
        let (reset, reset_value) = reset(node, own, options, notes)?;
        Ok(Self {
            gain,
            bias_gain,
            leak,
            charges: synapse.is_some(),
            current_decay: decay(synapse, DECAY_ONE),
            voltage_decay: decay(membrane, if forgets { DECAY_ONE } else { 0.0 }),
            threshold: field("v_threshold").or_else(|| field("threshold")),
            reset,
            reset_value,
        })
    }

    /// Neurons whose v is the input of the step, and that never spike.
    pub(super) fn readout(size: usize) -> Self {
        Self {
            gain: vec![1.0; size],
            current_decay: vec![DECAY_ONE; size],
            voltage_decay: vec![DECAY_ONE; size],
            threshold: None,
            reset: Reset::Zero,
            reset_value: 0.0,
            leak: vec![0.0; size],
            bias_gain: vec![1.0; size],
            charges: false,
        }
    }

    /// What is added to v in each step whatever spikes: the leak's part, and that of a constant input once u has settled.
    pub(super) fn constant_drive(&self, bias: Option<&[f64]>) -> Constant {
        let input: Vec<f64> =
            (0..self.gain.len()).map(|at| bias.map_or(0.0, |bias| bias[at]) * self.bias_gain[at]).collect();
        let total = input.iter().zip(&self.leak).map(|(input, leak)| input + leak).collect();
        Constant { input, total }
    }

    /// The parameters at a scale.
    pub(super) fn parameters(&self, scale: f64, constant: &Constant) -> LifParameters {
        let threshold = match &self.threshold {
            Some(threshold) => Threshold::Level(parameter(threshold.iter().map(|value| value * scale))),
            None => Threshold::Mantissa(Parameter::Constant(MAX_THRESHOLD)),
        };
        // A constant input charges u from 0. The bias is what it settles at, so u starts that much too low.
        let initial_u = constant.input.iter().map(|value| if self.charges { -(value * scale).round() } else { 0.0 });
        LifParameters {
            current: Decay::Effective(parameter(self.current_decay.iter().copied())),
            voltage: Decay::Effective(parameter(self.voltage_decay.iter().copied())),
            threshold,
            bias: Bias::Level(parameter(constant.total.iter().map(|value| value * scale))),
            reset: match self.reset {
                Reset::Zero if self.reset_value != 0.0 => Reset::Value((self.reset_value * scale).round() as i32),
                reset => reset,
            },
            initial_u: parameter(initial_u),
            ..LifParameters::default()
        }
    }
}

/// A constant drive of v, in the file's unit for each step.
pub(super) struct Constant {
    /// The part that comes through u.
    input: Vec<f64>,
    /// All of it.
    pub(super) total: Vec<f64>,
}

/// The part of a state that a step takes away, in 1/4096, cut down; what is a whole number but for its 32 bits is that number.
fn effective(share: f64) -> f64 {
    (share * DECAY_ONE + 1e-3).floor().clamp(0.0, DECAY_ONE)
}

fn reset(
    node: &Node<'_>,
    own: &Neuron,
    options: &Options,
    notes: &mut Vec<String>,
) -> Result<(Reset, f64), Diagnostic> {
    let given = own.fields.iter().find(|(name, _)| *name == "v_reset").map(|(_, field)| &field.values);
    let first = given.map_or(0.0, |values| values[0]);
    if given.is_some_and(|values| values.iter().any(|value| *value != first)) && options.reset != ResetChoice::Subtract
    {
        let message = format!("the neurons of '{}' have different reset potentials; a population has one", node.name);
        return Err(node.group.problem("E-NIR-VALUE", "v_reset", message, "split the node, or use --reset subtract"));
    }
    Ok(match options.reset {
        ResetChoice::Subtract => (Reset::Subtract, 0.0),
        ResetChoice::Auto if given.is_none() && own.kind == "IF" => {
            notes.push(format!(
                "'{}' gives no v_reset: a spike subtracts the threshold; --reset zero sets v to 0",
                node.name
            ));
            (Reset::Subtract, 0.0)
        }
        ResetChoice::Auto if given.is_none() && own.spikes() && own.kind != "Threshold" => {
            notes.push(format!(
                "'{}' gives no v_reset: a spike sets v to 0; --reset subtract subtracts the threshold",
                node.name
            ));
            (Reset::Zero, 0.0)
        }
        ResetChoice::Auto | ResetChoice::Zero => (Reset::Zero, first),
    })
}

fn parameter(values: impl Iterator<Item = f64>) -> Parameter {
    let values: Vec<f64> = values.collect();
    match values.first() {
        Some(first) if values.iter().all(|value| value == first) => Parameter::Constant(*first),
        _ => Parameter::Array(values),
    }
}
