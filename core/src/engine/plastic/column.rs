//! A column of synapses, by tables: each in a row of its own. Only those that a term moves are looked up.

use super::batch::Batch;
use super::change::Moment;
use super::columns::{Columns, Part};
use super::epoch::Met;
use super::kernel::End;
use super::table::{NO_TERMS, Plan, Read, Table};
use super::{Learned, PlasticTile};

impl PlasticTile {
    /// The columns of targets that spiked, but for synapses whose sources did too: those are noted in `met`.
    pub(super) fn follow_columns(
        &mut self,
        moment: &Moment,
        plan: &Plan,
        batch: &mut Batch,
        met: &mut Vec<Met>,
        learned: &mut Learned,
    ) {
        let neurons = std::mem::take(&mut self.post);
        let columns = std::mem::replace(&mut self.columns, Columns::None);
        let looked_up = plan.first_pre_trace();
        let (trace, terms) = looked_up.unwrap_or((0, &NO_TERMS));
        let mut scratch = Part::EMPTY;
        self.x[trace].mark(&self.pre);
        for (index, neuron) in neurons.iter().map(|neuron| *neuron as usize).enumerate() {
            if let Some(next) = neurons.get(index + 2) {
                columns.prefetch(*next as usize);
            }
            columns.parts(neuron, &mut scratch, |part| {
                batch.begin(part.len);
                let any = batch.look_up_marked(terms, self.x[trace].at(self.post_spike[neuron]), part);
                let mut any = looked_up.map(|_| any);
                met.extend(batch.skipped.iter().map(|lane| self.met_in(part, *lane)));
                learned.updates += (part.len - batch.skipped.len()) as u64;
                match plan {
                    Plan::Tables(tables) => {
                        for table in tables {
                            self.move_part_of_column(moment, neuron, part, table, any.take(), batch, learned);
                        }
                    }
                    Plan::General => {
                        for lane in (0..part.len).filter(|lane| !batch.skipped.contains(lane)) {
                            let synapse = part.synapse(&self.synapses, lane);
                            learned.weight_writes += u64::from(self.change(moment, part.lists[lane] as usize, synapse));
                        }
                    }
                }
            });
            learned.weight_writes += batch.end_column(&self.rule, &mut self.synapses);
        }
        learned.weight_writes += batch.apply(&self.rule, &mut self.synapses);
        self.x[trace].mark(&self.pre);
        (self.post, self.columns) = (neurons, columns);
    }

    /// Moves synapses onto one neuron, but for those skipped. `any`: the batch holds the terms already, and whether any is not 0.
    #[expect(clippy::too_many_arguments, reason = "a part of a column and what becomes of it, inside this file only")]
    fn move_part_of_column(
        &mut self,
        moment: &Moment,
        neuron: usize,
        part: &Part,
        table: &Table,
        any: Option<bool>,
        batch: &mut Batch,
        learned: &mut Learned,
    ) {
        let step = self.post_spike[neuron];
        let any = any.unwrap_or_else(|| match table.read {
            Read::Pre(index) => batch.look_up(table.all(), self.x[index].at(step), &part.lists),
            Read::Post(index) => table.equal_terms(self.y[index].at(step)[neuron], batch.terms()),
            Read::Weight | Read::Tag => {
                learned.weight_writes += batch.apply(&self.rule, &mut self.synapses);
                for lane in 0..part.len {
                    let synapse = part.synapse(&self.synapses, lane);
                    batch.terms()[lane] = match (table.read, self.synapses.tag.get(synapse)) {
                        (Read::Tag, tag) => table.term_of_tag(tag.copied().unwrap_or(0)),
                        _ => table.term(self.synapses.weight[synapse]),
                    };
                }
                true
            }
        });
        if !any {
            return;
        }
        batch.round(moment, &self.rule, table, End::Target(self.neurons.id(neuron)), |others, ordinals| {
            self.rule.sources.look_up(&part.lists[..others.len()], others);
            let ordinal = &self.synapses.ordinal;
            if !ordinal.is_empty() {
                (0..part.len).for_each(|lane| ordinals[lane] = ordinal[part.synapse(&self.synapses, lane)]);
            }
            !ordinal.is_empty()
        });
        batch.push(&self.synapses, table.kind, part);
    }
}
