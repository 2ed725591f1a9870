//! The synapses of a group by target: kept only for rules with products that count after a spike of the target.

use super::Synapses;
use super::kernel::{BATCH, Lanes};
use crate::engine::prefetch::prefetch_all;

/// Where the synapses onto each neuron are.
#[derive(Debug, Clone)]
pub(in crate::engine) enum Columns {
    /// Not kept.
    None,
    /// List and place in its row, 16 bits each.
    Packed { starts: Vec<u32>, places: Vec<u32> },
    /// The same for groups that need more.
    Wide { starts: Vec<u32>, places: Vec<(u32, u32)> },
}

/// A part of a column: up to [`BATCH`] synapses by list and place in its row.
#[derive(Debug, Clone)]
pub(super) struct Part {
    pub(super) lists: Lanes<u32>,
    pub(super) places: Lanes<u32>,
    pub(super) len: usize,
}

impl Columns {
    pub(super) fn new(synapses: &Synapses, neurons: usize) -> Self {
        let mut starts = vec![0_u32; neurons + 1];
        synapses.target.iter().for_each(|target| starts[usize::from(*target) + 1] += 1);
        (1..starts.len()).for_each(|at| starts[at] += starts[at - 1]);
        let mut next = starts.clone();
        let lists = synapses.starts.len() - 1;
        let longest = (0..lists).map(|list| synapses.row(list).len()).max().unwrap_or(0);
        let all = (0..lists).flat_map(|list| {
            synapses.row(list).zip(0_u32..).map(move |(synapse, place)| (list as u32, synapse, place))
        });
        let mut slot = |synapse: usize| {
            let next = &mut next[usize::from(synapses.target[synapse])];
            *next += 1;
            *next as usize - 1
        };
        if lists <= 1 << 16 && longest <= 1 << 16 {
            let mut places = vec![0; synapses.target.len()];
            all.for_each(|(list, synapse, place)| places[slot(synapse)] = list << 16 | place);
            Self::Packed { starts, places }
        } else {
            let mut places = vec![(0, 0); synapses.target.len()];
            all.for_each(|(list, synapse, place)| places[slot(synapse)] = (list, place));
            Self::Wide { starts, places }
        }
    }

    /// Asks for the column of `neuron`.
    pub(super) fn prefetch(&self, neuron: usize) {
        match self {
            Self::None => {}
            Self::Packed { starts, places } => {
                prefetch_all(&places[starts[neuron] as usize..starts[neuron + 1] as usize]);
            }
            Self::Wide { starts, places } => {
                prefetch_all(&places[starts[neuron] as usize..starts[neuron + 1] as usize]);
            }
        }
    }

    /// The synapses onto `neuron`, in parts.
    #[inline(always)]
    pub(super) fn parts(&self, neuron: usize, mut visit: impl FnMut(&Part)) {
        let mut part = Part { lists: [0; BATCH], places: [0; BATCH], len: 0 };
        match self {
            Self::None => {}
            Self::Packed { starts, places } => {
                for own in places[starts[neuron] as usize..starts[neuron + 1] as usize].chunks(BATCH) {
                    part.lists.iter_mut().zip(own).for_each(|(list, packed)| *list = packed >> 16);
                    part.places.iter_mut().zip(own).for_each(|(place, packed)| *place = packed & 0xFFFF);
                    part.len = own.len();
                    visit(&part);
                }
            }
            Self::Wide { starts, places } => {
                for own in places[starts[neuron] as usize..starts[neuron + 1] as usize].chunks(BATCH) {
                    part.lists.iter_mut().zip(own).for_each(|(list, wide)| *list = wide.0);
                    part.places.iter_mut().zip(own).for_each(|(place, wide)| *place = wide.1);
                    part.len = own.len();
                    visit(&part);
                }
            }
        }
    }
}
