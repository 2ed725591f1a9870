//! Synapses of one rule, each onto a cell of its own, beside real-valued ones that see the same spikes.
//!
//! The cells fire alike, but their traces are rounded apart: so the mean difference shows what is systematic.

use super::load;
use caudate_core::microcode::{Inputs, Specials, run};
use caudate_core::random::{Domain, stream, synapse_entity, trace_entity};
use caudate_core::trace::{TraceConfig, TraceDecay, advance};

/// What a rule reads in one step: spikes as 0 or 1, traces, and the first modulator.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Signals {
    pub(super) x0: bool,
    pub(super) x1: f64,
    pub(super) x2: f64,
    pub(super) y0: bool,
    pub(super) y1: f64,
    pub(super) y2: f64,
    pub(super) y3: f64,
    pub(super) m0: f64,
}

/// Impulse and time constant in steps of x1, x2 or y1, y2, y3.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Trace {
    pub(super) impulse: u8,
    pub(super) tau: f64,
}

/// Spikes, modulator and traces of an experiment; an epoch is one step.
pub(super) struct Protocol<'a> {
    pub(super) synapses: u32,
    pub(super) steps: u64,
    pub(super) pre: &'a dyn Fn(u32, u64) -> bool,
    pub(super) post: &'a dyn Fn(u64) -> bool,
    pub(super) dopamine: &'a dyn Fn(u64) -> i8,
    pub(super) x: [Trace; 2],
    pub(super) y: [Trace; 3],
}

/// The weights of an experiment at its end.
#[derive(Debug, Clone)]
pub(super) struct Weights {
    /// Of the program, then of the real-valued rule, by synapse.
    pub(super) pairs: Vec<(f64, f64)>,
    /// Mean difference in weight units.
    pub(super) bias: f64,
    /// Root of the mean square of the difference.
    pub(super) rms: f64,
}

impl Weights {
    /// Mean weight of the program.
    pub(super) fn mean(&self) -> f64 {
        Self::mean_of(&self.pairs)
    }

    /// Mean weight of the program in the upper fifth of the synapses.
    pub(super) fn led(&self) -> f64 {
        Self::mean_of(&self.pairs[self.pairs.len() * 4 / 5..])
    }

    /// Mean weight of the program in the lower fifth of the synapses.
    pub(super) fn followed(&self) -> f64 {
        Self::mean_of(&self.pairs[..self.pairs.len() / 5])
    }

    fn mean_of(pairs: &[(f64, f64)]) -> f64 {
        pairs.iter().map(|(got, _)| got).sum::<f64>() / pairs.len() as f64
    }
}

/// The traces of one neuron as the trace engine keeps them, and in real numbers without a limit.
struct Traces<const COUNT: usize> {
    of: [Trace; COUNT],
    held: [i16; COUNT],
    real: [f64; COUNT],
    stream: u64,
}

impl<const COUNT: usize> Traces<COUNT> {
    fn new(of: [Trace; COUNT], side: Domain, neuron: u32) -> Self {
        let stream = stream(side.seed(11), trace_entity(0, neuron));
        Self { of, held: [0; COUNT], real: [0.0; COUNT], stream }
    }

    fn advance(&mut self, spiked: bool, t: u64) {
        for (index, trace) in self.of.iter().enumerate() {
            let decay = TraceDecay::TwelveBit { factor: TraceConfig::twelve_bit_factor(trace.tau) };
            let config = TraceConfig { impulse: trace.impulse.into(), decay };
            self.held[index] = advance(&config, self.held[index], spiked, self.stream, t, index as u8);
            let kept = if trace.tau > 0.0 { (-1.0 / trace.tau).exp() } else { 0.0 };
            self.real[index] = self.real[index] * kept + f64::from(u8::from(spiked) * trace.impulse);
        }
    }
}

/// A synapse and its twin in real numbers.
struct Synapse<State> {
    pre: Traces<2>,
    post: Traces<3>,
    state: Vec<i32>,
    real_state: State,
}

/// Runs the program `rule` in a parameter set and the rule `real` side by side; the program's first state word is the weight.
pub(super) fn compare<State: Copy>(
    (rule, set): (&str, Option<&str>),
    protocol: &Protocol<'_>,
    start: &[i32],
    real_start: State,
    weight: impl Fn(&State) -> f64,
    real: impl Fn(&Signals, &mut State),
) -> Weights {
    let (executable, _) = load(rule, set);
    let synapse = |i| Synapse {
        pre: Traces::new(protocol.x, Domain::PreTrace, i),
        post: Traces::new(protocol.y, Domain::PostTrace, i),
        state: start.to_vec(),
        real_state: real_start,
    };
    let mut synapses: Vec<_> = (0..protocol.synapses).map(synapse).collect();
    for t in 0..protocol.steps {
        let (y0, m0) = ((protocol.post)(t), (protocol.dopamine)(t));
        for (index, synapse) in (0..).zip(&mut synapses) {
            let x0 = (protocol.pre)(index, t);
            synapse.pre.advance(x0, t);
            synapse.post.advance(y0, t);
            let [x1, x2] = synapse.pre.held.map(i32::from);
            let [y1, y2, y3] = synapse.post.held.map(i32::from);
            let specials = Specials::learn([x0.into(), x1, x2], [y0.into(), y1, y2, y3], t, [m0, 0, 0, 0]);
            let stream = stream(Domain::Synapse.seed(11), synapse_entity(0, index, index));
            let inputs = Inputs { parameters: executable.parameters(), specials: &specials, stream, step: t };
            run(&executable, &inputs, &mut synapse.state, &mut Vec::new(), &mut Vec::new());
            let ([x1, x2], [y1, y2, y3]) = (synapse.pre.real, synapse.post.real);
            real(&Signals { x0, x1, x2, y0, y1, y2, y3, m0: m0.into() }, &mut synapse.real_state);
        }
    }
    let pairs: Vec<_> = synapses.iter().map(|s| (f64::from(s.state[0]), weight(&s.real_state))).collect();
    let mean = |value: &dyn Fn(f64) -> f64| pairs.iter().map(|(a, b)| value(a - b)).sum::<f64>() / pairs.len() as f64;
    let (bias, rms) = (mean(&|d| d), mean(&|d| d * d).sqrt());
    let weights = Weights { pairs, bias, rms };
    // Shown with `--nocapture`: the figures of examples/programs/README.md.
    eprintln!("{rule}: mean weight {:.2}, bias {bias:.2}, rms {rms:.2}", weights.mean());
    weights
}

/// Whether an event of this probability happens, by entity and step.
pub(super) fn chance(probability: f64, entity: u32, t: u64) -> bool {
    caudate_core::random::unit(23, entity.into(), t, 0) < probability
}
