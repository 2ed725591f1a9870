//! The figures of a partition, counted from scratch and without any of the structures that the searches keep.

use super::{Amounts, COMPARTMENTS, EXTERNAL, INPUT_AXONS, OUTPUT_AXONS, Problem, RESOURCES, SYNAPSE_BYTES};
use serde::Serialize;

/// What a partition costs, and whether it keeps the limits.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Score {
    /// Cores in use.
    pub cores: u32,
    /// Spikes per second between cores, one per destination core.
    pub traffic_int: f64,
    /// Spikes per second from outside the chip, one per destination core.
    pub traffic_ext: f64,
    /// Both together.
    pub traffic_total: f64,
    /// Rate times Manhattan distance per destination core, if the cores were placed.
    pub hops: Option<f64>,
    /// Largest load of a core, per resource.
    pub max: Amounts,
    /// Cores above the limit, per resource.
    pub cores_over: [u32; RESOURCES],
    /// Whether no core is above a limit.
    pub feasible: bool,
}

/// Cells of the mesh.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Placement {
    /// Cells per row.
    pub width: u32,
    /// Cell of each core: row times width plus column.
    pub cell: Vec<u32>,
}

impl Placement {
    /// Column and row of a core.
    #[must_use]
    pub fn at(&self, core: u32) -> (u32, u32) {
        let cell = self.cell[core as usize];
        (cell % self.width, cell / self.width)
    }
}

/// The load of every core: one per number up to the largest in use.
#[must_use]
pub fn loads(problem: &Problem, core_of: &[u32]) -> Vec<Amounts> {
    let cores = core_of.iter().max().map_or(0, |core| *core as usize + 1);
    let mut load = vec![[0; RESOURCES]; cores];
    for (vertex, core) in core_of.iter().enumerate() {
        load[*core as usize][COMPARTMENTS] += u64::from(problem.compartments[vertex]);
        load[*core as usize][SYNAPSE_BYTES] += problem.synapse_bytes[vertex];
    }
    for (net, reached) in destinations(problem, core_of) {
        let sources = u64::from(problem.sources[net]);
        reached.iter().for_each(|core| load[*core as usize][INPUT_AXONS] += sources);
        if problem.owner[net] != EXTERNAL {
            load[core_of[problem.owner[net] as usize] as usize][OUTPUT_AXONS] += sources * reached.len() as u64;
        }
    }
    load
}

/// Scores a partition, and its placement if there is one.
#[must_use]
pub fn score(problem: &Problem, limits: &Amounts, core_of: &[u32], placement: Option<&Placement>) -> Score {
    let load = loads(problem, core_of);
    let (mut inside, mut outside, mut hops) = (0.0, 0.0, 0.0);
    for (net, reached) in destinations(problem, core_of) {
        let own = (problem.owner[net] != EXTERNAL).then(|| core_of[problem.owner[net] as usize]);
        let away = reached.iter().filter(|core| Some(**core) != own);
        let rate = problem.rate[net];
        *(if own.is_some() { &mut inside } else { &mut outside }) += rate * away.clone().count() as f64;
        if let Some(placement) = placement {
            let (x, y) = own.map_or((0, 0), |core| placement.at(core));
            let distance = |core: &u32| {
                let (to_x, to_y) = placement.at(*core);
                f64::from(x.abs_diff(to_x) + y.abs_diff(to_y))
            };
            hops += rate * away.map(distance).sum::<f64>();
        }
    }
    let mut max = [0; RESOURCES];
    let mut cores_over = [0; RESOURCES];
    for load in &load {
        for resource in 0..RESOURCES {
            max[resource] = load[resource].max(max[resource]);
            cores_over[resource] += u32::from(load[resource] > limits[resource]);
        }
    }
    let mut used = core_of.to_vec();
    used.sort_unstable();
    used.dedup();
    Score {
        cores: used.len() as u32,
        traffic_int: inside,
        traffic_ext: outside,
        traffic_total: inside + outside,
        hops: placement.map(|_| hops),
        max,
        cores_over,
        feasible: cores_over == [0; RESOURCES],
    }
}

/// Each net with the distinct cores that hold its targets, ascending.
fn destinations<'a>(problem: &'a Problem, core_of: &'a [u32]) -> impl Iterator<Item = (usize, Vec<u32>)> + 'a {
    (0..problem.nets()).map(|net| {
        let mut reached: Vec<u32> =
            problem.targets.of(net as u32).iter().map(|target| core_of[*target as usize]).collect();
        reached.sort_unstable();
        reached.dedup();
        (net, reached)
    })
}
