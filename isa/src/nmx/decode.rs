//! Words back to instructions. Legal words are canonical: each is the one encoding of its instruction.

use super::encode::{Instruction, OPCODE_SHIFT, PREDICATE_SHIFT};
use super::operand::{Code, Kind, Predicate, Source};
use super::slot::{IllegalCode, Slot};
use super::table::{Opcode, Operation, Predication};

/// Why a word is no instruction of a kind of program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// The opcode is reserved.
    #[error("N0101: word {word:#010x}: opcode {} is reserved; 0..=23 exist", word >> OPCODE_SHIFT)]
    Opcode {
        /// The word.
        word: u32,
    },
    /// The predicate is `!p0`, which never holds.
    #[error("N0102: word {word:#010x}: predicate 4 (never) is reserved")]
    Predicate {
        /// The word.
        word: u32,
    },
    /// An instruction that must not have a predicate has one.
    #[error("N0103: word {word:#010x}: `{}` cannot have a predicate: the stack must balance", .opcode.mnemonic())]
    Predicated {
        /// The word.
        word: u32,
        /// Its opcode.
        opcode: Opcode,
    },
    /// An instruction that chooses by its predicate has none.
    #[error("N0104: word {word:#010x}: `{}` needs a predicate p1..p3 to choose by", .opcode.mnemonic())]
    Unpredicated {
        /// The word.
        word: u32,
        /// Its opcode.
        opcode: Opcode,
    },
    /// Bits that the instruction does not use are set.
    #[error("N0105: word {word:#010x}: `{}` does not use bits {bits:#010x}; they must be 0", .opcode.mnemonic())]
    UnusedBits {
        /// The word.
        word: u32,
        /// Its opcode.
        opcode: Opcode,
        /// The bits.
        bits: u32,
    },
    /// A slot holds a code without meaning.
    #[error("N0106: word {word:#010x}: `{}`: {code} is no legal {}", .opcode.mnemonic(), slot.name())]
    Code {
        /// The word.
        word: u32,
        /// Its opcode.
        opcode: Opcode,
        /// The slot.
        slot: Slot,
        /// What stands there.
        code: i32,
    },
    /// The instruction is of another kind of program.
    #[error("N0107: word {word:#010x}: a {} program has no `{}`", .kind.name(), .opcode.mnemonic())]
    Kind {
        /// The word.
        word: u32,
        /// Its opcode.
        opcode: Opcode,
        /// The kind of the program.
        kind: Kind,
    },
    /// A source is a special that the kind of program does not have.
    #[error("N0108: word {word:#010x}: source {code} is reserved in a {} program", .kind.name())]
    Special {
        /// The word.
        word: u32,
        /// Code of the source.
        code: i32,
        /// The kind of the program.
        kind: Kind,
    },
}

