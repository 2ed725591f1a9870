//! One synapse under a scenario, in fixed point by the reference executor and in real numbers by the rule, epoch by epoch.

use super::scenario::{Scenario, Spikes};
use super::subject::{Subject, TRACES};
use caudate_core::microcode::{Inputs, Outcome, Specials, run};
use caudate_core::modulator::SLOTS;
use caudate_core::random::{Domain, stream, synapse_entity, trace_entity};
use caudate_core::trace::{TraceConfig, TraceDecay, advance};
use std::collections::BTreeMap;

/// The state words of a synapse, those that are declared first.
pub(super) type States = [i32; 16];

/// What an epoch did.
#[derive(Debug, Clone)]
pub(super) struct Epoch {
    /// Its last step.
    pub(super) step: usize,
    /// Whether each side spiked in it.
    pub(super) spikes: Spikes,
    /// Traces as the program reads them, by the order of [`TRACES`]: x1, x2 at the last post spike of the epoch, y1..y3 at the last
    /// pre spike, or at its end where there was none.
    pub(super) traces: [i16; 5],
    /// Modulators at its end.
    pub(super) modulators: [i8; SLOTS],
    /// State words when it began.
    pub(super) before: States,
    /// State words at its end.
    pub(super) after: States,
    /// What saturated.
    pub(super) outcome: Outcome,
    /// The real-valued rule at its end.
    pub(super) real: Option<RealEpoch>,
}

/// An epoch in real numbers.
#[derive(Debug, Clone)]
pub(super) struct RealEpoch {
    /// Traces as the rule reads them, by the order of [`TRACES`].
    pub(super) traces: [f64; 5],
    /// States at its end, by name.
    pub(super) states: BTreeMap<String, f64>,
}

/// A synapse that lives through a scenario.
#[derive(Debug, Clone)]
pub(super) struct Synapse<'a> {
    subject: &'a Subject,
    scenario: &'a Scenario,
    /// Draw stream of the synapse.
    draws: u64,
    traces: [i16; 5],
    states: States,
    /// The real-valued rule; its traces go on from step to step.
    real: Option<RealEpoch>,
    step: usize,
}

impl<'a> Synapse<'a> {
    /// A synapse before the first step. `with_real` follows the real-valued rule as well, if there is one.
    pub(super) fn new(subject: &'a Subject, scenario: &'a Scenario, with_real: bool) -> Self {
        let mut states = [0; 16];
        states.iter_mut().zip(&scenario.start).for_each(|(state, start)| *state = *start);
        let named = || subject.states.iter().zip(states).map(|(word, value)| (word.name.clone(), f64::from(value)));
        let real =
            (with_real && subject.rule.is_some()).then(|| RealEpoch { traces: [0.0; 5], states: named().collect() });
        let draws = stream(Domain::Synapse.seed(scenario.seed), synapse_entity(0, 0, 1));
        Self { subject, scenario, draws, traces: [0; 5], states, real, step: 0 }
    }

    /// Lives through the next epoch.
    pub(super) fn epoch(&mut self) -> Epoch {
        let mut spikes = Spikes::default();
        let (mut read, mut real_read) = ([None; 5], [None; 5]);
        for _ in 0..self.subject.epoch_steps {
            let now = self.scenario.spikes.get(self.step).copied().unwrap_or_default();
            self.advance_traces(now);
            for index in (0..5).filter(|index| if is_pre(*index) { now.post } else { now.pre }) {
                read[index] = Some(self.traces[index]);
                real_read[index] = self.real.as_ref().map(|real| real.traces[index]);
            }
            spikes.pre |= now.pre;
            spikes.post |= now.post;
            self.step += 1;
        }
        let step = self.step - 1;
        let modulators = self.scenario.modulators_at(step);
        let before = self.states;
        let traces = std::array::from_fn(|index| read[index].unwrap_or(self.traces[index]));
        let outcome = learn(self.subject, step, spikes, &traces, modulators, self.draws, &mut self.states);
        let real = self.real.as_mut().map(|real| {
            let traces = std::array::from_fn(|index| real_read[index].unwrap_or(real.traces[index]));
            let mut read = RealEpoch { traces, states: std::mem::take(&mut real.states) };
            real_epoch(self.subject, step, spikes, modulators, &mut read);
            real.states.clone_from(&read.states);
            read
        });
        Epoch { step, spikes, traces, modulators, before, after: self.states, outcome, real }
    }

