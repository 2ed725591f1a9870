//! The fast engine: a core laid out for the machine that runs it, equal to the plain step to the bit.
//!
//! | module | story |
//! |---|---|
//! | [`Strategy`], [`EngineCore`] | which engine runs a core |
//! | `layout` | from a core's image to tiles; what the fast engine does not serve |
//! | `plain` | a core on the plain step |
//! | `tiled` | the steps of a core: its tiles, side by side, on several threads |
//! | `window`, `arrived` | steps that have been computed ahead, and the spikes that have not been delivered yet |
//! | `tile` | a run of neurons that fits the cache, with all synapses onto them |
//! | `lif`, `settings`, `neurons`, `refractory`, `lanes` | neurons in 32-bit columns, their settings, who of them is refractory, and the bits of a block |
//! | `dense`, `sparse`, `leaking` | the pass over all neurons, the pass over those awake, and those that only leak |
//! | `ring`, `rows`, `prefetch` | accumulators, static synapses of two or four bytes, and how they reach the cache in time |
//! | `bits`, [`planes`] | static synapses of one bit, where rows are dense, and how they are counted |
//! | `archive`, `observe` | the state, for checkpoints and for those who look |
//! | `plastic` | synapses that learn: event by event where the rule permits |
//!
//! [`crate::runtime::Core`] is the definition; what it does not say here does not happen. Tiles are storage: how many there are changes
//! no result.

mod archive;
mod arrived;
mod assign;
mod bits;
mod dense;
mod lanes;
mod layout;
mod leaking;
mod lif;
mod neurons;
mod observe;
mod plain;
pub mod planes;
mod plastic;
mod prefetch;
mod refractory;
mod ring;
mod rows;
mod settings;
mod sparse;
mod tile;
mod tiled;
mod window;

pub use plain::PlainCore;
pub use prefetch::{prefetch, prefetch_all};
pub use tiled::TiledCore;

use crate::archive::Archive;
use crate::draws::Draws;
use crate::error::Error;
use crate::id::{NeuronId, ProjectionId, Step};
use crate::image::ChipImage;
use crate::neuron::{NeuronState, Overflows};
use crate::runtime::{Arrival, Core, Emission, StepCounts, SynapseState, SynapseView};
use crate::team::Team;
use plastic::Surroundings;

/// How a core is stepped. No result depends on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Strategy {
    /// The fast engine, dense or sparse by activity; the plain step for cores that it does not serve.
    #[default]
    Auto,
    /// The plain step.
    Reference,
    /// The fast engine; only neurons that are awake are stepped.
    Sparse,
    /// The fast engine; every neuron is stepped.
    Dense,
}

impl Strategy {
    /// All strategies.
    pub const ALL: [Self; 4] = [Self::Auto, Self::Reference, Self::Sparse, Self::Dense];

    /// The name on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Reference => "reference",
            Self::Sparse => "sparse",
            Self::Dense => "dense",
        }
    }
}

/// A core in motion, under one engine or the other.
#[derive(Debug)]
pub enum EngineCore {
    /// The plain step.
    Plain(Box<PlainCore>),
    /// The fast engine.
    Tiled(Box<TiledCore>),
}

impl EngineCore {
    /// Loads core `index` of an image under `strategy`, in its state before step 0. The fast engine divides it into at least `tiles`
    /// tiles, as far as its neurons fill them, so that as many threads can share it.
    ///
    /// # Errors
    /// As [`Core::load`].
    pub fn load(image: &ChipImage, index: usize, strategy: Strategy, tiles: usize) -> Result<Self, Error> {
        if strategy != Strategy::Reference
            && let Some(core) = TiledCore::load(image, index, strategy, tiles)?
        {
            return Ok(Self::Tiled(Box::new(core)));
        }
        Ok(Self::Plain(Box::new(PlainCore::new(Core::load(image, index)?))))
    }

