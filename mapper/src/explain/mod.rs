//! Why a neuron is on its core and a core on its tile, and what moving it would cost.
//!
//! Everything is counted from the finished image alone: the network is read back from it, and cores are counted again by the count
//! that partitioners and the emitter share. Spikes are per step, and every source counts as spiking once unless rates are given.

mod core;
mod moves;
mod neuron;
mod text;

pub use self::core::{CoreExplanation, Exchange, Partner};
pub use neuron::{Candidate, Excess, NeuronExplanation};

use crate::check::check_image;
use crate::error::Error;
use crate::fit::{CoreLoad, Limits, Resource, Usage};
use crate::logical::LogicalNetwork;
use crate::rates::Rates;
use crate::readback::network_of;
use crate::report::traffic::Wires;
use caudate_core::image::ChipImage;
use caudate_isa::diagnostic::{Diagnostic, nearest};

/// Version of the schema.
pub const SCHEMA: &str = "caudate-explain-map/1";

/// An image and what there is to know about its mapping.
pub struct Explainer<'i> {
    image: &'i ChipImage,
    logical: LogicalNetwork,
    limits: Limits,
    /// Spikes per step, by logical id.
    rates: Vec<f64>,
    is_recorded: bool,
    wires: Wires,
    /// Cores that hold a target of each source, ascending, by logical id.
    destinations: Vec<Vec<u32>>,
    /// Use of every core.
    usage: Vec<Usage>,
}

impl std::fmt::Debug for Explainer<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Explainer").field("network", &self.image.header.network).finish_non_exhaustive()
    }
}

impl<'i> Explainer<'i> {
    /// Reads the network back from an image.
    ///
    /// # Errors
    /// [`Error::Check`] if the image is not sound, [`Error::Invalid`] if the rates are of another network.
    pub fn new(image: &'i ChipImage, rates: Option<&Rates>) -> Result<Self, Error> {
        check_image(image).map_err(Error::Check)?;
        let unreadable = |message| Error::Check(vec![Diagnostic::new("E-CHECK-STRUCTURE", message)]);
        let logical = network_of(image).map_err(unreadable)?;
        let symbols = image.symbols.populations.iter().map(|population| (population.name.as_str(), population.size));
        let is_recorded = rates.is_some();
        let rates = match rates {
            Some(rates) => rates.by_id(symbols)?,
            None => vec![1.0; logical.ids as usize],
        };
        let mut destinations = vec![Vec::new(); logical.ids as usize];
        for (core, number) in image.cores.iter().zip(0..) {
            core.axons.iter().for_each(|axon| destinations[axon.source.index()].push(number));
        }
        let mut load = CoreLoad::new(&logical, image.chip.synapse.list_header_bits);
        let usage = (0..image.cores.len()).map(|core| {
            moves::fill(&logical, &mut load, image, core as u32);
            let mut usage = *load.usage();
            usage[Resource::OutputAxons] = image.cores[core].routes.len() as u64;
            usage
        });
        let usage = usage.collect();
        let wires = Wires::of(image, &rates);
        Ok(Self { image, limits: Limits::of(&image.chip), logical, rates, is_recorded, wires, destinations, usage })
    }

    /// What each core holds of each resource.
    #[must_use]
    pub fn usage(&self) -> &[Usage] {
        &self.usage
    }

    /// Explains a core, by its number.
    ///
    /// # Errors
    /// [`Error::Invalid`] if there is none of that number.
    pub fn core(&self, core: u32) -> Result<CoreExplanation, Error> {
        if core as usize >= self.image.cores.len() {
            let message = format!("there is no core {core}; the image has {}", self.image.cores.len());
            let help = format!("use 0..={}", self.image.cores.len().saturating_sub(1));
            return Err(Error::Invalid(vec![Diagnostic::new("E-MAP-PLACE", message).help(help)]));
        }
        Ok(core::explain(self, core))
    }

    /// Explains a neuron, by population and member.
    ///
    /// # Errors
    /// [`Error::Invalid`] if there is none, or it is an input.
    pub fn neuron(&self, population: &str, member: u32) -> Result<NeuronExplanation, Error> {
        let refuse =
            |message: String, help: String| Error::Invalid(vec![Diagnostic::new("E-MAP-PLACE", message).help(help)]);
        let names = self.logical.populations.iter().map(|own| own.name.as_str());
        let Some(index) = names.clone().position(|name| name == population) else {
            let help = nearest(population, names.clone()).map_or_else(
                || format!("known: {}", names.collect::<Vec<_>>().join(", ")),
                |near| format!("did you mean '{near}'?"),
            );
            return Err(refuse(format!("no population is named '{population}'"), help));
        };
        let own = &self.logical.populations[index];
        if own.is_input() {
            let message = format!("population '{population}' has inputs; they are on no core");
            return Err(refuse(message, "name a neuron".to_owned()));
        }
        if member >= own.size {
            let message = format!("population '{population}' has no neuron {member}; it has {}", own.size);
            return Err(refuse(message, format!("use 0..={}", own.size - 1)));
        }
        Ok(neuron::explain(self, index as u32, member))
    }
}
