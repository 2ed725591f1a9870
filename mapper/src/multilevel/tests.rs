//! Every partitioner keeps every limit, does as told by its seed alone, and says what does not fit.

use super::bisect::bisect;
use super::fields::smooth_fields;
use super::grow::{Choice, Growing, grow};
use super::repair::repair;
use super::{Effort, Objective, PARTITIONERS, Task, by_name, partition};
use crate::problem::random::Random;
use crate::problem::score::score;
use crate::problem::{Amounts, Assignment, Lists, Problem};

/// A ring of neurons, each of which hears its neighbours on one side, but for one far neuron in ten.
fn ring(neurons: usize, reach: usize) -> Problem {
    small_world(neurons, 1..=reach, 10)
}

/// A ring of neurons, each of which hears those that many steps on, `far` percent of them exchanged for any neuron; numbers are
/// shuffled.
fn small_world(neurons: usize, near: std::ops::RangeInclusive<usize>, far: usize) -> Problem {
    let mut random = Random::new(7, 0);
    let name = random.order(neurons);
    let mut place = vec![0; neurons];
    name.iter().enumerate().for_each(|(at, name)| place[*name as usize] = at);
    let mut fan_in = Lists { start: vec![0], items: Vec::new() };
    for neuron in 0..neurons {
        let near = near.clone().map(|step| name[(place[neuron] + step) % neurons]);
        let mut sources: Vec<u32> =
            near.map(|near| if random.below(100) < far { random.below(neurons) as u32 } else { near }).collect();
        sources.sort_unstable();
        sources.dedup();
        fan_in.items.extend(sources);
        fan_in.start.push(fan_in.items.len());
    }
    let bytes: Vec<u64> = (0..neurons as u32).map(|neuron| fan_in.of(neuron).len() as u64).collect();
    Problem::from_fan_in(fan_in, &vec![false; neurons], &vec![10.0; neurons], &vec![1; neurons], &bytes).0
}

fn task(problem: &Problem, limits: Amounts) -> Task<'_> {
    Task { problem, limits, objective: Objective::Traffic, effort: Effort::Fast, seed: 3, threads: 1 }
}

const LIMITS: Amounts = [64, 1024, 120, 160];

#[test]
fn every_partitioner_keeps_every_limit_and_search_has_the_least_traffic() {
    let problem = ring(600, 8);
    let task = task(&problem, LIMITS);
    let traffic = PARTITIONERS.each_ref().map(|partitioner| {
        let core_of = partition(&task, partitioner).unwrap();
        let score = score(&problem, &LIMITS, &core_of, None);
        assert!(score.feasible, "{}", partitioner.name);
        assert_eq!(score.cores, core_of.iter().max().unwrap() + 1);
        score.traffic_total
    });
    // Shuffled numbers make the order of the network worthless.
    assert!(traffic[0] < 0.5 * traffic[PARTITIONERS.len() - 1], "{traffic:?}");
}

/// A sheet of `side` times `side` neurons, each of which hears half of those at most `reach` rows and columns away.
fn sheet(side: usize, reach: usize) -> Problem {
    let mut random = Random::new(7, 1);
    let mut fan_in = Lists { start: vec![0], items: Vec::new() };
    for (y, x) in (0..side * side).map(|neuron| (neuron / side, neuron % side)) {
        for row in y.saturating_sub(reach)..(y + reach + 1).min(side) {
            let columns = x.saturating_sub(reach)..(x + reach + 1).min(side);
            fan_in.items.extend(columns.map(|column| (row * side + column) as u32).filter(|_| random.below(2) == 0));
        }
        fan_in.start.push(fan_in.items.len());
    }
    let neurons = side * side;
    let bytes: Vec<u64> = (0..neurons as u32).map(|neuron| fan_in.of(neuron).len() as u64).collect();
    Problem::from_fan_in(fan_in, &vec![false; neurons], &vec![10.0; neurons], &vec![1; neurons], &bytes).0
}

#[test]
fn cuts_across_the_widest_direction_make_patches_of_a_sheet() {
    let (side, reach) = (40_usize, 3);
    let problem = sheet(side, reach);
    // A square of 10 by 10 hears 16 by 16; long strips, or scattered neurons, hear more.
    let limits = [1024, 1 << 20, 16 * 16, 1 << 20];
    let points = smooth_fields(&problem, &[], &mut Random::new(3, 0));
    let (core_of, cores) = bisect(&task(&problem, limits), &points);
    assert!(cores <= 20, "{cores}");
    let score = score(&problem, &limits, &core_of, None);
    assert_eq!((core_of.len(), score.cores), (side * side, cores));
    let sizes = (0..cores).map(|core| core_of.iter().filter(|own| **own == core).count());
    let (least, most) = sizes.fold((usize::MAX, 0), |(least, most), size| (least.min(size), most.max(size)));
    assert!(most <= 2 * least, "{least} {most}");
}

#[test]
fn fields_vary_slowly_along_nets() {
    let problem = sheet(30, 2);
    let points = smooth_fields(&problem, &[], &mut Random::new(3, 0));
    let distance =
        |a: usize, b: usize| points[a].iter().zip(points[b]).map(|(a, b)| f64::from(a - b).powi(2)).sum::<f64>().sqrt();
    // Beside, and across the sheet.
    let near = (0..29).map(|row| distance(30 * row + 14, 30 * row + 15)).sum::<f64>() / 29.0;
    let far = (0..30).map(|row| distance(30 * row, 30 * row + 29)).sum::<f64>() / 30.0;
    assert!(near * 5.0 < far, "{near} {far}");
}

