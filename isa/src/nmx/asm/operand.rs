//! What stands between the commas.

use super::directive::number;
use super::report::Report;
use super::scope::{Meaning, Scope, code as code_of};
use super::token::{Token, TokenKind};
use crate::nmx::operand::{Code, Source};
use crate::nmx::slot::Slot;
use crate::nmx::state_type::StateType;
use crate::nmx::table::Entry;

/// The code of the operand that `token` writes into `slot`.
pub(super) fn read(
    token: &Token<'_>,
    slot: Slot,
    entry: &Entry,
    scope: &Scope,
    report: &mut Report<'_>,
) -> Option<i32> {
    let reader = Reader { token, slot, entry, scope };
    reader.read().map_err(|error| report.error(error.code, token.span(), error.message, Some(error.help))).ok()
}

struct Refusal {
    code: &'static str,
    message: String,
    help: String,
}

fn refuse<T>(code: &'static str, message: String, help: impl Into<String>) -> Result<T, Refusal> {
    Err(Refusal { code, message, help: help.into() })
}

struct Reader<'r, 'a> {
    token: &'r Token<'a>,
    slot: Slot,
    entry: &'r Entry,
    scope: &'r Scope,
}

impl Reader<'_, '_> {
    fn read(&self) -> Result<i32, Refusal> {
        match self.slot {
            Slot::A | Slot::B => self.source(),
            Slot::Dst | Slot::Acc => self.target(),
            Slot::Flag => self.flag(),
            Slot::Width => self.width(),
            Slot::Table => self.table(),
            _ => self.number(),
        }
    }

    fn source(&self) -> Result<i32, Refusal> {
        let text = self.token.text;
        if self.token.kind == TokenKind::Number {
            let help = match (self.entry.mnemonic, text) {
                (_, "0") => "the input `zero` is 0".into(),
                (_, "1") => "the input `one` is 1".into(),
                ("add", _) if self.slot == Slot::B => format!("write `addi d, a, {text}`"),
                ("sub", _) if self.slot == Slot::B => "write `addi d, a, -n`".to_owned(),
                ("mov", _) => format!("write `ldi d, {text}`"),
                _ => format!("declare `.param name i32 {text}`, or load it with `ldi r0, {text}`"),
            };
            return refuse("N0326", format!("the {} is a name, not a number", self.slot.name()), help);
        }
        match self.scope.meaning(text) {
            Meaning::Source(source) => Ok(code_of(source)),
            other => self.not_a_value(other),
        }
    }

    fn target(&self) -> Result<i32, Refusal> {
        let (text, what) = (self.token.text, self.slot.name());
        if self.token.kind == TokenKind::Number {
            let help = "the destination comes first: `add d, a, b`";
            return refuse("N0326", format!("the {what} is a register or state, not a number"), help);
        }
        match self.scope.meaning(text) {
            Meaning::Source(source @ (Source::Register(_) | Source::State(_))) => Ok(code_of(source)),
            Meaning::Source(Source::Parameter(_)) => {
                let help = "the network sets parameters, programs only read them; to keep a value, declare a `.state`";
                refuse("N0331", format!("`{text}` is a parameter and cannot be written"), help)
            }
            Meaning::Source(Source::Special(_)) => {
                let help = "inputs are only read; write a register or a state";
                refuse("N0331", format!("`{text}` is an input and cannot be written"), help)
            }
            other => self.not_a_value(other),
        }
    }

    /// A word that is neither register nor state, parameter or input.
    fn not_a_value(&self, meaning: Meaning) -> Result<i32, Refusal> {
        let (text, what) = (self.token.text, self.slot.name());
        match meaning {
            Meaning::PastEnd("register", _) => {
                refuse("N0327", format!("there is no register `{text}`"), "r0..r15 exist")
            }
            Meaning::PastEnd(what, count) => {
                let directive = if what == "parameter" { ".param" } else { ".state" };
                let help = format!("declare one with `{directive}`, or use a declared one by its name");
                refuse("N0327", format!("there is no {what} `{text}`: {count} are declared"), help)
            }
            Meaning::OtherKind(kind) => {
                let here = self.scope.kind.map_or("", |kind| kind.name());
                let help = match kind.name() {
                    "learn" => {
                        "traces and spikes of a synapse are inputs of learn programs; a neuron program has i0..i3, m0..m3 and t"
                    }
                    _ => "dendritic inputs belong to neuron programs; a learn program has x0..x2, y0..y3, m0..m3 and t",
                };
                refuse("N0328", format!("`{text}` is not available in a {here} program"), help)
            }
            Meaning::Predicate(_) => {
                let help = "a predicate stands before the mnemonic, as `@p1`; to turn it into a number: `@p1 sel r0, one, zero`";
                refuse("N0326", format!("the predicate `{text}` is no {what}"), help)
            }
            Meaning::Table(_) => {
                refuse("N0326", format!("the table `{text}` is no {what}"), format!("look up with `lut d, a, {text}`"))
            }
            Meaning::Source(_) | Meaning::Unknown => {
                let help = match self.scope.suggestion(text) {
                    Some(name) => format!("did you mean `{name}`?"),
                    None => "declare it with `.state` or `.param`, or use a register r0..r15".into(),
                };
                refuse("N0327", format!("`{text}` is not declared"), help)
            }
        }
    }

