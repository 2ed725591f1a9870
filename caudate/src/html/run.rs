//! The page of a run.

use super::page::{Content, Figure, Table, lay_out};
use super::svg::escaped;
use super::{Chart, Page, axis, energy, fill, floor, learning, raster, timeline};
use crate::error::Error;
use crate::experiment::{Costs, Finished};
use crate::report::grouped;
use caudate_mapper::MappingReport;
use caudate_mapper::Quantisation;
use caudate_sim::Summary;
use std::collections::BTreeMap;

/// The report of a finished run as a page.
///
/// # Errors
/// If recordings cannot be read back.
pub fn run_report(finished: &Finished<'_>, mapping: Option<&MappingReport>, costs: &Costs) -> Result<Page, Error> {
    let summary = finished.numbers();
    let image = finished.simulation.image();
    let (raster, spikes) = raster::chart(&image.symbols.populations, finished.recorder.spikes(), summary.steps)?;
    let meters = finished.simulation.meters();
    let mut charts = vec![raster];
    if let (Some(first), Some(shares)) = (meters.first(), finished.simulation.breakdown(0)) {
        let profile = &first.profile().name;
        charts.extend([timeline::power(meters), timeline::step_time(meters), timeline::bounds(first)]);
        charts.extend([energy::components(&summary.costs), energy::populations(profile, &shares.populations)]);
        charts.push(floor::chart(profile, finished.simulation.floor(), &shares));
        charts.extend(finished.samples.first().and_then(|own| learning::samples(profile, own)));
    }
    charts.extend(learning::curve(&finished.outcome.right, &finished.phases));
    charts.extend(mapping.and_then(fill::chart));
    Ok(lay_out(Content {
        title: summary.network.clone(),
        subtitle: format!(
            "{} neurons and {} synapses on {} of chip {}, {} steps, seed {}, semantics {}",
            grouped(summary.neurons),
            grouped(summary.synapses),
            if summary.cores == 1 { "one core".to_owned() } else { format!("{} cores", grouped(summary.cores)) },
            summary.chip,
            grouped(summary.steps),
            summary.seed,
            summary.semantics
        ),
        figures: figures(finished, &summary),
        warnings: warnings(&summary, mapping),
        charts: balanced(charts),
        tables: tables(finished, &summary, mapping, costs),
        data: vec![("spike-data", escaped(&spikes))],
    }))
}

/// A narrow chart that would stand alone in its row becomes a wide one's neighbour or keeps its place; wide ones never leave a hole.
fn balanced(charts: Vec<Chart>) -> Vec<Chart> {
    let (mut out, mut held): (Vec<Chart>, Vec<Chart>) = (Vec::new(), Vec::new());
    let mut narrow = 0;
    for chart in charts {
        if chart.is_wide && narrow % 2 == 1 {
            held.push(chart);
            continue;
        }
        narrow += usize::from(!chart.is_wide);
        out.push(chart);
        if narrow % 2 == 0 {
            out.append(&mut held);
        }
    }
    out.append(&mut held);
    out
}

fn figures(finished: &Finished<'_>, summary: &Summary) -> Vec<Figure> {
    let figure = |value: String, name: &str, note: String| Figure { value, name: name.to_owned(), note };
    let mut all = Vec::new();
    if let Some(accuracy) = finished.outcome.fields.get("accuracy").and_then(serde_json::Value::as_f64) {
        all.push(figure(format!("{:.2} %", 100.0 * accuracy), "test accuracy", "samples never trained on".to_owned()));
    }
    let phase = finished.phases.last().filter(|phase| phase.samples > 0);
    if let Some(cost) = summary.costs.first() {
        let (energy, time) = (cost.energy_pj * 1e-12, cost.time_ps as f64 * 1e-12);
        let spread = summary.spread.map_or(String::new(), |own| format!("profiles differ {:.2} x", own.energy_ratio));
        let of_time = summary.spread.map_or(String::new(), |own| format!("profiles differ {:.2} x", own.time_ratio));
        if let Some((phase, own)) = phase.and_then(|phase| Some((phase, phase.costs.first()?))) {
            let per = |amount: Option<f64>, unit: &str| axis::with_unit(amount.unwrap_or(0.0) * 1e-12, unit);
            all.push(figure(per(own.energy_pj_per_sample, "J"), &format!("per {} sample", phase.name), spread));
            all.push(figure(per(own.time_ps_per_sample, "s"), &format!("per {} sample", phase.name), of_time));
        } else {
            all.push(figure(axis::with_unit(energy, "J"), "energy", spread));
            all.push(figure(axis::with_unit(time, "s"), "modelled time", of_time));
        }
        all.push(figure(axis::with_unit(energy / time.max(1e-15), "W"), "mean power", cost.profile.clone()));
    }
    let rate = summary.spikes as f64 / (summary.neurons * summary.steps).max(1) as f64;
    all.push(figure(grouped(summary.spikes), "spikes", format!("{} per neuron and step", axis::short(rate))));
    all.push(figure(
        grouped(summary.synaptic_events),
        "synaptic events",
        format!("{} packets", grouped(summary.packets)),
    ));
    all
}

