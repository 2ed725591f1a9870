//! What moving a batch of synapses by tables needs room for.

use super::Synapses;
use super::change::Moment;
use super::columns::Part;
use super::kernel::{
    BATCH, End, GROUP, Lanes, divide, lanes, moved_level, moved_tag, moving_lanes, open, open_parallel, round,
};
use super::rule::Rule;
use super::table::Table;
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
    /// Values of the trace that is looked up first.
    read: Lanes<u8>,
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
            read: [0; BATCH],
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

    /// Makes terms of what was looked up. Returns all of them joined by "or".
    #[inline(always)]
    pub(super) fn terms_of_read(&mut self, table: &Table) -> i16 {
        let lanes = lanes(self.len);
        table.terms(&self.read[..lanes], &mut self.terms[..lanes])
    }

    /// By how many grains the synapses of the batch move.
    #[inline(always)]
    pub(super) fn grains(&self) -> &[i16] {
        &self.grains[..lanes(self.len)]
    }

    /// Reads a trace of some neurons or lists.
    #[inline(always)]
    pub(super) fn look_up<T: Copy + Into<u32>>(&mut self, values: &[u8], places: &[T]) {
        let read = self.read[..lanes(self.len)].as_chunks_mut().0.iter_mut();
        read.zip(places.as_chunks().0).for_each(|(read, places)| *read = gather(values, places).to_le_bytes());
    }

    /// Reads a trace of the sources of a part of a column, and skips those that are marked.
    #[inline(always)]
    pub(super) fn look_up_pre(&mut self, values: &[u8], part: &Part) {
        let groups = self.read[..lanes(self.len)].as_chunks_mut::<GROUP>().0.iter_mut();
        for ((read, lists), first) in groups.zip(part.lists.as_chunks::<GROUP>().0).zip((0..).step_by(GROUP)) {
            let mut any = 0;
            for (read, lists) in read.as_chunks_mut().0.iter_mut().zip(lists.as_chunks().0) {
                let eight = gather(values, lists);
                *read = eight.to_le_bytes();
                any |= eight;
            }
            if any & MARKS != 0 {
                let marked = (first..self.len).zip(&*read).filter(|(_, value)| **value & MARK != 0);
                self.skipped.extend(marked.map(|(lane, _)| lane));
            }
        }
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

/// The mark of a trace, in each of eight.
const MARKS: u64 = u64::from_le_bytes([MARK; 8]);

/// The values at eight places, a byte each: written as one word, for vectors that are read soon after bytes wait until all are stored.
#[inline(always)]
fn gather<T: Copy + Into<u32>>(values: &[u8], places: &[T; 8]) -> u64 {
    places.iter().rev().fold(0, |word, place| word << 8 | u64::from(values[(*place).into() as usize]))
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
