//! A chip in motion: cores that sleep until their next event, spikes routed between them, modulators broadcast to them.

mod assign;

use crate::cost::{Breakdown, CostMeter, CostProfile, CostReport, Ledger};
use crate::environment::{Companion, StepInput};
use crate::error::Error;
use crate::image_ref::ImageRef;
use crate::outlets::Outlet;
use crate::places::Places;
use crate::recording::StateVariable;
use crate::schedule::Schedule;
use crate::timing::{Floor, Timing};
use caudate_core::archive::Archive;
use caudate_core::draws::Draws;
use caudate_core::engine::{EngineCore, Strategy, prefetch};
use caudate_core::id::{AxonId, NeuronId, Step};
use caudate_core::image::ChipImage;
use caudate_core::neuron::{NeuronState, Overflows};
use caudate_core::runtime::{Arrival, Emission, StepCounts};
use caudate_core::team::Team;

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

/// How cores are laid out for the machine that runs them; no result depends on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Layout {
    /// Threads that share the cores.
    pub threads: usize,
    /// What steps them.
    pub strategy: Strategy,
}

/// A run in progress.
#[derive(Debug)]
pub struct Simulation<'i> {
    image: ImageRef<'i>,
    lanes: Vec<Lane>,
    places: Places,
    /// By core and compartment.
    outlets: Vec<Vec<Outlet>>,
    schedule: Schedule,
    draws: Draws,
    levels: Vec<i8>,
    /// Cores whose neurons read each channel.
    listeners: Vec<Vec<u32>>,
    /// Spikes of the last step, ascending.
    spikes: Vec<NeuronId>,
    /// First step not yet run.
    t: Step,
    ledger: Ledger,
    active_core_steps: u64,
    /// Threads that the cores were laid out for.
    layout_threads: usize,
}

/// A core with what it needs in one step.
#[derive(Debug)]
struct Lane {
    core: EngineCore,
    awake: bool,
    spikes: Vec<Emission>,
    /// Spikes that reach the core in this step, and the synapses that each was delivered through.
    arrivals: Vec<Arrival>,
    delivered: Vec<u32>,
    counts: StepCounts,
    total: StepCounts,
    /// Counts of each step at rest, and the step from which they have not been added up yet.
    resting: StepCounts,
    resting_since: Step,
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

/// While a spike is routed, what the one so many places further on needs comes into the cache.
const AHEAD: usize = 32;
/// Fewer synapses than this are not worth a second thread.
const WORTH_SHARING: u64 = 1 << 19;

/// Loads the cores of an image, in their state before step 0, for a run on `threads` threads.
///
/// # Errors
/// If the image is inconsistent.
pub fn load(image: &ChipImage, strategy: Strategy, threads: usize) -> Result<Vec<EngineCore>, Error> {
    // Where there are fewer cores than threads, threads share cores, unless a step is over before they have met.
    let is_shared = image.synapse_count() >= WORTH_SHARING;
    let tiles = if is_shared { threads.max(1).div_ceil(image.cores.len().max(1)) } else { 1 };
    let load = |index| EngineCore::load(image, index, strategy, tiles).map_err(Error::from);
    (0..image.cores.len()).map(load).collect()
}

impl<'i> Simulation<'i> {
    /// Loads an image, in its state before step 0.
    ///
    /// # Errors
    /// If the image is inconsistent, or threads cannot be started.
    pub fn new(image: impl Into<ImageRef<'i>>, options: Options) -> Result<Self, Error> {
        Self::timed(image, options, Timing::default())
    }

    /// Loads an image, with steps timed by a model of choice.
    ///
    /// # Errors
    /// If the image is inconsistent, or threads cannot be started.
    pub fn timed(image: impl Into<ImageRef<'i>>, options: Options, timing: Timing) -> Result<Self, Error> {
        let layout = Layout { threads: options.threads, strategy: Strategy::Auto };
        Self::laid_out(image, layout, options, timing)
    }

    /// The same with a layout of choice: for another number of threads than the cores run on, as the one that a checkpoint needs.
    ///
    /// # Errors
    /// As [`Self::timed`].
    pub fn laid_out(
        image: impl Into<ImageRef<'i>>,
        layout: Layout,
        options: Options,
        timing: Timing,
    ) -> Result<Self, Error> {
        let image = image.into();
        let cores = load(&image, layout.strategy, layout.threads)?;
        Ok(Self { layout_threads: layout.threads, ..Self::of_cores(image, cores, options, timing)? })
    }

