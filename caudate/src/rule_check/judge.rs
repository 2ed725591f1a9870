//! Whether a property holds in a scenario.

use super::property::Property;
use super::run::{Epoch, States, Synapse, input};
use super::scenario::Scenario;
use super::subject::Subject;
use super::unbiased;
use caudate_isa::rule::extended::ast::{Condition, ExpectationKind};

/// Draws over which a pair of spikes must move a state at least once.
pub(super) const DRAWS_OF_PAIR: u64 = 64;

/// What a scenario says about a property.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Judgement {
    /// Nothing: a condition of the property was never met.
    Silent,
    /// The property holds in it.
    Holds,
    /// It does not.
    Violated(Violation),
}

/// Where a property fails.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Violation {
    /// The epoch, from 0.
    pub(super) epoch: usize,
    /// The state word concerned.
    pub(super) state: Option<usize>,
    /// What is wrong there, in words.
    pub(super) message: String,
}

impl Property {
    /// Judges one scenario.
    pub(super) fn judge(&self, subject: &Subject, scenario: &Scenario) -> Judgement {
        if !self.trains(subject).admit(&scenario.spikes) {
            return Judgement::Silent;
        }
        let epochs = scenario.spikes.len().div_ceil(subject.epoch_steps) + self.silent_epochs();
        let of = |state: &str| subject.state(state).unwrap_or_default();
        match &self.kind {
            ExpectationKind::Within { state, low, high } => {
                each(subject, scenario, epochs, of(state), false, |_, value| {
                    let (side, limit) = if value < *low { ("below", low) } else { ("above", high) };
                    let outside = !(*low..=*high).contains(&value);
                    Some(outside.then(|| format!("{state} is {value}, {side} {limit}")))
                })
            }
            ExpectationKind::Unchanged { state, when, .. } => {
                let index = of(state);
                each(subject, scenario, epochs, index, false, |epoch, after| {
                    let before = epoch.before[index];
                    let met = when.as_ref().is_none_or(|when| holds(when, subject, epoch));
                    met.then(|| (before != after).then(|| format!("{state} changes from {before} to {after}")))
                })
            }
            ExpectationKind::Moves { state, rises, when, .. } => {
                moves(subject, scenario, epochs, of(state), *rises, when.as_ref())
            }
            ExpectationKind::Reaches { state, value, within } => {
                let mut synapse = Synapse::new(subject, scenario, false);
                let last = (0..epochs.max(1)).map(|_| synapse.epoch()).last();
                let reached = last.map_or(*value, |epoch| epoch.after[of(state)]);
                if reached == *value {
                    return Judgement::Holds;
                }
                let message = format!("{state} is still {reached}, {within} epochs after the last spike");
                violated(epochs.max(1) - 1, of(state), message)
            }
            ExpectationKind::Unbiased { state } => unbiased::judge(subject, scenario, epochs, of(state)),
            ExpectationKind::NoSaturation => {
                let mut synapse = Synapse::new(subject, scenario, false);
                for epoch in 0..epochs.max(1) {
                    let outcome = synapse.epoch().outcome;
                    let what = match (outcome.alu_saturated, outcome.store_saturated) {
                        (0, 0) => continue,
                        (0, _) => "a store saturates: the new value does not fit the state's width",
                        _ => "a result saturates at 32 bits",
                    };
                    return Judgement::Violated(Violation { epoch, state: None, message: what.to_owned() });
                }
                Judgement::Holds
            }
            ExpectationKind::Error { state, limit, within } => {
                let epochs = epochs.max(1).min(*within as usize);
                each(subject, scenario, epochs, of(state), true, |epoch, value| {
                    let real = *epoch.real.as_ref()?.states.get(state)?;
                    let error = f64::from(value) - real;
                    let exceeds = error.abs() > *limit;
                    Some(
                        exceeds
                            .then(|| format!("{state} is {value}, {:.2} off the real-valued {real:.2}", error.abs())),
                    )
                })
            }
        }
    }
}

