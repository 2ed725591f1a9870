//! Programs back to text.
//!
//! Names come from the declarations; what has no name, or one that the assembler would not take, is called by its number (`s0`, `k3`).
//! Either way the text assembles to the same program, but for names that were not usable.
//!
//! ```
//! use caudate_isa::nmx::{asm::assemble, disasm::disassemble};
//!
//! let text = ".kind neuron\n.state v i24 sat\n\nadd     v, v, i0\n";
//! let assembly = assemble("example", text).map_err(|all| all[0].clone())?;
//! assert_eq!(disassemble(&assembly.program).map_err(|all| all[0].clone())?, text);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod symbols;
#[cfg(test)]
mod tests;

pub use symbols::Symbols;

use super::encode::Instruction;
use super::operand::{Code, Kind, Predicate, Source};
use super::program::{Program, ProgramError, Requirement, Term};
use super::slot::Slot;
use super::state_type::StateType;
use std::fmt::Write;

/// Column at which operands begin, counted from the mnemonic.
const OPERAND_COLUMN: usize = 8;

/// The text of a program, with its names.
///
/// # Errors
/// If the program is not legal: an illegal word has no text.
pub fn disassemble(program: &Program) -> Result<String, Vec<ProgramError>> {
    listing(program, &Symbols::of(program))
}

/// The text of a program, all by number.
///
/// # Errors
/// If the program is not legal: an illegal word has no text.
pub fn disassemble_by_number(program: &Program) -> Result<String, Vec<ProgramError>> {
    listing(program, &Symbols::default())
}

fn listing(program: &Program, symbols: &Symbols) -> Result<String, Vec<ProgramError>> {
    let instructions = program.instructions()?;
    let mut text = header(program, symbols);
    if !instructions.is_empty() {
        text.push('\n');
    }
    for (at, instruction) in instructions.iter().enumerate() {
        let accepts = u8::try_from(at).is_ok_and(|at| program.accepted_saturations.contains(&at));
        text.push_str(&instruction_text(instruction, program.kind, symbols));
        text.push_str(if accepts { " !sat\n" } else { "\n" });
    }
    Ok(text)
}

fn header(program: &Program, symbols: &Symbols) -> String {
    let mut text = format!(".kind {}\n", program.kind.name());
    // Writing to a string cannot fail.
    for (index, state) in program.states.iter().enumerate() {
        let range = state.range.map(|(low, high)| format!(" {low} {high}")).unwrap_or_default();
        let sat = if state.saturates { " sat" } else { "" };
        let _ = writeln!(text, ".state {} {}{range}{sat}", symbols.state(index), state.of);
    }
    for (index, parameter) in program.parameters.iter().enumerate() {
        let _ = writeln!(text, ".param {} {} {}", symbols.parameter(index), parameter.of, parameter.value);
    }
    for (index, declaration) in program.tables.iter().enumerate() {
        let table = &declaration.table;
        let _ = write!(text, ".table {} {} {}", symbols.table(index), table.lo(), table.shift());
        for (at, point) in table.points().iter().enumerate() {
            let _ = write!(text, "{}{point}", if at > 0 && at % 16 == 0 { "\n  " } else { " " });
        }
        text.push('\n');
    }
    if let Some(budget) = program.budget {
        let _ = writeln!(text, ".budget {budget}");
    }
    for requirement in &program.requirements {
        let _ = writeln!(text, "{}", requirement_text(requirement, symbols));
    }
    text
}

/// A requirement as its directive.
#[must_use]
pub fn requirement_text(requirement: &Requirement, symbols: &Symbols) -> String {
    const SIGNS: [&str; 6] = ["==", "!=", "<", "<=", ">", ">="];
    let term = |term: Term| match term {
        Term::State(index) => symbols.state(index.into()),
        Term::Parameter(index) => symbols.parameter(index.into()),
        Term::Constant(value) => value.to_string(),
    };
    let condition = SIGNS[requirement.condition() as usize];
    format!(".require {} {condition} {}", term(requirement.left), term(requirement.right))
}

/// An instruction as its line.
#[must_use]
pub fn instruction_text(instruction: &Instruction, kind: Kind, symbols: &Symbols) -> String {
    let mut text = match instruction.predicate {
        Predicate::Always => String::new(),
        Predicate::If(p) => format!("@p{} ", p.get()),
        Predicate::Unless(p) => format!("@!p{} ", p.get()),
    };
    let mut mnemonic = instruction.opcode().mnemonic().to_owned();
    let mut operands: Vec<String> = Vec::new();
    for (slot, code) in instruction.codes() {
        if let Some(names) = slot.suffixes() {
            // A suffix with code 0 that need not be given is not.
            let name = names.get(code.unsigned_abs() as usize).copied().unwrap_or_default();
            if !(name.is_empty() || code == 0 && slot.has_default_suffix()) {
                mnemonic.push('.');
                mnemonic.push_str(name);
            }
        } else if !(slot == Slot::Port && code == 0) {
            operands.push(operand_text(slot, code, kind, symbols));
        }
    }
    if operands.is_empty() {
        text.push_str(&mnemonic);
    } else {
        let _ =
            write!(text, "{mnemonic:<width$}{}", operands.join(", "), width = OPERAND_COLUMN.max(mnemonic.len() + 1));
    }
    text
}

/// An operand, by the code that stands in its slot.
#[must_use]
pub fn operand_text(slot: Slot, code: i32, kind: Kind, symbols: &Symbols) -> String {
    match slot {
        Slot::A | Slot::B | Slot::Dst | Slot::Acc => {
            Source::from_code(code).map_or_else(String::new, |source| symbols.source(source, kind))
        }
        Slot::Flag => format!("p{code}"),
        Slot::Width => StateType::from_code(code).map_or_else(String::new, |of| of.to_string()),
        Slot::Table => symbols.table(code.unsigned_abs() as usize),
        _ => code.to_string(),
    }
}
