//! The synapses of a group by target: kept only for rules with products that count after a spike of the target.

use super::Synapses;

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

    /// Calls `visit` with (list, place in its row) of each synapse onto `neuron`.
    #[inline(always)]
    pub(super) fn each(&self, neuron: usize, mut visit: impl FnMut(usize, usize)) {
        match self {
            Self::None => {}
            Self::Packed { starts, places } => {
                for place in &places[starts[neuron] as usize..starts[neuron + 1] as usize] {
                    visit((place >> 16) as usize, (place & 0xFFFF) as usize);
                }
            }
            Self::Wide { starts, places } => {
                for (list, place) in &places[starts[neuron] as usize..starts[neuron + 1] as usize] {
                    visit(*list as usize, *place as usize);
                }
            }
        }
    }
}
