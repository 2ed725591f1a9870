//! A small generator for searches: the same seed gives the same search, on any machine and any number of threads.

use caudate_core::random::mix64;

/// SplitMix64 as a stream.
#[derive(Debug, Clone)]
pub(crate) struct Random(u64);

impl Random {
    /// The stream of (seed, purpose).
    pub(crate) const fn new(seed: u64, purpose: u64) -> Self {
        Self(mix64(seed ^ mix64(purpose.wrapping_add(0x5851_F42D_4C95_7F2D))))
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        mix64(self.0)
    }

    /// A number below `bound`, which is at least 1.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        (((self.next() >> 32) * bound as u64) >> 32) as usize
    }

    /// A number in (0, 1].
    pub(crate) fn unit(&mut self) -> f64 {
        ((self.next() >> 11) + 1) as f64 / (1_u64 << 53) as f64
    }

    /// The numbers below `count` in random order.
    pub(crate) fn order(&mut self, count: usize) -> Vec<u32> {
        let mut order: Vec<u32> = (0..count as u32).collect();
        for left in (1..count).rev() {
            order.swap(left, self.below(left + 1));
        }
        order
    }
}
