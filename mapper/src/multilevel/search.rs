//! The search: a start, improved by annealing, core elimination, multilevel cycles and regions until its work is done.
//!
//! Work is counted in visits of (vertex, net) pairs, never in seconds, so that a search ends the same way on any machine.

mod improve;
mod regions;

use super::anneal::Schedule;
use super::bisect::bisect;
use super::coarsen::{Coarsening, coarsen, lifted};
use super::fields::{COARSEST, smooth_fields};
use super::fill::fill_in_order;
use super::grow::{Choice, Growing, grow};
use super::shrink::{Goal, open, settle, shrink};
use super::{Effort, Objective, Task};
use crate::problem::random::Random;
use crate::problem::score::{loads, score};
use crate::problem::{
    Assignment, COMPARTMENTS, Contraction, INPUT_AXONS, OUTPUT_AXONS, Problem, RESOURCES, SYNAPSE_BYTES,
};
use improve::{ANNEALING, CYCLE, EXPECTED, MOST_ROUNDS, ONLY_ANNEALING, PACKING, PACKINGS, ROUNDS, WAYS};
use regions::may_have_regions;

/// Largest problem that is grown from single vertices: each addition looks at all candidates.
const MAX_GROWN: usize = 30_000;
/// Largest sum of squares of targets per net for which growth looks at all candidates: some seconds.
const MAX_GROWTH_VISITS: f64 = 3e9;
/// Pins up to which several starts and improvements are tried.
const MAX_MANY_STARTS: usize = 20_000_000;
/// Pins up to which clusters of two depths are tried.
const MAX_TWO_DEPTHS: usize = 6_000_000;
/// Pins up to which growing takes little of a search.
const MAX_GROWN_TWICE: usize = 3_000_000;
/// Visits per pin beyond which nothing is found: a network of a few neurons is done at once.
const MAX_VISITS_PER_PIN: f64 = 20_000.0;
/// How many times as much work a network without structure takes.
const MOST_MORE: f64 = 4.0;
/// Pins per vertex of a coarse level, beyond which nets are left out.
const PINS: usize = 64;
/// Share of the work that goes into a start.
const START: f64 = 0.16;
/// Pins up to which a search takes seconds at most where input axons are short, too.
const MAX_SMALL: usize = 1_500_000;
/// How often the best kind of start is drawn again.
const AGAIN: usize = 6;
/// Partitions that are improved at the same time.
const IMPROVERS: usize = 2;
/// Another start is as good as the best if its cost is no more than so many times that of the best.
const NEAR: f64 = 1.01;
/// Hot enough to leave a start behind, warm enough to improve what is good already, cold enough for a descent, in units of the
/// mean change.
const HOT: f64 = 0.3;
const WARM: f64 = 0.07;
const COLD: f64 = 0.005;

/// Vertices per core at the coarsest level of the two multilevel starts.
const COARSE: usize = 8;
const LESS_COARSE: usize = 60;

/// Vertices per core, filled at random, below which clusters of them say little.
const MIN_CLUSTERED: f64 = 8.0;
/// Vertices per core, filled at random, below which the order of the network may say as much as clusters.
const MANY_CLUSTERED: f64 = 24.0;

