//! From an experiment to its results: compile, lay out what happens, run.

use super::keeping::{Keeper, Keeping};
use super::schedule::Schedule;
use super::{DEFAULT_COSTS, Experiment};
use crate::error::Error;
use crate::task::{self, Context, Outcome, Phase, Task};
use caudate_core::chip::ChipDescription;
use caudate_core::engine::Strategy;
use caudate_core::id::{NeuronId, Step};
use caudate_core::image::ChipImage;
use caudate_core::tape::Scratch;
use caudate_mapper::{Compilation, CompileOptions, Network, compile, import};
use caudate_sim::cost::{CostProfile, CostReport};
use caudate_sim::recording::Probe;
use caudate_sim::simulation::{Layout, Totals};
use caudate_sim::timing::Timing;
use caudate_sim::{
    Companion, Environment, InputRecord, Options, Recorder, Simulation, StepInput, Stimulus, Summary, run_recorded,
};
use serde::Serialize;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::time::Instant;

/// A watcher is told about a run once in this many steps.
const WATCHED_EVERY_STEPS: Step = 64;

/// Is told how far a run has come, and may end it.
pub trait Watcher {
    /// The run is about to do step `t` of `steps`; `phase` says what it is doing there.
    fn at(&mut self, t: Step, steps: Step, phase: &str);

    /// Cores that the chosen strategy does not serve run on the plain step: their numbers and the reason.
    fn fell_back(&mut self, _cores: &[usize], _reason: &str) {}

    /// Asked before each step: whether the run shall end there, or as soon as cores that have been computed ahead permit, with what it has.
    fn ends(&mut self) -> bool {
        false
    }
}

/// Watches nothing.
impl Watcher for () {
    fn at(&mut self, _t: Step, _steps: Step, _phase: &str) {}
}

/// What surrounds the chip: a stimulus, and a task that reacts.
pub struct World {
    stimulus: Schedule,
    task: Option<Box<dyn Task>>,
    steps: Step,
}

impl World {
    /// A stimulus and nothing else, for `steps` steps.
    #[must_use]
    pub fn of_stimulus(stimulus: Stimulus, steps: Step) -> Self {
        Self { stimulus: Schedule::of(stimulus), task: None, steps }
    }

    pub(super) const fn has_task(&self) -> bool {
        self.task.is_some()
    }

    pub(super) const fn steps(&self) -> Step {
        self.steps
    }

    fn phase(&self, t: Step) -> String {
        self.task.as_ref().map_or_else(String::new, |task| task.phase(t))
    }

    fn phases(&self) -> Vec<Phase> {
        self.task.as_ref().map_or_else(Vec::new, |task| task.phases())
    }
}

impl std::fmt::Debug for World {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("World")
            .field("steps", &self.steps)
            .field("has_task", &self.task.is_some())
            .finish_non_exhaustive()
    }
}

impl Environment for World {
    fn sense(&mut self, t: Step, spikes: &[NeuronId], input: &mut StepInput) {
        self.stimulus.sense(t, spikes, input);
        if let Some(task) = &mut self.task {
            task.sense(t, spikes, input);
        }
    }
}

impl Experiment {
    /// Maps the network onto the chip.
    ///
    /// # Errors
    /// If a file cannot be read, the network is not valid, or it does not fit.
    pub fn compile(&self) -> Result<Compilation, Error> {
        self.compile_with(&self.compile_options())
    }

    /// How the experiment wants its network mapped.
    #[must_use]
    pub fn compile_options(&self) -> CompileOptions {
        let defaults = CompileOptions::default();
        CompileOptions {
            seed: self.seed,
            semantics: self.semantics,
            partitioner: self.partitioner.clone().unwrap_or(defaults.partitioner),
            placer: self.placer.clone().unwrap_or(defaults.placer),
            placement_seed: self.seed,
            ..defaults
        }
    }

