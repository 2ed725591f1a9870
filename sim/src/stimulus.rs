//! Stimulus: spikes of input sources and modulator injections, from a file or from generators with a seed.
//!
//! One schema serves stimulus files and recordings, so that what a run recorded can be replayed. An NPZ holds, for each input population
//! `P` that spikes, `P.t` (step) and `P.i` (member); for each channel `C` that is injected, `modulator.C.t` and
//! `modulator.C.amount`. All are one-dimensional integer arrays, pairwise of equal length, in any order.

use crate::environment::{Environment, StepInput};
use crate::error::Error;
use caudate_core::id::{NeuronId, Step};
use caudate_core::image::{ChipImage, PopulationSymbol};
use caudate_core::npz::Arrays;
use caudate_core::random::{Domain, draw};
use caudate_isa::diagnostic::{Diagnostic, Place, nearest};
use std::ops::Range;
use std::path::Path;

/// The prefix of modulator arrays.
pub(crate) const MODULATOR_PREFIX: &str = "modulator.";

/// A stimulus laid out by step.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Stimulus {
    /// (step, input source), sorted, distinct.
    spikes: Vec<(Step, u32)>,
    /// (step, channel, amount), sorted by step.
    modulators: Vec<(Step, u16, i64)>,
    /// (step, neuron, [y2, y3]), sorted by step.
    third_factors: Vec<(Step, NeuronId, [i16; 2])>,
    next: [usize; 3],
}

impl Stimulus {
    /// A stimulus of spikes (step, input source).
    #[must_use]
    pub fn from_spikes(spikes: Vec<(Step, u32)>) -> Self {
        let mut stimulus = Self { spikes, ..Self::default() };
        stimulus.sort();
        stimulus
    }

    /// Adds spikes (step, input source).
    pub fn add_spikes(&mut self, spikes: impl IntoIterator<Item = (Step, u32)>) {
        self.spikes.extend(spikes);
        self.sort();
    }

    /// Adds injections (step, channel, amount).
    pub fn add_modulators(&mut self, injections: impl IntoIterator<Item = (Step, u16, i64)>) {
        self.modulators.extend(injections);
        self.sort();
    }

    /// Adds third factors (step, neuron, [y2, y3]).
    pub fn add_third_factors(&mut self, factors: impl IntoIterator<Item = (Step, NeuronId, [i16; 2])>) {
        self.third_factors.extend(factors);
        self.sort();
    }

    /// Adds all of another stimulus.
    pub fn add(&mut self, other: Self) {
        self.spikes.extend(other.spikes);
        self.modulators.extend(other.modulators);
        self.third_factors.extend(other.third_factors);
        self.sort();
    }

    /// The spikes, sorted by step and source.
    #[must_use]
    pub fn spikes(&self) -> &[(Step, u32)] {
        &self.spikes
    }

    /// What it gives in some steps.
    #[must_use]
    pub fn within(&self, steps: &Range<Step>) -> Self {
        fn part<'s, T>(all: &'s [T], steps: &Range<Step>, step: impl Fn(&T) -> Step) -> &'s [T] {
            let first = all.partition_point(|own| step(own) < steps.start);
            let count = all[first..].partition_point(|own| step(own) < steps.end);
            &all[first..first + count]
        }
        Self {
            spikes: part(&self.spikes, steps, |own| own.0).to_vec(),
            modulators: part(&self.modulators, steps, |own| own.0).to_vec(),
            third_factors: part(&self.third_factors, steps, |own| own.0).to_vec(),
            next: [0; 3],
        }
    }

    fn sort(&mut self) {
        self.spikes.sort_unstable();
        self.spikes.dedup();
        self.modulators.sort();
        self.third_factors.sort();
        self.next = [0; 3];
    }

    /// Reads a stimulus file for an image.
    ///
    /// # Errors
    /// The file's own; [`Error::Invalid`] for arrays that name no input population or channel, or do not pair up.
    pub fn read(path: &Path, image: &ChipImage) -> Result<Self, Error> {
        Self::from_arrays(&Arrays::read(path)?, image)
    }

    /// Takes a stimulus out of arrays.
    ///
    /// # Errors
    /// As [`Stimulus::read`].
    pub fn from_arrays(arrays: &Arrays, image: &ChipImage) -> Result<Self, Error> {
        let mut stimulus = Self::default();
        let mut problems = Vec::new();
        let mut strangers = Vec::new();
        for name in arrays.names() {
            let Some(base) = name.strip_suffix(".t") else {
                let partner = [".i", ".amount"].iter().find_map(|suffix| name.strip_suffix(suffix));
                if !partner.is_some_and(|base| arrays.contains(&format!("{base}.t"))) {
                    strangers.push(name);
                }
                continue;
            };
            if let Some(channel) = base.strip_prefix(MODULATOR_PREFIX) {
                match image.channels.iter().position(|known| known.name == channel) {
                    Some(index) => {
                        let (steps, amounts) = pair(arrays, base, "amount", -255, 255)?;
                        stimulus
                            .modulators
                            .extend(steps.zip(amounts).map(|(t, amount)| (t as Step, index as u16, amount)));
                    }
                    None => problems.push(no_such(
                        arrays,
                        name,
                        channel,
                        "modulator channel",
                        image.channels.iter().map(|known| known.name.as_str()),
                    )),
                }
            } else {
                let inputs = || image.symbols.populations.iter().filter(|population| population.is_input);
                match inputs().find(|population| population.name == base) {
                    Some(population) => {
                        let (steps, members) = pair(arrays, base, "i", 0, i64::from(population.size) - 1)?;
                        let first = population.first_input;
                        stimulus.spikes.extend(steps.zip(members).map(|(t, i)| (t as Step, first + i as u32)));
                    }
                    None => problems.push(no_such(
                        arrays,
                        name,
                        base,
                        "input population",
                        inputs().map(|population| population.name.as_str()),
                    )),
                }
            }
        }
        problems.extend(unknown(arrays, &strangers));
        stimulus.sort();
        if problems.is_empty() { Ok(stimulus) } else { Err(Error::Invalid(problems)) }
    }
}

