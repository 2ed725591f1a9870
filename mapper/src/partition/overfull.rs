//! What to say when a network does not fit: which population, which core, which number, which limit, and the way out.

use super::{Closing, Oversize, Partition, Task};
use crate::fit::Resource;
use crate::grouped::grouped;
use crate::logical::LogicalPopulation;
use crate::origin::{Part, Problem};
use caudate_core::chip::{BUILT_IN, ChipDescription, Limit};
use caudate_core::memory::list_bytes;
use caudate_core::synapse::SynapseFormat;
use std::collections::{BTreeMap, BTreeSet};

/// Everything that does not fit.
pub(super) fn problems(task: &Task<'_>, partition: &Partition) -> Vec<Problem> {
    let mut groups: BTreeMap<(u32, Resource), Vec<Oversize>> = BTreeMap::new();
    for oversize in &partition.oversize {
        groups.entry((oversize.population, oversize.resource)).or_default().push(*oversize);
    }
    let mut found: Vec<Problem> = groups.values().map(|group| too_large(task, group)).collect();
    if let Some((core, needed)) = partition.unresolved.first() {
        found.push(unresolved(task, partition, *core, *needed));
    }
    found.extend(too_many_cores(task, partition));
    found
}

/// Neurons of one population that exceed one limit of an empty core.
fn too_large(task: &Task<'_>, group: &[Oversize]) -> Problem {
    let worst = group.iter().fold(group[0], |worst, other| if other.needed > worst.needed { *other } else { worst });
    let resource = worst.resource;
    let (first, last) = (group[0].member, group[group.len() - 1].member);
    let limit = task.limits.of_resource(resource);
    let who = if first == last {
        format!("population '{}' (neuron {first})", name(task, worst.population))
    } else {
        format!(
            "population '{}' (neurons {first}..={last}, {} of them)",
            name(task, worst.population),
            grouped(group.len() as u64)
        )
    };
    let compartments = populations_of_cell(task, worst.population).len();
    let of_many = if compartments > 1 { format!(" ({compartments} compartments)") } else { String::new() };
    let message = format!(
        "{who} needs {} {} for neuron {}{of_many} alone on core {}; limit {}{}",
        grouped(worst.needed),
        resource.noun(),
        worst.member,
        worst.core,
        shown(limit),
        headroom_note(task)
    );
    let most = limit.number().unwrap_or(u64::MAX);
    let help = match resource {
        Resource::SynapticMemory => lean_neuron(task, worst, most),
        Resource::InputAxons => {
            format!("lower its in-degree to at most {} different sources{}", grouped(most), or_relays(task))
        }
        Resource::OutputAxons => format!(
            "let it reach at most {} cores: fewer targets, or targets that are next to each other in the network",
            grouped(most)
        ),
        Resource::SynapseFormats => format!(
            "let at most {most} formats meet in it: give its projections the same weight_bits, weight_exponent, sign and largest delay"
        ),
        Resource::LearningRules => format!("let at most {most} learning rules meet in it"),
        Resource::TraceMemory => format!(
            "lower its plastic in-degree: each plastic synapse list takes 2 B, each plastic projection 3 B, and {} B are there",
            grouped(most)
        ),
        Resource::ProgramWords if most == 0 && task.chip.core.program_words == Limit::AtMost(0) => {
            format!("chip '{}' runs no microcode; these built-in chips do: {}", task.chip.name, chips_with_microcode())
        }
        Resource::ProgramWords => format!(
            "shorten its programs, tables or rules, or let fewer rules meet in it: {} words are there",
            grouped(most)
        ),
        Resource::NeuronMemory => format!(
            "narrow the types of its state words, or give all compartments the same parameters: {} B are there",
            grouped(most)
        ),
        Resource::Compartments | Resource::NeuronProfiles => "use a chip with larger cores".to_owned(),
    };
    Part::Population(worst.population as usize).key("").problem(resource.code(), message, help)
}

/// The way out for a neuron with too many synapses: fewer bits if that is enough, else fewer synapses.
fn lean_neuron(task: &Task<'_>, worst: Oversize, most: u64) -> String {
    let logical = task.logical;
    let bytes_at = |bits: Option<u8>| -> (u64, u64) {
        let cell = populations_of_cell(task, worst.population);
        let incoming = cell
            .iter()
            .flat_map(|population| &logical.populations[*population as usize].incoming)
            .map(|index| &logical.projections[*index as usize]);
        incoming.fold((0, 0), |(synapses, bytes), projection| {
            let row = &projection.sources[projection.row(worst.member)];
            let format = narrowed(&logical.formats[projection.format as usize], bits);
            let lists = row
                .chunk_by(|a, b| a == b)
                .map(|run| list_bytes(&format, task.chip.synapse.list_header_bits, run.len() as u64));
            (synapses + row.len() as u64, bytes + lists.sum::<u64>())
        })
    };
    let (synapses, bytes) = bytes_at(None);
    let at_most = most * synapses / bytes.max(1);
    let fewer = format!("lower its in-degree from {} to at most {} synapses", grouped(synapses), grouped(at_most));
    let relays = or_relays(task);
    match narrower(task, |bits| bytes_at(Some(bits)).1 <= most) {
        Some(bits) => format!("{fewer}, or lower weight_bits to {bits}{relays}"),
        None => format!("{fewer}{relays}"),
    }
}

