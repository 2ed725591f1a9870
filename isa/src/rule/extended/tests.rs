//! The parser against a rule, mistakes and noise.

use super::ast::*;
use super::*;
use crate::nmx::operand::Rounding;

const RSTDP: &str = r#"
rule "rstdp" dialect=extended {          ; a comment
  state w: u8 = 100                      # another
  state e: i16 tag
  param base = 0, eta = 0.00122 @Q15
  trace x1 tau=20 impulse=16
  trace y1 tau=20 impulse=16
  de = -2^-4*t + 2^4*(x1*y0 - y1*x0)  round floor
  if r0 > base { dw = eta*e*(m0 - base) round stochastic clip 0..255 } else {
    w = max(w, 3)
  }
  expect w in 0..255
  expect w unchanged when m0 == base and y0
  expect e unchanged without x0, y0
  expect w rises when pre_first, m0 > base
  expect e falls when post_first
  expect t reaches 0 within 400
  expect w unbiased
  expect no saturation
  expect error(w) <= 2.5 within 100
}
"#;

#[test]
fn a_rule_is_read_as_written() {
    let rule = parse("rstdp.rule", RSTDP).unwrap_or_else(|all| panic!("{}", all[0]));
    assert_eq!(rule.name, "rstdp");
    assert_eq!((rule.states[0].initial, rule.states[1].is_tag, rule.states[0].values()), (100, true, (0, 255)));
    assert_eq!((rule.parameters[1].value, rule.parameters[1].fraction_bits), (0.00122, Some(15)));
    assert_eq!((rule.traces[1].tau_steps, rule.traces[1].impulse), (20.0, 16.0));
    let [Statement::Update(tag), Statement::Choice(choice)] = rule.statements.as_slice() else { panic!() };
    assert_eq!((tag.state.as_str(), tag.is_change, tag.rounding), ("e", true, Rounding::Floor));
    let [Statement::Update(weight)] = choice.then.as_slice() else { panic!() };
    assert_eq!((weight.rounding, weight.clip), (Rounding::Stochastic, Some((0, 255))));
    let [Statement::Update(floor)] = choice.otherwise.as_slice() else { panic!() };
    assert_eq!((floor.is_change, floor.rounding, floor.clip), (false, Rounding::Nearest, None));
    assert_eq!(rule.expectations.len(), 9);
    assert!(
        matches!(&rule.expectations[5].kind, ExpectationKind::Reaches { state, value: 0, within: 400 } if state == "e")
    );
    assert!(
        matches!(&rule.expectations[1].kind, ExpectationKind::Unchanged { when: Some(when), .. } if when.comparisons.len() == 2)
    );
}

#[test]
fn the_real_valued_rule_computes() {
    let rule = parse("rstdp.rule", RSTDP).unwrap();
    let mut states = rule.initial_states();
    let input = |name: &str| match name {
        "y0" => 1.0,
        "x1" => 16.0,
        "m0" => 20.0,
        _ => 0.0,
    };
    rule.advance(&mut states, &input);
    assert_eq!(states["e"], 256.0);
    assert!((states["w"] - (100.0 + 0.00122 * 256.0 * 20.0)).abs() < 1e-9);
    rule.advance(&mut states, &|_| 0.0);
    assert_eq!(states["e"], 240.0);
}

/// A rule with this statement.
fn with(statement: &str) -> String {
    format!("rule \"r\" dialect=extended {{\n  state w: u8\n  state e: i16 tag\n  param k = 0.5\n  {statement}\n}}\n")
}

