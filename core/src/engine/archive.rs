//! A tiled core's state, for checkpoints. What only the choice of a pass depends on is not kept: it is assumed anew.

use super::plastic::{Delays, PlasticTile};
use super::tile::Tile;
use super::tiled::TiledCore;
use crate::archive::Archive;
use crate::error::Error;
use crate::learning::plastic::check_delays;

impl TiledCore {
    /// As [`crate::runtime::Core::archive`].
    pub(super) fn archive(&mut self, archive: &mut Archive) -> Result<(), Error> {
        archive.same(self.tiles.len() as u64, "tiles")?;
        archive.number(&mut self.waiting)?;
        archive.number(&mut self.changed)?;
        archive.number(&mut self.updates)?;
        self.put_off.archive(archive, self.shared.synapses.len())?;
        self.tiles.iter_mut().try_for_each(|tile| tile.archive(archive))
    }
}

impl Tile {
    fn archive(&mut self, archive: &mut Archive) -> Result<(), Error> {
        self.neurons.archive(archive)?;
        self.ring.archive(archive)?;
        self.plastic.iter_mut().try_for_each(|plastic| plastic.archive(archive))?;
        self.overflows.iter_mut().try_for_each(|own| own.archive(archive))
    }
}

impl PlasticTile {
    fn archive(&mut self, archive: &mut Archive) -> Result<(), Error> {
        let len = self.synapses.len();
        let (weights, highest) = (&mut self.synapses.weight[..len], self.rule.levels.highest());
        archive.column(weights)?;
        if let Some(level) = weights.iter().find(|level| **level > highest) {
            return Err(Error::Checkpoint(format!("it holds a weight of level {level}; limit {highest}")));
        }
        let tags = self.synapses.tag.len().min(len);
        archive.column(&mut self.synapses.tag[..tags])?;
        if let Delays::Each(delays) = &mut self.synapses.delay {
            archive.column(delays)?;
            check_delays(delays)?;
        }
        let traces = self.x.iter_mut().chain(&mut self.y);
        traces.into_iter().try_for_each(|trace| trace.archive(archive))?;
        self.archive_spikes(archive)
    }
}
