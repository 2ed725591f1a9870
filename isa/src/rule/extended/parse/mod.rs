//! From tokens to the tree: structure only; names are looked up afterwards.
//!
//! A mistake ends the statement or declaration that holds it, and reading goes on behind it, so that one run shows every mistake.

mod bare;
mod declaration;
mod expectation;
mod expression;
mod statement;

use super::super::report::Report;
use super::ast::{Rule, Span, Statement};
use super::lex::{Token, TokenKind};

/// Deepest nesting of parentheses and braces.
const MAX_DEPTH: usize = 16;
/// Most numbers, names and operators in one statement.
const MAX_PARTS: usize = 256;

/// A mistake that has been reported.
pub(super) struct Reported;

/// What a part of the text is, unless it is wrong.
type Parsed<T> = Result<T, Reported>;

/// Reads a whole rule. Only meaningful if `report` stays empty.
pub(super) fn rule(tokens: &[Token], rule: &mut Rule, report: &mut Report<'_>) {
    let mut parser = Parser { tokens, at: 0, depth: 0, parts: 0, report };
    if parser.peek().is_some() && !parser.is_word("rule") {
        parser.bare(rule);
        return;
    }
    if parser.header(rule).is_err() {
        return;
    }
    rule.statements = parser.block(Some(rule), true);
    if parser.peek().is_some() {
        let span = parser.here();
        let help = "a file holds one rule, between one pair of braces";
        parser.report.error("E-RULE-SYNTAX", span, "the rule ends before this", Some(help));
    }
}

struct Parser<'p, 'r> {
    tokens: &'p [Token],
    at: usize,
    depth: usize,
    parts: usize,
    report: &'p mut Report<'r>,
}

