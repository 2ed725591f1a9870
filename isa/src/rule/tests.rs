//! The compiler against Lava's own products, published rules, a gallery of mistakes, and noise.

use proptest::collection::vec;
use proptest::prelude::*;

use super::*;
use crate::sum_of_products::{Dependency, Factor, MAX_FACTORS, Product, Variable};

const PRE: Dependency = Dependency::PreSpike;
const POST: Dependency = Dependency::PostSpike;

const fn every(exponent: u8) -> Dependency {
    Dependency::Epochs { exponent }
}

fn dw(text: &str) -> RuleText<'_> {
    RuleText { name: "r", dw: Some(text), dd: None, dt: None }
}

fn weight_products(text: &str, dialect: Dialect) -> Vec<Product> {
    compile(&dw(text), dialect).unwrap_or_else(|all| panic!("{}", all[0])).program.weight
}

/// A product of plain variables; `exponent` as written.
fn product(dependency: Dependency, mantissa: i32, exponent: i8, variables: &[Variable]) -> Product {
    Product { dependency, factors: variables.iter().copied().map(Factor::of).collect(), mantissa, exponent }
}

/// The strings of the golden vectors made with lava-nc 0.10.0, and the products Lava parsed them to.
#[test]
fn golden_lava_strings_become_lavas_products() {
    use Variable::{Tag, Weight, X1, Y1, Y2};
    let cases = [
        (
            "2^-2*y0*x1 - 2^-3*x0*y1 - 2^-4*u3*w",
            vec![product(POST, 1, -2, &[X1]), product(PRE, -1, -3, &[Y1]), product(every(3), -1, -4, &[Weight])],
        ),
        (
            "(-1)*2^0*y0*x1*y1 + 2^-1*x0*y1 + 2^0*y0*x1",
            vec![product(POST, -1, 0, &[X1, Y1]), product(PRE, 1, -1, &[Y1]), product(POST, 1, 0, &[X1])],
        ),
        ("2^-6*u0*t*y2", vec![product(every(0), 1, -6, &[Tag, Y2])]),
        ("2^-2*x0*y1*(-1) + 2^-2*y0*x1", vec![product(PRE, -1, -2, &[Y1]), product(POST, 1, -2, &[X1])]),
        ("2^-6*y0*x1*y2 - 2^-3*x0*y1", vec![product(POST, 1, -6, &[X1, Y2]), product(PRE, -1, -3, &[Y1])]),
    ];
    for (text, products) in cases {
        assert_eq!(weight_products(text, Dialect::Lava), products, "{text}");
    }
    let text = RuleText { name: "rstdp", dw: None, dd: None, dt: Some("2^-1*y0*x1 - 2^-1*x0*y1 - 2^-3*u0*t") };
    let tag = vec![product(POST, 1, -1, &[X1]), product(PRE, -1, -1, &[Y1]), product(every(0), -1, -3, &[Tag])];
    assert_eq!(compile(&text, Dialect::Lava).unwrap().program.tag, tag);
}

#[test]
fn golden_b2l_strings_compile() {
    use Variable::{Weight, X1, X2, Y1};
    let mixed = [
        product(POST, 1, -1, &[X1]),
        product(PRE, -1, -3, &[Y1]),
        product(every(4), 3, 0, &[]),
        product(every(5), -6, 0, &[]),
    ];
    assert_eq!(weight_products("2^-1*x1*y0-2^-3*x0*y1+u4*3-u5*6", Dialect::B2l), mixed);
    let decay = [product(POST, 1, -2, &[X1]), product(PRE, -1, -3, &[Y1]), product(every(5), -1, -5, &[Weight])];
    assert_eq!(weight_products("2^-2*x1*y0-2^-3*x0*y1-u5*w*2^-5", Dialect::B2l), decay);
    assert_eq!(weight_products("2^-5*x1*y0*y2-2^-6*x0*y1*x2", Dialect::B2l)[1], product(PRE, -1, -6, &[Y1, X2]));
    for text in ["2^-2*x1*y0-2^-2*x0*y1", "2^-1*x1*y0-2^-3*x0*y1", "2^-3*x1*y0-2^-3*x0*y1", "2^-6*x1*y0*y2-2^-3*x0*y1"]
    {
        weight_products(text, Dialect::B2l);
    }
}

