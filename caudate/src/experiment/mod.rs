//! Experiments: a network, a chip, what happens to it, and what to keep, as one TOML file.
//!
//! | key | meaning |
//! |---|---|
//! | `name` | name of the experiment |
//! | `network` | network file |
//! | `chip` | name of a built-in chip, or a chip file (`*.toml`) |
//! | `semantics` | numeric semantics; the chip's by default |
//! | `seed` | seed of every draw; 1 by default |
//! | `steps` | steps to run, 1..=4294967295; a `[task]` sets them instead |
//! | `cost` | cost profiles (names or `*.toml`), the first headlines the summary; both of `loihi1` by default |
//! | `timing` | how steps are timed: `analytic` (default) or `detailed` |
//! | `partitioner`, `placer` | how neurons are spread over cores, and cores over the mesh |
//! | `dopamine` | how reward reaches the cells; a `[task]` says which values it knows |
//! | `[[stimulus]]` | spikes and injections: see [`StimulusKind`] |
//! | `[[probe]]` | `population`, `variables` of `u` and `v` (both by default), `neurons` (all by default), `every_steps` (1 by default) |
//! | `[import]` | how a network of another tool is read: `dt_seconds`, `reset`, `scale`, `lenient`, `fine_weights`, `compare`, `layers` |
//! | `[task]` | a closed loop that teaches and tests: see [`TaskSpec`] |
//!
//! Paths are relative to the file. Unknown keys are refused, and every problem is told at once with its line.

mod document;
mod importing;
mod keeping;
mod overrides;
mod reader;
mod run;
mod schedule;
mod stimulus;

pub use keeping::{Driven, Keeping};
pub use overrides::Override;
pub use run::{
    Costs, Finished, Job, PhaseCost, PhaseSummary, SampleCost, Spread, Watcher, World, execute, execute_kept,
};
pub use stimulus::{StimulusKind, StimulusSpec};

use crate::error::Error;
use crate::task::TaskSpec;
use caudate_core::chip::toml_diagnostic;
use caudate_core::file;
use caudate_core::id::Step;
use caudate_core::semantics::Semantics;
use caudate_isa::diagnostic::nearest;
use caudate_mapper::import;
use caudate_sim::recording::Probe;
use caudate_sim::timing::Timing;
use document::Document;
use reader::{Placed, Reader, Table};
use serde::Deserialize;
use std::collections::BTreeSet;
use std::ops::Range;
use std::path::{Path, PathBuf};
use toml::Spanned;
use toml::de::{DeValue, ValueDeserializer};

/// The cost profiles of a run that names none.
pub const DEFAULT_COSTS: [&str; 2] = ["loihi1-davies2018", "loihi1-nahuku-fit"];
/// The largest number of steps: recordings hold steps in 32 bits.
pub const MAX_STEPS: Step = u32::MAX as Step;

const KEYS: [&str; 15] = [
    "name",
    "network",
    "chip",
    "semantics",
    "seed",
    "steps",
    "cost",
    "timing",
    "partitioner",
    "placer",
    "dopamine",
    "stimulus",
    "probe",
    "import",
    "task",
];

/// An experiment, as its file and its overrides say.
#[derive(Debug, Clone, PartialEq)]
pub struct Experiment {
    /// Its name.
    pub name: String,
    /// The network file.
    pub network: PathBuf,
    /// Name or file of the chip.
    pub chip: String,
    /// Numeric semantics, if not the chip's.
    pub semantics: Option<Semantics>,
    /// Seed of every draw.
    pub seed: u64,
    /// Steps to run; `None` exactly if there is a task.
    pub steps: Option<Step>,
    /// Names or files of cost profiles.
    pub costs: Vec<String>,
    /// How steps are timed.
    pub timing: Timing,
    /// Partitioner; `None`: the mapper's default.
    pub partitioner: Option<String>,
    /// Placer; `None`: the mapper's default.
    pub placer: Option<String>,
    /// How reward reaches the cells.
    pub dopamine: Option<String>,
    /// Generators and files of input.
    pub stimuli: Vec<StimulusSpec>,
    /// States to record.
    pub probes: Vec<Probe>,
    /// The closed loop.
    pub task: Option<TaskSpec>,
    /// How a network of another tool is read.
    pub import: import::Options,
    /// The folder of the experiment file.
    pub folder: PathBuf,
}

impl Experiment {
    /// Reads an experiment file, with overrides.
    ///
    /// # Errors
    /// [`Error::Core`] if the file cannot be read; [`Error::Invalid`] with every problem, each at its line.
    pub fn read(path: &Path, overrides: &[Override]) -> Result<Self, Error> {
        let folder = path.parent().unwrap_or(Path::new(""));
        Self::from_toml(file::read_text(path)?, &path.display().to_string(), folder, overrides)
    }

