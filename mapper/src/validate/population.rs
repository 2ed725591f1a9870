//! Populations: size, parameters, subscriptions.

use super::{check_parameter, known_name};
use crate::network::{Bias, Decay, LifParameters, Model, Network, Population, Threshold};
use crate::origin::{Part, Problem};

pub(super) fn check(network: &Network, population: &Population, part: Part, found: &mut Vec<Problem>) {
    if population.size == 0 {
        let message = format!("population '{}' is empty: its size is 0", population.name);
        found.push(part.key("size").problem(
            "E-NET-EMPTY",
            message,
            "give it at least 1 member, or remove it and its projections",
        ));
    }
    if population.name.starts_with("modulator.") {
        let message = format!("the name '{}' begins as the arrays of modulators do", population.name);
        found.push(part.key("name").problem("E-NET-NAME", message, "leave out 'modulator.'"));
    }
    if population.max_neurons_per_core == Some(0) {
        let message = "max_neurons_per_core is 0, so no core may take a neuron; the smallest is 1";
        found.push(part.key("max_neurons_per_core").problem("E-NET-RANGE", message, "use at least 1, or leave it out"));
    }
    match &population.model {
        Model::Input => {}
        Model::Lif(parameters) => check_lif(parameters, population.size as usize, part, found),
        Model::Program(parameters) => super::program::check_population(network, population, parameters, part, found),
    }
    let channels = network.modulators.iter().map(|channel| channel.name.as_str());
    let slots = ["modulators.m0", "modulators.m1", "modulators.m2", "modulators.m3"];
    for (slot, name) in slots.into_iter().zip(population.modulators().into_iter().flatten()) {
        if let Some(name) = name {
            known_name(name, "modulator", channels.clone(), part.key(slot), found);
        }
    }
}

fn check_lif(lif: &LifParameters, size: usize, part: Part, found: &mut Vec<Problem>) {
    for (decay, plain, tau) in
        [(&lif.current, "current_decay", "current_tau_steps"), (&lif.voltage, "voltage_decay", "voltage_tau_steps")]
    {
        match decay {
            Decay::Effective(parameter) => check_parameter(parameter, Some(size), part.key(plain), found),
            Decay::TauSteps(parameter) => check_parameter(parameter, Some(size), part.key(tau), found),
        }
    }
    match &lif.threshold {
        Threshold::Mantissa(parameter) => check_parameter(parameter, Some(size), part.key("threshold_mantissa"), found),
        Threshold::Level(parameter) => check_parameter(parameter, Some(size), part.key("threshold"), found),
    }
    match &lif.bias {
        Bias::Mantissa { mantissa, exponent } => {
            check_parameter(mantissa, Some(size), part.key("bias_mantissa"), found);
            check_parameter(exponent, Some(size), part.key("bias_exponent"), found);
        }
        Bias::Level(parameter) => check_parameter(parameter, Some(size), part.key("bias"), found),
    }
    check_parameter(&lif.refractory_steps, Some(size), part.key("refractory_steps"), found);
    check_parameter(&lif.initial_u, Some(size), part.key("initial_u"), found);
    check_parameter(&lif.initial_v, Some(size), part.key("initial_v"), found);
}
