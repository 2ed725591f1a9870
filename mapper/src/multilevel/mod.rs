//! Partitioners of a [`Problem`]: which vertices share a core.
//!
//! | phase | story |
//! |---|---|
//! | `coarsen` | vertices with common sources are merged, level by level |
//! | `grow`, `fill` | a first partition under hard limits |
//! | `metis` | a first partition by METIS, if that is compiled in |
//! | `fields`, `bisect` | a first partition by cuts across the widest direction of the network |
//! | `anneal` | moves and swaps, with a price on what is over a limit |
//! | `repair` | the few cores still over a limit are brought back by exchanges |
//! | `shrink` | cores dissolved while the others can take their vertices; cores opened where limits cannot be kept |
//! | `nearer` | moves and swaps between placed cores that shorten the way of spikes |
//! | `search` | the phases in turn, from several starts, until the work is done |
//! | `search::regions` | a few neighbouring cores at a time packed as a problem of their own |
//!
//! To add a partitioner, write a function from a [`Task`] to cores and add one line to [`PARTITIONERS`].

mod anneal;
mod bisect;
mod coarsen;
mod fields;
mod fill;
mod grow;
#[cfg(feature = "metis")]
mod metis;
mod nearer;
mod repair;
mod search;
mod shrink;
#[cfg(test)]
mod tests;
mod unfit;

use crate::problem::{Amounts, COMPARTMENTS, EXTERNAL, Problem, SYNAPSE_BYTES};
use caudate_isa::diagnostic::Diagnostic;
pub(crate) use nearer::{Patience, nearer};

/// What to make small among partitions that keep every limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Objective {
    /// Spikes between cores; of two partitions with about the same, the one with fewer cores.
    #[default]
    Traffic,
    /// Cores, then spikes between them.
    Cores,
    /// Spikes between cores times the way they take on the mesh.
    Hops,
}

/// How long to search.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Effort {
    /// About a sixth of the default.
    Fast,
    /// Seconds for a million synapses.
    #[default]
    Default,
    /// About ten times the default.
    Best,
}

impl Objective {
    /// Every objective and its name, the default first.
    pub const NAMES: [(&str, Self); 3] = [("traffic", Self::Traffic), ("cores", Self::Cores), ("hops", Self::Hops)];

    /// Its name on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::NAMES.into_iter().find(|known| known.1 == self).map_or("", |known| known.0)
    }

    /// What is made small: traffic times the root of the number of cores, so that two percent of the cores are worth one of the traffic;
    /// where cores alone count, traffic decides among equals.
    pub(crate) fn cost(self, cores: u32, traffic: f64) -> f64 {
        let cores = f64::from(cores);
        match self {
            Self::Traffic | Self::Hops => (traffic + 1e-9) * cores.sqrt(),
            Self::Cores => cores + traffic / (traffic + 1e6),
        }
    }
}

impl Effort {
    /// Every effort and its name, the shortest first.
    pub const NAMES: [(&str, Self); 3] = [("fast", Self::Fast), ("default", Self::Default), ("best", Self::Best)];

    /// Its name on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::NAMES.into_iter().find(|known| known.1 == self).map_or("", |known| known.0)
    }

    /// Work, as a multiple of that of the default.
    fn factor(self) -> f64 {
        match self {
            Self::Fast => 0.15,
            Self::Default => 1.0,
            Self::Best => 10.0,
        }
    }
}

/// What a partitioner works on.
#[derive(Debug, Clone, Copy)]
pub struct Task<'a> {
    /// The problem.
    pub problem: &'a Problem,
    /// What one core takes of each resource.
    pub limits: Amounts,
    /// What to make small.
    pub objective: Objective,
    /// How long to search.
    pub effort: Effort,
    /// The same seed gives the same partition.
    pub seed: u64,
    /// Starts that run at the same time, at least 1; the partition does not depend on it.
    pub threads: usize,
}

impl Task<'_> {
    /// The fewest cores that compartments and memory allow.
    #[must_use]
    pub fn fewest_cores(&self) -> u32 {
        let compartments: u64 = self.problem.compartments.iter().map(|count| u64::from(*count)).sum();
        let bytes: u64 = self.problem.synapse_bytes.iter().sum();
        let needed = |amount: u64, resource: usize| amount.div_ceil(self.limits[resource].max(1));
        let fewest = needed(compartments, COMPARTMENTS).max(needed(bytes, SYNAPSE_BYTES));
        u32::try_from(fewest).unwrap_or(u32::MAX).max(1)
    }

    /// Traffic that no partition can save: spikes from outside to one core each.
    #[must_use]
    pub fn least_traffic(&self) -> f64 {
        let problem = self.problem;
        problem.rate.iter().zip(&problem.owner).filter(|(_, owner)| **owner == EXTERNAL).map(|(rate, _)| rate).sum()
    }
}

/// A way to divide vertices among cores.
#[derive(Debug)]
pub struct Partitioner {
    /// Its name on the command line.
    pub name: &'static str,
    /// What it does, in a line.
    pub description: &'static str,
    run: fn(&Task<'_>) -> Vec<u32>,
}

/// The partitioner that searches nothing.
pub const FILL_IN_ORDER: &str = "fill-in-order";

/// Every partitioner, the default first.
pub const PARTITIONERS: [Partitioner; 5 + cfg!(feature = "metis") as usize] = [
    Partitioner {
        name: "search",
        description: "the best of 'bisected', 'multilevel' and, where the network is small enough, 'grown'",
        run: search::best_start,
    },
    Partitioner {
        name: "multilevel",
        description: "merges vertices with common sources, divides the clusters, and refines level by level",
        run: search::multilevel,
    },
    Partitioner {
        name: "grown",
        description: "grows one core after the other by common sources, and refines single neurons",
        run: search::grown,
    },
    Partitioner {
        name: "bisected",
        description: "cuts the network in two across its widest direction, again and again, and refines single neurons",
        run: search::bisected,
    },
    #[cfg(feature = "metis")]
    Partitioner {
        name: "metis",
        description: "starts from a cut of METIS, which knows sizes and rates, and refines single neurons under all limits",
        run: search::metis,
    },
    Partitioner {
        name: FILL_IN_ORDER,
        description: "takes neurons in the order of the network and opens a core when the next neuron does not fit",
        run: fill::fill_in_order,
    },
];

/// Finds a partitioner.
///
/// # Errors
/// `E-MAP-NAME`.
pub fn by_name(name: &str) -> Result<&'static Partitioner, Box<Diagnostic>> {
    let names = PARTITIONERS.iter().map(|known| known.name);
    PARTITIONERS
        .iter()
        .find(|known| known.name == name)
        .ok_or_else(|| crate::partition::unknown("partitioner", name, names))
}

/// Divides the vertices among cores, numbered from 0 without gaps.
///
/// # Errors
/// [`crate::Error::DoesNotFit`] if a vertex alone exceeds a limit, or no partition was found that keeps all of them.
pub fn partition(task: &Task<'_>, partitioner: &Partitioner) -> Result<Vec<u32>, crate::Error> {
    unfit::check_vertices(task)?;
    let mut core_of = (partitioner.run)(task);
    number_without_gaps(&mut core_of);
    unfit::check_cores(task, &core_of)?;
    Ok(core_of)
}

fn number_without_gaps(core_of: &mut [u32]) {
    let mut used = core_of.to_vec();
    used.sort_unstable();
    used.dedup();
    core_of.iter_mut().for_each(|core| *core = used.partition_point(|known| *known < *core) as u32);
}
