//! Lines that compute.

use super::operand;
use super::report::Report;
use super::scope::Scope;
use super::source_map::{SourceMap, WordSpans};
use super::token::{Line, Token, TokenKind};
use crate::diagnostic::nearest;
use crate::nmx::decode::DecodeError;
use crate::nmx::encode::{Instruction, OperandError};
use crate::nmx::operand::{Predicate, PredicateIndex};
use crate::nmx::program::{MAX_WORDS, Program};
use crate::nmx::slot::Slot;
use crate::nmx::table::{Entry, Opcode, Predication, TABLE};
use crate::nmx::verify::can_saturate;
use std::ops::Range;

/// Reads an instruction and appends its word.
pub(super) fn read(
    line: &Line<'_>,
    scope: &Scope,
    program: &mut Program,
    source: &mut SourceMap,
    report: &mut Report<'_>,
) {
    let mut reader = Reader { scope, report, is_sound: true };
    let (predicate, tokens) = reader.predicate(&line.tokens);
    let (accepts, tokens) = reader.mark(tokens);
    let Some((name, rest)) = tokens.split_first() else {
        if reader.is_sound {
            reader.error("N0321", line.end(), "no instruction on this line", "write a mnemonic, `mov` say".into());
        }
        return;
    };
    let Some(entry) = reader.mnemonic(name) else { return };
    reader.check_predicate(entry, predicate.as_ref(), name);
    let (suffixes, rest) = reader.suffixes(entry, name, rest);
    let operands = reader.operands(entry, name, rest, line);
    let (Some(suffixes), Some(operands)) = (suffixes, operands) else { return };
    if let Some(span) = accepts.clone()
        && !can_saturate(entry.opcode)
    {
        reader.error(
            "N0337",
            span,
            format!("`{}` never saturates", entry.mnemonic),
            "remove `!sat`; a store is declared with `sat` behind `.state`".into(),
        );
    }

    let codes: Vec<i32> = suffixes.iter().chain(&operands).map(|(code, _)| *code).collect();
    let spans: Vec<Range<usize>> = suffixes.into_iter().chain(operands).map(|(_, span)| span).collect();
    let (predicate, predicate_span) = predicate.map_or((Predicate::Always, None), |(p, span)| (p, Some(span)));
    if !reader.is_sound || scope.kind.is_none() {
        return;
    }
    match Instruction::assemble(entry.opcode, predicate, &codes, program.kind) {
        Ok(instruction) => {
            let at = program.words.len();
            if at == MAX_WORDS {
                let help = format!("a program holds at most {MAX_WORDS} instructions; split it between compartments");
                reader.error("N0336", line.span(), format!("instruction {} of the program", at + 1), help);
            }
            if let (true, Ok(at)) = (accepts.is_some(), u8::try_from(at)) {
                program.accepted_saturations.insert(at);
            }
            program.words.push(instruction.encode());
            source.push_word(WordSpans { whole: line.span(), predicate: predicate_span, operands: spans });
        }
        Err(error) => reader.refused(entry, &error, &spans, line.span()),
    }
}

struct Reader<'r, 't> {
    scope: &'r Scope,
    report: &'r mut Report<'t>,
    is_sound: bool,
}

/// An operand: its code and where it stands.
type Operand = (i32, Range<usize>);

impl Reader<'_, '_> {
    fn error(&mut self, code: &'static str, span: Range<usize>, message: impl Into<String>, help: String) {
        self.is_sound = false;
        self.report.error(code, span, message, Some(help));
    }

