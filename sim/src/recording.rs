//! What a run keeps: spikes always, states of probed neurons, weights at the end; as NPZ files.
//!
//! `spikes.npz` holds `P.t` (step) and `P.i` (member) for each population of neurons, sorted by step and member; `states.npz` for
//! each probe `P.steps`, `P.neurons`, and one array per variable, `P.u` and `P.v` say, of shape (steps, neurons); `weights.npz` for each
//! plastic projection `J.pre`, `J.post` (members of their populations), `J.weight`, `J.delay_steps`, and `J.tag` or the state words of
//! a rule in microcode by name, sorted by pre, post and order in the network. What entered the chip is written in the schema of a
//! [stimulus](crate::stimulus).

use crate::error::Error;
use crate::simulation::Simulation;
use caudate_core::archive::Archive;
use caudate_core::id::{NeuronId, ProjectionId, Step};
use caudate_core::image::{ChipImage, PopulationSymbol};
use caudate_core::npz::NpzWriter;
use caudate_core::tape::{Scratch, Tape};
use caudate_isa::diagnostic::{Diagnostic, Place, nearest};
use std::path::Path;

/// Where a recorded variable is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StateVariable {
    /// Synaptic current of a fixed neuron, after its input was added.
    Current,
    /// Membrane potential of a fixed neuron, after a reset.
    Potential,
    /// State word of this index of a program.
    Word(usize),
}

/// What to record of one population.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Probe {
    /// Name of the population.
    pub population: String,
    /// Names of variables: `u` and `v` of fixed neurons, state words of programs; `None`: all.
    pub variables: Option<Vec<String>>,
    /// Members; `None`: all.
    pub neurons: Option<Vec<u32>>,
    /// A sample is taken at steps that are multiples of this.
    pub every_steps: u64,
}

#[derive(Debug)]
struct Track {
    probe: Probe,
    first: NeuronId,
    members: Vec<u32>,
    steps: Tape<u32>,
    variables: Vec<Recorded>,
}

/// A variable and its samples, those of one step together.
#[derive(Debug)]
struct Recorded {
    name: String,
    variable: StateVariable,
    samples: Tape<i64>,
}

/// What one probe has recorded so far.
#[derive(Debug, Clone)]
pub struct Samples<'r> {
    /// Name of the population.
    pub population: &'r str,
    /// Steps at whose end samples were taken.
    pub steps: &'r Tape<u32>,
    /// Members.
    pub neurons: &'r [u32],
    /// Variables by name, each of shape (steps, neurons) in C order.
    pub variables: Vec<(&'r str, &'r Tape<i64>)>,
}

/// Collects a run's spikes and probes.
#[derive(Debug)]
pub struct Recorder {
    /// Those of neurons, ascending, with their numbers of spikes.
    populations: Vec<PopulationSymbol>,
    counts: Vec<u64>,
    spikes: Tape<(Step, NeuronId)>,
    tracks: Vec<Track>,
}

