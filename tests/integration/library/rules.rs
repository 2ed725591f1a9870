//! Learning rules against their equations in real numbers.

use super::afferents::{Protocol, Signals, Trace, Weights, chance, compare};

const SYNAPSES: u32 = 100;
/// The entity of the cell's own chance events.
const CELL: u32 = 1_000;
const NONE: Trace = Trace { impulse: 0, tau: 0.0 };

const fn trace(impulse: u8, tau: f64) -> Trace {
    Trace { impulse, tau }
}

fn clip(weight: f64) -> f64 {
    weight.clamp(0.0, 255.0)
}

/// The cell fires at random at 20 Hz.
fn post(t: u64) -> bool {
    chance(0.02, CELL, t)
}

/// Synapse i fires at random at 10 Hz, and in i of 100 cases 5 steps before the cell does.
fn leading(synapse: u32, t: u64) -> bool {
    let follows = post(t + 5) && chance(f64::from(synapse) / f64::from(SYNAPSES), synapse + 2 * CELL, t);
    follows || chance(0.01, synapse, t)
}

/// Dopamine of 10 for 30 steps, every 500.
fn reward(t: u64) -> i8 {
    if t % 500 > 470 { 10 } else { 0 }
}

#[test]
fn pairs_of_spikes_move_the_weight_as_the_equation_says() {
    let protocol = Protocol {
        synapses: SYNAPSES,
        steps: 10_000,
        pre: &leading,
        post: &post,
        dopamine: &|_| 0,
        x: [trace(48, 20.0), NONE],
        y: [trace(48, 20.0), NONE, NONE],
    };
    let rule = |s: &Signals, w: &mut f64| {
        let up = if s.y0 { 32.0 / 4096.0 * s.x1 } else { 0.0 };
        let down = if s.x0 { 34.0 / 4096.0 * s.y1 } else { 0.0 };
        *w = clip(*w + up - down);
    };
    let weights = compare(("pair_stdp", None), &protocol, &[100], 100.0, |w| *w, rule);
    assert!(weights.bias.abs() < 2.0 && weights.rms < 10.0, "{weights:?}");
    assert!(weights.led() > weights.followed() + 25.0, "{} {}", weights.led(), weights.followed());
}

/// A2+, A3+, A2-, A3- of a triplet model, and its slow traces x2 and y2.
struct Triplet {
    set: &'static str,
    a: [f64; 4],
    slow: [Trace; 2],
}

const VISUAL_CORTEX: Triplet =
    Triplet { set: "visual_cortex", a: [0.0, 6.5e-3, 7.1e-3, 0.0], slow: [trace(16, 101.0), trace(16, 114.0)] };
const HIPPOCAMPUS: Triplet =
    Triplet { set: "hippocampus", a: [6.1e-3, 6.7e-3, 1.6e-3, 1.4e-3], slow: [trace(4, 946.0), trace(16, 27.0)] };

/// 60 pairings at `rate` Hz, the cell `lag` steps after the synapses.
fn pairings(model: &Triplet, rate: u64, lag: i64) -> Weights {
    let period = 1_000 / rate;
    let [x2, y2] = model.slow;
    let protocol = Protocol {
        synapses: 100,
        steps: 60 * period + 20,
        pre: &|_, t| t % period == 15 && t < 60 * period,
        post: &|t| (t as i64 - lag) % period as i64 == 15 && t < 60 * period,
        dopamine: &|_| 0,
        x: [trace(64, 16.8), x2],
        y: [trace(64, 33.7), y2, NONE],
    };
    // In the paper's units: traces grow by 1, the weight is relative; slow traces as they were before the present spike.
    let [a2_plus, a3_plus, a2_minus, a3_minus] = model.a;
    let rule = |s: &Signals, w: &mut f64| {
        let (r1, r2) = (s.x1 / 64.0, s.x2 / f64::from(x2.impulse) - f64::from(u8::from(s.x0)));
        let (o1, o2) = (s.y1 / 64.0, s.y2 / f64::from(y2.impulse) - f64::from(u8::from(s.y0)));
        let up = if s.y0 { r1 * (a2_plus + a3_plus * o2) } else { 0.0 };
        let down = if s.x0 { o1 * (a2_minus + a3_minus * r2) } else { 0.0 };
        *w = (*w + up - down).clamp(0.0, 255.0 / 128.0);
    };
    compare(("triplet_stdp", Some(model.set)), &protocol, &[128], 1.0, |w| 128.0 * w, rule)
}

