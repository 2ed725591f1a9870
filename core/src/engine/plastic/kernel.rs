//! The arithmetic of many synapses at once: a draw for each, and what it makes of its sum. The compiler turns it into vector
//! instructions.

use crate::learning::epoch::Rounder;
use crate::learning::product::Line;
use crate::random::{draw_from, stream, synapse_entity};
use multiversion::multiversion;

/// Synapses of a batch. They are looked up together, so that the misses of one hide behind those of the others.
pub(super) const BATCH: usize = 64;

/// A number for each synapse of a batch.
pub(super) type Lanes<T> = [T; BATCH];

/// The end of the synapses of a batch that all of them share, by its logical id.
#[derive(Debug, Clone, Copy)]
pub(super) enum End {
    Source(u32),
    Target(u32),
}

/// The random streams of synapses: `others` are the logical ids of their other ends.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512cd+avx512dq+avx512vl+avx2+fma", "x86_64+avx2"))]
pub(super) fn open(seed: u64, shared: End, others: &Lanes<u32>, ordinals: &Lanes<u8>, streams: &mut Lanes<u64>) {
    match shared {
        End::Source(source) => {
            for lane in 0..BATCH {
                streams[lane] = stream(seed, synapse_entity(ordinals[lane], source, others[lane]));
            }
        }
        End::Target(target) => {
            for lane in 0..BATCH {
                streams[lane] = stream(seed, synapse_entity(ordinals[lane], others[lane], target));
            }
        }
    }
}

/// A draw from each stream.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512cd+avx512dq+avx512vl+avx2+fma", "x86_64+avx2"))]
pub(super) fn roll(streams: &Lanes<u64>, t: u64, pc: u8, draws: &mut Lanes<u32>) {
    for lane in 0..BATCH {
        draws[lane] = draw_from(streams[lane], t, pc);
    }
}

/// The terms of values on a line.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512cd+avx512dq+avx512vl+avx2+fma", "x86_64+avx2"))]
pub(super) fn follow(line: &Line, values: &Lanes<i16>, terms: &mut Lanes<i16>) {
    let line = *line;
    for lane in 0..BATCH {
        terms[lane] = line.term(values[lane]);
    }
}

/// Moves every value by its term. Returns how many changed.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512cd+avx512dq+avx512vl+avx2+fma", "x86_64+avx2"))]
pub(super) fn move_all(rounder: &Rounder, terms: &Lanes<i16>, draws: &Lanes<u32>, values: &mut Lanes<i16>) -> u32 {
    let (rounder, mut written) = (*rounder, 0_u32);
    for lane in 0..BATCH {
        let value = i32::from(values[lane]);
        let moved = rounder.moved(value, terms[lane].into(), draws[lane]);
        written = written.wrapping_add(u32::from(moved != value));
        values[lane] = moved as i16;
    }
    written
}

/// Marks the lanes whose terms would move a value in the middle of its range; the others leave any value as it is.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512cd+avx512dq+avx512vl+avx2+fma", "x86_64+avx2"))]
pub(super) fn find_movers(rounder: &Rounder, terms: &Lanes<i16>, draws: &Lanes<u32>, movers: &mut Lanes<u8>) {
    let rounder = *rounder;
    for lane in 0..BATCH {
        movers[lane] = u8::from(rounder.moves(terms[lane].into(), draws[lane]));
    }
}

/// Calls `visit` with each lane that is marked with 1 rather than 0, ascending.
#[inline(always)]
pub(super) fn each_marked(marks: &Lanes<u8>, mut visit: impl FnMut(usize)) {
    for (part, first) in marks.as_chunks::<8>().0.iter().zip((0..).step_by(8)) {
        let mut left = u64::from_le_bytes(*part);
        while left != 0 {
            visit(first + left.trailing_zeros() as usize / 8);
            left &= left - 1;
        }
    }
}
