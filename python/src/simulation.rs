//! A run that Python drives, some steps at a time.

use crate::convert::{integers, json, matrix};
use crate::error::{flaw, raise, refuse, unknown};
use crate::image::{Image, Mapping};
use crate::input::{Window, lay_out};
use crate::network::one_of;
use crate::probes;
use crate::progress::Bar;
use crate::spikes::{self, Spikes};
use caudate::core::archive::Number;
use caudate::core::engine::Strategy;
use caudate::core::id::{NeuronId, ProjectionId, Step};
use caudate::core::image::ProjectionSymbol;
use caudate::core::tape::{Scratch, Tape};
use caudate::experiment::{Costs, Driven, Finished};
use caudate::isa::diagnostic::Diagnostic;
use caudate::sim::recording::{Probe, Samples, Weights, state_variables};
use caudate::sim::simulation::Layout;
use caudate::sim::timing::Timing;
use caudate::sim::{Companion, Environment, InputRecord, Options, Recorder, StepInput, Stimulus, run_recorded};
use caudate::task::Outcome;
use caudate::{ChipImage, output};
use numpy::PyArray1;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use std::borrow::Cow;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, TryLockError};
use std::time::{Duration, Instant};

/// So long a run may be deaf to Ctrl-C, and leave a progress bar as it is.
const PATIENCE: Duration = Duration::from_millis(50);
/// The clock is read once in this many steps, and earlier while a call is young: a step may take a second.
const STEPS_PER_GLANCE: Step = 16;
/// Steps are written to files in 32 bits.
const MOST_STEPS: Step = u32::MAX as Step;

/// An image in motion. Results depend on image and input alone, not on ``threads`` or on how steps are
/// divided among calls.
///
/// ``costs`` are names or files of cost profiles, the first of which headlines (``None``: the two of the
/// command line; ``[]`` the same). ``timing`` is ``"analytic"`` or ``"detailed"``. ``probes`` names
/// populations to record in every step, as a list, or as ``{population: variables}``, or ``{population:
/// {"variables": [...], "neurons": [...], "every_steps": 10}}``.
///
/// ``resume`` is a file that ``save`` wrote, of a simulation of the same image, costs, timing and probes: the run goes on
/// from there, with any number of ``threads``.
///
/// One thread at a time may use a simulation (``E-SIM-BUSY``); several simulations run in parallel, as the
/// interpreter is released while one steps.
#[pyclass(frozen, module = "caudate")]
pub(crate) struct Simulation {
    image: Arc<ChipImage>,
    mapping: Option<Arc<Mapping>>,
    costs: Costs,
    timing: Timing,
    probes: Vec<Probe>,
    run: Mutex<Run>,
}

struct Run {
    finished: Finished<'static>,
}

impl Run {
    /// Runs at most `steps` steps, until patience ends; returns how many.
    fn advance(&mut self, world: &mut Stimulus, steps: Step) -> Result<Step, caudate::Error> {
        let Finished { simulation, recorder, input: given, .. } = &mut self.finished;
        let first = simulation.now();
        let mut call = Call { world, started: Instant::now(), done: 0 };
        run_recorded(simulation, first + steps, &mut call, given, recorder)?;
        Ok(simulation.now() - first)
    }
}

/// A stimulus for as long as patience lasts.
struct Call<'a> {
    world: &'a mut Stimulus,
    started: Instant,
    /// Steps so far.
    done: Step,
}

impl Environment for Call<'_> {
    fn sense(&mut self, t: Step, spikes: &[NeuronId], input: &mut StepInput) {
        self.done += 1;
        self.world.sense(t, spikes, input);
    }
}

impl Companion for Call<'_> {
    fn ends(&mut self) -> bool {
        let glances = self.done.is_power_of_two() || self.done.is_multiple_of(STEPS_PER_GLANCE);
        glances && self.started.elapsed() >= PATIENCE
    }
}

