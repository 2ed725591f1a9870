//! How full the fullest core is, resource by resource.

use super::Chart;
use super::svg::{Anchor, Svg};
use crate::report::grouped;
use caudate_core::chip::Limit;
use caudate_mapper::MappingReport;

/// Fill of every limited resource; `None` if nothing is limited.
pub(super) fn chart(mapping: &MappingReport) -> Option<Chart> {
    let limited: Vec<(&str, u64, u64, u32)> = mapping
        .resources
        .iter()
        .filter_map(|own| match own.limit {
            Limit::AtMost(limit) if limit > 0 => Some((own.resource.noun(), own.largest, limit, own.on_core)),
            _ => None,
        })
        .collect();
    if limited.is_empty() {
        return None;
    }
    let (left, space) = (170.0, 270.0);
    let mut svg = Svg::new(580.0, 10.0 + 21.0 * limited.len() as f64);
    for (row, (noun, largest, limit, core)) in limited.iter().enumerate() {
        let y = 6.0 + 21.0 * row as f64;
        let part = *largest as f64 / *limit as f64;
        let colour = if part > 0.9 { "--c3" } else { "--c0" };
        svg.text("tick", (left - 8.0, y + 11.0), Anchor::End, noun);
        svg.rect("track", (left, y, space, 14.0), "", "");
        let tip = format!("{} of {} {noun}\non core {core}", grouped(*largest), grouped(*limit));
        svg.rect("mark", (left, y, (space * part).max(0.5), 14.0), &format!("fill:var({colour})"), &tip);
        let text = format!("{:.1} % of {}", 100.0 * part, grouped(*limit));
        svg.text("note", (left + space + 8.0, y + 11.0), Anchor::Start, &text);
    }
    let title = "Fill of the fullest core".to_owned();
    let caption = format!("By resource; cores of chip {} in use: {}.", mapping.chip, mapping.totals.cores);
    Some(Chart { id: "fill", is_wide: false, svg: svg.finish("fill", &title), title, caption })
}
