//! A cell made of programs, beside a real-valued one.

use super::load;
use caudate_core::microcode::library::find;
use caudate_core::microcode::{Executable, Inputs, Specials, run};
use caudate_core::random::stream;

/// A cell whose compartments share a stack, children first.
pub(super) struct Cell {
    compartments: Vec<Compartment>,
    step: u64,
}

struct Compartment {
    executable: Executable,
    state: Vec<i32>,
}

impl Cell {
    /// Compartments of these programs as they are declared, at rest.
    pub(super) fn new(names: &[&str]) -> Self {
        Self::with_parameters(names, &[])
    }

    /// The same with other parameters, wherever a compartment has them.
    pub(super) fn with_parameters(names: &[&str], parameters: &[(&str, i32)]) -> Self {
        let load = |name: &&str| {
            let mut program = find(name).unwrap().assembly().unwrap().program;
            for declared in &mut program.parameters {
                let given = parameters.iter().find(|(name, _)| declared.name.as_deref() == Some(name));
                declared.value = given.map_or(declared.value, |(_, value)| *value);
            }
            Compartment { executable: Executable::new(&program).unwrap(), state: vec![0; program.states.len()] }
        };
        Self { compartments: names.iter().map(load).collect(), step: 0 }
    }

    /// One compartment of a program in one of its parameter sets.
    pub(super) fn of_set(name: &str, set: &str) -> Self {
        let (executable, state) = load(name, Some(set));
        Self { compartments: vec![Compartment { executable, state }], step: 0 }
    }

    /// Sets the state of the last compartment, as it was left by a step before this one.
    pub(super) fn start(mut self, state: &[i32]) -> Self {
        if let Some(last) = self.compartments.last_mut() {
            last.state.copy_from_slice(state);
        }
        self
    }

    /// A word of the last compartment.
    pub(super) fn word(&self, index: usize) -> i32 {
        self.compartments.last().unwrap().state[index]
    }

    /// Whether the cell spikes in a step with one dendritic input per compartment.
    pub(super) fn step(&mut self, inputs: &[i32], dopamine: i8) -> bool {
        let (mut stack, mut spikes) = (Vec::new(), Vec::new());
        for (compartment, &input) in self.compartments.iter_mut().zip(inputs) {
            let specials = Specials::neuron([input, 0, 0, 0], self.step, [dopamine, 0, 0, 0]);
            let inputs = Inputs {
                parameters: compartment.executable.parameters(),
                specials: &specials,
                stream: stream(0, 0),
                step: self.step,
            };
            run(&compartment.executable, &inputs, &mut compartment.state, &mut stack, &mut spikes);
        }
        assert!(stack.is_empty());
        self.step += 1;
        !spikes.is_empty()
    }
}

/// How a program and the real-valued form of its cell differ.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Difference {
    /// Largest difference of the potentials before either spikes, in the units of the real-valued form.
    pub(super) potential: f64,
    /// Root of its mean square.
    pub(super) rms: f64,
    /// Spikes of the program.
    pub(super) spikes: usize,
    /// Spikes more or fewer than the real-valued form has.
    pub(super) spike_count: usize,
    /// Largest shift of a spike, in steps, among as many as both have.
    pub(super) shift: u64,
}

/// Runs both for `steps`: `program` and `real` give potential and whether there is a spike.
pub(super) fn compare(
    name: &str,
    steps: u64,
    mut program: impl FnMut(u64) -> (f64, bool),
    mut real: impl FnMut(u64) -> (f64, bool),
) -> Difference {
    let (mut potential, mut squares, mut silent) = (0.0_f64, 0.0, 0);
    let mut times = [Vec::new(), Vec::new()];
    for t in 0..steps {
        let both = [program(t), real(t)];
        for ((_, spiked), times) in both.iter().zip(&mut times) {
            times.extend(spiked.then_some(t));
        }
        if times.iter().all(Vec::is_empty) {
            let difference = (both[0].0 - both[1].0).abs();
            potential = potential.max(difference);
            squares += difference * difference;
            silent += 1;
        }
    }
    let shift = times[0].iter().zip(&times[1]).map(|(a, b)| a.abs_diff(*b)).max().unwrap_or(0);
    let difference = Difference {
        potential,
        rms: (squares / f64::from(silent.max(1))).sqrt(),
        spikes: times[0].len(),
        spike_count: times[0].len().abs_diff(times[1].len()),
        shift,
    };
    // Shown with `--nocapture`: the figures of examples/programs/README.md.
    eprintln!("{name}: {difference:?}");
    difference
}
