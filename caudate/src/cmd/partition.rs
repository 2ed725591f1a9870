//! `caudate partition`: which neurons of a `snnmap-1` network share a core, and where on the mesh.

use super::{Ended, print};
use caudate::ChipDescription;
use caudate::core::chip::Limit;
use caudate::mapper::mesh::{self, floorplan};
use caudate::mapper::multilevel::{self, Effort, Objective, Task};
use caudate::mapper::problem::score::{self, Placement, Score};
use caudate::mapper::problem::{Amounts, RESOURCE_NAMES};
use caudate::mapper::snnmap::SnnNetwork;
use caudate::output;
use clap::builder::PossibleValuesParser;
use serde::Serialize;
use std::collections::BTreeMap;
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
    /// What to make small; hops divides as traffic does, since only placement looks at distances so far.
    #[arg(long, default_value = "traffic", value_parser = PossibleValuesParser::new(["traffic", "cores", "hops"]))]
    objective: String,
    /// How long to search.
    #[arg(long, default_value = "default", value_parser = PossibleValuesParser::new(["fast", "default", "best"]))]
    effort: String,
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
    let list = |names: &mut dyn Iterator<Item = (&'static str, &'static str)>| -> String {
        names.map(|(name, description)| format!("  {name:<14} {description}\n")).collect()
    };
    format!(
        "Partitioners:\n{}\nPlacers:\n{}\nExample:\n  caudate partition net.json --chip loihi1 -o part.npz --report report.json --floorplan plan.svg",
        list(&mut multilevel::PARTITIONERS.iter().map(|known| (known.name, known.description))),
        list(&mut mesh::PLACERS.iter().map(|known| (known.name, known.description)))
    )
}

/// Version of the schema of the report.
const SCHEMA: &str = "caudate-partition/1";

/// The content of the report; all but `seconds` follows from network, chip and options alone.
#[derive(Serialize)]
struct Report<'a> {
    schema: &'static str,
    network: &'a str,
    chip: &'a str,
    partitioner: &'a str,
    placer: &'a str,
    objective: &'a str,
    effort: &'a str,
    seed: u64,
    neurons: usize,
    synapses: usize,
    score: &'a Score,
    bounds: Bounds,
    limits: BTreeMap<&'static str, Option<u64>>,
    /// The resource that is fullest over all cores, and how full its fullest core is.
    binding: Binding,
    cores: Vec<Core>,
    seconds: Seconds,
}

#[derive(Serialize)]
struct Bounds {
    cores: u32,
    /// Every external source reaches a core.
    traffic: f64,
}

#[derive(Serialize)]
struct Binding {
    resource: &'static str,
    mean_fill: f64,
    largest_fill: f64,
}

#[derive(Serialize)]
struct Core {
    cell: (u32, u32),
    load: BTreeMap<&'static str, u64>,
    neurons: BTreeMap<String, u32>,
}

#[derive(Serialize, Default)]
struct Seconds {
    read: f64,
    partition: f64,
    place: f64,
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

    let processors = || std::thread::available_parallelism().map_or(1, |count| count.get().min(2));
    let task = Task {
        problem: &network.problem,
        limits,
        objective: match args.objective.as_str() {
            "cores" => Objective::Cores,
            "hops" => Objective::Hops,
            _ => Objective::Traffic,
        },
        effort: match args.effort.as_str() {
            "fast" => Effort::Fast,
            "best" => Effort::Best,
            _ => Effort::Default,
        },
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
    seconds.place = started.elapsed().as_secs_f64();
    network.write_part(&args.output, &core_of, Some(&placement))?;

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
        objective: &args.objective,
        effort: &args.effort,
        seed: args.seed,
        neurons: network.neurons,
        synapses: network.synapses,
        score: &score,
        bounds: Bounds { cores: task.fewest_cores(), traffic: task.least_traffic() },
        limits: RESOURCE_NAMES.into_iter().zip(limits.map(|limit| (limit < UNLIMITED).then_some(limit))).collect(),
        binding: binding(&network, &limits, &core_of),
        cores: cores(&network, &core_of, &placement),
        seconds,
    };
    if let Some(path) = &args.report {
        output::write_json(path, &report)?;
    }
    print(&table(&report, &args.output))?;
    Ok(0)
}

fn cores(network: &SnnNetwork, core_of: &[u32], placement: &Placement) -> Vec<Core> {
    let mut cores: Vec<Core> = score::loads(&network.problem, core_of)
        .into_iter()
        .zip(0..)
        .map(|(load, core)| Core {
            cell: placement.at(core),
            load: RESOURCE_NAMES.into_iter().zip(load).collect(),
            neurons: BTreeMap::new(),
        })
        .collect();
    for (core, class) in core_of.iter().zip(&network.class_of) {
        *cores[*core as usize].neurons.entry(network.classes[*class as usize].clone()).or_default() += 1;
    }
    cores
}

fn binding(network: &SnnNetwork, limits: &Amounts, core_of: &[u32]) -> Binding {
    let loads = score::loads(&network.problem, core_of);
    let fill = |resource: usize| loads.iter().map(move |load| load[resource] as f64 / limits[resource].max(1) as f64);
    let mut binding = Binding { resource: RESOURCE_NAMES[0], mean_fill: 0.0, largest_fill: 0.0 };
    for (resource, name) in RESOURCE_NAMES.into_iter().enumerate() {
        let mean_fill = fill(resource).sum::<f64>() / loads.len().max(1) as f64;
        if mean_fill > binding.mean_fill {
            binding = Binding { resource: name, mean_fill, largest_fill: fill(resource).fold(0.0, f64::max) };
        }
    }
    binding
}

fn table(report: &Report<'_>, output: &std::path::Path) -> String {
    use caudate::report::grouped;
    let score = report.score;
    let mut text = format!(
        "network    {} ({} neurons, {} synapses)\ncores      {} (at least {})\ntraffic    {:.1} spikes per second ({:.1} inside, {:.1} from outside; at least {:.1})\nhops       {:.1} per second\nbinding    {} ({:.0} % full on average, {:.0} % at most)\n",
        report.network,
        grouped(report.neurons as u64),
        grouped(report.synapses as u64),
        score.cores,
        report.bounds.cores,
        score.traffic_total,
        score.traffic_int,
        score.traffic_ext,
        report.bounds.traffic,
        score.hops.unwrap_or_default(),
        report.binding.resource,
        100.0 * report.binding.mean_fill,
        100.0 * report.binding.largest_fill,
    );
    for (resource, name) in RESOURCE_NAMES.into_iter().enumerate() {
        let limit = report.limits[name].map_or_else(|| "unlimited".to_owned(), grouped);
        text += &format!("{name:<14} at most {} of {limit} per core\n", grouped(score.max[resource]));
    }
    text += &format!(
        "seconds    read {:.2}, partition {:.2}, place {:.2}\nThe partition is {}\n",
        report.seconds.read,
        report.seconds.partition,
        report.seconds.place,
        output.display()
    );
    text
}
