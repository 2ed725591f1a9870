//! Linear maps between layers: the synapses that a chain of dense, convolution, pooling and flattening layers amounts to.

use super::geometry::{Numbering, Shape, Window};
use crate::network::{Connect, Projection};
use crate::parameter::Parameter;

/// Most synapses of one map.
pub(crate) const MAX_SYNAPSES: u64 = 1 << 28;

/// A sparse matrix by source, with a delay per entry.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Map {
    /// Number of sources.
    pub(crate) sources: usize,
    /// Number of targets.
    pub(crate) targets: usize,
    /// Entries sorted by source, then target.
    entries: Vec<Entry>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Entry {
    source: u32,
    target: u32,
    weight: f32,
    delay: u16,
}

/// A map would have this many entries, more than [`MAX_SYNAPSES`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TooLarge(pub(crate) u64);

impl Map {
    /// A matrix of shape [targets, sources]; zeros are no synapses.
    pub(crate) fn dense(targets: usize, sources: usize, weights: &[f64]) -> Self {
        let mut entries = Vec::new();
        for source in 0..sources {
            for target in 0..targets {
                let weight = weights[target * sources + source] as f32;
                if weight != 0.0 {
                    entries.push(Entry { source: source as u32, target: target as u32, weight, delay: 0 });
                }
            }
        }
        Self { sources, targets, entries }
    }

    /// A convolution with kernels of shape [output channels, input channels / groups, height, width].
    pub(crate) fn convolution(
        from: Shape,
        to: Shape,
        window: &Window,
        groups: usize,
        weights: &[f64],
        numbering: Numbering,
    ) -> Result<Self, TooLarge> {
        let (inputs, outputs) = (from.channels / groups, to.channels / groups);
        let [height, width] = window.kernel;
        let taps = (to.members() as u64).saturating_mul((inputs * height * width) as u64);
        if taps > MAX_SYNAPSES {
            return Err(TooLarge(taps));
        }
        let mut entries = Vec::new();
        for (out, index) in (0..to.channels).flat_map(|out| (0..inputs).map(move |index| (out, index))) {
            let channel = out / outputs * inputs + index;
            let kernel = &weights[(out * inputs + index) * height * width..][..height * width];
            window.for_each_tap(from, to, |[y, x], [row, column], tap| {
                let weight = kernel[tap] as f32;
                if weight != 0.0 {
                    let source = numbering.member(from, channel, y, x) as u32;
                    let target = numbering.member(to, out, row, column) as u32;
                    entries.push(Entry { source, target, weight, delay: 0 });
                }
            });
        }
        Ok(Self { sources: from.members(), targets: to.members(), entries }.sorted())
    }

    /// Sums of windows, channel by channel, each tap with its weight.
    pub(crate) fn pooling(
        from: Shape,
        to: Shape,
        window: &Window,
        weights: &[f64],
        numbering: Numbering,
    ) -> Result<Self, TooLarge> {
        // A convolution of as many groups as channels.
        let kernels: Vec<f64> = (0..from.channels).flat_map(|_| weights.iter().copied()).collect();
        Self::convolution(from, to, window, from.channels, &kernels, numbering)
    }

    /// Source i goes to target `place(i)`, unweighted.
    pub(crate) fn gather(sources: usize, targets: usize, place: impl Fn(usize) -> usize) -> Self {
        let entry = |i: usize| Entry { source: i as u32, target: place(i) as u32, weight: 1.0, delay: 0 };
        Self { sources, targets, entries: (0..sources).map(entry).collect() }
    }

    /// This map, then `next`.
    pub(crate) fn then(&self, next: &Self) -> Result<Self, TooLarge> {
        let starts = next.starts();
        let row = |entry: &Entry| starts[entry.target as usize]..starts[entry.target as usize + 1];
        let products = self.entries.iter().map(|entry| row(entry).len() as u64).sum();
        if products > MAX_SYNAPSES {
            return Err(TooLarge(products));
        }
        let mut entries = Vec::with_capacity(products as usize);
        for entry in &self.entries {
            entries.extend(next.entries[row(entry)].iter().map(|onward| Entry {
                source: entry.source,
                target: onward.target,
                weight: entry.weight * onward.weight,
                delay: entry.delay.saturating_add(onward.delay),
            }));
        }
        let mut map = Self { sources: self.sources, targets: next.targets, entries }.sorted();
        map.entries.dedup_by(|later, kept| {
            let same = (later.source, later.target, later.delay) == (kept.source, kept.target, kept.delay);
            if same {
                kept.weight += later.weight;
            }
            same
        });
        map.entries.retain(|entry| entry.weight != 0.0);
        Ok(map)
    }

    /// What the map makes of a vector.
    pub(crate) fn apply(&self, vector: &[f64]) -> Vec<f64> {
        let mut result = vec![0.0; self.targets];
        for entry in &self.entries {
            result[entry.target as usize] += f64::from(entry.weight) * vector[entry.source as usize];
        }
        result
    }

    /// Each weight times `factor(target)`.
    pub(crate) fn scale_targets(&mut self, factor: impl Fn(usize) -> f64) {
        self.entries
            .iter_mut()
            .for_each(|entry| entry.weight = (f64::from(entry.weight) * factor(entry.target as usize)) as f32);
    }

    /// Makes whole what misses a whole number by what 32 bits leave of a decimal one.
    pub(crate) fn snap(&mut self) {
        for entry in &mut self.entries {
            let whole = entry.weight.round();
            if (entry.weight - whole).abs() <= whole.abs() * 1e-5 {
                entry.weight = whole;
            }
        }
    }

