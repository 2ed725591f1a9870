//! `caudate partition`: which neurons of a `snnmap-1` network share a core, and where on the mesh.

use super::mapping::{effort_parser, list, objective_parser, processors};
use super::partition_report::{Bounds, MAX_LINKS, Report, SCHEMA, Seconds, binding, cores, cut, table};
use super::{Ended, print};
use caudate::ChipDescription;
use caudate::core::chip::Limit;
use caudate::mapper::mesh::{self, floorplan};
use caudate::mapper::multilevel::{self, Effort, Objective, Task};
use caudate::mapper::problem::score;
use caudate::mapper::problem::{Amounts, RESOURCE_NAMES};
use caudate::mapper::snnmap::SnnNetwork;
use caudate::output;
use std::path::PathBuf;
use std::time::Instant;

/// Divide the neurons of a snnmap-1 network among cores within every limit, and place the cores on a mesh.
#[derive(Debug, clap::Args)]
#[command(after_help = after_help())]
pub(crate) struct Args {
    /// The network: a snnmap-1 header, with its arrays in an NPZ file of the same name beside it.
    #[arg(value_name = "NET.json")]
    network: PathBuf,
    /// The chip whose limits of compartments, synaptic memory and axons count: a built-in name or a chip file (*.toml).
    #[arg(long, value_name = "CHIP", default_value = "loihi1")]
    chip: String,
    /// Write the partition to this file: `part` (core per neuron, -1 for external ones), `pos` (cell per core), `width`.
    #[arg(short, long, value_name = "PART.npz")]
    output: PathBuf,
    /// What to make small.
    #[arg(long, default_value = "traffic", value_parser = objective_parser())]
    objective: Objective,
    /// How long to search.
    #[arg(long, default_value = "default", value_parser = effort_parser())]
    effort: Effort,
    /// Divide neurons among cores with this partitioner.
    #[arg(long, value_name = "PARTITIONER", default_value = multilevel::PARTITIONERS[0].name)]
    partitioner: String,
    /// Place cores on the mesh with this placer.
    #[arg(long, value_name = "PLACER", default_value = mesh::PLACERS[0].name)]
    placer: String,
    /// Use this seed for every draw.
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Use so many threads; results do not depend on it [default: as many as there are processors, at most 2].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1024))]
    threads: Option<u32>,
    /// Take the partition from this file and only place it.
    #[arg(long, value_name = "PART.npz")]
    resume: Option<PathBuf>,
    /// Write a report to this file as JSON.
    #[arg(long, value_name = "R.json")]
    report: Option<PathBuf>,
    /// Draw the mesh to this file as SVG.
    #[arg(long, value_name = "F.svg")]
    floorplan: Option<PathBuf>,
}

fn after_help() -> String {
    let lists = list(
        multilevel::PARTITIONERS.iter().map(|known| (known.name, known.description)),
        mesh::PLACERS.iter().map(|known| (known.name, known.description)),
    );
    format!(
        "{lists}\nExample:\n  caudate partition net.json --chip loihi1 -o part.npz --report report.json --floorplan plan.svg"
    )
}

/// More than any core could hold, and still far from overflow.
const UNLIMITED: u64 = 1 << 40;

fn limits_of(chip: &ChipDescription) -> Amounts {
    let core = &chip.core;
    [core.compartments, core.synaptic_memory_bytes, core.input_axons, core.output_axons]
        .map(|limit| limit.less_headroom(chip.headroom_percent))
        .map(|limit| match limit {
            Limit::AtMost(number) => number.min(UNLIMITED),
            Limit::Unlimited => UNLIMITED,
        })
}

pub(crate) fn run(args: Args) -> Ended {
    let invalid = |diagnostic: Box<caudate::Diagnostic>| caudate::Error::Invalid(vec![*diagnostic]);
    let partitioner = multilevel::by_name(&args.partitioner).map_err(invalid)?;
    let placer = mesh::by_name(&args.placer).map_err(invalid)?;
    let chip = ChipDescription::find(&args.chip)?;
    let limits = limits_of(&chip);
    let mut seconds = Seconds::default();
    let started = Instant::now();
    let network = SnnNetwork::read(&args.network)?;
    seconds.read = started.elapsed().as_secs_f64();

    let task = Task {
        problem: &network.problem,
        limits,
        objective: args.objective,
        effort: args.effort,
        seed: args.seed,
        threads: args.threads.map_or_else(processors, |threads| threads as usize),
    };
    let started = Instant::now();
    let core_of = match &args.resume {
        Some(path) => network.read_part(path)?,
        None => multilevel::partition(&task, partitioner)?,
    };
    seconds.partition = started.elapsed().as_secs_f64();
    // What is known so far outlives an interruption of what follows.
    if args.resume.is_none() {
        network.write_part(&args.output, &core_of, None)?;
    }
    let started = Instant::now();
    let placement = mesh::place(&network.problem, &core_of, placer, args.seed);
    let mut placed = (core_of, placement);
    network.write_part(&args.output, &placed.0, Some(&placed.1))?;
    if args.resume.is_none() {
        placed = mesh::refine(&task, placed, placer);
        network.write_part(&args.output, &placed.0, Some(&placed.1))?;
    }
    let (core_of, placement) = placed;
    seconds.place = started.elapsed().as_secs_f64();

    let score = score::score(&network.problem, &limits, &core_of, Some(&placement));
    if let Some(path) = &args.floorplan {
        let title = format!("{} on {}: {} cores", network.name, chip.name, score.cores);
        let svg = floorplan::svg(&title, &network.problem, &limits, &core_of, &placement);
        caudate::core::file::write_atomically(path, svg.as_bytes())?;
    }
    let report = Report {
        schema: SCHEMA,
        network: &network.name,
        chip: &chip.name,
        partitioner: if args.resume.is_some() { "resumed" } else { partitioner.name },
        placer: placer.name,
        objective: args.objective.name(),
        effort: args.effort.name(),
        seed: args.seed,
        neurons: network.neurons,
        synapses: network.synapses,
        score: &score,
        bounds: Bounds { cores: task.fewest_cores(), traffic: task.least_traffic() },
        limits: RESOURCE_NAMES.into_iter().zip(limits.map(|limit| (limit < UNLIMITED).then_some(limit))).collect(),
        binding: binding(&network, &limits, &core_of),
        links: mesh::heaviest_links(&network.problem, &core_of, &placement, MAX_LINKS),
        cut: cut(&network, &core_of),
        cores: cores(&network, &core_of, &placement),
        seconds,
    };
    if let Some(path) = &args.report {
        output::write_json(path, &report)?;
    }
    print(&table(&report, &args.output))?;
    Ok(0)
}
