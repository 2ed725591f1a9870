//! Random legal words and programs, for the property tests of this and other crates.
//!
//! Programs are *defined*: they read a register or predicate only after a sure write. They need not balance the stack or stay
//! clear of saturation.

mod wasteful;

pub use wasteful::wasteful_program;

use super::encode::Instruction;
use super::lookup::LookupTable;
use super::operand::{Code, Kind, Predicate, PredicateIndex, Source, Special};
use super::program::{ParameterDeclaration, Program, StateDeclaration, TableDeclaration};
use super::slot::Slot;
use super::state_type::StateType;
use super::table::{Entry, Opcode, Predication, TABLE};

/// A small generator (Weyl sequence with a multiplicative finish), good enough to choose test cases.
#[derive(Debug, Clone)]
pub struct Random(u64);

impl Random {
    /// The generator of a seed.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15))
    }

    /// 32 random bits.
    pub const fn next(&mut self) -> u32 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 32)).wrapping_mul(0xD6E8_FEB8_6659_FD93);
        z = (z ^ (z >> 32)).wrapping_mul(0xD6E8_FEB8_6659_FD93);
        (z >> 32) as u32
    }

    /// A number below `bound`, which is not 0.
    pub const fn below(&mut self, bound: u32) -> u32 {
        ((self.next() as u64 * bound as u64) >> 32) as u32
    }

    /// A number of random magnitude: small numbers, edges and large ones all occur.
    pub const fn number(&mut self) -> i32 {
        let value = self.next().cast_signed();
        match self.below(8) {
            0 => 0,
            1 => [i32::MIN, i32::MAX, i32::MIN + 1, -1, 1, 127, -128, 4096][self.below(8) as usize],
            _ => value >> self.below(32),
        }
    }

    /// One of `items`, which is not empty.
    pub fn pick<T: Copy>(&mut self, items: &[T]) -> T {
        items[self.below(items.len() as u32) as usize]
    }
}

/// What the next instruction may read without being undefined.
#[derive(Debug, Clone)]
struct Scope {
    sources: Vec<i32>,
    targets: Vec<i32>,
    predicates: Vec<PredicateIndex>,
    tables: i32,
}

/// Any word that is legal in a program of `kind`.
pub fn legal_word(kind: Kind, random: &mut Random) -> u32 {
    let specials = Special::all(kind).map(|(special, _)| Source::Special(special).code());
    let scope = Scope {
        sources: (0..48).chain(specials).collect(),
        targets: (0..32).collect(),
        predicates: (1..=3).filter_map(PredicateIndex::new).collect(),
        tables: 16,
    };
    instruction(kind, &scope, random).encode()
}

/// A legal program of `words` words that may read what it never wrote, with as many declarations as fit.
pub fn loose_program(kind: Kind, words: u32, random: &mut Random) -> Program {
    let mut program = Program::new(kind);
    declare(&mut program, [16; 3], random);
    program.words = (0..words).map(|_| legal_word(kind, random)).collect();
    program
}

/// Adds so many random state words, parameters and tables.
fn declare(program: &mut Program, [states, parameters, tables]: [u32; 3], random: &mut Random) {
    let width = |random: &mut Random| {
        let bits = random.pick(&[1, 7, 8, 9, 13, 16, 24, 31]);
        let narrow = if random.below(2) == 0 { StateType::signed(bits) } else { StateType::unsigned(bits) };
        narrow.filter(|_| random.below(4) != 0).unwrap_or(StateType::I32)
    };
    for _ in 0..states {
        program.states.push(StateDeclaration { name: None, of: width(random), range: None, saturates: true });
    }
    for _ in 0..parameters {
        let of = width(random);
        program.parameters.push(ParameterDeclaration { name: None, of, value: of.clamp(random.number()) });
    }
    for _ in 0..tables {
        let points = (0..=1 << random.below(5)).map(|_| random.number()).collect();
        let table = LookupTable::new(random.number(), random.below(20) as u8, points);
        program.tables.extend(table.map(|table| TableDeclaration { name: None, table }));
    }
}