impl Recorder {
    /// A recorder of all spikes and of `probes`, in `scratch`.
    ///
    /// # Errors
    /// [`Error::Invalid`] if a probe names no population of neurons or a member that does not exist.
    pub fn new(image: &ChipImage, probes: Vec<Probe>, scratch: &Scratch) -> Result<Self, Error> {
        let mut problems = Vec::new();
        let mut tracks = Vec::new();
        for probe in probes {
            let neurons = || image.symbols.populations.iter().filter(|population| !population.is_input);
            let place = Place::named(format!("probe of '{}'", probe.population));
            let Some(population) = neurons().find(|population| population.name == probe.population) else {
                let names: Vec<&str> = neurons().map(|population| population.name.as_str()).collect();
                let near = nearest(&probe.population, names.iter().copied());
                let help = near.map_or_else(
                    || format!("the image has: {}", names.join(", ")),
                    |near| format!("did you mean '{near}'?"),
                );
                let message = format!("the image has no population of neurons '{}'", probe.population);
                problems.push(Diagnostic::new("E-PROBE-NAME", message).at(place).help(help));
                continue;
            };
            let members = probe.neurons.clone().unwrap_or_else(|| (0..population.size).collect());
            if let Some(member) = members.iter().find(|member| **member >= population.size) {
                let message =
                    format!("member {member} does not exist; '{}' has {} neurons", population.name, population.size);
                problems.push(
                    Diagnostic::new("E-PROBE-RANGE", message)
                        .at(place)
                        .help(format!("use 0..={}", population.size - 1)),
                );
                continue;
            }
            match variables(image, population, probe.variables.as_deref(), scratch) {
                Ok(variables) => {
                    tracks.push(Track { first: population.first, members, probe, steps: scratch.tape(), variables });
                }
                Err(problem) => problems.push(problem.at(place)),
            }
        }
        if !problems.is_empty() {
            return Err(Error::Invalid(problems));
        }
        let populations = image.symbols.populations.iter().filter(|population| !population.is_input).cloned();
        let populations: Vec<PopulationSymbol> = populations.collect();
        Ok(Self { counts: vec![0; populations.len()], populations, spikes: scratch.tape(), tracks })
    }

    /// Keeps the spikes of step `t`.
    ///
    /// # Errors
    /// If the scratch file cannot be written.
    pub fn record_spikes(&mut self, t: Step, spikes: &[NeuronId]) -> Result<(), Error> {
        for neuron in spikes {
            self.spikes.push((t, *neuron))?;
            if let Some(population) = population_of(&self.populations, *neuron) {
                self.counts[population] += 1;
            }
        }
        Ok(())
    }

    /// The first step from `t` on whose end a probe takes a sample of; [`Step::MAX`] without probes.
    #[must_use]
    pub fn next_sample(&self, t: Step) -> Step {
        let next = |track: &Track| t.checked_next_multiple_of(track.probe.every_steps.max(1));
        self.tracks.iter().filter_map(next).min().unwrap_or(Step::MAX)
    }

    /// Takes the samples of probes that are due at the end of step `t`, where the simulation is.
    ///
    /// # Errors
    /// If the scratch file cannot be written.
    pub fn record_states(&mut self, t: Step, simulation: &Simulation<'_>) -> Result<(), Error> {
        for track in self.tracks.iter_mut().filter(|track| t.is_multiple_of(track.probe.every_steps.max(1))) {
            track.steps.push(t as u32)?;
            for recorded in &mut track.variables {
                for member in &track.members {
                    recorded.samples.push(simulation.variable(NeuronId(track.first.0 + member), recorded.variable))?;
                }
            }
        }
        Ok(())
    }

    /// Saves or restores what has been kept.
    ///
    /// # Errors
    /// [`caudate_core::Error::Checkpoint`] if other probes kept it; if a file cannot be read or written.
    pub fn archive(&mut self, archive: &mut Archive<'_>) -> Result<(), Error> {
        archive.column(&mut self.counts)?;
        self.spikes.archive(archive)?;
        archive.same(self.tracks.len() as u64, "probes")?;
        for track in &mut self.tracks {
            archive.same(track.members.len() as u64, "members of a probe")?;
            track.steps.archive(archive)?;
            archive.same(track.variables.len() as u64, "variables of a probe")?;
            let samples = track.steps.len() * track.members.len() as u64;
            for recorded in &mut track.variables {
                archive.same(samples, "samples of a probe")?;
                recorded.samples.archive(archive)?;
            }
        }
        Ok(())
    }

    /// The spikes (step, neuron), sorted.
    #[must_use]
    pub const fn spikes(&self) -> &Tape<(Step, NeuronId)> {
        &self.spikes
    }

