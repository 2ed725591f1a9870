//! Microcode in an image: programs, the compartments that run them, the rules that are written in them.

use super::{ChipImage, PopulationSymbol};
use caudate_isa::nmx::Program;
use caudate_isa::sum_of_products::SumOfProducts;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// A program of the image and what reports call it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NamedProgram {
    /// Its name.
    pub name: String,
    /// The program.
    pub program: Program,
}

/// Consecutive compartments of a core that run one program: those members of a population that are on the core.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MicrocodeBlock {
    /// Index into [`ChipImage::programs`]; a program of kind neuron.
    pub program: u16,
    /// First compartment.
    pub first: u32,
    /// Number of compartments, at least 1.
    pub count: u32,
    /// Parameters k0, k1, ..., as many as the program declares.
    pub parameters: Vec<Values>,
    /// State words s0, s1, ... before step 0, as many as the program declares.
    pub initial: Vec<Values>,
    /// The block, of as many compartments, whose programs pop what these push; `None` for somata and cells of one compartment.
    pub parent: Option<u32>,
}

impl ChipImage {
    /// The program that the members of a population run; `None` for fixed neurons and inputs.
    #[must_use]
    pub fn program_of(&self, population: &PopulationSymbol) -> Option<&NamedProgram> {
        let mut blocks = self.cores.iter().flat_map(|core| core.microcode.iter().map(move |block| (core, block)));
        let own = |(core, block): &(&super::CoreImage, &MicrocodeBlock)| {
            core.compartments.get(block.first as usize).is_some_and(|first| population.contains(first.neuron))
        };
        blocks.find(own).and_then(|(_, block)| self.programs.get(usize::from(block.program)))
    }
}

impl NamedProgram {
    /// What its state words are called: by name, or `s0`, `s1`, ... where the program has kept none.
    #[must_use]
    pub fn state_names(&self) -> Vec<String> {
        self.program.state_names().map(Cow::into_owned).collect()
    }
}

/// Numbers of a block: one for all compartments, or one for each.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Values {
    /// The same for all: kept once, with the program.
    Same(i32),
    /// One per compartment, in order: a column of neuron memory.
    Each(Vec<i32>),
}

impl Values {
    /// The number of compartment `index` of the block.
    #[must_use]
    pub fn get(&self, index: usize) -> i32 {
        match self {
            Self::Same(value) => *value,
            Self::Each(values) => values[index],
        }
    }
}

/// Bytes of neuron memory that one compartment takes: the state words of its program, and those parameters that it does not share.
/// The fit check and the emitter both use this function.
#[must_use]
pub fn microcode_compartment_bytes(program: &Program, own_parameters: impl Iterator<Item = bool>) -> u64 {
    let states: u32 = program.states.iter().map(|state| u32::from(state.of.bits())).sum();
    let own = program.parameters.iter().zip(own_parameters).filter(|(_, is_own)| *is_own);
    u64::from((states + own.map(|(parameter, _)| u32::from(parameter.of.bits())).sum::<u32>()).div_ceil(8))
}

/// What changes the synapses of a learning rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum RuleProgram {
    /// Sums of products for weight, delay and tag; stored as words of the instruction set.
    Products(#[serde(with = "super::program_words")] SumOfProducts),
    /// Microcode.
    Microcode(MicrocodeRule),
}

/// A learning rule in microcode.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MicrocodeRule {
    /// Index into [`ChipImage::programs`]; a program of kind learn.
    pub program: u16,
    /// Parameters k0, k1, ..., as many as the program declares.
    pub parameters: Vec<i32>,
    /// State words s0, s1, ... of each synapse before step 0, as many as the program declares; those of weight and delay are not read.
    pub initial: Vec<i32>,
    /// The state word that is the synapse's weight, if the rule has one.
    pub weight: Option<u8>,
    /// The state word that is the synapse's stored delay, if the rule has one.
    pub delay: Option<u8>,
}

impl MicrocodeRule {
    /// Whether state word `index` is neither weight nor delay, but kept beside them.
    #[must_use]
    pub fn is_own_state(&self, index: usize) -> bool {
        [self.weight, self.delay].iter().flatten().all(|word| usize::from(*word) != index)
    }

    /// Bits that each synapse takes for state beside its weight and delay.
    #[must_use]
    pub fn own_bits(&self, program: &Program) -> u32 {
        let own = program.states.iter().enumerate().filter(|(index, _)| self.is_own_state(*index));
        own.map(|(_, state)| u32::from(state.of.bits())).sum()
    }
}

impl RuleProgram {
    /// The sum of products, if it is one.
    #[must_use]
    pub const fn products(&self) -> Option<&SumOfProducts> {
        match self {
            Self::Products(products) => Some(products),
            Self::Microcode(_) => None,
        }
    }

    /// The microcode, if it is that.
    #[must_use]
    pub const fn microcode(&self) -> Option<&MicrocodeRule> {
        match self {
            Self::Products(_) => None,
            Self::Microcode(rule) => Some(rule),
        }
    }
}
