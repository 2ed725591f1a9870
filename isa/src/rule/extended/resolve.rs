//! What the names of a rule stand for.

use super::super::report::Report;
use super::ast::{
    Comparison, Condition, Expectation, ExpectationKind, Expression, ExpressionKind, Function, INPUTS, Rule, Span,
    Statement,
};
use crate::diagnostic::nearest;

/// Words that cannot be declared, besides inputs, functions and epochs.
const KEYWORDS: [&str; 10] = ["rule", "state", "param", "trace", "expect", "if", "else", "and", "or", "clip"];
/// Most states, and most parameters.
const MAX_DECLARED: usize = 16;
/// Largest k of `u_k`.
const MAX_EPOCHS_EXPONENT: u8 = 18;

/// Replaces aliases and reports what is declared badly, or not at all.
pub(super) fn resolve(rule: &mut Rule, report: &mut Report<'_>) {
    declarations(rule, report);
    let names = Names {
        states: rule.states.iter().map(|state| state.name.clone()).collect(),
        parameters: rule.parameters.iter().map(|parameter| parameter.name.clone()).collect(),
        tag: rule.states.iter().find(|state| state.is_tag).map(|state| state.name.clone()),
    };
    if rule.statements.is_empty() {
        let help = "write a statement, such as dw = 2^-2*x1*y0 - 2^-2*y1*x0";
        report.error("E-RULE-EMPTY", report.end(), "the rule changes nothing", Some(help));
    }
    names.statements(&mut rule.statements, report);
    for expectation in &mut rule.expectations {
        names.expectation(expectation, report);
    }
}

fn declarations(rule: &Rule, report: &mut Report<'_>) {
    let states = rule.states.iter().map(|state| (&state.name, &state.span, state.is_tag));
    let parameters = rule.parameters.iter().map(|parameter| (&parameter.name, &parameter.span, false));
    let mut known: Vec<&str> = Vec::new();
    for (name, span, is_tag) in states.chain(parameters) {
        let is_reserved = KEYWORDS.contains(&name.as_str())
            || is_input(name)
            || Function::ALL.iter().any(|(_, function, _)| function == name)
            || modulator_alias(name).is_some()
            || name == "t" && !is_tag;
        if is_reserved {
            let help = "the names of inputs, functions and keywords are taken; only the tag may be called `t`";
            report.error("E-RULE-NAME", span.clone(), format!("`{name}` cannot be declared"), Some(help));
        }
        if known.contains(&name.as_str()) {
            let help = "states and parameters share their names";
            report.error("E-RULE-NAME", span.clone(), format!("`{name}` is declared already"), Some(help));
        }
        let clashes = name.strip_prefix('d').is_some_and(|rest| rule.states.iter().any(|state| state.name == rest));
        if clashes {
            let message = format!("`{name}` is how the change of `{}` is written", &name[1..]);
            report.error("E-RULE-NAME", span.clone(), message, Some("choose another name"));
        }
        known.push(name);
    }
    if let Some(second) = rule.states.iter().filter(|state| state.is_tag).nth(1) {
        let message = format!("`{}` is a second tag", second.name);
        report.error("E-RULE-NAME", second.span.clone(), message, Some("`t` stands for one state"));
    }
    let too_many_states = rule.states.get(MAX_DECLARED).map(|state| (&state.span, "states"));
    let too_many_parameters = rule.parameters.get(MAX_DECLARED).map(|one| (&one.span, "parameters"));
    for (span, what) in too_many_states.into_iter().chain(too_many_parameters) {
        let message = format!("more than {MAX_DECLARED} {what}");
        report.error("E-RULE-LENGTH", span.clone(), message, Some("a synapse has 16 words of state and 16 parameters"));
    }
    for (at, trace) in rule.traces.iter().enumerate() {
        if rule.traces[..at].iter().any(|known| known.name == trace.name) {
            let message = format!("`{}` is described already", trace.name);
            report.error("E-RULE-NAME", trace.span.clone(), message, Some("keep one of the two lines"));
        }
    }
}

/// k of `u3` or `u_3`.
fn epochs_exponent(word: &str) -> Option<&str> {
    let digits = word.strip_prefix('u')?;
    let digits = digits.strip_prefix('_').unwrap_or(digits);
    (!digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())).then_some(digits)
}

/// Whether a declared name would hide an input.
fn is_input(word: &str) -> bool {
    INPUTS.contains(&word) || epochs_exponent(word).is_some()
}

/// `m0` for `r0`.
fn modulator_alias(word: &str) -> Option<String> {
    let number = word.strip_prefix('r')?;
    matches!(number, "0" | "1" | "2" | "3").then(|| format!("m{number}"))
}

struct Names {
    states: Vec<String>,
    parameters: Vec<String>,
    tag: Option<String>,
}

impl Names {
    fn statements(&self, statements: &mut [Statement], report: &mut Report<'_>) {
        for statement in statements {
            match statement {
                Statement::Update(update) => {
                    let target = update.span.start..update.span.start + update.state.len();
                    if let Some((state, is_change)) = self.target(&update.state) {
                        (update.state, update.is_change) = (state, is_change);
                    } else {
                        self.reject_target(&update.state, target, report);
                    }
                    self.expression(&mut update.value, report);
                }
                Statement::Choice(choice) => {
                    self.condition(&mut choice.condition, report);
                    self.statements(&mut choice.then, report);
                    self.statements(&mut choice.otherwise, report);
                }
            }
        }
    }

