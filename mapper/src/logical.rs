//! The logical network: every neuron and synapse written out in the chip's integers, on no core yet.
//!
//! It is a pure function of network, chip and seed. Partition, emission and the checker all start from it.

use crate::cells::{self, Cells};
use crate::connect::{Ends, Wiring, wire};
use crate::fit::shared;
use crate::network::{Model, Network};
use crate::origin::{Part, Problem};
use crate::parameter::{DrawnParameter, Owner, draw_entity};
use crate::quantise::neuron::{NeuronColumns, Profiles};
use crate::quantise::program::{MicrocodeColumns, programs};
use crate::quantise::{Column, Quantisation, Quantiser};
use crate::validate;
use crate::warnings;
use caudate_core::chip::ChipDescription;
use caudate_core::id::NeuronId;
use caudate_core::image::{LearningRule, NamedProgram, PopulationSymbol, ProjectionSymbol, Symbols};
use caudate_core::modulator::{ModulatorChannel, ModulatorSource, SLOTS};
use caudate_core::neuron::NeuronProfile;
use caudate_core::random::{Domain, stream};
use caudate_core::semantics::Semantics;
use caudate_core::synapse::SynapseFormat;
use hashbrown::HashMap;

/// Parallel synapses of one pair that a draw can tell apart.
const MAX_PARALLEL_SYNAPSES: usize = 16;

/// A network written out.
#[derive(Debug)]
pub(crate) struct LogicalNetwork {
    pub(crate) seed: u64,
    pub(crate) semantics: Semantics,
    pub(crate) populations: Vec<LogicalPopulation>,
    /// What shares a core, in order of first population.
    pub(crate) cells: Vec<Cells>,
    /// Members of all populations.
    pub(crate) ids: u32,
    /// Neurons (not inputs), numbered through in the order of their logical ids.
    pub(crate) neurons: u32,
    /// Distinct neuron profiles, in order of first use.
    pub(crate) profiles: Vec<NeuronProfile>,
    /// Distinct programs, in order of first use by populations, then rules.
    pub(crate) programs: Vec<NamedProgram>,
    pub(crate) projections: Vec<LogicalProjection>,
    /// Distinct synapse formats, in order of first use.
    pub(crate) formats: Vec<SynapseFormat>,
    pub(crate) rules: Vec<LearningRule>,
    pub(crate) channels: Vec<ModulatorChannel>,
    pub(crate) quantisation: Vec<Quantisation>,
    pub(crate) warnings: Vec<String>,
}

/// A population written out.
#[derive(Debug)]
pub(crate) struct LogicalPopulation {
    pub(crate) name: String,
    pub(crate) size: u32,
    /// Logical id of its first member.
    pub(crate) first_id: u32,
    /// Number of its first member among the inputs, or among the neurons.
    pub(crate) first_of_kind: u32,
    pub(crate) members: Members,
    pub(crate) channels: [Option<u16>; SLOTS],
    pub(crate) max_neurons_per_core: Option<u32>,
    /// Projections that end here, ascending.
    pub(crate) incoming: Vec<u32>,
}

/// What the members of a population are, in the chip's integers.
#[derive(Debug)]
pub(crate) enum Members {
    Inputs,
    Fixed(NeuronColumns),
    Microcode(MicrocodeColumns),
}

impl LogicalPopulation {
    /// Whether its members are input sources.
    pub(crate) const fn is_input(&self) -> bool {
        matches!(self.members, Members::Inputs)
    }

    /// The fixed neurons, if it is of those.
    pub(crate) const fn fixed(&self) -> Option<&NeuronColumns> {
        match &self.members {
            Members::Fixed(columns) => Some(columns),
            Members::Inputs | Members::Microcode(_) => None,
        }
    }

    /// The compartments that run a program, if it is of those.
    pub(crate) const fn microcode(&self) -> Option<&MicrocodeColumns> {
        match &self.members {
            Members::Microcode(columns) => Some(columns),
            Members::Inputs | Members::Fixed(_) => None,
        }
    }
}

