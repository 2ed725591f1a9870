//! The synapses of an image in the network's own order.
//!
//! An image keeps synapses where its cores need them, and recordings name them by source, target and, among parallel ones, order of delay
//! (`docs/decisions/0008`). A network knows them in the order of its list, matrix or pattern. Here is the way back, so that what was
//! quantised or learned can be read beside the network, and given to it again.

use crate::check;
use crate::connect::{Wiring, wire};
use crate::error::Error;
use crate::logical::{LogicalProjection, Written, ends, write_out};
use crate::network::Network;
use caudate_core::image::ChipImage;
use caudate_isa::diagnostic::Diagnostic;

/// The synapses of a projection, in the order of the network (see [`crate::network::Connect`]).
#[derive(Debug, Clone, PartialEq)]
pub struct Synapses {
    /// The projection.
    pub projection: String,
    /// Members of the source population.
    pub pre: Vec<u32>,
    /// Members of the target population.
    pub post: Vec<u32>,
    /// Mantissas that the image starts with.
    pub mantissa: Vec<i16>,
    /// Steps from a spike to its effect, 1..=63, that the image starts with.
    pub delay_steps: Vec<u8>,
    /// A mantissa of 1 in the unit of the network's weights: 1 where it gives an exponent, else 2 to the chosen one.
    pub unit: f64,
    /// For each synapse its place in recordings, 0..synapses, if the projection learns.
    pub recorded_at: Option<Vec<u32>>,
}

/// The synapses of each projection of an image, in the order of the network that it was compiled from.
///
/// # Errors
/// As [`crate::compile`] if the network cannot be compiled for the chip of the image; [`Error::Invalid`] if the image is another's.
pub fn in_own_order(network: &Network, image: &ChipImage) -> Result<Vec<Synapses>, Error> {
    let seed = image.header.seed;
    let Written { logical, invalid, misfits } = write_out(network, &image.chip, image.header.semantics, seed)
        .map_err(|problems| Error::Invalid(network.locate(problems)))?;
    if !invalid.is_empty() {
        return Err(Error::Invalid(network.locate(invalid)));
    }
    if !misfits.is_empty() {
        return Err(Error::DoesNotFit(network.locate(misfits)));
    }
    check::against_logical(image, &logical).map_err(|findings| Error::Invalid(vec![foreign(&findings)]))?;
    let mut all = Vec::new();
    for (index, (given, own)) in network.projections.iter().zip(&logical.projections).enumerate() {
        // Writing out has made the same wiring, so this one can be made too.
        let Ok(wiring) = wire(&given.connect, ends(index, (own.pre, own.post), &logical.populations, seed)) else {
            continue;
        };
        let exponent = i32::from(logical.formats[own.format as usize].weight_exponent);
        let unit = if given.weight_exponent.is_some() { 1.0 } else { f64::from(exponent).exp2() };
        all.push(listed(own, &wiring, unit));
    }
    Ok(all)
}

fn foreign(findings: &[Diagnostic]) -> Diagnostic {
    let first = findings.first().map(|finding| format!(": {}", finding.message)).unwrap_or_default();
    Diagnostic::new("E-EXPORT", format!("the image was not compiled from this network{first}"))
        .help("name the network of the image, with the options that it was imported by; one compiled with --relays has no order of its own")
}

/// The synapses of one projection, moved from the order of its targets to that of the network.
fn listed(own: &LogicalProjection, wiring: &Wiring, unit: f64) -> Synapses {
    let synapses = own.sources.len();
    let mut listed = Synapses {
        projection: own.name.clone(),
        pre: vec![0; synapses],
        post: vec![0; synapses],
        mantissa: vec![0; synapses],
        delay_steps: vec![0; synapses],
        unit,
        recorded_at: None,
    };
    for target in 0..own.starts.len().saturating_sub(1) as u32 {
        for synapse in own.row(target) {
            let place = wiring.canonical(synapse);
            listed.pre[place] = own.sources[synapse];
            listed.post[place] = target;
            listed.mantissa[place] = own.weights.get(synapse);
            listed.delay_steps[place] = own.delays.get(synapse) + 1;
        }
    }
    listed.recorded_at = own.rule.is_some().then(|| recorded_at(&listed));
    listed
}

/// Recordings are sorted by source, target and delay; equals keep the order of the network.
fn recorded_at(listed: &Synapses) -> Vec<u32> {
    let mut order: Vec<u32> = (0..listed.pre.len() as u32).collect();
    order.sort_by_key(|place| {
        let place = *place as usize;
        (listed.pre[place], listed.post[place], listed.delay_steps[place])
    });
    let mut recorded_at = vec![0; order.len()];
    for (recorded, place) in order.into_iter().enumerate() {
        recorded_at[place as usize] = recorded as u32;
    }
    recorded_at
}
