//! A core for each vertex, with everything that follows from it kept up to date: counts, loads, traffic.

use super::rows::Rows;
use super::{Amounts, COMPARTMENTS, EXTERNAL, INPUT_AXONS, OUTPUT_AXONS, Problem, RESOURCES, SYNAPSE_BYTES};

/// What a move looks up about a net, in one place.
#[derive(Debug, Clone, Copy)]
pub(super) struct Net {
    pub(super) rate: f64,
    pub(super) sources: u32,
    pub(super) owner: u32,
}

/// Vertices divided among cores.
#[derive(Debug, Clone)]
pub(crate) struct Assignment<'a> {
    pub(crate) problem: &'a Problem,
    pub(crate) limits: Amounts,
    /// Core of each vertex.
    pub(crate) core_of: Vec<u32>,
    /// What each core holds.
    pub(crate) load: Vec<[i64; RESOURCES]>,
    /// Rate times destination cores other than the own one, summed.
    pub(crate) traffic: f64,
    /// Price of one unit over a limit, in units of traffic.
    pub(crate) price: [f64; RESOURCES],
    /// Whether changes count output axons: while some core is near their limit.
    pub(crate) watches_outputs: bool,
    pub(super) net: Vec<Net>,
    pub(super) rows: Rows,
    /// Cores reached by each net.
    pub(super) reach: Vec<u32>,
    members: Vec<Vec<u32>>,
    /// Place of each vertex among the members of its core.
    place: Vec<u32>,
    pub(super) scratch: super::delta::Scratch,
}

impl<'a> Assignment<'a> {
    /// Counts everything for a given division among `cores` cores.
    pub(crate) fn new(problem: &'a Problem, limits: Amounts, core_of: Vec<u32>, cores: u32) -> Self {
        let mut this = Self {
            problem,
            limits,
            load: vec![[0; RESOURCES]; cores as usize],
            traffic: 0.0,
            price: [0.0; RESOURCES],
            watches_outputs: true,
            net: (0..problem.nets())
                .map(|net| Net { rate: problem.rate[net], sources: problem.sources[net], owner: problem.owner[net] })
                .collect(),
            rows: Rows::new(problem.nets(), cores),
            reach: vec![0; problem.nets()],
            members: vec![Vec::new(); cores as usize],
            place: vec![0; core_of.len()],
            scratch: super::delta::Scratch::new(cores as usize, problem.nets()),
            core_of,
        };
        for vertex in 0..problem.vertices() as u32 {
            let core = this.core_of[vertex as usize];
            let load = &mut this.load[core as usize];
            load[COMPARTMENTS] += i64::from(problem.compartments[vertex as usize]);
            load[SYNAPSE_BYTES] += problem.synapse_bytes[vertex as usize] as i64;
            this.place[vertex as usize] = this.members[core as usize].len() as u32;
            this.members[core as usize].push(vertex);
        }
        for net in 0..problem.nets() as u32 {
            let sources = i64::from(problem.sources[net as usize]);
            for target in problem.targets.of(net) {
                let core = this.core_of[*target as usize];
                if this.rows.add(net, core) {
                    this.reach[net as usize] += 1;
                    this.load[core as usize][INPUT_AXONS] += sources;
                }
            }
            let reach = this.reach[net as usize];
            let mut charged = reach;
            if let Some(core) = this.owner_core(net) {
                this.load[core as usize][OUTPUT_AXONS] += sources * i64::from(reach);
                charged -= u32::from(this.rows.get(net, core) > 0);
            }
            this.traffic += problem.rate[net as usize] * f64::from(charged);
        }
        this
    }

    /// Cores, empty ones included.
    pub(crate) fn cores(&self) -> u32 {
        self.load.len() as u32
    }

    /// The vertices of a core.
    pub(crate) fn members(&self, core: u32) -> &[u32] {
        &self.members[core as usize]
    }

    /// The core of a net's source, if it is on the chip.
    #[inline]
    pub(crate) fn owner_core(&self, net: u32) -> Option<u32> {
        match self.problem.owner[net as usize] {
            EXTERNAL => None,
            owner => Some(self.core_of[owner as usize]),
        }
    }

    /// How much of each resource all cores together hold too much.
    pub(crate) fn overflow(&self) -> Amounts {
        let mut over = [0; RESOURCES];
        for load in &self.load {
            for resource in 0..RESOURCES {
                over[resource] += (load[resource] as u64).saturating_sub(self.limits[resource]);
            }
        }
        over
    }

