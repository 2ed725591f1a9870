//! A whole rule to a program.

use super::super::report::Report;
use super::ast::{Rule, Span, Statement};
use super::dyadic::Range;
use super::emit::Emitted;
use super::lower::{Lowered, Lowering};
use super::parse::Reported;
use super::{Compiled, idle};
use crate::diagnostic::{Diagnostic, Place};
use crate::nmx::ir::{Guard, Operand};
use crate::nmx::operand::{Combine, Condition, Kind, Special};
use crate::nmx::program::{MAX_WORDS, Program, StateDeclaration};
use crate::nmx::table::Opcode;
use crate::nmx::verify::verify_program;

/// An early exit takes two or three words: it must save at least as many.
const WORTH_SKIPPING: usize = 3;

pub(super) fn compile(rule: &Rule) -> Result<Compiled, Vec<Diagnostic>> {
    let gates = idle::gates(rule);
    let compiled = attempt(rule, None)?;
    let prologue = gates.map_or(0, |gates| gates.len() + 1);
    match gates {
        Some(gates) if compiled.program.words.len() >= prologue + WORTH_SKIPPING => attempt(rule, Some(gates)),
        _ => Ok(compiled),
    }
}

fn attempt(rule: &Rule, gates: Option<&[&str]>) -> Result<Compiled, Vec<Diagnostic>> {
    let mut report = Report::new(rule.origin.clone(), &rule.text);
    let lowered = lower(rule, gates, &mut report);
    let diagnostics = report.finish();
    match lowered {
        Ok(compiled) if diagnostics.is_empty() => {
            // What the compiler has shown, the verifier shows again: a rule that compiles is clean.
            let verification = verify_program(&format!("{}, compiled", rule.origin), &compiled.program);
            if verification.is_clean() { Ok(compiled) } else { Err(verification.diagnostics) }
        }
        _ => Err(diagnostics),
    }
}

fn lower(rule: &Rule, gates: Option<&[&str]>, report: &mut Report<'_>) -> Lowered<Compiled> {
    let mut lowering = Lowering::new(rule, report)?;
    if let Some(gates) = gates {
        lowering.leave_without(gates);
    }
    lowering.statements(&rule.statements, Guard::Always)?;
    lowering.check_stores();
    let Lowering { code, quantised, report, .. } = lowering;
    if code.len() > MAX_WORDS {
        let message = format!("the rule takes {} instructions; a program holds {MAX_WORDS}", code.len());
        report.error("E-RULE-LENGTH", code.statement.clone(), message, Some("use fewer or simpler statements"));
        return Err(Reported);
    }
    let whole = code.statement.clone();
    let Emitted { instructions, parameters, statements } = code.finish().map_err(|why| {
        let help = "keep fewer conditions or values alive at once: nest less, or split the rule";
        report.error("E-RULE-LENGTH", whole, format!("the rule does not fit the machine: {why}"), Some(help));
        Reported
    })?;
    let states = rule.states.iter().map(|state| StateDeclaration {
        name: Some(state.name.clone()),
        of: state.of,
        range: state.range,
        saturates: state.saturates,
    });
    let program = Program {
        words: instructions.iter().map(crate::nmx::Instruction::encode).collect(),
        states: states.collect(),
        parameters,
        ..Program::new(Kind::Learn)
    };
    Ok(Compiled { program, quantised, statements })
}

/// The last statement that writes `state`.
fn last_update(statements: &[Statement], state: &str) -> Option<Span> {
    statements.iter().rev().find_map(|statement| match statement {
        Statement::Update(update) => (update.state == state).then(|| update.span.clone()),
        Statement::Choice(choice) => last_update(&choice.otherwise, state).or_else(|| last_update(&choice.then, state)),
    })
}

impl Lowering<'_, '_> {
    /// Refuses states that may end outside their width or claimed range.
    fn check_stores(&mut self) {
        for (state, range) in self.rule.states.iter().zip(self.ranges.clone()) {
            let Some(last) = last_update(&self.rule.statements, &state.name) else { continue };
            let width = Range::of_type(state.of);
            let stored = if state.saturates { range.clamped(width) } else { range };
            let claimed = Range::of(state.values().0, state.values().1);
            if !stored.is_within(width) {
                let message = format!("`{}` may become {range}, and {} holds {width}", state.name, state.of);
                let help =
                    format!("end the statement with `clip {width}`, or declare `{}` with `sat` or wider", state.name);
                let _ = self.fail("E-RULE-STORE", &last, message, &help);
            } else if !stored.is_within(claimed) {
                let message = format!("`{}` may become {stored}, and {claimed} is claimed for it", state.name);
                let help = format!("end the statement with `clip {claimed}`, or claim more");
                let _ = self.fail("E-RULE-STORE", &last, message, &help);
            }
        }
    }

    /// Stops where none of the spikes has occurred.
    fn leave_without(&mut self, gates: &[&str]) {
        let inputs = gates.iter().filter_map(|gate| Special::named(Kind::Learn, gate)).map(Operand::from);
        let p = self.code.predicate();
        let mut combine = Combine::Replace;
        for input in inputs {
            self.code.compare(Guard::Always, p, Condition::NotEqual, combine, input, Special::ZERO.into());
            combine = Combine::Or;
        }
        self.code.line(Guard::Unless(p), Opcode::Xit, &[]);
    }
}

impl Rule {
    /// Where a stretch of the rule's text stands.
    #[must_use]
    pub fn place(&self, span: Span) -> Place {
        Place::in_text(&self.origin, &self.text, span)
    }
}
