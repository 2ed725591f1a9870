//! Populations: decays, thresholds, biases and initial states as the integers of neuron profiles and compartments.

use super::{Column, Quantiser, Stored, Wish};
use crate::network::{Bias, Decay, LifParameters, Threshold};
use crate::origin::Part;
use crate::parameter::{DrawnParameter, Owner, Parameter, Sampler};
use caudate_core::arithmetic::DECAY_ONE;
use caudate_core::neuron::{NeuronProfile, Reset};
use caudate_core::semantics::Semantics;
use hashbrown::HashMap;

/// Largest threshold mantissa: 17 bits.
const MAX_THRESHOLD_MANTISSA: i32 = (1 << 17) - 1;
/// Units of v per unit of a threshold mantissa.
const THRESHOLD_STEP: f64 = 64.0;
/// Largest bias exponent: 3 bits.
const MAX_BIAS_EXPONENT: i32 = 7;
/// Largest magnitude of a 24-bit state word with a symmetric range.
const MAX_STATE: i32 = (1 << 23) - 1;

/// One population in the chip's integers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NeuronColumns {
    /// Index into the network's profiles.
    pub(crate) profile: Column<u32>,
    pub(crate) bias_mantissa: Column<i32>,
    pub(crate) initial_u: Column<i32>,
    pub(crate) initial_v: Column<i32>,
}

/// The distinct neuron profiles of a network, in order of first use.
#[derive(Debug, Default)]
pub(crate) struct Profiles {
    pub(crate) list: Vec<NeuronProfile>,
    index: HashMap<NeuronProfile, u32>,
}

impl Profiles {
    fn number(&mut self, profile: NeuronProfile) -> u32 {
        *self.index.entry(profile).or_insert_with(|| {
            self.list.push(profile);
            self.list.len() as u32 - 1
        })
    }
}

