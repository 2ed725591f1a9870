//! Programs with much to spare, for the tests of the optimizer.

use super::{Random, legal_program};
use crate::nmx::encode::Instruction;
use crate::nmx::operand::{Code, Condition, Kind, Predicate, PredicateIndex, Source, Special};
use crate::nmx::program::{MAX_WORDS, Program};
use crate::nmx::slot::Slot;
use crate::nmx::state_type::StateType;
use crate::nmx::table::Opcode;

/// A legal, defined program of up to six times `most_words` words: copies, words that come twice, identities, products with powers of
/// two, conditions that are known.
pub fn wasteful_program(kind: Kind, most_words: u32, random: &mut Random) -> Program {
    let mut program = legal_program(kind, most_words, random);
    for word in std::mem::take(&mut program.words) {
        program.words.push(word);
        if let Ok(instruction) = Instruction::decode(word, kind)
            && random.below(4) != 0
        {
            let waste = waste(&instruction, kind, program.states.len() as u32, random);
            program.words.extend(waste.iter().flatten().map(Instruction::encode));
        }
    }
    program.words.truncate(MAX_WORDS);
    program
}

/// Words that add little to `instruction`. They read what it reads, inputs, and what they have written themselves; a word that is not
/// legal is left out.
fn waste(instruction: &Instruction, kind: Kind, states: u32, random: &mut Random) -> Vec<Option<Instruction>> {
    use Opcode::{Add, Cmp, Ldi, Mac, Max, Min, Mov, Msc, Mul, Nop, Sat, Shl, Shr, Sub, Xit};
    let [zero, one] = [Special::ZERO, Special::ONE].map(|special| Source::Special(special).code());
    // Inputs so narrow that most of what is done to them cannot saturate.
    let is_narrow =
        |special: &Special| special.values(kind).is_some_and(|values| values.end() - values.start() < 1 << 12);
    let narrow: Vec<i32> = Special::all(kind)
        .map(|(special, _)| special)
        .filter(is_narrow)
        .map(|special| Source::Special(special).code())
        .collect();
    let sources: Vec<i32> = instruction.reads().map(Source::code).chain(narrow.iter().copied()).collect();
    let [a, b] = [0; 2].map(|_| random.pick(&sources));
    let [x, y] = [0; 2].map(|_| random.pick(&narrow));
    let [r, other] = [0; 2].map(|_| random.below(16) as i32);
    let state = 16 + random.below(states) as i32;
    let (rounding, shift, number) = (random.below(5) as i32, 1 + random.below(15) as i32, 1 << random.below(12));
    let [p, q] = random.pick(&[[1, 2], [2, 3], [3, 1]]);
    let [test, opposite] = random.pick(&[
        [Condition::Less, Condition::GreaterOrEqual],
        [Condition::Equal, Condition::NotEqual],
        [Condition::Greater, Condition::LessOrEqual],
    ]);

    let pattern = random.below(18);

    let under = |predicate, opcode, codes: &[i32]| Instruction::assemble(opcode, predicate, codes, kind).ok();
    let plain = |opcode, codes: &[i32]| under(Predicate::Always, opcode, codes);
    let given = |p: u8, opcode, codes: &[i32]| under(Predicate::If(PredicateIndex::new(p)?), opcode, codes);
    let unless = |p: u8, opcode, codes: &[i32]| under(Predicate::Unless(PredicateIndex::new(p)?), opcode, codes);
    let compare = |condition: Condition, p: u8, a, b| plain(Cmp, &[condition.code(), 0, p.into(), a, b]);
    let wide = StateType::signed(31).map_or(0, Code::code);

    let guard = if instruction.is_conditional() { instruction.predicate } else { Predicate::Always };
    let sum = random.pick(&[Add, Sub]);
    let product = plain(Mul, &[rounding, r, x, y, shift]);
    // Makes the last value of r die, so that it may be computed elsewhere.
    let end = plain(Ldi, &[r, 77]);
    // What comes between the words of a pattern may spoil it, or not.
    let mut maybe = |word| if random.below(2) == 0 { word } else { None };

    match pattern {
        0 => vec![plain(Nop, &[])],
        1 => vec![plain(Mov, &[r, a]), plain(Mov, &[other, a]), plain(Max, &[state, other, b])],
        2 | 3 => {
            let target = |(slot, code)| if slot == Slot::Dst && guard == Predicate::Always { r } else { code };
            let codes: Vec<i32> = instruction.codes().map(target).collect();
            vec![under(instruction.predicate, instruction.opcode(), &codes)]
        }
        4 => vec![compare(test, p, a, b), compare(opposite, q, a, b), given(q, Mov, &[state, x])],
        5 => {
            let [changed, lost] = [plain(Ldi, &[other, number]), compare(opposite, p, a, b)].map(&mut maybe);
            let (first, again) = (compare(test, p, other, y), compare(test, q, other, y));
            vec![plain(Mov, &[other, x]), first, changed, again, lost, unless(q, Add, &[state, x, y])]
        }
        6 => {
            let power = plain(Ldi, &[r, number]);
            vec![power, plain(Mul, &[rounding, other, a, r, shift]), plain(Min, &[state, state, other])]
        }
        7 => vec![product, maybe(plain(Max, &[state, state, b])), under(guard, sum, &[state, state, r]), end],
        8 => {
            let product = given(p, Mul, &[rounding, r, x, y, shift]);
            let between = maybe(compare(opposite, p, a, b));
            vec![plain(Mov, &[r, x]), compare(test, p, a, b), product, between, given(p, sum, &[state, state, r]), end]
        }
        9 => {
            let product = plain(Mul, &[rounding, r, other, y, shift]);
            let between = maybe(plain(Ldi, &[other, number]));
            vec![plain(Mov, &[other, x]), product, between, plain(sum, &[state, state, r]), end]
        }
        10 => {
            let exit = maybe(given(p, Xit, &[]));
            vec![compare(test, p, a, b), plain(Add, &[r, x, y]), exit, plain(Mov, &[state, r])]
        }
        11 => {
            let between = maybe(compare(opposite, p, a, b));
            let reader = maybe(plain(Max, &[other, r, x]));
            let copy = given(p, Mov, &[state, r]);
            vec![compare(test, p, a, b), plain(Mov, &[r, y]), given(p, Add, &[r, x, y]), between, copy, reader]
        }
        12 => vec![plain(Add, &[r, x, y]), plain(Mac, &[rounding, r, x, y, shift]), plain(Mov, &[state, r])],
        13 => vec![compare(Condition::Less, p, zero, one), given(p, Mov, &[state, a]), unless(p, Mov, &[state, b])],
        14 => vec![plain(Shl, &[r, x, 4]), plain(Shr, &[rounding, other, r, 3]), plain(Mov, &[r, other])],
        15 => vec![plain(Ldi, &[r, number]), plain(Mul, &[0, other, r, r, 0]), plain(Add, &[state, other, x])],
        16 => {
            let sum = if sum == Add { Mac } else { Msc };
            let exponent = number.trailing_zeros() as i32;
            vec![plain(Ldi, &[r, number]), plain(sum, &[rounding, state, x, r, exponent])]
        }
        _ => vec![plain(Sat, &[r, x, wide]), plain(Add, &[other, r, zero])],
    }
}
