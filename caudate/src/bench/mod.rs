//! Benchmarks of the engine: named networks, timed, with a checksum of everything that they did.

mod checksum;
mod memory;
mod nets;
mod stimulus;

pub use nets::{Benchmark, Net};
pub use stimulus::Supplied;

use crate::error::Error;
use caudate_core::chip::ChipDescription;
use caudate_core::engine::Strategy;
use caudate_core::id::{NeuronId, Step};
use caudate_mapper::{CompileOptions, compile};
use caudate_sim::{Companion, Environment, Options, Simulation, StepInput, Timing, simulation};
use checksum::Checksum;
use serde::Serialize;
use std::time::Instant;

/// What to measure.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Request {
    /// The network.
    pub net: Net,
    /// Size, 1 for the published one.
    pub scale: f64,
    /// Timed steps; `None`: one second of model time, or 1,000 for [`Net::Loihi`].
    pub steps: Option<u64>,
    /// Threads.
    pub threads: usize,
    /// How cores are stepped.
    pub strategy: Strategy,
    /// Seed of network, initial state and stimulus.
    pub seed: u64,
    /// Spikes per second of each supplied source, [`Net::Sparse`] only.
    pub rate_hz: f64,
}

/// What was measured. Rates and counts are those of the timed part.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Measurement {
    /// Name of the network.
    pub net: &'static str,
    /// Neurons.
    pub neurons: u64,
    /// Synapses.
    pub synapses: u64,
    /// Timed steps.
    pub steps: u64,
    /// Threads.
    pub threads: usize,
    /// Seconds from the network to an engine that can run.
    pub setup_s: f64,
    /// Seconds of the timed part.
    pub wall_s: f64,
    /// Spikes of neurons.
    pub spikes: u64,
    /// Spikes per neuron and second of model time; a step of [`Net::Loihi`] counts as 1 ms.
    pub rate_hz: f64,
    /// Synapses that spikes were delivered through.
    pub synaptic_events: u64,
    /// Accesses of neurons that found something to compute.
    pub neuron_updates: u64,
    /// `synaptic_events / wall_s`.
    pub events_per_s: f64,
    /// Largest resident set of the process so far.
    pub peak_rss_bytes: u64,
    /// Growth of the resident set, program files left aside, from before the network to the loaded engine, image released, by synapse.
    pub bytes_per_synapse: f64,
    /// Of all spikes, warm-up included, and of the final states.
    pub checksum: String,
}

/// What goes on around a network while it is measured.
struct Course<'a> {
    supplied: &'a Supplied,
    checksum: Checksum,
}

impl Environment for Course<'_> {
    fn sense(&mut self, t: Step, _spikes: &[NeuronId], input: &mut StepInput) {
        self.supplied.fill(t, input);
    }
}

impl Companion for Course<'_> {
    fn spiked(&mut self, t: Step, spikes: &[NeuronId]) {
        self.checksum.spikes(t, spikes);
    }
}

/// Builds, warms up and times a network.
///
/// # Errors
/// If the network does not compile or threads cannot be started.
pub fn measure(request: &Request) -> Result<Measurement, Error> {
    let before = memory::resident_bytes();
    let mut clock = Instant::now();
    let Benchmark { network, dt_ms, warm_up_steps, steps, supplied } =
        request.net.build(request.scale, request.seed, request.rate_hz, request.steps)?;
    let chip = ChipDescription::built_in("unlimited")?;
    let options = CompileOptions { seed: request.seed, ..CompileOptions::default() };
    let mut image = compile(&network, &chip, &options)?.image;
    drop(network);
    let (neurons, synapses) = (image.neuron_count(), image.synapse_count());
    let cores = simulation::load(&image, request.strategy, request.threads)?;
    image.cores.iter_mut().for_each(|core| core.memory = Vec::new());
    let options = Options { threads: request.threads, costs: Vec::new(), draws: None };
    let mut simulation = Simulation::of_cores(&image, cores, options, Timing::default())?;
    let setup_s = clock.elapsed().as_secs_f64();
    let loaded = memory::resident_bytes();

    let mut course = Course { supplied: &supplied, checksum: Checksum::default() };
    simulation.run(warm_up_steps, &mut course);
    let warm = simulation.totals().counts;
    clock = Instant::now();
    simulation.run(warm_up_steps + steps, &mut course);
    let wall_s = clock.elapsed().as_secs_f64();
    let counts = simulation.totals().counts;
    let Course { mut checksum, .. } = course;
    checksum.states(&simulation);

    let synaptic_events = counts.synaptic_events - warm.synaptic_events;
    let spikes = counts.spikes - warm.spikes;
    Ok(Measurement {
        net: request.net.name(),
        neurons,
        synapses,
        steps,
        threads: request.threads,
        setup_s,
        wall_s,
        spikes,
        rate_hz: spikes as f64 / neurons as f64 / (steps as f64 * dt_ms / 1000.0),
        synaptic_events,
        neuron_updates: counts.neuron_updates - warm.neuron_updates,
        events_per_s: synaptic_events as f64 / wall_s,
        peak_rss_bytes: memory::peak_bytes(),
        bytes_per_synapse: loaded.saturating_sub(before) as f64 / synapses.max(1) as f64,
        checksum: checksum.hex(),
    })
}