/// The way out by relays, on chips that have them.
fn or_relays(task: &Task<'_>) -> &'static str {
    if task.chip.core.program_words == Limit::AtMost(0) {
        ""
    } else {
        ", or give it relays (--relays): they take over static synapses of two steps of delay or more"
    }
}

/// The format with at most `bits` weight bits.
fn narrowed(format: &SynapseFormat, bits: Option<u8>) -> SynapseFormat {
    SynapseFormat { weight_bits: bits.map_or(format.weight_bits, |bits| bits.min(format.weight_bits)), ..*format }
}

/// The widest weight that the chip stores, is narrower than one in use, and is enough.
fn narrower(task: &Task<'_>, is_enough: impl Fn(u8) -> bool) -> Option<u8> {
    let widest = task.logical.formats.iter().map(|format| format.weight_bits).max()?;
    let mut offered: Vec<u8> =
        task.chip.synapse.weight_bits.iter().copied().filter(|bits| *bits > 0 && *bits < widest).collect();
    offered.sort_unstable();
    offered.into_iter().rev().find(|bits| is_enough(*bits))
}

fn unresolved(task: &Task<'_>, partition: &Partition, core: u32, needed: u64) -> Problem {
    let neurons: Vec<u32> =
        (0..task.logical.neurons).filter(|neuron| partition.core_of[*neuron as usize] == core).collect();
    let (population, first) = task.logical.locate(neurons.first().copied().unwrap_or(0));
    let limit = task.limits.of_resource(Resource::OutputAxons);
    let message = format!(
        "population '{}' (from neuron {first}) needs {} output axons on core {core} ({} neurons); limit {}{}",
        name(task, population),
        grouped(needed),
        neurons.len(),
        shown(limit),
        headroom_note(task)
    );
    let fewer = (neurons.len() as u64 * limit.number().unwrap_or(0) / needed.max(1)).max(1);
    Part::Population(population as usize).key("").problem(
        Resource::OutputAxons.code(),
        message,
        format!("set max_neurons_per_core = {fewer} for it"),
    )
}

/// The chip has fewer cores than the network takes.
fn too_many_cores(task: &Task<'_>, partition: &Partition) -> Option<Problem> {
    let needed = partition.usage.len() as u64;
    let available = task.cores().number().filter(|available| needed > *available)?;
    let homeless = partition.core_of.iter().position(|core| u64::from(*core) >= available)? as u32;
    let (population, member) = task.logical.locate(homeless);
    let members = &task.logical.populations[population as usize];

    // A neuron that no core takes is reported by itself: the cores that it took and closed here say nothing more.
    let oversize: BTreeSet<u32> = partition.oversize.iter().map(|oversize| oversize.core).collect();
    if needed - oversize.len() as u64 <= available {
        return None;
    }
    let mut causes: BTreeMap<Closing, u64> = BTreeMap::new();
    for (closing, core) in partition.closed_by.iter().zip(0..) {
        if !oversize.contains(&core) && !oversize.contains(&(core + 1)) {
            *causes.entry(*closing).or_default() += 1;
        }
    }
    let leading = causes.iter().fold(None::<(Closing, u64)>, |most, (closing, count)| match most {
        Some(most) if most.1 >= *count => Some(most),
        _ => Some((*closing, *count)),
    });
    let (leading, _) = leading?;
    let listed: Vec<String> = causes.iter().map(|(closing, count)| describe(task, *closing, *count)).collect();
    let message = format!(
        "network '{}' needs at least {} cores; chip '{}' has {}: no core is left for population '{}' (neurons {member}..={}). Cores were closed by {}{}",
        task.network.name,
        grouped(needed),
        task.chip.name,
        grouped(available),
        members.name,
        members.size - 1,
        listed.join(", "),
        headroom_note(task)
    );
    let (code, help) = match leading {
        Closing::Full(resource) => (resource.code(), way_out(task, partition, resource, available, members)),
        Closing::Cap => ("E-FIT-CORES", format!("raise max_neurons_per_core{}", cap_that_fits(task, available))),
    };
    let help = format!("{help}, or use a chip with at least {} such cores", grouped(needed));
    Some(Part::Population(population as usize).key("").problem(code, message, help))
}

fn describe(task: &Task<'_>, closing: Closing, count: u64) -> String {
    let times = if count == 1 { "once".to_owned() } else { format!("{} times", grouped(count)) };
    match closing {
        Closing::Full(resource) => {
            format!("{} {} per core ({times})", shown(task.limits.of_resource(resource)), resource.noun())
        }
        Closing::Cap => format!("max_neurons_per_core ({times})"),
    }
}

fn cap_that_fits(task: &Task<'_>, available: u64) -> String {
    match u64::from(task.logical.neurons).div_ceil(available.max(1)) {
        0 => String::new(),
        cap => format!(" to at least {}", grouped(cap)),
    }
}

/// How the network could need fewer cores, when `resource` closes most of them.
fn way_out(
    task: &Task<'_>,
    partition: &Partition,
    resource: Resource,
    available: u64,
    members: &LogicalPopulation,
) -> String {
    let logical = task.logical;
    let limit = task.limits.of_resource(resource).number().unwrap_or(u64::MAX);
    let capacity = limit.saturating_mul(available);
    let total: u64 = partition.usage.iter().map(|usage| usage[resource]).sum();
    let percent = (100 * total.saturating_sub(capacity)).div_ceil(total.max(1)).max(1);
    match resource {
        Resource::Compartments => {
            let surplus = u64::from(logical.neurons).saturating_sub(capacity).max(1);
            format!(
                "remove {} of the {} neurons (the chip holds {})",
                grouped(surplus),
                grouped(u64::from(logical.neurons)),
                grouped(capacity)
            )
        }
        Resource::SynapticMemory => {
            let total_at = |bits: u8| {
                let saved_bits = |projection: &crate::logical::LogicalProjection| {
                    let format = &logical.formats[projection.format as usize];
                    u64::from(format.synapse_bits() - narrowed(format, Some(bits)).synapse_bits())
                        * projection.sources.len() as u64
                };
                let alone = |projection: &&crate::logical::LogicalProjection| {
                    !logical.formats[projection.format as usize].shares()
                };
                total.saturating_sub(logical.projections.iter().filter(alone).map(saved_bits).sum::<u64>() / 8)
            };
            match narrower(task, |bits| total_at(bits) <= capacity) {
                Some(bits) => format!(
                    "lower weight_bits to {bits} ({} B in place of {}; the chip holds {})",
                    grouped(total_at(bits)),
                    grouped(total),
                    grouped(capacity)
                ),
                None => format!(
                    "remove at least {percent} % of the synapses ({} B; the chip holds {})",
                    grouped(total),
                    grouped(capacity)
                ),
            }
        }
        Resource::InputAxons | Resource::OutputAxons => {
            let pairs = if total > capacity {
                format!(
                    "lower the in-degree so that at least {percent} % of the (source, core) pairs go ({} are needed, the chip holds {})",
                    grouped(total),
                    grouped(capacity)
                )
            } else {
                format!(
                    "lower the in-degree (the chip could hold the {} (source, core) pairs, but not as they fall)",
                    grouped(total)
                )
            };
            format!("{pairs}, or connect neurons to neighbours in the order of the network")
        }
        Resource::NeuronProfiles => {
            let mut profiles: Vec<u32> =
                (0..members.size as usize).filter_map(|neuron| Some(members.fixed()?.profile.get(neuron))).collect();
            profiles.sort_unstable();
            profiles.dedup();
            format!(
                "population '{}' has {} distinct neuron profiles: draw its parameters with levels = {limit} or fewer",
                members.name,
                grouped(profiles.len() as u64)
            )
        }
        Resource::SynapseFormats => format!(
            "{} synapse formats are in use: give projections the same weight_bits, weight_exponent, sign and largest delay, so that at most {limit} meet on a core",
            logical.formats.len()
        ),
        Resource::LearningRules => format!(
            "{} learning rules are in use: let projections share rules, so that at most {limit} meet on a core",
            logical.rules.len()
        ),
        Resource::ProgramWords => format!(
            "{} programs are in use: share them between populations, and put populations that run the same program next to each other, so that at most {limit} words meet on a core",
            logical.programs.len()
        ),
        Resource::NeuronMemory => format!(
            "free at least {percent} % of the neuron memory ({} B are needed; the chip holds {}): narrow the types of state words, or give all compartments of a population the same parameters",
            grouped(total),
            grouped(capacity)
        ),
        Resource::TraceMemory => format!(
            "make at least {percent} % of the plastic synapse lists static ({} B of traces are needed; the chip holds {})",
            grouped(total),
            grouped(capacity)
        ),
    }
}

/// The populations whose compartments make up a cell with its soma in `population`.
fn populations_of_cell<'a>(task: &Task<'a>, population: u32) -> &'a [u32] {
    let own = task.logical.cells.iter().find(|cells| cells.soma == population);
    own.map_or(&[], |cells| cells.populations.as_slice())
}

fn chips_with_microcode() -> String {
    let runs =
        |name: &&str| ChipDescription::built_in(name).is_ok_and(|chip| chip.core.program_words != Limit::AtMost(0));
    BUILT_IN.iter().map(|(name, _)| *name).filter(runs).collect::<Vec<_>>().join(", ")
}

fn name<'a>(task: &Task<'a>, population: u32) -> &'a str {
    &task.logical.populations[population as usize].name
}

fn headroom_note(task: &Task<'_>) -> String {
    match task.chip.headroom_percent {
        0 => String::new(),
        percent => format!(" (limits less a headroom of {percent} %)"),
    }
}

fn shown(limit: Limit) -> String {
    limit.number().map_or_else(|| "unlimited".to_owned(), grouped)
}
