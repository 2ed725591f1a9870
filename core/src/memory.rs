//! Synaptic memory: synapse lists packed bit by bit, and the one function that says how many bytes a list takes.
//!
//! A list is what one input axon reaches through one projection: a header of the chip's width, then its synapses, each
//! `target | weight | delay | tag`, least significant bit first. Every list starts on a byte. [`list_bytes`] is used by the fit
//! check and by [`MemoryWriter`], so the two cannot disagree.

use crate::error::Error;
use crate::synapse::{SignMode, SynapseFormat};

/// One synapse as stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Synapse {
    /// Stored delay in steps: arrival is `delay + 1` steps after emission.
    pub delay: u8,
    /// Compartment index on this core.
    pub target: u32,
    /// Weight mantissa.
    pub weight: i16,
}

/// Bytes of a list of `synapses` synapses: header and entries, rounded up to whole bytes.
#[must_use]
pub const fn list_bytes(format: &SynapseFormat, list_header_bits: u32, synapses: u64) -> u64 {
    (list_header_bits as u64 + synapses * format.synapse_bits() as u64).div_ceil(8)
}

/// Packs synapse lists into bytes.
#[derive(Debug, Default)]
pub struct MemoryWriter {
    bytes: Vec<u8>,
    /// Up to 7 bits that no byte holds yet, and their number.
    pending: u64,
    pending_bits: u32,
}

impl MemoryWriter {
    /// An empty memory.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Appends one list; its header holds the number of synapses (modulo the header's width).
    pub fn push_list(&mut self, format: &SynapseFormat, list_header_bits: u32, synapses: &[Synapse]) {
        let start = self.bytes.len() as u64;
        self.push_wide(synapses.len() as u64, list_header_bits);
        for synapse in synapses {
            self.push(u64::from(synapse.target), u32::from(format.index_bits));
            self.push(encode_weight(format, synapse.weight), format.weight_field_bits());
            self.push(u64::from(synapse.delay), u32::from(format.delay_bits));
            self.push_wide(0, u32::from(format.tag_bits));
        }
        if self.pending_bits > 0 {
            self.bytes.push(self.pending as u8);
            (self.pending, self.pending_bits) = (0, 0);
        }
        debug_assert_eq!(self.bytes.len() as u64 - start, list_bytes(format, list_header_bits, synapses.len() as u64));
    }

    /// The packed bytes.
    #[must_use]
    pub fn finish(self) -> Vec<u8> {
        self.bytes
    }

    fn push_wide(&mut self, value: u64, bits: u32) {
        self.push(value, bits.min(32));
        for _ in 32..bits {
            self.push(0, 1);
        }
    }

    /// Appends up to 32 bits.
    #[inline]
    fn push(&mut self, value: u64, bits: u32) {
        self.pending |= (value & ((1 << bits) - 1)) << self.pending_bits;
        self.pending_bits += bits;
        while self.pending_bits >= 8 {
            self.bytes.push(self.pending as u8);
            self.pending >>= 8;
            self.pending_bits -= 8;
        }
    }
}

/// Reads lists back in the order in which they were written.
#[derive(Debug)]
pub struct MemoryReader<'a> {
    bytes: &'a [u8],
    bit: u64,
}

impl<'a> MemoryReader<'a> {
    /// Starts at the first list.
    #[must_use]
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, bit: 0 }
    }

    /// Reads the next list, of `synapses` synapses, and hands each to `visit`.
    ///
    /// # Errors
    /// [`Error::Image`] if the memory ends early or the header does not hold `synapses`.
    pub fn read_list(
        &mut self,
        format: &SynapseFormat,
        list_header_bits: u32,
        synapses: u32,
        mut visit: impl FnMut(Synapse),
    ) -> Result<(), Error> {
        let bytes = list_bytes(format, list_header_bits, u64::from(synapses));
        if self.bit / 8 + bytes > self.bytes.len() as u64 {
            return Err(Error::Image(format!(
                "synaptic memory ends at byte {}, inside a list of {synapses} synapses that needs {bytes} bytes from byte {}",
                self.bytes.len(),
                self.bit / 8
            )));
        }
        let counted_bits = list_header_bits.min(32);
        let counted = self.pull(counted_bits);
        self.bit += u64::from(list_header_bits - counted_bits);
        if counted != u64::from(synapses) & ((1 << counted_bits) - 1) {
            return Err(Error::Image(format!("a list header counts {counted} synapses, its axon {synapses}")));
        }
        for _ in 0..synapses {
            let target = self.pull(u32::from(format.index_bits)) as u32;
            let weight = decode_weight(format, self.pull(format.weight_field_bits()));
            let delay = self.pull(u32::from(format.delay_bits)) as u8;
            self.bit += u64::from(format.tag_bits);
            visit(Synapse { delay, target, weight });
        }
        self.bit = self.bit.div_ceil(8) * 8;
        Ok(())
    }

    /// Whether every byte has been read.
    #[must_use]
    pub const fn is_at_end(&self) -> bool {
        self.bit / 8 == self.bytes.len() as u64
    }

    /// Takes up to 32 bits, from one word where eight bytes are left. The caller has checked that they exist.
    #[inline]
    fn pull(&mut self, bits: u32) -> u64 {
        let byte = (self.bit / 8) as usize;
        if let Some(word) = self.bytes.get(byte..byte + 8).and_then(|bytes| bytes.first_chunk()) {
            let value = u64::from_le_bytes(*word) >> (self.bit % 8) & ((1 << bits) - 1);
            self.bit += u64::from(bits);
            return value;
        }
        let mut value = 0_u64;
        let mut got = 0;
        while got < bits {
            let offset = (self.bit % 8) as u32;
            let take = (8 - offset).min(bits - got);
            let byte = u64::from(self.bytes[(self.bit / 8) as usize]);
            value |= ((byte >> offset) & ((1 << take) - 1)) << got;
            got += take;
            self.bit += u64::from(take);
        }
        value
    }
}

