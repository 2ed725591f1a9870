//! The learning curve of a task, and what its samples cost.

use super::Chart;
use super::axis::{Plot, Scale, prefix, short};
use super::svg::{Anchor, Svg};
use crate::experiment::{PhaseSummary, SampleCost};
use std::fmt::Write;

/// Points of the curve at most.
const POINTS: usize = 80;

/// Share of right answers over samples; `None` without samples.
pub(super) fn curve(right: &[bool], phases: &[PhaseSummary]) -> Option<Chart> {
    let window = right.len().div_ceil(POINTS).max(1);
    if right.is_empty() {
        return None;
    }
    let plot = Plot {
        left: 56.0,
        top: 24.0,
        width: 510.0,
        height: 170.0,
        x: Scale { low: 0.0, high: right.len() as f64 },
        y: Scale { low: 0.0, high: 100.0 },
    };
    let mut svg = Svg::new(580.0, 240.0);
    plot.frame(&mut svg, ("sample", &|tick| crate::report::grouped(tick as u64)), ("right (%)", &short));
    let mut at = 0;
    for phase in phases {
        let (x, _) = plot.at(at as f64, 0.0);
        if at > 0 {
            svg.line("dash", (x, plot.top), (x, plot.top + plot.height), "", "");
        }
        svg.text("note", (x + 4.0, 15.0), Anchor::Start, &phase.name);
        at += phase.samples;
    }
    let mut path = String::new();
    let mut points = Vec::new();
    for (index, chunk) in right.chunks(window).enumerate() {
        let percent = 100.0 * chunk.iter().filter(|right| **right).count() as f64 / chunk.len() as f64;
        let first = index * window;
        let (x, y) = plot.at(first as f64 + chunk.len() as f64 / 2.0, percent);
        // Writing to a String cannot fail.
        let _ = write!(path, "{}{x:.1} {y:.1}", if path.is_empty() { "M" } else { "L" });
        points.push((x, y, format!("samples {} to {}\n{percent:.1} % right", first + 1, first + chunk.len())));
    }
    svg.path("lined", &path, "stroke:var(--c2)", 0);
    points.iter().for_each(|(x, y, tip)| svg.circle("mark", (*x, *y, 2.6), "fill:var(--c2)", tip));
    let title = "Learning".to_owned();
    let caption = format!("Right answers among each {window} samples in the order shown.");
    Some(Chart { id: "learning", is_wide: false, svg: svg.finish("learning", &title), title, caption })
}

/// How energy differs between samples, under one profile; `None` without samples.
pub(super) fn samples(profile: &str, samples: &[SampleCost]) -> Option<Chart> {
    const BINS: usize = 40;
    let energies: Vec<f64> = samples.iter().map(|sample| sample.energy_fj as f64 * 1e-15).collect();
    let range = Scale::around(energies.iter().copied());
    if energies.is_empty() {
        return None;
    }
    let mut counts = [0_u32; BINS];
    energies.iter().for_each(|energy| counts[((range.part(*energy) * BINS as f64) as usize).min(BINS - 1)] += 1);
    let (unit, size) = prefix(range.high, "J");
    let plot = Plot {
        left: 56.0,
        top: 12.0,
        width: 510.0,
        height: 182.0,
        x: Scale { low: range.low / size, high: range.high / size },
        y: Scale::from_zero(counts.iter().map(|count| f64::from(*count))),
    };
    let mut svg = Svg::new(580.0, 240.0);
    plot.frame(&mut svg, (&format!("energy per sample ({unit})"), &short), ("samples", &short));
    let width = (plot.x.high - plot.x.low) / BINS as f64;
    for (bin, count) in counts.iter().enumerate().filter(|(_, count)| **count > 0) {
        let low = plot.x.low + width * bin as f64;
        let (x1, y1) = plot.at(low, f64::from(*count));
        let (x2, y2) = plot.at(low + width, 0.0);
        let tip = format!("{} to {} {unit}\n{count} samples", short(low), short(low + width));
        svg.rect("mark", (x1 + 0.5, y1, x2 - x1 - 1.0, y2 - y1), "fill:var(--c0)", &tip);
    }
    let title = "Energy per sample".to_owned();
    let caption = format!("All samples of the task, under {profile}.");
    Some(Chart { id: "samples", is_wide: false, svg: svg.finish("samples", &title), title, caption })
}
