//! One point of a sweep: its documents, its run, its record.

use super::front::Objective;
use super::settings::set;
use super::sweep::Sweep;
use crate::error::Error;
use crate::experiment::{Costs, Experiment, Job, execute};
use caudate_core::chip::{BUILT_IN as CHIPS, ChipDescription};
use caudate_core::engine::Strategy;
use caudate_core::file;
use caudate_isa::diagnostic::{Diagnostic, Place, nearest};
use caudate_mapper::Network;
use caudate_sim::cost::{BUILT_IN as COSTS, CostProfile};
use serde::{Deserialize, Serialize};
use std::path::Path;
use toml::{Table, Value};

/// What a key may begin with.
const ROOTS: [&str; 4] = ["experiment", "network", "chip", "cost"];

/// A finished point, as its file holds it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// Its number in the grid.
    pub point: u64,
    /// Values of the axes as TOML, in their order.
    pub settings: Vec<String>,
    /// How it ended.
    #[serde(flatten)]
    pub outcome: Outcome,
}

/// How a point ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "status", rename_all = "lowercase")]
pub enum Outcome {
    /// With results by objective.
    Done {
        /// In the order of [`Objective::ALL`].
        results: [Option<f64>; Objective::ALL.len()],
    },
    /// Not at all.
    Failed {
        /// Why.
        error: String,
    },
}

/// The documents of a point.
struct Documents {
    experiment: Experiment,
    network: Network,
    chip: ChipDescription,
    costs: Costs,
}

/// Runs one point; what goes wrong becomes its record.
#[must_use]
pub fn run_point(sweep: &Sweep, point: u64) -> Record {
    let settings = sweep.settings(point);
    let outcome = match documents(sweep, &settings).and_then(run) {
        Ok(results) => Outcome::Done { results },
        Err(error) => Outcome::Failed { error: error.to_string() },
    };
    Record { point, settings: settings.iter().map(|(_, value)| value.to_string()).collect(), outcome }
}

/// Refuses axes that name nothing: those with no value that the document they point into would take.
///
/// # Errors
/// [`Error::Invalid`] with every such axis.
pub fn check_axes(sweep: &Sweep) -> Result<(), Error> {
    // What is wrong without any setting is no fault of an axis.
    documents(sweep, &[])?;
    let mut problems = Vec::new();
    for axis in &sweep.axes {
        let attempts = axis.values.iter().map(|value| documents(sweep, &[(axis.key.as_str(), value)]).err());
        let errors: Option<Vec<Error>> = attempts.collect();
        if let Some(first) = errors.and_then(|errors| errors.into_iter().next()) {
            problems.push(match first {
                Error::Invalid(own) if own.iter().any(|own| own.code == CODE) => own,
                other => vec![
                    Diagnostic::new(CODE, format!("no value of the axis is accepted; the first one gives:\n{other}"))
                        .at(Place::named(format!("axis '{}'", axis.key)))
                        .help("check the key against the book's page on that file"),
                ],
            });
        }
    }
    if problems.is_empty() { Ok(()) } else { Err(Error::Invalid(problems.concat())) }
}

const CODE: &str = "E-SWEEP-AXIS";

fn documents(sweep: &Sweep, settings: &[(&str, &Value)]) -> Result<Documents, Error> {
    let of = |root: &str| -> Vec<(&str, &Value)> {
        let own = settings.iter().filter_map(|(key, value)| Some((key.strip_prefix(root)?.strip_prefix('.')?, *value)));
        own.collect()
    };
    if let Some((key, _)) = settings.iter().find(|(key, _)| !ROOTS.contains(&key.split('.').next().unwrap_or_default()))
    {
        let root = key.split('.').next().unwrap_or_default();
        let near = nearest(root, ROOTS).map_or(String::new(), |near| format!("did you mean '{near}'? "));
        let help = format!("{near}begin with experiment, network, chip or cost");
        let message = format!("'{root}' is no file of a sweep");
        return Err(Error::Invalid(vec![
            Diagnostic::new(CODE, message).at(Place::named(format!("axis '{key}'"))).help(help),
        ]));
    }
    let folder = sweep.experiment.parent().unwrap_or(Path::new(""));
    let origin = sweep.experiment.display().to_string();
    let text = with("experiment", &file::read_text(&sweep.experiment)?, &of("experiment"))?;
    let experiment = Experiment::from_toml(text, &origin, folder, &[])?;
    let network_folder = experiment.network.parent().unwrap_or(Path::new(""));
    let network = with("network", &file::read_text(&experiment.network)?, &of("network"))?;
    let network = Network::from_toml(&network, &experiment.network.display().to_string(), network_folder)?;
    let chip = with("chip", &text_of(&experiment.chip, &CHIPS)?, &of("chip"))?;
    let chip = ChipDescription::from_toml(&chip, &experiment.chip)?;
    let costs = experiment.costs.iter().map(|name| {
        if of("cost").is_empty() {
            return Ok(CostProfile::find(name)?);
        }
        Ok(CostProfile::from_toml(&with("cost", &text_of(name, &COSTS)?, &of("cost"))?, name)?)
    });
    let costs = Costs(costs.collect::<Result<_, Error>>()?);
    Ok(Documents { experiment, network, chip, costs })
}

/// The text of something built in, or of a file.
fn text_of(name: &str, built_in: &[(&str, &str)]) -> Result<String, Error> {
    match built_in.iter().find(|(known, _)| *known == name) {
        Some((_, text)) => Ok((*text).to_owned()),
        None => Ok(file::read_text(Path::new(name))?),
    }
}

/// A text with settings; as it is without any.
fn with(root: &str, text: &str, settings: &[(&str, &Value)]) -> Result<String, Error> {
    if settings.is_empty() {
        return Ok(text.to_owned());
    }
    let refuse = |key: &str, message: String| {
        let diagnostic = Diagnostic::new(CODE, message).at(Place::named(format!("axis '{root}.{key}'")));
        Error::Invalid(vec![diagnostic.help("write the key as it stands in the file, lists by number, name or *")])
    };
    let mut table: Table = toml::from_str(text).map_err(|error| refuse("", error.message().to_owned()))?;
    for (key, value) in settings {
        set(&mut table, key, value).map_err(|message| refuse(key, message))?;
    }
    toml::to_string(&table).map_err(|error| refuse("", error.to_string()))
}

fn run(documents: Documents) -> Result<[Option<f64>; Objective::ALL.len()], Error> {
    let Documents { experiment, network, chip, costs } = documents;
    let compiled = experiment.compile_onto(&network, &chip, &experiment.compile_options())?;
    let world = experiment.world(&compiled.image)?;
    let timing = experiment.timing;
    let job = Job { image: &compiled.image, threads: 1, strategy: Strategy::Auto, costs, timing, probes: Vec::new() };
    let finished = execute(job, world, &mut ())?;
    let whole = finished.simulation.costs();
    let sample = finished.phases.last().filter(|phase| phase.samples > 0).and_then(|phase| phase.costs.first());
    Ok([
        finished.outcome.fields.get("accuracy").and_then(serde_json::Value::as_f64),
        sample.and_then(|own| own.energy_pj_per_sample).or_else(|| whole.first().map(|own| own.energy_pj)),
        sample.and_then(|own| own.time_ps_per_sample).or_else(|| whole.first().map(|own| own.time_ps as f64)),
        Some(compiled.report.totals.cores as f64),
        Some(compiled.report.totals.synaptic_memory_bytes as f64),
    ])
}
