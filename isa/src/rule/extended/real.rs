//! The rule in real numbers: nothing is quantised, nothing rounded.

use super::ast::{Comparison, Condition, Expression, ExpressionKind, Function, Operator, Rule, Statement};
use crate::nmx::operand::Condition as Relation;
use std::collections::BTreeMap;

impl Expression {
    /// Its value, given those of states, parameters and inputs by name.
    #[must_use]
    pub fn evaluate(&self, value_of: &dyn Fn(&str) -> f64) -> f64 {
        match &self.kind {
            ExpressionKind::Number(number) => *number,
            ExpressionKind::Name(name) => value_of(name),
            ExpressionKind::Negate(inner) => -inner.evaluate(value_of),
            ExpressionKind::Binary(operator, left, right) => {
                let (left, right) = (left.evaluate(value_of), right.evaluate(value_of));
                match operator {
                    Operator::Add => left + right,
                    Operator::Subtract => left - right,
                    Operator::Multiply => left * right,
                }
            }
            ExpressionKind::Call(function, arguments) => {
                let argument = |index: usize| arguments.get(index).map_or(0.0, |one| one.evaluate(value_of));
                match function {
                    Function::Sign if argument(0) == 0.0 => 0.0,
                    Function::Sign => argument(0).signum(),
                    Function::Absolute => argument(0).abs(),
                    Function::Minimum => argument(0).min(argument(1)),
                    Function::Maximum => argument(0).max(argument(1)),
                    Function::Clip => argument(0).max(argument(1)).min(argument(2)),
                    Function::Round => argument(0),
                }
            }
        }
    }
}

impl Comparison {
    /// Whether it holds, given the values of names.
    #[must_use]
    pub fn holds(&self, value_of: &dyn Fn(&str) -> f64) -> bool {
        let (left, right) = (self.left.evaluate(value_of), self.right.evaluate(value_of));
        match self.relation {
            Relation::Equal => left == right,
            Relation::NotEqual => left != right,
            Relation::Less => left < right,
            Relation::LessOrEqual => left <= right,
            Relation::Greater => left > right,
            Relation::GreaterOrEqual => left >= right,
        }
    }
}

impl Condition {
    /// Whether it holds, given the values of names.
    #[must_use]
    pub fn holds(&self, value_of: &dyn Fn(&str) -> f64) -> bool {
        let mut each = self.comparisons.iter().map(|comparison| comparison.holds(value_of));
        if self.is_any { each.any(|holds| holds) } else { each.all(|holds| holds) }
    }
}

impl Rule {
    /// The states of a new synapse.
    #[must_use]
    pub fn initial_states(&self) -> BTreeMap<String, f64> {
        self.states.iter().map(|state| (state.name.clone(), f64::from(state.initial))).collect()
    }

    /// One epoch in real numbers: every statement on `states`, given the inputs by name (`x0`, `y1`, `m0`, `u3`).
    ///
    /// Clips apply; widths do not.
    pub fn advance(&self, states: &mut BTreeMap<String, f64>, input: &dyn Fn(&str) -> f64) {
        self.run(&self.statements, states, input);
    }

    fn run(&self, statements: &[Statement], states: &mut BTreeMap<String, f64>, input: &dyn Fn(&str) -> f64) {
        for statement in statements {
            let known: &BTreeMap<String, f64> = states;
            let value_of = |name: &str| {
                let parameter = || self.parameters.iter().find(|one| one.name == name).map(|one| one.value);
                known.get(name).copied().or_else(parameter).unwrap_or_else(|| input(name))
            };
            match statement {
                Statement::Update(update) => {
                    let old = if update.is_change { value_of(&update.state) } else { 0.0 };
                    let new = old + update.value.evaluate(&value_of);
                    let new = update.clip.map_or(new, |(low, high)| new.max(low.into()).min(high.into()));
                    states.insert(update.state.clone(), new);
                }
                Statement::Choice(choice) => {
                    let branch = if choice.condition.holds(&value_of) { &choice.then } else { &choice.otherwise };
                    self.run(branch, states, input);
                }
            }
        }
    }
}
