//! `state`, `param` and `trace` lines.

use super::super::ast::{Expression, ExpressionKind, Parameter, Rule, Span, State, Trace};
use super::super::lex::TokenKind;
use super::{Parsed, Parser};
use crate::nmx::state_type::StateType;

impl Parser<'_, '_> {
    /// What follows `word`; several of a kind are separated by commas.
    pub(super) fn declaration(&mut self, word: &str, rule: &mut Rule) -> Parsed<()> {
        loop {
            match word {
                "state" => rule.states.push(self.state()?),
                "param" => rule.parameters.push(self.parameter()?),
                "trace" => rule.traces.push(self.trace()?),
                _ => return self.expectation().map(|expectation| rule.expectations.push(expectation)),
            }
            if !self.take_sign(",") {
                return self.end_of_statement();
            }
        }
    }

    /// `w: u8 in 0..200 = 100 tag sat`
    fn state(&mut self) -> Parsed<State> {
        const HELP: &str =
            "declare a state as `state e: i16`, with `in -999..999`, `= 0`, `tag` and `sat` behind it as needed";
        let (name, span) = self.word("the name of a state", HELP)?;
        self.sign(":", HELP)?;
        let (of, type_span) = self.word("a storage width", HELP)?;
        let Ok(of) = of.parse::<StateType>() else {
            let message = format!("`{of}` is no storage width");
            return Err(self.fail("E-RULE-TYPE", type_span, message, "i1..i32 (signed) and u1..u31 (unsigned) exist"));
        };
        let mut state = State { name, of, range: None, initial: 0, is_tag: false, saturates: false, span };
        let mut initial = None;
        loop {
            if self.take_word("in") {
                let start = self.here().start;
                let (low, high) = self.bounds()?;
                self.fits(&state, low, start..self.end())?;
                self.fits(&state, high, start..self.end())?;
                state.range = Some((low, high));
            } else if self.take_sign("=") {
                let start = self.here().start;
                let value = self.integer(HELP)?;
                initial = Some((value, start..self.end()));
            } else if self.take_word("tag") {
                state.is_tag = true;
            } else if self.take_word("sat") {
                state.saturates = true;
            } else {
                break;
            }
        }
        let (low, high) = state.values();
        if let Some((value, span)) = initial {
            if !(low..=high).contains(&value) {
                let message = format!("`{}` begins as {value}, outside {low}..={high}", state.name);
                return Err(self.fail("E-RULE-BOUNDS", span, message, "begin within the range"));
            }
            state.initial = value;
        } else {
            state.initial = 0.clamp(low, high);
        }
        Ok(state)
    }

    fn fits(&mut self, state: &State, value: i32, span: Span) -> Parsed<()> {
        let of = state.of;
        if of.clamp(value) == value {
            return Ok(());
        }
        let message = format!("{value} does not fit {of}, which holds {}..={}", of.lowest(), of.highest());
        Err(self.fail("E-RULE-BOUNDS", span, message, "narrow the range or widen the type"))
    }

    /// `eta = 0.00122 @Q15`
    fn parameter(&mut self) -> Parsed<Parameter> {
        const HELP: &str = "declare a parameter as `param eta = 0.00122`, with `@Q15` behind it for 15 fraction bits";
        let (name, span) = self.word("the name of a parameter", HELP)?;
        self.sign("=", HELP)?;
        let written = self.expression()?;
        let Some(value) = constant(&written) else {
            let message = "a parameter is a number, and this is none";
            return Err(self.fail("E-RULE-CONSTANT", written.span, message, "names and functions are for statements"));
        };
        let mut fraction_bits = None;
        if self.take_sign("@") {
            let (bits, span) = self.word("a number of fraction bits", HELP)?;
            let digits = bits.strip_prefix(['Q', 'q']).and_then(|digits| digits.parse::<u8>().ok());
            let Some(bits) = digits.filter(|bits| *bits <= 30) else {
                let message = format!("`@{bits}` is no number of fraction bits");
                return Err(self.fail("E-RULE-CONSTANT", span, message, "@Q0 to @Q30 exist"));
            };
            fraction_bits = Some(bits);
        }
        Ok(Parameter { name, value, fraction_bits, span })
    }

    /// `x1 tau=20 impulse=16`
    fn trace(&mut self) -> Parsed<Trace> {
        const HELP: &str = "describe a trace as `trace x1 tau=20 impulse=16`";
        let (name, span) = self.word("the name of a trace", HELP)?;
        if !matches!(name.as_str(), "x1" | "x2" | "y1" | "y2" | "y3") {
            let message = format!("`{name}` is no trace");
            return Err(self.fail("E-RULE-TRACE", span, message, "the traces are x1 x2 y1 y2 y3"));
        }
        let (mut tau_steps, mut impulse) = (None, None);
        while let (true, is_tau) = (self.is_word("tau") || self.is_word("impulse"), self.is_word("tau")) {
            self.at += 1;
            self.sign("=", HELP)?;
            let at = self.here();
            let Some(TokenKind::Number(value, _)) = self.peek() else {
                return Err(self.expected("a number", HELP));
            };
            self.at += 1;
            let is_legal = if is_tau { value > 0.0 } else { value <= 127.0 };
            if !is_legal {
                let limit = if is_tau { "tau is above 0 steps" } else { "an impulse is 0..=127" };
                return Err(self.fail("E-RULE-TRACE", at, format!("{value} is out of range: {limit}"), HELP));
            }
            *(if is_tau { &mut tau_steps } else { &mut impulse }) = Some(value);
        }
        match (tau_steps, impulse) {
            (Some(tau_steps), Some(impulse)) => Ok(Trace { name, tau_steps, impulse, span }),
            _ => Err(self.fail("E-RULE-TRACE", span, format!("`{name}` lacks tau or impulse"), HELP)),
        }
    }
}

/// The value of an expression of numbers alone.
pub(super) fn constant(expression: &Expression) -> Option<f64> {
    match &expression.kind {
        ExpressionKind::Name(_) | ExpressionKind::Call(..) => None,
        ExpressionKind::Number(_) => Some(expression.evaluate(&|_| 0.0)),
        ExpressionKind::Negate(inner) => constant(inner).map(|value| -value),
        ExpressionKind::Binary(_, left, right) => {
            constant(left).and(constant(right)).map(|_| expression.evaluate(&|_| 0.0))
        }
    }
}
