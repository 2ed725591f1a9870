//! Links and receivers with the queues before them. Links that follow one another on a straight way are neighbours in memory, so that a way is two slices.

use super::{Direction, Floor};
use crate::cost::CostProfile;
use caudate_core::chip::Tile;

/// A link or a receiver, with the queue before it, on a cache line of its own. Times are absolute, so that nothing is to be cleared between steps.
#[derive(Debug, Clone)]
#[repr(align(64))]
pub(super) struct Server {
    /// From the begin of a packet to its arrival in the next queue, and to the begin of the next packet. Receivers have neither.
    hop_ps: u64,
    per_packet_ps: u64,
    /// When it can begin with the next packet.
    pub(super) free_ps: u64,
    /// When its queue has room for one more: when the oldest packet of its ring left.
    pub(super) room_ps: u64,
    /// Its ring in [`Servers::left_ps`], and where the oldest packet is.
    ring: (usize, usize),
    oldest: usize,
}

impl Server {
    /// A link takes a packet that queues since `at_ps` off its queue, when the next queue has room at its arrival there; returns when that is.
    pub(super) fn hand_on(&mut self, next: &Self, at_ps: u64, left_ps: &mut [u64]) -> u64 {
        let next_ps = (at_ps.max(self.free_ps) + self.hop_ps).max(next.room_ps);
        let start_ps = next_ps - self.hop_ps;
        self.serve(start_ps, start_ps + self.per_packet_ps, left_ps);
        next_ps
    }

    /// A packet leaves the queue; the server is free again at `free_ps`.
    pub(super) fn serve(&mut self, at_ps: u64, free_ps: u64, left_ps: &mut [u64]) {
        left_ps[self.oldest] = at_ps;
        self.oldest = if self.oldest == self.ring.1 { self.ring.0 } else { self.oldest + 1 };
        self.room_ps = left_ps[self.oldest];
        self.free_ps = free_ps;
    }
}

/// All servers of a floor.
#[derive(Debug, Clone)]
pub(super) struct Servers {
    /// By row: links to the east from west to east, then links to the west from east to west.
    along_x: Vec<Server>,
    /// By column: links to the south from north to south, then links to the north from south to north.
    along_y: Vec<Server>,
    /// By core.
    pub(super) receivers: Vec<Server>,
    /// By server: when each of its last packets, as many as its queue holds, left the queue.
    left_ps: Vec<u64>,
    columns: usize,
    rows: usize,
}

/// What a packet passes in turn, and the rings of all.
pub(super) struct Way<'s> {
    pub(super) along_x: &'s mut [Server],
    pub(super) along_y: &'s mut [Server],
    pub(super) receiver: &'s mut Server,
    pub(super) left_ps: &'s mut [u64],
}

impl Servers {
    pub(super) fn new(profile: &CostProfile, floor: &Floor) -> Self {
        let (columns, rows) = floor.size();
        let mut left_ps = Vec::new();
        let mut server = |buffer_packets: u32, (hop_ps, per_packet_ps): (u64, u64)| {
            let first = left_ps.len();
            left_ps.resize(first + buffer_packets.max(1) as usize, 0);
            let ring = (first, left_ps.len() - 1);
            Server { hop_ps, per_packet_ps, free_ps: 0, room_ps: 0, ring, oldest: first }
        };
        let mut link = |x: u32, y: u32, direction: Direction| {
            let link = floor.link_from(Tile { x, y }, direction);
            server(profile.link.buffer_packets, profile.link_ps(floor, link))
        };
        let mut along_x = Vec::new();
        for y in 0..rows {
            along_x.extend((0..columns).map(|x| link(x, y, Direction::East)));
            along_x.extend((0..columns).rev().map(|x| link(x, y, Direction::West)));
        }
        let mut along_y = Vec::new();
        for x in 0..columns {
            along_y.extend((0..rows).map(|y| link(x, y, Direction::South)));
            along_y.extend((0..rows).rev().map(|y| link(x, y, Direction::North)));
        }
        let receivers = floor.cores().iter().map(|_| server(profile.link.core_buffer_packets, (0, 0))).collect();
        Self { along_x, along_y, receivers, left_ps, columns: columns as usize, rows: rows as usize }
    }

    /// The way from a tile to a core on another or the same one: first along x, then along y.
    pub(super) fn way(&mut self, from: Tile, to: Tile, receiver: usize) -> Way<'_> {
        Way {
            along_x: leg(&mut self.along_x, from.y, self.columns, from.x, to.x),
            along_y: leg(&mut self.along_y, to.x, self.rows, from.y, to.y),
            receiver: &mut self.receivers[receiver],
            left_ps: &mut self.left_ps,
        }
    }
}

/// The links from place `from` to place `to` on line number `line` of lines of `places`.
#[inline(always)]
fn leg(links: &mut [Server], line: u32, places: usize, from: u32, to: u32) -> &mut [Server] {
    let (from, to) = (from as usize, to as usize);
    let ahead = 2 * line as usize * places;
    let (first, hops) = if to >= from { (ahead + from, to - from) } else { (ahead + 2 * places - 1 - from, from - to) };
    &mut links[first..first + hops]
}
