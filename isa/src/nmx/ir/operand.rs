//! What a line names.

use crate::nmx::operand::{
    Bitwise, Code, Combine, Condition, Parameter, Rounding, Source, Special, Spread, State, Unary,
};
use crate::nmx::state_type::StateType;

/// A virtual register.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Virtual(pub(super) usize);

/// A virtual predicate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VirtualPredicate(pub(super) usize);

/// When a line takes effect; for `sel`, what chooses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Guard {
    /// Always.
    Always,
    /// Where the predicate holds.
    If(VirtualPredicate),
    /// Where it does not.
    Unless(VirtualPredicate),
}

impl Guard {
    /// The predicate that it asks.
    #[must_use]
    pub const fn predicate(self) -> Option<VirtualPredicate> {
        match self {
            Self::Always => None,
            Self::If(p) | Self::Unless(p) => Some(p),
        }
    }
}

/// An operand of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Operand {
    /// A virtual register, read or written.
    Register(Virtual),
    /// The predicate that `cmp` writes.
    Predicate(VirtualPredicate),
    /// Anything else, by the code that stands in its slot: a state word, parameter or input, a number, a suffix, a width.
    Code(i32),
}

impl From<Virtual> for Operand {
    fn from(register: Virtual) -> Self {
        Self::Register(register)
    }
}

impl From<VirtualPredicate> for Operand {
    fn from(predicate: VirtualPredicate) -> Self {
        Self::Predicate(predicate)
    }
}

impl From<i32> for Operand {
    /// A number as it is written: a shift, an immediate, a port.
    fn from(number: i32) -> Self {
        Self::Code(number)
    }
}

/// Sources have codes of their own when they stand among other sources.
macro_rules! from_sources {
    ($($name:ident)+) => {
        $(impl From<$name> for Operand {
            fn from(operand: $name) -> Self {
                Self::Code(Source::$name(operand).code())
            }
        })+
    };
}
from_sources!(State Parameter Special);

macro_rules! from_codes {
    ($($name:ty)+) => {
        $(impl From<$name> for Operand {
            fn from(operand: $name) -> Self {
                Self::Code(operand.code())
            }
        })+
    };
}
from_codes!(Rounding Bitwise Unary Condition Combine Spread StateType);
