//! What a move or a swap would change, exactly, without doing it.

use super::assignment::Net;
use super::gains::Gains;
use super::{Assignment, COMPARTMENTS, EXTERNAL, INPUT_AXONS, OUTPUT_AXONS, RESOURCES, SYNAPSE_BYTES};

/// A change of the objective and of what limits cost.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Delta {
    /// Change of traffic.
    pub(crate) traffic: f64,
    /// Change of the price of overflow.
    pub(crate) penalty: f64,
}

impl Delta {
    /// Both together.
    pub(crate) fn cost(self) -> f64 {
        self.traffic + self.penalty
    }
}

/// Room to work in, kept between calls.
#[derive(Debug, Clone)]
pub(crate) struct Scratch {
    /// Change of output axons per core, zero between calls.
    output_axons: Vec<i64>,
    touched: Vec<u32>,
    /// Which role a net plays in a swap, zero between calls.
    role: Vec<u8>,
    nets: Vec<u32>,
}

/// Roles of the two swapped vertices in a net.
const FIRST_TARGET: u8 = 1;
const SECOND_TARGET: u8 = 2;
const FIRST_OWNER: u8 = 4;
const SECOND_OWNER: u8 = 8;

impl Scratch {
    pub(super) fn new(cores: usize, nets: usize) -> Self {
        Self { output_axons: vec![0; cores], touched: Vec::new(), role: vec![0; nets], nets: Vec::new() }
    }

    #[inline]
    fn add(&mut self, core: u32, amount: i64) {
        if amount != 0 {
            if self.output_axons[core as usize] == 0 {
                self.touched.push(core);
            }
            self.output_axons[core as usize] += amount;
        }
    }
}

