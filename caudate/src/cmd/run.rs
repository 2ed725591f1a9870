//! `caudate run`: an experiment from its file to its results.

use super::import::Import;
use super::mapping::{self, Mapping};
use super::{Ended, lap, print, print_json};
use crate::attended::Attended;
use caudate::core::engine::Strategy;
use caudate::experiment::{Costs, Experiment, Job, Keeping, Override, execute_kept};
use caudate::output;
use caudate::sim::timing::Timing;
use caudate::{Error, report};
use std::path::{Path, PathBuf};
use std::time::Instant;

/// Map a network onto a chip, run it in its closed loop, and write image, summary, report and recordings.
#[derive(Debug, clap::Args)]
#[command(after_help = after_help())]
pub(crate) struct Args {
    /// The experiment file.
    #[arg(value_name = "EXPERIMENT.toml")]
    experiment: PathBuf,
    /// Set a key of the experiment; the value is TOML, or else a text. May be repeated.
    #[arg(long, value_name = "KEY=VALUE")]
    set: Vec<String>,
    /// Use this seed for every draw, as `--set seed=N` does.
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Run on this many threads; no result depends on it.
    #[arg(long, value_name = "K", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: u16,
    #[command(flatten)]
    import: Import,
    #[command(flatten)]
    mapping: Mapping,
    /// Write results directly into this folder [default: out/ and the name of the experiment's folder].
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Step cores this way; no result depends on it. Cores that it does not serve run on the plain step, and a message says why.
    #[arg(long, value_name = "STRATEGY", default_value = "auto", value_parser = super::strategy_parser())]
    strategy: Strategy,
    /// Cost time and energy by this profile or file, in place of those of the experiment. May be repeated; the first headlines the summary.
    #[arg(long, value_name = "PROFILE")]
    cost: Vec<String>,
    /// Time steps by this model, in place of the experiment's [default: analytic].
    #[arg(long, value_name = "MODEL", value_parser = super::timing_parser())]
    timing: Option<Timing>,
    /// Write each chart of report.html as an SVG file too, into plots/.
    #[arg(long)]
    plots: bool,
    /// Print the summary as JSON instead of a report for people.
    #[arg(long)]
    json: bool,
    /// Show no progress.
    #[arg(long)]
    quiet: bool,
}

fn after_help() -> String {
    format!(
        "{}\nExamples:\n  caudate run examples/balanced/experiment.toml\n  caudate run examples/balanced/experiment.toml --seed 2 --set steps=200 --out out/short\n  caudate run examples/balanced/experiment.toml --set stimulus.0.rate_per_step=0.05\n  caudate run examples/balanced/experiment.toml --rates out/balanced --out out/again",
        mapping::registries()
    )
}

pub(crate) fn run(args: Args) -> Ended {
    let mut experiment = Experiment::read(&args.experiment, &overrides(&args)?)?;
    experiment.import = args.import.options().or(experiment.import);
    let folder = args.out.unwrap_or_else(|| Path::new("out").join(experiment.folder_name()));
    output::check_folder(&folder)?;
    let costs = Costs::find(if args.cost.is_empty() { &experiment.costs } else { &args.cost })?;

    let mut timing = output::Timing { threads: usize::from(args.threads), ..output::Timing::default() };
    let mut clock = Instant::now();
    let mut options = experiment.compile_options();
    args.mapping.apply(&mut options, timing.threads)?;
    let compiled = experiment.compile_with(&options)?;
    timing.compile_phases = Some(compiled.seconds);
    timing.compile_seconds = lap(&mut clock);
    let world = experiment.world(&compiled.image)?;
    timing.setup_seconds = lap(&mut clock);
    let job = Job {
        image: &compiled.image,
        threads: timing.threads,
        strategy: args.strategy,
        costs: costs.clone(),
        timing: args.timing.unwrap_or(experiment.timing),
        probes: experiment.probes.clone(),
    };
    let mut watcher = Attended::new(args.quiet || args.json);
    let keeping = Keeping { scratch: Some(folder.clone()), ..Keeping::default() };
    let finished = execute_kept(job, world, &keeping, &mut watcher)?;
    timing.ran(lap(&mut clock), &finished, finished.simulation.now());

    output::write_image(&folder, &compiled.image)?;
    args.mapping.draw(&compiled)?;
    output::write_results(&folder, &finished, Some(&compiled.report), &costs, args.plots)?;
    timing.write_seconds = lap(&mut clock);
    output::write_json(&folder.join(output::TIMING), &timing)?;

    if args.json {
        print_json(&finished.summary()?)?;
    } else {
        let text = report::run_text(&finished);
        print(&format!("{}\n{text}\nResults are in {}\n", report::mapping_text(&compiled.report), folder.display()))?;
    }
    Ok(watcher.exit_code(&finished, None))
}

fn overrides(args: &Args) -> Result<Vec<Override>, Error> {
    let mut overrides = Vec::new();
    let mut problems = Vec::new();
    for text in &args.set {
        match Override::parse(text) {
            Ok(parsed) => overrides.push(parsed),
            Err(problem) => problems.push(*problem),
        }
    }
    overrides.extend(args.seed.map(Override::seed));
    if problems.is_empty() { Ok(overrides) } else { Err(Error::Invalid(problems)) }
}
