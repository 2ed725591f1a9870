//! The programs of the library do what their comments say.

use caudate_core::microcode::{Executable, Inputs, Specials, run};
use caudate_core::random::stream;
use caudate_isa::nmx::asm::assemble;

/// A cell whose compartments share a stack, children first.
struct Cell {
    compartments: Vec<(Executable, Vec<i32>)>,
    stack: Vec<i32>,
    step: u64,
}

impl Cell {
    fn new(files: &[&str]) -> Self {
        let load = |file: &&str| {
            let path = format!("{}/../examples/programs/{file}.nmx", env!("CARGO_MANIFEST_DIR"));
            let text = std::fs::read_to_string(path).unwrap();
            let executable = Executable::new(&assemble(file, &text).unwrap().program).unwrap();
            let state = vec![0; executable.states().len()];
            (executable, state)
        };
        Self { compartments: files.iter().map(load).collect(), stack: Vec::new(), step: 0 }
    }

    /// Spikes of a step with one dendritic input per compartment.
    fn step(&mut self, inputs: &[i32], dopamine: i8) -> usize {
        let mut spikes = Vec::new();
        for ((executable, state), &input) in self.compartments.iter_mut().zip(inputs) {
            let specials = Specials::neuron([input, 0, 0, 0], self.step, [dopamine, 0, 0, 0]);
            let inputs = Inputs {
                parameters: executable.parameters(),
                specials: &specials,
                stream: stream(0, 0),
                step: self.step,
            };
            run(executable, &inputs, state, &mut self.stack, &mut spikes);
        }
        assert!(self.stack.is_empty());
        self.step += 1;
        spikes.len()
    }
}

#[test]
fn the_apical_plateau_lets_the_soma_fire() {
    let spikes = |apical: i32| {
        let mut cell = Cell::new(&["apical", "soma"]);
        (0..2_000).map(|_| cell.step(&[apical, 16_000], 0)).sum::<usize>()
    };
    let counts = [0, 200, 800, 3_000].map(spikes);
    assert_eq!(counts[..2], [0, 0]);
    assert!(counts[2] > 0 && counts[3] >= counts[2], "{counts:?}");
}

#[test]
fn dopamine_raises_excitability() {
    let spikes = |dopamine: i8| {
        let mut cell = Cell::new(&["adaptive_lif"]);
        (0..2_000).map(|_| cell.step(&[100], dopamine)).sum::<usize>()
    };
    let counts = [-100, -50, 0, 50, 100, 127].map(spikes);
    assert!(counts[0] > 0 && counts.is_sorted_by(|a, b| a < b), "{counts:?}");
}

#[test]
fn the_resonator_fires_at_its_own_frequency_only() {
    let spikes = |cycles_per_step: f64| {
        let mut cell = Cell::new(&["resonate_and_fire"]);
        let input = |t: i32| (6_000.0 * (std::f64::consts::TAU * cycles_per_step * f64::from(t)).sin()) as i32;
        (0..2_000).map(|t| cell.step(&[input(t)], 0)).sum::<usize>()
    };
    let own = 1.0 / 43.0;
    assert!(spikes(own) > 30);
    assert_eq!([own / 4.0, own / 2.0, own * 2.0, own * 4.0].map(spikes), [0; 4]);
}

#[test]
fn stronger_input_drives_the_others_faster() {
    for (file, inputs) in [("izhikevich", [24_576, 40_960, 81_920]), ("cuba_lif", [10, 50, 200])] {
        let counts = inputs.map(|input| {
            let mut cell = Cell::new(&[file]);
            if file == "izhikevich" {
                cell.compartments[0].1 = vec![-2_129_920, -27_262_976];
            }
            (0..1_000).map(|_| cell.step(&[input], 0)).sum::<usize>()
        });
        assert!(counts[2] > counts[1] && counts[1] > counts[0], "{file}: {counts:?}");
    }
}
