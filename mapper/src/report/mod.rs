//! What went where, how full every core is, which limit binds, and what quantisation cost.
//!
//! The report is JSON with a schema (this file) and, through `Display`, a table for people.

mod floorplan;
mod table;
pub(crate) mod traffic;

pub use traffic::{LinkReport, TrafficReport};

use crate::compile::CompileOptions;
use crate::fit::{Limits, Resource, Usage};
use crate::logical::LogicalNetwork;
use crate::multilevel::Partitioner;
use crate::partition::Closing;
use crate::place::Placer;
use crate::quantise::Quantisation;
use caudate_core::chip::{Limit, Tile};
use caudate_core::image::ChipImage;
use caudate_core::semantics::Semantics;
use caudate_core::synapse::SynapseFormat;
use serde::{Deserialize, Serialize};
use traffic::Wires;

/// Version of the report's schema; it moves with every change of a field.
pub const SCHEMA: u32 = 2;

/// The result of a compilation, for people and scripts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MappingReport {
    /// Version of this schema.
    pub schema: u32,
    /// Version of the tool that made the image.
    pub tool_version: String,
    /// Name of the network.
    pub network: String,
    /// Name of the chip.
    pub chip: String,
    /// Numeric semantics of the image.
    pub semantics: Semantics,
    /// Seed of the compilation.
    pub seed: u64,
    /// The partitioner in use.
    pub partitioner: String,
    /// The placer in use.
    pub placer: String,
    /// What the partitioner made small.
    pub objective: String,
    /// How long it searched.
    pub effort: String,
    /// Seed of partitioner and placer.
    pub placement_seed: u64,
    /// Sizes of the whole.
    pub totals: Totals,
    /// Every limit of a core, and how close the cores come to it.
    pub resources: Vec<ResourceReport>,
    /// The resource that is fullest on average: the one that the number of cores follows from. `None` if nothing is limited.
    pub binding: Option<Binding>,
    /// Spikes between cores.
    pub traffic: TrafficReport,
    /// Populations in the order of the network.
    pub populations: Vec<PopulationReport>,
    /// Projections in the order of the network.
    pub projections: Vec<ProjectionReport>,
    /// Cores by number.
    pub cores: Vec<CoreReport>,
    /// What became of every number that was quantised.
    pub quantisation: Vec<Quantisation>,
    /// What is allowed and perhaps not meant.
    pub warnings: Vec<String>,
}

/// Sizes of the whole.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Totals {
    /// Neurons.
    pub neurons: u64,
    /// Input sources.
    pub inputs: u64,
    /// Synapses.
    pub synapses: u64,
    /// Cores in use.
    pub cores: u64,
    /// Cores of the chip.
    pub chip_cores: Limit,
    /// (Source, destination core) pairs: packets if every source spikes once.
    pub routes: u64,
    /// Of these, the pairs that leave the source's own core; all of the inputs' do.
    pub routes_between_cores: u64,
    /// Bytes of synaptic memory in use.
    pub synaptic_memory_bytes: u64,
}

/// One limit of a core.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ResourceReport {
    /// The resource.
    pub resource: Resource,
    /// The chip's limit less the headroom.
    pub limit: Limit,
    /// The most in use on a core.
    pub largest: u64,
    /// The first core with that much.
    pub on_core: u32,
    /// Mean over the cores in use.
    pub mean: f64,
    /// Cores that were closed because the next neuron would have exceeded this limit.
    pub closed_cores: u64,
}

/// The resource that binds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Binding {
    /// The resource.
    pub resource: Resource,
    /// Its fill in percent, averaged over cores.
    pub mean_percent: f64,
    /// Its fill on the fullest core, in percent.
    pub largest_percent: f64,
}

/// One population.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PopulationReport {
    /// Its name.
    pub name: String,
    /// Number of members.
    pub size: u32,
    /// Whether its members are inputs, which take no core.
    pub is_input: bool,
    /// Logical id of its first member.
    pub first_id: u32,
    /// Where its neurons are, in their order.
    pub runs: Vec<NeuronRun>,
}

/// Neurons of a population that follow each other on a core.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct NeuronRun {
    /// First neuron, counted in the population.
    pub first_neuron: u32,
    /// Number of neurons.
    pub neurons: u32,
    /// The core.
    pub core: u32,
    /// Compartment of the first neuron.
    pub first_compartment: u32,
}

