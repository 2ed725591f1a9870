//! What the directives of a text have declared.

use super::directive::read_number;
use super::report::Report;
use super::scope::{Declared, Meaning, Scope, numbered, taken_by};
use super::source_map::DeclarationSpans;
use super::token::{Token, TokenKind};
use crate::nmx::lookup::{LookupTable, TableError};
use crate::nmx::operand::{Condition, Kind, Source};
use crate::nmx::program::{
    MAX_DECLARED, ParameterDeclaration, Program, Requirement, StateDeclaration, TableDeclaration, Term,
};
use std::ops::Range;

/// What can be declared by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sort {
    State,
    Parameter,
    Table,
}

impl Sort {
    fn plural(self) -> &'static str {
        match self {
            Self::State => "state words",
            Self::Parameter => "parameters",
            Self::Table => "tables",
        }
    }
}

/// A table whose points are still being read.
#[derive(Debug, Clone)]
pub(super) struct PendingTable {
    pub(super) name: Option<String>,
    pub(super) lo: i32,
    pub(super) shift: u8,
    pub(super) points: Vec<i32>,
    pub(super) span: Range<usize>,
    pub(super) is_sound: bool,
}

/// The declarations read so far.
#[derive(Debug, Default)]
pub(super) struct Declarations<'a> {
    pub(super) kind: Option<Kind>,
    pub(super) kind_line: Option<Range<usize>>,
    pub(super) budget: Option<u32>,
    pub(super) states: Vec<StateDeclaration>,
    pub(super) parameters: Vec<ParameterDeclaration>,
    pub(super) tables: Vec<PendingTable>,
    /// Whether a line of numbers goes on with the last table.
    pub(super) table_is_open: bool,
    pub(super) requirements: Vec<(Token<'a>, Token<'a>, Token<'a>, Range<usize>)>,
    pub(super) spans: DeclarationSpans,
    scope: Scope,
}

/// A program without words, and what its names mean.
pub(super) struct Head {
    pub(super) program: Program,
    pub(super) scope: Scope,
    pub(super) spans: DeclarationSpans,
}

impl<'a> Declarations<'a> {
    /// Gives the next number of `sort` to `name`. `None` if that cannot be; `Some(None)` if the name is the number itself.
    #[allow(clippy::option_option)]
    pub(super) fn declare(&mut self, sort: Sort, name: &Token<'_>, report: &mut Report<'_>) -> Option<Option<String>> {
        // Counted here and not by the finished declarations, so that a wrong one does not renumber those behind it.
        let count = match sort {
            Sort::State => &mut self.scope.states,
            Sort::Parameter => &mut self.scope.parameters,
            Sort::Table => &mut self.scope.tables,
        };
        let index = *count;
        *count += 1;
        if index >= MAX_DECLARED {
            let message = format!("`{}` is number {} of the {}", name.text, index + 1, sort.plural());
            let help = format!("a program holds at most {MAX_DECLARED} {}", sort.plural());
            report.error("N0312", name.span(), message, Some(help));
            return None;
        }
        let own_number = match (sort, numbered(name.text)) {
            (Sort::State, Some(('s', number))) | (Sort::Parameter, Some(('k', number))) => number as usize == index,
            (Sort::Table, _) => name.text == index.to_string(),
            _ => false,
        };
        if own_number {
            return Some(None);
        }
        if name.kind != TokenKind::Word {
            let message = format!("`{}` is no name", name.text);
            report.error("N0308", name.span(), message, Some("a name begins with a letter or `_`".into()));
            return None;
        }
        if let Some(owner) = taken_by(name.text) {
            let message = format!("the name `{}` is taken: it is {owner}", name.text);
            report.error("N0308", name.span(), message, Some(format!("choose another, `{}_` say", name.text)));
            return None;
        }
        let index = index as u8;
        let meaning = match sort {
            Sort::State => Declared::State(index),
            Sort::Parameter => Declared::Parameter(index),
            Sort::Table => Declared::Table(index),
        };
        if self.scope.names.contains_key(name.text) {
            let message = format!("`{}` is declared twice", name.text);
            report.error("N0307", name.span(), message, Some("a name stands for one state, parameter or table".into()));
            return None;
        }
        self.scope.names.insert(name.text.into(), meaning);
        Some(Some(name.text.into()))
    }

