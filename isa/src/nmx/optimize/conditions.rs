//! Equal conditions: a predicate that holds the same condition as another, or its opposite, gives way to it.

use super::code::Code;
use super::effects::{Places, flag, read};
use crate::nmx::operand::{Combine, Condition, Predicate, PredicateIndex, Source};
use crate::nmx::table::Operation;
use crate::nmx::verify::opposite;

/// A predicate holds `a condition b`.
struct Known {
    condition: Condition,
    a: Source,
    b: Source,
    p: PredicateIndex,
}

/// `p` holds where `of` does, or, if `inverted`, where it does not.
struct Alias {
    p: PredicateIndex,
    of: PredicateIndex,
    inverted: bool,
}

pub(super) fn apply(code: &mut Code<'_>) -> usize {
    let mut known: Vec<Known> = Vec::new();
    let mut aliases: Vec<Alias> = Vec::new();
    let mut times = 0;
    for at in 0..code.lines.len() {
        let predicate = code.instruction(at).predicate;
        if let Some(same) = original(&aliases, predicate) {
            code.lines[at].instruction.predicate = same;
            times += 1;
        }
        let tested = match code.instruction(at).operation {
            Operation::Cmp { condition, combine: Combine::Replace, p, a, b }
                if code.instruction(at).predicate == Predicate::Always =>
            {
                Some(Known { condition, a, b, p })
            }
            _ => None,
        };
        let same = tested.as_ref().and_then(|tested| {
            let found = known.iter().find_map(|known| known.inversion(tested).map(|inverted| (known.p, inverted)));
            Some((tested.p, found?))
        });
        if let Some((p, (of, false))) = same
            && p == of
        {
            code.erase(at);
            times += 1;
            continue;
        }
        let writes = code.effects(at).writes;
        known.retain(|known| known.depends_on() & writes == 0);
        aliases.retain(|alias| (flag(alias.p) | flag(alias.of)) & writes == 0);
        if let Some((p, (of, inverted))) = same.filter(|(p, (of, _))| p != of) {
            aliases.push(Alias { p, of, inverted });
        } else {
            known.extend(tested);
        }
    }
    times
}

/// The predicate that stands for one with an alias.
fn original(aliases: &[Alias], predicate: Predicate) -> Option<Predicate> {
    let (p, negated) = match predicate {
        Predicate::Always => return None,
        Predicate::If(p) => (p, false),
        Predicate::Unless(p) => (p, true),
    };
    let alias = aliases.iter().find(|alias| alias.p == p)?;
    Some(if negated == alias.inverted { Predicate::If(alias.of) } else { Predicate::Unless(alias.of) })
}

impl Known {
    fn depends_on(&self) -> Places {
        flag(self.p) | read(self.a) | read(self.b)
    }

    /// Whether the other condition is the opposite of this one; `None` if neither that nor the same.
    fn inversion(&self, other: &Self) -> Option<bool> {
        let condition = if (other.a, other.b) == (self.a, self.b) {
            other.condition
        } else if (other.b, other.a) == (self.a, self.b) {
            mirrored(other.condition)
        } else {
            return None;
        };
        match self.condition {
            same if same == condition => Some(false),
            other if opposite(other) == condition => Some(true),
            _ => None,
        }
    }
}

/// The condition that holds of b and a where `condition` holds of a and b.
const fn mirrored(condition: Condition) -> Condition {
    match condition {
        Condition::Equal | Condition::NotEqual => condition,
        Condition::Less => Condition::Greater,
        Condition::LessOrEqual => Condition::GreaterOrEqual,
        Condition::Greater => Condition::Less,
        Condition::GreaterOrEqual => Condition::LessOrEqual,
    }
}
