//! The stimuli of an experiment as a run meets them: laid out some steps at a time, so that a run of any length takes bounded memory.

use super::stimulus::{StimulusKind, StimulusSpec};
use caudate_core::id::{NeuronId, Step};
use caudate_core::image::{ChipImage, PopulationSymbol};
use caudate_core::random::mix64;
use caudate_isa::diagnostic::{Diagnostic, Place, nearest};
use caudate_sim::stimulus::{Generator, SpikeNoise};
use caudate_sim::{Environment, StepInput, Stimulus};
use std::ops::Range;

/// As many spikes a window holds at most for each generator, unless one step has more.
const WINDOW_SPIKES: u64 = 1 << 17;

/// A stimulus, of which a window is laid out.
#[derive(Debug)]
pub(super) struct Schedule {
    /// What files hold, or a caller has laid out.
    fixed: Stimulus,
    generators: Vec<Generated>,
    /// Steps of the run.
    steps: Step,
    window_steps: Step,
    window: Stimulus,
    /// The first step after the window.
    next: Step,
}

#[derive(Debug)]
enum Generated {
    Spikes { population: PopulationSymbol, generator: Generator, noise: Option<SpikeNoise>, seed: u64 },
    Modulator { channel: u16, amount: i64, period_steps: Step, phase_steps: Step, until_steps: Step },
}

impl Schedule {
    /// A stimulus that is laid out already.
    pub(super) fn of(stimulus: Stimulus) -> Self {
        Self {
            fixed: Stimulus::default(),
            generators: Vec::new(),
            steps: 0,
            window_steps: 1,
            window: stimulus,
            next: Step::MAX,
        }
    }

    /// The stimuli of an experiment over `0..steps`.
    ///
    /// # Errors
    /// Files' own, and [`crate::Error::Invalid`] for names that the image does not have.
    pub(super) fn new(specs: &[StimulusSpec], image: &ChipImage, steps: Step, seed: u64) -> Result<Self, crate::Error> {
        let mut fixed = Stimulus::default();
        let mut generators = Vec::new();
        let mut problems = Vec::new();
        for (index, spec) in specs.iter().enumerate() {
            match &spec.kind {
                StimulusKind::Spikes { population, generator, noise } => {
                    let inputs = || image.symbols.populations.iter().filter(|population| population.is_input);
                    let Some(symbol) = inputs().find(|symbol| symbol.name == *population) else {
                        let names = inputs().map(|symbol| symbol.name.as_str()).collect();
                        problems.push(unknown("input population", population, names, &spec.place));
                        continue;
                    };
                    // Two generators of one population must not draw the same numbers.
                    let earlier =
                        specs[..index].iter().filter(|earlier| earlier.gives_spikes_to(population)).count() as u64;
                    let seed = if earlier == 0 { seed } else { mix64(seed ^ (earlier << 32)) };
                    let (population, generator, noise) = (symbol.clone(), *generator, *noise);
                    generators.push(Generated::Spikes { population, generator, noise, seed });
                }
                StimulusKind::File(path) => fixed.add(Stimulus::read(path, image)?),
                StimulusKind::Modulator { channel, amount, period_steps, phase_steps, until_steps } => {
                    let Some(number) = image.channels.iter().position(|known| known.name == *channel) else {
                        let names = image.channels.iter().map(|known| known.name.as_str()).collect();
                        problems.push(unknown("modulator channel", channel, names, &spec.place));
                        continue;
                    };
                    generators.push(Generated::Modulator {
                        channel: number as u16,
                        amount: i64::from(*amount),
                        period_steps: (*period_steps).max(1),
                        phase_steps: *phase_steps,
                        until_steps: until_steps.unwrap_or(steps),
                    });
                }
            }
        }
        if !problems.is_empty() {
            return Err(crate::Error::Invalid(problems));
        }
        let sources = generators.iter().map(|own| match own {
            Generated::Spikes { population, .. } => u64::from(population.size),
            Generated::Modulator { .. } => 1,
        });
        let window_steps = (WINDOW_SPIKES / sources.max().unwrap_or(1).max(1)).max(1);
        let window = Stimulus::default();
        Ok(Self { fixed, generators, steps, window_steps, window, next: 0 })
    }

    /// What is given in some steps.
    fn lay_out(&self, steps: &Range<Step>) -> Stimulus {
        let mut all = self.fixed.within(steps);
        for generated in &self.generators {
            match generated {
                Generated::Spikes { population, generator, noise, seed } => {
                    let spikes = generator.spikes(population, steps.clone(), *seed);
                    all.add_spikes(match noise {
                        Some(noise) => noise.apply(spikes, population, steps.clone(), *seed),
                        None => spikes,
                    });
                }
                Generated::Modulator { channel, amount, period_steps, phase_steps, until_steps } => {
                    let late = steps.start.saturating_sub(*phase_steps).next_multiple_of(*period_steps);
                    let times = (phase_steps.saturating_add(late)..steps.end.min(*until_steps))
                        .step_by(usize::try_from(*period_steps).unwrap_or(usize::MAX));
                    all.add_modulators(times.map(|t| (t, *channel, *amount)));
                }
            }
        }
        all
    }
}

impl Environment for Schedule {
    fn sense(&mut self, t: Step, spikes: &[NeuronId], input: &mut StepInput) {
        if t >= self.next {
            let end = t.saturating_add(self.window_steps).min(self.steps);
            self.window = self.lay_out(&(t..end));
            self.next = end.max(t + 1);
        }
        self.window.sense(t, spikes, input);
    }
}

fn unknown(kind: &str, name: &str, known: Vec<&str>, place: &Place) -> Diagnostic {
    let help = match nearest(name, known.iter().copied()) {
        Some(near) => format!("did you mean '{near}'?"),
        None if known.is_empty() => format!("the network has no {kind}"),
        None => format!("the network has: {}", known.join(", ")),
    };
    Diagnostic::new("E-EXP-NAME", format!("the network has no {kind} '{name}'")).at(place.clone()).help(help)
}