#[pymethods]
impl Simulation {
    #[new]
    #[pyo3(signature = (image, *, threads = 1, costs = None, timing = "analytic", probes = None, resume = None))]
    fn new(
        py: Python<'_>,
        image: &Bound<'_, Image>,
        threads: i64,
        costs: Option<Vec<String>>,
        timing: &str,
        probes: Option<&Bound<'_, PyAny>>,
        resume: Option<PathBuf>,
    ) -> PyResult<Self> {
        let Image { image, mapping } = image.get();
        let probes = probes.map_or_else(|| Ok(Vec::new()), probes::read)?;
        let costs = Costs::find(&costs.unwrap_or_default()).map_err(|error| raise(py, error))?;
        let settings = threads_of(threads).and_then(|threads| Ok((threads, timing_of(timing)?)));
        let (threads, timing) = settings.map_err(|diagnostic| refuse(py, *diagnostic))?;
        let options = Options { threads, costs: costs.0.clone(), draws: None };
        let run = py.detach(|| {
            let mut recorder = Recorder::new(image, probes.clone(), &Scratch::default())?;
            let saved = match &resume {
                Some(path) => Some(Driven::of(image, &costs, timing, &probes)?.read(path)?),
                None => None,
            };
            let layout_threads = saved.as_ref().map_or(threads, |saved| saved.layout_threads as usize);
            let layout = Layout { threads: layout_threads, strategy: Strategy::Auto };
            let mut simulation = caudate::sim::Simulation::laid_out(image.clone(), layout, options, timing)?;
            if let Some(saved) = saved {
                saved.restore(&mut simulation, &mut recorder)?;
            }
            let (input, outcome) = (InputRecord::default(), Outcome::default());
            let (phases, samples) = (Vec::new(), Vec::new());
            // What has been stepped is always the whole of it, and only stepping is timed.
            let (is_whole, loading_seconds) = (true, 0.0);
            let finished =
                Finished { simulation, recorder, input, phases, samples, outcome, is_whole, loading_seconds };
            Ok::<_, caudate::Error>(Run { finished })
        });
        let run = Mutex::new(run.map_err(|error| raise(py, error))?);
        Ok(Self { image: image.clone(), mapping: mapping.clone(), costs, timing, probes, run })
    }

    /// Runs ``n`` steps and returns what fired in them. Steps of the input count from the first step of the call.
    ///
    /// ``spikes`` has for each input population ``(t, i)``: member ``i[k]`` spikes at step ``t[k]``; or an array
    /// of bool of shape ``[n, members]``; or whole numbers, the members that spike at the first step.
    /// ``modulators`` has for each channel what is added to it, -255..255: a number for the first step, an array
    /// with one for each step, or ``(t, amount)``.
    ///
    /// ``progress`` is an open bar of tqdm's protocol, or what makes one (``progress=tqdm``). Ctrl-C ends the
    /// call after a whole step; what ran is kept.
    #[pyo3(signature = (n = 1, spikes = None, modulators = None, progress = None))]
    fn step(
        &self,
        py: Python<'_>,
        n: i64,
        spikes: Option<&Bound<'_, PyDict>>,
        modulators: Option<&Bound<'_, PyDict>>,
        progress: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Spikes> {
        let mut guard = self.lock(py)?;
        let run = &mut *guard;
        let first = run.finished.simulation.now();
        let left = MOST_STEPS - first;
        let Some(steps) = Step::try_from(n).ok().filter(|steps| *steps <= left) else {
            let message = format!("n is {n}; after {first} steps the range is 0..={left}");
            return Err(refuse(py, flaw("E-STEP-RANGE", "step", message, "run at most 2^32 - 1 steps in all")));
        };
        let mut world = lay_out(py, &self.image, Window { first, steps }, spikes, modulators)?;
        let bar = Bar::open(progress, steps)?;
        let before = run.finished.recorder.spikes().len() as usize;
        let mut done = 0;
        while done < steps {
            let ran = py.detach(|| run.advance(&mut world, steps - done)).map_err(|error| raise(py, error))?;
            done += ran;
            bar.update(ran)?;
            py.check_signals()?;
        }
        bar.close()?;
        let events = recorded(py, run.finished.recorder.spikes())?[before..].to_vec();
        Ok(Spikes::new(self.image.clone(), first, steps, events))
    }

    /// All spikes so far.
    #[getter]
    fn spikes(&self, py: Python<'_>) -> PyResult<Spikes> {
        let run = self.lock(py)?;
        let events = recorded(py, run.finished.recorder.spikes())?.into_owned();
        Ok(Spikes::new(self.image.clone(), 0, run.finished.simulation.now(), events))
    }

    /// What the probes recorded, by population: ``steps``, ``neurons``, and int64 [steps, neurons] for each
    /// variable.
    #[getter]
    fn states<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let run = self.lock(py)?;
        let states = PyDict::new(py);
        for Samples { population, steps, neurons, variables } in run.finished.recorder.samples() {
            let own = PyDict::new(py);
            own.set_item("steps", PyArray1::from_slice(py, &recorded(py, steps)?))?;
            own.set_item("neurons", PyArray1::from_slice(py, neurons))?;
            for (name, samples) in variables {
                let samples = recorded(py, samples)?.into_owned();
                own.set_item(name, matrix(py, samples, steps.len() as usize, neurons.len())?)?;
            }
            states.set_item(population, own)?;
        }
        Ok(states)
    }