    fn advance_traces(&mut self, now: Spikes) {
        let seed = self.scenario.seed;
        for (index, (value, config)) in self.traces.iter_mut().zip(&self.subject.traces).enumerate() {
            let is_pre = is_pre(index);
            let spiked = if is_pre { now.pre } else { now.post };
            if *value != 0 || spiked {
                let (domain, number) =
                    if is_pre { (Domain::PreTrace, index) } else { (Domain::PostTrace, index - PRE_TRACES) };
                let draws = stream(domain.seed(seed), trace_entity(0, 0));
                *value = advance(config, *value, spiked, draws, self.step as u64, number as u8);
            }
            if let Some(real) = &mut self.real {
                let impulse = if spiked { config.impulse.to_num() } else { 0.0 };
                real.traces[index] = real.traces[index] * factor(config) + impulse;
            }
        }
    }
}

/// x1 and x2 come first.
const PRE_TRACES: usize = 2;

const fn is_pre(index: usize) -> bool {
    index < PRE_TRACES
}

/// What remains of a trace after a step.
fn factor(config: &TraceConfig) -> f64 {
    match config.decay {
        TraceDecay::TwelveBit { factor } => f64::from(factor) / 4096.0,
        _ => 1.0,
    }
}

/// Runs the program once on `states`.
pub(super) fn learn(
    subject: &Subject,
    step: usize,
    spikes: Spikes,
    traces: &[i16; 5],
    modulators: [i8; SLOTS],
    draws: u64,
    states: &mut States,
) -> Outcome {
    let [x1, x2, y1, y2, y3] = traces.map(i32::from);
    let (pre, post) = ([spikes.pre.into(), x1, x2], [spikes.post.into(), y1, y2, y3]);
    let specials = Specials::learn(pre, post, step as u64, modulators);
    let inputs =
        Inputs { parameters: subject.executable.parameters(), specials: &specials, stream: draws, step: step as u64 };
    run(&subject.executable, &inputs, states, &mut Vec::new(), &mut Vec::new())
}

/// Advances the states of `real`, whose traces are those of this epoch.
pub(super) fn real_epoch(
    subject: &Subject,
    step: usize,
    spikes: Spikes,
    modulators: [i8; SLOTS],
    real: &mut RealEpoch,
) {
    let Some(rule) = &subject.rule else { return };
    let traces = real.traces;
    rule.advance(&mut real.states, &|name| input(name, spikes, &traces, modulators, step));
}

/// The value of an input of a rule in an epoch that ends with `step`.
pub(super) fn input(name: &str, spikes: Spikes, traces: &[f64; 5], modulators: [i8; SLOTS], step: usize) -> f64 {
    if let Some(index) = TRACES.iter().position(|trace| *trace == name) {
        return traces[index];
    }
    let (letter, digits) = name.split_at(name.len().min(1));
    let number = digits.parse::<u32>().unwrap_or(0);
    match (letter, name) {
        (_, "x0") => f64::from(u8::from(spikes.pre)),
        (_, "y0") => f64::from(u8::from(spikes.post)),
        ("m", _) => modulators.get(number as usize).copied().map_or(0.0, f64::from),
        ("u", _) => {
            let period = 1_usize.checked_shl(number).unwrap_or(0);
            f64::from(u8::from(step.is_multiple_of(period)))
        }
        _ => 0.0,
    }
}
