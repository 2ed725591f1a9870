//! The pass over the neurons that are awake.
//!
//! A neuron sleeps when a step without input left it as it was, and need not be awake while it only leaks ([`super::leaking`]).

use super::lanes::{lanes, set_lanes};
use super::leaking::{Leaking, Leaks};
use super::lif::{self, Settings, advance};
use super::neurons::{BLOCK, Column, Neurons, Passed};
use crate::id::Step;
use crate::neuron::Overflows;

/// What a visit of a neuron with input, current or refractory counter costs, in visits of one without.
pub(super) const BUSY: u64 = 4;
/// The same for one that leaked unseen until then: it lies in no cache.
pub(super) const WOKEN: u64 = 20;
/// Blocks that are passed over at once if nobody in them is awake or has input.
const CHUNK: usize = 8;

/// What the sparse pass knows: for each block a word with one bit for each neuron.
#[derive(Debug, Clone)]
pub(super) struct Sleep {
    /// Its next step may change it.
    awake: Vec<u64>,
    /// Its u may not be 0: all others need not be looked at for it.
    charged: Vec<u64>,
    /// It leaks unseen: none of these is awake or charged.
    unseen: Vec<u64>,
    leaks: Leaks,
    leaking: Leaking,
    /// Neurons asleep that an access counts as an update.
    restless: u64,
}

impl Sleep {
    /// Of so many blocks and neurons with these settings, of which nothing is known.
    pub(super) fn new(blocks: usize, settings: impl Iterator<Item = Settings>) -> Self {
        let leaks = Leaks::new(settings);
        let nothing = || vec![u64::MAX; blocks];
        let (awake, charged) = (nothing(), nothing());
        Self { awake, charged, unseen: vec![0; blocks], leaks, leaking: Leaking::NONE, restless: 0 }
    }
}

/// What a pass adds up.
#[derive(Debug, Clone, Copy, Default)]
struct Sum {
    updates: u64,
    changed: bool,
    /// In visits of neurons without input.
    cost: u64,
    /// Neurons that fell asleep although an access counts them as an update.
    fell_asleep: u64,
    /// Neurons that leak unseen from the next step on.
    left: u64,
}

impl Neurons {
    /// Brings all neurons up to date and forgets which of them sleep: whatever a dense pass did, a sparse one may follow.
    pub(super) fn wake_all(&mut self) {
        for block in 0..self.states.len() {
            self.see(block, self.sleep.unseen[block], self.refractory.next().wrapping_sub(1));
        }
        let Sleep { awake, charged, leaking, restless, .. } = &mut self.sleep;
        awake.fill(u64::MAX);
        charged.fill(u64::MAX);
        (*leaking, *restless) = (Leaking::NONE, 0);
    }

    /// u and v of a neuron after the last step.
    pub(super) fn last(&self, neuron: usize) -> (i32, i32) {
        let (block, lane) = (neuron / BLOCK, neuron % BLOCK);
        let kept = (self.states[block].u[lane], self.states[block].v[lane]);
        match self.sleep.leaks.of(neuron) {
            Some(lives) if self.sleep.unseen[block] >> lane & 1 != 0 => {
                self.sleep.leaking.state(lives, neuron, kept, self.refractory.next().wrapping_sub(1))
            }
            _ => kept,
        }
    }

    /// Brings those of `lanes` in a block that leak unseen up to step `t`; from then on they do not.
    fn see(&mut self, block: usize, lanes: u64, t: Step) {
        let Sleep { unseen, leaks, leaking, .. } = &mut self.sleep;
        unseen[block] &= !lanes;
        for lane in set_lanes(lanes) {
            let (neuron, own) = (block * BLOCK + lane, &mut self.states[block]);
            if let Some(lives) = leaks.of(neuron) {
                (own.u[lane], own.v[lane]) = leaking.stop(lives, neuron, (own.u[lane], own.v[lane]), t);
            }
        }
    }

    /// Steps the neurons that are awake and those that `marks` say have input, and clears sums and marks. Those that spike are appended
    /// to `spikes`, ascending.
    pub(super) fn pass_awake(
        &mut self,
        sums: &mut [Column],
        marks: &mut [u64],
        spikes: &mut Vec<u32>,
        overflows: &mut [Overflows],
    ) -> Passed {
        let mut sum = Sum::default();
        self.sleep.leaking.begin(self.refractory.next() - 1);
        for (chunk, (marks, sums)) in marks.chunks_mut(CHUNK).zip(sums.chunks_mut(CHUNK)).enumerate() {
            let first = chunk * CHUNK;
            let awake = self.sleep.awake[first..].iter();
            if marks.iter().zip(awake).fold(0, |any, (marks, awake)| any | marks | awake) == 0 {
                continue;
            }
            for (block, (marks, sums)) in (first..).zip(marks.iter_mut().zip(sums)) {
                let with_input = std::mem::take(marks) & lanes(self.len(), block);
                self.pass_block_awake(block, with_input, sums, &mut sum, spikes, overflows);
            }
        }
        // Those that fell asleep or left in this pass have been counted in it already.
        let alive = self.sleep.leaking.alive() - sum.left;
        let updates = sum.updates + self.sleep.restless + alive;
        self.sleep.restless += sum.fell_asleep;
        Passed { updates, cost: Some(sum.cost), changed: sum.changed || alive > 0 }
    }

