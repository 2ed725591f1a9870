//! A chip in motion: cores that sleep until their next event, spikes routed between them, modulators broadcast to them.

use crate::cost::{CostMeter, CostProfile, CostReport};
use crate::environment::StepInput;
use crate::error::Error;
use crate::recording::StateVariable;
use crate::schedule::Schedule;
use crate::traffic::{Router, Traffic};
use caudate_core::draws::Draws;
use caudate_core::id::{AxonId, NeuronId, Step};
use caudate_core::image::ChipImage;
use caudate_core::neuron::{NeuronState, Overflows};
use caudate_core::runtime::{Arrival, Core, Emission, StepCounts};
use rayon::prelude::*;

/// How to run.
#[derive(Debug, Clone)]
pub struct Options {
    /// Threads; results do not depend on it.
    pub threads: usize,
    /// Cost profiles, the first of which headlines the summary.
    pub costs: Vec<CostProfile>,
    /// Random numbers; `None`: counter-based under the image's seed.
    pub draws: Option<Draws>,
}

/// A run in progress.
#[derive(Debug)]
pub struct Simulation<'i> {
    image: &'i ChipImage,
    pool: Option<rayon::ThreadPool>,
    lanes: Vec<Lane>,
    router: Router<'i>,
    schedule: Schedule,
    draws: Draws,
    levels: Vec<i8>,
    /// Cores whose neurons read each channel.
    listeners: Vec<Vec<u32>>,
    /// Spikes of the last step, ascending.
    spikes: Vec<NeuronId>,
    /// First step not yet run.
    t: Step,
    meters: Vec<CostMeter>,
    traffic: Traffic,
    active_core_steps: u64,
}

/// A core with what it needs in one step.
#[derive(Debug)]
struct Lane {
    core: Core,
    awake: bool,
    spikes: Vec<Emission>,
    /// Spikes that reach the core in this step.
    arrivals: Vec<Arrival>,
    counts: StepCounts,
    total: StepCounts,
    /// Counts of each step at rest, and the step from which they have not been added up yet.
    resting: StepCounts,
    resting_since: Step,
    /// Time at rest under each cost profile, in picoseconds.
    resting_ps: Vec<u64>,
    wake: Option<Step>,
}

/// Totals of a run so far, in terms of the modelled chip.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Totals {
    /// Counts of all cores.
    pub counts: StepCounts,
    /// (spike, destination core) pairs between cores.
    pub packets: u64,
    /// (input spike, destination core) pairs.
    pub input_packets: u64,
    /// Tile hops.
    pub hops: u64,
    /// (core, step) pairs in which a core had anything to compute.
    pub active_core_steps: u64,
}

impl<'i> Simulation<'i> {
    /// Loads an image, in its state before step 0.
    ///
    /// # Errors
    /// If the image is inconsistent, or threads cannot be started.
    pub fn new(image: &'i ChipImage, options: Options) -> Result<Self, Error> {
        let router = Router::new(image);
        let meters: Vec<CostMeter> =
            options.costs.into_iter().map(|profile| CostMeter::new(profile, router.tiles_in_use())).collect();
        let lanes = (0..image.cores.len())
            .map(|index| Ok(Lane::new(Core::load(image, index)?, meters.len())))
            .collect::<Result<Vec<_>, Error>>()?;
        let mut schedule = Schedule::default();
        let mut listeners = vec![Vec::new(); image.channels.len()];
        for (core, lane) in lanes.iter().enumerate() {
            schedule.set(core, Some(0));
            for channel in lane.core.channels_heard() {
                listeners[usize::from(channel)].push(core as u32);
            }
        }
        let pool = match options.threads {
            0 | 1 => None,
            threads => Some(
                rayon::ThreadPoolBuilder::new()
                    .num_threads(threads)
                    .build()
                    .map_err(|error| Error::Threads(format!("{threads} threads: {error}")))?,
            ),
        };
        Ok(Self {
            image,
            pool,
            lanes,
            router,
            schedule,
            draws: options.draws.unwrap_or(Draws::Counter { seed: image.header.seed }),
            levels: vec![0; image.channels.len()],
            listeners,
            spikes: Vec::new(),
            t: 0,
            meters,
            traffic: Traffic::default(),
            active_core_steps: 0,
        })
    }

