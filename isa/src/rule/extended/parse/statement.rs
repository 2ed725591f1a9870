//! Updates and choices.

use super::super::ast::{Choice, Statement, Update};
use super::super::lex::TokenKind;
use super::{Parsed, Parser, Reported};
use crate::diagnostic::nearest;
use crate::nmx::operand::Rounding;

/// What begins a line that is no update.
const KEYWORDS: [&str; 5] = ["state", "param", "trace", "expect", "if"];

const ROUNDINGS: [(&str, Rounding); 5] = [
    ("floor", Rounding::Floor),
    ("zero", Rounding::Zero),
    ("away", Rounding::Away),
    ("nearest", Rounding::Nearest),
    ("stochastic", Rounding::Stochastic),
];

impl Parser<'_, '_> {
    pub(super) fn statement(&mut self) -> Parsed<Statement> {
        if self.is_word("if") { self.choice().map(Statement::Choice) } else { self.update().map(Statement::Update) }
    }

    fn choice(&mut self) -> Parsed<Choice> {
        const HELP: &str = "write `if m0 > base { ... } else { ... }`";
        let start = self.here().start;
        self.at += 1;
        let condition = self.condition();
        // A condition that went wrong does not hide what is wrong behind it.
        while condition.is_err() && !matches!(self.text(), "" | "{" | "}") {
            self.at += 1;
        }
        let then = self.braces(HELP)?;
        let otherwise = if self.take_word("else") {
            if self.is_word("if") { vec![Statement::Choice(self.nested(Self::choice)?)] } else { self.braces(HELP)? }
        } else {
            Vec::new()
        };
        Ok(Choice { condition: condition?, then, otherwise, span: start..self.end() })
    }

    fn braces(&mut self, help: &str) -> Parsed<Vec<Statement>> {
        self.sign("{", help)?;
        self.nested(|parser| Ok(parser.block(None, true)))
    }

    /// `target = expression { round ... | clip ... }`
    fn update(&mut self) -> Parsed<Update> {
        const HELP: &str = "a statement is `dw = ...`, `w = ...` or `if ... { ... }`";
        let start = self.here().start;
        let (state, _) = self.word("a statement", HELP)?;
        // A declaration is a keyword and a name: where a name follows, the keyword may be misspelt.
        let meant = if self.peek() == Some(TokenKind::Word) { nearest(&state, KEYWORDS) } else { None };
        match meant {
            Some(keyword) => self.sign("=", &format!("did you mean `{keyword}`?"))?,
            None => self.sign("=", HELP)?,
        }
        self.update_of(state, start)
    }

    /// What follows the equals sign: `expression { round ... | clip ... }`
    pub(super) fn update_of(&mut self, state: String, start: usize) -> Parsed<Update> {
        let value = self.expression()?;
        let (mut rounding, mut clip) = (None, None);
        loop {
            let clause = self.here();
            if self.take_word("round") {
                let known = "the roundings are floor, zero, away, nearest and stochastic";
                let (name, span) = self.word("a rounding", known)?;
                let Some((_, found)) = ROUNDINGS.iter().find(|(text, _)| *text == name) else {
                    return Err(self.fail("E-RULE-ROUNDING", span, format!("unknown rounding `{name}`"), known));
                };
                if rounding.replace(*found).is_some() {
                    return Err(self.fail("E-RULE-ROUNDING", clause, "a second rounding", "a statement rounds once"));
                }
            } else if self.take_word("clip") {
                if clip.replace(self.bounds()?).is_some() {
                    return Err(self.fail("E-RULE-BOUNDS", clause, "a second clip", "give the tighter bounds only"));
                }
            } else {
                break;
            }
        }
        self.end_of_statement()?;
        let rounding = rounding.unwrap_or(Rounding::Nearest);
        // Names are not looked up yet, so neither is what kind of target this is.
        Ok(Update { state, is_change: false, value, rounding, clip, span: start..self.end() })
    }

    /// Whether the next word is the target of a statement in a line of its own.
    pub(super) fn begins_statement(&self) -> bool {
        let follower = self.tokens.get(self.at + 1).map(|next| self.report.slice(&next.span));
        self.token().is_some_and(|token| token.is_first_in_line) && follower == Some("=")
    }

    /// Refuses an operand that follows in the same line without an operator.
    pub(super) fn end_of_statement(&mut self) -> Parsed<()> {
        let Some(token) = self.token() else { return Ok(()) };
        let continues = match token.kind {
            TokenKind::Invalid => return Err(Reported),
            TokenKind::Number(..) | TokenKind::Quoted => true,
            TokenKind::Word => {
                let follower = self.tokens.get(self.at + 1).map(|next| self.report.slice(&next.span));
                !token.is_first_in_line
                    && follower != Some("=")
                    && !matches!(self.text(), "if" | "expect" | "state" | "param" | "trace")
            }
            TokenKind::Sign => !self.is_sign("}"),
        };
        if !continues {
            return Ok(());
        }
        let (span, found) = (self.here(), self.text());
        Err(match (token.kind, found) {
            (TokenKind::Sign, "/") => {
                let help = "multiply by a power of two or a decimal: `x1*2^-3` divides by 8";
                self.fail("E-RULE-DIVISION", span, "a rule does not divide", help)
            }
            (TokenKind::Sign, "**" | "^") => {
                let help = "to multiply, write one `*`; to square, `w*w`; a power of two as `2^-3`";
                self.fail("E-RULE-POWER", span, format!("`{found}` applies to 2 and an integer only"), help)
            }
            (TokenKind::Sign, ")") => {
                self.fail("E-RULE-PARENTHESIS", span, "`)` closes nothing", "remove it, or add the missing `(`")
            }
            (TokenKind::Sign, _) => {
                let help = "a statement ends with its line, `round ...` or `clip ...`";
                self.fail("E-RULE-SYNTAX", span, format!("`{found}` does not belong here"), help)
            }
            _ => {
                let message = format!("an operator is missing before `{found}`");
                self.fail("E-RULE-OPERATOR", span, message, "to multiply, write `*` between the two")
            }
        })
    }
}
