//! What the text of a rule says, with the real numbers that its author wrote.
//!
//! Names are resolved: `t` has become the name of the tag, `r0` is `m0`, `u_3` is `u3`, and every name is a state, a parameter or
//! an input ([`INPUTS`], or `u0`..`u31`).

use crate::nmx::operand::{Condition as Relation, Rounding};
use crate::nmx::state_type::StateType;
use std::ops::Range;

/// The inputs of a rule that are not epochs: spikes of this epoch (0 or 1), traces and modulators.
pub const INPUTS: [&str; 11] = ["x0", "x1", "x2", "y0", "y1", "y2", "y3", "m0", "m1", "m2", "m3"];

/// A stretch of the text, in bytes.
pub type Span = Range<usize>;

/// A rule of the extended dialect.
#[derive(Debug, Clone, PartialEq)]
pub struct Rule {
    /// Its name.
    pub name: String,
    /// What lives in a synapse from epoch to epoch, in the order of the text: at most 16.
    pub states: Vec<State>,
    /// Named constants: at most 16.
    pub parameters: Vec<Parameter>,
    /// How the traces decay that the rule is meant for.
    pub traces: Vec<Trace>,
    /// What an epoch does, one statement after the other: each sees what those before it have done.
    pub statements: Vec<Statement>,
    /// What its author expects of it.
    pub expectations: Vec<Expectation>,
    /// What diagnostics call the text.
    pub origin: String,
    /// The text that spans refer to.
    pub text: String,
}

/// A word of synaptic state.
#[derive(Debug, Clone, PartialEq)]
pub struct State {
    /// Its name.
    pub name: String,
    /// Storage width.
    pub of: StateType,
    /// The smallest and the largest value that it is claimed to take; `None`: all that its width holds.
    pub range: Option<(i32, i32)>,
    /// Value of a new synapse.
    pub initial: i32,
    /// Whether `t` stands for it.
    pub is_tag: bool,
    /// Whether a store may saturate.
    pub saturates: bool,
    /// Where its name stands.
    pub span: Span,
}

impl State {
    /// The values that it can have when an epoch begins.
    #[must_use]
    pub fn values(&self) -> (i32, i32) {
        self.range.unwrap_or((self.of.lowest(), self.of.highest()))
    }
}

/// A named constant.
#[derive(Debug, Clone, PartialEq)]
pub struct Parameter {
    /// Its name.
    pub name: String,
    /// Its value as written.
    pub value: f64,
    /// Fraction bits asked for by `@Q<n>`, 0..=30; `None`: as many as it takes.
    pub fraction_bits: Option<u8>,
    /// Where its name stands.
    pub span: Span,
}

/// A trace line: what verification simulates, and a network's default.
#[derive(Debug, Clone, PartialEq)]
pub struct Trace {
    /// `x1`, `x2`, `y1`, `y2` or `y3`.
    pub name: String,
    /// Time constant in steps, above 0.
    pub tau_steps: f64,
    /// What a spike adds, 0..=127.
    pub impulse: f64,
    /// Where its name stands.
    pub span: Span,
}

/// Something that an epoch does.
#[derive(Debug, Clone, PartialEq)]
pub enum Statement {
    /// `dw = ...` or `w = ...`.
    Update(Update),
    /// `if ... { ... } else { ... }`.
    Choice(Choice),
}

/// A new value for a state.
#[derive(Debug, Clone, PartialEq)]
pub struct Update {
    /// Name of the state.
    pub state: String,
    /// Whether `value` is added to the state (`dw = `) or replaces it (`w = `).
    pub is_change: bool,
    /// The change, or the new value. It is exact until it is rounded, once, to an integer.
    pub value: Expression,
    /// How it is rounded.
    pub rounding: Rounding,
    /// Bounds to which the state is clamped after the update.
    pub clip: Option<(i32, i32)>,
    /// From the target to the end of the statement.
    pub span: Span,
}

/// Statements that run under a condition.
#[derive(Debug, Clone, PartialEq)]
pub struct Choice {
    /// The condition.
    pub condition: Condition,
    /// What runs where it holds.
    pub then: Vec<Statement>,
    /// What runs where it does not.
    pub otherwise: Vec<Statement>,
    /// From `if` to the last brace.
    pub span: Span,
}

