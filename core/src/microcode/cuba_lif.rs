//! The fixed neuron as a program: what tests and benchmark compare with [`crate::neuron::step`].

use crate::arithmetic::DECAY_ONE;
use crate::neuron::NeuronProfile;
use caudate_isa::nmx::operand::{Code, Combine, Condition, PredicateIndex, Rounding};
use caudate_isa::nmx::program::{ParameterDeclaration, StateDeclaration};
use caudate_isa::nmx::{Instruction, Kind, Opcode, OperandError, Predicate, Program, StateType};

/// State words u, v and the refractory counter.
const U: i32 = 16;
const V: i32 = 17;
const REFRACTORY: i32 = 18;
/// Parameters: what remains of u and v in 4096ths, bias, threshold, refractory steps after a spike.
const KEEP_U: i32 = 32;
const KEEP_V: i32 = 33;
const BIAS: i32 = 34;
const THRESHOLD: i32 = 35;
const PAUSE: i32 = 36;
/// Special inputs.
const ZERO: i32 = 48;
const ONE: i32 = 49;
const I0: i32 = 50;

/// A current-based leaky integrate-and-fire neuron with the constants of `profile` (threshold compare `gt`, reset to zero): s0 is u, s1 is
/// v, s2 counts the refractory period, i0 is the input. Equal to the fixed neuron as long as neither u nor v leaves its range.
///
/// # Errors
/// None in practice: every operand is legal.
pub fn program(profile: &NeuronProfile, bias: i32) -> Result<Program, OperandError> {
    let zero = Rounding::Zero.code();
    let greater = |p: i32, a: i32, b: i32| [Condition::Greater.code(), Combine::Replace.code(), p, a, b];
    let p = |number| PredicateIndex::from_code(number);
    let refractory = p(1).map_or(Predicate::Always, Predicate::If);
    let silent = p(2).map_or(Predicate::Always, Predicate::Unless);
    let lines: [(Opcode, Predicate, &[i32]); 13] = [
        (Opcode::Mul, Predicate::Always, &[zero, U, U, KEEP_U, 12]),
        (Opcode::Add, Predicate::Always, &[U, U, I0]),
        (Opcode::Cmp, Predicate::Always, &greater(1, REFRACTORY, ZERO)),
        (Opcode::Addi, refractory, &[REFRACTORY, REFRACTORY, -1]),
        (Opcode::Xit, refractory, &[]),
        (Opcode::Mul, Predicate::Always, &[zero, V, V, KEEP_V, 12]),
        (Opcode::Add, Predicate::Always, &[V, V, U]),
        (Opcode::Add, Predicate::Always, &[V, V, BIAS]),
        (Opcode::Cmp, Predicate::Always, &greater(2, V, THRESHOLD)),
        (Opcode::Xit, silent, &[]),
        (Opcode::Spk, Predicate::Always, &[ONE, 0]),
        (Opcode::Mov, Predicate::Always, &[V, ZERO]),
        (Opcode::Mov, Predicate::Always, &[REFRACTORY, PAUSE]),
    ];
    let mut program = Program::new(Kind::Neuron);
    for (opcode, predicate, codes) in lines {
        program.words.push(Instruction::assemble(opcode, predicate, codes, Kind::Neuron)?.encode());
    }
    let i24 = StateType::signed(24).unwrap_or(StateType::I32);
    let u7 = StateType::unsigned(7).unwrap_or(StateType::I32);
    for (name, of) in [("u", i24), ("v", i24), ("rf", u7)] {
        program.states.push(StateDeclaration { name: Some(name.to_owned()), of, range: None, saturates: true });
    }
    let keep = |decay: u16| i32::from(DECAY_ONE - decay);
    let pause = i32::from(profile.refractory_steps) - 1;
    let constants = [
        ("du", keep(profile.current_decay)),
        ("dv", keep(profile.voltage_decay)),
        ("bias", bias),
        ("vth", profile.threshold_mantissa << 6),
        ("trf", pause),
    ];
    for (name, value) in constants {
        program.parameters.push(ParameterDeclaration { name: Some(name.to_owned()), of: StateType::I32, value });
    }
    Ok(program)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::microcode::{Batch, Executable};
    use crate::neuron::{NeuronState, Overflows, Reset, ThresholdCompare, step};
    use crate::semantics::Semantics;
    use caudate_isa::nmx::arbitrary::Random;
    use caudate_isa::nmx::{Source, Special};

    #[test]
    fn the_program_is_the_fixed_neuron() {
        const NEURONS: usize = 50;
        let numerics = Semantics::Loihi1.numerics();
        for (refractory_steps, bias) in [(1, 0), (4, 90), (64, -30)] {
            let profile = NeuronProfile {
                current_decay: 410,
                voltage_decay: 128,
                threshold_mantissa: 100,
                refractory_steps,
                compare: ThresholdCompare::Gt,
                reset: Reset::Zero,
                bias_exponent: 0,
            };
            let executable = Executable::new(&program(&profile, bias).unwrap()).unwrap();
            let mut batch = Batch::new();
            batch.load_parameters(executable.parameters());
            let mut random = Random::new(u64::from(refractory_steps));
            let mut fixed = vec![NeuronState::default(); NEURONS];
            let mut spikes = 0;
            for t in 0..2000 {
                let inputs: Vec<i32> = (0..NEURONS).map(|_| (random.next() % 2048) as i32 - 900).collect();
                let input = batch.column_mut(Source::Special(Special::named(Kind::Neuron, "i0").unwrap()));
                input[..NEURONS].copy_from_slice(&inputs);
                batch.run(&executable, &[0; NEURONS], t);
                let mut expected = Vec::new();
                for (lane, state) in fixed.iter_mut().enumerate() {
                    if step(&numerics, &profile, bias, state, inputs[lane].into(), &mut Overflows::default()) {
                        expected.push(lane as u32);
                    }
                    let got = [0, 1, 2].map(|index| i64::from(batch.state(index)[lane]));
                    assert_eq!(got, [state.u, state.v, state.refractory.into()], "neuron {lane}, step {t}");
                }
                spikes += expected.len();
                assert!(batch.spikes().iter().map(|spike| spike.lane).eq(expected), "step {t}");
            }
            assert!(spikes > 1000, "{spikes} spikes");
        }
    }
}
