//! Programs: parameters and initial states as columns of whole numbers, and a second verification with the values in force.

use super::{Column, Quantiser, Wish};
use crate::network::{ProgramParameters, RuleMicrocode};
use crate::origin::{KeyPath, Part, Problem};
use crate::parameter::{DrawnParameter, Owner};
use caudate_core::image::{NamedProgram, microcode_compartment_bytes};
use caudate_isa::diagnostic::{Diagnostic, Place};
use caudate_isa::nmx::program::StateDeclaration;
use caudate_isa::nmx::verify::{StackEffect, verify_program, verify_within};
use caudate_isa::nmx::{Instruction, Program};
use std::collections::BTreeSet;
use std::ops::RangeInclusive;

/// Most combinations of values that are verified one by one where bounds alone do not settle it.
const MAX_VERIFIED: usize = 256;

const PARAMETER_HELP: &str = "use what its type in the program holds, or widen the type there";
const STATE_HELP: &str = "start within the range that the program claims for it, or that its type holds";

/// One population of microcode in the chip's integers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct MicrocodeColumns {
    /// Index into the network's programs.
    pub(crate) program: u16,
    /// Parameters k0, k1, ...
    pub(crate) parameters: Vec<Column<i32>>,
    /// State words s0, s1, ... before step 0.
    pub(crate) initial: Vec<Column<i32>>,
    /// Index of the parent's population.
    pub(crate) parent: Option<u32>,
    /// Bytes of neuron memory that one compartment takes.
    pub(crate) compartment_bytes: u64,
    /// What a run does to the compartment stack; `None` if the program was refused.
    pub(crate) stack: Option<StackEffect>,
}

/// The distinct programs of a network, in order of first use by populations, then rules.
pub(crate) fn programs(network: &crate::network::Network) -> Vec<NamedProgram> {
    let populations = network.populations.iter().filter_map(|population| population.own_program());
    let populations = populations.map(|own| (&own.name, &own.program));
    let rules = network.rules.iter().filter_map(|rule| rule.microcode.as_ref()).map(|own| (&own.name, &own.program));
    let mut programs: Vec<NamedProgram> = Vec::new();
    for (name, program) in populations.chain(rules) {
        if number_of(&programs, name, program).is_none() {
            programs.push(NamedProgram { name: name.clone(), program: program.clone() });
        }
    }
    programs
}

fn number_of(programs: &[NamedProgram], name: &str, program: &Program) -> Option<usize> {
    programs.iter().position(|known| known.name == name && known.program == *program)
}

/// The values that a state word may have: those claimed, or all of its type.
pub(crate) fn state_range(state: &StateDeclaration) -> RangeInclusive<i32> {
    state.range.map_or(state.of.range(), |(low, high)| low..=high)
}

/// The instructions of a program; none if it is not legal, which its verification tells.
pub(crate) fn instructions(program: &Program) -> Vec<Instruction> {
    program.instructions().unwrap_or_default()
}

impl<'a> Quantiser<'a> {
    /// Quantises population `index` of `size` compartments. The parent is not known here.
    pub(crate) fn microcode(
        &mut self,
        index: usize,
        size: usize,
        own: &'a ProgramParameters,
        programs: &[NamedProgram],
    ) -> MicrocodeColumns {
        let part = Part::Population(index);
        let program = &own.program;
        let mut parameters = Vec::with_capacity(program.parameters.len());
        for ((declared, name), number) in program.parameters.iter().zip(program.parameter_names()).zip(0..) {
            let given = own.parameters.iter().position(|(given, _)| *given == name);
            parameters.push(match given {
                None => Column::Same(declared.value),
                Some(entry) => {
                    let wish = Wish {
                        parameter: &own.parameters[entry].1,
                        drawn: DrawnParameter::ProgramParameter(number),
                        owner: Owner::Population(index),
                        path: part.key("parameters").entry(entry),
                        unit: "parameter",
                    };
                    self.whole(wish, size, declared.of.lowest(), declared.of.highest(), PARAMETER_HELP)
                }
            });
        }
        let mut initial = Vec::with_capacity(program.states.len());
        for ((declared, name), number) in program.states.iter().zip(program.state_names()).zip(0..) {
            let range = state_range(declared);
            let given = own.initial.iter().position(|(given, _)| *given == name);
            initial.push(match given {
                None => Column::Same(self.zero_state(part, &name, &range)),
                Some(entry) => {
                    let wish = Wish {
                        parameter: &own.initial[entry].1,
                        drawn: DrawnParameter::ProgramState(number),
                        owner: Owner::Population(index),
                        path: part.key("initial").entry(entry),
                        unit: "state",
                    };
                    self.whole(wish, size, *range.start(), *range.end(), STATE_HELP)
                }
            });
        }
        let number = number_of(programs, &own.name, program).unwrap_or(0) as u16;
        let stack = self.verify(part, number, &programs[usize::from(number)], &parameters, size);
        self.check_cycles(part, &own.name, program);
        let is_own = parameters.iter().map(|column| matches!(column, Column::Each(_)));
        MicrocodeColumns {
            program: number,
            compartment_bytes: microcode_compartment_bytes(program, is_own),
            parameters,
            initial,
            parent: None,
            stack,
        }
    }

