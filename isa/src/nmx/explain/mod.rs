//! A program as a listing: what each line costs, which values it can produce, what it rounds and whether it saturates.
//!
//! ```
//! use caudate_isa::nmx::{explain::explain, verify::verify_text};
//!
//! let text = ".kind neuron\n.state v i24 sat\n.param dv u12 3900\nmul.z v, v, dv, 12\nadd v, v, i0\n";
//! let (assembly, verification) = verify_text("leak.nmx", text).map_err(|all| all[0].clone())?;
//! let listing = explain(&assembly.program, &verification);
//! assert!(listing.contains("   4       1  mul.z v, v, dv, 12  -7987200..=7987199    toward zero, < 1  never"), "{listing}");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod columns;
#[cfg(test)]
mod tests;

use super::disasm::{Symbols, requirement_text};
use super::operand::Rounding;
use super::program::Program;
use super::verify::{InstructionFacts, Interval, RoundingFacts, SaturationFacts, Standing, StateFacts, Verification};
use columns::{Align, columns};
use std::fmt::Write;

/// The listing of `program` and what is known of it; nothing but a heading if the program is not legal.
///
/// Lines are those of the text that was verified, ranges hold after saturation, cycles count whether a predicate holds or not.
#[must_use]
pub fn explain(program: &Program, verification: &Verification) -> String {
    explain_by_line(program, verification, &|at| verification.source.line_number(at))
}

/// The same for a program compiled from another text: `line` says in which line of it a word has its origin.
#[must_use]
pub fn explain_by_line(program: &Program, verification: &Verification, line: &dyn Fn(usize) -> usize) -> String {
    let mut text = heading(program, verification);
    text.push_str(&instructions(verification, line));
    let symbols = Symbols::of(program);
    if !verification.states.is_empty() {
        text.push('\n');
        text.push_str(&states(program, &verification.states, &symbols));
    }
    if !verification.requirements.is_empty() {
        text.push('\n');
        text.push_str(&requirements(program, &verification.requirements, &symbols));
    }
    text
}

fn heading(program: &Program, verification: &Verification) -> String {
    let mut text = format!("{}: {} program\n", verification.source.origin(), program.kind.name());
    if verification.instructions.is_empty() && !program.words.is_empty() {
        text.push_str("  not legal\n");
        return text;
    }
    let cycles = verification.worst_case_cycles;
    let budget = program.budget.map_or_else(|| "no budget".into(), |budget| format!("budget {budget}"));
    let moved = |mask: u16| mask.count_ones();
    // Writing to a string cannot fail.
    let _ = writeln!(text, "  {} words, {cycles} cycles at worst ({budget})", program.words.len());
    let _ = writeln!(
        text,
        "  state words: {} loaded, {} stored",
        moved(verification.masks.read),
        moved(verification.masks.write)
    );
    match verification.stack {
        Some(effect) if effect.pops == 0 && effect.pushes == 0 => {}
        Some(effect) => {
            let _ = writeln!(text, "  stack: {} popped, {} pushed", effect.pops, effect.pushes);
        }
        None => text.push_str("  stack: depends on the run\n"),
    }
    text
}

fn instructions(verification: &Verification, line: &dyn Fn(usize) -> usize) -> String {
    if verification.instructions.is_empty() {
        return String::new();
    }
    let source = &verification.source;
    let mut rows = vec![["line", "cycles", "instruction", "result", "rounding", "saturation"].map(String::from)];
    for (at, facts) in verification.instructions.iter().enumerate() {
        rows.push([
            line(at).to_string(),
            facts.cycles.to_string(),
            source.word_text(at),
            result(facts),
            rounding(facts.rounding).into(),
            saturation(facts.saturation).into(),
        ]);
    }
    let table = columns(&rows, [Align::Right, Align::Right, Align::Left, Align::Left, Align::Left, Align::Left]);
    format!("\n{table}")
}

fn result(facts: &InstructionFacts) -> String {
    match facts.result {
        _ if !facts.runs => "never runs".into(),
        Some(values) => range(values),
        None => "-".into(),
    }
}

/// An interval, with the low bits that are known to be 0.
fn range(values: Interval) -> String {
    match values.zero_bits() {
        zero_bits if zero_bits > 0 && values.low() != values.high() => format!("{values} by {}", 1_u64 << zero_bits),
        _ => values.to_string(),
    }
}

fn rounding(facts: RoundingFacts) -> &'static str {
    match facts {
        RoundingFacts::None => "-",
        RoundingFacts::Exact => "exact",
        RoundingFacts::Rounds(Rounding::Floor) => "down, < 1",
        RoundingFacts::Rounds(Rounding::Zero) => "toward zero, < 1",
        RoundingFacts::Rounds(Rounding::Away) => "away from zero, < 1",
        RoundingFacts::Rounds(Rounding::Nearest) => "nearest, <= 1/2",
        RoundingFacts::Rounds(Rounding::Stochastic) => "stochastic, < 1",
    }
}

fn saturation(facts: SaturationFacts) -> &'static str {
    match facts {
        SaturationFacts::Impossible => "-",
        SaturationFacts::Never => "never",
        SaturationFacts::Accepted => "may, accepted",
        SaturationFacts::Undeclared => "may, not accepted",
    }
}

fn states(program: &Program, facts: &[StateFacts], symbols: &Symbols) -> String {
    let mut rows = vec![["state", "type", "at entry", "at exit", "store saturates"].map(String::from)];
    for (index, (state, facts)) in program.states.iter().zip(facts).enumerate() {
        let entry = state.range.map_or(Interval::of(state.of.range()), |(low, high)| Interval::of(low..=high));
        let claim = match facts.keeps_range {
            None => "",
            Some(true) => ", claimed and kept",
            Some(false) => ", claimed, not shown",
        };
        rows.push([
            symbols.state(index),
            state.of.to_string(),
            format!("{entry}{claim}"),
            facts.at_exit.map_or_else(|| "never stops".into(), range),
            saturation(facts.saturation).into(),
        ]);
    }
    columns(&rows, [Align::Left; 5])
}

fn requirements(program: &Program, standings: &[Standing], symbols: &Symbols) -> String {
    let mut rows = vec![["requirement", "standing"].map(String::from)];
    for (requirement, standing) in program.requirements.iter().zip(standings) {
        let text = requirement_text(requirement, symbols);
        let verdict = match standing {
            Standing::Holds => "holds",
            Standing::Open => "not shown",
            Standing::Fails => "fails",
        };
        rows.push([text.trim_start_matches(".require ").into(), verdict.into()]);
    }
    columns(&rows, [Align::Left; 2])
}