/// A way to a first partition.
type Start = fn(&mut Search<'_>) -> Vec<u32>;

/// Tries every start with a part of the work, and spends the rest on the best.
pub(super) fn best_start(task: &Task<'_>) -> Vec<u32> {
    let per_core = random_vertices_per_core(task);
    let (pins, is_grown) = (task.problem.pins(), task.problem.vertices() <= MAX_GROWN);
    let is_clustered = per_core >= MIN_CLUSTERED;
    let mut starts: Vec<Start> = Vec::new();
    if is_clustered {
        starts.push(|search| search.start_from_cuts());
    }
    if is_clustered && pins <= MAX_MANY_STARTS {
        starts.push(|search| search.start_from_clusters(LESS_COARSE));
        if per_core >= MANY_CLUSTERED && pins <= MAX_TWO_DEPTHS {
            starts.push(|search| search.start_from_clusters(COARSE));
        }
    }
    // Without clusters, growth takes fewer cores than any order.
    if per_core < MANY_CLUSTERED && (is_clustered || !is_grown) {
        starts.push(|search| search.start_in_order());
    }
    if is_grown {
        starts.push(|search| search.start_from_vertices());
    }
    let found = search(task, &starts);
    let is_feasible = score(task.problem, &task.limits, &found, None).feasible;
    if is_feasible { found } else { fill_in_order(task) }
}

/// How many vertices reach the limit of input axons together if their sources are drawn at random: what a core takes of a network
/// without any structure.
fn random_vertices_per_core(task: &Task<'_>) -> f64 {
    let problem = task.problem;
    let axons = |vertex: u32| problem.inputs.of(vertex).iter().map(|net| f64::from(problem.sources[*net as usize]));
    let inputs: f64 = (0..problem.vertices() as u32).flat_map(axons).sum();
    let sources = problem.sources.iter().map(|count| f64::from(*count)).sum::<f64>().max(1.0);
    let share = inputs / problem.vertices().max(1) as f64 / sources;
    let part = task.limits[INPUT_AXONS] as f64 / sources;
    if part >= 1.0 { f64::INFINITY } else { (1.0 - part).ln() / (1.0 - share.min(0.999)).ln() }
}

/// From single vertices.
pub(super) fn grown(task: &Task<'_>) -> Vec<u32> {
    search(task, &[|search| search.start_from_vertices()])
}

/// From clusters.
pub(super) fn multilevel(task: &Task<'_>) -> Vec<u32> {
    search(task, &[|search| search.start_from_clusters(LESS_COARSE)])
}

/// From cuts across the widest direction.
pub(super) fn bisected(task: &Task<'_>) -> Vec<u32> {
    search(task, &[|search| search.start_from_cuts()])
}

/// From a cut of METIS.
#[cfg(feature = "metis")]
pub(super) fn metis(task: &Task<'_>) -> Vec<u32> {
    search(task, &[|search| search.start_from_metis()])
}

/// Draws every start with a part of the work, and spends the rest on the best.
///
/// The best start tells which limit binds. Where input axons do, all but the last rounds work on the [`eased`] problem, for which its kind is
/// drawn again in a large network; where they do not and the network is cheap, its kind is drawn again and again.
fn search(task: &Task<'_>, starts: &[Start]) -> Vec<u32> {
    let per_core = random_vertices_per_core(task);
    let draw = |task: &Task<'_>, starts: &[Start], first: usize| {
        at_once(task.threads, starts.len(), |index| {
            let mut search = Search::new(task, (first + index) as u64, START, per_core);
            starts[index](&mut search)
        })
    };
    let mut found = draw(task, starts, 0);
    let mut good = good_ones(task, &found);
    let kinds: Vec<Start> = good.iter().map(|index| starts[*index]).collect();
    // Where easing leads astray, there is what was found without it.
    let plain = found[good[0]].clone();
    // In little time, neither pays.
    let is_fast = task.effort == Effort::Fast;
    let eased = (!is_fast && is_short_of_axons(task, &plain)).then(|| eased(task.problem));
    let is_cheap = per_core >= MANY_CLUSTERED && task.problem.pins() <= MAX_GROWN_TWICE;
    let is_small = task.problem.pins() <= MAX_SMALL;
    if let (Some(eased), false) = (&eased, is_small) {
        let task = Task { problem: eased, ..*task };
        found = draw(&task, &[kinds[0]; IMPROVERS], starts.len());
        good = good_ones(&task, &found);
    } else if eased.is_none() && is_cheap && !is_fast {
        let again: Vec<Start> = kinds.iter().copied().cycle().take(AGAIN).collect();
        found.extend(draw(task, &again, starts.len()));
        good = good_ones(task, &found);
    }
    let improvers = if task.problem.pins() <= MAX_MANY_STARTS { IMPROVERS } else { 1 };
    let rounds = match (&eased, is_small) {
        (None, _) => [ROUNDS, MOST_ROUNDS],
        (Some(_), true) => [ROUNDS / 2; 2],
        (Some(_), false) => [ROUNDS / 2, MOST_ROUNDS / 2],
    };
    let may_pack = eased.is_some() && !is_small && per_core >= MIN_CLUSTERED;
    let mut improved = at_once(task.threads, improvers, |index| {
        let mut core_of = found[good[index % good.len()]].clone();
        let mut so_far = None;
        for (problem, packings) in eased.iter().chain([task.problem]).zip(PACKINGS) {
            let task = Task { problem, ..*task };
            let cores = core_of.iter().max().map_or(0, |core| core + 1);
            let state = Assignment::new(problem, task.limits, core_of, cores);
            let packs = may_pack && may_have_regions(&state);
            let share = (1.0 - START) * if packs { PACKING } else { 1.0 };
            let mut search = Search::new(&task, 100 + index as u64, share, per_core);
            search.prefers = if index == 0 { CYCLE } else { ANNEALING };
            // What cycles are good for, and how cold it is, does not change with the problem.
            if let Some((cycling, annealed)) = so_far {
                (search.gains[CYCLE], search.annealed) = (cycling, annealed);
            }
            core_of = if packs { search.pack(state, packings) } else { search.improve(state, rounds) }.core_of;
            so_far = Some((search.gains[CYCLE], search.annealed));
        }
        core_of
    });
    improved.push(plain);
    improved.swap_remove(good_ones(task, &improved)[0])
}

