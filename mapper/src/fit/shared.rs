//! Synapse lists of a core that repeat one another: their common synapses are counted once.
//!
//! Lists share their synapses if these are equal but for where their targets begin, as those of a convolution are. A [`Print`] tells such
//! lists from others while they grow, target by target. Members of a population must be added in ascending order, for a target counts by its
//! place among them; lists of a sharing format have no parallel synapses.

use crate::connect::Wiring;
use crate::quantise::synapse::SynapseColumns;
use caudate_core::memory::{list_bytes, shared_head_bytes, shared_synapses_bytes};
use caudate_core::random::mix64;
use caudate_core::synapse::SynapseFormat;
use hashbrown::{HashMap, HashSet};

/// What a list holds, wherever its targets begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Print {
    first: u32,
    synapses: u32,
    hash: u64,
}

impl Print {
    /// The list with one more synapse, whose target comes after those before it.
    pub(crate) fn with(self, target: u32, weight: i16, delay: u8) -> Self {
        let first = if self.synapses == 0 { target } else { self.first };
        let entry = u64::from(target - first) << 24 | u64::from(weight as u16) << 8 | u64::from(delay);
        Self { first, synapses: self.synapses + 1, hash: mix64(self.hash.wrapping_mul(31) ^ entry) }
    }
}

/// Synapses that lists of one format have in common: number of the format, number of synapses, and what they are.
type Common = (u32, u32, u64);

/// The lists of sharing formats on a core.
#[derive(Debug, Default)]
pub(super) struct SharedLists {
    /// By list slot; empty if no format shares.
    prints: Vec<Print>,
    /// How many lists hold the same synapses.
    lists_with: HashMap<Common, u32>,
    /// What a trial has changed: lists as they were and as they became.
    trial: Vec<(u32, Print, Print)>,
}

impl SharedLists {
    /// Room for the lists of `slots` slots, if a format shares.
    pub(super) fn new(slots: usize, shares: bool) -> Self {
        Self { prints: vec![Print::default(); if shares { slots } else { 0 }], ..Self::default() }
    }

    /// Starts an empty core.
    pub(super) fn open_core(&mut self) {
        self.lists_with.clear();
    }

    /// Adds a synapse to the list of a slot (to an empty one, if the list is new); returns the change in bytes of shared synapses.
    pub(super) fn add(&mut self, format: (u32, &SynapseFormat), slot: (usize, bool), synapse: (u32, i16, u8)) -> i64 {
        let (before, after) = self.grown(slot, synapse);
        self.prints[slot.0] = after;
        self.replace(format, before, after)
    }

    /// Like [`Self::add`], until [`Self::end_trial`]; no list gets more than one synapse in a trial.
    pub(super) fn try_to_add(
        &mut self,
        format: (u32, &SynapseFormat),
        slot: (usize, bool),
        synapse: (u32, i16, u8),
    ) -> i64 {
        let (before, after) = self.grown(slot, synapse);
        self.trial.push((format.0, before, after));
        self.replace(format, before, after)
    }

    /// The list of a slot, and what a synapse makes of it.
    fn grown(&self, (slot, is_new): (usize, bool), (target, weight, delay): (u32, i16, u8)) -> (Print, Print) {
        let before = if is_new { Print::default() } else { self.prints[slot] };
        (before, before.with(target, weight, delay))
    }

    /// Takes back what was tried.
    pub(super) fn end_trial(&mut self, formats: &[SynapseFormat]) {
        let mut trial = std::mem::take(&mut self.trial);
        for (number, before, after) in trial.drain(..).rev() {
            self.replace((number, &formats[number as usize]), after, before);
        }
        self.trial = trial;
    }

    /// Counts one list less of one kind and one more of another; returns the change in bytes.
    fn replace(&mut self, (number, format): (u32, &SynapseFormat), old: Print, new: Print) -> i64 {
        let bytes = |synapses: u32| shared_synapses_bytes(format, u64::from(synapses)) as i64;
        let mut change = 0;
        if old.synapses > 0
            && let Some(lists) = self.lists_with.get_mut(&(number, old.synapses, old.hash))
        {
            *lists -= 1;
            if *lists == 0 {
                self.lists_with.remove(&(number, old.synapses, old.hash));
                change -= bytes(old.synapses);
            }
        }
        if new.synapses > 0 {
            let lists = self.lists_with.entry((number, new.synapses, new.hash)).or_insert(0);
            *lists += 1;
            if *lists == 1 {
                change += bytes(new.synapses);
            }
        }
        change
    }
}

/// Whether the lists of a projection without a rule repeat one another so much that they take half the memory or less if they share.
pub(crate) fn pays(
    wiring: &Wiring,
    columns: &SynapseColumns,
    sources: u32,
    format: &SynapseFormat,
    header_bits: u32,
) -> bool {
    let mut prints = vec![Print::default(); sources as usize];
    for (target, range) in (0..).zip(wiring.starts.windows(2)) {
        let mut last = None;
        for synapse in range[0] as usize..range[1] as usize {
            let source = wiring.pre[synapse];
            if last == Some(source) {
                return false;
            }
            last = Some(source);
            let print = &mut prints[source as usize];
            *print = print.with(target, columns.weight[synapse], columns.delay[synapse]);
        }
    }
    let plain = SynapseFormat { address_bits: 0, ..*format };
    let mut common = HashSet::new();
    let (mut alone, mut together) = (0, 0);
    for print in prints.iter().filter(|print| print.synapses > 0) {
        let synapses = u64::from(print.synapses);
        alone += list_bytes(&plain, header_bits, synapses);
        together += shared_head_bytes(format, header_bits);
        if common.insert((print.synapses, print.hash)) {
            together += shared_synapses_bytes(format, synapses);
        }
    }
    together * 2 <= alone
}
