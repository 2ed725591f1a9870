//! From terms to products: what the symbols mean, and what a product may hold.

use std::ops::Range;

use super::constant::Constant;
use super::parse::{Atom, AtomKind, Term};
use super::report::Report;
use super::{Dialect, QuantisedConstant, quantise};
use crate::diagnostic::nearest;
use crate::sum_of_products::{
    ADDEND, Dependency, Factor, MAX_EPOCHS_EXPONENT, MAX_FACTORS, MAX_PRODUCTS, Product, Target, Variable,
};

/// Symbols offered as "did you mean".
const SYMBOLS: [&str; 20] = [
    "x0", "x1", "x2", "y0", "y1", "y2", "y3", "w", "d", "t", "m0", "m1", "m2", "m3", "r0", "r1", "r2", "r3", "u0",
    "sgn",
];

enum Symbol {
    Dependency(Dependency),
    Variable(Variable),
}

/// Lowers the targets of one rule, one after the other.
pub(super) struct Lowering {
    dialect: Dialect,
    /// The first k of `u_k`, and where it stands.
    first_epochs: Option<(u8, String)>,
    quantised: Vec<QuantisedConstant>,
}

/// A product under construction.
struct Draft {
    constant: Constant,
    dependency: Option<Dependency>,
    factors: Vec<Factor>,
    /// No mistake was found in it.
    sound: bool,
}

impl Draft {
    fn new(sound: bool) -> Self {
        Self { constant: Constant::ONE, dependency: None, factors: Vec::new(), sound }
    }

    /// The draft as one plain variable times 1 or -1: that variable, and whether it is negative.
    fn as_signed_variable(&self) -> Option<(Variable, bool)> {
        let variable = match (self.dependency, self.factors.as_slice()) {
            (Some(Dependency::PreSpike), []) => Variable::X0,
            (Some(Dependency::PostSpike), []) => Variable::Y0,
            (None, [Factor { variable: Some(variable), addend: 0, sign_only: false }]) => *variable,
            _ => return None,
        };
        match self.constant.value() {
            1.0 => Some((variable, false)),
            -1.0 => Some((variable, true)),
            _ => None,
        }
    }

    fn is_constant(&self) -> bool {
        self.dependency.is_none() && self.factors.is_empty()
    }
}

impl Lowering {
    pub(super) fn new(dialect: Dialect) -> Self {
        Self { dialect, first_epochs: None, quantised: Vec::new() }
    }

    pub(super) fn into_quantised(self) -> Vec<QuantisedConstant> {
        self.quantised
    }

    /// The products of one target. Only meaningful if `report` stays empty.
    pub(super) fn sum(&mut self, target: Target, terms: &[Term], report: &mut Report<'_>) -> Vec<Product> {
        let mut products = Vec::new();
        for term in terms {
            let mut draft = Draft::new(term.sound);
            self.multiply_term(term, &mut draft, report);
            if !draft.sound {
                continue;
            }
            let held = quantise::hold(&draft.constant, term, self.dialect, report);
            if draft.factors.len() > MAX_FACTORS {
                let message = format!("a product of {} factors, the limit is {MAX_FACTORS}", draft.factors.len());
                report.error("E-RULE-LENGTH", term.span.clone(), message, Some("drop a factor"));
            }
            let Some(dependency) = draft.dependency else {
                let text = report.slice(&term.span);
                let text = text.strip_prefix(['-', '+']).unwrap_or(text);
                let help = format!("multiply by u0 to apply it at every epoch: `u0*{text}`");
                let message = "the product has no dependency: nothing says when it applies";
                report.error("E-RULE-DEPENDENCY", term.span.clone(), message, Some(&help));
                continue;
            };
            let Some((mantissa, exponent)) = held else {
                continue;
            };
            if draft.constant.is_decimal() {
                let written = draft.constant.value();
                let relative_error = quantise::relative_error(written, mantissa, exponent);
                let product = products.len();
                self.quantised.push(QuantisedConstant { target, product, written, mantissa, exponent, relative_error });
            }
            products.push(Product { dependency, factors: draft.factors, mantissa, exponent });
        }
        if terms.len() > MAX_PRODUCTS {
            let message = format!("{} products for one target, the limit is {MAX_PRODUCTS}", terms.len());
            report.error(
                "E-RULE-LENGTH",
                terms[MAX_PRODUCTS].span.clone(),
                message,
                Some("merge products of the same factors"),
            );
        }
        products
    }

