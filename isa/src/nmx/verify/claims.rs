//! Ranges that are claimed and requirements that are made.

use super::interval::Interval;
use super::ranges::{Ranges, Standing};
use super::{Findings, Subject};
use crate::nmx::disasm::requirement_text;
use crate::nmx::program::Term;

pub(super) fn check(subject: &Subject<'_>, ranges: &Ranges, findings: &mut Findings) {
    for (index, (state, left)) in subject.program.states.iter().zip(&ranges.left).enumerate() {
        let (Some((low, high)), Some(left)) = (state.range, left) else { continue };
        let Some(writer) = left.straying_writer else { continue };
        // One complaint about a store is enough.
        if left.exceeding_writer.is_some() && !state.saturates {
            continue;
        }
        let name = subject.symbols.state(index);
        let end = left.exact.clamped(state.of);
        let message = format!("`{name}` may leave the range claimed for it, {low}..={high}: it is {end} at the end");
        let help =
            format!("clamp it with `min` and `max`, claim a wider range, or claim none and let {} bound it", state.of);
        findings.error("N0406", subject.source.whole(writer), message, help);
    }
    for (index, (requirement, standing)) in subject.program.requirements.iter().zip(&ranges.standings).enumerate() {
        let verdict = match standing {
            Standing::Holds => continue,
            Standing::Open => "is not shown",
            Standing::Fails => "does not hold",
        };
        let text = requirement_text(requirement, subject.symbols);
        let claim = text.trim_start_matches(".require ");
        let sides: Vec<String> = [requirement.left, requirement.right]
            .into_iter()
            .filter_map(|term| side(subject, ranges, term))
            .map(|(name, values)| format!("{name} is {values}"))
            .collect();
        let at_end = if sides.is_empty() { String::new() } else { format!(": {} at the end", sides.join(", ")) };
        let help = "make it hold with `min` or `max`, choose other parameters, or drop the requirement".into();
        findings.error("N0407", subject.source.requirement(index), format!("`{claim}` {verdict}{at_end}"), help);
    }
}

fn side(subject: &Subject<'_>, ranges: &Ranges, term: Term) -> Option<(String, Interval)> {
    match term {
        Term::State(index) => {
            let index = usize::from(index);
            let of = subject.program.states.get(index)?.of;
            let left = ranges.left.get(index)?.as_ref()?;
            Some((subject.symbols.state(index), left.exact.clamped(of)))
        }
        Term::Parameter(index) => {
            let index = usize::from(index);
            Some((subject.symbols.parameter(index), *ranges.parameters.get(index)?))
        }
        Term::Constant(_) => None,
    }
}
