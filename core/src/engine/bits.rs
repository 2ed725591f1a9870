//! Rows of one weight and one delay onto many neurons that lie side by side, with a bit for each neuron in place of a list of targets.
//!
//! Rows that share weight, delay and stretch of neurons are a class. The rows of a class that spikes reach in one step are counted
//! neuron by neuron in bit planes, 256 neurons at a time; what they deliver is then added up once for all of them:
//!
//! ```text
//! row  ...0 1 1 0 1        plane 0  ...1 0 1 1 1  × weight
//! row  ...1 1 0 0 1   ──►  plane 1  ...0 1 0 0 1  × weight × 2   ──►  sums of the slot
//! row  ...0 0 0 1 1
//! ```

use super::neurons::BLOCK;
use super::prefetch::prefetch_all;
use super::ring::Ring;
use crate::id::Step;
use multiversion::multiversion;
use std::collections::BTreeMap;

/// Lanes of a chunk.
const LANES: usize = 8;
/// 256 neurons: neuron n is bit n / 8 of lane n mod 8, so that one bit of all lanes is eight neurons side by side.
type Chunk = [u32; LANES];
const CHUNK: usize = 256;
/// The sums of a chunk.
type Sums = [[i32; LANES]; CHUNK / LANES];
/// Below one target in this many neurons a list of targets is smaller.
const DENSE_FROM: usize = 16;
/// Bit planes that count; and the rows that they can count.
const PLANES: usize = 4;
const ROWS: usize = (1 << PLANES) - 1;
/// What rows deliver to a chunk, counted.
type Planes = [Chunk; PLANES];

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
}

/// The rows that spikes of a step reach.
#[derive(Debug, Clone, Default)]
pub(super) struct Volley {
    /// First chunk of each row, by class.
    rows: Vec<Vec<u32>>,
    /// Classes that have any.
    classes: Vec<u32>,
    planes: Vec<Planes>,
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
        let Volley { rows, classes, planes } = volley;
        for class in classes.drain(..) {
            let rows = &mut rows[class as usize];
            let class = self.classes[class as usize];
            let Some((sums, marked)) = ring.tile_at(t + 1 + Step::from(class.delay)) else { continue };
            let (from, chunks) = (class.from as usize, class.chunks as usize);
            let sums = &mut sums.as_chunks_mut().0.as_chunks_mut().0[from..from + chunks];
            planes.resize(chunks, [[0; LANES]; PLANES]);
            for rows in rows.chunks(ROWS) {
                planes.fill([[0; LANES]; PLANES]);
                self.count(rows, chunks, planes);
                add_up(planes, class.weight.into(), sums);
                if marks {
                    mark(planes, &mut marked.as_chunks_mut().0[from..from + chunks]);
                }
            }
            rows.clear();
        }
    }

    /// Counts who `rows` reach. While two rows are counted, the next two come into the cache.
    fn count(&self, rows: &[u32], chunks: usize, planes: &mut [Planes]) {
        let row = |first: u32| &self.chunks[first as usize..first as usize + chunks];
        let (pairs, last) = rows.as_chunks::<2>();
        for (place, [one, other]) in pairs.iter().enumerate() {
            let next = rows.iter().skip(2 * place + 2).take(2);
            next.for_each(|first| prefetch_all(row(*first)));
            count_two(planes, row(*one), row(*other));
        }
        for one in last {
            count_one(planes, row(*one));
        }
    }
}

#[inline(always)]
fn each(of_lane: impl Fn(usize) -> u32) -> Chunk {
    let mut chunk = [0; LANES];
    for (lane, own) in chunk.iter_mut().enumerate() {
        *own = of_lane(lane);
    }
    chunk
}

/// Adds one to the count of each neuron in `row`.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512cd+avx512dq+avx512vl+avx2+fma", "x86_64+avx2"))]
fn count_one(planes: &mut [Planes], row: &[Chunk]) {
    for (planes, row) in planes.iter_mut().zip(row) {
        carry(planes, 0, *row);
    }
}

/// The same for two rows.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512cd+avx512dq+avx512vl+avx2+fma", "x86_64+avx2"))]
fn count_two(planes: &mut [Planes], one: &[Chunk], other: &[Chunk]) {
    for ((planes, one), other) in planes.iter_mut().zip(one).zip(other) {
        let (own, one, other) = (planes[0], *one, *other);
        let either = each(|lane| own[lane] ^ one[lane]);
        planes[0] = each(|lane| either[lane] ^ other[lane]);
        carry(planes, 1, each(|lane| own[lane] & one[lane] | either[lane] & other[lane]));
    }
}

/// Adds a carry to the counts from plane `from` on.
#[inline(always)]
fn carry(planes: &mut Planes, from: usize, mut carry: Chunk) {
    for plane in &mut planes[from..] {
        let own = *plane;
        *plane = each(|lane| own[lane] ^ carry[lane]);
        carry = each(|lane| own[lane] & carry[lane]);
    }
}

/// Adds `weight` times its count to the sum of each neuron.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512cd+avx512dq+avx512vl+avx2+fma", "x86_64+avx2"))]
fn add_up(planes: &[Planes], weight: i32, sums: &mut [Sums]) {
    for (planes, sums) in planes.iter().zip(sums) {
        // Fields of two bits, of neurons with even and odd bits; then of four bits.
        let [even, odd] = interleave(&planes[0], &planes[1], 1, 0x5555_5555);
        let [high_even, high_odd] = interleave(&planes[2], &planes[3], 1, 0x5555_5555);
        let [first, third] = interleave(&even, &high_even, 2, 0x3333_3333);
        let [second, fourth] = interleave(&odd, &high_odd, 2, 0x3333_3333);
        for (field, sums) in sums.as_chunks_mut::<4>().0.iter_mut().enumerate() {
            for (fields, sums) in [first, second, third, fourth].iter().zip(sums) {
                for lane in 0..LANES {
                    let count = (fields[lane] >> (4 * field)) & 0xF;
                    sums[lane] = sums[lane].wrapping_add(weight.wrapping_mul(count as i32));
                }
            }
        }
    }
}

/// Joins every other field of `width` bits of two words to one of twice the width: those under the mask, and those between.
#[inline(always)]
fn interleave(low: &Chunk, high: &Chunk, width: u32, mask: u32) -> [Chunk; 2] {
    let under = each(|lane| (low[lane] & mask) | ((high[lane] & mask) << width));
    [under, each(|lane| ((low[lane] >> width) & mask) | (high[lane] & !mask))]
}

/// Marks who has a count, by block.
fn mark(planes: &[Planes], marks: &mut [[u64; CHUNK / BLOCK]]) {
    for (planes, marks) in planes.iter().zip(marks) {
        for lane in 0..LANES {
            let mut any = planes.iter().fold(0, |any, plane| any | plane[lane]);
            while any != 0 {
                let neuron = any.trailing_zeros() as usize * LANES + lane;
                any &= any - 1;
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
            let (mut bits, mut volley, mut ring) = (BitRows::default(), Volley::default(), Ring::new(700, 3));
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
