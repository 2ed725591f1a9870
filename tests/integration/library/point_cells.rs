//! Cells of one compartment whose state is a potential and little more.

use super::cell::{Cell, compare};
use caudate_core::microcode::library::find;

/// Input that wanders: a constant with a slow and a fast sine.
fn input(t: u64, mean: f64, swing: f64) -> f64 {
    let t = t as f64;
    mean + swing * (0.6 * (t / 37.0).sin() + 0.4 * (t / 5.3).sin())
}

#[test]
fn the_leaky_cell_keeps_to_its_exponentials() {
    // Each decay cuts less than one unit off, so u lags by less than 1 / (1 - decay) and v by that much more over its own.
    let bound = {
        let (u, v) = (410.0 / 4096.0, 102.0 / 4096.0);
        (1.0 + 1.0 / u) / v
    };
    let mut cell = Cell::new(&["cuba_lif"]);
    let program = |t| {
        let spikes = cell.step(&[input(t, 100.0, 50.0).round() as i32], 0);
        (f64::from(cell.word(1)), spikes)
    };
    let (mut u, mut v, mut refractory) = (0.0, 0.0, 0);
    let real = |t| {
        u = u * (3686.0 / 4096.0) + input(t, 100.0, 50.0).round();
        if refractory > 0 {
            refractory -= 1;
            return (v, false);
        }
        v = v * (3994.0 / 4096.0) + u;
        let spikes = v > 6_400.0;
        if spikes {
            (v, refractory) = (0.0, 2);
        }
        (v, spikes)
    };
    let difference = compare("cuba_lif", 2_000, program, real);
    assert!(difference.potential < bound, "{difference:?}, bound {bound}");
    assert!(difference.spikes > 50 && difference.spike_count <= 2 && difference.shift <= 25, "{difference:?}");
}

#[test]
fn the_exponential_cell_keeps_to_its_real_valued_form() {
    const MV: f64 = 65_536.0;
    const STEP_MS: f64 = 0.1;
    for mean in [20.0, 30.0, 40.0] {
        let mut cell = Cell::new(&["adex"]).start(&[(-70.6 * MV) as i32, 0]);
        let current = |t| input(t / 10, mean, 8.0);
        let program = |t| {
            let spikes = cell.step(&[(current(t) * MV).round() as i32], 0);
            (f64::from(cell.word(0)) / MV, spikes)
        };
        let (mut v, mut w) = (-70.6_f64, 0.0);
        let real = |t| {
            let exponential = 2.0 * ((v + 50.4) / 2.0).exp();
            let dv = STEP_MS / (281.0 / 30.0) * (exponential - (v + 70.6) - w + current(t));
            let dw = STEP_MS / 144.0 * (4.0 / 30.0 * (v + 70.6) - w);
            (v, w) = (v + dv, w + dw);
            let spikes = v >= 20.0;
            if spikes {
                (v, w) = (-70.6, w + 80.5 / 30.0);
            }
            (v, spikes)
        };
        let difference = compare(&format!("adex at {mean} mV"), 10_000, program, real);
        assert!(difference.spikes > 5 && difference.spike_count == 0 && difference.shift <= 2, "{difference:?}");
        assert!(difference.rms < 0.2, "{difference:?}");
    }
}

#[test]
fn the_table_of_the_exponential_cell_is_off_by_a_twentieth_of_a_percent_at_most() {
    let program = find("adex").unwrap().assembly().unwrap().program;
    let table = &program.tables[0].table;
    // 16 mV in units of 2^-16 mV, on either side of the threshold.
    for x in (-(16 << 16)..=16 << 16).step_by(7) {
        let exact = 65_536.0 * 2.0 * (f64::from(x) / 65_536.0 / 2.0).exp();
        let error = f64::from(table.value(x)) - exact;
        assert!((-1.5..=exact * 0.0005 + 1.5).contains(&error), "at {x}: {error} of {exact}");
    }
}

#[test]
fn the_quadratic_cell_keeps_to_its_real_valued_form() {
    const MV: f64 = 4096.0;
    for mean in [1.0, 1.5, 2.5] {
        let mut cell = Cell::new(&["quadratic_lif"]).start(&[(-60.0 * MV) as i32]);
        let current = |t| input(t, mean, 0.5);
        let program = |t| {
            let spikes = cell.step(&[(current(t) * MV).round() as i32], 0);
            (f64::from(cell.word(0)) / MV, spikes)
        };
        let mut v = -60.0_f64;
        let real = |t| {
            v = (v + 0.007 * (v + 60.0) * (v + 40.0) + current(t)).max(-100.0);
            let spikes = v >= 35.0;
            if spikes {
                v = -50.0;
            }
            (v, spikes)
        };
        let difference = compare(&format!("quadratic_lif at {mean} mV/ms"), 2_000, program, real);
        assert!(difference.spikes > 10 && difference.spike_count == 0 && difference.shift <= 1, "{difference:?}");
        assert!(difference.rms < 0.02, "{difference:?}");
    }
}

#[test]
fn the_resonator_keeps_to_its_rotation_and_fires_at_its_own_frequency_only() {
    let angle = std::f64::consts::TAU / 43.0;
    let run = |cycles_per_step: f64| {
        let drive = |t| (6_000.0 * (std::f64::consts::TAU * cycles_per_step * t as f64).sin()) as i32;
        let mut cell = Cell::new(&["resonate_and_fire"]);
        let program = |t| {
            let spikes = cell.step(&[drive(t)], 0);
            (f64::from(cell.word(1)), spikes)
        };
        let (mut re, mut im) = (0.0_f64, 0.0_f64);
        let real = |t| {
            let before = im;
            (re, im) = (
                0.99 * (re * angle.cos() - im * angle.sin()) + f64::from(drive(t)),
                0.99 * (im * angle.cos() + re * angle.sin()),
            );
            (im, im > 150_000.0 && before <= 150_000.0)
        };
        compare(&format!("resonate_and_fire at {cycles_per_step:.4}"), 2_000, program, real)
    };
    let own = 1.0 / 43.0;
    for factor in [0.25, 0.5, 1.0, 2.0, 4.0] {
        let difference = run(own * factor);
        assert!(difference.spike_count <= 1 && difference.shift <= 1, "{difference:?}");
        assert!(difference.potential < 300.0, "{difference:?}");
        assert_eq!(difference.spikes > 30, factor == 1.0, "{difference:?}");
    }
}
