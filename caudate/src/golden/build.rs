//! From a golden vector to a network, its stimulus and its draws.

use super::document::{Connection, Expected, Group, Learning, PerNeuron, Product, Rng, Run, bad};
use crate::error::Error;
use caudate_core::draws::{Draws, Tape};
use caudate_core::id::NeuronId;
use caudate_core::semantics::Semantics;
use caudate_core::synapse::SignMode;
use caudate_isa::sum_of_products::{self, Dependency, SumOfProducts, Variable};
use caudate_mapper::network::{
    Bias, Connect, Decay, LifParameters, Network, Population, Projection, RuleSpec, ThirdFactor, Threshold, TraceSpec,
};
use caudate_mapper::parameter::Parameter;
use caudate_sim::Stimulus;
use std::sync::Arc;

/// A vector, ready to run.
#[derive(Debug)]
pub(super) struct Case {
    pub(super) network: Network,
    pub(super) semantics: Semantics,
    pub(super) draws: Draws,
    pub(super) stimulus: Stimulus,
    pub(super) steps: u64,
    pub(super) expected: Expected,
    /// The synapses of each connection.
    pub(super) connections: Vec<Listed>,
}

/// The synapses of a connection in the order of the file.
#[derive(Debug)]
pub(super) struct Listed {
    /// (pre, post, stored delay).
    pub(super) synapses: Vec<(u32, u32, u8)>,
    /// Initial effective weights, if the file has them.
    pub(super) initial: Option<Vec<i64>>,
}

/// Builds the network of a simulation.
pub(super) fn case(run: Run, semantics: Semantics, name: &str) -> Result<Case, Error> {
    let mut network = Network::new(name);
    let mut first = 0;
    let mut third_factors = Vec::new();
    for group in &run.groups {
        network.add_population(Population::lif(&group.name, group.n, lif(group)));
        if let Some(factor) = run.third_factor.get(&group.name) {
            for (neuron, values) in (first..).zip(&factor.y2) {
                third_factors.extend((0..).zip(values).map(|(t, y2)| (t, NeuronId(neuron), [*y2, 0])));
            }
        }
        first += group.n;
    }
    let mut stimulus = Stimulus::default();
    let mut first_input = 0;
    for input in &run.inputs {
        network.add_population(Population::input(&input.name, input.n));
        stimulus.add_spikes(input.spikes.t.iter().copied().zip(input.spikes.i.iter().map(|i| first_input + i)));
        first_input += input.n;
    }
    stimulus.add_third_factors(third_factors);
    let mut connections = Vec::new();
    for connection in &run.connections {
        let stored = add_connection(&mut network, connection, &run, semantics, name)?;
        connections.push(Listed { synapses: stored, initial: connection.w_act0.clone() });
    }
    let draws = match run.rng {
        Rng::None => Draws::Counter { seed: 0 },
        Rng::Const { value } => Draws::Constant(value),
        Rng::Tape { x_decay, y_decay, x_impulse, y_impulse, syn_round_per_epoch } => Draws::Tape(Arc::new(Tape {
            pre_decay: x_decay,
            post_decay: y_decay,
            pre_impulse: x_impulse,
            post_impulse: y_impulse,
            rounding: syn_round_per_epoch,
        })),
    };
    Ok(Case { network, semantics, draws, stimulus, steps: run.steps, expected: run.expected, connections })
}

fn lif(group: &Group) -> LifParameters {
    let per_neuron = |value: &PerNeuron| match value {
        PerNeuron::All(value) => Parameter::Constant(*value),
        PerNeuron::Each(values) => Parameter::Array(values.clone()),
    };
    LifParameters {
        current: Decay::Effective(Parameter::Constant(group.decay_u)),
        voltage: Decay::Effective(Parameter::Constant(group.decay_v)),
        threshold: Threshold::Mantissa(Parameter::Constant(group.vth_mant)),
        refractory_steps: Parameter::Constant(group.refractory),
        bias: Bias::Mantissa { mantissa: per_neuron(&group.bias_mant), exponent: per_neuron(&group.bias_exp) },
        ..LifParameters::default()
    }
}

fn add_connection(
    network: &mut Network,
    connection: &Connection,
    run: &Run,
    semantics: Semantics,
    name: &str,
) -> Result<Vec<(u32, u32, u8)>, Error> {
    let place = |message: String| bad(name, format!("connection '{}': {message}", connection.name));
    let count = connection.pre.len();
    let delays = match &connection.delays {
        Some(delays) => delays.clone(),
        None => vec![connection.delay.unwrap_or(0.0); count],
    };
    if connection.post.len() != count || connection.w.len() != count || delays.len() != count {
        return Err(place(format!(
            "pre, post, w and delays have {count}, {}, {} and {} elements",
            connection.post.len(),
            connection.w.len(),
            delays.len()
        )));
    }
    let sign = sign_mode(connection.sign_mode)
        .ok_or_else(|| place(format!("sign mode {} is not 1, 2 or 3", connection.sign_mode)))?;
    let connect = Connect::List { pre: connection.pre.clone(), post: connection.post.clone() };
    let stored = connection
        .pre
        .iter()
        .zip(&connection.post)
        .zip(&delays)
        .map(|((pre, post), delay)| (*pre, *post, *delay as u8))
        .collect();
    let mut projection =
        Projection::new(&connection.src, &connection.dst, connect, Parameter::Array(connection.w.clone()));
    projection.name.clone_from(&connection.name);
    projection.weight_exponent = Some(connection.w_exp);
    projection.weight_bits = connection.num_weight_bits;
    projection.sign = sign;
    projection.delay_steps = Parameter::Array(delays.iter().map(|delay| delay + 1.0).collect());
    if let Some(learning) = &connection.learning {
        network.add_rule(rule(connection, learning, run, semantics).map_err(place)?);
        projection.rule = Some(connection.name.clone());
    }
    network.add_projection(projection);
    Ok(stored)
}

