//! The arithmetic of many synapses at once: a draw for each, and what it makes of its term. The compiler turns it into vector
//! instructions.

use super::levels::Levels;
use crate::engine::lanes::set_lanes;
use crate::learning::product::Line;
use crate::random::{SourceStreams, TargetStreams, draw_each, stream, synapse_entity};
use multiversion::multiversion;
use multiversion::target::target_cfg_f;

/// Synapses of a batch at most. They are looked up together, so that the misses of one hide behind those of the others.
pub(super) const BATCH: usize = 256;

/// Synapses that are worked on together. A batch has whole groups of them: the lanes behind its last synapse count for nothing.
pub(super) const GROUP: usize = 32;

/// A number for each synapse of a batch.
pub(super) type Lanes<T> = [T; BATCH];

/// The lanes of a batch of `len` synapses.
pub(super) const fn lanes(len: usize) -> usize {
    len.next_multiple_of(GROUP)
}

/// The groups of a batch.
#[inline(always)]
fn groups<T>(lanes: &[T]) -> &[[T; GROUP]] {
    lanes.as_chunks().0
}

/// The same to be written.
#[inline(always)]
fn groups_mut<T>(lanes: &mut [T]) -> &mut [[T; GROUP]] {
    lanes.as_chunks_mut().0
}

/// The end of the synapses of a batch that all of them share, by its logical id.
#[derive(Debug, Clone, Copy)]
pub(super) enum End {
    Source(u32),
    Target(u32),
}

/// The random streams of synapses: `others` are the logical ids of their other ends.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512cd+avx512dq+avx512vl+avx2+fma", "x86_64+avx2"))]
pub(super) fn open(seed: u64, shared: End, others: &[u32], streams: &mut [u64]) {
    match shared {
        End::Source(source) => {
            let row = SourceStreams::new(seed, source);
            for (streams, others) in groups_mut(streams).iter_mut().zip(groups(others)) {
                for lane in 0..GROUP {
                    streams[lane] = row.onto(others[lane]);
                }
            }
        }
        End::Target(target) => {
            let column = TargetStreams::new(seed, target);
            for (streams, others) in groups_mut(streams).iter_mut().zip(groups(others)) {
                for lane in 0..GROUP {
                    streams[lane] = column.from(others[lane]);
                }
            }
        }
    }
}

/// The same where some are not the first of their pair: by their numbers among parallel synapses.
pub(super) fn open_parallel(seed: u64, shared: End, others: &[u32], ordinals: &[u8], streams: &mut [u64]) {
    for ((own, other), ordinal) in streams.iter_mut().zip(others).zip(ordinals) {
        let (source, target) = match shared {
            End::Source(source) => (source, *other),
            End::Target(target) => (*other, target),
        };
        *own = stream(seed, synapse_entity(*ordinal, source, target));
    }
}

/// The terms of tags on a line. Returns all of them joined by "or".
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512cd+avx512dq+avx512vl+avx2+fma", "x86_64+avx2"))]
pub(super) fn follow(line: &Line, tags: &[i16], terms: &mut [i16]) -> i16 {
    let (line, mut any) = (*line, 0);
    for (terms, tags) in groups_mut(terms).iter_mut().zip(groups(tags)) {
        for lane in 0..GROUP {
            terms[lane] = line.term(tags[lane]);
            any |= terms[lane];
        }
    }
    any
}

/// The same for weights by their levels.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512cd+avx512dq+avx512vl+avx2+fma", "x86_64+avx2"))]
pub(super) fn follow_levels(line: &Line, levels: Levels, weights: &[u8], terms: &mut [i16]) -> i16 {
    let (line, mut any) = (*line, 0);
    for (terms, weights) in groups_mut(terms).iter_mut().zip(groups(weights)) {
        for lane in 0..GROUP {
            terms[lane] = line.term(levels.mantissa(weights[lane]));
            any |= terms[lane];
        }
    }
    any
}