/// One projection.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ProjectionReport {
    /// Its name.
    pub name: String,
    /// Source population.
    pub pre: String,
    /// Target population.
    pub post: String,
    /// Number of synapses.
    pub synapses: u64,
    /// Synapse lists on all cores.
    pub lists: u64,
    /// Bits of a stored synapse.
    pub synapse_bits: u32,
    /// How a synapse is stored.
    pub format: SynapseFormat,
    /// Its learning rule.
    pub rule: Option<String>,
    /// Spikes per step that it receives from cores other than the target's, once for each such core.
    pub cut: f64,
}

/// One core.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CoreReport {
    /// Its number in the image.
    pub core: u32,
    /// Its tile.
    pub tile: Tile,
    /// How much of each resource is in use.
    pub usage: Vec<ResourceUse>,
    /// The resource that is closest to its limit, if there is any limit.
    pub binding: Option<Resource>,
    /// Spikes per step to each other core, added up.
    pub sent: f64,
    /// Spikes per step from other cores and from outside.
    pub received: f64,
}

/// One resource of one core.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ResourceUse {
    /// The resource.
    pub resource: Resource,
    /// How much is in use.
    pub used: u64,
    /// Part of the limit, in percent; 0 if there is none.
    pub fill_percent: f64,
}

/// What a report is made from.
pub(crate) struct Facts<'a> {
    pub(crate) logical: &'a LogicalNetwork,
    pub(crate) image: &'a ChipImage,
    pub(crate) usage: &'a [Usage],
    pub(crate) closed_by: &'a [Closing],
    pub(crate) partitioner: &'a Partitioner,
    pub(crate) placer: &'a Placer,
    pub(crate) options: &'a CompileOptions,
    /// Spikes per step, by logical id.
    pub(crate) rates: &'a [f64],
}

pub(crate) fn build(facts: &Facts<'_>) -> MappingReport {
    let Facts { logical, image, usage, .. } = facts;
    let limits = Limits::of(&image.chip);
    let wires = Wires::of(image, facts.rates);
    let resources = Resource::ALL.map(|resource| resource_report(resource, &limits, usage, facts.closed_by)).to_vec();
    let routes_inside = |(index, core): (usize, &caudate_core::image::CoreImage)| {
        core.routes.iter().filter(|route| route.core as usize == index).count()
    };
    let routes_inside: usize = image.cores.iter().enumerate().map(routes_inside).sum();
    let routes = image.cores.iter().map(|core| core.routes.len()).sum::<usize>()
        + image.input_routes.iter().map(Vec::len).sum::<usize>();
    MappingReport {
        schema: SCHEMA,
        tool_version: image.header.tool_version.clone(),
        network: image.header.network.clone(),
        chip: image.chip.name.clone(),
        semantics: image.header.semantics,
        seed: image.header.seed,
        partitioner: if facts.options.division.is_some() { "resumed" } else { facts.partitioner.name }.to_owned(),
        placer: facts.placer.name.to_owned(),
        objective: facts.options.objective.name().to_owned(),
        effort: facts.options.effort.name().to_owned(),
        placement_seed: facts.options.placement_seed,
        totals: Totals {
            neurons: image.neuron_count(),
            inputs: image.input_routes.len() as u64,
            synapses: image.synapse_count(),
            cores: image.cores.len() as u64,
            chip_cores: image.chip.mesh.cores(),
            routes: routes as u64,
            routes_between_cores: (routes - routes_inside) as u64,
            synaptic_memory_bytes: usage.iter().map(|usage| usage[Resource::SynapticMemory]).sum(),
        },
        binding: binding(&resources),
        resources,
        traffic: wires.report(image, facts.options.rates.is_some()),
        populations: populations(image),
        projections: projections(logical, image, &wires),
        cores: cores(image, usage, &limits, &wires),
        quantisation: logical.quantisation.clone(),
        warnings: logical.warnings.clone(),
    }
}

fn resource_report(resource: Resource, limits: &Limits, usage: &[Usage], closed_by: &[Closing]) -> ResourceReport {
    let (on_core, largest) = usage
        .iter()
        .zip(0..)
        .fold((0, 0), |most, (usage, core)| if usage[resource] > most.1 { (core, usage[resource]) } else { most });
    let total: u64 = usage.iter().map(|usage| usage[resource]).sum();
    ResourceReport {
        resource,
        limit: limits.of_resource(resource),
        largest,
        on_core,
        mean: total as f64 / usage.len().max(1) as f64,
        closed_cores: closed_by.iter().filter(|closing| **closing == Closing::Full(resource)).count() as u64,
    }
}

