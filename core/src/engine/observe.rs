//! Looking at a core's synapses and traces. Nothing here changes them.

use super::plastic::PlasticTile;
use super::tiled::TiledCore;
use crate::id::{NeuronId, ProjectionId};
use crate::image::{ChipImage, CoreImage};
use crate::memory::MemoryReader;
use crate::runtime::{SynapseState, SynapseView};

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
        // Stable in the list order, which is that of the network among parallel synapses.
        all.sort_by_key(|(view, _)| (view.pre, view.post));
        for index in 1..all.len() {
            let before = all[index - 1].0;
            let view = &mut all[index].0;
            view.ordinal = if (before.pre, before.post) == (view.pre, view.post) { before.ordinal + 1 } else { 0 };
        }
        all
    }

    fn of(&self, projection: ProjectionId) -> impl Iterator<Item = (usize, &PlasticTile)> {
        let tiles = self.tiles.iter().flat_map(|tile| tile.plastic.iter().map(|plastic| (tile.first, plastic)));
        tiles.filter(move |(_, plastic)| plastic.rule.projection == projection.0)
    }

    fn plastic_synapses(&self, image: &CoreImage, projection: ProjectionId) -> Vec<(SynapseView, SynapseState)> {
        let mut all = Vec::new();
        for (first, plastic) in self.of(projection) {
            for (list, source) in plastic.rule.sources.iter().enumerate() {
                all.extend(plastic.synapses.row(list).map(|synapse| {
                    let target = first + usize::from(plastic.synapses.target[synapse]);
                    let (pre, post) = (NeuronId(source), image.compartments[target].neuron);
                    let level = plastic.synapses.weight[synapse];
                    let state = SynapseState {
                        weight: plastic.rule.levels.mantissa(level),
                        effective: plastic.rule.effective[usize::from(level)]
                            * crate::synapse::ACCUMULATOR_SCALE as i32,
                        delay: plastic.synapses.delay_of(synapse),
                        tag: plastic.synapses.tag.get(synapse).copied().unwrap_or(0),
                    };
                    (SynapseView { pre, post, ordinal: 0, index: synapse as u32 }, state)
                }));
            }
        }
        all
    }

    pub(super) fn pre_traces(&self, projection: ProjectionId) -> Vec<(NeuronId, [i16; 2])> {
        let first = self.of(projection).next();
        let of = |(_, plastic): (usize, &PlasticTile)| {
            let value = |list: usize| [0, 1].map(|trace: usize| plastic.x[trace].value(list));
            let sources = plastic.rule.sources.iter().enumerate();
            sources.map(|(list, source)| (NeuronId(source), value(list))).collect()
        };
        first.map_or_else(Vec::new, of)
    }

    pub(super) fn post_traces(&self, projection: ProjectionId) -> Vec<(NeuronId, [i16; 3])> {
        let mut all = Vec::new();
        for (_, plastic) in self.of(projection) {
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
    all
}
