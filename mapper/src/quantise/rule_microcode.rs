//! Learning rules in microcode: which state words are the synapse's weight and delay, and whether a projection's synapses can be what the
//! rule takes and leaves.

use super::Quantiser;
use super::program::{instructions, state_range};
use crate::connect::Wiring;
use crate::network::{RuleMicrocode, RuleSpec};
use crate::origin::Part;
use caudate_core::arithmetic::truncate_toward_zero;
use caudate_core::image::{MAX_TAG_BITS, MicrocodeRule, NamedProgram};
use caudate_core::semantics::LearningOrder;
use caudate_core::synapse::SynapseFormat;
use caudate_isa::nmx::{Program, Source, Special};

/// Whether a program reads the special of this name.
pub(crate) fn reads(program: &Program, special: &str) -> bool {
    let Some(special) = Special::named(program.kind, special) else { return false };
    instructions(program)
        .iter()
        .flat_map(|instruction| instruction.reads())
        .any(|read| read == Source::Special(special))
}

impl<'a> Quantiser<'a> {
    pub(super) fn microcode_rule(
        &mut self,
        part: Part,
        rule: &RuleSpec,
        own: &RuleMicrocode,
        programs: &[NamedProgram],
    ) -> MicrocodeRule {
        if !matches!(self.semantics.numerics().learning, LearningOrder::Loihi | LearningOrder::Unsupported) {
            let name = self.semantics.name();
            let message = format!("rule '{}' is microcode, which the semantics '{name}' do not run", rule.name);
            let help = "write it as dw, dd, dt, or use the semantics 'loihi1'";
            self.refuse(part.key("program"), "E-NET-SEMANTICS", message, help);
        }
        let word = |name| own.program.state_named(name).map(|index| index as u8);
        let (program, parameters, initial) = self.rule_values(part, own, programs);
        let microcode = MicrocodeRule {
            program,
            parameters,
            initial,
            weight: word(RuleMicrocode::WEIGHT),
            delay: word(RuleMicrocode::DELAY),
        };
        let bits = microcode.own_bits(&own.program);
        if bits > u32::from(MAX_TAG_BITS) {
            let message = format!(
                "rule '{}' keeps {bits} bits of state per synapse beside weight and delay; the limit is {MAX_TAG_BITS}",
                rule.name
            );
            self.refuse(part.key("program"), "E-NET-RANGE", message, "narrow the types of its state words");
        }
        microcode
    }

    /// Whether the synapses of projection `index` are within what the rule claims, and what the rule claims within the format.
    pub(super) fn check_learnt(
        &mut self,
        index: usize,
        wiring: &Wiring,
        (rule, own): (&RuleSpec, &RuleMicrocode),
        format: &SynapseFormat,
        weights: &[i16],
        delays: &[u8],
    ) {
        let part = Part::Projection(index);
        let state = |name| Some(&own.program.states[own.program.state_named(name)?]);
        if let Some(state) = state(RuleMicrocode::WEIGHT) {
            let claimed = state_range(state);
            let grain = format.weight_step_bits();
            let (low, high) = format.weight_range();
            let stored = |value: i32| truncate_toward_zero(value.into(), grain);
            if stored(*claimed.start()) < i64::from(low) || stored(*claimed.end()) > i64::from(high) {
                let message = format!(
                    "rule '{}' lets `w` be {}..={}; {} weights of {} bits are {low}..={high}",
                    rule.name,
                    claimed.start(),
                    claimed.end(),
                    format.sign_mode.name(),
                    format.weight_bits
                );
                let help =
                    format!("claim the range, `.state w TYPE {low} {high}`, and clamp w to it; or change `sign`");
                self.refuse(part.key("rule"), "E-NET-RANGE", message, help);
            } else if grain > 0 {
                let projection = &self.network.projections[index].name;
                self.warnings.push(format!(
                    "projection '{projection}' stores weights in steps of {}: what rule '{}' leaves in `w` is truncated toward zero",
                    1 << grain,
                    rule.name
                ));
            }
            let outside = first_outside(wiring, weights.iter().map(|weight| i32::from(*weight)), &claimed);
            if let Some((synapse, weight)) = outside {
                let message = format!(
                    "weight {weight} of {} is outside {}..={}, which rule '{}' claims for `w`",
                    self.synapse_name(index, wiring, synapse),
                    claimed.start(),
                    claimed.end(),
                    rule.name
                );
                self.refuse(
                    part.key("weight"),
                    "E-NET-RANGE",
                    message,
                    "start within the claim, or widen it in the program",
                );
            }
        }
        if let Some(state) = state(RuleMicrocode::DELAY) {
            let claimed = state_range(state);
            let longest = i32::from(self.chip.core.max_stored_delay_steps);
            if *claimed.start() < 0 || *claimed.end() > longest {
                let message = format!(
                    "rule '{}' lets the stored delay `d` be {}..={}; chip '{}' stores 0..={longest}",
                    rule.name,
                    claimed.start(),
                    claimed.end(),
                    self.chip.name
                );
                let help = format!("claim the range, `.state d TYPE 0 {longest}`, and clamp d to it");
                self.refuse(part.key("rule"), "E-NET-RANGE", message, help);
            }
            let outside = first_outside(wiring, delays.iter().map(|delay| i32::from(*delay)), &claimed);
            if let Some((synapse, delay)) = outside {
                let message = format!(
                    "the stored delay {delay} of {} is outside {}..={}, which rule '{}' claims for `d`",
                    self.synapse_name(index, wiring, synapse),
                    claimed.start(),
                    claimed.end(),
                    rule.name
                );
                let help = "a delay is stored as one step less; start within the claim, or widen it in the program";
                self.refuse(part.key("delay_steps"), "E-NET-RANGE", message, help);
            }
        }
    }
}

/// The first synapse, as the user counts, whose value is outside `range`.
fn first_outside(
    wiring: &Wiring,
    values: impl Iterator<Item = i32>,
    range: &std::ops::RangeInclusive<i32>,
) -> Option<(usize, i32)> {
    let outside = values.enumerate().filter(|(_, value)| !range.contains(value));
    outside.min_by_key(|(synapse, _)| wiring.canonical(*synapse))
}
