//! A row of synapses, by tables: neighbours in memory, batch by batch.

use super::PlasticTile;
use super::Synapses;
use super::batch::{Batch, window, window_mut};
use super::change::Moment;
use super::kernel::{BATCH, End, move_levels, move_tags};
use super::table::{Plan, Read, Table};
use caudate_isa::sum_of_products::Target;
use std::ops::Range;

impl PlasticTile {
    /// Changes the synapses of a row by `plan`, with traces as of `step` of the epoch. Returns how many weights changed.
    pub(super) fn follow_row(&mut self, moment: &Moment, list: usize, step: u8, plan: &Plan, batch: &mut Batch) -> u64 {
        let row = self.synapses.row(list);
        let mut written = 0;
        let Plan::Tables(tables) = plan else {
            for synapse in row {
                written += u64::from(self.change(moment, list, synapse));
            }
            return written;
        };
        for first in row.clone().step_by(BATCH) {
            let part = first..row.end.min(first + BATCH);
            batch.begin(part.len());
            for table in tables {
                written += self.move_part_of_row(moment, list, step, table, &part, batch);
            }
        }
        written
    }

    /// Moves up to [`BATCH`] neighbours of a row. Returns how many weights changed.
    fn move_part_of_row(
        &mut self,
        moment: &Moment,
        list: usize,
        step: u8,
        table: &Table,
        part: &Range<usize>,
        batch: &mut Batch,
    ) -> u64 {
        let Synapses { target, weight, tag, ordinal, .. } = &mut self.synapses;
        let (Some(targets), Some(weights)) = (window(target, part), window_mut(weight, part)) else { return 0 };
        let mut tags = window_mut(tag, part);
        let any = match table.read {
            Read::Pre(index) => table.equal_terms(self.x[index].at(step)[list], batch.terms()),
            Read::Post(index) => batch.look_up(table.all(), self.y[index].at(step), targets),
            Read::Weight => table.terms_of_weights(weights, batch.terms()),
            Read::Tag => table.terms_of_tags(tags.as_deref().unwrap_or(&[0; BATCH]), batch.terms()),
        };
        if !any {
            return 0;
        }
        let shared = End::Source(self.rule.sources.id(list));
        batch.round(moment, &self.rule, table, shared, |others, ordinals| {
            self.neurons.look_up(targets, others);
            window(ordinal, part).map(|own| ordinals.copy_from_slice(own)).is_some()
        });
        if table.kind == Target::Weight {
            return move_levels(batch.grains(), self.rule.levels.highest(), weights).into();
        }
        if let Some(tags) = &mut tags {
            move_tags(batch.grains(), tags);
        }
        0
    }
}