    /// The values of a rule's parameters and initial states, and the number of its program.
    pub(super) fn rule_values(
        &mut self,
        part: Part,
        own: &RuleMicrocode,
        programs: &[NamedProgram],
    ) -> (u16, Vec<i32>, Vec<i32>) {
        let program = &own.program;
        let mut parameters = Vec::with_capacity(program.parameters.len());
        for (declared, name) in program.parameters.iter().zip(program.parameter_names()) {
            let given = own.parameters.iter().position(|(given, _)| *given == name);
            parameters.push(given.map_or(declared.value, |entry| {
                let path = part.key("parameters").entry(entry);
                self.one_whole(path, own.parameters[entry].1, declared.of.range(), PARAMETER_HELP)
            }));
        }
        let mut initial = Vec::with_capacity(program.states.len());
        for (declared, name) in program.states.iter().zip(program.state_names()) {
            let range = state_range(declared);
            let given = own.initial.iter().position(|(given, _)| *given == name);
            initial.push(match given {
                _ if [RuleMicrocode::WEIGHT, RuleMicrocode::DELAY].contains(&name.as_ref()) => 0,
                None => self.zero_state(part, &name, &range),
                Some(entry) => {
                    self.one_whole(part.key("initial").entry(entry), own.initial[entry].1, range, STATE_HELP)
                }
            });
        }
        let columns: Vec<Column<i32>> = parameters.iter().copied().map(Column::Same).collect();
        let number = number_of(programs, &own.name, program).unwrap_or(0) as u16;
        self.verify(part, number, &programs[usize::from(number)], &columns, 1);
        self.check_cycles(part, &own.name, program);
        (number, parameters, initial)
    }

    /// What a state word is before step 0 if nobody says: 0, which must be within its range.
    fn zero_state(&mut self, part: Part, name: &str, range: &RangeInclusive<i32>) -> i32 {
        if !range.contains(&0) {
            let message = format!(
                "state word '{name}' starts as 0; the range claimed for it is {}..={}",
                range.start(),
                range.end()
            );
            let help = format!("give initial = {{ {name} = {} }}, say", range.start());
            self.refuse(part.key("initial"), "E-NET-RANGE", message, help);
        }
        0
    }

    fn one_whole(&mut self, path: KeyPath, wanted: f64, range: RangeInclusive<i32>, help: &'static str) -> i32 {
        let key = path.written(self.network);
        match super::whole_number(&key, wanted, true, range, help) {
            Ok(stored) => {
                let mut tally = super::Tally::new();
                tally.note(stored.wanted, stored.stored);
                self.record(path, "whole number", &tally, None);
                stored.value
            }
            Err((code, message, help)) => {
                self.refuse(path, code, message, help);
                0
            }
        }
    }

    /// Verifies a program with the values in force: first with bounds for those that differ between compartments, then, if that does not
    /// settle it, with every combination that occurs. Returns what a run does to the stack.
    fn verify(
        &mut self,
        part: Part,
        number: u16,
        NamedProgram { name, program }: &NamedProgram,
        parameters: &[Column<i32>],
        size: usize,
    ) -> Option<StackEffect> {
        let in_force = |member: usize| -> Vec<i32> { parameters.iter().map(|column| column.get(member)).collect() };
        let origin = format!("{}, program '{name}' with its parameters in force", part.describe(self.network));
        let with = |values: Vec<i32>| {
            let mut program = program.clone();
            program.parameters.iter_mut().zip(values).for_each(|(parameter, value)| parameter.value = value);
            verify_program(&origin, &program)
        };
        let bounds: Vec<_> = parameters.iter().map(|column| bounds(column, size)).collect();
        if let Some(stack) = self.proven.get(&(number, bounds.clone())) {
            return Some(*stack);
        }
        let mut verdict = verify_within(&origin, program, &bounds);
        if !verdict.is_clean() {
            let combinations: BTreeSet<Vec<i32>> = (0..size).map(in_force).collect();
            match combinations.len() {
                0..=MAX_VERIFIED => {
                    for values in combinations {
                        verdict = with(values);
                        if !verdict.is_clean() {
                            break;
                        }
                    }
                }
                many => verdict.diagnostics = undecided(verdict.diagnostics, many),
            }
        } else if let Some(stack) = verdict.stack {
            self.proven.insert((number, bounds), stack);
        }
        let path = part.key("program");
        self.invalid.extend(verdict.diagnostics.into_iter().map(|diagnostic| Problem { path, diagnostic }));
        verdict.stack
    }

    /// A run that takes longer than the chip allows.
    fn check_cycles(&mut self, part: Part, name: &str, program: &Program) {
        let cycles = caudate_isa::nmx::program::worst_case_cycles(&instructions(program));
        let limit = self.chip.core.program_cycles;
        if !limit.admits(cycles.into()) {
            let message = format!(
                "program '{name}' takes {cycles} cycles at worst; chip '{}' allows {limit} for one run",
                self.chip.name
            );
            let help = "shorten the program, or use a chip with a larger core.program_cycles";
            self.misfits.push(part.key("program").problem("E-FIT-CYCLES", message, help));
        }
    }
}

fn bounds(column: &Column<i32>, size: usize) -> RangeInclusive<i32> {
    let values = || (0..size).map(|member| column.get(member));
    values().min().unwrap_or(0)..=values().max().unwrap_or(0)
}

/// What bounds do not exclude, of too many combinations to look at each.
fn undecided(found: Vec<Diagnostic>, combinations: usize) -> Vec<Diagnostic> {
    let place = |diagnostic: &Diagnostic| diagnostic.place.clone().unwrap_or_else(|| Place::named(""));
    let tell = |diagnostic: Diagnostic| {
        let place = place(&diagnostic);
        let help = format!(
            "{combinations} combinations of parameters occur, so they were verified as a range; with levels = k that \
             leave at most {MAX_VERIFIED}, each is verified by itself"
        );
        Diagnostic::new(diagnostic.code, diagnostic.message).at(place).help(help)
    };
    found.into_iter().map(tell).collect()
}
