//! The network as a neutral problem: one vertex per cell, one net per source.
//!
//! Compartments, input axons and output axons are exact. Synaptic memory of a core is a set function too, for a list has one header
//! however many of its targets share the core; a vertex carries its synapses times a factor measured on a real partition.

use super::Task;
use super::fill::Cell;
use crate::fit::{Resource, Usage};
use crate::logical::LogicalNetwork;
use crate::problem::{Amounts, Lists, Problem};
use caudate_core::chip::Limit;

/// More than any core could hold, and still far from overflow.
const UNLIMITED: u64 = 1 << 40;

/// A network as a problem.
#[derive(Debug)]
pub(super) struct Neutral {
    pub(super) problem: Problem,
    /// The cell of each vertex.
    pub(super) cell_of: Vec<Cell>,
    /// Bytes of the synapses of each vertex, without list headers.
    synapse_bytes: Vec<u64>,
}

impl Neutral {
    pub(super) fn of(task: &Task<'_>) -> Self {
        let logical = task.logical;
        let mut problem = per_neuron(logical, task.rates);
        let mut vertex_of = vec![0_u32; problem.vertices()];
        let cell_of: Vec<Cell> = super::fill::cells(task).collect();
        for (cell, vertex) in cell_of.iter().zip(0..) {
            for population in &logical.cells[cell.cells as usize].populations {
                let neuron = logical.populations[*population as usize].first_of_kind + cell.member;
                vertex_of[neuron as usize] = vertex;
            }
        }
        if !vertex_of.iter().zip(0..).all(|(vertex, neuron)| *vertex == neuron) {
            problem = problem.contract(vertex_of, cell_of.len()).problem;
        }
        let synapse_bytes = problem.synapse_bytes.clone();
        Self { problem, cell_of, synapse_bytes }
    }

    /// The bytes of a partition's cores per byte of synapses: what list headers add.
    pub(super) fn header_factor(&self, usage: &[Usage]) -> f64 {
        let stored: u64 = usage.iter().map(|usage| usage[Resource::SynapticMemory]).sum();
        let synapses: u64 = self.synapse_bytes.iter().sum();
        stored as f64 / synapses.max(1) as f64
    }

    /// Lets each vertex carry its share of list headers.
    pub(super) fn set_header_factor(&mut self, factor: f64) {
        for (bytes, own) in self.problem.synapse_bytes.iter_mut().zip(&self.synapse_bytes) {
            *bytes = (*own as f64 * factor) as u64;
        }
    }
}

/// The limits of a core that a problem knows.
pub(super) fn limits(task: &Task<'_>) -> Amounts {
    let of = |resource: Resource| match task.limits.of_resource(resource) {
        Limit::AtMost(limit) => limit.min(UNLIMITED),
        Limit::Unlimited => UNLIMITED,
    };
    // No core has more neurons than the caps of all populations together allow.
    let neurons = task.logical.populations.iter().filter(|own| !own.is_input());
    let caps: u64 = neurons.map(|own| u64::from(own.max_neurons_per_core.unwrap_or(own.size).min(own.size))).sum();
    let cap = task.max_neurons_per_core.map_or(UNLIMITED, u64::from).min(caps.max(1));
    [
        of(Resource::Compartments).min(cap),
        of(Resource::SynapticMemory),
        of(Resource::InputAxons),
        of(Resource::OutputAxons),
    ]
}

/// One vertex per neuron.
fn per_neuron(logical: &LogicalNetwork, rates: &[f64]) -> Problem {
    let ids = logical.ids as usize;
    let mut fan_in = Lists { start: Vec::with_capacity(ids + 1), items: Vec::new() };
    fan_in.start.push(0);
    let mut bytes = vec![0; ids];
    let mut is_external = vec![false; ids];
    for own in &logical.populations {
        for member in 0..own.size {
            let id = (own.first_id + member) as usize;
            is_external[id] = own.is_input();
            let from = fan_in.items.len();
            let mut bits = 0;
            for index in &own.incoming {
                let projection = &logical.projections[*index as usize];
                let row = &projection.sources[projection.row(member)];
                bits += row.len() as u64 * u64::from(logical.formats[projection.format as usize].synapse_bits());
                let first_id = logical.populations[projection.pre as usize].first_id;
                fan_in.items.extend(row.iter().map(|source| first_id + source));
            }
            sort_distinct(&mut fan_in.items, from);
            fan_in.start.push(fan_in.items.len());
            bytes[id] = bits.div_ceil(8);
        }
    }
    Problem::from_fan_in(fan_in, &is_external, rates, &vec![1; ids], &bytes).0
}

/// Sorts the end of a list, from an index on, and drops what is there twice.
fn sort_distinct(items: &mut Vec<u32>, from: usize) {
    items[from..].sort_unstable();
    let mut kept = from;
    for at in from..items.len() {
        if kept == from || items[kept - 1] != items[at] {
            items[kept] = items[at];
            kept += 1;
        }
    }
    items.truncate(kept);
}