/// By how many grains terms move their values, each rounded by a draw from its stream: the whole part, and one more where the draw
/// is below the fraction. `lost_bits` are the bits of that fraction, at most 16.
///
/// Stored values are whole multiples of the grain, so that the fraction is that of the term alone. Where the accumulator saturates,
/// the value ends at the limit of its range either way.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512cd+avx512dq+avx512vl+avx2+fma", "x86_64+avx2"))]
pub(super) fn round(streams: &[u64], t: u64, pc: u8, lost_bits: u32, terms: &[i16], grains: &mut [i16]) {
    let (kept, whole) = (16_u32.wrapping_sub(lost_bits), lost_bits.min(15));
    let fraction = (1_u32.wrapping_shl(lost_bits)).wrapping_sub(1) as u16;
    for ((streams, terms), grains) in groups(streams).iter().zip(groups(terms)).zip(groups_mut(grains)) {
        let draws = draw_each(streams, t, pc, target_cfg_f!(target_feature = "avx512dq"));
        for lane in 0..GROUP {
            let up = ((draws[lane] >> 16) as u16).wrapping_shr(kept) < terms[lane] as u16 & fraction;
            grains[lane] = terms[lane].wrapping_shr(whole).wrapping_add(i16::from(up));
        }
    }
}

/// The same for terms without fractions, which draw nothing.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512cd+avx512dq+avx512vl+avx2+fma", "x86_64+avx2"))]
pub(super) fn divide(lost_bits: u32, terms: &[i16], grains: &mut [i16]) {
    let whole = lost_bits.min(15);
    for (grains, terms) in groups_mut(grains).iter_mut().zip(groups(terms)) {
        for lane in 0..GROUP {
            grains[lane] = terms[lane].wrapping_shr(whole);
        }
    }
}

/// Moves weights, which are levels up to `highest`. Returns how many changed.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512cd+avx512dq+avx512vl+avx2+fma", "x86_64+avx2"))]
pub(super) fn move_levels(grains: &[i16], highest: u8, levels: &mut [u8]) -> u32 {
    let mut all = 0;
    for (levels, grains) in groups_mut(levels).iter_mut().zip(groups(grains)) {
        let mut changed = 0_u8;
        for lane in 0..GROUP {
            let moved = moved_level(levels[lane], grains[lane], highest);
            changed = changed.wrapping_add(u8::from(moved != levels[lane]));
            levels[lane] = moved;
        }
        all += u32::from(changed);
    }
    all
}

/// Moves tags.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512cd+avx512dq+avx512vl+avx2+fma", "x86_64+avx2"))]
pub(super) fn move_tags(grains: &[i16], tags: &mut [i16]) {
    for (tags, grains) in groups_mut(tags).iter_mut().zip(groups(grains)) {
        for lane in 0..GROUP {
            tags[lane] = moved_tag(tags[lane], grains[lane]);
        }
    }
}

/// A level moved by some grains, within 0..=`highest`.
#[inline(always)]
pub(super) fn moved_level(level: u8, grains: i16, highest: u8) -> u8 {
    i16::from(level).wrapping_add(grains).max(0).min(i16::from(highest)) as u8
}

/// A tag moved by some grains, within its nine bits.
#[inline(always)]
pub(super) fn moved_tag(tag: i16, grains: i16) -> i16 {
    tag.wrapping_add(grains).clamp(-256, 255)
}

/// One bit for each lane that holds anything but 0, a word for each group.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512cd+avx512dq+avx512vl+avx2+fma", "x86_64+avx2"))]
fn mark(grains: &[i16]) -> Marks {
    let mut marks = [0; BATCH / GROUP];
    for (grains, marks) in groups(grains).iter().zip(&mut marks) {
        let mut own = [0_u8; GROUP];
        for lane in 0..GROUP {
            own[lane] = u8::from(grains[lane] != 0);
        }
        // Eight bytes of 0 or 1 to eight bits: the product brings bit 0 of byte i to bit 56 + i.
        let bits = |bytes: [u8; 8]| u64::from_le_bytes(bytes).wrapping_mul(0x0102_0408_1020_4080) >> 56;
        *marks = own.as_chunks::<8>().0.iter().rev().fold(0, |all, bytes| all << 8 | bits(*bytes));
    }
    marks
}

/// A bit for each lane of a batch, a word for each group.
type Marks = [u64; BATCH / GROUP];