fn warnings(summary: &Summary, mapping: Option<&MappingReport>) -> Vec<String> {
    let mut all: Vec<String> = mapping.map(|own| own.warnings.clone()).unwrap_or_default();
    let overflowed = summary.populations.iter().filter(|own| own.overflows.total() > 0);
    all.extend(overflowed.map(|own| {
        let times = grouped(own.overflows.total());
        format!("population '{}' overflowed {times} times; smaller weights or faster decays prevent it", own.name)
    }));
    let quantised = mapping.map(|own| own.quantisation.as_slice()).unwrap_or_default();
    let mut groups: BTreeMap<(&str, &str), Vec<&Quantisation>> = BTreeMap::new();
    for own in quantised.iter().filter(|own| own.changed > 0) {
        groups.entry((&own.parameter, &own.unit)).or_default().push(own);
    }
    all.extend(groups.into_iter().map(|((parameter, unit), of)| {
        let (changed, elements) = of.iter().fold((0, 0), |sum, own| (sum.0 + own.changed, sum.1 + own.elements));
        let most = of.iter().map(|own| own.max_error).fold(0.0, f64::max);
        let whose =
            if of.len() == 1 { of[0].part.clone() } else { format!("{} and {} others", of[0].part, of.len() - 1) };
        format!(
            "{whose}: {} of {} values of {parameter} are stored otherwise than wanted, by {} {unit} at most",
            grouped(changed),
            grouped(elements),
            axis::short(most)
        )
    }));
    all
}

fn tables(finished: &Finished<'_>, summary: &Summary, mapping: Option<&MappingReport>, costs: &Costs) -> Vec<Table> {
    let mut all = Vec::new();
    let amounts = |value: f64, unit: &str| axis::with_unit(value * 1e-12, unit);
    if !summary.costs.is_empty() {
        let rows = summary.costs.iter().map(|cost| {
            vec![
                cost.profile.clone(),
                cost.timing.name().to_owned(),
                amounts(cost.energy_pj, "J"),
                amounts(cost.time_ps as f64, "s"),
                amounts(cost.analytic_time_ps as f64, "s"),
                amounts(cost.lower_bound_ps as f64, "s"),
            ]
        });
        let head = vec!["cost profile", "timing", "energy", "time", "analytic time", "lower bound"];
        all.push(Table { title: "Time and energy, modelled".to_owned(), head, rows: rows.collect() });
    }
    let of_phases: Vec<Vec<String>> = finished
        .phases
        .iter()
        .flat_map(|phase| phase.costs.iter().map(move |cost| (phase, cost)))
        .map(|(phase, cost)| {
            let spread = |own: Option<crate::experiment::Spread>, unit: &str| {
                own.map_or(String::new(), |own| {
                    format!("{} / {} / {}", amounts(own.min, unit), amounts(own.median, unit), amounts(own.max, unit))
                })
            };
            vec![
                phase.name.clone(),
                grouped(phase.samples),
                cost.profile.clone(),
                amounts(cost.energy_pj_per_sample.unwrap_or(0.0), "J"),
                spread(cost.energy_pj_spread, "J"),
                amounts(cost.time_ps_per_sample.unwrap_or(0.0), "s"),
                spread(cost.time_ps_spread, "s"),
            ]
        })
        .collect();
    if !of_phases.is_empty() {
        let head = vec![
            "phase",
            "samples",
            "cost profile",
            "energy per sample",
            "least / median / most",
            "time per sample",
            "least / median / most",
        ];
        all.push(Table { title: "Per sample".to_owned(), head, rows: of_phases });
    }
    if let Some(mapping) = mapping.filter(|own| !own.quantisation.is_empty()) {
        let rows = mapping.quantisation.iter().map(|own| {
            vec![
                own.part.clone(),
                own.parameter.clone(),
                grouped(own.elements),
                grouped(own.changed),
                axis::short(own.mean_error),
                axis::short(own.max_error),
                own.unit.clone(),
            ]
        });
        let head = vec!["part", "parameter", "values", "changed", "mean error", "largest error", "unit"];
        all.push(Table { title: "Quantisation".to_owned(), head, rows: rows.collect() });
    }
    let provenance = costs.0.iter().flat_map(|profile| {
        let own = profile.coefficients().into_iter().map(|(name, own)| {
            let amount =
                format!("{} pJ, {} ns", axis::short(own.energy_fj as f64 / 1e3), axis::short(own.time_ps as f64 / 1e3));
            vec![profile.name.clone(), name.to_owned(), amount, own.provenance.clone()]
        });
        let link = &profile.link;
        let rest = [
            (
                "link",
                format!(
                    "{} ns per packet, queues of {} and {}",
                    axis::short(link.time_ps as f64 / 1e3),
                    link.buffer_packets,
                    link.core_buffer_packets
                ),
                &link.provenance,
            ),
            (
                "barrier",
                format!(
                    "{} ns on this floor",
                    axis::short(profile.barrier_ps(finished.simulation.floor()) as f64 / 1e3)
                ),
                &profile.barrier.provenance,
            ),
            (
                "static_power",
                format!("{} mW per chip", axis::short(profile.static_power.microwatts as f64 / 1e3)),
                &profile.static_power.provenance,
            ),
        ];
        let rest =
            rest.map(|(name, amount, source)| vec![profile.name.clone(), name.to_owned(), amount, source.clone()]);
        own.chain(rest).collect::<Vec<_>>()
    });
    let rows: Vec<Vec<String>> = provenance.collect();
    if !rows.is_empty() {
        let head = vec!["cost profile", "coefficient", "amount", "provenance"];
        all.push(Table { title: "Provenance of every coefficient".to_owned(), head, rows });
    }
    all
}