    /// Maps the network onto the chip as `options` say.
    ///
    /// # Errors
    /// If a file cannot be read, the network is not valid, or it does not fit.
    pub fn compile_with(&self, options: &CompileOptions) -> Result<Compilation, Error> {
        self.compile_onto(
            &import::open(&self.network, &self.import)?.network,
            &ChipDescription::find(&self.chip)?,
            options,
        )
    }

    /// Maps a network onto a chip in place of those that the experiment names.
    ///
    /// # Errors
    /// If the network is not valid, or does not fit.
    pub fn compile_onto(
        &self,
        network: &Network,
        chip: &ChipDescription,
        options: &CompileOptions,
    ) -> Result<Compilation, Error> {
        tracing::info!(network = %self.network.display(), chip = %chip.name, seed = self.seed, "compiling");
        Ok(compile(network, chip, options)?)
    }

    /// Sets up what surrounds the compiled network.
    ///
    /// # Errors
    /// If data cannot be read, or a stimulus or task names what the image does not have.
    pub fn world(&self, image: &ChipImage) -> Result<World, Error> {
        let context = Context { image, seed: self.seed, folder: &self.folder, dopamine: self.dopamine.as_deref() };
        let task = self.task.as_ref().map(|spec| task::build(spec, &context)).transpose()?;
        let steps = task.as_ref().map(|task| task.steps()).or(self.steps).unwrap_or(0);
        let stimulus = Schedule::new(&self.stimuli, image, steps, self.seed)?;
        Ok(World { stimulus, task, steps })
    }
}

/// Cost profiles of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Costs(pub Vec<CostProfile>);

impl Costs {
    /// Finds profiles by names or files; none means the default ones.
    ///
    /// # Errors
    /// If one is not found or not valid.
    pub fn find(names: &[String]) -> Result<Self, Error> {
        let defaults = DEFAULT_COSTS.map(str::to_owned);
        let names = if names.is_empty() { &defaults } else { names };
        Ok(Self(names.iter().map(|name| CostProfile::find(name)).collect::<Result<_, _>>()?))
    }
}

/// How to run an image.
#[derive(Debug, Clone)]
pub struct Job<'i> {
    /// The image.
    pub image: &'i ChipImage,
    /// Threads; results do not depend on it.
    pub threads: usize,
    /// What steps the cores; results do not depend on it.
    pub strategy: Strategy,
    /// Cost profiles, the first of which headlines the summary.
    pub costs: Costs,
    /// How steps are timed.
    pub timing: Timing,
    /// States to record.
    pub probes: Vec<Probe>,
}

/// A run that is over.
#[derive(Debug)]
pub struct Finished<'i> {
    /// The chip after its last step.
    pub simulation: Simulation<'i>,
    /// Spikes and probed states.
    pub recorder: Recorder,
    /// What the world gave.
    pub input: InputRecord,
    /// The task's phases; empty without a task.
    pub phases: Vec<PhaseSummary>,
    /// What each sample of the task cost, by cost profile.
    pub samples: Vec<Vec<SampleCost>>,
    /// The task's result.
    pub outcome: Outcome,
    /// Whether all steps were run; if not, the watcher ended it, and there is no result of a task.
    pub is_whole: bool,
    /// Wall-clock seconds in which cores were laid out for this machine, before the first step.
    pub loading_seconds: f64,
}

/// The numbers of one phase of a task.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PhaseSummary {
    /// Its name.
    pub name: String,
    /// Steps.
    pub steps: Step,
    /// Samples presented.
    pub samples: u64,
    /// Spikes of neurons.
    pub spikes: u64,
    /// Synapses that spikes were delivered through.
    pub synaptic_events: u64,
    /// Synapses whose learning program ran with a satisfied dependency.
    pub learning_updates: u64,
    /// Energy and time under each profile.
    pub costs: Vec<PhaseCost>,
}

