//! Rule files: `rule "name" dialect=lava { ... }`, in any dialect.
//!
//! The body of a `lava` or `b2l` rule is a line per target, `dw = ...`, `dd = ...`, `dt = ...`, each a text of [`compile`]; comments run
//! from `;` or `#` to the end of the line. The body of an `extended` rule, the default, is described in [`extended`]. A text without the
//! frame is taken as the body of a rule of the dialect that the caller names; one expression alone is `dw`.

use super::{Compiled, Dialect, RuleText, compile, extended};
use crate::diagnostic::{Diagnostic, Excerpt, Place};
use crate::words;
use std::fmt::Write;
use std::ops::Range;

/// The language of a rule file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// Sums of products.
    SumOfProducts(Dialect),
    /// The extended dialect.
    Extended,
}

/// A rule that was read and compiled.
#[derive(Debug, Clone, PartialEq)]
pub enum RuleFile {
    /// A sum of products.
    SumOfProducts(Compiled),
    /// A program.
    Extended(Box<extended::Rule>, extended::Compiled),
}

/// Reads and compiles a rule; `origin` is what diagnostics call it. `language` is that of a text without a frame, and overrides none.
///
/// # Errors
/// With everything that is wrong with it.
pub fn read(origin: &str, text: &str, language: Option<Language>) -> Result<RuleFile, Vec<Diagnostic>> {
    let framed = Frame::find(text);
    let language = framed.as_ref().and_then(|frame| frame.language).or(language).unwrap_or(Language::Extended);
    let Language::SumOfProducts(dialect) = language else {
        let rule = extended::parse(origin, text)?;
        let compiled = extended::compile(&rule)?;
        return Ok(RuleFile::Extended(Box::new(rule), compiled));
    };
    let (name, body) = match &framed {
        Some(frame) => (frame.name, frame.body.clone()),
        None => (origin, 0..text.len()),
    };
    sum_of_products(origin, text, name, body, dialect).map(RuleFile::SumOfProducts)
}

/// `rule "name" dialect=... { body }`
struct Frame<'a> {
    name: &'a str,
    language: Option<Language>,
    body: Range<usize>,
}

impl<'a> Frame<'a> {
    /// The frame of a text that has one; what is wrong with that of an extended rule is for its parser to say.
    fn find(text: &'a str) -> Option<Self> {
        let mut start = 0;
        for line in text.split_inclusive('\n') {
            if !matches!(line.trim_start().chars().next(), None | Some('#' | ';')) {
                break;
            }
            start += line.len();
        }
        let rest = text[start..].trim_start().strip_prefix("rule")?.trim_start().strip_prefix('"')?;
        let (name, rest) = rest.split_once('"')?;
        let (head, body) = rest.split_once('{')?;
        let language = match head.trim().strip_prefix("dialect").map(str::trim_start)?.strip_prefix('=')?.trim() {
            "lava" => Language::SumOfProducts(Dialect::Lava),
            "b2l" => Language::SumOfProducts(Dialect::B2l),
            _ => Language::Extended,
        };
        let begin = text.len() - body.len();
        let end = body.rfind('}').map_or(text.len(), |end| begin + end);
        Some(Self { name, language: Some(language), body: begin..end })
    }
}

fn sum_of_products(
    origin: &str,
    text: &str,
    name: &str,
    body: Range<usize>,
    dialect: Dialect,
) -> Result<Compiled, Vec<Diagnostic>> {
    const TARGETS: [&str; 3] = ["dw", "dd", "dt"];
    let mut sums: [Option<Range<usize>>; 3] = [None, None, None];
    let mut diagnostics = Vec::new();
    let mut complain = |code, span, message: String, help: &str| {
        diagnostics.push(Diagnostic::new(code, message).at(Place::in_text(origin, text, span)).help(help));
    };
    let mut start = body.start;
    for line in text[body].split_inclusive('\n') {
        let code = line.split([';', '#']).next().unwrap_or_default();
        let (begin, end) = (start + code.len() - code.trim_start().len(), start + code.trim_end().len());
        start += line.len();
        if begin >= end {
            continue;
        }
        let line = &text[begin..end];
        let target = TARGETS
            .iter()
            .position(|target| line.strip_prefix(target).is_some_and(|rest| rest.trim_start().starts_with('=')));
        // A line without `=` is an expression alone; any other target is none of Loihi's.
        let (target, sum) = match (target, line.split_once('=')) {
            (Some(target), Some((_, sum))) => (target, end - sum.trim_start().len()..end),
            (_, Some((word, _))) => {
                let word = word.trim_end();
                let help = "a sum of products changes the weight, the delay or the tag: dw, dd or dt";
                complain("E-RULE-TARGET", begin..begin + word.len(), format!("`{word}` is no target"), help);
                continue;
            }
            (_, None) => (0, begin..end),
        };
        if sums[target].replace(sum).is_some() {
            let help = "write one sum per target, in one line";
            complain("E-RULE-TARGET", begin..end, format!("a second text for {}", TARGETS[target]), help);
        }
    }
    if !diagnostics.is_empty() {
        return Err(diagnostics);
    }
    let [dw, dd, dt] = sums.each_ref().map(|sum| sum.clone().map(|span| &text[span]));
    compile(&RuleText { name, dw, dd, dt }, dialect).map_err(|all| {
        let placed = all.into_iter().map(|mut one| {
            if let Some(place) = &mut one.place {
                let target = TARGETS.iter().position(|target| place.origin.ends_with(&format!(", {target}")));
                if let (Some(span), Some(excerpt)) =
                    (target.and_then(|target| sums[target].clone()), &mut place.excerpt)
                {
                    let moved = excerpt.span.start + span.start..excerpt.span.end + span.start;
                    **excerpt = Excerpt { text: text.to_owned(), span: moved };
                }
                origin.clone_into(&mut place.origin);
            }
            one
        });
        let mut placed: Vec<Diagnostic> = placed.collect();
        let start = |one: &Diagnostic| one.place.as_ref()?.excerpt.as_ref().map(|excerpt| excerpt.span.start);
        placed.sort_by_key(start);
        placed
    })
}

