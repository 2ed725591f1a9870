//! From fan-in lists to a problem.

use super::{EXTERNAL, Lists, Problem};

impl Problem {
    /// A problem with one vertex per neuron on the chip and one net per source that reaches it.
    ///
    /// `fan_in` lists the sources of each neuron (numbers of neurons, distinct and ascending; empty for external ones), `rate` is in
    /// spikes per second. Also returns the neuron of each vertex. External sources with the same targets share a net.
    #[must_use]
    pub fn from_fan_in(
        fan_in: Lists,
        is_external: &[bool],
        rate: &[f64],
        compartments: &[u32],
        synapse_bytes: &[u64],
    ) -> (Self, Vec<u32>) {
        let neurons = is_external.len();
        let on_chip: Vec<u32> = (0..neurons as u32).filter(|neuron| !is_external[*neuron as usize]).collect();
        let mut vertex_of = vec![EXTERNAL; neurons];
        on_chip.iter().zip(0..).for_each(|(neuron, vertex)| vertex_of[*neuron as usize] = vertex);
        let mut reaches = vec![false; neurons];
        fan_in.items.iter().for_each(|source| reaches[*source as usize] = true);
        let sources: Vec<u32> = (0..neurons as u32).filter(|neuron| reaches[*neuron as usize]).collect();
        let mut net_of = vec![0_u32; neurons];
        sources.iter().zip(0..).for_each(|(neuron, net)| net_of[*neuron as usize] = net);

        let mut inputs = fan_in;
        inputs.items.iter_mut().for_each(|source| *source = net_of[*source as usize]);
        let start = std::mem::take(&mut inputs.start);
        inputs.start = on_chip.iter().map(|neuron| start[*neuron as usize]).collect();
        inputs.start.push(inputs.items.len());
        let pick = |neuron: &u32| *neuron as usize;
        let owner: Vec<u32> = sources.iter().map(|neuron| vertex_of[*neuron as usize]).collect();
        let mut problem = Self {
            compartments: on_chip.iter().map(|neuron| compartments[pick(neuron)]).collect(),
            synapse_bytes: on_chip.iter().map(|neuron| synapse_bytes[pick(neuron)]).collect(),
            rate: sources.iter().map(|neuron| rate[pick(neuron)]).collect(),
            sources: vec![1; sources.len()],
            targets: inputs.transposed(sources.len()),
            outputs: Lists::default(),
            inputs,
            owner,
            outputs_elsewhere: Vec::new(),
        };
        problem.outputs = owned(&problem.owner, problem.compartments.len());
        problem.merge_alike_nets();
        (problem, on_chip)
    }

    /// Makes one net of nets that share owner and targets, if there are any.
    pub(super) fn merge_alike_nets(&mut self) {
        let mut order: Vec<(u32, u64, u32)> = (0..self.nets() as u32)
            .map(|net| (self.owner[net as usize], fingerprint(self.targets.of(net)), net))
            .collect();
        order.sort_unstable();
        // The first of alike nets stands for all of them.
        let mut stands_for: Vec<u32> = (0..self.nets() as u32).collect();
        for pair in 1..order.len() {
            let ((owner, print, net), (other_owner, other_print, other)) = (order[pair], order[pair - 1]);
            if owner == other_owner && print == other_print {
                let first = stands_for[other as usize];
                if self.targets.of(net) == self.targets.of(first) {
                    stands_for[net as usize] = first;
                }
            }
        }
        drop(order);
        let mut kept = vec![0_u32; self.nets()];
        let mut merged = Self::default();
        merged.targets.start.push(0);
        for net in 0..self.nets() as u32 {
            let first = stands_for[net as usize];
            if first == net {
                kept[net as usize] = merged.rate.len() as u32;
                merged.rate.push(self.rate[net as usize]);
                merged.sources.push(self.sources[net as usize]);
                merged.owner.push(self.owner[net as usize]);
                merged.targets.items.extend_from_slice(self.targets.of(net));
                merged.targets.start.push(merged.targets.items.len());
            } else {
                let kept = kept[first as usize] as usize;
                merged.rate[kept] += self.rate[net as usize];
                merged.sources[kept] += self.sources[net as usize];
            }
        }
        if merged.rate.len() == self.nets() {
            return;
        }
        self.rate = merged.rate;
        self.sources = merged.sources;
        self.owner = merged.owner;
        self.targets = merged.targets;
        self.inputs = self.targets.transposed(self.vertices());
        self.outputs = owned(&self.owner, self.vertices());
    }
}

/// The nets of each owner.
pub(super) fn owned(owner: &[u32], vertices: usize) -> Lists {
    let mut start = vec![0_usize; vertices + 1];
    let inside = || owner.iter().zip(0_u32..).filter(|(owner, _)| **owner != EXTERNAL);
    inside().for_each(|(owner, _)| start[*owner as usize + 1] += 1);
    (0..vertices).for_each(|vertex| start[vertex + 1] += start[vertex]);
    let mut next = start.clone();
    let mut items = vec![0_u32; start[vertices]];
    for (owner, net) in inside() {
        items[next[*owner as usize]] = net;
        next[*owner as usize] += 1;
    }
    Lists { start, items }
}

fn fingerprint(list: &[u32]) -> u64 {
    list.iter()
        .fold(list.len() as u64, |hash, item| caudate_core::random::mix64(hash ^ u64::from(*item)).wrapping_mul(31))
}