    /// Resolves what could not be resolved line by line.
    pub(super) fn finish(mut self, report: &mut Report<'_>) -> Head {
        if self.kind_line.is_none() {
            let help =
                "begin with `.kind neuron` (runs per compartment and step) or `.kind learn` (per synapse and epoch)";
            report.error("N0303", 0..0, "the program has no `.kind`", Some(help.into()));
        }
        self.scope.kind = self.kind;
        let mut program = Program::new(self.kind.unwrap_or(Kind::Neuron));
        for (left, condition, right, span) in std::mem::take(&mut self.requirements) {
            let sides = (self.term(&left, report), condition_of(&condition, report), self.term(&right, report));
            if let (Some(left), Some(condition), Some(right)) = sides {
                program.requirements.push(Requirement::new(left, condition, right));
                self.spans.requirements.push(span);
            }
        }
        for table in self.tables.into_iter().filter(|table| table.is_sound) {
            let count = table.points.len();
            match LookupTable::new(table.lo, table.shift, table.points) {
                Ok(points) => program.tables.push(TableDeclaration { name: table.name, table: points }),
                Err(error) => {
                    let (code, help) = match error {
                        TableError::Points(_) => ("N0201", "give 2, 3, 5, 9, 17, 33, 65, 129, 257, 513 or 1025 points"),
                        _ => ("N0202", "segments times their width must stay below 2^31"),
                    };
                    let message = format!("{count} points in segments of 2^{} make no table", table.shift);
                    report.error(code, table.span, message, Some(help.into()));
                }
            }
        }
        program.states = self.states;
        program.parameters = self.parameters;
        program.budget = self.budget;
        Head { program, scope: self.scope, spans: self.spans }
    }

    fn term(&self, token: &Token<'_>, report: &mut Report<'_>) -> Option<Term> {
        if token.kind == TokenKind::Number {
            let value = read_number(token, report)?;
            let term = i32::try_from(value).ok().map(Term::Constant);
            if term.is_none() {
                let help = "no state exceeds -2147483648..=2147483647";
                report.error("N0311", token.span(), format!("{value} does not fit 32 bits"), Some(help.into()));
            }
            return term;
        }
        match self.scope.meaning(token.text) {
            Meaning::Source(Source::State(state)) => Some(Term::State(state.get())),
            Meaning::Source(Source::Parameter(parameter)) => Some(Term::Parameter(parameter.get())),
            meaning => {
                let message = format!("`{}` is no state, parameter or number", token.text);
                let near = self.scope.declared_suggestion(token.text).filter(|_| meaning == Meaning::Unknown);
                let help = near.map_or_else(
                    || {
                        "a requirement is about the state when the program stops; registers and inputs are gone then"
                            .into()
                    },
                    |name| format!("did you mean `{name}`?"),
                );
                report.error("N0327", token.span(), message, Some(help));
                None
            }
        }
    }
}

fn condition_of(token: &Token<'_>, report: &mut Report<'_>) -> Option<Condition> {
    const SIGNS: [&str; 6] = ["==", "!=", "<", "<=", ">", ">="];
    let at = [&SIGNS[..], Condition::NAMES].iter().find_map(|names| names.iter().position(|name| *name == token.text));
    let condition = at.and_then(|at| Condition::ALL.get(at).copied());
    if condition.is_none() {
        let message = format!("`{}` is no condition", token.text);
        report.error("N0313", token.span(), message, Some(format!("write one of {}", SIGNS.join(" "))));
    }
    condition
}
