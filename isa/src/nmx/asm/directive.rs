//! Lines that declare.

use super::declare::{Declarations, PendingTable, Sort};
use super::report::Report;
use super::token::{Line, Token, TokenKind};
use crate::diagnostic::nearest;
use crate::nmx::operand::Kind;
use crate::nmx::program::{ParameterDeclaration, StateDeclaration};
use crate::nmx::state_type::StateType;

const DIRECTIVES: [(&str, &str); 6] = [
    ("kind", ".kind neuron or .kind learn"),
    ("state", ".state name type, then perhaps a range `lo hi`, then perhaps `sat`; as in .state v i24 -8000 8000 sat"),
    ("param", ".param name type value, as in .param vth i24 6400"),
    ("budget", ".budget cycles, as in .budget 16"),
    ("require", ".require term condition term, as in .require v <= vth"),
    ("table", ".table name lo shift points, as in .table ramp 0 4 0 10 15"),
];

/// Reads a directive, or the points of a table that go on.
pub(super) fn read<'a>(line: &Line<'a>, declarations: &mut Declarations<'a>, report: &mut Report<'_>) {
    let [first, rest @ ..] = line.tokens.as_slice() else { return };
    if first.kind == TokenKind::Number {
        match declarations.tables.last_mut() {
            Some(table) if declarations.table_is_open => table.points.extend(points(&line.tokens, report)),
            _ => {
                let help = "numbers go on with the points of the `.table` right above; an instruction begins with its mnemonic";
                report.error("N0306", first.span(), "a line begins with a number", Some(help.into()));
            }
        }
        return;
    }
    declarations.table_is_open = false;
    let [name, arguments @ ..] = rest else {
        report.error("N0302", first.span(), "`.` without the name of a directive", Some(list()));
        return;
    };
    let Some((_, usage)) = DIRECTIVES.iter().find(|(known, _)| *known == name.text) else {
        let help = nearest(name.text, DIRECTIVES.map(|(known, _)| known))
            .map_or_else(list, |known| format!("did you mean `.{known}`?"));
        report.error("N0302", first.start..name.span().end, format!("unknown directive `.{}`", name.text), Some(help));
        return;
    };
    let mut reader = Reader { line, usage, report };
    match name.text {
        "kind" => reader.kind(arguments, declarations),
        "state" => reader.state(arguments, declarations),
        "param" => reader.parameter(arguments, declarations),
        "budget" => reader.budget(arguments, declarations),
        "table" => reader.table(arguments, declarations),
        _ => reader.require(arguments, declarations),
    }
}

fn list() -> String {
    let names = DIRECTIVES.map(|(name, _)| format!(".{name}"));
    format!("there are {}", names.join(", "))
}

/// A number of the text, if it is one.
pub(super) fn number(token: &Token<'_>) -> Option<i64> {
    let digits = token.text.replace('_', "");
    let (sign, magnitude) = match digits.strip_prefix('-') {
        Some(magnitude) => (-1, magnitude),
        None => (1, digits.as_str()),
    };
    let magnitude = match magnitude.strip_prefix("0x") {
        // `from_str_radix` would take a sign of its own.
        Some(hex) if !hex.starts_with(['+', '-']) => i64::from_str_radix(hex, 16),
        _ => magnitude.parse(),
    };
    magnitude.ok().map(|magnitude: i64| sign * magnitude)
}

/// A number of the text, or a report of why it is none.
pub(super) fn read_number(token: &Token<'_>, report: &mut Report<'_>) -> Option<i64> {
    let value = number(token);
    if value.is_none() {
        let message = format!("`{}` is no number", token.text);
        report.error("N0310", token.span(), message, Some("write 1200, 1_200, -5 or 0x4b0".into()));
    }
    value
}

fn points(tokens: &[Token<'_>], report: &mut Report<'_>) -> Vec<i32> {
    tokens.iter().filter_map(|token| in_range(token, StateType::I32, report)).collect()
}

/// A number that fits `of`.
fn in_range(token: &Token<'_>, of: StateType, report: &mut Report<'_>) -> Option<i32> {
    let value = read_number(token, report)?;
    let fits = i32::try_from(value).ok().filter(|value| of.range().contains(value));
    if fits.is_none() {
        let message = format!("{value} does not fit {of} ({}..={})", of.lowest(), of.highest());
        let help = widened(value, of).map(|wider| format!("{value} needs {wider}"));
        report.error(
            "N0311",
            token.span(),
            message,
            help.or_else(|| Some("32 bits signed are the most there is".into())),
        );
    }
    fits
}

/// The narrowest type that holds `value`, unsigned if `of` is and it can be.
fn widened(value: i64, of: StateType) -> Option<StateType> {
    let value = i32::try_from(value).ok()?;
    let holds = |of: &StateType| of.range().contains(&value);
    let unsigned = (1..=31).filter_map(StateType::unsigned).find(|wider| holds(wider) && !of.is_signed());
    unsigned.or_else(|| (1..=32).filter_map(StateType::signed).find(holds))
}

struct Reader<'r, 'a, 't> {
    line: &'r Line<'a>,
    usage: &'static str,
    report: &'r mut Report<'t>,
}

