//! Learning rules and modulator channels, as far as no semantics is needed.

use super::known_name;
use crate::network::{ModulatorSpec, Network, RuleSpec};
use crate::origin::{Part, Problem};
use caudate_core::arithmetic::DECAY_ONE;

/// The traces of a rule with their keys.
pub(crate) fn traces(rule: &RuleSpec) -> [(&'static str, Option<crate::network::TraceSpec>); 5] {
    [("x1", rule.x1), ("x2", rule.x2), ("y1", rule.y1), ("y2", rule.y2), ("y3", rule.y3)]
}

pub(super) fn check(rule: &RuleSpec, part: Part, found: &mut Vec<Problem>) {
    if !(1..=63).contains(&rule.epoch_steps) {
        let message = format!("epoch_steps is {}; the range is 1..=63", rule.epoch_steps);
        found.push(part.key("epoch_steps").problem("E-NET-RANGE", message, "use 1..=63 steps"));
    }
    if rule.program.is_some() && (rule.dw.is_some() || rule.dd.is_some() || rule.dt.is_some()) {
        let message = format!("rule '{}' has a program and texts", rule.name);
        found.push(part.key("").problem("E-NET-CONFLICT", message, "give either a program or dw, dd, dt"));
    }
    if let Some(microcode) = &rule.microcode {
        super::program::check_rule(rule, microcode, part, found);
    }
    for (key, trace) in traces(rule) {
        let Some(trace) = trace else { continue };
        for (name, value) in [("impulse", trace.impulse), ("tau_steps", trace.tau_steps)] {
            if !value.is_finite() {
                let message = format!("{name} of trace {key} is {value}");
                found.push(part.key(key).problem("E-NET-NUMBER", message, "give a finite number"));
            }
        }
        if !(trace.impulse.is_nan() || (0.0..=127.0).contains(&trace.impulse)) {
            let message = format!("impulse of trace {key} is {}; the range is 0..=127", trace.impulse);
            found.push(part.key(key).problem("E-NET-RANGE", message, "a trace saturates at 127; use 0..=127"));
        }
        if trace.tau_steps < 0.0 {
            let message = format!("tau_steps of trace {key} is {}; a time constant is above 0", trace.tau_steps);
            found.push(part.key(key).problem("E-NET-RANGE", message, "use a number of steps above 0"));
        }
    }
    if let Some(third) = rule.third_factor {
        if let Some((key, _)) = traces(rule).into_iter().skip(2).find(|(_, trace)| trace.is_some()) {
            let message =
                format!("rule '{}' has a third_factor, which takes the place of y1..y3, and a trace {key}", rule.name);
            found.push(part.key(key).problem("E-NET-CONFLICT", message, format!("remove {key} or third_factor")));
        }
        if third.y1_impulse > 127 {
            let message = format!("y1_impulse is {}; the range is 0..=127", third.y1_impulse);
            found.push(part.key("third_factor.y1_impulse").problem("E-NET-RANGE", message, "use 0..=127"));
        }
        if third.y1_decay_factor > DECAY_ONE {
            let message = format!("y1_decay_factor is {}; the range is 0..=4096", third.y1_decay_factor);
            found.push(part.key("third_factor.y1_decay_factor").problem(
                "E-NET-RANGE",
                message,
                "use 0..=4096; 4096 keeps the trace",
            ));
        }
    }
}

pub(super) fn check_modulator(network: &Network, channel: &ModulatorSpec, part: Part, found: &mut Vec<Problem>) {
    if channel.decay > DECAY_ONE {
        let message = format!("decay is {}; the range is 0..=4096", channel.decay);
        found.push(part.key("decay").problem("E-NET-RANGE", message, "use 0..=4096; 4096 lets a level last one step"));
    }
    if !(-128..=127).contains(&channel.gain) {
        let message = format!("gain is {}; a level has 8 bits, the range is -128..=127", channel.gain);
        found.push(part.key("gain").problem("E-NET-RANGE", message, "use -128..=127"));
    }
    let Some(source) = &channel.source else { return };
    known_name(
        source,
        "population",
        network.populations.iter().map(|population| population.name.as_str()),
        part.key("source"),
        found,
    );
    if network.populations.iter().any(|population| population.name == *source && population.is_input()) {
        let message = format!("the source '{source}' of channel '{}' is an input population", channel.name);
        let help = "modulatory neurons are neurons; give the stimulus of the channel instead";
        found.push(part.key("source").problem("E-NET-SOURCE", message, help));
    }
    if network.modulators.len() > usize::from(u16::MAX) {
        let message = format!("the network has {} channels; the limit is {}", network.modulators.len(), u16::MAX);
        found.push(part.key("").problem("E-NET-SIZE", message, "share channels between populations"));
    }
}
