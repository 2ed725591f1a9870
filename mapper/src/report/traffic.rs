//! Spikes between cores, read off a finished image.
//!
//! The unit is spikes per step. Without a recording every source counts as spiking once per step, so that traffic is a number of
//! (source, destination core) pairs.

use crate::fit::{Limits, Resource};
use caudate_core::chip::Limit;
use caudate_core::image::{ChipImage, SynapseList};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Links that a report lists: the heaviest.
const MAX_LINKS: usize = 20;

/// What spikes cost on the mesh.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TrafficReport {
    /// Whether the rates were recorded; otherwise each source counts as spiking once per step.
    pub is_recorded: bool,
    /// Spikes per step that enter a core from elsewhere: the next two together.
    pub total: f64,
    /// Of these, those from other cores.
    pub between_cores: f64,
    /// Of these, those from outside the chip.
    pub from_inputs: f64,
    /// Tile hops per step; spikes from outside have none.
    pub hops: f64,
    /// No partition has less traffic: each input that is heard reaches a core.
    pub total_at_least: f64,
    /// No partition has fewer cores: neurons and synapses, without list headers, need so many.
    pub cores_at_least: u64,
    /// The heaviest links between cores, the heaviest first.
    pub links: Vec<LinkReport>,
}

/// Spikes from one core to another.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct LinkReport {
    /// The core that sends.
    pub from: u32,
    /// The core that receives.
    pub to: u32,
    /// Spikes per step.
    pub spikes_per_step: f64,
    /// Tiles on the way.
    pub hops: u32,
}

/// What a finished image and rates say about spikes between cores.
pub(crate) struct Wires {
    /// Core of each source by logical id; `None` for inputs.
    pub(crate) core_of: Vec<Option<u32>>,
    /// Spikes per step from core to core, its own left out.
    pub(crate) links: BTreeMap<(u32, u32), f64>,
    /// Spikes per step that enter each core from outside the chip.
    pub(crate) from_inputs: Vec<f64>,
    /// Spikes per step of each projection that enter a core other than the source's own.
    pub(crate) cut: Vec<f64>,
    total_at_least: f64,
}

impl Wires {
    /// Follows every input axon of an image. `rates` are in spikes per step, by logical id.
    pub(crate) fn of(image: &ChipImage, rates: &[f64]) -> Self {
        let mut wires = Self {
            core_of: cores_by_id(image),
            links: BTreeMap::new(),
            from_inputs: vec![0.0; image.cores.len()],
            cut: vec![0.0; image.symbols.projections.len()],
            total_at_least: 0.0,
        };
        for inputs in image.symbols.populations.iter().filter(|population| population.is_input) {
            let is_heard = |member: &u32| !image.input_routes[(inputs.first_input + member) as usize].is_empty();
            let heard = (0..inputs.size).filter(is_heard);
            wires.total_at_least += heard.map(|member| rates[(inputs.first.0 + member) as usize]).sum::<f64>();
        }
        let mut into = vec![0.0; image.cores.len()];
        for (core, to) in image.cores.iter().zip(0_u32..) {
            let mut lists = core.lists.iter();
            for axon in &core.axons {
                let own: &[SynapseList] = &lists.as_slice()[..axon.lists as usize];
                lists = lists.as_slice()[axon.lists as usize..].iter();
                let (from, rate) = (wires.core_of[axon.source.index()], rates[axon.source.index()]);
                if from == Some(to) {
                    continue;
                }
                match from {
                    Some(from) => into[from as usize] += rate,
                    None => wires.from_inputs[to as usize] += rate,
                }
                for list in own {
                    wires.cut[core.groups[list.group as usize].projection.index()] += rate;
                }
            }
            for (rate, from) in into.iter_mut().zip(0..).filter(|(rate, _)| **rate > 0.0) {
                wires.links.insert((from, to), std::mem::take(rate));
            }
        }
        wires
    }

    /// Tiles between two cores.
    pub(crate) fn hops(image: &ChipImage, from: u32, to: u32) -> u32 {
        let (east_west, north_south) = image.cores[from as usize].tile.hops_to(image.cores[to as usize].tile);
        east_west + north_south
    }

    pub(super) fn report(&self, image: &ChipImage, is_recorded: bool) -> TrafficReport {
        // A sum of nothing is -0.0, which no reader expects; added to 0.0 it is 0.0.
        let between_cores = 0.0 + self.links.values().sum::<f64>();
        let from_inputs = 0.0 + self.from_inputs.iter().sum::<f64>();
        let mut links: Vec<LinkReport> = self
            .links
            .iter()
            .map(|((from, to), rate)| LinkReport {
                from: *from,
                to: *to,
                spikes_per_step: *rate,
                hops: Self::hops(image, *from, *to),
            })
            .collect();
        let hops = 0.0 + links.iter().map(|link| link.spikes_per_step * f64::from(link.hops)).sum::<f64>();
        links.sort_by(|a, b| b.spikes_per_step.total_cmp(&a.spikes_per_step));
        links.truncate(MAX_LINKS);
        TrafficReport {
            is_recorded,
            total: between_cores + from_inputs,
            between_cores,
            from_inputs,
            hops,
            total_at_least: self.total_at_least,
            cores_at_least: cores_at_least(image),
            links,
        }
    }
}

/// Core of each source by logical id; `None` for inputs.
fn cores_by_id(image: &ChipImage) -> Vec<Option<u32>> {
    let ids = image.symbols.populations.last().map_or(0, |last| last.first.index() + last.size as usize);
    let mut core_of = vec![None; ids];
    for (core, number) in image.cores.iter().zip(0..) {
        core.compartments.iter().for_each(|own| core_of[own.neuron.index()] = Some(number));
    }
    core_of
}

fn cores_at_least(image: &ChipImage) -> u64 {
    let limits = Limits::of(&image.chip);
    let mut bits = 0;
    for core in &image.cores {
        let list_bits = |list: &SynapseList| {
            let format = &core.formats[usize::from(core.groups[list.group as usize].format)];
            // What lists share may be stored once.
            if format.shares() { 0 } else { u64::from(list.synapses) * u64::from(format.synapse_bits()) }
        };
        bits += core.lists.iter().map(list_bits).sum::<u64>();
    }
    let needed = |amount: u64, resource: Resource| match limits.of_resource(resource) {
        Limit::AtMost(limit) => amount.div_ceil(limit.max(1)),
        Limit::Unlimited => 1,
    };
    let neurons = needed(image.neuron_count(), Resource::Compartments);
    neurons.max(needed(bits.div_ceil(8), Resource::SynapticMemory)).max(1)
}
