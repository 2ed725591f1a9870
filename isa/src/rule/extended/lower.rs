//! From expressions to sums of terms.

use super::super::report::Report;
use super::ast::{Expression, ExpressionKind, Function, Operator, Rule, Span};
use super::dyadic::{Dyadic, Range};
use super::emit::{Emitter, value};
use super::linear::{Base, Linear, Value};
use super::parse::Reported;
use super::quantise::{self, Quantised};
use crate::nmx::ir::Operand;
use crate::nmx::operand::{Bitwise, Kind, Parameter, Special, State, Unary};
use crate::nmx::program::ParameterDeclaration;
use crate::nmx::table::Opcode;

/// Most fraction bits of an expression.
const MAX_SCALE: i32 = 60;

pub(super) type Lowered<T> = Result<T, Reported>;

/// Compiles the statements of one rule, in order.
pub(super) struct Lowering<'a, 'r> {
    pub(super) rule: &'a Rule,
    pub(super) report: &'a mut Report<'r>,
    pub(super) code: Emitter,
    pub(super) quantised: Vec<Quantised>,
    /// Values of each state at this point.
    pub(super) ranges: Vec<Range>,
    /// Fraction bits of each parameter.
    fraction_bits: Vec<u8>,
}

impl<'a, 'r> Lowering<'a, 'r> {
    pub(super) fn new(rule: &'a Rule, report: &'a mut Report<'r>) -> Lowered<Self> {
        let mut quantised = Vec::new();
        let held: Vec<_> = rule.parameters.iter().map(|one| quantise::parameter(one, &mut quantised, report)).collect();
        let held: Vec<(i32, u8)> = held.into_iter().collect::<Lowered<_>>()?;
        let declarations = rule.parameters.iter().zip(&held).map(|(parameter, (mantissa, _))| ParameterDeclaration {
            name: Some(parameter.name.clone()),
            of: super::emit::narrowest(*mantissa),
            value: *mantissa,
        });
        let ranges = rule.states.iter().map(|state| Range::of(state.values().0, state.values().1)).collect();
        let fraction_bits = held.iter().map(|(_, bits)| *bits).collect();
        Ok(Self { rule, code: Emitter::new(declarations.collect()), report, quantised, ranges, fraction_bits })
    }

    pub(super) fn fail(&mut self, code: &'static str, span: &Span, message: String, help: &str) -> Reported {
        self.report.error(code, span.clone(), message, Some(help));
        Reported
    }

    pub(super) fn too_many_bits(&mut self, span: &Span) -> Reported {
        let help = "write numbers with fewer digits, or parameters with `@Q` and fewer fraction bits";
        self.fail("E-RULE-CONSTANT", span, "the numbers of this expression take too many bits".into(), help)
    }

    pub(super) fn constant(&mut self, value: i64, span: &Span) -> Lowered<Operand> {
        match i32::try_from(value).ok().and_then(|value| self.code.constant(value)) {
            Some(operand) => Ok(operand),
            None => {
                let message = format!("the constant {value} has no place: 16 parameters, or 19 bits in an instruction");
                Err(self.fail("E-RULE-CONSTANT", span, message, "use fewer numbers, or numbers with fewer digits"))
            }
        }
    }

    /// The sum that an expression is.
    pub(super) fn linear(&mut self, expression: &Expression) -> Lowered<Linear> {
        let span = &expression.span;
        let sum = match &expression.kind {
            ExpressionKind::Number(number) => {
                Some(Linear::constant(quantise::literal(*number, span, &mut self.quantised, self.report)?))
            }
            ExpressionKind::Name(name) => Some(self.name(name, span)?),
            ExpressionKind::Negate(inner) => self.linear(inner)?.times(Dyadic::MINUS_ONE),
            ExpressionKind::Binary(Operator::Multiply, ..) => Some(self.chain(expression)?),
            ExpressionKind::Binary(operator, left, right) => {
                let (left, right) = (self.linear(left)?, self.linear(right)?);
                let right = if *operator == Operator::Subtract { right.times(Dyadic::MINUS_ONE) } else { Some(right) };
                right.and_then(|right| left.plus(&right))
            }
            ExpressionKind::Call(function, arguments) => self.call(*function, arguments, span)?,
        };
        sum.filter(|sum| sum.scale() <= MAX_SCALE).ok_or_else(|| self.too_many_bits(span))
    }

