//! Conditions, and what runs under them.

use super::ast::{Choice, Condition, Statement};
use super::lower::{Lowered, Lowering};
use crate::nmx::ir::{Guard, Operand, VirtualPredicate};
use crate::nmx::operand::{Combine, Condition as Relation, Special};

impl Lowering<'_, '_> {
    /// Statements in order, where `guard` holds.
    pub(super) fn statements(&mut self, statements: &[Statement], guard: Guard) -> Lowered<()> {
        let mut is_sound = true;
        for statement in statements {
            let lowered = match statement {
                Statement::Update(update) => {
                    self.code.statement = update.span.clone();
                    self.update(update, guard)
                }
                Statement::Choice(choice) => {
                    self.code.statement = choice.span.clone();
                    self.choice(choice, guard)
                }
            };
            is_sound &= lowered.is_ok();
        }
        if is_sound { Ok(()) } else { Err(super::parse::Reported) }
    }

    fn choice(&mut self, choice: &Choice, guard: Guard) -> Lowered<()> {
        let holds = self.condition(&choice.condition, guard)?;
        // What the branch not taken would compute is computed too, on states that the other has changed.
        self.statements(&choice.then, Guard::If(holds))?;
        if choice.otherwise.is_empty() {
            return Ok(());
        }
        self.code.statement = choice.span.clone();
        let otherwise = match guard {
            Guard::Always => Guard::Unless(holds),
            outer => {
                let p = self.cleared();
                let [zero, plain] = [Operand::from(Special::ZERO), Operand::from(Special::ZERO)];
                self.code.compare(outer, p, Relation::Equal, Combine::Replace, zero, plain);
                self.code.compare(Guard::If(holds), p, Relation::NotEqual, Combine::Replace, zero, plain);
                Guard::If(p)
            }
        };
        self.statements(&choice.otherwise, otherwise)
    }

    /// A predicate that does not hold.
    fn cleared(&mut self) -> VirtualPredicate {
        let p = self.code.predicate();
        let zero: Operand = Special::ZERO.into();
        self.code.compare(Guard::Always, p, Relation::NotEqual, Combine::Replace, zero, zero);
        p
    }

    /// A predicate that holds where `guard` and the condition do.
    fn condition(&mut self, condition: &Condition, guard: Guard) -> Lowered<VirtualPredicate> {
        let mut sides = Vec::new();
        for comparison in &condition.comparisons {
            let (left, right) = (self.linear(&comparison.left)?, self.linear(&comparison.right)?);
            let scale = left.scale().max(right.scale());
            let left = self.numerator(&left, scale, &comparison.left.span)?;
            let right = self.numerator(&right, scale, &comparison.right.span)?;
            sides.push((comparison.relation, left.operand, right.operand));
        }
        let p = if guard == Guard::Always { self.code.predicate() } else { self.cleared() };
        let mut combine = Combine::Replace;
        for (relation, left, right) in sides {
            self.code.compare(guard, p, relation, combine, left, right);
            combine = if condition.is_any { Combine::Or } else { Combine::And };
        }
        Ok(p)
    }
}
