//! Growth: one core after the other takes the vertex that shares most of its spikes with what is there, while limits hold.

use crate::problem::random::Random;
use crate::problem::{Amounts, COMPARTMENTS, EXTERNAL, INPUT_AXONS, OUTPUT_AXONS, Problem, RESOURCES, SYNAPSE_BYTES};

/// Vertices that may fail to fit before a core is closed.
const PATIENCE: usize = 30;
/// The same for the best of a sample.
const SAMPLED_PATIENCE: usize = 3;
/// Candidates that are drawn for each addition where looking at all of them takes too long.
const SAMPLE: usize = 48;

/// What makes one candidate better than another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Choice {
    /// The part of its spikes that are on the core.
    Shared,
    /// That part, less the part whose senders have no core yet: a vertex whose neighbours are all settled will find no better core
    /// later, and would be left over.
    NowOrNever,
}

/// How to grow.
#[derive(Debug, Clone, Copy)]
pub(super) struct Growing<'a> {
    pub(super) limits: &'a Amounts,
    /// Output axons expected of each vertex.
    pub(super) expected_outputs: &'a [u64],
    /// Vertices in the order in which they start cores.
    pub(super) order: &'a [u32],
    pub(super) choice: Choice,
    /// Sum of squares of targets per net, beyond which only a sample of the candidates is looked at.
    pub(super) most_visits: f64,
}

/// Grows cores under the limits. Returns the core of each vertex and the number of cores. A vertex that no core takes stands alone.
pub(super) fn grow(problem: &Problem, growing: &Growing<'_>, random: &mut Random) -> (Vec<u32>, u32) {
    let mut growth = Growth::new(problem, growing);
    let mut next_in_order = 0;
    let mut core = 0;
    let mut seed = None;
    loop {
        while growing.order.get(next_in_order).is_some_and(|vertex| !growth.is_free(*vertex)) {
            next_in_order += 1;
        }
        let Some(start) = seed.take().or_else(|| growing.order.get(next_in_order).copied()) else { break };
        growth.open(core);
        growth.take(start);
        let mut failures = 0;
        let patience = if growth.is_sampled { SAMPLED_PATIENCE } else { PATIENCE };
        while failures < patience {
            let Some(vertex) = growth.best(random) else { break };
            if growth.fits(vertex) {
                growth.take(vertex);
                failures = 0;
            } else {
                growth.refuse(vertex);
                seed = seed.or(Some(vertex));
                failures += 1;
            }
        }
        seed = seed.filter(|vertex| growth.is_free(*vertex));
        core += 1;
    }
    (growth.core_of, core)
}

/// What a shared net is worth: its rate, and something for the axon even if it is silent.
fn worth(problem: &Problem, net: u32) -> f64 {
    problem.rate[net as usize] + 0.01 * f64::from(problem.sources[net as usize])
}

/// Vertices in any order, each in it once at most.
struct Pool {
    members: Vec<u32>,
    /// Where each vertex stands; [`u32::MAX`] for one that is not in it.
    place: Vec<u32>,
}

impl Pool {
    fn add(&mut self, vertex: u32) {
        if self.place[vertex as usize] == u32::MAX {
            self.place[vertex as usize] = self.members.len() as u32;
            self.members.push(vertex);
        }
    }

    fn remove(&mut self, vertex: u32) {
        let place = std::mem::replace(&mut self.place[vertex as usize], u32::MAX);
        if place != u32::MAX {
            self.members.swap_remove(place as usize);
            if let Some(moved) = self.members.get(place as usize) {
                self.place[*moved as usize] = place;
            }
        }
    }
}

struct Growth<'a> {
    problem: &'a Problem,
    growing: &'a Growing<'a>,
    core_of: Vec<u32>,
    core: u32,
    load: Amounts,
    /// Worth of all nets of a vertex.
    total: Vec<f64>,
    /// Worth of those whose senders have no core yet.
    unsettled: Vec<f64>,
    /// Worth of the nets that each vertex shares with the open core.
    shared: Vec<f64>,
    /// Vertices that share something with the open core; in samples, all that have no core.
    candidates: Pool,
    is_sampled: bool,
    /// Core that each net entered last.
    entered: Vec<u32>,
    /// Core that each net's spikes are in for free, as its owner is there.
    owned: Vec<u32>,
}

impl<'a> Growth<'a> {
    fn new(problem: &'a Problem, growing: &'a Growing<'a>) -> Self {
        let vertices = problem.vertices();
        let sum = |vertex: u32, counts: &dyn Fn(u32) -> bool| {
            let nets = problem.inputs.of(vertex).iter().filter(|net| counts(**net));
            nets.map(|net| worth(problem, *net)).sum::<f64>()
        };
        let squares = |net: u32| (problem.targets.of(net).len() as f64).powi(2);
        let is_sampled = (0..problem.nets() as u32).map(squares).sum::<f64>() > growing.most_visits;
        let mut candidates = Pool { members: Vec::new(), place: vec![u32::MAX; vertices] };
        if is_sampled {
            (0..vertices as u32).for_each(|vertex| candidates.add(vertex));
        }
        Self {
            problem,
            growing,
            core_of: vec![u32::MAX; vertices],
            core: 0,
            load: [0; RESOURCES],
            total: (0..vertices as u32).map(|vertex| sum(vertex, &|_| true)).collect(),
            unsettled: (0..vertices as u32)
                .map(|vertex| sum(vertex, &|net| problem.owner[net as usize] != EXTERNAL))
                .collect(),
            shared: vec![0.0; vertices],
            candidates,
            is_sampled,
            entered: vec![u32::MAX; problem.nets()],
            owned: vec![u32::MAX; problem.nets()],
        }
    }

