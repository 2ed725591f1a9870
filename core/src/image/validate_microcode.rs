//! Whether the microcode of an image is legal, and every block and rule that uses it fits it.

use super::validate::check;
use super::{ChipImage, CoreImage, MicrocodeBlock, MicrocodeRule, Values};
use crate::error::Error;
use caudate_isa::nmx::{Kind, Program, StateType};

impl ChipImage {
    pub(super) fn validate_programs(&self) -> Result<(), Error> {
        for own in &self.programs {
            if let Some(error) = own.program.instructions().err().and_then(|errors| errors.into_iter().next()) {
                return Err(Error::Image(format!("program '{}': {error}", own.name)));
            }
        }
        Ok(())
    }

    fn program(&self, index: u16, kind: Kind) -> Option<&Program> {
        let own = self.programs.get(usize::from(index))?;
        (own.program.kind == kind).then_some(&own.program)
    }

    pub(super) fn validate_microcode(&self, core: &CoreImage) -> Result<(), String> {
        let mut next = 0;
        for (index, block) in core.microcode.iter().enumerate() {
            check(self.is_block(core, index, block), "a block of microcode is inconsistent")?;
            check(block.first >= next, "two blocks of microcode overlap")?;
            next = block.first + block.count;
        }
        let covered: u64 = core.microcode.iter().map(|block| u64::from(block.count)).sum();
        let without = core.compartments.iter().filter(|compartment| compartment.fixed.is_none()).count();
        check(covered == without as u64, "a compartment has neither fixed settings nor microcode")
    }

    fn is_block(&self, core: &CoreImage, index: usize, block: &MicrocodeBlock) -> bool {
        let Some(program) = self.program(block.program, Kind::Neuron) else { return false };
        let Some(end) = block.first.checked_add(block.count).filter(|end| *end as usize <= core.compartments.len())
        else {
            return false;
        };
        let own = &core.compartments[block.first as usize..end as usize];
        let parent_good = block.parent.is_none_or(|parent| {
            parent as usize != index
                && core.microcode.get(parent as usize).is_some_and(|parent| parent.count == block.count)
        });
        let types = |values: &[Values], types: &[StateType]| {
            values.len() == types.len()
                && values.iter().zip(types).all(|(values, of)| match values {
                    Values::Same(value) => of.clamp(*value) == *value,
                    Values::Each(values) => {
                        values.len() == block.count as usize && values.iter().all(|value| of.clamp(*value) == *value)
                    }
                })
        };
        let parameters: Vec<StateType> = program.parameters.iter().map(|parameter| parameter.of).collect();
        let states: Vec<StateType> = program.states.iter().map(|state| state.of).collect();
        block.count > 0
            && own.iter().all(|compartment| {
                compartment.fixed.is_none() && Some(compartment.modulators) == own.first().map(|first| first.modulators)
            })
            && parent_good
            && ends_at_a_soma(core, index)
            && types(&block.parameters, &parameters)
            && types(&block.initial, &states)
    }

    pub(super) fn is_rule(&self, rule: &MicrocodeRule) -> bool {
        let Some(program) = self.program(rule.program, Kind::Learn) else { return false };
        let named = |word: Option<u8>| word.is_none_or(|word| usize::from(word) < program.states.len());
        let parameters = program.parameters.iter().map(|parameter| parameter.of);
        let states = program.states.iter().map(|state| state.of);
        named(rule.weight)
            && named(rule.delay)
            && (rule.weight.is_none() || rule.weight != rule.delay)
            && rule.parameters.len() == program.parameters.len()
            && rule.initial.len() == program.states.len()
            && parameters.zip(&rule.parameters).all(|(of, value)| of.clamp(*value) == *value)
            && states.zip(&rule.initial).all(|(of, value)| of.clamp(*value) == *value)
    }
}

/// Whether following parents from block `index` ends.
fn ends_at_a_soma(core: &CoreImage, index: usize) -> bool {
    let mut at = index;
    for _ in 0..core.microcode.len() {
        match core.microcode.get(at).map(|block| block.parent) {
            Some(Some(parent)) => at = parent as usize,
            Some(None) => return true,
            None => return false,
        }
    }
    false
}