    /// What the probes have recorded so far, in their order.
    pub fn samples(&self) -> impl ExactSizeIterator<Item = Samples<'_>> {
        self.tracks.iter().map(|track| Samples {
            population: &track.probe.population,
            steps: &track.steps,
            neurons: &track.members,
            variables: track.variables.iter().map(|own| (own.name.as_str(), &own.samples)).collect(),
        })
    }

    /// Spikes of one population.
    #[must_use]
    pub fn count_of(&self, population: &PopulationSymbol) -> u64 {
        let own = self.populations.iter().position(|own| own.name == population.name);
        own.map_or(0, |index| self.counts[index])
    }

    /// Writes `spikes.npz`, and `states.npz` if anything is probed, to a folder.
    ///
    /// # Errors
    /// If a file cannot be written.
    pub fn write(&self, folder: &Path) -> Result<(), Error> {
        let columns = self.spikes.split(self.populations.len(), |(t, neuron)| {
            let index = population_of(&self.populations, neuron)?;
            Some((index, t as u32, neuron.0 - self.populations[index].first.0))
        })?;
        let mut writer = NpzWriter::new();
        for (population, (steps, members)) in self.populations.iter().zip(&columns) {
            writer.add_tape(&format!("{}.t", population.name), &[steps.len()], steps);
            writer.add_tape(&format!("{}.i", population.name), &[members.len()], members);
        }
        writer.write(&folder.join("spikes.npz"))?;
        if self.tracks.is_empty() {
            return Ok(());
        }
        let mut writer = NpzWriter::new();
        for Samples { population, steps, neurons, variables } in self.samples() {
            let shape = [steps.len(), neurons.len() as u64];
            writer.add_tape(&format!("{population}.steps"), &shape[..1], steps);
            writer.add_column(&format!("{population}.neurons"), neurons)?;
            for (name, samples) in variables {
                writer.add_tape(&format!("{population}.{name}"), &shape, samples);
            }
        }
        Ok(writer.write(&folder.join("states.npz"))?)
    }
}

/// Which of some populations, ascending and without inputs, a neuron belongs to.
fn population_of(populations: &[PopulationSymbol], neuron: NeuronId) -> Option<usize> {
    let index = populations.partition_point(|population| population.first <= neuron).checked_sub(1)?;
    populations[index].contains(neuron).then_some(index)
}

/// The state variables that neurons of a population have, by name.
#[must_use]
pub fn state_variables(image: &ChipImage, population: &PopulationSymbol) -> Vec<(String, StateVariable)> {
    match image.program_of(population) {
        Some(program) => program.state_names().into_iter().zip((0..).map(StateVariable::Word)).collect(),
        None => vec![("u".to_owned(), StateVariable::Current), ("v".to_owned(), StateVariable::Potential)],
    }
}

/// Finds the variables of a population that were `asked` for.
fn variables(
    image: &ChipImage,
    population: &PopulationSymbol,
    asked: Option<&[String]>,
    scratch: &Scratch,
) -> Result<Vec<Recorded>, Box<Diagnostic>> {
    let known = state_variables(image, population);
    let asked = asked.map_or_else(|| known.iter().map(|(name, _)| name.clone()).collect(), <[String]>::to_vec);
    let find = |name: String| match known.iter().find(|(known, _)| *known == name) {
        Some((_, variable)) => Ok(Recorded { name, variable: *variable, samples: scratch.tape() }),
        None => {
            let names: Vec<&str> = known.iter().map(|(name, _)| name.as_str()).collect();
            let help = nearest(&name, names.iter().copied())
                .map_or_else(|| format!("it has: {}", names.join(", ")), |near| format!("did you mean '{near}'?"));
            let message = format!("neurons of '{}' have no state variable '{name}'", population.name);
            Err(Box::new(Diagnostic::new("E-PROBE-NAME", message).help(help)))
        }
    };
    asked.into_iter().map(find).collect()
}

