//! The table `[import]`: how a network of another tool is read. The keys are the options of the command line.

use super::reader::{Reader, Table};
use caudate_core::neuron::ThresholdCompare;
use caudate_mapper::import::Options;
use caudate_mapper::import::nir::ResetChoice;
use std::ops::RangeInclusive;

const KEYS: [&str; 7] = ["dt_seconds", "reset", "scale", "lenient", "fine_weights", "compare", "layers"];
const RESETS: [(&str, ResetChoice); 3] =
    [("auto", ResetChoice::Auto), ("zero", ResetChoice::Zero), ("subtract", ResetChoice::Subtract)];
const COMPARES: [(&str, ThresholdCompare); 2] = [("gt", ThresholdCompare::Gt), ("ge", ThresholdCompare::Ge)];

/// Reads the table, if there is one. The importer judges numbers, and whether an option concerns the file.
pub(super) fn read(root: Table<'_, '_>, reader: &mut Reader<'_>) -> Option<Options> {
    if !root.items.contains_key("import") {
        return Some(Options::default());
    }
    let table = reader.table(root, "import")?;
    reader.close(table, &KEYS);
    Some(Options {
        dt_seconds: reader.number(table, "dt_seconds", "a number of seconds"),
        reset: named(table, "reset", &RESETS, reader),
        scale: reader.number(table, "scale", "a number of units"),
        lenient: reader.truth(table, "lenient").unwrap_or(false),
        fine_weights: reader.truth(table, "fine_weights").unwrap_or(false),
        compare: named(table, "compare", &COMPARES, reader),
        layers: layers(table, reader),
    })
}

fn named<T: Copy>(table: Table<'_, '_>, key: &str, known: &[(&str, T)], reader: &mut Reader<'_>) -> Option<T> {
    let given = reader.text(table, key)?;
    let found = known.iter().find(|(name, _)| *name == given.value).map(|(_, value)| *value);
    if found.is_none() {
        let names = known.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
        reader.refuse_at("E-EXP-NAME", given.place, format!("`{key}` is '{}'", given.value), format!("known: {names}"));
    }
    found
}

/// One layer, or the first and the last.
fn layers(table: Table<'_, '_>, reader: &mut Reader<'_>) -> Option<RangeInclusive<usize>> {
    let ends = reader.members(table, "layers")?;
    match *ends {
        [only] => Some(only as usize..=only as usize),
        [first, last] => Some(first as usize..=last as usize),
        _ => {
            if let Some(place) = reader.place_of(table, "layers") {
                let message = format!("`layers` is a list of {}", ends.len());
                reader.refuse_at("E-EXP-RANGE", place, message, "write [first, last], both included");
            }
            None
        }
    }
}
