//! The neurons of a tile, in columns: the pass over all of them, which the compiler turns into vector instructions, and the pass
//! over those that are awake.

use super::lif::{self, Advanced, Extent, Settings, advance, is_narrow};
use crate::image::FixedNeuron;
use crate::neuron::{self, NeuronProfile, NeuronState, Overflows};
use crate::semantics::Numerics;
use multiversion::multiversion;

/// Neurons of a block: one bit each of a word.
pub(super) const BLOCK: usize = 64;
pub(super) type Column = [i32; BLOCK];

/// Neurons in columns, padded to whole blocks with neurons to which nothing happens.
#[derive(Debug, Clone)]
pub(super) struct Neurons {
    count: usize,
    /// By block.
    states: Vec<States>,
    notes: Vec<Note>,
    settings: Vec<BlockSettings>,
    each: Vec<EachSettings>,
    /// For the plain step, where something overflows.
    plain: Plain,
    /// Sparse pass: who sleeps, by block.
    sleep: Vec<Sleep>,
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

/// What the sparse pass knows of a block: one bit for each neuron.
#[derive(Debug, Clone, Copy)]
struct Sleep {
    /// Its next step may change it.
    awake: u64,
    /// Its u may not be 0, its refractory counter may not be 0: all others need not be looked at for them.
    charged: u64,
    frozen: u64,
}

impl Sleep {
    /// Nothing is known.
    const NONE: Self = Self { awake: u64::MAX, charged: u64::MAX, frozen: u64::MAX };
}

/// What is known of a block's states before they are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Note {
    /// No u or v is so large that a step with moderate input could overflow ([`lif::is_calm`]).
    is_calm: bool,
    /// A neuron may be refractory.
    is_frozen: bool,
}

impl Note {
    /// Nothing is known.
    const NONE: Self = Self { is_calm: false, is_frozen: true };
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
#[derive(Debug, Clone, Copy)]
struct BlockPassed {
    updates: i32,
    changed: i32,
    spiked: i32,
    /// Something may have overflowed: then nothing else here counts.
    is_outside: bool,
    is_calm: bool,
    is_frozen: bool,
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
        let sleep = vec![Sleep::NONE; blocks];
        let notes = vec![Note::NONE; blocks];
        Some(Self { count, states, notes, settings, each, plain, sleep, restless_sleepers: 0, sample: 0 })
    }

    pub(super) const fn len(&self) -> usize {
        self.count
    }

    /// u, v and refractory counter, by block.
    pub(super) fn columns(&mut self) -> impl Iterator<Item = (&mut Column, &mut Column, &mut Column)> {
        self.states.iter_mut().map(|States { u, v, refractory }| (u, v, refractory))
    }

    /// Forgets all that is known of states: they may be any.
    pub(super) fn forget(&mut self) {
        self.wake_all();
        self.notes.fill(Note::NONE);
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
        self.sleep.fill(Sleep::NONE);
        self.restless_sleepers = 0;
    }

    /// Steps every neuron with `sums`, and clears them. Those that spike are appended to `spikes`, ascending.
    pub(super) fn pass_all(
        &mut self,
        sums: &mut [Column],
        spikes: &mut Vec<u32>,
        overflows: &mut [Overflows],
    ) -> Passed {
        let passed = pass_blocks(self, sums, spikes, overflows);
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
            let left = (self.sleep[block].awake | *marks) & self.lanes_of(block);
            if left == 0 {
                continue;
            }
            let busy = *marks | self.sleep[block].charged | self.sleep[block].frozen;
            *marks = 0;
            let quiet = self.pass_quiet(block, left & !busy, &mut passed, &mut fell_asleep);
            let mut awake = quiet.awake;
            let mut spiked = 0_u64;
            let mut busy = left & busy | quiet.left;
            let Sleep { awake: was_awake, mut charged, mut frozen } = self.sleep[block];
            while busy != 0 {
                let (lane, bit) = (busy.trailing_zeros() as usize, busy & busy.wrapping_neg());
                busy ^= bit;
                let sum = std::mem::take(&mut sums[lane]);
                let own = &mut self.states[block];
                let (u, v, r) = (own.u[lane], own.v[lane], own.refractory[lane]);
                let settings = match &self.settings[block] {
                    BlockSettings::Same(settings) => *settings,
                    BlockSettings::Each(index) => self.each[*index as usize].at(lane),
                };
                self.restless_sleepers -= u64::from(was_awake & bit == 0 && is_restless(u, v, r, &settings));
                let mut next = advance::<false, false>(&settings, u, v, r, sum);
                if next.outside != 0 {
                    next = self.plain.step(block * BLOCK + lane, u, v, r, sum, overflows);
                }
                (own.u[lane], own.v[lane], own.refractory[lane]) = (next.u, next.v, next.refractory);
                charged = charged & !bit | if next.u == 0 { 0 } else { bit };
                frozen = frozen & !bit | if next.refractory == 0 { 0 } else { bit };
                passed.updates += u64::from(sum != 0 || is_restless(u, v, r, &settings));
                let changed = next.spiked || (next.u, next.v, next.refractory) != (u, v, r);
                passed.changed |= changed;
                if changed || sum != 0 {
                    awake |= bit;
                } else {
                    fell_asleep += u64::from(is_restless(u, v, r, &settings));
                }
                spiked |= if next.spiked { bit } else { 0 };
            }
            passed.active += u64::from(awake.count_ones());
            self.sleep[block] = Sleep { awake, charged, frozen };
            self.notes[block] = Note::NONE;
            while spiked != 0 {
                spikes.push((block * BLOCK) as u32 + spiked.trailing_zeros());
                spiked &= spiked - 1;
            }
        }
        // Those that fell asleep in this pass have been counted in it already.
        passed.updates += self.restless_sleepers;
        self.restless_sleepers += fell_asleep;
        passed
    }

    /// The lanes of a block that neurons fill.
    const fn lanes_of(&self, block: usize) -> u64 {
        let count = self.count - block * BLOCK;
        if count >= BLOCK { u64::MAX } else { (1 << count) - 1 }
    }

    /// Steps neurons of a block that are awake, have no input, no current and no refractory counter: all that moves is v.
    fn pass_quiet(&mut self, block: usize, lanes: u64, passed: &mut Passed, fell_asleep: &mut u64) -> Quiet {
        let v = &mut self.states[block].v;
        let quiet = match &self.settings[block] {
            BlockSettings::Same(settings) => {
                pass_quiet(lanes, |_| (settings.keep_v, settings.bias, settings.threshold), v)
            }
            BlockSettings::Each(index) => {
                let each = &self.each[*index as usize];
                pass_quiet(lanes, |lane| (each.keep_v[lane], each.bias[lane], each.threshold[lane]), v)
            }
        };
        passed.updates += quiet.updates;
        passed.changed |= quiet.awake != 0;
        *fell_asleep += quiet.fell_asleep;
        quiet
    }
}

