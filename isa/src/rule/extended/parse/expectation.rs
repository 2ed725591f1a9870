//! `expect` lines.

use super::super::ast::{Condition, Expectation, ExpectationKind, PairOrder};
use super::super::lex::TokenKind;
use super::{Parsed, Parser};

const HELP: &str = "expect w in 0..255 | w unchanged when m0 == base | e unchanged without x0, y0 | w rises when pre_first | \
                    w falls when post_first | e reaches 0 within 400 | w unbiased | no saturation | error(w) <= 2 within 100";

impl Parser<'_, '_> {
    /// What follows `expect`.
    pub(super) fn expectation(&mut self) -> Parsed<Expectation> {
        let start = self.at.checked_sub(1).and_then(|at| self.tokens.get(at)).map_or(0, |token| token.span.start);
        let kind = if self.take_word("no") {
            if !self.take_word("saturation") {
                return Err(self.expected("`saturation`", HELP));
            }
            ExpectationKind::NoSaturation
        } else {
            let (state, _) = self.word("the name of a state", HELP)?;
            if state == "error" && self.is_sign("(") { self.error()? } else { self.of_state(state)? }
        };
        self.end_of_statement()?;
        Ok(Expectation { kind, span: start..self.end() })
    }

    /// `error(w) <= 2 within 100`, from the parenthesis on.
    fn error(&mut self) -> Parsed<ExpectationKind> {
        self.sign("(", HELP)?;
        let (state, _) = self.word("the name of a state", HELP)?;
        self.sign(")", HELP)?;
        self.sign("<=", HELP)?;
        let Some(TokenKind::Number(limit, _)) = self.peek() else {
            return Err(self.expected("a number", HELP));
        };
        self.at += 1;
        Ok(ExpectationKind::Error { state, limit, within: self.within()? })
    }

    fn of_state(&mut self, state: String) -> Parsed<ExpectationKind> {
        let what = self.word("what is expected of it", HELP)?;
        Ok(match what.0.as_str() {
            "in" => {
                let (low, high) = self.bounds()?;
                ExpectationKind::Within { state, low, high }
            }
            "unchanged" => {
                let when = if self.take_word("when") { Some(self.condition()?) } else { None };
                let without = if self.take_word("without") { self.spikes()? } else { Vec::new() };
                ExpectationKind::Unchanged { state, when, without }
            }
            direction @ ("rises" | "falls") => {
                let (order, when) = if self.take_word("when") { self.circumstances()? } else { (None, None) };
                ExpectationKind::Moves { state, rises: direction == "rises", order, when }
            }
            "reaches" => ExpectationKind::Reaches { state, value: self.integer(HELP)?, within: self.within()? },
            "unbiased" => ExpectationKind::Unbiased { state },
            other => {
                return Err(self.fail("E-RULE-EXPECT", what.1, format!("`{other}` cannot be expected"), HELP));
            }
        })
    }

    /// `within 400`
    fn within(&mut self) -> Parsed<u32> {
        if !self.take_word("within") {
            return Err(self.expected("`within`", HELP));
        }
        let start = self.here().start;
        let epochs = self.integer(HELP)?;
        let span = start..self.end();
        match u32::try_from(epochs) {
            Ok(epochs @ 1..=1_000_000) => Ok(epochs),
            _ => Err(self.fail("E-RULE-EXPECT", span, format!("{epochs} epochs"), "from 1 to 1000000 can be run")),
        }
    }

    /// `x0, y0`
    fn spikes(&mut self) -> Parsed<Vec<String>> {
        let mut spikes = Vec::new();
        loop {
            let (name, span) = self.word("x0 or y0", HELP)?;
            if !matches!(name.as_str(), "x0" | "y0") {
                return Err(self.fail(
                    "E-RULE-EXPECT",
                    span,
                    format!("`{name}` is no spike"),
                    "the spikes are x0 and y0",
                ));
            }
            spikes.push(name);
            if !self.take_sign(",") && !self.take_word("and") {
                return Ok(spikes);
            }
        }
    }

    /// `pre_first, m0 > base`
    fn circumstances(&mut self) -> Parsed<(Option<PairOrder>, Option<Condition>)> {
        let (mut order, mut comparisons) = (None, Vec::new());
        loop {
            let span = self.here();
            let named = match self.text() {
                "pre_first" => Some(PairOrder::PreFirst),
                "post_first" => Some(PairOrder::PostFirst),
                _ => None,
            };
            match named {
                Some(named) => {
                    self.at += 1;
                    if order.replace(named).is_some() {
                        return Err(self.fail(
                            "E-RULE-EXPECT",
                            span,
                            "a second order of spikes",
                            "give one of the two",
                        ));
                    }
                }
                None => comparisons.push(self.comparison()?),
            }
            if !self.take_sign(",") && !self.take_word("and") {
                let when = (!comparisons.is_empty()).then_some(Condition { comparisons, is_any: false });
                return Ok((order, when));
            }
        }
    }
}
