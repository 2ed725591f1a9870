//! The special inputs of each kind of program.

use super::{Kind, Special};
use std::ops::RangeInclusive;

/// Name and value range of each special that a kind of program has; `None` is reserved.
type Specials = [Option<(&'static str, i32, i32)>; 16];

const I24: (i32, i32) = (-(1 << 23), (1 << 23) - 1);

#[rustfmt::skip]
const NEURON: Specials = [
    Some(("zero", 0, 0)), Some(("one", 1, 1)),
    Some(("i0", I24.0, I24.1)), Some(("i1", I24.0, I24.1)), Some(("i2", I24.0, I24.1)), Some(("i3", I24.0, I24.1)),
    Some(("t", 0, i32::MAX)), None, None, None, None, None,
    Some(("m0", -128, 127)), Some(("m1", -128, 127)), Some(("m2", -128, 127)), Some(("m3", -128, 127)),
];

#[rustfmt::skip]
const LEARN: Specials = [
    Some(("zero", 0, 0)), Some(("one", 1, 1)),
    Some(("x0", 0, 1)), Some(("x1", 0, 127)), Some(("x2", 0, 127)),
    Some(("y0", 0, 1)), Some(("y1", 0, 127)), Some(("y2", 0, 127)), Some(("y3", 0, 127)),
    Some(("t", 0, i32::MAX)), None, None,
    Some(("m0", -128, 127)), Some(("m1", -128, 127)), Some(("m2", -128, 127)), Some(("m3", -128, 127)),
];

const fn specials(kind: Kind) -> &'static Specials {
    match kind {
        Kind::Neuron => &NEURON,
        Kind::Learn => &LEARN,
    }
}

impl Special {
    /// Always 0.
    pub const ZERO: Self = Self(0);
    /// Always 1.
    pub const ONE: Self = Self(1);

    /// The specials that a program of `kind` can read, with their names, by code.
    pub fn all(kind: Kind) -> impl Iterator<Item = (Self, &'static str)> {
        (0..16).map(Self).filter_map(move |special| Some((special, special.name(kind)?)))
    }

    /// The special of this name.
    #[must_use]
    pub fn named(kind: Kind, name: &str) -> Option<Self> {
        Self::all(kind).find(|(_, known)| *known == name).map(|(special, _)| special)
    }

    /// Its name in a program of `kind`; `None` if reserved there.
    #[must_use]
    pub fn name(self, kind: Kind) -> Option<&'static str> {
        specials(kind)[usize::from(self.0)].map(|(name, ..)| name)
    }

    /// The values it takes; `None` if reserved. Traces are given in the seven bits of a Loihi-style trace engine.
    #[must_use]
    pub fn values(self, kind: Kind) -> Option<RangeInclusive<i32>> {
        specials(kind)[usize::from(self.0)].map(|(_, low, high)| low..=high)
    }
}
