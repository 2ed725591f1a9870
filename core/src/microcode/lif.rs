//! The fixed neuron of each numeric semantics as a program of the library: which one, and its parameters.

use super::library::{LibraryProgram, find};
use super::parameter_set::ParameterSet;
use crate::arithmetic::DECAY_ONE;
use crate::neuron::{NeuronProfile, Reset, ThresholdCompare};
use crate::semantics::Semantics;
use caudate_isa::diagnostic::Diagnostic;

/// The program whose step is [`crate::neuron::step`] under `semantics`: state words u, v and, where there is one, the refractory counter.
///
/// # Errors
/// None in practice: every semantics has one.
pub fn program(semantics: Semantics) -> Result<&'static LibraryProgram, Vec<Diagnostic>> {
    find(match semantics {
        Semantics::Loihi1 | Semantics::Loihi2 => "lif_loihi",
        Semantics::B2l => "lif_b2l",
        Semantics::Lava => "lif_lava",
        Semantics::Nengo => "lif_nengo",
    })
}

/// The parameters of that program for a neuron with these constants. A reset to a value must lie within 24 bits.
#[must_use]
pub fn parameters(semantics: Semantics, profile: &NeuronProfile, bias_mantissa: i32) -> ParameterSet {
    let numerics = semantics.numerics();
    let threshold = profile.threshold_mantissa << 6;
    let (keep, reset) = match profile.reset {
        Reset::Zero => (0, 0),
        Reset::Value(value) => (0, value),
        Reset::Subtract => (1, -threshold),
    };
    let compared = threshold - i32::from(profile.compare == ThresholdCompare::Ge);
    let left = |decay: u16| i32::from(DECAY_ONE - decay);
    let mut parameters = vec![
        ("du", left(profile.current_decay)),
        ("dv", left(profile.voltage_decay)),
        ("vth", compared),
        ("keep", keep),
        ("reset", reset),
    ];
    if numerics.has_bias {
        parameters.push(("bias", bias_mantissa << profile.bias_exponent));
    }
    if numerics.has_refractory {
        parameters.push(("trf", i32::from(profile.refractory_steps) - 1));
    }
    ParameterSet {
        name: semantics.name().to_owned(),
        parameters: parameters.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
        state: Default::default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::microcode::{Executable, Inputs, Specials, run};
    use crate::neuron::{NeuronState, Overflows, step};
    use caudate_isa::nmx::arbitrary::Random;
    use caudate_isa::nmx::verify::verify;

    /// Neurons per semantics, and steps of each.
    const NEURONS: usize = 500;
    const STEPS: u64 = 1_000;

    fn profile(semantics: Semantics, random: &mut Random) -> NeuronProfile {
        let numerics = semantics.numerics();
        let decay = |random: &mut Random| match random.below(4) {
            0 => 0,
            1 => random.below(64) as u16,
            2 => 4096,
            _ => random.below(4097) as u16,
        };
        let (threshold_bits, refractory_bits) = (random.below(18), random.below(7));
        NeuronProfile {
            current_decay: decay(random),
            voltage_decay: decay(random),
            threshold_mantissa: random.below(1 << threshold_bits) as i32,
            refractory_steps: if numerics.has_refractory { 1 + random.below(1 << refractory_bits) as u8 } else { 1 },
            compare: random.pick(&[ThresholdCompare::Gt, ThresholdCompare::Ge]),
            reset: match random.below(3) {
                0 => Reset::Zero,
                1 => Reset::Value(random.below(1 << 24) as i32 - (1 << 23)),
                _ => Reset::Subtract,
            },
            bias_exponent: random.below(8) as u8,
        }
    }

    /// Steps the neuron and its program side by side; spikes and steps whose u or v lay at or beyond 2^22.
    fn compare(semantics: Semantics, random: &mut Random) -> (usize, usize) {
        let numerics = semantics.numerics();
        let profile = profile(semantics, random);
        let bias = if numerics.has_bias { random.below(8192) as i32 - 4096 } else { 0 };
        let entry = program(semantics).unwrap().assembly().unwrap();
        let mut program = entry.program;
        parameters(semantics, &profile, bias).apply(&mut program).unwrap();
        let verification = verify(&program, &entry.source);
        assert!(verification.is_clean(), "{profile:?}: {:#?}", verification.diagnostics);
        let executable = Executable::new(&program).unwrap();
        let mut state = vec![0; executable.states().len()];
        let mut neuron = NeuronState::default();
        let (mut spikes, mut large) = (0, 0);
        let magnitude = 1 + random.below(24);
        for t in 0..STEPS {
            let input = match random.below(3) {
                0 => 0,
                _ => (random.below(1 << magnitude) as i32 - (1 << (magnitude - 1))).clamp(-(1 << 23), (1 << 23) - 1),
            };
            let spiked = step(&numerics, &profile, bias, &mut neuron, input.into(), &mut Overflows::default());
            let specials = Specials::neuron([input, 0, 0, 0], t, [0; 4]);
            let inputs = Inputs { parameters: executable.parameters(), specials: &specials, stream: 0, step: t };
            let mut emitted = Vec::new();
            run(&executable, &inputs, &mut state, &mut Vec::new(), &mut emitted);
            let expected = [neuron.u, neuron.v, neuron.refractory.into()];
            let limit = i64::from(i32::MAX);
            if expected.iter().any(|value| value.abs() > limit) {
                assert_eq!(semantics, Semantics::B2l);
                break;
            }
            for (&got, expected) in state.iter().zip(expected) {
                assert_eq!(
                    i64::from(got),
                    expected,
                    "{} {profile:?} bias {bias} step {t}: {state:?}",
                    semantics.name()
                );
            }
            assert_eq!(emitted.len(), usize::from(spiked));
            spikes += usize::from(spiked);
            large += usize::from(neuron.u.abs().max(neuron.v.abs()) >= 1 << 22);
        }
        (spikes, large)
    }

    #[test]
    fn the_programs_are_the_fixed_neuron_of_their_semantics() {
        let mut random = Random::new(3);
        for semantics in Semantics::ALL {
            let (mut spikes, mut large) = (0, 0);
            for _ in 0..NEURONS {
                let (spiked, near_the_limits) = compare(semantics, &mut random);
                spikes += spiked;
                large += near_the_limits;
            }
            assert!(spikes > 10_000 && large > 10_000, "{}: {spikes} spikes, {large} large", semantics.name());
        }
    }
}
