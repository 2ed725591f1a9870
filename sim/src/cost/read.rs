//! What is wrong with the text of a cost profile, all of it at once: coefficients that are missing, unknown, negative or absurd.

use super::profile::{BUILT_IN, SCHEMA};
use caudate_core::chip::toml_diagnostic;
use caudate_isa::diagnostic::{Diagnostic, Place, nearest};
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// No event takes longer than a millisecond.
const MOST_PS: i64 = 1_000_000_000;
/// Packets of a queue at most: the model keeps a time for each.
const MOST_PACKETS: i64 = 1 << 12;
/// No event takes more than a millijoule.
const MOST_FJ: i64 = 1_000_000_000_000;

/// Everything that is wrong with a text, but for types of values.
pub(super) fn problems(text: &str, origin: &str) -> Vec<Diagnostic> {
    let root = match DeTable::parse(text) {
        Ok(root) => root,
        Err(error) => return vec![toml_diagnostic("E-COST-SCHEMA", origin, text, &error)],
    };
    let mut reader = Reader { text, origin, problems: Vec::new() };
    let schema = root.get_ref().get("schema").and_then(|value| whole(value.get_ref()).map(|n| (n, value.span())));
    if let Some((schema, span)) = schema.filter(|(schema, _)| *schema != i64::from(SCHEMA)) {
        let message = format!("cost schema {schema} is not supported; this build reads schema {SCHEMA}");
        reader.refuse("E-COST-RANGE", span, message, format!("write schema = {SCHEMA}"));
        return reader.problems;
    }
    if let Ok(complete) = DeTable::parse(BUILT_IN[0].1) {
        reader.compare(root.get_ref(), 0..0, complete.get_ref(), "");
    }
    reader.check_barrier(root.get_ref());
    reader.problems
}

struct Reader<'t> {
    text: &'t str,
    origin: &'t str,
    problems: Vec<Diagnostic>,
}

