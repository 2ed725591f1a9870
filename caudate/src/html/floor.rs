//! The floor: cores on their tiles shaded by energy, links by packets.

use super::Chart;
use super::axis::with_unit;
use super::svg::{Anchor, Svg};
use crate::report::grouped;
use caudate_sim::cost::Breakdown;
use caudate_sim::timing::{Direction, Floor};

/// The heat map of a floor under one profile.
pub(super) fn chart(profile: &str, floor: &Floor, shares: &Breakdown) -> Chart {
    let (columns, rows) = floor.size();
    // A tile with its gap; the whole keeps within the width of a card.
    let pitch = (540.0 / f64::from(columns)).min(300.0 / f64::from(rows)).clamp(10.0, 120.0);
    let tile = pitch * 0.72;
    let per_side = most_on_a_tile(floor).isqrt();
    let side = if per_side * per_side < most_on_a_tile(floor) { per_side + 1 } else { per_side }.max(1);
    let cell = tile / side as f64;
    let left = ((580.0 - pitch * f64::from(columns)) / 2.0).max(4.0);
    let height = pitch * f64::from(rows) + 48.0;
    let mut svg = Svg::new(580.0, height);
    let corner = |x: u32, y: u32| {
        (left + pitch * f64::from(x) + (pitch - tile) / 2.0, pitch * f64::from(y) + (pitch - tile) / 2.0)
    };

    let most_packets = shares.links.iter().map(|link| link.packets).max().unwrap_or(1).max(1) as f64;
    for link in &shares.links {
        let (x, y) = corner(link.tile.x, link.tile.y);
        let (gap, middle) = (pitch - tile, tile / 2.0);
        // The two directions of a pair of tiles lie side by side.
        let aside = tile * 0.13;
        let (from, to) = match link.direction {
            Direction::East => ((x + tile, y + middle - aside), (x + tile + gap, y + middle - aside)),
            Direction::West => ((x, y + middle + aside), (x - gap, y + middle + aside)),
            Direction::South => ((x + middle - aside, y + tile), (x + middle - aside, y + tile + gap)),
            Direction::North => ((x + middle + aside, y), (x + middle + aside, y - gap)),
        };
        let part = link.packets as f64 / most_packets;
        let style = format!(
            "stroke:color-mix(in srgb,var(--c3) {:.0}%,var(--grid));stroke-width:{:.1}",
            15.0 + 85.0 * part,
            1.0 + tile * 0.09 * part
        );
        let tip = format!(
            "link to the {} from tile ({}, {})\n{} packets, {}",
            link.direction.name(),
            link.tile.x,
            link.tile.y,
            grouped(link.packets),
            with_unit(link.energy_fj as f64 * 1e-15, "J")
        );
        svg.line("mark", from, to, &style, &tip);
    }
    let most = shares.cores.iter().map(|core| core.energy_fj.total()).max().unwrap_or(1).max(1) as f64;
    let mut on_tile = std::collections::BTreeMap::new();
    for y in 0..rows {
        for x in 0..columns {
            let (left, top) = corner(x, y);
            svg.rect("tile", (left, top, tile, tile), "", "");
        }
    }
    for (index, core) in shares.cores.iter().enumerate() {
        let slot = on_tile.entry(core.tile).or_insert(0_u64);
        let (x, y) = corner(core.tile.x, core.tile.y);
        let (column, row) = ((*slot % side) as f64, (*slot / side) as f64);
        *slot += 1;
        let part = core.energy_fj.total() as f64 / most;
        let style = format!("fill:color-mix(in srgb,var(--heat1) {:.0}%,var(--heat0))", 100.0 * part);
        let tip = format!(
            "core {index} on tile ({}, {})\n{}\n{} synaptic events, {} packets sent",
            core.tile.x,
            core.tile.y,
            with_unit(core.energy_fj.total() as f64 * 1e-15, "J"),
            grouped(core.synaptic_events),
            grouped(core.packets)
        );
        let inset = (cell * 0.06).min(2.0);
        let area = (x + column * cell + inset, y + row * cell + inset, cell - 2.0 * inset, cell - 2.0 * inset);
        svg.rect("mark", area, &style, &tip);
    }
    let y = height - 26.0;
    for step in 0..40 {
        let style = format!("fill:color-mix(in srgb,var(--heat1) {:.0}%,var(--heat0))", 2.5 * f64::from(step));
        svg.rect("key", (190.0 + 5.0 * f64::from(step), y, 5.2, 9.0), &style, "");
    }
    svg.text("tick", (184.0, y + 9.0), Anchor::End, "0");
    svg.text("tick", (396.0, y + 9.0), Anchor::Start, &format!("{} per core", with_unit(most * 1e-15, "J")));
    let title = "Floor".to_owned();
    let links = if shares.links.is_empty() {
        "no packet crossed a link.".to_owned()
    } else {
        format!("links redder and wider with packets, up to {}.", grouped(most_packets as u64))
    };
    let caption = format!("Cores on their tiles, stronger in colour with energy under {profile}; {links}");
    Chart { id: "floor", is_wide: false, svg: svg.finish("floor", &title), title, caption }
}

fn most_on_a_tile(floor: &Floor) -> u64 {
    let mut tiles = floor.cores().to_vec();
    tiles.sort_unstable();
    tiles.chunk_by(|a, b| a == b).map(|own| own.len() as u64).max().unwrap_or(1)
}
