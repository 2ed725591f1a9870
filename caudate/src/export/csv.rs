//! Spikes as CSV.

use super::Train;
use crate::csv::field;
use std::fmt::Write;

/// A row per spike: population, step, member and, in milliseconds of `dt_ms` per step, time. Sorted by population as given, then step.
#[must_use]
pub fn to_csv(trains: &[Train], dt_ms: f64) -> String {
    let mut text = String::from("population,step,member,time_ms\n");
    for train in trains {
        let name = field(&train.population);
        for (step, member) in &train.spikes {
            // Writing to a String cannot fail.
            let _ = writeln!(text, "{name},{step},{member},{}", f64::from(*step) * dt_ms);
        }
    }
    text
}