/// A projection written out; synapses by target, then source, then canonical order.
#[derive(Debug)]
pub(crate) struct LogicalProjection {
    pub(crate) name: String,
    pub(crate) pre: u32,
    pub(crate) post: u32,
    /// Index into [`LogicalNetwork::formats`].
    pub(crate) format: u32,
    /// Index into [`LogicalNetwork::rules`].
    pub(crate) rule: Option<u32>,
    /// Synapses of target j: `starts[j] .. starts[j + 1]`.
    pub(crate) starts: Vec<u32>,
    /// Source member.
    pub(crate) sources: Vec<u32>,
    pub(crate) weights: Column<i16>,
    /// Stored delays.
    pub(crate) delays: Column<u8>,
    pub(crate) dendrite: u8,
    pub(crate) port: u8,
    pub(crate) is_graded: bool,
}

impl LogicalProjection {
    /// The synapses of target member `target`.
    #[inline]
    pub(crate) fn row(&self, target: u32) -> std::ops::Range<usize> {
        self.starts[target as usize] as usize..self.starts[target as usize + 1] as usize
    }

    /// A synapse as (target, weight, stored delay), for a target of that number.
    pub(crate) fn to(&self, target: u32, synapse: usize) -> (u32, i16, u8) {
        (target, self.weights.get(synapse), self.delays.get(synapse))
    }
}

impl LogicalNetwork {
    /// The population that neuron number `neuron` belongs to, and its place there.
    pub(crate) fn locate(&self, neuron: u32) -> (u32, u32) {
        let mut candidates = self.populations.iter().enumerate().filter(|(_, population)| !population.is_input());
        let found = candidates.rfind(|(_, population)| population.first_of_kind <= neuron);
        found.map_or((0, 0), |(index, population)| (index as u32, neuron - population.first_of_kind))
    }

    /// By logical id: the number of the neuron, or `None` for an input.
    pub(crate) fn neuron_of_id(&self) -> Vec<Option<u32>> {
        let mut table = Vec::with_capacity(self.ids as usize);
        for population in &self.populations {
            let is_neuron = !population.is_input();
            table.extend((0..population.size).map(|member| is_neuron.then_some(population.first_of_kind + member)));
        }
        table
    }

    /// Whether lists of some projection share their synapses.
    pub(crate) fn shares(&self) -> bool {
        self.formats.iter().any(SynapseFormat::shares)
    }

    /// Synapses of the whole network.
    pub(crate) fn synapses(&self) -> u64 {
        self.projections.iter().map(|projection| projection.sources.len() as u64).sum()
    }

    /// The names that an image carries.
    pub(crate) fn symbols(&self) -> Symbols {
        let populations = self.populations.iter().map(|population| PopulationSymbol {
            name: population.name.clone(),
            first: NeuronId(population.first_id),
            size: population.size,
            is_input: population.is_input(),
            first_input: if population.is_input() { population.first_of_kind } else { 0 },
        });
        let projections = self.projections.iter().map(|projection| ProjectionSymbol {
            name: projection.name.clone(),
            pre: projection.pre,
            post: projection.post,
            synapses: projection.sources.len() as u64,
            is_plastic: projection.rule.is_some(),
        });
        Symbols { populations: populations.collect(), projections: projections.collect() }
    }
}

/// What came of writing a network out.
#[derive(Debug)]
pub(crate) struct Written {
    /// The network; placeholders stand for whatever was refused.
    pub(crate) logical: LogicalNetwork,
    /// What makes the network invalid.
    pub(crate) invalid: Vec<Problem>,
    /// What the chip cannot store.
    pub(crate) misfits: Vec<Problem>,
}