    /// `@p1` or `@!p1` before the mnemonic.
    fn predicate<'l, 'a>(&mut self, tokens: &'l [Token<'a>]) -> (Option<(Predicate, Range<usize>)>, &'l [Token<'a>]) {
        let [at, rest @ ..] = tokens else { return (None, tokens) };
        if at.kind != TokenKind::At {
            return (None, tokens);
        }
        let (negated, rest) = match rest {
            [bang, rest @ ..] if bang.kind == TokenKind::Bang => (true, rest),
            _ => (false, rest),
        };
        let Some((name, rest)) = rest.split_first() else {
            let help = "write `@p1` (if p1) or `@!p1` (unless p1)";
            self.error("N0332", at.span(), "`@` without a predicate", help.into());
            return (None, &[]);
        };
        let span = at.start..name.span().end;
        let number = name.text.strip_prefix('p').and_then(|digits| digits.parse().ok());
        let Some(index) = number.and_then(PredicateIndex::new).filter(|_| name.text.len() == 2) else {
            let help = match name.text {
                "p0" => "p0 always holds: leave it out",
                _ => "write `@p1` (if p1) or `@!p1` (unless p1), with p1, p2 or p3",
            };
            self.error("N0332", span, format!("`{}` is no predicate", name.text), help.into());
            return (None, rest);
        };
        (Some((if negated { Predicate::Unless(index) } else { Predicate::If(index) }, span)), rest)
    }

    /// `!sat` at the end.
    fn mark<'l, 'a>(&mut self, tokens: &'l [Token<'a>]) -> (Option<Range<usize>>, &'l [Token<'a>]) {
        let Some(at) = tokens.iter().position(|token| token.kind == TokenKind::Bang) else { return (None, tokens) };
        let (before, mark) = tokens.split_at(at);
        let span = mark[0].start..mark[mark.len() - 1].span().end;
        if matches!(mark, [_, word] if word.text == "sat") {
            return (Some(span), before);
        }
        let help = "`!sat` at the end of a line accepts that its result saturates; a predicate stands before the mnemonic, as `@!p1`";
        self.error("N0337", span, "an unknown mark", help.into());
        (None, before)
    }

    fn mnemonic(&mut self, name: &Token<'_>) -> Option<&'static Entry> {
        let Some(opcode) = Opcode::from_mnemonic(name.text).filter(|_| name.kind == TokenKind::Word) else {
            self.error("N0321", name.span(), format!("unknown instruction `{}`", name.text), mnemonic_hint(name.text));
            return None;
        };
        let entry = opcode.entry();
        if let Some(kind) = self.scope.kind
            && !entry.availability.includes(kind)
        {
            let message = format!("a {} program has no `{}`", kind.name(), entry.mnemonic);
            let help = "a synapse has no axon and no compartment stack; only neuron programs send and join".into();
            self.error("N0335", name.span(), message, help);
        }
        Some(entry)
    }

    fn check_predicate(&mut self, entry: &Entry, predicate: Option<&(Predicate, Range<usize>)>, name: &Token<'_>) {
        match (entry.predication, predicate) {
            (Predication::Never, Some((_, span))) => {
                let message = format!("`{}` cannot have a predicate: the stack must balance", entry.mnemonic);
                let help = match entry.opcode {
                    Opcode::Psh => "choose the value first: `@p1 sel r0, a, zero`, then `psh r0`",
                    _ => "pop always, then use the value under the predicate",
                };
                self.error("N0333", span.clone(), message, help.into());
            }
            (Predication::Selector, None) if self.is_sound => {
                let message = format!("`{}` needs a predicate to choose by", entry.mnemonic);
                self.error("N0334", name.span(), message, "write `@p1 sel d, a, b`: a if p1, else b".into());
            }
            _ => {}
        }
    }

    /// The codes of all suffix operands, given or not.
    fn suffixes<'l, 'a>(
        &mut self,
        entry: &Entry,
        name: &Token<'a>,
        mut rest: &'l [Token<'a>],
    ) -> (Option<Vec<Operand>>, &'l [Token<'a>]) {
        let slots: Vec<Slot> =
            entry.operands.iter().map(|operand| operand.slot).filter(|slot| slot.suffixes().is_some()).collect();
        let mut found: Vec<Option<Operand>> = vec![None; slots.len()];
        let mut is_known = true;
        while let [dot, suffix, after @ ..] = rest {
            if dot.kind != TokenKind::Dot {
                break;
            }
            rest = after;
            let span = dot.start..suffix.span().end;
            let place = slots.iter().enumerate().find_map(|(at, slot)| {
                let code = slot.suffixes()?.iter().position(|name| *name == suffix.text)?;
                Some((at, code as i32))
            });
            match place {
                None => {
                    let message = format!("`{}` has no suffix `.{}`", entry.mnemonic, suffix.text);
                    self.error("N0322", span, message, suffix_hint(entry, &slots, suffix.text));
                    is_known = false;
                }
                Some((at, _)) if found[at].is_some() => {
                    let message = format!("a second {} `.{}`", slots[at].name(), suffix.text);
                    self.error("N0324", span, message, "keep one of them".into());
                }
                Some((at, code)) => found[at] = Some((code, span)),
            }
        }
        for (slot, suffix) in slots.iter().zip(&mut found) {
            if suffix.is_none() && slot.has_default_suffix() {
                *suffix = Some((0, name.span()));
            } else if suffix.is_none() && is_known {
                let message = format!("`{}` needs a {}", entry.mnemonic, slot.name());
                self.error("N0323", name.span(), message, suffix_hint(entry, &[*slot], ""));
            }
        }
        (found.into_iter().collect(), rest)
    }

    /// The codes of the operands behind the mnemonic.
    fn operands(
        &mut self,
        entry: &Entry,
        name: &Token<'_>,
        tokens: &[Token<'_>],
        line: &Line<'_>,
    ) -> Option<Vec<Operand>> {
        let slots: Vec<_> = entry.operands.iter().filter(|operand| operand.slot.suffixes().is_none()).collect();
        let given = self.separate(tokens)?;
        let optional = usize::from(slots.last().is_some_and(|operand| operand.slot == Slot::Port));
        if given.len() > slots.len() || given.len() + optional < slots.len() {
            let span = match given.get(slots.len()) {
                Some(extra) => extra.start..line.span().end.min(tokens.last()?.span().end),
                None => name.start..tokens.last().map_or(name.span().end, |last| last.span().end),
            };
            let plural = if slots.len() == 1 { "" } else { "s" };
            let message = format!("`{}` takes {} operand{plural}, {} given", entry.mnemonic, slots.len(), given.len());
            let names: Vec<&str> = slots.iter().map(|operand| operand.name).collect();
            let help = match slots.as_slice() {
                [] => format!("write `{}` alone", entry.mnemonic),
                _ => format!("write `{} {}`: {}", usage(entry), names.join(", "), entry.semantics),
            };
            self.error("N0325", span, message, help);
            return None;
        }
        let mut operands = Vec::with_capacity(slots.len());
        for (position, operand) in slots.iter().enumerate() {
            let Some(token) = given.get(position) else {
                // Only a port may be left out.
                operands.push(Some((0, name.span())));
                continue;
            };
            let code = operand::read(token, operand.slot, entry, self.scope, self.report);
            self.is_sound &= code.is_some();
            operands.push(code.map(|code| (code, token.span())));
        }
        operands.into_iter().collect()
    }

    /// Tokens without the commas between them.
    fn separate<'a>(&mut self, tokens: &[Token<'a>]) -> Option<Vec<Token<'a>>> {
        let mut operands = Vec::new();
        let mut expects_operand = true;
        for token in tokens {
            let is_comma = token.kind == TokenKind::Comma;
            let is_operand = matches!(token.kind, TokenKind::Word | TokenKind::Number);
            match (expects_operand, is_comma, is_operand) {
                (true, false, true) => operands.push(*token),
                (false, true, _) => {}
                (true, true, _) => {
                    self.error(
                        "N0338",
                        token.span(),
                        "a comma without an operand before it",
                        "remove it, or write the operand".into(),
                    );
                    return None;
                }
                (false, false, true) => {
                    let message = format!("a comma is missing before `{}`", token.text);
                    self.error("N0338", token.span(), message, "separate operands by commas: `add d, a, b`".into());
                    return None;
                }
                (_, false, false) => {
                    let message = format!("`{}` is no operand", token.text);
                    self.error(
                        "N0338",
                        token.span(),
                        message,
                        "operands are names and numbers, separated by commas".into(),
                    );
                    return None;
                }
            }
            expects_operand = !expects_operand;
        }
        if let (Some(last), true) = (tokens.last(), expects_operand) {
            self.error(
                "N0338",
                last.span(),
                "a comma without an operand behind it",
                "remove it, or write the operand".into(),
            );
            return None;
        }
        Some(operands)
    }

    fn refused(&mut self, entry: &Entry, error: &OperandError, spans: &[Range<usize>], whole: Range<usize>) {
        if let OperandError::Illegal(DecodeError::Code { slot: Slot::Round, .. }) = error {
            let span = spans.first().cloned().unwrap_or(whole);
            let message = format!("a rounding, but `{}` with shift 0 shifts nothing out", entry.mnemonic);
            self.error("N0330", span, message, format!("write `{}`, or a shift of 1..=15", entry.mnemonic));
        } else {
            self.error("N0326", whole, error.to_string(), "see the instruction's operands in the manual".into());
        }
    }
}

