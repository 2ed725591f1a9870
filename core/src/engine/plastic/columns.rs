//! The synapses of a group by target: kept only for rules with products that count after a spike of the target.

use super::Synapses;
use super::kernel::{BATCH, GROUP, Lanes, lanes};
use crate::engine::prefetch::prefetch_all;
use multiversion::multiversion;

/// Where the synapses onto each neuron are: each by its list and its place in the list's row, in as few bits as the group needs.
#[derive(Debug, Clone)]
pub(in crate::engine) enum Columns {
    /// Not kept.
    None,
    /// In 24 bits.
    Short(Index<u16, u8>),
    /// In 32.
    Long(Index<u16, u16>),
    /// In 64.
    Wide(Index<u32, u32>),
}

/// Lists and places, of every neuron those of its synapses by list.
#[derive(Debug, Clone)]
pub(in crate::engine) struct Index<L, H> {
    /// Synapses onto neuron n: `starts[n] .. starts[n + 1]`.
    starts: Vec<u32>,
    /// The list, and above its `list_bits` what there is room for of the place. [`GROUP`] more than there are synapses.
    low: Vec<L>,
    /// The rest of the place; as many.
    high: Vec<H>,
    list_bits: u32,
}

/// A part of a column: up to [`BATCH`] synapses by list and place in its row. Behind them, up to a whole group of lanes, are others, or list 0.
#[derive(Debug, Clone)]
pub(super) struct Part {
    pub(super) lists: Lanes<u32>,
    places: Lanes<u32>,
    pub(super) len: usize,
}

impl Part {
    pub(super) const EMPTY: Self = Self { lists: [0; BATCH], places: [0; BATCH], len: 0 };

    /// Number of a synapse, by lane.
    #[inline(always)]
    pub(super) fn synapse(&self, synapses: &Synapses, lane: usize) -> usize {
        synapses.starts[self.lists[lane] as usize] as usize + self.places[lane] as usize
    }
}

impl Columns {
    pub(super) fn new(synapses: &Synapses, neurons: usize) -> Self {
        let lists = synapses.starts.len() - 1;
        let longest = (0..lists).map(|list| synapses.row(list).len()).max().unwrap_or(0);
        let bits = |count: usize| usize::BITS - count.saturating_sub(1).leading_zeros();
        match (bits(lists).max(1), bits(longest)) {
            (lists @ ..=16, places) if lists + places <= 24 => Self::Short(Index::new(synapses, neurons, lists)),
            (lists @ ..=16, places) if lists + places <= 32 => Self::Long(Index::new(synapses, neurons, lists)),
            _ => Self::Wide(Index::new(synapses, neurons, u32::BITS)),
        }
    }

    /// Asks for the column of `neuron`.
    pub(super) fn prefetch(&self, neuron: usize) {
        match self {
            Self::None => {}
            Self::Short(index) => index.prefetch(neuron),
            Self::Long(index) => index.prefetch(neuron),
            Self::Wide(index) => index.prefetch(neuron),
        }
    }

    /// The synapses onto `neuron`, in parts; `part` is scratch.
    #[inline(always)]
    pub(super) fn parts(&self, neuron: usize, part: &mut Part, visit: impl FnMut(&Part)) {
        match self {
            Self::None => {}
            Self::Short(index) => index.parts(neuron, part, visit),
            Self::Long(index) => index.parts(neuron, part, visit),
            Self::Wide(index) => index.parts(neuron, part, visit),
        }
    }
}

/// An unsigned number of up to 32 bits.
pub(in crate::engine) trait Narrow: Copy + Into<u32> {
    const BITS: u32;
    fn narrow(value: u64) -> Self;
}

macro_rules! narrow {
    ($($number:ty),*) => {$(
        impl Narrow for $number {
            const BITS: u32 = <$number>::BITS;

            fn narrow(value: u64) -> Self {
                value as Self
            }
        }
    )*};
}

narrow!(u8, u16, u32);