impl<'r> Parser<'_, 'r> {
    fn token(&self) -> Option<&Token> {
        self.tokens.get(self.at)
    }

    fn peek(&self) -> Option<TokenKind> {
        self.token().map(|token| token.kind)
    }

    /// Where the next token stands; the end of the text is an empty span.
    fn here(&self) -> Span {
        self.token().map_or_else(|| self.report.end(), |token| token.span.clone())
    }

    /// End of the last token read.
    fn end(&self) -> usize {
        self.at.checked_sub(1).and_then(|at| self.tokens.get(at)).map_or(0, |token| token.span.end)
    }

    /// The text of the next token; empty at the end of the text.
    fn text(&self) -> &'r str {
        self.report.slice(&self.here())
    }

    fn is_sign(&self, text: &str) -> bool {
        self.peek() == Some(TokenKind::Sign) && self.text() == text
    }

    fn is_word(&self, text: &str) -> bool {
        self.peek() == Some(TokenKind::Word) && self.text() == text
    }

    fn take_sign(&mut self, text: &str) -> bool {
        let taken = self.is_sign(text);
        self.at += usize::from(taken);
        taken
    }

    fn take_word(&mut self, text: &str) -> bool {
        let taken = self.is_word(text);
        self.at += usize::from(taken);
        taken
    }

    fn fail(&mut self, code: &'static str, span: Span, message: impl Into<String>, help: &str) -> Reported {
        self.report.error(code, span, message, Some(help));
        Reported
    }

    /// Reports that the next token is not `what`.
    fn expected(&mut self, what: &str, help: &str) -> Reported {
        let span = self.here();
        match (self.peek(), self.text()) {
            (Some(TokenKind::Invalid), _) => Reported,
            (None, _) => self.fail("E-RULE-SYNTAX", span, format!("the text ends where {what} is expected"), help),
            (_, found) => self.fail("E-RULE-SYNTAX", span, format!("`{found}` where {what} is expected"), help),
        }
    }

    fn sign(&mut self, text: &str, help: &str) -> Parsed<()> {
        if self.take_sign(text) { Ok(()) } else { Err(self.expected(&format!("`{text}`"), help)) }
    }

    fn word(&mut self, what: &str, help: &str) -> Parsed<(String, Span)> {
        if self.peek() != Some(TokenKind::Word) {
            return Err(self.expected(what, help));
        }
        let (text, span) = (self.text().to_owned(), self.here());
        self.at += 1;
        Ok((text, span))
    }

    /// An integer with an optional sign, of 32 bits.
    fn integer(&mut self, help: &str) -> Parsed<i32> {
        let start = self.here().start;
        let is_negative = self.take_sign("-");
        let Some(TokenKind::Number(value, true)) = self.peek() else {
            return Err(self.expected("an integer", help));
        };
        self.at += 1;
        let value = if is_negative { -value } else { value };
        if value < f64::from(i32::MIN) || value > f64::from(i32::MAX) {
            let span = start..self.end();
            return Err(self.fail("E-RULE-NUMBER", span, "the number is beyond 32 bits", help));
        }
        // Exact: an integer within the range.
        Ok(value as i32)
    }

    /// `low..high`, both included.
    fn bounds(&mut self) -> Parsed<(i32, i32)> {
        const HELP: &str = "write both bounds, as in `0..255`; they are included";
        let start = self.here().start;
        let low = self.integer(HELP)?;
        if !self.take_sign("..") && !self.take_sign("..=") {
            return Err(self.expected("`..`", HELP));
        }
        let high = self.integer(HELP)?;
        if low > high {
            let span = start..self.end();
            return Err(self.fail(
                "E-RULE-BOUNDS",
                span,
                format!("{low}..{high} holds no value"),
                "the smaller bound comes first",
            ));
        }
        Ok((low, high))
    }

    fn header(&mut self, rule: &mut Rule) -> Parsed<()> {
        const HELP: &str = "a rule begins with `rule \"name\" dialect=extended {`";
        if !self.take_word("rule") {
            return Err(self.expected("`rule`", HELP));
        }
        if self.peek() != Some(TokenKind::Quoted) {
            return Err(self.expected("the name of the rule", HELP));
        }
        rule.name = self.text().trim_matches('"').to_owned();
        self.at += 1;
        if self.take_word("dialect") {
            self.sign("=", HELP)?;
            let (dialect, span) = self.word("a dialect", HELP)?;
            if dialect != "extended" {
                let message = format!("`{dialect}` is not the dialect of this text");
                return Err(self.fail(
                    "E-RULE-DIALECT",
                    span,
                    message,
                    "the dialects of files are lava, b2l and extended",
                ));
            }
        }
        self.sign("{", HELP)
    }

    /// Statements, and declarations where `rule` takes them, up to the closing brace, or to the end of a text that `is_framed` by none.
    fn block(&mut self, mut rule: Option<&mut Rule>, is_framed: bool) -> Vec<Statement> {
        let open = self.at.saturating_sub(1);
        let mut statements = Vec::new();
        loop {
            if (is_framed && self.take_sign("}")) || (!is_framed && matches!(self.text(), "" | "}")) {
                return statements;
            }
            if self.peek().is_none() {
                let span = self.tokens.get(open).map_or(0..0, |token| token.span.clone());
                self.report.error("E-RULE-SYNTAX", span, "`{` is never closed", Some("add the missing `}`"));
                return statements;
            }
            let start = self.at;
            self.parts = 0;
            let parsed = match (self.text(), rule.as_deref_mut()) {
                (word @ ("state" | "param" | "trace" | "expect"), Some(rule))
                    if self.peek() == Some(TokenKind::Word) =>
                {
                    self.at += 1;
                    self.declaration(word, rule)
                }
                (word @ ("state" | "param" | "trace" | "expect"), None) if self.peek() == Some(TokenKind::Word) => {
                    let (span, message) = (self.here(), format!("`{word}` within `if`"));
                    Err(self.fail("E-RULE-SYNTAX", span, message, "declare it before the statements of the rule"))
                }
                _ => self.statement().map(|statement| statements.push(statement)),
            };
            if parsed.is_err() {
                self.recover(start);
            }
        }
    }

    /// Skips the rest of what went wrong: to the next line, or to the closing brace.
    fn recover(&mut self, start: usize) {
        self.at = self.at.max(start + 1);
        let mut open = 0_usize;
        while let Some(token) = self.token() {
            match self.text() {
                "{" => open += 1,
                "}" if open == 0 => return,
                "}" => open -= 1,
                _ if open == 0 && token.is_first_in_line && token.kind == TokenKind::Word => return,
                _ => {}
            }
            self.at += 1;
        }
    }

    fn nested<T>(&mut self, parse: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        if self.depth == MAX_DEPTH {
            let span = self.here();
            let message = format!("nested deeper than {MAX_DEPTH}");
            return Err(self.fail("E-RULE-LENGTH", span, message, "split the statement"));
        }
        self.depth += 1;
        let parsed = parse(self);
        self.depth -= 1;
        parsed
    }
}
