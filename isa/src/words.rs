//! Learning programs as 32-bit words, the form in which a core image stores them.
//!
//! A program is the sequence of its products: first those of the weight, then of the delay, then of the tag. A product is two
//! words followed by one word for each factor. Nothing counts the factors: bit 31 tells a product (1) from a factor (0).
//!
//! ```text
//! product, word 0   31      1
//!                   30..29  target: 0 weight, 1 delay, 2 tag; never smaller than that of the product before
//!                   28..27  dependency: 0 x0, 1 y0, 2 u_k
//!                   15..8   k of u_k, else 0
//!                   7..0    exponent of the constant as written, two's complement
//! product, word 1   31..0   mantissa of the constant, two's complement
//! factor            31      0
//!                   28      1 if only the sign counts
//!                   27..24  variable: 0 none (constant), 1 x0, 2 x1, 3 x2, 4 y0, 5 y1, 6 y2, 7 y3, 8 w, 9 d, 10 t, 11 m
//!                   23..16  modulator index if the variable is m, else 0
//!                   15..0   addend, two's complement
//! ```
//!
//! Bits not named are 0. The encoding is canonical: a legal program has exactly one sequence of words, and every sequence that
//! [`decode`] accepts encodes back to itself. Legal means [`SumOfProducts::check`] with [`ConstantRange::WIDE`].

use crate::sum_of_products::{ConstantRange, Dependency, Factor, LimitError, Product, SumOfProducts, Target, Variable};

const PRODUCT: u32 = 1 << 31;
const PRODUCT_UNUSED: u32 = 0x07ff_0000;
const SIGN_ONLY: u32 = 1 << 28;
const FACTOR_UNUSED: u32 = 0x6000_0000;
const MODULATOR_CODE: u32 = 11;
/// Variables by their code, from 1 on.
const PLAIN_VARIABLES: [Variable; 10] = [
    Variable::X0,
    Variable::X1,
    Variable::X2,
    Variable::Y0,
    Variable::Y1,
    Variable::Y2,
    Variable::Y3,
    Variable::Weight,
    Variable::Delay,
    Variable::Tag,
];

/// Why a sequence of words is no program. `at` is the index of the offending word.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// The sequence starts with a factor.
    #[error("E-WORDS-ORPHAN: word {at}: a factor before any product")]
    Orphan {
        /// Index of the word.
        at: usize,
    },
    /// The sequence ends inside a product.
    #[error("E-WORDS-TRUNCATED: word {at}: the program ends where a mantissa must follow")]
    Truncated {
        /// Index of the missing word.
        at: usize,
    },
    /// A field holds a code without meaning, or a bit that must be 0 is 1.
    #[error("E-WORDS-FIELD: word {at} is {word:#010x}: illegal {field}")]
    Field {
        /// Index of the word.
        at: usize,
        /// The word.
        word: u32,
        /// What is illegal about it.
        field: &'static str,
    },
    /// The targets are not in the order weight, delay, tag.
    #[error("E-WORDS-ORDER: word {at}: a product of {} after one of a later target", target.rule_name())]
    Order {
        /// Index of the word.
        at: usize,
        /// Target of the misplaced product.
        target: Target,
    },
    /// Every word is well formed, but the program breaks a bound.
    #[error("E-WORDS-LIMIT: {0}")]
    Limit(#[from] LimitError),
}

/// The words of `program`. Total: a program that breaks a bound is encoded without loss, and refused by [`decode`].
pub fn encode(program: &SumOfProducts) -> Vec<u32> {
    let mut words = Vec::new();
    for (target, product) in program.iter() {
        let (kind, k) = match product.dependency {
            Dependency::PreSpike => (0, 0),
            Dependency::PostSpike => (1, 0),
            Dependency::Epochs { exponent } => (2, exponent),
        };
        let target = match target {
            Target::Weight => 0,
            Target::Delay => 1,
            Target::Tag => 2,
        };
        words.push(
            PRODUCT | target << 29 | kind << 27 | u32::from(k) << 8 | u32::from(product.exponent.cast_unsigned()),
        );
        words.push(product.mantissa.cast_unsigned());
        words.extend(product.factors.iter().map(encode_factor));
    }
    words
}

