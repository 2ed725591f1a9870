//! Where in a text the parts of its program stand.

use crate::diagnostic::Place;
use std::ops::Range;

/// Byte ranges of an instruction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WordSpans {
    /// All of it, without a comment.
    pub whole: Range<usize>,
    /// Its predicate, if it has one.
    pub predicate: Option<Range<usize>>,
    /// Its operands in the order of [`Opcode::operands`](crate::nmx::Opcode::operands); the mnemonic for an operand left out.
    pub operands: Vec<Range<usize>>,
}

/// Byte ranges of declarations, in the order of their numbers.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct DeclarationSpans {
    pub(super) states: Vec<Range<usize>>,
    pub(super) parameters: Vec<Range<usize>>,
    pub(super) requirements: Vec<Range<usize>>,
    pub(super) budget: Option<Range<usize>>,
}

/// A text with the places of what was read from it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceMap {
    origin: String,
    text: String,
    words: Vec<WordSpans>,
    declarations: DeclarationSpans,
}

impl SourceMap {
    pub(super) fn new(origin: &str, text: &str, declarations: DeclarationSpans) -> Self {
        Self { origin: origin.into(), text: text.into(), words: Vec::new(), declarations }
    }

    /// The map of a program that has no text.
    pub(in crate::nmx) fn without_text(origin: &str) -> Self {
        Self::new(origin, "", DeclarationSpans::default())
    }

    pub(super) fn push_word(&mut self, spans: WordSpans) {
        self.words.push(spans);
    }

    /// What diagnostics call the text.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The place of a byte range.
    #[must_use]
    pub fn place(&self, span: Range<usize>) -> Place {
        Place::in_text(&self.origin, &self.text, span)
    }

    /// The spans of the word of this index.
    #[must_use]
    pub fn word(&self, at: usize) -> Option<&WordSpans> {
        self.words.get(at)
    }

    /// All of the word of this index.
    #[must_use]
    pub fn whole(&self, at: usize) -> Range<usize> {
        self.words.get(at).map_or(0..0, |spans| spans.whole.clone())
    }

    /// An operand of the word of this index; all of the word if there is no such operand.
    #[must_use]
    pub fn operand(&self, at: usize, operand: usize) -> Range<usize> {
        let span = self.words.get(at).and_then(|spans| spans.operands.get(operand));
        span.cloned().unwrap_or_else(|| self.whole(at))
    }

    /// The predicate of the word of this index; all of the word if it has none.
    #[must_use]
    pub fn predicate(&self, at: usize) -> Range<usize> {
        let span = self.words.get(at).and_then(|spans| spans.predicate.clone());
        span.unwrap_or_else(|| self.whole(at))
    }

    /// The declaration of the state word of this index.
    #[must_use]
    pub fn state(&self, index: usize) -> Range<usize> {
        self.declarations.states.get(index).cloned().unwrap_or(0..0)
    }

    /// The declaration of the parameter of this index.
    #[must_use]
    pub fn parameter(&self, index: usize) -> Range<usize> {
        self.declarations.parameters.get(index).cloned().unwrap_or(0..0)
    }

    /// The requirement of this index.
    #[must_use]
    pub fn requirement(&self, index: usize) -> Range<usize> {
        self.declarations.requirements.get(index).cloned().unwrap_or(0..0)
    }

    /// The budget.
    #[must_use]
    pub fn budget(&self) -> Range<usize> {
        self.declarations.budget.clone().unwrap_or(0..0)
    }

    /// The line, counted from 1, on which the word of this index stands.
    #[must_use]
    pub fn line_number(&self, at: usize) -> usize {
        let start = self.whole(at).start;
        1 + self.text.bytes().take(start).filter(|&byte| byte == b'\n').count()
    }

    /// The text of the word of this index, blanks reduced to one.
    #[must_use]
    pub fn word_text(&self, at: usize) -> String {
        let text = self.text.get(self.whole(at)).unwrap_or_default();
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }
}
