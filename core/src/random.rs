//! Counter-based random numbers: a draw is a pure function of (seed, logical entity, step, instruction).
//!
//! Nothing here has state, so results cannot depend on mapping, thread count or the order of evaluation. The entity is a
//! *logical* id (a source and a target neuron, say), never a storage index.

const GOLDEN_GAMMA: u64 = 0x9E37_79B9_7F4A_7C15;
/// The two factors of [`mix64`].
const FIRST: u64 = 0xBF58_476D_1CE4_E5B9;
const SECOND: u64 = 0x94D0_49BB_1331_11EB;

/// The SplitMix64 finaliser (Steele, Lea and Flood 2014): a bijection of 64 bits with full avalanche.
#[inline]
#[must_use]
pub const fn mix64(z: u64) -> u64 {
    mix_product((z ^ (z >> 30)).wrapping_mul(FIRST))
}

/// What [`mix64`] does after its first product.
#[inline]
const fn mix_product(mut z: u64) -> u64 {
    z ^= z >> 27;
    z = z.wrapping_mul(SECOND);
    z ^ (z >> 31)
}

/// The part of a draw that depends on the seed and the entity alone; hash it once, draw from it often.
#[inline]
#[must_use]
pub const fn stream(seed: u64, entity: u64) -> u64 {
    mix64(mix64(seed.wrapping_add(GOLDEN_GAMMA)) ^ entity)
}

/// Draws 32 uniform bits from a [`stream`] at step `t`, instruction `pc` (0..=255).
#[inline]
#[must_use]
pub const fn draw_from(stream: u64, t: u64, pc: u8) -> u32 {
    let counter = t.wrapping_mul(256).wrapping_add(pc as u64).wrapping_add(1);
    (mix64(stream.wrapping_add(GOLDEN_GAMMA.wrapping_mul(counter))) >> 32) as u32
}

/// [`draw_from`] for many streams at once, stage by stage: what the compiler turns into vector instructions that wait least for one another.
/// `is_wide`: whether there is one for products of 64 bits.
#[inline(always)]
pub(crate) fn draw_each<const STREAMS: usize>(
    streams: &[u64; STREAMS],
    t: u64,
    pc: u8,
    is_wide: bool,
) -> [u32; STREAMS] {
    let counter = t.wrapping_mul(256).wrapping_add(pc as u64).wrapping_add(1);
    let mut mixed = *streams;
    for z in &mut mixed {
        *z = z.wrapping_add(GOLDEN_GAMMA.wrapping_mul(counter));
        *z ^= *z >> 30;
    }
    mixed.iter_mut().for_each(|z| *z = z.wrapping_mul(FIRST));
    mixed.iter_mut().for_each(|z| *z ^= *z >> 27);
    let mut draws = [0; STREAMS];
    for (draw, z) in draws.iter_mut().zip(mixed) {
        // The upper half of the product with `SECOND`: the last step of `mix64` changes one bit of it.
        let upper = if is_wide {
            (z.wrapping_mul(SECOND) >> 32) as u32
        } else {
            const LOW: u64 = SECOND & 0xFFFF_FFFF;
            let (low, high) = (z & 0xFFFF_FFFF, z >> 32);
            let carried = (low * LOW) >> 32;
            carried.wrapping_add(high.wrapping_mul(LOW)).wrapping_add(low.wrapping_mul(SECOND >> 32)) as u32
        };
        *draw = upper ^ (upper >> 31);
    }
    draws
}

/// Draws 32 uniform bits for (seed, entity, step, instruction).
#[inline]
#[must_use]
pub const fn draw(seed: u64, entity: u64, t: u64, pc: u8) -> u32 {
    draw_from(stream(seed, entity), t, pc)
}

/// What a draw is for. Each domain is a seed of its own, so equal entity numbers in two domains are independent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Domain {
    /// Rounding of weight, delay and tag; entity = [`synapse_entity`].
    Synapse,
    /// Trace decay and impulse of the presynaptic side; entity = [`trace_entity`].
    PreTrace,
    /// Trace decay and impulse of the postsynaptic side; entity = [`trace_entity`].
    PostTrace,
    /// Draws of a neuron; entity = logical neuron id.
    Neuron,
    /// Generators of stimulus; entity = generator and source.
    Stimulus,
    /// Construction of a network; entity = population or projection and element.
    Network,
}

impl Domain {
    /// The seed of this domain under the experiment's `seed`.
    #[must_use]
    pub const fn seed(self, seed: u64) -> u64 {
        mix64(seed ^ ((self as u64 + 1) << 56))
    }
}

/// The logical entity of a synapse: `ordinal` tells parallel synapses of one pair apart (0..=15), `source` and `target` are logical
/// ids below 2^30.
#[inline]
#[must_use]
pub const fn synapse_entity(ordinal: u8, source: u32, target: u32) -> u64 {
    ((ordinal as u64) << 60) | ((source as u64) << 30) | target as u64
}

