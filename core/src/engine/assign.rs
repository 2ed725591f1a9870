//! Giving the synapses of a core other weights, between two steps.

use super::EngineCore;
use super::observe::Place;
use super::tiled::TiledCore;
use crate::id::ProjectionId;
use crate::image::ChipImage;

impl EngineCore {
    /// Gives the synapses of a projection that learns other mantissas, each of which its format stores: as many as [`Self::synapses_of`] lists for
    /// core number `index` of `image`, in that order. Traces, tags and delays stay.
    pub fn set_weights(&mut self, image: &ChipImage, index: usize, projection: ProjectionId, mantissas: &[i16]) {
        match self {
            Self::Plain(core) => core.set_weights(&image.cores[index], projection, mantissas, image.header.semantics),
            Self::Tiled(core) => core.set_weights(image, index, projection, mantissas),
        }
    }
}

impl TiledCore {
    fn set_weights(&mut self, image: &ChipImage, index: usize, projection: ProjectionId, mantissas: &[i16]) {
        let places = self.places(&image.cores[index], projection);
        for (Place { tile, group, synapse, .. }, mantissa) in places.into_iter().zip(mantissas) {
            let plastic = &mut self.tiles[tile].plastic[group];
            plastic.synapses.weight[synapse] = plastic.rule.levels.level(*mantissa);
        }
    }
}
