//! A neuron: what keeps it on its core, and what every other core would cost.

use super::moves::{Cell, change, fill};
use super::{Explainer, SCHEMA};
use crate::fit::{CoreLoad, Resource, Usage};
use caudate_core::chip::Tile;
use serde::Serialize;

/// Why a neuron is where it is.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct NeuronExplanation {
    /// [`SCHEMA`].
    pub schema: &'static str,
    /// Its population.
    pub population: String,
    /// Its number there.
    pub member: u32,
    /// Its core.
    pub core: u32,
    /// The core's tile.
    pub tile: Tile,
    /// Its compartment on the core.
    pub compartment: usize,
    /// The neurons that move with it, itself included: compartments of one cell share a core.
    pub cell: Vec<(String, u32)>,
    /// Whether rates were given; otherwise each source counts as spiking once per step.
    pub is_recorded: bool,
    /// Distinct sources of the cell.
    pub sources: usize,
    /// Of these, those that lie on the core.
    pub sources_on_core: usize,
    /// Of these, those that reach other neurons of the core as well, so that they need no input axon for this one.
    pub sources_shared: usize,
    /// Cores that its spikes go to, its own included if it has targets there.
    pub destinations: Vec<u32>,
    /// The other cores, and an empty one if the chip has one; the least traffic first.
    pub candidates: Vec<Candidate>,
    /// The verdict in a sentence.
    pub why: String,
}

/// A core that a neuron could move to.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Candidate {
    /// Its number; that of the next core stands for an empty one.
    pub core: u32,
    /// Its tile; an empty core has none yet.
    pub tile: Option<Tile>,
    /// Sources of the neuron that reach this core anyway.
    pub sources_there: usize,
    /// Change of traffic by the move, in spikes per step.
    pub traffic: f64,
    /// Change of hops by the move, in tiles per step; unknown for an empty core.
    pub hops: Option<f64>,
    /// Limits that the move would break, here or on other cores.
    pub breaks: Vec<Excess>,
}

/// A limit that would be broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Excess {
    /// The core.
    pub core: u32,
    /// The resource.
    pub resource: Resource,
    /// What the core would hold.
    pub needed: u64,
    /// The limit less headroom.
    pub limit: u64,
}

pub(super) fn explain(own: &Explainer<'_>, population: u32, member: u32) -> NeuronExplanation {
    let (image, logical) = (own.image, &own.logical);
    let cell = Cell::of(own, population, member);
    let id = logical.populations[population as usize].first_id + member;
    let home = &image.cores[cell.core as usize];
    let cores = image.cores.len() as u32;
    let has_room = image.chip.mesh.cores().admits(u64::from(cores) + 1);
    let mut load = CoreLoad::new(logical, image.chip.synapse.list_header_bits);
    let others = (0..cores + u32::from(has_room)).filter(|core| *core != cell.core);
    let mut candidates: Vec<Candidate> = others.map(|core| candidate(own, &cell, core, &mut load)).collect();
    candidates.sort_by(|a, b| a.traffic.total_cmp(&b.traffic).then(a.core.cmp(&b.core)));
    let on_core = |source: &&u32| own.wires.core_of[**source as usize] == Some(cell.core);
    let name = |(population, member): &(u32, u32)| (logical.populations[*population as usize].name.clone(), *member);
    NeuronExplanation {
        schema: SCHEMA,
        population: logical.populations[population as usize].name.clone(),
        member,
        core: cell.core,
        tile: home.tile,
        compartment: home.compartments.iter().position(|other| other.neuron.0 == id).unwrap_or(0),
        cell: cell.compartments.iter().map(name).collect(),
        is_recorded: own.is_recorded,
        sources: cell.sources.len(),
        sources_on_core: cell.sources.iter().filter(on_core).count(),
        sources_shared: cell.is_only_target.iter().filter(|is_only| !**is_only).count(),
        destinations: own.destinations[id as usize].clone(),
        why: why(&candidates),
        candidates,
    }
}

fn candidate(own: &Explainer<'_>, cell: &Cell, core: u32, load: &mut CoreLoad<'_>) -> Candidate {
    let image = own.image;
    let is_known = (core as usize) < image.cores.len();
    if is_known {
        fill(&own.logical, load, image, core);
    } else {
        load.open_core();
    }
    let change = change(own, cell, core);
    let axons_now = |core: u32| own.usage.get(core as usize).map_or(0, |usage| usage[Resource::OutputAxons]);
    let mut usage = load.usage_with(&cell.compartments, 0);
    let mut breaks = Vec::new();
    let mut note = |core: u32, usage: &Usage| {
        breaks.extend(own.limits.exceeded_by(usage).map(|resource| Excess {
            core,
            resource,
            needed: usage[resource],
            limit: own.limits.of_resource(resource).number().unwrap_or(u64::MAX),
        }));
    };
    let axons_then = |core: u32| {
        let more = change.output_axons.get(&core).copied().unwrap_or(0);
        axons_now(core).saturating_add_signed(more)
    };
    usage[Resource::OutputAxons] = axons_then(core);
    note(core, &usage);
    for other in change.output_axons.keys().filter(|other| **other != core) {
        let mut usage = Usage::default();
        usage[Resource::OutputAxons] = axons_then(*other);
        note(*other, &usage);
    }
    let reaches = |source: &&u32| own.destinations[**source as usize].binary_search(&core).is_ok();
    Candidate {
        core,
        tile: image.cores.get(core as usize).map(|core| core.tile),
        sources_there: cell.sources.iter().filter(reaches).count(),
        traffic: change.traffic,
        hops: is_known.then_some(change.hops),
        breaks,
    }
}

/// What the candidates say, the one with the least traffic being first.
fn why(candidates: &[Candidate]) -> String {
    let saves = |own: &&Candidate| own.traffic < -1e-9;
    let free = candidates.iter().find(|own| own.breaks.is_empty());
    match (candidates.iter().find(saves), free) {
        (None, None) if candidates.is_empty() => "the chip has no other core".to_owned(),
        (None, _) => "no other core would make traffic smaller".to_owned(),
        (Some(_), Some(free)) if saves(&free) => {
            format!("core {} has room and would save {:.3}: another search may find that", free.core, -free.traffic)
        }
        (Some(best), _) => {
            let excess = best.breaks.first();
            let what = excess.map_or_else(String::new, |own| {
                format!("{} {} on core {}, limit {}", own.needed, own.resource.noun(), own.core, own.limit)
            });
            format!("core {} would save {:.3} and has no room: {what}", best.core, -best.traffic)
        }
    }
}
