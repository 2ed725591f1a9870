//! Values that cannot be stored, told by the first of them.

use super::Quantiser;
use crate::connect::Wiring;
use crate::parameter::Sampler;

/// The values of a parameter that cannot be stored: how many, the first, and the one furthest from 0.
#[derive(Debug, Default)]
pub(super) struct Offenders {
    first: Option<(usize, f64)>,
    count: usize,
    pub(super) worst: f64,
}

impl Offenders {
    pub(super) fn note(&mut self, wiring: &Wiring, synapse: usize, value: f64) {
        // The first as the user counts, which is not the order of storage.
        if self.first.is_none_or(|(first, _)| wiring.canonical(synapse) < wiring.canonical(first)) {
            self.first = Some((synapse, value));
        }
        self.count += 1;
        if value.abs() > self.worst.abs() {
            self.worst = value;
        }
    }

    /// `300 of synapse 4 (in[1] -> exc[2]), and 7 more,`; nothing if there is none.
    pub(super) fn describe(
        &self,
        quantiser: &Quantiser<'_>,
        index: usize,
        wiring: &Wiring,
        sampler: &Sampler<'_>,
    ) -> Option<String> {
        let (synapse, value) = self.first?;
        if sampler.constant().is_some() {
            return Some(value.to_string());
        }
        let others = match self.count {
            1 => String::new(),
            count => format!(", and {} more, up to {},", count - 1, self.worst),
        };
        Some(format!("{value} of {}{others}", quantiser.synapse_name(index, wiring, synapse)))
    }
}

impl Quantiser<'_> {
    /// `synapse 4 (in[1] -> exc[2])`.
    pub(super) fn synapse_name(&self, index: usize, wiring: &Wiring, synapse: usize) -> String {
        let projection = &self.network.projections[index];
        let target = wiring.starts.partition_point(|start| *start as usize <= synapse) - 1;
        let (source, canonical) = (wiring.pre[synapse], wiring.canonical(synapse));
        format!("synapse {canonical} ({}[{source}] -> {}[{target}])", projection.pre, projection.post)
    }
}
