//! What moving a batch of synapses by tables needs room for.

use super::Synapses;
use super::change::Moment;
use super::columns::Part;
use super::kernel::{
    BATCH, End, GROUP, Lanes, divide, lanes, moved_level, moved_tag, moving_lanes, open, open_parallel, round,
};
use super::rule::Rule;
use super::table::{Table, Terms};
use super::traces::MARK;
use crate::engine::prefetch::prefetch;
use caudate_isa::sum_of_products::Target;
use std::ops::Range;

/// The batch at hand, and the synapses of columns that have yet to be moved.
#[derive(Debug)]
pub(super) struct Batch {
    /// Synapses of the batch. Lanes behind them hold anything, but for terms of 0 up to the end of their group.
    len: usize,
    /// Logical ids of the ends that differ.
    others: Lanes<u32>,
    streams: Lanes<u64>,
    /// Whether the streams are those of this batch.
    is_open: bool,
    terms: Lanes<i16>,
    /// By how many grains each moves.
    grains: Lanes<i16>,
    /// Lanes that are left alone.
    pub(super) skipped: Vec<usize>,
    /// Those of the last column, on their way into the cache, and those of this one.
    before: Vec<Move>,
    now: Vec<Move>,
}

/// A synapse that moves.
#[derive(Debug, Clone, Copy)]
struct Move {
    synapse: u32,
    grains: i16,
    is_tag: bool,
}

impl Batch {
    pub(super) const fn new() -> Self {
        Self {
            len: 0,
            others: [0; BATCH],
            streams: [0; BATCH],
            is_open: false,
            terms: [0; BATCH],
            grains: [0; BATCH],
            skipped: Vec::new(),
            before: Vec::new(),
            now: Vec::new(),
        }
    }

    /// Begins a batch of so many synapses.
    pub(super) fn begin(&mut self, len: usize) {
        (self.len, self.is_open) = (len, false);
        self.skipped.clear();
    }

    /// Where the terms of the batch belong.
    #[inline(always)]
    pub(super) fn terms(&mut self) -> &mut [i16] {
        &mut self.terms[..lanes(self.len)]
    }

    /// By how many grains the synapses of the batch move.
    #[inline(always)]
    pub(super) fn grains(&self) -> &[i16] {
        &self.grains[..lanes(self.len)]
    }

    /// Looks up the terms of a trace of some neurons or lists. Returns whether any is not 0.
    #[inline(always)]
    pub(super) fn look_up<T: Copy + Into<u32>>(&mut self, table: &Terms, values: &[u8], places: &[T]) -> bool {
        gather(table, values, places, self.terms()).1 != 0
    }

    /// The same for the sources of a part of a column; skips those that are marked, whose terms mean nothing.
    #[inline(always)]
    pub(super) fn look_up_marked(&mut self, table: &Terms, values: &[u8], part: &Part) -> bool {
        let groups = self.terms[..lanes(self.len)].as_chunks_mut::<GROUP>().0.iter_mut();
        let mut any = 0;
        for ((terms, lists), first) in groups.zip(part.lists.as_chunks::<GROUP>().0).zip((0..).step_by(GROUP)) {
            let (value, term) = gather(table, values, lists, terms);
            any |= term;
            if value & MARK != 0 {
                let marked = (first..self.len).zip(lists).filter(|(_, list)| values[**list as usize] & MARK != 0);
                self.skipped.extend(marked.map(|(lane, _)| lane));
            }
        }
        any != 0
    }

