//! The detailed model: every packet of a step is an event; links and cores serve packets one after the other, and full queues hold up
//! what feeds them.
//!
//! - A sender works through its compartments in order. Its neuron work is spread evenly over them; a spike adds its generation, and each packet
//!   of a spike its sending. A packet that finds the first queue of its way full holds the sender up.
//! - A link takes a packet off its queue once per `link.time_ps`, when there is room in the next queue; the packet arrives there a hop
//!   later. Queues before links hold `link.buffer_packets` packets, those before receivers `link.core_buffer_packets`.
//! - A receiver takes packets in the order of their arrival in its queue; each keeps it busy for the packet and its synapses. Spikes of inputs are there when the
//!   step begins. Learning starts when sender and receiver are done.
//!
//! The events are departures, in the order of time (core numbers decide among equals). When a packet departs, its whole way is settled: queues serve
//! in the order of departure. So a packet costs one heap operation over the busy cores and a constant per hop, however many are in flight.

use super::servers::{Server, Servers, Way};
use super::{CoreTime, Floor};
use crate::cost::CostProfile;
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::collections::binary_heap::PeekMut;

/// A packet of a step. Packets of one core are consecutive and in the order of compartments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Packet {
    /// Core that sends it.
    pub(crate) from: u32,
    /// Core that receives it.
    pub(crate) to: u32,
    /// Compartment whose spike it carries.
    pub(crate) compartment: u32,
    /// The spike's number among those of the core in this step, from 1.
    pub(crate) spike: u32,
    /// Its place among what reaches the receiver in this step.
    pub(crate) arrival: u32,
    /// Synapses that it is delivered through.
    pub(crate) synaptic_events: u32,
}

/// Links and receivers with their queues, under one profile.
#[derive(Debug, Clone)]
pub(crate) struct Queues {
    servers: Servers,
    now_ps: u64,
    /// Times since the begin of the step, and in the lower bits cores.
    departures: BinaryHeap<Reverse<u64>>,
    core_bits: u32,
    core_mask: u64,
    senders: Vec<Sender>,
}

/// A core's packets of a step.
#[derive(Debug, Clone, Copy, Default)]
struct Sender {
    next: usize,
    end: usize,
    /// When the next packet is ready.
    ready_ps: u64,
    /// How long full queues have held it up.
    held_up_ps: u64,
    /// How long it works on neurons and spikes up to the next packet, whose spike and compartment these are.
    worked_ps: u64,
    spike: u32,
    compartment: u32,
}

impl Queues {
    pub(crate) fn new(profile: &CostProfile, floor: &Floor) -> Self {
        let cores = floor.cores().len().next_power_of_two();
        Self {
            servers: Servers::new(profile, floor),
            now_ps: 0,
            departures: BinaryHeap::new(),
            core_bits: cores.trailing_zeros(),
            core_mask: cores as u64 - 1,
            senders: vec![Sender::default(); floor.cores().len()],
        }
    }

    /// How long a step takes, without the barrier, in picoseconds. `cores` are in the order of the image, with their numbers of compartments.
    pub(crate) fn step(
        &mut self,
        profile: &CostProfile,
        floor: &Floor,
        cores: &[(CoreTime, u32)],
        packets: &[Packet],
    ) -> u64 {
        self.begin(profile, cores, packets);
        while let Some(mut first) = self.departures.peek_mut() {
            let core = (first.0 & self.core_mask) as usize;
            let sender = &mut self.senders[core];
            let packet = &packets[sender.next];
            let (from, to) = (floor.cores()[core], floor.cores()[packet.to as usize]);
            let way = self.servers.way(from, to, packet.to as usize);
            sender.sent(send(way, sender.ready_ps, service_ps(profile, packet)));
            // The next packet of the core takes the place of this one: one way down the heap.
            if sender.next < sender.end {
                sender.prepare(profile, &cores[core], &packets[sender.next]);
                first.0 = sender.departure(self.now_ps, core, self.core_bits);
            } else {
                PeekMut::pop(first);
            }
        }
        let mut last_ps = self.now_ps;
        for (core, (time, _)) in cores.iter().enumerate() {
            let sender_ps = self.now_ps + time.sender_ps() + self.senders[core].held_up_ps;
            let receiver_ps = self.servers.receivers[core].free_ps;
            last_ps = last_ps.max(sender_ps.max(receiver_ps) + time.learning_ps);
        }
        let step_ps = last_ps - self.now_ps;
        self.now_ps = last_ps;
        step_ps
    }