fn encode_weight(format: &SynapseFormat, weight: i16) -> u64 {
    let magnitude_or_signed = match format.sign_mode {
        SignMode::Inhibitory => -i64::from(weight),
        SignMode::Mixed | SignMode::Excitatory => i64::from(weight),
    };
    (magnitude_or_signed >> format.weight_step_bits()) as u64
}

fn decode_weight(format: &SynapseFormat, field: u64) -> i16 {
    let bits = format.weight_field_bits();
    let step = format.weight_step_bits();
    match format.sign_mode {
        SignMode::Excitatory => ((field as i64) << step) as i16,
        SignMode::Inhibitory => -((field as i64) << step) as i16,
        SignMode::Mixed if bits == 0 => 0,
        SignMode::Mixed => {
            let sign = 1_i64 << (bits - 1);
            ((((field as i64) ^ sign) - sign) << step) as i16
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::semantics::Semantics;
    use proptest::prelude::*;

    fn any_format() -> impl Strategy<Value = SynapseFormat> {
        let mode = prop_oneof![Just(SignMode::Mixed), Just(SignMode::Excitatory), Just(SignMode::Inhibitory)];
        (0_u8..=8, -8_i8..=7, mode, 0_u8..=6, 1_u8..=30, 0_u8..=16, any::<bool>()).prop_map(
            |(weight_bits, weight_exponent, sign_mode, delay_bits, index_bits, tag_bits, keeps_every_bit)| {
                SynapseFormat {
                    weight_bits,
                    weight_exponent,
                    sign_mode,
                    delay_bits,
                    index_bits,
                    tag_bits,
                    keeps_every_bit,
                }
            },
        )
    }

    proptest! {
        #[test]
        fn lists_read_back_as_written_and_take_the_counted_bytes(
            lists in prop::collection::vec((any_format(), prop::collection::vec((any::<u32>(), any::<i16>(), any::<u8>()), 0..40)), 1..6),
            header in 0_u32..80,
        ) {
            let mut writer = MemoryWriter::new();
            let mut written = Vec::new();
            let mut bytes = 0;
            for (format, raw) in lists {
                let synapses: Vec<Synapse> = raw.into_iter().map(|(target, weight, delay)| Synapse {
                    target: target & ((1 << format.index_bits) - 1),
                    weight: format.truncate(weight, Semantics::Loihi1).clamp(format.weight_range().0, format.weight_range().1),
                    delay: delay & ((1 << format.delay_bits) - 1),
                }).collect();
                writer.push_list(&format, header, &synapses);
                bytes += list_bytes(&format, header, synapses.len() as u64);
                written.push((format, synapses));
            }
            let memory = writer.finish();
            prop_assert_eq!(memory.len() as u64, bytes);
            let mut reader = MemoryReader::new(&memory);
            for (format, synapses) in &written {
                let mut read = Vec::new();
                reader.read_list(format, header, synapses.len() as u32, |synapse| read.push(synapse)).unwrap();
                prop_assert_eq!(&read, synapses);
            }
            prop_assert!(reader.is_at_end());
            let mut short = MemoryReader::new(&memory[..memory.len() - usize::from(!memory.is_empty())]);
            let fails = written.iter().any(|(format, synapses)| short.read_list(format, header, synapses.len() as u32, |_| {}).is_err());
            prop_assert!(fails || memory.is_empty());
        }
    }
}
