//! Laws of the timing models, on random traffic.

use super::*;
use crate::cost::CostProfile;
use caudate_core::chip::{Limit, Mesh, Tile};
use caudate_core::runtime::StepCounts;
use proptest::prelude::*;

/// Compartments of each core.
const COMPARTMENTS: u32 = 16;

/// Traffic of one step: (source, compartment, target, synapses).
type Traffic = Vec<(u32, u32, u32, u32)>;

fn floor(cores: u32) -> Floor {
    let tiles = Limit::AtMost(2);
    let mesh = Mesh { tiles_x: tiles, tiles_y: tiles, cores_per_tile: 2, chips_x: 2, chips_y: 2 };
    Floor::of(&mesh, (0..cores).map(|core| Tile { x: core / 2 % 4, y: core / 8 }).collect())
}

fn profile(link_ps: u64, buffer_packets: u32) -> CostProfile {
    let mut profile = CostProfile::find("loihi1-nahuku-fit").unwrap();
    (profile.link.time_ps, profile.link.chip_time_ps) = (link_ps, 3 * link_ps);
    (profile.link.buffer_packets, profile.link.core_buffer_packets) = (buffer_packets, buffer_packets);
    profile
}

/// Bound and detailed time of one step, the latter run `steps` times over; all without the barrier.
fn times(profile: &CostProfile, cores: u32, traffic: &Traffic, steps: usize) -> (u64, Vec<u64>) {
    let floor = floor(cores);
    let mut traffic: Traffic = traffic.iter().map(|(from, c, to, n)| (from % cores, *c, to % cores, *n)).collect();
    traffic.sort_unstable();
    let mut counts = vec![(StepCounts::default(), 0_u64); cores as usize];
    for (own, _) in &mut counts {
        own.neuron_accesses = u64::from(COMPARTMENTS);
    }
    let mut packets = Vec::new();
    let mut links = vec![0; floor.links()];
    let mut bounds = StepBounds::NONE;
    let mut last = None;
    for (from, compartment, to, synaptic_events) in &traffic {
        let (own, sent) = &mut counts[*from as usize];
        if last != Some((from, compartment)) {
            own.spikes += 1;
        }
        last = Some((from, compartment));
        *sent += 1;
        let spike = own.spikes as u32;
        let target = &mut counts[*to as usize].0;
        target.axon_events += 1;
        target.synaptic_events += u64::from(*synaptic_events);
        bounds.by_way(profile, floor.hops(*from as usize, *to as usize));
        floor.way(*from as usize, *to as usize).for_each(|link| links[link] += 1);
        packets.push(Packet {
            from: *from,
            to: *to,
            compartment: *compartment,
            spike,
            arrival: 0,
            synaptic_events: *synaptic_events,
        });
    }
    let cores: Vec<(CoreTime, u32)> =
        counts.iter().map(|(own, sent)| (CoreTime::new(profile, own, *sent), COMPARTMENTS)).collect();
    cores.iter().for_each(|(core, _)| bounds.by_core(core));
    links.iter().enumerate().for_each(|(link, packets)| bounds.by_link(profile, &floor, link, *packets));
    let mut queues = Queues::new(profile, &floor);
    (bounds.work_ps, (0..steps).map(|_| queues.step(profile, &floor, &cores, &packets)).collect())
}

fn traffic() -> impl Strategy<Value = Traffic> {
    prop::collection::vec((0_u32..16, 0..COMPARTMENTS, 0_u32..16, 0_u32..20), 0..200)
}

proptest! {
    #[test]
    fn no_step_is_faster_than_its_bounds_and_each_of_equal_steps_takes_as_long(
        traffic in traffic(), cores in 1_u32..17, link_ps in 0_u64..40_000, buffer in 1_u32..20
    ) {
        let (bound, detailed) = times(&profile(link_ps, buffer), cores, &traffic, 3);
        prop_assert!(bound <= detailed[0], "{} > {}", bound, detailed[0]);
        prop_assert!(detailed.iter().all(|time| *time == detailed[0]), "{:?}", detailed);
    }

    /// Queues that are shared serve in another order when traffic is added, so a step may come out shorter; not by much.
    #[test]
    fn more_traffic_is_never_faster(
        traffic in traffic(), more in traffic(), cores in 1_u32..17, link_ps in 0_u64..40_000, buffer in 1_u32..20
    ) {
        let profile = profile(link_ps, buffer);
        let (bound, detailed) = times(&profile, cores, &traffic, 1);
        let all: Traffic = traffic.iter().chain(&more).copied().collect();
        let (bound_of_all, detailed_of_all) = times(&profile, cores, &all, 1);
        prop_assert!(bound <= bound_of_all);
        prop_assert!(detailed[0] <= detailed_of_all[0] + detailed_of_all[0] / SLACK, "{} > {}", detailed[0], detailed_of_all[0]);
    }

    #[test]
    fn a_wider_link_is_never_slower(
        traffic in traffic(), cores in 1_u32..17, link_ps in 1_u64..40_000, share in 0_u64..100, buffer in 1_u32..20
    ) {
        let (bound, detailed) = times(&profile(link_ps, buffer), cores, &traffic, 1);
        let (wide_bound, wide) = times(&profile(link_ps * share / 100, buffer), cores, &traffic, 1);
        prop_assert!(wide_bound <= bound);
        prop_assert!(wide[0] <= detailed[0] + detailed[0] / SLACK, "{} > {}", wide[0], detailed[0]);
    }
}

/// One part in this many of a step's time is allowed to ordering anomalies.
const SLACK: u64 = 4;

#[test]
fn a_lone_packet_takes_the_sum_of_its_parts() {
    let profile = profile(1_000, 16);
    // Core 0 on tile (0, 0), core 14 on tile (3, 1), of chips of 2 x 2 tiles: 2 + 1 hops, one of them between chips.
    let (bound, detailed) = times(&profile, 16, &vec![(0, 4, 14, 7)], 1);
    let sent = 16 * 6_000 * 5 / 16 + 30_000 + 5_100;
    let way = 2 * 4_100 + 6_500 + profile.chip_hop.time_ps;
    assert_eq!(detailed, [sent + way + 16_000 + 7 * 3_800]);
    assert_eq!(bound, 5_100 + way + 16_000);
}

#[test]
fn full_queues_hold_the_sender_up() {
    // Each of 60 packets of the last compartment occupies its receiver for 16 ns, and could leave 5.1 ns after the one before.
    let traffic: Traffic = (0..60).map(|_| (0, 15, 1, 0)).collect();
    let sent = 96_000 + 30_000 + 5_100;
    assert_eq!(times(&profile(0, 1), 4, &traffic, 1).1, [sent + 60 * 16_000]);
    // One more, to a core that is free, follows them: it waits until the 60th has room in a queue of 1, or not at all in one of 100.
    let traffic: Traffic = traffic.into_iter().chain([(0, 15, 2, 9)]).collect();
    let last = 4_100 + 16_000 + 9 * 3_800;
    assert_eq!(times(&profile(0, 100), 4, &traffic, 1).1, [sent + 60 * 16_000]);
    assert_eq!(times(&profile(0, 1), 4, &traffic, 1).1, [sent + 58 * 16_000 + 5_100 + last]);
}
