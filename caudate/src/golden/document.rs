//! The JSON of a golden vector, format `loihi-golden/1`.

use crate::error::Error;
use caudate_core::semantics::Semantics;
use caudate_isa::diagnostic::{Diagnostic, Place};
use serde::Deserialize;
use std::collections::BTreeMap;

/// The format that this build reads.
const FORMAT: &str = "loihi-golden/1";

/// A vector: the semantics it was recorded under, and what it holds.
#[derive(Debug)]
pub(super) struct Document {
    pub(super) semantics: Semantics,
    pub(super) contents: Contents,
}

#[derive(Debug)]
pub(super) enum Contents {
    /// A table of effective weights.
    Table(Vec<TableRow>),
    /// A simulation.
    Run(Box<Run>),
}

#[derive(Debug, Deserialize)]
struct Head {
    format: String,
    kind: Option<String>,
    emulator: Emulator,
}

#[derive(Debug, Deserialize)]
struct Emulator {
    name: String,
}

#[derive(Debug, Deserialize)]
struct Table {
    rows: Vec<TableRow>,
}

/// Effective weights of the mantissas `w_lo ..= w_hi` in one format.
#[derive(Debug, Deserialize)]
pub(super) struct TableRow {
    pub(super) sign_mode: u8,
    pub(super) num_weight_bits: u8,
    pub(super) w_exp: i8,
    pub(super) w_lo: i16,
    pub(super) w_hi: i16,
    pub(super) w_act: Vec<i64>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Run {
    pub(super) steps: u64,
    pub(super) rng: Rng,
    pub(super) groups: Vec<Group>,
    pub(super) inputs: Vec<Input>,
    pub(super) connections: Vec<Connection>,
    pub(super) expected: Expected,
    #[serde(default)]
    pub(super) third_factor: BTreeMap<String, ThirdFactor>,
}

#[derive(Debug, Deserialize)]
#[serde(tag = "mode", rename_all = "lowercase")]
pub(super) enum Rng {
    None,
    Const {
        #[serde(rename = "const")]
        value: f64,
    },
    Tape {
        #[serde(default)]
        x_decay: Vec<f64>,
        #[serde(default)]
        y_decay: Vec<f64>,
        #[serde(default)]
        x_impulse: Vec<[u8; 2]>,
        #[serde(default)]
        y_impulse: Vec<[u8; 2]>,
        #[serde(default)]
        syn_round_per_epoch: Vec<f64>,
    },
}

/// A number, or one per neuron.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum PerNeuron {
    All(f64),
    Each(Vec<f64>),
}

#[derive(Debug, Deserialize)]
pub(super) struct Group {
    pub(super) name: String,
    pub(super) n: u32,
    pub(super) decay_u: f64,
    pub(super) decay_v: f64,
    pub(super) vth_mant: f64,
    pub(super) refractory: f64,
    pub(super) bias_mant: PerNeuron,
    pub(super) bias_exp: PerNeuron,
}

#[derive(Debug, Deserialize)]
pub(super) struct Input {
    pub(super) name: String,
    pub(super) n: u32,
    pub(super) spikes: Spikes,
}

#[derive(Debug, Deserialize)]
pub(super) struct Spikes {
    pub(super) t: Vec<u64>,
    pub(super) i: Vec<u32>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Connection {
    pub(super) name: String,
    pub(super) src: String,
    pub(super) dst: String,
    pub(super) pre: Vec<u32>,
    pub(super) post: Vec<u32>,
    pub(super) w: Vec<f64>,
    pub(super) w_exp: i8,
    pub(super) num_weight_bits: u8,
    pub(super) sign_mode: u8,
    #[serde(default)]
    pub(super) delay: Option<f64>,
    #[serde(default)]
    pub(super) delays: Option<Vec<f64>>,
    #[serde(default)]
    pub(super) w_act0: Option<Vec<i64>>,
    #[serde(default)]
    pub(super) learning: Option<Learning>,
}

/// A learning rule in either emulator's words.
#[derive(Debug, Deserialize)]
pub(super) struct Learning {
    pub(super) dw: Option<String>,
    pub(super) dd: Option<String>,
    pub(super) dt: Option<String>,
    #[serde(default)]
    pub(super) t_epoch: Option<u8>,
    #[serde(default)]
    pub(super) three_factor: bool,
    #[serde(default)]
    pub(super) products: BTreeMap<String, Vec<Product>>,
    /// `x1: {impulse, tau}` (brian2-loihi), or `x1_impulse` and `x1_tau` (lava).
    #[serde(flatten)]
    pub(super) traces: BTreeMap<String, serde_json::Value>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Product {
    pub(super) dep: String,
    pub(super) k: Option<u8>,
    pub(super) s_mant: i32,
    pub(super) s_exp: i8,
    pub(super) factors: Vec<Factor>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Factor {
    pub(super) var: String,
    #[serde(rename = "const")]
    pub(super) addend: Option<i16>,
    pub(super) sgn: bool,
}

#[derive(Debug, Deserialize)]
pub(super) struct ThirdFactor {
    pub(super) y1_rule: String,
    pub(super) y2: Vec<Vec<i16>>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Expected {
    pub(super) spikes: BTreeMap<String, Spikes>,
    #[serde(default)]
    pub(super) u: BTreeMap<String, Track>,
    #[serde(default)]
    pub(super) v: BTreeMap<String, Track>,
    #[serde(default)]
    pub(super) u_sum: BTreeMap<String, Vec<i64>>,
    #[serde(default)]
    pub(super) v_sum: BTreeMap<String, Vec<i64>>,
    #[serde(default)]
    pub(super) learning: BTreeMap<String, BTreeMap<String, LearningTrack>>,
}

/// Values by recorded neuron and step.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Track {
    pub(super) index: Vec<u32>,
    pub(super) data: Vec<Vec<i64>>,
}

/// Values by neuron or, without an index, by synapse, and step.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum LearningTrack {
    Neurons(Track),
    Synapses(Vec<Vec<i64>>),
}

impl Document {
    /// Reads a vector; `name` is its file's.
    pub(super) fn parse(text: &str, name: &str) -> Result<Self, Error> {
        let head: Head = json(text, name)?;
        if head.format != FORMAT {
            return Err(bad(name, format!("format '{}' is not supported; this build reads '{FORMAT}'", head.format)));
        }
        let semantics = match head.emulator.name.as_str() {
            "brian2-loihi" => Semantics::B2l,
            "lava-nc" => Semantics::Lava,
            "nengo-loihi" => Semantics::Nengo,
            other => {
                return Err(bad(
                    name,
                    format!("no semantics reproduce the emulator '{other}'; known: brian2-loihi, lava-nc, nengo-loihi"),
                ));
            }
        };
        let contents = match head.kind.as_deref() {
            None => Contents::Run(Box::new(json(text, name)?)),
            Some("weight_table") => Contents::Table(json::<Table>(text, name)?.rows),
            Some(other) => {
                return Err(bad(
                    name,
                    format!("kind '{other}' is not supported; known: weight_table, or none for a simulation"),
                ));
            }
        };
        Ok(Self { semantics, contents })
    }
}

fn json<'t, T: Deserialize<'t>>(text: &'t str, name: &str) -> Result<T, Error> {
    serde_json::from_str(text).map_err(|error| bad(name, error.to_string()))
}

/// An error about a vector.
pub(super) fn bad(name: &str, message: impl Into<String>) -> Error {
    Error::Invalid(vec![Diagnostic::new("E-GOLDEN", message).at(Place::named(name))])
}
