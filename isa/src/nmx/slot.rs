//! Slots: the places in an instruction word where operands stand.
//!
//! ```text
//!  31    27 26   24 23      19 18       13 12        7 6         0
//! [ opcode ][ pred ][   dst   ][    a     ][    b     ][    c    ]
//! ```
//!
//! A slot is a run of bits and the set of codes that are legal there. Bits of a word that belong to no slot of its instruction must
//! be 0.

use super::operand::Amount;
use super::operand::{
    Bitwise, Code, Combine, Condition, DrawBits, Immediate, Port, PredicateIndex, Rounding, Shift, Source, Spread,
    TableIndex, Target, Unary,
};
use super::state_type::StateType;
use std::ops::RangeInclusive;

/// A place in an instruction word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Slot {
    /// Register or state written.
    Dst,
    /// Register or state read and written.
    Acc,
    /// First source.
    A,
    /// Second source.
    B,
    /// Signed immediate of 19 bits, in a, b and c.
    Imm19,
    /// Signed immediate of 13 bits, in b and c.
    Imm13,
    /// Rounding, a suffix; floor if the shift beside it is 0.
    Round,
    /// Right shift of a product.
    Shift,
    /// Distance of a plain shift.
    Amount,
    /// Function of `bit`, a suffix.
    Bitwise,
    /// Function of `una`, a suffix.
    Unary,
    /// Width of `sat`.
    Width,
    /// Condition of `cmp`, a suffix.
    Condition,
    /// Combination of `cmp`, a suffix.
    Combine,
    /// Predicate written by `cmp`.
    Flag,
    /// Number of random bits.
    DrawBits,
    /// Spread of random bits, a suffix.
    Spread,
    /// Lookup table.
    Table,
    /// Axon port.
    Port,
}

/// The code of a slot that holds none of its legal codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IllegalCode {
    /// The slot.
    pub slot: Slot,
    /// What stands there.
    pub code: i32,
}

impl Slot {
    /// Position of the lowest bit, number of bits.
    #[must_use]
    pub const fn place(self) -> (u32, u32) {
        match self {
            Self::Dst | Self::Acc => (19, 5),
            Self::A => (13, 6),
            Self::B | Self::Amount | Self::Unary | Self::DrawBits | Self::Table | Self::Port => (7, 6),
            Self::Imm19 => (0, 19),
            Self::Imm13 | Self::Width => (0, 13),
            Self::Round => (4, 3),
            Self::Shift => (0, 4),
            Self::Bitwise | Self::Condition | Self::Spread => (0, 7),
            Self::Combine => (22, 2),
            Self::Flag => (19, 2),
        }
    }

    /// The bits of the slot, set.
    #[must_use]
    pub const fn mask(self) -> u32 {
        let (low, count) = self.place();
        ((1 << count) - 1) << low
    }

