//! The page of a sweep.

use super::page::{Content, Figure, Table, lay_out};
use super::pareto::{Point, Side, chart};
use super::{Page, axis};
use crate::explore::{Objective, front_of};
use crate::report::grouped;

/// A point of a sweep as the page shows it.
#[derive(Debug, Clone)]
pub struct SweepPoint {
    /// Its number.
    pub number: usize,
    /// Values of the axes, in their order.
    pub settings: Vec<String>,
    /// Results by objective; `None` where a point failed or has no such result.
    pub results: [Option<f64>; Objective::ALL.len()],
    /// Whether no other point is at least as good in everything and better in something.
    pub is_on_front: bool,
    /// Why it failed.
    pub failure: Option<String>,
}

/// The report of a sweep as a page.
#[must_use]
pub fn sweep_report(name: &str, axes: &[String], points: &[SweepPoint]) -> Page {
    let done: Vec<&SweepPoint> = points.iter().filter(|point| point.failure.is_none()).collect();
    let failed = points.len() - done.len();
    let has = |objective: Objective| done.iter().any(|point| point.results[objective as usize].is_some());
    let mut pairs = Vec::new();
    let against = if has(Objective::Accuracy) { Objective::Accuracy } else { Objective::Time };
    for other in Objective::ALL.into_iter().filter(|own| *own != against && has(*own)) {
        pairs.push((other, against));
    }
    let charts = pairs.iter().enumerate().map(|(index, (x, y))| {
        let both: Vec<(&SweepPoint, [f64; 2])> = done
            .iter()
            .filter_map(|point| Some((*point, [point.results[*x as usize]?, point.results[*y as usize]?])))
            .collect();
        let costs: Vec<Vec<f64>> = both.iter().map(|(_, own)| vec![x.cost(own[0]), y.cost(own[1])]).collect();
        let front = front_of(&costs);
        let points: Vec<Point> = both
            .iter()
            .zip(front)
            .map(|((point, own), is_on_front)| Point {
                x: x.shown(own[0]),
                y: y.shown(own[1]),
                is_on_front,
                tip: tip(axes, point),
            })
            .collect();
        let side = |own: Objective| Side { label: own.label(), unit: own.unit() };
        let title = format!("{} against {}", y.title(), x.label());
        chart(x.plot_id(), title, (side(*x), side(*y)), &points, index == 0)
    });
    let best = |objective: Objective| {
        let values = done.iter().filter_map(|point| point.results[objective as usize]);
        values.min_by(|a, b| objective.cost(*a).total_cmp(&objective.cost(*b)))
    };
    let mut figures = vec![
        Figure { value: grouped(points.len() as u64), name: "points".to_owned(), note: format!("{failed} failed") },
        Figure {
            value: grouped(points.iter().filter(|point| point.is_on_front).count() as u64),
            name: "on the Pareto front".to_owned(),
            note: "over all results at once".to_owned(),
        },
    ];
    for objective in Objective::ALL {
        if let Some(value) = best(objective) {
            figures.push(Figure {
                value: objective.text(value),
                name: format!("best {}", objective.label()),
                note: String::new(),
            });
        }
    }
    let mut head: Vec<&'static str> = vec!["point", "settings", "front"];
    head.extend(Objective::ALL.map(Objective::label));
    head.push("failure");
    let rows = points.iter().map(|point| {
        let settings: Vec<String> =
            axes.iter().zip(&point.settings).map(|(axis, value)| format!("{axis} = {value}")).collect();
        let mut row =
            vec![point.number.to_string(), settings.join(", "), if point.is_on_front { "yes" } else { "" }.to_owned()];
        row.extend(
            Objective::ALL.map(|own| point.results[own as usize].map_or(String::new(), |value| own.text(value))),
        );
        row.push(point.failure.clone().unwrap_or_default());
        row
    });
    lay_out(Content {
        title: name.to_owned(),
        subtitle: format!("A sweep over {}", axes.join(", ")),
        figures,
        warnings: if failed > 0 { vec![format!("{failed} points failed; the table says why")] } else { Vec::new() },
        charts: charts.collect(),
        tables: vec![Table { title: "Points".to_owned(), head, rows: rows.collect() }],
        data: Vec::new(),
    })
}

fn tip(axes: &[String], point: &SweepPoint) -> String {
    let mut lines = vec![format!("point {}", point.number)];
    lines.extend(axes.iter().zip(&point.settings).map(|(axis, value)| format!("{axis} = {value}")));
    lines.extend(
        Objective::ALL
            .into_iter()
            .filter_map(|own| point.results[own as usize].map(|value| format!("{}: {}", own.label(), own.text(value)))),
    );
    lines.join("\n")
}

impl Objective {
    /// Its label at the beginning of a line.
    fn title(self) -> String {
        let mut letters = self.label().chars();
        letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
    }

    /// A value as it is plotted.
    fn shown(self, value: f64) -> f64 {
        match self {
            Self::Accuracy => 100.0 * value,
            Self::Energy | Self::Time => value * 1e-12,
            Self::Cores | Self::Memory => value,
        }
    }

    /// A value with its unit.
    fn text(self, value: f64) -> String {
        match self {
            Self::Accuracy => format!("{:.2} %", 100.0 * value),
            Self::Energy | Self::Time => axis::with_unit(value * 1e-12, self.unit()),
            Self::Cores | Self::Memory => grouped(value as u64),
        }
    }
}
