//! Shorter programs that do the same.
//!
//! | file | rule |
//! |---|---|
//! | `guards` | what never runs goes; a guard that always holds is dropped |
//! | `constants` | results and operands that have one value become constants |
//! | `strength` | what changes nothing, or shifts, becomes `mov` or a shift; exact rounding needs no draw |
//! | `copies` | a read of a copied register reads the original |
//! | `coalesce` | a value that is computed only to be copied is computed in place |
//! | `common` | what is already computed is copied |
//! | `conditions` | a condition that is already known is not tested again |
//! | `fuse` | `mul` and `add` become `mac` |
//! | `dead` | what nobody reads is not computed |
//! | `registers` | registers and predicates are renumbered if fewer will do |
//! | `layout` | words that are no longer needed are closed up |
//!
//! # What stays
//!
//! State words, spikes with their ports, payloads and order, the stack, underflows, every draw, and the *numbers* of saturated results
//! and stores are identical in every run from states within their widths and kept claims, and inputs within their ranges, the assumptions
//! of the verifier. Cycles never grow, in no run, and neither do the state words moved. Declarations, tables, budget and requirements
//! are kept, and `!sat` goes with its instruction. What may saturate is therefore removed or merged only where the intervals prove that it
//! does not.
//!
//! A draw is keyed by the index of its word, so an instruction that draws (`rnd`, rounding `.s`) must keep its index. Rules rewrite words in
//! place and leave `nop` for what is gone; only `layout` moves words. It fills a gap before a drawing instruction with a later
//! instruction that depends on nothing in between, never across an exit, and where there is none a `nop` stays, which costs no more than what it
//! replaces. A rule that proves a rounding exact removes the draw and with it the constraint.
//!
//! Parameters are constants only under [`Assumptions::parameters_fixed`]: a network may give others. A rule whose result the verifier can
//! no longer prove safe is taken back, so a program that passes verification still does.

mod coalesce;
mod code;
mod common;
mod conditions;
mod constants;
mod copies;
mod dead;
mod effects;
mod fuse;
mod guards;
mod layout;
mod registers;
mod strength;
#[cfg(test)]
mod tests;

use super::program::{Program, worst_case_cycles};
use code::{Code, Line};
use std::fmt;

/// Rounds after which the search for more ends; it has ended by itself long before.
const MOST_ROUNDS: usize = 64;

/// How much is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Level {
    /// Nothing: the program as it is written.
    #[default]
    O0,
    /// Every rule, until none applies.
    O2,
}

/// What may be taken for granted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Assumptions {
    /// Every run has the parameters that are declared. By default a network may give others.
    pub parameters_fixed: bool,
}

macro_rules! rules {
    ($($module:ident $rule:ident $name:literal,)+) => {
        /// A way to make a program shorter.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Rule {
            $(#[doc = concat!("What ", stringify!($module), " does: ", $name, ".")] $rule,)+
        }

        impl Rule {
            /// All, in the order in which they are tried.
            pub const ALL: &'static [Self] = &[$(Self::$rule),+];

            /// What a report calls it.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$rule => $name,)+
                }
            }

            /// Applies the rule everywhere once; how often it applied.
            fn apply(self, code: &mut Code<'_>) -> usize {
                match self {
                    $(Self::$rule => $module::apply(code),)+
                }
            }
        }
    };
}

rules! {
    guards Guards "known guard",
    constants Constants "constant folding",
    strength Strength "strength reduction",
    conditions Conditions "equal condition",
    common Common "common subexpression",
    fuse Fuse "multiply-add",
    coalesce Coalesce "coalescing",
    copies Copies "copy propagation",
    dead Dead "dead code",
}

/// What optimizing a program did.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Report {
    /// Words before and after.
    pub words: [usize; 2],
    /// Cycles of the longest run before and after.
    pub cycles: [u32; 2],
    /// The rules that applied, in their order, and how often.
    pub applied: Vec<(Rule, usize)>,
}

impl fmt::Display for Report {
    /// `13 -> 12 words, 13 -> 12 cycles; copy propagation 1, dead code 1`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ([words, words_left], [cycles, cycles_left]) = (self.words, self.cycles);
        write!(f, "{words} -> {words_left} words, {cycles} -> {cycles_left} cycles")?;
        for (index, (rule, times)) in self.applied.iter().enumerate() {
            let separator = if index == 0 { ';' } else { ',' };
            write!(f, "{separator} {} {times}", rule.name())?;
        }
        Ok(())
    }
}

/// A program and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Optimized {
    /// The program to run.
    pub program: Program,
    /// What was saved.
    pub report: Report,
}

/// The program that does the same in fewer words. One that is not legal, or may read what is not written, comes back as it is.
#[must_use]
pub fn optimize(program: &Program, level: Level, assumptions: Assumptions) -> Optimized {
    let rules = match level {
        Level::O0 => &[],
        Level::O2 => Rule::ALL,
    };
    optimize_by(program, rules, assumptions)
}

/// As [`optimize`], by the rules given; without any, the program stays as it is.
#[must_use]
pub fn optimize_by(program: &Program, rules: &[Rule], assumptions: Assumptions) -> Optimized {
    let Ok(instructions) = program.instructions() else {
        let words = program.words.len();
        let report = Report { words: [words; 2], ..Report::default() };
        return Optimized { program: program.clone(), report };
    };
    let accepts = |at: usize| u8::try_from(at).is_ok_and(|at| program.accepted_saturations.contains(&at));
    let lines = instructions.iter().enumerate();
    let lines = lines.map(|(at, &instruction)| Line { instruction, accepted: accepts(at) }).collect();
    let mut code = Code { program, assumptions, lines };
    let before = code.cost();
    let mut times = vec![0; rules.len()];
    if !rules.is_empty() && code.is_defined() {
        for _ in 0..MOST_ROUNDS {
            let applied: Vec<usize> = rules.iter().map(|rule| code.guarded(|code| rule.apply(code))).collect();
            times.iter_mut().zip(&applied).for_each(|(all, new)| *all += new);
            if applied.iter().all(|&new| new == 0) {
                break;
            }
        }
        code.guarded(layout::apply);
        code.guarded(registers::apply);
    }
    let after = code.cost();
    let applied = rules.iter().copied().zip(times).filter(|(_, times)| *times > 0).collect();
    let report = Report { words: [before.0, after.0], cycles: [before.1, after.1], applied };
    Optimized { program: code.finish(), report }
}

impl Code<'_> {
    /// Applies a rule, or does not if the verifier would know less or a run move more afterwards; how often it applied.
    fn guarded(&mut self, rule: impl FnOnce(&mut Self) -> usize) -> usize {
        let before = self.clone();
        let times = rule(self);
        if times > 0 && (self.complaints() > before.complaints() || self.moved_words() > before.moved_words()) {
            *self = before;
            return 0;
        }
        times
    }

    /// Words, and cycles of the longest run.
    fn cost(&self) -> (usize, u32) {
        (self.lines.len(), worst_case_cycles(&self.instructions()))
    }

    fn finish(self) -> Program {
        let accepted = self.lines.iter().enumerate().filter(|(_, line)| line.accepted);
        Program {
            words: self.lines.iter().map(|line| line.instruction.encode()).collect(),
            accepted_saturations: accepted.filter_map(|(at, _)| u8::try_from(at).ok()).collect(),
            ..self.program.clone()
        }
    }
}
