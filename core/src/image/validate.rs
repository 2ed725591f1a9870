//! Whether every index of an image points at something, so that a run never has to ask.

use super::{ChipImage, CoreImage, DENDRITES, PORTS, Route, RuleProgram, SynapseGroup};
use crate::arithmetic::DECAY_ONE;
use crate::error::Error;
use crate::memory::MemoryReader;
use crate::semantics::Semantics;
use crate::trace::TraceDecay;
use caudate_isa::sum_of_products::ConstantRange;

/// Most bits that a synapse keeps beside target, weight and delay.
pub const MAX_TAG_BITS: u8 = 128;

fn fail(core: usize, message: &str) -> Error {
    Error::Image(format!("core {core}: {message}"))
}

pub(super) fn check(good: bool, message: &str) -> Result<(), String> {
    if good { Ok(()) } else { Err(message.to_owned()) }
}

impl ChipImage {
    /// Checks that every index points at something and every setting is in range.
    ///
    /// # Errors
    /// [`Error::Image`] with the first inconsistency.
    pub(super) fn validate(&self) -> Result<(), Error> {
        if self.header.chip_fingerprint != self.chip.fingerprint() {
            return Err(Error::Image("the header's chip fingerprint is not that of the chip section".to_owned()));
        }
        self.validate_symbols()?;
        self.validate_programs()?;
        for (index, core) in self.cores.iter().enumerate() {
            self.validate_core(index, core)?;
        }
        for (input, routes) in self.input_routes.iter().enumerate() {
            if !routes.iter().all(|route| self.has_axon(route)) {
                return Err(Error::Image(format!("input source {input} has a route to an axon that does not exist")));
            }
        }
        Ok(())
    }

    fn has_axon(&self, route: &Route) -> bool {
        self.cores.get(route.core as usize).is_some_and(|core| (route.axon as usize) < core.axons.len())
    }

    fn validate_symbols(&self) -> Result<(), Error> {
        let mut next = 0_u64;
        let mut next_input = 0_u64;
        for population in &self.symbols.populations {
            let inputs_agree = !population.is_input || u64::from(population.first_input) == next_input;
            if u64::from(population.first.0) != next || !inputs_agree {
                return Err(Error::Image(format!(
                    "population '{}' does not begin where the one before it ends",
                    population.name
                )));
            }
            next += u64::from(population.size);
            next_input += if population.is_input { u64::from(population.size) } else { 0 };
        }
        if next > 1 << 30 {
            return Err(Error::Image(format!("{next} logical ids exceed 2^30")));
        }
        if next_input != self.input_routes.len() as u64 {
            return Err(Error::Image(format!(
                "{next_input} input sources have {} route lists",
                self.input_routes.len()
            )));
        }
        let populations = self.symbols.populations.len();
        match self
            .symbols
            .projections
            .iter()
            .find(|projection| projection.pre as usize >= populations || projection.post as usize >= populations)
        {
            Some(projection) => {
                Err(Error::Image(format!("projection '{}' names a population that does not exist", projection.name)))
            }
            None => Ok(()),
        }
    }

    fn validate_core(&self, index: usize, core: &CoreImage) -> Result<(), Error> {
        self.validate_neurons(core).map_err(|message| fail(index, &message))?;
        self.validate_synapses(core).map_err(|message| fail(index, &message))?;
        self.validate_memory(index, core)?;
        self.validate_routes(core).map_err(|message| fail(index, &message))
    }

    fn validate_neurons(&self, core: &CoreImage) -> Result<(), String> {
        let profiles_good = core.neuron_profiles.iter().all(|profile| {
            profile.current_decay <= DECAY_ONE
                && profile.voltage_decay <= DECAY_ONE
                && profile.refractory_steps >= 1
                && profile.bias_exponent <= 7
                && (0..1 << 17).contains(&profile.threshold_mantissa)
        });
        check(profiles_good, "a neuron profile is out of range")?;
        for compartment in &core.compartments {
            let slots_good =
                compartment.modulators.iter().flatten().all(|channel| usize::from(*channel) < self.channels.len());
            let known = self.symbols.locate(compartment.neuron).is_some_and(|(population, _)| !population.is_input);
            let profiled =
                compartment.fixed.is_none_or(|fixed| usize::from(fixed.profile) < core.neuron_profiles.len());
            check(
                known && slots_good && profiled,
                "a compartment names a neuron, profile or channel that does not exist",
            )?;
        }
        self.validate_microcode(core)
    }

