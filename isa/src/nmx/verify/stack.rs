//! What programs do to the compartment stack, and whether a tree of compartments leaves it empty.

use super::{Findings, Subject};
use crate::diagnostic::{Diagnostic, Place};
use crate::nmx::encode::Instruction;
use crate::nmx::table::Opcode;

/// What a run does to the stack, the same for every run of a program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct StackEffect {
    /// Values that it takes from those pushed before.
    pub pops: u32,
    /// Values that it leaves.
    pub pushes: u32,
}

/// Two ends of a program that leave the stack differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Imbalance {
    /// The exit that disagrees with the end of the program.
    pub(super) exit: usize,
    /// What it leaves above what was there, or takes from it.
    pub(super) at_exit: i64,
    /// The same at the end.
    pub(super) at_end: i64,
}

/// The effect of a program, or every exit at which it differs.
pub(super) fn effect(instructions: &[Instruction]) -> Result<StackEffect, Vec<Imbalance>> {
    let (mut depth, mut lowest) = (0_i64, 0_i64);
    let mut exits = Vec::new();
    for (at, instruction) in instructions.iter().enumerate() {
        match instruction.opcode() {
            Opcode::Psh => depth += 1,
            Opcode::Pop => {
                depth -= 1;
                lowest = lowest.min(depth);
            }
            // What follows an exit without a predicate never runs, and this exit is the end.
            Opcode::Xit if !instruction.is_conditional() => break,
            Opcode::Xit => exits.push((at, depth)),
            _ => {}
        }
    }
    let wrong = exits.iter().filter(|(_, left)| *left != depth);
    let wrong: Vec<Imbalance> = wrong.map(|&(exit, left)| Imbalance { exit, at_exit: left, at_end: depth }).collect();
    // At most one value per word: the numbers are small.
    let small = |value: i64| u32::try_from(value).unwrap_or(0);
    if wrong.is_empty() { Ok(StackEffect { pops: small(-lowest), pushes: small(depth - lowest) }) } else { Err(wrong) }
}

pub(super) fn report(subject: &Subject<'_>, effect: &Result<StackEffect, Vec<Imbalance>>, findings: &mut Findings) {
    for Imbalance { exit, at_exit, at_end } in effect.as_ref().err().into_iter().flatten() {
        let message =
            format!("the stack depends on the run: this exit leaves {}, the end {}", change(*at_exit), change(*at_end));
        let help =
            "push and pop before the first exit, the same on every path; push `zero` where there is nothing to say";
        findings.error("N0408", subject.source.whole(*exit), message, help.into());
    }
}

fn change(depth: i64) -> String {
    match depth {
        0 => "it as it was".into(),
        1.. => format!("{depth} more"),
        _ => format!("{} fewer", -depth),
    }
}

/// A compartment of a neuron.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Compartment<'a> {
    /// What diagnostics call it.
    pub name: &'a str,
    /// Index of its parent; `None` for the soma.
    pub parent: Option<usize>,
    /// What its program does to the stack.
    pub effect: StackEffect,
}

