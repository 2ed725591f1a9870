//! The instruction set, told once.
//!
//! The enums [`Opcode`] and [`Operation`], encoder, decoder, mnemonics, operand kinds, costs and `docs/isa.md` come from the table in
//! this file. What an instruction computes is in `caudate_core::microcode::reference`, the only other place.

use super::operand::{
    Amount, Bitwise, Code, Combine, Condition, DrawBits, Immediate, Kind, Port, PredicateIndex, Rounding, Shift,
    Source, Spread, TableIndex, Target, Unary,
};
use super::slot::{IllegalCode, Slot};
use super::state_type::StateType;

/// Which kinds of program may hold an instruction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Availability {
    /// Both.
    Any,
    /// Neuron programs only: learning programs have no axon and no stack.
    Neuron,
}

impl Availability {
    /// Whether a program of `kind` may hold the instruction.
    #[must_use]
    pub const fn includes(self, kind: Kind) -> bool {
        matches!((self, kind), (Self::Any, _) | (Self::Neuron, Kind::Neuron))
    }
}

/// What an instruction does with its predicate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Predication {
    /// Takes effect only where the predicate holds.
    Optional,
    /// Has none.
    Never,
    /// Must have one, and chooses by it.
    Selector,
}

/// What an instruction costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CostClass {
    /// An operation on operands at hand.
    Op,
    /// A visit to table memory.
    Table,
}

impl CostClass {
    /// Cycles.
    #[must_use]
    pub const fn cycles(self) -> u32 {
        match self {
            Self::Op => 1,
            Self::Table => 2,
        }
    }
}

/// An operand of an instruction, in the order in which it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Operand {
    /// Its name in the semantics text.
    pub name: &'static str,
    /// Its place in the word.
    pub slot: Slot,
}

/// Everything that is known about an opcode.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// The opcode.
    pub opcode: Opcode,
    /// How the text of an instruction begins.
    pub mnemonic: &'static str,
    /// Operands: suffixes first, then those after the blank.
    pub operands: &'static [Operand],
    /// Kinds of program that may hold it.
    pub availability: Availability,
    /// Role of the predicate.
    pub predication: Predication,
    /// Cost class.
    pub cost: CostClass,
    /// What it is for; may begin with a blank.
    pub doc: &'static str,
    /// What it computes, exactly.
    pub semantics: &'static str,
}

/// The type of an operand, by its slot.
macro_rules! operand_type {
    (Dst) => { Target };
    (Acc) => { Target };
    (A) => { Source };
    (B) => { Source };
    (Imm19) => { Immediate<19> };
    (Imm13) => { Immediate<13> };
    (Round) => { Rounding };
    (Shift) => { Shift };
    (Amount) => { Amount };
    (Bitwise) => { Bitwise };
    (Unary) => { Unary };
    (Width) => { StateType };
    (Condition) => { Condition };
    (Combine) => { Combine };
    (Flag) => { PredicateIndex };
    (DrawBits) => { DrawBits };
    (Spread) => { Spread };
    (Table) => { TableIndex };
    (Port) => { Port };
}

macro_rules! instruction_set {
    ($(
        #[doc = $doc:literal]
        $code:literal $mnemonic:literal $variant:ident { $($field:ident: $slot:ident),* } $kinds:ident $predication:ident $cost:ident
            => $semantics:literal;
    )+) => {
        /// The operation of an instruction, without operands.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum Opcode {
            $(#[doc = concat!("`", $mnemonic, "`:", $doc)] $variant = $code,)+
        }

        /// The operation of an instruction with its operands.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Operation {
            $(
                #[doc = concat!("`", $mnemonic, "`:", $doc, "\n\n`", $semantics, "`")]
                $variant {
                    $(#[doc = concat!("Operand in slot [`Slot::", stringify!($slot), "`].")] $field: operand_type!($slot),)*
                },
            )+
        }

        /// All instructions, by opcode.
        pub const TABLE: &[Entry] = &[$(
            Entry {
                opcode: Opcode::$variant,
                mnemonic: $mnemonic,
                operands: &[$(Operand { name: stringify!($field), slot: Slot::$slot }),*],
                availability: Availability::$kinds,
                predication: Predication::$predication,
                cost: CostClass::$cost,
                doc: $doc,
                semantics: $semantics,
            },
        )+];

        impl Operation {
            /// The opcode.
            #[must_use]
            pub const fn opcode(&self) -> Opcode {
                match self {
                    $(Self::$variant { .. } => Opcode::$variant,)+
                }
            }

            /// The operands at their places in a word.
            pub(super) fn put(self) -> u32 {
                match self {
                    $(Self::$variant { $($field),* } => { let bits: &[u32] = &[$(Slot::$slot.put($field.code())),*]; bits.iter().sum() })+
                }
            }

            /// The operands that stand in `word`.
            pub(super) fn read(opcode: Opcode, word: u32) -> Result<Self, IllegalCode> {
                Ok(match opcode {
                    $(Opcode::$variant => Self::$variant { $($field: Slot::$slot.read(word)?),* },)+
                })
            }
        }
    };
}

