//! The gain table: for each vertex and core the spikes that they share, so that the best move of a vertex is a look at one row.
//!
//! A net has a *pin* in each of its targets and in its owner, and costs its weight for each core with a pin but one. With
//!
//! ```text
//! total(v)     = weight of the nets with a pin in v
//! shared(v, c) = ... of those with a pin in core c
//! alone(v)     = ... of those whose only pin in the core of v is v
//! ```
//!
//! a move of v to c changes the traffic by `total(v) - shared(v, c) - alone(v)`. A move changes the rows of other vertices only
//! where a net enters a core or leaves it. Weights are rates in whole units, so that nothing drifts.

use super::rows::Pins;
use super::{Assignment, Problem};

/// Units that the rates of all nets together amount to, about.
const UNITS: f64 = (1 << 30) as f64;

/// The table.
#[derive(Debug, Clone)]
pub(crate) struct Gains {
    cores: usize,
    weight: Vec<u32>,
    shared: Vec<u32>,
    alone: Vec<u32>,
    total: Vec<u32>,
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
        let mut reached = Vec::new();
        for net in 0..problem.nets() as u32 {
            reached.clear();
            state.rows.for_each(net, |core, _| reached.push(core));
            let weight = this.weight[net as usize];
            this.each_pin(problem, net, state.extra_pin(net), |this, pin| {
                let row = pin as usize * cores;
                reached.iter().for_each(|core| this.shared[row + *core as usize] += weight);
                this.total[pin as usize] += weight;
                if state.rows.get(net, state.core_of[pin as usize]) == 1 {
                    this.alone[pin as usize] += weight;
                }
            });
        }
        this
    }

    fn each_pin(&mut self, problem: &Problem, net: u32, extra: Option<u32>, mut visit: impl FnMut(&mut Self, u32)) {
        self.visits += problem.targets.of(net).len() as u64;
        problem.targets.of(net).iter().chain(&extra).for_each(|pin| visit(self, *pin));
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
        self.leaving(vertex) - i64::from(self.shared[vertex as usize * self.cores + to as usize])
    }

    /// What a move of the vertex costs, less what it shares with its new core.
    pub(crate) fn leaving(&self, vertex: u32) -> i64 {
        i64::from(self.total[vertex as usize]) - i64::from(self.alone[vertex as usize])
    }

    /// What the vertex shares with each core.
    pub(crate) fn shared(&self, vertex: u32) -> &[u32] {
        &self.shared[vertex as usize * self.cores..][..self.cores]
    }

    /// A vertex is about to move.
    pub(super) fn leave(&mut self, vertex: u32) {
        self.alone[vertex as usize] = 0;
    }

    /// A pin of a net has moved: `left` are the pins left behind, `entered` those that were there before.
    pub(super) fn change(
        &mut self,
        problem: &Problem,
        (net, extra): (u32, Option<u32>),
        vertex: u32,
        (from, left): (u32, Pins),
        (to, entered): (u32, Pins),
    ) {
        let weight = self.weight[net as usize];
        match left.count {
            0 => self.each_pin(problem, net, extra, |this, pin| {
                this.shared[pin as usize * this.cores + from as usize] -= weight;
            }),
            1 => self.alone[left.vertices as usize] += weight,
            _ => {}
        }
        match entered.count {
            0 => {
                self.alone[vertex as usize] += weight;
                self.each_pin(problem, net, extra, |this, pin| {
                    this.shared[pin as usize * this.cores + to as usize] += weight;
                });
            }
            1 => self.alone[entered.vertices as usize] -= weight,
            _ => {}
        }
    }
}
