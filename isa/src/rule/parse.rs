//! From tokens to terms: structure only, no meaning.
//!
//! The parser never gives up at an error: it reports, marks the term unsound, and goes on, so that one run shows every mistake.
//! A term that is unsound is still searched for unknown symbols, but nothing is concluded from what it seems to lack.

use std::ops::Range;

use super::constant::Constant;
use super::lex::{Token, TokenKind};
use super::report::Report;

const MAX_DEPTH: usize = 16;

/// A summand: atoms multiplied with one another.
#[derive(Debug)]
pub(super) struct Term {
    /// An odd number of minus signs.
    pub(super) negative: bool,
    pub(super) atoms: Vec<Atom>,
    pub(super) span: Range<usize>,
    /// No mistake was found inside.
    pub(super) sound: bool,
}

#[derive(Debug)]
pub(super) struct Atom {
    pub(super) kind: AtomKind,
    pub(super) span: Range<usize>,
}

#[derive(Debug)]
pub(super) enum AtomKind {
    Constant(Constant),
    /// A symbol, known or not.
    Word,
    /// `( … )`
    Group(Vec<Term>),
    /// `word( … )`: a function, known or not. The range is that of the word.
    Call(Range<usize>, Vec<Term>),
}

/// The terms of a whole text.
pub(super) fn terms(tokens: &[Token], report: &mut Report<'_>) -> Vec<Term> {
    let mut parser = Parser { tokens, at: 0, depth: 0, abandoned: false, report };
    let mut terms = parser.sum();
    // A closing parenthesis too many ends a sum early; go on behind it.
    while let Some(stray) = parser.take(TokenKind::Close) {
        parser.report.error(
            "E-RULE-PARENTHESIS",
            stray,
            "`)` closes nothing",
            Some("remove it, or add the missing `(`"),
        );
        if let Some(last) = terms.last_mut() {
            last.sound = false;
        }
        parser.take(TokenKind::Star);
        if parser.peek().is_some_and(|kind| kind != TokenKind::Close) {
            terms.extend(parser.sum().into_iter().map(|term| Term { sound: false, ..term }));
        }
    }
    terms
}

struct Parser<'p, 'r> {
    tokens: &'p [Token],
    at: usize,
    depth: usize,
    /// Reading stopped early; what seems to be missing may well be there.
    abandoned: bool,
    report: &'p mut Report<'r>,
}

impl Parser<'_, '_> {
    fn peek(&self) -> Option<TokenKind> {
        self.tokens.get(self.at).map(|token| token.kind)
    }

    /// Consumes the next token, whatever it is; the end of the text is an empty span.
    fn advance(&mut self) -> Range<usize> {
        let span = self.tokens.get(self.at).map_or_else(|| self.report.end(), |token| token.span.clone());
        self.at += 1;
        span
    }

    fn take(&mut self, kind: TokenKind) -> Option<Range<usize>> {
        (self.peek() == Some(kind)).then(|| self.advance())
    }

    /// An optional sign: `Some(true)` for a minus.
    fn sign(&mut self) -> Option<bool> {
        if self.take(TokenKind::Minus).is_some() { Some(true) } else { self.take(TokenKind::Plus).map(|_| false) }
    }

    /// Terms up to a closing parenthesis or the end.
    fn sum(&mut self) -> Vec<Term> {
        let mut terms = Vec::new();
        loop {
            let negative = self.sign().unwrap_or(false);
            terms.push(self.term(negative));
            if !matches!(self.peek(), Some(TokenKind::Plus | TokenKind::Minus)) {
                return terms;
            }
        }
    }

    fn term(&mut self, negative: bool) -> Term {
        let start = self.tokens.get(self.at).map_or(self.report.end().start, |token| token.span.start);
        let mut term = Term { negative, atoms: Vec::new(), span: start..start, sound: true };
        loop {
            self.operand(&mut term);
            if !self.operator(&mut term) {
                let last = self.at.min(self.tokens.len()).saturating_sub(1);
                term.span.end = self.tokens.get(last).map_or(start, |token| token.span.end).max(start);
                return term;
            }
        }
    }

    /// Consumes what stands between two operands; false at the end of a term.
    fn operator(&mut self, term: &mut Term) -> bool {
        match self.peek() {
            Some(TokenKind::Star) => {
                self.advance();
                return true;
            }
            Some(TokenKind::StarStar) => self.power_by_stars(term),
            Some(TokenKind::Caret) => self.power_of_other_base(term),
            Some(TokenKind::Slash) => {
                let span = self.advance();
                let help = "multiply by a power of two: `x1*2^-3` divides by 8";
                self.report.error("E-RULE-DIVISION", span, "the learning engine does not divide", Some(help));
            }
            Some(kind) if kind.starts_operand() => {
                let span = self.tokens.get(self.at).map_or(self.report.end(), |token| token.span.clone());
                // What is invalid has been reported already, and may have stood for the operator.
                let reported =
                    kind == TokenKind::Invalid || self.at > 0 && self.tokens[self.at - 1].kind == TokenKind::Invalid;
                if !reported {
                    let (left, right) =
                        (term.atoms.last().map(|atom| self.report.slice(&atom.span)), self.report.slice(&span));
                    let help = left.map(|left| format!("to multiply, write `{left}*{right}`"));
                    self.report.error(
                        "E-RULE-OPERATOR",
                        span,
                        format!("an operator is missing before `{right}`"),
                        help.as_deref(),
                    );
                }
            }
            _ => return false,
        }
        term.sound = false;
        true
    }

