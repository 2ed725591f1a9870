//! The programs of the library against their definitions: the fixed neuron, recordings of emulators, and real-valued forms written here
//! independently, with true exponentials and unrounded constants.

mod adaptive;
mod afferents;
mod cell;
mod golden;
mod izhikevich;
mod point_cells;
mod rules;
mod two_compartments;

use caudate_core::microcode::Executable;
use caudate_core::microcode::library::find;

/// A program of the library, in one of its parameter sets or as declared, and the state it starts from.
fn load(name: &str, set: Option<&str>) -> (Executable, Vec<i32>) {
    let entry = find(name).unwrap();
    let mut program = entry.assembly().unwrap().program;
    let mut start = vec![0; program.states.len()];
    if let Some(set) = set {
        let set = entry.parameter_sets().unwrap().into_iter().find(|known| known.name == set).unwrap();
        set.apply(&mut program).unwrap();
        start = set.start(&program).unwrap();
    }
    (Executable::new(&program).unwrap(), start)
}
