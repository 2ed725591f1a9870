//! Synaptic memory: synapse lists packed bit by bit, and the one function that says how many bytes a list takes.
//!
//! A list is what one input axon reaches through one projection: a header of the chip's width, then its synapses, each
//! `target | weight | delay | tag`, least significant bit first. Every list starts on a byte. [`list_bytes`] is used by the fit
//! check and by [`MemoryWriter`], so the two cannot disagree.
//!
//! In a format with addresses, lists that are alike but for where their targets begin share their synapses: each has a head, header |
//! first target | address, padded to a byte, and the synapses stand behind the first of them, with targets counted from the first target.

use crate::error::Error;
use crate::synapse::{SignMode, SynapseFormat};
use std::collections::BTreeMap;

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

/// Bytes of a list of `synapses` synapses that shares none of them.
#[must_use]
pub const fn list_bytes(format: &SynapseFormat, list_header_bits: u32, synapses: u64) -> u64 {
    if format.shares() {
        return shared_head_bytes(format, list_header_bits) + shared_synapses_bytes(format, synapses);
    }
    (list_header_bits as u64 + synapses * format.synapse_bits() as u64).div_ceil(8)
}

/// Bytes that a list of a sharing format takes wherever its synapses stand: header, first target, address.
#[must_use]
pub const fn shared_head_bytes(format: &SynapseFormat, list_header_bits: u32) -> u64 {
    (list_header_bits as u64 + format.index_bits as u64 + format.address_bits as u64).div_ceil(8)
}

/// Bytes of the synapses that lists of a sharing format have in common.
#[must_use]
pub const fn shared_synapses_bytes(format: &SynapseFormat, synapses: u64) -> u64 {
    (synapses * format.synapse_bits() as u64).div_ceil(8)
}

