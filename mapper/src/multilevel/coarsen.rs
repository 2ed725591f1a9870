//! Coarsening: vertices that share sources are merged, level by level, until few are left.
//!
//! Two vertices are near if they receive the same spikes, or one receives the other's: each net they share counts its rate over
//! its size. The sum is divided by the growth of the merged vertex, so that clusters stay even and their input axons few.

use crate::problem::random::Random;
use crate::problem::{Contraction, EXTERNAL, Problem, RESOURCES};
use std::collections::BTreeMap;

/// How far to coarsen.
#[derive(Debug, Clone, Copy)]
pub(super) struct Coarsening {
    /// Vertices at which to stop.
    pub(super) vertices: usize,
    /// Most compartments, bytes and input axons of a cluster.
    pub(super) largest: [u64; RESOURCES],
    /// Pins per vertex beyond which nets are left out of a level.
    pub(super) pins: usize,
    /// Most nets, and most targets per net, that are looked at for one vertex.
    pub(super) sample: usize,
}

/// Smaller and smaller problems, the first one a contraction of `problem`. If cores are given, only vertices of the same core are
/// merged, so that every level knows the same partition.
pub(super) fn coarsen(problem: &Problem, goal: &Coarsening, cores: Option<&[u32]>, seed: u64) -> Vec<Contraction> {
    let mut levels: Vec<Contraction> = Vec::new();
    // The finest vertices of one cluster share a core, and so does each cluster of clusters.
    let mut core_of = cores.map_or_else(|| vec![0; problem.vertices()], <[u32]>::to_vec);
    if let Some((cluster_of, clusters)) = alike(problem, goal, &core_of) {
        core_of = lifted(&core_of, &cluster_of, clusters);
        levels.push(problem.contract(cluster_of, clusters));
    }
    for round in 0.. {
        let finest = levels.last().map_or(problem, |level| &level.problem);
        if finest.vertices() <= goal.vertices {
            break;
        }
        let (cluster_of, clusters) = cluster(finest, goal, &core_of, &mut Random::new(seed, 0x0C0A_25E0 + round));
        if clusters as f64 > 0.95 * finest.vertices() as f64 {
            break;
        }
        core_of = lifted(&core_of, &cluster_of, clusters);
        let mut level = finest.contract(cluster_of, clusters);
        level.problem.thin(goal.pins);
        levels.push(level);
    }
    levels
}

/// The core of each cluster.
pub(super) fn lifted(core_of: &[u32], cluster_of: &[u32], clusters: usize) -> Vec<u32> {
    let mut lifted = vec![0; clusters];
    cluster_of.iter().zip(core_of).for_each(|(cluster, core)| lifted[*cluster as usize] = *core);
    lifted
}

/// Groups vertices with identical inputs, up to the largest cluster, if that is worth a level.
fn alike(problem: &Problem, goal: &Coarsening, core_of: &[u32]) -> Option<(Vec<u32>, usize)> {
    let mut open: BTreeMap<(u32, &[u32]), (u32, u64, u64)> = BTreeMap::new();
    let mut cluster_of = Vec::with_capacity(problem.vertices());
    let mut clusters = 0_u32;
    for vertex in 0..problem.vertices() as u32 {
        let inputs = problem.inputs.of(vertex);
        let compartments = u64::from(problem.compartments[vertex as usize]);
        let bytes = problem.synapse_bytes[vertex as usize];
        let entry = open.entry((core_of[vertex as usize], inputs)).or_insert((u32::MAX, 0, 0));
        let fits =
            entry.0 != u32::MAX && entry.1 + compartments <= goal.largest[0] && entry.2 + bytes <= goal.largest[1];
        if inputs.is_empty() || !fits {
            *entry = (clusters, 0, 0);
            clusters += 1;
        }
        entry.1 += compartments;
        entry.2 += bytes;
        cluster_of.push(entry.0);
    }
    (f64::from(clusters) < 0.7 * problem.vertices() as f64).then_some((cluster_of, clusters as usize))
}