#[test]
fn published_style_lava_rules_compile() {
    let texts = [
        "2^-2*x1*y0 - 2^-2*x0*y1",
        "2^-7*y0*x1 - 2^-7*x0*y1",
        "x1*y0 - y1*x0",
        "2*x1*y0 - 2*y1*x0",
        "2^-4 * x1 * y0 - 2^-4 * x0 * y1 * w",
        "2^-6*y0*x1*y2 - 2^-6*x0*y1*x2",
        "2^-3*y0*x1*y2 - 2^-2*x0*y1",
        "u0*t*y2",
        "2^-4*u0*t*m0",
        "2^-5*u0*(t + 1)*m0 - 2^-5*u0*w",
        "2^-2*x0*y1*(-1) + 2^-2*y0*x1",
        "2^-3*y0*(x1 - 8) - 2^-4*x0*y1",
        "2^-2*y0*x1 - u4*2^-6*w",
        "2^-6*x0*(-1)*y1*y1 + 2^-6*y0*x1*x1",
        "2^-3*x0*(y1 - 40)*w",
        "2^-3*y0*x1*sgn(w + 1) - 2^0*y0",
        "2^0*(-1)*3*x0*y1 + y0*x0",
        "-u5*(w - 64)*2^-6 + u5*1",
        "0.25*y0*x1 - 0.3*x0*y1",
        "r0*2^-4*t*u0",
        "y0*(2^4 - x1)",
    ];
    for text in texts {
        weight_products(text, Dialect::Lava);
    }
}

#[test]
fn parts_mean_what_they_say() {
    use Variable::{Weight, X0, X1, Y0, Y1};
    let lava = |text| weight_products(text, Dialect::Lava).remove(0);
    assert_eq!(lava("2^0*(-1)*3*x0*y1"), product(PRE, -3, 0, &[Y1]));
    assert_eq!(lava("16*x0"), product(PRE, 4, 2, &[]));
    assert_eq!(lava("x0*y0"), product(PRE, 1, 0, &[Y0]), "the second spike is a factor");
    assert_eq!(lava("u_5*x0*w"), product(every(5), 1, 0, &[X0, Weight]));
    assert_eq!(lava("--x0*-y1*(2*(w))"), product(PRE, -2, 0, &[Y1, Weight]));
    let shifted = |variable, addend, sign_only| vec![Factor { variable: Some(variable), addend, sign_only }];
    assert_eq!(lava("x0*(4 - y1)").factors, shifted(Y1, -4, false));
    assert_eq!(lava("x0*(4 - y1)").mantissa, -1);
    assert_eq!(lava("x0*sgn(w - 2^3)").factors, shifted(Weight, -8, true));
    assert_eq!(lava("u0*(x0 + 1)").factors, shifted(X0, 1, false));
    let b2l = |text| weight_products(text, Dialect::B2l).remove(0);
    assert_eq!(b2l("x0*u4*y1*u5"), product(every(5), 1, 0, &[X0, Y1]));
    assert_eq!(b2l("9*y0*sign(x1 - 3)").mantissa, 9);
    assert_eq!(b2l("2^-7*y0*x1*2^-7"), product(POST, 1, -14, &[X1]));
}

#[test]
fn decimals_are_quantised_and_reported() {
    let compiled = compile(&dw("y0*x1 - 0.3*x0*y1 + 0.25*u0"), Dialect::Lava).unwrap();
    let [third, quarter] = compiled.quantised.as_slice() else { panic!("{:?}", compiled.quantised) };
    assert_eq!((third.product, third.mantissa, third.exponent, third.written), (1, -5, -4, -0.3));
    assert!((third.relative_error - (0.3125 / 0.3 - 1.0)).abs() < 1e-12);
    assert_eq!((quarter.product, quarter.mantissa, quarter.exponent, quarter.relative_error), (2, 1, -2, 0.0));
}

