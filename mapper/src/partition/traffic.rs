//! Spikes per step between the cores of a partition.

use super::{Partition, Task};
use crate::mesh::Flows;

impl Partition {
    /// Spikes per step that leave a core or enter the chip, one for each core that they go to.
    pub(super) fn traffic(&self, task: &Task<'_>) -> f64 {
        let neuron_of_id = task.logical.neuron_of_id();
        let mut sum = 0.0;
        for (sources, core) in self.sources.iter().zip(0..) {
            let is_away =
                |id: u32| neuron_of_id[id as usize].is_none_or(|neuron| self.core_of[neuron as usize] != core);
            sum += sources.iter().filter(|id| is_away(**id)).map(|id| task.rates[*id as usize]).sum::<f64>();
        }
        sum
    }

    /// Spikes per step between pairs of cores. Those from outside cross no tile and are left out.
    pub(crate) fn flows(&self, task: &Task<'_>) -> Flows {
        let neuron_of_id = task.logical.neuron_of_id();
        let cores = self.usage.len();
        let mut between: Vec<Vec<(u32, f64)>> = vec![Vec::new(); cores];
        let mut into = vec![0.0; cores];
        for (sources, core) in self.sources.iter().zip(0_u32..) {
            for id in sources {
                if let Some(neuron) = neuron_of_id[*id as usize] {
                    into[self.core_of[neuron as usize] as usize] += task.rates[*id as usize];
                }
            }
            for (from, rate) in into.iter_mut().enumerate() {
                let rate = std::mem::take(rate);
                if rate > 0.0 && from != core as usize {
                    between[from].push((core, rate));
                    between[core as usize].push((from as u32, rate));
                }
            }
        }
        for list in &mut between {
            list.sort_by_key(|(core, _)| *core);
            // The way there and the way back are one entry.
            list.dedup_by(|next, kept| {
                let is_same = next.0 == kept.0;
                kept.1 += if is_same { next.1 } else { 0.0 };
                is_same
            });
        }
        Flows { cores: cores as u32, between, from_outside: vec![0.0; cores] }
    }
}
