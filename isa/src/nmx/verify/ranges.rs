//! Which values every instruction can produce.
//!
//! Knowledge is kept apart for each of the eight valuations of (p1, p2, p3) that can occur, so a predicate carries what the
//! comparison that set it has shown: behind `cmp.gt p1, v, vth`, an instruction under `@p1` knows that v > vth, and one under
//! `@!p1` that it is not. Parameters are concrete. Each world maps all 64 sources to their [`Interval`].

use super::definedness::{Valuations, after_comparison, valuations};
use super::interval::Interval;
use super::refine::{holds_of_equals, opposite, where_holds};
use super::transfer::{Operands, Outcome, outcome, passed_on};
use crate::nmx::encode::Instruction;
use crate::nmx::operand::{Code, Condition, Rounding, Source, Target};
use crate::nmx::program::{Program, Requirement, Term};
use crate::nmx::state_type::StateType;
use crate::nmx::table::Operation;

/// What one instruction can produce.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Produced {
    /// Whether it runs in any world.
    pub(super) runs: bool,
    /// Whether its predicate keeps it from running in any world.
    pub(super) skipped: bool,
    /// What it writes before saturation.
    pub(super) exact: Option<Interval>,
    /// The rounding that discards bits, if any are.
    pub(super) rounding: Option<Rounding>,
    /// Values of its sources, in the order of [`Instruction::reads`].
    pub(super) sources: Vec<Interval>,
}

/// What one state word can hold when the program stops.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Left {
    /// Before the store clamps.
    pub(super) exact: Interval,
    /// The last instruction that wrote a value exceeding the declared width.
    pub(super) exceeding_writer: Option<usize>,
    /// The last instruction that wrote a value outside the claimed range.
    pub(super) straying_writer: Option<usize>,
    /// Whether it holds what it held at entry.
    pub(super) is_unchanged: bool,
}

/// Whether a requirement holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// Wherever the program stops.
    Holds,
    /// The ranges of its sides overlap, so this analysis cannot tell.
    Open,
    /// Nowhere that the program stops.
    Fails,
}

/// Everything the analysis finds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Ranges {
    /// Per instruction.
    pub(super) produced: Vec<Produced>,
    /// Per state word; `None` if no end of the program can be reached.
    pub(super) left: Vec<Option<Left>>,
    /// Per requirement.
    pub(super) standings: Vec<Standing>,
    /// Per parameter: its values, which no run changes.
    pub(super) parameters: Vec<Interval>,
}

/// What is known under one valuation of the predicates.
#[derive(Debug, Clone)]
struct World {
    sources: [Interval; 64],
    /// The last instruction that wrote each state word.
    writers: [Option<usize>; 16],
    /// The state word whose value at entry each source holds.
    origins: [Option<u8>; 64],
}

struct Choice<'a> {
    world: &'a World,
    first: bool,
}

impl Operands for Choice<'_> {
    fn of(&self, source: Source) -> Interval {
        self.world.sources[source.index()]
    }
    fn chooses_first(&self) -> bool {
        self.first
    }
}

/// Runs `instructions`, those of `program`, on sets of values; on those that are `given` for some sources at entry.
pub(super) fn ranges(program: &Program, instructions: &[Instruction], given: &[(Source, Interval)]) -> Ranges {
    let mut analysis = Analysis {
        program,
        found: Ranges {
            produced: vec![Produced::default(); instructions.len()],
            left: vec![None; program.states.len()],
            standings: Vec::new(),
            parameters: Vec::new(),
        },
        outcomes: vec![Vec::new(); program.requirements.len()],
        entry: entry(program),
    };
    for (source, value) in given {
        analysis.entry.sources[source.index()] = *value;
    }
    analysis.found.parameters = analysis.entry.sources[32..48].to_vec();
    let mut worlds: [Option<Box<World>>; 8] = Default::default();
    worlds[0] = Some(Box::new(analysis.entry.clone()));
    for (at, instruction) in instructions.iter().enumerate() {
        analysis.step(at, instruction, &mut worlds);
    }
    for world in worlds.iter().flatten() {
        analysis.leave(world);
    }
    analysis.found.standings = analysis.outcomes.iter().map(|outcomes| standing(outcomes)).collect();
    analysis.found
}

fn entry(program: &Program) -> World {
    // Executors start registers as 0. A program that relies on it is refused elsewhere; here it must not cascade.
    let mut sources = [Interval::constant(0); 64];
    for (index, state) in program.states.iter().enumerate().take(16) {
        sources[16 + index] =
            state.range.map_or(Interval::of(state.of.range()), |(low, high)| Interval::of(low..=high));
    }
    for (index, parameter) in program.parameters.iter().enumerate().take(16) {
        sources[32 + index] = Interval::constant(parameter.value);
    }
    for (code, source) in (0..).zip(&mut sources) {
        if let Some(Source::Special(special)) = Source::from_code(code)
            && let Some(values) = special.values(program.kind)
        {
            *source = Interval::of(values);
        }
    }
    let origins = std::array::from_fn(|index| (16..32).contains(&index).then(|| index as u8 - 16));
    World { sources, writers: [None; 16], origins }
}

impl World {
    fn join(&mut self, other: &Self) {
        for (known, new) in self.sources.iter_mut().zip(&other.sources) {
            *known = known.join(*new);
        }
        for (known, new) in self.writers.iter_mut().zip(other.writers) {
            *known = (*known).max(new);
        }
        for (known, new) in self.origins.iter_mut().zip(other.origins) {
            *known = known.filter(|_| *known == new);
        }
    }

