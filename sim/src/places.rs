//! Where neurons are.

use caudate_core::id::NeuronId;
use caudate_core::image::ChipImage;

/// (core, compartment) of each neuron by logical id; `u32::MAX` for input sources.
#[derive(Debug)]
pub(crate) struct Places(Vec<(u32, u32)>);

impl Places {
    pub(crate) fn new(image: &ChipImage) -> Self {
        let ids = image.symbols.populations.last().map_or(0, |last| last.first.index() + last.size as usize);
        let mut places = vec![(u32::MAX, 0); ids];
        for (core, own) in image.cores.iter().enumerate() {
            for (index, compartment) in own.compartments.iter().enumerate() {
                places[compartment.neuron.index()] = (core as u32, index as u32);
            }
        }
        Self(places)
    }

    /// The core and compartment of a neuron; `None` for an input source.
    pub(crate) fn place_of(&self, neuron: NeuronId) -> Option<(usize, u32)> {
        let (core, compartment) = *self.0.get(neuron.index())?;
        (core != u32::MAX).then_some((core as usize, compartment))
    }
}
