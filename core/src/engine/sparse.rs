//! The pass over the neurons that are awake.

use super::lif::{self, Settings, advance};
use super::neurons::{BLOCK, Column, Neurons, Passed};
use super::refractory::lanes;
use super::settings::BlockSettings;
use crate::neuron::Overflows;

/// What the sparse pass knows.
#[derive(Debug, Clone)]
pub(super) struct Sleep {
    blocks: Vec<BlockSleep>,
    /// Neurons asleep that an access counts as an update.
    restless: u64,
}

/// What it knows of a block: one bit for each neuron.
#[derive(Debug, Clone, Copy)]
struct BlockSleep {
    /// Its next step may change it.
    awake: u64,
    /// Its u may not be 0: all others need not be looked at for it.
    charged: u64,
}

impl BlockSleep {
    /// Nothing is known.
    const NONE: Self = Self { awake: u64::MAX, charged: u64::MAX };
}

impl Sleep {
    /// Of so many blocks, of which nothing is known.
    pub(super) fn new(blocks: usize) -> Self {
        Self { blocks: vec![BlockSleep::NONE; blocks], restless: 0 }
    }
}

impl Neurons {
    /// Forgets which neurons sleep: whatever a dense pass did, a sparse one may follow.
    pub(super) fn wake_all(&mut self) {
        self.sleep = Sleep::new(self.states.len());
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
        let mut passed = Passed::default();
        let (mut active, mut fell_asleep) = (0, 0);
        for (block, (marks, sums)) in marks.iter_mut().zip(sums).enumerate() {
            let BlockSleep { awake: was_awake, mut charged } = self.sleep.blocks[block];
            let left = (was_awake | *marks) & lanes(self.len(), block);
            if left == 0 {
                continue;
            }
            let frozen = self.refractory.frozen(block);
            let busy = *marks | charged | frozen;
            *marks = 0;
            let quiet = self.pass_quiet(block, left & !busy, &mut passed, &mut fell_asleep);
            let mut awake = quiet.awake;
            let mut busy = left & busy | quiet.left;
            while busy != 0 {
                let (lane, bit) = (busy.trailing_zeros() as usize, busy & busy.wrapping_neg());
                busy ^= bit;
                let neuron = block * BLOCK + lane;
                let settings = self.settings(neuron);
                let sum = std::mem::take(&mut sums[lane]);
                let own = &mut self.states[block];
                let (u, v, is_frozen) = (own.u[lane], own.v[lane], frozen & bit != 0);
                let is_restless = u != 0 || v != 0 || is_frozen || settings.bias != 0;
                self.sleep.restless -= u64::from(was_awake & bit == 0 && is_restless);
                let mut next = advance::<false, false>(&settings, u, v, is_frozen, sum);
                if next.outside != 0 {
                    next = self.plain.step(neuron, (u, v), is_frozen, sum, overflows);
                }
                (own.u[lane], own.v[lane]) = (next.u, next.v);
                charged = charged & !bit | if next.u == 0 { 0 } else { bit };
                passed.updates += u64::from(sum != 0 || is_restless);
                let changed = next.spiked || is_frozen || (next.u, next.v) != (u, v);
                passed.changed |= changed;
                if changed || sum != 0 {
                    awake |= bit;
                } else {
                    fell_asleep += u64::from(is_restless);
                }
                if next.spiked {
                    spikes.push(neuron as u32);
                    self.refractory.freeze(neuron, settings.refractory);
                }
            }
            active += u64::from(awake.count_ones());
            self.sleep.blocks[block] = BlockSleep { awake, charged };
        }
        // Those that fell asleep in this pass have been counted in it already.
        passed.updates += self.sleep.restless;
        self.sleep.restless += fell_asleep;
        passed.active = Some(active);
        passed
    }

    /// Steps neurons of a block that are awake, have no input, no current and no refractory counter: all that moves is v.
    fn pass_quiet(&mut self, block: usize, lanes: u64, passed: &mut Passed, fell_asleep: &mut u64) -> Quiet {
        let v = &mut self.states[block].v;
        let quiet = match &self.settings[block] {
            BlockSettings::Same(settings) => pass_quiet(lanes, |_| *settings, v),
            BlockSettings::Each(index) => {
                let each = &self.each[*index as usize];
                pass_quiet(lanes, |lane| each.at(lane), v)
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

#[inline(always)]
fn pass_quiet(mut lanes: u64, settings: impl Fn(usize) -> Settings, v: &mut Column) -> Quiet {
    let mut quiet = Quiet::default();
    while lanes != 0 {
        let (lane, bit) = (lanes.trailing_zeros() as usize, lanes & lanes.wrapping_neg());
        lanes ^= bit;
        let Settings { keep_v, bias, threshold, .. } = settings(lane);
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
