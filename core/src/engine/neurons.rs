//! The neurons of a tile, in columns: the pass over all of them, which the compiler turns into vector instructions, and the pass
//! over those that are awake.

use super::lif::{Advanced, Settings, advance, is_narrow};
use crate::image::FixedNeuron;
use crate::neuron::{self, NeuronProfile, NeuronState, Overflows};
use crate::semantics::Numerics;
use multiversion::multiversion;

/// Neurons of a block: one bit each of a word.
pub(super) const BLOCK: usize = 64;
type Column = [i32; BLOCK];

/// Neurons in columns, padded to whole blocks with neurons to which nothing happens.
#[derive(Debug, Clone)]
pub(super) struct Neurons {
    count: usize,
    /// By block.
    states: Vec<States>,
    settings: Vec<BlockSettings>,
    each: Vec<EachSettings>,
    /// For the plain step, where something overflows.
    plain: Plain,
    /// Sparse pass: neurons whose next step may change them, by block.
    awake: Vec<u64>,
    /// Neurons asleep that an access counts as an update.
    restless_sleepers: u64,
    /// Dense pass: the block whose activity stands for that of all, another in each step.
    sample: usize,
}

/// The states of a block, side by side: one stretch of memory for each.
#[derive(Debug, Clone, Copy)]
struct States {
    u: Column,
    v: Column,
    refractory: Column,
}

impl States {
    fn differs(&self, other: &Self, lane: usize) -> bool {
        let words = |own: &Self| (own.u[lane], own.v[lane], own.refractory[lane]);
        words(self) != words(other)
    }
}

#[derive(Debug, Clone)]
struct Plain {
    numerics: Numerics,
    profiles: Vec<NeuronProfile>,
    fixed: Vec<FixedNeuron>,
    population: Vec<u32>,
}

#[derive(Debug, Clone, Copy)]
enum BlockSettings {
    /// Of all neurons of the block.
    Same(Settings),
    /// Index into [`Neurons::each`].
    Each(u32),
}

/// [`Settings`] in columns.
#[derive(Debug, Clone)]
struct EachSettings {
    keep_u: Column,
    keep_v: Column,
    bias: Column,
    threshold: Column,
    reset_mask: Column,
    reset_offset: Column,
    refractory: Column,
}

/// What a pass did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Passed {
    /// Accesses that found something to compute.
    pub(super) updates: u64,
    /// Neurons that changed or had input; a dense pass estimates them.
    pub(super) active: u64,
    /// Whether any neuron changed or spiked.
    pub(super) changed: bool,
}

