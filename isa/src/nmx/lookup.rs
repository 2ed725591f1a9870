//! Lookup tables of `lut`: piecewise-linear functions on 2^k segments of equal width 2^shift.
//!
//! ```text
//! offset   = clamp(x - lo, 0, 2^(k + shift))          exact; beyond the ends the end points hold
//! segment  = offset >> shift
//! fraction = offset & (2^shift - 1)
//! y        = point[segment] + toward_zero((point[segment + 1] - point[segment]) * fraction / 2^shift)
//! ```
//!
//! The slope product is exact in 64 bits and rounds toward zero, so y always lies between the two points of its segment: a lookup
//! cannot saturate, is monotone where the points are, and meets every point exactly. Against a function f with |f''| <= M on a
//! segment whose points are f rounded to the nearest integer, the error is at most M * 4^shift / 8 (chord) + 1/2 (points) + 1 (slope).
//!
//! In memory a table is a descriptor of two words (shift in bits 4..0 and k in bits 11..8 of the first, the rest 0; lo in the second),
//! then its 2^k + 1 points.

use serde::{Deserialize, Serialize};
use std::ops::RangeInclusive;

/// Largest k: at most 1024 segments.
pub const MAX_SEGMENTS_LOG2: u8 = 10;
/// Most bits of input that a table spans: k + shift.
pub const MAX_SPAN_BITS: u8 = 31;

/// A piecewise-linear table.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "Vec<u32>", into = "Vec<u32>")]
pub struct LookupTable {
    lo: i32,
    shift: u8,
    points: Vec<i32>,
}

/// Why numbers make no table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TableError {
    /// The number of points is not 2^k + 1.
    #[error("N0201: a lookup table has 2^k + 1 points, k in 0..=10; {0} is no such number")]
    Points(usize),
    /// The table spans more input than 31 bits.
    #[error("N0202: segments of 2^{shift} in 2^{segments_log2} span more than 31 bits; take a smaller shift")]
    Span {
        /// Bits of a segment.
        shift: u8,
        /// k.
        segments_log2: u8,
    },
    /// Words do not begin with a descriptor, or are not as many as it says.
    #[error("N0203: {0} words are no lookup table: a descriptor of two words and 2^k + 1 points are expected")]
    Words(usize),
}

impl LookupTable {
    /// The table through `points` at lo, lo + 2^shift, lo + 2*2^shift, and so on.
    ///
    /// # Errors
    /// If the number of points is not 2^k + 1 with k <= [`MAX_SEGMENTS_LOG2`], or k + shift exceeds [`MAX_SPAN_BITS`].
    pub fn new(lo: i32, shift: u8, points: Vec<i32>) -> Result<Self, TableError> {
        let segments = points.len().wrapping_sub(1);
        if !segments.is_power_of_two() || segments > 1 << MAX_SEGMENTS_LOG2 {
            return Err(TableError::Points(points.len()));
        }
        let table = Self { lo, shift, points };
        let segments_log2 = table.segments_log2();
        if shift.saturating_add(segments_log2) > MAX_SPAN_BITS {
            return Err(TableError::Span { shift, segments_log2 });
        }
        Ok(table)
    }

    /// The table of `function` over the span, its points rounded to the nearest integer and clamped to 32 bits.
    ///
    /// # Errors
    /// As [`LookupTable::new`].
    pub fn sample(lo: i32, shift: u8, segments_log2: u8, function: impl Fn(f64) -> f64) -> Result<Self, TableError> {
        if segments_log2 > MAX_SEGMENTS_LOG2 || shift.saturating_add(segments_log2) > MAX_SPAN_BITS {
            return Err(TableError::Span { shift, segments_log2 });
        }
        // A float to integer cast clamps.
        let point = |segment: i64| function((i64::from(lo) + (segment << shift)) as f64).round() as i32;
        Self::new(lo, shift, (0..=1 << segments_log2).map(point).collect())
    }

    /// Input of the first point.
    #[must_use]
    pub const fn lo(&self) -> i32 {
        self.lo
    }

    /// Log2 of the width of a segment.
    #[must_use]
    pub const fn shift(&self) -> u8 {
        self.shift
    }

    /// k: log2 of the number of segments.
    #[must_use]
    pub const fn segments_log2(&self) -> u8 {
        (self.points.len() - 1).trailing_zeros() as u8
    }

    /// The points.
    #[must_use]
    pub fn points(&self) -> &[i32] {
        &self.points
    }

    /// The value at `x`.
    #[inline]
    #[must_use]
    pub fn value(&self, x: i32) -> i32 {
        let last = self.points.len() - 1;
        let offset = (i64::from(x) - i64::from(self.lo)).max(0) as u64;
        let segment = (offset >> self.shift) as usize;
        if segment >= last {
            return self.points[last];
        }
        let fraction = (offset & ((1 << self.shift) - 1)) as i64;
        let here = i64::from(self.points[segment]);
        let rise = (i64::from(self.points[segment + 1]) - here) * fraction;
        // Between two points, so within 32 bits; `/` rounds toward zero.
        (here + rise / (1 << self.shift)) as i32
    }

    /// The smallest and the largest value over `inputs`; an empty range counts as its start.
    #[must_use]
    pub fn range(&self, inputs: RangeInclusive<i32>) -> RangeInclusive<i32> {
        let (start, end) = (*inputs.start(), (*inputs.start()).max(*inputs.end()));
        let (first, last) = (self.value(start), self.value(end));
        let (mut low, mut high) = (first.min(last), first.max(last));
        for (index, &point) in self.points.iter().enumerate() {
            let at = i64::from(self.lo) + ((index as i64) << self.shift);
            if at >= i64::from(start) && at <= i64::from(end) {
                (low, high) = (low.min(point), high.max(point));
            }
        }
        low..=high
    }
}

