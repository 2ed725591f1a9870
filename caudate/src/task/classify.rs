//! Classification: samples are shown one after the other, each cohort of cells stands for a class, and dopamine is the reward
//! prediction error.
//!
//! In a presentation of `presentation_steps` steps the input spikes for the first `input_steps`. The answer is the cohort with the most spikes
//! up to the last step but one (first spike earliest, then lowest class, among equals). In the last step, which ends a learning
//! epoch, the environment sets the dopamine level of each cohort's channel:
//!
//! - `targeted`: each cohort hears its own error: `reward` for the true class (0 for others) less the share of the answer's spikes that
//!   it fired, times `reward`. The environment knows the label.
//! - `global`: every cohort hears the same error: `reward` if the answer was right (0 if not) less the answer's confidence (its share of
//!   the spikes, times `reward`), plus a drive that holds the activity near `activity_target` spikes per presentation. The
//!   environment knows right from wrong.
//! - `none`: silence.
//!
//! Test samples are never trained on; dopamine is silent while they are shown.

use super::dataset::Dataset;
use super::encoding::RateCode;
use super::{Context, Outcome, Phase, Task};
use crate::error::Error;
use caudate_core::id::{NeuronId, Step};
use caudate_core::image::PopulationSymbol;
use caudate_core::random::{Domain, draw};
use caudate_isa::diagnostic::{Diagnostic, Place, nearest};
use caudate_sim::{Environment, StepInput};
use serde::{Deserialize, Serialize};
use serde_json::{Map, json};
use std::fmt::Write;
use std::path::PathBuf;

/// The `[task]` table of a classification.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClassifySpec {
    /// CSV file (plain or gzipped): whole numbers, the label last. With `labels`, a file of samples: IDX, NPY or NPZ.
    pub data: PathBuf,
    /// Labels of the samples in a file of their own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub labels: Option<PathBuf>,
    /// Largest value in the data.
    pub max_value: u16,
    /// Input population that codes the values, one member per value.
    pub input: String,
    /// Populations of neurons that stand for the classes, in order.
    pub cohorts: Vec<String>,
    /// Modulator channels of the cohorts, in order.
    pub channels: Vec<String>,
    /// Steps of a presentation.
    pub presentation_steps: u64,
    /// Steps of it with input.
    pub input_steps: u64,
    /// Spikes of the largest value.
    pub spikes_at_max: u32,
    /// Member i begins its code at phase `(i * stride) mod 16` sixteenths of a spike.
    #[serde(default)]
    pub phase_stride: u64,
    /// Size of the reward, 1..=127, pass by pass over the training set.
    pub reward: Vec<i16>,
    /// The same for the arm `global`, if it differs.
    #[serde(default)]
    pub reward_global: Option<Vec<i16>>,
    /// Spikes per presentation to which the arm `global` drives the activity.
    #[serde(default)]
    pub activity_target: u16,
    /// Drive of the arm `global` per spike that is missing; 0: none.
    #[serde(default)]
    pub activity_gain: u16,
    /// One sample in this many of each class is for test, at least 2.
    pub test_one_in: u32,
    /// The first of them, 0..`test_one_in`.
    #[serde(default)]
    pub test_offset: u32,
}

/// How reward reaches the cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Dopamine {
    Targeted,
    Global,
    None,
}

/// The task in progress.
#[derive(Debug)]
pub(super) struct Classify {
    code: RateCode,
    dopamine: Dopamine,
    reward: Vec<i16>,
    presentation_steps: u64,
    dataset: Dataset,
    /// Samples in the order shown: the passes over the training set, then the test set.
    order: Vec<usize>,
    train_samples: usize,
    test_samples: usize,
    first_input: u32,
    cohorts: Vec<PopulationSymbol>,
    channels: Vec<u16>,
    /// Spikes of each cohort in this presentation, and the step of its first.
    counts: Vec<i64>,
    first_spike: Vec<Step>,
    /// Spikes per presentation to which `global` drives the activity, and the drive per missing spike.
    activity_target: i64,
    activity_gain: i64,
    answers: Vec<Option<usize>>,
}

