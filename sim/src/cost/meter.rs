//! The meter: adds up energy and time of a run under one profile, step by step.

use super::energy::EnergyByComponent;
use super::profile::CostProfile;
use super::timeline::{Bin, Timeline};
use crate::timing::{Bound, CoreTime, Floor, Hops, Packet, Queues, StepBounds, Timing};
use caudate_core::archive::Archive;
use caudate_core::error::Error;
use caudate_core::runtime::StepCounts;
use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

/// What a run cost under one profile.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CostReport {
    /// Name of the profile.
    pub profile: String,
    /// How steps were timed.
    pub timing: Timing,
    /// Energy in picojoules: `energy_total_fj` / 1000.
    pub energy_pj: f64,
    /// Modelled time in picoseconds.
    pub time_ps: u64,
    /// Energy in femtojoules: the sum of its components.
    pub energy_total_fj: u128,
    /// Energy by component in femtojoules.
    pub energy_fj: EnergyByComponent,
    /// Time by the analytic model, in picoseconds.
    pub analytic_time_ps: u64,
    /// No model of the run is faster than this, in picoseconds.
    pub lower_bound_ps: u64,
    /// Steps that waited for each bound, by the analytic model.
    pub steps_by_bound: StepsByBound,
}

/// Steps that waited for each bound, in the order of [`Bound::ALL`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct StepsByBound(pub [u64; Bound::ALL.len()]);

impl Serialize for StepsByBound {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (bound, steps) in Bound::ALL.iter().zip(self.0) {
            map.serialize_entry(bound.name(), &steps)?;
        }
        map.end()
    }
}

/// What all cores did in a step.
#[derive(Debug, Clone, Copy)]
pub(crate) struct StepWork<'a> {
    /// Counts and packets sent of each core, with its number of compartments.
    pub(crate) cores: &'a [(StepCounts, u64, u32)],
    pub(crate) packets: &'a [Packet],
    pub(crate) hops: Hops,
    /// The hops of each kind of way that a packet went.
    pub(crate) ways: &'a [Hops],
    /// Links with their packets.
    pub(crate) links: &'a [(usize, u64)],
}

/// Energy and time of a run under one profile.
#[derive(Debug, Clone)]
pub struct CostMeter {
    profile: CostProfile,
    barrier_ps: u64,
    chips: u64,
    queues: Option<Queues>,
    /// Of each core: what it did last, and how long that takes.
    cores: Vec<(CoreTime, u32)>,
    known: Vec<(StepCounts, u64)>,
    totals: Bin,
    analytic_ps: u64,
    lower_bound_ps: u64,
    timeline: Timeline,
}

impl CostMeter {
    /// A meter for cores on a floor.
    #[must_use]
    pub fn new(profile: CostProfile, floor: &Floor, timing: Timing) -> Self {
        let queues = (timing == Timing::Detailed).then(|| Queues::new(&profile, floor));
        let cores = floor.cores().len();
        Self {
            barrier_ps: profile.barrier_ps(floor),
            chips: floor.chips_in_use(),
            queues,
            cores: vec![(CoreTime::default(), 0); cores],
            known: vec![(StepCounts::default(), 0); cores],
            totals: Bin::default(),
            analytic_ps: 0,
            lower_bound_ps: 0,
            timeline: Timeline::new(),
            profile,
        }
    }

    /// The profile.
    #[must_use]
    pub const fn profile(&self) -> &CostProfile {
        &self.profile
    }

    /// Time and energy over the course of the run.
    #[must_use]
    pub const fn timeline(&self) -> &Timeline {
        &self.timeline
    }

    /// Saves or restores time and energy so far. What cores did last is only remembered to save work, and queues are empty between steps.
    pub(crate) fn archive(&mut self, archive: &mut Archive) -> Result<(), Error> {
        self.totals.archive(archive)?;
        archive.number(&mut self.analytic_ps)?;
        archive.number(&mut self.lower_bound_ps)?;
        self.timeline.archive(archive)
    }

    /// Adds a step.
    pub(crate) fn add_step(&mut self, floor: &Floor, work: &StepWork<'_>) {
        let (bounds, sums) = self.bounds(floor, work);
        let (counts, packets) = sums;
        let detailed_ps =
            self.queues.as_mut().map(|queues| queues.step(&self.profile, floor, &self.cores, work.packets));
        let analytic_ps = bounds.work_ps.saturating_add(self.barrier_ps);
        let time_ps = detailed_ps.map_or(analytic_ps, |work_ps| work_ps.saturating_add(self.barrier_ps));
        self.analytic_ps = self.analytic_ps.saturating_add(analytic_ps);
        self.lower_bound_ps = self.lower_bound_ps.saturating_add(bounds.work_ps.max(self.barrier_ps));

        let mut energy_fj = EnergyByComponent::of_work(&self.profile, &counts, packets, work.hops);
        energy_fj.barrier = u128::from(self.profile.barrier.energy_fj);
        // Rounded down once over the whole run: each step takes what the total moves by.
        energy_fj.static_ = self.static_fj(self.totals.time_ps.saturating_add(time_ps)) - self.totals.energy_fj.static_;
        let mut steps_by_bound = [0; Bound::ALL.len()];
        steps_by_bound[bounds.active(self.barrier_ps) as usize] = 1;
        let step = Bin { steps: 1, time_ps, energy_fj, steps_by_bound };
        self.timeline.push(&step);
        self.totals.add(&step);
    }

    /// The bounds of a step, and what all cores did in it.
    fn bounds(&mut self, floor: &Floor, work: &StepWork<'_>) -> (StepBounds, (StepCounts, u64)) {
        let mut bounds = StepBounds::NONE;
        let mut counts = StepCounts::default();
        let mut packets = 0;
        for (core, (own, sent, compartments)) in work.cores.iter().enumerate() {
            if self.known[core] != (*own, *sent) {
                self.known[core] = (*own, *sent);
                self.cores[core] = (CoreTime::new(&self.profile, own, *sent), *compartments);
            }
            bounds.by_core(&self.cores[core].0);
            counts.add(own);
            packets += sent;
        }
        work.ways.iter().for_each(|hops| bounds.by_way(&self.profile, *hops));
        work.links.iter().for_each(|(link, packets)| bounds.by_link(&self.profile, floor, *link, *packets));
        (bounds, (counts, packets))
    }

    /// 1 uW over 1 ps is 1e-18 J = 1e-3 fJ.
    fn static_fj(&self, time_ps: u64) -> u128 {
        u128::from(time_ps) * u128::from(self.profile.static_power.microwatts) * u128::from(self.chips) / 1000
    }

    /// Time and energy so far.
    #[must_use]
    pub(crate) fn report(&self) -> CostReport {
        let energy_fj = self.totals.energy_fj;
        CostReport {
            profile: self.profile.name.clone(),
            timing: if self.queues.is_some() { Timing::Detailed } else { Timing::Analytic },
            energy_pj: energy_fj.total() as f64 / 1000.0,
            time_ps: self.totals.time_ps,
            energy_total_fj: energy_fj.total(),
            energy_fj,
            analytic_time_ps: self.analytic_ps,
            lower_bound_ps: self.lower_bound_ps,
            steps_by_bound: StepsByBound(self.totals.steps_by_bound),
        }
    }
}