/// The sign mode of a number in a vector.
pub(super) const fn sign_mode(number: u8) -> Option<SignMode> {
    match number {
        1 => Some(SignMode::Mixed),
        2 => Some(SignMode::Excitatory),
        3 => Some(SignMode::Inhibitory),
        _ => None,
    }
}

fn rule(connection: &Connection, learning: &Learning, run: &Run, semantics: Semantics) -> Result<RuleSpec, String> {
    let mut rule = RuleSpec::new(&connection.name);
    if learning.products.is_empty() {
        rule.dw.clone_from(&learning.dw);
        rule.dd.clone_from(&learning.dd);
        rule.dt.clone_from(&learning.dt);
    } else {
        // The words that the emulator itself made of the text: its quantiser of constants is not ours.
        rule.program = Some(program(learning)?);
    }
    rule.epoch_steps = learning.t_epoch.unwrap_or(1);
    rule.x1 = Some(trace(learning, "x1", semantics));
    rule.x2 = Some(trace(learning, "x2", semantics));
    if learning.three_factor {
        let factor = run.third_factor.get(&connection.dst).ok_or("the third factor of its target is missing")?;
        rule.third_factor = Some(third_factor(&factor.y1_rule)?);
    } else {
        rule.y1 = Some(trace(learning, "y1", semantics));
        rule.y2 = Some(trace(learning, "y2", semantics));
        rule.y3 = Some(trace(learning, "y3", semantics));
    }
    Ok(rule)
}

fn trace(learning: &Learning, name: &str, semantics: Semantics) -> TraceSpec {
    let number = |value: Option<&serde_json::Value>| value.and_then(serde_json::Value::as_f64);
    let (impulse, tau_steps) = if semantics == Semantics::B2l {
        let trace = learning.traces.get(name);
        (number(trace.and_then(|trace| trace.get("impulse"))), number(trace.and_then(|trace| trace.get("tau"))))
    } else {
        let part = |part: &str| number(learning.traces.get(&format!("{name}_{part}")));
        (part("impulse"), part("tau"))
    };
    // A trace that the file leaves out exists in the emulator all the same, and is always 0.
    let shortest = if semantics == Semantics::B2l { 1.0 } else { 0.0 };
    TraceSpec { impulse: impulse.unwrap_or(0.0), tau_steps: tau_steps.unwrap_or(shortest) }
}

/// Reads `y1=floor(A*y1/B); y1=min(127,y1+C) on spike`.
fn third_factor(text: &str) -> Result<ThirdFactor, String> {
    let fail = || format!("the rule of y1 is not of the form 'y1=floor(A*y1/B); y1=min(127,y1+C) on spike': '{text}'");
    let compact: String = text.chars().filter(|character| !character.is_whitespace()).collect();
    let rest = compact.strip_prefix("y1=floor(").ok_or_else(fail)?;
    let (numerator, rest) = rest.split_once("*y1/").ok_or_else(fail)?;
    let (denominator, rest) = rest.split_once(");y1=min(127,y1+").ok_or_else(fail)?;
    let impulse = rest.strip_suffix(")onspike").ok_or_else(fail)?;
    let number = |text: &str| text.parse::<u32>().map_err(|_| fail());
    let (numerator, denominator) = (number(numerator)?, number(denominator)?);
    // floor(A*y/B) equals floor(y*f/4096) for every y if f = 4096*A/B is whole.
    if denominator == 0 || numerator > denominator || (4096 * numerator) % denominator != 0 {
        return Err(format!("y1 decays by {numerator}/{denominator}, which is no multiple of 1/4096"));
    }
    let y1_impulse = u8::try_from(number(impulse)?).map_err(|_| fail())?;
    Ok(ThirdFactor { y1_impulse, y1_decay_factor: (4096 * numerator / denominator) as u16 })
}

fn program(learning: &Learning) -> Result<SumOfProducts, String> {
    let products = |target: &str| -> Result<Vec<sum_of_products::Product>, String> {
        learning.products.get(target).into_iter().flatten().map(product).collect()
    };
    Ok(SumOfProducts { weight: products("dw")?, delay: products("dd")?, tag: products("dt")? })
}

fn product(product: &Product) -> Result<sum_of_products::Product, String> {
    let dependency = match (product.dep.as_str(), product.k) {
        ("x0", _) => Dependency::PreSpike,
        ("y0", _) => Dependency::PostSpike,
        ("u", Some(exponent)) => Dependency::Epochs { exponent },
        (other, k) => return Err(format!("dependency '{other}' with k = {k:?} is not x0, y0 or u_k")),
    };
    let factor = |factor: &super::document::Factor| {
        let variable = match factor.var.as_str() {
            "C" => None,
            "x0" => Some(Variable::X0),
            "x1" => Some(Variable::X1),
            "x2" => Some(Variable::X2),
            "y0" => Some(Variable::Y0),
            "y1" => Some(Variable::Y1),
            "y2" => Some(Variable::Y2),
            "y3" => Some(Variable::Y3),
            "w" => Some(Variable::Weight),
            "d" => Some(Variable::Delay),
            "t" => Some(Variable::Tag),
            other => return Err(format!("factor '{other}' is no variable of a learning rule")),
        };
        Ok(sum_of_products::Factor { variable, addend: factor.addend.unwrap_or(0), sign_only: factor.sgn })
    };
    Ok(sum_of_products::Product {
        dependency,
        factors: product.factors.iter().map(factor).collect::<Result<_, String>>()?,
        mantissa: product.s_mant,
        // The file's exponent includes the accumulator's seven fraction bits.
        exponent: product.s_exp - 7,
    })
}
