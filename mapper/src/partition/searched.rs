//! Searched partitions: the network as a neutral problem is divided by search, then its cores are filled under every limit.
//!
//! The search knows compartments, synaptic memory and axons. Cells that exceed another limit where the search put them, or that list
//! headers leave no room for, leave their core for one at the end. What comes out is taken only if it is better than filling in order.

use super::fill::{Order, fill};
use super::neutral::{Neutral, limits};
use super::{Closing, Partition, Task};
use crate::fit::Resource;
use crate::multilevel;

/// Searches at most; those after the first know better what list headers take.
const MAX_SEARCHES: usize = 3;

/// The better of a partition filled in order and what search finds.
pub(super) fn better_than(task: &Task<'_>, in_order: Partition) -> Partition {
    let mut neutral = Neutral::of(task);
    let mut factor = neutral.header_factor(&in_order.usage);
    let mut best = in_order;
    for _ in 0..MAX_SEARCHES {
        neutral.set_header_factor(factor);
        let Some(found) = search(task, &neutral) else { break };
        let is_short_of_memory = found.closed_by.contains(&Closing::Full(Resource::SynapticMemory));
        let measured = neutral.header_factor(&found.usage);
        if is_better(task, &found, &best) {
            best = found;
        }
        if !is_short_of_memory {
            break;
        }
        factor = (factor * 1.02).max(measured * 1.02);
    }
    best
}

/// Searches, and fills the cores that were found.
fn search(task: &Task<'_>, neutral: &Neutral) -> Option<Partition> {
    let own = task.search;
    let search = multilevel::Task {
        problem: &neutral.problem,
        limits: limits(task),
        objective: own.objective,
        effort: own.effort,
        seed: own.seed,
        threads: own.threads,
    };
    // What the search cannot divide is reported by filling in order, which knows the words of the network.
    let core_of = multilevel::partition(&search, own.partitioner).ok()?;
    let mut order = Order::default();
    order.groups.resize_with(core_of.iter().max().map_or(0, |core| *core as usize + 1), Vec::new);
    for (core, cell) in core_of.iter().zip(&neutral.cell_of) {
        order.groups[*core as usize].push(*cell);
    }
    Some(fill(task, &order))
}

/// Whether a partition is better: it fits, and makes the objective smaller.
fn is_better(task: &Task<'_>, new: &Partition, old: &Partition) -> bool {
    let fits = |partition: &Partition| {
        task.cores().admits(partition.usage.len() as u64)
            && partition.unresolved.is_empty()
            && partition.oversize.is_empty()
    };
    let (new_fits, old_fits) = (fits(new), fits(old));
    if new_fits != old_fits {
        return new_fits;
    }
    let cost =
        |partition: &Partition| task.search.objective.cost(partition.usage.len() as u32, partition.traffic(task));
    cost(new) < cost(old)
}