/// What a phase cost under one profile.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PhaseCost {
    /// Name of the profile.
    pub profile: String,
    /// Energy in picojoules.
    pub energy_pj: f64,
    /// Modelled time in picoseconds.
    pub time_ps: u64,
    /// Energy per sample in picojoules; `null` for a phase without samples.
    pub energy_pj_per_sample: Option<f64>,
    /// Modelled time per sample in picoseconds.
    pub time_ps_per_sample: Option<f64>,
    /// How energy differs between samples, in picojoules.
    pub energy_pj_spread: Option<Spread>,
    /// How modelled time differs between samples, in picoseconds.
    pub time_ps_spread: Option<Spread>,
}

/// How an amount differs between samples.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Spread {
    /// Least.
    pub min: f64,
    /// As many samples are below it as above.
    pub median: f64,
    /// Greatest.
    pub max: f64,
    /// Standard deviation.
    pub sd: f64,
}

impl Spread {
    /// The spread of some amounts; `None` of none.
    #[must_use]
    pub fn of(amounts: impl Iterator<Item = f64>) -> Option<Self> {
        let mut sorted: Vec<f64> = amounts.collect();
        sorted.sort_by(f64::total_cmp);
        let (min, max) = (*sorted.first()?, *sorted.last()?);
        let mean = sorted.iter().sum::<f64>() / sorted.len() as f64;
        let variance = sorted.iter().map(|amount| (amount - mean).powi(2)).sum::<f64>() / sorted.len() as f64;
        let middle = sorted.len() / 2;
        let median =
            if sorted.len() % 2 == 1 { sorted[middle] } else { f64::midpoint(sorted[middle - 1], sorted[middle]) };
        Some(Self { min, median, max, sd: variance.sqrt() })
    }
}

/// What one sample cost under one profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SampleCost {
    /// Energy in femtojoules.
    pub energy_fj: u128,
    /// Modelled time in picoseconds.
    pub time_ps: u64,
}

/// Runs an image in a world to its end.
///
/// # Errors
/// If a probe is not valid, the image is inconsistent, or threads cannot be started.
pub fn execute<'i>(job: Job<'i>, world: World, watcher: &mut dyn Watcher) -> Result<Finished<'i>, Error> {
    execute_kept(job, world, &Keeping::default(), watcher)
}

/// The same, with checkpoints: a run that goes on from one gives the same results as one that was never interrupted.
///
/// # Errors
/// As [`execute`]; [`caudate_core::Error::Checkpoint`] if the checkpoint is damaged or belongs to another run.
pub fn execute_kept<'i>(
    job: Job<'i>,
    mut world: World,
    keeping: &Keeping,
    watcher: &mut dyn Watcher,
) -> Result<Finished<'i>, Error> {
    let loading = Instant::now();
    let mut keeper = Keeper::new(keeping, &job, &world)?;
    let scratch = keeping.scratch.as_ref().map_or_else(|| Ok(Scratch::default()), |folder| Scratch::beside(folder))?;
    let mut recorder = Recorder::new(job.image, job.probes, &scratch)?;
    let mut given = InputRecord::new(&scratch);
    let options = Options { threads: job.threads, costs: job.costs.0, draws: None };
    let layout = Layout { threads: keeper.layout_threads(job.threads), strategy: job.strategy };
    let mut simulation = Simulation::laid_out(job.image, layout, options, job.timing)?;
    if matches!(job.strategy, Strategy::Sparse | Strategy::Dense) {
        tell_of_fall_backs(&simulation, watcher);
    }
    let mut input = StepInput::default();
    let mut phases = PhaseLog::new(world.phases(), &simulation);
    tracing::info!(steps = world.steps, threads = job.threads, "running");
    let begin = keeper.begin();
    for t in 0..begin {
        input.clear();
        world.sense(t, &[], &mut input);
        given.record(t, &input)?;
        keeper.note(t, &input);
    }
    keeper.resume(&mut simulation, &mut recorder)?;
    let loading_seconds = loading.elapsed().as_secs_f64();
    let mut is_ended = false;
    while simulation.now() < world.steps && !is_ended {
        let now = simulation.now();
        let until = world.steps.min(phases.next_end(now)).min(keeper.next_save(now));
        let mut attended = Attended { world: &mut world, keeper: &mut keeper, watcher: &mut *watcher, is_ended };
        run_recorded(&mut simulation, until, &mut attended, &mut given, &mut recorder)?;
        is_ended = attended.is_ended;
        if simulation.now() == until {
            phases.after_step(&simulation);
            keeper.save(until, &mut simulation, &mut recorder)?;
        }
    }
    if is_ended {
        tracing::info!(step = simulation.now(), "ended early");
        keeper.save_now(&mut simulation, &mut recorder)?;
    }
    watcher.at(world.steps, world.steps, "");
    let is_whole = simulation.now() == world.steps;
    let task = world.task.as_ref().filter(|_| is_whole);
    let outcome = task.map_or_else(Outcome::default, |task| task.outcome());
    Ok(Finished {
        simulation,
        recorder,
        input: given,
        phases: phases.done,
        samples: phases.samples,
        outcome,
        is_whole,
        loading_seconds,
    })
}

