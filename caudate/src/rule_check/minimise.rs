//! The smallest counterexample near a given one: no epoch, spike or number of it can be spared.

use super::exhaustive::starts;
use super::judge::{Judgement, Violation};
use super::property::Property;
use super::scenario::{Scenario, Spikes};
use super::subject::Subject;

/// Seeds tried for a smaller spike train: where draws decide, the same fault needs a fitting draw.
const SEEDS: u64 = 16;

/// Minimises `scenario`, which violates `property`; `None` if it does not.
pub(super) fn minimise(subject: &Subject, property: &Property, scenario: Scenario) -> Option<(Scenario, Violation)> {
    let mut found = violates(subject, property, scenario)?;
    while let Some(smaller) = smaller(subject, property, &found.0) {
        found = smaller;
    }
    Some(found)
}

fn violates(subject: &Subject, property: &Property, scenario: Scenario) -> Option<(Scenario, Violation)> {
    match property.judge(subject, &scenario) {
        Judgement::Violated(violation) => Some((scenario, violation)),
        _ => None,
    }
}

/// The first simpler scenario that still violates the property.
fn smaller(subject: &Subject, property: &Property, from: &Scenario) -> Option<(Scenario, Violation)> {
    let seeds = if subject.is_random() { SEEDS } else { 0 };
    let with_seeds = |scenario: Scenario| {
        let others = (0..seeds).map(|seed| Scenario { seed, ..scenario.clone() }).collect::<Vec<_>>();
        std::iter::once(scenario).chain(others)
    };
    let spikes = fewer_epochs(from, subject.epoch_steps).into_iter().chain(fewer_spikes(from)).flat_map(with_seeds);
    let numbers =
        simpler_modulators(from, subject).into_iter().chain(simpler_start(from, subject)).flat_map(with_seeds);
    let draws = (0..seeds.max(1).min(from.seed)).map(|seed| Scenario { seed, ..from.clone() });
    spikes.chain(numbers).chain(draws).find_map(|scenario| violates(subject, property, scenario))
}

/// Without one epoch, the last first.
fn fewer_epochs(from: &Scenario, epoch_steps: usize) -> Vec<Scenario> {
    let epochs = from.spikes.len().div_ceil(epoch_steps);
    let without = |epoch: usize| {
        let steps = epoch * epoch_steps..(epoch + 1) * epoch_steps;
        let kept = |index: &usize| !steps.contains(index);
        let mut modulators: Vec<_> =
            (0..from.modulators.len()).filter(kept).map(|index| from.modulators[index]).collect();
        if modulators.is_empty() {
            modulators = vec![from.modulators_at(0)];
        }
        let spikes = (0..from.spikes.len()).filter(kept).map(|index| from.spikes[index]).collect();
        Scenario { spikes, modulators, ..from.clone() }
    };
    (0..epochs).rev().map(without).collect()
}

/// Without one spike.
fn fewer_spikes(from: &Scenario) -> Vec<Scenario> {
    let with = |step: usize, spikes: Spikes| {
        let mut scenario = from.clone();
        scenario.spikes[step] = spikes;
        scenario
    };
    let mut all = Vec::new();
    for (step, at) in from.spikes.iter().enumerate() {
        if at.pre {
            all.push(with(step, Spikes { pre: false, ..*at }));
        }
        if at.post {
            all.push(with(step, Spikes { post: false, ..*at }));
        }
    }
    all
}

/// Constant modulators, then each at a simpler value.
fn simpler_modulators(from: &Scenario, subject: &Subject) -> Vec<Scenario> {
    let with = |modulators: Vec<_>| Scenario { modulators, ..from.clone() };
    let mut all = Vec::new();
    if from.modulators.len() > 1 {
        all.extend(from.modulators.iter().map(|values| with(vec![*values])));
        let mut shorter = from.modulators.clone();
        shorter.pop();
        all.push(with(shorter));
    }
    let rank = |level: i8| subject.levels.iter().position(|known| *known == level).unwrap_or(subject.levels.len());
    for (index, values) in from.modulators.iter().enumerate() {
        for (slot, value) in values.iter().enumerate().filter(|(_, value)| **value != 0) {
            for level in subject.levels.iter().take(rank(*value)) {
                let mut modulators = from.modulators.clone();
                modulators[index][slot] = *level;
                all.push(with(modulators));
            }
        }
    }
    all
}

/// States that start at a simpler value.
fn simpler_start(from: &Scenario, subject: &Subject) -> Vec<Scenario> {
    let simple = starts(subject);
    let rank = simple.iter().position(|start| *start == from.start).unwrap_or(simple.len());
    simple.into_iter().take(rank).map(|start| Scenario { start, ..from.clone() }).collect()
}