    /// Why the plain step runs core `index` of `image` although another strategy was asked for; `None` where the fast engine runs it.
    #[must_use]
    pub fn why_plain(&self, image: &ChipImage, index: usize) -> Option<&'static str> {
        match self {
            Self::Plain(_) => {
                Some(layout::not_served(image, &image.cores[index]).unwrap_or("sums or states beyond 32 bits"))
            }
            Self::Tiled(_) => None,
        }
    }

    /// Into how many parts the work of a step falls that threads can do side by side.
    #[must_use]
    pub fn parts(&self) -> usize {
        match self {
            Self::Plain(_) => 1,
            Self::Tiled(core) => core.tiles.len(),
        }
    }

    /// Has a team step the core, between two steps.
    pub fn share_with(&mut self, team: &Team) {
        match self {
            Self::Plain(core) => core.team = team.clone(),
            Self::Tiled(core) => core.team = team.clone(),
        }
    }

    /// Has the helpers of its team, if it has any, begin with what [`Self::compute`] will be asked for with the same arguments.
    pub fn begin_compute(&mut self, t: Step, until: Step, levels: &[i8], draws: &Draws) {
        match self {
            Self::Plain(core) if !core.team.is_alone() => core.begin_compute(t, levels, draws),
            Self::Tiled(core) if !core.team.is_alone() => core.begin_compute(t, until),
            _ => {}
        }
    }

    /// Has the helpers of its team, if it has any, begin with what [`Self::finish`] will be asked for with the same arguments.
    pub fn begin_finish(&mut self, t: Step, arrivals: &[Arrival], levels: &[i8], draws: &Draws) {
        match self {
            Self::Plain(core) if !core.team.is_alone() => core.begin_finish(t, arrivals, levels, draws),
            Self::Tiled(core) if !core.team.is_alone() => {
                core.begin_finish(&Surroundings { t, levels, draws }, arrivals);
            }
            _ => {}
        }
    }

    /// Phase 1, as [`Core::compute`]. Nobody looks at the core before step `until`: neurons may be computed up to there.
    pub fn compute(
        &mut self,
        t: Step,
        until: Step,
        levels: &[i8],
        draws: &Draws,
        spikes: &mut Vec<Emission>,
    ) -> StepCounts {
        match self {
            Self::Plain(core) => core.compute(t, levels, draws, spikes),
            Self::Tiled(core) => core.compute(t, until, spikes),
        }
    }

    /// The step before which its neurons have been computed, or are being computed by helpers, if that is ahead of the step that comes next;
    /// else any earlier one.
    #[must_use]
    pub const fn ahead(&self) -> Step {
        match self {
            Self::Plain(_) => 0,
            Self::Tiled(core) => core.ahead(),
        }
    }

    /// Makes the core one that may be looked at, in the step before which nobody was to look.
    pub fn settle(&mut self) {
        if let Self::Tiled(core) = self {
            core.end();
        }
    }

    /// Phases 2 and 3, as [`Core::deliver`] for each of `arrivals` and [`Core::finish`]. The synapses that each arrival was delivered
    /// through are added to `delivered`.
    pub fn finish(
        &mut self,
        t: Step,
        arrivals: &[Arrival],
        levels: &[i8],
        draws: &Draws,
        counts: &mut StepCounts,
        delivered: &mut Vec<u32>,
    ) {
        match self {
            Self::Plain(core) => {
                let (own, through) = core.finish(t, arrivals, levels, draws);
                counts.add(&own);
                delivered.append(through);
            }
            Self::Tiled(core) => core.finish(&Surroundings { t, levels, draws }, arrivals, counts, delivered),
        }
    }

    /// Saves or restores all that a step may have changed.
    ///
    /// # Errors
    /// [`Error::Checkpoint`] if the state is that of another core or another layout; then nothing more must be asked of this one.
    pub fn archive(&mut self, archive: &mut Archive) -> Result<(), Error> {
        archive.same(u64::from(matches!(self, Self::Tiled(_))), "fast cores")?;
        match self {
            Self::Plain(core) => core.archive(archive),
            Self::Tiled(core) => core.archive(archive),
        }
    }

    /// As [`Core::set_third_factor`].
    pub fn set_third_factor(&mut self, compartment: u32, values: [i16; 2]) {
        if let Self::Plain(core) = self {
            core.set_third_factor(compartment, values);
        }
    }

    /// As [`Core::wake_after`].
    #[must_use]
    pub fn wake_after(&self, t: Step) -> Option<Step> {
        match self {
            Self::Plain(core) => core.wake_after(t),
            Self::Tiled(core) => core.wake_after(t),
        }
    }

    /// As [`Core::resting_counts`].
    #[must_use]
    pub fn resting_counts(&self) -> StepCounts {
        match self {
            Self::Plain(core) => core.resting_counts(),
            Self::Tiled(core) => core.resting_counts(),
        }
    }

    /// The state of a fixed neuron; that of another compartment is at rest.
    #[must_use]
    pub fn neuron(&self, compartment: u32) -> Option<NeuronState> {
        match self {
            Self::Plain(core) => core.neurons().get(compartment as usize).copied(),
            Self::Tiled(core) => core.neuron(compartment),
        }
    }

    /// As [`Core::microcode_state`].
    #[must_use]
    pub fn microcode_state(&self, compartment: u32, word: usize) -> Option<i32> {
        match self {
            Self::Plain(core) => core.microcode_state(compartment, word),
            Self::Tiled(_) => None,
        }
    }

    /// As [`Core::channels_heard`].
    #[must_use]
    pub fn channels_heard(&self) -> Vec<u16> {
        match self {
            Self::Plain(core) => core.channels_heard(),
            Self::Tiled(_) => Vec::new(),
        }
    }

    /// Adds the overflows so far to `sums`, by population of the image.
    pub fn add_overflows(&self, sums: &mut [Overflows]) {
        match self {
            Self::Plain(core) => sums.iter_mut().zip(core.overflows()).for_each(|(sum, own)| sum.add(own)),
            Self::Tiled(core) => core.add_overflows(sums),
        }
    }

    /// The synapses of a projection on this core, number `index` of the image, and what they hold, in order of (source, list order);
    /// those that do not learn are read from the image.
    #[must_use]
    pub fn synapses_of(
        &self,
        image: &ChipImage,
        index: usize,
        projection: ProjectionId,
    ) -> Vec<(SynapseView, SynapseState)> {
        match self {
            Self::Plain(core) => {
                let views = core.synapses_of(&image.cores[index], projection);
                views.into_iter().map(|view| (view, core.synapse_state(view.index))).collect()
            }
            Self::Tiled(core) => core.synapses_of(image, index, projection),
        }
    }

    /// As [`Core::own_words`].
    #[must_use]
    pub fn own_words(&self, projection: ProjectionId) -> Vec<usize> {
        match self {
            Self::Plain(core) => core.own_words(projection),
            Self::Tiled(_) => Vec::new(),
        }
    }

    /// As [`Core::own_state`].
    #[must_use]
    pub fn own_state(&self, projection: ProjectionId, index: u32) -> Vec<i32> {
        match self {
            Self::Plain(core) => core.own_state(projection, index),
            Self::Tiled(_) => Vec::new(),
        }
    }

    /// As [`Core::pre_traces`].
    #[must_use]
    pub fn pre_traces(&self, projection: ProjectionId) -> Vec<(NeuronId, [i16; 2])> {
        match self {
            Self::Plain(core) => core.pre_traces(projection),
            Self::Tiled(core) => core.pre_traces(projection),
        }
    }

    /// As [`Core::post_traces`].
    #[must_use]
    pub fn post_traces(&self, projection: ProjectionId) -> Vec<(NeuronId, [i16; 3])> {
        match self {
            Self::Plain(core) => core.post_traces(projection),
            Self::Tiled(core) => core.post_traces(projection),
        }
    }
}