/// [`stream`]s of the first synapse between one source and each of its targets, their common part worked out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SourceStreams {
    /// The lower half of what enters the first product of [`mix64`], without the target; the upper half knows no target.
    low: u32,
    high_product: u64,
}

impl SourceStreams {
    /// For a source by its logical id.
    #[inline]
    #[must_use]
    pub const fn new(seed: u64, source: u32) -> Self {
        let key = mix64(seed.wrapping_add(GOLDEN_GAMMA)) ^ synapse_entity(0, source, 0);
        let key = key ^ (key >> 30);
        Self { low: key as u32, high_product: (key >> 32 << 32).wrapping_mul(FIRST) }
    }

    /// The stream of the synapse onto a target by its logical id.
    #[inline]
    #[must_use]
    pub const fn onto(&self, target: u32) -> u64 {
        mix_product(self.high_product.wrapping_add(((self.low ^ target) as u64).wrapping_mul(FIRST)))
    }
}

/// The same for one target and each of its sources.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TargetStreams {
    key: u64,
}

impl TargetStreams {
    /// For a target by its logical id.
    #[inline]
    #[must_use]
    pub const fn new(seed: u64, target: u32) -> Self {
        let key = mix64(seed.wrapping_add(GOLDEN_GAMMA)) ^ target as u64;
        Self { key: key ^ (key >> 30) }
    }

    /// The stream of the synapse from a source by its logical id.
    #[inline]
    #[must_use]
    pub const fn from(&self, source: u32) -> u64 {
        mix_product((self.key ^ ((source as u64) << 30) ^ source as u64).wrapping_mul(FIRST))
    }
}

/// The logical entity of a trace: the projection it belongs to and the logical id of its neuron.
#[inline]
#[must_use]
pub const fn trace_entity(projection: u32, neuron: u32) -> u64 {
    ((projection as u64) << 32) | neuron as u64
}

/// A uniform number in [0, 1) with 32 bits, for building networks and stimuli (never inside a step).
#[must_use]
pub fn unit(seed: u64, entity: u64, index: u64, pc: u8) -> f64 {
    f64::from(draw(seed, entity, index, pc)) / 4_294_967_296.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_of_many_streams_are_those_of_each() {
        for t in [0, 1, 7, 1 << 20, u64::MAX >> 9, u64::MAX] {
            let streams: [u64; 16] = std::array::from_fn(|lane| stream(t, lane as u64));
            for pc in [0, 2, 255] {
                let expected = streams.map(|stream| draw_from(stream, t, pc));
                assert_eq!(draw_each(&streams, t, pc, false), expected);
                assert_eq!(draw_each(&streams, t, pc, true), expected);
            }
        }
    }

    #[test]
    fn draws_match_the_published_test_values() {
        assert_eq!(draw(0, 0, 0, 0), 1_451_924_235);
        assert_eq!(draw(1, 2, 3, 4), 3_220_819_269);
        assert_eq!(draw(42, 7, 1000, 63), 1_788_657_918);
    }

    #[test]
    fn streams_of_a_row_and_of_a_column_are_those_of_their_synapses() {
        let ids = [0, 1, 77, 0x1234_5678, 0x2AAA_AAAA, (1 << 30) - 1];
        for (seed, source, target) in [0, 1, u64::MAX, 0x0123_4567_89AB_CDEF]
            .into_iter()
            .flat_map(|seed| ids.into_iter().flat_map(move |source| ids.map(|target| (seed, source, target))))
        {
            let expected = stream(seed, synapse_entity(0, source, target));
            assert_eq!(SourceStreams::new(seed, source).onto(target), expected, "{source} -> {target}");
            assert_eq!(TargetStreams::new(seed, target).from(source), expected, "{source} -> {target}");
        }
    }

    #[test]
    fn draws_are_unbiased_and_uncorrelated_between_neighbours() {
        const COUNT: u64 = 200_000;
        let mut sum = 0.0;
        let mut products = [0.0; 3];
        for index in 0..COUNT {
            let here = f64::from(draw(9, index, 5, 0)) / 4_294_967_296.0 - 0.5;
            sum += here;
            let neighbours = [draw(9, index + 1, 5, 0), draw(9, index, 6, 0), draw(9, index, 5, 1)];
            for (product, neighbour) in products.iter_mut().zip(neighbours) {
                *product += here * (f64::from(neighbour) / 4_294_967_296.0 - 0.5);
            }
        }
        // A uniform on [-1/2, 1/2) has variance 1/12; five standard errors of the mean and of the covariance.
        let count = COUNT as f64;
        assert!((sum / count).abs() < 5.0 * (1.0 / 12.0_f64 / count).sqrt());
        for product in products {
            assert!((product / count).abs() < 5.0 / 12.0 / count.sqrt());
        }
    }
}
