//! The incremental figures equal those counted from scratch, whatever moves led to them.

use super::score::Placement;
use super::score::score;
use super::{Amounts, Assignment, Delta, Gains, Lists, OUTPUT_AXONS, Problem, Ways};
use proptest::prelude::*;

const LIMITS: Amounts = [6, 40, 9, 12];

/// Networks of a few neurons, some of them external, some with a synapse to themselves.
pub(crate) fn problem() -> impl Strategy<Value = Problem> {
    (3_usize..14, any::<u64>()).prop_flat_map(|(neurons, _)| {
        let lists = proptest::collection::vec(proptest::collection::btree_set(0..neurons as u32, 0..neurons), neurons);
        let external = proptest::collection::vec(proptest::bool::weighted(0.2), neurons);
        let rates = proptest::collection::vec(0_u8..9, neurons);
        (lists, external, rates).prop_map(|(lists, mut external, rates)| {
            external[0] = false;
            let mut fan_in = Lists { start: vec![0], items: Vec::new() };
            for (list, external) in lists.iter().zip(&external) {
                fan_in.items.extend(list.iter().filter(|_| !external));
                fan_in.start.push(fan_in.items.len());
            }
            let rates: Vec<f64> = rates.into_iter().map(f64::from).collect();
            let bytes: Vec<u64> = lists.iter().map(|list| list.len() as u64 * 2).collect();
            Problem::from_fan_in(fan_in, &external, &rates, &vec![1; external.len()], &bytes).0
        })
    })
}

fn assert_same(state: &Assignment<'_>, cores: u32) {
    let mut fresh = Assignment::new(state.problem, LIMITS, state.core_of.clone(), cores);
    fresh.keep_gains();
    assert_eq!(state.load, fresh.load);
    assert_eq!(state.gains(), fresh.gains());
    assert!((state.traffic - fresh.traffic).abs() < 1e-6, "{} {}", state.traffic, fresh.traffic);
    let score = score(state.problem, &LIMITS, &state.core_of, None);
    assert!((state.traffic - score.traffic_total).abs() < 1e-6);
    assert_eq!(score.feasible, state.is_feasible());
}

fn priced(state: &Assignment<'_>) -> f64 {
    let overflow = state.overflow();
    state.traffic + overflow.iter().zip(state.price).map(|(over, price)| *over as f64 * price).sum::<f64>()
}

/// What is said of a change by the gain table and by a count, where output axons cost nothing.
fn but_for_outputs<'a>(
    state: &mut Assignment<'a>,
    of: impl FnOnce(&mut Assignment<'a>, &Gains) -> (Delta, Delta),
) -> (Delta, Delta) {
    let price = std::mem::take(&mut state.price[OUTPUT_AXONS]);
    let gains = state.gains().cloned();
    let both = gains.map(|gains| of(state, &gains)).unwrap_or_default();
    state.price[OUTPUT_AXONS] = price;
    both
}