impl Environment for Stimulus {
    fn sense(&mut self, t: Step, _spikes: &[NeuronId], input: &mut StepInput) {
        let [spikes, modulators, third_factors] = &mut self.next;
        while let Some((_, source)) = self.spikes.get(*spikes).filter(|(step, _)| *step <= t) {
            input.spikes.push(*source);
            *spikes += 1;
        }
        while let Some((_, channel, amount)) = self.modulators.get(*modulators).filter(|(step, ..)| *step <= t) {
            input.modulators.push((*channel, *amount));
            *modulators += 1;
        }
        while let Some((_, neuron, values)) = self.third_factors.get(*third_factors).filter(|(step, ..)| *step <= t) {
            input.third_factors.push((*neuron, *values));
            *third_factors += 1;
        }
    }
}

type Column<'a> = std::iter::Copied<std::slice::Iter<'a, i64>>;

fn pair<'a>(
    arrays: &'a Arrays,
    base: &str,
    second: &str,
    low: i64,
    high: i64,
) -> Result<(Column<'a>, Column<'a>), Error> {
    let steps = arrays.integers(&format!("{base}.t"), 0, i64::from(u32::MAX))?;
    let values = arrays.integers(&format!("{base}.{second}"), low, high)?;
    if steps.len() == values.len() {
        return Ok((steps.iter().copied(), values.iter().copied()));
    }
    let message =
        format!("'{base}.t' has {} elements, '{base}.{second}' has {}; they must pair up", steps.len(), values.len());
    Err(Error::Invalid(vec![Diagnostic::new("E-STIM-LENGTH", message).at(Place::named(arrays.origin.clone()))]))
}

/// One report for all arrays that a stimulus knows nothing of.
fn unknown(arrays: &Arrays, names: &[&str]) -> Option<Diagnostic> {
    let message = match names {
        [] => return None,
        [name] => format!("array '{name}' means nothing in a stimulus"),
        [name, others @ ..] => format!("array '{name}' and {} others mean nothing in a stimulus", others.len()),
    };
    let help = "a stimulus holds `P.t` and `P.i`, or `modulator.C.t` and `modulator.C.amount`";
    Some(Diagnostic::new("E-STIM-ARRAY", message).at(Place::named(arrays.origin.clone())).help(help))
}

fn no_such<'a>(
    arrays: &Arrays,
    array: &str,
    name: &str,
    kind: &str,
    known: impl Iterator<Item = &'a str>,
) -> Diagnostic {
    let known: Vec<&str> = known.collect();
    let help = match nearest(name, known.iter().copied()) {
        Some(near) => format!("did you mean '{near}'?"),
        None => format!("the image has: {}", if known.is_empty() { "none".to_owned() } else { known.join(", ") }),
    };
    Diagnostic::new("E-STIM-NAME", format!("array '{array}': the image has no {kind} '{name}'"))
        .at(Place::named(arrays.origin.clone()))
        .help(help)
}

/// Generators of spikes for one input population.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Generator {
    /// Each member spikes in each step with this probability, independently.
    Poisson {
        /// Expected spikes per member and step, 0..=1.
        rate_per_step: f64,
    },
    /// Each member spikes every `period_steps`, first at `phase_steps` (plus its index times `stagger_steps`).
    Regular {
        /// Steps between spikes, at least 1.
        period_steps: u64,
        /// First spike.
        phase_steps: u64,
        /// Added to the phase per member.
        stagger_steps: u64,
    },
}

