//! Rows of one weight and one delay onto many neurons that lie side by side, with a bit for each neuron in place of a list of targets.
//!
//! Rows that share weight, delay and stretch of neurons are a class. The rows of a class that spikes reach in one step are counted
//! neuron by neuron, 256 neurons at a time and up to 15 rows at once; what they deliver is then added up once for all of them:
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
/// What rows deliver to a chunk, counted: the digits of each count.
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
                let at = |place: usize| group.get(place).map_or(&self.nobody[..chunks], |first| row(*first));
                let all: [&[Chunk]; ROWS] = std::array::from_fn(at);
                add_up(&all, group.len(), class.weight.into(), sums);
                if marks {
                    mark(&all[..group.len()], marked);
                }
            }
            rows.clear();
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

/// Adds up bits: the last digit of each sum, and the carries.
#[inline(always)]
fn compress<const BITS: usize, const CARRIES: usize>(bits: &[Chunk; BITS]) -> (Chunk, [Chunk; CARRIES]) {
    let (mut sum, mut carries) = (bits[0], [[0; LANES]; CARRIES]);
    for ([one, other], carry) in bits[1..].as_chunks::<2>().0.iter().zip(&mut carries) {
        for lane in 0..LANES {
            let either = sum[lane] ^ one[lane];
            carry[lane] = sum[lane] & one[lane] | either & other[lane];
            sum[lane] = either ^ other[lane];
        }
    }
    (sum, carries)
}

/// How many of 15 rows reach each neuron of a chunk, of which all but the first `ROWS` reach nobody.
#[inline(always)]
fn count<const ROWS: usize>(row: impl Fn(usize) -> Chunk) -> Planes {
    const NONE: Chunk = [0; LANES];
    if ROWS <= 3 {
        let (ones, [twos]) = compress::<3, 1>(&std::array::from_fn(row));
        return [ones, twos, NONE, NONE];
    }
    if ROWS <= 7 {
        let (ones, twos) = compress::<7, 3>(&std::array::from_fn(row));
        let (twos, [fours]) = compress::<3, 1>(&twos);
        return [ones, twos, fours, NONE];
    }
    let (ones, twos) = compress::<15, 7>(&std::array::from_fn(row));
    let (twos, fours) = compress::<7, 3>(&twos);
    let (fours, [eights]) = compress::<3, 1>(&fours);
    [ones, twos, fours, eights]
}

/// Adds to the sum of each neuron `weight` for each of the first `used` rows that reach it; the others reach nobody.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512cd+avx512dq+avx512vl+avx2+fma", "x86_64+avx2"))]
fn add_up(rows: &[&[Chunk]; ROWS], used: usize, weight: i32, sums: &mut [Sums]) {
    match used {
        0..=3 => add_counts::<3>(rows, weight, sums),
        4..=7 => add_counts::<7>(rows, weight, sums),
        _ => add_counts::<ROWS>(rows, weight, sums),
    }
}

#[inline(always)]
fn add_counts<const USED: usize>(rows: &[&[Chunk]; ROWS], weight: i32, sums: &mut [Sums]) {
    let chunks = sums.len();
    let rows: [&[Chunk]; USED] = std::array::from_fn(|place| &rows[place][..chunks]);
    for (chunk, sums) in sums.iter_mut().enumerate() {
        let planes = count::<USED>(|place| rows[place][chunk]);
        // Fields of two bits, of neurons with even and odd bits; then of four bits.
        let [even, odd] = interleave(&planes[0], &planes[1], 1, 0x5555_5555);
        let [high_even, high_odd] = interleave(&planes[2], &planes[3], 1, 0x5555_5555);
        let [first, third] = interleave(&even, &high_even, 2, 0x3333_3333);
        let [second, fourth] = interleave(&odd, &high_odd, 2, 0x3333_3333);
        for (field, sums) in sums.as_chunks_mut::<4>().0.iter_mut().enumerate() {
            for (fields, sums) in [first, second, third, fourth].iter().zip(sums) {
                let (fields, own) = (*fields, *sums);
                for (lane, sum) in sums.iter_mut().enumerate() {
                    let count = (fields[lane] >> (4 * field)) & 0xF;
                    *sum = own[lane].wrapping_add(weight.wrapping_mul(count as i32));
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

/// Marks whom any of `rows` reaches, by block.
fn mark(rows: &[&[Chunk]], marks: &mut [[u64; CHUNK / BLOCK]]) {
    for (chunk, marks) in marks.iter_mut().enumerate() {
        for lane in 0..LANES {
            let mut any = rows.iter().fold(0, |any, row| any | row[chunk][lane]);
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
