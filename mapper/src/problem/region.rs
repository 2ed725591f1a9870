//! Regions: some cores of a partition as a problem of their own.
//!
//! What moves within a region changes nothing elsewhere but the output axons of senders outside. So the problem of a region is exact, and far
//! smaller than the whole: sources that a vertex does not share with another one of the region are one net.

use super::build::owned;
use super::{Assignment, EXTERNAL, Lists, Problem};

/// Vertices of some cores.
#[derive(Debug)]
pub(crate) struct Region {
    /// Their problem. Sources elsewhere count as outside.
    pub(crate) problem: Problem,
    /// The vertices, ascending.
    pub(crate) vertices: Vec<u32>,
    /// Where each stands among the cores.
    pub(crate) core_of: Vec<u32>,
}

impl Assignment<'_> {
    /// The problem of some cores.
    pub(crate) fn region(&self, cores: &[u32]) -> Region {
        let whole = self.problem;
        let mut vertices: Vec<u32> = cores.iter().flat_map(|core| self.members(*core)).copied().collect();
        vertices.sort_unstable();
        let inside = |vertex: u32| vertices.binary_search(&vertex).ok();
        let mut number = vec![EXTERNAL; whole.nets()];
        let mut inputs = Lists { start: Vec::with_capacity(vertices.len() + 1), items: Vec::new() };
        inputs.start.push(0);
        for vertex in &vertices {
            inputs.items.extend_from_slice(whole.inputs.of(*vertex));
            inputs.start.push(inputs.items.len());
        }
        inputs.items.iter().for_each(|net| number[*net as usize] = 0);
        let nets: Vec<u32> = (0..whole.nets() as u32).filter(|net| number[*net as usize] == 0).collect();
        nets.iter().zip(0..).for_each(|(net, index)| number[*net as usize] = index);
        inputs.items.iter_mut().for_each(|net| *net = number[*net as usize]);
        let of = |net: &u32| *net as usize;
        let owner: Vec<u32> =
            nets.iter().map(|net| inside(whole.owner[of(net)]).map_or(EXTERNAL, |at| at as u32)).collect();
        let elsewhere = |net: &u32| {
            let here = cores.iter().filter(|core| self.has_target(*net, **core)).count();
            (u64::from(self.reach[of(net)]) - here as u64) * u64::from(whole.sources[of(net)])
        };
        let mut problem = Problem {
            compartments: vertices.iter().map(|vertex| whole.compartments[*vertex as usize]).collect(),
            synapse_bytes: vertices.iter().map(|vertex| whole.synapse_bytes[*vertex as usize]).collect(),
            rate: nets.iter().map(|net| whole.rate[of(net)]).collect(),
            sources: nets.iter().map(|net| whole.sources[of(net)]).collect(),
            targets: inputs.transposed(nets.len()),
            outputs: owned(&owner, vertices.len()),
            outputs_elsewhere: vertices
                .iter()
                .map(|vertex| {
                    whole.outputs.of(*vertex).iter().map(elsewhere).sum::<u64>() + whole.outputs_elsewhere(*vertex)
                })
                .collect(),
            inputs,
            owner,
        };
        problem.merge_alike_nets();
        let place =
            |vertex: &u32| cores.iter().position(|core| *core == self.core_of[*vertex as usize]).unwrap_or(0) as u32;
        let core_of = vertices.iter().map(place).collect();
        Region { problem, vertices, core_of }
    }

    /// Whether the core holds a target of the net.
    fn has_target(&self, net: u32, core: u32) -> bool {
        let own_pin = self.extra_pin(net).is_some_and(|owner| self.core_of[owner as usize] == core);
        self.rows.get(net, core) > u32::from(own_pin)
    }

    /// The cores nearest to a core among some: those that share most of its spikes, the nearest first.
    pub(crate) fn nearest(&self, core: u32, most: usize, may_be: impl Fn(u32) -> bool) -> Vec<u32> {
        let mut shared = vec![0.0; self.cores() as usize];
        let mut nets: Vec<u32> = self
            .members(core)
            .iter()
            .flat_map(|vertex| self.problem.inputs.of(*vertex).iter().chain(self.problem.outputs.of(*vertex)))
            .copied()
            .collect();
        nets.sort_unstable();
        nets.dedup();
        for net in nets {
            let rate = self.problem.rate[net as usize];
            // Many cores have little in common.
            let mut reached = 0.0;
            self.for_each_core(net, |_| reached += 1.0);
            self.for_each_core(net, |core| shared[core as usize] += rate / reached);
        }
        let mut near: Vec<u32> = (0..self.cores()).filter(|other| *other != core && may_be(*other)).collect();
        near.sort_by(|a, b| shared[*b as usize].total_cmp(&shared[*a as usize]).then(a.cmp(b)));
        near.truncate(most);
        near
    }
}
