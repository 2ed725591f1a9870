//! The state of one plastic synapse group on a core.

use super::microcode::Microcode;
use super::product::PreparedProduct;
use crate::archive::Archive;
use crate::error::Error;
use crate::image::{Compartment, LearningRule};
use crate::learning::product::AccumulatorRange;
use crate::modulator::SLOTS;
use crate::semantics::LearningOrder;
use crate::synapse::SynapseFormat;
use crate::trace::{TraceConfig, TraceDecay};
use caudate_isa::sum_of_products::{Dependency, Variable};

/// Presynaptic traces of a synapse.
pub const PRE_TRACES: usize = 2;
/// Postsynaptic traces of a synapse.
pub const POST_TRACES: usize = 3;

/// The synapses of a core, in the order of its lists.
#[derive(Debug, Clone, Default)]
pub struct Synapses {
    /// Target compartment.
    pub target: Vec<u32>,
    /// Stored delay in steps.
    pub delay: Vec<u8>,
    /// Weight mantissa.
    pub weight: Vec<i16>,
    /// What a spike adds to the target's accumulator.
    pub effective: Vec<i32>,
    /// Eligibility tag; empty on a core without plastic groups.
    pub tag: Vec<i16>,
    /// Ordinal among parallel synapses of one pair; empty on a core without plastic groups.
    pub ordinal: Vec<u8>,
}

impl Synapses {
    /// Saves or restores what learning changes.
    ///
    /// # Errors
    /// [`Error::Checkpoint`] if there are other synapses in the archive.
    pub fn archive(&mut self, archive: &mut Archive) -> Result<(), Error> {
        archive.column(&mut self.weight)?;
        archive.column(&mut self.effective)?;
        archive.column(&mut self.delay)?;
        archive.column(&mut self.tag)?;
        check_delays(&self.delay)
    }
}

/// Checks restored delays: a ring of 64 slots takes no others.
pub(crate) fn check_delays(delays: &[u8]) -> Result<(), Error> {
    match delays.iter().find(|delay| **delay > 62) {
        Some(delay) => Err(Error::Checkpoint(format!("it holds a stored delay of {delay} steps; limit 62"))),
        None => Ok(()),
    }
}

/// One list of a plastic group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlasticList {
    /// Logical id of the source.
    pub source: u32,
    /// First synapse.
    pub start: usize,
    /// One past the last synapse.
    pub end: usize,
}

/// A plastic synapse group: its rule, its lists and its traces.
#[derive(Debug, Clone)]
pub struct Plastic {
    /// The projection's id.
    pub projection: u32,
    /// Format of the synapses.
    pub format: SynapseFormat,
    /// Limit of an effective weight.
    pub effective_limit: Option<i64>,
    /// Largest stored delay that learning may reach, in steps.
    pub longest_delay: u8,
    /// Products that change w, d and t, in this order.
    pub products: [Vec<PreparedProduct>; 3],
    /// The program of a rule in microcode, in place of products.
    pub microcode: Option<Box<Microcode>>,
    /// Whether that program may change a synapse in an epoch without spikes, at the levels of the last step.
    pub is_restless: bool,
    /// Settings of x1, x2.
    pub pre: [TraceConfig; PRE_TRACES],
    /// Settings of y1, y2, y3.
    pub post: [TraceConfig; POST_TRACES],
    /// Steps per epoch.
    pub epoch_steps: u64,
    /// The lists, in order of source.
    pub lists: Vec<PlasticList>,
    /// Compartments that the group reaches, ascending.
    pub targets: Vec<u32>,
    /// Logical id of each compartment of the core.
    pub neurons: Vec<u32>,
    /// Channels behind m0..m3.
    pub channels: [Option<u16>; SLOTS],
    /// Traces x1, x2 by list.
    pub x: [Vec<i16>; PRE_TRACES],
    /// Traces y1, y2, y3 by compartment.
    pub y: [Vec<i16>; POST_TRACES],
    /// Step within the epoch (from 1) of the last spike of each list; 0: none.
    pub pre_spike: Vec<u8>,
    /// The same for each compartment.
    pub post_spike: Vec<u8>,
    /// x1, x2 by step of the epoch and list.
    pub x_history: [Vec<Vec<i16>>; PRE_TRACES],
    /// y1, y2, y3 by step of the epoch and compartment.
    pub y_history: [Vec<Vec<i16>>; POST_TRACES],
    /// `b2l`: lists whose spikes arrive at each of the coming steps, with the delay that is due.
    pub arrivals: Vec<Vec<(u32, u8)>>,
    /// `b2l`: x0 and y0 of this step.
    pub spiked_now: [Vec<bool>; 2],
    /// Traces as recorded: after this step's impulses (`b2l` decays them afterwards).
    pub shown_x: [Vec<i16>; PRE_TRACES],
    /// The same for y.
    pub shown_y: [Vec<i16>; POST_TRACES],
}

