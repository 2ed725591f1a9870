//! What moving a batch of synapses by tables needs room for.

use super::Synapses;
use super::change::Moment;
use super::columns::Part;
use super::kernel::{BATCH, End, Lanes, divide, moved_level, moved_tag, open, open_parallel, round};
use super::rule::Rule;
use super::table::Table;
use super::traces::MARK;
use crate::engine::prefetch::prefetch;
use caudate_isa::sum_of_products::Target;

/// The batch at hand, and the synapses of columns that have yet to be moved.
#[derive(Debug)]
pub(super) struct Batch {
    /// Logical ids of the ends that differ.
    others: Lanes<u32>,
    streams: Lanes<u64>,
    /// Whether the streams are those of this batch.
    pub(super) is_open: bool,
    /// Values of the trace that is looked up first.
    pub(super) read: Lanes<u8>,
    pub(super) terms: Lanes<i16>,
    /// By how many grains each moves.
    pub(super) grains: Lanes<i16>,
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
            others: [0; BATCH],
            streams: [0; BATCH],
            is_open: false,
            read: [0; BATCH],
            terms: [0; BATCH],
            grains: [0; BATCH],
            before: Vec::new(),
            now: Vec::new(),
        }
    }

    /// Reads a trace of the sources of a part of a column. Returns those that are marked, one bit each.
    #[inline(always)]
    pub(super) fn look_up_pre(&mut self, values: &[u8], part: &Part) -> u64 {
        let mut any = 0;
        for (read, list) in self.read.iter_mut().zip(&part.lists) {
            *read = values[*list as usize];
            any |= *read;
        }
        if any & MARK == 0 {
            return 0;
        }
        let marked = self.read[..part.len].iter().rev();
        marked.fold(0, |marks, value| marks << 1 | u64::from(value & MARK != 0))
    }

    /// Makes grains of the terms of `table`. Where something is drawn, `look_up` gives the ids of the other ends and their numbers
    /// among parallel synapses, and returns whether there are such numbers.
    pub(super) fn round(
        &mut self,
        moment: &Moment,
        rule: &Rule,
        table: &Table,
        shared: End,
        look_up: impl FnOnce(&mut Lanes<u32>, &mut Lanes<u8>) -> bool,
    ) {
        let lost_bits = rule.rounders[table.kind as usize].lost_bits();
        if table.is_whole {
            return divide(lost_bits, &self.terms, &mut self.grains);
        }
        if !self.is_open {
            let mut ordinals = [0; BATCH];
            if look_up(&mut self.others, &mut ordinals) {
                open_parallel(moment.seed, shared, &self.others, &ordinals, &mut self.streams);
            } else {
                open(moment.seed, shared, &self.others, &mut self.streams);
            }
            self.is_open = true;
        }
        round(&self.streams, moment.t, table.kind as u8, lost_bits, &self.terms, &mut self.grains);
    }

    /// Notes a synapse of a column to be moved, and asks for it.
    #[inline(always)]
    pub(super) fn push(&mut self, synapses: &Synapses, kind: Target, synapse: usize, grains: i16) {
        let is_tag = kind == Target::Tag;
        if is_tag {
            prefetch(&synapses.tag[synapse]);
        } else {
            prefetch(&synapses.weight[synapse]);
        }
        self.now.push(Move { synapse: synapse as u32, grains, is_tag });
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

/// A batch of a column's entries from `first`; `None` if the column is empty.
pub(super) fn window<T>(column: &[T], first: usize) -> Option<&Lanes<T>> {
    column.get(first..)?.first_chunk()
}

/// The same to be changed.
pub(super) fn window_mut<T>(column: &mut [T], first: usize) -> Option<&mut Lanes<T>> {
    column.get_mut(first..)?.first_chunk_mut()
}
