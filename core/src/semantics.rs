//! Named numeric semantics: what overflow, truncation and learning order mean, per emulator and for our own cores.
//!
//! `b2l`, `lava` and `nengo` reproduce brian2-loihi 0.5.2, lava-nc 0.10.0 and nengo-loihi 1.1.0 bit for bit; `loihi1` and
//! `loihi2` are ours, with each choice stated in the model chapter of the book. Each row of that chapter's table is a field
//! of [`Numerics`].

use serde::{Deserialize, Serialize};

/// A named set of numeric choices.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Semantics {
    /// Ours, for Loihi-1-style cores; the default.
    Loihi1,
    /// Ours, for Loihi-2-style cores: as `Loihi1`, without the decay offset.
    Loihi2,
    /// brian2-loihi 0.5.2, bit for bit.
    B2l,
    /// lava-nc 0.10.0, bit for bit.
    Lava,
    /// nengo-loihi 1.1.0, bit for bit.
    Nengo,
}

/// How a 24-bit state word behaves at its limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Overflow {
    /// No limit is modelled (64-bit arithmetic; the emulator uses machine integers).
    Unbounded,
    /// Two's complement wrap to this many magnitude bits and a sign.
    Wrap(u32),
    /// Clamp to `-2^bits ..= 2^bits - 1`.
    Saturate(u32),
    /// Clamp to the symmetric range `-(2^bits - 1) ..= 2^bits - 1`.
    ClampSymmetric(u32),
    /// One conditional correction by `2^(bits + 1)`: the value may be exactly `+2^bits`, never `-2^bits`.
    CorrectOnce(u32),
}

/// How many low bits of a weight mantissa are lost to its format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WeightTruncation {
    /// Toward zero to a multiple of `2^s`.
    TowardZero,
    /// The same, but in the initial effective weight alone: the mantissa that learning moves is whole.
    TowardZeroAtUse,
    /// Floor to a multiple of `2^s`; inhibitory weights are negated first and back.
    Floor,
    /// The host has rounded already; nothing is lost here.
    None,
}

/// Which learning engine a profile runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LearningOrder {
    /// Ours: traces advance every step, independent draw per synapse, symmetric clip bounds.
    Loihi,
    /// lava-nc: traces replayed at the epoch's end, one shared draw, clip bounds off by one.
    Lava,
    /// brian2-loihi: no epochs; weights in force at arrival.
    Brian2Loihi,
    /// The emulator's learning is not modelled.
    Unsupported,
}

/// The numeric choices of one profile, one field per row of the table in the model chapter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Numerics {
    /// Truncation of a weight mantissa to its format.
    pub weight_truncation: WeightTruncation,
    /// Negative weight exponents apply to the sum per (projection, delay slot) instead of per synapse.
    pub shift_after_sum: bool,
    /// Limit of the magnitude of one effective weight, if any.
    pub effective_weight_limit: Option<i64>,
    /// The input read from the dendritic accumulator.
    pub accumulator: Overflow,
    /// The synaptic current u after its input was added.
    pub current: Overflow,
    /// u + bias, before it is added to the decayed v.
    pub drive: Overflow,
    /// The membrane potential v.
    pub voltage: Overflow,
    /// Whether overflows are counted (ours) or silent (emulators, which do not report them).
    pub counts_overflow: bool,
    /// Added by the chip to a current-decay register to give the effective decay: a time constant is never converted to a
    /// slower decay than this. A decay that is given as effective is taken as it is.
    pub decay_offset: u16,
    /// Whether a bias exists.
    pub has_bias: bool,
    /// Whether a refractory period exists.
    pub has_refractory: bool,
    /// The learning engine.
    pub learning: LearningOrder,
}

/// The limit of one effective weight: 21 bits and a sign, in units of 64.
const EFFECTIVE_WEIGHT_LIMIT: i64 = (1 << 21) - 64;

impl Semantics {
    /// All profiles, in the order in which they are listed to users.
    pub const ALL: [Self; 5] = [Self::Loihi1, Self::Loihi2, Self::B2l, Self::Lava, Self::Nengo];

    /// The name in chip files and on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Loihi1 => "loihi1",
            Self::Loihi2 => "loihi2",
            Self::B2l => "b2l",
            Self::Lava => "lava",
            Self::Nengo => "nengo",
        }
    }

    /// Finds a profile by its name.
    #[must_use]
    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|semantics| semantics.name() == name)
    }

    /// The numeric choices of this profile.
    #[must_use]
    pub const fn numerics(self) -> Numerics {
        let ours = Numerics {
            weight_truncation: WeightTruncation::TowardZero,
            shift_after_sum: false,
            effective_weight_limit: Some(EFFECTIVE_WEIGHT_LIMIT),
            accumulator: Overflow::Saturate(21),
            current: Overflow::Wrap(23),
            drive: Overflow::Unbounded,
            voltage: Overflow::ClampSymmetric(23),
            counts_overflow: true,
            decay_offset: 1,
            has_bias: true,
            has_refractory: true,
            learning: LearningOrder::Loihi,
        };
        match self {
            Self::Loihi1 => ours,
            Self::Loihi2 => Numerics { decay_offset: 0, ..ours },
            Self::B2l => Numerics {
                weight_truncation: WeightTruncation::TowardZeroAtUse,
                accumulator: Overflow::Unbounded,
                current: Overflow::Unbounded,
                voltage: Overflow::Unbounded,
                counts_overflow: false,
                decay_offset: 0,
                has_bias: false,
                learning: LearningOrder::Brian2Loihi,
                ..ours
            },
            Self::Lava => Numerics {
                weight_truncation: WeightTruncation::Floor,
                shift_after_sum: true,
                effective_weight_limit: None,
                accumulator: Overflow::Unbounded,
                current: Overflow::CorrectOnce(23),
                counts_overflow: false,
                decay_offset: 0,
                has_refractory: false,
                learning: LearningOrder::Lava,
                ..ours
            },
            Self::Nengo => Numerics {
                weight_truncation: WeightTruncation::None,
                effective_weight_limit: None,
                accumulator: Overflow::Wrap(21),
                drive: Overflow::Wrap(23),
                counts_overflow: false,
                decay_offset: 0,
                learning: LearningOrder::Unsupported,
                ..ours
            },
        }
    }
}

impl WeightTruncation {
    /// Whether memory holds mantissas whole.
    #[must_use]
    pub const fn keeps_every_bit(self) -> bool {
        matches!(self, Self::TowardZeroAtUse | Self::None)
    }
}

impl Overflow {
    /// Brings `value` into range.
    #[inline]
    #[must_use]
    pub const fn apply(self, value: i64) -> i64 {
        match self {
            Self::Unbounded => value,
            Self::Wrap(bits) => crate::arithmetic::wrap(value, bits),
            Self::Saturate(bits) => crate::arithmetic::saturate(value, bits),
            Self::ClampSymmetric(bits) => crate::arithmetic::clamp_symmetric(value, bits),
            Self::CorrectOnce(bits) => {
                let half = 1_i64 << bits;
                if value > half {
                    value - (half << 1)
                } else if value <= -half {
                    value + (half << 1)
                } else {
                    value
                }
            }
        }
    }
}