/// The plastic synapses of one projection, sorted by pre, post and order in the network.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Weights {
    /// Source.
    pub pre: Vec<NeuronId>,
    /// Target.
    pub post: Vec<NeuronId>,
    /// Weight mantissa.
    pub weight: Vec<i16>,
    /// What a spike adds to the target's accumulator.
    pub effective: Vec<i32>,
    /// Stored delay in steps.
    pub delay: Vec<u8>,
    /// Tag.
    pub tag: Vec<i16>,
    /// State words of a rule in microcode that are neither weight nor delay, with their names; such a rule has no tag.
    pub own: Vec<(String, Vec<i32>)>,
}

impl Weights {
    /// The synapses of a projection as they are now.
    #[must_use]
    pub fn of(simulation: &Simulation<'_>, projection: ProjectionId) -> Self {
        let mut all = Vec::new();
        let mut weights = Self::default();
        for (index, core) in simulation.cores().enumerate() {
            let views = core.synapses_of(simulation.image(), index, projection);
            let names = core.own_words(projection).into_iter().map(|word| word_name(simulation, projection, word));
            if weights.own.is_empty() {
                weights.own.extend(names.map(|name| (name, Vec::new())));
            }
            all.extend(views.into_iter().map(|(view, state)| {
                let own = core.own_state(projection, view.index);
                ((view.pre, view.post, view.ordinal), state, own)
            }));
        }
        all.sort_unstable_by_key(|(key, ..)| *key);
        for ((pre, post, _), state, own) in all {
            weights.own.iter_mut().zip(own).for_each(|((_, values), value)| values.push(value));
            weights.pre.push(pre);
            weights.post.push(post);
            weights.weight.push(state.weight);
            weights.effective.push(state.effective);
            weights.delay.push(state.delay);
            weights.tag.push(state.tag);
        }
        weights
    }
}

/// What state word `word` of the rule of a projection is called.
fn word_name(simulation: &Simulation<'_>, projection: ProjectionId, word: usize) -> String {
    let image = simulation.image();
    let mut groups = image.cores.iter().flat_map(|core| core.groups.iter().map(move |group| (core, group)));
    let group = groups.find(|(_, group)| group.projection == projection);
    let rule = group.and_then(|(core, group)| core.rules[usize::from(group.rule?)].program.microcode());
    let program = rule.and_then(|rule| image.programs.get(usize::from(rule.program)));
    program.and_then(|program| program.state_names().into_iter().nth(word)).unwrap_or_else(|| format!("s{word}"))
}

/// Writes `weights.npz` to a folder if any projection is plastic.
///
/// # Errors
/// If the file cannot be written.
pub fn write_weights(simulation: &Simulation<'_>, folder: &Path) -> Result<(), Error> {
    let symbols = &simulation.image().symbols;
    if !symbols.projections.iter().any(|projection| projection.is_plastic) {
        return Ok(());
    }
    let mut writer = NpzWriter::new();
    for (index, projection) in symbols.projections.iter().enumerate().filter(|(_, projection)| projection.is_plastic) {
        let weights = Weights::of(simulation, ProjectionId(index as u32));
        let member = |neurons: &[NeuronId], population: u32| -> Vec<u32> {
            let first = symbols.populations[population as usize].first.0;
            neurons.iter().map(|neuron| neuron.0 - first).collect()
        };
        let delay_steps: Vec<u8> = weights.delay.iter().map(|stored| stored + 1).collect();
        let name = &projection.name;
        writer.add_column(&format!("{name}.pre"), &member(&weights.pre, projection.pre))?;
        writer.add_column(&format!("{name}.post"), &member(&weights.post, projection.post))?;
        writer.add_column(&format!("{name}.weight"), &weights.weight)?;
        writer.add_column(&format!("{name}.delay_steps"), &delay_steps)?;
        if weights.own.is_empty() {
            writer.add_column(&format!("{name}.tag"), &weights.tag)?;
        }
        for (word, values) in &weights.own {
            writer.add_column(&format!("{name}.{word}"), values)?;
        }
    }
    Ok(writer.write(&folder.join("weights.npz"))?)
}
