//! Two results of a sweep against each other, and the points that no other point beats.

use super::Chart;
use super::axis::{Plot, Scale, prefix, short};
use super::svg::Svg;
use std::fmt::Write;

/// One side of the plot.
#[derive(Debug, Clone, Copy)]
pub(super) struct Side {
    pub(super) label: &'static str,
    pub(super) unit: &'static str,
}

/// A point: both results, whether it is on the front, and what hovering says.
#[derive(Debug, Clone)]
pub(super) struct Point {
    pub(super) x: f64,
    pub(super) y: f64,
    pub(super) is_on_front: bool,
    pub(super) tip: String,
}

/// Plots points; those on the front in red and joined.
pub(super) fn chart(id: &'static str, title: String, (x, y): (Side, Side), points: &[Point], is_wide: bool) -> Chart {
    let scaled = |side: Side, values: &dyn Fn(&Point) -> f64| {
        let range = Scale::around(points.iter().map(values));
        let (unit, size) = if side.unit.is_empty() || side.unit == "%" {
            (side.unit.to_owned(), 1.0)
        } else {
            prefix(range.high, side.unit)
        };
        let label = if unit.is_empty() { side.label.to_owned() } else { format!("{} ({unit})", side.label) };
        (Scale { low: range.low / size, high: range.high / size }, size, label)
    };
    let (x_scale, x_size, x_label) = scaled(x, &|point| point.x);
    let (y_scale, y_size, y_label) = scaled(y, &|point| point.y);
    let (width, height) = if is_wide { (1180.0, 420.0) } else { (580.0, 300.0) };
    let plot = Plot { left: 60.0, top: 12.0, width: width - 76.0, height: height - 60.0, x: x_scale, y: y_scale };
    let mut svg = Svg::new(width, height);
    plot.frame(&mut svg, (&x_label, &short), (&y_label, &short));
    let mut front: Vec<&Point> = points.iter().filter(|point| point.is_on_front).collect();
    front.sort_by(|a, b| a.x.total_cmp(&b.x).then(a.y.total_cmp(&b.y)));
    let mut path = String::new();
    for point in &front {
        let (x, y) = plot.at(point.x / x_size, point.y / y_size);
        // Writing to a String cannot fail.
        let _ = write!(path, "{}{x:.1} {y:.1}", if path.is_empty() { "M" } else { "L" });
    }
    svg.path("front", &path, "", 0);
    for point in points {
        let (x, y) = plot.at(point.x / x_size, point.y / y_size);
        let style = if point.is_on_front { "fill:var(--c3)" } else { "fill:var(--c0);opacity:.65" };
        svg.circle("mark", (x, y, if point.is_on_front { 5.0 } else { 4.0 }), style, &point.tip);
    }
    let caption = format!("{} points; red: no other point is better in both.", points.len());
    Chart { id, svg: svg.finish(id, &title), title, caption, is_wide }
}
