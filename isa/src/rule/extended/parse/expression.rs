//! Expressions and conditions.

use super::super::ast::{Comparison, Condition, Expression, ExpressionKind, Function, Operator, Span};
use super::super::lex::TokenKind;
use super::{MAX_PARTS, Parsed, Parser};
use crate::diagnostic::nearest;
use crate::nmx::operand::Condition as Relation;

/// Largest exponent of 2, up or down.
const MAX_EXPONENT: i32 = 31;

const RELATIONS: [(&str, Relation); 6] = [
    ("==", Relation::Equal),
    ("!=", Relation::NotEqual),
    ("<=", Relation::LessOrEqual),
    (">=", Relation::GreaterOrEqual),
    ("<", Relation::Less),
    (">", Relation::Greater),
];

impl Parser<'_, '_> {
    /// Comparisons joined by `and`, or all by `or`.
    pub(super) fn condition(&mut self) -> Parsed<Condition> {
        let mut comparisons = vec![self.comparison()?];
        let mut is_any = None;
        while self.is_word("and") || self.is_word("or") {
            let is_or = self.is_word("or");
            if is_any.is_some_and(|known| known != is_or) {
                let span = self.here();
                let help = "nest: `if a and b { if c or d { ... } }`";
                return Err(self.fail("E-RULE-SYNTAX", span, "`and` and `or` in one condition", help));
            }
            is_any = Some(is_or);
            self.at += 1;
            comparisons.push(self.comparison()?);
        }
        Ok(Condition { comparisons, is_any: is_any.unwrap_or(false) })
    }

    /// `a > b`, or `a` alone, which is `a != 0`.
    pub(super) fn comparison(&mut self) -> Parsed<Comparison> {
        let left = self.expression()?;
        let found = RELATIONS.iter().find(|(text, _)| self.is_sign(text));
        let Some(&(_, relation)) = found else {
            if self.is_sign("=") {
                let span = self.here();
                return Err(self.fail("E-RULE-SYNTAX", span, "`=` compares nothing", "write `==`"));
            }
            let zero = Expression { kind: ExpressionKind::Number(0.0), span: left.span.clone() };
            let span = left.span.clone();
            return Ok(Comparison { left, relation: Relation::NotEqual, right: zero, span });
        };
        self.at += 1;
        let right = self.expression()?;
        let span = left.span.start..right.span.end;
        Ok(Comparison { left, relation, right, span })
    }

    /// Sums of products.
    pub(super) fn expression(&mut self) -> Parsed<Expression> {
        let mut left = self.product()?;
        loop {
            let operator = match () {
                () if self.take_sign("+") => Operator::Add,
                () if self.take_sign("-") => Operator::Subtract,
                () => return Ok(left),
            };
            let right = self.product()?;
            left = self.binary(operator, left, right)?;
        }
    }

    fn product(&mut self) -> Parsed<Expression> {
        let mut left = self.signed()?;
        while self.take_sign("*") {
            let right = self.signed()?;
            left = self.binary(Operator::Multiply, left, right)?;
        }
        Ok(left)
    }

    fn binary(&mut self, operator: Operator, left: Expression, right: Expression) -> Parsed<Expression> {
        let span = left.span.start..right.span.end;
        self.part(ExpressionKind::Binary(operator, Box::new(left), Box::new(right)), span)
    }

    /// An expression, counted.
    fn part(&mut self, kind: ExpressionKind, span: Span) -> Parsed<Expression> {
        self.parts += 1;
        if self.parts > MAX_PARTS {
            let message = format!("more than {MAX_PARTS} numbers, names and operators in one statement");
            return Err(self.fail("E-RULE-LENGTH", span, message, "split it into several statements"));
        }
        Ok(Expression { kind, span })
    }

    fn signed(&mut self) -> Parsed<Expression> {
        let start = self.here().start;
        if self.take_sign("-") {
            let inner = self.nested(Self::signed)?;
            let span = start..inner.span.end;
            return self.part(ExpressionKind::Negate(Box::new(inner)), span);
        }
        self.take_sign("+");
        self.primary()
    }

    fn primary(&mut self) -> Parsed<Expression> {
        let span = self.here();
        match self.peek() {
            Some(TokenKind::Number(value, is_integer)) => {
                self.at += 1;
                if is_integer && value == 2.0 && self.is_sign("^") {
                    return self.power_of_two(span.start);
                }
                self.part(ExpressionKind::Number(value), span)
            }
            Some(TokenKind::Word) if !self.begins_statement() => {
                let name = self.text();
                self.at += 1;
                if self.is_sign("(") {
                    return self.call(name, span);
                }
                self.part(ExpressionKind::Name(name.to_owned()), span)
            }
            Some(TokenKind::Sign) if self.is_sign("(") => {
                self.at += 1;
                let inner = self.nested(Self::expression)?;
                self.close(span.clone())?;
                Ok(Expression { kind: inner.kind, span: span.start..self.end() })
            }
            Some(TokenKind::Invalid) => Err(super::Reported),
            _ => Err(self.missing_operand()),
        }
    }

