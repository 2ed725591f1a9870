//! Reads of registers and predicates that may hold nothing, reported.

use super::definedness::{Undefined, undefined_reads};
use super::{Findings, Subject};
use crate::nmx::operand::{Combine, Predicate};
use crate::nmx::slot::Slot;
use crate::nmx::table::Operation;

pub(super) fn check(subject: &Subject<'_>, findings: &mut Findings) {
    for read in undefined_reads(subject.instructions) {
        match read {
            Undefined::Register { at, operand, register, writers } => {
                let (message, help) = register_text(subject, at, &format!("r{}", register.get()), &writers);
                findings.error("N0401", subject.source.operand(at, operand), message, help);
            }
            Undefined::Predicate { at, predicate } => {
                let name = format!("p{}", predicate.get());
                let instruction = &subject.instructions[at];
                let is_combined = matches!(instruction.operation, Operation::Cmp { p, combine: Combine::And | Combine::Or, .. } if p == predicate)
                    && !matches!(instruction.predicate, Predicate::If(p) | Predicate::Unless(p) if p == predicate);
                let span = if is_combined {
                    let slots = instruction.opcode().operands();
                    let flag = slots.iter().position(|operand| operand.slot == Slot::Flag).unwrap_or(0);
                    subject.source.operand(at, flag)
                } else {
                    subject.source.predicate(at)
                };
                let message = format!("{name} is read before any `cmp` has set it");
                let help =
                    format!("predicates are false when a program starts: write `cmp` into {name} above this line");
                findings.error("N0402", span, message, help);
            }
        }
    }
}

fn register_text(subject: &Subject<'_>, at: usize, name: &str, writers: &[usize]) -> (String, String) {
    let Some(&last) = writers.last() else {
        let message = format!("`{name}` is read before it is written");
        return (
            message,
            format!("registers hold nothing when a program starts: write it first, `mov {name}, zero` say"),
        );
    };
    // A write without a predicate would have sufficed.
    let conditions: Vec<String> = writers.iter().map(|&writer| condition(subject, writer)).collect();
    let message = format!("`{name}` may hold nothing: it is written only {}", conditions.join(" and "));
    let rewritten = subject.instructions[last + 1..at].iter().enumerate().find_map(|(offset, instruction)| {
        match (instruction.operation, subject.instructions[last].predicate) {
            (Operation::Cmp { p, .. }, Predicate::If(by) | Predicate::Unless(by)) if p == by => {
                Some((last + 1 + offset, by.get()))
            }
            _ => None,
        }
    });
    let first_line = subject.source.line_number(writers[0]);
    let help = match rewritten {
        Some((cmp, by)) => {
            let line = subject.source.line_number(cmp);
            format!(
                "line {line} changes p{by}: move that `cmp` below this line, or write `mov {name}, zero` above line {first_line}"
            )
        }
        None => {
            format!("read it under the same predicate, or write `mov {name}, zero` above line {first_line}")
        }
    };
    (message, help)
}

fn condition(subject: &Subject<'_>, at: usize) -> String {
    let line = subject.source.line_number(at);
    match subject.instructions[at].predicate {
        Predicate::Always => format!("in line {line}"),
        Predicate::If(p) => format!("if p{} (line {line})", p.get()),
        Predicate::Unless(p) => format!("unless p{} (line {line})", p.get()),
    }
}
