//! Cells: which compartments belong to one neuron, and whether their programs leave the stack empty.
//!
//! The compartments of a cell are member i of the population of its soma and of every population whose parents lead there. They
//! share a core.

use crate::logical::LogicalPopulation;
use crate::origin::{Part, Problem};
use crate::quantise::Quantiser;
use caudate_isa::diagnostic::Diagnostic;
use caudate_isa::nmx::verify::{Compartment, StackEffect, check_tree};

/// The cells of one tree of populations; a population without children or parent is a tree of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Cells {
    /// The population of the somata.
    pub(crate) soma: u32,
    /// All populations of the tree, the soma's included, ascending.
    pub(crate) populations: Vec<u32>,
    /// Number of cells.
    pub(crate) count: u32,
}

/// The cells of a network, in order of their first population.
pub(crate) fn of(populations: &[LogicalPopulation]) -> Vec<Cells> {
    let soma_of = |index: usize| {
        let mut at = index;
        // The structural checks exclude cycles; the bound keeps this ending.
        for _ in 0..populations.len() {
            match populations[at].microcode().and_then(|own| own.parent) {
                Some(parent) => at = parent as usize,
                None => break,
            }
        }
        at
    };
    let mut trees: Vec<Cells> = Vec::new();
    let mut tree_of_soma: Vec<Option<usize>> = vec![None; populations.len()];
    for (index, population) in populations.iter().enumerate().filter(|(_, population)| !population.is_input()) {
        let soma = soma_of(index);
        match tree_of_soma[soma] {
            Some(tree) => trees[tree].populations.push(index as u32),
            None => {
                tree_of_soma[soma] = Some(trees.len());
                trees.push(Cells { soma: soma as u32, populations: vec![index as u32], count: population.size });
            }
        }
    }
    trees
}

/// Refuses trees of programs that leave something on the compartment stack, or take what is not there.
pub(crate) fn check_stacks(quantiser: &mut Quantiser<'_>, cells: &[Cells], populations: &[LogicalPopulation]) {
    for tree in cells.iter().filter(|tree| populations[tree.soma as usize].microcode().is_some()) {
        let effects = tree.populations.iter().map(|index| populations[*index as usize].microcode()?.stack);
        // A program whose effect depends on the run has been refused already.
        let Some(effects) = effects.collect::<Option<Vec<StackEffect>>>() else { continue };
        let number = |index: u32| tree.populations.iter().position(|other| *other == index);
        let compartments: Vec<Compartment<'_>> = tree
            .populations
            .iter()
            .zip(effects)
            .map(|(index, effect)| {
                let own = &populations[*index as usize];
                let parent = own.microcode().and_then(|own| number(own.parent?));
                Compartment { name: &own.name, parent, effect }
            })
            .collect();
        let path = Part::Population(tree.soma as usize).key("program");
        for diagnostic in check_tree("", &compartments) {
            let diagnostic = Diagnostic { place: None, ..diagnostic };
            quantiser.invalid.push(Problem { path, diagnostic });
        }
    }
}
