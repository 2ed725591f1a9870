//! Vertices merged into clusters: a smaller problem with the same traffic and the same loads for every partition of the clusters.

use super::build::owned;
use super::{EXTERNAL, Lists, Problem};

/// A smaller problem and how it came from a larger one.
#[derive(Debug)]
pub(crate) struct Contraction {
    pub(crate) problem: Problem,
    /// Cluster of each vertex of the larger problem.
    pub(crate) cluster_of: Vec<u32>,
}

impl Problem {
    /// Merges vertices of the same cluster; clusters are numbered from 0 without gaps.
    pub(crate) fn contract(&self, cluster_of: Vec<u32>, clusters: usize) -> Contraction {
        let mut problem = Self {
            compartments: vec![0; clusters],
            synapse_bytes: vec![0; clusters],
            rate: self.rate.clone(),
            sources: self.sources.clone(),
            owner: self.owner.clone(),
            ..Self::default()
        };
        if !self.outputs_elsewhere.is_empty() {
            problem.outputs_elsewhere = vec![0; clusters];
            let members = cluster_of.iter().zip(&self.outputs_elsewhere);
            members.for_each(|(cluster, outputs)| problem.outputs_elsewhere[*cluster as usize] += outputs);
        }
        for (vertex, cluster) in cluster_of.iter().enumerate() {
            problem.compartments[*cluster as usize] += self.compartments[vertex];
            problem.synapse_bytes[*cluster as usize] += self.synapse_bytes[vertex];
        }
        for owner in problem.owner.iter_mut().filter(|owner| **owner != EXTERNAL) {
            *owner = cluster_of[*owner as usize];
        }
        let mut targets = Lists { start: Vec::with_capacity(self.nets() + 1), items: Vec::new() };
        targets.start.push(0);
        let mut seen = vec![u32::MAX; clusters];
        for net in 0..self.nets() as u32 {
            let from = targets.items.len();
            for vertex in self.targets.of(net) {
                let cluster = cluster_of[*vertex as usize];
                if seen[cluster as usize] != net {
                    seen[cluster as usize] = net;
                    targets.items.push(cluster);
                }
            }
            targets.items[from..].sort_unstable();
            targets.start.push(targets.items.len());
        }
        targets.items.shrink_to_fit();
        problem.inputs = targets.transposed(clusters);
        problem.targets = targets;
        problem.outputs = owned(&problem.owner, clusters);
        problem.merge_alike_nets();
        Contraction { problem, cluster_of }
    }

    /// Keeps one net in so many that a vertex has about `per_vertex` of them; each stands for those that are left out. Loads and
    /// traffic of a partition are then right on average only.
    pub(crate) fn thin(&mut self, per_vertex: usize) {
        let stride = self.pins() / (per_vertex * self.vertices()).max(1);
        if stride < 2 {
            return;
        }
        let mut targets = Lists { start: vec![0], items: Vec::with_capacity(self.pins() / stride) };
        let kept: Vec<u32> = (0..self.nets() as u32).step_by(stride).collect();
        for net in &kept {
            targets.items.extend_from_slice(self.targets.of(*net));
            targets.start.push(targets.items.len());
        }
        self.rate = kept.iter().map(|net| self.rate[*net as usize] * stride as f64).collect();
        self.sources = kept.iter().map(|net| self.sources[*net as usize].saturating_mul(stride as u32)).collect();
        self.owner = kept.iter().map(|net| self.owner[*net as usize]).collect();
        self.inputs = targets.transposed(self.vertices());
        self.outputs = owned(&self.owner, self.vertices());
        self.targets = targets;
    }
}