    /// The `)` of the `(` at `open`.
    fn close(&mut self, open: Span) -> Parsed<()> {
        if self.take_sign(")") {
            return Ok(());
        }
        match self.peek() {
            Some(TokenKind::Invalid) => Err(super::Reported),
            Some(TokenKind::Number(..) | TokenKind::Word)
                if self.token().is_some_and(|token| !token.is_first_in_line) =>
            {
                Err(self.end_of_statement().err().unwrap_or(super::Reported))
            }
            Some(TokenKind::Sign) if matches!(self.text(), "/" | "**" | "^") => {
                Err(self.end_of_statement().err().unwrap_or(super::Reported))
            }
            _ => Err(self.fail("E-RULE-PARENTHESIS", open, "`(` is never closed", "add the missing `)`")),
        }
    }

    fn power_of_two(&mut self, start: usize) -> Parsed<Expression> {
        const HELP: &str = "write an integer from -31 to 31, as in 2^-3";
        self.at += 1;
        let open = self.here();
        let in_parentheses = self.take_sign("(");
        let exponent_at = self.here();
        if !self.is_sign("-") && !matches!(self.peek(), Some(TokenKind::Number(_, true))) {
            return Err(self.fail("E-RULE-POWER", exponent_at, "the exponent of 2 must be an integer", HELP));
        }
        let exponent = self.integer(HELP)?;
        let span = start..self.end();
        if exponent.abs() > MAX_EXPONENT {
            let message = format!("the exponent {exponent} is outside -{MAX_EXPONENT}..={MAX_EXPONENT}");
            return Err(self.fail("E-RULE-EXPONENT", span, message, HELP));
        }
        if in_parentheses {
            self.close(open)?;
        }
        self.part(ExpressionKind::Number(f64::from(exponent).exp2()), start..self.end())
    }

    fn call(&mut self, name: &str, word: Span) -> Parsed<Expression> {
        let Some(&(function, _, count)) = Function::ALL.iter().find(|(_, text, _)| *text == name) else {
            let names = Function::ALL.map(|(_, text, _)| text);
            let help = match nearest(name, names) {
                Some(meant) => format!("did you mean `{meant}`?"),
                None => format!("the functions are {}; to multiply, write `*` before `(`", names.join(" ")),
            };
            return Err(self.fail("E-RULE-FUNCTION", word, format!("unknown function `{name}`"), &help));
        };
        let open = self.here();
        self.at += 1;
        let mut arguments = vec![self.nested(Self::expression)?];
        while self.take_sign(",") {
            arguments.push(self.nested(Self::expression)?);
        }
        self.close(open)?;
        let span = word.start..self.end();
        if arguments.len() != count {
            let message = format!(
                "`{name}` takes {count} argument{}, not {}",
                if count == 1 { "" } else { "s" },
                arguments.len()
            );
            let help = "sgn(a), abs(a), round(a), min(a, b), max(a, b), clip(a, low, high)";
            return Err(self.fail("E-RULE-FUNCTION", span, message, help));
        }
        self.part(ExpressionKind::Call(function, arguments), span)
    }

    fn missing_operand(&mut self) -> super::Reported {
        const HELP: &str = "add the operand or remove the operator";
        let next = self.here();
        let before = self.at.checked_sub(1).and_then(|at| self.tokens.get(at)).map(|token| token.span.clone());
        if self.is_sign("**") {
            return self.fail(
                "E-RULE-POWER",
                next,
                "`**` is not an operator of rule text",
                "to multiply, write one `*`",
            );
        }
        match before.as_ref().map(|span| self.report.slice(span)) {
            Some(operator @ ("+" | "-" | "*" | "=" | "==" | "!=" | "<" | ">" | "<=" | ">=" | "^")) => {
                let message = format!("`{operator}` has nothing to its right");
                self.fail("E-RULE-OPERAND", before.unwrap_or(next), message, HELP)
            }
            _ => match self.text() {
                operator @ ("+" | "*" | "/") => {
                    self.fail("E-RULE-OPERAND", next, format!("`{operator}` has nothing to its left"), HELP)
                }
                _ => self.expected("a number, a name or `(`", "write an expression, such as 2^-2*x1*y0"),
            },
        }
    }
}
