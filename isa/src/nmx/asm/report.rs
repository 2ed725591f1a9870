//! Collects the diagnostics of one text.

use super::MAX_DIAGNOSTICS;
use crate::diagnostic::{Diagnostic, Place};
use std::ops::Range;

/// One text and what is wrong with it so far.
#[derive(Debug)]
pub(super) struct Report<'a> {
    origin: &'a str,
    text: &'a str,
    found: Vec<(Range<usize>, Diagnostic)>,
}

impl<'a> Report<'a> {
    pub(super) fn new(origin: &'a str, text: &'a str) -> Self {
        Self { origin, text, found: Vec::new() }
    }

    pub(super) fn error(
        &mut self,
        code: &'static str,
        span: Range<usize>,
        message: impl Into<String>,
        help: Option<String>,
    ) {
        let mut diagnostic = Diagnostic::new(code, message);
        diagnostic.help = help;
        self.found.push((span, diagnostic));
    }

    /// For a text too long to be quoted.
    pub(super) fn refuse_length(&mut self, limit: usize) {
        let message = format!("the text is {} bytes long, the limit is {limit}", self.text.len());
        self.text = "";
        self.error("N0314", 0..0, message, Some("a program has at most 256 instructions".into()));
    }

    /// The diagnostics in the order of the text.
    pub(super) fn finish(mut self) -> Vec<Diagnostic> {
        self.found.sort_by_key(|(span, _)| span.start);
        let more = self.found.len().saturating_sub(MAX_DIAGNOSTICS);
        self.found.truncate(MAX_DIAGNOSTICS);
        let (origin, text) = (self.origin, self.text);
        let mut diagnostics: Vec<Diagnostic> = self
            .found
            .into_iter()
            .map(|(span, diagnostic)| match text {
                "" => diagnostic.at(Place::named(origin)),
                _ => diagnostic.at(Place::in_text(origin, text, span)),
            })
            .collect();
        if more > 0 {
            let rest = Diagnostic::new("N0314", format!("{more} more errors are not listed"));
            diagnostics.push(rest.at(Place::named(origin)).help("mend these first"));
        }
        diagnostics
    }
}
