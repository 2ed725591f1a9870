//! The one way in which Caudate reports that an input is wrong.
//!
//! A diagnostic answers four questions: which rule was broken (a stable `code`), what happened (a message that names the
//! culprit, its number and the limit), where (a [`Place`], with the source line and a caret if the input is text), and what to
//! do about it (`help`). Library code returns diagnostics; only a front door prints them.
//!
//! ```text
//! error[E-RULE-POWER]: `**` is not an operator of rule text
//!   --> rule 'stdp', dw:1:3
//!    |
//!  1 | x1**y0
//!    |   ^^
//!    = help: to multiply, write one `*`: `x1*y0`
//! ```

use std::fmt;
use std::ops::Range;

/// One thing wrong with an input, told so that its author can mend it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// Stable code such as `E-RULE-SYMBOL`; one per kind of error, never reused.
    pub code: &'static str,
    /// What is wrong: the culprit, the number, the limit. One sentence, no final full stop.
    pub message: String,
    /// Where it is wrong, if that can be said.
    pub place: Option<Place>,
    /// The way out.
    pub help: Option<String>,
}

/// Where in the input a diagnostic points.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// A file path, a key path (`projection[2].weight`) or a part of a rule (`rule 'stdp', dw`).
    pub origin: String,
    /// The text around the culprit; `None` if the input is not text.
    pub excerpt: Option<Box<Excerpt>>,
}

/// A stretch of a source text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excerpt {
    /// The whole source; the line to show is found from `span`.
    pub text: String,
    /// Byte range of the culprit in `text`. An empty range points between two characters; a range that lies outside the text
    /// or splits a character is moved to the nearest legal one when shown.
    pub span: Range<usize>,
}

impl Diagnostic {
    /// A diagnostic without place or help.
    pub fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), place: None, help: None }
    }

    /// The same diagnostic, pointing at `place`.
    #[must_use]
    pub fn at(mut self, place: Place) -> Self {
        self.place = Some(place);
        self
    }

    /// The same diagnostic with a way out.
    #[must_use]
    pub fn help(mut self, text: impl Into<String>) -> Self {
        self.help = Some(text.into());
        self
    }
}

impl Place {
    /// A place that has a name but no text, such as a key path.
    pub fn named(origin: impl Into<String>) -> Self {
        Self { origin: origin.into(), excerpt: None }
    }

    /// A byte range of a source text.
    pub fn in_text(origin: impl Into<String>, text: impl Into<String>, span: Range<usize>) -> Self {
        Self { origin: origin.into(), excerpt: Some(Box::new(Excerpt { text: text.into(), span })) }
    }
}

impl std::error::Error for Diagnostic {}

impl fmt::Display for Diagnostic {
    /// Several lines, without a final line break.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "error[{}]: {}", self.code, self.message)?;
        // The gutter is as wide as the line number, so that bars and arrows align.
        let mut gutter = 1;
        if let Some(place) = &self.place {
            match place.excerpt.as_deref().map(Excerpt::locate) {
                None => write!(f, "\n  --> {}", place.origin)?,
                Some(line) => {
                    gutter = line.number.to_string().len();
                    write!(f, "\n {:gutter$}--> {}:{}:{}", "", place.origin, line.number, line.column)?;
                    write!(f, "\n {:gutter$} |", "")?;
                    write!(f, "\n {} | {}", line.number, line.shown)?;
                    write!(
                        f,
                        "\n {:gutter$} | {:indent$}{:^<carets$}",
                        "",
                        "",
                        "",
                        indent = line.column - 1,
                        carets = line.carets
                    )?;
                }
            }
        }
        match &self.help {
            Some(help) => write!(f, "\n {:gutter$} = help: {help}", ""),
            None => Ok(()),
        }
    }
}

/// The line of an excerpt, ready to print.
struct Line {
    /// 1-based.
    number: usize,
    /// 1-based, in characters.
    column: usize,
    /// Characters to underline, at least one, within the line.
    carets: usize,
    /// The line, tabs and other control characters as single blanks so that carets align.
    shown: String,
}

