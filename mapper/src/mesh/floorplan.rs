//! The mesh as a picture: cores shaded by fill, heavy links as lines, in SVG that reads in black and white.

use super::Flows;
use crate::problem::score::{Placement, loads};
use crate::problem::{Amounts, Problem, RESOURCE_NAMES, RESOURCES};
use std::fmt::Write;

/// Pixels per cell.
const CELL: u32 = 48;
/// Pixels around the mesh.
const MARGIN: u32 = 24;
/// Pixels of the legend below it.
const LEGEND: u32 = 112;
/// Links that are drawn: the heaviest ones.
const LINKS: usize = 120;

/// How a core is drawn.
#[derive(Debug)]
pub(crate) struct Shade {
    /// Fill of its fullest resource.
    pub(crate) fill: f64,
    /// That resource.
    pub(crate) resource: String,
    /// What else it holds.
    pub(crate) detail: String,
}

/// Draws the mesh.
#[must_use]
pub fn svg(title: &str, problem: &Problem, limits: &Amounts, core_of: &[u32], placement: &Placement) -> String {
    let shades = loads(problem, core_of).into_iter().map(|load| {
        let (fill, resource) = fullest(&load, limits);
        Shade { fill, resource: RESOURCE_NAMES[resource].to_owned(), detail: format!("{load:?}") }
    });
    let shades: Vec<Shade> = shades.collect();
    svg_of(title, &shades, &Flows::of(problem, core_of), placement, "spikes per second")
}

/// Draws cores, and links in some unit.
pub(crate) fn svg_of(title: &str, shades: &[Shade], flows: &Flows, placement: &Placement, unit: &str) -> String {
    let mut text = String::new();
    // Writing to a String cannot fail.
    let _ = draw(&mut text, title, shades, flows, placement, unit);
    text
}

fn draw(
    out: &mut String,
    title: &str,
    shades: &[Shade],
    flows: &Flows,
    placement: &Placement,
    unit: &str,
) -> std::fmt::Result {
    let rows = placement.cell.iter().max().map_or(1, |cell| cell / placement.width + 1);
    let (mesh_width, mesh_height) = (placement.width * CELL, rows * CELL);
    let (width, height) = ((mesh_width + 2 * MARGIN).max(420), mesh_height + 2 * MARGIN + LEGEND);
    writeln!(
        out,
        r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" font-family="sans-serif" font-size="10">"#
    )?;
    let title = title.replace('&', "&amp;").replace('<', "&lt;");
    writeln!(out, r#"<title>{title}</title><rect width="{width}" height="{height}" fill="white"/>"#)?;
    for (core, Shade { fill, resource, detail }) in shades.iter().enumerate() {
        let (x, y) = corner(placement, core as u32);
        let fill = *fill;
        let grey = shade(fill);
        let ink = if grey < 128 { "white" } else { "black" };
        let percent = (100.0 * fill).round();
        writeln!(
            out,
            r#"<g><title>core {core}: {percent} % of {resource}; {detail}</title><rect x="{x}" y="{y}" width="{CELL}" height="{CELL}" fill="rgb({grey},{grey},{grey})" stroke="black" stroke-width="0.5"/><text x="{}" y="{}" fill="{ink}" text-anchor="middle">{core}</text><text x="{}" y="{}" fill="{ink}" text-anchor="middle">{percent}%</text></g>"#,
            x + CELL / 2,
            y + CELL / 2 - 2,
            x + CELL / 2,
            y + CELL / 2 + 11
        )?;
    }
    let heaviest = links(out, flows, placement, unit)?;
    legend(out, mesh_height + 2 * MARGIN, &title, heaviest, unit)?;
    writeln!(out, "</svg>")
}

/// Draws the heaviest links; returns the rate of the heaviest one.
fn links(out: &mut String, flows: &Flows, placement: &Placement, unit: &str) -> Result<f64, std::fmt::Error> {
    let mut pairs: Vec<(f64, u32, u32)> = Vec::new();
    for (core, list) in flows.between.iter().enumerate() {
        let core = core as u32;
        pairs.extend(list.iter().filter(|(other, _)| *other > core).map(|(other, rate)| (*rate, core, *other)));
    }
    pairs.sort_by(|a, b| b.0.total_cmp(&a.0).then((a.1, a.2).cmp(&(b.1, b.2))));
    let heaviest = pairs.first().map_or(0.0, |pair| pair.0);
    for (rate, a, b) in pairs.iter().take(LINKS).filter(|pair| pair.0 > 0.0) {
        let (from, to) = (corner(placement, *a), corner(placement, *b));
        let middle = CELL / 2;
        writeln!(
            out,
            r##"<line x1="{}" y1="{}" x2="{}" y2="{}" stroke="#c03000" stroke-opacity="0.6" stroke-width="{:.2}"><title>cores {a} and {b}: {rate:.1} {unit}</title></line>"##,
            from.0 + middle,
            from.1 + middle,
            to.0 + middle,
            to.1 + middle,
            0.4 + 3.6 * rate / heaviest
        )?;
    }
    Ok(heaviest)
}

fn legend(out: &mut String, top: u32, title: &str, heaviest: f64, unit: &str) -> std::fmt::Result {
    writeln!(out, r#"<text x="{MARGIN}" y="{}" font-size="12">{title}</text>"#, top + 4)?;
    for step in 0..=4_u32 {
        let (x, grey) = (MARGIN + step * 64, shade(f64::from(step) / 4.0));
        writeln!(
            out,
            r#"<rect x="{x}" y="{}" width="64" height="12" fill="rgb({grey},{grey},{grey})" stroke="black" stroke-width="0.5"/><text x="{x}" y="{}">{}%</text>"#,
            top + 14,
            top + 38,
            25 * step
        )?;
    }
    writeln!(
        out,
        r#"<text x="{MARGIN}" y="{}">shade: fill of the fullest resource; below the number of each core</text>"#,
        top + 54
    )?;
    writeln!(
        out,
        r##"<line x1="{MARGIN}" y1="{y}" x2="{}" y2="{y}" stroke="#c03000" stroke-opacity="0.6" stroke-width="4"/><text x="{}" y="{}">{heaviest:.0} {unit} between two cores, both ways; thinner is less</text>"##,
        MARGIN + 40,
        MARGIN + 48,
        top + 76,
        y = top + 72
    )
}

fn corner(placement: &Placement, core: u32) -> (u32, u32) {
    let (x, y) = placement.at(core);
    (MARGIN + x * CELL, MARGIN + y * CELL)
}

fn shade(fill: f64) -> u32 {
    (250.0 - 190.0 * fill.clamp(0.0, 1.0)) as u32
}

/// The fullest resource of a core and its fill, 0 if nothing is limited.
fn fullest(load: &Amounts, limits: &Amounts) -> (f64, usize) {
    let fills = (0..RESOURCES).map(|resource| (load[resource] as f64 / limits[resource].max(1) as f64, resource));
    fills.fold((0.0, 0), |most, fill| if fill.0 > most.0 { fill } else { most })
}
