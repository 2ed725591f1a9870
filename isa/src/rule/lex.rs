//! From characters to tokens.

use std::ops::Range;

use super::report::Report;

/// Largest integer literal; every one below is exact in an `f64`.
const MAX_INTEGER: i64 = 1 << 53;

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum TokenKind {
    Integer(i64),
    Decimal(f64),
    /// A symbol, known or not: its text is the span.
    Word,
    Plus,
    Minus,
    Star,
    StarStar,
    Slash,
    Caret,
    Open,
    Close,
    /// Already reported; stands for an operand so that nothing else is reported because of it.
    Invalid,
}

impl TokenKind {
    pub(super) fn starts_operand(self) -> bool {
        matches!(self, Self::Integer(_) | Self::Decimal(_) | Self::Word | Self::Open | Self::Invalid)
    }
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Token {
    pub(super) kind: TokenKind,
    pub(super) span: Range<usize>,
}

/// The tokens of `source`, every character of it in one token but for blanks.
pub(super) fn tokens(source: &str, report: &mut Report<'_>) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(first) = source[at..].chars().next() {
        let rest = &source[at..];
        let (kind, length) = match first {
            c if c.is_ascii_whitespace() => (None, 1),
            '+' => (Some(TokenKind::Plus), 1),
            '-' => (Some(TokenKind::Minus), 1),
            '*' if rest.starts_with("**") => (Some(TokenKind::StarStar), 2),
            '*' => (Some(TokenKind::Star), 1),
            '/' => (Some(TokenKind::Slash), 1),
            '^' => (Some(TokenKind::Caret), 1),
            '(' => (Some(TokenKind::Open), 1),
            ')' => (Some(TokenKind::Close), 1),
            c if c.is_ascii_alphabetic() || c == '_' => (Some(TokenKind::Word), prefix(rest, is_word)),
            c if c.is_ascii_digit() || c == '.' => {
                let length = number_length(rest);
                (Some(number(&rest[..length], at, report)), length)
            }
            _ => (Some(TokenKind::Invalid), foreign(rest, at, report)),
        };
        tokens.extend(kind.map(|kind| Token { kind, span: at..at + length }));
        at += length;
    }
    tokens
}

fn prefix(text: &str, belongs: impl Fn(char) -> bool) -> usize {
    text.find(|c| !belongs(c)).unwrap_or(text.len())
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

/// Digits and points, and a power of ten if one follows in full (`1e-3`).
fn number_length(text: &str) -> usize {
    let digits = prefix(text, |c| c.is_ascii_digit() || c == '.');
    let Some(power) = text[digits..].strip_prefix(['e', 'E']) else {
        return digits;
    };
    let sign = usize::from(power.starts_with(['+', '-']));
    match prefix(&power[sign..], |c| c.is_ascii_digit()) {
        0 => digits,
        length => digits + 1 + sign + length,
    }
}

fn number(text: &str, at: usize, report: &mut Report<'_>) -> TokenKind {
    let span = at..at + text.len();
    let is_integer = text.bytes().all(|b| b.is_ascii_digit());
    let value = if is_integer {
        text.parse().ok().filter(|&value| value <= MAX_INTEGER).map(TokenKind::Integer)
    } else {
        match text.parse::<f64>() {
            Ok(0.0) if has_significant_digit(text) => Some(TokenKind::Decimal(f64::MIN_POSITIVE)),
            Ok(value) => value.is_finite().then_some(TokenKind::Decimal(value)),
            Err(_) => {
                report.error(
                    "E-RULE-NUMBER",
                    span,
                    format!("`{text}` is not a number"),
                    Some("write one decimal point, as in 0.25"),
                );
                return TokenKind::Invalid;
            }
        }
    };
    value.unwrap_or_else(|| {
        let help = "constants of a rule lie between 2^-7 and 7*2^8";
        report.error("E-RULE-NUMBER", span, "the number is beyond every range of a rule", Some(help));
        TokenKind::Invalid
    })
}

/// Whether a decimal that reads as zero is only too small for an `f64`.
fn has_significant_digit(text: &str) -> bool {
    let power = text.find(['e', 'E']).unwrap_or(text.len());
    text[..power].bytes().any(|b| (b'1'..=b'9').contains(&b))
}

/// Reports a run of characters that rule text does not use; returns its length in bytes.
fn foreign(rest: &str, at: usize, report: &mut Report<'_>) -> usize {
    let known = |c: char| c.is_ascii_whitespace() || is_word(c) || "+-*/^().".contains(c);
    let length = prefix(rest, |c| !known(c));
    let run = &rest[..length];
    let help = match run.chars().next() {
        Some('\u{2212}' | '\u{2013}' | '\u{2014}') => "write the minus sign as `-`",
        Some('\u{b7}' | '\u{d7}' | '\u{22c5}') => "write multiplication as `*`",
        Some('=') => "give the right-hand side only: the target is named by dw, dd or dt",
        _ => "rule text is made of symbols, numbers and + - * ^ ( )",
    };
    let what = if run.is_ascii() { "is not used in rule text" } else { "is not ASCII" };
    report.error("E-RULE-CHARACTER", at..at + length, format!("`{}` {what}", run.escape_debug()), Some(help));
    length
}