impl Excerpt {
    fn locate(&self) -> Line {
        let text = self.text.as_str();
        let start = boundary_at_or_before(text, self.span.start);
        let before = &text[..start];
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        let line_end = text[start..].find('\n').map_or(text.len(), |at| start + at);
        let end = boundary_at_or_before(text, self.span.end).clamp(start, line_end);
        let line = text[line_start..line_end].trim_end_matches('\r');
        Line {
            number: before.matches('\n').count() + 1,
            column: text[line_start..start].chars().count() + 1,
            carets: text[start..end].chars().count().max(1),
            shown: line.chars().map(|c| if c.is_control() { ' ' } else { c }).collect(),
        }
    }
}

fn boundary_at_or_before(text: &str, at: usize) -> usize {
    let at = at.min(text.len());
    (0..=at).rev().find(|&i| text.is_char_boundary(i)).unwrap_or(0)
}

/// The candidate that `name` was probably meant to be, for "did you mean": at most a third of its characters wrong (but one
/// always may be), and not all of them. Letter case is forgiven; among equals the first candidate wins.
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wanted: Vec<char> = name.to_lowercase().chars().collect();
    let tolerance = (wanted.len() / 3).max(1);
    candidates
        .into_iter()
        .map(|candidate| (edit_distance(&wanted, candidate), candidate))
        .filter(|&(distance, _)| distance <= tolerance && distance < wanted.len())
        .min_by_key(|&(distance, _)| distance)
        .map(|(_, candidate)| candidate)
}

/// Levenshtein distance with swaps of neighbours (the commonest typing slip), ignoring case.
fn edit_distance(wanted: &[char], candidate: &str) -> usize {
    let other: Vec<char> = candidate.to_lowercase().chars().collect();
    let mut two_above: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=other.len()).collect();
    for (i, &a) in wanted.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, &b) in other.iter().enumerate() {
            let replaced = above[j] + usize::from(a != b);
            let mut best = replaced.min(above[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && a == other[j - 1] && wanted[i - 1] == b {
                best = best.min(two_above[j - 1] + 1);
            }
            row.push(best);
        }
        two_above = std::mem::replace(&mut above, row);
    }
    above[other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn text_is_shown_with_line_column_and_caret() {
        let place = Place::in_text("rule 'stdp', dw", "2^-2*x1\n  + z0*y1", 12..14);
        let shown =
            Diagnostic::new("E-RULE-SYMBOL", "unknown symbol `z0`").at(place).help("did you mean `x0`?").to_string();
        let expected = "\
error[E-RULE-SYMBOL]: unknown symbol `z0`
  --> rule 'stdp', dw:2:5
   |
 2 |   + z0*y1
   |     ^^
   = help: did you mean `x0`?";
        assert_eq!(shown, expected);
    }

    #[test]
    fn the_gutter_grows_with_the_line_number() {
        let text = "\n".repeat(9) + "bad";
        let shown = Diagnostic::new("E-X", "m").at(Place::in_text("f", text, 9..12)).to_string();
        assert_eq!(shown, "error[E-X]: m\n   --> f:10:1\n    |\n 10 | bad\n    | ^^^");
    }

    #[test]
    fn a_place_without_text_is_one_line() {
        let shown = Diagnostic::new("E-X", "m").at(Place::named("projection[2].weight")).help("h").to_string();
        assert_eq!(shown, "error[E-X]: m\n  --> projection[2].weight\n   = help: h");
        assert_eq!(Diagnostic::new("E-X", "m").to_string(), "error[E-X]: m");
    }

    #[test]
    fn nearest_forgives_case_swaps_and_one_slip() {
        let symbols = ["x0", "x1", "y0", "y1", "w"];
        assert_eq!(nearest("z0", symbols), Some("x0"));
        assert_eq!(nearest("Y1", symbols), Some("y1"));
        assert_eq!(nearest("q", symbols), None);
        assert_eq!(nearest("", symbols), None);
        assert_eq!(nearest("wieght", ["delay", "weight"]), Some("weight"));
        assert_eq!(nearest("dopamine", ["weight", "delay"]), None);
    }

    proptest! {
        #[test]
        fn showing_never_panics(text in "\\PC{0,12}\n?\\PC{0,12}", start in 0usize..40, end in 0usize..40) {
            let place = Place::in_text("f", text, start..end);
            prop_assert!(Diagnostic::new("E-X", "m").at(place).to_string().contains('^'));
        }
    }
}
