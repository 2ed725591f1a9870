//! What is verified: the program that will run, and the rule that says what it should do.

use super::mentions::Mentions;
use super::property::Property;
use caudate_core::microcode::Executable;
use caudate_core::modulator::SLOTS;
use caudate_core::trace::{TraceConfig, TraceDecay};
use caudate_isa::diagnostic::{Diagnostic, Place};
use caudate_isa::nmx::operand::{Rounding, Source, Special};
use caudate_isa::nmx::{Instruction, Kind, Operation, Program, StateType};
use caudate_isa::rule::extended::ast::{ExpectationKind, Parameter, Rule, Statement, Trace};
use fixed::types::U8F8;

/// Traces that a learning program can read.
pub(super) const TRACES: [&str; 5] = ["x1", "x2", "y1", "y2", "y3"];
/// Time constant and impulse of a trace that the rule says nothing about.
pub(super) const DEFAULT_TRACE: (f64, f64) = (20.0, 16.0);
/// The state word that may start anywhere: the weight.
const WEIGHT: &str = "w";
/// What a state word without a name is called, before its number.
const UNNAMED: &str = "s";

/// A learning program and what is expected of it.
#[derive(Debug, Clone)]
pub struct Subject {
    /// Name of the rule, or of the file.
    pub name: String,
    /// The program.
    pub program: Program,
    /// The program in the form that runs.
    pub executable: Executable,
    /// Its state words.
    pub states: Vec<StateWord>,
    /// The rule that it implements, which gives the real-valued form; `None` for a program on its own.
    pub rule: Option<Rule>,
    /// Traces by the order of [`TRACES`].
    pub(super) traces: [TraceConfig; 5],
    /// Steps of an epoch.
    pub epoch_steps: usize,
    /// Relative error that quantised constants may bring into a change.
    pub constant_error: f64,
    /// What is expected.
    pub properties: Vec<Property>,
    /// Specials that the program reads, a bit per index.
    pub(super) reads: u16,
    /// Values of modulators around which something may change, in the order of simplicity.
    pub(super) levels: Vec<i8>,
    /// What the rule mentions.
    pub(super) mentions: Mentions,
}

/// A state word of the program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StateWord {
    /// Its name.
    pub name: String,
    /// Storage width.
    pub of: StateType,
    /// Where it starts unless a scenario says otherwise.
    pub start: i32,
    /// The smallest and the largest value that it is declared to take.
    pub range: (i32, i32),
    /// The smallest and the largest value with which a scenario may start it.
    pub starts: (i32, i32),
}

fn clips(statements: &[Statement], state: &str, ends: &mut Vec<i32>) {
    for statement in statements {
        match statement {
            Statement::Update(update) if update.state == state => {
                ends.extend(update.clip.into_iter().flat_map(|(low, high)| [low, high]));
            }
            Statement::Update(_) => {}
            Statement::Choice(choice) => {
                clips(&choice.then, state, ends);
                clips(&choice.otherwise, state, ends);
            }
        }
    }
}

impl Subject {
    /// `program`, expected to do what `rule` says, learning every `epoch_steps` steps. `constant_error` is the relative error
    /// that the program's constants may bring into a change.
    ///
    /// # Errors
    /// If `program` does not learn, or lacks a state word of the rule (`E-VERIFY-PROGRAM`).
    pub fn of_rule(
        rule: Rule,
        program: &Program,
        epoch_steps: usize,
        constant_error: f64,
    ) -> Result<Self, Vec<Diagnostic>> {
        let mut subject = Self::of_program(&rule.name, program, epoch_steps)?;
        let place = || Place::named(format!("rule '{}'", rule.name));
        for state in &rule.states {
            let Some(word) = subject.states.iter_mut().find(|word| word.name == state.name) else {
                let message = format!("the program has no state word '{}'", state.name);
                let help = "give the states of the program the names that they have in the rule";
                return Err(vec![Diagnostic::new("E-VERIFY-PROGRAM", message).at(place()).help(help)]);
            };
            word.start = word.of.clamp(state.initial);
            word.starts = (word.start, word.start);
        }
        // A rule that expects nothing is held to its declarations.
        if !rule.expectations.is_empty() {
            subject.properties = rule.expectations.iter().map(|one| Property::of(one, &rule)).collect();
        }
        for (trace, config) in TRACES.iter().zip(&mut subject.traces) {
            *config = config_of(rule.traces.iter().find(|line| line.name == *trace));
        }
        subject.free_weight();
        subject.constant_error = constant_error;
        subject.mentions = Mentions::of(&rule);
        subject.levels = subject.mentions.levels(program);
        subject.rule = Some(rule);
        Ok(subject)
    }

