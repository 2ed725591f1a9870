//! Instructions before their registers are chosen: what a compiler emits.
//!
//! A line is an instruction of [`TABLE`](super::table::TABLE) whose registers and predicates are *virtual*: there are as many as one
//! asks for. State words, parameters and inputs are named as they are. [`Builder::allocate`] maps the virtual ones to r0..r15 and p1..p3
//! by linear scan over their spans, so that the fewest are used, and changes nothing else: line n becomes instruction n. Nothing is
//! spilled, for there is nowhere to spill to; a program that needs more at once is refused.
//!
//! ```
//! use caudate_isa::nmx::ir::{Builder, Guard};
//! use caudate_isa::nmx::operand::{Combine, Condition, Rounding, Special, State};
//! use caudate_isa::nmx::{Kind, Opcode};
//!
//! let mut code = Builder::new(Kind::Learn);
//! let [x1, y0] = ["x1", "y0"].map(|name| Special::named(Kind::Learn, name).expect("an input of learning programs"));
//! let weight = State::new(0).expect("below 16");
//! let (post, product) = (code.predicate(), code.register());
//! // Operands stand in the order in which they are written: suffixes, then the rest. Suffixes with a default are given as well.
//! let [differs, plain] = [Condition::NotEqual.into(), Combine::Replace.into()];
//! code.emit(Guard::Always, Opcode::Cmp, &[differs, plain, post.into(), y0.into(), Special::ZERO.into()]);
//! code.emit(Guard::If(post), Opcode::Mul, &[Rounding::Nearest.into(), product.into(), x1.into(), x1.into(), 4.into()]);
//! code.emit(Guard::If(post), Opcode::Add, &[weight.into(), weight.into(), product.into()]);
//! let instructions = code.allocate()?;
//! assert_eq!(instructions.len(), 3);
//! # Ok::<(), Box<caudate_isa::Diagnostic>>(())
//! ```
//!
//! | code | meaning |
//! |---|---|
//! | `N0501` | more values than registers are needed at once |
//! | `N0502` | more conditions than predicates are needed at once |
//! | `N0503` | a virtual register or predicate is read where it may hold no value |
//! | `N0504` | a line that is no instruction |

mod allocate;
mod defined;
mod operand;
#[cfg(test)]
mod tests;

pub use operand::{Guard, Operand, Virtual, VirtualPredicate};

use super::operand::Kind;
use super::table::Opcode;

/// A line: an opcode with operands under a guard.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Line {
    guard: Guard,
    opcode: Opcode,
    operands: Vec<Operand>,
}

/// Collects the lines of a program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Builder {
    kind: Kind,
    lines: Vec<Line>,
    registers: usize,
    predicates: usize,
}

impl Builder {
    /// No lines, for a program of `kind`.
    #[must_use]
    pub const fn new(kind: Kind) -> Self {
        Self { kind, lines: Vec::new(), registers: 0, predicates: 0 }
    }

    /// A register that no other line uses. It holds no value yet.
    pub const fn register(&mut self) -> Virtual {
        self.registers += 1;
        Virtual(self.registers - 1)
    }

    /// A predicate that no other line uses. It must be set by an unguarded comparison without combination before it is read.
    pub const fn predicate(&mut self) -> VirtualPredicate {
        self.predicates += 1;
        VirtualPredicate(self.predicates - 1)
    }

    /// Adds a line and returns its number, which is the index of its word. Operands stand in the order of [`Opcode::operands`];
    /// whether they make an instruction is seen by [`allocate`](Self::allocate).
    pub fn emit(&mut self, guard: Guard, opcode: Opcode, operands: &[Operand]) -> usize {
        self.lines.push(Line { guard, opcode, operands: operands.to_vec() });
        self.lines.len() - 1
    }

    /// Lines so far.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.lines.len()
    }

    /// Whether there is no line yet.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }
}
