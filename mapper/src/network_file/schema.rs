//! The tables of a network file, key by key.

use super::connect::ConnectEntry;
use super::parameter::ParameterEntry;
use caudate_core::neuron::{Reset, ThresholdCompare};
use caudate_core::synapse::SignMode;
use serde::Deserialize;
use std::collections::BTreeMap;

/// `[[population]]`. Counts are read as wide numbers, so that a negative one is reported in our words.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PopulationTable {
    pub(super) name: String,
    pub(super) size: i64,
    pub(super) model: ModelName,
    pub(super) current_decay: Option<ParameterEntry>,
    pub(super) current_tau_steps: Option<ParameterEntry>,
    pub(super) voltage_decay: Option<ParameterEntry>,
    pub(super) voltage_tau_steps: Option<ParameterEntry>,
    pub(super) threshold_mantissa: Option<ParameterEntry>,
    pub(super) threshold: Option<ParameterEntry>,
    pub(super) bias_mantissa: Option<ParameterEntry>,
    pub(super) bias_exponent: Option<ParameterEntry>,
    pub(super) bias: Option<ParameterEntry>,
    pub(super) refractory_steps: Option<ParameterEntry>,
    pub(super) compare: Option<ThresholdCompare>,
    pub(super) reset: Option<Reset>,
    pub(super) initial_u: Option<ParameterEntry>,
    pub(super) initial_v: Option<ParameterEntry>,
    pub(super) modulators: Option<Subscriptions>,
    pub(super) max_neurons_per_core: Option<i64>,
    pub(super) program: Option<String>,
    pub(super) parameters: Option<BTreeMap<String, ParameterEntry>>,
    pub(super) initial: Option<BTreeMap<String, ParameterEntry>>,
    pub(super) parent: Option<String>,
}

/// `model = ...`
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum ModelName {
    Input,
    Lif,
    Program,
}

/// `modulators = { m0 = "dopamine" }`
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Subscriptions {
    pub(super) m0: Option<String>,
    pub(super) m1: Option<String>,
    pub(super) m2: Option<String>,
    pub(super) m3: Option<String>,
}

/// `[[projection]]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ProjectionTable {
    pub(super) name: Option<String>,
    pub(super) pre: String,
    pub(super) post: String,
    pub(super) connect: ConnectEntry,
    pub(super) weight: ParameterEntry,
    pub(super) weight_exponent: Option<i64>,
    pub(super) weight_bits: Option<i64>,
    pub(super) sign: SignMode,
    pub(super) delay_steps: Option<ParameterEntry>,
    pub(super) rule: Option<String>,
    pub(super) dendrite: Option<i64>,
    pub(super) port: Option<i64>,
    pub(super) graded: Option<bool>,
}

/// `[[rule]]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RuleTable {
    pub(super) name: String,
    pub(super) dw: Option<String>,
    pub(super) dd: Option<String>,
    pub(super) dt: Option<String>,
    pub(super) program: Option<String>,
    pub(super) parameters: Option<BTreeMap<String, f64>>,
    pub(super) initial: Option<BTreeMap<String, f64>>,
    pub(super) epoch_steps: Option<i64>,
    pub(super) x1: Option<TraceTable>,
    pub(super) x2: Option<TraceTable>,
    pub(super) y1: Option<TraceTable>,
    pub(super) y2: Option<TraceTable>,
    pub(super) y3: Option<TraceTable>,
    pub(super) third_factor: Option<ThirdFactorTable>,
}

/// `x1 = { impulse = 16, tau_steps = 20 }`
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TraceTable {
    pub(super) impulse: f64,
    pub(super) tau_steps: f64,
}

/// `third_factor = { y1_impulse = 127, y1_decay_factor = 4000 }`
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ThirdFactorTable {
    pub(super) y1_impulse: i64,
    pub(super) y1_decay_factor: i64,
}

/// `[[modulator]]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ModulatorTable {
    pub(super) name: String,
    pub(super) decay: Option<i64>,
    pub(super) source: Option<String>,
    pub(super) gain: Option<i64>,
}
