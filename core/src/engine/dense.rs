//! The pass over all neurons, which the compiler turns into vector instructions.
//!
//! A stretch of blocks with equal settings is passed in one loop. What might overflow is found out without looking at most neurons: a
//! bound on the states of a stretch grows by what a step may add, and states are measured when it comes near a limit.

use super::lanes::{lanes, masks, set_lanes};
use super::lif::{self, Extent, Settings, integrate, outside};
use super::neurons::{BLOCK, Column, Neurons, Passed, States};
use super::settings::BlockSettings;
use super::sparse::{BUSY, WOKEN};
use crate::neuron::Overflows;
use multiversion::multiversion;
use std::ops::Range;

/// Blocks with equal settings, side by side.
#[derive(Debug, Clone)]
pub(super) struct Stretch {
    blocks: Range<usize>,
    bound: Bound,
}

/// No magnitude of u and v is above these.
#[derive(Debug, Clone, Copy)]
struct Bound {
    u: i32,
    v: i32,
    /// The same for v of those that are frozen, and keep it.
    kept: i32,
}

impl Bound {
    /// Nothing is known.
    const NONE: Self = Self { u: i32::MAX, v: i32::MAX, kept: i32::MAX };

    /// The bound after a step in which no magnitude of a sum is above `sum`; `None` if something may overflow in it.
    fn after(self, settings: &Settings, sum: i32) -> Option<Self> {
        if sum >= lif::MODERATE_INPUT {
            return None;
        }
        // A leak adds to no magnitude.
        let left = |bound: i32, keep: i32| ((i64::from(bound) * i64::from(keep)) >> 12) as i32;
        let u = left(self.u, settings.keep_u).saturating_add(sum << 6);
        let moved = left(self.v, settings.keep_v).saturating_add(u).saturating_add(settings.bias.abs());
        // Who spikes is frozen with what the reset makes of it.
        let reset = settings.reset_offset.abs().max(if settings.reset_mask == 0 { 0 } else { moved });
        let kept = self.kept.max(reset);
        let v = moved.max(kept);
        (u < lif::CALM && v < lif::CALM).then_some(Self { u, v, kept })
    }
}

/// What a pass is to find out besides who spikes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Watch {
    /// Whether any neuron changed.
    pub(super) changes: bool,
    /// What a sparse pass would cost.
    pub(super) cost: bool,
}

/// What a pass over a block found; all but `idle` and `spiked` only where it is watched.
#[derive(Debug, Clone, Copy)]
struct BlockPassed {
    idle: i32,
    /// Not 0 if a neuron is above its threshold: it spikes, unless it is refractory.
    above: i32,
    /// Neurons that spiked, a bit each.
    spiked: u64,
    changed: i32,
    /// What a sparse pass would cost.
    cost: i32,
    /// Something may have overflowed: then nothing else here counts.
    outside: i32,
    extent_u: Extent,
    extent_v: Extent,
}

impl BlockPassed {
    /// Notes the neurons above their threshold that are not `frozen`, and resets them.
    #[inline(always)]
    fn reset(&mut self, at: &impl Fn(usize) -> Settings, frozen: u64, v: &mut Column) {
        let mut above = [0_u8; BLOCK];
        for lane in 0..BLOCK {
            above[lane] = u8::from(v[lane] > at(lane).threshold);
        }
        self.spiked = bits(&above) & !frozen;
        for lane in set_lanes(self.spiked) {
            v[lane] = at(lane).reset(v[lane]);
            self.extent_v.add(v[lane]);
        }
    }
}

/// A bit for each byte, which is 0 or 1.
#[inline(always)]
fn bits(bytes: &[u8; BLOCK]) -> u64 {
    let eighths = bytes.as_chunks().0.iter().zip((0..).step_by(8));
    // Bit 0 of byte n goes to bit 56 + n.
    let of_eighth = |eighth| u64::from_le_bytes(eighth).wrapping_mul(0x0102_0408_1020_4080) >> 56;
    eighths.fold(0, |all, (eighth, first)| all | of_eighth(*eighth) << first)
}