    /// The index of a state.
    pub(super) fn state(&self, name: &str) -> Option<(usize, Operand)> {
        let index = self.rule.states.iter().position(|state| state.name == name)?;
        Some((index, State::new(u8::try_from(index).ok()?)?.into()))
    }

    fn name(&mut self, name: &str, span: &Span) -> Lowered<Linear> {
        if let Some((index, operand)) = self.state(name) {
            return Ok(Linear::term(Dyadic::ONE, value(operand, self.ranges[index]), None));
        }
        if let Some(index) = self.rule.parameters.iter().position(|parameter| parameter.name == name)
            && let Some(parameter) = u8::try_from(index).ok().and_then(Parameter::new)
        {
            let range = Range::constant(self.code.parameters[index].value.into());
            let place = Value { operand: parameter.into(), range, is_parameter: true };
            let unit = Dyadic { mantissa: 1, scale: self.fraction_bits[index].into() };
            return Ok(Linear::term(unit, place, None));
        }
        if let Some(k) = name.strip_prefix('u').and_then(|k| k.parse::<u8>().ok()) {
            return self.epochs(k, span);
        }
        let special = Special::named(Kind::Learn, name);
        match special.and_then(|special| Some((special, special.values(Kind::Learn)?))) {
            Some((special, values)) => {
                let range = Range::of(*values.start(), *values.end());
                Ok(Linear::term(Dyadic::ONE, value(special.into(), range), None))
            }
            None => Err(self.fail("E-RULE-SYMBOL", span, format!("unknown symbol `{name}`"), "declare it")),
        }
    }

    /// 1 where the step is a multiple of 2^k, else 0.
    fn epochs(&mut self, k: u8, span: &Span) -> Lowered<Linear> {
        if k == 0 {
            return Ok(Linear::constant(Dyadic::ONE));
        }
        let Some(step) = Special::named(Kind::Learn, "t").map(Operand::from) else { return Err(Reported) };
        let key = Linear::term(Dyadic { mantissa: 1, scale: k.into() }, value(step, Range::of(0, i32::MAX)), None);
        let place = match self.code.find(&key, -1) {
            Some(place) => place,
            None => {
                let mask = self.constant((1 << k) - 1, span)?;
                let one: Operand = Special::ONE.into();
                let rest = self.code.compute(Opcode::Bit, &[Bitwise::And.into()], &[step, mask]);
                let is_other = self.code.compute(Opcode::Min, &[], &[rest, one]);
                let place = value(self.code.compute(Opcode::Sub, &[], &[one, is_other]), Range::of(0, 1));
                self.code.remember(key, -1, place);
                place
            }
        };
        Ok(Linear::term(Dyadic::ONE, place, None))
    }

    /// A chain of factors: numbers make a coefficient, parameters come last, the last product is left to be computed with the sum.
    fn chain(&mut self, expression: &Expression) -> Lowered<Linear> {
        let mut factors = Vec::new();
        collect_factors(expression, &mut factors);
        let mut coefficient = Dyadic::ONE;
        let mut sums = Vec::new();
        for factor in factors {
            let sum = self.linear(factor)?;
            if sum.is_constant() {
                coefficient = coefficient.times(sum.constant).ok_or_else(|| self.too_many_bits(&expression.span))?;
            } else {
                sums.push((sum, &factor.span));
            }
        }
        if coefficient == Dyadic::ZERO {
            return Ok(Linear::constant(Dyadic::ZERO));
        }
        if sums.len() <= 1 {
            let sum = sums.pop().map_or(Linear::constant(Dyadic::ONE), |(sum, _)| sum);
            return sum.times(coefficient).ok_or_else(|| self.too_many_bits(&expression.span));
        }
        let mut values = Vec::new();
        for (sum, span) in sums {
            let (unit, place) = self.factor(&sum, span)?;
            coefficient = coefficient.times(unit).ok_or_else(|| self.too_many_bits(&expression.span))?;
            values.push(place);
        }
        values.sort_by_key(|place| place.is_parameter);
        let mut values = values.into_iter();
        let (Some(mut first), Some(mut second)) = (values.next(), values.next()) else { return Err(Reported) };
        for next in values {
            first = self.multiplied(Base { first, second: Some(second) }, &expression.span)?;
            second = next;
        }
        Ok(Linear::term(coefficient, first, Some(second)))
    }

