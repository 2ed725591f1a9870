//! What a run did, for people.

use crate::experiment::{Finished, PhaseSummary};
use caudate_core::chip::Limit;
use caudate_mapper::MappingReport;
use caudate_sim::Summary;
use caudate_sim::timing::Bound;
use std::fmt::Write;

/// The text of a compilation: the mapping table, and which limit is closest.
#[must_use]
pub fn mapping_text(mapping: &MappingReport) -> String {
    let mut text = format!("{}\n", mapping.to_string().trim_end());
    let fills = mapping.resources.iter().filter_map(|resource| match resource.limit {
        Limit::AtMost(limit) if limit > 0 => Some((resource.largest as f64 / limit as f64, limit, resource)),
        _ => None,
    });
    // The first of equals, in the order of the table.
    let closest = fills.reduce(|most, next| if next.0 > most.0 { next } else { most });
    if let Some((fill, limit, resource)) = closest {
        let (largest, limit, noun) = (grouped(resource.largest), grouped(limit), resource.resource.noun());
        line(
            &mut text,
            format_args!(
                "\n  closest limit: {largest} of {limit} {noun} on core {} ({:.0} %)",
                resource.on_core,
                fill * 100.0
            ),
        );
    }
    text
}

/// The text of a finished run: the task's tables, counts, modelled time and energy, and what overflowed.
#[must_use]
pub fn run_text(finished: &Finished<'_>) -> String {
    let summary = finished.numbers();
    let mut text = String::new();
    if !finished.outcome.text.is_empty() {
        text.push_str(finished.outcome.text.trim_end());
        text.push_str("\n\n");
    }
    push_counts(&mut text, &summary);
    push_costs(&mut text, &summary, &finished.phases);
    push_overflows(&mut text, &summary);
    text
}

fn line(text: &mut String, line: std::fmt::Arguments<'_>) {
    // Writing to a String cannot fail.
    let _ = text.write_fmt(line);
    text.push('\n');
}

fn push_counts(text: &mut String, summary: &Summary) {
    let per_neuron_step = summary.spikes as f64 / (summary.neurons * summary.steps).max(1) as f64;
    line(text, format_args!("Activity over {} steps", grouped(summary.steps)));
    let rows = [
        ("spikes", summary.spikes),
        ("synaptic events", summary.synaptic_events),
        ("neuron updates", summary.neuron_updates),
        ("learning updates", summary.learning_updates),
        ("weight writes", summary.weight_writes),
        ("packets", summary.packets),
        ("tile hops", summary.hops),
    ];
    let microcode = [
        ("neuron microcode", summary.program_cycles, "cycles"),
        ("learning microcode", summary.learning_cycles, "cycles"),
    ];
    for (name, count) in rows {
        line(text, format_args!("  {name:<18} {:>16}", grouped(count)));
    }
    for (name, count, unit) in microcode.into_iter().filter(|(_, count, _)| *count > 0) {
        line(text, format_args!("  {name:<18} {:>16} {unit}", grouped(count)));
    }
    line(text, format_args!("  {:<18} {per_neuron_step:>16.4} spikes per neuron and step", "mean rate"));
    for population in &summary.populations {
        let rate = population.spikes as f64 / (u64::from(population.size) * summary.steps).max(1) as f64;
        line(
            text,
            format_args!(
                "    {:<16} {:>16} ({rate:.4} per neuron and step)",
                population.name,
                grouped(population.spikes)
            ),
        );
    }
}

fn push_costs(text: &mut String, summary: &Summary, phases: &[PhaseSummary]) {
    if summary.costs.is_empty() {
        return;
    }
    line(
        text,
        format_args!("\nModelled time and energy (not measured; report.json has the provenance of every coefficient)"),
    );
    for cost in &summary.costs {
        line(
            text,
            format_args!("  {:<20} {:>12} {:>12}", cost.profile, energy(cost.energy_pj), time(cost.time_ps as f64)),
        );
    }
    if let Some(spread) = summary.spread {
        line(
            text,
            format_args!(
                "  spread of profiles: energy {:.2} x, time {:.2} x; the error of the model is at least that",
                spread.energy_ratio, spread.time_ratio
            ),
        );
    }
    for cost in &summary.costs {
        let mut bounds: Vec<_> = Bound::ALL.iter().zip(cost.steps_by_bound.0).filter(|(_, steps)| *steps > 0).collect();
        bounds.sort_by_key(|(_, steps)| std::cmp::Reverse(*steps));
        let share = |steps: u64| 100.0 * steps as f64 / summary.steps.max(1) as f64;
        let bounds: Vec<String> =
            bounds.iter().take(3).map(|(bound, steps)| format!("{} {:.0} %", bound.name(), share(*steps))).collect();
        line(text, format_args!("  steps of {} waited for: {}", cost.profile, bounds.join(", ")));
    }
    for phase in phases.iter().filter(|phase| phase.samples > 0) {
        let samples = phase.samples as f64;
        line(text, format_args!("\nPer sample of phase '{}' ({} samples)", phase.name, grouped(phase.samples)));
        line(text, format_args!("  {:<20} {:>12.1}", "spikes", phase.spikes as f64 / samples));
        line(text, format_args!("  {:<20} {:>12.1}", "synaptic events", phase.synaptic_events as f64 / samples));
        for cost in &phase.costs {
            let (energy_pj, time_ps) =
                (cost.energy_pj_per_sample.unwrap_or(0.0), cost.time_ps_per_sample.unwrap_or(0.0));
            let spread = match (cost.energy_pj_spread, cost.time_ps_spread) {
                (Some(of_energy), Some(of_time)) => format!("  (sd {}, {})", energy(of_energy.sd), time(of_time.sd)),
                _ => String::new(),
            };
            line(text, format_args!("  {:<20} {:>12} {:>12}{spread}", cost.profile, energy(energy_pj), time(time_ps)));
        }
    }
}

fn push_overflows(text: &mut String, summary: &Summary) {
    for population in summary.populations.iter().filter(|population| population.overflows.total() > 0) {
        let overflows = &population.overflows;
        line(
            text,
            format_args!(
                "\nwarning: population '{}' overflowed {} times (accumulator {}, current {}, potential {}, microcode {}); \
                 smaller weights or faster decays prevent it",
                population.name,
                grouped(overflows.total()),
                grouped(overflows.accumulator),
                grouped(overflows.current),
                grouped(overflows.voltage),
                grouped(overflows.microcode)
            ),
        );
    }
}

/// A count with thousands apart: `1,234,567`.
#[must_use]
pub fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::with_capacity(digits.len() * 4 / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// An energy in a readable unit.
#[must_use]
pub fn energy(pj: f64) -> String {
    scaled(pj, &["pJ", "nJ", "uJ", "mJ", "J"])
}

/// A time in a readable unit.
#[must_use]
pub fn time(ps: f64) -> String {
    scaled(ps, &["ps", "ns", "us", "ms", "s"])
}

fn scaled(value: f64, units: &[&str]) -> String {
    let mut value = value;
    let mut units = units.iter();
    let mut unit = units.next().copied().unwrap_or_default();
    for larger in units {
        if value < 1000.0 {
            break;
        }
        value /= 1000.0;
        unit = larger;
    }
    format!("{value:.3} {unit}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_well() {
        assert_eq!([0, 12, 1234, 1_234_567].map(grouped), ["0", "12", "1,234", "1,234,567"]);
        assert_eq!(energy(1500.0), "1.500 nJ");
        assert_eq!(energy(0.5), "0.500 pJ");
        assert_eq!(time(2.0e12), "2.000 s");
        assert_eq!(time(9.0e15), "9000.000 s");
    }
}