impl Assignment<'_> {
    /// What moving a vertex to another core would change.
    pub(crate) fn move_delta(&mut self, vertex: u32, to: u32) -> Delta {
        let from = self.core_of[vertex as usize];
        let problem = self.problem;
        let watches_outputs = self.watches_outputs;
        let mut traffic = 0.0;
        let (mut inputs_left, mut inputs_entered, mut own_outputs, mut own_before) =
            (0_i64, 0_i64, 0_i64, problem.outputs_elsewhere(vertex) as i64);
        for net in problem.inputs.of(vertex) {
            let (in_from, in_to) = self.rows.pair(*net, from, to);
            // Two pins may be the vertex and the owner.
            if in_from > 2 && in_to > 1 {
                continue;
            }
            let Net { rate, sources, owner, owner_is_extra } = self.net[*net as usize];
            traffic += rate * (f64::from(u8::from(in_to == 0)) - f64::from(u8::from(in_from == 1)));
            let owner_core = if owner == EXTERNAL { EXTERNAL } else { self.core_of[owner as usize] };
            let extra = if owner_is_extra { owner_core } else { EXTERNAL };
            let is_last = in_from - u32::from(extra == from) == 1;
            let is_first = in_to == u32::from(extra == to);
            let sources = i64::from(sources);
            inputs_left += sources * i64::from(is_last);
            inputs_entered += sources * i64::from(is_first);
            if watches_outputs && is_last != is_first {
                let change = if is_first { sources } else { -sources };
                if owner == vertex {
                    own_outputs += change;
                } else if owner != EXTERNAL {
                    self.scratch.add(owner_core, change);
                }
            }
        }
        for net in problem.outputs.of(vertex) {
            let Net { rate, sources, owner_is_extra, .. } = self.net[*net as usize];
            own_before += i64::from(sources) * i64::from(self.reach[*net as usize]);
            if owner_is_extra {
                let (in_from, in_to) = self.rows.pair(*net, from, to);
                traffic += rate * (f64::from(u8::from(in_to == 0)) - f64::from(u8::from(in_from == 1)));
            }
        }
        self.scratch.add(from, -own_before);
        self.scratch.add(to, own_before + own_outputs);
        let mut change = [[0; RESOURCES]; 2];
        change[0][COMPARTMENTS] = -i64::from(problem.compartments[vertex as usize]);
        change[0][SYNAPSE_BYTES] = -(problem.synapse_bytes[vertex as usize] as i64);
        change[1] = change[0].map(|amount: i64| -amount);
        change[0][INPUT_AXONS] = -inputs_left;
        change[1][INPUT_AXONS] = inputs_entered;
        Delta { traffic, penalty: self.price_of([from, to], change) }
    }

    /// What moving a vertex would change but for output axons, by the gain table.
    pub(crate) fn quick_move(&self, gains: &Gains, vertex: u32, to: u32) -> Delta {
        let from = self.core_of[vertex as usize];
        let [left, entered] = gains.input_axons(vertex, to);
        let compartments = i64::from(self.problem.compartments[vertex as usize]);
        let bytes = self.problem.synapse_bytes[vertex as usize] as i64;
        let price = self.price_of_inner(from, [-compartments, -bytes, -left])
            + self.price_of_inner(to, [compartments, bytes, entered]);
        Delta { traffic: gains.traffic(gains.move_delta(vertex, to)), penalty: price }
    }

    /// What an exchange would change at least but for output axons, by the gain table: nets that the two share can only make it dearer than
    /// two moves.
    pub(crate) fn quick_swap(&self, gains: &Gains, first: u32, second: u32) -> Delta {
        let (from, to) = (self.core_of[first as usize], self.core_of[second as usize]);
        let problem = self.problem;
        let ([left, entered], [other_left, other_entered]) =
            (gains.input_axons(first, to), gains.input_axons(second, from));
        let more = |own: u32, other: u32| {
            let compartments = |vertex: u32| i64::from(problem.compartments[vertex as usize]);
            let bytes = |vertex: u32| problem.synapse_bytes[vertex as usize] as i64;
            [compartments(own) - compartments(other), bytes(own) - bytes(other)]
        };
        let [compartments, bytes] = more(first, second);
        let price = self.price_of_inner(from, [-compartments, -bytes, other_entered - left])
            + self.price_of_inner(to, [compartments, bytes, entered - other_left]);
        let units = gains.move_delta(first, to) + gains.move_delta(second, from);
        Delta { traffic: gains.traffic(units), penalty: price }
    }

    /// At most so many output axons over the limit does a vertex save by leaving its core: one per source that nobody else hears there, and
    /// its own, if the core has too many. Needs the gain table.
    pub(crate) fn outputs_saved(&self, vertex: u32) -> i64 {
        let core = self.core_of[vertex as usize];
        let heard = self.gains.as_ref().map_or(i64::MAX / 4, |gains| gains.alone_axons(vertex));
        let limit = i64::try_from(self.limits[OUTPUT_AXONS]).unwrap_or(i64::MAX);
        let over = self.load[core as usize][OUTPUT_AXONS].saturating_sub(limit).max(0);
        heard.saturating_add(if over > 0 { over.min(self.output_axons(vertex) as i64) } else { 0 })
    }

    /// The price of changed loads of a core, but for output axons.
    fn price_of_inner(&self, core: u32, change: [i64; 3]) -> f64 {
        let resources = [COMPARTMENTS, SYNAPSE_BYTES, INPUT_AXONS];
        resources.into_iter().zip(change).map(|(resource, change)| self.price_of_change(core, resource, change)).sum()
    }

    /// What exchanging the cores of two vertices would change.
    pub(crate) fn swap_delta(&mut self, first: u32, second: u32) -> Delta {
        let (from, to) = (self.core_of[first as usize], self.core_of[second as usize]);
        let problem = self.problem;
        let mut nets = std::mem::take(&mut self.scratch.nets);
        nets.clear();
        let lists = [
            (problem.inputs.of(first), FIRST_TARGET),
            (problem.inputs.of(second), SECOND_TARGET),
            (problem.outputs.of(first), FIRST_OWNER),
            (problem.outputs.of(second), SECOND_OWNER),
        ];
        for (list, role) in lists {
            for net in list {
                let known = &mut self.scratch.role[*net as usize];
                if *known == 0 {
                    nets.push(*net);
                }
                *known |= role;
            }
        }
        let mut traffic = 0.0;
        let mut change = [[0_i64; RESOURCES]; 2];
        for net in &nets {
            let role = std::mem::take(&mut self.scratch.role[*net as usize]);
            let shift = i64::from(role & SECOND_TARGET != 0) - i64::from(role & FIRST_TARGET != 0);
            if shift == 0 && role & (FIRST_OWNER | SECOND_OWNER) == 0 {
                continue;
            }
            let (in_from, in_to) = self.rows.pair(*net, from, to);
            let Net { sources, owner, owner_is_extra, .. } = self.net[*net as usize];
            let core = if owner == EXTERNAL { EXTERNAL } else { self.core_of[owner as usize] };
            let extra = if owner_is_extra { core } else { EXTERNAL };
            let (in_from, in_to) =
                (i64::from(in_from) - i64::from(extra == from), i64::from(in_to) - i64::from(extra == to));
            let before = [in_from > 0, in_to > 0];
            let after = [in_from + shift > 0, in_to - shift > 0];
            let sources = i64::from(sources);
            let gained = [0, 1].map(|end: usize| i64::from(after[end]) - i64::from(before[end]));
            change[0][INPUT_AXONS] += sources * gained[0];
            change[1][INPUT_AXONS] += sources * gained[1];
            let mut charged = gained[0] + gained[1];
            if owner != EXTERNAL {
                let new_core = match role & (FIRST_OWNER | SECOND_OWNER) {
                    FIRST_OWNER => to,
                    SECOND_OWNER => from,
                    _ => core,
                };
                let at =
                    |core: u32, ends: [bool; 2]| i64::from(if core == from { ends[0] } else { core == to && ends[1] });
                charged += at(core, before) - at(new_core, after);
                let reach = i64::from(self.reach[*net as usize]);
                if self.watches_outputs {
                    self.scratch.add(core, -sources * reach);
                    self.scratch.add(new_core, sources * (reach + gained[0] + gained[1]));
                }
            }
            traffic += problem.rate[*net as usize] * charged as f64;
        }
        self.scratch.nets = nets;
        let moved = problem.outputs_elsewhere(first) as i64 - problem.outputs_elsewhere(second) as i64;
        self.scratch.add(from, -moved);
        self.scratch.add(to, moved);
        let of = |vertex: u32| {
            (i64::from(problem.compartments[vertex as usize]), problem.synapse_bytes[vertex as usize] as i64)
        };
        let ((compartments, bytes), (other_compartments, other_bytes)) = (of(first), of(second));
        change[0][COMPARTMENTS] = other_compartments - compartments;
        change[0][SYNAPSE_BYTES] = other_bytes - bytes;
        change[1][COMPARTMENTS] = -change[0][COMPARTMENTS];
        change[1][SYNAPSE_BYTES] = -change[0][SYNAPSE_BYTES];
        Delta { traffic, penalty: self.price_of([from, to], change) }
    }

    /// The price of changed loads of two cores and of the output axons collected in the scratch, which is emptied.
    fn price_of(&mut self, cores: [u32; 2], change: [[i64; RESOURCES]; 2]) -> f64 {
        let mut sum = 0.0;
        for (core, change) in cores.into_iter().zip(change) {
            sum += self.price_of_inner(core, [change[COMPARTMENTS], change[SYNAPSE_BYTES], change[INPUT_AXONS]]);
        }
        let mut touched = std::mem::take(&mut self.scratch.touched);
        for core in touched.drain(..) {
            let change = std::mem::take(&mut self.scratch.output_axons[core as usize]);
            sum += self.price_of_change(core, OUTPUT_AXONS, change);
        }
        self.scratch.touched = touched;
        sum
    }

    #[inline]
    fn price_of_change(&self, core: u32, resource: usize, change: i64) -> f64 {
        let load = self.load[core as usize][resource];
        let limit = i64::try_from(self.limits[resource]).unwrap_or(i64::MAX);
        let over = (load + change).saturating_sub(limit).max(0) - load.saturating_sub(limit).max(0);
        over as f64 * self.price[resource]
    }
}
