//! What the analyses prove of each instruction, for whoever wants to change the program.

use super::definedness::undefined_reads;
use super::interval::Interval;
use super::ranges::{Produced, Ranges, Standing, ranges};
use super::saturation::may_saturate;
use crate::nmx::encode::Instruction;
use crate::nmx::operand::{Parameter, Source};
use crate::nmx::program::Program;

/// What holds of an instruction in every run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::nmx) struct Proof {
    /// It may run.
    pub(in crate::nmx) runs: bool,
    /// Its predicate may keep it from running.
    pub(in crate::nmx) skipped: bool,
    /// Its result never exceeds 32 bits.
    pub(in crate::nmx) never_saturates: bool,
    /// No bit that it shifts out is ever set.
    pub(in crate::nmx) exact: bool,
    /// The values that it writes, before saturation.
    pub(in crate::nmx) result: Option<Interval>,
    /// The values of its sources, in the order of [`Instruction::reads`]; none if it never runs.
    pub(in crate::nmx) sources: Vec<Interval>,
}

/// What holds of each instruction. Claimed ranges of states count if they are kept; with `parameters_fixed`, parameters have the
/// values that are declared, else any that fit.
pub(in crate::nmx) fn proofs(program: &Program, instructions: &[Instruction], parameters_fixed: bool) -> Vec<Proof> {
    let any = (0..).zip(&program.parameters).filter_map(|(index, parameter)| {
        Some((Source::Parameter(Parameter::new(index)?), Interval::of(parameter.of.range())))
    });
    let given: Vec<(Source, Interval)> = if parameters_fixed { Vec::new() } else { any.collect() };
    let mut found = ranges(program, instructions, &given);
    if found.left.iter().flatten().any(|left| left.straying_writer.is_some()) {
        let mut unclaimed = program.clone();
        unclaimed.states.iter_mut().for_each(|state| state.range = None);
        found = ranges(&unclaimed, instructions, &given);
    }
    found.produced.into_iter().map(Proof::from).collect()
}

impl From<Produced> for Proof {
    fn from(produced: Produced) -> Self {
        Self {
            runs: produced.runs,
            skipped: produced.skipped,
            never_saturates: !produced.exact.is_some_and(may_saturate),
            exact: produced.rounding.is_none(),
            result: produced.exact,
            sources: produced.sources,
        }
    }
}

/// Whether no register or predicate is read where it may not be written.
pub(in crate::nmx) fn is_defined(instructions: &[Instruction]) -> bool {
    undefined_reads(instructions).is_empty()
}

/// How many faults of registers, results, stores and claims the verifier cannot exclude, of a program with these instructions of which
/// `accepted` may saturate.
pub(in crate::nmx) fn complaints(
    program: &Program,
    instructions: &[Instruction],
    accepted: impl Fn(usize) -> bool,
) -> usize {
    let Ranges { produced, left, standings, .. } = ranges(program, instructions, &[]);
    let results =
        produced.iter().enumerate().filter(|(at, produced)| produced.exact.is_some_and(may_saturate) && !accepted(*at));
    let stores = program.states.iter().zip(&left).filter_map(|(state, left)| Some((state, left.as_ref()?)));
    let stores = stores.map(|(state, left)| {
        usize::from(left.exceeding_writer.is_some() && !state.saturates)
            + usize::from(left.straying_writer.is_some() && state.range.is_some())
    });
    let claims = standings.iter().filter(|standing| **standing != Standing::Holds);
    undefined_reads(instructions).len() + results.count() + stores.sum::<usize>() + claims.count()
}