impl Reader<'_> {
    fn refuse(&mut self, code: &'static str, span: Range<usize>, message: String, help: impl Into<String>) {
        let place = Place::in_text(self.origin, self.text, span);
        self.problems.push(Diagnostic::new(code, message).at(place).help(help.into()));
    }

    /// Compares the keys of a table with those of a complete profile, and judges its numbers.
    fn compare(&mut self, table: &DeTable<'_>, at: Range<usize>, complete: &DeTable<'_>, path: &str) {
        for key in complete.keys().filter(|key| !table.contains_key(key.get_ref().as_ref())) {
            let message =
                format!("'{path}{}' is missing: every coefficient is to be said, also one that is zero", key.get_ref());
            let help = r#"add it with its provenance; 0 with "assumed: ..." is an answer too"#;
            self.refuse("E-COST-MISSING", at.clone(), message, help);
        }
        for (key, value) in table {
            let name = key.get_ref().as_ref();
            match complete.get(name) {
                None => {
                    let help = nearest(name, complete.keys().map(|key| key.get_ref().as_ref())).map_or_else(
                        || {
                            let known: Vec<&str> = complete.keys().map(|key| key.get_ref().as_ref()).collect();
                            format!("known: {}", known.join(", "))
                        },
                        |near| format!("did you mean `{near}`?"),
                    );
                    self.refuse("E-COST-UNKNOWN", key.span(), format!("a cost profile has no '{path}{name}'"), help);
                }
                Some(expected) => self.compare_value(value, expected, &format!("{path}{name}")),
            }
        }
    }

    fn compare_value(&mut self, value: &Spanned<DeValue<'_>>, expected: &Spanned<DeValue<'_>>, path: &str) {
        match (value.get_ref(), expected.get_ref()) {
            (DeValue::Table(own), DeValue::Table(complete)) => {
                self.compare(own, value.span(), complete, &format!("{path}."));
            }
            (DeValue::Array(all), DeValue::Array(complete)) => {
                for (index, own) in all.iter().enumerate() {
                    if let Some(first) = complete.first() {
                        self.compare_value(own, first, &format!("{path}[{index}]"));
                    }
                }
            }
            (number @ DeValue::Integer(_), DeValue::Integer(_)) => self.check_number(number, value.span(), path),
            _ => {}
        }
    }

    fn check_number(&mut self, value: &DeValue<'_>, span: Range<usize>, path: &str) {
        let (most, unit) = match path.rsplit('_').next() {
            Some("fj") => (MOST_FJ, "femtojoules"),
            Some("ps") => (MOST_PS, "picoseconds"),
            Some("microwatts") => (MOST_FJ, "microwatts"),
            Some("packets") => (MOST_PACKETS, "packets"),
            _ => (i64::from(u32::MAX), "of them"),
        };
        let least = i64::from(path.ends_with("buffer_packets"));
        match whole(value) {
            Some(number) if number < least => {
                let message = format!("'{path}' is {number}; it is at least {least}");
                let help = if least == 0 {
                    "nothing gives time or energy back; use 0 for what costs nothing"
                } else {
                    "use 16"
                };
                self.refuse("E-COST-RANGE", span, message, help);
            }
            Some(number) if number > most => {
                let message = format!("'{path}' is {number} {unit}; the limit is {most}");
                self.refuse(
                    "E-COST-RANGE",
                    span,
                    message,
                    "check the unit: energies are in fJ, times in ps, queues in packets",
                );
            }
            None => self.refuse(
                "E-COST-RANGE",
                span,
                format!("'{path}' does not fit a number of 64 bits; the limit is {most}"),
                "check the unit: energies are in fJ, times in ps",
            ),
            Some(_) => {}
        }
    }

    fn check_barrier(&mut self, root: &DeTable<'_>) {
        let Some(times) = root.get("barrier").and_then(|barrier| barrier.get_ref().get("times")) else { return };
        let Some(list) = times.get_ref().as_array() else { return };
        let tiles =
            |entry: &Spanned<DeValue<'_>>| entry.get_ref().get("tiles").and_then(|tiles| whole(tiles.get_ref()));
        let tiles: Vec<Option<i64>> = list.iter().map(tiles).collect();
        let ascending = tiles.windows(2).all(|pair| pair[0] < pair[1]);
        if tiles.is_empty() || !ascending {
            let message = "'barrier.times' must be a non-empty list with ascending numbers of tiles".to_owned();
            self.refuse("E-COST-RANGE", times.span(), message, "sort it by tiles, each number once");
        }
    }
}

fn whole(value: &DeValue<'_>) -> Option<i64> {
    let number = value.as_integer()?;
    i64::from_str_radix(number.as_str(), number.radix()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(text: &str) -> Vec<String> {
        problems(text, "c.toml").iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_profile_without_one_of_its_keys_is_refused_by_that_name() {
        for (_, text) in BUILT_IN {
            assert_eq!(codes(text), [""; 0]);
            for line in text.lines().filter(|line| line.contains(" = ") && !line.starts_with('#')) {
                let key = line.split(' ').next().unwrap();
                let said = codes(&text.replacen(&format!("{line}\n"), "", 1)).join("\n");
                assert!(said.contains("E-COST-MISSING") && said.contains(key), "without {line}: {said}");
            }
        }
    }

    #[test]
    fn negative_absurd_and_unknown_coefficients_are_all_told_with_their_names() {
        let text = BUILT_IN[0].1;
        let text = text
            .replacen("energy_fj = 52000", "energy_fj = -1", 1)
            .replacen("time_ps = 3500", "time_ps = 99999999999999999999999", 1)
            .replacen("[spike]", "[spyke]", 1)
            .replacen("buffer_packets = 16", "buffer_packets = 0", 1);
        let said = codes(&text).join("\n");
        for part in [
            "'neuron_access.energy_fj' is -1",
            "'synaptic_event.time_ps' does not fit",
            "no 'spyke'",
            "did you mean `spike`?",
            "'spike' is missing",
            "'link.buffer_packets' is 0",
        ] {
            assert!(said.contains(part), "{part}\n{said}");
        }
    }
}
