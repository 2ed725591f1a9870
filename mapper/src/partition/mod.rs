//! Which neurons share a core. The compartments of one cell always do: a partitioner places cells, whole.
//!
//! To add a partitioner, write one file with a function from `Task` to `Partition` and add one line to [`PARTITIONERS`].

mod fill_in_order;
mod overfull;

use crate::fit::{Limits, Resource, Usage};
use crate::logical::LogicalNetwork;
use crate::network::Network;
use crate::origin::Problem;
use caudate_core::chip::{ChipDescription, Limit};
use caudate_isa::diagnostic::{Diagnostic, nearest};

/// A way to divide neurons among cores.
#[derive(Debug)]
pub struct Partitioner {
    /// Its name on the command line.
    pub name: &'static str,
    /// What it does, in a line.
    pub description: &'static str,
    run: fn(&Task<'_>) -> Partition,
}

/// Every partitioner, the default first.
pub const PARTITIONERS: [Partitioner; 1] = [Partitioner {
    name: "fill-in-order",
    description: "takes neurons in the order of the network and opens a core when the next neuron does not fit",
    run: fill_in_order::partition,
}];

/// What a partitioner works on.
#[derive(Debug)]
pub(crate) struct Task<'a> {
    pub(crate) network: &'a Network,
    pub(crate) logical: &'a LogicalNetwork,
    pub(crate) chip: &'a ChipDescription,
    pub(crate) limits: Limits,
    pub(crate) max_neurons_per_core: Option<u32>,
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
    /// Why each core but the last was closed.
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

/// Finds a partitioner; the error lists those that exist.
pub(crate) fn by_name(name: &str) -> Result<&'static Partitioner, Box<Diagnostic>> {
    let names = || PARTITIONERS.iter().map(|known| known.name);
    PARTITIONERS.iter().find(|known| known.name == name).ok_or_else(|| unknown("partitioner", name, names()))
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
pub(crate) fn partition(task: &Task<'_>, partitioner: &Partitioner) -> (Partition, Vec<Problem>) {
    let partition = (partitioner.run)(task);
    let problems = overfull::problems(task, &partition);
    (partition, problems)
}
