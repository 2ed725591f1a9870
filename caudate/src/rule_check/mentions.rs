//! Names and numbers that a rule mentions, its expectations included, and the modulators that they make worth a try.

use caudate_isa::nmx::Program;
use caudate_isa::rule::extended::ast::{Condition, ExpectationKind, Expression, ExpressionKind, Rule, Statement};
use std::collections::BTreeSet;

/// What a rule mentions.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Mentions {
    /// States, parameters and inputs.
    pub(super) names: BTreeSet<String>,
    /// Literal numbers of conditions and sums, where a modulator could be compared with them.
    pub(super) numbers: Vec<f64>,
}

impl Mentions {
    pub(super) fn of(rule: &Rule) -> Self {
        let mut mentions = Self::default();
        mentions.statements(&rule.statements);
        for expectation in &rule.expectations {
            match &expectation.kind {
                ExpectationKind::Unchanged { when: Some(condition), .. }
                | ExpectationKind::Moves { when: Some(condition), .. } => mentions.condition(condition),
                _ => {}
            }
        }
        mentions.numbers.extend(rule.parameters.iter().map(|parameter| parameter.value));
        mentions
    }

    /// Values of a modulator: 0, what the rule and its parameters say, their neighbours, and the extremes; simple ones first.
    pub(super) fn levels(&self, program: &Program) -> Vec<i8> {
        const FEW: usize = 12;
        let written = self.numbers.iter().map(|number| number.round() as i64);
        let numbers = written.chain(program.parameters.iter().map(|parameter| i64::from(parameter.value)));
        let near =
            numbers.flat_map(|number| [number.saturating_sub(1), number, number.saturating_add(1)].map(i8::try_from));
        let mut levels: Vec<i8> = near.filter_map(Result::ok).chain([0, 1, -1]).collect();
        levels.sort_by_key(|level| (level.unsigned_abs(), *level < 0));
        levels.dedup();
        levels.truncate(FEW);
        levels.extend([i8::MAX, i8::MIN]);
        levels.dedup();
        levels
    }

    fn statements(&mut self, statements: &[Statement]) {
        for statement in statements {
            match statement {
                Statement::Update(update) => self.expression(&update.value),
                Statement::Choice(choice) => {
                    self.condition(&choice.condition);
                    self.statements(&choice.then);
                    self.statements(&choice.otherwise);
                }
            }
        }
    }

    fn condition(&mut self, condition: &Condition) {
        for comparison in &condition.comparisons {
            self.expression(&comparison.left);
            self.expression(&comparison.right);
        }
    }

    fn expression(&mut self, expression: &Expression) {
        match &expression.kind {
            ExpressionKind::Number(number) => self.numbers.push(*number),
            ExpressionKind::Name(name) => {
                self.names.insert(name.clone());
            }
            ExpressionKind::Negate(inner) => self.expression(inner),
            ExpressionKind::Binary(_, left, right) => {
                self.expression(left);
                self.expression(right);
            }
            ExpressionKind::Call(_, arguments) => arguments.iter().for_each(|argument| self.expression(argument)),
        }
    }
}