impl<L: Narrow, H: Narrow> Index<L, H> {
    fn new(synapses: &Synapses, neurons: usize, list_bits: u32) -> Self {
        let mut starts = vec![0_u32; neurons + 1];
        synapses.targets().iter().for_each(|target| starts[usize::from(*target) + 1] += 1);
        (1..starts.len()).for_each(|at| starts[at] += starts[at - 1]);
        let mut next = starts.clone();
        let mut low = vec![L::narrow(0); synapses.len() + GROUP];
        let mut high = vec![H::narrow(0); synapses.len() + GROUP];
        for list in 0..synapses.starts.len() - 1 {
            for (target, place) in synapses.target[synapses.row(list)].iter().zip(0_u64..) {
                let next = &mut next[usize::from(*target)];
                let word = list as u64 | place << list_bits;
                (low[*next as usize], high[*next as usize]) = (L::narrow(word), H::narrow(word >> L::BITS));
                *next += 1;
            }
        }
        Self { starts, low, high, list_bits }
    }

    fn range(&self, neuron: usize) -> std::ops::Range<usize> {
        self.starts[neuron] as usize..self.starts[neuron + 1] as usize
    }

    fn prefetch(&self, neuron: usize) {
        prefetch_all(&self.low[self.range(neuron)]);
        prefetch_all(&self.high[self.range(neuron)]);
    }

    #[inline(always)]
    fn parts(&self, neuron: usize, part: &mut Part, mut visit: impl FnMut(&Part)) {
        let range = self.range(neuron);
        for first in range.clone().step_by(BATCH) {
            part.len = BATCH.min(range.end - first);
            let own = first..first + lanes(part.len);
            unpack(&self.low[own.clone()], &self.high[own], self.list_bits, part);
            visit(part);
        }
    }
}

/// Lists and places of whole groups of synapses.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512cd+avx512dq+avx512vl+avx2+fma", "x86_64+avx2"))]
fn unpack<L: Narrow, H: Narrow>(low: &[L], high: &[H], list_bits: u32, part: &mut Part) {
    let mask = u32::MAX.wrapping_shr(32 - list_bits);
    let own = part.lists.as_chunks_mut::<GROUP>().0.iter_mut().zip(part.places.as_chunks_mut::<GROUP>().0);
    for ((lists, places), (low, high)) in own.zip(low.as_chunks().0.iter().zip(high.as_chunks().0)) {
        let (low, high): (&[L; GROUP], &[H; GROUP]) = (low, high);
        for lane in 0..GROUP {
            let (low, high) = (low[lane].into(), high[lane].into());
            lists[lane] = low & mask;
            // Nothing of the place is in `low` where the list fills it.
            let in_low = if L::BITS < u32::BITS { low.wrapping_shr(list_bits) } else { 0 };
            places[lane] = in_low | high.wrapping_shl(L::BITS.wrapping_sub(list_bits));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::plastic::Delays;

    /// Rows of these lengths onto `neurons` neurons in turn.
    fn rows(lengths: &[usize], neurons: usize) -> Synapses {
        let ends = lengths.iter().scan(0, |end, len| {
            *end += *len as u32;
            Some(*end)
        });
        let starts: Vec<u32> = std::iter::once(0).chain(ends).collect();
        let len = starts[lengths.len()] as usize;
        let mut synapses = Synapses {
            starts,
            target: (0..len).map(|synapse| (synapse * 7 % neurons) as u16).collect(),
            weight: vec![0; len],
            delay: Delays::Same(0),
            tag: Vec::new(),
            ordinal: Vec::new(),
        };
        synapses.pad();
        synapses
    }

    #[test]
    fn columns_of_every_width_find_each_synapse_of_their_neuron() {
        let many = |count: usize, len: usize| vec![len; count];
        let cases = [
            (many(1, 5), "Short"),
            ([many(300, 40), many(1, 200), many(20, 0)].concat(), "Short"),
            ([many(9, 100), many(1, 4096)].concat(), "Short"),
            ([many(5000, 3), many(1, 5000)].concat(), "Long"),
            ([many(2, 1 << 17), many(70_000, 0)].concat(), "Wide"),
        ];
        for (lengths, expected) in cases {
            let synapses = rows(&lengths, 97);
            let columns = Columns::new(&synapses, 97);
            assert!(format!("{columns:?}").starts_with(expected), "{} lists", lengths.len());
            for neuron in 0..97 {
                let mut found = Vec::new();
                columns.parts(neuron, &mut Part::EMPTY.clone(), |part| {
                    found.extend((0..part.len).map(|lane| part.synapse(&synapses, lane)))
                });
                let onto = (0..synapses.len()).filter(|synapse| usize::from(synapses.target[*synapse]) == neuron);
                assert!(onto.eq(found), "neuron {neuron} of {} lists", lengths.len());
            }
        }
    }
}