    /// Takes an experiment out of a text; `origin` names it in diagnostics, and paths are relative to `folder`.
    ///
    /// # Errors
    /// [`Error::Invalid`] with every problem, each at its line.
    pub fn from_toml(text: String, origin: &str, folder: &Path, overrides: &[Override]) -> Result<Self, Error> {
        let document = Document::new(origin, text, overrides);
        let tree = document.tree()?;
        let mut reader = Reader::new(&document);
        let experiment = read(Table::root(&tree), &document, folder, &mut reader);
        match experiment {
            Some(experiment) if reader.problems.is_empty() => Ok(experiment),
            _ => Err(Error::Invalid(reader.problems)),
        }
    }

    /// The name of the folder that holds the experiment file, and the experiment's own name where that cannot be told.
    #[must_use]
    pub fn folder_name(&self) -> String {
        let folder = if self.folder.as_os_str().is_empty() { Path::new(".") } else { &self.folder };
        let full = std::fs::canonicalize(folder).ok();
        full.as_deref()
            .and_then(Path::file_name)
            .map_or_else(|| self.name.clone(), |name| name.to_string_lossy().into_owned())
    }
}

fn read(root: Table<'_, '_>, document: &Document, folder: &Path, reader: &mut Reader<'_>) -> Option<Experiment> {
    reader.close(root, &KEYS);
    let name = reader.text(root, "name");
    let name = reader.required(root, "name", name, "name the experiment: name = \"my experiment\"");
    let network = reader.text(root, "network");
    let network = reader.required(root, "network", network, "name the network file: network = \"network.toml\"");
    let network = network.and_then(|path| existing(path, folder, reader));
    let chip = reader.text(root, "chip");
    let chip = reader
        .required(root, "chip", chip, "name a chip: chip = \"loihi1\"")
        .and_then(|chip| name_or_file(chip, folder, reader));
    let costs = match reader.texts(root, "cost") {
        Some(costs) => costs.into_iter().filter_map(|cost| name_or_file(cost, folder, reader)).collect(),
        None => DEFAULT_COSTS.map(str::to_owned).to_vec(),
    };
    let semantics = reader.text(root, "semantics").and_then(|name| semantics_named(name, reader));
    let timing = reader.text(root, "timing").map_or(Some(Timing::default()), |name| timing_named(name, reader));
    let timing = timing.unwrap_or_default();
    let seed = if root.items.contains_key("seed") { reader.whole(root, "seed", 0..=u64::MAX) } else { Some(1) };
    let task = read_task(root, document, reader);
    let has_task = root.items.contains_key("task");
    let steps = read_steps(root, has_task, reader);
    let dopamine = reader.text(root, "dopamine");
    if let (Some(dopamine), false) = (&dopamine, has_task) {
        let message = "`dopamine` has no meaning without a [task]";
        reader.refuse_at(
            "E-EXP-CONFLICT",
            dopamine.place.clone(),
            message,
            "remove it, or add the [task] that gives reward",
        );
    }
    let stimuli = reader
        .tables(root, "stimulus")
        .into_iter()
        .map(|table| stimulus::read(table, folder, reader))
        .collect::<Vec<_>>();
    let probes = read_probes(root, reader);
    let import = importing::read(root, reader);
    Some(Experiment {
        name: name?.value,
        network: network?,
        chip: chip?,
        semantics,
        seed: seed?,
        steps,
        costs,
        timing,
        partitioner: reader.text(root, "partitioner").map(|name| name.value),
        placer: reader.text(root, "placer").map(|name| name.value),
        dopamine: dopamine.map(|dopamine| dopamine.value),
        stimuli: stimuli.into_iter().collect::<Option<_>>()?,
        probes,
        task,
        import: import?,
        folder: folder.to_owned(),
    })
}

fn read_steps(root: Table<'_, '_>, has_task: bool, reader: &mut Reader<'_>) -> Option<Step> {
    let steps = reader.whole(root, "steps", 1..=MAX_STEPS);
    match root.items.get("steps") {
        Some(written) if has_task => {
            let message = "both `steps` and a [task] are given, and a task takes as many steps as it needs";
            reader.refuse("E-EXP-CONFLICT", written.span(), message, "remove `steps`");
        }
        None if !has_task => {
            reader.required(root, "steps", steps, "say how long to run: steps = 1000");
        }
        _ => {}
    }
    steps
}

fn read_task(root: Table<'_, '_>, document: &Document, reader: &mut Reader<'_>) -> Option<TaskSpec> {
    let written = root.items.get("task")?;
    reader.table(root, "task")?;
    match TaskSpec::deserialize(ValueDeserializer::from(written.clone())) {
        Ok(task) => Some(task),
        Err(error) => {
            let span = culprit(written, error.message()).or(error.span()).unwrap_or_else(|| written.span());
            // The text is that of file or override, whichever the span points into.
            let place = document.place(span);
            let diagnostic = toml_diagnostic("E-EXP-TASK", document.path(), "", &error);
            reader.problems.push(diagnostic.at(place));
            None
        }
    }
}