#[test]
fn the_seed_alone_decides() {
    let search = by_name("search").unwrap();
    // The second one is short of input axons.
    for (problem, effort) in [(ring(400, 6), Effort::Fast), (small_world(150, 1..=12, 60), Effort::Default)] {
        let one = Task { effort, ..task(&problem, LIMITS) };
        let found = partition(&one, search).unwrap();
        assert_eq!(found, partition(&Task { threads: 2, ..one }, search).unwrap());
        assert_ne!(found, partition(&Task { seed: 4, ..one }, search).unwrap());
    }
}

#[test]
fn the_objective_of_cores_takes_no_more_cores() {
    let problem = ring(600, 8);
    let search = by_name("search").unwrap();
    let traffic = task(&problem, LIMITS);
    let cores = |core_of: Vec<u32>| core_of.iter().max().unwrap() + 1;
    let fewest = cores(partition(&Task { objective: Objective::Cores, ..traffic }, search).unwrap());
    assert!(fewest <= cores(partition(&traffic, search).unwrap()));
}

#[test]
fn what_does_not_fit_is_told_with_number_limit_and_way_out() {
    let problem = ring(40, 8);
    let error = partition(&task(&problem, [64, 1024, 5, 160]), by_name("search").unwrap()).unwrap_err().to_string();
    assert!(error.contains("E-FIT-INAXONS") && error.contains("limit 5") && error.contains("help"), "{error}");
    let error = partition(&task(&problem, [64, 4, 100, 160]), by_name("search").unwrap()).unwrap_err().to_string();
    assert!(error.contains("E-FIT-SYNMEM") && error.contains("limit 4"), "{error}");
    let error = partition(&task(&problem, [64, 1024, 100, 1]), by_name("search").unwrap()).unwrap_err().to_string();
    assert!(error.contains("E-FIT-OUTAXONS"), "{error}");
    assert!(by_name("serch").unwrap_err().to_string().contains("did you mean 'search'?"));
}

#[test]
fn a_problem_of_one_vertex_or_without_nets_is_divided_too() {
    let none = Lists { start: vec![0, 0, 0, 0], items: Vec::new() };
    let (problem, _) = Problem::from_fan_in(none, &[false; 3], &[1.0; 3], &[1; 3], &[0; 3]);
    for partitioner in &PARTITIONERS {
        let core_of = partition(&task(&problem, [2, 10, 10, 10]), partitioner).unwrap();
        assert!(score(&problem, &[2, 10, 10, 10], &core_of, None).feasible);
    }
    let (empty, _) = Problem::from_fan_in(Lists { start: vec![0], items: vec![] }, &[], &[], &[], &[]);
    for partitioner in &PARTITIONERS {
        assert!(partition(&task(&empty, LIMITS), partitioner).unwrap().is_empty());
    }
}

/// Grows on a ring without limits of output axons.
fn grown(problem: &Problem, limits: &Amounts, choice: Choice, most_visits: f64) -> u32 {
    let mut random = Random::new(5, 0);
    let order = random.order(problem.vertices());
    let expected = vec![0; problem.vertices()];
    let growing = Growing { limits, expected_outputs: &expected, order: &order, choice, most_visits };
    let (core_of, cores) = grow(problem, &growing, &mut random);
    assert!(core_of.iter().all(|core| *core < cores));
    assert!(score(problem, limits, &core_of, None).feasible, "{choice:?}");
    cores
}

#[test]
fn growth_keeps_every_limit_and_now_or_never_leaves_few_over() {
    // Sources on both sides: 15 before the neuron, itself, 15 after it.
    let problem = small_world(3000, 2985..=3015, 10);
    let limits = [256, 1 << 20, 500, 1 << 20];
    let shared = grown(&problem, &limits, Choice::Shared, f64::INFINITY);
    let now_or_never = grown(&problem, &limits, Choice::NowOrNever, f64::INFINITY);
    // Stretches of n neighbours hear n + 30 of the ring and almost 3 n others: some 120 fit.
    assert!(now_or_never < shared && now_or_never <= 3000 / 120 + 2, "{now_or_never} and {shared}");
    for choice in [Choice::Shared, Choice::NowOrNever] {
        let sampled = grown(&problem, &limits, choice, 0.0);
        assert!(sampled >= now_or_never, "{sampled} from samples of 48 in 3,000");
    }
}

#[test]
fn repair_brings_cores_back_below_their_limits() {
    let problem = ring(600, 8);
    let found = partition(&task(&problem, LIMITS), by_name("grown").unwrap()).unwrap();
    let cores = found.iter().max().unwrap() + 1;
    for seed in 0..20 {
        let mut random = Random::new(seed, 0);
        let mut state = Assignment::new(&problem, LIMITS, found.clone(), cores);
        // Exchanges as annealing leaves them: a few neurons in places that do not suit them.
        for _ in 0..2 {
            let (vertex, core) = (random.below(600) as u32, random.below(cores as usize) as u32);
            state.apply(vertex, core);
        }
        let was_feasible = state.is_feasible();
        let is_mended = repair(&mut state, &mut random);
        let score = score(&problem, &LIMITS, &state.core_of, None);
        assert_eq!(is_mended, score.feasible);
        assert!(is_mended || !was_feasible);
        assert!(is_mended, "seed {seed}");
    }
    let mut hopeless = Assignment::new(&problem, LIMITS, vec![0; 600], 2);
    assert!(!repair(&mut hopeless, &mut Random::new(1, 0)));
}