impl Generator {
    /// The spikes (step, input source) of a population in some steps. The draws depend on seed, member and step alone.
    #[must_use]
    pub fn spikes(&self, population: &PopulationSymbol, steps: Range<Step>, seed: u64) -> Vec<(Step, u32)> {
        let members = 0..population.size;
        match *self {
            Self::Poisson { rate_per_step } => {
                let seed = Domain::Stimulus.seed(seed);
                let threshold = (rate_per_step.clamp(0.0, 1.0) * 4_294_967_296.0) as u64;
                let spikes = move |member: u32, t: Step| {
                    u64::from(draw(seed, u64::from(population.first.0 + member), t, 0)) < threshold
                };
                steps
                    .flat_map(|t| {
                        members
                            .clone()
                            .filter(move |member| spikes(*member, t))
                            .map(move |member| (t, population.first_input + member))
                    })
                    .collect()
            }
            Self::Regular { period_steps, phase_steps, stagger_steps } => members
                .flat_map(|member| {
                    let period_steps = period_steps.max(1);
                    let first = phase_steps + u64::from(member) * stagger_steps;
                    // The first spike that is not before these steps.
                    let first = first.saturating_add(steps.start.saturating_sub(first).next_multiple_of(period_steps));
                    (first..steps.end).step_by(period_steps as usize).map(move |t| (t, population.first_input + member))
                })
                .collect(),
        }
    }
}

/// Noise on input spikes: drops some, adds others.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct SpikeNoise {
    /// Probability that a spike is dropped.
    pub drop_probability: f64,
    /// Probability per member and step that a spike is added.
    pub add_probability: f64,
}

impl SpikeNoise {
    /// Applies the noise to the spikes of one population in some steps.
    #[must_use]
    pub fn apply(
        &self,
        spikes: Vec<(Step, u32)>,
        population: &PopulationSymbol,
        steps: Range<Step>,
        seed: u64,
    ) -> Vec<(Step, u32)> {
        let noise_seed = Domain::Stimulus.seed(seed);
        let dropped = (self.drop_probability.clamp(0.0, 1.0) * 4_294_967_296.0) as u64;
        let entity = |source: u32| u64::from(population.first.0 + source - population.first_input);
        let mut kept: Vec<(Step, u32)> = spikes
            .into_iter()
            .filter(|(t, source)| u64::from(draw(noise_seed, entity(*source), *t, 1)) >= dropped)
            .collect();
        if self.add_probability > 0.0 {
            let added = Generator::Poisson { rate_per_step: self.add_probability };
            // A seed of its own, so that added spikes are independent of a Poisson signal.
            kept.extend(added.spikes(population, steps, seed ^ 0x006E_6F69_7365));
        }
        kept.sort_unstable();
        kept.dedup();
        kept
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn population() -> PopulationSymbol {
        PopulationSymbol { name: "in".to_owned(), first: NeuronId(3), size: 40, is_input: true, first_input: 0 }
    }

    #[test]
    fn poisson_hits_its_rate_and_regular_its_period() {
        let spikes = Generator::Poisson { rate_per_step: 0.1 }.spikes(&population(), 0..5000, 1);
        let expected = 0.1 * 40.0 * 5000.0;
        assert!((spikes.len() as f64 - expected).abs() < 5.0 * expected.sqrt(), "{}", spikes.len());
        let regular =
            Generator::Regular { period_steps: 10, phase_steps: 2, stagger_steps: 0 }.spikes(&population(), 0..25, 1);
        assert_eq!(regular.iter().filter(|(_, source)| *source == 7).map(|(t, _)| *t).collect::<Vec<_>>(), [2, 12, 22]);
    }

    #[test]
    fn noise_drops_and_adds_its_share() {
        let signal =
            Generator::Regular { period_steps: 2, phase_steps: 0, stagger_steps: 0 }.spikes(&population(), 0..1000, 1);
        let all =
            SpikeNoise { drop_probability: 1.0, add_probability: 0.0 }.apply(signal.clone(), &population(), 0..1000, 1);
        assert!(all.is_empty());
        let half =
            SpikeNoise { drop_probability: 0.5, add_probability: 0.0 }.apply(signal.clone(), &population(), 0..1000, 1);
        assert!((half.len() as f64 / signal.len() as f64 - 0.5).abs() < 0.03);
        assert_eq!(SpikeNoise::default().apply(signal.clone(), &population(), 0..1000, 1).len(), signal.len());
    }

    #[test]
    fn generators_and_noise_give_the_same_in_parts() {
        let regular = Generator::Regular { period_steps: 7, phase_steps: 40, stagger_steps: 3 };
        let noise = SpikeNoise { drop_probability: 0.3, add_probability: 0.05 };
        for generator in [Generator::Poisson { rate_per_step: 0.1 }, regular] {
            let given = |steps: Range<Step>| {
                noise.apply(generator.spikes(&population(), steps.clone(), 5), &population(), steps, 5)
            };
            let parts = [0..1, 1..30, 30..130, 130..131, 131..400];
            let whole = given(0..400);
            assert!(whole.len() > 500, "{generator:?}: {} spikes", whole.len());
            assert_eq!(parts.clone().map(given).concat(), whole, "{generator:?}");
            let whole = Stimulus::from_spikes(whole);
            let within = |steps: Range<Step>| whole.within(&steps).spikes().to_vec();
            assert_eq!(parts.map(within).concat(), whole.spikes());
        }
    }
}
