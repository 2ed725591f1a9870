//! Loops over lanes: all that the batched executor spends its time on.

use super::counts::Counts;
use super::{Column, LANES};
use caudate_isa::nmx::{Source, Target};

/// Lanes in which an instruction takes effect.
#[derive(Debug, Clone, Copy)]
pub(super) enum Active<'a> {
    /// All in use.
    All,
    /// Those where the mask is -1.
    Masked(&'a [i32; LANES]),
}

impl Active<'_> {
    #[inline]
    pub(super) const fn includes(self, lane: usize) -> bool {
        match self {
            Self::All => true,
            Self::Masked(mask) => mask[lane] != 0,
        }
    }
}

/// The columns of a block, while one instruction works on them.
///
/// The loops index slices cut to one length beforehand: so written, they have neither bounds nor overflow checks left inside and
/// are vectorised (an `enumerate` would count with a check).
pub(super) struct Lanes<'a> {
    /// Lanes in use, at most [`LANES`].
    pub(super) count: usize,
    pub(super) active: Active<'a>,
    pub(super) columns: &'a mut [Column],
    pub(super) spare: &'a mut Column,
    pub(super) counts: &'a mut Counts,
}

impl Lanes<'_> {
    /// `d = f(lane, a)`.
    #[inline]
    pub(super) fn map(&mut self, d: Target, a: Source, f: impl Fn(usize, i32) -> i32) {
        let (out, a) = (&mut self.spare[..self.count], used(self.columns, self.count, a));
        for lane in 0..out.len() {
            out[lane] = f(lane, a[lane]);
        }
        self.commit(d);
    }

    /// `d = f(lane, a, b)`.
    #[inline]
    pub(super) fn zip(&mut self, d: Target, a: Source, b: Source, f: impl Fn(usize, i32, i32) -> i32) {
        let out = &mut self.spare[..self.count];
        let (a, b) = (used(self.columns, self.count, a), used(self.columns, self.count, b));
        for lane in 0..out.len() {
            out[lane] = f(lane, a[lane], b[lane]);
        }
        self.commit(d);
    }

    /// `d = f(lane, a, b)`, where `f` also says whether it clamped; clamps of active lanes are counted.
    #[inline]
    pub(super) fn zip_clamped(&mut self, d: Target, a: Source, b: Source, f: impl Fn(usize, i32, i32) -> (i32, bool)) {
        let out = &mut self.spare[..self.count];
        let (a, b) = (used(self.columns, self.count, a), used(self.columns, self.count, b));
        let mut any = 0;
        for lane in 0..out.len() {
            let (value, clamped) = f(lane, a[lane], b[lane]);
            out[lane] = value;
            any |= i32::from(clamped);
        }
        // Clamps are rare: the loop notes that one happened, a second pass finds where.
        if any != 0 {
            self.counts.count_alu(self.count, self.active, |lane| f(lane, a[lane], b[lane]).1);
        }
        self.commit(d);
    }

    /// `d = f(lane, d, a, b)`, counting clamps as [`Lanes::zip_clamped`] does.
    #[inline]
    pub(super) fn accumulate(
        &mut self,
        d: Target,
        a: Source,
        b: Source,
        f: impl Fn(usize, i32, i32, i32) -> (i32, bool),
    ) {
        let (out, old) = (&mut self.spare[..self.count], used(self.columns, self.count, d.into()));
        let (a, b) = (used(self.columns, self.count, a), used(self.columns, self.count, b));
        let mut any = 0;
        for lane in 0..out.len() {
            let (value, clamped) = f(lane, old[lane], a[lane], b[lane]);
            out[lane] = value;
            any |= i32::from(clamped);
        }
        if any != 0 {
            self.counts.count_alu(self.count, self.active, |lane| f(lane, old[lane], a[lane], b[lane]).1);
        }
        self.commit(d);
    }

    /// Makes the spare column the value of `d` in the active lanes.
    fn commit(&mut self, d: Target) {
        let column = &mut self.columns[d.index()];
        match self.active {
            Active::All => std::mem::swap(column, self.spare),
            Active::Masked(mask) => blend(self.count, column, self.spare, mask),
        }
    }
}

/// The first `count` lanes of an operand.
#[inline]
pub(super) fn used(columns: &[Column], count: usize, of: Source) -> &[i32] {
    &columns[of.index()][..count]
}

/// `old[lane] = new[lane]` where the mask is -1, in the first `count` lanes.
#[inline]
pub(super) fn blend(count: usize, old: &mut [i32; LANES], new: &[i32; LANES], mask: &[i32; LANES]) {
    for ((old, &new), &mask) in old[..count].iter_mut().zip(new).zip(mask) {
        *old = (new & mask) | (*old & !mask);
    }
}

/// The 32-bit value nearest to `value`, and whether it differs.
#[inline]
pub(super) const fn clamp(value: i64) -> (i32, bool) {
    let low = value as i32;
    let clamped = low as i64 != value;
    (if clamped { extreme(value < 0) } else { low }, clamped)
}

/// a + b, clamped.
#[inline]
pub(super) const fn add(a: i32, b: i32) -> (i32, bool) {
    let (sum, clamped) = a.overflowing_add(b);
    (if clamped { extreme(a < 0) } else { sum }, clamped)
}

/// a - b, clamped.
#[inline]
pub(super) const fn subtract(a: i32, b: i32) -> (i32, bool) {
    let (difference, clamped) = a.overflowing_sub(b);
    (if clamped { extreme(a < 0) } else { difference }, clamped)
}

const fn extreme(negative: bool) -> i32 {
    if negative { i32::MIN } else { i32::MAX }
}
