//! Mapping as a neutral problem: vertices with resource needs, and rate-weighted nets that know their source.
//!
//! A *vertex* is a group of neurons that share a core, at the finest level a single one. A *net* is a spike source with its
//! targets: one packet per spike goes to every core that holds a target, except the core of the source itself. So
//!
//! ```text
//! traffic       = sum over nets of rate x (destination cores other than the owner's)
//! input axons   = of a core: sources with a target there
//! output axons  = of a core: (source of the core, destination core) pairs, its own included
//! ```
//!
//! Input axons are a set function: two neurons with common sources need fewer together than apart. That is why the partitioners
//! here count exactly, in `Assignment`, and never approximate an axon limit by a weight.
//!
//! | module | story |
//! |---|---|
//! | `build` | from fan-in lists to a [`Problem`] |
//! | `region` | some cores of a partition as a problem of their own |
//! | `contract` | vertices merged into clusters, alike nets merged into one |
//! | `rows` | pins per (net, core), sparse or dense per net |
//! | `gains` | what each vertex shares with each core |
//! | `assignment` | a core for each vertex, all loads and the objective up to date |
//! | `delta` | what a move or a swap would change |
//! | `hops` | what a move or a swap would change of the way of spikes |
//! | `score` | the same figures counted from scratch, for those who trust nobody |
//! | `random` | a small generator for searches |

mod assignment;
mod build;
mod contract;
mod delta;
mod gains;
mod hops;
pub(crate) mod random;
mod region;
mod rows;
pub mod score;
#[cfg(test)]
mod tests;

pub(crate) use assignment::Assignment;
pub(crate) use contract::Contraction;
pub(crate) use delta::Delta;
pub(crate) use gains::Gains;
pub(crate) use hops::Ways;

/// No vertex: the owner of a net whose source is outside the chip.
pub const EXTERNAL: u32 = u32::MAX;

/// Resources of a core that limit how many vertices it takes.
pub const RESOURCES: usize = 4;
/// Index of compartments in loads and limits.
pub const COMPARTMENTS: usize = 0;
/// Index of bytes of synaptic memory.
pub const SYNAPSE_BYTES: usize = 1;
/// Index of input axons.
pub const INPUT_AXONS: usize = 2;
/// Index of output axons.
pub const OUTPUT_AXONS: usize = 3;
/// Names of the resources, in the order of their indices.
pub const RESOURCE_NAMES: [&str; RESOURCES] = ["compartments", "synapse_bytes", "in_axons", "out_axons"];

/// An amount of each resource.
pub type Amounts = [u64; RESOURCES];

/// Lists of numbers, one after the other.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lists {
    /// Where each list starts, and where the last one ends.
    pub start: Vec<usize>,
    /// The elements of all lists.
    pub items: Vec<u32>,
}

impl Lists {
    /// The elements of one list.
    #[must_use]
    pub fn of(&self, index: u32) -> &[u32] {
        &self.items[self.start[index as usize]..self.start[index as usize + 1]]
    }

    /// How many lists there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.start.len().saturating_sub(1)
    }

    /// Whether there is no list.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// For each number below `count` the lists that hold it, ascending.
    #[must_use]
    pub fn transposed(&self, count: usize) -> Self {
        let mut start = vec![0_usize; count + 1];
        self.items.iter().for_each(|item| start[*item as usize + 1] += 1);
        (0..count).for_each(|index| start[index + 1] += start[index]);
        let mut next = start.clone();
        let mut items = vec![0_u32; self.items.len()];
        for list in 0..self.len() as u32 {
            for item in self.of(list) {
                items[next[*item as usize]] = list;
                next[*item as usize] += 1;
            }
        }
        Self { start, items }
    }
}

/// What is to be divided among cores.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Problem {
    /// Compartments of each vertex.
    pub compartments: Vec<u32>,
    /// Bytes of synaptic memory of each vertex.
    pub synapse_bytes: Vec<u64>,
    /// Spikes per second of each net (the sum, where a net stands for several sources).
    pub rate: Vec<f64>,
    /// Sources that each net stands for.
    pub sources: Vec<u32>,
    /// Vertex that holds the source of each net, or [`EXTERNAL`].
    pub owner: Vec<u32>,
    /// Nets with a target in each vertex, distinct and ascending.
    pub inputs: Lists,
    /// Vertices with a target of each net, distinct and ascending.
    pub targets: Lists,
    /// Nets whose source each vertex holds.
    pub outputs: Lists,
    /// Output axons of each vertex to cores that are no part of the problem; an empty list where there are none.
    pub(crate) outputs_elsewhere: Vec<u64>,
}

impl Problem {
    /// Vertices.
    #[must_use]
    pub fn vertices(&self) -> usize {
        self.compartments.len()
    }

    /// Nets.
    #[must_use]
    pub fn nets(&self) -> usize {
        self.rate.len()
    }

    /// Output axons of a vertex to cores that are no part of the problem.
    #[inline]
    pub(crate) fn outputs_elsewhere(&self, vertex: u32) -> u64 {
        self.outputs_elsewhere.get(vertex as usize).copied().unwrap_or(0)
    }

    /// (Net, vertex) pairs.
    #[must_use]
    pub fn pins(&self) -> usize {
        self.targets.items.len()
    }
}