/// A legal, defined program of 1..=`most_words` words.
pub fn legal_program(kind: Kind, most_words: u32, random: &mut Random) -> Program {
    let mut program = Program::new(kind);
    let counts = [1 + random.below(6), 1 + random.below(6), random.below(3)];
    declare(&mut program, counts, random);

    let specials = Special::all(kind).map(|(special, _)| Source::Special(special).code());
    let states = 16..16 + program.states.len() as i32;
    let mut scope = Scope {
        sources: states.clone().chain(32..32 + program.parameters.len() as i32).chain(specials).collect(),
        targets: (0..16).chain(states).collect(),
        predicates: Vec::new(),
        tables: program.tables.len() as i32,
    };
    for _ in 0..1 + random.below(most_words) {
        let next = instruction(kind, &scope, random);
        if !next.is_conditional() {
            let written = next.writes().map(|target| target.code()).filter(|code| !scope.sources.contains(code));
            scope.sources.extend(written);
            let flag = next.codes().find(|(slot, _)| *slot == Slot::Flag);
            let flag =
                flag.and_then(|(_, code)| PredicateIndex::from_code(code)).filter(|p| !scope.predicates.contains(p));
            scope.predicates.extend(flag);
        }
        program.words.push(next.encode());
    }
    program
}

fn instruction(kind: Kind, scope: &Scope, random: &mut Random) -> Instruction {
    loop {
        let entry = &TABLE[random.below(TABLE.len() as u32) as usize];
        // An exit ends most of what follows: make it rare where programs are meant to be long.
        let rare = entry.opcode == Opcode::Xit && random.below(4) != 0;
        let impossible = !entry.availability.includes(kind)
            || entry.predication == Predication::Selector && scope.predicates.is_empty()
            || entry.opcode == Opcode::Lut && scope.tables == 0;
        if rare || impossible {
            continue;
        }
        let predicate = predicate(entry, scope, random);
        let codes: Vec<i32> = entry.operands.iter().map(|operand| code(operand.slot, scope, random)).collect();
        // What remains is refused for a reason that another draw will not share: rounding without shift, or an old predicate that
        // is not defined.
        if let Ok(next) = Instruction::assemble(entry.opcode, predicate, &codes, kind)
            && reads_are_defined(&next, scope)
        {
            return next;
        }
    }
}

fn predicate(entry: &Entry, scope: &Scope, random: &mut Random) -> Predicate {
    let wanted = match entry.predication {
        Predication::Never => false,
        Predication::Selector => true,
        Predication::Optional => random.below(3) == 0 && !scope.predicates.is_empty(),
    };
    match wanted {
        false => Predicate::Always,
        true if random.below(2) == 0 => Predicate::If(random.pick(&scope.predicates)),
        true => Predicate::Unless(random.pick(&scope.predicates)),
    }
}

fn code(slot: Slot, scope: &Scope, random: &mut Random) -> i32 {
    match slot {
        Slot::Dst | Slot::Acc => random.pick(&scope.targets),
        Slot::A | Slot::B => random.pick(&scope.sources),
        Slot::Table => random.below(scope.tables as u32) as i32,
        Slot::Width => {
            let bits = 1 + random.below(31) as u8;
            if random.below(2) == 0 { StateType::signed(bits) } else { StateType::unsigned(bits) }.map_or(0, Code::code)
        }
        Slot::Flag => 1 + random.below(3) as i32,
        _ => match (slot.numbers(), slot.suffixes()) {
            (Some(range), _) => range.start() + random.below((range.end() - range.start() + 1) as u32) as i32,
            (None, names) => random.below(names.map_or(1, <[_]>::len) as u32) as i32,
        },
    }
}

/// Whether accumulators and combined predicates, whose codes were drawn as targets, have been written before.
fn reads_are_defined(next: &Instruction, scope: &Scope) -> bool {
    let mut combined = false;
    let mut flag = None;
    for (slot, code) in next.codes() {
        match slot {
            Slot::Combine => combined = code != 0,
            Slot::Flag => flag = PredicateIndex::from_code(code),
            _ => {}
        }
    }
    let sources = next.reads().all(|source| scope.sources.contains(&source.code()));
    sources && (!combined || flag.is_some_and(|flag| scope.predicates.contains(&flag)))
}