fn encode_factor(factor: &Factor) -> u32 {
    let (code, modulator) = match factor.variable {
        None => (0, 0),
        Some(Variable::X0) => (1, 0),
        Some(Variable::X1) => (2, 0),
        Some(Variable::X2) => (3, 0),
        Some(Variable::Y0) => (4, 0),
        Some(Variable::Y1) => (5, 0),
        Some(Variable::Y2) => (6, 0),
        Some(Variable::Y3) => (7, 0),
        Some(Variable::Weight) => (8, 0),
        Some(Variable::Delay) => (9, 0),
        Some(Variable::Tag) => (10, 0),
        Some(Variable::Modulator(index)) => (MODULATOR_CODE, index),
    };
    let sign = if factor.sign_only { SIGN_ONLY } else { 0 };
    sign | code << 24 | u32::from(modulator) << 16 | u32::from(factor.addend.cast_unsigned())
}

/// The program of `words`, or the first thing wrong with them.
pub fn decode(words: &[u32]) -> Result<SumOfProducts, DecodeError> {
    let mut program = SumOfProducts::default();
    let mut last_target = None;
    let mut rest = words.iter().copied().enumerate();
    while let Some((at, word)) = rest.next() {
        if word & PRODUCT == 0 {
            let target = last_target.ok_or(DecodeError::Orphan { at })?;
            let factor = decode_factor(at, word)?;
            if let Some(product) = program.products_mut(target).last_mut() {
                product.factors.push(factor);
            }
            continue;
        }
        let (target, dependency) = decode_product(at, word)?;
        if Some(target) < last_target {
            return Err(DecodeError::Order { at, target });
        }
        let (_, mantissa) = rest.next().ok_or(DecodeError::Truncated { at: at + 1 })?;
        last_target = Some(target);
        program.products_mut(target).push(Product {
            dependency,
            factors: Vec::new(),
            mantissa: mantissa.cast_signed(),
            exponent: low_byte(word).cast_signed(),
        });
    }
    program.check(&ConstantRange::WIDE)?;
    Ok(program)
}

fn decode_product(at: usize, word: u32) -> Result<(Target, Dependency), DecodeError> {
    let illegal = |field| DecodeError::Field { at, word, field };
    if word & PRODUCT_UNUSED != 0 {
        return Err(illegal("bit in a reserved field"));
    }
    let target = match word >> 29 & 0b11 {
        0 => Target::Weight,
        1 => Target::Delay,
        2 => Target::Tag,
        _ => return Err(illegal("target")),
    };
    let dependency = match (word >> 27 & 0b11, low_byte(word >> 8)) {
        (0, 0) => Dependency::PreSpike,
        (1, 0) => Dependency::PostSpike,
        (2, exponent) => Dependency::Epochs { exponent },
        _ => return Err(illegal("dependency")),
    };
    Ok((target, dependency))
}

fn decode_factor(at: usize, word: u32) -> Result<Factor, DecodeError> {
    let illegal = |field| DecodeError::Field { at, word, field };
    if word & FACTOR_UNUSED != 0 {
        return Err(illegal("bit in a reserved field"));
    }
    let variable = match (word >> 24 & 0xf, low_byte(word >> 16)) {
        (0, 0) => None,
        (MODULATOR_CODE, index) => Some(Variable::Modulator(index)),
        (code, 0) => Some(*PLAIN_VARIABLES.get(code as usize - 1).ok_or(illegal("variable"))?),
        _ => return Err(illegal("modulator index")),
    };
    let [_, _, high, low] = word.to_be_bytes();
    Ok(Factor { variable, addend: i16::from_be_bytes([high, low]), sign_only: word & SIGN_ONLY != 0 })
}

