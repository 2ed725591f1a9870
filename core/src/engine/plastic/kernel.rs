//! The arithmetic of many synapses at once: a draw for each, and what it makes of its sum. The compiler turns it into vector
//! instructions.

use crate::learning::epoch::Rounder;
use crate::random::draw;
use multiversion::multiversion;

/// Synapses of a batch. They are looked up together, so that the misses of one hide behind those of the others.
pub(super) const BATCH: usize = 32;

/// Synapses that one table moves.
#[derive(Debug, Clone)]
pub(super) struct Batch {
    /// Draw entities.
    pub(super) entities: [u64; BATCH],
    /// Stored values.
    pub(super) values: [i32; BATCH],
    /// What is added to each; 0 leaves a value as it is.
    pub(super) terms: [i32; BATCH],
}

impl Batch {
    pub(super) const EMPTY: Self = Self { entities: [0; BATCH], values: [0; BATCH], terms: [0; BATCH] };
}

/// What the draws of an epoch's end depend on, besides the synapse.
#[derive(Debug, Clone, Copy)]
pub(super) struct Dice {
    pub(super) seed: u64,
    pub(super) t: u64,
    pub(super) pc: u8,
}

/// Moves every value by its term. Returns how many changed.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512cd+avx512dq+avx512vl+avx2+fma", "x86_64+avx2"))]
pub(super) fn move_all(rounder: &Rounder, dice: Dice, batch: &mut Batch) -> u32 {
    let (rounder, mut written) = (*rounder, 0_u32);
    for lane in 0..BATCH {
        let value = batch.values[lane];
        let moved = rounder.moved(value, batch.terms[lane], draw(dice.seed, batch.entities[lane], dice.t, dice.pc));
        written = written.wrapping_add(u32::from(moved != value));
        batch.values[lane] = moved;
    }
    written
}