    fn is_free(&self, vertex: u32) -> bool {
        self.core_of[vertex as usize] == u32::MAX
    }

    fn open(&mut self, core: u32) {
        self.core = core;
        self.load = [0; RESOURCES];
        if !self.is_sampled {
            for vertex in self.candidates.members.drain(..) {
                self.shared[vertex as usize] = 0.0;
                self.candidates.place[vertex as usize] = u32::MAX;
            }
        }
    }

    /// The best candidate, or the best of a few.
    fn best(&self, random: &mut Random) -> Option<u32> {
        let candidates = &self.candidates.members;
        let rated = |vertex: u32| {
            let shared = if self.is_sampled { self.shared_now(vertex) } else { self.shared[vertex as usize] };
            (self.value(vertex, shared), vertex)
        };
        let better = |a: (f64, u32), b: (f64, u32)| if b.0 > a.0 || (b.0 == a.0 && b.1 < a.1) { b } else { a };
        let best = if self.is_sampled && !candidates.is_empty() {
            (0..SAMPLE).map(|_| rated(candidates[random.below(candidates.len())])).reduce(better)
        } else {
            candidates.iter().map(|vertex| rated(*vertex)).reduce(better)
        };
        best.map(|(_, vertex)| vertex)
    }

    /// What a candidate is worth that shares so much with the open core.
    fn value(&self, vertex: u32, shared: f64) -> f64 {
        let unsettled = match self.growing.choice {
            Choice::Shared => 0.0,
            Choice::NowOrNever => self.unsettled[vertex as usize],
        };
        (shared - unsettled) / (self.total[vertex as usize] + 1e-9)
    }

    /// Worth of the nets that a vertex shares with the open core, looked up.
    fn shared_now(&self, vertex: u32) -> f64 {
        let is_here = |net: &&u32| self.entered[**net as usize] == self.core || self.owned[**net as usize] == self.core;
        self.problem.inputs.of(vertex).iter().filter(is_here).map(|net| worth(self.problem, *net)).sum()
    }

    fn fits(&self, vertex: u32) -> bool {
        let (problem, limits) = (self.problem, self.growing.limits);
        let at = vertex as usize;
        if self.load[COMPARTMENTS] + u64::from(problem.compartments[at]) > limits[COMPARTMENTS]
            || self.load[SYNAPSE_BYTES] + problem.synapse_bytes[at] > limits[SYNAPSE_BYTES]
            || self.load[OUTPUT_AXONS] + self.growing.expected_outputs[at] > limits[OUTPUT_AXONS]
        {
            return false;
        }
        let new = problem.inputs.of(vertex).iter().filter(|net| self.entered[**net as usize] != self.core);
        let new: u64 = new.map(|net| u64::from(problem.sources[*net as usize])).sum();
        self.load[INPUT_AXONS] + new <= limits[INPUT_AXONS]
    }

    /// The open core does not look at the vertex again, unless it comes to share more; in samples it may be drawn again.
    fn refuse(&mut self, vertex: u32) {
        if !self.is_sampled {
            self.candidates.remove(vertex);
            self.shared[vertex as usize] = 0.0;
        }
    }

    fn take(&mut self, vertex: u32) {
        let (problem, core, at) = (self.problem, self.core, vertex as usize);
        self.core_of[at] = core;
        self.candidates.remove(vertex);
        self.load[COMPARTMENTS] += u64::from(problem.compartments[at]);
        self.load[SYNAPSE_BYTES] += problem.synapse_bytes[at];
        self.load[OUTPUT_AXONS] += self.growing.expected_outputs[at];
        for net in problem.inputs.of(vertex) {
            if std::mem::replace(&mut self.entered[*net as usize], core) != core {
                self.load[INPUT_AXONS] += u64::from(problem.sources[*net as usize]);
                if self.owned[*net as usize] != core {
                    self.share(*net);
                }
            }
        }
        for net in problem.outputs.of(vertex) {
            let worth = worth(problem, *net);
            problem.targets.of(*net).iter().for_each(|target| self.unsettled[*target as usize] -= worth);
            if std::mem::replace(&mut self.owned[*net as usize], core) != core && self.entered[*net as usize] != core {
                self.share(*net);
            }
        }
    }

    /// A net is on the core now: its other targets, and its owner, come nearer.
    fn share(&mut self, net: u32) {
        if self.is_sampled {
            return;
        }
        let worth = worth(self.problem, net);
        let owner = self.problem.owner[net as usize];
        let owner = (owner != EXTERNAL).then_some(&owner);
        for vertex in self.problem.targets.of(net).iter().chain(owner) {
            if self.core_of[*vertex as usize] == u32::MAX {
                self.shared[*vertex as usize] += worth;
                self.candidates.add(*vertex);
            }
        }
    }
}