    fn multiply_term(&mut self, term: &Term, draft: &mut Draft, report: &mut Report<'_>) {
        draft.sound &= term.sound;
        if term.negative {
            draft.constant.negate();
        }
        for atom in &term.atoms {
            match &atom.kind {
                AtomKind::Constant(constant) => draft.constant.multiply(constant),
                AtomKind::Word => self.multiply_word(&atom.span, draft, report),
                AtomKind::Group(terms) => match terms.as_slice() {
                    [only] => self.multiply_term(only, draft, report),
                    _ => self.multiply_shifted(atom, terms, false, draft, report),
                },
                AtomKind::Call(name, terms) => {
                    if !matches!(report.slice(name), "sgn" | "sign") {
                        reject_call(name, &atom.span, report);
                        draft.sound = false;
                    }
                    self.multiply_shifted(atom, terms, true, draft, report);
                }
            }
        }
    }

    fn multiply_word(&mut self, span: &Range<usize>, draft: &mut Draft, report: &mut Report<'_>) {
        match self.symbol(span, report) {
            None => draft.sound = false,
            Some(Symbol::Variable(variable)) => draft.factors.push(Factor::of(variable)),
            Some(Symbol::Dependency(dependency)) => self.multiply_dependency(dependency, span, draft, report),
        }
    }

    /// The first dependency of a product is its dependency. What a second one means depends on the dialect.
    fn multiply_dependency(&self, new: Dependency, span: &Range<usize>, draft: &mut Draft, report: &mut Report<'_>) {
        use Dependency::{Epochs, PostSpike, PreSpike};
        let spike = |dependency| match dependency {
            PreSpike => Factor::of(Variable::X0),
            _ => Factor::of(Variable::Y0),
        };
        match (draft.dependency, new) {
            (None, _) => draft.dependency = Some(new),
            (Some(_), PreSpike | PostSpike) => draft.factors.push(spike(new)),
            (Some(Epochs { exponent: old }), Epochs { exponent }) => {
                // Both hold exactly when the rarer does. Lava has complained about a second k already.
                draft.dependency = Some(Epochs { exponent: old.max(exponent) });
            }
            (Some(old), Epochs { .. }) if self.dialect == Dialect::B2l => {
                // Without epochs all factors are read at one time, so the order of dependencies means nothing.
                draft.factors.insert(0, spike(old));
                draft.dependency = Some(new);
            }
            (Some(old), Epochs { .. }) => {
                let message = format!("the product depends on {old} already, and {new} cannot be a factor");
                let help =
                    format!("one dependency per product; to use {old} as a factor, write {new} first: `{new}*{old}`");
                report.error("E-RULE-DEPENDENCY", span.clone(), message, Some(&help));
                draft.sound = false;
            }
        }
    }

    /// `(v + c)` or, with `sign_only`, `sgn(v + c)`.
    fn multiply_shifted(
        &mut self,
        atom: &Atom,
        terms: &[Term],
        sign_only: bool,
        draft: &mut Draft,
        report: &mut Report<'_>,
    ) {
        let mut variable = None;
        let mut addend = Some(0i16);
        let mut well_formed = true;
        for term in terms {
            let mut part = Draft::new(true);
            self.multiply_term(term, &mut part, report);
            draft.sound &= part.sound;
            if part.is_constant() {
                addend = addend.zip(part.constant.addend()).and_then(|(a, b)| a.checked_add(b));
            } else {
                well_formed &= variable.is_none() && part.as_signed_variable().is_some();
                variable = part.as_signed_variable();
            }
        }
        if !draft.sound {
            return;
        }
        draft.sound = false;
        let Some((variable, negative)) = variable.filter(|_| well_formed) else {
            let (code, message, help) = match sign_only {
                true => ("E-RULE-SIGN", "sgn takes one variable and an integer", "write sgn(w + 3)"),
                false => (
                    "E-RULE-SUM",
                    "a sum in parentheses is one variable and an integer",
                    "multiply out: a*(b + c) is a*b + a*c",
                ),
            };
            return report.error(code, atom.span.clone(), message, Some(help));
        };
        if sign_only
            && self.dialect == Dialect::Lava
            && !matches!(variable, Variable::Weight | Variable::Delay | Variable::Tag)
        {
            let message = format!("sgn of {variable}: the lava dialect takes the sign of w, d and t only");
            return report.error(
                "E-RULE-SIGN",
                atom.span.clone(),
                message,
                Some("traces are never negative: use the dependency x0 or y0"),
            );
        }
        // -v + c is -(v - c), and the sign of it is minus the sign of v - c.
        let addend =
            addend.map(|addend| if negative { -addend } else { addend }).filter(|addend| ADDEND.contains(addend));
        let Some(addend) = addend else {
            let message = format!(
                "the constant added to {variable} is not an integer from {} to {}",
                ADDEND.start(),
                ADDEND.end()
            );
            let help = "take the scale out of the parentheses, as in 2^-2*(w - 3)";
            return report.error("E-RULE-ADDEND", atom.span.clone(), message, Some(help));
        };
        if negative {
            draft.constant.negate();
        }
        draft.factors.push(Factor { variable: Some(variable), addend, sign_only });
        draft.sound = true;
    }

