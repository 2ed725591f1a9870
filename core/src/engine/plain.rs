//! A core on the plain step, which other threads may take over for a phase.

use crate::draws::Draws;
use crate::id::Step;
use crate::runtime::{Arrival, Core, Emission, StepCounts};
use crate::team::{Begun, Parts, Team};
use std::ops::{Deref, DerefMut};

/// A core under the plain step. Between two phases it can be used as the core that it is.
#[derive(Debug)]
pub struct PlainCore {
    /// One, or none while a phase goes on.
    home: Parts<Stepped>,
    begun: Option<Begun<Stepped>>,
    pub(super) team: Team,
}

/// A core and what a phase left.
#[derive(Debug)]
struct Stepped {
    core: Core,
    spikes: Vec<Emission>,
    counts: StepCounts,
    delivered: Vec<u32>,
}

impl Deref for PlainCore {
    type Target = Core;

    fn deref(&self) -> &Core {
        &self.home[0].core
    }
}

impl DerefMut for PlainCore {
    fn deref_mut(&mut self) -> &mut Core {
        &mut self.home[0].core
    }
}

impl PlainCore {
    pub(super) fn new(core: Core) -> Self {
        let stepped = Stepped { core, spikes: Vec::new(), counts: StepCounts::default(), delivered: Vec::new() };
        Self { home: vec![Box::new(stepped)], begun: None, team: Team::default() }
    }

    /// Has the team do `work`.
    fn begin(&mut self, work: impl Fn(&mut Stepped) + Send + Sync + 'static) {
        self.begun = Some(self.team.begin(std::mem::take(&mut self.home), work));
    }

    /// The core after what was begun; where nothing was, `work` is done now.
    fn end(&mut self, work: impl FnOnce(&mut Stepped)) -> &mut Stepped {
        match self.begun.take() {
            Some(begun) => self.home = begun.end(),
            None => work(&mut self.home[0]),
        }
        &mut self.home[0]
    }

    pub(super) fn begin_compute(&mut self, t: Step, levels: &[i8], draws: &Draws) {
        let (levels, draws) = (levels.to_vec(), draws.clone());
        self.begin(move |own| own.compute(t, &levels, &draws));
    }

    pub(super) fn compute(&mut self, t: Step, levels: &[i8], draws: &Draws, spikes: &mut Vec<Emission>) -> StepCounts {
        let own = self.end(|own| own.compute(t, levels, draws));
        spikes.append(&mut own.spikes);
        own.counts
    }

    pub(super) fn begin_finish(&mut self, t: Step, arrivals: &[Arrival], levels: &[i8], draws: &Draws) {
        let (arrivals, levels, draws) = (arrivals.to_vec(), levels.to_vec(), draws.clone());
        self.begin(move |own| own.finish(t, &arrivals, &levels, &draws));
    }

    /// What was done, and the synapses that each arrival was delivered through, to be taken.
    pub(super) fn finish(
        &mut self,
        t: Step,
        arrivals: &[Arrival],
        levels: &[i8],
        draws: &Draws,
    ) -> (StepCounts, &mut Vec<u32>) {
        let own = self.end(|own| own.finish(t, arrivals, levels, draws));
        (own.counts, &mut own.delivered)
    }
}

impl Stepped {
    fn compute(&mut self, t: Step, levels: &[i8], draws: &Draws) {
        self.counts = self.core.compute(t, levels, draws, &mut self.spikes);
    }

    fn finish(&mut self, t: Step, arrivals: &[Arrival], levels: &[i8], draws: &Draws) {
        self.counts = StepCounts::default();
        for arrival in arrivals {
            let before = self.counts.synaptic_events;
            self.core.deliver(t, *arrival, &mut self.counts);
            self.delivered.push((self.counts.synaptic_events - before) as u32);
        }
        self.core.finish(t, levels, draws, &mut self.counts);
    }
}
