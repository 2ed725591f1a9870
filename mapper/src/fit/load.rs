//! The one count of what a core holds.

use super::shared::SharedLists;
use super::{Resource, Usage};
use crate::logical::{LogicalNetwork, LogicalProjection, Members};
use caudate_core::image::CoreImage;
use caudate_core::memory::{list_bytes, shared_head_bytes};

/// Something counted once per core: `mark` is the core (or trial) in which it was last met, so that nothing is cleared between cores.
#[derive(Debug, Clone)]
struct Marks(Vec<u32>);

impl Marks {
    fn new(count: usize) -> Self {
        Self(vec![0; count])
    }

    fn has(&self, index: usize, mark: u32) -> bool {
        self.0[index] == mark
    }

    /// Marks; returns whether the mark is new.
    fn set(&mut self, index: usize, mark: u32) -> bool {
        let is_new = self.0[index] != mark;
        self.0[index] = mark;
        is_new
    }
}

/// A synapse list of the core: what one source reaches through one projection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ListKey {
    /// Logical id of the source.
    pub(crate) source: u32,
    /// The projection.
    pub(crate) projection: u32,
}

/// Counts what a core holds, neuron by neuron.
#[derive(Debug)]
pub(crate) struct CoreLoad<'a> {
    logical: &'a LogicalNetwork,
    list_header_bits: u32,
    core: u32,
    trial: u32,
    usage: Usage,
    plastic_lists: u64,
    plastic_targets: u64,
    /// By logical id.
    source_on_core: Marks,
    source_in_trial: Marks,
    /// By list slot: see [`CoreLoad::slot`].
    first_slot: Vec<usize>,
    list_on_core: Marks,
    list_synapses: Vec<u32>,
    shared: SharedLists,
    projection_on_core: Marks,
    profile_on_core: Marks,
    format_on_core: Marks,
    format_in_trial: Marks,
    rule_on_core: Marks,
    rule_in_trial: Marks,
    program_on_core: Marks,
    program_in_trial: Marks,
    population_on_core: Marks,
    population_neurons: Vec<u32>,
    lists: Vec<ListKey>,
    sources: Vec<u32>,
    projections: Vec<u32>,
}

impl<'a> CoreLoad<'a> {
    pub(crate) fn new(logical: &'a LogicalNetwork, list_header_bits: u32) -> Self {
        let mut slots = 0;
        let first_slot = logical.projections.iter().map(|projection| {
            let first = slots;
            slots += logical.populations[projection.pre as usize].size as usize;
            first
        });
        let first_slot = first_slot.collect();
        let ids = logical.ids as usize;
        Self {
            logical,
            list_header_bits,
            core: 1,
            trial: 0,
            usage: Usage::default(),
            plastic_lists: 0,
            plastic_targets: 0,
            source_on_core: Marks::new(ids),
            source_in_trial: Marks::new(ids),
            first_slot,
            list_on_core: Marks::new(slots),
            list_synapses: vec![0; slots],
            shared: SharedLists::new(slots, logical.shares()),
            projection_on_core: Marks::new(logical.projections.len()),
            profile_on_core: Marks::new(logical.profiles.len()),
            format_on_core: Marks::new(logical.formats.len()),
            format_in_trial: Marks::new(logical.formats.len()),
            rule_on_core: Marks::new(logical.rules.len()),
            rule_in_trial: Marks::new(logical.rules.len()),
            program_on_core: Marks::new(logical.programs.len()),
            program_in_trial: Marks::new(logical.programs.len()),
            population_on_core: Marks::new(logical.populations.len()),
            population_neurons: vec![0; logical.populations.len()],
            lists: Vec::new(),
            sources: Vec::new(),
            projections: Vec::new(),
        }
    }

    /// Starts an empty core.
    pub(crate) fn open_core(&mut self) {
        self.core += 1;
        self.usage = Usage::default();
        self.plastic_lists = 0;
        self.plastic_targets = 0;
        self.shared.open_core();
        self.lists.clear();
        self.sources.clear();
        self.projections.clear();
    }

    /// What the core holds; its output axons are those added with its neurons.
    pub(crate) const fn usage(&self) -> &Usage {
        &self.usage
    }

    /// The synapse lists of the core, in order of first use.
    pub(crate) fn lists(&self) -> &[ListKey] {
        &self.lists
    }

    /// The sources of the core, in order of first use.
    pub(crate) fn sources(&self) -> &[u32] {
        &self.sources
    }

    /// The projections with a synapse on the core, in order of first use.
    pub(crate) fn projections(&self) -> &[u32] {
        &self.projections
    }