/// Statement, code, underlined text, and a part of the help.
#[test]
fn every_mistake_of_structure_has_its_code_caret_and_way_out() {
    let deep = format!("dw = {}x1{}", "(".repeat(40), ")".repeat(40));
    let long = format!("dw = x1{}", "+x1".repeat(300));
    let cases: &[(&str, &str, &str, &str)] = &[
        ("dw = x1**y0", "E-RULE-POWER", "**", "one `*`"),
        ("dw = x1*y0 +", "E-RULE-OPERAND", "+", "remove"),
        ("dw = x1*y0 +\n  de = x1", "E-RULE-OPERAND", "+", "remove"),
        ("dw = *x1", "E-RULE-OPERAND", "=", "remove"),
        ("dw = x1*z0", "E-RULE-SYMBOL", "z0", "did you mean `x0`?"),
        ("dw = x1 y0", "E-RULE-OPERATOR", "y0", "`*`"),
        ("dw = (x1 y0)", "E-RULE-OPERATOR", "y0", "`*`"),
        ("dw = x1/2", "E-RULE-DIVISION", "/", "2^-3"),
        ("dw = (x1/2)", "E-RULE-DIVISION", "/", "2^-3"),
        ("dw = w^2", "E-RULE-POWER", "^", "w*w"),
        ("dw = 2^x1", "E-RULE-POWER", "x1", "integer"),
        ("dw = 2^40*x1", "E-RULE-EXPONENT", "2^40", "-31 to 31"),
        ("dw = (x1 + y1", "E-RULE-PARENTHESIS", "(", "missing `)`"),
        ("dw = x1)", "E-RULE-PARENTHESIS", ")", "missing `(`"),
        ("dw = sqrt(x1)", "E-RULE-FUNCTION", "sqrt", "sgn"),
        ("dw = abz(x1)", "E-RULE-FUNCTION", "abz", "`abs`"),
        ("dw = min(x1)", "E-RULE-FUNCTION", "min(x1)", "min(a, b)"),
        ("dq = x1", "E-RULE-TARGET", "dq", "dw"),
        ("dd = x1", "E-RULE-TARGET", "dd", "state d: i16"),
        ("x1 = 3", "E-RULE-TARGET", "x1", "state"),
        ("dw = x1 round up", "E-RULE-ROUNDING", "up", "nearest"),
        ("dw = x1 round zero round away", "E-RULE-ROUNDING", "round", "once"),
        ("dw = x1 clip 9..3", "E-RULE-BOUNDS", "9..3", "smaller"),
        ("dw = x1 clip 0", "E-RULE-SYNTAX", "}", "both bounds"),
        ("dw = u40*x1", "E-RULE-EPOCHS", "u40", "2^k"),
        ("if m0 = 3 { dw = x1 }", "E-RULE-SYNTAX", "=", "`==`"),
        ("if m0 > 3 and x0 or y0 { dw = x1 }", "E-RULE-SYNTAX", "or", "nest"),
        ("if m0 > 3 { state q: u8 }", "E-RULE-SYNTAX", "state", "before"),
        ("if m0 > 3 dw = x1", "E-RULE-SYNTAX", "dw", "if m0 > base"),
        ("state w: u8\n  dw = x1", "E-RULE-NAME", "w", "share"),
        ("state x1: u8\n  dw = x1", "E-RULE-NAME", "x1", "taken"),
        ("state q: u40\n  dw = x1", "E-RULE-TYPE", "u40", "u31"),
        ("state q: u4 in 0..16\n  dw = x1", "E-RULE-BOUNDS", "0..16", "widen"),
        ("state q: u4 = 16\n  dw = x1", "E-RULE-BOUNDS", "16", "within"),
        ("state q: u4 tag\n  dw = x1", "E-RULE-NAME", "q", "one state"),
        ("param q = x1\n  dw = x1", "E-RULE-CONSTANT", "x1", "statements"),
        ("param q = 1 @Q99\n  dw = x1", "E-RULE-CONSTANT", "Q99", "@Q30"),
        ("trace w tau=3 impulse=1\n  dw = x1", "E-RULE-TRACE", "w", "x1 x2"),
        ("trace x1 tau=0 impulse=1\n  dw = x1", "E-RULE-TRACE", "0", "tau"),
        ("expect w grows\n  dw = x1", "E-RULE-EXPECT", "grows", "rises"),
        ("expect q unbiased\n  dw = x1", "E-RULE-EXPECT", "expect q unbiased", "states"),
        ("dw = x1 \u{2212} y1", "E-RULE-CHARACTER", "\u{2212}", "`-`"),
        ("", "E-RULE-EMPTY", "", "dw ="),
        (&deep, "E-RULE-LENGTH", "(", "split"),
        (&long, "E-RULE-LENGTH", "", "split"),
    ];
    for &(statement, code, culprit, help) in cases {
        let text = with(statement);
        let all = parse("r", &text).expect_err(statement);
        let first = &all[0];
        assert_eq!((first.code, all.len()), (code, 1), "{statement}\n{first}");
        assert!(first.help.as_deref().is_some_and(|given| given.contains(help)), "{first}");
        let excerpt = first.place.as_ref().unwrap().excerpt.as_ref().unwrap();
        let underlined = &excerpt.text[excerpt.span.clone()];
        assert!(underlined == culprit || code == "E-RULE-LENGTH" && underlined.contains(culprit), "{first}");
    }
}