/// Which of some partitions, at least one, has least over its limits and is what the objective prefers, and which others are about as good.
fn good_ones(task: &Task<'_>, found: &[Vec<u32>]) -> Vec<usize> {
    let goal = Goal::of(task);
    let rated = |(index, core_of): (usize, &Vec<u32>)| {
        let cores = core_of.iter().max().map_or(0, |core| core + 1);
        let state = Assignment::new(task.problem, task.limits, core_of.clone(), cores);
        (state.overflow().iter().sum::<u64>(), goal.cost(&state), index)
    };
    let mut rated: Vec<(u64, f64, usize)> = found.iter().enumerate().map(rated).collect();
    rated.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
    let (least, cost, _) = rated[0];
    rated.into_iter().filter(|(over, own, _)| *over == least && *own <= NEAR * cost).map(|(.., index)| index).collect()
}

/// Whether a partition takes more cores than compartments and memory need because input axons are nearly used up.
fn is_short_of_axons(task: &Task<'_>, core_of: &[u32]) -> bool {
    let load = loads(task.problem, core_of);
    let axons: u64 = load.iter().map(|load| load[INPUT_AXONS]).sum();
    let room = load.len() as f64 * task.limits[INPUT_AXONS] as f64;
    let fewest = f64::from(task.fewest_cores());
    task.problem.pins() <= MAX_TWO_DEPTHS && axons as f64 > 0.9 * room && load.len() as f64 > 1.1 * fewest
}

/// The problem with rates that stand for axons as well: each source sends its spikes and as many as all send on average. What makes traffic
/// small then needs few axons too, where by its rates alone it would spread silent sources over many cores.
fn eased(problem: &Problem) -> Problem {
    let sources = problem.sources.iter().map(|count| f64::from(*count)).sum::<f64>().max(1.0);
    let mean = problem.rate.iter().sum::<f64>() / sources;
    let mut eased = problem.clone();
    eased.rate.iter_mut().zip(&problem.sources).for_each(|(rate, sources)| *rate += mean * f64::from(*sources));
    eased
}

/// Runs the jobs `0..count`, `threads` at once; the results come in the order of the jobs.
fn at_once<T: Send>(threads: usize, count: usize, job: impl Fn(usize) -> T + Sync) -> Vec<T> {
    if threads < 2 || count < 2 {
        return (0..count).map(job).collect();
    }
    let next = std::sync::atomic::AtomicUsize::new(0);
    let results = std::sync::Mutex::new(Vec::new());
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
                        results.push((index, result));
                    }
                }
            });
        }
    });
    let mut results = results.into_inner().unwrap_or_default();
    results.sort_by_key(|(index, _)| *index);
    results.into_iter().map(|(_, result)| result).collect()
}

struct Search<'a> {
    task: &'a Task<'a>,
    goal: Goal,
    random: Random,
    seed: u64,
    /// Visits of this part of the search.
    work: f64,
    /// Whether cores are large enough for clusters to say something about them.
    is_clustered: bool,
    /// What the last round of each way of improvement gained, as a share of the cost.
    gains: [f64; WAYS],
    /// Which of them is taken where several promise the same.
    prefers: usize,
    /// Rounds of annealing so far: each begins colder.
    annealed: u32,
}