/// A run with its world, somebody who keeps checkpoints and somebody who watches.
struct Attended<'a> {
    world: &'a mut World,
    keeper: &'a mut Keeper,
    watcher: &'a mut dyn Watcher,
    /// Whether the watcher has ended the run.
    is_ended: bool,
}

impl Environment for Attended<'_> {
    fn sense(&mut self, t: Step, spikes: &[NeuronId], input: &mut StepInput) {
        if t.is_multiple_of(WATCHED_EVERY_STEPS) {
            self.watcher.at(t, self.world.steps, &self.world.phase(t));
        }
        self.world.sense(t, spikes, input);
        self.keeper.note(t, input);
    }
}

impl Companion for Attended<'_> {
    fn ends(&mut self) -> bool {
        self.is_ended |= self.watcher.ends();
        self.is_ended
    }
}

/// Tells which cores the plain step runs, reason by reason.
fn tell_of_fall_backs(simulation: &Simulation<'_>, watcher: &mut dyn Watcher) {
    let mut by_reason: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (index, core) in simulation.cores().enumerate() {
        if let Some(reason) = core.why_plain(simulation.image(), index) {
            by_reason.entry(reason).or_default().push(index);
        }
    }
    by_reason.iter().for_each(|(reason, cores)| watcher.fell_back(cores, reason));
}

/// Steps of each sample of a phase; those of the phase where it has no samples.
fn sample_steps(phase: &Phase) -> Step {
    (phase.steps / phase.samples.max(1)).max(1)
}

/// Splits a run's numbers by phase.
struct PhaseLog {
    ahead: std::vec::IntoIter<Phase>,
    current: Option<(Phase, Step)>,
    totals: Totals,
    costs: Vec<CostReport>,
    done: Vec<PhaseSummary>,
    /// By cost profile.
    samples: Vec<Vec<SampleCost>>,
    /// Time and energy up to the end of the last sample.
    up_to_sample: Vec<SampleCost>,
    /// Samples before this phase.
    earlier_samples: usize,
}

impl PhaseLog {
    fn new(phases: Vec<Phase>, simulation: &Simulation<'_>) -> Self {
        let mut ahead = phases.into_iter();
        let current = ahead.next().map(|phase| (phase.clone(), phase.steps));
        let costs = simulation.costs();
        Self {
            ahead,
            current,
            totals: simulation.totals(),
            done: Vec::new(),
            samples: vec![Vec::new(); costs.len()],
            up_to_sample: vec![SampleCost { energy_fj: 0, time_ps: 0 }; costs.len()],
            earlier_samples: 0,
            costs,
        }
    }

