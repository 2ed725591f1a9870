//! Spikes of all neurons over the whole run; the page's script redraws a part of it on request.

use super::Chart;
use super::axis::short;
use super::svg::{Anchor, Svg};
use crate::error::Error;
use caudate_core::id::{NeuronId, Step};
use caudate_core::image::PopulationSymbol;
use caudate_core::tape::Tape;
use std::collections::BTreeMap;
use std::fmt::Write;

/// Columns and rows of cells at most.
const COLUMNS: u64 = 240;
const MOST_ROWS: u64 = 128;
/// Shades of a cell.
const LEVELS: usize = 5;
/// Spikes that go along for zooming; of longer runs the first.
const MOST_SPIKES: u64 = 400_000;

/// The chart, and its spikes for the page's script.
pub(super) fn chart(
    populations: &[PopulationSymbol],
    spikes: &Tape<(Step, NeuronId)>,
    steps: Step,
) -> Result<(Chart, String), Error> {
    let neurons: Vec<&PopulationSymbol> = populations.iter().filter(|own| !own.is_input).collect();
    // Rows are numbered through the populations of neurons; inputs have none.
    let mut firsts = Vec::new();
    let mut total = 0_u64;
    for own in &neurons {
        firsts.push(total);
        total += u64::from(own.size);
    }
    let row_of = |neuron: NeuronId| {
        let index = neurons.partition_point(|own| own.first.0 <= neuron.0).checked_sub(1)?;
        Some(firsts[index] + u64::from(neuron.0 - neurons[index].first.0))
    };
    let per_row = total.div_ceil(MOST_ROWS).max(1);
    let rows = total.div_ceil(per_row).max(1);
    let columns = COLUMNS.min(steps.max(1));
    let mut cells: BTreeMap<(u64, u64), u64> = BTreeMap::new();
    let (mut packed, mut seen, mut before) = (Vec::new(), 0, 0);
    spikes.for_each(|spikes| {
        for (t, neuron) in spikes {
            seen += 1;
            let Some(row) = row_of(*neuron) else { continue };
            *cells.entry((t * columns / steps.max(1), row / per_row)).or_default() += 1;
            if seen <= MOST_SPIKES {
                pack(&mut packed, t - before);
                pack(&mut packed, row);
                before = *t;
            }
        }
        Ok::<_, Error>(())
    })?;

    let (width, height) = (1180.0, 330.0);
    let (left, top, plot_width, plot_height) = (96.0, 8.0, width - 108.0, height - 52.0);
    let mut svg = Svg::new(width, height);
    for (own, first) in neurons.iter().zip(&firsts) {
        let y = top + plot_height * *first as f64 / total.max(1) as f64;
        let size = plot_height * f64::from(own.size) / total.max(1) as f64;
        svg.line("grid", (left, y), (left + plot_width, y), "", "");
        if size >= 11.0 {
            svg.text("tick", (left - 8.0, y + size / 2.0 + 4.0), Anchor::End, &own.name);
        }
    }
    svg.open_clipped("raster-plot", (left, top, plot_width, plot_height));
    for (level, path) in paths(&cells, (columns, rows), (plot_width, plot_height)).into_iter().enumerate() {
        let opacity = format!("opacity:{:.2}", 0.35 + 0.65 * (level + 1) as f64 / LEVELS as f64);
        svg.path("mark spikes", &path.0, &opacity, path.1);
    }
    svg.rect("surface", (0.0, 0.0, plot_width, plot_height), "fill:transparent", "");
    svg.close();
    let bottom = top + plot_height;
    svg.line("axis", (left, bottom), (left + plot_width, bottom), "", "");
    for tick in 0..=8_u64 {
        let x = left + plot_width * tick as f64 / 8.0;
        svg.line("axis", (x, bottom), (x, bottom + 4.0), "", "");
        let step = crate::report::grouped(steps * tick / 8);
        let anchor = if tick == 8 { Anchor::End } else { Anchor::Middle };
        svg.text("tick zoom-tick", (x, bottom + 16.0), anchor, &step);
    }
    svg.text("label", (left + plot_width / 2.0, bottom + 34.0), Anchor::Middle, "step");
    let title = "Spikes".to_owned();
    let mut caption = format!(
        "{} spikes of {} neurons. Drag over a range of steps to look closer, click twice for all of them.",
        crate::report::grouped(spikes.len()),
        crate::report::grouped(total)
    );
    if per_row > 1 {
        let _ = write!(caption, " A row stands for {} neurons.", short(per_row as f64));
    }
    if spikes.len() > MOST_SPIKES {
        let _ = write!(caption, " Only the first {} go along for that.", crate::report::grouped(MOST_SPIKES));
    }
    let data = format!("{steps} {rows} {per_row} {}", base64(&packed));
    Ok((Chart { id: "raster", is_wide: true, svg: svg.finish("raster", &title), title, caption }, data))
}

/// A path and its number of cells for each shade.
fn paths(
    cells: &BTreeMap<(u64, u64), u64>,
    (columns, rows): (u64, u64),
    (width, height): (f64, f64),
) -> Vec<(String, usize)> {
    let most = cells.values().copied().max().unwrap_or(1);
    let (cell_x, cell_y) = (width / columns as f64, height / rows as f64);
    let mut all = vec![(String::new(), 0); LEVELS];
    for ((column, row), count) in cells {
        // By the root, so that rows that spike seldom are seen beside those that spike often.
        let level = (((*count as f64 / most as f64).sqrt() * LEVELS as f64) as usize).min(LEVELS - 1);
        let (x, y) = (*column as f64 * cell_x, *row as f64 * cell_y);
        let (w, h) = (cell_x.max(1.0), (cell_y * 0.85).max(0.7));
        // Writing to a String cannot fail.
        let _ = write!(all[level].0, "M{x:.0} {y:.1}h{w:.1}v{h:.1}h-{w:.1}z");
        all[level].1 += 1;
    }
    all
}

/// Appends a number, of steps since the spike before or of a row, in seven bits per byte, low ones first.
fn pack(bytes: &mut Vec<u8>, mut number: u64) {
    while number >= 128 {
        bytes.push((number % 128) as u8 | 128);
        number /= 128;
    }
    bytes.push(number as u8);
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let word = chunk.iter().fold(0_u32, |word, byte| (word << 8) | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for digit in 0..4 {
            let bits = (word >> (18 - 6 * digit)) & 63;
            text.push(if digit <= chunk.len() { char::from(DIGITS[bits as usize]) } else { '=' });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_become_base_64_and_numbers_bytes() {
        assert_eq!(
            ["", "f", "fo", "foo", "foob"].map(|text| base64(text.as_bytes())),
            ["", "Zg==", "Zm8=", "Zm9v", "Zm9vYg=="]
        );
        let mut packed = Vec::new();
        [0, 3, 300, 130].into_iter().for_each(|number| pack(&mut packed, number));
        assert_eq!(packed, [0, 3, 172, 2, 130, 1]);
    }
}
