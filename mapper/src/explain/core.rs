//! A core: what it holds, whom it talks to, and what another tile would cost.

use super::{Explainer, SCHEMA};
use crate::fit::Resource;
use crate::report::traffic::Wires;
use caudate_core::chip::{Limit, Tile};
use serde::Serialize;
use std::collections::BTreeMap;

/// Why a core is where it is.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CoreExplanation {
    /// [`SCHEMA`].
    pub schema: &'static str,
    /// Its number.
    pub core: u32,
    /// Its tile.
    pub tile: Tile,
    /// Neurons of each population on it.
    pub populations: BTreeMap<String, u32>,
    /// Each resource: in use, and the limit less headroom.
    pub usage: Vec<(Resource, u64, Limit)>,
    /// The resource that is closest to its limit.
    pub binding: Option<Resource>,
    /// Whether rates were given; otherwise each source counts as spiking once per step.
    pub is_recorded: bool,
    /// Spikes per step from outside the chip.
    pub from_inputs: f64,
    /// The cores that it exchanges spikes with, the heaviest first.
    pub partners: Vec<Partner>,
    /// What exchanging tiles with each other core would change, the least hops first. Cores of its own tile are left out.
    pub exchanges: Vec<Exchange>,
}

/// A core that another one exchanges spikes with.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Partner {
    /// Its number.
    pub core: u32,
    /// Spikes per step to it.
    pub sent: f64,
    /// Spikes per step from it.
    pub received: f64,
    /// Tiles on the way.
    pub hops: u32,
}

/// An exchange of tiles.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Exchange {
    /// The other core.
    pub core: u32,
    /// Its tile.
    pub tile: Tile,
    /// Change of hops, in tiles per step.
    pub hops: f64,
}

pub(super) fn explain(own: &Explainer<'_>, core: u32) -> CoreExplanation {
    let image = own.image;
    let here = &image.cores[core as usize];
    let mut populations = BTreeMap::new();
    for compartment in &here.compartments {
        if let Some((population, _)) = image.symbols.locate(compartment.neuron) {
            *populations.entry(population.name.clone()).or_default() += 1;
        }
    }
    let usage = own.usage[core as usize];
    let usage = Resource::ALL.map(|resource| (resource, usage[resource], own.limits.of_resource(resource)));
    let fill = |(resource, used, limit): &(Resource, u64, Limit)| {
        let limit = limit.number().filter(|limit| *limit > 0 && *used > 0)?;
        Some((*used as f64 / limit as f64, *resource))
    };
    let fullest = usage.iter().filter_map(fill).reduce(|most, next| if next.0 > most.0 { next } else { most });
    let rate = |from: u32, to: u32| own.wires.links.get(&(from, to)).copied().unwrap_or(0.0);
    let cores = image.cores.len() as u32;
    let mut partners: Vec<Partner> = (0..cores)
        .filter(|other| *other != core)
        .map(|other| {
            let (sent, received) = (rate(core, other), rate(other, core));
            Partner { core: other, sent, received, hops: Wires::hops(image, core, other) }
        })
        .filter(|partner| partner.sent + partner.received > 0.0)
        .collect();
    partners.sort_by(|a, b| (b.sent + b.received).total_cmp(&(a.sent + a.received)).then(a.core.cmp(&b.core)));
    let mut exchanges: Vec<Exchange> = (0..cores)
        .filter(|other| image.cores[*other as usize].tile != here.tile)
        .map(|other| Exchange { core: other, tile: image.cores[other as usize].tile, hops: exchange(own, core, other) })
        .collect();
    exchanges.sort_by(|a, b| a.hops.total_cmp(&b.hops).then(a.core.cmp(&b.core)));
    CoreExplanation {
        schema: SCHEMA,
        core,
        tile: here.tile,
        populations,
        usage: usage.to_vec(),
        binding: fullest.map(|(_, resource)| resource),
        is_recorded: own.is_recorded,
        from_inputs: own.wires.from_inputs[core as usize],
        partners,
        exchanges,
    }
}

/// The change of hops when two cores exchange their tiles.
fn exchange(own: &Explainer<'_>, a: u32, b: u32) -> f64 {
    let image = own.image;
    let tile = |core: u32| image.cores[core as usize].tile;
    let moved = |core: u32| {
        if core == a {
            tile(b)
        } else if core == b {
            tile(a)
        } else {
            tile(core)
        }
    };
    let distance = |from: Tile, to: Tile| {
        let (east_west, north_south) = from.hops_to(to);
        f64::from(east_west + north_south)
    };
    let ends = |(from, to): &(u32, u32)| [*from, *to].iter().any(|core| *core == a || *core == b);
    let links = own.wires.links.iter().filter(|(link, _)| ends(link));
    links.map(|((from, to), rate)| rate * (distance(moved(*from), moved(*to)) - distance(tile(*from), tile(*to)))).sum()
}
