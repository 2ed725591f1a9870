//! Random scenarios, longer and wilder than the exhaustive ones; proptest draws and shrinks them.

use super::Options;
use super::exhaustive::{draws, pair};
use super::judge::Judgement;
use super::property::{Property, Trains};
use super::scenario::{Scenario, Spikes};
use super::subject::Subject;
use caudate_core::modulator::SLOTS;
use caudate_core::random::draw;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};
use std::cell::Cell;

/// Longest random spike train, in epochs, unless a property says otherwise.
const LONGEST_EPOCHS: usize = 32;

/// What a random search did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Drawn {
    /// Scenarios that had something to say.
    pub(super) judged: u64,
    /// A scenario that violates the property, shrunk.
    pub(super) found: Option<Scenario>,
}

/// Judges as many random scenarios as the options allow; they follow from the seed.
pub(super) fn search(subject: &Subject, property: &Property, options: &Options) -> Drawn {
    let longest = property.longest().unwrap_or(LONGEST_EPOCHS) + property.silent_epochs();
    let affordable = u32::try_from(options.runs / (longest as u64 * draws(property))).unwrap_or(u32::MAX);
    let cases = options.cases.min(affordable.max(1));
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &bytes(options.seed)));
    let judged = Cell::new(0);
    let outcome = runner.run(&scenarios(subject, property), |scenario| match property.judge(subject, &scenario) {
        Judgement::Silent => Ok(()),
        Judgement::Holds => {
            judged.set(judged.get() + 1);
            Ok(())
        }
        Judgement::Violated(violation) => Err(TestCaseError::fail(violation.message)),
    });
    let found = match outcome {
        Err(TestError::Fail(_, scenario)) => Some(scenario),
        _ => None,
    };
    Drawn { judged: judged.get() + u64::from(found.is_some()), found }
}

fn bytes(seed: u64) -> [u8; 32] {
    std::array::from_fn(|index| draw(seed, index as u64, 0, 0) as u8)
}

fn scenarios(subject: &Subject, property: &Property) -> impl Strategy<Value = Scenario> + use<> {
    let longest = property.longest().unwrap_or(LONGEST_EPOCHS) * subject.epoch_steps;
    let starts: Vec<BoxedStrategy<i32>> =
        subject.states.iter().map(|word| (word.starts.0..=word.starts.1).boxed()).collect();
    let is_steady = matches!(property.trains(subject), Trains::Pair { .. });
    let levels = if is_steady { 1..=1 } else { 1..=longest.clamp(1, LONGEST_EPOCHS) };
    let modulators = proptest::collection::vec(modulators(subject), levels);
    (spikes(property.trains(subject), longest), modulators, starts, any::<u64>())
        .prop_map(|(spikes, modulators, start, seed)| Scenario { spikes, modulators, start, seed })
}

fn spikes(trains: Trains, longest: usize) -> BoxedStrategy<Vec<Spikes>> {
    match trains {
        Trains::Any { pre, post } => {
            let side = |may: bool| prop_oneof![3 => Just(false), 1 => Just(may)];
            let step = (side(pre), side(post)).prop_map(|(pre, post)| Spikes { pre, post });
            proptest::collection::vec(step, 0..=longest).boxed()
        }
        Trains::Pair { order, farthest } => (0..2_usize, 0..=1_usize, 1..=farthest)
            .prop_map(move |(turn, first, gap)| {
                let mut all = pair(order, first, first + gap, first + gap + 1);
                let chosen = turn.min(all.len().saturating_sub(1));
                all.swap_remove(chosen)
            })
            .boxed(),
    }
}

fn modulators(subject: &Subject) -> impl Strategy<Value = [i8; SLOTS]> + use<> {
    let levels = subject.levels.clone();
    subject
        .modulators()
        .map(move |used| if used { prop_oneof![select(levels.clone()), any::<i8>()].boxed() } else { Just(0).boxed() })
}