    /// Two maps of whole weights whose sum is this one, rounded: multiples of a unit, 127 at most in magnitude, and what is left of them.
    pub(crate) fn coarse_and_fine(self) -> [Self; 2] {
        let largest = self.weights().fold(0.0_f64, |largest, weight| largest.max(weight.round().abs()));
        let units = std::iter::successors(Some(1.0_f32), |unit| Some(unit * 2.0));
        let unit = units.take(32).find(|unit| largest / f64::from(*unit) <= 127.0).unwrap_or(1.0);
        let coarse = |weight: f32| (weight.round() / unit).trunc() * unit;
        let part = |of: &dyn Fn(f32) -> f32| {
            let entries = self.entries.iter().map(|entry| Entry { weight: of(entry.weight), ..*entry });
            Self { entries: entries.filter(|entry| entry.weight != 0.0).collect(), ..self }
        };
        [part(&coarse), part(&|weight| weight.round() - coarse(weight))]
    }

    /// Adds `delay(source, target)` steps to each entry.
    pub(crate) fn delay(&mut self, delay: impl Fn(usize, usize) -> u16) {
        for entry in &mut self.entries {
            entry.delay = entry.delay.saturating_add(delay(entry.source as usize, entry.target as usize));
        }
    }

    /// Number of synapses.
    pub(crate) const fn len(&self) -> usize {
        self.entries.len()
    }

    /// The weights.
    pub(crate) fn weights(&self) -> impl Iterator<Item = f64> + Clone {
        self.entries.iter().map(|entry| f64::from(entry.weight))
    }

    /// The sum of positive weights and that of negative ones, by target.
    pub(crate) fn extremes(&self) -> Vec<[f64; 2]> {
        let mut sums = vec![[0.0; 2]; self.targets];
        for entry in &self.entries {
            sums[entry.target as usize][usize::from(entry.weight < 0.0)] += f64::from(entry.weight);
        }
        sums
    }

    /// The projection that the map is, weights as they are.
    pub(crate) fn into_projection(self, name: String, pre: &str, post: &str) -> Projection {
        let weight = self.weights().collect::<Vec<_>>();
        let first_delay = self.entries.first().map_or(0, |entry| entry.delay);
        let delay_steps = if self.entries.iter().all(|entry| entry.delay == first_delay) {
            Parameter::Constant(f64::from(first_delay) + 1.0)
        } else {
            Parameter::Array(self.entries.iter().map(|entry| f64::from(entry.delay) + 1.0).collect())
        };
        let connect = Connect::List {
            pre: self.entries.iter().map(|entry| entry.source).collect(),
            post: self.entries.iter().map(|entry| entry.target).collect(),
        };
        Projection { name, delay_steps, ..Projection::new(pre, post, connect, weight) }
    }

    fn starts(&self) -> Vec<usize> {
        let mut starts = vec![0; self.sources + 1];
        self.entries.iter().for_each(|entry| starts[entry.source as usize + 1] += 1);
        for at in 1..starts.len() {
            starts[at] += starts[at - 1];
        }
        starts
    }

    fn sorted(mut self) -> Self {
        self.entries.sort_by_key(|entry| (entry.source, entry.target, entry.delay));
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_convolution_is_the_correlation_of_its_kernel() {
        // One channel of 3 x 3, a kernel of 2 x 2: the value at (0, 1) is that of the window from (0, 1).
        let window = Window { kernel: [2, 2], stride: [1, 1], padding: [0, 0], dilation: [1, 1] };
        let from = Shape { channels: 1, height: 3, width: 3 };
        let to = window.output(from, 1).unwrap();
        let map = Map::convolution(from, to, &window, 1, &[1.0, 2.0, 3.0, 4.0], Numbering::ChannelsFirst).unwrap();
        let image: Vec<f64> = (0..9).map(f64::from).collect();
        assert_eq!(map.apply(&image), [27.0, 37.0, 57.0, 67.0]);
        assert_eq!(map.len(), 16);
    }

    #[test]
    fn a_map_is_the_sum_of_its_coarse_and_its_fine_part() {
        let weights = [4064.3, -4063.8, 31.0, -31.0, 0.2, 32.0, 127.5, 2048.0];
        let [coarse, fine] = Map::dense(1, 8, &weights).coarse_and_fine();
        for (source, weight) in weights.into_iter().enumerate() {
            let one: Vec<f64> = (0..8).map(|other| f64::from(u8::from(other == source))).collect();
            let [coarse, fine] = [&coarse, &fine].map(|part| part.apply(&one)[0]);
            assert_eq!((coarse + fine, coarse % 32.0), ((weight as f32).round().into(), 0.0));
            assert!(coarse.abs() <= 127.0 * 32.0 && fine.abs() < 32.0);
        }
        let [coarse, fine] = Map::dense(1, 2, &[127.0, -3.0]).coarse_and_fine();
        assert_eq!((coarse.len(), fine.len()), (2, 0));
    }

    #[test]
    fn maps_compose_and_merge() {
        let window = Window { kernel: [2, 2], stride: [2, 2], padding: [0, 0], dilation: [1, 1] };
        let from = Shape { channels: 2, height: 4, width: 4 };
        let to = window.output(from, 2).unwrap();
        let pool = Map::pooling(from, to, &window, &[1.0; 4], Numbering::ChannelsFirst).unwrap();
        let sum = Map::dense(1, to.members(), &vec![0.5; to.members()]);
        let both = pool.then(&sum).unwrap();
        assert_eq!((both.sources, both.targets, both.len()), (32, 1, 32));
        assert_eq!(both.apply(&[1.0; 32]), [16.0]);
        let back = Map::dense(2, 1, &[1.0, -1.0]);
        assert_eq!(sum.then(&back).unwrap().extremes(), [[4.0, 0.0], [0.0, -4.0]]);
    }
}