// R(P, sh, rm) is P / 2^sh, rounded as rm says; sat clamps to 32 bits signed.
instruction_set! {
    /// Fills a place.
    0 "nop" Nop {} Any Optional Op => "no effect";
    /// Copy.
    1 "mov" Mov { d: Dst, a: A } Any Optional Op => "d = a";
    /// Constant.
    2 "ldi" Ldi { d: Dst, imm: Imm19 } Any Optional Op => "d = imm";
    /// Sum.
    3 "add" Add { d: Dst, a: A, b: B } Any Optional Op => "d = sat(a + b)";
    /// Sum with a constant.
    4 "addi" Addi { d: Dst, a: A, imm: Imm13 } Any Optional Op => "d = sat(a + imm)";
    /// Difference.
    5 "sub" Sub { d: Dst, a: A, b: B } Any Optional Op => "d = sat(a - b)";
    /// Product, shifted right and rounded; decays and gains.
    6 "mul" Mul { rm: Round, d: Dst, a: A, b: B, sh: Shift } Any Optional Op => "d = sat(R(a*b, sh, rm))";
    /// Product added to an accumulator, with one saturation.
    7 "mac" Mac { rm: Round, d: Acc, a: A, b: B, sh: Shift } Any Optional Op => "d = sat(d + R(a*b, sh, rm))";
    /// Product taken from an accumulator, with one saturation.
    8 "msc" Msc { rm: Round, d: Acc, a: A, b: B, sh: Shift } Any Optional Op => "d = sat(d - R(a*b, sh, rm))";
    /// Left shift.
    9 "shl" Shl { d: Dst, a: A, n: Amount } Any Optional Op => "d = sat(a * 2^n)";
    /// Right shift, rounded.
    10 "shr" Shr { rm: Round, d: Dst, a: A, n: Amount } Any Optional Op => "d = R(a, n, rm)";
    /// Bitwise function of two's complement words.
    11 "bit" Bit { function: Bitwise, d: Dst, a: A, b: B } Any Optional Op => "d = a function b (and, or, xor; andn: a and not b)";
    /// The smaller.
    12 "min" Min { d: Dst, a: A, b: B } Any Optional Op => "d = min(a, b)";
    /// The larger.
    13 "max" Max { d: Dst, a: A, b: B } Any Optional Op => "d = max(a, b)";
    /// Function of one operand.
    14 "una" Una { function: Unary, d: Dst, a: A } Any Optional Op => "d = sat(-a), sat(|a|), sign of a, or a inverted";
    /// Clamp to a storage width; a clamped value is no saturation, for it was asked for.
    15 "sat" Sat { d: Dst, a: A, width: Width } Any Optional Op => "d = a clamped to width";
    /// Choice by the predicate.
    16 "sel" Sel { d: Dst, a: A, b: B } Any Selector Op => "d = a if the predicate holds, else b";
    /// Comparison into a predicate.
    17 "cmp" Cmp { condition: Condition, combine: Combine, p: Flag, a: A, b: B } Any Optional Op
        => "p = a condition b, or p and (or) that";
    /// Piecewise-linear table.
    18 "lut" Lut { d: Dst, a: A, table: Table } Any Optional Table => "d = table(a)";
    /// Random bits; centred ones have the mean -1/2.
    19 "rnd" Rnd { spread: Spread, d: Dst, n: DrawBits } Any Optional Op => "d = top n bits of the draw, centred: minus 2^(n-1)";
    /// Spike with a payload.
    20 "spk" Spk { a: A, port: Port } Neuron Optional Op => "emit a to axon port";
    /// Push onto the compartment stack; a child does.
    21 "psh" Psh { a: A } Neuron Never Op => "push a";
    /// Pop from the compartment stack; a parent does.
    22 "pop" Pop { d: Dst } Neuron Never Op => "d = popped; 0 from an empty stack, which is counted";
    /// Early exit; what was written is stored.
    23 "xit" Xit {} Any Optional Op => "stop";
}

impl Opcode {
    /// What the table says of it.
    #[inline]
    #[must_use]
    pub const fn entry(self) -> &'static Entry {
        &TABLE[self as usize]
    }

    /// How the text of the instruction begins.
    #[must_use]
    pub const fn mnemonic(self) -> &'static str {
        self.entry().mnemonic
    }

    /// Operands in the order in which they are written.
    #[must_use]
    pub const fn operands(self) -> &'static [Operand] {
        self.entry().operands
    }

    /// The opcode with this number.
    #[must_use]
    pub fn from_number(number: u32) -> Option<Self> {
        TABLE.get(usize::try_from(number).ok()?).map(|entry| entry.opcode)
    }

    /// The opcode with this mnemonic.
    #[must_use]
    pub fn from_mnemonic(mnemonic: &str) -> Option<Self> {
        TABLE.iter().find(|entry| entry.mnemonic == mnemonic).map(|entry| entry.opcode)
    }

    /// Bits of a word that its operands do not use.
    #[must_use]
    pub fn unused_bits(self) -> u32 {
        let used: u32 = self.operands().iter().map(|operand| operand.slot.mask()).fold(0, |all, mask| all | mask);
        0x00ff_ffff & !used
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn opcodes_are_dense_and_mnemonics_distinct() {
        for (index, entry) in TABLE.iter().enumerate() {
            assert_eq!(entry.opcode as usize, index);
            assert_eq!(Opcode::from_mnemonic(entry.mnemonic), Some(entry.opcode));
            assert_eq!(Opcode::from_number(index as u32), Some(entry.opcode));
        }
        assert_eq!(Opcode::from_number(24), None);
    }

    #[test]
    fn slots_of_an_instruction_do_not_overlap_and_suffixes_come_first() {
        for entry in TABLE {
            let mut used = 0;
            for operand in entry.operands {
                assert_eq!(used & operand.slot.mask(), 0, "{} {}", entry.mnemonic, operand.name);
                used |= operand.slot.mask();
            }
            let suffixes: Vec<bool> = entry.operands.iter().map(|operand| operand.slot.suffixes().is_some()).collect();
            assert!(suffixes.is_sorted_by(|a, b| a >= b), "{}", entry.mnemonic);
        }
    }
}