/// One round of clustering.
fn cluster(problem: &Problem, goal: &Coarsening, core_of: &[u32], random: &mut Random) -> (Vec<u32>, usize) {
    let vertices = problem.vertices();
    let mean_rate = problem.rate.iter().sum::<f64>() / problem.nets().max(1) as f64;
    let weight: Vec<f64> = (0..problem.nets() as u32)
        .map(|net| {
            let size = problem.targets.of(net).len() + usize::from(problem.owner[net as usize] != EXTERNAL);
            let axons = f64::from(problem.sources[net as usize]);
            if size < 2 { 0.0 } else { (problem.rate[net as usize] + 0.2 * mean_rate * axons) / size as f64 }
        })
        .collect();
    let mut cluster_of: Vec<u32> = (0..vertices as u32).collect();
    let mut size = vec![1_u32; vertices];
    let mut compartments: Vec<u64> = problem.compartments.iter().map(|count| u64::from(*count)).collect();
    let mut bytes = problem.synapse_bytes.clone();
    let mut rating = vec![0.0_f64; vertices];
    let mut near: Vec<u32> = Vec::new();
    let mut left = vertices;
    let least = (vertices * 2 / 5).max(goal.vertices);
    for vertex in random.order(vertices) {
        if left <= least {
            break;
        }
        if size[vertex as usize] != 1 || cluster_of[vertex as usize] != vertex {
            continue;
        }
        let mut add = |cluster: u32, weight: f64| {
            if rating[cluster as usize] == 0.0 {
                near.push(cluster);
            }
            rating[cluster as usize] += weight;
        };
        for (nets, counts_owner) in [(problem.inputs.of(vertex), true), (problem.outputs.of(vertex), false)] {
            for net in sampled(nets, goal.sample, random) {
                let weight = weight[*net as usize];
                if weight == 0.0 {
                    continue;
                }
                let targets = problem.targets.of(*net);
                let share = weight * (targets.len() as f64 / targets.len().min(goal.sample) as f64);
                for target in sampled(targets, goal.sample, random) {
                    add(cluster_of[*target as usize], share);
                }
                let owner = problem.owner[*net as usize];
                if counts_owner && owner != EXTERNAL {
                    add(cluster_of[owner as usize], weight);
                }
            }
        }
        let mut best = (0.0, u32::MAX);
        for cluster in near.drain(..) {
            let shared = std::mem::take(&mut rating[cluster as usize]);
            let (c, v) = (cluster as usize, vertex as usize);
            if cluster == vertex
                || core_of[c] != core_of[v]
                || compartments[c] + compartments[v] > goal.largest[0]
                || bytes[c] + bytes[v] > goal.largest[1]
            {
                continue;
            }
            let score = shared / ((compartments[c].max(1)) as f64).sqrt();
            if score > best.0 || (score == best.0 && cluster < best.1) {
                best = (score, cluster);
            }
        }
        if best.1 != u32::MAX {
            let (c, v) = (best.1 as usize, vertex as usize);
            cluster_of[v] = best.1;
            size[c] += 1;
            compartments[c] += compartments[v];
            bytes[c] += bytes[v];
            left -= 1;
        }
    }
    // Members point at their cluster's first vertex, which points at itself: number the clusters.
    let mut number = vec![u32::MAX; vertices];
    let mut clusters = 0_u32;
    for vertex in 0..vertices {
        if cluster_of[vertex] == vertex as u32 {
            number[vertex] = clusters;
            clusters += 1;
        }
    }
    (cluster_of.iter().map(|first| number[*first as usize]).collect(), clusters as usize)
}

/// At most `most` elements, evenly spread from a random start.
fn sampled<'a>(list: &'a [u32], most: usize, random: &mut Random) -> impl Iterator<Item = &'a u32> + use<'a> {
    let step = list.len().div_ceil(most).max(1);
    let start = if step > 1 { random.below(step) } else { 0 };
    list.iter().skip(start).step_by(step)
}