    /// Runs one step with `input`; returns the neurons that spiked, ascending.
    pub fn step(&mut self, input: &StepInput) -> &[NeuronId] {
        let t = self.t;
        let mut awake = vec![false; self.lanes.len()];
        self.advance_modulators(input, &mut awake);
        for (neuron, values) in &input.third_factors {
            if let Some((core, compartment)) = self.router.place_of(*neuron) {
                self.lanes[core].core.set_third_factor(compartment, *values);
            }
        }
        self.schedule.wake(t, &mut awake);
        for (lane, awake) in self.lanes.iter_mut().zip(awake) {
            lane.awake = awake;
        }

        let (draws, levels) = (&self.draws, &self.levels);
        each(self.pool.as_ref(), &mut self.lanes, |lane| lane.compute(t, levels, draws));
        let step_traffic = self.route(input);
        let (draws, levels) = (&self.draws, &self.levels);
        each(self.pool.as_ref(), &mut self.lanes, |lane| lane.finish(t, levels, draws));

        self.account(&step_traffic);
        self.t += 1;
        &self.spikes
    }

    /// Brings every level to this step, and marks the cores that must not sleep through its change.
    fn advance_modulators(&mut self, input: &StepInput, awake: &mut [bool]) {
        for (index, channel) in self.image.channels.iter().enumerate() {
            let injected = input.modulators.iter().filter(|(channel, _)| usize::from(*channel) == index);
            let injected = injected.map(|(_, amount)| *amount).sum();
            let spikes = channel.source.map_or(0, |source| {
                let from = self.spikes.partition_point(|neuron| neuron.0 < source.first_neuron);
                let to = self.spikes.partition_point(|neuron| neuron.0 < source.first_neuron + source.neurons);
                (to - from) as u64
            });
            let level = channel.advance(self.levels[index], injected, spikes);
            if level != self.levels[index] {
                self.listeners[index].iter().for_each(|core| awake[*core as usize] = true);
            }
            self.levels[index] = level;
        }
    }

    /// Hands the spikes of this step to the axons they reach.
    fn route(&mut self, input: &StepInput) -> Traffic {
        let mut traffic = Traffic::default();
        self.spikes.clear();
        for source in 0..self.lanes.len() {
            let spikes = std::mem::take(&mut self.lanes[source].spikes);
            let core = &self.image.cores[source];
            for Emission { compartment, port, payload } in &spikes {
                self.spikes.push(core.compartments[*compartment as usize].neuron);
                for route in core.routes_of(*compartment as usize).iter().filter(|route| route.carries(*port)) {
                    let arrival = Arrival { axon: AxonId(route.axon), port: *port, payload: *payload };
                    self.lanes[route.core as usize].arrivals.push(arrival);
                    self.router.count(source, route, &mut traffic);
                }
            }
            self.lanes[source].spikes = spikes;
        }
        // A program may emit several spikes in a step; its neuron has spiked once.
        self.spikes.sort_unstable();
        self.spikes.dedup();
        let mut sources = input.spikes.clone();
        sources.sort_unstable();
        sources.dedup();
        for source in sources {
            for route in self.image.input_routes.get(source as usize).into_iter().flatten() {
                let arrival = Arrival { axon: AxonId(route.axon), port: 0, payload: 1 };
                self.lanes[route.core as usize].arrivals.push(arrival);
                traffic.input_packets += 1;
            }
        }
        traffic
    }

    /// Adds up counts, time and energy of the step, and sets when each core wakes next.
    fn account(&mut self, traffic: &Traffic) {
        let t = self.t;
        let mut busiest = vec![0; self.meters.len()];
        for (index, lane) in self.lanes.iter_mut().enumerate() {
            if lane.awake {
                let packets = self.router.packets_from(index, &lane.spikes);
                for (busiest, meter) in busiest.iter_mut().zip(&self.meters) {
                    *busiest = meter.busy_ps(&lane.counts, packets).max(*busiest);
                }
                self.active_core_steps += 1;
                lane.total.add(&lane.counts);
                self.schedule.set(index, lane.wake);
                if lane.wake != Some(t + 1) {
                    lane.rest(t + 1, &self.meters);
                }
            } else {
                for (busiest, resting) in busiest.iter_mut().zip(&lane.resting_ps) {
                    *busiest = (*busiest).max(*resting);
                }
            }
            lane.spikes.clear();
            lane.arrivals.clear();
        }
        for (meter, busiest) in self.meters.iter_mut().zip(busiest) {
            meter.add_step(busiest, traffic);
        }
        self.traffic.add(traffic);
    }

