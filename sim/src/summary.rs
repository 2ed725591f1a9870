//! The numbers of a run, as `summary.json`. Equal runs give equal bytes: wall-clock times go elsewhere.

use crate::cost::{CostReport, EnergyByComponent};
use crate::recording::Recorder;
use crate::simulation::Simulation;
use crate::timing::Timing;
use caudate_core::neuron::Overflows;
use serde::Serialize;

/// Version of the summary's schema; it moves when a field changes its name or meaning.
pub const SCHEMA: &str = "caudate-summary/1";

/// The numbers of a run. Counts are of the modelled chip; the glossary defines each.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Summary {
    /// [`SCHEMA`].
    pub schema: &'static str,
    /// Version of the tool that compiled the image.
    pub tool_version: String,
    /// Name of the network.
    pub network: String,
    /// Name of the chip.
    pub chip: String,
    /// Numeric semantics.
    pub semantics: &'static str,
    /// Seed of every draw.
    pub seed: u64,
    /// Steps run.
    pub steps: u64,
    /// Cores in use.
    pub cores: u64,
    /// Neurons.
    pub neurons: u64,
    /// Synapses.
    pub synapses: u64,
    /// Spikes of neurons.
    pub spikes: u64,
    /// Spikes of input sources that were routed: (spike, destination core) pairs.
    pub input_packets: u64,
    /// (spike, destination core) pairs, inputs included.
    pub packets: u64,
    /// Tile hops of all packets.
    pub hops: u64,
    /// Synapses that spikes were delivered through.
    pub synaptic_events: u64,
    /// Mapped compartments times steps.
    pub neuron_accesses: u64,
    /// Accesses that found input, u, v, bias or refractory counter other than 0.
    pub neuron_updates: u64,
    /// Synapses whose learning program ran with a satisfied dependency.
    pub learning_updates: u64,
    /// Stored weights that changed.
    pub weight_writes: u64,
    /// Accesses in which microcode ran.
    pub program_runs: u64,
    /// Cycles of those runs.
    pub program_cycles: u64,
    /// Words that those runs moved: state in and out, and parameters of their own in.
    pub program_words: u64,
    /// Learning updates in which microcode ran.
    pub learning_runs: u64,
    /// Cycles of those runs.
    pub learning_cycles: u64,
    /// State words that those runs moved.
    pub learning_words: u64,
    /// (core, step) pairs in which a core had anything to compute.
    pub active_core_steps: u64,
    /// Overflows of all populations.
    pub overflows: u64,
    /// Name of the first cost profile, to which the next two fields belong; `null` if none was asked for.
    pub profile: Option<String>,
    /// Energy in picojoules under it.
    pub energy_pj: Option<f64>,
    /// Energy in femtojoules under it: the sum of its components.
    pub energy_total_fj: Option<u128>,
    /// Energy by component in femtojoules under it.
    pub energy_fj: Option<EnergyByComponent>,
    /// Modelled time in picoseconds under it.
    pub time_ps: Option<u64>,
    /// How steps were timed.
    pub timing: Option<Timing>,
    /// Largest over smallest energy of all profiles, and the same of time: the error of the model is at least that large. `null` for fewer than
    /// two profiles.
    pub spread: Option<Spread>,
    /// Time and energy under every profile.
    pub costs: Vec<CostReport>,
    /// By population.
    pub populations: Vec<PopulationSummary>,
}

/// The numbers of one population of neurons.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PopulationSummary {
    /// Its name.
    pub name: String,
    /// Neurons.
    pub size: u32,
    /// Spikes.
    pub spikes: u64,
    /// Overflows by kind.
    pub overflows: Overflows,
}

/// How far cost profiles lie apart.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Spread {
    /// Largest over smallest energy; at least 1.
    pub energy_ratio: f64,
    /// Largest over smallest time; at least 1.
    pub time_ratio: f64,
}

impl Spread {
    /// The spread of at least two profiles; `None` for fewer, or if one of them costs nothing.
    #[must_use]
    pub fn of(costs: &[CostReport]) -> Option<Self> {
        let ratio = |amount: fn(&CostReport) -> f64| {
            let largest = costs.iter().map(amount).fold(0.0, f64::max);
            let smallest = costs.iter().map(amount).fold(f64::INFINITY, f64::min);
            (costs.len() >= 2 && smallest > 0.0).then(|| largest / smallest)
        };
        Some(Self { energy_ratio: ratio(|cost| cost.energy_pj)?, time_ratio: ratio(|cost| cost.time_ps as f64)? })
    }
}

impl Summary {
    /// The numbers of a run so far.
    #[must_use]
    pub fn of(simulation: &Simulation<'_>, recorder: &Recorder) -> Self {
        let image = simulation.image();
        let totals = simulation.totals();
        let overflows = simulation.overflows();
        let costs = simulation.costs();
        let populations =
            image.symbols.populations.iter().zip(&overflows).filter(|(population, _)| !population.is_input);
        Self {
            schema: SCHEMA,
            tool_version: image.header.tool_version.clone(),
            network: image.header.network.clone(),
            chip: image.chip.name.clone(),
            semantics: image.header.semantics.name(),
            seed: image.header.seed,
            steps: simulation.now(),
            cores: image.cores.len() as u64,
            neurons: image.neuron_count(),
            synapses: image.synapse_count(),
            spikes: totals.counts.spikes,
            input_packets: totals.input_packets,
            packets: totals.packets + totals.input_packets,
            hops: totals.hops,
            synaptic_events: totals.counts.synaptic_events,
            neuron_accesses: totals.counts.neuron_accesses,
            neuron_updates: totals.counts.neuron_updates,
            learning_updates: totals.counts.learning_updates,
            weight_writes: totals.counts.weight_writes,
            program_runs: totals.counts.program_runs,
            program_cycles: totals.counts.program_cycles,
            program_words: totals.counts.program_words,
            learning_runs: totals.counts.learning_runs,
            learning_cycles: totals.counts.learning_cycles,
            learning_words: totals.counts.learning_words,
            active_core_steps: totals.active_core_steps,
            overflows: overflows.iter().map(Overflows::total).sum(),
            profile: costs.first().map(|cost| cost.profile.clone()),
            energy_pj: costs.first().map(|cost| cost.energy_pj),
            energy_total_fj: costs.first().map(|cost| cost.energy_total_fj),
            energy_fj: costs.first().map(|cost| cost.energy_fj),
            time_ps: costs.first().map(|cost| cost.time_ps),
            timing: costs.first().map(|cost| cost.timing),
            spread: Spread::of(&costs),
            populations: populations
                .map(|(population, overflows)| PopulationSummary {
                    name: population.name.clone(),
                    size: population.size,
                    spikes: recorder.count_of(population),
                    overflows: *overflows,
                })
                .collect(),
            costs,
        }
    }
}