/// Checks that children push what their parents pop, and that nothing is left when a neuron is done.
///
/// Children run before their parent and siblings in the order of `compartments`, so a parent finds the values of its last child on
/// top. A compartment may pop only what its own children have left.
#[must_use]
pub fn check_tree(origin: &str, compartments: &[Compartment<'_>]) -> Vec<Diagnostic> {
    let order = match bottom_up(compartments) {
        Ok(order) => order,
        Err(strayed) => {
            let name = compartments[strayed].name;
            let message = format!("compartment `{name}` is in no tree: its parents lead to no soma");
            let help = "give every compartment a parent that exists, and the soma none";
            return vec![Diagnostic::new("N0409", message).at(Place::named(origin)).help(help)];
        }
    };
    let mut found = Vec::new();
    let mut offered = vec![0_u32; compartments.len()];
    for index in order {
        let Compartment { name, parent, effect } = compartments[index];
        let available = offered[index];
        if effect.pops > available {
            let message = format!("compartment `{name}` pops {}, its children push {available}", values(effect.pops));
            found.push(error(origin, message, "end each child's program with `psh`, or pop once per child"));
        }
        let left = available.saturating_sub(effect.pops) + effect.pushes;
        match parent {
            Some(parent) => offered[parent] += left,
            None if left > 0 => {
                let message = format!("{} remain on the stack when the neuron of `{name}` is done", values(left));
                found.push(error(
                    origin,
                    message,
                    "pop in the parent what each child pushes; the soma itself pushes nothing",
                ));
            }
            None => {}
        }
    }
    found
}

fn error(origin: &str, message: String, help: &str) -> Diagnostic {
    Diagnostic::new("N0409", message).at(Place::named(origin)).help(help)
}

fn values(count: u32) -> String {
    format!("{count} value{}", if count == 1 { "" } else { "s" })
}

/// Indices with every child before its parent, or a compartment whose parents do not end at a soma.
fn bottom_up(compartments: &[Compartment<'_>]) -> Result<Vec<usize>, usize> {
    let depth = |index: usize| {
        let mut at = index;
        for depth in 0..compartments.len() {
            match compartments.get(at)?.parent {
                None => return Some(depth),
                Some(parent) => at = parent,
            }
        }
        None
    };
    let mut keyed = Vec::with_capacity(compartments.len());
    for index in 0..compartments.len() {
        keyed.push((depth(index).ok_or(index)?, index));
    }
    keyed.sort_by_key(|&(depth, index)| (std::cmp::Reverse(depth), index));
    Ok(keyed.into_iter().map(|(_, index)| index).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nmx::asm::assemble;

    fn effect_of(code: &str) -> Result<StackEffect, Vec<Imbalance>> {
        let program = assemble("text", &format!(".kind neuron\n{code}")).unwrap().program;
        effect(&program.instructions().unwrap())
    }

    const PUSH: StackEffect = StackEffect { pops: 0, pushes: 1 };
    const POP: StackEffect = StackEffect { pops: 1, pushes: 0 };

    #[test]
    fn effects_count_from_the_bottom() {
        assert_eq!(effect_of("psh one"), Ok(PUSH));
        assert_eq!(effect_of("pop r0"), Ok(POP));
        assert_eq!(effect_of("psh one\npop r0"), Ok(StackEffect::default()));
        assert_eq!(effect_of("pop r0\npop r1\npsh r0"), Ok(StackEffect { pops: 2, pushes: 1 }));
        assert_eq!(effect_of("psh one\nxit\npsh one"), Ok(PUSH));
        assert_eq!(effect_of("cmp.eq p1, t, zero\npsh one\n@p1 xit\nnop"), Ok(PUSH));
    }

    #[test]
    fn ends_that_disagree_are_found() {
        let wrong = effect_of("cmp.eq p1, t, zero\n@p1 xit\npsh one").unwrap_err();
        assert_eq!(wrong, [Imbalance { exit: 1, at_exit: 0, at_end: 1 }]);
    }

    fn tree(compartments: &[(&'static str, Option<usize>, StackEffect)]) -> Vec<String> {
        let all: Vec<_> =
            compartments.iter().map(|&(name, parent, effect)| Compartment { name, parent, effect }).collect();
        check_tree("neuron 'cell'", &all).into_iter().map(|diagnostic| diagnostic.message).collect()
    }

    #[test]
    fn a_tree_balances_if_parents_pop_what_children_push() {
        assert!(tree(&[("soma", None, POP), ("apical", Some(0), PUSH)]).is_empty());
        let two = StackEffect { pops: 2, pushes: 1 };
        assert!(
            tree(&[("soma", None, POP), ("trunk", Some(0), two), ("a", Some(1), PUSH), ("b", Some(1), PUSH)])
                .is_empty()
        );
        assert!(tree(&[]).is_empty());
    }

    #[test]
    fn each_way_to_be_unbalanced_is_named() {
        assert_eq!(tree(&[("soma", None, POP)]), ["compartment `soma` pops 1 value, its children push 0"]);
        // The sibling's value is not for `b`, though it lies on the stack when `b` runs.
        let siblings = [("soma", None, StackEffect { pops: 1, pushes: 0 }), ("a", Some(0), PUSH), ("b", Some(0), POP)];
        assert_eq!(tree(&siblings), ["compartment `b` pops 1 value, its children push 0"]);
        assert_eq!(
            tree(&[("soma", None, StackEffect::default()), ("apical", Some(0), PUSH)]),
            ["1 value remain on the stack when the neuron of `soma` is done"]
        );
        let lost = "compartment `a` is in no tree: its parents lead to no soma";
        assert_eq!(tree(&[("a", Some(1), PUSH), ("b", Some(0), PUSH)]), [lost]);
        assert_eq!(tree(&[("a", Some(7), PUSH)]), [lost]);
    }
}