/// What a rule became, for people.
#[must_use]
pub fn explain(file: &RuleFile) -> String {
    match file {
        RuleFile::Extended(rule, compiled) => extended::explain(rule, compiled),
        RuleFile::SumOfProducts(Compiled { program, quantised }) => {
            let mut shown = format!("{program}\n");
            for constant in quantised {
                // Writing to a string cannot fail.
                let _ = writeln!(
                    shown,
                    "  constant {} is stored as {} * 2^{} ({:+.2} %)",
                    constant.written,
                    constant.mantissa,
                    constant.exponent,
                    100.0 * constant.relative_error
                );
            }
            let words: Vec<String> = words::encode(program).iter().map(|word| format!("{word:08x}")).collect();
            let _ = writeln!(shown, "{} words: {}", words.len(), words.join(" "));
            shown
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LAVA: Language = Language::SumOfProducts(Dialect::Lava);

    fn first(text: &str, language: Option<Language>) -> (String, String) {
        let all = read("f.rule", text, language).expect_err(text);
        let excerpt = all[0].place.as_ref().and_then(|place| place.excerpt.clone()).expect("a place");
        (all[0].code.to_owned(), excerpt.text[excerpt.span].to_owned())
    }

    #[test]
    fn a_framed_rule_names_its_dialect() {
        let text = "# comment\nrule \"stdp\" dialect=lava {\n  dw = 2^-2*x1*y0 ; more\n  dt = u0*t\n}\n";
        let Ok(RuleFile::SumOfProducts(compiled)) = read("f.rule", text, Some(Language::Extended)) else { panic!() };
        assert_eq!(compiled.program.to_string(), "dw = y0*2^-2*x1 ; dt = u0*t");
        let extended = "rule \"r\" { state w: u8\n dw = x1 clip 0..255 }";
        assert!(matches!(read("f.rule", extended, None), Ok(RuleFile::Extended(..))));
        assert!(explain(&read("f.rule", text, None).unwrap()).contains("words: "));
    }

    #[test]
    fn a_bare_text_is_of_the_dialect_that_the_caller_names() {
        for text in ["x1*y0", "dw = x1*y0", "\ndw=x1*y0\n"] {
            let Ok(RuleFile::SumOfProducts(compiled)) = read("f.rule", text, Some(LAVA)) else { panic!("{text}") };
            assert_eq!(compiled.program.to_string(), "dw = y0*x1");
        }
        for (text, states) in
            [("0.3*x1*y0", "w"), ("dw = 0.3*x1*y0", "w"), ("dt = x1*y0 - 2^-3*t round zero\ndw = m0*t", "w t")]
        {
            let Ok(RuleFile::Extended(rule, compiled)) = read("f.rule", text, None) else { panic!("{text}") };
            let names: Vec<&str> = rule.states.iter().map(|state| state.name.as_str()).collect();
            assert_eq!(names.join(" "), states);
            assert!(compiled.program.states.iter().all(|state| state.of.bits() == 9 && state.saturates));
        }
    }

    #[test]
    fn mistakes_are_shown_in_the_file() {
        let file = |body: &str| format!("rule \"r\" dialect=lava {{\n  dt = u0*t\n  {body}\n}}\n");
        assert_eq!(first(&file("dw = x1**y0"), None), ("E-RULE-POWER".into(), "**".into()));
        assert_eq!(first(&file("dz = x1"), None), ("E-RULE-TARGET".into(), "dz".into()));
        assert_eq!(first(&file("dt = x1"), None), ("E-RULE-TARGET".into(), "dt = x1".into()));
        assert_eq!(first(&file("dw = u3*w + u4*w"), None), ("E-RULE-EPOCHS-MIXED".into(), "u0".into()));
        assert_eq!(read("f.rule", "", Some(LAVA)).expect_err("nothing")[0].code, "E-RULE-EMPTY");
    }
}
