//! Moving a cell to another core: what changes, counted exactly.

use super::Explainer;
use crate::fit::CoreLoad;
use crate::logical::LogicalNetwork;
use crate::report::traffic::Wires;
use caudate_core::image::ChipImage;
use std::collections::BTreeMap;

/// Fills a count with the compartments of a core of the image.
pub(super) fn fill(logical: &LogicalNetwork, load: &mut CoreLoad<'_>, image: &ChipImage, core: u32) {
    load.open_core();
    for compartment in &image.cores[core as usize].compartments {
        let (population, member) = locate(logical, compartment.neuron.0);
        load.add(population, member, 0);
    }
}

/// The population of a logical id, and its place there.
pub(super) fn locate(logical: &LogicalNetwork, id: u32) -> (u32, u32) {
    let population = logical.populations.partition_point(|own| own.first_id <= id).saturating_sub(1);
    (population as u32, id - logical.populations[population].first_id)
}

/// A cell on its core, and who its synapses come from.
pub(super) struct Cell {
    pub(super) core: u32,
    /// (population, member) of its compartments.
    pub(super) compartments: Vec<(u32, u32)>,
    /// Logical ids of its compartments, ascending.
    pub(super) ids: Vec<u32>,
    /// Logical ids of its sources, distinct and ascending.
    pub(super) sources: Vec<u32>,
    /// Whether each source has no other target on the core.
    pub(super) is_only_target: Vec<bool>,
}

impl Cell {
    pub(super) fn of(own: &Explainer<'_>, population: u32, member: u32) -> Self {
        let logical = &own.logical;
        let id_of = |population: u32| logical.populations[population as usize].first_id + member;
        let kind = logical.cells.iter().find(|kind| kind.populations.contains(&population));
        let populations = kind.map_or_else(|| vec![population], |kind| kind.populations.clone());
        let mut ids: Vec<u32> = populations.iter().map(|population| id_of(*population)).collect();
        ids.sort_unstable();
        // Every neuron of a sound image has a core.
        let core = own.wires.core_of[id_of(population) as usize].unwrap_or(0);
        let sources = sources(logical, populations.iter().map(|population| (*population, member)));
        let rest = own.image.cores[core as usize].compartments.iter().map(|other| other.neuron.0);
        let rest = rest.filter(|id| ids.binary_search(id).is_err()).map(|id| locate(logical, id));
        let others = self::sources(logical, rest);
        let is_only_target = sources.iter().map(|source| others.binary_search(source).is_err()).collect();
        let compartments = populations.into_iter().map(|population| (population, member)).collect();
        Self { core, compartments, ids, sources, is_only_target }
    }
}

/// The distinct sources of some neurons, ascending.
fn sources(logical: &LogicalNetwork, neurons: impl Iterator<Item = (u32, u32)>) -> Vec<u32> {
    let mut sources = Vec::new();
    for (population, member) in neurons {
        for index in &logical.populations[population as usize].incoming {
            let projection = &logical.projections[*index as usize];
            let first_id = logical.populations[projection.pre as usize].first_id;
            sources.extend(projection.sources[projection.row(member)].iter().map(|source| first_id + source));
        }
    }
    sources.sort_unstable();
    sources.dedup();
    sources
}

/// What a move changes.
#[derive(Debug, Default, Clone, PartialEq)]
pub(super) struct Change {
    /// Spikes per step.
    pub(super) traffic: f64,
    /// Tile hops per step, if the destination has a tile.
    pub(super) hops: f64,
    /// Output axons of cores: those of the cell are counted on its new core.
    pub(super) output_axons: BTreeMap<u32, i64>,
}

/// What changes when a cell moves to core `to`. A core that the image does not have is an empty one at no distance.
pub(super) fn change(own: &Explainer<'_>, cell: &Cell, to: u32) -> Change {
    let mut change = Change::default();
    let mut touched: Vec<(u32, bool, bool)> = Vec::with_capacity(cell.sources.len() + cell.ids.len());
    let sources = cell.sources.iter().zip(&cell.is_only_target);
    touched.extend(sources.map(|(source, is_only)| (*source, true, *is_only)));
    let silent = cell.ids.iter().filter(|id| cell.sources.binary_search(id).is_err());
    touched.extend(silent.map(|id| (*id, false, false)));
    for (source, is_source, leaves) in touched {
        let before = &own.destinations[source as usize];
        let mut after = before.clone();
        if leaves {
            after.retain(|core| *core != cell.core);
        }
        if is_source && !after.contains(&to) {
            after.push(to);
        }
        let from = own.wires.core_of[source as usize];
        let is_moved = cell.ids.binary_search(&source).is_ok();
        let now = if is_moved { Some(to) } else { from };
        let rate = own.rates[source as usize];
        change.traffic += rate * (away(&after, now) as f64 - away(before, from) as f64);
        change.hops += rate * (hops(own.image, &after, now) - hops(own.image, before, from));
        if let (Some(from), Some(now)) = (from, now) {
            *change.output_axons.entry(from).or_default() -= before.len() as i64;
            *change.output_axons.entry(now).or_default() += after.len() as i64;
        }
    }
    change.output_axons.retain(|_, axons| *axons != 0);
    change
}

/// Destinations other than the source's own core.
fn away(destinations: &[u32], from: Option<u32>) -> usize {
    destinations.iter().filter(|core| Some(**core) != from).count()
}

fn hops(image: &ChipImage, destinations: &[u32], from: Option<u32>) -> f64 {
    let known = |core: &u32| (*core as usize) < image.cores.len();
    let Some(from) = from.filter(|from| known(from)) else { return 0.0 };
    destinations.iter().filter(|to| known(to)).map(|to| f64::from(Wires::hops(image, from, *to))).sum()
}
