//! The search: a start, improved by annealing, core elimination and multilevel cycles until its work is done.
//!
//! Work is counted in visits of (vertex, net) pairs, never in seconds, so that a search ends the same way on any machine.

use super::anneal::{Schedule, anneal};
use super::coarsen::{Coarsening, coarsen, lifted};
use super::grow::grow;
use super::shrink::{Goal, open, shrink};
use super::{Effort, Task};
use crate::problem::random::Random;
use crate::problem::{Assignment, COMPARTMENTS, Contraction, OUTPUT_AXONS, Problem, RESOURCES, SYNAPSE_BYTES};

/// Largest problem that is grown from single vertices: each addition looks at all candidates.
const MAX_GROWN: usize = 12_000;
/// Largest sum of squares of targets per net for growing; beyond it a start would take minutes.
const MAX_GROWTH_VISITS: f64 = 16e9;
/// Pins up to which several starts and improvements are tried.
const MAX_MANY_STARTS: usize = 20_000_000;
/// Pins up to which growing takes little of a search.
const MAX_GROWN_TWICE: usize = 3_000_000;
/// Visits per pin beyond which nothing is found: a network of a few neurons is done in no time.
const MAX_VISITS_PER_PIN: f64 = 20_000.0;
/// Rounds of improvement at most, for problems so small that no work is too little for one.
const MAX_ROUNDS: u64 = 64;
/// Cold enough for a descent, in units of the mean change.
const COLD: f64 = 0.01;

/// Vertices per core at the coarsest level of the two multilevel starts.
const COARSE: usize = 20;
const LESS_COARSE: usize = 60;

