//! The formula against the reference executor, and answers of solvers.

use super::super::run::learn;
use super::super::scenario::Spikes;
use super::*;
use caudate_isa::nmx::verify::verify_text;
use proptest::prelude::*;
use std::collections::BTreeMap;

/// Every linear operation, and every rounding that draws nothing.
const LINEAR: &str = "
.kind learn
.state a i16 sat
.state b i12 sat
.param k i12 -300
.param l u12 77
cmp.gt   p1, a, zero
cmp.le.and p1, b, x1
cmp.ne   p2, x0, zero
cmp.eq.or p2, y0, one
mul.f    r0, a, k, 5
mul.z    r1, a, k, 6
mul.a    r2, b, k, 7
mul.n    r3, b, l, 3
mac.n    r3, a, l, 4
msc.z    r3, m0, k, 2
shr.n    r4, r0, 3
shr.a    r5, r1, 2
shl      r6, y1, 4
una.neg  r7, r2
una.abs  r8, r4
una.sgn  r9, r5
una.not  r10, b
bit.and  r11, t, fifteen
.param fifteen u4 15
@p1 sel  r12, r3, r6
sat      r13, r0, i7
min      r14, r12, r7
max      r15, r8, r9
@p2 add  a, a, r13
@!p1 sub a, a, r14
addi     b, r15, -3
@p2 xit
add      b, b, r10
sub      a, a, r11
add      b, b, r5
";

fn subject() -> Subject {
    let (assembly, _) = verify_text("linear", LINEAR).unwrap_or_else(|all| panic!("{}", all[0]));
    Subject::of_program("linear", &assembly.program, 1).unwrap()
}

/// A term as a tree.
enum Tree {
    Leaf(String),
    Node(Vec<Tree>),
}

fn tree(tokens: &mut impl Iterator<Item = String>) -> Option<Tree> {
    match tokens.next()?.as_str() {
        ")" => None,
        "(" => Some(Tree::Node(std::iter::from_fn(|| tree(tokens)).collect())),
        leaf => Some(Tree::Leaf(leaf.to_owned())),
    }
}

fn parse(text: &str) -> Vec<Tree> {
    let spaced = text.replace('(', " ( ").replace(')', " ) ");
    let mut tokens = spaced.split_whitespace().map(str::to_owned);
    std::iter::from_fn(|| tree(&mut tokens)).collect()
}

/// The value of a term; truth is 1.
fn value(tree: &Tree, known: &BTreeMap<String, i64>) -> i64 {
    let nodes = match tree {
        Tree::Leaf(leaf) => {
            return match leaf.as_str() {
                "true" => 1,
                "false" => 0,
                name => name.parse().ok().or(known.get(name).copied()).unwrap_or_else(|| panic!("{name}")),
            };
        }
        Tree::Node(nodes) => nodes,
    };
    let Tree::Leaf(head) = &nodes[0] else { panic!("no function") };
    let of = |index: usize| value(&nodes[index], known);
    match (head.as_str(), nodes.len()) {
        ("ite", 4) => of(if of(1) == 1 { 2 } else { 3 }),
        ("-", 2) => -of(1),
        ("+", 3) => of(1) + of(2),
        ("-", 3) => of(1) - of(2),
        ("*", 3) => of(1) * of(2),
        ("div", 3) => of(1).div_euclid(of(2)),
        ("mod", 3) => of(1).rem_euclid(of(2)),
        ("<", 3) => (of(1) < of(2)).into(),
        ("<=", 3) => (of(1) <= of(2)).into(),
        (">", 3) => (of(1) > of(2)).into(),
        (">=", 3) => (of(1) >= of(2)).into(),
        ("=", 3) => (of(1) == of(2)).into(),
        ("not", 2) => 1 - of(1),
        ("and", 3) => of(1) & of(2),
        ("or", _) => (1..nodes.len()).map(of).max().unwrap_or(0),
        (other, count) => panic!("{other} of {count}"),
    }
}

proptest! {
    #[test]
    fn the_formula_computes_what_the_reference_executor_does(
        (a, b) in (-32768..=32767, -2048..=2047),
        (pre, post) in any::<(bool, bool)>(),
        (x1, y1) in (0..=127_i16, 0..=127_i16),
        m0 in any::<i8>(),
        step in 0..1_000_000_usize,
    ) {
        let subject = subject();
        let epoch = Epoch::of(&subject, &[(-32768, 32767), (-2048, 2047)]);
        prop_assert_eq!(epoch.bounded, 0);
        let inputs = [
            ("s0", a), ("s1", b), ("in_x0", pre.into()), ("in_y0", post.into()), ("in_x1", x1.into()), ("in_y1", y1.into()),
            ("in_m0", m0.into()), ("in_t", step as i32),
        ];
        let mut known: BTreeMap<String, i64> =
            inputs.into_iter().map(|(name, number)| (name.to_owned(), i64::from(number))).collect();
        for command in parse(&epoch.query("false")) {
            let Tree::Node(parts) = &command else { continue };
            if let [Tree::Leaf(head), Tree::Leaf(name), _, _, term] = parts.as_slice() && head == "define-fun" {
                let number = value(term, &known);
                known.insert(name.clone(), number);
            }
        }
        let mut states = [0; 16];
        (states[0], states[1]) = (a, b);
        let outcome =
            learn(&subject, step, Spikes { pre, post }, &[x1, 0, y1, 0, 0], [m0, 0, 0, 0], 0, &mut states);
        for (index, state) in states.into_iter().enumerate().take(2) {
            let after = value(&parse(&epoch.stored(index))[0], &known);
            prop_assert_eq!(after, i64::from(state), "state {}", index);
        }
        let saturates = value(&parse(&or(&epoch.saturates))[0], &known) == 1;
        prop_assert_eq!(saturates, outcome.alu_saturated + outcome.store_saturated > 0);
    }
}

#[test]
fn a_range_that_fails_is_not_relied_upon() {
    let subject = subject();
    let range = |low, high, broken| Range { state: 0, low, high, broken };
    let both = [range(-9, 5, None), range(-3, 7, None)];
    assert_eq!(assumed(&subject, &both), [(-3, 5), (-2048, 2047)]);
    let one = [range(-9, 5, None), range(-3, 7, Some(Outcome::Unknown))];
    assert_eq!(assumed(&subject, &one)[0], (-9, 5));
}

#[cfg(unix)]
#[test]
fn a_solver_is_believed_only_if_it_gives_a_verdict() {
    use std::os::unix::fs::PermissionsExt;
    let scratch = tempfile::tempdir().unwrap();
    let solver = |name: &str, answer: &str| {
        let path = scratch.path().join(name);
        std::fs::write(&path, format!("#!/bin/sh\ncat > /dev/null\nprintf '{answer}'\n")).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        path
    };
    let ask = |path: &Path| solver::ask(path, "(check-sat)\n");
    assert_eq!(ask(&solver("no", "unsat\\n(error)\\n")), Ok(solver::Answer::Unsatisfiable));
    assert_eq!(
        ask(&solver("yes", "sat\\n((s0 1)\\n (s1 2))\\n")),
        Ok(solver::Answer::Satisfiable("((s0 1) (s1 2))".into()))
    );
    assert_eq!(ask(&solver("cvc5", "unknown\\n")), Ok(solver::Answer::Unknown));
    for (name, answer) in [("broken", "(error)\\nunsat\\n"), ("mute", "")] {
        assert_eq!(ask(&solver(name, answer)).unwrap_err()[0].code, "E-SOLVER");
    }
    assert_eq!(ask(&scratch.path().join("absent")).unwrap_err()[0].code, "E-SOLVER");
}
