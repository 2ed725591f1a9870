//! What can be expected of a rule, and over which runs it is judged.

use super::scenario::Spikes;
use super::subject::{Subject, TRACES};
use caudate_core::trace::TraceDecay;
use caudate_isa::nmx::Program;
use caudate_isa::rule::extended::ast::{Expectation, ExpectationKind, PairOrder, Rule};

/// Epochs that follow a pair of spikes before the outcome is read.
pub(super) const EPOCHS_AFTER_PAIR: usize = 16;
/// A pair is as far apart as the traces of its first spike still count this much.
const TRACE_OF_PAIR: f64 = 4.0;
/// The farthest that the spikes of a pair are apart, in steps.
const FARTHEST_PAIR: usize = 32;

/// One thing that is expected of a rule.
#[derive(Debug, Clone, PartialEq)]
pub struct Property {
    /// As its author wrote it.
    pub text: String,
    /// What it means.
    pub kind: ExpectationKind,
}

/// Which spike trains a property speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Trains {
    /// Any spikes of the sides that may spike.
    Any {
        /// Whether the presynaptic neuron may spike.
        pre: bool,
        /// Whether the postsynaptic neuron may.
        post: bool,
    },
    /// One spike of each side.
    Pair {
        /// Which comes first; `None`: either.
        order: Option<PairOrder>,
        /// The farthest that they are apart, in steps.
        farthest: usize,
    },
}

impl Trains {
    /// Whether `spikes` is such a train.
    pub(super) fn admit(self, spikes: &[Spikes]) -> bool {
        let steps =
            |side: fn(&Spikes) -> bool| spikes.iter().enumerate().filter(move |(_, at)| side(at)).map(|(at, _)| at);
        let (mut pre_steps, mut post_steps) = (steps(|at| at.pre), steps(|at| at.post));
        match self {
            Self::Any { pre, post } => (pre || pre_steps.next().is_none()) && (post || post_steps.next().is_none()),
            Self::Pair { order, farthest } => {
                let (Some(pre), Some(post)) = (pre_steps.next(), post_steps.next()) else { return false };
                let in_order = match order {
                    Some(PairOrder::PreFirst) => pre < post,
                    Some(PairOrder::PostFirst) => post < pre,
                    None => pre != post,
                };
                let is_one_each = pre_steps.next().is_none() && post_steps.next().is_none();
                is_one_each && in_order && pre.abs_diff(post) <= farthest
            }
        }
    }
}

impl Property {
    /// An expectation of `rule`.
    pub(super) fn of(expectation: &Expectation, rule: &Rule) -> Self {
        let written = rule.text.get(expectation.span.clone()).unwrap_or_default();
        let text = written.trim().strip_prefix("expect").unwrap_or(written);
        Self { text: text.split_whitespace().collect::<Vec<_>>().join(" "), kind: expectation.kind.clone() }
    }

    /// What a program says by its declarations: claimed ranges, and no saturation unless it declares one.
    pub(super) fn of_program(program: &Program) -> Vec<Self> {
        let ranges = program.states.iter().filter_map(|state| {
            let ((low, high), name) = (state.range?, state.name.clone()?);
            let text = format!("{name} in {low}..{high}");
            Some(Self { text, kind: ExpectationKind::Within { state: name, low, high } })
        });
        let declared = program.states.iter().any(|state| state.saturates) || !program.accepted_saturations.is_empty();
        let saturation = Self { text: "no saturation".to_owned(), kind: ExpectationKind::NoSaturation };
        ranges.chain((!declared).then_some(saturation)).collect()
    }

    /// The spike trains it speaks of.
    pub(super) fn trains(&self, subject: &Subject) -> Trains {
        match &self.kind {
            ExpectationKind::Unchanged { without, .. } => {
                let may = |side: &str| !without.iter().any(|absent| absent == side);
                Trains::Any { pre: may("x0"), post: may("y0") }
            }
            ExpectationKind::Moves { order, .. } => Trains::Pair { order: *order, farthest: farthest_pair(subject) },
            _ => Trains::Any { pre: true, post: true },
        }
    }

    /// Silent epochs that follow the spikes of a scenario.
    pub(super) fn silent_epochs(&self) -> usize {
        match self.kind {
            ExpectationKind::Moves { .. } => EPOCHS_AFTER_PAIR,
            ExpectationKind::Reaches { within, .. } => within as usize,
            _ => 0,
        }
    }

    /// The longest scenario it speaks of, in epochs.
    pub(super) fn longest(&self) -> Option<usize> {
        match self.kind {
            ExpectationKind::Error { within, .. } => Some(within as usize),
            _ => None,
        }
    }
}

/// The farthest that a pair can be apart, in steps, so that every trace the rule uses still remembers its spike well.
fn farthest_pair(subject: &Subject) -> usize {
    let remembers = |steps: usize| {
        let used = TRACES.iter().zip(&subject.traces).filter(|(name, _)| subject.uses(name));
        used.into_iter().all(|(_, config)| match config.decay {
            TraceDecay::TwelveBit { factor } => {
                let remaining = (f64::from(factor) / 4096.0).powi(steps as i32);
                config.impulse.to_num::<f64>() * remaining >= TRACE_OF_PAIR
            }
            _ => true,
        })
    };
    (1..=FARTHEST_PAIR).take_while(|&steps| remembers(steps)).last().unwrap_or(1)
}
