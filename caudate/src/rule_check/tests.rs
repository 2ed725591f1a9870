//! The search against programs whose faults are known.

use super::judge::Judgement;
use super::run::Synapse;
use super::scenario::Spikes;
use super::*;
use caudate_isa::nmx::verify::verify_text;
use caudate_isa::rule::extended::parse;
use proptest::prelude::*;

const PROGRAM: &str = "
.kind learn
.state w u8
.state e i16
.param lam  u12 3840
.param base i8  10
.param eta  u15 400
.param wmax u8  255
mul.z  e, e, lam, 12
cmp.ne p1, y0, zero
cmp.ne p2, x0, zero
shl    r0, x1, 4
shl    r1, y1, 4
@p1 add e, e, r0
@p2 sub e, e, r1
sub    r2, m0, base
mul    r3, e, r2, 0
mac.s  w, r3, eta, 15
max    w, w, zero
min    w, w, wmax
";

/// The rule that the program implements, with these expectations.
fn rule(expectations: &[&str]) -> String {
    let expectations: String = expectations.iter().map(|text| format!("  expect {text}\n")).collect();
    format!(
        "rule \"da\" dialect=extended {{
  state w: u8
  state e: i16 tag
  param base = 10
  param eta = 0.0122 @Q15
  trace x1 tau=20 impulse=16
  trace y1 tau=20 impulse=16
  de = -2^-4*e + 2^4*(x1*y0 - y1*x0)  round away
  dw = eta*e*(m0 - base)  round stochastic  clip 0..255
{expectations}}}
"
    )
}

/// `PROGRAM` with parts of it replaced, expected to do what the rule says.
fn subject(changes: &[(&str, &str)], expectations: &[&str]) -> Subject {
    let text = changes.iter().fold(PROGRAM.to_owned(), |text, (from, to)| {
        assert!(text.contains(from), "{from}");
        text.replace(from, to)
    });
    let (assembly, _) = verify_text("program", &text).unwrap_or_else(|all| panic!("{}", all[0]));
    let rule = parse("rule", &rule(expectations)).unwrap_or_else(|all| panic!("{}", all[0]));
    let error = constant_error(&rule, &assembly.program);
    Subject::of_rule(rule, &assembly.program, 1, error).unwrap()
}

/// A search that takes a fraction of the default one.
const QUICK: Options = Options { seed: 1, cases: 64, runs: 200_000 };

const EXPECTATIONS: [&str; 10] = [
    "w in 0..255",
    "w unchanged when m0 == base",
    "w unchanged without x0, y0",
    "w rises when pre_first, m0 > base",
    "w falls when post_first, m0 > base",
    "w rises when post_first, m0 < base",
    "e reaches 0 within 400",
    "w unbiased",
    "no saturation",
    "error(w) <= 64 within 8",
];

fn tried(finding: &Finding) -> Tried {
    finding.tried.unwrap()
}

#[test]
fn a_sound_program_passes() {
    let report = verify(&subject(&[], &EXPECTATIONS), &QUICK);
    assert!(report.is_ok(), "{report}");
    assert!(
        report.findings.iter().all(|finding| tried(finding).exhaustive > 0 && tried(finding).random > 0),
        "{report}"
    );
}

/// Change of the program, expectation, epochs and spikes of the smallest counterexample.
type Weakened = (&'static [(&'static str, &'static str)], &'static str, (usize, usize));

const WEAKENED: [Weakened; 9] = [
    (&[("@p1 add e, e, r0", "@p1 sub e, e, r0"), ("e i16", "e i17")], "w rises when pre_first, m0 > base", (2, 2)),
    (&[("@p2 sub e, e, r1", "sub e, e, r1"), ("e i16", "e i17")], "w unchanged without x0", (1, 1)),
    (&[("min    w, w, wmax", "nop"), ("w u8", "w i16 sat")], "w in 0..255", (2, 2)),
    (&[("mul.z  e", "mul.f e")], "e reaches 0 within 400", (2, 2)),
    (&[("mul.z  e", "mul.n e")], "e reaches 0 within 400", (2, 2)),
    (&[("i8  10", "i8  9")], "w unchanged when m0 == base", (2, 2)),
    (&[("e i16", "e i9 sat")], "no saturation", (2, 2)),
    (&[("mac.s", "mac.n")], "w unbiased", (2, 2)),
    (&[("u15 400", "u15 800")], "error(w) <= 64 within 8", (2, 2)),
];

#[test]
fn every_weakened_program_is_found_and_its_counterexample_is_minimal() {
    for (changes, expectation, size) in WEAKENED {
        let subject = subject(changes, &[expectation]);
        let report = verify(&subject, &QUICK);
        let Some(found) = &report.findings[0].counterexample else { panic!("{changes:?} is not found\n{report}") };
        assert_eq!((found.epochs, found.spikes), size, "{report}");
        let scenario = Scenario::parse(&found.replay, &subject).unwrap();
        let replayed = replay(&subject, &scenario);
        assert_eq!(replayed.findings[0].counterexample.as_ref(), Some(found));
        assert_minimal(&subject, &scenario);
    }
}

/// Without any one epoch or spike the property holds, whatever the seed.
fn assert_minimal(subject: &Subject, scenario: &Scenario) {
    let mut smaller = Vec::new();
    for step in 0..scenario.spikes.len() {
        let mut shorter = scenario.clone();
        shorter.spikes.remove(step);
        smaller.push(shorter);
        for spikes in [Spikes { pre: false, ..scenario.spikes[step] }, Spikes { post: false, ..scenario.spikes[step] }]
        {
            let mut fewer = scenario.clone();
            fewer.spikes[step] = spikes;
            smaller.push(fewer);
        }
    }
    let property = &subject.properties[0];
    for candidate in smaller.into_iter().filter(|candidate| candidate.spikes != scenario.spikes) {
        for seed in 0..8 {
            let candidate = Scenario { seed, ..candidate.clone() };
            let judgement = property.judge(subject, &candidate);
            assert!(!matches!(judgement, Judgement::Violated(_)), "{}", candidate.text(subject));
        }
    }
}

