//! Scales, ticks and numbers with their units.

use super::svg::{Anchor, Svg};

/// A range of values along one side of a plot.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scale {
    pub(super) low: f64,
    pub(super) high: f64,
}

impl Scale {
    /// From 0 to a round number above the largest value.
    pub(super) fn from_zero(values: impl Iterator<Item = f64>) -> Self {
        let most = values.fold(0.0, f64::max);
        Self { low: 0.0, high: if most > 0.0 { most * 1.05 } else { 1.0 } }
    }

    /// Around all values, with a margin.
    pub(super) fn around(values: impl Iterator<Item = f64>) -> Self {
        let (low, high) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)));
        if low > high {
            return Self { low: 0.0, high: 1.0 };
        }
        let margin = if high > low { 0.07 * (high - low) } else { low.abs().max(1.0) * 0.1 };
        Self { low: low - margin, high: high + margin }
    }

    /// Where a value lies, 0 at the low end and 1 at the high one.
    pub(super) fn part(&self, value: f64) -> f64 {
        if self.high > self.low { (value - self.low) / (self.high - self.low) } else { 0.5 }
    }

    /// About `count` round values within the range.
    pub(super) fn ticks(&self, count: f64) -> Vec<f64> {
        let raw = (self.high - self.low) / count;
        if !(raw.is_finite() && raw > 0.0) {
            return Vec::new();
        }
        let power = 10_f64.powf(raw.log10().floor());
        let step = [1.0, 2.0, 5.0, 10.0].map(|m| m * power).into_iter().find(|step| *step >= raw).unwrap_or(raw);
        let first = (self.low / step).ceil() as i64;
        (first..=(self.high / step).floor() as i64).take(50).map(|tick| tick as f64 * step).collect()
    }
}

/// The area of a plot in its drawing.
#[derive(Debug, Clone, Copy)]
pub(super) struct Plot {
    pub(super) left: f64,
    pub(super) top: f64,
    pub(super) width: f64,
    pub(super) height: f64,
    pub(super) x: Scale,
    pub(super) y: Scale,
}

impl Plot {
    pub(super) fn at(&self, x: f64, y: f64) -> (f64, f64) {
        (self.left + self.x.part(x) * self.width, self.top + (1.0 - self.y.part(y)) * self.height)
    }

    /// Draws grid, ticks and labels; `x_text` and `y_text` write a tick's value.
    pub(super) fn frame(
        &self,
        svg: &mut Svg,
        (x_label, x_text): (&str, &dyn Fn(f64) -> String),
        (y_label, y_text): (&str, &dyn Fn(f64) -> String),
    ) {
        let bottom = self.top + self.height;
        for tick in self.y.ticks((self.height / 38.0).clamp(2.0, 6.0)) {
            let (_, y) = self.at(self.x.low, tick);
            svg.line("grid", (self.left, y), (self.left + self.width, y), "", "");
            svg.text("tick", (self.left - 6.0, y + 3.5), Anchor::End, &y_text(tick));
        }
        for tick in self.x.ticks((self.width / 90.0).clamp(2.0, 9.0)) {
            let (x, _) = self.at(tick, self.y.low);
            svg.line("axis", (x, bottom), (x, bottom + 4.0), "", "");
            svg.text("tick", (x, bottom + 16.0), Anchor::Middle, &x_text(tick));
        }
        svg.line("axis", (self.left, bottom), (self.left + self.width, bottom), "", "");
        svg.text("label", (self.left + self.width / 2.0, bottom + 33.0), Anchor::Middle, x_label);
        svg.upright((13.0, self.top + self.height / 2.0), y_label);
    }
}

/// A unit with the prefix that fits the largest of some values, and what to divide them by.
pub(super) fn prefix(most: f64, unit: &str) -> (String, f64) {
    const PREFIXES: [(&str, f64); 9] = [
        ("f", 1e-15),
        ("p", 1e-12),
        ("n", 1e-9),
        ("u", 1e-6),
        ("m", 1e-3),
        ("", 1.0),
        ("k", 1e3),
        ("M", 1e6),
        ("G", 1e9),
    ];
    let fits = PREFIXES.iter().rev().find(|(_, size)| most.abs() >= *size).unwrap_or(&PREFIXES[5]);
    (format!("{}{unit}", fits.0.replace('u', "\u{b5}")), fits.1)
}

/// A value with its unit: `1.76 uJ`.
pub(super) fn with_unit(value: f64, unit: &str) -> String {
    let (unit, size) = prefix(value, unit);
    format!("{} {unit}", short(value / size))
}

/// A number in a few digits, without trailing zeros.
pub(super) fn short(value: f64) -> String {
    if value == 0.0 {
        return "0".to_owned();
    }
    let digits = (2 - value.abs().log10().floor() as i32).clamp(0, 6) as usize;
    let text = format!("{value:.digits$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_ticks_are_round() {
        assert_eq!(with_unit(1.762e-6, "J"), "1.76 \u{b5}J");
        assert_eq!([0.0, 1.5, 12_345.0, 0.001_25, 99.95].map(short), ["0", "1.5", "12345", "0.00125", "100"]);
        assert_eq!(Scale { low: 0.0, high: 10.0 }.ticks(5.0), [0.0, 2.0, 4.0, 6.0, 8.0, 10.0]);
        assert!(Scale { low: 1.0, high: 1.0 }.ticks(5.0).is_empty());
        assert!(Scale { low: 0.0, high: f64::INFINITY }.ticks(5.0).is_empty());
    }
}
