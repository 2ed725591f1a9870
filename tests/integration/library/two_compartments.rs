//! Cells of an apical and a somatic compartment.

use super::cell::{Cell, compare};

#[test]
fn apical_input_lets_the_soma_fire() {
    let spikes = |apical: i32| {
        let mut cell = Cell::new(&["apical", "soma"]);
        (0..2_000).filter(|_| cell.step(&[apical, 16_000], 0)).count()
    };
    let counts = [0, 200, 800, 3_000].map(spikes);
    assert_eq!(counts[..2], [0, 0]);
    assert!(counts[2] > 0 && counts[3] >= counts[2], "{counts:?}");
}

/// Somatic input that does not reach the threshold on its own: 500 / (1 - exp(-1/10)) < 6400.
const SOMATIC: i32 = 500;

/// Apical input of `strength` for 60 steps of every 200.
fn apical(t: u64, strength: i32) -> i32 {
    if t % 200 < 60 { strength } else { 0 }
}

fn spike_times(strength: i32, parameters: &[(&str, i32)]) -> Vec<u64> {
    let mut cell = Cell::with_parameters(&["pyramidal_apical", "pyramidal_soma"], parameters);
    (0..2_000).filter(|&t| cell.step(&[apical(t, strength), SOMATIC], 0)).collect()
}

#[test]
fn a_plateau_makes_a_silent_soma_burst() {
    assert!(spike_times(0, &[]).is_empty());
    assert!(spike_times(200, &[]).is_empty(), "too weak for a plateau");
    let burst = spike_times(800, &[]);
    let single = spike_times(800, &[("high", 0)]);
    assert!(!single.is_empty() && burst.len() > single.len(), "{} and {} spikes", burst.len(), single.len());
    let shortest = |times: &[u64]| times.windows(2).map(|pair| pair[1] - pair[0]).min().unwrap();
    assert!(2 * shortest(&burst) <= shortest(&single), "{burst:?}\n{single:?}");
}

#[test]
fn the_pyramidal_cell_keeps_to_its_real_valued_form() {
    let mut cell = Cell::new(&["pyramidal_apical", "pyramidal_soma"]);
    let program = |t| {
        let spikes = cell.step(&[apical(t, 800), SOMATIC], 0);
        (f64::from(cell.word(0)), spikes)
    };
    let (mut dendrite, mut plateau, mut v) = (0.0, 0, 0.0);
    let real = |t| {
        dendrite = dendrite * (-1.0_f64 / 40.0).exp() + f64::from(apical(t, 800));
        if dendrite > 20_000.0 {
            plateau = 30;
        }
        let is_up = plateau > 0;
        if is_up {
            (dendrite, plateau) = (0.0, plateau - 1);
        }
        v = v * (-1.0_f64 / 10.0).exp() + f64::from(SOMATIC) + 0.01 * if is_up { 30_000.0 } else { dendrite };
        let spikes = v > 6_400.0;
        if spikes {
            v = if is_up { 5_000.0 } else { 0.0 };
        }
        (v, spikes)
    };
    let difference = compare("pyramidal", 2_000, program, real);
    assert!(difference.potential < 20.0, "{difference:?}");
    assert!(difference.spikes > 20 && difference.spike_count == 0 && difference.shift <= 1, "{difference:?}");
}
