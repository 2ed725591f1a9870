//! The benchmark networks, as integers.
//!
//! Each is a network of the literature at its own time step, with time constants as 12-bit decays, weights as 8-bit mantissas and
//! constant drive as bias. Potentials are measured from the reset, so that a threshold is positive.

use super::stimulus::{self, Supplied};
use crate::error::Error;
use caudate_core::random::{Domain, draw, draw_from, stream};
use caudate_core::synapse::SignMode;
use caudate_isa::nmx::asm::assemble;
use caudate_mapper::Parameter;
use caudate_mapper::network::{
    Bias, Connect, Decay, LifParameters, ModulatorSpec, Network, Population, ProgramParameters, Projection, RuleSpec,
    Threshold, TraceSpec,
};

/// A benchmark network by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Net {
    /// Random balanced network of 10,000 neurons, 10 % connected, delay 1.5 ms, constant drive.
    Adc,
    /// Vogels-Abbott network of 4,000 neurons with decaying currents, 2 % connected; one current per neuron.
    Cuba,
    /// The same with a current for excitation and another for inhibition: a program in place of the fixed neuron.
    CubaNmx,
    /// 5,000 neurons, a million synapses with pair-based plasticity.
    Stdp,
    /// The same with dopamine-gated plasticity through tags.
    Dastdp,
    /// 100,000 neurons that as many inputs reach through 100 synapses each, seldom.
    Sparse,
    /// 1,000 integer neurons and 200 inputs.
    Loihi,
}

/// A network with its time and its input.
#[derive(Debug, Clone)]
pub struct Benchmark {
    /// The network.
    pub network: Network,
    /// Milliseconds per step.
    pub dt_ms: f64,
    /// Steps before the timed part.
    pub warm_up_steps: u64,
    /// Timed steps, unless told otherwise.
    pub steps: u64,
    /// What reaches it.
    pub supplied: Supplied,
}

impl Net {
    /// All networks, in the order in which they are listed.
    pub const ALL: [Self; 7] =
        [Self::Adc, Self::Cuba, Self::CubaNmx, Self::Stdp, Self::Dastdp, Self::Sparse, Self::Loihi];

    /// The name on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Adc => "adc",
            Self::Cuba => "cuba",
            Self::CubaNmx => "cuba-nmx",
            Self::Stdp => "stdp",
            Self::Dastdp => "dastdp",
            Self::Sparse => "sparse",
            Self::Loihi => "loihi",
        }
    }

    /// Builds the network at `scale` times its size. `rate_hz` is that of supplied spikes.
    ///
    /// # Errors
    /// None in practice: a test assembles the program of [`Net::CubaNmx`].
    pub fn build(self, scale: f64, seed: u64, rate_hz: f64, steps: Option<u64>) -> Result<Benchmark, Error> {
        let network = match self {
            Self::Adc => adc(scale),
            Self::Cuba => cuba(scale),
            Self::CubaNmx => cuba_nmx(scale)?,
            Self::Stdp => plastic(scale, pair_rule(), None),
            Self::Dastdp => plastic(scale, dopamine_rule(), Some("dopamine")),
            Self::Sparse => sparse(scale, seed),
            Self::Loihi => loihi(scale, seed),
        };
        let dt_ms = if matches!(self, Self::Sparse | Self::Loihi) { 1.0 } else { 0.1 };
        let warm_up_steps = if self == Self::Loihi { 0 } else { (100.0 / dt_ms) as u64 };
        let steps = steps.unwrap_or((1000.0 / dt_ms) as u64);
        let all = warm_up_steps + steps;
        let supplied = match self {
            Self::Sparse => stimulus::spikes(members(100_000, scale), rate_hz * dt_ms / 1000.0, all, seed),
            Self::Loihi => stimulus::spikes(members(200, scale), 0.05, all, seed),
            Self::Dastdp => stimulus::dopamine(all, seed),
            Self::Adc | Self::Cuba | Self::CubaNmx | Self::Stdp => Supplied::default(),
        };
        Ok(Benchmark { network, dt_ms, warm_up_steps, steps, supplied })
    }
}

fn members(full: u32, scale: f64) -> u32 {
    (f64::from(full) * scale).round().max(1.0) as u32
}

/// The integer decay of a time constant, in 4096ths.
fn decay(tau_steps: f64) -> f64 {
    (-4096.0 * (-1.0 / tau_steps).exp_m1()).round()
}

/// The bias that holds a potential at `level` under a time constant.
fn drive(level: f64, tau_steps: f64) -> Bias {
    Bias::Level((level * decay(tau_steps) / 4096.0).round().into())
}

/// A neuron with instantaneous synapses.
fn delta_lif(tau_steps: f64, threshold: f64, rest: f64, refractory_steps: f64) -> LifParameters {
    LifParameters {
        current: Decay::Effective(4096.0.into()),
        voltage: Decay::TauSteps(tau_steps.into()),
        threshold: Threshold::Level(threshold.into()),
        bias: drive(rest, tau_steps),
        refractory_steps: refractory_steps.into(),
        initial_v: Parameter::Uniform { low: 0.0, high: threshold, levels: None },
        ..LifParameters::default()
    }
}