/// Text, dialect, and what is reported: code, underlined text, and a part of the help.
#[test]
fn every_mistake_has_its_code_caret_and_way_out() {
    use Dialect::{B2l, Lava};
    let long = "x0+".repeat(2000);
    let many = ["x0"; 65].join("+");
    let deep = format!("{}x0{}", "(".repeat(40), ")".repeat(40));
    let huge = format!("{}*x0", "9".repeat(400));
    let cases: &[(&str, Dialect, &str, &str, &str)] = &[
        ("x1**y0", Lava, "E-RULE-POWER", "**", "`x1*y0`"),
        ("2**-3*x0", Lava, "E-RULE-POWER", "**", "`2^-3`"),
        ("x0*x1**2", Lava, "E-RULE-POWER", "**", "`x1*x1`"),
        ("x0*x1^2", Lava, "E-RULE-POWER", "^", "`x1*x1`"),
        ("3^2*x0", Lava, "E-RULE-POWER", "^", "power of two"),
        ("2^x1*x0", Lava, "E-RULE-POWER", "x1", "2^-3"),
        ("2^", Lava, "E-RULE-POWER", "", "2^-3"),
        ("z0*x1", Lava, "E-RULE-SYMBOL", "z0", "did you mean `x0`?"),
        ("x0*X1", Lava, "E-RULE-SYMBOL", "X1", "did you mean `x1`?"),
        ("x0*nan", Lava, "E-RULE-SYMBOL", "nan", "finite"),
        ("uk*x1", Lava, "E-RULE-SYMBOL", "uk", "u0"),
        ("x0*abs(w)", Lava, "E-RULE-SYMBOL", "abs", "sgn"),
        ("x0*y1 +", Lava, "E-RULE-OPERAND", "+", "remove"),
        ("*x0", Lava, "E-RULE-OPERAND", "*", "remove"),
        ("x0*()", Lava, "E-RULE-OPERAND", ")", "inside"),
        ("x0 y1", Lava, "E-RULE-OPERATOR", "y1", "`x0*y1`"),
        ("2x0", Lava, "E-RULE-OPERATOR", "x0", "`2*x0`"),
        ("x0(w + 1)", Lava, "E-RULE-OPERATOR", "x0", "`x0*(w + 1)`"),
        ("u3 (w)", Lava, "E-RULE-OPERATOR", "u3", "`u3*(w)`"),
        ("1e-400*x0", Lava, "E-RULE-CONSTANT", "1e-400", "larger u_k"),
        ("40001*x0", B2l, "E-RULE-CONSTANT", "40001", "the nearest is"),
        ("x0/2", Lava, "E-RULE-DIVISION", "/", "2^-3"),
        ("x0*(y1", Lava, "E-RULE-PARENTHESIS", "(", "missing `)`"),
        ("x0*y1)", Lava, "E-RULE-PARENTHESIS", ")", "missing `(`"),
        (")", Lava, "E-RULE-PARENTHESIS", ")", "missing `(`"),
        (&deep, Lava, "E-RULE-PARENTHESIS", "(", "multiply out"),
        ("x0*(x1 + y1)", Lava, "E-RULE-SUM", "(x1 + y1)", "a*b + a*c"),
        ("x0*(2*x1 + 1)", Lava, "E-RULE-SUM", "(2*x1 + 1)", "a*b + a*c"),
        ("x0*(1 + 2)", Lava, "E-RULE-SUM", "(1 + 2)", ""),
        ("x0*sgn(x1)", Lava, "E-RULE-SIGN", "sgn(x1)", "x0 or y0"),
        ("x0*sgn", Lava, "E-RULE-SIGN", "sgn", "sgn(w + 3)"),
        ("x0*sgn(3)", Lava, "E-RULE-SIGN", "sgn(3)", "sgn(w + 3)"),
        ("x0*(w + 300)", Lava, "E-RULE-ADDEND", "(w + 300)", "scale"),
        ("x0*(w + 0.5)", Lava, "E-RULE-ADDEND", "(w + 0.5)", "scale"),
        ("x0 - 2^-2*x1", Lava, "E-RULE-DEPENDENCY", "2^-2*x1", "`u0*2^-2*x1`"),
        ("x0*u0*x1", Lava, "E-RULE-DEPENDENCY", "u0", "`u0*x0`"),
        ("u10*w", Lava, "E-RULE-EPOCHS", "u10", "2^k"),
        ("u4*w - u5*2^-1*w", Lava, "E-RULE-EPOCHS-MIXED", "u5", "use u4 here and scale the constant by 2^-1"),
        ("9*x0", Lava, "E-RULE-CONSTANT", "9", "1*2^3 = 8 (-11.1 %): write that, or 9.0"),
        ("x0*0.0001", Lava, "E-RULE-CONSTANT", "0.0001", "larger u_k"),
        ("x0*1e300", Lava, "E-RULE-CONSTANT", "1e300", "impulses"),
        ("x0*0.3", B2l, "E-RULE-CONSTANT", "0.3", "5*2^-4"),
        ("2^-8*x0", Lava, "E-RULE-EXPONENT", "2^-8", "larger u_k"),
        ("2^9*x0", Lava, "E-RULE-EXPONENT", "2^9", "2*2^8"),
        ("2^-999999999999*x0", Lava, "E-RULE-EXPONENT", "2^-999999999999", "larger u_k"),
        (&huge, Lava, "E-RULE-NUMBER", &huge[..400], "2^-7"),
        ("1.2.3*x0", Lava, "E-RULE-NUMBER", "1.2.3", "one decimal point"),
        ("x0 \u{2212} y0", Lava, "E-RULE-CHARACTER", "\u{2212}", "`-`"),
        ("x0 = y0", Lava, "E-RULE-CHARACTER", "=", "right-hand side"),
        ("x0*y1; x0", Lava, "E-RULE-CHARACTER", ";", "symbols"),
        ("u0*t", B2l, "E-RULE-VARIABLE", "t", "dialect lava"),
        ("", Lava, "E-RULE-EMPTY", "", "leave the target out"),
        (" \t ", Lava, "E-RULE-EMPTY", " \t ", "leave the target out"),
        (&many, Lava, "E-RULE-LENGTH", "x0", "merge"),
        ("x0*x1*x1*x1*x1*x1*x1*x1", Lava, "E-RULE-LENGTH", "x0*x1*x1*x1*x1*x1*x1*x1", "drop"),
        (&long, Lava, "E-RULE-LENGTH", "", "split"),
    ];
    for &(text, dialect, code, culprit, help) in cases {
        let all = compile(&dw(text), dialect).expect_err(text);
        let [only] = all.as_slice() else { panic!("{text}: {all:#?}") };
        assert_eq!(only.code, code, "{only}");
        assert!(only.help.as_deref().is_some_and(|given| given.contains(help)), "{only}");
        match &only.place.as_ref().unwrap().excerpt {
            Some(excerpt) => assert_eq!(&excerpt.text[excerpt.span.clone()], culprit, "{only}"),
            None => assert_eq!(code, "E-RULE-LENGTH"),
        }
    }
}