proptest! {
    #[test]
    fn a_delta_is_the_difference_it_makes(problem in problem(), moves in proptest::collection::vec((any::<u16>(), any::<u16>()), 1..40)) {
        let vertices = problem.vertices() as u32;
        let cores = 4;
        let start: Vec<u32> = (0..vertices).map(|vertex| vertex % cores).collect();
        let mut state = Assignment::new(&problem, LIMITS, start, cores);
        state.price = [1.0, 0.25, 0.5, 2.0];
        state.keep_gains();
        for (a, b) in moves {
            let (first, second) = (u32::from(a) % vertices, u32::from(b) % vertices);
            let before = priced(&state);
            let to = u32::from(b) % cores;
            if a % 2 == 0 {
                if to == state.core_of[first as usize] {
                    continue;
                }
                let (quick, exact) = but_for_outputs(&mut state, |state, gains| (state.quick_move(gains, first, to), state.move_delta(first, to)));
                prop_assert!((quick.penalty - exact.penalty).abs() < 1e-6, "{quick:?} {exact:?}");
                // Each net's weight is cut to whole units.
                prop_assert!((quick.traffic - exact.traffic).abs() < 1e-5, "{quick:?} {exact:?}");
                let delta = state.move_delta(first, to);
                let saved = state.outputs_saved(first) as f64 * state.price[OUTPUT_AXONS];
                prop_assert!(quick.penalty < delta.penalty + saved + 1e-6, "{quick:?} {delta:?} {saved}");
                state.apply(first, to);
                prop_assert!((before + delta.cost() - priced(&state)).abs() < 1e-6);
            } else {
                let (from, to) = (state.core_of[first as usize], state.core_of[second as usize]);
                if from == to {
                    continue;
                }
                let (quick, exact) = but_for_outputs(&mut state, |state, gains| (state.quick_swap(gains, first, second), state.swap_delta(first, second)));
                prop_assert!(quick.penalty < exact.penalty + 1e-6, "{quick:?} {exact:?}");
                prop_assert!(quick.traffic < exact.traffic + 1e-5, "{quick:?} {exact:?}");
                let delta = state.swap_delta(first, second);
                let saved = state.outputs_saved(first) + state.outputs_saved(second);
                let saved = saved as f64 * state.price[OUTPUT_AXONS];
                prop_assert!(quick.penalty < delta.penalty + saved + 1e-6, "{quick:?} {delta:?} {saved}");
                state.apply(first, to);
                state.apply(second, from);
                prop_assert!((before + delta.cost() - priced(&state)).abs() < 1e-6);
            }
            assert_same(&state, cores);
        }
    }

    #[test]
    fn what_changes_in_a_region_changes_in_the_whole(problem in problem(), moves in proptest::collection::vec((any::<u16>(), any::<u16>()), 1..40)) {
        let start: Vec<u32> = (0..problem.vertices() as u32).map(|vertex| vertex % 3).collect();
        let mut whole = Assignment::new(&problem, LIMITS, start, 3);
        let cores = [2, 0];
        let region = whole.region(&cores);
        let mut part = Assignment::new(&region.problem, LIMITS, region.core_of.clone(), 2);
        part.price = [1.0, 0.25, 0.5, 2.0];
        part.keep_gains();
        let elsewhere = whole.traffic - part.traffic;
        let vertices = region.vertices.len() as u32;
        for (a, b) in moves {
            let (first, second) = (u32::from(a) % vertices, u32::from(b) % vertices);
            let (from, to) = (part.core_of[first as usize], part.core_of[second as usize]);
            if from == to {
                continue;
            }
            let before = priced(&part);
            let is_swap = a % 2 == 0;
            let delta = if is_swap { part.swap_delta(first, second) } else { part.move_delta(first, to) };
            let mut apply = |vertex: u32, to: u32| {
                part.apply(vertex, to);
                whole.apply(region.vertices[vertex as usize], cores[to as usize]);
            };
            apply(first, to);
            if is_swap {
                apply(second, from);
            }
            prop_assert!((before + delta.cost() - priced(&part)).abs() < 1e-6);
            prop_assert!((whole.traffic - part.traffic - elsewhere).abs() < 1e-6);
            for (here, core) in part.load.iter().zip(cores) {
                prop_assert_eq!(here, &whole.load[core as usize]);
            }
        }
    }

    #[test]
    fn fewer_cores_inherit_the_gain_table(problem in problem(), homeless in 0..2_u32) {
        // The second of four cores holds few vertices or none, which leave for the last one.
        let start = |vertex: u32| if vertex < homeless { 1 } else { [0, 2, 3][vertex as usize % 3] };
        let start: Vec<u32> = (0..problem.vertices() as u32).map(start).collect();
        let kept = [0, 2, 3];
        let core_of = start.iter().map(|core| [0, 2, 1, 2][*core as usize]).collect();
        let mut state = Assignment::new(&problem, LIMITS, start, 4);
        let mut trial = Assignment::new(&problem, LIMITS, core_of, 3);
        trial.inherit_gains(&state, &kept);
        prop_assert!(trial.gains().is_none());
        state.keep_gains();
        trial.inherit_gains(&state, &kept);
        prop_assert!(trial.gains().is_some() || problem.vertices() < 5);
        if trial.gains().is_some() {
            assert_same(&trial, 3);
        }
    }

    #[test]
    fn growth_of_hops_is_the_difference_it_makes(problem in problem(), moves in proptest::collection::vec((any::<u16>(), any::<u16>()), 1..40)) {
        let vertices = problem.vertices() as u32;
        let placement = Placement { width: 3, cell: vec![4, 2, 6, 0] };
        let (ways, cores) = (Ways::of(&placement), 4);
        let start: Vec<u32> = (0..vertices).map(|vertex| vertex % cores).collect();
        let mut state = Assignment::new(&problem, LIMITS, start, cores);
        let hops = |state: &Assignment<'_>| score(&problem, &LIMITS, &state.core_of, Some(&placement)).hops.unwrap();
        for (a, b) in moves {
            let before = hops(&state);
            prop_assert!((before - state.hops(&ways)).abs() < 1e-6);
            let (first, second) = (u32::from(a) % vertices, u32::from(b) % vertices);
            let (from, to) = (state.core_of[first as usize], state.core_of[second as usize]);
            if from == to {
                continue;
            }
            let growth = state.hops_of_move(&ways, first, to);
            let least = growth + state.hops_of_move(&ways, second, from);
            let of_twins = state.hops_of_twins(&ways, first, second);
            state.apply(first, to);
            prop_assert!((before + growth - hops(&state)).abs() < 1e-6);
            if a % 2 == 0 {
                state.apply(second, from);
                let growth = hops(&state) - before;
                prop_assert!(least < growth + 1e-6, "{least} {growth}");
                if problem.inputs.of(first) == problem.inputs.of(second) {
                    prop_assert!((of_twins - growth).abs() < 1e-6, "{of_twins} {growth}");
                }
            }
        }
    }

    #[test]
    fn a_contraction_costs_what_its_problem_costs(problem in problem(), clusters in 1_u32..5, cores in 1_u32..4) {
        let cluster_of: Vec<u32> = (0..problem.vertices() as u32).map(|vertex| vertex % clusters).collect();
        let clusters = clusters.min(problem.vertices() as u32);
        let level = problem.contract(cluster_of.clone(), clusters as usize);
        let core_of_cluster: Vec<u32> = (0..clusters).map(|cluster| cluster % cores).collect();
        let core_of: Vec<u32> = cluster_of.iter().map(|cluster| core_of_cluster[*cluster as usize]).collect();
        let (fine, coarse) = (score(&problem, &LIMITS, &core_of, None), score(&level.problem, &LIMITS, &core_of_cluster, None));
        prop_assert!((fine.traffic_total - coarse.traffic_total).abs() < 1e-6);
        prop_assert_eq!(fine.max, coarse.max);
    }
}