fn random(probability: f64) -> Connect {
    Connect::FixedProbability { probability, self_connections: true }
}

fn add(network: &mut Network, pre: &str, post: &str, connect: Connect, weight: (f64, i8), delay: f64) -> usize {
    let mut projection = Projection::new(pre, post, connect, weight.0);
    projection.weight_exponent = Some(weight.1);
    projection.sign = if weight.0 < 0.0 { SignMode::Inhibitory } else { SignMode::Excitatory };
    projection.delay_steps = delay.into();
    network.add_projection(projection).0
}

/// J = 0.1 mV at full scale is a mantissa of 51, an effective weight of 3,264; J times the in-degree stays the same at every scale.
fn adc(scale: f64) -> Network {
    let mv = 32_640.0 * scale;
    let mut network = Network::new("adc");
    let lif = delta_lif(200.0, 20.0 * mv, 40.0 * mv, 20.0);
    network.add_population(Population::lif("exc", members(8000, scale), lif.clone()));
    network.add_population(Population::lif("inh", members(2000, scale), lif));
    for (pre, weight) in [("exc", 51.0), ("inh", -255.0)] {
        for post in ["exc", "inh"] {
            add(&mut network, pre, post, random(0.1), (weight, 0), 15.0);
        }
    }
    network
}

/// One current with the time constant of excitation, 5 ms; inhibition, 10 ms in the original, has twice the weight for the same
/// charge. 1.62 mV of drive is a mantissa of 23: 1,472 per step at dt/tau = 1/200.
fn cuba(scale: f64) -> Network {
    let mv = 1472.0 * 200.0 / 1.62;
    let mut network = Network::new("cuba");
    let lif = LifParameters {
        current: Decay::TauSteps(50.0.into()),
        initial_v: Parameter::Uniform { low: 0.0, high: 10.0 * mv, levels: None },
        ..delta_lif(200.0, 10.0 * mv, 11.0 * mv, 50.0)
    };
    network.add_population(Population::lif("exc", members(3200, scale), lif.clone()));
    network.add_population(Population::lif("inh", members(800, scale), lif));
    for (pre, weight) in [("exc", 23.0), ("inh", -255.0)] {
        for post in ["exc", "inh"] {
            // The in-degree falls with the scale, the drive does not.
            add(&mut network, pre, post, random((0.02 / scale).min(1.0)), (weight, 0), 1.0);
        }
    }
    network
}

/// The same with both currents: inhibition has its own time constant, and 9 mV are a mantissa of 128.
fn cuba_nmx(scale: f64) -> Result<Network, Error> {
    let mv = 1472.0 * 200.0 / 1.62;
    let assembly = assemble("bench/cuba.nmx", include_str!("cuba.nmx")).map_err(Error::Invalid)?;
    let mut cell = ProgramParameters::new("cuba", assembly.program);
    let keep = |tau_steps: f64| 4096.0 - decay(tau_steps);
    let values = [
        ("de", keep(50.0)),
        ("di", keep(100.0)),
        ("dv", keep(200.0)),
        ("bias", (11.0 * mv * decay(200.0) / 4096.0).round()),
        ("vth", (10.0 * mv).round()),
        // 50 steps, of which the one after the spike needs no count.
        ("trf", 49.0),
    ];
    cell.parameters = values.map(|(name, value)| (name.to_owned(), value.into())).to_vec();
    cell.initial = vec![("v".to_owned(), Parameter::Uniform { low: 0.0, high: 10.0 * mv, levels: None })];
    let mut network = Network::new("cuba-nmx");
    network.add_population(Population::program("exc", members(3200, scale), cell.clone()));
    network.add_population(Population::program("inh", members(800, scale), cell));
    for (pre, weight, dendrite) in [("exc", 23.0, 0), ("inh", -128.0, 1)] {
        for post in ["exc", "inh"] {
            let added = add(&mut network, pre, post, random((0.02 / scale).min(1.0)), (weight, 0), 1.0);
            network.projections[added].dendrite = dendrite;
        }
    }
    Ok(network)
}

/// 0.4 mV is a mantissa of 128, so that 0..0.8 mV is 0..256.
fn plastic(scale: f64, rule: RuleSpec, dopamine: Option<&str>) -> Network {
    let mv = 128.0 * 64.0 / 0.4;
    let mut network = Network::new(if dopamine.is_some() { "dastdp" } else { "stdp" });
    let mut lif = delta_lif(200.0, 20.0 * mv, 36.0 * mv, 20.0);
    if let Some(name) = dopamine {
        network.add_modulator(ModulatorSpec { name: name.to_owned(), decay: 4096, source: None, gain: 0 });
        lif.modulators[0] = Some(name.to_owned());
    }
    network.add_population(Population::lif("exc", members(4000, scale), lif.clone()));
    network.add_population(Population::lif("inh", members(1000, scale), lif));
    let degree = |probability: f64| random((probability / scale).min(1.0));
    let learning = add(&mut network, "exc", "exc", degree(1.0 / 16.0), (128.0, 0), 15.0);
    network.projections[learning].rule = Some(rule.name.clone());
    network.add_rule(rule);
    add(&mut network, "exc", "inh", degree(1.0 / 16.0), (128.0, 0), 15.0);
    add(&mut network, "inh", "exc", degree(0.06), (-160.0, 2), 15.0);
    add(&mut network, "inh", "inh", degree(0.06), (-160.0, 2), 15.0);
    network
}