    /// `a**b`: the power operator of other languages, or a slip of the finger.
    fn power_by_stars(&mut self, term: &Term) {
        let span = self.advance();
        let left = term.atoms.last().map_or("", |atom| self.report.slice(&atom.span));
        let right = self.tokens.get(self.at).map_or("", |token| self.report.slice(&token.span));
        let help = match self.peek() {
            Some(TokenKind::Integer(_) | TokenKind::Minus) if left == "2" => "write powers of two as `2^-3`".to_owned(),
            Some(TokenKind::Integer(2)) => format!("to square, write `{left}*{left}`"),
            _ => format!("to multiply, write one `*`: `{left}*{right}`"),
        };
        self.report.error("E-RULE-POWER", span, "`**` is not an operator of rule text", Some(&help));
        self.sign();
    }

    /// `^` where [`Self::literal`] did not take it: its base is not 2.
    fn power_of_other_base(&mut self, term: &Term) {
        let span = self.advance();
        let help = match term.atoms.last() {
            Some(Atom { kind: AtomKind::Word, span }) => {
                format!("write a square as `{0}*{0}`", self.report.slice(span))
            }
            _ => "write the number itself, or a power of two such as 2^-3".to_owned(),
        };
        self.report.error("E-RULE-POWER", span, "only 2 can be raised to a power", Some(&help));
        self.sign();
    }

    fn operand(&mut self, term: &mut Term) {
        if let Some(negative) = self.sign() {
            term.negative ^= negative;
        }
        match self.peek() {
            Some(TokenKind::Integer(value)) => self.literal(value, term),
            Some(TokenKind::Decimal(value)) => {
                let span = self.advance();
                term.atoms.push(Atom { kind: AtomKind::Constant(Constant::decimal(value)), span });
            }
            Some(TokenKind::Word) => {
                let word = self.advance();
                if self.peek() == Some(TokenKind::Open) {
                    let (terms, end) = self.group(term);
                    term.atoms.push(Atom { kind: AtomKind::Call(word.clone(), terms), span: word.start..end });
                } else {
                    term.atoms.push(Atom { kind: AtomKind::Word, span: word });
                }
            }
            Some(TokenKind::Open) => {
                let start = self.tokens[self.at].span.start;
                let (terms, end) = self.group(term);
                term.atoms.push(Atom { kind: AtomKind::Group(terms), span: start..end });
            }
            Some(TokenKind::Invalid) => {
                self.advance();
                term.sound = false;
            }
            _ => self.missing_operand(term),
        }
    }

    /// An integer, or `2^e` with the exponent in parentheses or not.
    fn literal(&mut self, value: i64, term: &mut Term) {
        let mut span = self.advance();
        let mut constant = Constant::integer(value);
        if value == 2 && self.take(TokenKind::Caret).is_some() {
            let open = self.take(TokenKind::Open);
            let negative = self.sign().unwrap_or(false);
            let magnitude = self.peek();
            let end = self.advance();
            let closed = open.is_none() || self.take(TokenKind::Close).is_some();
            span.end = end.end.max(span.end);
            match magnitude {
                Some(TokenKind::Integer(magnitude)) if closed => {
                    constant = Constant::power_of_two(if negative { -magnitude } else { magnitude });
                }
                Some(TokenKind::Invalid) => term.sound = false,
                _ => {
                    let help = "write an integer from -7 to 8, as in 2^-3";
                    self.report.error("E-RULE-POWER", end, "the exponent of 2 must be an integer", Some(help));
                    term.sound = false;
                }
            }
        }
        term.atoms.push(Atom { kind: AtomKind::Constant(constant), span });
    }

    /// The terms between parentheses, the opening one being next, and the end of the group.
    fn group(&mut self, term: &mut Term) -> (Vec<Term>, usize) {
        let open = self.advance();
        if self.depth == MAX_DEPTH {
            let message = format!("parentheses are nested deeper than {MAX_DEPTH}");
            self.report.error("E-RULE-PARENTHESIS", open, message, Some("multiply out: rules are sums of products"));
            self.at = self.tokens.len();
            self.abandoned = true;
            term.sound = false;
            return (Vec::new(), self.report.end().start);
        }
        self.depth += 1;
        let terms = self.sum();
        self.depth -= 1;
        term.sound &= terms.iter().all(|inner| inner.sound);
        if let Some(close) = self.take(TokenKind::Close) {
            return (terms, close.end);
        }
        // Sums end only at `)` or at the end of the text.
        if !self.abandoned {
            self.report.error("E-RULE-PARENTHESIS", open, "`(` is never closed", Some("add the missing `)`"));
        }
        term.sound = false;
        (terms, self.report.end().start)
    }

    fn missing_operand(&mut self, term: &mut Term) {
        term.sound = false;
        let operator = |kind: TokenKind| {
            use TokenKind::{Caret, Minus, Plus, Slash, Star, StarStar};
            matches!(kind, Plus | Minus | Star | StarStar | Slash | Caret)
        };
        let before = self.at.checked_sub(1).and_then(|at| self.tokens.get(at)).filter(|token| operator(token.kind));
        let after = self.tokens.get(self.at).filter(|token| operator(token.kind));
        let (culprit, side) = match (before, after) {
            (Some(token), _) => (Some(token), "right"),
            (None, token) => (token, "left"),
        };
        match culprit {
            Some(token) => {
                let message = format!("`{}` has nothing to its {side}", self.report.slice(&token.span));
                self.report.error(
                    "E-RULE-OPERAND",
                    token.span.clone(),
                    message,
                    Some("add the operand or remove the operator"),
                );
            }
            // Anything else is a stray or a missing parenthesis, which is reported as such.
            None if self.depth > 0 => {
                if let Some(close) = self.tokens.get(self.at) {
                    let (span, help) = (close.span.clone(), "write a term inside, as in (w + 3)");
                    self.report.error("E-RULE-OPERAND", span, "the parentheses hold nothing", Some(help));
                }
            }
            None => {}
        }
    }
}