#[test]
fn the_frame_of_a_rule_is_checked_too() {
    for (text, code) in [
        ("", "E-RULE-SYNTAX"),
        ("} dw = x1", "E-RULE-SYNTAX"),
        ("dw = x1 }", "E-RULE-SYNTAX"),
        ("dw = x1\n3", "E-RULE-OPERATOR"),
        ("rule r {", "E-RULE-SYNTAX"),
        ("rule \"r {", "E-RULE-SYNTAX"),
        ("rule \"r\" dialect=lava { }", "E-RULE-DIALECT"),
        ("rule \"r\" { state w: u8 dw = 1", "E-RULE-SYNTAX"),
        ("rule \"r\" { state w: u8 dw = 1 } }", "E-RULE-SYNTAX"),
    ] {
        assert_eq!(parse("r", text).expect_err(text)[0].code, code, "{text}");
    }
}

#[test]
fn a_misspelt_declaration_is_recognised() {
    for (text, meant) in [("stat w: u8", "state"), ("parma a = 3", "param"), ("expct w in 0..9", "expect")] {
        let found = parse("r", &format!("rule \"r\" {{ {text}\n dw = x1 clip 0..255 }}")).unwrap_err();
        assert_eq!(found[0].help, Some(format!("did you mean `{meant}`?")));
    }
}

#[test]
fn mistakes_in_several_statements_are_reported_at_once() {
    let text = with("dw = x1**y0\n  if m0 > > 3 { de = x1 x2 }\n  de = x1 +\n  dw = (x1");
    let codes: Vec<_> = parse("r", &text).unwrap_err().iter().map(|one| one.code).collect();
    assert_eq!(codes, ["E-RULE-POWER", "E-RULE-OPERAND", "E-RULE-OPERATOR", "E-RULE-OPERAND", "E-RULE-PARENTHESIS"]);
}

/// Statement, code, underlined text, and a part of the help.
#[test]
fn what_cannot_be_computed_exactly_or_stored_is_refused() {
    let cases: &[(&str, &str, &str, &str)] = &[
        ("dw = x1", "E-RULE-STORE", "dw = x1", "clip 0..255"),
        ("if m0 > 3 { dw = 1 } else { w = 3 }", "E-RULE-STORE", "w = 3", "`sat`"),
        ("dw = 0.01*e*e*m0 clip 0..255", "E-RULE-RANGE", "0.01*e*e*m0", "clip(e, -999, 999)"),
        ("dw = 0.01*e*m0 + 0.3*x1 clip 0..255", "E-RULE-RANGE", "0.01*e*m0 + 0.3*x1", "two statements"),
        ("if w*e*m0*m1 > 3 { dw = 1 clip 0..255 }", "E-RULE-RANGE", "w*e*m0*m1", "clip"),
        ("param q = 0.0001 @Q8\n  de = q*x1 clip 0..9", "E-RULE-CONSTANT", "q", "more fraction bits"),
        ("param q = 100000 @Q30\n  de = q*x1 clip 0..9", "E-RULE-CONSTANT", "q", "fewer fraction bits"),
        ("de = 0.0000000001*x1 clip 0..9", "E-RULE-CONSTANT", "0.0000000001", "enlarge"),
        ("de = 0.3*0.7*0.1*0.3*0.7*x1 clip 0..9", "E-RULE-CONSTANT", "0.3*0.7*0.1*0.3*0.7*x1", "fewer digits"),
        ("state q: u8 in 0..9\n  q = x1 clip 0..10", "E-RULE-STORE", "q = x1 clip 0..10", "clip 0..9"),
    ];
    for &(statement, code, culprit, help) in cases {
        let text = with(statement);
        let rule = parse("r", &text).unwrap_or_else(|all| panic!("{}", all[0]));
        let all = compile(&rule).expect_err(statement);
        let first = &all[0];
        assert_eq!((first.code, all.len()), (code, 1), "{statement}\n{first}");
        assert!(first.help.as_deref().is_some_and(|given| given.contains(help)), "{first}");
        let excerpt = first.place.as_ref().unwrap().excerpt.as_ref().unwrap();
        assert_eq!(&excerpt.text[excerpt.span.clone()], culprit, "{first}");
    }
}

