//! Pins per (net, core): a short list of cores for a net that reaches few, a plain array for one that reaches many.
//!
//! Beside the number of pins stands the exclusive or of their vertices: where one pin is left, that is the pin.

/// The count table.
#[derive(Debug, Clone)]
pub(super) struct Rows {
    cores: u32,
    row: Vec<Row>,
    /// Of a list: (core, count, vertices) for each core. Of an array: the counts of all cores, then the vertices of all cores.
    words: Vec<u32>,
}

/// Pins of a net in a core.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Pins {
    pub(super) count: u32,
    /// Exclusive or of the vertices.
    pub(super) vertices: u32,
}

impl Pins {
    /// These but one.
    pub(super) const fn without(self, vertex: u32) -> Self {
        Self { count: self.count - 1, vertices: self.vertices ^ vertex }
    }
}

#[derive(Debug, Clone, Copy, Default)]
struct Row {
    start: usize,
    /// Cores in the list, or [`DENSE`].
    len: u32,
    room: u32,
}

/// The length of a row that is an array.
const DENSE: u32 = u32::MAX;
/// Cores up to which every row is an array.
const SMALL: u32 = 64;
/// Cores beyond which a list takes longer to search than an array to load.
const LONG: u32 = 32;
/// Words of a list per core.
const WORDS: usize = 3;

impl Rows {
    pub(super) fn new(nets: usize, cores: u32) -> Self {
        Self { cores, row: vec![Row::default(); nets], words: Vec::new() }
    }

    /// Number of pins of the net in two cores.
    #[inline(always)]
    pub(super) fn pair(&self, net: u32, a: u32, b: u32) -> (u32, u32) {
        let row = self.row[net as usize];
        if row.len == DENSE {
            return (self.words[row.start + a as usize], self.words[row.start + b as usize]);
        }
        let (mut in_a, mut in_b) = (0, 0);
        let (cores, _) = self.words[row.start..row.start + WORDS * row.len as usize].as_chunks::<WORDS>();
        for [core, count, _] in cores {
            in_a |= if *core == a { *count } else { 0 };
            in_b |= if *core == b { *count } else { 0 };
        }
        (in_a, in_b)
    }

    /// Number of pins of the net in a core.
    #[inline]
    pub(super) fn get(&self, net: u32, core: u32) -> u32 {
        self.pair(net, core, core).0
    }

    /// Adds a pin; returns what was there before.
    pub(super) fn add(&mut self, net: u32, core: u32, vertex: u32) -> Pins {
        let row = self.row[net as usize];
        if row.len == DENSE {
            return self.change_array(row, core, vertex, 1);
        }
        let end = row.start + WORDS * row.len as usize;
        for entry in self.words[row.start..end].as_chunks_mut::<WORDS>().0 {
            if entry[0] == core {
                let before = Pins { count: entry[1], vertices: entry[2] };
                entry[1] += 1;
                entry[2] ^= vertex;
                return before;
            }
        }
        if row.len == row.room {
            self.grow(net);
            return self.add(net, core, vertex);
        }
        self.words[end..end + WORDS].copy_from_slice(&[core, 1, vertex]);
        self.row[net as usize].len += 1;
        Pins { count: 0, vertices: 0 }
    }

    /// Takes a pin away that is there; returns what is left.
    pub(super) fn remove(&mut self, net: u32, core: u32, vertex: u32) -> Pins {
        let row = self.row[net as usize];
        if row.len == DENSE {
            let before = self.change_array(row, core, vertex, u32::MAX);
            return Pins { count: before.count.wrapping_sub(1), vertices: before.vertices ^ vertex };
        }
        let list = &mut self.words[row.start..row.start + WORDS * row.len as usize];
        let (entries, _) = list.as_chunks_mut::<WORDS>();
        let Some(at) = entries.iter().position(|entry| entry[0] == core) else { return Pins { count: 0, vertices: 0 } };
        entries[at][1] -= 1;
        entries[at][2] ^= vertex;
        let left = Pins { count: entries[at][1], vertices: entries[at][2] };
        if left.count == 0 {
            entries.swap(at, row.len as usize - 1);
            self.row[net as usize].len -= 1;
        }
        left
    }

    /// Calls `visit` with every core that holds a pin and their number, in no particular but a reproducible order.
    pub(super) fn for_each(&self, net: u32, mut visit: impl FnMut(u32, u32)) {
        let row = self.row[net as usize];
        if row.len == DENSE {
            let counts = &self.words[row.start..row.start + self.cores as usize];
            counts.iter().zip(0..).filter(|(count, _)| **count > 0).for_each(|(count, core)| visit(core, *count));
        } else {
            let (entries, _) = self.words[row.start..row.start + WORDS * row.len as usize].as_chunks::<WORDS>();
            entries.iter().for_each(|entry| visit(entry[0], entry[1]));
        }
    }

    fn change_array(&mut self, row: Row, core: u32, vertex: u32, by: u32) -> Pins {
        let count = row.start + core as usize;
        let vertices = count + self.cores as usize;
        let before = Pins { count: self.words[count], vertices: self.words[vertices] };
        self.words[count] = before.count.wrapping_add(by);
        self.words[vertices] ^= vertex;
        before
    }

    /// Moves a full list to the end with twice the room, or makes it an array where that takes no more.
    fn grow(&mut self, net: u32) {
        let row = self.row[net as usize];
        let room = if row.room == 0 { 4 } else { 2 * row.room };
        let old = row.start..row.start + WORDS * row.len as usize;
        let start = self.words.len();
        if self.cores <= SMALL || room > LONG {
            self.words.resize(start + 2 * self.cores as usize, 0);
            for at in old.step_by(WORDS) {
                let [core, count, vertices] = [self.words[at], self.words[at + 1], self.words[at + 2]];
                self.words[start + core as usize] = count;
                self.words[start + (self.cores + core) as usize] = vertices;
            }
            self.row[net as usize] = Row { start, len: DENSE, room: 0 };
        } else {
            self.words.resize(start + WORDS * room as usize, 0);
            self.words.copy_within(old, start);
            self.row[net as usize] = Row { start, len: row.len, room };
        }
    }
}