    /// Threads that the cores were laid out for.
    #[must_use]
    pub const fn layout_threads(&self) -> usize {
        self.layout_threads
    }

    /// Saves or restores the run between two steps.
    ///
    /// # Errors
    /// [`caudate_core::Error::Checkpoint`] if the state is that of another run; then nothing more must be asked of this one.
    pub fn archive(&mut self, archive: &mut Archive) -> Result<(), Error> {
        archive.number(&mut self.t)?;
        archive.column(&mut self.levels)?;
        let mut spikes: Vec<u32> = self.spikes.iter().map(|neuron| neuron.0).collect();
        archive.list(&mut spikes)?;
        self.spikes = spikes.into_iter().map(NeuronId).collect();
        archive.number(&mut self.active_core_steps)?;
        archive.same(self.lanes.len() as u64, "cores")?;
        for (core, lane) in self.lanes.iter_mut().enumerate() {
            lane.archive(archive)?;
            if archive.is_reading() {
                if lane.resting_since > self.t {
                    let message = format!("it holds a core at rest since step {} of {}", lane.resting_since, self.t);
                    return Err(caudate_core::Error::Checkpoint(message).into());
                }
                // Every core was awake in step 0.
                self.schedule.set(core, if self.t == 0 { Some(0) } else { lane.wake });
            }
        }
        Ok(self.ledger.archive(archive)?)
    }

    /// Puts cores that [`load`] made into motion. All that is asked of `image` from here on is its structure: its synaptic memory may
    /// have been released.
    ///
    /// # Errors
    /// If threads cannot be started.
    pub fn of_cores(
        image: impl Into<ImageRef<'i>>,
        cores: Vec<EngineCore>,
        options: Options,
        timing: Timing,
    ) -> Result<Self, Error> {
        let layout_threads = options.threads;
        let image = image.into();
        let mut lanes: Vec<Lane> = cores.into_iter().map(Lane::new).collect();
        let failed = |error| Error::Threads(format!("{} threads: {error}", options.threads));
        let parts = lanes.iter().map(|lane| lane.core.parts()).sum();
        let team = Team::new(options.threads.min(parts)).map_err(failed)?;
        lanes.iter_mut().for_each(|lane| lane.core.share_with(&team));
        let mut schedule = Schedule::default();
        let mut listeners = vec![Vec::new(); image.channels.len()];
        for (core, lane) in lanes.iter().enumerate() {
            schedule.set(core, Some(0));
            for channel in lane.core.channels_heard() {
                listeners[usize::from(channel)].push(core as u32);
            }
        }
        let ledger = Ledger::new(&image, options.costs, timing);
        let cores = image.cores.iter().enumerate();
        Ok(Self {
            lanes,
            places: Places::new(&image),
            outlets: cores.map(|(index, core)| Outlet::of_core(core, ledger.populations(index))).collect(),
            schedule,
            draws: options.draws.unwrap_or(Draws::Counter { seed: image.header.seed }),
            levels: vec![0; image.channels.len()],
            listeners,
            spikes: Vec::new(),
            t: 0,
            ledger,
            active_core_steps: 0,
            layout_threads,
            image,
        })
    }

    /// Runs one step with `input`; returns the neurons that spiked, ascending.
    pub fn step(&mut self, input: &StepInput) -> &[NeuronId] {
        self.step_towards(self.t + 1, input);
        &self.spikes
    }

    /// Runs steps up to step `until`, or until `companion` ends the run: then up to where all cores have come. What [`Self::step`] does step
    /// by step, but faster: as nobody looks into cores before the end, each computes as far ahead as nothing can reach it in between.
    pub fn run(&mut self, mut until: Step, companion: &mut impl Companion) {
        let mut input = StepInput::default();
        while self.t < until {
            if companion.ends() {
                let ahead = self.lanes.iter().map(|lane| lane.core.ahead()).max().unwrap_or(0);
                until = until.min(ahead.max(self.t));
                if self.t == until {
                    break;
                }
            }
            let t = self.t;
            input.clear();
            companion.sense(t, &self.spikes, &mut input);
            self.step_towards(until, &input);
            companion.spiked(t, &self.spikes);
        }
        self.lanes.iter_mut().for_each(|lane| lane.core.settle());
    }