/// What passes over blocks found.
#[derive(Debug, Clone, Copy)]
struct Found {
    idle: u64,
    cost: u64,
    changed: bool,
    extent_u: Extent,
    extent_v: Extent,
}

impl Found {
    const NONE: Self = Self { idle: 0, cost: 0, changed: false, extent_u: Extent::NONE, extent_v: Extent::NONE };

    /// `frozen`: who of the block was refractory, and with that changes.
    #[inline(always)]
    fn add<const WATCHED: bool>(&mut self, did: &BlockPassed, frozen: u64) {
        self.idle = self.idle.wrapping_add(did.idle as u64);
        self.changed |= did.spiked != 0;
        if WATCHED {
            self.cost = self.cost.wrapping_add(did.cost as u64);
            self.changed |= did.changed != 0 || frozen != 0;
            self.extent_u.join(did.extent_u);
            self.extent_v.join(did.extent_v);
        }
    }
}

/// The blocks of some settings, in stretches.
pub(super) fn stretches(settings: &[BlockSettings]) -> Vec<Stretch> {
    let mut from = 0;
    let stretches = settings.chunk_by(|a, b| a == b && matches!(a, BlockSettings::Same(_))).map(|own| {
        from += own.len();
        Stretch { blocks: from - own.len()..from, bound: Bound::NONE }
    });
    stretches.collect()
}

impl Stretch {
    /// Forgets what is known of states: they may be any.
    pub(super) const fn forget(&mut self) {
        self.bound = Bound::NONE;
    }
}

/// Steps every neuron with `sums`, none of which is above `largest` in magnitude, and clears them. Those that spike are appended to
/// `spikes`, ascending.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512cd+avx512dq+avx512vl+avx2+fma", "x86_64+avx2"))]
pub(super) fn pass_all(
    neurons: &mut Neurons,
    sums: &mut [Column],
    largest: i32,
    watch: Watch,
    spikes: &mut Vec<u32>,
    overflows: &mut [Overflows],
) -> Passed {
    let mut passed = Passed { cost: watch.cost.then_some(0), ..Passed::default() };
    let mut stretches = std::mem::take(&mut neurons.stretches);
    for stretch in &mut stretches {
        let settings = neurons.settings[stretch.blocks.start];
        let extreme = match settings {
            BlockSettings::Same(settings) => settings,
            BlockSettings::Each(index) => neurons.each[index as usize].extreme(),
        };
        let next = stretch.bound.after(&extreme, largest);
        // Measured a step before it is needed: the bounds that follow are those of the states themselves.
        let measures = watch.cost || next.and_then(|next| next.after(&extreme, largest)).is_none();
        stretch.bound = next.unwrap_or(Bound::NONE);
        let mut left = stretch.blocks.clone();
        while !left.is_empty() {
            // One neuron that changed says that some did: mostly it is in the first block.
            let seeks = watch.changes && !passed.changed;
            let to = if seeks && !measures { left.start + 1 } else { left.end };
            let blocks = left.start..to;
            left.start = to;
            let mut pass = Pass { neurons, sums, spikes, overflows, passed: &mut passed };
            let found = match (next, settings) {
                (Some(_), BlockSettings::Same(own)) => pass.calm(&own, blocks, measures || seeks),
                (Some(_), BlockSettings::Each(index)) => pass.each(index, blocks, measures || seeks),
                (None, settings) => pass.careful(settings, blocks),
            };
            if measures {
                stretch.bound = found;
            }
        }
    }
    neurons.stretches = stretches;
    passed
}

/// What passes over stretches share.
struct Pass<'a> {
    neurons: &'a mut Neurons,
    sums: &'a mut [Column],
    spikes: &'a mut Vec<u32>,
    overflows: &'a mut [Overflows],
    passed: &'a mut Passed,
}

