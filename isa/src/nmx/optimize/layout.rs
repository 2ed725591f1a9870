//! Closing up: words that are no longer needed go, except where a draw behind them would change its number.
//!
//! Words that draw stay where they are. The others keep their order, so that each comes to stand where it was or before. In a gap
//! before a word that draws, the first later word that depends on nothing in between takes the place; if there is none, a `nop`.

use super::code::{Code, Line, NOP};
use super::effects::{Effects, draws};

pub(super) fn apply(code: &mut Code<'_>) -> usize {
    let kept: Vec<usize> = (0..code.lines.len()).filter(|&at| !code.is_nop(at)).collect();
    let order = order(code, kept);
    let line = |at: Option<usize>| at.map_or(Line { instruction: NOP, accepted: false }, |at| code.lines[at].clone());
    let lines: Vec<Line> = order.into_iter().map(line).collect();
    let saved = code.lines.len() - lines.len();
    if saved > 0 {
        code.lines = lines;
    }
    saved
}

/// The words in their new order; `None` is a gap.
fn order(code: &Code<'_>, mut waiting: Vec<usize>) -> Vec<Option<usize>> {
    let effects: Vec<Effects> = (0..code.lines.len()).map(|at| code.effects(at)).collect();
    let mut order = Vec::new();
    while !waiting.is_empty() {
        let fits = |&position: &usize| {
            let at = waiting[position];
            if draws(code.instruction(at)) {
                return at == order.len();
            }
            waiting[..position].iter().all(|&before| effects[at].is_independent_of(effects[before]))
        };
        // A word that draws is the first of all when its turn comes: those before it had as many places as there are.
        let next = (0..waiting.len()).find(fits);
        order.push(next.map(|position| waiting.remove(position)));
    }
    order
}