    /// Decides whether changes need to count output axons: not while every core is a tenth below the limit.
    pub(crate) fn watch_outputs(&mut self) {
        let near = (self.limits[OUTPUT_AXONS] / 10 * 9) as i64;
        self.watches_outputs = self.load.iter().any(|load| load[OUTPUT_AXONS] > near);
    }

    /// Whether every core keeps every limit.
    pub(crate) fn is_feasible(&self) -> bool {
        self.overflow() == [0; RESOURCES]
    }

    /// The fullest resource of a core, as a fraction of its limit.
    pub(crate) fn fill(&self, core: u32) -> f64 {
        let fill = |resource: usize| self.load[core as usize][resource] as f64 / self.limits[resource].max(1) as f64;
        (0..RESOURCES).map(fill).fold(0.0, f64::max)
    }

    /// Moves a vertex to another core.
    pub(crate) fn apply(&mut self, vertex: u32, to: u32) {
        let from = self.core_of[vertex as usize];
        if from == to {
            return;
        }
        let problem = self.problem;
        // Nets of the vertex itself leave with their loads and come back with them.
        for net in problem.outputs.of(vertex) {
            self.charge_owner(*net, from, -1.0);
        }
        for net in problem.inputs.of(vertex) {
            let Net { rate, sources, owner } = self.net[*net as usize];
            let own = owner == vertex;
            let owner_core = if own || owner == EXTERNAL { None } else { Some(self.core_of[owner as usize]) };
            let sources = i64::from(sources);
            let left = self.rows.remove(*net, from);
            let entered = self.rows.add(*net, to);
            if left {
                self.load[from as usize][INPUT_AXONS] -= sources;
                self.reach[*net as usize] -= 1;
            }
            if entered {
                self.load[to as usize][INPUT_AXONS] += sources;
                self.reach[*net as usize] += 1;
            }
            if own {
                continue;
            }
            if left && owner_core != Some(from) {
                self.traffic -= rate;
            }
            if entered && owner_core != Some(to) {
                self.traffic += rate;
            }
            if let Some(owner_core) = owner_core {
                self.load[owner_core as usize][OUTPUT_AXONS] += sources * (i64::from(entered) - i64::from(left));
            }
        }
        for net in problem.outputs.of(vertex) {
            self.charge_owner(*net, to, 1.0);
        }
        for (core, sign) in [(from, -1), (to, 1)] {
            let load = &mut self.load[core as usize];
            load[COMPARTMENTS] += sign * i64::from(problem.compartments[vertex as usize]);
            load[SYNAPSE_BYTES] += sign * problem.synapse_bytes[vertex as usize] as i64;
        }
        self.core_of[vertex as usize] = to;
        let place = self.place[vertex as usize] as usize;
        let members = &mut self.members[from as usize];
        members.swap_remove(place);
        if let Some(moved) = members.get(place) {
            self.place[*moved as usize] = place as u32;
        }
        self.place[vertex as usize] = self.members[to as usize].len() as u32;
        self.members[to as usize].push(vertex);
    }

    /// Adds (or takes away) what a net costs as one owned by `core`: output axons there, and traffic.
    fn charge_owner(&mut self, net: u32, core: u32, sign: f64) {
        let reach = self.reach[net as usize];
        let charged = reach - u32::from(self.rows.get(net, core) > 0);
        self.traffic += sign * self.problem.rate[net as usize] * f64::from(charged);
        self.load[core as usize][OUTPUT_AXONS] +=
            sign as i64 * i64::from(self.problem.sources[net as usize]) * i64::from(reach);
    }

    /// Calls `visit` with every core that the net reaches.
    pub(crate) fn for_each_core(&self, net: u32, visit: impl FnMut(u32)) {
        self.rows.for_each(net, visit);
    }

    /// Whether the net has a target on the core.
    pub(crate) fn reaches(&self, net: u32, core: u32) -> bool {
        self.rows.get(net, core) > 0
    }

    /// Output axons of a vertex as the cores stand.
    pub(crate) fn output_axons(&self, vertex: u32) -> u64 {
        let of = |net: &u32| u64::from(self.reach[*net as usize]) * u64::from(self.problem.sources[*net as usize]);
        self.problem.outputs.of(vertex).iter().map(of).sum()
    }
}