impl<'a> Quantiser<'a> {
    /// Quantises the `size` neurons of population `index`.
    pub(crate) fn population(
        &mut self,
        index: usize,
        size: usize,
        lif: &'a LifParameters,
        profiles: &mut Profiles,
    ) -> NeuronColumns {
        let part = Part::Population(index);
        let wish = |parameter: &'a Parameter, drawn, key, unit| Wish {
            parameter,
            drawn,
            owner: Owner::Population(index),
            path: part.key(key),
            unit,
        };
        let numerics = self.semantics.numerics();
        let current = self.decay(&lif.current, numerics.decay_offset, size, |parameter, tau| {
            wish(
                parameter,
                DrawnParameter::CurrentDecay,
                if tau { "current_tau_steps" } else { "current_decay" },
                "1/4096 per step",
            )
        });
        let voltage = self.decay(&lif.voltage, 0, size, |parameter, tau| {
            wish(
                parameter,
                DrawnParameter::VoltageDecay,
                if tau { "voltage_tau_steps" } else { "voltage_decay" },
                "1/4096 per step",
            )
        });
        let threshold = match &lif.threshold {
            Threshold::Mantissa(parameter) => {
                let wish = wish(parameter, DrawnParameter::Threshold, "threshold_mantissa", "mantissa");
                self.whole(
                    wish,
                    size,
                    0,
                    MAX_THRESHOLD_MANTISSA,
                    "use a whole number of 0..=131071; the threshold is 64 times it",
                )
            }
            Threshold::Level(parameter) => {
                self.column(wish(parameter, DrawnParameter::Threshold, "threshold", "v"), size, |wanted| {
                    threshold_mantissa(wanted)
                })
            }
        };
        let (bias_mantissa, bias_exponent) = self.bias(index, size, &lif.bias);
        let refractory = {
            let wish = wish(&lif.refractory_steps, DrawnParameter::Refractory, "refractory_steps", "steps");
            self.whole(wish, size, 1, 64, "use 1..=64 steps")
        };
        let longest = (0..size).map(|neuron| refractory.get(neuron)).max().unwrap_or(1);
        if !numerics.has_refractory && longest > 1 {
            let message = format!(
                "refractory_steps is {longest}; neurons of the semantics '{}' have no refractory period",
                self.semantics.name()
            );
            self.refuse(
                part.key("refractory_steps"),
                "E-NET-SEMANTICS",
                message,
                "use refractory_steps = 1, or the semantics 'loihi1'",
            );
        }
        let limit = if self.semantics == Semantics::B2l { i32::MAX } else { MAX_STATE };
        let state_help = "use a whole number within the range of a 24-bit state";
        let initial_u = self.whole(
            wish(&lif.initial_u, DrawnParameter::InitialU, "initial_u", "u"),
            size,
            -limit,
            limit,
            state_help,
        );
        let initial_v = self.whole(
            wish(&lif.initial_v, DrawnParameter::InitialV, "initial_v", "v"),
            size,
            -limit,
            limit,
            state_help,
        );
        if let Reset::Value(value) = lif.reset
            && !(-limit..=limit).contains(&value)
        {
            let message = format!("the reset value is {value}; the range is {}..={limit}", -limit);
            self.refuse(part.key("reset"), "E-NET-RANGE", message, state_help);
        }
        let profile_of = |neuron: usize| NeuronProfile {
            current_decay: current.get(neuron) as u16,
            voltage_decay: voltage.get(neuron) as u16,
            threshold_mantissa: threshold.get(neuron),
            refractory_steps: refractory.get(neuron).max(1) as u8,
            compare: lif.compare,
            reset: lif.reset,
            bias_exponent: bias_exponent.get(neuron) as u8,
        };
        let uniform = [&current, &voltage, &threshold, &refractory, &bias_exponent]
            .iter()
            .all(|column| matches!(column, Column::Same(_)));
        let profile = if uniform {
            Column::Same(profiles.number(profile_of(0)))
        } else {
            Column::Each((0..size).map(|neuron| profiles.number(profile_of(neuron))).collect())
        };
        NeuronColumns { profile, bias_mantissa, initial_u, initial_v }
    }

    /// An effective decay; one that comes from a time constant is at least `smallest`.
    fn decay(
        &mut self,
        decay: &'a Decay,
        smallest: u16,
        size: usize,
        wish: impl Fn(&'a Parameter, bool) -> Wish<'a>,
    ) -> Column<i32> {
        let one = f64::from(DECAY_ONE);
        let smallest = f64::from(smallest);
        match decay {
            Decay::Effective(parameter) => {
                let wish = wish(parameter, false);
                let key = wish.path.key;
                let written_out = parameter.is_written_out();
                self.column(wish, size, |wanted| {
                    let rounded = wanted.round();
                    if written_out && rounded != wanted {
                        return Err((
                            "E-NET-WHOLE",
                            format!("{key} is {wanted}; a whole number is needed"),
                            "use 0..=4096, or give a time constant",
                        ));
                    }
                    if !(0.0..=one).contains(&rounded) {
                        return Err((
                            "E-NET-RANGE",
                            format!("{key} is {wanted}; the range is 0..=4096"),
                            "use 0 (keeps the state) to 4096 (clears it each step)",
                        ));
                    }
                    Ok(Stored { value: rounded as i32, wanted, stored: rounded })
                })
            }
            Decay::TauSteps(parameter) => {
                let wish = wish(parameter, true);
                let key = wish.path.key;
                self.column(wish, size, |tau| {
                    if tau <= 0.0 {
                        return Err((
                            "E-NET-RANGE",
                            format!("{key} is {tau}; a time constant is above 0"),
                            "use a number of steps above 0",
                        ));
                    }
                    let wanted = -one * (-1.0 / tau).exp_m1();
                    let stored = wanted.round().max(smallest);
                    Ok(Stored { value: stored as i32, wanted, stored })
                })
            }
        }
    }

    /// Bias mantissas and exponents.
    fn bias(&mut self, index: usize, size: usize, bias: &'a Bias) -> (Column<i32>, Column<i32>) {
        let part = Part::Population(index);
        let owner = Owner::Population(index);
        let semantics = self.semantics;
        let (low, high) = if semantics == Semantics::Nengo { (-4095, 4095) } else { (-4096, 4095) };
        let (mantissa, exponent, key) = match bias {
            Bias::Mantissa { mantissa, exponent } => {
                let wish = |parameter, drawn, key, unit| Wish { parameter, drawn, owner, path: part.key(key), unit };
                let mantissa_wish = wish(mantissa, DrawnParameter::Bias, "bias_mantissa", "mantissa");
                let mantissa = self.whole(
                    mantissa_wish,
                    size,
                    low,
                    high,
                    "give the bias in units of v with the key bias, or use a larger bias_exponent",
                );
                let exponent_wish = wish(exponent, DrawnParameter::BiasExponent, "bias_exponent", "exponent");
                let exponent = self.whole(exponent_wish, size, 0, MAX_BIAS_EXPONENT, "use 0..=7");
                (mantissa, exponent, "bias_mantissa")
            }
            Bias::Level(parameter) => {
                let sampler = Sampler::new(parameter, self.seed, owner, DrawnParameter::Bias);
                let largest = (0..if sampler.constant().is_some() { 1 } else { size })
                    .map(|neuron| sampler.at(neuron).abs())
                    .fold(0.0, f64::max);
                let exponent = (0..=MAX_BIAS_EXPONENT)
                    .find(|exponent| largest <= f64::from(high << exponent))
                    .unwrap_or(MAX_BIAS_EXPONENT);
                let step = f64::from(1 << exponent);
                let (lowest, highest) = (f64::from(low) * step, f64::from(high) * step);
                let wish =
                    Wish { parameter, drawn: DrawnParameter::Bias, owner, path: part.key("bias"), unit: "v per step" };
                let mantissa = self.column(wish, size, |wanted| {
                    if !(lowest..=highest).contains(&wanted) {
                        let message = format!("bias is {wanted}; the range is {lowest}..={highest}");
                        return Err((
                            "E-NET-RANGE",
                            message,
                            "use a smaller bias, or scale bias, weights and threshold down together",
                        ));
                    }
                    let mantissa = (wanted / step).round();
                    Ok(Stored { value: mantissa as i32, wanted, stored: mantissa * step })
                });
                (mantissa, Column::Same(exponent), "bias")
            }
        };
        if !semantics.numerics().has_bias && (0..size).any(|neuron| mantissa.get(neuron) != 0) {
            let message = format!("neurons of the semantics '{}' have no bias", semantics.name());
            self.refuse(
                part.key(key),
                "E-NET-SEMANTICS",
                message,
                "remove the bias, drive the neurons by input spikes, or use the semantics 'loihi1'",
            );
        }
        (mantissa, exponent)
    }
}

fn threshold_mantissa(wanted: f64) -> Result<Stored, crate::parameter::Flaw> {
    let mantissa = (wanted / THRESHOLD_STEP).round();
    if !(0.0..=f64::from(MAX_THRESHOLD_MANTISSA)).contains(&mantissa) {
        let message =
            format!("threshold is {wanted}; the range is 0..={}", f64::from(MAX_THRESHOLD_MANTISSA) * THRESHOLD_STEP);
        return Err(("E-NET-RANGE", message, "use a smaller threshold, and scale weights down with it"));
    }
    Ok(Stored { value: mantissa as i32, wanted, stored: mantissa * THRESHOLD_STEP })
}