impl<'a> Search<'a> {
    fn new(task: &'a Task<'a>, start: u64, share: f64, per_core: f64) -> Self {
        let pins = task.problem.pins() as f64;
        let visits = 26e6 * (pins / 1e6).max(1.0).powf(0.6);
        // Where limits leave little choice, it takes more looks to find one.
        let visits = visits * (MANY_CLUSTERED / per_core).powi(3).clamp(1.0, MOST_MORE);
        let visits = visits.min(MAX_VISITS_PER_PIN * pins);
        let seed = task.seed.wrapping_mul(0x1_0001).wrapping_add(start);
        Self {
            task,
            goal: Goal::of(task),
            random: Random::new(seed, 1),
            seed,
            work: share * task.effort.factor() * visits,
            is_clustered: per_core >= MIN_CLUSTERED,
            gains: if per_core >= MIN_CLUSTERED { EXPECTED } else { ONLY_ANNEALING },
            prefers: ANNEALING,
            annealed: 0,
        }
    }

    /// A coarsening to so many vertices.
    fn coarsening(&self, vertices: usize) -> Coarsening {
        let problem = self.task.problem;
        let parts = vertices as u64 / 2;
        let compartments: u64 = problem.compartments.iter().map(|count| u64::from(*count)).sum();
        let bytes: u64 = problem.synapse_bytes.iter().sum();
        let mut largest = [u64::MAX; RESOURCES];
        largest[COMPARTMENTS] = (compartments / parts).max(1);
        largest[SYNAPSE_BYTES] = (bytes / parts).max(problem.synapse_bytes.iter().max().copied().unwrap_or(0)).max(1);
        // Looks at (nets x targets) per vertex may take a share of the work.
        let sample = (self.work * 0.3 / problem.vertices().max(1) as f64).sqrt().clamp(12.0, 64.0) as usize;
        Coarsening { vertices, largest, sample, pins: PINS }
    }

    /// Vertices of a level with `per_core` of them per core.
    fn clusters(&self, per_core: usize) -> usize {
        (self.goal.fewest as usize * per_core).max(64)
    }

