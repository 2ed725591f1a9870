//! Text to lines of tokens.

use super::report::Report;
use std::ops::Range;

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TokenKind {
    /// Letters, digits and `_`, not beginning with a digit.
    Word,
    /// An optional `-`, then a digit and whatever letters, digits and `_` follow.
    Number,
    /// `,`
    Comma,
    /// `.`
    Dot,
    /// `@`
    At,
    /// `!`
    Bang,
    /// `==`, `<=` and so on, or what looks like them.
    Comparison,
}

/// A token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Token<'a> {
    /// What it is.
    pub(super) kind: TokenKind,
    /// Its text.
    pub(super) text: &'a str,
    /// Byte at which it starts.
    pub(super) start: usize,
}

impl Token<'_> {
    /// Bytes that it takes.
    pub(super) fn span(&self) -> Range<usize> {
        self.start..self.start + self.text.len()
    }
}

/// The tokens of a line, at least one, without its comment.
#[derive(Debug, Clone)]
pub(super) struct Line<'a> {
    /// The tokens.
    pub(super) tokens: Vec<Token<'a>>,
}

impl Line<'_> {
    /// From the first token to the last.
    pub(super) fn span(&self) -> Range<usize> {
        let start = self.tokens.first().map_or(0, |token| token.start);
        start..self.tokens.last().map_or(start, |token| token.span().end)
    }

    /// The empty range behind the last token.
    pub(super) fn end(&self) -> Range<usize> {
        let end = self.span().end;
        end..end
    }
}

/// All lines that hold anything. A line with an illegal character is reported and left out, so that it is not misread.
pub(super) fn lines<'a>(text: &'a str, report: &mut Report<'_>) -> Vec<Line<'a>> {
    let mut lines = Vec::new();
    let mut start = 0;
    for raw in text.split_inclusive('\n') {
        let code = raw.find(';').map_or(raw, |comment| &raw[..comment]);
        if let Some(tokens) = tokens(code, start, report)
            && !tokens.is_empty()
        {
            lines.push(Line { tokens });
        }
        start += raw.len();
    }
    lines
}

fn tokens<'a>(code: &'a str, line_start: usize, report: &mut Report<'_>) -> Option<Vec<Token<'a>>> {
    let mut tokens = Vec::new();
    let mut is_sound = true;
    let mut at = 0;
    while let Some(first) = code[at..].chars().next() {
        let rest = &code[at..];
        if first.is_whitespace() {
            at += first.len_utf8();
            continue;
        }
        let signed_digit = rest.strip_prefix('-').unwrap_or(rest).starts_with(|c: char| c.is_ascii_digit());
        let (kind, length) = match first {
            _ if signed_digit => (TokenKind::Number, 1 + run(&rest[1..], is_word)),
            '<' | '>' | '=' => (TokenKind::Comparison, run(rest, |c| matches!(c, '<' | '>' | '='))),
            '!' if rest.starts_with("!=") => (TokenKind::Comparison, 2),
            ',' => (TokenKind::Comma, 1),
            '.' => (TokenKind::Dot, 1),
            '@' => (TokenKind::At, 1),
            '!' => (TokenKind::Bang, 1),
            _ if is_word(first) => (TokenKind::Word, run(rest, is_word)),
            _ => {
                let length = first.len_utf8();
                report.error(
                    "N0301",
                    line_start + at..line_start + at + length,
                    format!("program text does not use `{}`", first.escape_debug()),
                    Some(way_out(first).into()),
                );
                is_sound = false;
                at += length;
                continue;
            }
        };
        tokens.push(Token { kind, text: &rest[..length], start: line_start + at });
        at += length;
    }
    is_sound.then_some(tokens)
}

fn run(text: &str, accept: impl Fn(char) -> bool) -> usize {
    text.find(|c| !accept(c)).unwrap_or(text.len())
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

fn way_out(c: char) -> &'static str {
    match c {
        '#' | '/' => "a comment begins with `;`",
        ':' => "there are no labels, for nothing jumps: use predicates",
        '[' | ']' => "nothing is addressed: declare `.state` and use its name",
        '+' | '-' | '*' => "one instruction per operation, as in `add d, a, b`",
        _ => "names are ASCII letters, digits and `_`; a comment begins with `;`",
    }
}