    fn flag(&self) -> Result<i32, Refusal> {
        let text = self.token.text;
        match self.scope.meaning(text) {
            Meaning::Predicate(number @ 1..=3) => Ok(number.into()),
            Meaning::Predicate(0) => {
                refuse("N0326", "p0 always holds and cannot be written".into(), "write p1, p2 or p3")
            }
            _ => {
                let help = "a comparison sets p1, p2 or p3: `cmp.gt p1, a, b`";
                refuse("N0326", format!("`{text}` is no predicate"), help)
            }
        }
    }

    fn width(&self) -> Result<i32, Refusal> {
        let text = self.token.text;
        match text.parse::<StateType>() {
            Ok(of) if self.slot.admits(of.code()) => Ok(of.code()),
            Ok(of) => refuse("N0329", format!("clamping to {of} changes nothing"), "i1..i31 and u1..u31 are narrower"),
            Err(_) => refuse(
                "N0326",
                format!("`{text}` is no width"),
                "i1..i31 are signed, u1..u31 unsigned: `sat d, a, i24`",
            ),
        }
    }

    fn table(&self) -> Result<i32, Refusal> {
        let (text, count) = (self.token.text, self.scope.tables);
        let index = match self.token.kind {
            TokenKind::Number => number(self.token).and_then(|number| u8::try_from(number).ok()),
            _ => match self.scope.meaning(text) {
                Meaning::Table(index) => Some(index),
                _ => None,
            },
        };
        match index.filter(|&index| usize::from(index) < count) {
            Some(index) => Ok(index.into()),
            None => {
                let help = match self.scope.table_suggestion(text) {
                    Some(name) => format!("did you mean `{name}`?"),
                    None => "declare one: `.table name lo shift points`".into(),
                };
                refuse("N0327", format!("there is no table `{text}`: {count} are declared"), help)
            }
        }
    }

    fn number(&self) -> Result<i32, Refusal> {
        let (text, what) = (self.token.text, self.slot.name());
        let Some(range) = self.slot.numbers() else {
            return refuse("N0326", format!("`{text}` is no {what}"), "see the instruction's operands in the manual");
        };
        if self.token.kind != TokenKind::Number {
            let help =
                format!("it is part of the instruction word: write a number of {}..={}", range.start(), range.end());
            return refuse("N0326", format!("the {what} is a number, not a name"), help);
        }
        let Some(value) = number(self.token) else {
            return refuse("N0310", format!("`{text}` is no number"), "write 1200, 1_200, -5 or 0x4b0");
        };
        match i32::try_from(value).ok().filter(|value| range.contains(value)) {
            Some(value) => Ok(value),
            None => {
                let (low, high) = (range.start(), range.end());
                let message = format!("the {what} of `{}` is {low}..={high}, not {value}", self.entry.mnemonic);
                refuse("N0329", message, self.wider(value))
            }
        }
    }

    /// The way out for a number that does not fit.
    fn wider(&self, value: i64) -> String {
        match self.slot {
            Slot::Imm13 => format!("declare `.param name i32 {value}` and use `add`"),
            Slot::Imm19 => format!("declare `.param name i32 {value}` and use `mov`"),
            Slot::Shift if value > 15 => format!("shift by 15 here and by {} with `shr`", value - 15),
            Slot::Amount if value == 0 => "write `mov`".into(),
            Slot::Amount => "a word has 32 bits".into(),
            Slot::Port => "a compartment has 64 axon ports".into(),
            _ => "take a number of the range".into(),
        }
    }
}