/// Where the key lies that a table is refused for: the one without which the refusal changes. A table tagged with its `kind` is read by way
/// of a buffer that forgets places, so its errors name none.
fn culprit(table: &Spanned<DeValue<'_>>, refusal: &str) -> Option<Range<usize>> {
    let items = table.get_ref().as_table()?;
    let is_culprit = |key: &str| {
        let mut rest = items.clone();
        rest.remove(key);
        let rest = Spanned::new(table.span(), DeValue::Table(rest));
        TaskSpec::deserialize(ValueDeserializer::from(rest)).err().is_none_or(|error| error.message() != refusal)
    };
    // Without its kind no table is read at all; an error of the kind itself has its place.
    let (key, value) = items.iter().find(|(key, _)| key.get_ref() != "kind" && is_culprit(key.get_ref()))?;
    // An unknown key is wrong itself, another one has a wrong value.
    Some(if refusal.starts_with("unknown field") { key.span() } else { value.span() })
}

fn semantics_named(name: Placed<String>, reader: &mut Reader<'_>) -> Option<Semantics> {
    let found = Semantics::by_name(&name.value);
    if found.is_none() {
        let known = Semantics::ALL.map(Semantics::name);
        let help = nearest(&name.value, known)
            .map_or_else(|| format!("known: {}", known.join(", ")), |near| format!("did you mean '{near}'?"));
        reader.refuse_at("E-EXP-NAME", name.place, format!("no semantics is named '{}'", name.value), help);
    }
    found
}

fn timing_named(name: Placed<String>, reader: &mut Reader<'_>) -> Option<Timing> {
    let found = Timing::ALL.into_iter().find(|timing| timing.name() == name.value);
    if found.is_none() {
        let message = format!("no model of time is named '{}'", name.value);
        reader.refuse_at("E-EXP-NAME", name.place, message, "use \"analytic\" or \"detailed\"");
    }
    found
}

/// A file, relative to the experiment's folder; one that cannot be there is reported.
fn existing(path: Placed<String>, folder: &Path, reader: &mut Reader<'_>) -> Option<PathBuf> {
    let full = folder.join(&path.value);
    if full.is_file() {
        return Some(full);
    }
    let (message, help) = if full.is_dir() {
        (format!("'{}' is a directory; a file is needed", full.display()), "name a file inside it")
    } else {
        (format!("there is no file '{}'", full.display()), "paths are relative to the folder of the experiment file")
    };
    reader.refuse_at("E-EXP-FILE", path.place, message, help);
    None
}

/// The name of something built in, or a file `*.toml`.
fn name_or_file(name: Placed<String>, folder: &Path, reader: &mut Reader<'_>) -> Option<String> {
    if name.value.ends_with(".toml") {
        existing(name, folder, reader).map(|path| path.display().to_string())
    } else {
        Some(name.value)
    }
}

fn read_probes(root: Table<'_, '_>, reader: &mut Reader<'_>) -> Vec<Probe> {
    let mut probes: Vec<Probe> = Vec::new();
    for table in reader.tables(root, "probe") {
        reader.close(table, &["population", "variables", "neurons", "every_steps"]);
        let population = reader.text(table, "population");
        let population = reader.required(table, "population", population, "name the population to probe");
        let variables = reader.texts(table, "variables");
        let variables = variables.map(|names| names.into_iter().map(|name| name.value).collect::<Vec<String>>());
        let neurons = reader.members(table, "neurons");
        let every_steps = reader.whole(table, "every_steps", 1..=MAX_STEPS).unwrap_or(1);
        let Some(population) = population else { continue };
        if probes.iter().any(|earlier| earlier.population == population.value) {
            let message = format!("population '{}' has two probes", population.value);
            reader.refuse_at(
                "E-EXP-CONFLICT",
                population.place,
                message,
                "join them: one probe may name several variables and neurons",
            );
            continue;
        }
        for (what, repeated) in [
            ("variable", variables.as_deref().is_some_and(repeats)),
            ("neuron", neurons.as_deref().is_some_and(repeats)),
        ] {
            if repeated {
                let message = format!("the probe of '{}' names a {what} twice", population.value);
                reader.refuse_at("E-EXP-CONFLICT", population.place.clone(), message, "name each once");
            }
        }
        probes.push(Probe { population: population.value, variables, neurons, every_steps });
    }
    probes
}

fn repeats<T: std::fmt::Debug>(values: &[T]) -> bool {
    let distinct: BTreeSet<String> = values.iter().map(|value| format!("{value:?}")).collect();
    distinct.len() < values.len()
}

#[cfg(test)]
mod tests;
