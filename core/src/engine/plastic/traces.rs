//! Traces in columns: every step of every one, for each draws its own rounding.

use super::ids::Ids;
use super::kernel::GROUP;
use super::{PlasticTile, Surroundings};
use crate::archive::Archive;
use crate::error::Error;
use crate::random::{Domain, draw_each, draw_from, stream, trace_entity};
use crate::trace::{TRACE_MAX, TraceConfig, TraceDecay};
use multiversion::multiversion;
use multiversion::target::target_cfg_f;

/// Traces that decay together, or not at all if all of them are 0.
const LANES: usize = 64;
/// The bit above those of a trace: see [`Trace::mark`].
pub(super) const MARK: u8 = 0x80;

/// One trace of many lists or neurons.
#[derive(Debug, Clone)]
pub(in crate::engine) struct Trace {
    config: TraceConfig,
    count: usize,
    /// Seven bits each; behind those that exist zeros, up to whole blocks of [`LANES`].
    values: Vec<u8>,
    /// Values by step of the epoch; empty for epochs of one step.
    history: Vec<Vec<u8>>,
    /// Random streams, once drawn from.
    streams: Vec<u64>,
    /// Whether any value is not 0.
    pub(super) is_live: bool,
}

impl Trace {
    pub(super) fn new(config: TraceConfig, count: usize, history: usize) -> Self {
        let values = vec![0; count.next_multiple_of(LANES)];
        let history = vec![values.clone(); history];
        Self { config, count, values, history, streams: Vec::new(), is_live: false }
    }

    /// The present value of one.
    pub(in crate::engine) fn value(&self, place: usize) -> i16 {
        self.values[place].into()
    }

    /// Values as of `step` (from 1) of the epoch.
    #[inline]
    pub(super) fn at(&self, step: u8) -> &[u8] {
        self.history.get(usize::from(step).wrapping_sub(1)).unwrap_or(&self.values)
    }

    /// Sets [`MARK`] in what [`Self::at`] gives for some places, or clears it where it is set: whoever looks up many traces then sees
    /// by the way which of them are these.
    pub(super) fn mark(&mut self, places: &[u32]) {
        let rows = if self.history.is_empty() { std::slice::from_mut(&mut self.values) } else { &mut self.history };
        for row in rows {
            places.iter().for_each(|place| row[*place as usize] ^= MARK);
        }
    }

    /// Saves or restores the values.
    pub(in crate::engine) fn archive(&mut self, archive: &mut Archive) -> Result<(), Error> {
        for row in std::iter::once(&mut self.values).chain(&mut self.history) {
            let own = &mut row[..self.count];
            archive.column(own)?;
            if own.iter().any(|value| i16::from(*value) > TRACE_MAX) {
                return Err(Error::Checkpoint(format!("it holds a trace outside 0..={TRACE_MAX}")));
            }
        }
        self.is_live = self.values.iter().any(|value| *value != 0);
        Ok(())
    }

    /// One step: every value decays, those of `spiked` take their impulse.
    fn advance(
        &mut self,
        t: u64,
        now: u8,
        index: u8,
        spiked: impl Iterator<Item = u32>,
        streams: impl FnOnce() -> Vec<u64>,
    ) {
        let (true, TraceDecay::TwelveBit { factor }) = (self.config.is_present(), self.config.decay) else { return };
        if self.streams.is_empty() {
            self.streams = streams();
            self.streams.resize(self.values.len(), 0);
        }
        if self.is_live {
            self.is_live = decay(&mut self.values, &self.streams, factor, t, 2 * index);
        }
        let (impulse, fraction) =
            (self.config.impulse.to_num::<i16>(), u32::from(self.config.impulse.frac().to_bits()));
        for place in spiked {
            let up = draw_from(self.streams[place as usize], t, 2 * index + 1) >> 24 < fraction;
            let value = &mut self.values[place as usize];
            *value = (i16::from(*value) + impulse + i16::from(up)).min(TRACE_MAX) as u8;
            self.is_live |= *value != 0;
        }
        if let Some(row) = self.history.get_mut(usize::from(now) - 1) {
            row.copy_from_slice(&self.values);
        }
    }
}

/// Decays every value, its fraction rounded by a draw of its own; returns whether any is left.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512cd+avx512dq+avx512vl+avx2+fma", "x86_64+avx2"))]
fn decay(values: &mut [u8], streams: &[u64], factor: u16, t: u64, pc: u8) -> bool {
    let blocks = values.as_chunks_mut::<LANES>().0;
    let mut left = 0;
    for (values, streams) in blocks.iter_mut().zip(streams.as_chunks().0) {
        if values.iter().fold(0, |any, value| any | value) != 0 {
            let is_wide = target_cfg_f!(target_feature = "avx512dq");
            left |= decay_some(values, streams, factor, |streams| draw_each(streams, t, pc, is_wide));
        }
    }
    left != 0
}

/// A product goes up where the draw is below its fraction of 12 bits: where that and what the draw leaves to 12 ones carry.
#[inline(always)]
fn decay_some(
    values: &mut [u8; LANES],
    streams: &[u64; LANES],
    factor: u16,
    draw: impl Fn(&[u64; GROUP]) -> [u32; GROUP],
) -> u8 {
    let mut left = 0;
    for (values, streams) in values.as_chunks_mut::<GROUP>().0.iter_mut().zip(streams.as_chunks::<GROUP>().0) {
        let draws = draw(streams);
        for lane in 0..GROUP {
            let product = u32::from(values[lane]).wrapping_mul(factor.into());
            values[lane] = (product.wrapping_add(!draws[lane] >> 20) >> 12) as u8;
            left |= values[lane];
        }
    }
    left
}

impl PlasticTile {
    /// One step of every trace, after the spikes of the step are known.
    pub(super) fn advance_traces(&mut self, around: &Surroundings<'_>, now: u8) {
        let (t, projection) = (around.t, self.rule.projection);
        let streams = |domain: Domain, entities: &Ids| {
            let seed = around.draws.domain_seed(domain);
            entities.iter().map(|entity| stream(seed, trace_entity(projection, entity))).collect()
        };
        for (trace, index) in self.x.iter_mut().zip(0..) {
            let spiked = self.pre.iter().copied().filter(|list| self.pre_spike[*list as usize] == now);
            trace.advance(t, now, index, spiked, || streams(Domain::PreTrace, &self.rule.sources));
        }
        for (trace, index) in self.y.iter_mut().zip(0..) {
            let spiked = self.post.iter().copied().filter(|neuron| self.post_spike[*neuron as usize] == now);
            trace.advance(t, now, index, spiked, || streams(Domain::PostTrace, &self.neurons));
        }
    }
}
