//! What is allowed and perhaps not meant: inputs that nobody feeds, and spikes that nobody hears.

use crate::network::{Network, Population, RuleSpec};
use crate::quantise::program::instructions;
use crate::quantise::rule_microcode::reads;
use caudate_core::image::LearningRule;
use caudate_isa::nmx::{Operation, Program};
use caudate_isa::sum_of_products::Variable;

const MODULATORS: [&str; 4] = ["m0", "m1", "m2", "m3"];
const DENDRITES: [&str; 4] = ["i0", "i1", "i2", "i3"];

/// A rule that reads a modulator which its targets do not subscribe to reads 0.
pub(crate) fn of_deaf_targets(warnings: &mut Vec<String>, spec: &RuleSpec, rule: &LearningRule, post: &Population) {
    for ((slot, channel), name) in post.modulators().into_iter().flatten().enumerate().zip(MODULATORS) {
        let is_read = match &spec.microcode {
            Some(own) => reads(&own.program, name),
            None => rule.program.products().is_some_and(|own| own.uses(Variable::Modulator(slot as u8))),
        };
        if channel.is_none() && is_read {
            add(
                warnings,
                format!(
                    "rule '{}' reads {name}, to which its targets in population '{}' do not subscribe: it is always 0",
                    rule.name, post.name
                ),
            );
        }
    }
}

/// Modulators, dendrites and ports of populations that run programs.
pub(crate) fn of_microcode(network: &Network, warnings: &mut Vec<String>) {
    for population in &network.populations {
        let Some(own) = population.own_program() else { continue };
        for (channel, name) in own.modulators.iter().zip(MODULATORS) {
            if channel.is_none() && reads(&own.program, name) {
                let program = &own.name;
                add(
                    warnings,
                    format!(
                        "program '{program}' reads {name}, to which population '{}' does not subscribe: it is always 0",
                        population.name
                    ),
                );
            }
        }
    }
    let program_of = |name: &str| {
        network.populations.iter().find(|population| population.name == name).and_then(Population::own_program)
    };
    for projection in &network.projections {
        let name = DENDRITES.get(usize::from(projection.dendrite));
        if let (Some(own), Some(name)) = (program_of(&projection.post), name)
            && !reads(&own.program, name)
        {
            add(
                warnings,
                format!(
                    "projection '{}' ends at dendrite {}, which program '{}' of population '{}' does not read",
                    projection.name, projection.dendrite, own.name, projection.post
                ),
            );
        }
        if let Some(own) = program_of(&projection.pre)
            && !emits(&own.program, projection.port)
        {
            add(
                warnings,
                format!(
                    "projection '{}' carries spikes of port {}, on which program '{}' of population '{}' emits none",
                    projection.name, projection.port, own.name, projection.pre
                ),
            );
        }
    }
}

fn emits(program: &Program, port: u8) -> bool {
    instructions(program)
        .iter()
        .any(|instruction| matches!(instruction.operation, Operation::Spk { port: own, .. } if own.get() == port))
}

fn add(warnings: &mut Vec<String>, warning: String) {
    if !warnings.contains(&warning) {
        warnings.push(warning);
    }
}
