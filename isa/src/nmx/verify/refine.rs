//! What a comparison tells of its operands.

use super::interval::Interval;
use crate::nmx::operand::Condition;

/// The values that a and b can have where `a condition b` holds; `None` where it cannot.
pub(super) fn where_holds(condition: Condition, a: Interval, b: Interval) -> Option<(Interval, Interval)> {
    match condition {
        Condition::Equal => a.meet(b).map(|both| (both, both)),
        Condition::NotEqual => Some((without(a, b)?, without(b, a)?)),
        Condition::Less => Some((a.between(i64::MIN, b.high() - 1)?, b.between(a.low() + 1, i64::MAX)?)),
        Condition::LessOrEqual => Some((a.between(i64::MIN, b.high())?, b.between(a.low(), i64::MAX)?)),
        Condition::Greater | Condition::GreaterOrEqual => {
            let (b, a) = where_holds(mirrored(condition), b, a)?;
            Some((a, b))
        }
    }
}

/// The condition that holds exactly where `condition` does not.
pub(in crate::nmx) const fn opposite(condition: Condition) -> Condition {
    match condition {
        Condition::Equal => Condition::NotEqual,
        Condition::NotEqual => Condition::Equal,
        Condition::Less => Condition::GreaterOrEqual,
        Condition::LessOrEqual => Condition::Greater,
        Condition::Greater => Condition::LessOrEqual,
        Condition::GreaterOrEqual => Condition::Less,
    }
}

/// Whether the condition holds between equals.
pub(super) const fn holds_of_equals(condition: Condition) -> bool {
    matches!(condition, Condition::Equal | Condition::LessOrEqual | Condition::GreaterOrEqual)
}

/// The condition with its sides exchanged.
const fn mirrored(condition: Condition) -> Condition {
    match condition {
        Condition::Greater => Condition::Less,
        Condition::GreaterOrEqual => Condition::LessOrEqual,
        other => other,
    }
}

/// a without b, where b is one value at an end of a.
fn without(a: Interval, b: Interval) -> Option<Interval> {
    if b.low() != b.high() {
        return Some(a);
    }
    let low = a.low() + i64::from(a.low() == b.low());
    let high = a.high() - i64::from(a.high() == b.low());
    a.between(low, high)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn no_pair_that_satisfies_a_comparison_is_lost(a in (-9_i32..9, 0_i32..9), b in (-9_i32..9, 0_i32..9)) {
            let (a, b) = (a.0..=a.0 + a.1, b.0..=b.0 + b.1);
            for &condition in Condition::ALL {
                for (x, y) in a.clone().flat_map(|x| b.clone().map(move |y| (x, y))) {
                    prop_assert_ne!(condition.holds(x, y), opposite(condition).holds(x, y));
                    prop_assert_eq!(condition.holds(x, x), holds_of_equals(condition));
                    if condition.holds(x, y) {
                        let refined = where_holds(condition, Interval::of(a.clone()), Interval::of(b.clone()));
                        prop_assert!(refined.is_some_and(|(a, b)| a.contains(x.into()) && b.contains(y.into())));
                    }
                }
            }
        }
    }

    #[test]
    fn comparisons_narrow_both_sides() {
        let set = |low, high| Interval::of(low..=high);
        assert_eq!(where_holds(Condition::Greater, set(-5, 5), set(0, 3)), Some((set(1, 5), set(0, 3))));
        assert_eq!(where_holds(Condition::Less, set(4, 9), set(0, 6)), Some((set(4, 5), set(5, 6))));
        assert_eq!(where_holds(Condition::NotEqual, set(0, 1), set(0, 0)), Some((set(1, 1), set(0, 0))));
        assert_eq!(where_holds(Condition::Equal, set(0, 1), set(2, 3)), None);
    }
}
