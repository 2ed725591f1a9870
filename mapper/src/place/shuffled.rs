//! Shuffled: parts take random slots anywhere on the mesh.
//!
//! No result may depend on placement; this placer is how tests, and anyone in doubt, can vary it.

use super::Task;
use caudate_core::random::{Domain, draw};

pub(super) fn place(task: &Task<'_>) -> Vec<u32> {
    let mesh_cores = task.chip.mesh.cores().number().and_then(|cores| u32::try_from(cores).ok());
    // A mesh of millions of cores need not be listed to look shuffled.
    let slots = mesh_cores.filter(|cores| *cores <= 1 << 20).unwrap_or(task.cores).max(task.cores);
    let mut order: Vec<u32> = (0..slots).collect();
    for left in (1..order.len()).rev() {
        let bits = draw(Domain::Network.seed(task.seed), u64::MAX, left as u64, 0);
        order.swap(left, ((u64::from(bits) * (left as u64 + 1)) >> 32) as usize);
    }
    order.truncate(task.cores as usize);
    order
}
