//! Values as spikes.
//!
//! Each sample is shown for a window of steps, one after the other.
//!
//! | code | a value v, with the largest value max | members |
//! |---|---|---|
//! | rate | spikes floor(v / max * spikes at max) times, evenly spaced | one per value |
//! | latency | spikes once, the larger the earlier; 0 does not spike | one per value |
//! | delta | rows are a series: a spike for each threshold that v moved up or down since its reconstruction | up and down per value |

use super::{Samples, Spikes, refuse};
use crate::error::Error;
use std::path::Path;

/// How values become spikes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Code {
    /// As many spikes as the value says.
    Rate {
        /// The value of `spikes_at_max` spikes, above 0.
        max: f64,
        /// At most a spike in each step of the window.
        spikes_at_max: u64,
    },
    /// A spike as early as the value says.
    Latency {
        /// The value that spikes in the first step, above 0.
        max: f64,
    },
    /// Spikes as the value moves.
    Delta {
        /// What a spike stands for, above 0.
        threshold: f64,
    },
}

impl Code {
    /// Members that a value takes.
    #[must_use]
    pub const fn members_per_value(&self) -> u32 {
        match self {
            Self::Delta { .. } => 2,
            _ => 1,
        }
    }

    /// The spikes of samples, each shown for `window_steps`; `origin` names them in errors.
    ///
    /// # Errors
    /// [`Error::Invalid`] for settings that code nothing, and values outside 0..=max.
    pub fn spikes(&self, samples: &Samples, window_steps: u64, origin: &Path) -> Result<Spikes, Error> {
        self.check(samples, window_steps, origin)?;
        let members = samples.features as u32 * self.members_per_value();
        let rows = samples.rows();
        let mut all = Spikes { members, steps: rows.len() as u64 * window_steps, ..Spikes::default() };
        let mut known: Option<Vec<f64>> = None;
        for (row, first) in rows.zip((0..).step_by(window_steps as usize)) {
            match self {
                Self::Rate { max, spikes_at_max } => {
                    for (member, value) in (0..).zip(row) {
                        // Spikes before a step, in real numbers; a spike falls where their whole part grows.
                        let before = |step: u64| value / max * (*spikes_at_max * step) as f64 / window_steps as f64;
                        let times = (0..window_steps).filter(|t| before(t + 1).floor() > before(*t).floor());
                        all.spikes.extend(times.map(|t| (first + t, member)));
                    }
                }
                Self::Latency { max } => {
                    let time = |value: f64| ((1.0 - value / max) * (window_steps - 1) as f64).round() as u64;
                    let spiking = (0..).zip(row).filter(|(_, value)| **value > 0.0);
                    all.spikes.extend(spiking.map(|(member, value)| (first + time(*value), member)));
                }
                Self::Delta { threshold } => match &mut known {
                    None => known = Some(row.to_vec()),
                    Some(known) => {
                        for ((feature, value), known) in (0..).zip(row).zip(known) {
                            let moved = ((value - *known) / threshold).trunc();
                            let count = (moved.abs() as u64).min(window_steps);
                            all.lost += u64::from(moved.abs() > window_steps as f64);
                            let is_up = moved > 0.0;
                            *known += threshold * if is_up { count as f64 } else { -(count as f64) };
                            let member = 2 * feature + u32::from(!is_up);
                            all.spikes.extend((0..count).map(|t| (first + t, member)));
                        }
                    }
                },
            }
        }
        all.spikes.sort_unstable();
        Ok(all)
    }

    fn check(&self, samples: &Samples, window_steps: u64, origin: &Path) -> Result<(), Error> {
        if window_steps == 0 || samples.rows().len() as u64 > u64::from(u32::MAX) / window_steps {
            let message = format!("{} samples of {window_steps} steps each", samples.rows().len());
            let help = format!("a window has a step at least, and all of them {} at most", u32::MAX);
            return Err(refuse(origin, message, help));
        }
        let (what, scale) = match self {
            Self::Rate { max, .. } | Self::Latency { max } => ("largest value", *max),
            Self::Delta { threshold } => ("threshold", *threshold),
        };
        if !(scale.is_finite() && scale > 0.0) {
            return Err(refuse(origin, format!("the {what} is {scale}"), "give a number above 0"));
        }
        if let Self::Rate { spikes_at_max, .. } = self
            && !(1..=window_steps).contains(spikes_at_max)
        {
            let message = format!("{spikes_at_max} spikes in a window of {window_steps} steps");
            return Err(refuse(origin, message, "a member spikes at most once in a step"));
        }
        let outside = samples.values.iter().position(|value| !(0.0..=scale).contains(value));
        match outside.filter(|_| !matches!(self, Self::Delta { .. })) {
            Some(at) => {
                let (sample, feature) = (at / samples.features, at % samples.features);
                let message =
                    format!("sample {sample}, value {feature} is {}; the range is 0..={scale}", samples.values[at]);
                Err(refuse(
                    origin,
                    message,
                    "give the largest value by --max, shift negative values, or use the delta code",
                ))
            }
            None => Ok(()),
        }
    }
}

