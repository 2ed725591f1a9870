//! The report of `caudate partition`.

use caudate::mapper::mesh::Link;
use caudate::mapper::problem::score::{self, Placement, Score};
use caudate::mapper::problem::{Amounts, EXTERNAL, RESOURCE_NAMES};
use caudate::mapper::snnmap::SnnNetwork;
use serde::Serialize;
use std::collections::BTreeMap;

/// Links that a report lists.
pub(super) const MAX_LINKS: usize = 20;

/// Version of the schema of the report.
pub(super) const SCHEMA: &str = "caudate-partition/2";

/// The content of the report; all but `seconds` follows from network, chip and options alone.
#[derive(Serialize)]
pub(super) struct Report<'a> {
    pub(super) schema: &'static str,
    pub(super) network: &'a str,
    pub(super) chip: &'a str,
    pub(super) partitioner: &'a str,
    pub(super) placer: &'a str,
    pub(super) objective: &'a str,
    pub(super) effort: &'a str,
    pub(super) seed: u64,
    pub(super) neurons: usize,
    pub(super) synapses: usize,
    pub(super) score: &'a Score,
    pub(super) bounds: Bounds,
    pub(super) limits: BTreeMap<&'static str, Option<u64>>,
    /// The resource that is fullest over all cores, and how full its fullest core is.
    pub(super) binding: Binding,
    /// The pairs of cores that exchange most spikes, the heaviest first.
    pub(super) links: Vec<Link>,
    /// Spikes per second from each class to each class that leave their core, once for every core with such a target; "outside"
    /// stands for external sources.
    pub(super) cut: BTreeMap<String, f64>,
    pub(super) cores: Vec<Core>,
    pub(super) seconds: Seconds,
}

#[derive(Serialize)]
pub(super) struct Bounds {
    pub(super) cores: u32,
    /// Every external source reaches a core.
    pub(super) traffic: f64,
}

#[derive(Serialize)]
pub(super) struct Binding {
    pub(super) resource: &'static str,
    pub(super) mean_fill: f64,
    pub(super) largest_fill: f64,
}

#[derive(Serialize)]
pub(super) struct Core {
    pub(super) cell: (u32, u32),
    pub(super) load: BTreeMap<&'static str, u64>,
    pub(super) neurons: BTreeMap<String, u32>,
}

#[derive(Serialize, Default)]
pub(super) struct Seconds {
    pub(super) read: f64,
    pub(super) partition: f64,
    pub(super) place: f64,
}

pub(super) fn cores(network: &SnnNetwork, core_of: &[u32], placement: &Placement) -> Vec<Core> {
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

pub(super) fn binding(network: &SnnNetwork, limits: &Amounts, core_of: &[u32]) -> Binding {
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

pub(super) fn table(report: &Report<'_>, output: &std::path::Path) -> String {
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

/// Spikes per second between classes that leave their core.
pub(super) fn cut(network: &SnnNetwork, core_of: &[u32]) -> BTreeMap<String, f64> {
    let problem = &network.problem;
    let classes = network.classes.len();
    let mut cut = vec![0.0; (classes + 1) * classes];
    let mut reached = Vec::new();
    for net in 0..problem.nets() as u32 {
        let owner = problem.owner[net as usize];
        let is_inside = owner != EXTERNAL;
        let own = is_inside.then(|| core_of[owner as usize]);
        let from = if is_inside { network.class_of[owner as usize] as usize } else { classes };
        reached.clear();
        let away = problem.targets.of(net).iter().map(|target| *target as usize);
        reached.extend(away.filter(|to| Some(core_of[*to]) != own).map(|to| (core_of[to], network.class_of[to])));
        reached.sort_unstable();
        reached.dedup();
        for (_, to) in &reached {
            cut[from * classes + *to as usize] += problem.rate[net as usize];
        }
    }
    let name = |class: usize| network.classes.get(class).map_or("outside", String::as_str);
    let entries = cut.into_iter().enumerate().filter(|(_, rate)| *rate > 0.0);
    entries.map(|(pair, rate)| (format!("{}->{}", name(pair / classes), name(pair % classes)), rate)).collect()
}