    /// The state of this name, or of this alias.
    fn state(&self, word: &str) -> Option<String> {
        let tag = self.tag.as_ref().filter(|_| word == "t");
        self.states.iter().find(|state| *state == word).or(tag).cloned()
    }

    fn target(&self, word: &str) -> Option<(String, bool)> {
        let change = || Some((self.state(word.strip_prefix('d')?)?, true));
        self.state(word).map(|state| (state, false)).or_else(change)
    }

    fn reject_target(&self, word: &str, span: Span, report: &mut Report<'_>) {
        let is_read_only = is_input(word) || self.parameters.iter().any(|parameter| parameter == word);
        let name = word.strip_prefix('d').filter(|rest| !rest.is_empty()).unwrap_or(word);
        let (message, help) = if is_read_only {
            (format!("`{word}` is read-only"), "inputs and parameters come from outside: change a state".to_owned())
        } else if name == "t" {
            ("no state is the tag".to_owned(), "mark one, as in `state e: i16 tag`".to_owned())
        } else {
            let candidates = self.states.iter().flat_map(|state| [state.clone(), format!("d{state}")]);
            let candidates: Vec<String> = candidates.collect();
            let help = match nearest(word, candidates.iter().map(String::as_str)) {
                Some(meant) if !matches!(name, "w" | "d") => format!("did you mean `{meant}`?"),
                _ => format!("declare it, as in `state {name}: i16`"),
            };
            (format!("`{word}` is the target of no state"), help)
        };
        report.error("E-RULE-TARGET", span, message, Some(&help));
    }

    fn condition(&self, condition: &mut Condition, report: &mut Report<'_>) {
        for Comparison { left, right, .. } in &mut condition.comparisons {
            self.expression(left, report);
            self.expression(right, report);
        }
    }

    fn expression(&self, expression: &mut Expression, report: &mut Report<'_>) {
        match &mut expression.kind {
            ExpressionKind::Number(_) => {}
            ExpressionKind::Name(name) => {
                if let Some(resolved) = self.name(name, &expression.span, report) {
                    *name = resolved;
                }
            }
            ExpressionKind::Negate(inner) => self.expression(inner, report),
            ExpressionKind::Binary(_, left, right) => {
                self.expression(left, report);
                self.expression(right, report);
            }
            ExpressionKind::Call(_, arguments) => {
                arguments.iter_mut().for_each(|argument| self.expression(argument, report));
            }
        }
    }

    fn name(&self, word: &str, span: &Span, report: &mut Report<'_>) -> Option<String> {
        if self.parameters.iter().any(|parameter| parameter == word) || INPUTS.contains(&word) {
            return None;
        }
        let known = self.state(word).or_else(|| modulator_alias(word));
        if known.is_some() {
            return known;
        }
        if let Some(digits) = epochs_exponent(word) {
            if digits.parse::<u8>().is_ok_and(|k| k <= MAX_EPOCHS_EXPONENT) {
                return Some(format!("u{digits}"));
            }
            let message = format!("`{word}`: k of u_k is 0..={MAX_EPOCHS_EXPONENT}");
            report.error("E-RULE-EPOCHS", span.clone(), message, Some("u_k holds in every 2^k-th epoch"));
            return None;
        }
        let functions = Function::ALL.map(|(_, name, _)| name);
        let declared = self.states.iter().chain(&self.parameters).map(String::as_str);
        let help = match word {
            "t" => "mark the state that is the tag, as in `state e: i16 tag`".to_owned(),
            "w" | "d" => format!("declare it with its width, as in `state {word}: u8`"),
            _ if functions.contains(&word) => format!("write its arguments in parentheses: {word}(...)"),
            _ => match nearest(word, INPUTS.into_iter().chain(declared)) {
                Some(meant) => format!("did you mean `{meant}`?"),
                None => "the inputs are x0 x1 x2 y0 y1 y2 y3 m0..m3 u0..u18; states and parameters are declared".into(),
            },
        };
        report.error("E-RULE-SYMBOL", span.clone(), format!("unknown symbol `{word}`"), Some(&help));
        None
    }

    fn expectation(&self, expectation: &mut Expectation, report: &mut Report<'_>) {
        use ExpectationKind::{Error, Moves, NoSaturation, Reaches, Unbiased, Unchanged, Within};
        let span = expectation.span.clone();
        let state = match &mut expectation.kind {
            NoSaturation => return,
            Within { state, .. } | Reaches { state, .. } | Unbiased { state } | Error { state, .. } => state,
            Unchanged { state, when, .. } | Moves { state, when, .. } => {
                if let Some(condition) = when {
                    self.condition(condition, report);
                }
                state
            }
        };
        match self.state(state) {
            Some(resolved) => *state = resolved,
            None => {
                let help = nearest(state, self.states.iter().map(String::as_str))
                    .map_or("expectations are about declared states".to_owned(), |meant| {
                        format!("did you mean `{meant}`?")
                    });
                report.error("E-RULE-EXPECT", span, format!("`{state}` is no state"), Some(&help));
            }
        }
    }
}