#[test]
fn rules_without_a_target_or_with_a_foreign_one_are_refused() {
    let nothing = RuleText { name: "r", dw: None, dd: None, dt: None };
    assert_eq!(compile(&nothing, Dialect::Lava).unwrap_err()[0].code, "E-RULE-EMPTY");
    let delay = RuleText { dd: Some("x0"), ..nothing };
    assert!(compile(&delay, Dialect::Lava).is_ok());
    assert_eq!(compile(&delay, Dialect::B2l).unwrap_err()[0].code, "E-RULE-TARGET");
}

#[test]
fn all_mistakes_are_reported_at_once_in_order() {
    let text = RuleText { name: "r", dw: Some("z0*x1 + 9*x0 -\n w*2^-2 + x0*q7*"), dd: None, dt: Some("u3*t + u4*t") };
    let all = compile(&RuleText { dd: Some("u3*d"), ..text }, Dialect::Lava).unwrap_err();
    let codes: Vec<_> = all.iter().map(|one| one.code).collect();
    assert_eq!(
        codes,
        [
            "E-RULE-SYMBOL",
            "E-RULE-CONSTANT",
            "E-RULE-DEPENDENCY",
            "E-RULE-SYMBOL",
            "E-RULE-OPERAND",
            "E-RULE-EPOCHS-MIXED"
        ]
    );
    let expected = "\
error[E-RULE-EPOCHS-MIXED]: `u4` after u3 (in rule 'r', dd): the engine has one k for a whole program
  --> rule 'r', dt:1:8
   |
 1 | u3*t + u4*t
   |        ^^
   = help: use u3 here and scale the constant by 2^-1";
    assert_eq!(all[5].to_string(), expected);
}

