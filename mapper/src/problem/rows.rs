//! Targets per (net, core): a short list of cores for a net that reaches few, a plain array for one that reaches many.

/// The count table.
#[derive(Debug, Clone)]
pub(super) struct Rows {
    cores: u32,
    row: Vec<Row>,
    /// Arrays of counts, and lists of (core, count).
    words: Vec<u32>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Row {
    start: usize,
    /// Pairs in the list, or [`DENSE`].
    len: u32,
    room: u32,
}

/// The length of a row that is an array with one count per core.
const DENSE: u32 = u32::MAX;

impl Rows {
    pub(super) fn new(nets: usize, cores: u32) -> Self {
        Self { cores, row: vec![Row::default(); nets], words: Vec::new() }
    }

    /// Targets of the net in two cores.
    #[inline]
    pub(super) fn pair(&self, net: u32, a: u32, b: u32) -> (u32, u32) {
        let row = self.row[net as usize];
        if row.len == DENSE {
            return (self.words[row.start + a as usize], self.words[row.start + b as usize]);
        }
        let (mut in_a, mut in_b) = (0, 0);
        let (pairs, _) = self.words[row.start..row.start + 2 * row.len as usize].as_chunks::<2>();
        for [core, count] in pairs {
            in_a |= if *core == a { *count } else { 0 };
            in_b |= if *core == b { *count } else { 0 };
        }
        (in_a, in_b)
    }

    /// Targets of the net in a core.
    #[inline]
    pub(super) fn get(&self, net: u32, core: u32) -> u32 {
        self.pair(net, core, core).0
    }

    /// Adds a target; returns whether it is the first of its core.
    pub(super) fn add(&mut self, net: u32, core: u32) -> bool {
        let row = self.row[net as usize];
        if row.len == DENSE {
            let count = &mut self.words[row.start + core as usize];
            *count += 1;
            return *count == 1;
        }
        let end = row.start + 2 * row.len as usize;
        for pair in self.words[row.start..end].chunks_exact_mut(2) {
            if pair[0] == core {
                pair[1] += 1;
                return false;
            }
        }
        if row.len == row.room {
            self.grow(net);
            return self.add(net, core);
        }
        self.words[end] = core;
        self.words[end + 1] = 1;
        self.row[net as usize].len += 1;
        true
    }

    /// Takes a target away; returns whether it was the last of its core.
    pub(super) fn remove(&mut self, net: u32, core: u32) -> bool {
        let row = self.row[net as usize];
        if row.len == DENSE {
            let count = &mut self.words[row.start + core as usize];
            *count -= 1;
            return *count == 0;
        }
        let list = &mut self.words[row.start..row.start + 2 * row.len as usize];
        let Some(at) = list.chunks_exact(2).position(|pair| pair[0] == core) else { return false };
        list[2 * at + 1] -= 1;
        if list[2 * at + 1] > 0 {
            return false;
        }
        let last = list.len() - 2;
        list.copy_within(last.., 2 * at);
        self.row[net as usize].len -= 1;
        true
    }

    /// Calls `visit` with every core that holds a target, in no particular but a reproducible order.
    pub(super) fn for_each(&self, net: u32, mut visit: impl FnMut(u32)) {
        let row = self.row[net as usize];
        if row.len == DENSE {
            let counts = &self.words[row.start..row.start + self.cores as usize];
            counts.iter().zip(0..).filter(|(count, _)| **count > 0).for_each(|(_, core)| visit(core));
        } else {
            self.words[row.start..row.start + 2 * row.len as usize].chunks_exact(2).for_each(|pair| visit(pair[0]));
        }
    }

    /// Moves a full list to the end with twice the room, or makes it an array where that takes no more.
    fn grow(&mut self, net: u32) {
        let row = self.row[net as usize];
        let room = if row.room == 0 { 4 } else { 2 * row.room };
        let old = row.start..row.start + 2 * row.len as usize;
        let start = self.words.len();
        if 2 * room >= self.cores {
            self.words.resize(start + self.cores as usize, 0);
            for pair in (old.start..old.end).step_by(2) {
                let (core, count) = (self.words[pair], self.words[pair + 1]);
                self.words[start + core as usize] = count;
            }
            self.row[net as usize] = Row { start, len: DENSE, room: 0 };
        } else {
            self.words.resize(start + 2 * room as usize, 0);
            self.words.copy_within(old, start);
            self.row[net as usize] = Row { start, len: row.len, room };
        }
    }
}
