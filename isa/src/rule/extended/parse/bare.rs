//! A text without the frame: statements and declarations alone, or one expression, which is `dw`.

use super::super::ast::{Rule, State, Statement};
use super::super::lex::TokenKind;
use super::Parser;
use crate::nmx::StateType;

/// What a synapse of a Loihi-style core keeps: name, bits, whether signed, whether it is the tag.
const STATES: [(&str, u8, bool, bool); 3] = [("w", 9, true, false), ("d", 6, false, false), ("t", 9, true, true)];

impl Parser<'_, '_> {
    /// Reads the whole text. Where it declares no state, weight, delay and tag have the widths of sums of products, and saturate.
    pub(super) fn bare(&mut self, rule: &mut Rule) {
        rule.name.clone_from(&rule.origin);
        let names =
            |parser: &Self, text: &str| parser.tokens.iter().any(|token| parser.report.slice(&token.span) == text);
        let is_expression = !names(self, "=");
        rule.statements = if is_expression {
            let start = self.here().start;
            self.update_of("dw".to_owned(), start).map(Statement::Update).into_iter().collect()
        } else {
            self.block(Some(rule), false)
        };
        if rule.states.is_empty() {
            for (name, bits, is_signed, is_tag) in STATES {
                let is_named = names(self, name) || names(self, &format!("d{name}")) || (is_expression && name == "w");
                let of = if is_signed { StateType::signed(bits) } else { StateType::unsigned(bits) };
                if let (true, Some(of)) = (is_named, of) {
                    let name = name.to_owned();
                    rule.states.push(State { name, of, range: None, initial: 0, is_tag, saturates: true, span: 0..0 });
                }
            }
        }
        if self.peek().is_some() && self.report.is_empty() && self.peek() != Some(TokenKind::Invalid) {
            let (span, found) = (self.here(), self.text());
            let message = format!("`{found}` where a statement is expected");
            self.report.error(
                "E-RULE-SYNTAX",
                span,
                message,
                Some("write one statement per line, such as dw = 2^-2*x1*y0"),
            );
        }
    }
}