impl From<LookupTable> for Vec<u32> {
    /// The words in memory.
    fn from(table: LookupTable) -> Self {
        let descriptor = u32::from(table.segments_log2()) << 8 | u32::from(table.shift);
        let points = table.points.iter().map(|point| point.cast_unsigned());
        [descriptor, table.lo.cast_unsigned()].into_iter().chain(points).collect()
    }
}

impl TryFrom<Vec<u32>> for LookupTable {
    type Error = TableError;

    fn try_from(words: Vec<u32>) -> Result<Self, TableError> {
        let [descriptor, lo, points @ ..] = words.as_slice() else {
            return Err(TableError::Words(words.len()));
        };
        let table =
            Self::new(lo.cast_signed(), (descriptor & 0x1f) as u8, points.iter().map(|p| p.cast_signed()).collect())?;
        if *descriptor == u32::from(table.segments_log2()) << 8 | u32::from(table.shift) {
            Ok(table)
        } else {
            Err(TableError::Words(words.len()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn table() -> impl Strategy<Value = LookupTable> {
        let points = (0_u8..6).prop_flat_map(|k| prop::collection::vec(any::<i32>(), (1 << k) + 1));
        (any::<i32>(), 0_u8..=26, points)
            .prop_filter_map("span", |(lo, shift, points)| LookupTable::new(lo, shift, points).ok())
    }

    proptest! {
        #[test]
        fn a_value_lies_between_the_points_of_its_segment_and_meets_them(table in table(), x in any::<i32>(), near in -70_000_i64..70_000) {
            for x in [x, (i64::from(table.lo()) + near).clamp(i32::MIN.into(), i32::MAX.into()) as i32] {
                let offset = (i64::from(x) - i64::from(table.lo())).max(0);
                let segment = ((offset >> table.shift()) as usize).min(table.points().len() - 2);
                let (here, next) = (table.points()[segment], table.points()[segment + 1]);
                prop_assert!((here.min(next)..=here.max(next)).contains(&table.value(x)));
                if offset == (segment as i64) << table.shift() {
                    prop_assert_eq!(table.value(x), here);
                }
            }
        }

        #[test]
        fn the_range_holds_every_value(table in table(), a in any::<i32>(), b in any::<i32>(), x in any::<i32>()) {
            let (low, high) = (a.min(b), a.max(b));
            prop_assert!(table.range(low..=high).contains(&table.value(x.clamp(low, high))));
        }

        #[test]
        fn words_hold_a_table_and_only_a_table(table in table(), bit in 0_u32..32) {
            let words = Vec::from(table.clone());
            prop_assert_eq!(LookupTable::try_from(words.clone()), Ok(table.clone()));
            let mut flipped = words;
            flipped[0] ^= 1 << bit;
            prop_assert_ne!(LookupTable::try_from(flipped), Ok(table));
        }
    }

    #[test]
    fn vectors() {
        let table = LookupTable::new(-8, 2, vec![0, 100, -7, -7, 9]).unwrap();
        // (x, value): clamped ends, points, and slopes that round toward zero on either side.
        let cases = [
            (i32::MIN, 0),
            (-9, 0),
            (-8, 0),
            (-7, 25),
            (-5, 75),
            (-4, 100),
            (-3, 74),
            (-2, 47),
            (-1, 20),
            (0, -7),
            (3, -7),
            (4, -7),
            (5, -3),
            (6, 1),
            (7, 5),
            (8, 9),
            (9, 9),
            (i32::MAX, 9),
        ];
        for (x, value) in cases {
            assert_eq!(table.value(x), value, "at {x}");
        }
        let steep = LookupTable::new(i32::MIN, 31, vec![i32::MAX, i32::MIN]).unwrap();
        assert_eq!((steep.value(i32::MIN), steep.value(-1), steep.value(0)), (i32::MAX, -2_147_483_646, i32::MIN));
    }

    #[test]
    fn exp_stays_within_the_stated_bound() {
        // e^x for x in -8..8, x in Q12 and the value in Q8, 256 segments of 2^8 (1/16): |f''| = f * 2^-24 in these units.
        let exp = |x: f64| 256.0 * (x / 4096.0).exp();
        let table = LookupTable::sample(-8 << 12, 8, 8, exp).unwrap();
        for x in (-8 << 12)..(8 << 12) {
            let curvature = exp(f64::from((x | 255) + 1)) / 4096.0_f64.powi(2);
            let bound = curvature * 4.0_f64.powi(8) / 8.0 + 1.5;
            let error = (f64::from(table.value(x)) - exp(f64::from(x))).abs();
            assert!(error <= bound, "at {x}: error {error}, bound {bound}");
        }
    }

    #[test]
    fn numbers_that_make_no_table_are_refused() {
        assert_eq!(LookupTable::new(0, 0, vec![]), Err(TableError::Points(0)));
        assert_eq!(LookupTable::new(0, 0, vec![1]), Err(TableError::Points(1)));
        assert_eq!(LookupTable::new(0, 0, vec![1; 4]), Err(TableError::Points(4)));
        assert_eq!(LookupTable::new(0, 0, vec![1; 2049]), Err(TableError::Points(2049)));
        assert_eq!(LookupTable::new(0, 31, vec![1; 3]), Err(TableError::Span { shift: 31, segments_log2: 1 }));
        assert_eq!(LookupTable::try_from(vec![0]), Err(TableError::Words(1)));
        assert!(LookupTable::sample(0, 4, 40, f64::exp).is_err());
    }
}
