//! Where packets go and how far.

use caudate_core::chip::Tile;
use caudate_core::id::NeuronId;
use caudate_core::image::{ChipImage, Route};
use caudate_core::runtime::Emission;

/// Packets of one step, or of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Traffic {
    /// (spike, destination core) pairs between cores, a core's own included.
    pub(crate) packets: u64,
    /// (input spike, destination core) pairs; they come from outside and cross no tile that is modelled.
    pub(crate) input_packets: u64,
    /// Tile hops east or west.
    pub(crate) hops_east_west: u64,
    /// Tile hops north or south.
    pub(crate) hops_north_south: u64,
    /// Hops (east-west, north-south) of the farthest packet of a step.
    pub(crate) farthest: (u32, u32),
}

impl Traffic {
    pub(crate) fn add(&mut self, step: &Self) {
        self.packets += step.packets;
        self.input_packets += step.input_packets;
        self.hops_east_west += step.hops_east_west;
        self.hops_north_south += step.hops_north_south;
    }
}

/// Places of cores and neurons.
#[derive(Debug)]
pub(crate) struct Router<'i> {
    image: &'i ChipImage,
    tiles: Vec<Tile>,
    /// (core, compartment) by logical id; `u32::MAX` for input sources.
    places: Vec<(u32, u32)>,
}

impl<'i> Router<'i> {
    pub(crate) fn new(image: &'i ChipImage) -> Self {
        let ids = image.symbols.populations.last().map_or(0, |last| last.first.index() + last.size as usize);
        let mut places = vec![(u32::MAX, 0); ids];
        for (core, own) in image.cores.iter().enumerate() {
            for (index, compartment) in own.compartments.iter().enumerate() {
                places[compartment.neuron.index()] = (core as u32, index as u32);
            }
        }
        Self { image, tiles: image.cores.iter().map(|core| core.tile).collect(), places }
    }

    /// The core and compartment of a neuron; `None` for an input source.
    pub(crate) fn place_of(&self, neuron: NeuronId) -> Option<(usize, u32)> {
        let (core, compartment) = *self.places.get(neuron.index())?;
        (core != u32::MAX).then_some((core as usize, compartment))
    }

    /// Distinct tiles that hold a core in use.
    pub(crate) fn tiles_in_use(&self) -> u64 {
        let mut tiles = self.tiles.clone();
        tiles.sort_unstable();
        tiles.dedup();
        tiles.len() as u64
    }

    /// Counts a packet.
    pub(crate) fn count(&self, source: usize, route: &Route, traffic: &mut Traffic) {
        let (east_west, north_south) = self.tiles[source].hops_to(self.tiles[route.core as usize]);
        traffic.packets += 1;
        traffic.hops_east_west += u64::from(east_west);
        traffic.hops_north_south += u64::from(north_south);
        if east_west + north_south > traffic.farthest.0 + traffic.farthest.1 {
            traffic.farthest = (east_west, north_south);
        }
    }

    /// Packets that the `spikes` of a core send.
    pub(crate) fn packets_from(&self, core: usize, spikes: &[Emission]) -> u64 {
        let core = &self.image.cores[core];
        let routes = |spike: &Emission| {
            let all = core.routes_of(spike.compartment as usize);
            all.iter().filter(|route| route.carries(spike.port)).count() as u64
        };
        spikes.iter().map(routes).sum()
    }
}