/// The resource that is fullest on average, the first of equals.
fn binding(resources: &[ResourceReport]) -> Option<Binding> {
    let fill = |own: &ResourceReport| {
        let limit = own.limit.number().filter(|limit| *limit > 0)? as f64;
        let (mean_percent, largest_percent) = (100.0 * own.mean / limit, 100.0 * own.largest as f64 / limit);
        (own.largest > 0).then_some(Binding { resource: own.resource, mean_percent, largest_percent })
    };
    resources
        .iter()
        .filter_map(fill)
        .reduce(|most, next| if next.mean_percent > most.mean_percent { next } else { most })
}

fn populations(image: &ChipImage) -> Vec<PopulationReport> {
    let symbols = &image.symbols.populations;
    let mut reports: Vec<PopulationReport> = symbols
        .iter()
        .map(|symbol| PopulationReport {
            name: symbol.name.clone(),
            size: symbol.size,
            is_input: symbol.is_input,
            first_id: symbol.first.0,
            runs: Vec::new(),
        })
        .collect();
    for (core, content) in image.cores.iter().zip(0..).map(|(content, core)| (core, content)) {
        for (compartment, first_compartment) in content.compartments.iter().zip(0..) {
            let population = symbols.partition_point(|symbol| symbol.first <= compartment.neuron) - 1;
            let neuron = compartment.neuron.0 - symbols[population].first.0;
            match reports[population].runs.last_mut() {
                Some(run)
                    if run.core == core
                        && run.first_neuron + run.neurons == neuron
                        && run.first_compartment + run.neurons == first_compartment =>
                {
                    run.neurons += 1
                }
                _ => reports[population].runs.push(NeuronRun {
                    first_neuron: neuron,
                    neurons: 1,
                    core,
                    first_compartment,
                }),
            }
        }
    }
    for report in &mut reports {
        report.runs.sort_unstable_by_key(|run| run.first_neuron);
    }
    reports
}

fn projections(logical: &LogicalNetwork, image: &ChipImage, wires: &Wires) -> Vec<ProjectionReport> {
    let mut lists = vec![0_u64; logical.projections.len()];
    for core in &image.cores {
        for list in &core.lists {
            lists[core.groups[list.group as usize].projection.index()] += 1;
        }
    }
    let report = |((projection, lists), cut): ((&crate::logical::LogicalProjection, u64), &f64)| {
        let format = logical.formats[projection.format as usize];
        ProjectionReport {
            name: projection.name.clone(),
            pre: logical.populations[projection.pre as usize].name.clone(),
            post: logical.populations[projection.post as usize].name.clone(),
            synapses: projection.sources.len() as u64,
            lists,
            synapse_bits: format.synapse_bits(),
            format,
            rule: projection.rule.map(|rule| logical.rules[rule as usize].name.clone()),
            cut: *cut,
        }
    };
    logical.projections.iter().zip(lists).zip(&wires.cut).map(report).collect()
}

fn cores(image: &ChipImage, usage: &[Usage], limits: &Limits, wires: &Wires) -> Vec<CoreReport> {
    let mut sent = vec![0.0; image.cores.len()];
    let mut received = wires.from_inputs.clone();
    for ((from, to), rate) in &wires.links {
        sent[*from as usize] += rate;
        received[*to as usize] += rate;
    }
    let report = |((core, usage), number): ((&caudate_core::image::CoreImage, &Usage), u32)| {
        let uses = Resource::ALL.map(|resource| {
            let used = usage[resource];
            let fill_percent = match limits.of_resource(resource) {
                Limit::AtMost(limit) => 100.0 * used as f64 / limit.max(1) as f64,
                Limit::Unlimited => 0.0,
            };
            ResourceUse { resource, used, fill_percent }
        });
        let binding = uses
            .iter()
            .filter(|entry| entry.fill_percent > 0.0)
            .max_by(|a, b| a.fill_percent.total_cmp(&b.fill_percent).then(b.resource.cmp(&a.resource)));
        CoreReport {
            core: number,
            tile: core.tile,
            usage: uses.to_vec(),
            binding: binding.map(|entry| entry.resource),
            sent: sent[number as usize],
            received: received[number as usize],
        }
    };
    image.cores.iter().zip(usage).zip(0..).map(report).collect()
}
