//! When an epoch without spikes provably changes nothing.

use super::ast::{Condition, Expression, ExpressionKind, Function, Operator, Rule, Statement};
use crate::nmx::operand::Condition as Relation;

/// The spikes without which nothing happens, the fewest that say so: the program may stop where none of them occurred.
pub(super) fn gates(rule: &Rule) -> Option<&'static [&'static str]> {
    const CANDIDATES: [&[&str]; 3] = [&["x0"], &["y0"], &["x0", "y0"]];
    CANDIDATES.into_iter().find(|absent| rule.statements.iter().all(|statement| is_idle(rule, statement, absent)))
}

/// Whether the statement changes nothing if all of `absent` are 0.
fn is_idle(rule: &Rule, statement: &Statement, absent: &[&str]) -> bool {
    match statement {
        Statement::Update(update) => {
            let Some(state) = rule.states.iter().find(|state| state.name == update.state) else { return false };
            let (low, high) = state.values();
            let clips = update.clip.is_some_and(|(least, most)| least > low || most < high);
            update.is_change && !clips && update.value.vanishes(absent)
        }
        Statement::Choice(choice) => {
            let idle = |statements: &[Statement]| statements.iter().all(|one| is_idle(rule, one, absent));
            idle(&choice.otherwise) && (choice.condition.fails(absent) || idle(&choice.then))
        }
    }
}

impl Expression {
    /// Whether it is 0 whenever all of `absent` are.
    fn vanishes(&self, absent: &[&str]) -> bool {
        match &self.kind {
            ExpressionKind::Number(number) => *number == 0.0,
            ExpressionKind::Name(name) => absent.contains(&name.as_str()),
            ExpressionKind::Negate(inner) => inner.vanishes(absent),
            ExpressionKind::Binary(Operator::Multiply, left, right) => left.vanishes(absent) || right.vanishes(absent),
            ExpressionKind::Binary(_, left, right) => left.vanishes(absent) && right.vanishes(absent),
            ExpressionKind::Call(Function::Clip, _) => false,
            ExpressionKind::Call(_, arguments) => arguments.iter().all(|argument| argument.vanishes(absent)),
        }
    }
}

impl Condition {
    /// Whether it cannot hold if all of `absent` are 0.
    fn fails(&self, absent: &[&str]) -> bool {
        let mut each = self.comparisons.iter().map(|comparison| {
            let is_strict = matches!(comparison.relation, Relation::NotEqual | Relation::Less | Relation::Greater);
            is_strict && comparison.left.vanishes(absent) && comparison.right.vanishes(absent)
        });
        if self.is_any { each.all(|fails| fails) } else { each.any(|fails| fails) }
    }
}