    /// Grows cores from random seeds, by either choice; then, while cores have too many output axons, again with those that were seen
    /// as the expected ones.
    fn grow<'b>(&mut self, problem: &'b Problem) -> Assignment<'b> {
        let order = self.random.order(problem.vertices());
        let limits = self.task.limits;
        let goal = self.goal;
        let mut round = |expected_outputs: &[u64], choice: Choice| {
            let growing =
                Growing { limits: &limits, expected_outputs, order: &order, choice, most_visits: MAX_GROWTH_VISITS };
            let (core_of, cores) = grow(problem, &growing, &mut self.random);
            Assignment::new(problem, limits, core_of, cores)
        };
        let is_better = |new: &Assignment<'b>, old: &Assignment<'b>| {
            let over = |state: &Assignment<'b>| state.overflow()[OUTPUT_AXONS];
            over(new).cmp(&over(old)).then(goal.cost(new).total_cmp(&goal.cost(old))).is_lt()
        };
        let unknown = vec![0; problem.vertices()];
        let mut choice = Choice::NowOrNever;
        let mut best = round(&unknown, choice);
        if problem.pins() < MAX_GROWN_TWICE {
            let other = round(&unknown, Choice::Shared);
            if is_better(&other, &best) {
                (best, choice) = (other, Choice::Shared);
            }
        }
        if best.overflow()[OUTPUT_AXONS] > 0 {
            let expected: Vec<u64> = (0..problem.vertices() as u32).map(|vertex| best.output_axons(vertex)).collect();
            let state = round(&expected, choice);
            if is_better(&state, &best) {
                best = state;
            }
        }
        best
    }

    /// A first division with single vertices refined by all the work.
    fn refined(&mut self, core_of: Vec<u32>, cores: u32) -> Vec<u32> {
        let mut state = Assignment::new(self.task.problem, self.task.limits, core_of, cores);
        self.polish(&mut state, self.goal, WARM, self.work, true);
        state.core_of
    }

    fn start_in_order(&mut self) -> Vec<u32> {
        let core_of = fill_in_order(self.task);
        let cores = core_of.iter().max().map_or(0, |core| core + 1);
        self.refined(core_of, cores)
    }

    fn start_from_vertices(&mut self) -> Vec<u32> {
        let mut state = self.grow(self.task.problem);
        self.polish(&mut state, self.goal, WARM, self.work, true);
        state.core_of
    }

    /// Cuts the finest level by fields that are smooth on the coarsest.
    fn start_from_cuts(&mut self) -> Vec<u32> {
        let levels = coarsen(self.task.problem, &self.coarsening(COARSEST), None, self.seed);
        let points = smooth_fields(self.task.problem, &levels, &mut self.random);
        let (core_of, cores) = bisect(self.task, &points);
        self.refined(core_of, cores)
    }

    /// Divides the finest level as METIS does.
    #[cfg(feature = "metis")]
    fn start_from_metis(&mut self) -> Vec<u32> {
        let (core_of, cores) = super::metis::divide(self.task, self.seed);
        self.refined(core_of, cores)
    }

    /// Divides the coarsest level, and refines on the way to the finest.
    fn start_from_clusters(&mut self, per_core: usize) -> Vec<u32> {
        let levels = coarsen(self.task.problem, &self.coarsening(self.clusters(per_core)), None, self.seed);
        let first = self.grow(levels.last().map_or(self.task.problem, |level| &level.problem));
        let cores = first.cores();
        let core_of = first.core_of;
        self.descend(&levels, core_of, cores, false, self.work).core_of
    }

    /// Whether compartments or memory leave so little room that a core more may be worth its price.
    fn is_tight(&self, state: &Assignment<'_>) -> bool {
        self.goal.fewest == state.cores() && self.task.objective != Objective::Cores
    }

    /// One way up to clusters that respect a partition, and down again, with so many cores more.
    fn cycle(&mut self, best: &Assignment<'a>, per_core: usize, more: u32, work: f64) -> Assignment<'a> {
        let seed = self.random.below(u32::MAX as usize) as u64;
        let levels = coarsen(self.task.problem, &self.coarsening(self.clusters(per_core)), Some(&best.core_of), seed);
        let mut core_of = best.core_of.clone();
        for level in &levels {
            core_of = lifted(&core_of, &level.cluster_of, level.problem.vertices());
        }
        self.descend(&levels, core_of, best.cores() + more, true, work)
    }

    /// From a partition of the coarsest level to one of the finest, which takes half of the work; the others have a part each.
    fn descend(
        &mut self,
        levels: &[Contraction],
        mut core_of: Vec<u32>,
        mut cores: u32,
        respects: bool,
        work: f64,
    ) -> Assignment<'a> {
        let mut hot = HOT;
        let part = work * 0.5 / levels.len().max(1) as f64;
        for level in levels.iter().rev() {
            let mut state = Assignment::new(&level.problem, self.task.limits, core_of, cores);
            self.polish(&mut state, self.goal, hot, part, !respects);
            cores = state.cores();
            core_of = level.cluster_of.iter().map(|cluster| state.core_of[*cluster as usize]).collect();
            hot = WARM;
        }
        let mut state = Assignment::new(self.task.problem, self.task.limits, core_of, cores);
        self.polish(&mut state, self.goal, hot, work * 0.5, true);
        state
    }

    /// Anneals; then removes cores where the loads allow it, or opens some where they do not hold.
    fn polish(&mut self, state: &mut Assignment<'_>, goal: Goal, hot: f64, work: f64, opens: bool) {
        // Without structure there is little traffic to save, but cores.
        let to_shrink = if self.is_clustered { 0.2 } else { 0.4 };
        let short = schedule(WARM, 10, work * to_shrink);
        if settle(state, &schedule(hot, 20, work * (1.0 - 2.0 * to_shrink)), &mut self.random) {
            shrink(state, &goal, &short, 2, &mut self.random);
        } else if opens {
            open(state, &short, 3, &mut self.random);
        }
    }
}

fn schedule(hot: f64, steps: u32, work: f64) -> Schedule {
    Schedule { hot, cold: COLD.min(hot / 2.0), steps, work: (work / f64::from(steps + 1)) as u64 }
}