#[test]
fn triplets_of_spikes_make_the_weight_depend_on_the_rate() {
    let cortex = [10, 20, 40].map(|rate| pairings(&VISUAL_CORTEX, rate, 10));
    assert!(cortex[0].mean() < cortex[1].mean() && cortex[1].mean() < cortex[2].mean());
    assert!(cortex[2].mean() > 128.0 + 20.0);
    let reversed = [10, 20, 40].map(|rate| pairings(&VISUAL_CORTEX, rate, -10));
    let hippocampus = [(5, -10), (10, 10), (10, -10)].map(|(rate, lag)| pairings(&HIPPOCAMPUS, rate, lag));
    for weights in cortex.iter().chain(&reversed) {
        assert!(weights.bias.abs() < 2.0 && weights.rms < 7.0, "{} {}", weights.bias, weights.rms);
    }
    // A trace decays by a multiple of 1/4096: 946 steps become 1024, and x2 grows by that.
    for weights in &hippocampus {
        assert!(weights.bias.abs() < 5.0 && weights.rms < 9.0, "{} {}", weights.bias, weights.rms);
    }
}

#[test]
fn reward_against_its_baseline_turns_eligibility_into_weight() {
    let protocol = Protocol {
        synapses: SYNAPSES,
        steps: 6_000,
        pre: &leading,
        post: &post,
        dopamine: &reward,
        x: [trace(48, 20.0), NONE],
        y: [trace(48, 20.0), NONE, NONE],
    };
    let rule = |s: &Signals, (w, e): &mut (f64, f64)| {
        let pairs = f64::from(u8::from(s.y0)) * s.x1 - f64::from(u8::from(s.x0)) * s.y1;
        *e = *e * 15.0 / 16.0 + 16.0 * pairs;
        *w = clip(*w + 40.0 / 32_768.0 * *e * s.m0);
    };
    let weights = compare(("r_stdp", None), &protocol, &[100, 0], (100.0, 0.0), |(w, _)| *w, rule);
    assert!(weights.bias.abs() < 3.0 && weights.rms < 15.0, "{weights:?}");
    assert!(weights.led() > weights.followed() + 40.0, "{} {}", weights.led(), weights.followed());
}

#[test]
fn dopamine_finds_the_synapses_that_led_before_it_came() {
    let protocol = Protocol {
        synapses: SYNAPSES,
        steps: 6_000,
        pre: &leading,
        post: &post,
        dopamine: &reward,
        x: [trace(48, 20.0), NONE],
        y: [trace(48, 20.0), NONE, NONE],
    };
    let rule = |s: &Signals, (w, e): &mut (f64, f64)| {
        let pairs = f64::from(u8::from(s.y0)) * s.x1 - 1.5 * f64::from(u8::from(s.x0)) * s.y1;
        *e = (*e * 0.99 + 8.0 * pairs).clamp(-32_768.0, 32_767.0);
        *w = clip(*w + 4.0 / 32_768.0 * *e * (s.m0 + 1.0));
    };
    let weights = compare(("da_stdp", None), &protocol, &[100, 0], (100.0, 0.0), |(w, _)| *w, rule);
    assert!(weights.bias.abs() < 3.0 && weights.rms < 15.0, "{weights:?}");
    assert!(weights.led() > weights.followed() + 40.0, "{} {}", weights.led(), weights.followed());
}

