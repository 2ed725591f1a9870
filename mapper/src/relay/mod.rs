//! Relays: neurons whose synapses or sources exceed a core, given helpers that add up part of their input elsewhere.
//!
//! A relay is a compartment that runs four words of microcode. It sums what it hears in a step and sends the sum as one graded spike, so
//! a target needs one synapse in place of many. The relay takes one step, which is taken off the delay of the synapses that move to it. The
//! target receives the same number in the same step: spikes and weights of the network stay what they were, bit for bit. So a synapse
//! moves only if
//!
//! - it is static, not graded, for dendrite 0, and takes two steps or more;
//! - its source is an input or a fixed neuron, which spikes once per step at most, and all its synapses to the target move;
//! - what a relay can hear in a step never saturates.

mod rewrite;

use crate::compile::CompileOptions;
use crate::error::Error;
use crate::fit::{CoreLoad, Limits, Resource};
use crate::logical::{LogicalNetwork, Members, Written, write_out};
use crate::network::Network;
use caudate_core::chip::{ChipDescription, Limit};
use caudate_core::memory::list_bytes;
use caudate_core::semantics::Overflow;
use std::collections::BTreeMap;

/// A network in which relays help neurons that are too large.
#[derive(Debug, Clone, PartialEq)]
pub struct Relayed {
    /// The network: the given one, with populations of relays at its end.
    pub network: Network,
    /// Neurons that have relays.
    pub neurons: usize,
    /// Relays.
    pub relays: usize,
}

impl Relayed {
    /// What a report says about relays, if there are any.
    pub(crate) fn note(&self) -> Option<String> {
        let Self { neurons, relays, .. } = self;
        (*relays > 0)
            .then(|| format!("{neurons} neurons exceed a core alone and have {relays} relays; results are the same"))
    }
}

/// A synapse that moves: its projection, and its number there.
type Moved = (u32, usize);

/// What the relays of one neuron take over.
struct Plan {
    population: u32,
    member: u32,
    relays: Vec<Vec<Moved>>,
}

/// Gives relays to every neuron that exceeds a core, where that changes nothing else. Neurons that cannot be helped stay as they are,
/// for [`crate::compile`] to refuse.
///
/// # Errors
/// [`Error::Invalid`] if the network makes no sense.
pub fn with_relays(network: &Network, chip: &ChipDescription, options: &CompileOptions) -> Result<Relayed, Error> {
    let semantics = options.semantics.unwrap_or(chip.semantics);
    let Written { logical, invalid, .. } = write_out(network, chip, semantics, options.seed)
        .map_err(|problems| Error::Invalid(network.locate(problems)))?;
    if !invalid.is_empty() {
        return Err(Error::Invalid(network.locate(invalid)));
    }
    let unchanged = Relayed { network: network.clone(), neurons: 0, relays: 0 };
    let numerics = semantics.numerics();
    let Overflow::Saturate(bits) = numerics.accumulator else { return Ok(unchanged) };
    if numerics.shift_after_sum {
        return Ok(unchanged);
    }
    let room = Room { limits: Limits::of(chip), header_bits: chip.synapse.list_header_bits, most: (1 << bits) - 64 };
    let weight_limit = numerics.effective_weight_limit;
    let plans: Vec<Plan> = oversize(&logical, &room)
        .into_iter()
        .map(|(population, member)| {
            let relays = room.divide(&logical, movable(&logical, population, member), weight_limit);
            Plan { population, member, relays }
        })
        .filter(|plan| !plan.relays.is_empty())
        .collect();
    if plans.is_empty() {
        return Ok(unchanged);
    }
    let relays = plans.iter().map(|plan| plan.relays.len()).sum();
    Ok(Relayed { network: rewrite::rewrite(network, &logical, &plans), neurons: plans.len(), relays })
}

/// Neurons of one compartment that exceed an empty core by their synapses or sources.
fn oversize(logical: &LogicalNetwork, room: &Room) -> Vec<(u32, u32)> {
    let mut load = CoreLoad::new(logical, room.header_bits);
    load.open_core();
    let mut found = Vec::new();
    for kind in logical.cells.iter().filter(|kind| kind.populations.len() == 1) {
        for member in 0..kind.count {
            let usage = load.usage_with(&[(kind.soma, member)], 0);
            let by = |resource: Resource| !room.limits.of_resource(resource).admits(usage[resource]);
            if by(Resource::SynapticMemory) || by(Resource::InputAxons) {
                found.push((kind.soma, member));
            }
        }
    }
    found
}

/// The synapses of a neuron that may move, by logical id of their source.
fn movable(logical: &LogicalNetwork, population: u32, member: u32) -> BTreeMap<u32, Vec<Moved>> {
    let mut by_source: BTreeMap<u32, (bool, Vec<Moved>)> = BTreeMap::new();
    for index in &logical.populations[population as usize].incoming {
        let projection = &logical.projections[*index as usize];
        let pre = &logical.populations[projection.pre as usize];
        let spikes_once = !matches!(pre.members, Members::Microcode(_));
        let may = spikes_once && projection.rule.is_none() && !projection.is_graded && projection.dendrite == 0;
        for synapse in projection.row(member) {
            let own = by_source.entry(pre.first_id + projection.sources[synapse]).or_insert((true, Vec::new()));
            own.0 &= may && projection.delays.get(synapse) >= 1;
            own.1.push((*index, synapse));
        }
    }
    by_source.into_iter().filter(|(_, (may, _))| *may).map(|(source, (_, synapses))| (source, synapses)).collect()
}

/// What a relay can take.
struct Room {
    limits: Limits,
    header_bits: u32,
    /// Largest sum of input in a step that is not saturated.
    most: i64,
}

impl Room {
    /// Divides sources among relays in their order, each relay taking as many as it has room for.
    fn divide(
        &self,
        logical: &LogicalNetwork,
        sources: BTreeMap<u32, Vec<Moved>>,
        weight_limit: Option<i64>,
    ) -> Vec<Vec<Moved>> {
        let within = |resource: Resource, used: u64| match self.limits.of_resource(resource) {
            Limit::AtMost(limit) => used <= limit,
            Limit::Unlimited => true,
        };
        let mut relays: Vec<Vec<Moved>> = Vec::new();
        let (mut axons, mut bytes, mut sum) = (0, 0, 0);
        for synapses in sources.into_values() {
            let mut own = (0, 0);
            for list in synapses.chunk_by(|a, b| a.0 == b.0) {
                let projection = &logical.projections[list[0].0 as usize];
                let format = &logical.formats[projection.format as usize];
                own.0 += list_bytes(format, self.header_bits, list.len() as u64);
                let weight = |moved: &Moved| format.effective_weight(projection.weights.get(moved.1), weight_limit);
                own.1 += list.iter().map(|moved| i64::from(weight(moved)).abs()).sum::<i64>();
            }
            if own.1 > self.most || !within(Resource::SynapticMemory, own.0) {
                // No relay takes it: it stays.
                continue;
            }
            let fits = within(Resource::InputAxons, axons + 1)
                && within(Resource::SynapticMemory, bytes + own.0)
                && sum + own.1 <= self.most;
            if relays.is_empty() || !fits {
                relays.push(Vec::new());
                (axons, bytes, sum) = (0, 0, 0);
            }
            axons += 1;
            bytes += own.0;
            sum += own.1;
            if let Some(relay) = relays.last_mut() {
                relay.extend(synapses);
            }
        }
        relays
    }
}