    /// What a word stands for; an unknown or unavailable one is reported.
    fn symbol(&mut self, span: &Range<usize>, report: &mut Report<'_>) -> Option<Symbol> {
        let word = report.slice(span);
        let variable = match word {
            "x0" => return Some(Symbol::Dependency(Dependency::PreSpike)),
            "y0" => return Some(Symbol::Dependency(Dependency::PostSpike)),
            "x1" => Variable::X1,
            "x2" => Variable::X2,
            "y1" => Variable::Y1,
            "y2" => Variable::Y2,
            "y3" => Variable::Y3,
            "w" => Variable::Weight,
            "d" => Variable::Delay,
            "t" => Variable::Tag,
            "m0" | "r0" => Variable::Modulator(0),
            "m1" | "r1" => Variable::Modulator(1),
            "m2" | "r2" => Variable::Modulator(2),
            "m3" | "r3" => Variable::Modulator(3),
            "sgn" | "sign" => {
                let help = "write its argument in parentheses: sgn(w + 3)";
                report.error("E-RULE-SIGN", span.clone(), format!("`{word}` has no argument"), Some(help));
                return None;
            }
            _ => {
                return self.epochs(span, report).map(|exponent| Symbol::Dependency(Dependency::Epochs { exponent }));
            }
        };
        let needs_lava = matches!(variable, Variable::Delay | Variable::Tag | Variable::Modulator(_));
        if needs_lava && self.dialect == Dialect::B2l {
            report.error(
                "E-RULE-VARIABLE",
                span.clone(),
                format!("`{word}` is not available in the b2l dialect"),
                Some("use dialect lava"),
            );
            return None;
        }
        Some(Symbol::Variable(variable))
    }

    /// The k of `u3` or `u_3`; any other word is reported as unknown.
    fn epochs(&mut self, span: &Range<usize>, report: &mut Report<'_>) -> Option<u8> {
        let word = report.slice(span);
        let Some(digits) = epochs_digits(word) else {
            reject_symbol(span, report);
            return None;
        };
        let Some(k) = digits.parse::<u8>().ok().filter(|&k| k <= MAX_EPOCHS_EXPONENT) else {
            let message = format!("`{word}`: k of u_k is 0..={MAX_EPOCHS_EXPONENT}");
            report.error(
                "E-RULE-EPOCHS",
                span.clone(),
                message,
                Some("u_k applies every 2^k epochs: lengthen the epoch for rarer updates"),
            );
            return None;
        };
        match &self.first_epochs {
            None => self.first_epochs = Some((k, report.origin().to_owned())),
            Some((first, origin)) if *first != k && self.dialect == Dialect::Lava => {
                let message =
                    format!("`{word}` after u{first} (in {origin}): the engine has one k for a whole program");
                let help =
                    format!("use u{first} here and scale the constant by 2^{}", i32::from(*first) - i32::from(k));
                report.error("E-RULE-EPOCHS-MIXED", span.clone(), message, Some(&help));
                return None;
            }
            Some(_) => {}
        }
        Some(k)
    }
}

fn reject_symbol(span: &Range<usize>, report: &mut Report<'_>) {
    let word = report.slice(span);
    let lower = word.to_ascii_lowercase();
    let help = if matches!(lower.as_str(), "nan" | "inf" | "infinity") {
        "constants of a rule are finite numbers, such as 2^-3".to_owned()
    } else if matches!(lower.as_str(), "u" | "uk" | "u_k" | "u_") {
        "name k by a digit: u0 applies at every epoch, u3 at every eighth".to_owned()
    } else if let Some(meant) = nearest(word, SYMBOLS) {
        format!("did you mean `{meant}`?")
    } else {
        "the symbols are x0 x1 x2 y0 y1 y2 y3 w d t m0..m3 u0..u9".to_owned()
    };
    report.error("E-RULE-SYMBOL", span.clone(), format!("unknown symbol `{word}`"), Some(&help));
}

/// `name( … )`: a forgotten `*` if the name is that of a quantity, else an unknown function.
fn reject_call(name: &Range<usize>, call: &Range<usize>, report: &mut Report<'_>) {
    let word = report.slice(name);
    if SYMBOLS.contains(&word) || epochs_digits(word).is_some() {
        let argument = report.slice(&(name.end..call.end)).trim_start();
        let help = format!("to multiply, write `{word}*{argument}`");
        report.error("E-RULE-OPERATOR", name.clone(), format!("an operator is missing after `{word}`"), Some(&help));
    } else {
        let help = "the only function is sgn";
        report.error("E-RULE-SYMBOL", name.clone(), format!("unknown function `{word}`"), Some(help));
    }
}

/// The digits of `u3` or `u_3`.
fn epochs_digits(word: &str) -> Option<&str> {
    let rest = word.strip_prefix('u')?;
    let digits = rest.strip_prefix('_').unwrap_or(rest);
    (!digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit())).then_some(digits)
}