#[test]
fn decimals_are_held_within_a_hundredth_of_a_percent() {
    let text = with("dw = 0.3*x1 + 0.7*x2 + 0.75*y1 + 0.1*y2 + 1.5*y3 + 2.5*m0 round stochastic clip 0..255");
    let compiled = compile(&parse("r", &text).unwrap()).unwrap();
    let held: Vec<_> = compiled.quantised.iter().map(|one| (one.written, one.mantissa, one.fraction_bits)).collect();
    let expected = [(0.3, 4915, 14), (0.7, 2867, 12), (0.75, 3, 2), (0.1, 3277, 15), (1.5, 3, 1), (2.5, 5, 1)];
    assert_eq!(held[held.len() - 6..], expected);
    assert!(compiled.quantised.iter().all(|one| one.relative_error.abs() <= 1e-4));
}

/// The listings of the rules in `examples/rules`. After a wanted change, run with `UPDATE_GOLDEN=1` and read the difference.
#[test]
fn listings_of_the_example_rules_are_as_recorded() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let entries = std::fs::read_dir(root.join("examples/rules")).unwrap().map(|entry| entry.unwrap().path());
    let mut paths: Vec<_> = entries.filter(|path| path.extension().is_some_and(|kind| kind == "rule")).collect();
    paths.sort();
    let mut got = String::new();
    for path in &paths {
        let name = path.file_name().unwrap().to_str().unwrap();
        let file = crate::rule::file::read(name, &std::fs::read_to_string(path).unwrap(), None);
        let file = file.unwrap_or_else(|all| panic!("{}", all[0]));
        got.push_str(&format!("{name}\n{}\n", crate::rule::file::explain(&file)));
    }
    let golden = root.join("tests/cases/rule_explain.txt");
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&golden, &got).unwrap();
    }
    assert_eq!(got, std::fs::read_to_string(&golden).unwrap());
}

/// Pieces that make nearly well-formed rules.
const PIECES: [&str; 44] = [
    "rule \"r\" dialect=extended {",
    "state w: u8",
    "state e: i16 tag",
    "param k = 0.5",
    "dw =",
    "de =",
    "e =",
    "x0",
    "y1",
    "m0",
    "w",
    "t",
    "k",
    "u3",
    "q",
    "+",
    "-",
    "*",
    "(",
    ")",
    "sgn(",
    "clip(",
    ",",
    "2^-4",
    "0.3",
    "9",
    "1e9",
    "99999999",
    "round nearest",
    "round stochastic",
    "clip 0..255",
    "if",
    ">",
    "==",
    "and",
    "{",
    "}",
    "else",
    "expect w in 0..9",
    "expect",
    "within",
    "\n",
    "\u{e9}",
    "\"",
];

proptest::proptest! {
    #[test]
    fn no_text_makes_the_compiler_panic(
        pieces in proptest::collection::vec(proptest::sample::select(&PIECES[..]), 0..40),
        is_framed in proptest::prelude::any::<bool>(),
    ) {
        let body = pieces.join(" ");
        let text = if is_framed { with(&body) } else { body };
        let outcome = parse("r", &text).and_then(|rule| compile(&rule).map(|compiled| explain(&rule, &compiled)));
        if let Err(all) = outcome {
            proptest::prop_assert!(!all.is_empty());
            for one in all {
                proptest::prop_assert!(one.to_string().contains("error[E-RULE-"), "{}", one);
            }
        }
    }

    #[test]
    fn no_noise_makes_the_compiler_panic(text in "\\PC{0,40}", statement in "[ -~]{0,40}") {
        for text in [text, with(&statement)] {
            let _ = parse("r", &text).map(|rule| compile(&rule).is_ok());
        }
    }
}
