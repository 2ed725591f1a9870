//! Looking at a core's state: for probes, recordings and tests. Nothing here changes it.

use super::Core;
use crate::id::{NeuronId, ProjectionId};
use crate::learning::plastic::Plastic;
use crate::neuron::{NeuronState, Overflows};

/// One synapse, in logical terms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct SynapseView {
    /// Its source.
    pub pre: NeuronId,
    /// Its target.
    pub post: NeuronId,
    /// Its place among synapses of the same projection and pair.
    pub ordinal: u32,
    /// Its place in the core, for [`Core::synapse_state`].
    pub index: u32,
}

/// What a synapse holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SynapseState {
    /// Weight mantissa.
    pub weight: i16,
    /// What a spike adds to the target's accumulator.
    pub effective: i32,
    /// Stored delay in steps.
    pub delay: u8,
    /// Eligibility tag.
    pub tag: i16,
}

impl Core {
    /// The state of every compartment.
    #[must_use]
    pub fn neurons(&self) -> &[NeuronState] {
        &self.neurons
    }

    /// State word `word` of a compartment that runs microcode, if it has one.
    #[must_use]
    pub fn microcode_state(&self, compartment: u32, word: usize) -> Option<i32> {
        self.microcode.as_ref()?.state(compartment as usize, word)
    }

    /// Modulator channels that microcode on the core may read, ascending: it must not sleep through a change of one.
    #[must_use]
    pub fn channels_heard(&self) -> Vec<u16> {
        let mut channels: Vec<u16> = self.microcode.iter().flat_map(|microcode| microcode.channels()).collect();
        let learning = self.plastic.iter().filter(|plastic| plastic.microcode.is_some());
        channels.extend(learning.flat_map(|plastic| plastic.channels.into_iter().flatten()));
        channels.sort_unstable();
        channels.dedup();
        channels
    }

    /// Overflows so far, by population of the image.
    #[must_use]
    pub fn overflows(&self) -> &[Overflows] {
        &self.overflows
    }

    /// The synapses of a projection on this core, in order of (source, list order).
    #[must_use]
    pub fn synapses_of(&self, image: &crate::image::CoreImage, projection: ProjectionId) -> Vec<SynapseView> {
        let mut views = Vec::new();
        for (axon, range) in image.axons.iter().zip(self.axon_starts.windows(2)) {
            for list in &self.lists[range[0] as usize..range[1] as usize] {
                if image.groups[list.group as usize].projection == projection {
                    views.extend((list.start..list.end).map(|index| SynapseView {
                        pre: axon.source,
                        post: self.compartments[self.synapses.target[index as usize] as usize].neuron,
                        ordinal: index,
                        index,
                    }));
                }
            }
        }
        // Stable in the list order, which is that of the network among parallel synapses.
        views.sort_by_key(|view| (view.pre, view.post));
        for index in 1..views.len() {
            let before = views[index - 1];
            let same = (before.pre, before.post) == (views[index].pre, views[index].post);
            views[index].ordinal = if same { before.ordinal + 1 } else { 0 };
        }
        if let Some(first) = views.first_mut() {
            first.ordinal = 0;
        }
        views
    }

    /// What a synapse holds, by [`SynapseView::index`].
    #[must_use]
    pub fn synapse_state(&self, index: u32) -> SynapseState {
        let index = index as usize;
        SynapseState {
            weight: self.synapses.weight[index],
            effective: self.synapses.effective[index],
            delay: self.synapses.delay[index],
            tag: self.synapses.tag.get(index).copied().unwrap_or(0),
        }
    }

    /// The state words that a rule in microcode keeps for the synapses of a projection, beside weight and delay.
    #[must_use]
    pub fn own_words(&self, projection: ProjectionId) -> Vec<usize> {
        let plastic = self.plastic.iter().find(|plastic| plastic.projection == projection.0);
        plastic.and_then(|plastic| plastic.microcode.as_ref()).map_or(Vec::new(), |own| own.own_words().collect())
    }

    /// Those words of one synapse, by [`SynapseView::index`].
    #[must_use]
    pub fn own_state(&self, projection: ProjectionId, index: u32) -> Vec<i32> {
        let index = index as usize;
        let own = |plastic: &Plastic| {
            let microcode = plastic.microcode.as_ref()?;
            // Lists are in the order of their synapses.
            let list = plastic.lists.partition_point(|list| list.end <= index);
            let offset = index.checked_sub(plastic.lists.get(list)?.start)?;
            microcode.own_words().map(|word| microcode.own_state(word, list, offset)).collect()
        };
        self.plastic.iter().find(|plastic| plastic.projection == projection.0).and_then(own).unwrap_or_default()
    }

    /// Pre traces (source, [x1, x2]) of a plastic projection on this core, as of the end of the step.
    #[must_use]
    pub fn pre_traces(&self, projection: ProjectionId) -> Vec<(NeuronId, [i16; 2])> {
        let plastic = self.plastic.iter().filter(|plastic| plastic.projection == projection.0);
        plastic
            .flat_map(|plastic| {
                let value = |list: usize| [plastic.shown_x[0][list], plastic.shown_x[1][list]];
                plastic.lists.iter().enumerate().map(move |(list, own)| (NeuronId(own.source), value(list)))
            })
            .collect()
    }

    /// Post traces (target, [y1, y2, y3]) of a plastic projection on this core, as of the end of the step.
    #[must_use]
    pub fn post_traces(&self, projection: ProjectionId) -> Vec<(NeuronId, [i16; 3])> {
        let plastic = self.plastic.iter().filter(|plastic| plastic.projection == projection.0);
        plastic
            .flat_map(|plastic| {
                let value = |target: usize| [0, 1, 2].map(|trace: usize| plastic.shown_y[trace][target]);
                plastic
                    .targets
                    .iter()
                    .map(move |target| (NeuronId(plastic.neurons[*target as usize]), value(*target as usize)))
            })
            .collect()
    }
}
