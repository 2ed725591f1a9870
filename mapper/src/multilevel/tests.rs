//! Every partitioner keeps every limit, does as told by its seed alone, and says what does not fit.

use super::{Effort, Objective, PARTITIONERS, Task, by_name, partition};
use crate::problem::random::Random;
use crate::problem::score::score;
use crate::problem::{Amounts, Lists, Problem};

/// A ring of neurons, each of which hears its neighbours and one far neuron; numbers are shuffled.
fn ring(neurons: usize, reach: usize) -> Problem {
    let mut random = Random::new(7, 0);
    let name = random.order(neurons);
    let mut place = vec![0; neurons];
    name.iter().enumerate().for_each(|(at, name)| place[*name as usize] = at);
    let mut fan_in = Lists { start: vec![0], items: Vec::new() };
    for neuron in 0..neurons {
        let near = (1..=reach).map(|step| name[(place[neuron] + step) % neurons]);
        let mut sources: Vec<u32> = near.chain([random.below(neurons) as u32]).collect();
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
    assert!(traffic[0] < 0.5 * traffic[3], "{traffic:?}");
}

#[test]
fn the_seed_alone_decides() {
    let problem = ring(400, 6);
    let search = by_name("search").unwrap();
    let one = task(&problem, LIMITS);
    let found = partition(&one, search).unwrap();
    assert_eq!(found, partition(&Task { threads: 2, ..one }, search).unwrap());
    assert_ne!(found, partition(&Task { seed: 4, ..one }, search).unwrap());
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