#[test]
fn a_prototype_is_learnt_where_novelty_is_signalled() {
    let protocol = Protocol {
        synapses: SYNAPSES,
        steps: 20_000,
        pre: &|synapse, t| chance(f64::from(synapse) / 2_000.0, synapse, t),
        post: &post,
        dopamine: &|t| if t < 10_000 { 60 } else { -60 },
        x: [trace(24, 20.0), NONE],
        y: [NONE; 3],
    };
    let rule = |s: &Signals, w: &mut f64| {
        if s.y0 {
            *w = clip(*w + 26.0 / 32_768.0 * s.m0.max(0.0) * (2.0 * s.x1 - *w));
        }
    };
    let weights = compare(("prototype", None), &protocol, &[20], 20.0, |w| *w, rule);
    assert!(weights.bias.abs() < 1.0 && weights.rms < 3.0, "{weights:?}");
}

#[test]
fn homeostasis_scales_weights_until_the_rate_is_met() {
    let run = |probability: f64, start: i32| {
        let protocol = Protocol {
            synapses: SYNAPSES,
            steps: 2_000,
            pre: &|_, _| false,
            post: &|t| chance(probability, CELL, t),
            dopamine: &|_| 0,
            x: [NONE; 2],
            y: [NONE, NONE, trace(4, 500.0)],
        };
        let rule = |s: &Signals, w: &mut f64| *w = clip(*w + 32.0 / 1_048_576.0 * *w * (40.0 - s.y3));
        compare(("homeostasis", None), &protocol, &[start], f64::from(start), |w| *w, rule)
    };
    // At 20 Hz the trace is at its target: 0.02 * 4 * 500.
    let [slow, right, fast] = [0.01, 0.02, 0.03].map(|probability| run(probability, 60));
    assert!(slow.mean() > right.mean() && right.mean() > fast.mean());
    for weights in [slow, right, fast] {
        assert!(weights.bias.abs() < 3.0 && weights.rms < 20.0, "{} {}", weights.bias, weights.rms);
    }
}

/// Events at random, with at least 29 silent steps between; a part of them are bursts of two or three spikes 5 steps apart.
fn bursting(t: u64, bursts: f64) -> bool {
    let (event, offset) = (t / 40, t % 40);
    if !chance(0.7, CELL, event) {
        return false;
    }
    let start = 20 + event % 2;
    offset == start
        || (offset == start + 5 && chance(bursts, CELL + 1, event))
        || (offset == start + 10 && chance(bursts, CELL + 1, event) && chance(0.5, CELL + 2, event))
}

#[test]
fn bursts_beyond_expectation_potentiate() {
    #[derive(Debug, Clone, Copy)]
    struct Rule {
        w: f64,
        p: f64,
        last: f64,
        in_burst: bool,
        t: f64,
    }
    let run = |before: f64, after: f64| {
        let protocol = Protocol {
            synapses: SYNAPSES,
            steps: 12_000,
            pre: &|synapse, t| chance(0.03, synapse, t),
            post: &|t| bursting(t, if t < 6_000 { before } else { after }),
            dopamine: &|_| 0,
            x: [trace(40, 20.0), NONE],
            y: [trace(48, 8.0), NONE, NONE],
        };
        // Bursts by the interval itself: at most 16 steps.
        let rule = |s: &Signals, r: &mut Rule| {
            r.t += 1.0;
            if !s.y0 {
                return;
            }
            let close = r.t - r.last <= 16.0;
            let (event, burst) = (!close, close && !r.in_burst);
            let gain = f64::from(u8::from(burst)) - r.p * f64::from(u8::from(event));
            r.w = clip(r.w + 512.0 / 32_768.0 * s.x1 * gain);
            r.p += 0.01 * gain;
            (r.last, r.in_burst) = (r.t, close);
        };
        let start = Rule { w: 100.0, p: 0.3, last: -1e9, in_burst: false, t: 0.0 };
        compare(("burst_dependent", None), &protocol, &[100, 9_830, 0], start, |r| r.w, rule)
    };
    let [more, same, fewer] = [(0.3, 0.5), (0.3, 0.3), (0.3, 0.1)].map(|(before, after)| run(before, after));
    assert!(more.mean() > same.mean() + 4.0 && same.mean() > fewer.mean() + 4.0);
    for weights in [more, same, fewer] {
        assert!(weights.bias.abs() < 2.0 && weights.rms < 10.0, "{} {}", weights.bias, weights.rms);
    }
}