    /// Runs one step on the way to step `until`, before which nobody looks into cores.
    fn step_towards(&mut self, until: Step, input: &StepInput) {
        let t = self.t;
        let mut awake = vec![false; self.lanes.len()];
        self.advance_modulators(input, &mut awake);
        for (neuron, values) in &input.third_factors {
            if let Some((core, compartment)) = self.places.place_of(*neuron) {
                self.lanes[core].core.set_third_factor(compartment, *values);
            }
        }
        self.schedule.wake(t, &mut awake);
        for (lane, awake) in self.lanes.iter_mut().zip(awake) {
            lane.awake = awake;
        }

        let (draws, levels) = (&self.draws, &self.levels);
        for lane in self.lanes.iter_mut().filter(|lane| lane.awake) {
            lane.core.begin_compute(t, until, levels, draws);
        }
        self.lanes.iter_mut().for_each(|lane| lane.compute(t, until, levels, draws));
        self.route(input);
        let (draws, levels) = (&self.draws, &self.levels);
        for lane in self.lanes.iter_mut().filter(|lane| lane.finishes()) {
            lane.core.begin_finish(t, &lane.arrivals, levels, draws);
        }
        self.lanes.iter_mut().for_each(|lane| lane.finish(t, levels, draws));

        self.account();
        self.t += 1;
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
    fn route(&mut self, input: &StepInput) {
        self.route_spikes();
        self.route_inputs(input.spikes.clone());
    }

    fn route_spikes(&mut self) {
        self.spikes.clear();
        for source in 0..self.lanes.len() {
            let spikes = std::mem::take(&mut self.lanes[source].spikes);
            let (outlets, routes) = (&self.outlets[source], &self.image.cores[source].routes);
            let outlet = |spike: &Emission| &outlets[spike.compartment as usize];
            spikes.iter().take(AHEAD).map(outlet).for_each(prefetch);
            spikes.iter().take(AHEAD / 2).map(outlet).for_each(|outlet| outlet.prefetch_route(routes));
            for (place, spike) in spikes.iter().enumerate() {
                spikes.get(place + AHEAD).map(outlet).into_iter().for_each(prefetch);
                let ahead = spikes.get(place + AHEAD / 2).map(outlet);
                ahead.into_iter().for_each(|outlet| outlet.prefetch_route(routes));
                let Emission { compartment, port, payload } = spike;
                let outlet = outlet(spike);
                self.ledger.spike(source, outlet.population, *compartment, place as u32 + 1);
                self.spikes.push(outlet.neuron);
                for route in outlet.routes(routes).iter().filter(|route| route.carries(*port)) {
                    let arrival = Arrival { axon: AxonId(route.axon), port: *port, payload: *payload };
                    let arrivals = &mut self.lanes[route.core as usize].arrivals;
                    self.ledger.packet(route.core as usize, arrivals.len());
                    arrivals.push(arrival);
                }
            }
            self.lanes[source].spikes = spikes;
        }
        // A program may emit several spikes in a step; its neuron has spiked once.
        self.spikes.sort_unstable();
        self.spikes.dedup();
    }

    fn route_inputs(&mut self, mut sources: Vec<u32>) {
        sources.sort_unstable();
        sources.dedup();
        let routes_of = |source: Option<&u32>| self.image.input_routes.get(*source? as usize);
        let first_of = |source: Option<&u32>| routes_of(source).and_then(|routes| routes.first());
        (0..AHEAD).filter_map(|ahead| routes_of(sources.get(ahead))).for_each(prefetch);
        (0..AHEAD / 2).filter_map(|ahead| first_of(sources.get(ahead))).for_each(prefetch);
        for (place, source) in sources.iter().enumerate() {
            routes_of(sources.get(place + AHEAD)).into_iter().for_each(prefetch);
            first_of(sources.get(place + AHEAD / 2)).into_iter().for_each(prefetch);
            for route in routes_of(Some(source)).into_iter().flatten() {
                let arrival = Arrival { axon: AxonId(route.axon), port: 0, payload: 1 };
                let arrivals = &mut self.lanes[route.core as usize].arrivals;
                self.ledger.input_packet(*source, route.core as usize, arrivals.len());
                arrivals.push(arrival);
            }
        }
    }

    /// Adds up counts, time and energy of the step, and sets when each core wakes next.
    fn account(&mut self) {
        let t = self.t;
        for (index, lane) in self.lanes.iter_mut().enumerate() {
            if lane.awake {
                self.active_core_steps += 1;
                lane.total.add(&lane.counts);
                self.ledger.core(index, &lane.counts);
                self.schedule.set(index, lane.wake);
                if lane.wake != Some(t + 1) {
                    lane.resting = lane.core.resting_counts();
                    lane.resting_since = t + 1;
                }
            } else {
                self.ledger.core(index, &lane.resting);
            }
        }
        let lanes = &self.lanes;
        self.ledger.end_step(|core, arrival| lanes[core as usize].delivered[arrival as usize]);
        for lane in &mut self.lanes {
            lane.spikes.clear();
            lane.arrivals.clear();
            lane.delivered.clear();
        }
    }

    /// The image.
    #[must_use]
    pub fn image(&self) -> &ChipImage {
        &self.image
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
    pub fn cores(&self) -> impl ExactSizeIterator<Item = &EngineCore> {
        self.lanes.iter().map(|lane| &lane.core)
    }

    /// The state of a fixed neuron.
    #[must_use]
    pub fn neuron(&self, neuron: NeuronId) -> Option<NeuronState> {
        let (core, compartment) = self.places.place_of(neuron)?;
        self.lanes[core].core.neuron(compartment)
    }

    /// A state variable of a neuron; 0 where there is none.
    #[must_use]
    pub fn variable(&self, neuron: NeuronId, variable: StateVariable) -> i64 {
        let Some((core, compartment)) = self.places.place_of(neuron) else { return 0 };
        let core = &self.lanes[core].core;
        let fixed = core.neuron(compartment).unwrap_or_default();
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
        let traffic = self.ledger.traffic();
        Totals {
            counts,
            packets: traffic.packets,
            input_packets: traffic.input_packets,
            hops: traffic.hops.total(),
            active_core_steps: self.active_core_steps,
        }
    }

    /// Overflows so far, by population.
    #[must_use]
    pub fn overflows(&self) -> Vec<Overflows> {
        let mut all = vec![Overflows::default(); self.image.symbols.populations.len()];
        for lane in &self.lanes {
            lane.core.add_overflows(&mut all);
        }
        all
    }

    /// Time and energy so far, by cost profile in the order given.
    #[must_use]
    pub fn costs(&self) -> Vec<CostReport> {
        self.ledger.reports()
    }

    /// What adds up time and energy, by cost profile in the order given.
    #[must_use]
    pub fn meters(&self) -> &[CostMeter] {
        self.ledger.meters()
    }

    /// Who spent the energy so far under cost profile number `profile`.
    #[must_use]
    pub fn breakdown(&self, profile: usize) -> Option<Breakdown> {
        self.ledger.breakdown(&self.image, profile)
    }

    /// The tiles in use.
    #[must_use]
    pub const fn floor(&self) -> &Floor {
        self.ledger.floor()
    }
}

impl Lane {
    fn new(core: EngineCore) -> Self {
        Self {
            core,
            awake: false,
            spikes: Vec::new(),
            arrivals: Vec::new(),
            delivered: Vec::new(),
            counts: StepCounts::default(),
            total: StepCounts::default(),
            resting: StepCounts::default(),
            resting_since: 0,
            wake: None,
        }
    }

    fn archive(&mut self, archive: &mut Archive) -> Result<(), Error> {
        self.core.archive(archive)?;
        self.total.archive(archive)?;
        self.resting.archive(archive)?;
        archive.number(&mut self.resting_since)?;
        let (mut sleeps, mut wake) = (self.wake.is_none(), self.wake.unwrap_or_default());
        archive.number(&mut sleeps)?;
        archive.number(&mut wake)?;
        self.wake = (!sleeps).then_some(wake);
        Ok(())
    }

    fn compute(&mut self, t: Step, until: Step, levels: &[i8], draws: &Draws) {
        if self.awake {
            self.total.add(&self.resting.times(t - self.resting_since));
            self.resting_since = t;
            self.counts = self.core.compute(t, until, levels, draws, &mut self.spikes);
        }
    }

    /// Whether there is anything to finish in this step.
    const fn finishes(&self) -> bool {
        self.awake || !self.arrivals.is_empty()
    }

    fn finish(&mut self, t: Step, levels: &[i8], draws: &Draws) {
        if !self.finishes() {
            return;
        }
        if !self.awake {
            // A spike wakes a resting core; its neurons have nothing to compute before the next step.
            self.awake = true;
            self.total.add(&self.resting.times(t - self.resting_since));
            self.counts = self.resting;
        }
        self.core.finish(t, &self.arrivals, levels, draws, &mut self.counts, &mut self.delivered);
        self.wake = self.core.wake_after(t);
        self.resting = StepCounts::default();
        self.resting_since = t + 1;
    }
}