/// Pieces that make nearly well-formed rules.
const PIECES: [&str; 34] = [
    "x0",
    "y0",
    "x1",
    "y3",
    "w",
    "t",
    "d",
    "m0",
    "u0",
    "u5",
    "u12",
    "sgn(",
    "sgn",
    "(",
    ")",
    "+",
    "-",
    "*",
    "**",
    "^",
    "2^-2",
    "2^9",
    "2",
    "0",
    "9",
    "0.3",
    "1e9",
    "(-1)",
    "/",
    "z9",
    "nan",
    " ",
    "\u{e9}",
    "99999999999999999999",
];

fn expressible_product(epochs: u8) -> impl Strategy<Value = Product> {
    use Variable::{Delay, Modulator, Tag, Weight, X0, X1, X2, Y0, Y1, Y2, Y3};
    let dependency = proptest::sample::select(vec![PRE, POST, every(epochs)]);
    let variable =
        proptest::sample::select(vec![X0, X1, X2, Y0, Y1, Y2, Y3, Weight, Delay, Tag, Modulator(0), Modulator(3)]);
    let factor =
        (variable, -256i16..=255, any::<bool>(), any::<bool>()).prop_map(|(variable, addend, plain, sign)| Factor {
            variable: Some(variable),
            addend: if plain { 0 } else { addend },
            sign_only: sign && matches!(variable, Weight | Delay | Tag),
        });
    (dependency, vec(factor, 0..=MAX_FACTORS), -7i32..=7, -7i8..=8)
        .prop_map(|(dependency, factors, mantissa, exponent)| Product { dependency, factors, mantissa, exponent })
}

proptest! {
    #[test]
    fn ascii_noise_never_panics(text in "[ -~]{0,60}", b2l in any::<bool>()) {
        check_total(&text, if b2l { Dialect::B2l } else { Dialect::Lava })?;
    }

    #[test]
    fn any_text_never_panics(text in "\\PC{0,20}") {
        check_total(&text, Dialect::Lava)?;
    }

    #[test]
    fn piecework_never_panics(pieces in vec(proptest::sample::select(&PIECES[..]), 0..24), b2l in any::<bool>()) {
        check_total(&pieces.concat(), if b2l { Dialect::B2l } else { Dialect::Lava })?;
    }

    #[test]
    fn displayed_programs_compile_to_themselves(
        products in (0u8..=9).prop_flat_map(|epochs| vec(expressible_product(epochs), 1..5)),
    ) {
        let program = SumOfProducts { weight: products, ..SumOfProducts::default() };
        let text = program.to_string();
        let compiled = compile(&dw(text.strip_prefix("dw = ").unwrap()), Dialect::Lava);
        prop_assert_eq!(compiled.map(|compiled| compiled.program), Ok(program));
    }
}

/// What must hold of any text: a legal program, or diagnostics that show themselves; never a panic.
fn check_total(text: &str, dialect: Dialect) -> Result<(), TestCaseError> {
    match compile(&dw(text), dialect) {
        Ok(compiled) => {
            prop_assert_eq!(compiled.program.check(&dialect.constants()), Ok(()));
            prop_assert!(!compiled.program.is_empty());
        }
        Err(all) => {
            prop_assert!(!all.is_empty());
            for one in all {
                prop_assert!(one.to_string().contains("-->"));
            }
        }
    }
    Ok(())
}
