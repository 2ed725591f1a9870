//! From the user's numbers to the chip's integers, with the error of each step on record.

mod grid;
pub(crate) mod neuron;
mod offenders;
pub(crate) mod program;
pub(crate) mod rule;
pub(crate) mod rule_microcode;
pub(crate) mod synapse;

use crate::network::Network;
use crate::origin::{KeyPath, Problem};
use crate::parameter::{DrawnParameter, Flaw, Owner, Parameter, Sampler};
use caudate_core::chip::ChipDescription;
use caudate_core::semantics::Semantics;
use caudate_isa::nmx::verify::StackEffect;
use hashbrown::HashMap;
use serde::{Deserialize, Serialize};
use std::ops::RangeInclusive;

/// What became of one parameter of one population, projection or rule.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Quantisation {
    /// Whose: `population 'exc'`.
    pub part: String,
    /// Which: `threshold`.
    pub parameter: String,
    /// The unit of the numbers below.
    pub unit: String,
    /// Number of values.
    pub elements: u64,
    /// How many are stored as another number than the one wanted.
    pub changed: u64,
    /// Smallest and largest number wanted.
    pub wanted: [f64; 2],
    /// Smallest and largest number stored.
    pub stored: [f64; 2],
    /// Mean of |stored - wanted|.
    pub mean_error: f64,
    /// Largest |stored - wanted|.
    pub max_error: f64,
    /// A choice that was made on the way, such as a weight exponent.
    pub note: Option<String>,
}

/// Collects wanted and stored numbers.
#[derive(Debug, Clone)]
pub(crate) struct Tally {
    elements: u64,
    changed: u64,
    wanted: [f64; 2],
    stored: [f64; 2],
    error_sum: f64,
    max_error: f64,
}

impl Tally {
    pub(crate) const fn new() -> Self {
        const EMPTY: [f64; 2] = [f64::INFINITY, f64::NEG_INFINITY];
        Self { elements: 0, changed: 0, wanted: EMPTY, stored: EMPTY, error_sum: 0.0, max_error: 0.0 }
    }

    #[inline]
    pub(crate) fn note(&mut self, wanted: f64, stored: f64) {
        let error = (stored - wanted).abs();
        self.elements += 1;
        self.changed += u64::from(error != 0.0);
        self.wanted = [self.wanted[0].min(wanted), self.wanted[1].max(wanted)];
        self.stored = [self.stored[0].min(stored), self.stored[1].max(stored)];
        self.error_sum += error;
        self.max_error = self.max_error.max(error);
    }

    /// Notes the same pair `elements` times.
    pub(crate) fn note_all(&mut self, wanted: f64, stored: f64, elements: usize) {
        if elements > 0 {
            self.note(wanted, stored);
            let more = elements as u64 - 1;
            self.changed += if self.changed > 0 { more } else { 0 };
            self.elements += more;
            self.error_sum += (stored - wanted).abs() * more as f64;
        }
    }
}

/// One value as stored, and both numbers in the unit in which they are compared.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stored {
    pub(crate) value: i32,
    pub(crate) wanted: f64,
    pub(crate) stored: f64,
}

/// The values of one parameter, one for each element or one for all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Column<T> {
    Same(T),
    Each(Vec<T>),
}

impl<T: Copy + PartialEq> Column<T> {
    /// A column of these values, in the least room.
    pub(crate) fn of(values: Vec<T>) -> Self {
        match values.first() {
            Some(first) if values.iter().all(|value| value == first) => Self::Same(*first),
            _ => Self::Each(values),
        }
    }
}

impl<T: Copy> Column<T> {
    #[inline]
    pub(crate) fn get(&self, index: usize) -> T {
        match self {
            Self::Same(value) => *value,
            Self::Each(values) => values[index],
        }
    }
}

/// What all quantisers share: the conditions they work under and the lists they report to.
#[derive(Debug)]
pub(crate) struct Quantiser<'a> {
    pub(crate) network: &'a Network,
    pub(crate) chip: &'a ChipDescription,
    pub(crate) semantics: Semantics,
    pub(crate) seed: u64,
    /// What makes the network invalid.
    pub(crate) invalid: Vec<Problem>,
    /// What the chip cannot store.
    pub(crate) misfits: Vec<Problem>,
    pub(crate) quantisation: Vec<Quantisation>,
    pub(crate) warnings: Vec<String>,
    /// Programs, by number, that are verified for all parameters within these bounds.
    pub(crate) proven: HashMap<(u16, Vec<RangeInclusive<i32>>), StackEffect>,
}

