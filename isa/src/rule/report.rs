//! Collects the diagnostics of one source text.

use std::ops::Range;

use crate::diagnostic::{Diagnostic, Place};

/// One source text and everything found wrong with it so far.
pub(super) struct Report<'a> {
    origin: String,
    source: &'a str,
    found: Vec<(usize, Diagnostic)>,
}

impl<'a> Report<'a> {
    pub(super) fn new(origin: String, source: &'a str) -> Self {
        Self { origin, source, found: Vec::new() }
    }

    pub(super) fn origin(&self) -> &str {
        &self.origin
    }

    pub(super) fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// The text of a span that came from this source.
    pub(super) fn slice(&self, span: &Range<usize>) -> &'a str {
        self.source.get(span.clone()).unwrap_or_default()
    }

    /// Where the next diagnostic of a text that ended too early points.
    pub(super) fn end(&self) -> Range<usize> {
        let end = self.source.trim_end().len();
        end..end
    }

    pub(super) fn error(
        &mut self,
        code: &'static str,
        span: Range<usize>,
        message: impl Into<String>,
        help: Option<&str>,
    ) {
        let start = span.start;
        let mut diagnostic = Diagnostic::new(code, message).at(Place::in_text(&self.origin, self.source, span));
        diagnostic.help = help.map(Into::into);
        self.found.push((start, diagnostic));
    }

    /// For a source too long to be shown.
    pub(super) fn error_without_excerpt(&mut self, code: &'static str, message: String, help: &str) {
        self.found.push((0, Diagnostic::new(code, message).at(Place::named(&self.origin)).help(help)));
    }

    /// All diagnostics in the order of the text.
    pub(super) fn finish(mut self) -> Vec<Diagnostic> {
        self.found.sort_by_key(|&(start, _)| start);
        self.found.into_iter().map(|(_, diagnostic)| diagnostic).collect()
    }
}
