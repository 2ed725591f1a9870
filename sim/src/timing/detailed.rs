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

/// A link or a receiver, with the queue before it. Times are absolute, so that nothing is to be cleared between steps.
#[derive(Debug, Clone)]
struct Server {
    /// From the begin of a packet to its arrival in the next queue, and to the begin of the next packet. Receivers have neither.
    hop_ps: u64,
    per_packet_ps: u64,
    /// When it can begin with the next packet.
    free_ps: u64,
    /// When its queue has room for one more.
    room_ps: u64,
    /// When each of its last packets, as many as the queue holds, left the queue; a ring.
    left_ps: Box<[u64]>,
    /// The oldest of them.
    oldest: usize,
}

impl Server {
    fn new(buffer_packets: u32, (hop_ps, per_packet_ps): (u64, u64)) -> Self {
        let left_ps = vec![0; buffer_packets.max(1) as usize].into();
        Self { hop_ps, per_packet_ps, free_ps: 0, room_ps: 0, left_ps, oldest: 0 }
    }

    /// A packet leaves the queue; the server is free again at `free_ps`.
    fn serve(&mut self, at_ps: u64, free_ps: u64) {
        self.left_ps[self.oldest] = at_ps;
        self.oldest = if self.oldest + 1 == self.left_ps.len() { 0 } else { self.oldest + 1 };
        self.room_ps = self.left_ps[self.oldest];
        self.free_ps = free_ps;
    }
}

/// Links and receivers with their queues, under one profile.
#[derive(Debug, Clone)]
pub(crate) struct Queues {
    /// The links, then the receivers.
    servers: Vec<Server>,
    first_receiver: usize,
    now_ps: u64,
    departures: BinaryHeap<Reverse<u128>>,
    senders: Vec<Sender>,
}

/// A core's packets of a step.
#[derive(Debug, Clone, Copy, Default)]
struct Sender {
    first: usize,
    next: usize,
    end: usize,
    /// How long full queues have held it up.
    held_up_ps: u64,
    /// A compartment and when, after the begin of the step, its neuron work and that of those before it is done.
    worked_ps: (u32, u64),
}