/// What a delta code says of a series that begins with `start`: a row after each window.
#[must_use]
pub fn delta_decoded(spikes: &Spikes, start: &[f64], threshold: f64, window_steps: u64) -> Vec<Vec<f64>> {
    let rows = spikes.steps / window_steps.max(1);
    let mut at = start.to_vec();
    let mut next = spikes.spikes.iter().peekable();
    (1..=rows)
        .map(|row| {
            while let Some((_, member)) = next.next_if(|(t, _)| *t < row * window_steps) {
                let sign = if member % 2 == 0 { 1.0 } else { -1.0 };
                at[*member as usize / 2] += sign * threshold;
            }
            at.clone()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn coded(code: Code, values: &[f64], features: usize, window_steps: u64) -> Spikes {
        let samples = Samples { values: values.to_vec(), features };
        code.spikes(&samples, window_steps, Path::new("values")).unwrap()
    }

    fn count(spikes: &Spikes, member: u32) -> u64 {
        spikes.spikes.iter().filter(|(_, own)| *own == member).count() as u64
    }

    proptest! {
        #[test]
        fn a_rate_is_proportional_to_its_value_and_even(
            value in 0.0_f64..=1.0, max in 0.5_f64..300.0, window in 1_u64..200, share in 0.01_f64..=1.0
        ) {
            let spikes_at_max = ((window as f64 * share) as u64).max(1);
            let spikes = coded(Code::Rate { max, spikes_at_max }, &[value * max], 1, window);
            let expected = value * spikes_at_max as f64;
            prop_assert!((count(&spikes, 0) as f64 - expected).abs() <= 1.0);
            prop_assert!(spikes.spikes.iter().all(|(t, _)| *t < window));
            for half in 1..window {
                let so_far = spikes.spikes.iter().filter(|(t, _)| *t < half).count() as f64;
                prop_assert!((so_far - expected * half as f64 / window as f64).abs() <= 1.0);
            }
        }

        #[test]
        fn a_larger_value_never_spikes_later(values in prop::collection::vec(0.0_f64..=9.0, 2..20), window in 1_u64..200) {
            let spikes = coded(Code::Latency { max: 9.0 }, &values, values.len(), window);
            let mut times = vec![u64::MAX; values.len()];
            spikes.spikes.iter().for_each(|(t, member)| times[*member as usize] = *t);
            prop_assert!(spikes.spikes.len() == values.iter().filter(|value| **value > 0.0).count());
            for (a, first) in values.iter().zip(&times) {
                for (b, second) in values.iter().zip(&times) {
                    prop_assert!(a <= b || first <= second, "{a} at {first}, {b} at {second}");
                }
            }
        }

        #[test]
        fn a_delta_code_reconstructs_within_its_threshold(
            rows in prop::collection::vec(prop::collection::vec(-5.0_f64..5.0, 3), 2..30), threshold in 0.05_f64..2.0
        ) {
            // No value moves by more than 10, and what was left before is below a threshold.
            let window = (10.0 / threshold) as u64 + 2;
            let spikes = coded(Code::Delta { threshold }, &rows.concat(), 3, window);
            prop_assert_eq!(spikes.lost, 0);
            for (row, decoded) in rows.iter().zip(delta_decoded(&spikes, &rows[0], threshold, window)) {
                for (value, decoded) in row.iter().zip(decoded) {
                    prop_assert!((value - decoded).abs() <= threshold + 1e-9, "{value} {decoded}");
                }
            }
        }
    }

    #[test]
    fn changes_that_are_too_fast_are_counted() {
        let spikes = coded(Code::Delta { threshold: 1.0 }, &[0.0, 9.5, 9.5], 1, 4);
        assert_eq!((spikes.lost, count(&spikes, 0), count(&spikes, 1)), (2, 8, 0));
    }

    #[test]
    fn settings_that_code_nothing_are_refused() {
        let samples = Samples { values: vec![1.0, -2.0], features: 2 };
        for (code, window, said) in [
            (Code::Latency { max: 0.0 }, 8, "the largest value is 0"),
            (Code::Latency { max: 4.0 }, 8, "sample 0, value 1 is -2; the range is 0..=4"),
            (Code::Rate { max: 4.0, spikes_at_max: 9 }, 8, "9 spikes in a window of 8 steps"),
            (Code::Delta { threshold: f64::NAN }, 8, "the threshold is NaN"),
            (Code::Delta { threshold: 1.0 }, 0, "samples of 0 steps"),
        ] {
            let error = code.spikes(&samples, window, Path::new("x")).unwrap_err().to_string();
            assert!(error.contains(said), "{error}");
        }
    }
}
