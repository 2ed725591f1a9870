//! Filling cores with whole cells, by the count that the emitter lays cores out by.
//!
//! Every limit but one is known while a core fills. Output axons depend on where a neuron's targets land, which is known only
//! afterwards; so the cores are filled again with the destinations of the last round as the expected ones, until they hold.
//! Expectations only grow, so the rounds end: at the latest with every cell alone.

use super::{Closing, Oversize, Partition, Task};
use crate::fit::{CoreLoad, Resource};
use caudate_core::chip::Limit;

/// Rounds after which a core that still has too many output axons is reported.
const MAX_ROUNDS: usize = 64;
/// Rounds before expectations grow faster than what was seen.
const PATIENT_ROUNDS: usize = 4;

/// A cell: which kind of cell, and which of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cell {
    /// Index into the network's cells.
    pub(super) cells: u32,
    pub(super) member: u32,
}

/// The order in which cells are taken.
#[derive(Debug, Default)]
pub(super) struct Order {
    /// Cells that should share a core; those that do not fit there join the rest.
    pub(super) groups: Vec<Vec<Cell>>,
    /// Cells that open a core whenever the next one does not fit.
    pub(super) rest: Vec<Cell>,
}

/// Takes cells in the order of the network; a cell of several compartments is taken where its first population stands.
pub(super) fn in_order(task: &Task<'_>) -> Partition {
    fill(task, &Order { groups: Vec::new(), rest: cells(task).collect() })
}

/// All cells, in the order of the network.
pub(super) fn cells(task: &Task<'_>) -> impl Iterator<Item = Cell> {
    let kinds = task.logical.cells.iter().zip(0..);
    kinds.flat_map(|(kind, cells)| (0..kind.count).map(move |member| Cell { cells, member }))
}

/// Fills cores in an order, and again until output axons hold.
pub(super) fn fill(task: &Task<'_>, order: &Order) -> Partition {
    let limit = task.limits.of_resource(Resource::OutputAxons);
    let mut filling = Filling::new(task);
    for round in 0.. {
        let (mut partition, destinations) = filling.once(order);
        let over = settle_output_axons(&mut partition, &destinations, limit);
        let exceeds_the_chip = !task.cores().admits(partition.usage.len() as u64);
        if over.is_empty() || exceeds_the_chip {
            return partition;
        }
        if round + 1 == MAX_ROUNDS {
            partition.unresolved = over;
            return partition;
        }
        let mut is_over = vec![false; partition.usage.len()];
        over.iter().for_each(|(core, _)| is_over[*core as usize] = true);
        let most = limit.number().unwrap_or(u64::MAX);
        for ((expected, seen), core) in filling.expected.iter_mut().zip(&destinations).zip(&partition.core_of) {
            let growth = if round >= PATIENT_ROUNDS && is_over[*core as usize] { *expected / 4 + 1 } else { 0 };
            // No expectation beyond the limit makes a neuron look oversize that is not.
            *expected = (*expected + growth).min(most).max(*seen);
        }
    }
    Partition::default()
}

/// What stays from round to round, and the partition that is being filled.
struct Filling<'a> {
    task: &'a Task<'a>,
    load: CoreLoad<'a>,
    /// Output axons that each neuron is expected to need.
    expected: Vec<u64>,
    /// By logical id.
    neuron_of_id: Vec<Option<u32>>,
    partition: Partition,
    /// Cores that hold a target of each neuron, so far.
    destinations: Vec<u64>,
    /// The compartments of the cell in hand, as (population, member).
    cell: Vec<(u32, u32)>,
    /// The population of its soma.
    soma: u32,
}

impl<'a> Filling<'a> {
    fn new(task: &'a Task<'a>) -> Self {
        Self {
            task,
            load: CoreLoad::new(task.logical, task.chip.synapse.list_header_bits),
            expected: vec![0; task.logical.neurons as usize],
            neuron_of_id: task.logical.neuron_of_id(),
            partition: Partition::default(),
            destinations: Vec::new(),
            cell: Vec::new(),
            soma: 0,
        }
    }

