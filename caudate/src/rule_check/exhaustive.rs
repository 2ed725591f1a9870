//! Every scenario of a small domain, in the order of size, so that the first counterexample is a smallest one.
//!
//! The domain: all spike trains of few epochs, modulators that do not change at the values around which something may change, states at
//! the ends and in the middle of their ranges, and a few seeds where the rule draws.

use super::judge::{Judgement, Violation};
use super::property::{Property, Trains};
use super::scenario::{Scenario, Spikes};
use super::subject::Subject;
use super::unbiased;
use caudate_core::modulator::SLOTS;
use caudate_isa::rule::extended::ast::{ExpectationKind, PairOrder};

/// Seeds tried for each scenario where a run draws.
const SEEDS: u64 = 4;
/// Most steps whose spike trains are enumerated: 4^8 trains.
const MOST_STEPS: usize = 8;

/// How far an exhaustive search came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Exhausted {
    /// Scenarios that had something to say.
    pub(super) judged: u64,
    /// All lengths up to this many epochs were tried.
    pub(super) epochs: usize,
    /// The first scenario that violates the property.
    pub(super) found: Option<(Scenario, Violation)>,
}

/// Searches all scenarios of each length, as long as they cost at most `budget` runs of the program in all.
pub(super) fn search(subject: &Subject, property: &Property, budget: u64) -> Exhausted {
    let settings = settings(subject);
    let mut exhausted = Exhausted { judged: 0, epochs: 0, found: None };
    let mut cost = 0;
    let most = property.longest().unwrap_or(FARTHEST).min(FARTHEST);
    for epochs in 0..=most {
        let steps = epochs * subject.epoch_steps;
        let Some(trains) = trains(property.trains(subject), steps, subject.epoch_steps) else { break };
        let runs = (epochs + property.silent_epochs()).max(1) as u64 * draws(property);
        cost += (trains.len() * settings.len()) as u64 * runs;
        if cost > budget {
            break;
        }
        for spikes in &trains {
            for setting in &settings {
                let scenario = Scenario { spikes: spikes.clone(), ..setting.clone() };
                match property.judge(subject, &scenario) {
                    Judgement::Silent => {}
                    Judgement::Holds => exhausted.judged += 1,
                    Judgement::Violated(violation) => {
                        exhausted.judged += 1;
                        exhausted.found = Some((scenario, violation));
                        return exhausted;
                    }
                }
            }
        }
        exhausted.epochs = epochs;
    }
    exhausted
}

/// Longest trains, in epochs; other trains than pairs end before.
const FARTHEST: usize = 33;

/// Runs of the program that one epoch of a judgement costs.
pub(super) fn draws(property: &Property) -> u64 {
    match property.kind {
        // Many epochs round nothing, which a few draws tell.
        ExpectationKind::Unbiased { .. } => u64::from(unbiased::DRAWS) / 16,
        // A real-valued epoch costs about as much as these.
        ExpectationKind::Error { .. } => 8,
        _ => 1,
    }
}

/// All trains of exactly `steps` steps, fewest spikes first; `None` if there are too many.
fn trains(trains: Trains, steps: usize, epoch_steps: usize) -> Option<Vec<Vec<Spikes>>> {
    match trains {
        Trains::Any { pre, post } => {
            let sides: Vec<Spikes> = [(false, false), (true, false), (false, true), (true, true)]
                .into_iter()
                .filter(|(a, b)| (pre || !a) && (post || !b))
                .map(|(pre, post)| Spikes { pre, post })
                .collect();
            if steps > MOST_STEPS {
                return None;
            }
            let count = sides.len().pow(steps as u32);
            let train = |number: usize| {
                let digit = |step: usize| sides[number / sides.len().pow(step as u32) % sides.len()];
                (0..steps).map(digit).collect::<Vec<_>>()
            };
            let mut all: Vec<Vec<Spikes>> = (0..count).map(train).collect();
            all.sort_by_key(|train| train.iter().map(|at| u8::from(at.pre) + u8::from(at.post)).sum::<u8>());
            Some(all)
        }
        Trains::Pair { order, farthest } => {
            // The first spike is in the first epoch: silence before it changes nothing. The last is in the last.
            let firsts = 0..epoch_steps.min(steps);
            let pairs = firsts.flat_map(|first| (first + 1..steps).map(move |last| (first, last)));
            let reaches_end = |last: usize| last + epoch_steps >= steps;
            let all = pairs.filter(|(first, last)| last - first <= farthest && reaches_end(*last));
            let all: Vec<Vec<Spikes>> = all.flat_map(|(first, last)| pair(order, first, last, steps)).collect();
            (steps <= epoch_steps || !all.is_empty()).then_some(all)
        }
    }
}

/// The trains with a spike of one side at `first` and of the other at `last`.
pub(super) fn pair(order: Option<PairOrder>, first: usize, last: usize, steps: usize) -> Vec<Vec<Spikes>> {
    let train = |pre: usize, post: usize| (0..steps).map(|at| Spikes { pre: at == pre, post: at == post }).collect();
    match order {
        Some(PairOrder::PreFirst) => vec![train(first, last)],
        Some(PairOrder::PostFirst) => vec![train(last, first)],
        None => vec![train(first, last), train(last, first)],
    }
}

/// Everything but spikes: modulators, starts and seeds, simple ones first.
fn settings(subject: &Subject) -> Vec<Scenario> {
    let seeds = if subject.is_random() { SEEDS } else { 1 };
    let starts = starts(subject);
    let mut all = Vec::new();
    for modulators in modulators(subject) {
        for start in &starts {
            for seed in 0..seeds {
                let (modulators, start) = (vec![modulators], start.clone());
                all.push(Scenario { spikes: Vec::new(), modulators, start, seed });
            }
        }
    }
    all
}

/// Constant modulators: each at every level with the others at 0, and all at their extremes.
fn modulators(subject: &Subject) -> Vec<[i8; SLOTS]> {
    let used = subject.modulators();
    let mut all = vec![[0; SLOTS]];
    for slot in (0..SLOTS).filter(|&slot| used[slot]) {
        all.extend(subject.levels.iter().filter(|level| **level != 0).map(|level| {
            let mut values = [0; SLOTS];
            values[slot] = *level;
            values
        }));
    }
    if used.iter().filter(|used| **used).count() > 1 {
        for extreme in [i8::MAX, i8::MIN] {
            all.push(used.map(|used| if used { extreme } else { 0 }));
        }
    }
    all
}

/// Where states start: free ones in the middle, at the ends and next to them, one after the other.
pub(super) fn starts(subject: &Subject) -> Vec<Vec<i32>> {
    let middle: Vec<i32> = subject.states.iter().map(|word| word.start).collect();
    let mut all = vec![middle.clone()];
    for (index, word) in subject.states.iter().enumerate() {
        let (low, high) = word.starts;
        for value in [low, high, low.saturating_add(1), high.saturating_sub(1)] {
            let mut start = middle.clone();
            start[index] = value.clamp(low, high);
            if !all.contains(&start) {
                all.push(start);
            }
        }
    }
    all
}
