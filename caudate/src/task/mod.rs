//! Tasks: closed loops that teach and test a network.

mod classify;
mod dataset;
mod encoding;

pub use classify::ClassifySpec;

use crate::error::Error;
use caudate_core::id::Step;
use caudate_core::image::ChipImage;
use caudate_sim::Environment;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::path::Path;

/// A closed loop with an end and a result.
pub trait Task: Environment {
    /// Its phases in order, such as training and test. Together they are all steps of the run.
    fn phases(&self) -> Vec<Phase>;
    /// What it is doing at step `t`, in a few words, for the progress line.
    fn phase(&self, t: Step) -> String;
    /// The result, once all steps have run.
    fn outcome(&self) -> Outcome;

    /// Steps that the task takes.
    fn steps(&self) -> Step {
        self.phases().iter().map(|phase| phase.steps).sum()
    }
}

/// A part of a task over which costs are reported per sample.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Phase {
    /// Its name.
    pub name: String,
    /// Steps.
    pub steps: Step,
    /// Samples presented.
    pub samples: u64,
}

/// The result of a task.
#[derive(Debug, Clone, Default)]
pub struct Outcome {
    /// Fields for the top level of `summary.json`, such as `accuracy`.
    pub fields: Map<String, Value>,
    /// Tables for people.
    pub text: String,
    /// Of each sample in the order shown, whether the answer was right.
    pub right: Vec<bool>,
}

/// The `[task]` table of an experiment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum TaskSpec {
    /// Present samples one after the other and read the class off the spikes.
    Classify(ClassifySpec),
}

/// What a task is set up for.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// The compiled network.
    pub image: &'a ChipImage,
    /// The experiment's seed.
    pub seed: u64,
    /// Folder of the experiment file; paths in the task are relative to it.
    pub folder: &'a Path,
    /// How reward reaches the cells: the experiment's `dopamine`.
    pub dopamine: Option<&'a str>,
}

/// Sets up a task.
///
/// # Errors
/// If its data cannot be read, or it names populations or channels that the image does not have.
pub fn build(spec: &TaskSpec, context: &Context<'_>) -> Result<Box<dyn Task>, Error> {
    match spec {
        TaskSpec::Classify(spec) => Ok(Box::new(classify::Classify::new(spec, context)?)),
    }
}