    /// A block of which `with_input` have input.
    #[inline]
    fn pass_block_awake(
        &mut self,
        block: usize,
        with_input: u64,
        sums: &mut Column,
        sum: &mut Sum,
        spikes: &mut Vec<u32>,
        overflows: &mut [Overflows],
    ) {
        let t = self.refractory.next() - 1;
        let woken = with_input & self.sleep.unseen[block];
        self.see(block, woken, t.wrapping_sub(1));
        let was_awake = self.sleep.awake[block] & lanes(self.len(), block) | woken;
        let frozen = self.refractory.frozen(block);
        let busy = with_input | self.sleep.charged[block] | frozen;
        let left = self.pass_quiet(block, was_awake & !busy, sum);
        let busy = (was_awake | with_input) & busy | left;
        for lane in set_lanes(busy) {
            let (neuron, bit) = (block * BLOCK + lane, 1 << lane);
            sum.cost += if woken & bit != 0 { WOKEN } else { BUSY };
            let settings = self.settings(neuron);
            let input = std::mem::take(&mut sums[lane]);
            let own = &mut self.states[block];
            let (u, v, is_frozen) = (own.u[lane], own.v[lane], frozen & bit != 0);
            let is_restless = u != 0 || v != 0 || is_frozen || settings.bias != 0;
            self.sleep.restless -= u64::from(was_awake & bit == 0 && is_restless);
            let mut next = advance::<false, false>(&settings, u, v, is_frozen, input);
            if next.outside != 0 {
                next = self.plain.step(neuron, (u, v), is_frozen, input, overflows);
            }
            (own.u[lane], own.v[lane]) = (next.u, next.v);
            sum.updates += u64::from(input != 0 || is_restless);
            let changed = next.spiked || is_frozen || (next.u, next.v) != (u, v);
            sum.changed |= changed;
            if next.spiked {
                spikes.push(neuron as u32);
                self.refractory.freeze(neuron, settings.refractory);
            }
            let Sleep { awake, charged, unseen, leaks, leaking, .. } = &mut self.sleep;
            awake[block] &= !bit;
            charged[block] &= !bit;
            let leaks_on = next.v <= settings.threshold && (next.u == 0 || settings.is_delta()) && !is_frozen;
            if leaks_on
                && self.refractory.frozen(block) & bit == 0
                && let Some(lives) = leaks.of(neuron)
            {
                if (next.u, next.v) != (0, 0) {
                    leaking.start(lives, neuron, self.count, (next.u, next.v), t);
                    unseen[block] |= bit;
                    sum.left += 1;
                }
                continue;
            }
            charged[block] |= if next.u == 0 { 0 } else { bit };
            if changed || input != 0 {
                awake[block] |= bit;
            } else {
                sum.fell_asleep += u64::from(is_restless);
            }
        }
    }

    /// Steps neurons of a block that are awake, have no input, no current and no refractory counter: all that moves is v. Those that can do
    /// no more than leak do so unseen from now on. Returns whom it leaves to another: they spike or overflow.
    #[inline]
    fn pass_quiet(&mut self, block: usize, lanes: u64, sum: &mut Sum) -> u64 {
        let t = self.refractory.next() - 1;
        let mut left = 0;
        for lane in set_lanes(lanes) {
            let (neuron, bit) = (block * BLOCK + lane, 1 << lane);
            sum.cost += 1;
            let Settings { keep_v, bias, threshold, .. } = self.settings(neuron);
            let own = self.states[block].v[lane];
            let Sleep { awake, unseen, leaks, leaking, .. } = &mut self.sleep;
            if own <= threshold
                && let Some(lives) = leaks.of(neuron)
            {
                awake[block] &= !bit;
                if own != 0 {
                    leaking.start(lives, neuron, self.count, (0, own), t.wrapping_sub(1));
                    unseen[block] |= bit;
                }
                continue;
            }
            let Some(next) = lif::leak(own, keep_v, bias, threshold) else {
                left |= bit;
                continue;
            };
            self.states[block].v[lane] = next;
            let is_restless = u64::from(own != 0 || bias != 0);
            sum.updates += is_restless;
            if next == own {
                awake[block] &= !bit;
                sum.fell_asleep += is_restless;
            } else {
                sum.changed = true;
            }
        }
        left
    }
}