    /// A state variable of each neuron as it is now: ``u`` or ``v``, or a state word of a program.
    fn state<'py>(&self, py: Python<'py>, population: &str, variable: &str) -> PyResult<Bound<'py, PyArray1<i64>>> {
        let run = self.lock(py)?;
        let population = spikes::find(py, &self.image, population)?;
        let known = state_variables(&self.image, population);
        let Some((_, variable)) = known.iter().find(|(name, _)| name == variable) else {
            let names = known.iter().map(|(name, _)| name.as_str());
            let place = format!("population '{}'", population.name);
            return Err(refuse(py, unknown("E-PY-NAME", &place, "state variable", variable, names)));
        };
        let neurons = (population.first.0..population.first.0 + population.size).map(NeuronId);
        let simulation = &run.finished.simulation;
        Ok(PyArray1::from_vec(py, neurons.map(|neuron| simulation.variable(neuron, *variable)).collect()))
    }

    /// The synapses of a projection that learns, as they are now: ``weight`` (mantissas), ``delay_steps``, and ``tag`` or the state
    /// words of the rule; sorted by ``pre``, ``post``, or in an ``order`` of ``Image.order``.
    #[pyo3(signature = (projection, order = None))]
    fn weights<'py>(
        &self,
        py: Python<'py>,
        projection: &str,
        order: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyDict>> {
        let run = self.lock(py)?;
        let index = self.plastic(py, projection)?;
        let symbols = &self.image.symbols;
        let ProjectionSymbol { pre, post, .. } = symbols.projections[index];
        let own = py.detach(|| Weights::of(&run.finished.simulation, ProjectionId(index as u32)));
        let order = places(py, order, own.weight.len())?;
        let weights = PyDict::new(py);
        for (end, neurons, population) in [("pre", &own.pre, pre), ("post", &own.post, post)] {
            let first = symbols.populations[population as usize].first.0;
            let members: Vec<u32> = neurons.iter().map(|neuron| neuron.0 - first).collect();
            weights.set_item(end, PyArray1::from_vec(py, taken(members, &order)))?;
        }
        weights.set_item("weight", PyArray1::from_vec(py, taken(own.weight, &order)))?;
        let delay_steps: Vec<u8> = own.delay.iter().map(|stored| stored + 1).collect();
        weights.set_item("delay_steps", PyArray1::from_vec(py, taken(delay_steps, &order)))?;
        if own.own.is_empty() {
            weights.set_item("tag", PyArray1::from_vec(py, taken(own.tag, &order)))?;
        }
        for (name, values) in own.own {
            weights.set_item(name, PyArray1::from_vec(py, taken(values, &order)))?;
        }
        Ok(weights)
    }

    /// Gives the synapses of a projection that learns other weights, between two steps: mantissas in the order of ``weights``, or in an
    /// ``order`` of ``Image.order``. Traces, tags and delays stay. A mantissa that the chip cannot store is refused, and then nothing is set.
    #[pyo3(signature = (projection, weight, order = None))]
    fn set_weights(
        &self,
        py: Python<'_>,
        projection: &str,
        weight: &Bound<'_, PyAny>,
        order: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<()> {
        let mut run = self.lock(py)?;
        let index = self.plastic(py, projection)?;
        let given = integers(weight, "weight").map_err(|refusal| refusal.raise(py))?;
        let synapses = self.image.symbols.projections[index].synapses as usize;
        if given.len() != synapses {
            let message = format!("{} weights are given; '{projection}' has {synapses} synapses", given.len());
            return Err(refuse(py, flaw("E-PY-SHAPE", "weight", message, "give one for each synapse")));
        }
        let mut mantissas = vec![0; synapses];
        let order = places(py, order, synapses)?;
        for (at, value) in given.into_iter().enumerate() {
            let place = order.as_ref().map_or(at, |order| order[at]);
            mantissas[place] = i16::try_from(value).map_err(|_| {
                let message = format!("weight {value} of synapse {at} is outside -32768..=32767");
                refuse(py, flaw("E-PY-RANGE", "weight", message, "give mantissas as the chip stores them"))
            })?;
        }
        let Finished { simulation, .. } = &mut run.finished;
        py.detach(|| simulation.set_weights(ProjectionId(index as u32), &mantissas)).map_err(|error| raise(py, error))
    }

    /// Levels of the modulator channels in the last step.
    #[getter]
    fn levels<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let run = self.lock(py)?;
        let levels = PyDict::new(py);
        let own = self.image.channels.iter().zip(run.finished.simulation.levels());
        own.into_iter().try_for_each(|(channel, level)| levels.set_item(&channel.name, *level))?;
        Ok(levels)
    }

    /// The first step not yet run.
    #[getter]
    fn now(&self, py: Python<'_>) -> PyResult<u64> {
        Ok(self.lock(py)?.finished.simulation.now())
    }

    /// Modelled energy so far in joules, under the first cost profile.
    #[getter]
    fn energy(&self, py: Python<'_>) -> PyResult<f64> {
        let costs = self.lock(py)?.finished.simulation.costs();
        Ok(costs.first().map_or(0.0, |cost| cost.energy_total_fj as f64 * 1e-15))
    }

    /// Modelled time so far in seconds, under the first cost profile.
    #[getter]
    fn time(&self, py: Python<'_>) -> PyResult<f64> {
        let costs = self.lock(py)?.finished.simulation.costs();
        Ok(costs.first().map_or(0.0, |cost| cost.time_ps as f64 * 1e-12))
    }

    /// The numbers of the run: the fields of ``summary.json``.
    fn summary<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let summary = self.lock(py)?.finished.summary().map_err(|error| raise(py, error))?;
        json(py, &summary)
    }

    /// Writes the files that ``caudate simulate`` writes; with ``plots`` each chart of the report too.
    #[pyo3(signature = (folder, plots = false))]
    fn write(&self, py: Python<'_>, folder: PathBuf, plots: bool) -> PyResult<()> {
        let run = self.lock(py)?;
        let finished = &run.finished;
        let report = self.mapping.as_deref().map(|mapping| &mapping.report);
        let written = output::check_folder(&folder)
            .and_then(|()| output::write_results(&folder, finished, report, &self.costs, plots));
        written.map_err(|error| raise(py, error))
    }

    /// Writes a checkpoint, from which ``Simulation(image, resume=path)`` goes on. It holds the state of the chip, spikes and
    /// probes; not the input given so far, which ``write`` then leaves out.
    fn save(&self, py: Python<'_>, path: PathBuf) -> PyResult<()> {
        let mut run = self.lock(py)?;
        let Finished { simulation, recorder, .. } = &mut run.finished;
        let driven = Driven::of(&self.image, &self.costs, self.timing, &self.probes);
        driven.and_then(|driven| driven.save(simulation, recorder, &path)).map_err(|error| raise(py, error))
    }

    /// The run in words.
    fn __str__(&self, py: Python<'_>) -> PyResult<String> {
        Ok(caudate::report::run_text(&self.lock(py)?.finished))
    }

    fn __repr__(&self) -> String {
        let now =
            self.run.try_lock().map_or("stepping".to_owned(), |run| format!("step {}", run.finished.simulation.now()));
        format!("<caudate.Simulation of '{}' at {now}>", self.image.header.network)
    }
}

