//! What populations and rules say of their programs: kind, names, parents.

use super::{check_parameter, known_name};
use crate::network::{Network, Population, ProgramParameters, RuleMicrocode, RuleSpec};
use crate::origin::{KeyPath, Part, Problem};
use crate::parameter::Parameter;
use caudate_isa::nmx::{Kind, Program};

pub(super) fn check_population(
    network: &Network,
    population: &Population,
    own: &ProgramParameters,
    part: Part,
    found: &mut Vec<Problem>,
) {
    if !is_kind(&own.name, &own.program, Kind::Neuron, part, found) {
        return;
    }
    let size = Some(population.size as usize);
    let check_values = |key, values: &[(String, Parameter)], found: &mut Vec<Problem>| {
        for (number, (_, parameter)) in values.iter().enumerate() {
            check_parameter(parameter, size, part.key(key).entry(number), found);
        }
    };
    check_values("parameters", &own.parameters, found);
    check_values("initial", &own.initial, found);
    check_names(&own.program, part, own.parameters.iter().map(|(name, _)| name.as_str()), "parameters", found);
    check_names(&own.program, part, own.initial.iter().map(|(name, _)| name.as_str()), "initial", found);
    if let Some(parent) = &own.parent {
        check_parent(network, population, parent, part.key("parent"), found);
    }
}

pub(super) fn check_rule(rule: &RuleSpec, own: &RuleMicrocode, part: Part, found: &mut Vec<Problem>) {
    if rule.dw.is_some() || rule.dd.is_some() || rule.dt.is_some() || rule.program.is_some() {
        let message = format!("rule '{}' is given as microcode and as sums of products", rule.name);
        found.push(part.key("program").problem("E-NET-CONFLICT", message, "give either a program or dw, dd, dt"));
    }
    if !is_kind(&own.name, &own.program, Kind::Learn, part, found) {
        return;
    }
    check_names(&own.program, part, own.parameters.iter().map(|(name, _)| name.as_str()), "parameters", found);
    check_names(&own.program, part, own.initial.iter().map(|(name, _)| name.as_str()), "initial", found);
    for (number, (name, _)) in own.initial.iter().enumerate() {
        let source = match name.as_str() {
            RuleMicrocode::WEIGHT => "weight",
            RuleMicrocode::DELAY => "delay_steps",
            _ => continue,
        };
        let message = format!("the initial `{name}` of a synapse is given by its projection");
        let help = format!("remove it here; the projection says {source} = ...");
        found.push(part.key("initial").entry(number).problem("E-NET-CONFLICT", message, help));
    }
}

fn is_kind(name: &str, program: &Program, needed: Kind, part: Part, found: &mut Vec<Problem>) -> bool {
    if program.kind != needed {
        let runs = match needed {
            Kind::Neuron => "a population runs programs of kind neuron",
            Kind::Learn => "a rule runs programs of kind learn",
        };
        let message = format!("program '{name}' is of kind {}; {runs}", program.kind.name());
        let help = match needed {
            Kind::Neuron => "name it in a [[rule]], or name a program with `.kind neuron` here",
            Kind::Learn => "name it in a [[population]], or name a program with `.kind learn` here",
        };
        found.push(part.key("program").problem("E-NET-PROGRAM", message, help));
    }
    program.kind == needed
}

/// Whether each name is that of a parameter or state word, and is given once.
fn check_names<'a>(
    program: &Program,
    part: Part,
    names: impl Iterator<Item = &'a str> + Clone,
    key: &'static str,
    found: &mut Vec<Problem>,
) {
    let (what, known): (_, Vec<_>) = match key {
        "initial" => ("state word", program.state_names().collect()),
        _ => ("parameter", program.parameter_names().collect()),
    };
    for (number, name) in names.clone().enumerate() {
        let path = part.key(key).entry(number);
        known_name(name, what, known.iter().map(AsRef::as_ref), path, found);
        if names.clone().take(number).any(|earlier| earlier == name) {
            let message = format!("{what} '{name}' is given twice");
            found.push(path.problem("E-NET-CONFLICT", message, "give it once"));
        }
    }
}

fn check_parent(network: &Network, population: &Population, parent: &str, path: KeyPath, found: &mut Vec<Problem>) {
    let names = network.populations.iter().map(|population| population.name.as_str());
    known_name(parent, "population", names, path, found);
    let find = |name: &str| network.populations.iter().find(|population| population.name == name);
    let Some(other) = find(parent) else { return };
    let Some(own) = other.own_program() else {
        let message = format!("the parent '{parent}' runs no program, so it pops nothing");
        found.push(path.problem("E-NET-PARENT", message, "name a population with model = \"program\""));
        return;
    };
    if other.size != population.size {
        let message = format!(
            "member i of '{}' belongs to the cell of member i of '{parent}'; the sizes are {} and {}",
            population.name, population.size, other.size
        );
        found.push(path.problem("E-NET-LENGTH", message, "make the sizes equal"));
    }
    let mut above = own.parent.as_deref();
    let mut seen = vec![parent];
    while let Some(next) = above.filter(|next| !seen.contains(next) && *next != population.name) {
        seen.push(next);
        above = find(next).and_then(Population::own_program).and_then(|own| own.parent.as_deref());
    }
    if above == Some(population.name.as_str()) || parent == population.name {
        let message = format!("the parents of '{}' lead back to it: the cell has no soma", population.name);
        found.push(path.problem("E-NET-PARENT", message, "let the soma have no parent"));
    }
}