impl Classify {
    pub(super) fn new(spec: &ClassifySpec, context: &Context<'_>) -> Result<Self, Error> {
        let mut problems = Vec::new();
        let mut check = |good: bool, key: &str, message: String, help: &str| {
            if !good {
                problems
                    .push(Diagnostic::new("E-TASK-RANGE", message).at(Place::named(format!("task.{key}"))).help(help));
            }
        };
        let classes = spec.cohorts.len();
        check(
            (2..=1000).contains(&classes),
            "cohorts",
            format!("{classes} cohorts are not 2..=1000 classes"),
            "name one population per class",
        );
        check(
            spec.channels.len() == classes,
            "channels",
            format!("{} channels for {classes} cohorts", spec.channels.len()),
            "name one channel per cohort",
        );
        check(
            spec.max_value >= 1,
            "max_value",
            "a largest value of 0 codes nothing".to_owned(),
            "give the largest value in the data",
        );
        check(
            (2..=100_000).contains(&spec.presentation_steps)
                && (1..spec.presentation_steps).contains(&spec.input_steps),
            "input_steps",
            format!(
                "{} input steps do not fit a presentation of {} steps (2..=100000)",
                spec.input_steps, spec.presentation_steps
            ),
            "leave at least one step after the input",
        );
        check(
            u64::from(spec.spikes_at_max) <= spec.input_steps,
            "spikes_at_max",
            format!("{} spikes do not fit {} input steps", spec.spikes_at_max, spec.input_steps),
            "a source spikes at most once per step",
        );
        let (reward_key, reward) = match (context.dopamine, &spec.reward_global) {
            (Some("global"), Some(reward)) => ("reward_global", reward),
            _ => ("reward", &spec.reward),
        };
        check(
            !reward.is_empty() && reward.iter().all(|reward| (1..=127).contains(reward)),
            reward_key,
            format!("rewards {reward:?} are not a non-empty list of 1..=127"),
            "give one number per pass",
        );
        check(
            spec.test_one_in >= 2 && spec.test_offset < spec.test_one_in,
            "test_one_in",
            format!("one test sample in {}, beginning with number {}, is no split", spec.test_one_in, spec.test_offset),
            "use test_one_in >= 2 and test_offset below it",
        );
        let dopamine = match context.dopamine.unwrap_or("targeted") {
            "targeted" => Dopamine::Targeted,
            "global" => Dopamine::Global,
            "none" => Dopamine::None,
            other => {
                let near = nearest(other, ["targeted", "global", "none"])
                    .map_or(String::new(), |near| format!("did you mean '{near}'? "));
                problems.push(
                    Diagnostic::new(
                        "E-TASK-DOPAMINE",
                        format!("dopamine '{other}' is no way for reward to reach the cells"),
                    )
                    .at(Place::named("dopamine"))
                    .help(format!("{near}use targeted, global or none")),
                );
                Dopamine::None
            }
        };
        let symbols = &context.image.symbols;
        let mut find = |name: &str, is_input: bool, key: &str| {
            let candidates = || symbols.populations.iter().filter(move |population| population.is_input == is_input);
            let found = candidates().find(|population| population.name == name);
            if found.is_none() {
                problems.push(unknown(
                    if is_input { "input population" } else { "population of neurons" },
                    name,
                    key,
                    candidates().map(|population| population.name.as_str()),
                ));
            }
            found.cloned()
        };
        let input = find(&spec.input, true, "input");
        let cohorts: Vec<PopulationSymbol> =
            spec.cohorts.iter().filter_map(|name| find(name, false, "cohorts")).collect();
        let mut channels = Vec::new();
        for name in &spec.channels {
            match context.image.channels.iter().position(|channel| channel.name == *name) {
                Some(index) => channels.push(index as u16),
                None => problems.push(unknown(
                    "modulator channel",
                    name,
                    "channels",
                    context.image.channels.iter().map(|channel| channel.name.as_str()),
                )),
            }
        }
        let (Some(input), true) = (input, problems.is_empty()) else { return Err(Error::Invalid(problems)) };
        let (data, features) = (context.folder.join(&spec.data), input.size as usize);
        let dataset = match &spec.labels {
            None => Dataset::read(&data, features, spec.max_value, classes)?,
            Some(labels) => {
                Dataset::read_arrays(&data, &context.folder.join(labels), features, spec.max_value, classes)?
            }
        };
        let (train, test) = dataset.split(spec.test_one_in, spec.test_offset, classes);
        let mut order: Vec<usize> =
            (0..reward.len()).flat_map(|pass| shuffled(&train, context.seed, pass as u64)).collect();
        let train_samples = order.len();
        order.extend(&test);
        Ok(Self {
            code: RateCode {
                max_value: spec.max_value,
                spikes_at_max: spec.spikes_at_max,
                steps: spec.input_steps,
                phase_stride: spec.phase_stride,
            },
            dopamine,
            reward: reward.clone(),
            presentation_steps: spec.presentation_steps,
            dataset,
            order,
            train_samples,
            test_samples: test.len(),
            first_input: input.first_input,
            counts: vec![0; cohorts.len()],
            first_spike: vec![Step::MAX; cohorts.len()],
            cohorts,
            channels,
            activity_target: i64::from(spec.activity_target),
            activity_gain: i64::from(spec.activity_gain),
            answers: Vec::new(),
        })
    }