/// The lanes that hold anything but 0, ascending.
#[inline(always)]
pub(super) fn moving_lanes(grains: &[i16]) -> impl Iterator<Item = usize> {
    let groups = mark(grains).into_iter().zip((0..).step_by(GROUP));
    groups.flat_map(|(marks, first)| set_lanes(marks).map(move |lane| first + lane))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::learning::epoch::Rounder;
    use crate::learning::product::{AccumulatorRange, accumulate};
    use crate::random::draw;
    use crate::synapse::SignMode;
    use crate::synapse::tests::format;
    use caudate_isa::sum_of_products::Target;

    /// Terms of every size, small ones most often.
    fn terms(seed: u64) -> Lanes<i16> {
        std::array::from_fn(|lane| (draw(3, lane as u64, seed, 0) as i16) >> (seed % 16))
    }

    #[test]
    fn grains_of_terms_make_of_a_value_what_its_rounded_sum_is() {
        let (seed, target) = (7, 5);
        let others: Lanes<u32> = std::array::from_fn(|lane| lane as u32 * 3);
        let (mut streams, mut grains) = ([0; BATCH], [0; BATCH]);
        for mode in [SignMode::Mixed, SignMode::Excitatory, SignMode::Inhibitory] {
            for (weight_bits, t) in (0..=8).flat_map(|bits| (0..48).map(move |t| (bits, t))) {
                let format = format(weight_bits, 0, mode);
                let (levels, terms) = (Levels::of(&format).unwrap(), terms(t));
                open(seed, End::Target(target), &others, &mut streams);
                for kind in [Target::Weight, Target::Tag] {
                    let rounder = Rounder::new(kind, &format, 0);
                    round(&streams, t, kind as u8, rounder.lost_bits(), &terms, &mut grains);
                    for lane in 0..BATCH {
                        let term = i64::from(terms[lane]);
                        let drawn = draw(seed, synapse_entity(0, others[lane], target), t, kind as u8);
                        let expected = |value| {
                            let sum = accumulate(value, [term].into_iter(), AccumulatorRange::TWOS_COMPLEMENT);
                            rounder.round(sum as i32, drawn) as i16
                        };
                        match kind {
                            Target::Weight => {
                                (0..=levels.highest()).step_by(5).chain([levels.highest()]).for_each(|level| {
                                    let got = levels.mantissa(moved_level(level, grains[lane], levels.highest()));
                                    assert_eq!(got, expected(levels.mantissa(level)), "{format}: {level} and {term}");
                                })
                            }
                            _ => (-256..=255).step_by(7).chain([255]).for_each(|tag| {
                                assert_eq!(moved_tag(tag, grains[lane]), expected(tag), "{tag} and {term}");
                            }),
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn whole_terms_draw_nothing() {
        let (streams, mut drawn, mut divided) = ([0x1234_5678_9ABC_DEF0; BATCH], [0; BATCH], [0; BATCH]);
        for lost_bits in 7..=16 {
            let terms: Lanes<i16> = std::array::from_fn(|lane| ((lane as i32 - 32) << lost_bits) as i16);
            round(&streams, 9, 0, lost_bits, &terms, &mut drawn);
            divide(lost_bits, &terms, &mut divided);
            assert_eq!(drawn, divided);
        }
    }

    #[test]
    fn marks_are_the_lanes_that_move() {
        for seed in 0..32 {
            let grains: Lanes<i16> = terms(seed).map(|term| term >> 12);
            let marked: Vec<usize> = moving_lanes(&grains).collect();
            let expected: Vec<usize> = (0..BATCH).filter(|lane| grains[*lane] != 0).collect();
            assert_eq!(marked, expected);
        }
    }

    #[test]
    fn parallel_synapses_have_streams_of_their_own() {
        let others: Lanes<u32> = std::array::from_fn(|lane| lane as u32 / 2);
        let ordinals: Lanes<u8> = std::array::from_fn(|lane| lane as u8 % 2);
        for shared in [End::Source(4), End::Target(4)] {
            let (mut first, mut all) = ([0; BATCH], [0; BATCH]);
            open(1, shared, &others, &mut first);
            open_parallel(1, shared, &others, &ordinals, &mut all);
            assert!((0..BATCH).all(|lane| (first[lane] == all[lane]) == (ordinals[lane] == 0)));
        }
    }
}
