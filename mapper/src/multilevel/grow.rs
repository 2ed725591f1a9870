//! Growth: one core after the other takes the vertex that shares most of its spikes with what is there, while limits hold.

use crate::problem::{Amounts, COMPARTMENTS, EXTERNAL, INPUT_AXONS, OUTPUT_AXONS, Problem, RESOURCES, SYNAPSE_BYTES};

/// Vertices that may fail to fit before a core is closed.
const PATIENCE: usize = 30;

/// Grows cores under the limits, from seeds in the given order; `expected_outputs` are the output axons expected of each vertex.
/// Returns the core of each vertex and the number of cores. A vertex that no core takes stands alone.
pub(super) fn grow(problem: &Problem, limits: &Amounts, expected_outputs: &[u64], order: &[u32]) -> (Vec<u32>, u32) {
    let vertices = problem.vertices();
    let mut total = vec![0.0_f64; vertices];
    for vertex in 0..vertices as u32 {
        total[vertex as usize] = problem.inputs.of(vertex).iter().map(|net| worth(problem, *net)).sum();
    }
    let mut core_of = vec![u32::MAX; vertices];
    let mut growth = Growth {
        problem,
        shared: vec![0.0; vertices],
        candidates: Vec::new(),
        is_candidate: vec![false; vertices],
        entered: vec![u32::MAX; problem.nets()],
        free: vec![u32::MAX; problem.nets()],
        load: [0; RESOURCES],
    };
    let mut next_in_order = 0;
    let mut core = 0;
    let mut seed = None;
    loop {
        while next_in_order < vertices && core_of[order[next_in_order] as usize] != u32::MAX {
            next_in_order += 1;
        }
        let Some(start) = seed.take().or_else(|| order.get(next_in_order).copied()) else { break };
        growth.open();
        growth.take(start, core, expected_outputs, &mut core_of);
        let mut failures = 0;
        while failures < PATIENCE {
            let Some((at, vertex)) = growth.best(&total) else { break };
            growth.candidates.swap_remove(at);
            growth.is_candidate[vertex as usize] = false;
            if growth.fits(vertex, core, limits, expected_outputs) {
                growth.take(vertex, core, expected_outputs, &mut core_of);
                failures = 0;
            } else {
                growth.shared[vertex as usize] = 0.0;
                seed = seed.or(Some(vertex));
                failures += 1;
            }
        }
        seed = seed.filter(|vertex| core_of[*vertex as usize] == u32::MAX);
        core += 1;
    }
    (core_of, core)
}

/// What a shared net is worth: its rate, and something for the axon even if it is silent.
fn worth(problem: &Problem, net: u32) -> f64 {
    problem.rate[net as usize] + 0.01 * f64::from(problem.sources[net as usize])
}

struct Growth<'a> {
    problem: &'a Problem,
    /// Worth of the nets that each vertex shares with the open core.
    shared: Vec<f64>,
    candidates: Vec<u32>,
    is_candidate: Vec<bool>,
    /// Core that each net entered last.
    entered: Vec<u32>,
    /// Core that each net's spikes are in for free, as its owner is there.
    free: Vec<u32>,
    load: Amounts,
}

impl Growth<'_> {
    fn open(&mut self) {
        for vertex in self.candidates.drain(..) {
            self.shared[vertex as usize] = 0.0;
            self.is_candidate[vertex as usize] = false;
        }
        self.load = [0; RESOURCES];
    }

    /// The candidate with the largest shared part of its spikes.
    fn best(&self, total: &[f64]) -> Option<(usize, u32)> {
        let mut best: Option<(f64, usize, u32)> = None;
        for (at, vertex) in self.candidates.iter().enumerate() {
            let part = self.shared[*vertex as usize] / (total[*vertex as usize] + 1e-9);
            if best.is_none_or(|best| part > best.0 || (part == best.0 && *vertex < best.2)) {
                best = Some((part, at, *vertex));
            }
        }
        best.map(|(_, at, vertex)| (at, vertex))
    }

    fn fits(&self, vertex: u32, core: u32, limits: &Amounts, expected_outputs: &[u64]) -> bool {
        let (compartments, bytes) =
            (self.problem.compartments[vertex as usize], self.problem.synapse_bytes[vertex as usize]);
        if self.load[COMPARTMENTS] + u64::from(compartments) > limits[COMPARTMENTS]
            || self.load[SYNAPSE_BYTES] + bytes > limits[SYNAPSE_BYTES]
            || self.load[OUTPUT_AXONS] + expected_outputs[vertex as usize] > limits[OUTPUT_AXONS]
        {
            return false;
        }
        let new = self.problem.inputs.of(vertex).iter().filter(|net| self.entered[**net as usize] != core);
        let new: u64 = new.map(|net| u64::from(self.problem.sources[*net as usize])).sum();
        self.load[INPUT_AXONS] + new <= limits[INPUT_AXONS]
    }

    fn take(&mut self, vertex: u32, core: u32, expected_outputs: &[u64], core_of: &mut [u32]) {
        let problem = self.problem;
        core_of[vertex as usize] = core;
        if std::mem::take(&mut self.is_candidate[vertex as usize]) {
            self.candidates.retain(|candidate| *candidate != vertex);
        }
        self.load[COMPARTMENTS] += u64::from(problem.compartments[vertex as usize]);
        self.load[SYNAPSE_BYTES] += problem.synapse_bytes[vertex as usize];
        self.load[OUTPUT_AXONS] += expected_outputs[vertex as usize];
        for net in problem.inputs.of(vertex) {
            if std::mem::replace(&mut self.entered[*net as usize], core) != core {
                self.load[INPUT_AXONS] += u64::from(problem.sources[*net as usize]);
                if self.free[*net as usize] != core {
                    self.share(*net, core_of);
                }
            }
        }
        for net in problem.outputs.of(vertex) {
            if std::mem::replace(&mut self.free[*net as usize], core) != core && self.entered[*net as usize] != core {
                self.share(*net, core_of);
            }
        }
    }

    /// A net is on the core now: its other targets, and its owner, come nearer.
    fn share(&mut self, net: u32, core_of: &[u32]) {
        let worth = worth(self.problem, net);
        let owner = self.problem.owner[net as usize];
        let owner = (owner != EXTERNAL).then_some(&owner);
        for vertex in self.problem.targets.of(net).iter().chain(owner) {
            if core_of[*vertex as usize] == u32::MAX {
                self.shared[*vertex as usize] += worth;
                if !std::mem::replace(&mut self.is_candidate[*vertex as usize], true) {
                    self.candidates.push(*vertex);
                }
            }
        }
    }
}
