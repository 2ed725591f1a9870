//! Looking at a core's synapses and traces. Nothing here changes them.

use super::plastic::PlasticTile;
use super::tiled::TiledCore;
use crate::id::{NeuronId, ProjectionId};
use crate::image::{ChipImage, CoreImage};
use crate::memory::MemoryReader;
use crate::runtime::{SynapseState, SynapseView};

/// A synapse that learns: between whom, and where.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    ends: (NeuronId, NeuronId),
    pub(super) tile: usize,
    pub(super) group: usize,
    pub(super) synapse: usize,
}

impl TiledCore {
    pub(super) fn synapses_of(
        &self,
        chip: &ChipImage,
        core: usize,
        projection: ProjectionId,
    ) -> Vec<(SynapseView, SynapseState)> {
        let image = &chip.cores[core];
        let group = image.groups.iter().position(|group| group.projection == projection);
        let Some(group) = group else { return Vec::new() };
        let mut all = match image.groups[group].rule {
            Some(_) => self.plastic_synapses(image, projection),
            None => static_synapses(chip, image, group),
        };
        for index in 1..all.len() {
            let before = all[index - 1].0;
            let view = &mut all[index].0;
            view.ordinal = if (before.pre, before.post) == (view.pre, view.post) { before.ordinal + 1 } else { 0 };
        }
        all
    }

    fn of(&self, projection: ProjectionId) -> impl Iterator<Item = &PlasticTile> {
        let groups = self.tiles.iter().flat_map(|tile| &tile.plastic);
        groups.filter(move |plastic| plastic.rule.projection == projection.0)
    }

    /// Where the synapses of a projection that learns are, by (source, target).
    pub(super) fn places(&self, image: &CoreImage, projection: ProjectionId) -> Vec<Place> {
        let mut all = Vec::new();
        for (tile, own) in self.tiles.iter().enumerate() {
            for (group, plastic) in own.plastic.iter().enumerate() {
                if plastic.rule.projection != projection.0 {
                    continue;
                }
                for (list, source) in plastic.rule.sources.iter().enumerate() {
                    all.extend(plastic.synapses.row(list).map(|synapse| {
                        let target = own.first + usize::from(plastic.synapses.target[synapse]);
                        let ends = (NeuronId(source), image.compartments[target].neuron);
                        Place { ends, tile, group, synapse }
                    }));
                }
            }
        }
        // Stable in the list order, which is that of the network among parallel synapses.
        all.sort_by_key(|place| place.ends);
        all
    }

    fn plastic_synapses(&self, image: &CoreImage, projection: ProjectionId) -> Vec<(SynapseView, SynapseState)> {
        let of = |Place { ends: (pre, post), tile, group, synapse }| {
            let PlasticTile { rule, synapses, .. } = &self.tiles[tile].plastic[group];
            let level = synapses.weight[synapse];
            let state = SynapseState {
                weight: rule.levels.mantissa(level),
                effective: rule.effective[usize::from(level)] * crate::synapse::ACCUMULATOR_SCALE as i32,
                delay: synapses.delay_of(synapse),
                tag: synapses.tag.get(synapse).copied().unwrap_or(0),
            };
            (SynapseView { pre, post, ordinal: 0, index: synapse as u32 }, state)
        };
        self.places(image, projection).into_iter().map(of).collect()
    }

    pub(super) fn pre_traces(&self, projection: ProjectionId) -> Vec<(NeuronId, [i16; 2])> {
        let first = self.of(projection).next();
        let of = |plastic: &PlasticTile| {
            let value = |list: usize| [0, 1].map(|trace: usize| plastic.x[trace].value(list));
            let sources = plastic.rule.sources.iter().enumerate();
            sources.map(|(list, source)| (NeuronId(source), value(list))).collect()
        };
        first.map_or_else(Vec::new, of)
    }

    pub(super) fn post_traces(&self, projection: ProjectionId) -> Vec<(NeuronId, [i16; 3])> {
        let mut all = Vec::new();
        for plastic in self.of(projection) {
            let targets = plastic.is_target.iter().enumerate().filter(|(_, is_target)| **is_target);
            all.extend(targets.map(|(neuron, _)| {
                let values = [0, 1, 2].map(|trace: usize| plastic.y[trace].value(neuron));
                (NeuronId(plastic.neurons.id(neuron)), values)
            }));
        }
        all
    }
}

/// Synapses that do not learn, as the image has them; none if its memory has been released.
fn static_synapses(chip: &ChipImage, image: &CoreImage, group: usize) -> Vec<(SynapseView, SynapseState)> {
    let mut all = Vec::new();
    let (mut reader, mut lists) = (MemoryReader::new(&image.memory), image.lists.iter());
    for axon in &image.axons {
        for list in lists.by_ref().take(axon.lists as usize) {
            let format = &image.formats[usize::from(image.groups[list.group as usize].format)];
            let read = reader.read_list(format, chip.chip.synapse.list_header_bits, list.synapses, |synapse| {
                if list.group as usize == group {
                    let post = image.compartments[synapse.target as usize].neuron;
                    let state = SynapseState {
                        weight: synapse.weight,
                        effective: format.initial_effective_weight(synapse.weight, chip.header.semantics),
                        delay: synapse.delay,
                        tag: 0,
                    };
                    all.push((SynapseView { pre: axon.source, post, ordinal: 0, index: all.len() as u32 }, state));
                }
            });
            if read.is_err() {
                return Vec::new();
            }
        }
    }
    // Stable, as for those that learn.
    all.sort_by_key(|(view, _)| (view.pre, view.post));
    all
}
