//! Rule strings of Lava as its users write them, each with the file it stands in.
//!
//! Files are those of <https://github.com/lava-nc/lava> at commit b6822fbc, BSD-3-Clause and LGPL-2.1; only the strings are taken.

use super::*;
use crate::sum_of_products::Target;

const RULE_TESTS: &str = "tests/lava/magma/core/learning/test_learning_rule.py";
const SERIES_TESTS: &str = "tests/lava/magma/core/learning/test_product_series.py";
const APPLIER_TESTS: &str = "tests/lava/magma/core/learning/test_learning_rule_applier.py";
const APPLIER: &str = "src/lava/magma/core/learning/learning_rule_applier.py";
const STDP: &str = "src/lava/proc/learning_rules/stdp_learning_rule.py";
const STDP_TESTS: &str = "tests/lava/proc/dense/test_stdp_sim.py";
const RSTDP: &str = "src/lava/proc/learning_rules/r_stdp_learning_rule.py";
const SPARSE_TESTS: &str = "tests/lava/proc/sparse/test_models.py";
const CLP: &str = "tutorials/in_depth/clp/clp.py";

fn text(target: Target, sum: &'static str) -> RuleText<'static> {
    let of = |wanted| (target == wanted).then_some(sum);
    RuleText { name: "published", dw: of(Target::Weight), dd: of(Target::Delay), dt: of(Target::Tag) }
}

#[test]
fn strings_of_lava_compile_unchanged() {
    use Target::{Delay, Tag, Weight};
    let cases: [(&str, Target, &str, &str); 21] = [
        (RULE_TESTS, Weight, "x0*(-1)*2^-1*y1 + y0*1*2^1*x1", "dw = -x0*2^-1*y1 + y0*2^1*x1"),
        (RULE_TESTS, Delay, "x0*y2*w", "dd = x0*y2*w"),
        (RULE_TESTS, Tag, "x0*y3*sgn(d) + y0*x2", "dt = x0*y3*sgn(d) + y0*x2"),
        (RULE_TESTS, Delay, "u0*x2*y2", "dd = u0*x2*y2"),
        (RULE_TESTS, Weight, "x0*(-1)*2^-1*y1 + y0*1*2^1*x1 + u1*y3", "dw = -x0*2^-1*y1 + y0*2^1*x1 + u1*y3"),
        (RULE_TESTS, Weight, "x0 * x1 * 0", "dw = x0*0*x1"),
        (RULE_TESTS, Weight, "x0 * x2 * 0", "dw = x0*0*x2"),
        (RULE_TESTS, Weight, "y0 * y1 * 0", "dw = y0*0*y1"),
        (RULE_TESTS, Weight, "y0 * y2 * 0", "dw = y0*0*y2"),
        (RULE_TESTS, Weight, "y0 * y3 * 0", "dw = y0*0*y3"),
        (RULE_TESTS, Weight, "u0 * 1", "dw = u0"),
        (RULE_TESTS, Tag, "u0 *  2 ", "dt = u0*2"),
        (
            APPLIER_TESTS,
            Weight,
            "x0*(-1)*2^-1*y1 + y0*1*2^1*x1*w + u0*x2 + u0*sgn(w+4)",
            "dw = -x0*2^-1*y1 + y0*2^1*x1*w + u0*x2 + u0*sgn(w + 4)",
        ),
        (SERIES_TESTS, Weight, "u4*(-1)*2^-1*y1 + y0*1*2^1*x1", "dw = -u4*2^-1*y1 + y0*2^1*x1"),
        (APPLIER, Weight, "-2 * x0 * y1 + 4 * y0 * x1 + u0 * w", "dw = -x0*2*y1 + y0*4*x1 + u0*w"),
        // With the arguments of tutorials/in_depth/tutorial08_stdp.ipynb.
        (STDP, Weight, "1 * 1 * x0 * y1 +1 * (-1) * y0 * x1", "dw = x0*y1 - y0*x1"),
        (STDP_TESTS, Weight, "2^-2 * x0 * x1", "dw = x0*2^-2*x1"),
        (RSTDP, Weight, " u0 * t * y2 ", "dw = u0*t*y2"),
        (SPARSE_TESTS, Delay, "x0 * y1 - y0 * x1", "dd = x0*y1 - y0*x1"),
        (SPARSE_TESTS, Tag, "x0 * y1 - y0 * x1", "dt = x0*y1 - y0*x1"),
        (CLP, Weight, "2^-3*y1*x1*y0", "dw = y0*2^-3*y1*x1"),
    ];
    for (file, target, sum, program) in cases {
        let compiled = compile(&text(target, sum), Dialect::Lava).unwrap_or_else(|all| panic!("{file}\n{}", all[0]));
        assert_eq!(compiled.program.to_string(), program, "{file}");
    }
}

/// Two strings that Lava's tests expect it to refuse.
#[test]
fn what_lava_refuses_is_refused() {
    for (file, sum) in [
        (RULE_TESTS, "x0*(-1)*2^-1*y1 + y0*1*2^1*x1 + u0*x2*y2 + u1*y3"),
        (SERIES_TESTS, "u4*(-1)*2^-1*y1 + u5*1*2^1*x1"),
    ] {
        let all = compile(&text(Target::Weight, sum), Dialect::Lava).expect_err(file);
        assert_eq!(all[0].code, "E-RULE-EPOCHS-MIXED", "{file}");
    }
}