    /// The cohort with the most spikes; the first spike, then the class, decides among equals.
    fn answer(&self) -> Option<usize> {
        let fired = (0..self.counts.len()).filter(|class| self.counts[*class] > 0);
        fired.min_by_key(|class| (-self.counts[*class], self.first_spike[*class], *class))
    }

    /// The reward prediction error of each cohort's channel.
    fn prediction_errors(&self, reward: i64, label: usize, answer: Option<usize>) -> Vec<i64> {
        let total: i64 = self.counts.iter().sum();
        let share = |count: i64| if total > 0 { count * reward / total } else { 0 };
        match self.dopamine {
            Dopamine::None => vec![0; self.cohorts.len()],
            Dopamine::Targeted => {
                let error = |(class, count): (usize, &i64)| if class == label { reward } else { 0 } - share(*count);
                self.counts.iter().enumerate().map(error).collect()
            }
            Dopamine::Global => {
                let hit = if answer == Some(label) { reward } else { 0 };
                let confidence = answer.map_or(0, |class| share(self.counts[class]));
                let drive = (self.activity_gain * (self.activity_target - total)).clamp(-reward, reward);
                vec![hit - confidence + drive; self.cohorts.len()]
            }
        }
    }

    fn accuracy(&self, range: std::ops::Range<usize>) -> f64 {
        let right = range
            .clone()
            .filter(|place| self.answers.get(*place) == Some(&Some(self.dataset.labels[self.order[*place]])));
        right.count() as f64 / range.len().max(1) as f64
    }

    /// Test samples by true class and answer; the last column counts silence.
    fn confusion(&self) -> Vec<Vec<u64>> {
        let classes = self.cohorts.len();
        let mut confusion = vec![vec![0; classes + 1]; classes];
        for place in self.train_samples..self.order.len() {
            let answer = self.answers.get(place).copied().flatten().unwrap_or(classes);
            confusion[self.dataset.labels[self.order[place]]][answer] += 1;
        }
        confusion
    }
}

fn unknown<'a>(kind: &str, name: &str, key: &str, known: impl Iterator<Item = &'a str>) -> Diagnostic {
    let known: Vec<&str> = known.collect();
    let help = nearest(name, known.iter().copied())
        .map_or_else(|| format!("the network has: {}", known.join(", ")), |near| format!("did you mean '{near}'?"));
    Diagnostic::new("E-TASK-NAME", format!("the network has no {kind} '{name}'"))
        .at(Place::named(format!("task.{key}")))
        .help(help)
}

/// A seeded shuffle (Fisher-Yates) of the training set for one pass.
fn shuffled(samples: &[usize], seed: u64, pass: u64) -> Vec<usize> {
    let seed = Domain::Stimulus.seed(seed);
    let mut shuffled = samples.to_vec();
    for last in (1..shuffled.len()).rev() {
        let other = (u64::from(draw(seed, u64::MAX - pass, last as u64, 0)) * (last as u64 + 1)) >> 32;
        shuffled.swap(last, other as usize);
    }
    shuffled
}

