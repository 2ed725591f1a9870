//! A run as a small raster: a row per quantity, a column per epoch.

use super::judge::Violation;
use super::run::{Epoch, Synapse};
use super::scenario::{Scenario, Spikes};
use super::subject::{Subject, TRACES};
use caudate_core::modulator::SLOTS;
use std::collections::BTreeSet;
use std::fmt::Write;

/// Characters of a line.
const LINE: usize = 96;
/// Characters of the names of rows.
const NAME: usize = 12;
/// What a spike and its absence look like.
const MARKS: [char; 2] = ['.', '|'];

/// One row: its name, what stands before the first epoch, and a cell per epoch.
struct Row {
    name: String,
    start: String,
    cells: Vec<String>,
}

/// Draws the epochs of a run up to `violation`, or `epochs` of them; where they are too many, some in the middle are left out.
pub(super) fn raster(subject: &Subject, scenario: &Scenario, epochs: usize, violation: Option<&Violation>) -> String {
    let epochs = violation.map_or(epochs, |violation| violation.epoch + 1).max(1);
    let mut synapse = Synapse::new(subject, scenario, true);
    let run: Vec<Epoch> = (0..epochs).map(|_| synapse.epoch()).collect();
    let rows = rows(subject, scenario, &run);
    let width =
        rows.iter().flat_map(|row| row.cells.iter().chain([&row.start])).map(String::len).max().unwrap_or(0).max(5);
    // The start takes a column.
    let shown = columns(&run, (LINE.saturating_sub(NAME) / (width + 1)).saturating_sub(1));

    let mut text = String::new();
    for row in &rows {
        let mut line = format!("{:NAME$} {:>width$}", row.name, row.start);
        let mut next = 0;
        for &column in &shown {
            // A gap takes the room of a column, which `columns` has left for it.
            if column != next {
                let gap = if row.name == EPOCH { "..." } else { "" };
                let _ = write!(line, " {gap:>width$}");
            }
            let _ = write!(line, " {:>width$}", row.cells[column]);
            next = column + 1;
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    if let Some(violation) = violation {
        let columns = shown.len() + gaps(&shown.iter().copied().collect());
        let end = NAME + (columns + 1) * (width + 1);
        let message = format!("epoch {}: {}", violation.epoch + 1, violation.message);
        let _ = writeln!(text, "{:>end$}", "^".repeat(3));
        let _ = writeln!(text, "{:>width$}", message, width = end.max(message.len()));
    }
    text
}

/// Name of the first row.
const EPOCH: &str = "epoch";

fn rows(subject: &Subject, scenario: &Scenario, run: &[Epoch]) -> Vec<Row> {
    let row = |name: &str, start: String, cell: &dyn Fn(&Epoch) -> String| Row {
        name: name.to_owned(),
        start,
        cells: run.iter().map(cell).collect(),
    };
    let steps = |epoch: &Epoch, side: fn(&Spikes) -> bool| -> String {
        let of = epoch.step + 1 - subject.epoch_steps..=epoch.step;
        of.map(|step| MARKS[usize::from(scenario.spikes.get(step).is_some_and(side))]).collect()
    };
    let mut rows = vec![Row {
        name: EPOCH.to_owned(),
        start: "start".to_owned(),
        cells: (1..=run.len()).map(|number| number.to_string()).collect(),
    }];
    rows.push(row("pre", String::new(), &|epoch| steps(epoch, |at| at.pre)));
    rows.push(row("post", String::new(), &|epoch| steps(epoch, |at| at.post)));
    for (slot, used) in subject.modulators().iter().enumerate().take(SLOTS) {
        if *used {
            rows.push(row(&format!("m{slot}"), String::new(), &|epoch| epoch.modulators[slot].to_string()));
        }
    }
    for (index, trace) in TRACES.iter().enumerate().filter(|(_, trace)| subject.uses(trace)) {
        rows.push(row(trace, "0".to_owned(), &|epoch| epoch.traces[index].to_string()));
    }
    for (index, word) in subject.states.iter().enumerate() {
        let start = scenario.start[index];
        let has_real = run.iter().any(|epoch| epoch.real.is_some());
        let name = if has_real { format!("{} (fixed)", word.name) } else { word.name.clone() };
        rows.push(row(&name, start.to_string(), &|epoch| epoch.after[index].to_string()));
        if has_real {
            let of = |epoch: &Epoch| epoch.real.as_ref().and_then(|real| real.states.get(&word.name).copied());
            let cell = |epoch: &Epoch| of(epoch).map_or_else(String::new, in_hundredths);
            rows.push(row(&format!("{} (real)", word.name), in_hundredths(start.into()), &cell));
        }
    }
    rows
}

/// Two decimals, no minus before a zero, and an exponent where the number is long.
fn in_hundredths(value: f64) -> String {
    match value {
        _ if value.abs() < 0.005 => "0.00".to_owned(),
        _ if value.abs() < 1e7 => format!("{value:.2}"),
        _ => format!("{value:.1e}"),
    }
}

/// The columns to show, in order. Where there is no room for all: the last ones, those with spikes, then the first ones, as many as fit with a
/// column for each gap.
fn columns(run: &[Epoch], room: usize) -> Vec<usize> {
    let all = run.len();
    let spiking = (0..all).filter(|&column| run[column].spikes != Spikes::default());
    let mut shown = BTreeSet::new();
    for column in (all.saturating_sub(2)..all).rev().chain(spiking).chain(0..all) {
        let is_new = shown.insert(column);
        if is_new && shown.len() + gaps(&shown) > room.max(2) {
            shown.remove(&column);
            break;
        }
    }
    shown.into_iter().collect()
}

/// Columns left out between others, or before the first, in stretches.
fn gaps(shown: &BTreeSet<usize>) -> usize {
    let before = std::iter::once(None).chain(shown.iter().copied().map(Some));
    before.zip(shown).filter(|(before, column)| before.map_or(0, |before| before + 1) != **column).count()
}
