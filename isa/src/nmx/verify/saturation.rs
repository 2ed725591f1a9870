//! Results that may exceed 32 bits, and stores that may exceed their width.

use super::interval::Interval;
use super::ranges::{Produced, Ranges};
use super::{Findings, Subject};
use crate::nmx::state_type::StateType;

pub(super) fn check(subject: &Subject<'_>, ranges: &Ranges, findings: &mut Findings) {
    for (at, produced) in ranges.produced.iter().enumerate() {
        let accepted = u8::try_from(at).is_ok_and(|at| subject.program.accepted_saturations.contains(&at));
        if let Some(exact) = produced.exact.filter(|exact| may_saturate(*exact) && !accepted) {
            let message = format!("the result may saturate: it is {exact}, and 32 bits hold -2147483648..=2147483647");
            findings.error("N0404", subject.source.whole(at), message, way_out(subject, at, produced));
        }
    }
    for (index, (state, left)) in subject.program.states.iter().zip(&ranges.left).enumerate() {
        let Some((left, writer)) = left.and_then(|left| Some((left, left.exceeding_writer?))) else { continue };
        if state.saturates {
            continue;
        }
        let name = subject.symbols.state(index);
        let of = state.of;
        let message = format!(
            "the store of `{name}` may saturate: it is {}, and {of} holds {}..={}",
            left.exact,
            of.lowest(),
            of.highest()
        );
        let wider = narrowest(left.exact).map(|wider| format!(", or widen it to {wider}")).unwrap_or_default();
        let help = format!("declare `{name}` with `sat` if the clamp is meant, clamp it yourself{wider}");
        findings.error("N0405", subject.source.whole(writer), message, help);
    }
}

/// Whether some of the values exceed 32 bits.
pub(super) fn may_saturate(exact: Interval) -> bool {
    !exact.is_within(&StateType::I32.range())
}

/// The narrowest type below 32 bits that holds `values`.
fn narrowest(values: Interval) -> Option<StateType> {
    (1..=31).filter_map(StateType::signed).find(|of| values.is_within(&of.range()))
}

/// Names the widest operand, for that is what wants a clamp.
fn way_out(subject: &Subject<'_>, at: usize, produced: &Produced) -> String {
    let instruction = &subject.instructions[at];
    let size = |values: &Interval| values.magnitude().high();
    let mut widest: Option<(String, Interval)> = None;
    for (source, values) in instruction.reads().zip(&produced.sources) {
        let is_variable = values.low() != values.high();
        if is_variable && widest.as_ref().is_none_or(|(_, known)| size(values) > size(known)) {
            widest = Some((subject.symbols.source(source, subject.program.kind), *values));
        }
    }
    match widest {
        Some((name, values)) => format!(
            "`{name}` is {values} here: clamp it before (`min`, `max`, `sat`), or accept the saturation with `!sat`"
        ),
        None => "the operands are constants: choose smaller ones, or accept the saturation with `!sat`".into(),
    }
}
