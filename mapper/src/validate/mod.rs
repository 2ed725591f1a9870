//! Whether a network makes sense, before any chip is considered: names, sizes, ranges, finite numbers.
//!
//! What depends on the numeric semantics or on drawn connections is checked where it arises (`crate::quantise`,
//! `crate::logical`).

mod population;
mod program;
mod projection;
pub(crate) mod rule;

use crate::network::{Network, Population};
use crate::origin::{KeyPath, Part, Problem};
use crate::parameter::Parameter;
use caudate_isa::diagnostic::nearest;
use std::collections::BTreeMap;

/// Logical ids of a network: draws pack two of them into one key.
pub(crate) const MAX_LOGICAL_IDS: u64 = 1 << 30;

/// Everything wrong with `network`, in the order of its parts.
pub(crate) fn problems(network: &Network) -> Vec<Problem> {
    let mut found = Vec::new();
    sizes(network, &mut found);
    duplicates(network.populations.iter().map(|part| &part.name), Part::Population, "populations", &mut found);
    for (index, part) in network.populations.iter().enumerate() {
        population::check(network, part, Part::Population(index), &mut found);
    }
    duplicates(network.projections.iter().map(|part| &part.name), Part::Projection, "projections", &mut found);
    for (index, part) in network.projections.iter().enumerate() {
        projection::check(network, part, Part::Projection(index), &mut found);
    }
    duplicates(network.rules.iter().map(|part| &part.name), Part::Rule, "rules", &mut found);
    for (index, part) in network.rules.iter().enumerate() {
        rule::check(part, Part::Rule(index), &mut found);
    }
    duplicates(network.modulators.iter().map(|part| &part.name), Part::Modulator, "modulators", &mut found);
    for (index, part) in network.modulators.iter().enumerate() {
        rule::check_modulator(network, part, Part::Modulator(index), &mut found);
    }
    found
}

fn sizes(network: &Network, found: &mut Vec<Problem>) {
    if network.populations.iter().all(Population::is_input) {
        let message = format!(
            "network '{}' has no neurons: {}",
            network.name,
            match network.populations.len() {
                0 => "it has no population".to_owned(),
                count => format!("all of its {count} populations are inputs"),
            }
        );
        found.push(Part::Network.key("").problem("E-NET-EMPTY", message, "add a population with model = \"lif\""));
    }
    let ids: u64 = network.populations.iter().map(|population| u64::from(population.size)).sum();
    if ids > MAX_LOGICAL_IDS {
        let message = format!("the network has {ids} neurons and inputs; the limit is {MAX_LOGICAL_IDS}");
        found.push(Part::Network.key("").problem("E-NET-SIZE", message, "split the network"));
    }
}

fn duplicates<'a>(
    names: impl Iterator<Item = &'a String>,
    part: fn(usize) -> Part,
    what: &str,
    found: &mut Vec<Problem>,
) {
    let mut first = BTreeMap::new();
    for (index, name) in names.enumerate() {
        if name.is_empty() {
            found.push(part(index).key("name").problem("E-NET-NAME", "the name is empty", "give it a name"));
        } else if let Some(earlier) = first.insert(name, index) {
            let message = format!("two {what} are named '{name}' (numbers {earlier} and {index}, from 0)");
            found.push(part(index).key("name").problem("E-NET-NAME", message, "give each its own name"));
        }
    }
}

/// Reports `name` unless it is among `known`.
fn known_name<'a>(
    name: &str,
    what: &str,
    known: impl Iterator<Item = &'a str> + Clone,
    path: KeyPath,
    found: &mut Vec<Problem>,
) {
    if known.clone().any(|candidate| candidate == name) {
        return;
    }
    let help = match (nearest(name, known.clone()), known.clone().next()) {
        (Some(candidate), _) => format!("did you mean '{candidate}'?"),
        (None, Some(_)) => format!("known: {}", known.collect::<Vec<_>>().join(", ")),
        (None, None) => format!("there is no {what}; add one"),
    };
    found.push(path.problem("E-NET-UNKNOWN", format!("no {what} is named '{name}'"), help));
}

/// Reports what is wrong with a parameter; `elements` is the length that an array must have, if it is known already.
fn check_parameter(parameter: &Parameter, elements: Option<usize>, path: KeyPath, found: &mut Vec<Problem>) {
    if let Some((code, message, help)) = parameter.flaw() {
        found.push(path.problem(code, message, help));
    }
    if let (Parameter::Array(values), Some(elements)) = (parameter, elements)
        && values.len() != elements
    {
        found.push(wrong_length(values.len(), elements, "neurons", path));
    }
}

/// An array of the wrong length.
pub(crate) fn wrong_length(given: usize, needed: usize, of_what: &str, path: KeyPath) -> Problem {
    let message = format!("the array has {given} elements for {needed} {of_what}");
    path.problem("E-NET-LENGTH", message, format!("give {needed} elements, or one number for all"))
}

#[cfg(test)]
mod tests;