#[test]
fn random_search_finds_what_lies_deeper_than_the_exhaustive_one() {
    // It takes more coincidences than any train of the exhaustive search has.
    let subject = subject(&[("e i16", "e i13 sat")], &["no saturation"]);
    let report = verify(&subject, &Options { cases: 256, ..QUICK });
    let finding = &report.findings[0];
    let found = finding.counterexample.as_ref().unwrap_or_else(|| panic!("{report}"));
    assert!(tried(finding).exhaustive > 0 && found.epochs > tried(finding).exhaustive_epochs, "{report}");
    assert_minimal(&subject, &Scenario::parse(&found.replay, &subject).unwrap());
}

#[test]
fn a_condition_that_is_never_met_is_untested_and_no_success() {
    let report = verify(&subject(&[], &["w unchanged when x1 > 127"]), &QUICK);
    assert_eq!(report.findings[0].verdict, Verdict::Untested);
    assert!(!report.is_ok());
}

#[test]
fn a_search_is_its_seed() {
    let subject = subject(&[("e i16", "e i13 sat")], &["no saturation", "error(w) <= 1 within 8"]);
    assert_eq!(verify(&subject, &QUICK), verify(&subject, &QUICK));
    let other = verify(&subject, &Options { seed: 2, ..QUICK });
    assert_eq!(other.findings[1], verify(&subject, &QUICK).findings[1], "what is found exhaustively needs no seed");
}

#[test]
fn real_traces_are_exponentials_of_the_same_factor() {
    let subject = subject(&[], &[]);
    let scenario = Scenario::parse("pre=1", &subject).unwrap();
    let mut synapse = Synapse::new(&subject, &scenario, true);
    for age in 0..40 {
        let epoch = synapse.epoch();
        let expected = 16.0 * (3896.0_f64 / 4096.0).powi(age);
        let real = epoch.real.unwrap().traces[0];
        assert!((real - expected).abs() < 1e-9, "{real} against {expected}");
        assert!((f64::from(epoch.traces[0]) - expected).abs() < 6.0);
    }
}

#[test]
fn a_program_on_its_own_is_held_to_its_declarations() {
    let (assembly, _) = verify_text("p", &PROGRAM.replace("w u8", "w u8 0 255")).unwrap();
    let subject = Subject::of_program("p", &assembly.program, 1).unwrap();
    let report = verify(&subject, &QUICK);
    let properties: Vec<&str> = report.findings.iter().map(|finding| finding.property.as_str()).collect();
    assert_eq!(properties, ["w in 0..255", "no saturation"]);
    assert!(report.is_ok(), "{report}");
    let (neuron, _) = verify_text("n", ".kind neuron\n.state v i24 sat\nadd v, v, i0\n").unwrap();
    assert_eq!(Subject::of_program("n", &neuron.program, 1).unwrap_err()[0].code, "E-VERIFY-PROGRAM");
    let rule = parse("rule", &rule(&[])).unwrap();
    let (stateless, _) = verify_text("p", &PROGRAM.replace(" e i16", " q i16").replace(" e,", " q,"))
        .unwrap_or_else(|all| panic!("{}", all[0]));
    assert!(Subject::of_rule(rule, &stateless.program, 1, 0.0).unwrap_err()[0].message.contains("'e'"));
}

#[test]
fn mistakes_in_a_scenario_are_pointed_out() {
    let subject = subject(&[], &[]);
    for (text, culprit) in [
        ("pre=1. post", "post"),
        ("pre=1x", "pre=1x"),
        ("m0=128", "m0=128"),
        ("seed=0 w=256", "w=256"),
        ("q=1", "q=1"),
        ("seed=-1", "seed=-1"),
        ("w=one", "w=one"),
    ] {
        let error = &Scenario::parse(text, &subject).unwrap_err()[0];
        let excerpt = error.place.as_ref().unwrap().excerpt.as_ref().unwrap();
        assert_eq!((error.code, &text[excerpt.span.clone()]), ("E-SCENARIO", culprit));
    }
}

fn any_scenario() -> impl Strategy<Value = Scenario> {
    let step = any::<(bool, bool)>().prop_map(|(pre, post)| Spikes { pre, post });
    let levels = any::<[i8; 4]>();
    (
        proptest::collection::vec(step, 0..20),
        proptest::collection::vec(levels, 1..5),
        0..=255,
        -32768..=32767,
        any::<u64>(),
    )
        .prop_map(|(spikes, modulators, w, e, seed)| Scenario { spikes, modulators, start: vec![w, e], seed })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_text_of_a_scenario_says_all_of_it(scenario in any_scenario()) {
        let subject = subject(&[], &[]);
        let read = Scenario::parse(&scenario.text(&subject), &subject).unwrap();
        // Modulators that stay at 0 need not be listed.
        let live = |scenario: &Scenario| {
            let mut synapse = Synapse::new(&subject, scenario, false);
            (0..30).map(|_| synapse.epoch().after).collect::<Vec<_>>()
        };
        prop_assert_eq!(live(&read), live(&scenario));
        prop_assert_eq!((read.spikes, read.start, read.seed), (scenario.spikes, scenario.start, scenario.seed));
    }

    #[test]
    fn any_text_is_read_or_refused(text in "([a-z]{1,4}[0-3]?=[-1.,0-9x]{0,8} ?){0,4}\\PC{0,8}") {
        let _ = Scenario::parse(&text, &subject(&[], &[]));
    }
}