    /// Suffixes by code, for a slot that is written as a suffix of the mnemonic; the code of an omitted suffix is 0.
    #[must_use]
    pub const fn suffixes(self) -> Option<&'static [&'static str]> {
        match self {
            Self::Round => Some(Rounding::NAMES),
            Self::Bitwise => Some(Bitwise::NAMES),
            Self::Unary => Some(Unary::NAMES),
            Self::Condition => Some(Condition::NAMES),
            Self::Combine => Some(Combine::NAMES),
            Self::Spread => Some(Spread::NAMES),
            _ => None,
        }
    }

    /// Whether a suffix may be left out, for code 0.
    #[must_use]
    pub const fn has_default_suffix(self) -> bool {
        matches!(self, Self::Round | Self::Combine | Self::Spread)
    }

    /// Legal numbers, for a slot that is written as a plain number.
    #[must_use]
    pub fn numbers(self) -> Option<RangeInclusive<i32>> {
        let narrow = |range: RangeInclusive<u8>| Some(i32::from(*range.start())..=i32::from(*range.end()));
        match self {
            Self::Imm19 => Some(Immediate::<19>::RANGE),
            Self::Imm13 => Some(Immediate::<13>::RANGE),
            Self::Shift => narrow(Shift::RANGE),
            Self::Amount => narrow(Amount::RANGE),
            Self::DrawBits => narrow(DrawBits::RANGE),
            Self::Table => narrow(TableIndex::RANGE),
            Self::Port => narrow(Port::RANGE),
            _ => None,
        }
    }

    /// Whether the instruction reads what the slot names.
    #[must_use]
    pub const fn is_read(self) -> bool {
        matches!(self, Self::A | Self::B | Self::Acc)
    }

    /// Whether the instruction writes the register or state that the slot names.
    #[must_use]
    pub const fn is_written(self) -> bool {
        matches!(self, Self::Dst | Self::Acc)
    }

    /// `code` at its place in a word. A legal code never reaches outside the slot.
    #[must_use]
    pub const fn put(self, code: i32) -> u32 {
        let (low, _) = self.place();
        (code.cast_unsigned() << low) & self.mask()
    }

    /// The code that stands in `word`, whether legal or not.
    #[must_use]
    pub const fn code(self, word: u32) -> i32 {
        let (low, count) = self.place();
        let above = 32 - low - count;
        let high = word << above;
        match self {
            Self::Imm19 | Self::Imm13 => high.cast_signed() >> (32 - count),
            _ => (high >> (32 - count)).cast_signed(),
        }
    }

    /// Whether `code` can stand here.
    #[must_use]
    pub fn admits(self, code: i32) -> bool {
        match self {
            Self::Dst | Self::Acc => Target::from_code(code).is_some(),
            Self::A | Self::B => Source::from_code(code).is_some(),
            Self::Width => StateType::from_code(code).is_some(),
            Self::Flag => PredicateIndex::from_code(code).is_some(),
            _ => match (self.numbers(), self.suffixes()) {
                (Some(range), _) => range.contains(&code),
                (None, Some(names)) => usize::try_from(code).is_ok_and(|code| code < names.len()),
                (None, None) => false,
            },
        }
    }

    /// The operand that stands in `word`.
    pub(super) fn read<T: Code>(self, word: u32) -> Result<T, IllegalCode> {
        let code = self.code(word);
        // A product that is not shifted is not rounded: only one of the five roundings is canonical.
        let idle = self == Self::Shift && code == 0 && Self::Round.code(word) != 0;
        if idle {
            return Err(IllegalCode { slot: Self::Round, code: Self::Round.code(word) });
        }
        T::from_code(code).ok_or(IllegalCode { slot: self, code })
    }

    /// What the slot is called in messages and on the page.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Dst => "destination",
            Self::Acc => "accumulator",
            Self::A => "first source",
            Self::B => "second source",
            Self::Imm19 | Self::Imm13 => "immediate",
            Self::Round => "rounding",
            Self::Shift | Self::Amount => "shift",
            Self::Bitwise | Self::Unary => "function",
            Self::Width => "width",
            Self::Condition => "condition",
            Self::Combine => "combination",
            Self::Flag => "predicate",
            Self::DrawBits => "number of bits",
            Self::Spread => "spread",
            Self::Table => "table",
            Self::Port => "port",
        }
    }
}

/// Bits above the sign flag in the code of a width.
const WIDTH_SHIFT: u32 = 7;

/// As the operand of `sat`: bits in b (1..=31), 0 signed or 1 unsigned in c. 32 bits would change nothing and have no code.
impl Code for StateType {
    fn code(self) -> i32 {
        i32::from(self.bits()) << WIDTH_SHIFT | i32::from(!self.is_signed())
    }
    fn from_code(code: i32) -> Option<Self> {
        let bits = u8::try_from(code >> WIDTH_SHIFT).ok().filter(|bits| *bits <= 31)?;
        match code & ((1 << WIDTH_SHIFT) - 1) {
            0 => Self::signed(bits),
            1 => Self::unsigned(bits),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_put_is_found() {
        for slot in [Slot::Dst, Slot::A, Slot::B, Slot::Imm19, Slot::Imm13, Slot::Width, Slot::Round, Slot::Flag] {
            let (_, bits) = slot.place();
            for code in -(1 << (bits - 1))..(1 << bits) {
                if slot.admits(code) {
                    assert_eq!(slot.code(slot.put(code)), code, "{slot:?}");
                    assert_eq!(slot.put(code) & !slot.mask(), 0);
                }
            }
        }
    }

    #[test]
    fn widths_are_one_to_thirty_one_bits() {
        assert_eq!((0..1 << 13).filter(|&code| Slot::Width.admits(code)).count(), 62);
        assert!(!Slot::Width.admits(StateType::I32.code()));
    }
}