impl Pass<'_> {
    /// Blocks in which nothing can overflow, by a loop specialised to what their settings leave out.
    #[inline(always)]
    fn calm(&mut self, settings: &Settings, blocks: Range<usize>, watched: bool) -> Bound {
        let own = *settings;
        match (own.is_delta(), own.is_slow(), own.bias != 0) {
            (false, false, false) => self.loop_over::<false, false, false>(own, blocks, watched),
            (false, false, true) => self.loop_over::<false, false, true>(own, blocks, watched),
            (false, true, false) => self.loop_over::<false, true, false>(own, blocks, watched),
            (false, true, true) => self.loop_over::<false, true, true>(own, blocks, watched),
            (true, false, false) => self.loop_over::<true, false, false>(own, blocks, watched),
            (true, false, true) => self.loop_over::<true, false, true>(own, blocks, watched),
            (true, true, false) => self.loop_over::<true, true, false>(own, blocks, watched),
            (true, true, true) => self.loop_over::<true, true, true>(own, blocks, watched),
        }
    }

    #[inline(always)]
    fn loop_over<const DELTA: bool, const SLOW: bool, const DRIVEN: bool>(
        &mut self,
        settings: Settings,
        blocks: Range<usize>,
        watched: bool,
    ) -> Bound {
        if watched {
            self.pass_over::<DELTA, SLOW, DRIVEN, true>(blocks, |_| settings)
        } else {
            self.pass_over::<DELTA, SLOW, DRIVEN, false>(blocks, |_| settings)
        }
    }

    /// A block of neurons with settings of their own in which nothing can overflow.
    #[inline(always)]
    fn each(&mut self, index: u32, blocks: Range<usize>, watched: bool) -> Bound {
        let each = std::mem::take(&mut self.neurons.each);
        let own = &each[index as usize];
        let found = if watched {
            self.pass_over::<false, false, false, true>(blocks, |lane| own.at(lane))
        } else {
            self.pass_over::<false, false, false, false>(blocks, |lane| own.at(lane))
        };
        self.neurons.each = each;
        found
    }

    #[inline(always)]
    fn pass_over<const DELTA: bool, const SLOW: bool, const DRIVEN: bool, const WATCHED: bool>(
        &mut self,
        blocks: Range<usize>,
        at: impl Fn(usize) -> Settings,
    ) -> Bound {
        let mut found = Found::NONE;
        for block in blocks.clone() {
            let frozen = self.neurons.refractory.frozen(block);
            let (states, sums) = (&mut self.neurons.states[block], &mut self.sums[block]);
            let mut did = pass::<DELTA, SLOW, DRIVEN, WATCHED, false>(&at, frozen, states, sums);
            if did.above != 0 {
                did.reset(&at, frozen, &mut states.v);
            }
            found.add::<WATCHED>(&did, frozen & lanes(self.neurons.len(), block));
            self.emit(block, did.spiked, |lane| at(lane).refractory);
        }
        self.account(blocks, &found)
    }

    /// Blocks in which something may overflow: those in which it may have are stepped again by the plain step.
    #[inline(always)]
    fn careful(&mut self, settings: BlockSettings, blocks: Range<usize>) -> Bound {
        let each = std::mem::take(&mut self.neurons.each);
        let at = |lane: usize| match &settings {
            BlockSettings::Same(settings) => *settings,
            BlockSettings::Each(index) => each[*index as usize].at(lane),
        };
        let mut found = Found::NONE;
        for block in blocks.clone() {
            let frozen = self.neurons.refractory.frozen(block);
            let (states, sums) = (&mut self.neurons.states[block], &mut self.sums[block]);
            let (before, input) = (*states, *sums);
            let mut did = match settings {
                BlockSettings::Same(own) => pass::<false, false, false, true, true>(&|_| own, frozen, states, sums),
                BlockSettings::Each(index) => {
                    let own = &each[index as usize];
                    pass::<false, false, false, true, true>(&|lane| own.at(lane), frozen, states, sums)
                }
            };
            if did.outside != 0 {
                *states = before;
                did.spiked = self.neurons.plain.pass_block(block, frozen, states, &input, self.overflows);
                did.changed = i32::from((before.u, before.v) != (states.u, states.v));
                states.u.iter().for_each(|u| did.extent_u.add(*u));
                states.v.iter().for_each(|v| did.extent_v.add(*v));
            } else if did.above != 0 {
                did.reset(&at, frozen, &mut states.v);
            }
            found.add::<true>(&did, frozen & lanes(self.neurons.len(), block));
            self.emit(block, did.spiked, |lane| at(lane).refractory);
        }
        self.neurons.each = each;
        self.account(blocks, &found)
    }

    /// Adds up what a pass over blocks found; returns the bound on their states, if they were watched.
    fn account(&mut self, blocks: Range<usize>, found: &Found) -> Bound {
        // Places that no neuron fills are frozen: never idle, always busy.
        let neurons = self.neurons.len().min(blocks.end * BLOCK) - blocks.start * BLOCK;
        self.passed.updates += neurons as u64 - found.idle;
        if let Some(cost) = &mut self.passed.cost {
            *cost += found.cost.saturating_sub(BUSY * (blocks.len() * BLOCK - neurons) as u64);
        }
        self.passed.changed |= found.changed;
        let v = found.extent_v.magnitude();
        Bound { u: found.extent_u.magnitude(), v, kept: v }
    }

    /// Notes the neurons of a block that spiked.
    #[inline(always)]
    fn emit(&mut self, block: usize, spiked: u64, refractory: impl Fn(usize) -> i32) {
        for lane in set_lanes(spiked) {
            let neuron = block * BLOCK + lane;
            self.spikes.push(neuron as u32);
            self.neurons.refractory.freeze(neuron, refractory(lane));
        }
    }
}