/// Comparisons joined by `and`, or all by `or`.
#[derive(Debug, Clone, PartialEq)]
pub struct Condition {
    /// At least one comparison.
    pub comparisons: Vec<Comparison>,
    /// Whether one suffices.
    pub is_any: bool,
}

/// `left relation right`. A bare `x0` has become `x0 != 0`.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// Left side.
    pub left: Expression,
    /// Relation that must hold.
    pub relation: Relation,
    /// Right side.
    pub right: Expression,
    /// Where it stands.
    pub span: Span,
}

/// An exact value.
#[derive(Debug, Clone, PartialEq)]
pub struct Expression {
    /// What it is.
    pub kind: ExpressionKind,
    /// Where it stands.
    pub span: Span,
}

/// What an expression is.
#[derive(Debug, Clone, PartialEq)]
pub enum ExpressionKind {
    /// A number; `2^-3` is one.
    Number(f64),
    /// A state, parameter or input.
    Name(String),
    /// -a.
    Negate(Box<Expression>),
    /// a operator b.
    Binary(Operator, Box<Expression>, Box<Expression>),
    /// A function of its arguments, as many as it takes.
    Call(Function, Vec<Expression>),
}

/// Joins two expressions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    /// a + b.
    Add,
    /// a - b.
    Subtract,
    /// a * b.
    Multiply,
}

/// A function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Function {
    /// -1, 0 or 1.
    Sign,
    /// Magnitude.
    Absolute,
    /// The smaller of two.
    Minimum,
    /// The larger of two.
    Maximum,
    /// The first, moved up to the second and down to the third.
    Clip,
    /// The nearest integer, ties to even, in the middle of an expression; the real-valued rule leaves it out.
    Round,
}

impl Function {
    /// All, with their names and numbers of arguments.
    pub const ALL: [(Self, &'static str, usize); 6] = [
        (Self::Sign, "sgn", 1),
        (Self::Absolute, "abs", 1),
        (Self::Minimum, "min", 2),
        (Self::Maximum, "max", 2),
        (Self::Clip, "clip", 3),
        (Self::Round, "round", 1),
    ];
}

/// What the author expects of the rule, for `verify rule`.
#[derive(Debug, Clone, PartialEq)]
pub struct Expectation {
    /// What is expected.
    pub kind: ExpectationKind,
    /// Where it stands.
    pub span: Span,
}

/// What can be expected.
#[derive(Debug, Clone, PartialEq)]
pub enum ExpectationKind {
    /// `expect w in 0..255`: at the end of every epoch.
    Within {
        /// Name of the state.
        state: String,
        /// Smallest value.
        low: i32,
        /// Largest value.
        high: i32,
    },
    /// `expect w unchanged when m0 == base` or `expect e unchanged without x0, y0`.
    Unchanged {
        /// Name of the state.
        state: String,
        /// An epoch in which it holds leaves the state alone; `None`: every epoch.
        when: Option<Condition>,
        /// Spikes, `x0` or `y0`, none of which occurs in the whole run.
        without: Vec<String>,
    },
    /// `expect w rises when pre_first, m0 > base`: from beginning to end of a run with one pair of spikes, if all of `when` hold.
    Moves {
        /// Name of the state.
        state: String,
        /// Up, or down.
        rises: bool,
        /// Which of the pair comes first; `None`: no matter.
        order: Option<PairOrder>,
        /// What holds in every epoch; `None`: anything.
        when: Option<Condition>,
    },
    /// `expect e reaches 0 within 400`: that many epochs after the last spike, and stays.
    Reaches {
        /// Name of the state.
        state: String,
        /// The value.
        value: i32,
        /// Epochs.
        within: u32,
    },
    /// `expect w unbiased`: rounding moves it as often up as down, on average over draws.
    Unbiased {
        /// Name of the state.
        state: String,
    },
    /// `expect no saturation`: neither of a result nor of a store.
    NoSaturation,
    /// `expect error(w) <= 2 within 100`: against the real-valued rule, over that many epochs.
    Error {
        /// Name of the state.
        state: String,
        /// Largest difference.
        limit: f64,
        /// Epochs.
        within: u32,
    },
}

/// Order of a pair of spikes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PairOrder {
    /// `pre_first`: the presynaptic spike comes first.
    PreFirst,
    /// `post_first`: the postsynaptic spike does.
    PostFirst,
}