    /// A program on its own: states within their claimed ranges, nothing saturated unless declared.
    ///
    /// # Errors
    /// If `program` is not legal or does not learn (`E-VERIFY-PROGRAM`).
    pub fn of_program(name: &str, program: &Program, epoch_steps: usize) -> Result<Self, Vec<Diagnostic>> {
        let refuse = |message: String, help: &str| {
            vec![Diagnostic::new("E-VERIFY-PROGRAM", message).at(Place::named(name)).help(help)]
        };
        if program.kind != Kind::Learn {
            return Err(refuse("the program is of a neuron".to_owned(), "a rule is a program of `.kind learn`"));
        }
        let executable = Executable::new(program).map_err(|errors| {
            let all: Vec<String> = errors.iter().map(ToString::to_string).collect();
            refuse(all.join("; "), "see `caudate explain`")
        })?;
        let states = program.states.iter().enumerate().map(|(index, state)| {
            let (low, high) = state.range.unwrap_or((state.of.lowest(), state.of.highest()));
            let start = 0.clamp(low, high.max(low));
            let name = state.name.clone().unwrap_or_else(|| format!("{UNNAMED}{index}"));
            StateWord { name, of: state.of, start, range: (low, high), starts: (start, start) }
        });
        let mut subject = Self {
            name: name.to_owned(),
            program: program.clone(),
            states: states.collect(),
            rule: None,
            traces: TRACES.map(|_| config_of(None)),
            epoch_steps: epoch_steps.max(1),
            constant_error: 0.0,
            properties: Property::of_program(program),
            reads: reads(executable.instructions()),
            levels: Mentions::default().levels(program),
            mentions: Mentions::default(),
            executable,
        };
        subject.free_weight();
        Ok(subject)
    }

    /// The weight of a synapse may be anything that is expected of it when a run begins; it starts in the middle by default.
    fn free_weight(&mut self) {
        let Some(index) = self.state(WEIGHT) else { return };
        let (low, high) = self.expected_range(index);
        self.states[index].start = i32::midpoint(low, high);
        self.states[index].starts = (low, high);
    }

    /// The values that a state is declared and expected to take.
    pub(super) fn expected_range(&self, state: usize) -> (i32, i32) {
        let Some(word) = self.states.get(state) else { return (0, 0) };
        self.properties.iter().fold(word.range, |(least, most), property| match &property.kind {
            ExpectationKind::Within { state, low, high } if *state == word.name && *low <= most && *high >= least => {
                (least.max(*low), most.min(*high))
            }
            _ => (least, most),
        })
    }

    /// The values at which the state stops: the ends of its range and the bounds of its clips.
    pub(super) fn ends(&self, state: usize) -> Vec<i32> {
        let Some(word) = self.states.get(state) else { return Vec::new() };
        let (low, high) = self.expected_range(state);
        let mut ends = vec![low, high, word.of.lowest(), word.of.highest()];
        if let Some(rule) = &self.rule {
            clips(&rule.statements, &word.name, &mut ends);
        }
        ends
    }

    /// Index of a state word.
    pub(super) fn state(&self, name: &str) -> Option<usize> {
        self.states.iter().position(|word| word.name == name)
    }

    /// Whether the program reads the special of this name, or the rule or a property mentions it.
    pub(super) fn uses(&self, name: &str) -> bool {
        let is_read = Special::named(Kind::Learn, name).is_some_and(|special| self.reads >> special.get() & 1 == 1);
        is_read || self.mentions.names.contains(name)
    }

    /// Which of m0..m3 matter.
    pub(super) fn modulators(&self) -> [bool; SLOTS] {
        std::array::from_fn(|slot| self.uses(&format!("m{slot}")))
    }

    /// Whether a run of the program draws.
    pub(super) fn is_random(&self) -> bool {
        let draws = |instruction: &Instruction| match instruction.operation {
            Operation::Mul { rm, .. }
            | Operation::Mac { rm, .. }
            | Operation::Msc { rm, .. }
            | Operation::Shr { rm, .. } => rm == Rounding::Stochastic,
            Operation::Rnd { .. } => true,
            _ => false,
        };
        self.executable.instructions().iter().any(draws) || TRACES.iter().any(|trace| self.uses(trace))
    }
}

/// The sum of the relative errors with which parameters of `program` stand for those of `rule`, by name; of parameters without `@Q`
/// nothing is known.
#[must_use]
pub fn constant_error(rule: &Rule, program: &Program) -> f64 {
    let error = |parameter: &Parameter| {
        let named = program.parameters.iter().find(|one| one.name.as_deref() == Some(&parameter.name))?;
        let value = f64::from(named.value) / f64::from(parameter.fraction_bits?).exp2();
        (parameter.value != 0.0).then(|| (value / parameter.value - 1.0).abs())
    };
    rule.parameters.iter().filter_map(error).sum()
}

fn config_of(trace: Option<&Trace>) -> TraceConfig {
    let (tau, impulse) = trace.map_or(DEFAULT_TRACE, |line| (line.tau_steps, line.impulse));
    let decay = TraceDecay::TwelveBit { factor: TraceConfig::twelve_bit_factor(tau) };
    TraceConfig { impulse: U8F8::saturating_from_num(impulse), decay }
}

fn reads(instructions: &[Instruction]) -> u16 {
    let specials = instructions.iter().flat_map(Instruction::reads).filter_map(|source| match source {
        Source::Special(special) => Some(special),
        _ => None,
    });
    specials.fold(0, |mask, special| mask | 1 << special.get())
}