/// One step of a block, of which `frozen` are refractory, but for the reset of those that spike; clears the sums. `DELTA`, `SLOW`: as [`integrate`].
/// `DRIVEN`: every neuron has a bias, so that every access is an update. `CHECKED`: the pass notes whether anything may have overflowed.
#[inline(always)]
fn pass<const DELTA: bool, const SLOW: bool, const DRIVEN: bool, const WATCHED: bool, const CHECKED: bool>(
    at: &impl Fn(usize) -> Settings,
    frozen: u64,
    states: &mut States,
    sums: &mut Column,
) -> BlockPassed {
    let (mut idle, mut above, mut changed, mut cost, mut any_outside) = (0_i32, 0_i32, 0_i32, 0_i32, 0_i32);
    let (mut extent_u, mut extent_v) = (Extent::NONE, Extent::NONE);
    // A mask from a table: of one that is told from bits here and now, the compiler makes stores under a mask, which take some processors
    // as long as ten others.
    let (States { u, v }, waits) = (states, masks(frozen));
    for lane in 0..BLOCK {
        let settings = at(lane);
        let (own_u, own_v, sum, waits) = (u[lane], v[lane], sums[lane], waits[lane]);
        let (next_u, wide) = integrate::<DELTA, SLOW>(&settings, own_u, own_v, sum);
        let next_v = wide ^ ((wide ^ own_v) & waits);
        above |= if next_v > settings.threshold { -1 } else { 0 };
        if !DRIVEN {
            idle = idle.wrapping_add(i32::from((sum | own_u | own_v | waits | settings.bias) == 0));
        }
        if WATCHED {
            let moved = (next_u ^ own_u) | (next_v ^ own_v);
            changed |= moved;
            let is_busy = (sum | waits | if DELTA { 0 } else { next_u }) != 0;
            let (quiet, woken) = if settings.may_leak() { (0, WOKEN) } else { (i32::from(moved != 0), BUSY) };
            let busy = if sum == 0 { BUSY } else { woken };
            cost = cost.wrapping_add(if is_busy { busy as i32 } else { quiet });
            extent_u.add(next_u);
            extent_v.add(next_v);
        }
        if CHECKED {
            any_outside |= outside(sum, next_u, wide);
        }
        (u[lane], v[lane], sums[lane]) = (next_u, next_v, 0);
    }
    BlockPassed { idle, above, spiked: 0, changed, cost, outside: any_outside, extent_u, extent_v }
}