/// What a pass over quiet neurons found.
#[derive(Debug, Clone, Copy, Default)]
struct Quiet {
    /// Neurons that moved.
    awake: u64,
    /// Neurons that it leaves to another: they spike or overflow.
    left: u64,
    updates: u64,
    fell_asleep: u64,
}

/// `settings` are what remains of v, bias and threshold.
#[inline(always)]
fn pass_quiet(mut lanes: u64, settings: impl Fn(usize) -> (i32, i32, i32), v: &mut Column) -> Quiet {
    let mut quiet = Quiet::default();
    while lanes != 0 {
        let (lane, bit) = (lanes.trailing_zeros() as usize, lanes & lanes.wrapping_neg());
        lanes ^= bit;
        let (keep_v, bias, threshold) = settings(lane);
        let own = v[lane];
        let Some(next) = lif::leak(own, keep_v, bias, threshold) else {
            quiet.left |= bit;
            continue;
        };
        v[lane] = next;
        let is_restless = u64::from(own != 0 || bias != 0);
        quiet.updates += is_restless;
        quiet.awake |= if next == own { 0 } else { bit };
        quiet.fell_asleep += if next == own { is_restless } else { 0 };
    }
    quiet
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
        let Note { is_calm, is_frozen } = Note::NONE;
        let mut did = BlockPassed { updates: 0, changed: 0, spiked: 0, is_outside: false, is_calm, is_frozen };
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

/// The dense pass.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512cd+avx512dq+avx512vl+avx2+fma", "x86_64+avx2"))]
fn pass_blocks(
    neurons: &mut Neurons,
    sums: &mut [Column],
    spikes: &mut Vec<u32>,
    overflows: &mut [Overflows],
) -> Passed {
    let mut passed = Passed::default();
    let Neurons { states, notes, settings, each, plain, sample, .. } = neurons;
    let blocks = states.iter_mut().zip(notes).zip(settings).zip(sums);
    for (block, (((states, note), settings), sums)) in blocks.enumerate() {
        let mut fired = [0; BLOCK];
        let sampled = if block == *sample { Some(*states) } else { None };
        let did = match settings {
            BlockSettings::Same(settings) if note.is_calm && settings.has_moderate_bias() && has_moderate(sums) => {
                pass_calm(settings, note.is_frozen, states, sums, &mut fired)
            }
            _ => {
                let before = *states;
                let did = match settings {
                    BlockSettings::Same(settings) => {
                        pass::<false, false, true, true, false>(|_| *settings, states, sums, &mut fired)
                    }
                    BlockSettings::Each(index) => {
                        let each = &each[*index as usize];
                        pass::<false, false, true, true, false>(|lane| each.at(lane), states, sums, &mut fired)
                    }
                };
                if did.is_outside {
                    *states = before;
                    plain.pass_block(block, states, sums, &mut fired, overflows)
                } else {
                    did
                }
            }
        };
        *note = Note { is_calm: did.is_calm, is_frozen: did.is_frozen };
        if let Some(before) = sampled {
            let lanes = (0..BLOCK).filter(|lane| before.differs(states, *lane) || sums[*lane] != 0);
            passed.active = lanes.count() as u64;
        }
        *sums = [0; BLOCK];
        passed.updates += did.updates as u64;
        passed.changed |= did.changed != 0 || did.spiked != 0;
        if did.spiked != 0 {
            for (part, first) in fired.as_chunks::<8>().0.iter().zip((block * BLOCK..).step_by(8)) {
                if part.iter().fold(0, |any, fired| any | fired) != 0 {
                    let lanes = part.iter().zip(first as u32..).filter(|(fired, _)| **fired != 0);
                    spikes.extend(lanes.map(|(_, neuron)| neuron));
                }
            }
        }
    }
    passed.active *= states.len() as u64;
    passed
}

/// Whether every sum is so small that a step from a calm state does not overflow.
#[inline(always)]
fn has_moderate(sums: &Column) -> bool {
    let mut extent = Extent::NONE;
    sums.iter().for_each(|sum| extent.add(*sum));
    extent.is_within(lif::MODERATE_INPUT)
}

/// The pass over a block in which nothing can overflow, specialised to what its settings and states leave out.
#[inline(always)]
fn pass_calm(
    settings: &Settings,
    is_frozen: bool,
    states: &mut States,
    sums: &Column,
    fired: &mut Column,
) -> BlockPassed {
    match (settings.is_delta(), settings.is_slow(), is_frozen) {
        (false, false, false) => pass_driven::<false, false, false>(settings, states, sums, fired),
        (false, false, true) => pass_driven::<false, false, true>(settings, states, sums, fired),
        (false, true, false) => pass_driven::<false, true, false>(settings, states, sums, fired),
        (false, true, true) => pass_driven::<false, true, true>(settings, states, sums, fired),
        (true, false, false) => pass_driven::<true, false, false>(settings, states, sums, fired),
        (true, false, true) => pass_driven::<true, false, true>(settings, states, sums, fired),
        (true, true, false) => pass_driven::<true, true, false>(settings, states, sums, fired),
        (true, true, true) => pass_driven::<true, true, true>(settings, states, sums, fired),
    }
}

#[inline(always)]
fn pass_driven<const DELTA: bool, const SLOW: bool, const FROZEN: bool>(
    settings: &Settings,
    states: &mut States,
    sums: &Column,
    fired: &mut Column,
) -> BlockPassed {
    let settings = *settings;
    if settings.bias == 0 {
        pass::<DELTA, SLOW, false, FROZEN, false>(|_| settings, states, sums, fired)
    } else {
        pass::<DELTA, SLOW, false, FROZEN, true>(|_| settings, states, sums, fired)
    }
}

/// One step of a block. `DELTA`, `SLOW`: as [`advance`]. `CHECKED`: the pass notes whether anything may have overflowed. `FROZEN`: a neuron
/// may be refractory. `DRIVEN`: every neuron has a bias, so that every access is an update.
#[inline(always)]
fn pass<const DELTA: bool, const SLOW: bool, const CHECKED: bool, const FROZEN: bool, const DRIVEN: bool>(
    at: impl Fn(usize) -> Settings,
    states: &mut States,
    sums: &Column,
    fired: &mut Column,
) -> BlockPassed {
    let States { u, v, refractory } = states;
    let (mut idle, mut changed, mut spiked, mut outside, mut waiting) = (0_i32, 0_i32, 0_i32, 0_i32, 0_i32);
    let (mut extent_u, mut extent_v) = (Extent::NONE, Extent::NONE);
    for lane in 0..BLOCK {
        let settings = at(lane);
        let (own_u, own_v, sum) = (u[lane], v[lane], sums[lane]);
        let own_r = if FROZEN { refractory[lane] } else { 0 };
        let next = advance::<DELTA, SLOW>(&settings, own_u, own_v, own_r, sum);
        let fire = if next.spiked { -1 } else { 0 };
        if !DRIVEN {
            idle = idle.wrapping_add(i32::from((sum | own_u | own_v | own_r | settings.bias) == 0));
        }
        changed |= (next.u ^ own_u) | (next.v ^ own_v);
        spiked |= fire;
        if CHECKED {
            outside |= next.outside;
        }
        // Without a leak, moderate input makes a calm current.
        if !DELTA || CHECKED {
            extent_u.add(next.u);
        }
        extent_v.add(next.v);
        fired[lane] = fire;
        (u[lane], v[lane]) = (next.u, next.v);
        if FROZEN {
            changed |= next.refractory ^ own_r;
            waiting |= next.refractory;
            refractory[lane] = next.refractory;
        }
    }
    if !FROZEN && spiked != 0 {
        for lane in 0..BLOCK {
            refractory[lane] = fired[lane] & at(lane).refractory;
            waiting |= refractory[lane];
        }
    }
    BlockPassed {
        updates: (BLOCK as i32).wrapping_sub(idle),
        changed,
        spiked,
        is_outside: outside != 0,
        is_calm: extent_u.is_within(lif::CALM_U) && extent_v.is_within(lif::CALM_V),
        is_frozen: waiting != 0,
    }
}
