//! The neurons of a tile, in columns. Two passes step them: one over all ([`super::dense`]), one over those awake ([`super::sparse`]).

use super::dense::{Stretch, stretches};
use super::lif::{Advanced, Settings, is_narrow};
use super::refractory::Refractory;
use super::settings::{BlockSettings, EachSettings};
use super::sparse::Sleep;
use crate::archive::Archive;
use crate::error::Error;
use crate::id::Step;
use crate::image::FixedNeuron;
use crate::neuron::{self, NeuronProfile, NeuronState, Overflows};
use crate::semantics::Numerics;

/// Neurons of a block: one bit each of a word.
pub(super) const BLOCK: usize = 64;
pub(super) type Column = [i32; BLOCK];

/// Neurons in columns, padded to whole blocks with neurons to which nothing happens.
#[derive(Debug, Clone)]
pub(super) struct Neurons {
    pub(super) count: usize,
    /// By block.
    pub(super) states: Vec<States>,
    pub(super) settings: Vec<BlockSettings>,
    pub(super) each: Vec<EachSettings>,
    pub(super) refractory: Refractory,
    /// For the plain step, where something overflows.
    pub(super) plain: Plain,
    /// Dense pass.
    pub(super) stretches: Vec<Stretch>,
    /// Sparse pass: who sleeps.
    pub(super) sleep: Sleep,
}

/// The states of a block, side by side: one stretch of memory for both, in whole lines of the cache.
#[repr(align(64))]
#[derive(Debug, Clone, Copy)]
pub(super) struct States {
    pub(super) u: Column,
    pub(super) v: Column,
}

/// What a pass did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Passed {
    /// Accesses that found something to compute.
    pub(super) updates: u64,
    /// What a sparse pass costs or would cost, in visits of neurons without input, if the pass was to find out.
    pub(super) cost: Option<u64>,
    /// Whether any neuron changed or spiked, if the pass was to find out.
    pub(super) changed: bool,
}

impl Neurons {
    /// Lays neurons out; `None` if one needs more than 32 bits.
    pub(super) fn new(
        numerics: Numerics,
        profiles: &[NeuronProfile],
        fixed: Vec<FixedNeuron>,
        population: Vec<u32>,
    ) -> Option<Self> {
        let count = fixed.len();
        let blocks = count.div_ceil(BLOCK);
        let mut states = vec![States { u: [0; BLOCK], v: [0; BLOCK] }; blocks];
        let (mut settings, mut each) = (Vec::with_capacity(blocks), Vec::new());
        for (own, states) in fixed.chunks(BLOCK).zip(&mut states) {
            let mut column = Vec::with_capacity(BLOCK);
            for (lane, neuron) in own.iter().enumerate() {
                column.push(Settings::of(profiles.get(usize::from(neuron.profile))?, neuron.bias_mantissa)?);
                let state = NeuronState { u: neuron.initial_u.into(), v: neuron.initial_v.into(), refractory: 0 };
                is_narrow(&state).then_some(())?;
                (states.u[lane], states.v[lane]) = (neuron.initial_u, neuron.initial_v);
            }
            settings.push(if column.iter().all(|own| *own == column[0]) {
                BlockSettings::Same(column[0])
            } else {
                each.push(EachSettings::new(&column));
                BlockSettings::Each(each.len() as u32 - 1)
            });
        }
        let plain = Plain { numerics, profiles: profiles.to_vec(), fixed, population };
        let (stretches, refractory) = (stretches(&settings), Refractory::new(count));
        let own = (0..count).map(|neuron| settings[neuron / BLOCK].at(&each, neuron % BLOCK));
        let sleep = Sleep::new(blocks, own);
        Some(Self { count, states, settings, each, refractory, plain, stretches, sleep })
    }

    pub(super) const fn len(&self) -> usize {
        self.count
    }

    /// The settings of a neuron.
    #[inline]
    pub(super) fn settings(&self, index: usize) -> Settings {
        self.settings[index / BLOCK].at(&self.each, index % BLOCK)
    }

    /// Brings all states up to date and forgets what is known of them: they may be any.
    pub(super) fn forget(&mut self) {
        self.stretches.iter_mut().for_each(Stretch::forget);
        self.wake_all();
    }

    /// The state of a neuron.
    pub(super) fn state(&self, index: usize) -> NeuronState {
        let (u, v) = self.last(index);
        NeuronState { u: u.into(), v: v.into(), refractory: self.refractory.counter(index) }
    }

    /// Saves or restores the states.
    pub(super) fn archive(&mut self, archive: &mut Archive) -> Result<(), Error> {
        self.wake_all();
        let mut next: Step = self.refractory.next();
        let mut counters = self.refractory.counters();
        archive.number(&mut next)?;
        archive.column(&mut counters)?;
        for States { u, v } in &mut self.states {
            archive.column(u)?;
            archive.column(v)?;
            if u.iter().chain(v.iter()).any(|word| word.unsigned_abs() > 1 << 23) {
                return Err(Error::Checkpoint("it holds a state beyond 2^23".to_owned()));
            }
        }
        if archive.is_reading() {
            let restored = self.refractory.restore(&counters, next);
            restored.ok_or_else(|| Error::Checkpoint("it holds a refractory counter beyond 63".to_owned()))?;
            self.forget();
        }
        Ok(())
    }
}

/// Neurons as the image has them.
#[derive(Debug, Clone)]
pub(super) struct Plain {
    numerics: Numerics,
    profiles: Vec<NeuronProfile>,
    fixed: Vec<FixedNeuron>,
    population: Vec<u32>,
}

impl Plain {
    /// One neuron by the step that is the definition. What becomes of its refractory counter is left to the caller.
    pub(super) fn step(
        &self,
        index: usize,
        (u, v): (i32, i32),
        is_frozen: bool,
        sum: i32,
        overflows: &mut [Overflows],
    ) -> Advanced {
        let mut state = NeuronState { u: u.into(), v: v.into(), refractory: is_frozen.into() };
        let own = &self.fixed[index];
        let profile = &self.profiles[usize::from(own.profile)];
        let input = i64::from(sum) * crate::synapse::ACCUMULATOR_SCALE;
        let overflows = &mut overflows[self.population[index] as usize];
        let spiked = neuron::step(&self.numerics, profile, own.bias_mantissa, &mut state, input, overflows);
        Advanced { u: state.u as i32, v: state.v as i32, spiked, outside: 0 }
    }

    /// A block of neurons; returns those that spiked, a bit each.
    pub(super) fn pass_block(
        &self,
        block: usize,
        frozen: u64,
        states: &mut States,
        sums: &Column,
        overflows: &mut [Overflows],
    ) -> u64 {
        let mut spiked = 0;
        for (lane, sum) in sums.iter().enumerate().take(self.fixed.len() - block * BLOCK) {
            let state = (states.u[lane], states.v[lane]);
            let is_frozen = frozen >> lane & 1 != 0;
            let next = self.step(block * BLOCK + lane, state, is_frozen, *sum, overflows);
            (states.u[lane], states.v[lane]) = (next.u, next.v);
            spiked |= u64::from(next.spiked) << lane;
        }
        spiked
    }
}
