//! Which neurons share a core. The compartments of one cell always do: a partitioner places cells, whole.
//!
//! | file | story |
//! |---|---|
//! | `fill` | cells taken in some order, counted as the emitter counts |
//! | `neutral` | the network as a [`crate::problem::Problem`], whose partitioners are those of [`crate::multilevel`] |
//! | `searched` | what a search found, filled again under every limit |
//! | `traffic` | spikes between the cores of a partition |
//! | `division` | a division that was found before, filled again |
//! | `overfull` | what to say when it does not fit |

mod division;
mod fill;
mod neutral;
mod overfull;
mod searched;
mod traffic;

pub use division::Division;

use crate::fit::{Limits, Resource, Usage};
use crate::logical::LogicalNetwork;
use crate::multilevel::{Effort, FILL_IN_ORDER, Objective, Partitioner};
use crate::network::Network;
use crate::origin::Problem;
use caudate_core::chip::{ChipDescription, Limit};
use caudate_isa::diagnostic::{Diagnostic, nearest};

/// What a partitioner works on.
#[derive(Debug)]
pub(crate) struct Task<'a> {
    pub(crate) network: &'a Network,
    pub(crate) logical: &'a LogicalNetwork,
    pub(crate) chip: &'a ChipDescription,
    pub(crate) limits: Limits,
    pub(crate) max_neurons_per_core: Option<u32>,
    pub(crate) search: Search,
    /// Spikes per step of each input and neuron, by logical id.
    pub(crate) rates: &'a [f64],
    /// A division to keep, in place of a search.
    pub(crate) given: Option<&'a Division>,
}

/// How to search.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Search {
    pub(crate) partitioner: &'static Partitioner,
    pub(crate) objective: Objective,
    pub(crate) effort: Effort,
    pub(crate) seed: u64,
    pub(crate) threads: usize,
}

impl Task<'_> {
    pub(crate) fn cores(&self) -> Limit {
        self.chip.mesh.cores()
    }
}

/// Neurons divided among cores.
#[derive(Debug, Default)]
pub(crate) struct Partition {
    /// Core of each neuron, by neuron number.
    pub(crate) core_of: Vec<u32>,
    /// What each core holds.
    pub(crate) usage: Vec<Usage>,
    /// Logical ids of the sources with a target on each core, in order of first use.
    pub(crate) sources: Vec<Vec<u32>>,
    /// Why each core but the last was closed; where cores were given, why those closed that did not take all of their cells.
    pub(crate) closed_by: Vec<Closing>,
    /// Neurons that no core takes, each alone on a core of its own here.
    pub(crate) oversize: Vec<Oversize>,
    /// Cores that hold more output axons than they may, after all attempts to spread them: (core, output axons).
    pub(crate) unresolved: Vec<(u32, u64)>,
}

/// Why a core takes no further neuron.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Closing {
    /// The next neuron would exceed this limit.
    Full(Resource),
    /// The cap on neurons per core, of the population or of all.
    Cap,
}

/// A cell that exceeds a limit of an empty core; `population` is that of its soma.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Oversize {
    pub(crate) population: u32,
    pub(crate) member: u32,
    pub(crate) core: u32,
    pub(crate) resource: Resource,
    pub(crate) needed: u64,
}

/// A name that is in no registry.
pub(crate) fn unknown<'a>(what: &str, name: &str, known: impl Iterator<Item = &'a str> + Clone) -> Box<Diagnostic> {
    let help = match nearest(name, known.clone()) {
        Some(candidate) => format!("did you mean '{candidate}'?"),
        None => format!("known: {}", known.collect::<Vec<_>>().join(", ")),
    };
    Box::new(Diagnostic::new("E-MAP-NAME", format!("no {what} is named '{name}'")).help(help))
}

/// Divides the neurons; also returns everything that does not fit.
///
/// Cores are filled in order first, which takes moments. A search follows where there is something to gain, and what it finds is
/// taken if it is better.
pub(crate) fn partition(task: &Task<'_>) -> (Partition, Vec<Problem>) {
    if let Some(given) = task.given {
        let partition = fill::fill(task, &given.order(task));
        let problems = overfull::problems(task, &partition);
        return (partition, problems);
    }
    let in_order = fill::in_order(task);
    let is_search = task.search.partitioner.name != FILL_IN_ORDER;
    let partition = if is_search && in_order.usage.len() > 1 && in_order.oversize.is_empty() {
        searched::better_than(task, in_order)
    } else {
        in_order
    };
    let problems = overfull::problems(task, &partition);
    (partition, problems)
}
