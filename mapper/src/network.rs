//! What the user asks for: populations, projections, learning rules and modulator channels, in the user's own numbers.
//!
//! A [`Network`] names no core and no chip. It is built here by hand or read from a TOML file ([`Network::from_toml_file`]);
//! nothing is checked before [`crate::compile`], which reports everything at once.

mod microcode;

pub use microcode::{ProgramParameters, RuleMicrocode};

use crate::origin::Origin;
use crate::parameter::Parameter;
use caudate_core::modulator::SLOTS;
use caudate_core::neuron::{Reset, ThresholdCompare};
use caudate_core::synapse::SignMode;
use caudate_isa::sum_of_products::SumOfProducts;

/// A spiking network.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Network {
    /// Name of the network.
    pub name: String,
    /// Populations; their order gives the logical ids of their members.
    pub populations: Vec<Population>,
    /// Projections; their order gives the projection ids.
    pub projections: Vec<Projection>,
    /// Learning rules that projections name.
    pub rules: Vec<RuleSpec>,
    /// Modulator channels that populations name.
    pub modulators: Vec<ModulatorSpec>,
    /// The file it was read from, so that diagnostics show lines; `None` for a network built in Rust.
    pub origin: Option<Origin>,
}

/// Index of a population in [`Network::populations`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PopulationId(pub usize);
/// Index of a projection in [`Network::projections`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProjectionId(pub usize);
/// Index of a rule in [`Network::rules`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RuleId(pub usize);
/// Index of a channel in [`Network::modulators`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ModulatorId(pub usize);

/// Neurons of one kind, or input sources.
#[derive(Debug, Clone, PartialEq)]
pub struct Population {
    /// Its name, unique in the network.
    pub name: String,
    /// Number of members, at least 1.
    pub size: u32,
    /// What its members are.
    pub model: Model,
    /// Most of its neurons that may share a core, if fewer than the chip would take.
    pub max_neurons_per_core: Option<u32>,
}

/// What the members of a population are.
#[derive(Debug, Clone, PartialEq)]
pub enum Model {
    /// Input sources: their spikes come from a stimulus or an environment; they take no compartment.
    Input,
    /// Current-based leaky integrate-and-fire neurons.
    Lif(Box<LifParameters>),
    /// Compartments that run a program.
    Program(Box<ProgramParameters>),
}

/// Parameters of a population of leaky integrate-and-fire neurons.
///
/// The default neuron passes its input on: the current lasts one step, the potential does not leak, the threshold is 100 * 64,
/// there is no bias, and the refractory period is one step.
#[derive(Debug, Clone, PartialEq)]
pub struct LifParameters {
    /// Decay of the synaptic current u.
    pub current: Decay,
    /// Decay of the membrane potential v.
    pub voltage: Decay,
    /// Threshold of v.
    pub threshold: Threshold,
    /// Constant drive of v.
    pub bias: Bias,
    /// Refractory period in steps, 1..=64; v is frozen for one step less after a spike.
    pub refractory_steps: Parameter,
    /// How v is compared with the threshold.
    pub compare: ThresholdCompare,
    /// What a spike does to v.
    pub reset: Reset,
    /// u before step 0.
    pub initial_u: Parameter,
    /// v before step 0.
    pub initial_v: Parameter,
    /// The channels that m0..m3 listen to, by name.
    pub modulators: [Option<String>; SLOTS],
}

/// A decay of u or v.
#[derive(Debug, Clone, PartialEq)]
pub enum Decay {
    /// Effective decay in 1/4096 per step, whole, 0..=4096; taken as it is.
    Effective(Parameter),
    /// Time constant in steps, above 0: the effective decay is `round(4096 * (1 - exp(-1 / tau)))`, at least the smallest one
    /// that the chip can be set to.
    TauSteps(Parameter),
}

/// A threshold of v.
#[derive(Debug, Clone, PartialEq)]
pub enum Threshold {
    /// Mantissa, whole, 0..=131071: the threshold is `64 * mantissa`.
    Mantissa(Parameter),
    /// Threshold in units of v, 0..=8388544; stored in steps of 64.
    Level(Parameter),
}

/// A constant that is added to v in each step.
#[derive(Debug, Clone, PartialEq)]
pub enum Bias {
    /// `mantissa << exponent`, mantissa -4096..=4095, exponent 0..=7, both whole.
    Mantissa {
        /// The mantissa.
        mantissa: Parameter,
        /// The exponent.
        exponent: Parameter,
    },
    /// In units of v, -524288..=524160. The whole population gets the smallest exponent that holds its largest bias, because
    /// each exponent would cost a neuron profile.
    Level(Parameter),
}