    fn validate_synapses(&self, core: &CoreImage) -> Result<(), String> {
        let formats_good = core.formats.iter().all(|format| {
            format.weight_bits <= 8
                && (-8..=7).contains(&format.weight_exponent)
                && format.delay_bits <= 6
                && (1..=32).contains(&format.index_bits)
                && format.tag_bits <= MAX_TAG_BITS
                && format.address_bits <= 32
        });
        check(formats_good, "a synapse format is out of range")?;
        let constants = match self.header.semantics {
            Semantics::B2l => ConstantRange::WIDE,
            _ => ConstantRange::LOIHI,
        };
        for rule in &core.rules {
            check((1..=63).contains(&rule.epoch_steps), "a learning epoch is not 1..=63 steps")?;
            let traces_good = rule.pre.iter().chain(&rule.post).all(|trace| match trace.decay {
                TraceDecay::TwelveBit { factor } | TraceDecay::Floor { factor } => factor <= DECAY_ONE,
                TraceDecay::Division { tau_steps } => tau_steps >= 1,
                TraceDecay::Exponential { tau_steps } => tau_steps >= 0.0,
                TraceDecay::External => true,
            });
            check(traces_good, "a trace decay is out of range")?;
            match &rule.program {
                RuleProgram::Products(products) => {
                    products.check(&constants).map_err(|error| format!("learning rule '{}': {error}", rule.name))?;
                }
                RuleProgram::Microcode(microcode) => check(
                    self.is_rule(microcode),
                    "a learning rule names a program or state word that does not exist, or a value out of range",
                )?,
            }
        }
        let groups_good = core.groups.iter().all(|group| {
            group.rule.is_none_or(|rule| usize::from(rule) < core.rules.len())
                && usize::from(group.format) < core.formats.len()
                && group.projection.index() < self.symbols.projections.len()
                && group.dendrite < DENDRITES
                && group.port < PORTS
        });
        check(groups_good, "a synapse group names a format, rule or projection that does not exist")?;
        let learns_alone =
            |group: &SynapseGroup| group.rule.is_none() || !core.formats[usize::from(group.format)].shares();
        check(core.groups.iter().all(learns_alone), "synapses that learn are shared by several lists")?;
        // A list that names the synapses of another is short, whatever it counts.
        let synapses: u64 = core.lists.iter().map(|list| u64::from(list.synapses)).sum();
        check(synapses <= u64::from(u32::MAX), "its lists have more synapses than can be numbered")
    }

    fn validate_routes(&self, core: &CoreImage) -> Result<(), String> {
        let sources_good = core.axons.iter().all(|axon| self.symbols.locate(axon.source).is_some());
        check(sources_good, "an input axon names a source that does not exist")?;
        let lists: u64 = core.axons.iter().map(|axon| u64::from(axon.lists)).sum();
        check(lists == core.lists.len() as u64, "its axons do not account for its synapse lists")?;
        let starts_good = core.route_starts.len() == core.compartments.len() + 1
            && core.route_starts.first() == Some(&0)
            && core.route_starts.last().copied() == u32::try_from(core.routes.len()).ok()
            && core.route_starts.is_sorted();
        check(starts_good && core.routes.iter().all(|route| self.has_axon(route)), "an output axon leads nowhere")
    }

    fn validate_memory(&self, index: usize, core: &CoreImage) -> Result<(), Error> {
        let mut reader = MemoryReader::new(&core.memory);
        for list in &core.lists {
            let group = core
                .groups
                .get(list.group as usize)
                .ok_or_else(|| fail(index, "a synapse list names a group that does not exist"))?;
            let mut in_range = true;
            reader.read_list(
                &core.formats[group.format as usize],
                self.chip.synapse.list_header_bits,
                list.synapses,
                |synapse| {
                    in_range &= (synapse.target as usize) < core.compartments.len() && synapse.delay <= 62;
                },
            )?;
            if !in_range {
                return Err(fail(index, "a synapse has a target or delay that does not exist"));
            }
        }
        if reader.is_at_end() { Ok(()) } else { Err(fail(index, "bytes follow the last synapse list")) }
    }
}
