//! Power and step time over the course of a run, and what its steps waited for.

use super::Chart;
use super::axis::{Plot, Scale, prefix, short};
use super::svg::{Anchor, Svg};
use caudate_sim::cost::{Bin, CostMeter};
use caudate_sim::timing::Bound;
use std::fmt::Write;

/// Colours of bounds, in the order of [`Bound::ALL`].
const COLOURS: [&str; 8] = ["--c1", "--c3", "--c6", "--c0", "--c2", "--c4", "--c7", "--c5"];
const WIDTH: f64 = 1180.0;
/// Columns of the strip of bounds at most.
const COLUMNS: usize = 160;

/// Power over steps, a line per profile.
pub(super) fn power(meters: &[CostMeter]) -> Chart {
    // 1 fJ per ps is 1 mW.
    let watts =
        |bin: &Bin| if bin.time_ps > 0 { bin.energy_fj.total() as f64 / bin.time_ps as f64 * 1e-3 } else { 0.0 };
    let title = "Power".to_owned();
    let svg = lines(meters, "power", &title, "W", &watts);
    let caption = "Energy over time of each bin of steps, by cost profile.".to_owned();
    Chart { id: "power", title, caption, is_wide: false, svg }
}

/// Time per step over steps, a line per profile.
pub(super) fn step_time(meters: &[CostMeter]) -> Chart {
    let seconds = |bin: &Bin| if bin.steps > 0 { bin.time_ps as f64 * 1e-12 / bin.steps as f64 } else { 0.0 };
    let title = "Time per step".to_owned();
    let svg = lines(meters, "step-time", &title, "s", &seconds);
    let caption = "Mean of each bin of steps, by cost profile.".to_owned();
    Chart { id: "step-time", title, caption, is_wide: false, svg }
}

fn lines(meters: &[CostMeter], id: &str, title: &str, unit: &str, value: &dyn Fn(&Bin) -> f64) -> String {
    let bins = || meters.iter().flat_map(|meter| meter.timeline().bins());
    let y = Scale::from_zero(bins().map(value));
    let steps: u64 = meters.first().map_or(0, |meter| meter.timeline().bins().iter().map(|bin| bin.steps).sum());
    let (unit, size) = prefix(y.high, unit);
    let plot = Plot {
        left: 56.0,
        top: 24.0,
        width: 510.0,
        height: 170.0,
        x: Scale { low: 0.0, high: steps.max(1) as f64 },
        y: Scale { low: 0.0, high: y.high / size },
    };
    let mut svg = Svg::new(580.0, 240.0);
    plot.frame(&mut svg, ("step", &|tick| crate::report::grouped(tick as u64)), (&format!("{title} ({unit})"), &short));
    let mut legend = plot.left;
    for (index, meter) in meters.iter().enumerate() {
        let colour = format!("var(--c{})", index % 5);
        let mut path = String::new();
        let mut at = 0;
        for bin in meter.timeline().bins() {
            let (x1, y1) = plot.at(at as f64, value(bin) / size);
            at += bin.steps;
            let (x2, _) = plot.at(at as f64, 0.0);
            // Writing to a String cannot fail.
            let _ = write!(path, "{}{x1:.1} {y1:.1}H{x2:.1}", if path.is_empty() { "M" } else { "L" });
        }
        svg.path("mark lined", &path, &format!("stroke:{colour}"), meter.timeline().bins().len());
        let name = &meter.profile().name;
        svg.rect("key", (legend, 6.0, 10.0, 10.0), &format!("fill:{colour}"), "");
        svg.text("note", (legend + 15.0, 15.0), Anchor::Start, name);
        legend += 34.0 + 6.4 * name.len() as f64;
    }
    svg.finish(id, title)
}

/// Which bound was active, over steps, under the first profile.
pub(super) fn bounds(meter: &CostMeter) -> Chart {
    let bins = meter.timeline().bins();
    let chunk = bins.len().div_ceil(COLUMNS).max(1);
    let steps: u64 = bins.iter().map(|bin| bin.steps).sum();
    let mut svg = Svg::new(WIDTH, 190.0);
    let plot = Plot {
        left: 56.0,
        top: 26.0,
        width: WIDTH - 70.0,
        height: 116.0,
        x: Scale { low: 0.0, high: steps.max(1) as f64 },
        y: Scale { low: 0.0, high: 100.0 },
    };
    plot.frame(&mut svg, ("step", &|tick| crate::report::grouped(tick as u64)), ("steps (%)", &short));
    let mut at = 0;
    let mut seen = [0_u64; 8];
    for bins in bins.chunks(chunk) {
        let own: u64 = bins.iter().map(|bin| bin.steps).sum();
        let mut below = 0_u64;
        for (index, bound) in Bound::ALL.iter().enumerate() {
            let waited: u64 = bins.iter().map(|bin| bin.steps_by_bound[index]).sum();
            seen[index] += waited;
            if waited == 0 {
                continue;
            }
            let percent = |count: u64| 100.0 * count as f64 / own.max(1) as f64;
            let (x1, y2) = plot.at(at as f64, percent(below));
            let (x2, y1) = plot.at((at + own) as f64, percent(below + waited));
            let tip = format!("steps {} to {}\n{}: {:.0} %", at, at + own - 1, bound.name(), percent(waited));
            svg.rect("mark", (x1, y1, x2 - x1 + 0.15, y2 - y1), &format!("fill:var({})", COLOURS[index]), &tip);
            below += waited;
        }
        at += own;
    }
    let mut legend = plot.left;
    for ((bound, colour), seen) in Bound::ALL.iter().zip(COLOURS).zip(seen).filter(|(_, seen)| *seen > 0) {
        let text = format!("{} {:.1} %", bound.name(), 100.0 * seen as f64 / steps.max(1) as f64);
        svg.rect("key", (legend, 6.0, 10.0, 10.0), &format!("fill:var({colour})"), "");
        svg.text("note", (legend + 15.0, 15.0), Anchor::Start, &text);
        legend += 36.0 + 6.4 * text.len() as f64;
    }
    let title = "What steps waited for".to_owned();
    let caption =
        format!("The active bound under {}: the longest part of the busiest unit, link or way.", meter.profile().name);
    Chart { id: "bounds", is_wide: true, svg: svg.finish("bounds", &title), title, caption }
}