impl Environment for Classify {
    fn sense(&mut self, t: Step, spikes: &[NeuronId], input: &mut StepInput) {
        let place = (t / self.presentation_steps) as usize;
        let step = t % self.presentation_steps;
        let Some(&sample) = self.order.get(place) else { return };
        if step == 0 {
            self.counts.fill(0);
            self.first_spike.fill(Step::MAX);
        } else {
            for (class, cohort) in self.cohorts.iter().enumerate() {
                let fired = spikes.iter().filter(|spike| cohort.contains(**spike)).count();
                self.counts[class] += fired as i64;
                if fired > 0 {
                    self.first_spike[class] = self.first_spike[class].min(t);
                }
            }
        }
        for (index, value) in (0_u32..).zip(&self.dataset.samples[sample]) {
            if self.code.spikes(u64::from(index), *value, step) {
                input.spikes.push(self.first_input + index);
            }
        }
        if step == self.presentation_steps - 1 {
            let answer = self.answer();
            self.answers.push(answer);
            if place < self.train_samples {
                let pass = place * self.reward.len() / self.train_samples;
                let errors = self.prediction_errors(i64::from(self.reward[pass]), self.dataset.labels[sample], answer);
                input.modulators.extend(self.channels.iter().copied().zip(errors).filter(|(_, error)| *error != 0));
            }
        }
    }
}

impl Task for Classify {
    fn phases(&self) -> Vec<Phase> {
        let phase = |name: &str, samples: usize| Phase {
            name: name.to_owned(),
            steps: samples as u64 * self.presentation_steps,
            samples: samples as u64,
        };
        vec![phase("training", self.train_samples), phase("test", self.test_samples)]
    }

    fn phase(&self, t: Step) -> String {
        let place = (t / self.presentation_steps) as usize;
        if place >= self.train_samples {
            return format!("test {}/{}", (place - self.train_samples).min(self.test_samples), self.test_samples);
        }
        let passes = self.reward.len();
        let recent = place.saturating_sub(200)..place;
        format!(
            "pass {}/{passes}, right {:.0} %",
            place * passes / self.train_samples + 1,
            100.0 * self.accuracy(recent)
        )
    }

    fn outcome(&self) -> Outcome {
        let accuracy = self.accuracy(self.train_samples..self.order.len());
        let passes = self.reward.len();
        let per_pass = self.train_samples / passes;
        let train: Vec<f64> = (0..passes).map(|pass| self.accuracy(pass * per_pass..(pass + 1) * per_pass)).collect();
        let confusion = self.confusion();
        let silent: u64 = confusion.iter().filter_map(|row| row.last()).sum();
        let dopamine = match self.dopamine {
            Dopamine::Targeted => "targeted",
            Dopamine::Global => "global",
            Dopamine::None => "none",
        };
        let mut fields = Map::new();
        fields.insert("accuracy".to_owned(), json!(accuracy));
        fields.insert("dopamine".to_owned(), json!(dopamine));
        fields.insert("train_accuracy_by_pass".to_owned(), json!(train));
        fields.insert("train_samples".to_owned(), json!(self.train_samples));
        fields.insert("test_samples".to_owned(), json!(self.test_samples));
        fields.insert("samples".to_owned(), json!(self.order.len()));
        fields.insert("confusion".to_owned(), json!(confusion));
        let mut text = String::new();
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "dopamine {dopamine}: test accuracy {:.2} % ({} samples, {silent} without an answer)",
            100.0 * accuracy,
            self.test_samples
        );
        let train: Vec<String> = train.iter().map(|accuracy| format!("{:.1} %", 100.0 * accuracy)).collect();
        let _ = writeln!(text, "right while training, pass by pass: {}", train.join(", "));
        let _ = writeln!(text, "\nconfusion (rows: true class, columns: answer, last column: no answer)");
        for (class, row) in confusion.iter().enumerate() {
            let cells: Vec<String> =
                row.iter().map(|count| if *count == 0 { "   .".to_owned() } else { format!("{count:4}") }).collect();
            let _ = writeln!(text, "{:>10} {}", self.cohorts[class].name, cells.join(""));
        }
        let right =
            |(place, sample): (usize, &usize)| self.answers.get(place) == Some(&Some(self.dataset.labels[*sample]));
        Outcome { fields, text, right: self.order.iter().enumerate().map(right).collect() }
    }
}
