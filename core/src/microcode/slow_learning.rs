//! Rounding in slow learning: an update of a tenth of a weight unit survives stochastic rounding only.

use super::{Executable, Inputs, Specials, run};
use crate::random::{Domain, stream, synapse_entity};
use caudate_isa::nmx::operand::{Code, Rounding, Special};
use caudate_isa::nmx::program::{ParameterDeclaration, StateDeclaration};
use caudate_isa::nmx::{Instruction, Kind, Opcode, Predicate, Program, StateType};

const SYNAPSES: usize = 200;
const EPOCHS: usize = 400;
/// Eligibility, dopamine and learning rate: each update is 150 * 20 / 2^15 of a weight unit.
const ELIGIBILITY: i32 = 150;
const DOPAMINE: i32 = 20;
const UPDATE: f64 = 150.0 * 20.0 / 32_768.0;

/// Changes of the weight, by synapse and epoch.
fn changes(rounding: Rounding) -> Vec<Vec<i32>> {
    let word =
        |opcode, codes: &[i32]| Instruction::assemble(opcode, Predicate::Always, codes, Kind::Learn).unwrap().encode();
    let state =
        |bits| StateDeclaration { name: None, of: StateType::signed(bits).unwrap(), range: None, saturates: false };
    let program = Program {
        words: vec![
            word(Opcode::Mul, &[0, 0, 16, 60, 0]),                // r0 = e * m0
            word(Opcode::Mac, &[rounding.code(), 17, 0, 32, 15]), // w += r0 * eta
        ],
        states: vec![state(16), state(16)],
        parameters: vec![ParameterDeclaration { name: None, of: StateType::I32, value: 1 }],
        ..Program::new(Kind::Learn)
    };
    let executable = Executable::new(&program).unwrap();
    let mut specials = Specials::default();
    specials.set(Special::named(Kind::Learn, "m0").unwrap(), DOPAMINE);
    let learn = |synapse: u32| {
        let stream = stream(Domain::Synapse.seed(7), synapse_entity(0, synapse / 20, synapse % 20));
        let mut state = [ELIGIBILITY, 100];
        let epochs = (0..EPOCHS as u64).map(|step| {
            let before = state[1];
            let inputs = Inputs { parameters: executable.parameters(), specials: &specials, stream, step };
            run(&executable, &inputs, &mut state, &mut Vec::new(), &mut Vec::new());
            state[1] - before
        });
        epochs.collect()
    };
    (0..SYNAPSES as u32).map(learn).collect()
}

fn mean_drift(changes: &[Vec<i32>]) -> f64 {
    f64::from(changes.iter().flatten().sum::<i32>()) / changes.len() as f64
}

#[test]
fn only_stochastic_rounding_learns_slowly() {
    let expected = UPDATE * EPOCHS as f64;
    let drift = mean_drift(&changes(Rounding::Stochastic));
    assert!((drift / expected - 1.0).abs() < 0.02, "drift {drift}, expected {expected}");
    for rounding in [Rounding::Nearest, Rounding::Floor, Rounding::Zero] {
        assert_eq!(mean_drift(&changes(rounding)), 0.0, "{rounding:?}");
    }
}

#[test]
fn synapses_round_independently() {
    let changes = changes(Rounding::Stochastic);
    let centred = |synapse: usize, epoch: usize| f64::from(changes[synapse][epoch]) - UPDATE;
    // The variance of a change that is 1 with probability UPDATE; five standard errors of a mean product.
    let variance = UPDATE * (1.0 - UPDATE);
    for distance in [1, 2, 20, 100] {
        let pairs = SYNAPSES - distance;
        let products = (0..pairs).flat_map(|a| (0..EPOCHS).map(move |t| (a, t)));
        let sum: f64 = products.map(|(a, t)| centred(a, t) * centred(a + distance, t)).sum();
        let count = (pairs * EPOCHS) as f64;
        assert!((sum / count).abs() < 5.0 * variance / count.sqrt(), "synapses {distance} apart: {}", sum / count);
    }
}
