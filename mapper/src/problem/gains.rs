//! The gain table: for each vertex and core what they share, so that the best move of a vertex is a look at one row.
//!
//! A net has a *pin* in each of its targets and in its owner, and costs its weight for each core with a pin but one. With
//!
//! ```text
//! total(v)     = weight of the nets with a pin in v
//! shared(v, c) = ... of those with a pin in core c
//! alone(v)     = ... of those whose only pin in the core of v is v
//! ```
//!
//! a move of v to c changes the traffic by `total(v) - shared(v, c) - alone(v)`. The same three sums over the sources of nets, and over
//! targets in place of pins, say how many input axons it takes along: `total - shared` enter, `alone` leave. A move changes
//! the rows of other vertices only where a net enters a core or leaves it. Weights are rates in whole units, so that nothing drifts.

use super::rows::Pins;
use super::{Assignment, Problem};

/// Units that the rates of all nets together amount to, about.
const UNITS: f64 = (1 << 30) as f64;
/// A weight stands above the axons of the same nets, in one word.
const WEIGHT: u32 = 32;

/// Weight and axons of some nets.
const fn both(weight: u32, axons: u32) -> u64 {
    (weight as u64) << WEIGHT | axons as u64
}

const fn weight(both: u64) -> i64 {
    (both >> WEIGHT) as i64
}

const fn axons(both: u64) -> i64 {
    (both as u32) as i64
}

/// The table; each entry is a weight and axons.
#[derive(Debug, Clone)]
pub(crate) struct Gains {
    cores: usize,
    weight: Vec<u32>,
    shared: Vec<u64>,
    alone: Vec<u64>,
    total: Vec<u64>,
    units_per_rate: f64,
    /// Rows of other vertices changed so far.
    visits: u64,
}

/// Two tables are equal if they say the same, however they came to it.
impl PartialEq for Gains {
    fn eq(&self, other: &Self) -> bool {
        (&self.weight, &self.shared, &self.alone, &self.total)
            == (&other.weight, &other.shared, &other.alone, &other.total)
    }
}

/// A net of which one pin moves.
#[derive(Debug, Clone, Copy)]
pub(super) struct Moved {
    pub(super) net: u32,
    pub(super) vertex: u32,
    /// The owner, if it holds a pin without being a target.
    pub(super) extra: Option<u32>,
    pub(super) is_target: bool,
}

/// A core that a pin leaves or enters.
#[derive(Debug, Clone, Copy)]
pub(super) struct End {
    pub(super) core: u32,
    /// The other pins in it.
    pub(super) others: Pins,
    /// Those of them that are targets.
    pub(super) targets: Pins,
}

impl Gains {
    /// Counts everything.
    pub(super) fn new(state: &Assignment<'_>) -> Self {
        let problem = state.problem;
        let (cores, vertices) = (state.cores() as usize, problem.vertices());
        let units_per_rate = UNITS / problem.rate.iter().sum::<f64>().max(f64::MIN_POSITIVE);
        let weight: Vec<u32> = problem.rate.iter().map(|rate| (rate * units_per_rate) as u32).collect();
        let mut this = Self {
            cores,
            shared: vec![0; vertices * cores],
            alone: vec![0; vertices],
            total: vec![0; vertices],
            weight,
            units_per_rate,
            visits: 0,
        };
        // Net by net what it is to its pins alone, and the cores it reaches with what a target there shares.
        let mut reached = Vec::new();
        let mut start = vec![0];
        for net in 0..problem.nets() as u32 {
            let (weight, sources) = (this.weight[net as usize], problem.sources[net as usize]);
            let extra = state.extra_pin(net);
            let extra_core = extra.map(|owner| state.core_of[owner as usize]);
            let targets = |core: u32, count: u32| count - u32::from(extra_core == Some(core));
            state.rows.for_each(net, |core, count| {
                reached.push((core, both(weight, if targets(core, count) > 0 { sources } else { 0 })));
            });
            start.push(reached.len());
            for target in problem.targets.of(net) {
                let core = state.core_of[*target as usize];
                let count = state.rows.get(net, core);
                let alone = |count: u32, amount: u32| if count == 1 { amount } else { 0 };
                this.alone[*target as usize] += both(alone(count, weight), alone(targets(core, count), sources));
                this.total[*target as usize] += both(weight, sources);
            }
            if let (Some(owner), Some(core)) = (extra, extra_core) {
                this.total[owner as usize] += both(weight, 0);
                if state.rows.get(net, core) == 1 {
                    this.alone[owner as usize] += both(weight, 0);
                }
            }
        }
        // Row by row what all nets of a vertex share.
        let reached = |net: &u32| &reached[start[*net as usize]..start[*net as usize + 1]];
        for (vertex, row) in (0..).zip(this.shared.chunks_exact_mut(cores.max(1))) {
            for net in problem.inputs.of(vertex) {
                reached(net).iter().for_each(|(core, share)| row[*core as usize] += share);
            }
            for net in problem.outputs.of(vertex).iter().filter(|net| state.extra_pin(**net).is_some()) {
                let weight = both(this.weight[*net as usize], 0);
                reached(net).iter().for_each(|(core, _)| row[*core as usize] += weight);
            }
        }
        this
    }

