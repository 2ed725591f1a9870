//! Who spent the energy of a run: its total divided among cores and links, and once more among populations. Each division is exact.

use super::energy::EnergyByComponent;
use super::ledger::Ledger;
use crate::timing::{Direction, Hops};
use caudate_core::chip::Tile;
use caudate_core::image::ChipImage;
use caudate_core::runtime::StepCounts;

/// The energy of a run under one profile, divided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Breakdown {
    /// By core; hops, static power and barriers belong to none.
    pub cores: Vec<CoreCost>,
    /// By link that carried a packet.
    pub links: Vec<LinkCost>,
    /// By population of neurons or inputs; static power and barriers belong to none. A spike, its packets and their synaptic events
    /// belong to the population that spiked. A core's energy for neurons, and that for learning, is shared out by compartments.
    pub populations: Vec<PopulationCost>,
    /// Static power and barriers.
    pub rest_fj: u128,
}

/// What one core spent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CoreCost {
    /// Its tile.
    pub tile: Tile,
    /// Energy in femtojoules.
    pub energy_fj: EnergyByComponent,
    /// Synapses that it delivered spikes through.
    pub synaptic_events: u64,
    /// Packets that it sent.
    pub packets: u64,
}

/// What one link spent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LinkCost {
    /// The tile that it leads from.
    pub tile: Tile,
    /// Where it leads.
    pub direction: Direction,
    /// Packets that crossed it.
    pub packets: u64,
    /// Energy in femtojoules.
    pub energy_fj: u128,
}

/// What one population spent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PopulationCost {
    /// Its name.
    pub name: String,
    /// Energy in femtojoules.
    pub energy_fj: EnergyByComponent,
}

impl Ledger {
    /// Divides the energy of one profile.
    pub(crate) fn breakdown(&self, image: &ChipImage, meter: usize) -> Option<Breakdown> {
        let meter = self.meters.get(meter)?;
        let profile = meter.profile();
        let cores: Vec<CoreCost> = self
            .cores
            .iter()
            .zip(self.floor.cores())
            .map(|((counts, packets), tile)| CoreCost {
                tile: *tile,
                energy_fj: EnergyByComponent::of_work(profile, counts, *packets, Hops::default()),
                synaptic_events: counts.synaptic_events,
                packets: *packets,
            })
            .collect();
        let link = |(link, packets): (usize, &u64)| {
            let (tile, direction) = self.floor.link(link);
            let hops = match (self.floor.joins_chips(link), direction.is_east_west()) {
                (true, _) => Hops { chip: *packets, ..Hops::default() },
                (false, true) => Hops { east_west: *packets, ..Hops::default() },
                (false, false) => Hops { north_south: *packets, ..Hops::default() },
            };
            LinkCost { tile, direction, packets: *packets, energy_fj: profile.hops_fj(hops) }
        };
        let links = self.links.iter().enumerate().filter(|(_, packets)| **packets > 0).map(link).collect();
        let total = meter.report().energy_fj;
        let populations = self.populations_fj(image, &cores, profile);
        Some(Breakdown { cores, links, populations, rest_fj: total.static_ + total.barrier })
    }

    fn populations_fj(
        &self,
        image: &ChipImage,
        cores: &[CoreCost],
        profile: &super::CostProfile,
    ) -> Vec<PopulationCost> {
        let symbols = &image.symbols;
        let mut all: Vec<EnergyByComponent> = self
            .caused
            .iter()
            .map(|caused| {
                let traffic = &caused.traffic;
                let counts = StepCounts {
                    spikes: caused.spikes,
                    synaptic_events: caused.synaptic_events,
                    axon_events: traffic.packets + traffic.input_packets,
                    ..StepCounts::default()
                };
                EnergyByComponent::of_work(profile, &counts, traffic.packets, traffic.hops)
            })
            .collect();
        let learns = |population: u32| symbols.projections.iter().any(|own| own.is_plastic && own.post == population);
        for (core, populations) in cores.iter().zip(&self.populations) {
            let learning: Vec<u32> = populations.iter().copied().filter(|own| learns(*own)).collect();
            let learning = if learning.is_empty() { populations } else { &learning };
            share(core.energy_fj.neuron, populations, |population, part| all[population].neuron += part);
            share(core.energy_fj.learning, learning, |population, part| all[population].learning += part);
        }
        let named = symbols.populations.iter().zip(all);
        named.map(|(symbol, energy_fj)| PopulationCost { name: symbol.name.clone(), energy_fj }).collect()
    }
}

/// Shares an amount out over compartments, each in its population; the parts sum to the amount.
fn share(amount: u128, compartments: &[u32], mut give: impl FnMut(usize, u128)) {
    let all = compartments.len() as u128;
    let mut done = 0;
    for run in compartments.chunk_by(|a, b| a == b) {
        let before = amount * done / all;
        done += run.len() as u128;
        give(run[0] as usize, amount * done / all - before);
    }
}
