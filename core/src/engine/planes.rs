//! Rows of bits, counted neuron by neuron in bit planes: 256 neurons at a time and up to 15 rows at once, with the counts in registers.
//!
//! ```text
//! row  ...0 1 1 0 1        plane 0  ...1 0 1 1 1  × weight
//! row  ...1 1 0 0 1   ──►  plane 1  ...0 1 0 0 1  × weight × 2   ──►  sums
//! row  ...0 0 0 1 1
//! ```

use multiversion::multiversion;

/// Lanes of a chunk.
pub const LANES: usize = 8;
/// Neurons of a chunk.
pub const CHUNK: usize = 256;
/// A bit for each neuron: neuron n is bit n / 8 of lane n mod 8, so that one bit of all lanes is eight neurons side by side.
pub type Chunk = [u32; LANES];
/// The sums of a chunk, of neurons in ascending order.
pub type Sums = [[i32; LANES]; CHUNK / LANES];
/// Bit planes that count; and the rows that they can count.
const PLANES: usize = 4;
/// Rows that are counted at once.
pub const ROWS: usize = (1 << PLANES) - 1;
/// Counts of a chunk: a plane for each digit.
type Planes = [Chunk; PLANES];

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

#[inline(always)]
fn gather<const ROWS: usize>(row: impl Fn(usize) -> Chunk) -> [Chunk; ROWS] {
    let mut rows = [[0; LANES]; ROWS];
    for (place, own) in rows.iter_mut().enumerate() {
        *own = row(place);
    }
    rows
}

/// How many of 15 rows reach each neuron of a chunk, of which all but the first `ROWS` reach nobody.
#[inline(always)]
fn count<const ROWS: usize>(row: impl Fn(usize) -> Chunk) -> Planes {
    const NONE: Chunk = [0; LANES];
    if ROWS <= 3 {
        let (ones, [twos]) = compress::<3, 1>(&gather(row));
        return [ones, twos, NONE, NONE];
    }
    if ROWS <= 7 {
        let (ones, twos) = compress::<7, 3>(&gather(row));
        let (twos, [fours]) = compress::<3, 1>(&twos);
        return [ones, twos, fours, NONE];
    }
    let (ones, twos) = compress::<15, 7>(&gather(row));
    let (twos, fours) = compress::<7, 3>(&twos);
    let (fours, [eights]) = compress::<3, 1>(&fours);
    [ones, twos, fours, eights]
}

/// Adds to the sum of each neuron `weight` for each of the first `used` rows that reach it; the others reach nobody. No row
/// may be shorter than `sums`.
///
/// Not for AVX-512: there the compiler gathers planes with a mask in place of working lane by lane, which takes six times as long.
#[multiversion(targets("x86_64+avx2"))]
pub fn add_up(rows: &[&[Chunk]; ROWS], used: usize, weight: i32, sums: &mut [Sums]) {
    match used {
        0..=3 => add_counts::<3>(rows, weight, sums),
        4..=7 => add_counts::<7>(rows, weight, sums),
        _ => add_counts::<ROWS>(rows, weight, sums),
    }
}

#[inline(always)]
fn add_counts<const USED: usize>(rows: &[&[Chunk]; ROWS], weight: i32, sums: &mut [Sums]) {
    let chunks = sums.len();
    let mut own: [&[Chunk]; USED] = [&[]; USED];
    own.iter_mut().zip(rows).for_each(|(own, row)| *own = &row[..chunks]);
    for (chunk, sums) in sums.iter_mut().enumerate() {
        let planes = count::<USED>(|place| own[place][chunk]);
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