/// What a pass over one block found.
#[derive(Debug, Clone, Copy, Default)]
struct BlockPassed {
    updates: i32,
    changed: i32,
    spiked: i32,
    outside: i32,
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
        let mut states = vec![States { u: [0; BLOCK], v: [0; BLOCK], refractory: [0; BLOCK] }; blocks];
        let (mut settings, mut each) = (Vec::with_capacity(blocks), Vec::new());
        for (block, own) in fixed.chunks(BLOCK).enumerate() {
            let mut column = Vec::with_capacity(BLOCK);
            for (lane, neuron) in own.iter().enumerate() {
                column.push(Settings::of(profiles.get(usize::from(neuron.profile))?, neuron.bias_mantissa)?);
                let state = NeuronState { u: neuron.initial_u.into(), v: neuron.initial_v.into(), refractory: 0 };
                is_narrow(&state).then_some(())?;
                (states[block].u[lane], states[block].v[lane]) = (neuron.initial_u, neuron.initial_v);
            }
            let is_uniform = column.len() == BLOCK && column.iter().all(|own| *own == column[0]);
            settings.push(if is_uniform {
                BlockSettings::Same(column[0])
            } else {
                column.resize(BLOCK, Settings::inert());
                each.push(EachSettings::new(&column));
                BlockSettings::Each(each.len() as u32 - 1)
            });
        }
        let plain = Plain { numerics, profiles: profiles.to_vec(), fixed, population };
        let awake = vec![u64::MAX; blocks];
        Some(Self { count, states, settings, each, plain, awake, restless_sleepers: 0, sample: 0 })
    }

    pub(super) const fn len(&self) -> usize {
        self.count
    }

    /// The state of a neuron.
    pub(super) fn state(&self, index: usize) -> NeuronState {
        let (block, lane) = (index / BLOCK, index % BLOCK);
        let own = &self.states[block];
        NeuronState { u: own.u[lane].into(), v: own.v[lane].into(), refractory: own.refractory[lane] as u8 }
    }

    /// Neurons that an access without input counts as an update.
    pub(super) fn resting_updates(&self) -> u64 {
        let is_update =
            |index: &usize| neuron::is_update(&self.state(*index), 0, self.plain.fixed[*index].bias_mantissa);
        (0..self.count).filter(is_update).count() as u64
    }

    /// Forgets which neurons sleep: whatever a dense pass did, a sparse one may follow.
    pub(super) fn wake_all(&mut self) {
        self.awake.fill(u64::MAX);
        self.restless_sleepers = 0;
    }

    /// Steps every neuron with `sums`, and clears them. Those that spike are appended to `spikes`, ascending.
    pub(super) fn pass_all(
        &mut self,
        sums: &mut [Column],
        spikes: &mut Vec<u32>,
        overflows: &mut [Overflows],
    ) -> Passed {
        let mut passed = Passed::default();
        for (block, (states, sums)) in self.states.iter_mut().zip(sums).enumerate() {
            let mut fired = [0; BLOCK];
            let before = *states;
            let mut did = match &self.settings[block] {
                BlockSettings::Same(settings) => pass_same(settings, states, sums, &mut fired),
                BlockSettings::Each(index) => pass_each(&self.each[*index as usize], states, sums, &mut fired),
            };
            if did.outside != 0 {
                *states = before;
                did = self.plain.pass_block(block, states, sums, &mut fired, overflows);
            }
            if block == self.sample {
                let lanes = (0..BLOCK).filter(|lane| before.differs(states, *lane) || sums[*lane] != 0);
                passed.active = lanes.count() as u64;
            }
            *sums = [0; BLOCK];
            passed.updates += did.updates as u64;
            passed.changed |= did.changed != 0 || did.spiked != 0;
            if did.spiked != 0 {
                for (lane, fired) in fired.iter().enumerate() {
                    if *fired != 0 {
                        spikes.push((block * BLOCK + lane) as u32);
                    }
                }
            }
        }
        passed.active *= self.states.len() as u64;
        self.sample = (self.sample + 1) % self.states.len().max(1);
        passed
    }

    /// Steps the neurons that are awake and those that `marks` say have input, and clears sums and marks.
    pub(super) fn pass_awake(
        &mut self,
        sums: &mut [Column],
        marks: &mut [u64],
        spikes: &mut Vec<u32>,
        overflows: &mut [Overflows],
    ) -> Passed {
        let mut passed = Passed::default();
        let mut fell_asleep = 0;
        for (block, (marks, sums)) in marks.iter_mut().zip(sums).enumerate() {
            let mut left = self.awake[block] | *marks;
            if left == 0 {
                continue;
            }
            let slept = !self.awake[block];
            *marks = 0;
            let mut awake = 0;
            while left != 0 {
                let lane = left.trailing_zeros() as usize;
                left &= left - 1;
                if block * BLOCK + lane >= self.count {
                    break;
                }
                let sum = std::mem::take(&mut sums[lane]);
                let own = &mut self.states[block];
                let (u, v, r) = (own.u[lane], own.v[lane], own.refractory[lane]);
                let settings = match &self.settings[block] {
                    BlockSettings::Same(settings) => *settings,
                    BlockSettings::Each(index) => self.each[*index as usize].at(lane),
                };
                self.restless_sleepers -= u64::from(slept >> lane & 1 == 1 && is_restless(u, v, r, &settings));
                let mut next = advance::<false>(&settings, u, v, r, sum);
                if next.outside != 0 {
                    next = self.plain.step(block * BLOCK + lane, u, v, r, sum, overflows);
                }
                (own.u[lane], own.v[lane], own.refractory[lane]) = (next.u, next.v, next.refractory);
                passed.updates += u64::from(sum != 0 || is_restless(u, v, r, &settings));
                let changed = next.spiked || (next.u, next.v, next.refractory) != (u, v, r);
                passed.changed |= changed;
                if changed || sum != 0 {
                    passed.active += 1;
                    awake |= 1 << lane;
                } else {
                    fell_asleep += u64::from(is_restless(u, v, r, &settings));
                }
                if next.spiked {
                    spikes.push((block * BLOCK + lane) as u32);
                }
            }
            self.awake[block] = awake;
        }
        // Those that fell asleep in this pass have been counted in it already.
        passed.updates += self.restless_sleepers;
        self.restless_sleepers += fell_asleep;
        passed
    }
}

/// Whether an access without input counts as an update.
const fn is_restless(u: i32, v: i32, refractory: i32, settings: &Settings) -> bool {
    u != 0 || v != 0 || refractory != 0 || settings.bias != 0
}

impl EachSettings {
    fn new(settings: &[Settings]) -> Self {
        let column = |field: fn(&Settings) -> i32| std::array::from_fn(|lane| field(&settings[lane]));
        Self {
            keep_u: column(|own| own.keep_u),
            keep_v: column(|own| own.keep_v),
            bias: column(|own| own.bias),
            threshold: column(|own| own.threshold),
            reset_mask: column(|own| own.reset_mask),
            reset_offset: column(|own| own.reset_offset),
            refractory: column(|own| own.refractory),
        }
    }

    #[inline(always)]
    const fn at(&self, lane: usize) -> Settings {
        Settings {
            keep_u: self.keep_u[lane],
            keep_v: self.keep_v[lane],
            bias: self.bias[lane],
            threshold: self.threshold[lane],
            reset_mask: self.reset_mask[lane],
            reset_offset: self.reset_offset[lane],
            refractory: self.refractory[lane],
        }
    }
}