impl Queues {
    pub(crate) fn new(profile: &CostProfile, floor: &Floor) -> Self {
        let link = |link| Server::new(profile.link.buffer_packets, profile.link_ps(floor, link));
        let receivers = floor.cores().iter().map(|_| Server::new(profile.link.core_buffer_packets, (0, 0)));
        Self {
            servers: (0..floor.links()).map(link).chain(receivers).collect(),
            first_receiver: floor.links(),
            now_ps: 0,
            departures: BinaryHeap::new(),
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
        while let Some(Reverse(departure)) = self.departures.peek().copied() {
            let (ready_ps, core) = ((departure >> 32) as u64, departure as u32);
            let sent_ps = self.send(profile, floor, &packets[self.senders[core as usize].next], ready_ps);
            let sender = &mut self.senders[core as usize];
            sender.held_up_ps += sent_ps - ready_ps;
            sender.next += 1;
            // The next packet of the core takes the place of this one: one way down the heap.
            match (self.ready_ps(profile, core, cores, packets), self.departures.peek_mut()) {
                (Some(next_ps), Some(mut first)) => *first = departure_of(next_ps, core),
                (_, Some(first)) => drop(PeekMut::pop(first)),
                (_, None) => {}
            }
        }
        let mut last_ps = self.now_ps;
        for (core, (time, _)) in cores.iter().enumerate() {
            let sender_ps = self.now_ps + time.sender_ps() + self.senders[core].held_up_ps;
            let receiver_ps = self.servers[self.first_receiver + core].free_ps;
            last_ps = last_ps.max(sender_ps.max(receiver_ps) + time.learning_ps);
        }
        let step_ps = last_ps - self.now_ps;
        self.now_ps = last_ps;
        step_ps
    }

    /// Sets out the senders and gives each receiver the spikes of inputs.
    fn begin(&mut self, profile: &CostProfile, cores: &[(CoreTime, u32)], packets: &[Packet]) {
        for (core, (time, _)) in cores.iter().enumerate() {
            self.servers[self.first_receiver + core].free_ps = self.now_ps + time.receive_ps + time.synapse_ps;
            self.senders[core] = Sender::default();
        }
        // What packets bring is not there at the beginning: inputs are the rest.
        for packet in packets {
            self.servers[self.first_receiver + packet.to as usize].free_ps -= service_ps(profile, packet);
        }
        let mut first = 0;
        for of_core in packets.chunk_by(|a, b| a.from == b.from) {
            let end = first + of_core.len();
            let sender = Sender { first, next: first, end, held_up_ps: 0, worked_ps: (u32::MAX, 0) };
            self.senders[of_core[0].from as usize] = sender;
            let ready_ps = self.ready_ps(profile, of_core[0].from, cores, packets);
            self.departures.extend(ready_ps.map(|at_ps| departure_of(at_ps, of_core[0].from)));
            first = end;
        }
    }

    /// When the next packet of a core is ready; `None` after the last.
    fn ready_ps(
        &mut self,
        profile: &CostProfile,
        core: u32,
        cores: &[(CoreTime, u32)],
        packets: &[Packet],
    ) -> Option<u64> {
        let sender = &mut self.senders[core as usize];
        if sender.next == sender.end {
            return None;
        }
        let packet = &packets[sender.next];
        if sender.worked_ps.0 != packet.compartment {
            let (time, compartments) = &cores[core as usize];
            let done = u128::from(packet.compartment + 1) * u128::from(time.neuron_ps);
            sender.worked_ps = (packet.compartment, (done / u128::from((*compartments).max(1))) as u64);
        }
        let sent = (sender.next - sender.first) as u64 + 1;
        let spikes_ps = u64::from(packet.spike) * profile.spike.time_ps;
        Some(self.now_ps + sender.worked_ps.1 + spikes_ps + sent * profile.message_out.time_ps + sender.held_up_ps)
    }

    /// Settles the whole way of a packet that is ready at `ready_ps`; returns when its sender got rid of it.
    fn send(&mut self, profile: &CostProfile, floor: &Floor, packet: &Packet, ready_ps: u64) -> u64 {
        let servers = &mut self.servers[..];
        let receiver = self.first_receiver + packet.to as usize;
        // The link that the packet queues for since `at_ps`; what follows on its way may hold it up there.
        let mut link: Option<usize> = None;
        let (mut entered_ps, mut at_ps) = (ready_ps, ready_ps);
        let mut go_on = |next: usize, servers: &mut [Server]| {
            let room_ps = servers[next].room_ps;
            if let Some(link) = link.replace(next) {
                let link = &mut servers[link];
                let start_ps = at_ps.max(link.free_ps).max(room_ps.saturating_sub(link.hop_ps));
                link.serve(start_ps, start_ps + link.per_packet_ps);
                at_ps = start_ps + link.hop_ps;
            } else {
                at_ps = ready_ps.max(room_ps);
                entered_ps = at_ps;
            }
        };
        for leg in floor.legs(packet.from as usize, packet.to as usize) {
            leg.links().for_each(|next| go_on(next, servers));
        }
        go_on(receiver, servers);
        let receiver = &mut servers[receiver];
        let start_ps = at_ps.max(receiver.free_ps);
        receiver.serve(start_ps, start_ps + service_ps(profile, packet));
        entered_ps
    }
}

/// Time and core as one number: comparing it needs no branch.
fn departure_of(at_ps: u64, core: u32) -> Reverse<u128> {
    Reverse(u128::from(at_ps) << 32 | u128::from(core))
}

/// How long a packet keeps its receiver busy.
fn service_ps(profile: &CostProfile, packet: &Packet) -> u64 {
    profile.message_in.time_ps + u64::from(packet.synaptic_events) * profile.synaptic_event.time_ps
}