    /// Fills cores once. Also returns the destinations of each neuron.
    fn once(&mut self, order: &Order) -> (Partition, Vec<u64>) {
        let neurons = self.expected.len();
        self.partition = Partition { core_of: vec![0; neurons], ..Partition::default() };
        self.destinations = vec![0; neurons];
        self.load.open_core();
        let mut rest = Vec::new();
        for group in &order.groups {
            let mut first_refusal = None;
            for cell in group {
                match self.refusal(*cell) {
                    None => self.add(),
                    Some(closing) => {
                        first_refusal.get_or_insert(closing);
                        rest.push(*cell);
                    }
                }
            }
            self.partition.closed_by.extend(first_refusal);
            if !self.is_empty() {
                self.close();
            }
        }
        if self.task.logical.shares() {
            // What lists share is counted over members in ascending order.
            rest.sort_by_key(|cell| (cell.cells, cell.member));
        }
        for cell in rest.iter().chain(&order.rest) {
            if let Some(closing) = self.refusal(*cell) {
                self.partition.closed_by.push(closing);
                self.close();
            }
            self.add();
        }
        if !self.is_empty() || self.partition.usage.is_empty() {
            self.close();
        }
        (std::mem::take(&mut self.partition), std::mem::take(&mut self.destinations))
    }

    fn is_empty(&self) -> bool {
        self.load.usage()[Resource::Compartments] == 0
    }

    /// Takes a cell in hand; returns why the core does not take it, if it does not. An empty core takes any cell.
    fn refusal(&mut self, cell: Cell) -> Option<Closing> {
        let kind = &self.task.logical.cells[cell.cells as usize];
        self.soma = kind.soma;
        self.cell.clear();
        self.cell.extend(kind.populations.iter().map(|population| (*population, cell.member)));
        if self.is_empty() {
            return None;
        }
        let output_axons = self.output_axons();
        closing(self.task, &mut self.load, &self.cell, output_axons)
    }

    /// Adds the cell in hand.
    fn add(&mut self) {
        let core = self.partition.usage.len() as u32;
        if self.is_empty() {
            let needed = self.load.usage_with(&self.cell, self.output_axons());
            let (population, member) = (self.soma, self.cell[0].1);
            let oversize = self.task.limits.exceeded_by(&needed).map(|resource| Oversize {
                population,
                member,
                core,
                resource,
                needed: needed[resource],
            });
            self.partition.oversize.extend(oversize);
        }
        for (population, member) in &self.cell {
            let neuron = neuron(self.task, *population, *member);
            self.load.add(*population, *member, self.expected[neuron]);
            self.partition.core_of[neuron] = core;
        }
    }

    fn output_axons(&self) -> u64 {
        self.cell.iter().map(|(population, member)| self.expected[neuron(self.task, *population, *member)]).sum()
    }

    fn close(&mut self) {
        let sources = self.load.sources();
        let neurons = sources.iter().filter_map(|source| self.neuron_of_id[*source as usize]);
        neurons.for_each(|neuron| self.destinations[neuron as usize] += 1);
        self.partition.sources.push(sources.to_vec());
        self.partition.usage.push(*self.load.usage());
        self.load.open_core();
    }
}

fn neuron(task: &Task<'_>, population: u32, member: u32) -> usize {
    (task.logical.populations[population as usize].first_of_kind + member) as usize
}

/// Why the core does not take the cell, if it does not.
fn closing(task: &Task<'_>, load: &mut CoreLoad<'_>, cell: &[(u32, u32)], output_axons: u64) -> Option<Closing> {
    let would_exceed = |cap: Option<u32>, neurons: u64| cap.is_some_and(|cap| neurons > u64::from(cap));
    let own_caps = |(population, _): &(u32, u32)| {
        let cap = task.logical.populations[*population as usize].max_neurons_per_core;
        would_exceed(cap, u64::from(load.population_neurons(*population)) + 1)
    };
    let compartments = load.usage()[Resource::Compartments] + cell.len() as u64;
    if would_exceed(task.max_neurons_per_core, compartments) || cell.iter().any(own_caps) {
        return Some(Closing::Cap);
    }
    let usage = load.usage_with(cell, output_axons);
    task.limits.exceeded_by(&usage).next().map(Closing::Full)
}

/// Replaces expected output axons by real ones; returns the cores that have too many.
fn settle_output_axons(partition: &mut Partition, destinations: &[u64], limit: Limit) -> Vec<(u32, u64)> {
    for usage in &mut partition.usage {
        usage[Resource::OutputAxons] = 0;
    }
    for (core, destinations) in partition.core_of.iter().zip(destinations) {
        partition.usage[*core as usize][Resource::OutputAxons] += destinations;
    }
    let is_reported = |core: u32| {
        partition.oversize.iter().any(|oversize| oversize.core == core && oversize.resource == Resource::OutputAxons)
    };
    let counts = partition.usage.iter().zip(0..).map(|(usage, core)| (core, usage[Resource::OutputAxons]));
    counts.filter(|(core, count)| !limit.admits(*count) && !is_reported(*core)).collect()
}