impl Plastic {
    /// The group's state before step 0.
    #[must_use]
    pub fn new(
        projection: u32,
        rule: &LearningRule,
        format: SynapseFormat,
        effective_limit: Option<i64>,
        lists: Vec<PlasticList>,
        synapses: &Synapses,
        compartments: &[Compartment],
    ) -> Self {
        let prepare = |products: &[_]| products.iter().map(PreparedProduct::new).collect();
        let products = rule.program.products().cloned().unwrap_or_default();
        let mut targets: Vec<u32> =
            lists.iter().flat_map(|list| &synapses.target[list.start..list.end]).copied().collect();
        targets.sort_unstable();
        targets.dedup();
        // A group's targets belong to one population, and a population subscribes as a whole.
        let channels = targets.first().map_or([None; SLOTS], |target| compartments[*target as usize].modulators);
        let neurons: Vec<u32> = compartments.iter().map(|compartment| compartment.neuron.0).collect();
        let (list_count, compartments) = (lists.len(), compartments.len());
        let epoch = usize::from(rule.epoch_steps);
        Self {
            projection,
            format,
            effective_limit,
            longest_delay: format.max_stored_delay(),
            products: [prepare(&products.weight), prepare(&products.delay), prepare(&products.tag)],
            microcode: None,
            is_restless: false,
            pre: rule.pre,
            post: rule.post,
            epoch_steps: u64::from(rule.epoch_steps),
            lists,
            targets,
            neurons,
            channels,
            x: std::array::from_fn(|_| vec![0; list_count]),
            y: std::array::from_fn(|_| vec![0; compartments]),
            pre_spike: vec![0; list_count],
            post_spike: vec![0; compartments],
            x_history: std::array::from_fn(|_| vec![vec![0; list_count]; epoch]),
            y_history: std::array::from_fn(|_| vec![vec![0; compartments]; epoch]),
            arrivals: vec![Vec::new(); crate::delay_ring::RING_SLOTS],
            spiked_now: [vec![false; list_count], vec![false; compartments]],
            shown_x: std::array::from_fn(|_| vec![0; list_count]),
            shown_y: std::array::from_fn(|_| vec![0; compartments]),
        }
    }

    /// Saves or restores traces and the spikes of the epoch.
    ///
    /// # Errors
    /// [`Error::Checkpoint`] if they are those of another group.
    pub fn archive(&mut self, archive: &mut Archive) -> Result<(), Error> {
        let shown = self.shown_x.iter_mut().chain(&mut self.shown_y);
        let histories = self.x_history.iter_mut().chain(&mut self.y_history).flatten();
        let columns = self.x.iter_mut().chain(&mut self.y).chain(shown).chain(histories);
        columns.into_iter().try_for_each(|column| archive.column(column))?;
        archive.column(&mut self.pre_spike)?;
        archive.column(&mut self.post_spike)?;
        self.spiked_now.iter_mut().try_for_each(|column| archive.column(column))?;
        archive.number(&mut self.is_restless)?;
        for arrivals in &mut self.arrivals {
            let (mut lists, mut delays): (Vec<u32>, Vec<u8>) = arrivals.iter().copied().unzip();
            archive.list(&mut lists)?;
            archive.list(&mut delays)?;
            if let Some(list) = lists.iter().find(|list| **list as usize >= self.lists.len()) {
                let message = format!("it holds a spike on list {list} of {}", self.lists.len());
                return Err(Error::Checkpoint(message));
            }
            *arrivals = lists.into_iter().zip(delays).collect();
        }
        // A step within an epoch is looked up in the histories.
        let latest = self.pre_spike.iter().chain(&self.post_spike).copied().max().unwrap_or(0);
        if u64::from(latest) > self.epoch_steps {
            return Err(Error::Checkpoint(format!(
                "it holds a spike in step {latest} of an epoch of {}",
                self.epoch_steps
            )));
        }
        self.microcode.as_mut().map_or(Ok(()), |microcode| microcode.archive(archive))
    }

    /// Whether third factors come from outside (`lava`).
    #[must_use]
    pub fn has_third_factor(&self) -> bool {
        self.post.iter().any(|trace| trace.decay == TraceDecay::External)
    }

    /// The clip bounds of the accumulator under a learning order.
    #[must_use]
    pub fn accumulator_range(order: LearningOrder) -> AccumulatorRange {
        if order == LearningOrder::Lava { AccumulatorRange::LAVA } else { AccumulatorRange::TWOS_COMPLEMENT }
    }

    /// The step within the epoch, from 1.
    #[must_use]
    pub fn step_in_epoch(&self, t: u64) -> u8 {
        (t % self.epoch_steps) as u8 + 1
    }

    /// Whether step `t` ends an epoch.
    #[must_use]
    pub fn ends_epoch(&self, t: u64) -> bool {
        (t + 1).is_multiple_of(self.epoch_steps)
    }

    /// Whether a trace is not yet 0, or a spike of this epoch waits for its end.
    #[must_use]
    pub fn is_active(&self) -> bool {
        self.pre_spike.iter().chain(&self.post_spike).any(|step| *step != 0)
            || self.x.iter().flatten().any(|value| *value != 0)
            || self.targets.iter().any(|target| self.y.iter().any(|trace| trace[*target as usize] != 0))
    }

    /// The first step after `t` whose epoch end satisfies a dependency on time alone.
    #[must_use]
    pub fn next_timed_epoch_end(&self, t: u64) -> Option<u64> {
        let exponents = self.products.iter().flatten().filter_map(|product| match product.dependency {
            Dependency::Epochs { exponent } => Some(exponent),
            Dependency::PreSpike | Dependency::PostSpike => None,
        });
        let restless = self.is_restless.then_some(self.epoch_steps);
        let period = exponents.map(|exponent| self.epoch_steps << exponent).chain(restless).min()?;
        // Epoch ends are the steps t with (t + 1) a multiple of the period.
        Some(((t + 1) / period + 1) * period - 1)
    }

    /// Whether a factor's variable is 0 for every synapse of the group at modulator levels `modulators`.
    #[must_use]
    pub fn is_silent(variable: Variable, modulators: &[i8; SLOTS]) -> bool {
        matches!(variable, Variable::Modulator(slot) if modulators[usize::from(slot % 4)] == 0)
    }
}