/// Writes a network out for a chip.
///
/// # Errors
/// The structural problems of the network and its rules, which leave nothing to write out.
pub(crate) fn write_out(
    network: &Network,
    chip: &ChipDescription,
    semantics: Semantics,
    seed: u64,
) -> Result<Written, Vec<Problem>> {
    let mut quantiser = Quantiser {
        network,
        chip,
        semantics,
        seed,
        invalid: validate::problems(network),
        misfits: Vec::new(),
        quantisation: Vec::new(),
        warnings: Vec::new(),
        proven: HashMap::new(),
    };
    let programs = programs(network);
    if programs.len() > usize::from(u16::MAX) {
        let message = format!("the network has {} distinct programs; the limit is {}", programs.len(), u16::MAX);
        quantiser.refuse(Part::Network.key(""), "E-NET-SIZE", message, "share programs between populations");
    }
    let rules = quantiser.rules(&programs);
    if !quantiser.invalid.is_empty() {
        return Err(quantiser.invalid);
    }
    let population_of: HashMap<&str, u32> =
        network.populations.iter().zip(0..).map(|(population, index)| (population.name.as_str(), index)).collect();
    let rule_of: HashMap<&str, u32> =
        network.rules.iter().zip(0..).map(|(rule, index)| (rule.name.as_str(), index)).collect();

    let mut profiles = Profiles::default();
    let mut populations = write_populations(&mut quantiser, &mut profiles, &programs, &population_of);
    let cells = cells::of(&populations);
    cells::check_stacks(&mut quantiser, &cells, &populations);
    warnings::of_microcode(network, &mut quantiser.warnings);
    let mut projections: Vec<LogicalProjection> = Vec::new();
    let mut formats: Vec<SynapseFormat> = Vec::new();
    for (index, projection) in network.projections.iter().enumerate() {
        // The structural checks found both populations and the rule.
        let (pre, post) = (population_of[projection.pre.as_str()], population_of[projection.post.as_str()]);
        let rule = projection.rule.as_ref().map(|rule| rule_of[rule.as_str()]);
        let ends = ends(index, (pre, post), &populations, seed);
        let Ok(wiring) = wire(&projection.connect, ends) else {
            let message = format!("projection '{}' has more than {} synapses", projection.name, u32::MAX);
            quantiser.refuse(
                Part::Projection(index).key("connect"),
                "E-NET-SIZE",
                message,
                "split it into several projections",
            );
            continue;
        };
        let rule_config = rule.map(|rule| (&network.rules[rule as usize], &rules[rule as usize]));
        let mut columns = quantiser.projection(index, projection, &wiring, rule_config);
        let sharing = SynapseFormat { address_bits: chip.synapse.shared_address_bits, ..columns.format };
        let header_bits = chip.synapse.list_header_bits;
        if rule.is_none() && sharing.shares() && shared::pays(&wiring, &columns, ends.pre, &sharing, header_bits) {
            columns.format = sharing;
        }
        let format = formats.iter().position(|known| *known == columns.format).unwrap_or_else(|| {
            formats.push(columns.format);
            formats.len() - 1
        });
        if let Some((spec, rule)) = rule_config {
            warnings::of_deaf_targets(&mut quantiser.warnings, spec, rule, &network.populations[post as usize]);
        }
        populations[post as usize].incoming.push(projections.len() as u32);
        let Wiring { starts, pre: sources, .. } = wiring;
        projections.push(LogicalProjection {
            name: projection.name.clone(),
            pre,
            post,
            format: format as u32,
            rule,
            starts,
            sources,
            weights: Column::of(columns.weight),
            delays: Column::of(columns.delay),
            dendrite: projection.dendrite,
            port: projection.port,
            is_graded: projection.is_graded,
        });
    }
    let ids = network.populations.iter().map(|population| population.size).sum();
    let neurons =
        populations.iter().filter(|population| !population.is_input()).map(|population| population.size).sum();
    let channels = channels(network, &population_of, &populations);
    let Quantiser { mut invalid, misfits, quantisation, warnings, .. } = quantiser;
    if invalid.is_empty() {
        refuse_many_parallel_synapses(network, &populations, &projections, &mut invalid);
    }
    let logical = LogicalNetwork {
        seed,
        semantics,
        populations,
        cells,
        ids,
        neurons,
        profiles: profiles.list,
        programs,
        projections,
        formats,
        rules,
        channels,
        quantisation,
        warnings,
    };
    if logical.synapses() > u64::from(u32::MAX) {
        let message = format!("the network has {} synapses; the limit is {}", logical.synapses(), u32::MAX);
        invalid.push(Part::Network.key("").problem("E-NET-SIZE", message, "split the network"));
    }
    Ok(Written { logical, invalid, misfits })
}

/// The sizes and draws of projection `index` between two populations.
pub(crate) fn ends(index: usize, (pre, post): (u32, u32), populations: &[LogicalPopulation], seed: u64) -> Ends {
    Ends {
        pre: populations[pre as usize].size,
        post: populations[post as usize].size,
        is_recurrent: pre == post,
        stream: stream(Domain::Network.seed(seed), draw_entity(Owner::Projection(index), DrawnParameter::Topology)),
    }
}