impl<'a> Reader<'_, 'a, '_> {
    fn kind(&mut self, arguments: &[Token<'a>], declarations: &mut Declarations<'a>) {
        let [name] = arguments else { return self.wrong_arguments(arguments, 1, 1) };
        if declarations.kind_line.is_some() {
            return self.twice("kind");
        }
        declarations.kind_line = Some(self.line.span());
        declarations.kind = Kind::ALL.into_iter().find(|kind| kind.name() == name.text);
        if declarations.kind.is_none() {
            let known = nearest(name.text, Kind::ALL.map(Kind::name));
            let help = known.map_or_else(
                || "neuron programs run per compartment and step, learn programs per synapse and epoch".into(),
                |known| format!("did you mean `{known}`?"),
            );
            let message = format!("there is no kind `{}`: a program is neuron or learn", name.text);
            self.report.error("N0304", name.span(), message, Some(help));
        }
    }

    fn state(&mut self, arguments: &[Token<'a>], declarations: &mut Declarations<'a>) {
        let (saturates, arguments) = match arguments {
            [rest @ .., last] if last.text == "sat" && rest.len() >= 2 => (true, rest),
            _ => (false, arguments),
        };
        let (name, of, range) = match arguments {
            [name, of] => (name, of, None),
            [name, of, low, high] => (name, of, Some((low, high))),
            _ => return self.wrong_arguments(arguments, 2, 4),
        };
        let of = self.width(of);
        let bounds = range.and_then(|(low, high)| {
            let wide = of.unwrap_or(StateType::I32);
            Some((in_range(low, wide, self.report)?, in_range(high, wide, self.report)?, low.start..high.span().end))
        });
        if let Some((low, high, span)) = bounds.clone().filter(|(low, high, _)| low > high) {
            let message = format!("the range {low}..={high} is empty");
            self.report.error("N0311", span, message, Some(format!("write the smaller bound first: {high} {low}")));
        }
        let symbol = declarations.declare(Sort::State, name, self.report);
        let Some((name, of)) = symbol.zip(of) else { return };
        declarations.spans.states.push(self.line.span());
        let range = bounds.map(|(low, high, _)| (low, high));
        declarations.states.push(StateDeclaration { name, of, range, saturates });
    }

    fn parameter(&mut self, arguments: &[Token<'a>], declarations: &mut Declarations<'a>) {
        let [name, of, value] = arguments else { return self.wrong_arguments(arguments, 3, 3) };
        let of = self.width(of);
        let value = in_range(value, of.unwrap_or(StateType::I32), self.report);
        let symbol = declarations.declare(Sort::Parameter, name, self.report);
        let Some(((name, of), value)) = symbol.zip(of).zip(value) else { return };
        declarations.spans.parameters.push(self.line.span());
        declarations.parameters.push(ParameterDeclaration { name, of, value });
    }

    fn budget(&mut self, arguments: &[Token<'a>], declarations: &mut Declarations<'a>) {
        let [most] = arguments else { return self.wrong_arguments(arguments, 1, 1) };
        if declarations.spans.budget.is_some() {
            return self.twice("budget");
        }
        declarations.spans.budget = Some(self.line.span());
        let Some(cycles) = read_number(most, self.report) else { return };
        declarations.budget = u32::try_from(cycles).ok();
        if declarations.budget.is_none() {
            let message = format!("a budget of {cycles} cycles is none");
            self.report.error(
                "N0311",
                most.span(),
                message,
                Some("write a number of cycles from 0 to 4294967295".into()),
            );
        }
    }

    fn require(&mut self, arguments: &[Token<'a>], declarations: &mut Declarations<'a>) {
        let [left, condition, right] = arguments else { return self.wrong_arguments(arguments, 3, 3) };
        declarations.requirements.push((*left, *condition, *right, self.line.span()));
    }

    fn table(&mut self, arguments: &[Token<'a>], declarations: &mut Declarations<'a>) {
        let [name, lo, shift, rest @ ..] = arguments else { return self.wrong_arguments(arguments, 3, usize::MAX) };
        let lo = in_range(lo, StateType::I32, self.report);
        let bits = read_number(shift, self.report);
        let legal = bits.and_then(|bits| u8::try_from(bits).ok()).filter(|&bits| bits <= 31);
        if let (Some(bits), None) = (bits, legal) {
            let message = format!("segments cannot be 2^{bits} wide");
            self.report.error("N0311", shift.span(), message, Some("the shift of a table is 0..=31".into()));
        }
        let symbol = declarations.declare(Sort::Table, name, self.report);
        let points = points(rest, self.report);
        let is_sound = symbol.is_some() && lo.is_some() && legal.is_some();
        declarations.table_is_open = true;
        declarations.tables.push(PendingTable {
            name: symbol.flatten(),
            lo: lo.unwrap_or(0),
            shift: legal.unwrap_or(0),
            points,
            span: self.line.span(),
            is_sound,
        });
    }

    fn width(&mut self, token: &Token<'_>) -> Option<StateType> {
        let of = token.text.parse().ok();
        if of.is_none() {
            let message = format!("there is no type `{}`", token.text);
            self.report.error("N0309", token.span(), message, Some("i1..i32 are signed, u1..u31 unsigned".into()));
        }
        of
    }

    fn wrong_arguments(&mut self, given: &[Token<'_>], least: usize, most: usize) {
        let what = if given.len() < least { "too few" } else { "wrong" };
        let what = if given.len() > most { "too many" } else { what };
        let message = format!("{what} arguments: {} given", given.len());
        self.report.error("N0306", self.line.span(), message, Some(format!("write {}", self.usage)));
    }

    fn twice(&mut self, name: &str) {
        let message = format!("`.{name}` is given twice");
        self.report.error("N0305", self.line.span(), message, Some("keep one of them".into()));
    }
}