fn low_byte(word: u32) -> u8 {
    let [.., low] = word.to_be_bytes();
    low
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sum_of_products::{ADDEND, MAX_EPOCHS_EXPONENT, MAX_FACTORS, MODULATORS};
    use proptest::collection::vec;
    use proptest::prelude::*;

    fn variable() -> impl Strategy<Value = Variable> {
        prop_oneof![
            4 => proptest::sample::select(&PLAIN_VARIABLES[..]),
            1 => (0..MODULATORS).prop_map(Variable::Modulator),
        ]
    }

    fn factor() -> impl Strategy<Value = Factor> {
        (proptest::option::weighted(0.9, variable()), ADDEND, any::<bool>())
            .prop_map(|(variable, addend, sign)| Factor { variable, addend, sign_only: sign && variable.is_some() })
    }

    fn dependency() -> impl Strategy<Value = Dependency> {
        prop_oneof![
            Just(Dependency::PreSpike),
            Just(Dependency::PostSpike),
            (0..=MAX_EPOCHS_EXPONENT).prop_map(|exponent| Dependency::Epochs { exponent }),
        ]
    }

    /// Any legal program.
    fn program() -> impl Strategy<Value = SumOfProducts> {
        let ConstantRange { mantissa, exponent } = ConstantRange::WIDE;
        let product = (dependency(), vec(factor(), 0..=MAX_FACTORS), mantissa, exponent)
            .prop_map(|(dependency, factors, mantissa, exponent)| Product { dependency, factors, mantissa, exponent });
        let sum = vec(product, 0..4).boxed();
        (sum.clone(), sum.clone(), sum).prop_map(|(weight, delay, tag)| SumOfProducts { weight, delay, tag })
    }

    /// Words that are nearly legal: every field small, so that most bits are meaningful.
    fn words() -> impl Strategy<Value = Vec<u32>> {
        let near = (0u32..32, 0u32..16, 0u32..6, any::<u16>())
            .prop_map(|(a, b, c, d)| a << 27 | b << 24 | c << 16 | u32::from(d));
        vec(prop_oneof![near, any::<u32>(), 0u32..16, (0u32..16).prop_map(|x| 0x8000_0000 | x)], 0..8)
    }

    proptest! {
        #[test]
        fn decode_undoes_encode(program in program()) {
            prop_assert_eq!(decode(&encode(&program)), Ok(program));
        }

        #[test]
        fn encode_undoes_decode_and_bad_words_are_errors(words in words()) {
            if let Ok(program) = decode(&words) {
                prop_assert_eq!(encode(&program), words);
            }
        }

        #[test]
        fn a_flipped_bit_is_refused_or_another_program(program in program(), word in 0usize..64, bit in 0u32..32) {
            let mut words = encode(&program);
            if let Some(word) = words.get_mut(word) {
                *word ^= 1 << bit;
                prop_assert_ne!(decode(&words), Ok(program));
            }
        }
    }

    #[test]
    fn the_layout_is_the_documented_one() {
        let product = Product {
            dependency: Dependency::Epochs { exponent: 3 },
            factors: vec![
                Factor::of(Variable::Weight),
                Factor { variable: Some(Variable::Modulator(2)), addend: -1, sign_only: true },
            ],
            mantissa: -1,
            exponent: -4,
        };
        let program = SumOfProducts { tag: vec![product], ..SumOfProducts::default() };
        assert_eq!(encode(&program), [0xd000_03fc, 0xffff_ffff, 0x0800_0000, 0x1b02_ffff]);
    }

    #[test]
    fn each_way_to_be_wrong_has_its_error() {
        let cases: [(&[u32], &str); 9] = [
            (&[0x0200_0000], "E-WORDS-ORPHAN: word 0: a factor before any product"),
            (&[0x8000_0000], "E-WORDS-TRUNCATED: word 1: the program ends where a mantissa must follow"),
            (&[0x8001_0000, 1], "E-WORDS-FIELD: word 0 is 0x80010000: illegal bit in a reserved field"),
            (&[0xe000_0000, 1], "E-WORDS-FIELD: word 0 is 0xe0000000: illegal target"),
            (&[0x8000_0100, 1], "E-WORDS-FIELD: word 0 is 0x80000100: illegal dependency"),
            (&[0x8000_0000, 1, 0x0c00_0000], "E-WORDS-FIELD: word 2 is 0x0c000000: illegal variable"),
            (&[0x8000_0000, 1, 0x0101_0000], "E-WORDS-FIELD: word 2 is 0x01010000: illegal modulator index"),
            (&[0xc000_0000, 1, 0x8000_0000, 1], "E-WORDS-ORDER: word 2: a product of dw after one of a later target"),
            (&[0x8000_0000, 40_000], "E-WORDS-LIMIT: mantissa 40000 is outside -32768..=32767"),
        ];
        for (words, message) in cases {
            assert_eq!(decode(words).unwrap_err().to_string(), message);
        }
    }
}