    fn value(&self, term: Term) -> Interval {
        match term {
            Term::State(index) => self.sources.get(16 + usize::from(index)).copied().unwrap_or(Interval::FULL),
            Term::Parameter(index) => self.sources.get(32 + usize::from(index)).copied().unwrap_or(Interval::FULL),
            Term::Constant(value) => Interval::constant(value),
        }
    }

    /// This world where `a condition b` holds, if it can.
    fn given(&self, condition: Condition, a: Source, b: Source) -> Option<Self> {
        if a == b {
            return holds_of_equals(condition).then(|| self.clone());
        }
        let (x, y) = where_holds(condition, self.sources[a.index()], self.sources[b.index()])?;
        let mut world = self.clone();
        world.sources[a.index()] = x;
        world.sources[b.index()] = y;
        Some(world)
    }
}

struct Analysis<'a> {
    program: &'a Program,
    found: Ranges,
    /// Per requirement, its standing in each world that stops.
    outcomes: Vec<Vec<Standing>>,
    entry: World,
}

impl Analysis<'_> {
    fn step(&mut self, at: usize, instruction: &Instruction, worlds: &mut [Option<Box<World>>; 8]) {
        let holds: Valuations = valuations(instruction.predicate);
        let runs_under: Valuations = if instruction.is_conditional() { holds } else { 0xff };
        let mut next: [Option<Box<World>>; 8] = Default::default();
        for v in 0..8 {
            let Some(mut world) = worlds[v].take() else { continue };
            if runs_under >> v & 1 == 0 {
                self.found.produced[at].skipped = true;
                enter(&mut next[v], world);
                continue;
            }
            self.found.produced[at].note_run(instruction, &world);
            match instruction.operation {
                Operation::Xit {} => self.leave(&world),
                Operation::Cmp { condition, combine, p, a, b } => {
                    let [if_false, if_true] = after_comparison(v, p, combine);
                    for (to, condition) in [(if_false, opposite(condition)), (if_true, condition)] {
                        if let Some(world) = world.given(condition, a, b) {
                            enter(&mut next[to], Box::new(world));
                        }
                    }
                }
                _ => {
                    let choice = Choice { world: &world, first: holds >> v & 1 == 1 };
                    if let Some(outcome) = outcome(&instruction.operation, &choice, &self.program.tables) {
                        self.found.produced[at].note_outcome(&outcome);
                        world.origins[outcome.target.index()] =
                            passed_on(&instruction.operation, &choice).and_then(|source| world.origins[source.index()]);
                        world.sources[outcome.target.index()] = outcome.exact.clamped(StateType::I32);
                        if let Target::State(state) = outcome.target {
                            world.writers[usize::from(state.get())] = Some(at);
                        }
                    }
                    enter(&mut next[v], world);
                }
            }
        }
        *worlds = next;
    }

    /// The program stops in `world`: written states are stored.
    fn leave(&mut self, world: &World) {
        let mut stored = world.clone();
        for (index, state) in self.program.states.iter().enumerate().take(16) {
            let exact = world.sources[16 + index];
            stored.sources[16 + index] = exact.clamped(state.of);
            let writer = world.writers[index];
            let exceeding = writer.filter(|_| !exact.is_within(&state.of.range()));
            let claimed = state.range.map_or(state.of.range(), |(low, high)| low..=high);
            let straying = writer.filter(|_| !exact.clamped(state.of).is_within(&claimed));
            let entered = self.entry.sources[16 + index];
            let is_unchanged =
                world.origins[16 + index] == Some(index as u8) || (exact == entered && exact.low() == exact.high());
            let left = &mut self.found.left[index];
            *left = Some(match *left {
                None => Left { exact, exceeding_writer: exceeding, straying_writer: straying, is_unchanged },
                Some(known) => Left {
                    exact: known.exact.join(exact),
                    exceeding_writer: known.exceeding_writer.max(exceeding),
                    straying_writer: known.straying_writer.max(straying),
                    is_unchanged: known.is_unchanged && is_unchanged,
                },
            });
        }
        for (requirement, outcomes) in self.program.requirements.iter().zip(&mut self.outcomes) {
            outcomes.push(standing_in(requirement, &stored));
        }
    }
}

impl Produced {
    fn note_run(&mut self, instruction: &Instruction, world: &World) {
        self.runs = true;
        let values: Vec<Interval> = instruction.reads().map(|source| world.sources[source.index()]).collect();
        self.sources = match self.sources.as_slice() {
            [] => values,
            known => known.iter().zip(values).map(|(known, new)| known.join(new)).collect(),
        };
    }

    fn note_outcome(&mut self, outcome: &Outcome) {
        self.exact = Some(self.exact.map_or(outcome.exact, |known| known.join(outcome.exact)));
        self.rounding = self.rounding.or(outcome.rounding);
    }
}

fn enter(place: &mut Option<Box<World>>, world: Box<World>) {
    match place {
        Some(known) => known.join(&world),
        None => *place = Some(world),
    }
}

fn standing_in(requirement: &Requirement, world: &World) -> Standing {
    if requirement.left == requirement.right {
        return if holds_of_equals(requirement.condition()) { Standing::Holds } else { Standing::Fails };
    }
    let (left, right) = (world.value(requirement.left), world.value(requirement.right));
    let condition = requirement.condition();
    match (where_holds(condition, left, right), where_holds(opposite(condition), left, right)) {
        (None, _) => Standing::Fails,
        (_, None) => Standing::Holds,
        _ => Standing::Open,
    }
}

fn standing(outcomes: &[Standing]) -> Standing {
    let is_all = |standing| outcomes.iter().all(|&outcome| outcome == standing);
    // A program that never stops keeps every promise, but none does.
    if is_all(Standing::Holds) {
        Standing::Holds
    } else if is_all(Standing::Fails) {
        Standing::Fails
    } else {
        Standing::Open
    }
}
