//! Spikes per second between cores: all that a placement needs to know.

use crate::problem::{EXTERNAL, Problem};
use std::collections::BTreeMap;

/// Traffic between pairs of cores, and into each core from outside.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Flows {
    pub(crate) cores: u32,
    /// For each core the others that it exchanges spikes with, ascending, and how many in both directions.
    pub(crate) between: Vec<Vec<(u32, f64)>>,
    /// Spikes per second from outside.
    pub(crate) from_outside: Vec<f64>,
}

impl Flows {
    pub(crate) fn of(problem: &Problem, core_of: &[u32]) -> Self {
        let cores = core_of.iter().max().map_or(0, |core| core + 1);
        let mut pairs: Vec<BTreeMap<u32, f64>> = vec![BTreeMap::new(); cores as usize];
        let mut from_outside = vec![0.0; cores as usize];
        let mut seen = vec![u32::MAX; cores as usize];
        for net in 0..problem.nets() as u32 {
            let rate = problem.rate[net as usize];
            let owner = problem.owner[net as usize];
            for target in problem.targets.of(net) {
                let core = core_of[*target as usize];
                if std::mem::replace(&mut seen[core as usize], net) == net {
                    continue;
                }
                if owner == EXTERNAL {
                    from_outside[core as usize] += rate;
                    continue;
                }
                let from = core_of[owner as usize];
                if from != core {
                    *pairs[from.min(core) as usize].entry(from.max(core)).or_default() += rate;
                }
            }
        }
        let mut between: Vec<Vec<(u32, f64)>> = vec![Vec::new(); cores as usize];
        for (low, high) in pairs.iter().enumerate() {
            for (high, rate) in high {
                between[low].push((*high, *rate));
                between[*high as usize].push((low as u32, *rate));
            }
        }
        between.iter_mut().for_each(|list| list.sort_by_key(|(core, _)| *core));
        Self { cores, between, from_outside }
    }
}