/// A parameter, and where it stands.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wish<'a> {
    pub(crate) parameter: &'a Parameter,
    pub(crate) drawn: DrawnParameter,
    pub(crate) owner: Owner,
    pub(crate) path: KeyPath,
    pub(crate) unit: &'static str,
}

impl<'a> Quantiser<'a> {
    pub(crate) fn refuse(
        &mut self,
        path: KeyPath,
        code: &'static str,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        self.invalid.push(path.problem(code, message, help));
    }

    pub(crate) fn record(&mut self, path: KeyPath, unit: &str, tally: &Tally, note: Option<String>) {
        if tally.elements > 0 {
            self.quantisation.push(Quantisation {
                part: path.part.describe(self.network),
                parameter: path.written(self.network),
                unit: unit.to_owned(),
                elements: tally.elements,
                changed: tally.changed,
                wanted: tally.wanted,
                stored: tally.stored,
                mean_error: tally.error_sum / tally.elements as f64,
                max_error: tally.max_error,
                note,
            });
        }
    }

    /// Converts each element; the first that cannot be is reported with the number of others.
    pub(crate) fn column(
        &mut self,
        wish: Wish<'a>,
        elements: usize,
        convert: impl Fn(f64) -> Result<Stored, Flaw>,
    ) -> Column<i32> {
        let sampler = Sampler::new(wish.parameter, self.seed, wish.owner, wish.drawn);
        let mut tally = Tally::new();
        let column = match sampler.constant() {
            Some(value) => match convert(value) {
                Ok(stored) => {
                    tally.note_all(stored.wanted, stored.stored, elements);
                    Column::Same(stored.value)
                }
                Err((code, message, help)) => {
                    self.refuse(wish.path, code, message, help);
                    Column::Same(0)
                }
            },
            None => {
                let mut first: Option<(usize, Flaw)> = None;
                let mut flawed = 0_usize;
                let values = (0..elements).map(|index| match convert(sampler.at(index)) {
                    Ok(stored) => {
                        tally.note(stored.wanted, stored.stored);
                        stored.value
                    }
                    Err(flaw) => {
                        flawed += 1;
                        first.get_or_insert((index, flaw));
                        0
                    }
                });
                let values = values.collect();
                if let Some((index, (code, message, help))) = first {
                    let others = if flawed > 1 { format!(" (and {} more)", flawed - 1) } else { String::new() };
                    self.refuse(wish.path, code, format!("element {index}: {message}{others}"), help);
                }
                Column::Each(values)
            }
        };
        self.record(wish.path, wish.unit, &tally, None);
        column
    }

    /// Whole numbers within `low..=high`: what a distribution gives is rounded, what the user wrote must be whole.
    pub(crate) fn whole(
        &mut self,
        wish: Wish<'a>,
        elements: usize,
        low: i32,
        high: i32,
        help: &'static str,
    ) -> Column<i32> {
        let written_out = wish.parameter.is_written_out();
        let key = wish.path.written(self.network);
        self.column(wish, elements, |wanted| whole_number(&key, wanted, written_out, low..=high, help))
    }
}

/// The whole number that is stored for `wanted`; one that was `written_out` must be whole.
fn whole_number(
    key: &str,
    wanted: f64,
    written_out: bool,
    range: RangeInclusive<i32>,
    help: &'static str,
) -> Result<Stored, Flaw> {
    let rounded = wanted.round();
    if !wanted.is_finite() {
        return Err(("E-NET-NUMBER", format!("{key} is {wanted}"), "give a finite number"));
    }
    if written_out && rounded != wanted {
        return Err(("E-NET-WHOLE", format!("{key} is {wanted}; a whole number is needed"), help));
    }
    let (low, high) = range.into_inner();
    if !(f64::from(low)..=f64::from(high)).contains(&rounded) {
        return Err(("E-NET-RANGE", format!("{key} is {wanted}; the range is {low}..={high}"), help));
    }
    Ok(Stored { value: rounded as i32, wanted, stored: rounded })
}