/// Judges epoch by epoch: `check` gives `None` where it has nothing to say, else what is wrong, if anything.
fn each(
    subject: &Subject,
    scenario: &Scenario,
    epochs: usize,
    state: usize,
    with_real: bool,
    check: impl Fn(&Epoch, i32) -> Option<Option<String>>,
) -> Judgement {
    let mut synapse = Synapse::new(subject, scenario, with_real);
    let mut judgement = Judgement::Silent;
    for number in 0..epochs.max(1) {
        let epoch = synapse.epoch();
        match check(&epoch, epoch.after[state]) {
            None => {}
            Some(None) => judgement = Judgement::Holds,
            Some(Some(message)) => return violated(number, state, message),
        }
    }
    judgement
}

/// A state must never be on the wrong side of where it started, and in one draw of many it must be on the right one.
fn moves(
    subject: &Subject,
    scenario: &Scenario,
    epochs: usize,
    state: usize,
    rises: bool,
    when: Option<&Condition>,
) -> Judgement {
    let start = scenario.start.get(state).copied().unwrap_or_default();
    let word = &subject.states[state];
    let (low, high) = if word.starts.0 < word.starts.1 { word.starts } else { (word.of.lowest(), word.of.highest()) };
    // A state at its end cannot move on.
    if start == if rises { high } else { low } {
        return Judgement::Silent;
    }
    let draws = if subject.is_random() { DRAWS_OF_PAIR } else { 1 };
    for draw in 0..draws {
        let scenario = Scenario { seed: scenario.seed.wrapping_add(draw), ..scenario.clone() };
        let mut synapse = Synapse::new(subject, &scenario, false);
        let mut moved = false;
        for number in 0..epochs {
            let epoch = synapse.epoch();
            if when.is_some_and(|when| !holds(when, subject, &epoch)) {
                return Judgement::Silent;
            }
            let after = epoch.after[state];
            let is_wrong = if rises { after < start } else { after > start };
            // Of the draws, only the first belongs to the scenario.
            if is_wrong && draw == 0 {
                let (expected, got) = if rises { ("rise", "falls") } else { ("fall", "rises") };
                let message = format!("{} {got} from {start} to {after}; it should {expected}", word.name);
                return violated(number, state, message);
            }
            moved |= if rises { after > start } else { after < start };
        }
        if moved {
            return Judgement::Holds;
        }
    }
    // Where even real numbers move it by less than half a unit, a missing move is no evidence.
    let real = real_move(subject, scenario, epochs, state, rises);
    if draws > 1 && real > 0.0 && real < 0.5 {
        return Judgement::Silent;
    }
    let message = match draws {
        1 => format!("{} stays at {start}", word.name),
        _ => format!("{} stays at {start} in all of {draws} draws", word.name),
    };
    violated(epochs.max(1) - 1, state, message)
}

/// The farthest that the real-valued rule moves a state in the expected direction.
fn real_move(subject: &Subject, scenario: &Scenario, epochs: usize, state: usize, rises: bool) -> f64 {
    let mut synapse = Synapse::new(subject, scenario, true);
    let start = f64::from(scenario.start[state]);
    let moves = (0..epochs).filter_map(|_| {
        let value = *synapse.epoch().real?.states.get(&subject.states[state].name)?;
        Some(if rises { value - start } else { start - value })
    });
    moves.fold(0.0, f64::max)
}

fn violated(epoch: usize, state: usize, message: String) -> Judgement {
    Judgement::Violated(Violation { epoch, state: Some(state), message })
}

/// Whether `condition` holds in an epoch: of states as it began, of traces and spikes at its end.
fn holds(condition: &Condition, subject: &Subject, epoch: &Epoch) -> bool {
    condition.holds(&|name| value(name, subject, epoch, &epoch.before))
}

/// The value of a name in an epoch whose states are `states`.
pub(super) fn value(name: &str, subject: &Subject, epoch: &Epoch, states: &States) -> f64 {
    if let Some(index) = subject.state(name) {
        return states[index].into();
    }
    if let Some(parameter) = subject.rule.iter().flat_map(|rule| &rule.parameters).find(|one| one.name == name) {
        return parameter.value;
    }
    input(name, epoch.spikes, &epoch.traces.map(f64::from), epoch.modulators, epoch.step)
}