impl Default for LifParameters {
    fn default() -> Self {
        Self {
            current: Decay::Effective(Parameter::Constant(4096.0)),
            voltage: Decay::Effective(Parameter::Constant(0.0)),
            threshold: Threshold::Mantissa(Parameter::Constant(100.0)),
            bias: Bias::Mantissa { mantissa: Parameter::Constant(0.0), exponent: Parameter::Constant(0.0) },
            refractory_steps: Parameter::Constant(1.0),
            compare: ThresholdCompare::default(),
            reset: Reset::default(),
            initial_u: Parameter::Constant(0.0),
            initial_v: Parameter::Constant(0.0),
            modulators: [const { None }; SLOTS],
        }
    }
}

/// The synapses from one population to another.
#[derive(Debug, Clone, PartialEq)]
pub struct Projection {
    /// Its name, unique in the network.
    pub name: String,
    /// Source population.
    pub pre: String,
    /// Target population: neurons, not inputs.
    pub post: String,
    /// Which members are connected. The pattern also fixes the order of the synapses, in which arrays are read and values drawn.
    pub connect: Connect,
    /// Weights. With a `weight_exponent`: the mantissa, whole, within the range of `sign`. Without: the effective weight in units of
    /// 64, real; the mapper chooses the exponent with the least error.
    pub weight: Parameter,
    /// Exponent of the weights, -8..=7.
    pub weight_exponent: Option<i8>,
    /// Stored bits of a weight, 0..=8; the chip says which it offers.
    pub weight_bits: u8,
    /// Sign of the weights.
    pub sign: SignMode,
    /// Steps from emission to arrival, whole, at least 1.
    pub delay_steps: Parameter,
    /// The learning rule that changes the synapses, by name.
    pub rule: Option<String>,
    /// The dendritic accumulator i0..i3 of its targets that it adds to; 0 for targets of the fixed neuron.
    pub dendrite: u8,
    /// The axon port, 0..=63, whose spikes it passes on; neurons of the fixed sort and inputs emit on port 0.
    pub port: u8,
    /// Whether a spike adds its payload times the weight, rather than the weight.
    pub is_graded: bool,
}

impl Projection {
    /// A static projection of mixed sign, 8 weight bits and a delay of one step, from port 0 to dendrite 0, named `pre->post`.
    pub fn new(pre: &str, post: &str, connect: Connect, weight: impl Into<Parameter>) -> Self {
        Self {
            name: format!("{pre}->{post}"),
            pre: pre.to_owned(),
            post: post.to_owned(),
            connect,
            weight: weight.into(),
            weight_exponent: None,
            weight_bits: 8,
            sign: SignMode::Mixed,
            delay_steps: Parameter::Constant(1.0),
            rule: None,
            dendrite: 0,
            port: 0,
            is_graded: false,
        }
    }
}

/// Which members of two populations are connected.
#[derive(Debug, Clone, PartialEq)]
pub enum Connect {
    /// Member i to member i; the populations have equal sizes. Order: by i.
    OneToOne,
    /// Every source to every target. Order: by source, then target, as in an array of shape [sources, targets] (without its
    /// diagonal if self-connections are off).
    AllToAll {
        /// Whether a population connected to itself includes i to i.
        self_connections: bool,
    },
    /// Each pair with a probability, independently. Order: by source, then target.
    FixedProbability {
        /// Probability, 0..=1.
        probability: f64,
        /// Whether a population connected to itself includes i to i.
        self_connections: bool,
    },
    /// Each target gets this many different sources, uniformly at random; never two synapses of one pair. Order: by target, then
    /// source.
    FixedInDegree {
        /// Sources per target.
        in_degree: u32,
        /// Whether a population connected to itself includes i to i.
        self_connections: bool,
    },
    /// These pairs, in this order; a pair may occur up to 16 times.
    List {
        /// Source members.
        pre: Vec<u32>,
        /// Target members.
        post: Vec<u32>,
    },
}