fn write_populations(
    quantiser: &mut Quantiser<'_>,
    profiles: &mut Profiles,
    programs: &[NamedProgram],
    population_of: &HashMap<&str, u32>,
) -> Vec<LogicalPopulation> {
    let network = quantiser.network;
    let channel_of =
        |name: &String| network.modulators.iter().position(|channel| channel.name == *name).map(|index| index as u16);
    let (mut first_id, mut inputs, mut neurons) = (0, 0, 0);
    let mut populations = Vec::with_capacity(network.populations.len());
    for (index, population) in network.populations.iter().enumerate() {
        let of_kind = if population.is_input() { &mut inputs } else { &mut neurons };
        let size = population.size as usize;
        let members = match &population.model {
            Model::Input => Members::Inputs,
            Model::Lif(lif) => Members::Fixed(quantiser.population(index, size, lif, profiles)),
            Model::Program(own) => Members::Microcode(MicrocodeColumns {
                parent: own.parent.as_deref().and_then(|parent| population_of.get(parent).copied()),
                ..quantiser.microcode(index, size, own, programs)
            }),
        };
        let channels = population
            .modulators()
            .map_or([None; SLOTS], |slots| slots.each_ref().map(|name| name.as_ref().and_then(channel_of)));
        populations.push(LogicalPopulation {
            name: population.name.clone(),
            size: population.size,
            first_id,
            first_of_kind: *of_kind,
            members,
            channels,
            max_neurons_per_core: population.max_neurons_per_core,
            incoming: Vec::new(),
        });
        first_id += population.size;
        *of_kind += population.size;
    }
    populations
}

fn channels(
    network: &Network,
    population_of: &HashMap<&str, u32>,
    populations: &[LogicalPopulation],
) -> Vec<ModulatorChannel> {
    let channel = |spec: &crate::network::ModulatorSpec| {
        let source = spec.source.as_ref().map(|name| &populations[population_of[name.as_str()] as usize]);
        ModulatorChannel {
            name: spec.name.clone(),
            decay: spec.decay,
            source: source.map(|source| ModulatorSource {
                first_neuron: source.first_id,
                neurons: source.size,
                gain: spec.gain,
            }),
        }
    };
    network.modulators.iter().map(channel).collect()
}

/// Draws tell parallel synapses of a pair apart by a number of four bits.
fn refuse_many_parallel_synapses(
    network: &Network,
    populations: &[LogicalPopulation],
    projections: &[LogicalProjection],
    invalid: &mut Vec<Problem>,
) {
    for post in populations {
        for (position, &last) in post.incoming.iter().enumerate() {
            // The projections between one pair of populations are looked at once, when their last is met.
            let pre = projections[last as usize].pre;
            let is_last = post.incoming[position + 1..].iter().all(|later| projections[*later as usize].pre != pre);
            if !is_last {
                continue;
            }
            let together: Vec<&LogicalProjection> = post.incoming[..=position]
                .iter()
                .map(|index| &projections[*index as usize])
                .filter(|projection| projection.pre == pre)
                .collect();
            if together.iter().map(|projection| longest_run(projection)).sum::<usize>() <= MAX_PARALLEL_SYNAPSES {
                continue;
            }
            let mut counts = vec![0_usize; populations[pre as usize].size as usize];
            for target in 0..post.size {
                let rows = || together.iter().flat_map(|projection| &projection.sources[projection.row(target)]);
                rows().for_each(|source| counts[*source as usize] += 1);
                if let Some(source) = rows().find(|source| counts[**source as usize] > MAX_PARALLEL_SYNAPSES) {
                    let message = format!(
                        "{} parallel synapses from {}[{source}] to {}[{target}]; the limit is {MAX_PARALLEL_SYNAPSES}",
                        counts[*source as usize], populations[pre as usize].name, post.name
                    );
                    let index = network
                        .projections
                        .iter()
                        .position(|projection| projection.name == together[together.len() - 1].name)
                        .unwrap_or(0);
                    invalid.push(Part::Projection(index).key("connect").problem(
                        "E-NET-PARALLEL",
                        message,
                        "merge parallel synapses into one with the sum of their weights",
                    ));
                    break;
                }
                rows().for_each(|source| counts[*source as usize] = 0);
            }
        }
    }
}

/// The most synapses that one pair has in a projection.
fn longest_run(projection: &LogicalProjection) -> usize {
    let rows = projection.starts.windows(2).map(|range| &projection.sources[range[0] as usize..range[1] as usize]);
    rows.flat_map(|row| row.chunk_by(|a, b| a == b)).map(<[u32]>::len).max().unwrap_or(0)
}