    /// The image.
    #[must_use]
    pub const fn image(&self) -> &'i ChipImage {
        self.image
    }

    /// The first step not yet run.
    #[must_use]
    pub const fn now(&self) -> Step {
        self.t
    }

    /// The modulator levels of the last step, by channel.
    #[must_use]
    pub fn levels(&self) -> &[i8] {
        &self.levels
    }

    /// The cores.
    pub fn cores(&self) -> impl ExactSizeIterator<Item = &Core> {
        self.lanes.iter().map(|lane| &lane.core)
    }

    /// The state of a fixed neuron.
    #[must_use]
    pub fn neuron(&self, neuron: NeuronId) -> Option<NeuronState> {
        let (core, compartment) = self.router.place_of(neuron)?;
        self.lanes[core].core.neurons().get(compartment as usize).copied()
    }

    /// A state variable of a neuron; 0 where there is none.
    #[must_use]
    pub fn variable(&self, neuron: NeuronId, variable: StateVariable) -> i64 {
        let Some((core, compartment)) = self.router.place_of(neuron) else { return 0 };
        let core = &self.lanes[core].core;
        let fixed = core.neurons().get(compartment as usize).copied().unwrap_or_default();
        match variable {
            StateVariable::Current => fixed.u,
            StateVariable::Potential => fixed.v,
            StateVariable::Word(word) => core.microcode_state(compartment, word).unwrap_or_default().into(),
        }
    }

    /// Counts so far. Cores at rest are counted up to now.
    #[must_use]
    pub fn totals(&self) -> Totals {
        let mut counts = StepCounts::default();
        for lane in &self.lanes {
            counts.add(&lane.total);
            counts.add(&lane.resting.times(self.t - lane.resting_since));
        }
        let Traffic { packets, input_packets, hops_east_west, hops_north_south, .. } = self.traffic;
        let hops = hops_east_west + hops_north_south;
        Totals { counts, packets, input_packets, hops, active_core_steps: self.active_core_steps }
    }

    /// Overflows so far, by population.
    #[must_use]
    pub fn overflows(&self) -> Vec<Overflows> {
        let mut all = vec![Overflows::default(); self.image.symbols.populations.len()];
        for lane in &self.lanes {
            for (sum, own) in all.iter_mut().zip(lane.core.overflows()) {
                sum.add(own);
            }
        }
        all
    }

    /// Time and energy so far, by cost profile in the order given.
    #[must_use]
    pub fn costs(&self) -> Vec<CostReport> {
        let counts = self.totals().counts;
        self.meters.iter().map(|meter| meter.report(&counts, &self.traffic)).collect()
    }
}

impl Lane {
    fn new(core: Core, meters: usize) -> Self {
        Self {
            core,
            awake: false,
            spikes: Vec::new(),
            arrivals: Vec::new(),
            counts: StepCounts::default(),
            total: StepCounts::default(),
            resting: StepCounts::default(),
            resting_since: 0,
            resting_ps: vec![0; meters],
            wake: None,
        }
    }

    fn compute(&mut self, t: Step, levels: &[i8], draws: &Draws) {
        if self.awake {
            self.total.add(&self.resting.times(t - self.resting_since));
            self.resting_since = t;
            self.counts = self.core.compute(t, levels, draws, &mut self.spikes);
        }
    }

    fn finish(&mut self, t: Step, levels: &[i8], draws: &Draws) {
        if !self.awake && self.arrivals.is_empty() {
            return;
        }
        if !self.awake {
            // A spike wakes a resting core; its neurons have nothing to compute before the next step.
            self.awake = true;
            self.total.add(&self.resting.times(t - self.resting_since));
            self.counts = self.resting;
        }
        for arrival in &self.arrivals {
            self.core.deliver(t, *arrival, &mut self.counts);
        }
        self.core.finish(t, levels, draws, &mut self.counts);
        self.wake = self.core.wake_after(t);
        self.resting = StepCounts::default();
        self.resting_since = t + 1;
    }

    /// Begins a rest at step `from`.
    fn rest(&mut self, from: Step, meters: &[CostMeter]) {
        self.resting = self.core.resting_counts();
        self.resting_since = from;
        self.resting_ps = meters.iter().map(|meter| meter.busy_ps(&self.resting, 0)).collect();
    }
}

fn each(pool: Option<&rayon::ThreadPool>, lanes: &mut [Lane], work: impl Fn(&mut Lane) + Sync + Send) {
    match pool {
        Some(pool) => pool.install(|| lanes.par_iter_mut().for_each(work)),
        None => lanes.iter_mut().for_each(work),
    }
}
