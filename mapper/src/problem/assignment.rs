//! A core for each vertex, with everything that follows from it kept up to date: counts, loads, traffic.

use super::gains::{End, Gains, Moved};
use super::rows::{Pins, Rows};
use super::{Amounts, COMPARTMENTS, EXTERNAL, INPUT_AXONS, OUTPUT_AXONS, Problem, RESOURCES, SYNAPSE_BYTES};

/// What a move looks up about a net, in one place.
#[derive(Debug, Clone, Copy)]
pub(super) struct Net {
    pub(super) rate: f64,
    pub(super) sources: u32,
    pub(super) owner: u32,
    /// Whether the owner holds a pin for its spikes alone, without being a target.
    pub(super) owner_is_extra: bool,
}

impl Net {
    fn of(problem: &Problem, net: u32) -> Self {
        let owner = problem.owner[net as usize];
        let owner_is_extra = owner != EXTERNAL && problem.targets.of(net).binary_search(&owner).is_err();
        Self { rate: problem.rate[net as usize], sources: problem.sources[net as usize], owner, owner_is_extra }
    }
}

/// Entries of a gain table that are filled in the time of a visit.
const FILLED: u64 = 32;

/// Where fewer than one in so many vertices has moved, changing a gain table takes less than filling one.
const FEW_MOVED: usize = 4;

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
    /// Whether some core has too many of them, so that a change may be worth making for their sake.
    pub(crate) seeks_outputs: bool,
    pub(super) net: Vec<Net>,
    /// Pins of each net in each core: its targets and its owner.
    pub(super) rows: Rows,
    /// Cores in which each net has a target.
    pub(super) reach: Vec<u32>,
    /// What each vertex shares with each core, if that is kept.
    pub(super) gains: Option<Gains>,
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
            seeks_outputs: true,
            net: (0..problem.nets() as u32).map(|net| Net::of(problem, net)).collect(),
            rows: Rows::new(problem.nets(), cores),
            reach: vec![0; problem.nets()],
            gains: None,
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
            load[OUTPUT_AXONS] += problem.outputs_elsewhere(vertex) as i64;
            this.place[vertex as usize] = this.members[core as usize].len() as u32;
            this.members[core as usize].push(vertex);
        }
        for net in 0..problem.nets() as u32 {
            let Net { rate, sources, owner, owner_is_extra } = this.net[net as usize];
            let sources = i64::from(sources);
            for target in problem.targets.of(net) {
                let core = this.core_of[*target as usize];
                if this.rows.add(net, core, *target).count == 0 {
                    this.reach[net as usize] += 1;
                    this.load[core as usize][INPUT_AXONS] += sources;
                }
            }
            let reach = this.reach[net as usize];
            let mut charged = reach;
            if owner != EXTERNAL {
                let core = this.core_of[owner as usize];
                this.load[core as usize][OUTPUT_AXONS] += sources * i64::from(reach);
                charged -= u32::from(this.rows.get(net, core) > 0);
                if owner_is_extra {
                    this.rows.add(net, core, owner);
                }
            }
            this.traffic += rate * f64::from(charged);
        }
        this
    }

    /// Keeps, from now on, what each vertex shares with each core.
    pub(crate) fn keep_gains(&mut self) {
        self.gains = Some(Gains::new(self));
    }

    /// Keeps no longer what each vertex shares with each core.
    pub(crate) fn drop_gains(&mut self) {
        self.gains = None;
    }

    /// The same division with its cores numbered without gaps.
    pub(crate) fn without_empty_cores(self) -> Self {
        if self.members.iter().all(|members| !members.is_empty()) {
            return self;
        }
        let mut next = 0;
        let number: Vec<u32> = self
            .members
            .iter()
            .map(|members| {
                let own = next;
                next += u32::from(!members.is_empty());
                own
            })
            .collect();
        let core_of = self.core_of.iter().map(|core| number[*core as usize]).collect();
        Self::new(self.problem, self.limits, core_of, next)
    }

    /// Takes over what another division keeps that differs in few vertices, and whose cores `kept` are the cores of this one.
    pub(crate) fn inherit_gains(&mut self, other: &Self, kept: &[u32]) {
        let core_before = |vertex: u32| kept[self.core_of[vertex as usize] as usize];
        let vertices = 0..self.problem.vertices() as u32;
        let moved: Vec<u32> =
            vertices.filter(|vertex| core_before(*vertex) != other.core_of[*vertex as usize]).collect();
        if other.gains.is_some() && moved.len() * FEW_MOVED < self.problem.vertices() {
            let mut other = other.clone();
            moved.iter().for_each(|vertex| other.apply(*vertex, core_before(*vertex)));
            self.gains = other.gains.map(|gains| gains.of_cores(kept));
        }
    }

    /// Visits of a table of gains: to build it, and on average of rows per net of a vertex that moves.
    pub(crate) fn gains_cost(&self) -> (u64, f64) {
        let (mut build, mut visits, mut pins) = (0, 0.0, 0.0);
        for net in 0..self.problem.nets() as u32 {
            let size = self.problem.targets.of(net).len() as u64 + 1;
            let (mut reached, mut alone) = (0, 0.0);
            self.rows.for_each(net, |_, count| {
                reached += 1;
                alone += f64::from(u8::from(count == 1));
            });
            build += size * reached;
            visits += 2.0 * alone * size as f64;
            pins += size as f64;
        }
        (build / FILLED, visits / pins)
    }

    /// What each vertex shares with each core, if that is kept.
    pub(crate) fn gains(&self) -> Option<&Gains> {
        self.gains.as_ref()
    }

    /// Cores, empty ones included.
    pub(crate) fn cores(&self) -> u32 {
        self.load.len() as u32
    }

    /// The vertices of a core.
    pub(crate) fn members(&self, core: u32) -> &[u32] {
        &self.members[core as usize]
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
        let most = self.load.iter().map(|load| load[OUTPUT_AXONS]).max().unwrap_or(0);
        self.watches_outputs = most > near;
        self.seeks_outputs = most as u64 > self.limits[OUTPUT_AXONS];
    }

    /// Whether a core is over a limit.
    pub(crate) fn is_over(&self, core: u32) -> bool {
        let load = &self.load[core as usize];
        (0..RESOURCES).any(|resource| load[resource] as u64 > self.limits[resource])
    }

    /// Whether every core keeps every limit.
    pub(crate) fn is_feasible(&self) -> bool {
        self.overflow() == [0; RESOURCES]
    }

    /// What a core holds of compartments or memory, whichever is more, as a fraction of the limit.
    pub(crate) fn size(&self, core: u32) -> f64 {
        let fill = |resource: usize| self.load[core as usize][resource] as f64 / self.limits[resource].max(1) as f64;
        fill(COMPARTMENTS).max(fill(SYNAPSE_BYTES))
    }

    /// The fullest resource of a core, as a fraction of its limit.
    pub(crate) fn fill(&self, core: u32) -> f64 {
        let fill = |resource: usize| self.load[core as usize][resource] as f64 / self.limits[resource].max(1) as f64;
        (0..RESOURCES).map(fill).fold(0.0, f64::max)
    }

    /// The owner of a net, if it holds a pin without being a target.
    pub(super) fn extra_pin(&self, net: u32) -> Option<u32> {
        let Net { owner, owner_is_extra, .. } = self.net[net as usize];
        owner_is_extra.then_some(owner)
    }

    /// Moves a vertex to another core.
    pub(crate) fn apply(&mut self, vertex: u32, to: u32) {
        let from = self.core_of[vertex as usize];
        if from == to {
            return;
        }
        let problem = self.problem;
        self.load[from as usize][OUTPUT_AXONS] -= self.output_axons(vertex) as i64;
        let mut gains = self.gains.take();
        if let Some(gains) = &mut gains {
            gains.leave(vertex);
        }
        for (is_target, nets) in [(true, problem.inputs.of(vertex)), (false, problem.outputs.of(vertex))] {
            for net in nets {
                let Net { rate, sources, owner, owner_is_extra } = self.net[*net as usize];
                if !is_target && !owner_is_extra {
                    continue;
                }
                let left = self.rows.remove(*net, from, vertex);
                let entered = self.rows.add(*net, to, vertex);
                self.traffic += rate * (f64::from(u8::from(entered.count == 0)) - f64::from(u8::from(left.count == 0)));
                let extra = owner_is_extra.then_some(owner);
                let targets = |core: u32, pins: Pins| match extra {
                    Some(owner) if is_target && self.core_of[owner as usize] == core => pins.without(owner),
                    _ => pins,
                };
                let from = End { core: from, others: left, targets: targets(from, left) };
                let to = End { core: to, others: entered, targets: targets(to, entered) };
                if let Some(gains) = &mut gains {
                    gains.change(problem, &Moved { net: *net, vertex, extra, is_target }, from, to);
                }
                if !is_target {
                    continue;
                }
                let (is_last, is_first) = (from.targets.count == 0, to.targets.count == 0);
                let sources = i64::from(sources);
                self.load[from.core as usize][INPUT_AXONS] -= sources * i64::from(is_last);
                self.load[to.core as usize][INPUT_AXONS] += sources * i64::from(is_first);
                let change = i64::from(is_first) - i64::from(is_last);
                self.reach[*net as usize] = (i64::from(self.reach[*net as usize]) + change) as u32;
                if owner != EXTERNAL && owner != vertex {
                    let owner_core = self.core_of[owner as usize];
                    self.load[owner_core as usize][OUTPUT_AXONS] += sources * change;
                }
            }
        }
        self.gains = gains;
        self.load[to as usize][OUTPUT_AXONS] += self.output_axons(vertex) as i64;
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

    /// Calls `visit` with every core that holds a target or the owner of the net.
    pub(crate) fn for_each_core(&self, net: u32, mut visit: impl FnMut(u32)) {
        self.rows.for_each(net, |core, _| visit(core));
    }

    /// Whether the core holds a target or the owner of the net.
    pub(crate) fn reaches(&self, net: u32, core: u32) -> bool {
        self.rows.get(net, core) > 0
    }

    /// Output axons of a vertex as the cores stand.
    pub(crate) fn output_axons(&self, vertex: u32) -> u64 {
        let of = |net: &u32| u64::from(self.reach[*net as usize]) * u64::from(self.problem.sources[*net as usize]);
        self.problem.outputs.of(vertex).iter().map(of).sum::<u64>() + self.problem.outputs_elsewhere(vertex)
    }
}