impl Instruction {
    /// The instruction of `word` in a program of `kind`.
    ///
    /// # Errors
    /// If the word is not the encoding of an instruction that such a program may hold.
    pub fn decode(word: u32, kind: Kind) -> Result<Self, DecodeError> {
        let opcode = Opcode::from_number(word >> OPCODE_SHIFT).ok_or(DecodeError::Opcode { word })?;
        let entry = opcode.entry();
        if !entry.availability.includes(kind) {
            return Err(DecodeError::Kind { word, opcode, kind });
        }
        let code = (word >> PREDICATE_SHIFT & 0b111).cast_signed();
        let predicate = Predicate::from_code(code).ok_or(DecodeError::Predicate { word })?;
        match (entry.predication, predicate) {
            (Predication::Never, Predicate::If(_) | Predicate::Unless(_)) => {
                return Err(DecodeError::Predicated { word, opcode });
            }
            (Predication::Selector, Predicate::Always) => return Err(DecodeError::Unpredicated { word, opcode }),
            _ => {}
        }
        let bits = word & opcode.unused_bits();
        if bits != 0 {
            return Err(DecodeError::UnusedBits { word, opcode, bits });
        }
        let operation = Operation::read(opcode, word).map_err(|IllegalCode { slot, code }| DecodeError::Code {
            word,
            opcode,
            slot,
            code,
        })?;
        let instruction = Self { predicate, operation };
        for source in instruction.reads() {
            if let Source::Special(special) = source
                && special.name(kind).is_none()
            {
                return Err(DecodeError::Special { word, code: source.code(), kind });
            }
        }
        Ok(instruction)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nmx::arbitrary::{Random, legal_word};
    use std::collections::BTreeSet;

    const WORDS: usize = 1_000_000;

    #[test]
    fn encode_undoes_decode_on_a_million_legal_words() {
        let mut random = Random::new(1);
        let mut seen = BTreeSet::new();
        for _ in 0..WORDS {
            for kind in Kind::ALL {
                let word = legal_word(kind, &mut random);
                let instruction = Instruction::decode(word, kind).unwrap();
                assert_eq!(instruction.encode(), word);
                seen.insert((kind, instruction.opcode()));
            }
        }
        assert_eq!(seen.len(), 24 + 21, "every opcode of every kind occurs");
    }

    #[test]
    fn any_word_is_an_instruction_that_encodes_to_it_or_an_error() {
        let mut random = Random::new(2);
        for _ in 0..WORDS {
            for kind in Kind::ALL {
                let word = random.next();
                match Instruction::decode(word, kind) {
                    Ok(instruction) => assert_eq!(instruction.encode(), word),
                    Err(error) => assert!(error.to_string().starts_with("N01")),
                }
            }
        }
    }

    /// The definition of legality as one count: if decoding accepted a word too many or too few, this would move.
    #[test]
    fn the_number_of_legal_words_is_the_product_of_their_choices() {
        // Low bits of `mul`-like words: sources 46 each, c in 76 ways; here c alone is enumerated.
        let legal = |base: u32, bits: u32| {
            (0..1u32 << bits).filter(|low| Instruction::decode(base | low, Kind::Neuron).is_ok()).count()
        };
        assert_eq!(legal(6 << 27, 7), 76, "mul: 5 roundings of 15 shifts, and no shift");
        assert_eq!(legal(10 << 27 | 1 << 7, 7), 5, "shr: 5 roundings");
        assert_eq!(legal(15 << 27, 13), 62, "sat: 31 widths, signed or not");
        assert_eq!(legal(19 << 27, 13), 62, "rnd: 31 counts, centred or not");
        assert_eq!(legal(3 << 27, 19), (64 - 5) * (64 - 5), "add: 59 sources twice");
        assert_eq!(legal(2 << 27, 19), 1 << 19, "ldi: every immediate");
        assert_eq!(legal(17 << 27 | 1 << 19, 7), 6, "cmp: 6 conditions");
        let flags = (0..32u32).filter(|dst| Instruction::decode(17 << 27 | dst << 19, Kind::Neuron).is_ok());
        assert_eq!(flags.count(), 9, "cmp: 3 predicates, 3 combinations");
    }

    #[test]
    fn each_way_to_be_wrong_has_its_error() {
        let cases: [(u32, Kind, &str); 9] = [
            (24 << 27, Kind::Neuron, "N0101: word 0xc0000000: opcode 24 is reserved; 0..=23 exist"),
            (4 << 24, Kind::Neuron, "N0102: word 0x04000000: predicate 4 (never) is reserved"),
            (
                21 << 27 | 1 << 24,
                Kind::Neuron,
                "N0103: word 0xa9000000: `psh` cannot have a predicate: the stack must balance",
            ),
            (16 << 27, Kind::Neuron, "N0104: word 0x80000000: `sel` needs a predicate p1..p3 to choose by"),
            (1 << 27 | 1, Kind::Neuron, "N0105: word 0x08000001: `mov` does not use bits 0x00000001; they must be 0"),
            (6 << 27 | 1 << 4, Kind::Neuron, "N0106: word 0x30000010: `mul`: 1 is no legal rounding"),
            (9 << 27, Kind::Neuron, "N0106: word 0x48000000: `shl`: 0 is no legal shift"),
            (20 << 27, Kind::Learn, "N0107: word 0xa0000000: a learn program has no `spk`"),
            (1 << 27 | 58 << 13, Kind::Learn, "N0108: word 0x08074000: source 58 is reserved in a learn program"),
        ];
        for (word, kind, message) in cases {
            assert_eq!(Instruction::decode(word, kind).unwrap_err().to_string(), message);
        }
    }
}