    /// The table of these cores alone, in this order.
    pub(super) fn of_cores(self, kept: &[u32]) -> Self {
        let rows = self.shared.chunks_exact(self.cores.max(1));
        let shared = rows.flat_map(|row| kept.iter().map(|core| row[*core as usize])).collect();
        Self { cores: kept.len(), shared, ..self }
    }

    /// Calls `visit` with the place of every row that has a pin of the net, and whether it is a target.
    fn each_row(&mut self, problem: &Problem, moved: &Moved, core: u32, visit: impl Fn(&mut u64, bool)) {
        let targets = problem.targets.of(moved.net);
        self.visits += targets.len() as u64;
        for target in targets {
            visit(&mut self.shared[*target as usize * self.cores + core as usize], true);
        }
        if let Some(owner) = moved.extra {
            visit(&mut self.shared[owner as usize * self.cores + core as usize], false);
        }
    }

    /// Rows of other vertices that moves have changed so far.
    pub(crate) fn visits(&self) -> u64 {
        self.visits
    }

    /// A traffic in units of the table.
    pub(crate) fn units(&self, traffic: f64) -> i64 {
        (traffic * self.units_per_rate) as i64
    }

    /// Units of the table as a traffic.
    pub(crate) fn traffic(&self, units: i64) -> f64 {
        units as f64 / self.units_per_rate
    }

    /// By how many units a move changes the traffic.
    pub(crate) fn move_delta(&self, vertex: u32, to: u32) -> i64 {
        self.leaving(vertex) - weight(self.shared[vertex as usize * self.cores + to as usize])
    }

    /// What a move of the vertex costs, less what it shares with its new core.
    fn leaving(&self, vertex: u32) -> i64 {
        weight(self.total[vertex as usize]) - weight(self.alone[vertex as usize])
    }

    /// Input axons that the vertex alone needs in its core, and those it would bring to another.
    pub(crate) fn input_axons(&self, vertex: u32, to: u32) -> [i64; 2] {
        let shared = axons(self.shared[vertex as usize * self.cores + to as usize]);
        [axons(self.alone[vertex as usize]), axons(self.total[vertex as usize]) - shared]
    }

    /// Sources that no other target in the core of the vertex hears.
    pub(crate) fn alone_axons(&self, vertex: u32) -> i64 {
        axons(self.alone[vertex as usize])
    }

    /// A core other than its own to which the vertex may move if traffic may grow by so much: number `pick(n)` of n such cores.
    pub(crate) fn acceptable(
        &self,
        vertex: u32,
        from: u32,
        growth: f64,
        pick: impl FnOnce(usize) -> usize,
    ) -> Option<u32> {
        let least = (self.leaving(vertex) - self.units(growth)).max(0);
        let least = both(u32::try_from(least).unwrap_or(u32::MAX), 0);
        let row = &self.shared[vertex as usize * self.cores..][..self.cores];
        let own = usize::from(row[from as usize] >= least);
        let count = row.iter().map(|shared| usize::from(*shared >= least)).sum::<usize>() - own;
        let nth = if count == 0 { return None } else { pick(count) };
        let mut acceptable = row.iter().zip(0..).filter(|(shared, core)| **shared >= least && *core != from);
        acceptable.nth(nth).map(|(_, core)| core)
    }

    /// A vertex is about to move.
    pub(super) fn leave(&mut self, vertex: u32) {
        self.alone[vertex as usize] = 0;
    }

    /// A pin of a net has moved.
    pub(super) fn change(&mut self, problem: &Problem, moved: &Moved, from: End, to: End) {
        let (own, sources) = (self.weight[moved.net as usize], problem.sources[moved.net as usize]);
        // What a row gains or loses with its core: a target both, another pin no axons.
        let share = |end: &End| {
            let weight = if end.others.count == 0 { own } else { 0 };
            both(weight, if moved.is_target && end.targets.count == 0 { sources } else { 0 })
        };
        let left = share(&from);
        if left != 0 {
            self.each_row(problem, moved, from.core, |row, is_target| {
                *row -= if is_target { left } else { left >> WEIGHT << WEIGHT };
            });
        }
        let entered = share(&to);
        if entered != 0 {
            self.alone[moved.vertex as usize] += entered;
            self.each_row(problem, moved, to.core, |row, is_target| {
                *row += if is_target { entered } else { entered >> WEIGHT << WEIGHT };
            });
        }
        if from.others.count == 1 {
            self.alone[from.others.vertices as usize] += both(own, 0);
        }
        if to.others.count == 1 {
            self.alone[to.others.vertices as usize] -= both(own, 0);
        }
        if moved.is_target && from.targets.count == 1 {
            self.alone[from.targets.vertices as usize] += both(0, sources);
        }
        if moved.is_target && to.targets.count == 1 {
            self.alone[to.targets.vertices as usize] -= both(0, sources);
        }
    }
}