/// A way to a first partition.
type Start = fn(&mut Search<'_>) -> Vec<u32>;

/// Tries every start with a part of the work, and spends the rest on the best.
pub(super) fn best_start(task: &Task<'_>) -> Vec<u32> {
    let mut starts: Vec<Start> = vec![|search| search.start_from_clusters(LESS_COARSE)];
    if task.problem.pins() <= MAX_MANY_STARTS {
        starts.push(|search| search.start_from_clusters(COARSE));
    }
    if is_growable(task.problem) {
        starts.push(|search| search.start_from_vertices());
    }
    search(task, &starts)
}

/// From single vertices.
pub(super) fn grown(task: &Task<'_>) -> Vec<u32> {
    search(task, &[|search| search.start_from_vertices()])
}

/// From clusters.
pub(super) fn multilevel(task: &Task<'_>) -> Vec<u32> {
    search(task, &[|search| search.start_from_clusters(LESS_COARSE)])
}

/// Growth looks at every target of every net on each core, and at all candidates for each vertex.
fn is_growable(problem: &Problem) -> bool {
    let squares = |net: u32| (problem.targets.of(net).len() as f64).powi(2);
    problem.vertices() <= MAX_GROWN && (0..problem.nets() as u32).map(squares).sum::<f64>() <= MAX_GROWTH_VISITS
}

fn search(task: &Task<'_>, starts: &[Start]) -> Vec<u32> {
    let goal = Goal::of(task);
    let worth = |core_of: &[u32]| {
        let cores = core_of.iter().max().map_or(0, |core| core + 1);
        let state = Assignment::new(task.problem, task.limits, core_of.to_vec(), cores);
        (state.overflow().iter().sum::<u64>(), goal.cost(&state))
    };
    let best_of = |found: Vec<Vec<u32>>| {
        let whole = found.into_iter().filter(|core_of| core_of.len() == task.problem.vertices());
        let mut rated: Vec<_> = whole.map(|core_of| (worth(&core_of), core_of)).collect();
        rated.sort_by(|(a, _), (b, _)| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
        rated.into_iter().next().map_or_else(Vec::new, |(_, core_of)| core_of)
    };
    let first = best_of(at_once(task.threads, starts.len(), |index| {
        let mut search = Search::new(task, index as u64, 0.4);
        starts[index](&mut search)
    }));
    let improvers = if task.problem.pins() <= MAX_MANY_STARTS { 2 } else { 1 };
    best_of(at_once(task.threads, improvers, |index| {
        let mut search = Search::new(task, 100 + index as u64, 0.6);
        let cores = first.iter().max().map_or(0, |core| core + 1);
        let state = Assignment::new(task.problem, task.limits, first.clone(), cores);
        search.improve(state, index == 0).core_of
    }))
}

/// Runs the jobs `0..count`, `threads` at once; the results come in the order of the jobs.
fn at_once(threads: usize, count: usize, job: impl Fn(usize) -> Vec<u32> + Sync) -> Vec<Vec<u32>> {
    if threads < 2 || count < 2 {
        return (0..count).map(job).collect();
    }
    let next = std::sync::atomic::AtomicUsize::new(0);
    let results = std::sync::Mutex::new(vec![Vec::new(); count]);
    std::thread::scope(|scope| {
        for _ in 0..threads.min(count) {
            scope.spawn(|| {
                loop {
                    let index = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                    if index >= count {
                        break;
                    }
                    let result = job(index);
                    if let Ok(mut results) = results.lock() {
                        results[index] = result;
                    }
                }
            });
        }
    });
    results.into_inner().unwrap_or_default()
}

struct Search<'a> {
    task: &'a Task<'a>,
    goal: Goal,
    random: Random,
    seed: u64,
    /// Visits of the whole search.
    work: f64,
    /// Visits left to this part of it.
    left: f64,
}

impl<'a> Search<'a> {
    fn new(task: &'a Task<'a>, start: u64, share: f64) -> Self {
        let factor = match task.effort {
            Effort::Fast => 0.15,
            Effort::Default => 1.0,
            Effort::Best => 10.0,
        };
        let pins = task.problem.pins() as f64;
        let visits = (150e6 * (pins / 1e6).max(0.5).powf(0.65)).min((30.0 * pins).max(260e6));
        let visits = visits.min(MAX_VISITS_PER_PIN * pins);
        let seed = task.seed.wrapping_mul(0x1_0001).wrapping_add(start);
        let work = factor * visits;
        Self { task, goal: Goal::of(task), random: Random::new(seed, 1), seed, work, left: share * work }
    }

    /// A coarsening to `per_core` vertices per core.
    fn coarsening(&self, per_core: usize) -> Coarsening {
        let problem = self.task.problem;
        let vertices = (self.goal.fewest as usize * per_core).max(64);
        let parts = vertices as u64 / 2;
        let compartments: u64 = problem.compartments.iter().map(|count| u64::from(*count)).sum();
        let bytes: u64 = problem.synapse_bytes.iter().sum();
        let mut largest = [u64::MAX; RESOURCES];
        largest[COMPARTMENTS] = (compartments / parts).max(1);
        largest[SYNAPSE_BYTES] = (bytes / parts).max(problem.synapse_bytes.iter().max().copied().unwrap_or(0)).max(1);
        // A look at (nets x targets) per vertex may take a fixed share of the work.
        let sample = (self.work * 0.15 / problem.vertices().max(1) as f64).sqrt().clamp(12.0, 64.0) as usize;
        Coarsening { vertices, largest, sample }
    }

    /// Coarsens, and pays for it.
    fn coarsen(&mut self, per_core: usize, cores: Option<&[u32]>, seed: u64) -> Vec<Contraction> {
        let goal = self.coarsening(per_core);
        let looks = (goal.sample * goal.sample) as f64 * self.task.problem.vertices() as f64;
        self.left -= looks.min(self.work * 0.15) + self.task.problem.pins() as f64 * 3.0;
        coarsen(self.task.problem, &goal, cores, seed)
    }

    /// Grows cores from random seeds and from the largest vertices; then, while cores have too many output axons, again with those
    /// that were seen as the expected ones.
    fn grow<'b>(&mut self, problem: &'b Problem) -> Assignment<'b> {
        let random_first = self.random.order(problem.vertices());
        let mut largest_first = random_first.clone();
        largest_first.sort_by_key(|vertex| std::cmp::Reverse(problem.synapse_bytes[*vertex as usize]));
        let limits = self.task.limits;
        let round = |expected: &[u64], order: &[u32]| {
            let (core_of, cores) = grow(problem, &limits, expected, order);
            Assignment::new(problem, limits, core_of, cores)
        };
        let goal = self.goal;
        let is_better = |new: &Assignment<'b>, old: &Assignment<'b>| {
            let over = |state: &Assignment<'b>| state.overflow()[OUTPUT_AXONS];
            over(new).cmp(&over(old)).then(goal.cost(new).total_cmp(&goal.cost(old))).is_lt()
        };
        let mut best = round(&vec![0; problem.vertices()], &random_first);
        if problem.pins() < MAX_GROWN_TWICE {
            let other = round(&vec![0; problem.vertices()], &largest_first);
            best = if is_better(&other, &best) { other } else { best };
        }
        for _ in 0..2 {
            if best.overflow()[OUTPUT_AXONS] == 0 {
                break;
            }
            let expected: Vec<u64> = (0..problem.vertices() as u32).map(|vertex| best.output_axons(vertex)).collect();
            let state = round(&expected, &random_first);
            if is_better(&state, &best) {
                best = state;
            }
        }
        best
    }

    fn start_from_vertices(&mut self) -> Vec<u32> {
        let mut state = self.grow(self.task.problem);
        self.settle(&mut state, 0.05, 200.0, 0.4);
        state.core_of
    }

    fn start_from_clusters(&mut self, per_core: usize) -> Vec<u32> {
        let levels = self.coarsen(per_core, None, self.seed);
        let mut state = self.grow(levels.last().map_or(self.task.problem, |level| &level.problem));
        self.settle(&mut state, 0.5, 400.0, 0.15);
        let (core_of, cores) = (state.core_of.clone(), state.cores());
        drop(state);
        self.refine(&levels, core_of, cores, 0.2).core_of
    }

    /// Anneals a first state, opens cores until it is feasible, then removes what can be removed.
    fn settle(&mut self, state: &mut Assignment<'_>, hot: f64, sweeps: f64, share: f64) {
        let work = self.spend(state.problem, sweeps, share);
        let short = schedule(0.05, 6, work / 4.0);
        let is_feasible =
            anneal(state, &schedule(hot, 20, work), &mut self.random) || open(state, &short, 12, &mut self.random);
        if is_feasible {
            shrink(state, &self.goal, &short, 8, &mut self.random);
        }
        self.left -= 2.0 * work;
    }

    /// From the coarsest level to the finest.
    fn refine(&mut self, levels: &[Contraction], mut core_of: Vec<u32>, mut cores: u32, hot: f64) -> Assignment<'a> {
        for level in (1..levels.len()).rev() {
            core_of = lowered(&levels[level], &core_of);
            let state = self.refined(&levels[level - 1].problem, core_of, cores, hot, 60.0);
            cores = state.cores();
            core_of = state.core_of;
        }
        if let Some(first) = levels.first() {
            core_of = lowered(first, &core_of);
        }
        self.refined(self.task.problem, core_of, cores, hot, 60.0)
    }

    fn refined<'b>(
        &mut self,
        problem: &'b Problem,
        core_of: Vec<u32>,
        cores: u32,
        hot: f64,
        sweeps: f64,
    ) -> Assignment<'b> {
        let mut state = Assignment::new(problem, self.task.limits, core_of, cores);
        let work = self.spend(problem, sweeps, 0.2);
        // Heat that there is no time to take away again does harm.
        let affordable = work / (problem.pins() + problem.nets()).max(1) as f64;
        let hot = hot.min(affordable * 0.0015);
        if anneal(&mut state, &schedule(hot, 8, work), &mut self.random) {
            shrink(&mut state, &self.goal, &schedule(hot, 6, work / 3.0), 2, &mut self.random);
        } else {
            open(&mut state, &schedule(hot, 6, work / 3.0), 2, &mut self.random);
        }
        state
    }

    /// Multilevel cycles and annealing at the finest level, whichever pays.
    fn improve(&mut self, mut best: Assignment<'a>, mut cycles: bool) -> Assignment<'a> {
        for round in 0..MAX_ROUNDS {
            if self.left < self.task.problem.pins() as f64 * 6.0 {
                break;
            }
            let state = if cycles { self.cycle(&best, round) } else { self.reheated(&best) };
            let (before, after) = (self.goal.cost(&best), self.goal.cost(&state));
            let gains = state.is_feasible() && (!best.is_feasible() || after < before);
            if !gains || after > 0.997 * before {
                cycles = !cycles;
            }
            if gains || !best.is_feasible() {
                best = state;
            }
        }
        best
    }

    fn reheated(&mut self, best: &Assignment<'a>) -> Assignment<'a> {
        let mut state = best.clone();
        let work = self.left * 0.4;
        self.left -= work;
        let short = schedule(0.05, 6, work * 0.15);
        if anneal(&mut state, &schedule(0.05, 20, work * 0.7), &mut self.random) {
            shrink(&mut state, &self.goal, &short, 2, &mut self.random);
        } else {
            open(&mut state, &short, 4, &mut self.random);
        }
        state
    }

    /// One way down to clusters that respect the partition and up again.
    fn cycle(&mut self, best: &Assignment<'a>, round: u64) -> Assignment<'a> {
        let per_core = [8, 30, 15, 60][round as usize % 4];
        let levels = self.coarsen(per_core, Some(&best.core_of), self.seed ^ ((round + 1) << 32));
        let mut core_of = best.core_of.clone();
        for level in &levels {
            core_of = lifted(&core_of, &level.cluster_of, level.problem.vertices());
        }
        let mut cores = best.cores();
        if let Some(level) = levels.last() {
            let state = self.refined(&level.problem, core_of, cores, 0.3, 200.0);
            cores = state.cores();
            core_of = state.core_of;
        }
        self.refine(&levels, core_of, cores, 0.05)
    }

    /// Takes the work of so many sweeps, at most a share of what is left.
    fn spend(&mut self, problem: &Problem, sweeps: f64, share: f64) -> f64 {
        let work = ((problem.pins() + problem.nets()) as f64 * sweeps).min(self.left.max(0.0) * share);
        self.left -= work;
        work
    }
}

fn schedule(hot: f64, steps: u32, work: f64) -> Schedule {
    Schedule { hot, cold: COLD.min(hot / 2.0), steps, work: (work / f64::from(steps + 1)) as u64 }
}

/// The core of each vertex of the finer level.
fn lowered(level: &Contraction, core_of: &[u32]) -> Vec<u32> {
    level.cluster_of.iter().map(|cluster| core_of[*cluster as usize]).collect()
}
