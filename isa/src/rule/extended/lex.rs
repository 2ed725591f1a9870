//! From characters to tokens.

use super::super::report::Report;
use super::ast::Span;

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum TokenKind {
    /// A finite number without sign, and whether it was written as an integer.
    Number(f64, bool),
    /// Letters, digits and `_`.
    Word,
    /// A text between quotation marks, which are in the span.
    Quoted,
    /// An operator, brace or other sign: its text is the span.
    Sign,
    /// Already reported.
    Invalid,
}

/// A token.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Token {
    /// What it is.
    pub(super) kind: TokenKind,
    /// Where it stands.
    pub(super) span: Span,
    /// Whether nothing but blanks stands before it in its line.
    pub(super) is_first_in_line: bool,
}

/// Signs, each before its own beginnings.
const SIGNS: [&str; 22] = [
    "..=", "..", "==", "!=", "<=", ">=", "**", "<", ">", "=", "+", "-", "*", "/", "^", "(", ")", "{", "}", ",", ":",
    "@",
];

/// The tokens of `source`; a comment runs from `;` or `#` to the end of its line.
pub(super) fn tokens(source: &str, report: &mut Report<'_>) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut is_first_in_line = true;
    let mut at = 0;
    while let Some(first) = source[at..].chars().next() {
        let rest = &source[at..];
        let (kind, length) = match first {
            '\n' => {
                is_first_in_line = true;
                (None, 1)
            }
            c if c.is_whitespace() => (None, c.len_utf8()),
            ';' | '#' => (None, prefix(rest, |c| c != '\n')),
            '"' => quoted(rest, at, report),
            c if c.is_ascii_alphabetic() || c == '_' => (Some(TokenKind::Word), prefix(rest, is_word)),
            c if c.is_ascii_digit() || c == '.' && rest[1..].starts_with(|c: char| c.is_ascii_digit()) => {
                let length = number_length(rest);
                (Some(number(&rest[..length], at, report)), length)
            }
            _ => match SIGNS.iter().find(|sign| rest.starts_with(**sign)) {
                Some(sign) => (Some(TokenKind::Sign), sign.len()),
                None => (Some(TokenKind::Invalid), foreign(first, at, report)),
            },
        };
        if let Some(kind) = kind {
            tokens.push(Token { kind, span: at..at + length, is_first_in_line });
            is_first_in_line = false;
        }
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

fn quoted(rest: &str, at: usize, report: &mut Report<'_>) -> (Option<TokenKind>, usize) {
    let length = 1 + prefix(&rest[1..], |c| c != '"' && c != '\n');
    if rest[length..].starts_with('"') {
        return (Some(TokenKind::Quoted), length + 1);
    }
    report.error("E-RULE-SYNTAX", at..at + length, "the name is never closed", Some("add the missing `\"`"));
    (Some(TokenKind::Invalid), length)
}

/// Digits, one point that is not the first of two, digits, and a power of ten if one follows in full.
fn number_length(text: &str) -> usize {
    let digits = |from: usize| prefix(&text[from..], |c| c.is_ascii_digit());
    let mut length = digits(0);
    if text[length..].starts_with('.') && !text[length..].starts_with("..") {
        length += 1;
        length += digits(length);
    }
    let Some(power) = text[length..].strip_prefix(['e', 'E']) else { return length };
    let sign = usize::from(power.starts_with(['+', '-']));
    match digits(length + 1 + sign) {
        0 => length,
        power => length + 1 + sign + power,
    }
}

fn number(text: &str, at: usize, report: &mut Report<'_>) -> TokenKind {
    let is_integer = text.bytes().all(|byte| byte.is_ascii_digit());
    match text.parse::<f64>() {
        Ok(value) if value < f64::from(u32::MAX) => TokenKind::Number(value, is_integer),
        _ => {
            let message = format!("the number {text} is beyond 32 bits");
            report.error("E-RULE-NUMBER", at..at + text.len(), message, Some("rules compute with 32-bit integers"));
            TokenKind::Invalid
        }
    }
}

/// Reports a character that rule text does not use; returns its length in bytes.
fn foreign(first: char, at: usize, report: &mut Report<'_>) -> usize {
    let help = match first {
        '\u{2212}' | '\u{2013}' | '\u{2014}' => "write the minus sign as `-`",
        '\u{b7}' | '\u{d7}' | '\u{22c5}' => "write multiplication as `*`",
        '!' => "write `!=` for `is not`",
        '&' | '|' => "join comparisons with `and` or `or`",
        '[' | ']' => "write bounds as `0..255`",
        _ => "rule text is made of names, numbers and + - * ^ ( ) { } = < > , : @; a comment begins with `;` or `#`",
    };
    let message = format!("rule text does not use `{}`", first.escape_debug());
    report.error("E-RULE-CHARACTER", at..at + first.len_utf8(), message, Some(help));
    first.len_utf8()
}