    /// The storage slot of a list: one for each member of each projection's source population.
    #[inline]
    pub(crate) fn slot(&self, projection: u32, source_member: u32) -> usize {
        self.first_slot[projection as usize] + source_member as usize
    }

    /// Number of list slots.
    pub(crate) const fn slots(&self) -> usize {
        self.list_synapses.len()
    }

    /// Synapses of a list of the core.
    pub(crate) fn list_synapses(&self, key: ListKey) -> u32 {
        let projection = &self.logical.projections[key.projection as usize];
        let member = key.source - self.logical.populations[projection.pre as usize].first_id;
        self.list_synapses[self.slot(key.projection, member)]
    }

    /// Neurons of a population on the core.
    pub(crate) fn population_neurons(&self, population: u32) -> u32 {
        if self.population_on_core.has(population as usize, self.core) {
            self.population_neurons[population as usize]
        } else {
            0
        }
    }

    /// What the core would hold with one more cell: (population, member) of each of its compartments, no two of one population. Together
    /// they have `output_axons` destinations.
    pub(crate) fn usage_with(&mut self, cell: &[(u32, u32)], output_axons: u64) -> Usage {
        self.trial = self.trial.wrapping_add(1);
        if self.trial == 0 {
            // After 2^32 trials an old mark could pass for a new one.
            self.source_in_trial.0.fill(0);
            self.format_in_trial.0.fill(0);
            self.rule_in_trial.0.fill(0);
            self.program_in_trial.0.fill(0);
            self.trial = 1;
        }
        let mut usage = self.usage;
        usage[Resource::OutputAxons] += output_axons;
        let mut plastic = (self.plastic_lists, self.plastic_targets);
        for (population, member) in cell {
            self.try_compartment(*population, *member, &mut usage, &mut plastic);
        }
        self.shared.end_trial(&self.logical.formats);
        usage[Resource::TraceMemory] = CoreImage::trace_memory_bytes(plastic.0, plastic.1);
        usage
    }

    /// Adds what one compartment of the trial takes; `plastic` counts lists and targets that learn. Different populations have
    /// different projections, so compartments of one cell share no list.
    fn try_compartment(&mut self, population: u32, member: u32, usage: &mut Usage, plastic: &mut (u64, u64)) {
        let logical = self.logical;
        let own = &logical.populations[population as usize];
        let rank = self.population_neurons(population);
        usage[Resource::Compartments] += 1;
        match &own.members {
            Members::Inputs => {}
            Members::Fixed(columns) => {
                usage[Resource::NeuronProfiles] +=
                    u64::from(!self.profile_on_core.has(columns.profile.get(member as usize) as usize, self.core));
            }
            Members::Microcode(columns) => {
                usage[Resource::NeuronMemory] += columns.compartment_bytes;
                usage[Resource::ProgramWords] += self.program_growth(columns.program);
            }
        }
        for &index in &own.incoming {
            let projection = &logical.projections[index as usize];
            let row = &projection.sources[projection.row(member)];
            if row.is_empty() {
                continue;
            }
            let new_format = !self.format_on_core.has(projection.format as usize, self.core)
                && self.format_in_trial.set(projection.format as usize, self.trial);
            usage[Resource::SynapseFormats] += u64::from(new_format);
            if let Some(rule) = projection.rule {
                let new_rule = !self.rule_on_core.has(rule as usize, self.core)
                    && self.rule_in_trial.set(rule as usize, self.trial);
                usage[Resource::LearningRules] += u64::from(new_rule);
                if let Some(microcode) = logical.rules[rule as usize].program.microcode() {
                    usage[Resource::ProgramWords] += self.program_growth(microcode.program);
                }
                plastic.1 += 1;
            }
            let first_id = logical.populations[projection.pre as usize].first_id;
            let format = &logical.formats[projection.format as usize];
            let (shares, mut synapse) = (format.shares(), projection.row(member).start);
            for run in row.chunk_by(|a, b| a == b) {
                let (new_list, bytes) = self.list_growth(index, projection, run);
                usage[Resource::SynapticMemory] += bytes;
                if shares {
                    let list = (self.slot(index, run[0]), new_list);
                    let change =
                        self.shared.try_to_add((projection.format, format), list, projection.to(rank, synapse));
                    usage[Resource::SynapticMemory] = usage[Resource::SynapticMemory].saturating_add_signed(change);
                }
                synapse += run.len();
                plastic.0 += u64::from(new_list && projection.rule.is_some());
                if new_list {
                    let source = (first_id + run[0]) as usize;
                    let new_source =
                        !self.source_on_core.has(source, self.core) && self.source_in_trial.set(source, self.trial);
                    usage[Resource::InputAxons] += u64::from(new_source);
                }
            }
        }
    }

