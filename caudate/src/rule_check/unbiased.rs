//! Whether rounding is right on average: one epoch, run over many draws, against the same epoch in real numbers.
//!
//! The epoch is the last of a scenario; it begins with the same integers in every draw. The other states of the synapse take the values that
//! they got in the draw, so that only the rounding of the state in question counts. By Hoeffding's inequality the mean of D errors, each
//! within one unit, is farther than `sqrt(ln(2/delta) / 2D)` from what it should be with probability below delta.

use super::judge::{Judgement, Violation, value};
use super::run::{States, Synapse, learn};
use super::scenario::Scenario;
use super::subject::Subject;
use caudate_core::random::{Domain, stream, synapse_entity};
use caudate_isa::rule::extended::ast::{Expression, ExpressionKind, Rule, Statement};
use std::collections::BTreeMap;

/// Draws of one judgement.
pub(super) const DRAWS: u32 = 4096;
/// Probability that an unbiased rounding is called biased, per judgement.
pub(super) const FALSE_ALARM: f64 = 1e-12;
/// What stands after the name of a state for its value at the end of the epoch.
const AFTER: char = '\'';

pub(super) fn judge(subject: &Subject, scenario: &Scenario, epochs: usize, state: usize) -> Judgement {
    let Some(rule) = &subject.rule else { return Judgement::Silent };
    let mut synapse = Synapse::new(subject, scenario, false);
    let Some(epoch) = (0..epochs.max(1)).map(|_| synapse.epoch()).last() else { return Judgement::Silent };
    let name = &subject.states[state].name;
    let alone = Alone::of(rule, name);

    let mut expected: BTreeMap<States, f64> = BTreeMap::new();
    let (mut error_sum, mut change_sum, mut is_exact) = (0.0, 0.0, true);
    let seed = Domain::Synapse.seed(scenario.seed);
    for target in 0..DRAWS {
        let mut states = epoch.before;
        let draws = stream(seed, synapse_entity(0, 0, target));
        learn(subject, epoch.step, epoch.spikes, &epoch.traces, epoch.modulators, draws, &mut states);
        let got = states[state];
        if subject.ends(state).contains(&got) {
            // A clip has its own bias.
            return Judgement::Silent;
        }
        let mut others = states;
        others[state] = 0;
        let real = *expected.entry(others).or_insert_with(|| {
            let of = |name: &str| match name.strip_suffix(AFTER) {
                Some(name) => value(name, subject, &epoch, &states),
                None => value(name, subject, &epoch, &epoch.before),
            };
            alone.change(&of)
        });
        change_sum += real;
        let error = f64::from(got) - f64::from(epoch.before[state]) - real;
        error_sum += error;
        is_exact &= error == 0.0;
        if is_exact && target == DRAWS / 64 {
            // Nothing is rounded in this epoch.
            return Judgement::Holds;
        }
    }
    let count = f64::from(DRAWS);
    let (error, change) = (error_sum / count, change_sum / count);
    let bound = alone.updates as f64 * ((2.0 / FALSE_ALARM).ln() / (2.0 * count)).sqrt();
    if error.abs() <= bound + subject.constant_error * change.abs() {
        return Judgement::Holds;
    }
    let mean = error + change;
    let message = format!("{name} changes by {mean:+.3} on average over {DRAWS} draws; exactly it is {change:+.3}");
    Judgement::Violated(Violation { epoch: epochs.max(1) - 1, state: Some(state), message })
}

/// A rule in which all states but one take given values.
struct Alone<'a> {
    rule: Rule,
    state: &'a str,
    /// How often an epoch can round the state.
    updates: usize,
}

impl<'a> Alone<'a> {
    fn of(rule: &Rule, state: &'a str) -> Self {
        let mut alone = Self { rule: rule.clone(), state, updates: 0 };
        give(&mut alone.rule.statements, state, &mut alone.updates);
        alone
    }

    /// What the epoch adds to the state, in real numbers.
    fn change(&self, of: &dyn Fn(&str) -> f64) -> f64 {
        let names = self.rule.states.iter().map(|state| state.name.clone());
        let mut states: BTreeMap<String, f64> = names
            .map(|name| {
                let value = of(&name);
                (name, value)
            })
            .collect();
        let before = states.get(self.state).copied().unwrap_or(0.0);
        self.rule.advance(&mut states, of);
        states.get(self.state).copied().unwrap_or(0.0) - before
    }
}

/// Gives every state but `state` its value after the epoch where it is updated, and counts updates of `state`.
fn give(statements: &mut [Statement], state: &str, updates: &mut usize) {
    for statement in statements {
        match statement {
            Statement::Update(update) if update.state == state => *updates += 1,
            Statement::Update(update) => {
                let kind = ExpressionKind::Name(format!("{}{AFTER}", update.state));
                update.value = Expression { kind, span: update.span.clone() };
                update.is_change = false;
                update.clip = None;
            }
            Statement::Choice(choice) => {
                give(&mut choice.then, state, updates);
                give(&mut choice.otherwise, state, updates);
            }
        }
    }
}