    fn after_step(&mut self, simulation: &Simulation<'_>) {
        self.end_sample(simulation);
        while let Some((phase, end)) = self.current.take_if(|(_, end)| *end <= simulation.now()) {
            let (totals, costs) = (simulation.totals(), simulation.costs());
            self.done.push(self.summary(phase, &totals, &costs));
            (self.totals, self.costs) = (totals, costs);
            self.earlier_samples = self.samples.first().map_or(0, Vec::len);
            self.current = self.ahead.next().map(|next| (next.clone(), end + next.steps));
        }
    }

    /// The end of the sample or phase that step `t` belongs to.
    fn next_end(&self, t: Step) -> Step {
        let Some((phase, end)) = &self.current else { return Step::MAX };
        let (first, sample) = (end - phase.steps, sample_steps(phase));
        (first + ((t - first) / sample + 1) * sample).min(*end)
    }

    /// Notes the costs of a sample if this step was its last.
    fn end_sample(&mut self, simulation: &Simulation<'_>) {
        let Some((phase, end)) = &self.current else { return };
        let into = simulation.now() + phase.steps - end;
        if phase.samples == 0 || !into.is_multiple_of(sample_steps(phase)) {
            return;
        }
        for ((samples, before), now) in self.samples.iter_mut().zip(&mut self.up_to_sample).zip(simulation.costs()) {
            let up_to = SampleCost { energy_fj: now.energy_total_fj, time_ps: now.time_ps };
            samples.push(SampleCost {
                energy_fj: up_to.energy_fj - before.energy_fj,
                time_ps: up_to.time_ps - before.time_ps,
            });
            *before = up_to;
        }
    }

    fn summary(&self, phase: Phase, totals: &Totals, costs: &[CostReport]) -> PhaseSummary {
        let per_sample = |amount: f64| (phase.samples > 0).then(|| amount / phase.samples as f64);
        let costs = costs.iter().zip(&self.costs).zip(&self.samples).map(|((now, before), samples)| {
            let own = || samples[self.earlier_samples.min(samples.len())..].iter();
            let energy_pj = (now.energy_fj.total() - before.energy_fj.total()) as f64 / 1000.0;
            let time_ps = now.time_ps - before.time_ps;
            PhaseCost {
                profile: now.profile.clone(),
                energy_pj,
                time_ps,
                energy_pj_per_sample: per_sample(energy_pj),
                time_ps_per_sample: per_sample(time_ps as f64),
                energy_pj_spread: Spread::of(own().map(|sample| sample.energy_fj as f64 / 1000.0)),
                time_ps_spread: Spread::of(own().map(|sample| sample.time_ps as f64)),
            }
        });
        PhaseSummary {
            costs: costs.collect(),
            name: phase.name,
            steps: phase.steps,
            samples: phase.samples,
            spikes: totals.counts.spikes - self.totals.counts.spikes,
            synaptic_events: totals.counts.synaptic_events - self.totals.counts.synaptic_events,
            learning_updates: totals.counts.learning_updates - self.totals.counts.learning_updates,
        }
    }
}

impl Finished<'_> {
    /// The run's numbers without those of the task.
    #[must_use]
    pub fn numbers(&self) -> Summary {
        Summary::of(&self.simulation, &self.recorder)
    }

    /// The content of `summary.json`: the run's numbers, and with a task its phases and its result at the top level.
    ///
    /// # Errors
    /// If a number cannot be written as JSON.
    pub fn summary(&self) -> Result<Value, Error> {
        let mut summary = serde_json::to_value(self.numbers())?;
        if let Value::Object(fields) = &mut summary {
            self.add_task(fields)?;
            if !self.is_whole {
                fields.insert("interrupted".to_owned(), true.into());
            }
        }
        Ok(summary)
    }

    fn add_task(&self, fields: &mut Map<String, Value>) -> Result<(), Error> {
        for (name, value) in &self.outcome.fields {
            // The counts of the chip cannot be overwritten by a task.
            fields.entry(name.clone()).or_insert_with(|| value.clone());
        }
        if !self.phases.is_empty() {
            fields.insert("phases".to_owned(), serde_json::to_value(&self.phases)?);
        }
        Ok(())
    }
}
