//! What an operand can be.
//!
//! Every operand has a *code*, the small integer that stands in its slot of a word. Types here hold legal values only, so encoding
//! cannot fail; [`Code::from_code`] is where an illegal code is refused.

mod special;

use serde::{Deserialize, Serialize};
use std::ops::RangeInclusive;

/// Kind of a program: what it runs for, and so what it may read and do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Runs per compartment and step.
    Neuron,
    /// Runs per synapse and epoch, or event.
    Learn,
}

impl Kind {
    /// Both kinds.
    pub const ALL: [Self; 2] = [Self::Neuron, Self::Learn];

    /// As written after `.kind`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Neuron => "neuron",
            Self::Learn => "learn",
        }
    }
}

/// A value that stands in a slot as a small integer.
pub trait Code: Copy {
    /// The integer.
    fn code(self) -> i32;
    /// The value of the integer, if it has one.
    fn from_code(code: i32) -> Option<Self>;
}

macro_rules! bounded {
    ($($(#[$doc:meta])* $name:ident: $range:expr;)+) => {
        $(
            $(#[$doc])*
            #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
            pub struct $name(u8);

            impl $name {
                /// Legal numbers.
                pub const RANGE: RangeInclusive<u8> = $range;

                /// The operand of this number, if legal.
                #[must_use]
                pub fn new(number: u8) -> Option<Self> {
                    Self::RANGE.contains(&number).then_some(Self(number))
                }

                /// The number.
                #[inline]
                #[must_use]
                pub const fn get(self) -> u8 {
                    self.0
                }
            }

            impl Code for $name {
                fn code(self) -> i32 {
                    i32::from(self.0)
                }
                fn from_code(code: i32) -> Option<Self> {
                    u8::try_from(code).ok().and_then(Self::new)
                }
            }
        )+
    };
}

bounded! {
    /// A scratch register r0..r15, undefined at entry.
    Register: 0..=15;
    /// A state word s0..s15.
    State: 0..=15;
    /// A parameter k0..k15.
    Parameter: 0..=15;
    /// A special input, numbered from its code 48; what it is depends on the kind of the program.
    Special: 0..=15;
    /// A predicate p1..p3.
    PredicateIndex: 1..=3;
    /// Right shift of a product.
    Shift: 0..=15;
    /// Distance of a plain shift.
    Amount: 1..=31;
    /// Number of random bits.
    DrawBits: 1..=31;
    /// A lookup table of the program.
    TableIndex: 0..=15;
    /// An axon port.
    Port: 0..=63;
}

/// A signed immediate of `BITS` bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Immediate<const BITS: u32>(i32);

impl<const BITS: u32> Immediate<BITS> {
    /// Legal numbers.
    pub const RANGE: RangeInclusive<i32> = -(1 << (BITS - 1))..=(1 << (BITS - 1)) - 1;

    /// The immediate of this value, if it fits.
    #[must_use]
    pub fn new(value: i32) -> Option<Self> {
        Self::RANGE.contains(&value).then_some(Self(value))
    }

    /// The value.
    #[inline]
    #[must_use]
    pub const fn get(self) -> i32 {
        self.0
    }
}

impl<const BITS: u32> Code for Immediate<BITS> {
    fn code(self) -> i32 {
        self.0
    }
    fn from_code(code: i32) -> Option<Self> {
        Self::new(code)
    }
}

macro_rules! named {
    ($($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $text:literal,)+ })+) => {
        $(
            $(#[$doc])*
            #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
            pub enum $name {
                $($(#[$variant_doc])* $variant,)+
            }

            impl $name {
                /// All, by code.
                pub const ALL: &'static [Self] = &[$(Self::$variant),+];
                /// Their suffixes, by code; an empty one is not written.
                pub const NAMES: &'static [&'static str] = &[$($text),+];
            }

            impl Code for $name {
                fn code(self) -> i32 {
                    self as i32
                }
                fn from_code(code: i32) -> Option<Self> {
                    usize::try_from(code).ok().and_then(|code| Self::ALL.get(code).copied())
                }
            }
        )+
    };
}

named! {
    /// How a product or shift is rounded.
    Rounding {
        /// Toward minus infinity; the default.
        Floor = "f",
        /// Toward zero.
        Zero = "z",
        /// Away from zero.
        Away = "a",
        /// To the nearest, ties to even.
        Nearest = "n",
        /// Up or down at random, right on average.
        Stochastic = "s",
    }
    /// Function of `bit`.
    Bitwise {
        /// a and b.
        And = "and",
        /// a or b.
        Or = "or",
        /// a xor b.
        Xor = "xor",
        /// a and not b.
        AndNot = "andn",
    }
    /// Function of `una`.
    Unary {
        /// -a.
        Negate = "neg",
        /// |a|.
        Absolute = "abs",
        /// -1, 0 or 1.
        Sign = "sgn",
        /// Every bit inverted.
        Not = "not",
    }
    /// What `cmp` tests.
    Condition {
        /// a = b.
        Equal = "eq",
        /// a is not b.
        NotEqual = "ne",
        /// a < b.
        Less = "lt",
        /// a <= b.
        LessOrEqual = "le",
        /// a > b.
        Greater = "gt",
        /// a >= b.
        GreaterOrEqual = "ge",
    }
    /// How `cmp` joins its outcome with the predicate's old value.
    Combine {
        /// Not at all.
        Replace = "",
        /// Both must hold.
        And = "and",
        /// One must hold.
        Or = "or",
    }
    /// Where the numbers of `rnd` lie.
    Spread {
        /// From 0 on.
        Unsigned = "",
        /// Around 0.
        Centred = "s",
    }
}

impl Condition {
    /// Whether the condition holds between `a` and `b`.
    #[inline]
    #[must_use]
    pub const fn holds(self, a: i32, b: i32) -> bool {
        match self {
            Self::Equal => a == b,
            Self::NotEqual => a != b,
            Self::Less => a < b,
            Self::LessOrEqual => a <= b,
            Self::Greater => a > b,
            Self::GreaterOrEqual => a >= b,
        }
    }
}

/// The first code of states among sources and targets.
const STATES: i32 = 16;
/// The first code of parameters among sources.
const PARAMETERS: i32 = 32;
/// The first code of specials among sources.
const SPECIALS: i32 = 48;

/// What an instruction writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Target {
    /// A register.
    Register(Register),
    /// A state word.
    State(State),
}

impl Code for Target {
    fn code(self) -> i32 {
        match self {
            Self::Register(register) => register.code(),
            Self::State(state) => STATES + state.code(),
        }
    }
    fn from_code(code: i32) -> Option<Self> {
        Register::from_code(code).map(Self::Register).or_else(|| State::from_code(code - STATES).map(Self::State))
    }
}

/// What an instruction reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Source {
    /// A register.
    Register(Register),
    /// A state word.
    State(State),
    /// A parameter.
    Parameter(Parameter),
    /// A special input.
    Special(Special),
}

impl Code for Source {
    fn code(self) -> i32 {
        match self {
            Self::Register(register) => register.code(),
            Self::State(state) => STATES + state.code(),
            Self::Parameter(parameter) => PARAMETERS + parameter.code(),
            Self::Special(special) => SPECIALS + special.code(),
        }
    }
    fn from_code(code: i32) -> Option<Self> {
        if code < PARAMETERS {
            return Target::from_code(code).map(Self::from);
        }
        let parameter = Parameter::from_code(code - PARAMETERS).map(Self::Parameter);
        parameter.or_else(|| Special::from_code(code - SPECIALS).map(Self::Special))
    }
}

impl From<Target> for Source {
    fn from(target: Target) -> Self {
        match target {
            Target::Register(register) => Self::Register(register),
            Target::State(state) => Self::State(state),
        }
    }
}

impl Source {
    /// The code as an index below 64: r 0..15, s 16..31, k 32..47, specials 48..63.
    #[inline]
    #[must_use]
    pub const fn index(self) -> usize {
        match self {
            Self::Register(Register(number)) => number as usize,
            Self::State(State(number)) => 16 + number as usize,
            Self::Parameter(Parameter(number)) => 32 + number as usize,
            Self::Special(Special(number)) => 48 + number as usize,
        }
    }
}

impl Target {
    /// The code as an index below 32: r 0..15, s 16..31.
    #[inline]
    #[must_use]
    pub const fn index(self) -> usize {
        match self {
            Self::Register(Register(number)) => number as usize,
            Self::State(State(number)) => 16 + number as usize,
        }
    }
}

/// Condition under which an instruction takes effect. It costs its cycles either way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Predicate {
    /// No condition.
    Always,
    /// `@pN`: if the predicate holds.
    If(PredicateIndex),
    /// `@!pN`: if it does not.
    Unless(PredicateIndex),
}

impl Code for Predicate {
    fn code(self) -> i32 {
        match self {
            Self::Always => 0,
            Self::If(p) => p.code(),
            Self::Unless(p) => 4 | p.code(),
        }
    }
    fn from_code(code: i32) -> Option<Self> {
        match code {
            0 => Some(Self::Always),
            1..=3 => PredicateIndex::from_code(code).map(Self::If),
            _ => PredicateIndex::from_code(code - 4).map(Self::Unless),
        }
    }
}