/// What is on a tape, in memory.
fn recorded<'t, T: Number>(py: Python<'_>, tape: &'t Tape<T>) -> PyResult<Cow<'t, [T]>> {
    tape.all().map_err(|error| raise(py, error))
}

impl Simulation {
    /// The number of a projection that learns.
    fn plastic(&self, py: Python<'_>, projection: &str) -> PyResult<usize> {
        let projections = &self.image.symbols.projections;
        let found = projections.iter().position(|own| own.is_plastic && own.name == projection);
        found.ok_or_else(|| {
            let known = projections.iter().filter(|own| own.is_plastic).map(|own| own.name.as_str());
            refuse(py, unknown("E-PY-NAME", "weights", "projection that learns", projection, known))
        })
    }

    /// The run, unless it is stepping in another thread.
    fn lock(&self, py: Python<'_>) -> PyResult<MutexGuard<'_, Run>> {
        self.run.try_lock().map_err(|error| {
            let (message, help) = match error {
                TryLockError::WouldBlock => ("the simulation is in use by another thread", "join that thread first"),
                TryLockError::Poisoned(_) => ("a step of the simulation did not end", "start a new simulation"),
            };
            refuse(py, flaw("E-SIM-BUSY", &format!("simulation of '{}'", self.image.header.network), message, help))
        })
    }
}

/// An order of so many synapses: where each stands among the recorded ones.
fn places(py: Python<'_>, order: Option<&Bound<'_, PyAny>>, synapses: usize) -> PyResult<Option<Vec<usize>>> {
    let Some(order) = order else { return Ok(None) };
    let given = integers(order, "order").map_err(|refusal| refusal.raise(py))?;
    let mut is_free = vec![true; synapses];
    let mut take = |place: &i64| {
        let place = usize::try_from(*place).ok().filter(|place| *place < synapses)?;
        std::mem::take(&mut is_free[place]).then_some(place)
    };
    let places: Option<Vec<usize>> = given.iter().map(&mut take).collect();
    match places.filter(|places| places.len() == synapses) {
        Some(places) => Ok(Some(places)),
        None => {
            let message = format!("{} numbers are given that are not 0..{synapses}, each once", given.len());
            Err(refuse(py, flaw("E-PY-SHAPE", "order", message, "take it from image.order(network)[projection]")))
        }
    }
}

/// Values in an order, or as they are.
fn taken<T: Copy>(values: Vec<T>, order: &Option<Vec<usize>>) -> Vec<T> {
    match order {
        Some(order) => order.iter().map(|place| values[*place]).collect(),
        None => values,
    }
}

fn threads_of(threads: i64) -> Result<usize, Box<Diagnostic>> {
    usize::try_from(threads).ok().filter(|threads| (1..=1024).contains(threads)).ok_or_else(|| {
        let message = format!("threads is {threads}; the range is 1..=1024");
        Box::new(flaw("E-PY-RANGE", "threads", message, "no result depends on it: use 1, or one for each processor"))
    })
}

fn timing_of(name: &str) -> Result<Timing, Box<Diagnostic>> {
    one_of("timing", name, &Timing::ALL.map(|timing| (timing.name(), timing)))
}
