//! The cell whose excitability follows dopamine.

use super::cell::{Cell, Difference, compare};

const INPUT: i32 = 100;

/// The program's cell in real numbers, its constants as meant.
fn run(dopamine: i8) -> Difference {
    let mut cell = Cell::new(&["adaptive_lif"]);
    let program = |_| {
        let spikes = cell.step(&[INPUT], dopamine);
        (f64::from(cell.word(1)), spikes)
    };
    let m = f64::from(dopamine) / 128.0;
    let (mut u, mut v, mut th) = (0.0, 0.0, 0.0);
    let real = |_| {
        u = u * (3686.0 / 4096.0) + f64::from(INPUT) * (1.0 + 0.5 * m);
        v = v * (3994.0 / 4096.0) + u;
        th *= 0.99;
        let threshold = 6_400.0 + th - 6_400.0 * 0.25 * m;
        let spikes = v > threshold;
        if spikes {
            v -= threshold;
            th += 150.0;
        }
        (v, spikes)
    };
    compare(&format!("adaptive_lif at m0 = {dopamine}"), 2_000, program, real)
}

#[test]
fn dopamine_raises_excitability_as_in_the_real_valued_form() {
    let differences = [-100, -50, 0, 50, 100, 127].map(run);
    let counts = differences.map(|difference| difference.spikes);
    assert!(counts[0] > 0 && counts.is_sorted_by(|a, b| a < b), "{counts:?}");
    for difference in differences {
        assert!(difference.spike_count <= 1 + difference.spikes / 50, "{difference:?}");
        assert!(difference.potential < 130.0, "{difference:?}");
    }
}