impl Plain {
    /// One neuron by the step that is the definition.
    fn step(&self, index: usize, u: i32, v: i32, refractory: i32, sum: i32, overflows: &mut [Overflows]) -> Advanced {
        let mut state = NeuronState { u: u.into(), v: v.into(), refractory: refractory as u8 };
        let own = &self.fixed[index];
        let profile = &self.profiles[usize::from(own.profile)];
        let input = i64::from(sum) * crate::synapse::ACCUMULATOR_SCALE;
        let overflows = &mut overflows[self.population[index] as usize];
        let spiked = neuron::step(&self.numerics, profile, own.bias_mantissa, &mut state, input, overflows);
        let (u, v, refractory) = (state.u as i32, state.v as i32, state.refractory.into());
        Advanced { u, v, refractory, spiked, outside: 0 }
    }

    fn pass_block(
        &self,
        block: usize,
        states: &mut States,
        sums: &Column,
        fired: &mut Column,
        overflows: &mut [Overflows],
    ) -> BlockPassed {
        let mut did = BlockPassed::default();
        *fired = [0; BLOCK];
        let States { u, v, refractory } = states;
        for lane in 0..BLOCK.min(self.fixed.len() - block * BLOCK) {
            let (own_u, own_v, own_r, sum) = (u[lane], v[lane], refractory[lane], sums[lane]);
            let next = self.step(block * BLOCK + lane, own_u, own_v, own_r, sum, overflows);
            let bias = self.fixed[block * BLOCK + lane].bias_mantissa;
            let changed = (next.u, next.v, next.refractory) != (own_u, own_v, own_r);
            did.updates += i32::from(sum != 0 || own_u != 0 || own_v != 0 || own_r != 0 || bias != 0);
            did.changed |= i32::from(changed);
            did.spiked |= i32::from(next.spiked);
            fired[lane] = i32::from(next.spiked);
            (u[lane], v[lane], refractory[lane]) = (next.u, next.v, next.refractory);
        }
        did
    }
}

/// `DELTA`: nothing remains of u. `DRIVEN`: every neuron has a bias, so that every access is an update.
#[inline(always)]
fn pass<const DELTA: bool, const DRIVEN: bool>(
    at: impl Fn(usize) -> Settings,
    states: &mut States,
    sums: &Column,
    fired: &mut Column,
) -> BlockPassed {
    let States { u, v, refractory } = states;
    let (mut idle, mut changed, mut spiked, mut outside) = (0_i32, 0_i32, 0_i32, 0_i32);
    for lane in 0..BLOCK {
        let settings = at(lane);
        let (own_u, own_v, own_r, sum) = (u[lane], v[lane], refractory[lane], sums[lane]);
        let next = advance::<DELTA>(&settings, own_u, own_v, own_r, sum);
        let fire = if next.spiked { -1 } else { 0 };
        if !DRIVEN {
            idle = idle.wrapping_add(i32::from((sum | own_u | own_v | own_r | settings.bias) == 0));
        }
        changed |= (next.u ^ own_u) | (next.v ^ own_v) | (next.refractory ^ own_r);
        spiked |= fire;
        outside |= next.outside;
        fired[lane] = fire;
        (u[lane], v[lane], refractory[lane]) = (next.u, next.v, next.refractory);
    }
    BlockPassed { updates: (BLOCK as i32).wrapping_sub(idle), changed, spiked, outside }
}

fn pass_same(settings: &Settings, states: &mut States, sums: &Column, fired: &mut Column) -> BlockPassed {
    match (settings.keep_u == 0, settings.bias != 0) {
        (true, true) => pass_uniform::<true, true>(settings, states, sums, fired),
        (true, false) => pass_uniform::<true, false>(settings, states, sums, fired),
        (false, true) => pass_uniform::<false, true>(settings, states, sums, fired),
        (false, false) => pass_uniform::<false, false>(settings, states, sums, fired),
    }
}

#[multiversion(targets("x86_64+avx512f+avx512bw+avx512cd+avx512dq+avx512vl+avx2+fma", "x86_64+avx2"))]
fn pass_uniform<const DELTA: bool, const DRIVEN: bool>(
    settings: &Settings,
    states: &mut States,
    sums: &Column,
    fired: &mut Column,
) -> BlockPassed {
    let settings = *settings;
    pass::<DELTA, DRIVEN>(|_| settings, states, sums, fired)
}

#[multiversion(targets("x86_64+avx512f+avx512bw+avx512cd+avx512dq+avx512vl+avx2+fma", "x86_64+avx2"))]
fn pass_each(settings: &EachSettings, states: &mut States, sums: &Column, fired: &mut Column) -> BlockPassed {
    pass::<false, false>(|lane| settings.at(lane), states, sums, fired)
}
