//! Rows of one weight and one delay onto many neurons that lie side by side, with a bit for each neuron in place of a list of targets.
//!
//! Rows that share weight, delay and stretch of neurons are a class. The rows of a class that spikes reach in one step are counted
//! ([`super::planes`]), and what they deliver is added up once for all of them.

use super::lanes::set_lanes;
use super::neurons::BLOCK;
use super::planes::{CHUNK, Chunk, LANES, ROWS, add_up};
use super::prefetch::prefetch_all;
use super::ring::Ring;
use crate::id::Step;
use std::collections::BTreeMap;

/// Below one target in this many neurons a list of targets is smaller.
const DENSE_FROM: usize = 16;

/// What rows have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Class {
    /// Effective weight in units of 64.
    weight: i16,
    delay: u8,
    /// Chunks of the tile.
    from: u32,
    chunks: u32,
}

/// Rows as bits.
#[derive(Debug, Clone, Default)]
pub(super) struct BitRows {
    chunks: Vec<Chunk>,
    classes: Vec<Class>,
    numbers: BTreeMap<Class, u32>,
    /// A row that reaches nobody, as long as any.
    nobody: Vec<Chunk>,
}

/// The rows that spikes of a step reach.
#[derive(Debug, Clone, Default)]
pub(super) struct Volley {
    /// First chunk of each row, by class.
    rows: Vec<Vec<u32>>,
    /// Classes that have any.
    classes: Vec<u32>,
}

impl Volley {
    /// Adds the row of a class that starts at a chunk.
    #[inline]
    pub(super) fn push(&mut self, class: u32, first: u32) {
        if self.rows.len() <= class as usize {
            self.rows.resize(class as usize + 1, Vec::new());
        }
        let rows = &mut self.rows[class as usize];
        if rows.is_empty() {
            self.classes.push(class);
        }
        rows.push(first);
    }
}

impl BitRows {
    /// Takes a row, if that is worth while, and returns its class and its first chunk. Targets that occur again are left in `again`.
    pub(super) fn push(&mut self, targets: &[u16], weight: i16, delay: u8, again: &mut Vec<u16>) -> Option<(u32, u32)> {
        let (low, high) = (*targets.iter().min()?, *targets.iter().max()?);
        let (from, to) = (usize::from(low) / CHUNK, usize::from(high) / CHUNK + 1);
        if targets.len() * DENSE_FROM < (to - from) * CHUNK {
            return None;
        }
        let first = self.chunks.len();
        let class = Class { weight, delay, from: from as u32, chunks: (to - from) as u32 };
        let row = (self.number(class)?, u32::try_from(first).ok()?);
        self.nobody.resize(self.nobody.len().max(to - from), [0; LANES]);
        self.chunks.resize(first + to - from, [0; LANES]);
        for target in targets {
            let place = usize::from(*target) - from * CHUNK;
            let lane = &mut self.chunks[first + place / CHUNK][place % LANES];
            let bit = 1 << (place % CHUNK / LANES);
            if *lane & bit != 0 {
                again.push(*target);
            }
            *lane |= bit;
        }
        Some(row)
    }

    fn number(&mut self, class: Class) -> Option<u32> {
        let next = u32::try_from(self.classes.len()).ok()?;
        let number = *self.numbers.entry(class).or_insert(next);
        if number == next {
            self.classes.push(class);
        }
        Some(number)
    }

    /// The same without room to spare; no more rows can be taken.
    pub(super) fn shrink(&mut self) {
        self.chunks.shrink_to_fit();
        self.numbers.clear();
    }

    /// Delivers spikes of step `t` through the rows of a volley, and empties it.
    pub(super) fn deliver(&self, volley: &mut Volley, t: Step, ring: &mut Ring, marks: bool) {
        let Volley { rows, classes } = volley;
        for class in classes.drain(..) {
            let rows = &mut rows[class as usize];
            let class = self.classes[class as usize];
            let Some((sums, marked)) = ring.tile_at(t + 1 + Step::from(class.delay)) else { continue };
            let (from, chunks) = (class.from as usize, class.chunks as usize);
            let sums = &mut sums.as_chunks_mut().0.as_chunks_mut().0[from..from + chunks];
            let marked = &mut marked.as_chunks_mut().0[from..from + chunks];
            let row = |first: u32| &self.chunks[first as usize..first as usize + chunks];
            let mut groups = rows.chunks(ROWS).peekable();
            while let Some(group) = groups.next() {
                // While rows are counted, the next ones come into the cache.
                groups.peek().into_iter().copied().flatten().for_each(|first| prefetch_all(row(*first)));
                let mut all = [&self.nobody[..chunks]; ROWS];
                all.iter_mut().zip(group).for_each(|(own, first)| *own = row(*first));
                add_up(&all, group.len(), class.weight.into(), sums);
                if marks {
                    mark(&all[..group.len()], marked);
                }
            }
            rows.clear();
        }
    }
}

/// Marks whom any of `rows` reaches, by block.
fn mark(rows: &[&[Chunk]], marks: &mut [[u64; CHUNK / BLOCK]]) {
    for (chunk, marks) in marks.iter_mut().enumerate() {
        for lane in 0..LANES {
            let any = rows.iter().fold(0, |any, row| any | row[chunk][lane]);
            for bit in set_lanes(any.into()) {
                let neuron = bit * LANES + lane;
                marks[neuron / BLOCK] |= 1 << (neuron % BLOCK);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn bits_deliver_what_lists_of_targets_do(
            rows in prop::collection::vec(prop::collection::btree_set(0_u16..700, 100..500), 1..40),
            weight in any::<i16>(),
            again in prop::collection::vec(0_u16..700, 0..9),
        ) {
            let (mut bits, mut volley, mut ring) = (BitRows::default(), Volley::default(), Ring::new(700, 4));
            let (mut left, mut expected, mut reached) = (Vec::new(), [0_i32; 700], [false; 700]);
            for row in &rows {
                let mut targets: Vec<u16> = row.iter().copied().collect();
                targets.extend(&again);
                let repeated = left.len();
                if let Some((class, first)) = bits.push(&targets, weight, 2, &mut left) {
                    volley.push(class, first);
                    for target in row.iter().chain(&again) {
                        expected[usize::from(*target)] += i32::from(weight);
                        reached[usize::from(*target)] = true;
                    }
                    for target in &left[repeated..] {
                        expected[usize::from(*target)] -= i32::from(weight);
                    }
                }
            }
            prop_assert!(reached.contains(&true), "rows as dense as these are taken");
            bits.shrink();
            bits.deliver(&mut volley, 5, &mut ring, true);
            let (sums, marks) = ring.at(8);
            prop_assert_eq!(&sums.as_flattened()[..700], &expected[..]);
            let marked: Vec<bool> = (0..700).map(|neuron| marks[neuron / BLOCK] >> (neuron % BLOCK) & 1 != 0).collect();
            prop_assert_eq!(marked, reached);
        }
    }
}