/// Additive pair rule: A+ = 1e-4 of the largest weight, 0.0256 of a mantissa; A- = 1.05 A+; 20 ms both.
fn pair_rule() -> RuleSpec {
    let mut rule = RuleSpec::new("pair");
    rule.dw = Some("2^-7*x1*y0 - 2^-7*y1*x0".to_owned());
    rule.x1 = Some(TraceSpec { impulse: 840.0 / 256.0, tau_steps: 200.0 });
    rule.y1 = Some(TraceSpec { impulse: 882.0 / 256.0, tau_steps: 200.0 });
    rule
}

/// Pairs mark a tag of 205 ms; every 64 steps dopamine moves the weight by the tag: 6.4 of a mantissa per pair at a level of 64.
fn dopamine_rule() -> RuleSpec {
    let mut rule = RuleSpec::new("dopamine");
    rule.dw = Some("2^-7*u6*m0*t".to_owned());
    rule.dt = Some("x1*y0 - y1*x0 - 2^-5*u6*t".to_owned());
    rule.x1 = Some(TraceSpec { impulse: 6.4, tau_steps: 200.0 });
    rule.y1 = Some(TraceSpec { impulse: 6.72, tau_steps: 200.0 });
    rule
}

/// 0.5 mV is a mantissa of 16. The inputs stand for the forced spikes; their targets do not relay them.
fn sparse(scale: f64, seed: u64) -> Network {
    let mv = 16.0 * 64.0 / 0.5;
    let size = members(100_000, scale);
    let mut network = Network::new("sparse");
    let lif = LifParameters { initial_v: 0.0.into(), ..delta_lif(20.0, 20.0 * mv, 0.0, 2.0) };
    network.add_population(Population::input("forced", size));
    network.add_population(Population::lif("cells", size, lif));
    let connect = targets_of_each(size, size, seed, |_| 100);
    add(&mut network, "forced", "cells", connect, (16.0, 0), 2.0);
    network
}

/// Weights 4 and -20, inputs 60, threshold 1000, leak 205/4096, as all tools are given them.
fn loihi(scale: f64, seed: u64) -> Network {
    let (size, inputs) = (members(1000, scale), members(200, scale));
    let excitatory = size * 4 / 5;
    let mut network = Network::new("loihi");
    let lif = LifParameters {
        current: Decay::Effective(4096.0.into()),
        voltage: Decay::Effective(205.0.into()),
        threshold: Threshold::Mantissa(1000.0.into()),
        ..LifParameters::default()
    };
    network.add_population(Population::input("in", inputs));
    network.add_population(Population::lif("exc", excitatory, lif.clone()));
    network.add_population(Population::lif("inh", size - excitatory, lif));
    for (pre, members, weight) in [("exc", excitatory, 4.0), ("inh", size - excitatory, -20.0), ("in", inputs, 60.0)] {
        for (post, size, share) in [("exc", excitatory, 0.8), ("inh", size - excitatory, 0.2)] {
            let entity = u64::from(pre.as_bytes()[0]) << 8 | u64::from(post.as_bytes()[0]);
            // Of 1,000 candidates each with probability 0.1; a target may be drawn twice, as in the peers' generator.
            let count = |source| binomial(draw_stream(seed, 9, entity), source, (1000.0 * share) as u32, 0.1);
            let connect = targets_of_each(members, size, seed ^ entity, count);
            add(&mut network, pre, post, connect, (weight, 0), 1.0);
        }
    }
    network
}

fn draw_stream(seed: u64, purpose: u64, entity: u64) -> u64 {
    stream(Domain::Network.seed(seed), purpose << 56 | entity)
}

fn binomial(stream: u64, source: u32, trials: u32, probability: f64) -> u32 {
    let limit = (probability * 4_294_967_296.0) as u64;
    let row = caudate_core::random::mix64(stream ^ u64::from(source));
    (0..trials).filter(|trial| u64::from(draw_from(row, u64::from(*trial), 0)) < limit).count() as u32
}

/// Gives each source `count` targets, drawn with replacement.
fn targets_of_each(sources: u32, targets: u32, seed: u64, count: impl Fn(u32) -> u32) -> Connect {
    let (mut pre, mut post) = (Vec::new(), Vec::new());
    let seed = draw_stream(seed, 8, 0);
    for source in 0..sources {
        for index in 0..count(source) {
            pre.push(source);
            post.push(
                ((u64::from(draw(seed, u64::from(source), u64::from(index), 0)) * u64::from(targets)) >> 32) as u32,
            );
        }
    }
    Connect::List { pre, post }
}