/// A learning rule.
#[derive(Debug, Clone, PartialEq)]
pub struct RuleSpec {
    /// Its name, unique in the network.
    pub name: String,
    /// Rule text of the weight change.
    pub dw: Option<String>,
    /// Rule text of the delay change.
    pub dd: Option<String>,
    /// Rule text of the tag change.
    pub dt: Option<String>,
    /// A program in place of the texts; in Rust only.
    pub program: Option<SumOfProducts>,
    /// Microcode in place of the texts; semantics with Loihi's learning order only.
    pub microcode: Option<RuleMicrocode>,
    /// Presynaptic trace x1.
    pub x1: Option<TraceSpec>,
    /// Presynaptic trace x2.
    pub x2: Option<TraceSpec>,
    /// Postsynaptic trace y1.
    pub y1: Option<TraceSpec>,
    /// Postsynaptic trace y2.
    pub y2: Option<TraceSpec>,
    /// Postsynaptic trace y3.
    pub y3: Option<TraceSpec>,
    /// Steps per epoch, 1..=63.
    pub epoch_steps: u8,
    /// Third factors that come from outside, in place of y1..y3; `lava` semantics only.
    pub third_factor: Option<ThirdFactor>,
}

impl RuleSpec {
    /// A rule that changes nothing yet, with epochs of one step and no traces.
    pub fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            dw: None,
            dd: None,
            dt: None,
            program: None,
            microcode: None,
            x1: None,
            x2: None,
            y1: None,
            y2: None,
            y3: None,
            epoch_steps: 1,
            third_factor: None,
        }
    }
}

/// A trace in the user's numbers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TraceSpec {
    /// What a spike adds, 0..=127, in steps of 1/256 (whole under `b2l`).
    pub impulse: f64,
    /// Time constant in steps, above 0 (whole under `b2l`; 0 clears the trace each step under `lava`).
    pub tau_steps: f64,
}

/// Lava's way to third factors: y1 is a trace that rounds down, y2 and y3 are set from outside each step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ThirdFactor {
    /// What a post spike adds to y1, 0..=127.
    pub y1_impulse: u8,
    /// What remains of y1 after a step, in 1/4096, 0..=4096.
    pub y1_decay_factor: u16,
}

/// A modulator channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModulatorSpec {
    /// Its name, unique in the network.
    pub name: String,
    /// Decay of the level per step, 0..=4096; 4096: the level lasts one step.
    pub decay: u16,
    /// Population whose spikes raise the level, if any.
    pub source: Option<String>,
    /// What one such spike adds, -128..=127.
    pub gain: i16,
}

impl Network {
    /// An empty network.
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), ..Self::default() }
    }

    /// Adds a population.
    pub fn add_population(&mut self, population: Population) -> PopulationId {
        self.populations.push(population);
        PopulationId(self.populations.len() - 1)
    }

    /// Adds a projection.
    pub fn add_projection(&mut self, projection: Projection) -> ProjectionId {
        self.projections.push(projection);
        ProjectionId(self.projections.len() - 1)
    }

    /// Adds a learning rule.
    pub fn add_rule(&mut self, rule: RuleSpec) -> RuleId {
        self.rules.push(rule);
        RuleId(self.rules.len() - 1)
    }

    /// Adds a modulator channel.
    pub fn add_modulator(&mut self, modulator: ModulatorSpec) -> ModulatorId {
        self.modulators.push(modulator);
        ModulatorId(self.modulators.len() - 1)
    }
}

impl Population {
    /// A population of input sources.
    pub fn input(name: &str, size: u32) -> Self {
        Self { name: name.to_owned(), size, model: Model::Input, max_neurons_per_core: None }
    }

    /// A population of leaky integrate-and-fire neurons.
    pub fn lif(name: &str, size: u32, parameters: LifParameters) -> Self {
        Self { name: name.to_owned(), size, model: Model::Lif(Box::new(parameters)), max_neurons_per_core: None }
    }

    /// A population whose members run a program.
    pub fn program(name: &str, size: u32, parameters: ProgramParameters) -> Self {
        Self { name: name.to_owned(), size, model: Model::Program(Box::new(parameters)), max_neurons_per_core: None }
    }

    /// The channels that its members' slots m0..m3 listen to; inputs have no slots.
    #[must_use]
    pub fn modulators(&self) -> Option<&[Option<String>; SLOTS]> {
        match &self.model {
            Model::Input => None,
            Model::Lif(lif) => Some(&lif.modulators),
            Model::Program(own) => Some(&own.modulators),
        }
    }

    /// What its members run, if that is a program.
    #[must_use]
    pub fn own_program(&self) -> Option<&ProgramParameters> {
        match &self.model {
            Model::Program(own) => Some(own),
            Model::Input | Model::Lif(_) => None,
        }
    }

    /// Whether its members are input sources.
    #[must_use]
    pub const fn is_input(&self) -> bool {
        matches!(self.model, Model::Input)
    }
}