    /// Words that a program adds to the trial.
    fn program_growth(&mut self, program: u16) -> u64 {
        let program = usize::from(program);
        let is_new = !self.program_on_core.has(program, self.core) && self.program_in_trial.set(program, self.trial);
        if is_new { self.logical.programs[program].program.memory_words() } else { 0 }
    }

    /// Puts a program on the core.
    fn add_program(&mut self, program: u16) {
        let program = usize::from(program);
        if self.program_on_core.set(program, self.core) {
            self.usage[Resource::ProgramWords] += self.logical.programs[program].program.memory_words();
        }
    }

    /// Whether a run of synapses from one source starts a list, and the bytes that it adds but for those that lists share.
    #[inline]
    fn list_growth(&self, index: u32, projection: &LogicalProjection, run: &[u32]) -> (bool, u64) {
        let format = &self.logical.formats[projection.format as usize];
        let slot = self.slot(index, run[0]);
        let is_new = !self.list_on_core.has(slot, self.core);
        let before = if is_new { 0 } else { u64::from(self.list_synapses[slot]) };
        if format.shares() {
            return (is_new, if is_new { shared_head_bytes(format, self.list_header_bits) } else { 0 });
        }
        let bytes = |synapses| list_bytes(format, self.list_header_bits, synapses);
        (is_new, bytes(before + run.len() as u64) - if is_new { 0 } else { bytes(before) })
    }

    /// Adds a compartment. Those of a population are added in ascending order.
    pub(crate) fn add(&mut self, population: u32, member: u32, output_axons: u64) {
        let logical = self.logical;
        let own = &logical.populations[population as usize];
        self.usage[Resource::Compartments] += 1;
        self.usage[Resource::OutputAxons] += output_axons;
        let neurons = self.population_neurons(population);
        self.population_on_core.set(population as usize, self.core);
        self.population_neurons[population as usize] = neurons + 1;
        match &own.members {
            Members::Inputs => {}
            Members::Fixed(columns) => {
                let is_new = self.profile_on_core.set(columns.profile.get(member as usize) as usize, self.core);
                self.usage[Resource::NeuronProfiles] += u64::from(is_new);
            }
            Members::Microcode(columns) => {
                self.usage[Resource::NeuronMemory] += columns.compartment_bytes;
                self.add_program(columns.program);
            }
        }
        for &index in &own.incoming {
            let projection = &logical.projections[index as usize];
            let row = &projection.sources[projection.row(member)];
            if row.is_empty() {
                continue;
            }
            if self.projection_on_core.set(index as usize, self.core) {
                self.projections.push(index);
            }
            self.usage[Resource::SynapseFormats] +=
                u64::from(self.format_on_core.set(projection.format as usize, self.core));
            if let Some(rule) = projection.rule {
                self.usage[Resource::LearningRules] += u64::from(self.rule_on_core.set(rule as usize, self.core));
                if let Some(microcode) = logical.rules[rule as usize].program.microcode() {
                    self.add_program(microcode.program);
                }
                self.plastic_targets += 1;
            }
            let first_id = logical.populations[projection.pre as usize].first_id;
            let format = &logical.formats[projection.format as usize];
            let (shares, mut synapse) = (format.shares(), projection.row(member).start);
            for run in row.chunk_by(|a, b| a == b) {
                let (new_list, bytes) = self.list_growth(index, projection, run);
                self.usage[Resource::SynapticMemory] += bytes;
                let slot = self.slot(index, run[0]);
                if shares {
                    let list = (slot, new_list);
                    let change = self.shared.add((projection.format, format), list, projection.to(neurons, synapse));
                    let memory = &mut self.usage[Resource::SynapticMemory];
                    *memory = memory.saturating_add_signed(change);
                }
                synapse += run.len();
                let source = first_id + run[0];
                if new_list {
                    self.list_on_core.set(slot, self.core);
                    self.list_synapses[slot] = 0;
                    self.lists.push(ListKey { source, projection: index });
                    self.plastic_lists += u64::from(projection.rule.is_some());
                    if self.source_on_core.set(source as usize, self.core) {
                        self.sources.push(source);
                        self.usage[Resource::InputAxons] += 1;
                    }
                }
                self.list_synapses[slot] += run.len() as u32;
            }
        }
        self.usage[Resource::TraceMemory] = CoreImage::trace_memory_bytes(self.plastic_lists, self.plastic_targets);
    }
}