    /// Sets out the senders and gives each receiver the spikes of inputs.
    fn begin(&mut self, profile: &CostProfile, cores: &[(CoreTime, u32)], packets: &[Packet]) {
        let receivers = &mut self.servers.receivers;
        for ((time, _), receiver) in cores.iter().zip(&mut receivers[..]) {
            receiver.free_ps = self.now_ps + time.receive_ps + time.synapse_ps;
        }
        self.senders.fill(Sender { compartment: u32::MAX, ..Sender::default() });
        let mut first = 0;
        for of_core in packets.chunk_by(|a, b| a.from == b.from) {
            // What packets bring is not there at the beginning: inputs are the rest.
            for packet in of_core {
                receivers[packet.to as usize].free_ps -= service_ps(profile, packet);
            }
            let core = of_core[0].from as usize;
            let sender = &mut self.senders[core];
            *sender = Sender { next: first, end: first + of_core.len(), ready_ps: self.now_ps, ..*sender };
            first = sender.end;
            sender.prepare(profile, &cores[core], &of_core[0]);
            self.departures.push(Reverse(sender.departure(self.now_ps, core, self.core_bits)));
        }
    }
}

impl Sender {
    /// The next packet has left.
    fn sent(&mut self, sent_ps: u64) {
        self.held_up_ps += sent_ps - self.ready_ps;
        self.ready_ps = sent_ps;
        self.next += 1;
    }

    /// Works towards the next packet from when the one before left.
    #[inline]
    fn prepare(&mut self, profile: &CostProfile, (time, compartments): &(CoreTime, u32), next: &Packet) {
        self.ready_ps += profile.message_out.time_ps;
        if (self.spike, self.compartment) != (next.spike, next.compartment) {
            (self.spike, self.compartment) = (next.spike, next.compartment);
            let neurons = u128::from(next.compartment + 1) * u128::from(time.neuron_ps);
            let neurons_ps = (neurons / u128::from((*compartments).max(1))) as u64;
            let worked_ps = neurons_ps + u64::from(next.spike) * profile.spike.time_ps;
            self.ready_ps = self.ready_ps + worked_ps - self.worked_ps;
            self.worked_ps = worked_ps;
        }
    }

    /// Time since `begin_ps` and core as one number: comparing it needs no branch. Times beyond its range, minutes for any chip, count as equal.
    fn departure(&self, begin_ps: u64, core: usize, core_bits: u32) -> u64 {
        let since_ps = (self.ready_ps - begin_ps).min(u64::MAX >> core_bits);
        since_ps << core_bits | core as u64
    }
}

/// Settles the whole way of a packet that is ready at `ready_ps` and keeps its receiver busy for `service_ps`; returns when its sender got rid of it.
fn send(way: Way<'_>, ready_ps: u64, service_ps: u64) -> u64 {
    let Way { along_x, along_y, receiver, left_ps } = way;
    let first = along_x.first().or(along_y.first()).unwrap_or(receiver);
    let sent_ps = ready_ps.max(first.room_ps);
    let mut at_ps = sent_ps;
    // The link that the packet queues for since `at_ps`; what follows on its way may hold it up there.
    let mut link: Option<&mut Server> = None;
    for next in along_x {
        if let Some(link) = link {
            at_ps = link.hand_on(next, at_ps, left_ps);
        }
        link = Some(next);
    }
    for next in along_y {
        if let Some(link) = link {
            at_ps = link.hand_on(next, at_ps, left_ps);
        }
        link = Some(next);
    }
    if let Some(link) = link {
        at_ps = link.hand_on(receiver, at_ps, left_ps);
    }
    let start_ps = at_ps.max(receiver.free_ps);
    receiver.serve(start_ps, start_ps + service_ps, left_ps);
    sent_ps
}

/// How long a packet keeps its receiver busy.
fn service_ps(profile: &CostProfile, packet: &Packet) -> u64 {
    profile.message_in.time_ps + u64::from(packet.synaptic_events) * profile.synaptic_event.time_ps
}
