//! `caudate simulate`: an image and a stimulus to recordings.

use super::{Ended, lap, print, print_json};
use crate::attended::Attended;
use caudate::ChipImage;
use caudate::core::engine::Strategy;
use caudate::experiment::{Costs, Job, Keeping, World, execute_kept};
use caudate::output;
use caudate::report;
use caudate::sim::Stimulus;
use caudate::sim::recording::Probe;
use caudate::sim::timing::Timing;
use std::path::PathBuf;
use std::time::Instant;

/// Run an image for a number of steps and write summary and recordings. The image, the stimulus and the steps fix every result.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// The image.
    #[arg(value_name = "IMAGE")]
    image: PathBuf,
    /// Give the image this stimulus file [default: no input].
    #[arg(long, value_name = "STIMULUS.npz")]
    stimulus: Option<PathBuf>,
    /// Run this many steps.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=4_294_967_295))]
    steps: u64,
    /// Write results directly into this folder.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Run on this many threads; no result depends on it.
    #[arg(long, value_name = "K", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: u16,
    /// Step cores this way; no result depends on it. Cores that it does not serve run on the plain step, and a message says why.
    #[arg(long, value_name = "STRATEGY", default_value = "auto", value_parser = super::strategy_parser())]
    strategy: Strategy,
    /// Cost time and energy by this profile or file [default: loihi1-davies2018 and loihi1-nahuku-fit]. May be repeated; the first headlines the summary.
    #[arg(long, value_name = "PROFILE")]
    cost: Vec<String>,
    /// Time steps by this model.
    #[arg(long, value_name = "MODEL", default_value = "analytic", value_parser = super::timing_parser())]
    timing: Timing,
    /// Record u and v of this population in every step. May be repeated.
    #[arg(long, value_name = "POPULATION")]
    probe: Vec<String>,
    /// Write a checkpoint to this file whenever N more steps are over (--every N).
    #[arg(long, value_name = "FILE", requires = "every")]
    checkpoint: Option<PathBuf>,
    /// Steps between checkpoints.
    #[arg(long, value_name = "N", requires = "checkpoint", value_parser = clap::value_parser!(u64).range(1..))]
    every: Option<u64>,
    /// Go on from this checkpoint of the same image, stimulus, probes, costs and timing; the results are those of a run without a break.
    #[arg(long, value_name = "FILE")]
    resume: Option<PathBuf>,
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

const EXAMPLES: &str = "\
Examples:
  caudate simulate network.caudate --steps 1000 --out out/silent
  caudate simulate out/balanced/image.caudate --stimulus out/balanced/stimulus.npz --steps 1000 --out out/again --probe exc
  caudate simulate network.caudate --steps 1000000 --out out/long --checkpoint long.checkpoint --every 100000
  caudate simulate network.caudate --steps 1000000 --out out/long --resume long.checkpoint";

pub(crate) fn run(args: Args) -> Ended {
    output::check_folder(&args.out)?;
    let costs = Costs::find(&args.cost)?;
    let mut timing = output::Timing { threads: usize::from(args.threads), ..output::Timing::default() };
    let mut clock = Instant::now();
    let image = ChipImage::read(&args.image)?;
    timing.compile_seconds = lap(&mut clock);
    let stimulus = match &args.stimulus {
        Some(path) => Stimulus::read(path, &image)?,
        None => Stimulus::default(),
    };
    timing.setup_seconds = lap(&mut clock);
    let job = Job {
        image: &image,
        threads: timing.threads,
        strategy: args.strategy,
        costs: costs.clone(),
        timing: args.timing,
        probes: probes(args.probe),
    };
    let keeping =
        Keeping { scratch: Some(args.out.clone()), save: args.checkpoint.clone().zip(args.every), resume: args.resume };
    let world = World::of_stimulus(stimulus, args.steps);
    let mut watcher = Attended::new(args.quiet || args.json);
    let finished = execute_kept(job, world, &keeping, &mut watcher)?;
    timing.ran(lap(&mut clock), &finished, finished.simulation.now());

    output::write_results(&args.out, &finished, None, &costs, args.plots)?;
    timing.write_seconds = lap(&mut clock);
    output::write_json(&args.out.join(output::TIMING), &timing)?;
    if args.json {
        print_json(&finished.summary()?)?;
    } else {
        print(&format!("{}\nResults are in {}\n", report::run_text(&finished), args.out.display()))?;
    }
    Ok(watcher.exit_code(&finished, args.checkpoint.as_deref()))
}

fn probes(mut populations: Vec<String>) -> Vec<Probe> {
    populations.sort();
    populations.dedup();
    populations
        .into_iter()
        .map(|population| Probe { population, variables: None, neurons: None, every_steps: 1 })
        .collect()
}
