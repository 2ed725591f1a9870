//! Words that hold a bit for each neuron of a block, its lane.

use super::neurons::BLOCK;

/// The lanes of a block that neurons fill, of `count` in all.
pub(super) const fn lanes(count: usize, block: usize) -> u64 {
    let count = count - block * BLOCK;
    if count >= BLOCK { u64::MAX } else { (1 << count) - 1 }
}

/// Lanes of a mask: one for each bit of a byte.
const EIGHT: usize = 8;

/// A mask for each byte: -1 for each bit that is set. In whole lines of the cache, so that none lies on two.
#[repr(align(64))]
struct Masks([[i32; EIGHT]; 256]);

static MASKS: Masks = {
    let mut masks = [[0; EIGHT]; 256];
    let mut byte = 0;
    while byte < 256 {
        let mut bit = 0;
        while bit < EIGHT {
            masks[byte][bit] = -((byte >> bit & 1) as i32);
            bit += 1;
        }
        byte += 1;
    }
    Masks(masks)
};

/// -1 for each lane of a block whose bit is set, 0 for the others.
#[inline(always)]
pub(super) fn masks(word: u64) -> [i32; BLOCK] {
    let mut masks = [0; BLOCK];
    for (masks, byte) in masks.as_chunks_mut::<EIGHT>().0.iter_mut().zip(word.to_le_bytes()) {
        *masks = MASKS.0[usize::from(byte)];
    }
    masks
}

/// The lanes whose bit is set, ascending.
#[inline(always)]
pub(super) fn set_lanes(mut word: u64) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let lane = word.trailing_zeros() as usize;
        (word != 0).then(|| {
            word &= word - 1;
            lane
        })
    })
}