/// Packs synapse lists into bytes.
#[derive(Debug, Default)]
pub struct MemoryWriter {
    bytes: Vec<u8>,
    /// Up to 7 bits that no byte holds yet, and their number.
    pending: u64,
    pending_bits: u32,
    /// Where the synapses of sharing formats stand, their targets counted from the first.
    shared: BTreeMap<(SynapseFormat, Vec<Synapse>), u64>,
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
        if !format.shares() {
            self.push_synapses(format, synapses);
            debug_assert_eq!(
                self.bytes.len() as u64 - start,
                list_bytes(format, list_header_bits, synapses.len() as u64)
            );
            return;
        }
        let first = synapses.iter().map(|synapse| synapse.target).min().unwrap_or(0);
        let relative = |synapse: &Synapse| Synapse { target: synapse.target - first, ..*synapse };
        let behind = start + shared_head_bytes(format, list_header_bits);
        let key = (*format, synapses.iter().map(relative).collect::<Vec<_>>());
        let known = self.shared.get(&key).copied();
        self.push(u64::from(first), u32::from(format.index_bits));
        self.push(known.unwrap_or(behind), u32::from(format.address_bits));
        self.pad();
        if known.is_none() {
            self.push_synapses(format, &key.1);
            self.shared.insert(key, behind);
        }
    }

    /// Appends synapses up to a whole byte.
    fn push_synapses(&mut self, format: &SynapseFormat, synapses: &[Synapse]) {
        for synapse in synapses {
            self.push(u64::from(synapse.target), u32::from(format.index_bits));
            self.push(encode_weight(format, synapse.weight), format.weight_field_bits());
            self.push(u64::from(synapse.delay), u32::from(format.delay_bits));
            self.push_wide(0, u32::from(format.tag_bits));
        }
        self.pad();
    }

    fn pad(&mut self) {
        if self.pending_bits > 0 {
            self.bytes.push(self.pending as u8);
            (self.pending, self.pending_bits) = (0, 0);
        }
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
        visit: impl FnMut(Synapse),
    ) -> Result<(), Error> {
        let synapses = u64::from(synapses);
        let own_bytes = match format.shares() {
            true => shared_head_bytes(format, list_header_bits),
            false => list_bytes(format, list_header_bits, synapses),
        };
        let start = self.bit / 8;
        let ends_early = |at: u64, needed: u64| {
            let held = self.bytes.len();
            Error::Image(format!(
                "synaptic memory ends at byte {held}, inside a list of {synapses} synapses that needs {needed} bytes from byte {at}"
            ))
        };
        if start + own_bytes > self.bytes.len() as u64 {
            return Err(ends_early(start, own_bytes));
        }
        let counted_bits = list_header_bits.min(32);
        let counted = self.pull(counted_bits);
        self.bit += u64::from(list_header_bits - counted_bits);
        if counted != synapses & ((1 << counted_bits) - 1) {
            return Err(Error::Image(format!("a list header counts {counted} synapses, its axon {synapses}")));
        }
        if !format.shares() {
            self.read_synapses(format, synapses, 0, visit);
            return Ok(());
        }
        let first = self.pull(u32::from(format.index_bits)) as u32;
        let address = self.pull(u32::from(format.address_bits));
        let behind = start + own_bytes;
        let needed = shared_synapses_bytes(format, synapses);
        if address > behind {
            return Err(Error::Image(format!(
                "the list at byte {start} shares synapses at byte {address}, which are still to come"
            )));
        }
        if address + needed > self.bytes.len() as u64 {
            return Err(ends_early(address, needed));
        }
        self.bit = address * 8;
        self.read_synapses(format, synapses, first, visit);
        if address != behind {
            self.bit = behind * 8;
        }
        Ok(())
    }

    /// Reads synapses, whose targets count from `first`, up to a whole byte.
    #[inline]
    fn read_synapses(&mut self, format: &SynapseFormat, synapses: u64, first: u32, mut visit: impl FnMut(Synapse)) {
        for _ in 0..synapses {
            let target = (self.pull(u32::from(format.index_bits)) as u32).saturating_add(first);
            let weight = decode_weight(format, self.pull(format.weight_field_bits()));
            let delay = self.pull(u32::from(format.delay_bits)) as u8;
            self.bit += u64::from(format.tag_bits);
            visit(Synapse { delay, target, weight });
        }
        self.bit = self.bit.div_ceil(8) * 8;
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
    use crate::synapse::tests::format;
    use proptest::prelude::*;

    fn any_format() -> impl Strategy<Value = SynapseFormat> {
        let mode = prop_oneof![Just(SignMode::Mixed), Just(SignMode::Excitatory), Just(SignMode::Inhibitory)];
        let address = prop_oneof![Just(0_u8), 24_u8..=32];
        let weights = (0_u8..=8, -8_i8..=7, mode).prop_map(|(bits, exponent, mode)| format(bits, exponent, mode));
        (weights, 0_u8..=6, 1_u8..=30, 0_u8..=16, address, any::<bool>()).prop_map(
            |(weights, delay_bits, index_bits, tag_bits, address_bits, keeps_every_bit)| SynapseFormat {
                delay_bits,
                index_bits,
                tag_bits,
                address_bits,
                keeps_every_bit,
                ..weights
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
            let (mut bytes, mut shares) = (0, false);
            for (format, raw) in lists {
                let synapses: Vec<Synapse> = raw.into_iter().map(|(target, weight, delay)| Synapse {
                    target: target & ((1 << format.index_bits) - 1),
                    weight: format.truncate(weight, Semantics::Loihi1).clamp(format.weight_range().0, format.weight_range().1),
                    delay: delay & ((1 << format.delay_bits) - 1),
                }).collect();
                writer.push_list(&format, header, &synapses);
                bytes += list_bytes(&format, header, synapses.len() as u64);
                shares |= format.shares();
                written.push((format, synapses));
            }
            let memory = writer.finish();
            prop_assert!(memory.len() as u64 == bytes || shares && (memory.len() as u64) < bytes);
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

    #[test]
    fn lists_that_differ_in_their_first_target_alone_share_their_synapses() {
        let mut format = crate::synapse::tests::format(8, 0, SignMode::Mixed);
        (format.index_bits, format.address_bits) = (13, 18);
        let list = |first: u32, weight: i16| {
            [(0, weight), (3, -8), (4, 16)].map(|(target, weight)| Synapse { delay: 0, target: first + target, weight })
        };
        let lists = [list(5, 2), list(700, 2), list(5, 4), list(0, 2)];
        let mut writer = MemoryWriter::new();
        lists.iter().for_each(|list| writer.push_list(&format, 32, list));
        let memory = writer.finish();
        let (head, synapses) = (shared_head_bytes(&format, 32), shared_synapses_bytes(&format, 3));
        assert_eq!((head, synapses), (8, 8));
        assert_eq!(memory.len() as u64, 4 * head + 2 * synapses);
        let mut reader = MemoryReader::new(&memory);
        for list in &lists {
            let mut read = Vec::new();
            reader.read_list(&format, 32, 3, |synapse| read.push(synapse)).unwrap();
            assert_eq!(read, list);
        }
        assert!(reader.is_at_end());
        // The address of the second list, bits 45..63 of its head, is turned to what comes after it.
        let mut damaged = memory.clone();
        let head = u64::from_le_bytes(*damaged[16..].first_chunk().unwrap());
        damaged[16..24].copy_from_slice(&(head & ((1 << 45) - 1) | 30 << 45).to_le_bytes());
        let mut reader = MemoryReader::new(&damaged);
        reader.read_list(&format, 32, 3, |_| {}).unwrap();
        let error = reader.read_list(&format, 32, 3, |_| {}).unwrap_err().to_string();
        assert!(error.contains("at byte 30") && error.contains("at byte 16"), "{error}");
    }
}
