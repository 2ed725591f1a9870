//! How to map a network: the options that `compile` and `run` share.

use caudate::mapper::multilevel::{self, Effort, Objective};
use caudate::mapper::{Compilation, Rates, place};
use caudate::{CompileOptions, Error};
use clap::builder::{PossibleValuesParser, TypedValueParser};
use std::path::PathBuf;

/// Options of the mapper.
#[derive(Debug, clap::Args)]
pub(crate) struct Mapping {
    /// What the partitioner makes small.
    #[arg(long, default_value = "traffic", value_parser = objective_parser())]
    objective: Objective,
    /// How long it searches.
    #[arg(long, default_value = "fast", value_parser = effort_parser())]
    effort: Effort,
    /// Divide neurons among cores with this partitioner [default: search].
    #[arg(long, value_name = "PARTITIONER")]
    partitioner: Option<String>,
    /// Place cores on the mesh with this placer [default: exchange].
    #[arg(long, value_name = "PLACER")]
    placer: Option<String>,
    /// Take how often sources spike from the results of an earlier run in this folder; without it, all count alike.
    #[arg(long, value_name = "DIR")]
    rates: Option<PathBuf>,
    /// Give neurons that exceed a core relays in microcode, where spikes and weights stay what they are.
    #[arg(long)]
    relays: bool,
    /// Draw the mesh to this file as SVG.
    #[arg(long, value_name = "F.svg")]
    floorplan: Option<PathBuf>,
}

impl Mapping {
    /// Sets what was given.
    pub(crate) fn apply(&self, options: &mut CompileOptions, threads: usize) -> Result<(), Error> {
        options.objective = self.objective;
        options.effort = self.effort;
        options.threads = threads;
        options.relays = self.relays;
        if let Some(partitioner) = &self.partitioner {
            options.partitioner.clone_from(partitioner);
        }
        if let Some(placer) = &self.placer {
            options.placer.clone_from(placer);
        }
        options.rates = self.rates.as_deref().map(Rates::read).transpose()?;
        Ok(())
    }

    /// Writes the floorplan if one is wanted.
    pub(crate) fn draw(&self, compiled: &Compilation) -> Result<(), Error> {
        if let Some(path) = &self.floorplan {
            let svg = compiled.report.floorplan(&compiled.image, &compiled.rates);
            caudate::core::file::write_atomically(path, svg.as_bytes())?;
        }
        Ok(())
    }
}

/// The partitioners and placers, for help.
pub(crate) fn registries() -> String {
    list(
        multilevel::PARTITIONERS.iter().map(|known| (known.name, known.description)),
        place::PLACERS.iter().map(|known| (known.name, known.description)),
    )
}

/// Partitioners and placers with their descriptions.
pub(crate) fn list<'a>(
    partitioners: impl Iterator<Item = (&'a str, &'a str)>,
    placers: impl Iterator<Item = (&'a str, &'a str)>,
) -> String {
    let line = |(name, description): (&str, &str)| format!("  {name:<14} {description}\n");
    let (partitioners, placers): (String, String) = (partitioners.map(line).collect(), placers.map(line).collect());
    format!("Partitioners:\n{partitioners}\nPlacers:\n{placers}")
}

/// Threads for a search whose user named none: results do not depend on it.
pub(crate) fn processors() -> usize {
    std::thread::available_parallelism().map_or(1, |count| count.get().min(2))
}

/// Parses the name of an objective.
pub(crate) fn objective_parser() -> impl TypedValueParser<Value = Objective> {
    one_of(Objective::NAMES)
}

/// Parses the name of an effort.
pub(crate) fn effort_parser() -> impl TypedValueParser<Value = Effort> {
    one_of(Effort::NAMES)
}

fn one_of<T: Copy + Send + Sync + 'static, const N: usize>(
    names: [(&'static str, T); N],
) -> impl TypedValueParser<Value = T> {
    PossibleValuesParser::new(names.map(|known| known.0)).try_map(move |name| {
        let found = names.iter().find(|known| known.0 == name);
        found.map(|known| known.1).ok_or_else(|| format!("no such name: '{name}'"))
    })
}