/// The mnemonic with the suffixes that it must have.
fn usage(entry: &Entry) -> String {
    let mut text = entry.mnemonic.to_owned();
    for operand in entry.operands {
        if let Some(names) = operand.slot.suffixes().filter(|_| !operand.slot.has_default_suffix()) {
            text.push('.');
            text.push_str(names[0]);
        }
    }
    text
}

fn suffix_hint(entry: &Entry, slots: &[Slot], wanted: &str) -> String {
    let names: Vec<&str> =
        slots.iter().filter_map(|slot| slot.suffixes()).flatten().copied().filter(|name| !name.is_empty()).collect();
    if names.is_empty() {
        return format!("write `{}`", entry.mnemonic);
    }
    // One-letter suffixes are all near each other: a list says more than a guess.
    match nearest(wanted, names.iter().copied()).filter(|name| name.len() > 1) {
        Some(name) => format!("did you mean `{}.{name}`?", entry.mnemonic),
        None => format!("there are .{}", names.join(" .")),
    }
}

fn mnemonic_hint(name: &str) -> String {
    // `neg` for `una.neg`, `gt` for `cmp.gt`.
    for entry in TABLE {
        let names = entry.operands.iter().filter(|operand| !operand.slot.has_default_suffix());
        if names.filter_map(|operand| operand.slot.suffixes()).flatten().any(|suffix| *suffix == name) {
            return format!("write `{}.{name}`", entry.mnemonic);
        }
    }
    let other = match name {
        "load" | "store" | "ld" | "st" | "lw" | "sw" => {
            Some("state needs no loads and stores: use its name as an operand")
        }
        "jmp" | "br" | "beq" | "bne" | "jump" | "call" | "ret" => {
            Some("nothing jumps: put `@p1` before an instruction")
        }
        "push" => Some("did you mean `psh`?"),
        "spike" => Some("did you mean `spk`?"),
        "exit" | "halt" | "end" => Some("did you mean `xit`?"),
        _ => None,
    };
    let near = nearest(name, TABLE.iter().map(|entry| entry.mnemonic));
    match (other, near) {
        (Some(hint), _) => hint.into(),
        (None, Some(near)) => format!("did you mean `{near}`?"),
        (None, None) => {
            let all: Vec<&str> = TABLE.iter().map(|entry| entry.mnemonic).collect();
            format!("there are {}", all.join(" "))
        }
    }
}
