//! A division of neurons among cores that was found before.

use super::Task;
use super::fill::{Order, cells};
use crate::error::Error;
use caudate_core::image::ChipImage;
use caudate_isa::diagnostic::Diagnostic;
use std::collections::BTreeMap;

/// Which neurons share a core.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Division {
    /// Core by logical id; `None` for inputs.
    core_of: Vec<Option<u32>>,
}

impl Division {
    /// A division with a core for each neuron, by logical id, and `None` for inputs.
    #[must_use]
    pub const fn new(core_of: Vec<Option<u32>>) -> Self {
        Self { core_of }
    }

    /// The division of an image, sound or not.
    #[must_use]
    pub fn of(image: &ChipImage) -> Self {
        let ids = image.symbols.populations.iter().map(|own| own.size as usize).sum();
        let mut core_of = vec![None; ids];
        for (core, number) in image.cores.iter().zip(0..) {
            for own in &core.compartments {
                if let Some(core_of) = core_of.get_mut(own.neuron.index()) {
                    *core_of = Some(number);
                }
            }
        }
        Self { core_of }
    }

    /// The order that fills the same cores.
    pub(super) fn order(&self, task: &Task<'_>) -> Order {
        let mut groups: BTreeMap<u32, Vec<_>> = BTreeMap::new();
        for cell in cells(task) {
            let first = task.logical.cells[cell.cells as usize].populations[0];
            let id = task.logical.populations[first as usize].first_id + cell.member;
            groups.entry(self.core_of[id as usize].unwrap_or(0)).or_default().push(cell);
        }
        Order { groups: groups.into_values().collect(), rest: Vec::new() }
    }

    /// Refuses a division of another network.
    pub(crate) fn check(&self, is_input: impl Iterator<Item = bool>) -> Result<(), Error> {
        let is_input: Vec<bool> = is_input.collect();
        let neurons = |are: &mut dyn Iterator<Item = bool>| are.filter(|is_input| !is_input).count();
        let (own, there) =
            (neurons(&mut self.core_of.iter().map(Option::is_none)), neurons(&mut is_input.iter().copied()));
        if self.core_of.iter().map(Option::is_none).eq(is_input.iter().copied()) {
            return Ok(());
        }
        let message = format!(
            "the division has {own} neurons among {} members, the network {there} among {}, or others are inputs",
            self.core_of.len(),
            is_input.len()
        );
        let help = "resume with an image of this very network";
        Err(Error::Invalid(vec![Diagnostic::new("E-MAP-RESUME", message).help(help)]))
    }
}