    /// Makes grains of the terms of `table`. Where something is drawn, `look_up` gives the ids of the other ends and their numbers
    /// among parallel synapses, and returns whether there are such numbers.
    pub(super) fn round(
        &mut self,
        moment: &Moment,
        rule: &Rule,
        table: &Table,
        shared: End,
        look_up: impl FnOnce(&mut [u32], &mut [u8]) -> bool,
    ) {
        let lanes = lanes(self.len);
        let (terms, grains) = (&mut self.terms[..lanes], &mut self.grains[..lanes]);
        terms[self.len..].fill(0);
        self.skipped.iter().for_each(|lane| terms[*lane] = 0);
        let lost_bits = rule.rounders[table.kind as usize].lost_bits();
        if table.is_whole {
            return divide(lost_bits, terms, grains);
        }
        let streams = &mut self.streams[..lanes];
        if !self.is_open {
            let (others, ordinals) = (&mut self.others[..lanes], &mut [0; BATCH][..lanes]);
            if look_up(others, ordinals) {
                open_parallel(moment.seed, shared, others, ordinals, streams);
            } else {
                open(moment.seed, shared, others, streams);
            }
            self.is_open = true;
        }
        round(streams, moment.t, table.kind as u8, lost_bits, terms, grains);
    }

    /// Notes the synapses of a part of a column that move, and asks for them.
    #[inline(always)]
    pub(super) fn push(&mut self, synapses: &Synapses, kind: Target, part: &Part) {
        let is_tag = kind == Target::Tag;
        let grains = &self.grains[..lanes(self.len)];
        for lane in moving_lanes(grains) {
            let synapse = part.synapse(synapses, lane);
            if is_tag {
                prefetch(&synapses.tag[synapse]);
            } else {
                prefetch(&synapses.weight[synapse]);
            }
            self.now.push(Move { synapse: synapse as u32, grains: grains[lane], is_tag });
        }
    }

    /// Ends a column: moves the synapses of the one before. Returns how many weights changed.
    pub(super) fn end_column(&mut self, rule: &Rule, synapses: &mut Synapses) -> u64 {
        let written = apply(&mut self.before, rule, synapses);
        std::mem::swap(&mut self.before, &mut self.now);
        written
    }

    /// Moves all synapses that were noted. Returns how many weights changed.
    pub(super) fn apply(&mut self, rule: &Rule, synapses: &mut Synapses) -> u64 {
        apply(&mut self.before, rule, synapses) + apply(&mut self.now, rule, synapses)
    }
}

/// Looks up the terms of the values at some places. Returns all values, and all terms, joined by "or". Terms are written four at a time: a vector
/// that is read soon after single numbers waits until all are stored.
#[inline(always)]
fn gather<T: Copy + Into<u32>>(table: &Terms, values: &[u8], places: &[T], terms: &mut [i16]) -> (u8, u64) {
    let (mut any_value, mut any_term) = (0, 0);
    for (terms, places) in terms.as_chunks_mut::<4>().0.iter_mut().zip(places.as_chunks::<4>().0) {
        let mut word = 0;
        for place in places.iter().rev() {
            let value = values[(*place).into() as usize];
            any_value |= value;
            word = word << 16 | u64::from(table[usize::from(value)] as u16);
        }
        any_term |= word;
        *terms = [0, 16, 32, 48].map(|shift| (word >> shift) as i16);
    }
    (any_value, any_term)
}

fn apply(moves: &mut Vec<Move>, rule: &Rule, synapses: &mut Synapses) -> u64 {
    let (mut written, highest) = (0, rule.levels.highest());
    for Move { synapse, grains, is_tag } in moves.drain(..) {
        if is_tag {
            let tag = &mut synapses.tag[synapse as usize];
            *tag = moved_tag(*tag, grains);
        } else {
            let level = &mut synapses.weight[synapse as usize];
            let moved = moved_level(*level, grains, highest);
            written += u64::from(moved != *level);
            *level = moved;
        }
    }
    written
}

/// The lanes of a batch of a column's entries; `None` if the column is empty.
pub(super) fn window<'a, T>(column: &'a [T], part: &Range<usize>) -> Option<&'a [T]> {
    column.get(part.start..part.start + lanes(part.len()))
}

/// The same to be changed.
pub(super) fn window_mut<'a, T>(column: &'a mut [T], part: &Range<usize>) -> Option<&'a mut [T]> {
    column.get_mut(part.start..part.start + lanes(part.len()))
}