    /// A factor as one value and what it has to be multiplied by.
    fn factor(&mut self, sum: &Linear, span: &Span) -> Lowered<(Dyadic, Value)> {
        if let [(coefficient, base)] = sum.terms.as_slice()
            && sum.constant == Dyadic::ZERO
        {
            return Ok((*coefficient, self.multiplied(*base, span)?));
        }
        let scale = sum.scale();
        Ok((Dyadic { mantissa: 1, scale }, self.numerator(sum, scale, span)?))
    }

    /// A function; `None` if coefficients get too many bits.
    fn call(&mut self, function: Function, arguments: &[Expression], span: &Span) -> Lowered<Option<Linear>> {
        let mut sums = Vec::new();
        for argument in arguments {
            sums.push((self.linear(argument)?, &argument.span));
        }
        match (function, sums.as_slice()) {
            (Function::Sign | Function::Absolute, [(sum, at)]) => {
                let (unit, place) = self.factor(sum, at)?;
                let (kind, range) = match function {
                    Function::Sign => (Unary::Sign, place.range.sign()),
                    _ => (Unary::Absolute, self.fitting(place.range.magnitude(), at)?),
                };
                let operand = self.code.compute(Opcode::Una, &[kind.into()], &[place.operand]);
                let coefficient = match function {
                    Function::Sign => Dyadic { mantissa: unit.mantissa.signum(), scale: 0 },
                    _ => Dyadic { mantissa: unit.mantissa.abs(), ..unit },
                };
                Ok(Some(Linear::term(coefficient, value(operand, range), None)))
            }
            (Function::Round, [(sum, at)]) => {
                let place = self.rounded(sum, at)?;
                Ok(Some(Linear::term(Dyadic::ONE, place, None)))
            }
            (Function::Minimum | Function::Maximum | Function::Clip, [(first, at), others @ ..]) => {
                let scale = sums.iter().map(|(sum, _)| sum.scale()).max().unwrap_or(0);
                let mut place = self.numerator(first, scale, at)?;
                for (index, (other, at)) in others.iter().enumerate() {
                    let other = self.numerator(other, scale, at)?;
                    let is_minimum = function == Function::Minimum || function == Function::Clip && index == 1;
                    let (opcode, range) = match is_minimum {
                        true => (Opcode::Min, place.range.smaller(other.range)),
                        false => (Opcode::Max, place.range.larger(other.range)),
                    };
                    place = value(self.code.compute(opcode, &[], &[place.operand, other.operand]), range);
                }
                Ok(Some(Linear::term(Dyadic { mantissa: 1, scale }, place, None)))
            }
            _ => {
                Err(self.fail("E-RULE-FUNCTION", span, "wrong number of arguments".into(), "see the list of functions"))
            }
        }
    }
}

/// The factors of a chain of products, without its signs' being lost.
fn collect_factors<'e>(expression: &'e Expression, factors: &mut Vec<&'e Expression>) {
    match &expression.kind {
        ExpressionKind::Binary(Operator::Multiply, left, right) => {
            collect_factors(left, factors);
            collect_factors(right, factors);
        }
        _ => factors.push(expression),
    }
}
