//! Loops over lanes: all that the batched executor spends its time on.

use super::{Column, LANES};
use crate::microcode::reference::Outcome;
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
pub(super) struct Lanes<'a> {
    /// Lanes in use, at most [`LANES`].
    pub(super) count: usize,
    pub(super) active: Active<'a>,
    pub(super) columns: &'a mut [Column],
    pub(super) spare: &'a mut Column,
    pub(super) outcomes: &'a mut [Outcome],
}

impl Lanes<'_> {
    /// `d = f(lane, a)`.
    #[inline]
    pub(super) fn map(&mut self, d: Target, a: Source, f: impl Fn(usize, i32) -> i32) {
        let a = &self.columns[a.index()];
        for lane in 0..self.count.min(LANES) {
            self.spare[lane] = f(lane, a[lane]);
        }
        self.commit(d);
    }

    /// `d = f(lane, a, b)`.
    #[inline]
    pub(super) fn zip(&mut self, d: Target, a: Source, b: Source, f: impl Fn(usize, i32, i32) -> i32) {
        let (a, b) = (&self.columns[a.index()], &self.columns[b.index()]);
        for lane in 0..self.count.min(LANES) {
            self.spare[lane] = f(lane, a[lane], b[lane]);
        }
        self.commit(d);
    }

    /// `d = f(lane, a, b)`, where `f` also says whether it clamped; clamps of active lanes are counted.
    #[inline]
    pub(super) fn zip_clamped(&mut self, d: Target, a: Source, b: Source, f: impl Fn(usize, i32, i32) -> (i32, bool)) {
        let (a, b) = (&self.columns[a.index()], &self.columns[b.index()]);
        let mut any = false;
        for lane in 0..self.count.min(LANES) {
            let (value, clamped) = f(lane, a[lane], b[lane]);
            self.spare[lane] = value;
            any |= clamped;
        }
        // Clamps are rare: the loop notes that one happened, a second pass finds where.
        if any {
            count(self.count, self.active, self.outcomes, |lane| f(lane, a[lane], b[lane]).1);
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
        let (a, b, old) = (&self.columns[a.index()], &self.columns[b.index()], &self.columns[d.index()]);
        let mut any = false;
        for lane in 0..self.count.min(LANES) {
            let (value, clamped) = f(lane, old[lane], a[lane], b[lane]);
            self.spare[lane] = value;
            any |= clamped;
        }
        if any {
            count(self.count, self.active, self.outcomes, |lane| f(lane, old[lane], a[lane], b[lane]).1);
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

/// `old[lane] = new[lane]` where the mask is -1.
#[inline]
pub(super) fn blend(count: usize, old: &mut [i32; LANES], new: &[i32; LANES], mask: &[i32; LANES]) {
    for lane in 0..count.min(LANES) {
        old[lane] = (new[lane] & mask[lane]) | (old[lane] & !mask[lane]);
    }
}

#[cold]
fn count(lanes: usize, active: Active<'_>, outcomes: &mut [Outcome], clamped: impl Fn(usize) -> bool) {
    for (lane, outcome) in outcomes.iter_mut().enumerate().take(lanes.min(LANES)) {
        outcome.alu_saturated += u32::from(active.includes(lane) && clamped(lane));
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
