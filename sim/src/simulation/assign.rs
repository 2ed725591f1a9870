//! Giving synapses that learn other weights between two steps.

use super::Simulation;
use crate::error::Error;
use caudate_core::id::ProjectionId;
use caudate_core::image::ChipImage;
use caudate_isa::diagnostic::{Diagnostic, Place};

impl Simulation<'_> {
    /// Gives the synapses of a projection that learns other mantissas, in the order of [`crate::recording::Weights`]: sorted by source, target and
    /// place among parallel ones. Traces, tags and delays stay as they are.
    ///
    /// # Errors
    /// [`Error::Invalid`] if the projection does not learn, there are more or fewer mantissas than synapses, or one is not among those that the
    /// format stores; then no weight has changed.
    pub fn set_weights(&mut self, projection: ProjectionId, mantissas: &[i16]) -> Result<(), Error> {
        let mut places = Vec::new();
        for (core, lane) in self.lanes.iter().enumerate() {
            let views = lane.core.synapses_of(&self.image, core, projection);
            places.extend(
                views
                    .into_iter()
                    .enumerate()
                    .map(|(place, (view, _))| ((view.pre, view.post, view.ordinal), core, place)),
            );
        }
        places.sort_unstable_by_key(|(ends, ..)| *ends);
        check(&self.image, projection, places.len(), mantissas)?;
        let mut of_core = vec![Vec::new(); self.lanes.len()];
        for ((_, core, place), mantissa) in places.into_iter().zip(mantissas) {
            of_core[core].push((place, *mantissa));
        }
        for (core, (lane, mut own)) in self.lanes.iter_mut().zip(of_core).enumerate() {
            own.sort_unstable();
            let mantissas: Vec<i16> = own.into_iter().map(|(_, mantissa)| mantissa).collect();
            lane.core.set_weights(&self.image, core, projection, &mantissas);
        }
        Ok(())
    }
}

fn check(image: &ChipImage, projection: ProjectionId, synapses: usize, mantissas: &[i16]) -> Result<(), Error> {
    let symbol = image.symbols.projections.get(projection.index());
    let name = symbol.map_or("", |symbol| symbol.name.as_str());
    let refuse = |message: String, help: String| {
        let place = Place::named(format!("projection '{name}'"));
        Err(Error::Invalid(vec![Diagnostic::new("E-SIM-WEIGHTS", message).at(place).help(help)]))
    };
    if symbol.is_none_or(|symbol| !symbol.is_plastic) {
        return refuse(
            "it does not learn, so its weights are those of the image".to_owned(),
            "give it a rule".to_owned(),
        );
    }
    if mantissas.len() != synapses {
        let message = format!("{} weights are given for its {synapses} synapses", mantissas.len());
        return refuse(message, "give one for each synapse, in the order of the recorded weights".to_owned());
    }
    let Some(format) = image.cores.iter().find_map(|core| core.format_of(projection)) else { return Ok(()) };
    let (low, high) = format.weight_range();
    let stored = |mantissa: i16| {
        (low..=high).contains(&mantissa) && format.truncate(mantissa, image.header.semantics) == mantissa
    };
    match mantissas.iter().position(|mantissa| !stored(*mantissa)) {
        Some(synapse) => {
            let step = 1 << format.weight_step_bits();
            let message = format!("weight {} of synapse {synapse} cannot be stored", mantissas[synapse]);
            refuse(message, format!("use mantissas from {low} to {high} in steps of {step}"))
        }
        None => Ok(()),
    }
}
