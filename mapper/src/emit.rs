//! From a partition and its placement to the finished image.
//!
//! A core is laid out by the [`CoreLoad`] that the partitioner counted with: its lists, in order of source and projection, are the
//! input axons; its output axons follow from the input axons of all cores.

use crate::fit::{CoreLoad, ListKey, Resource, Usage};
use crate::logical::LogicalNetwork;
use crate::partition::Partition;
use crate::place::Placed;
use crate::quantise::Column;
use caudate_core::chip::ChipDescription;
use caudate_core::id::{NeuronId, ProjectionId};
use caudate_core::image::{
    ChipImage, Compartment, CoreImage, FixedNeuron, Header, InputAxon, MicrocodeBlock, Route, SynapseGroup,
    SynapseList, Values,
};
use caudate_core::memory::{MemoryWriter, Synapse};

/// A finished image and what each of its cores holds.
pub(crate) struct Emitted {
    pub(crate) image: ChipImage,
    pub(crate) usage: Vec<Usage>,
}

/// Emits the image of a network that fits.
pub(crate) fn emit(
    network_name: &str,
    logical: &LogicalNetwork,
    chip: &ChipDescription,
    partition: &Partition,
    placed: &[Placed],
) -> Emitted {
    let neurons_of = neurons_by_core(&partition.core_of, partition.usage.len());
    let mut load = CoreLoad::new(logical, chip.synapse.list_header_bits);
    let mut scratch = Scratch {
        next: vec![0; load.slots()],
        rows: Vec::new(),
        synapses: Vec::new(),
        group_of: vec![0; logical.projections.len()],
    };
    let mut cores = Vec::with_capacity(placed.len());
    let mut usage = Vec::with_capacity(placed.len());
    for place in placed {
        let core = emit_core(logical, chip, neurons_of.of(place.part), *place, &mut load, &mut scratch);
        usage.push(*load.usage());
        cores.push(core);
    }
    let routes = routes_to_axons_of(&cores, logical.ids);
    for (core, usage) in cores.iter_mut().zip(&mut usage) {
        core.route_starts.push(0);
        for compartment in &core.compartments {
            core.routes.extend_from_slice(routes.of(compartment.neuron.0));
            core.route_starts.push(core.routes.len() as u32);
        }
        usage[Resource::OutputAxons] = core.routes.len() as u64;
    }
    let inputs = logical.populations.iter().filter(|population| population.is_input());
    let input_routes = inputs
        .flat_map(|population| population.first_id..population.first_id + population.size)
        .map(|id| routes.of(id).to_vec())
        .collect();
    let header = Header {
        tool_version: env!("CARGO_PKG_VERSION").to_owned(),
        network: network_name.to_owned(),
        seed: logical.seed,
        semantics: logical.semantics,
        chip_fingerprint: chip.fingerprint(),
    };
    let image = ChipImage {
        header,
        chip: chip.clone(),
        cores,
        input_routes,
        channels: logical.channels.clone(),
        programs: logical.programs.clone(),
        symbols: logical.symbols(),
    };
    Emitted { image, usage }
}

/// Memory that is reused from core to core.
struct Scratch {
    /// By list slot: where the next synapse of the list goes.
    next: Vec<u32>,
    /// By member and incoming projection: the first synapse that is in no list yet.
    rows: Vec<u32>,
    /// Lists of a block.
    synapses: Vec<Synapse>,
    /// By projection: its group on the core.
    group_of: Vec<u32>,
}

fn emit_core(
    logical: &LogicalNetwork,
    chip: &ChipDescription,
    neurons: &[u32],
    place: Placed,
    load: &mut CoreLoad<'_>,
    scratch: &mut Scratch,
) -> CoreImage {
    let members: Vec<(u32, u32)> = neurons.iter().map(|neuron| logical.locate(*neuron)).collect();
    load.open_core();
    members.iter().for_each(|(population, member)| load.add(*population, *member, 0));

    let mut core = CoreImage {
        tile: place.tile,
        neuron_profiles: Vec::new(),
        microcode: Vec::new(),
        compartments: Vec::with_capacity(members.len()),
        formats: Vec::new(),
        rules: Vec::new(),
        groups: Vec::new(),
        axons: Vec::with_capacity(load.sources().len()),
        lists: Vec::with_capacity(load.lists().len()),
        memory: Vec::new(),
        route_starts: Vec::with_capacity(members.len() + 1),
        routes: Vec::new(),
    };
    emit_compartments(logical, &members, &mut core);
    emit_blocks(logical, &members, &mut core);
    emit_groups(logical, load, &mut core, scratch);

    let mut keys: Vec<ListKey> = load.lists().to_vec();
    keys.sort_unstable();
    let format_of = |key: &ListKey| &logical.formats[logical.projections[key.projection as usize].format as usize];
    let mut writer = MemoryWriter::new();
    scratch.begin_rows(logical, &members);
    let mut rest = &keys[..];
    while !rest.is_empty() {
        let (block, after) = rest.split_at(block_of(rest, load));
        rest = after;
        scatter(logical, &members, load, block, scratch);
        let mut start = 0;
        for key in block {
            let synapses = load.list_synapses(*key);
            let list = &mut scratch.synapses[start..start + synapses as usize];
            // Targets ascend already; a stable sort keeps that order, and the canonical one of parallel synapses, within each delay.
            list.sort_by_key(|synapse| synapse.delay);
            writer.push_list(format_of(key), chip.synapse.list_header_bits, list);
            core.lists.push(SynapseList { group: scratch.group_of[key.projection as usize], synapses });
            match core.axons.last_mut() {
                Some(axon) if axon.source.0 == key.source => axon.lists += 1,
                _ => core.axons.push(InputAxon { source: NeuronId(key.source), lists: 1 }),
            }
            start += synapses as usize;
        }
    }
    core.memory = writer.finish();
    core
}

fn emit_compartments(logical: &LogicalNetwork, members: &[(u32, u32)], core: &mut CoreImage) {
    let mut numbers = FirstUse::new(logical.profiles.len());
    for (population, member) in members {
        let own = &logical.populations[*population as usize];
        let index = *member as usize;
        let fixed = own.fixed().map(|columns| {
            let (profile, is_new) = numbers.number(columns.profile.get(index));
            if is_new {
                core.neuron_profiles.push(logical.profiles[columns.profile.get(index) as usize]);
            }
            FixedNeuron {
                profile,
                bias_mantissa: columns.bias_mantissa.get(index),
                initial_u: columns.initial_u.get(index),
                initial_v: columns.initial_v.get(index),
            }
        });
        core.compartments.push(Compartment {
            neuron: NeuronId(own.first_id + member),
            fixed,
            modulators: own.channels,
        });
    }
}

/// One block for the members of each population that runs a program.
fn emit_blocks(logical: &LogicalNetwork, members: &[(u32, u32)], core: &mut CoreImage) {
    let mut first = 0;
    let mut populations = Vec::new();
    for run in members.chunk_by(|a, b| a.0 == b.0) {
        let (population, count) = (run[0].0, run.len() as u32);
        if let Some(columns) = logical.populations[population as usize].microcode() {
            let values = |columns: &[Column<i32>]| {
                let values = |column: &Column<i32>| match column {
                    Column::Same(value) => Values::Same(*value),
                    Column::Each(all) => Values::Each(run.iter().map(|(_, member)| all[*member as usize]).collect()),
                };
                columns.iter().map(values).collect()
            };
            core.microcode.push(MicrocodeBlock {
                program: columns.program,
                first,
                count,
                parameters: values(&columns.parameters),
                initial: values(&columns.initial),
                parent: None,
            });
            populations.push((population, columns.parent));
        }
        first += count;
    }
    for (block, (_, parent)) in core.microcode.iter_mut().zip(&populations) {
        let number = |parent: u32| populations.iter().position(|(population, _)| *population == parent);
        block.parent = parent.and_then(number).map(|number| number as u32);
    }
}

fn emit_groups(logical: &LogicalNetwork, load: &CoreLoad<'_>, core: &mut CoreImage, scratch: &mut Scratch) {
    let mut formats = FirstUse::new(logical.formats.len());
    let mut rules = FirstUse::new(logical.rules.len());
    let mut projections = load.projections().to_vec();
    projections.sort_unstable();
    for (index, group) in projections.into_iter().zip(0..) {
        scratch.group_of[index as usize] = group;
        let projection = &logical.projections[index as usize];
        let (format, is_new) = formats.number(projection.format);
        if is_new {
            core.formats.push(logical.formats[projection.format as usize]);
        }
        let rule = projection.rule.map(|rule| {
            let (number, is_new) = rules.number(rule);
            if is_new {
                core.rules.push(logical.rules[rule as usize].clone());
            }
            number
        });
        core.groups.push(SynapseGroup {
            projection: ProjectionId(index),
            format,
            rule,
            dendrite: projection.dendrite,
            port: projection.port,
            is_graded: projection.is_graded,
        });
    }
}

/// Synapses that are unpacked at a time, unless one source has more: a core may hold more of them than there is room for twice.
const BLOCK: u64 = 1 << 20;

/// How many of the lists that are left make the next block: whole sources, at least one.
fn block_of(lists: &[ListKey], load: &CoreLoad<'_>) -> usize {
    let (mut taken, mut synapses) = (0, 0);
    for source in lists.chunk_by(|a, b| a.source == b.source) {
        synapses += source.iter().map(|key| u64::from(load.list_synapses(*key))).sum::<u64>();
        if taken > 0 && synapses > BLOCK {
            break;
        }
        taken += source.len();
    }
    taken
}

impl Scratch {
    /// Puts every row at its beginning.
    fn begin_rows(&mut self, logical: &LogicalNetwork, members: &[(u32, u32)]) {
        self.rows.clear();
        for (population, member) in members {
            let incoming = &logical.populations[*population as usize].incoming;
            self.rows
                .extend(incoming.iter().map(|index| logical.projections[*index as usize].starts[*member as usize]));
        }
    }
}

/// Puts the synapses of a block of lists into them. Sources ascend in rows as they do in blocks, so each row goes on where it stopped.
fn scatter(
    logical: &LogicalNetwork,
    members: &[(u32, u32)],
    load: &CoreLoad<'_>,
    block: &[ListKey],
    scratch: &mut Scratch,
) {
    let mut total = 0;
    for key in block {
        let pre = logical.projections[key.projection as usize].pre;
        scratch.next[load.slot(key.projection, key.source - logical.populations[pre as usize].first_id)] = total;
        total += load.list_synapses(*key);
    }
    scratch.synapses.clear();
    scratch.synapses.resize(total as usize, Synapse { delay: 0, target: 0, weight: 0 });
    let last = block.last().map_or(0, |key| key.source);
    let mut rows = scratch.rows.iter_mut();
    for ((population, member), target) in members.iter().zip(0..) {
        let incoming = &logical.populations[*population as usize].incoming;
        for (&index, at) in incoming.iter().zip(rows.by_ref()) {
            let projection = &logical.projections[index as usize];
            let end = projection.starts[*member as usize + 1];
            let first_id = logical.populations[projection.pre as usize].first_id;
            while *at < end && first_id + projection.sources[*at as usize] <= last {
                let synapse = *at as usize;
                let next = &mut scratch.next[load.slot(index, projection.sources[synapse])];
                scratch.synapses[*next as usize] =
                    Synapse { delay: projection.delays.get(synapse), target, weight: projection.weights.get(synapse) };
                *next += 1;
                *at += 1;
            }
        }
    }
}

/// Numbers things in the order in which a core first uses them.
struct FirstUse {
    numbers: Vec<Option<u16>>,
    next: u16,
}

impl FirstUse {
    fn new(things: usize) -> Self {
        Self { numbers: vec![None; things], next: 0 }
    }

    /// The number of a thing, and whether it is new. The fit check holds the count within 16 bits.
    fn number(&mut self, thing: u32) -> (u16, bool) {
        match self.numbers[thing as usize] {
            Some(number) => (number, false),
            None => {
                let number = self.next;
                self.numbers[thing as usize] = Some(number);
                self.next = number.saturating_add(1);
                (number, true)
            }
        }
    }
}

/// Items by owner, in one array.
struct ByOwner<T> {
    starts: Vec<u32>,
    items: Vec<T>,
}

impl<T: Copy> ByOwner<T> {
    /// Sorts pairs by owner; the items of an owner keep their order. `blank` is overwritten.
    fn collect(owners: usize, blank: T, pairs: impl Iterator<Item = (u32, T)> + Clone) -> Self {
        let mut starts = vec![0_u32; owners + 1];
        pairs.clone().for_each(|(owner, _)| starts[owner as usize + 1] += 1);
        for at in 1..starts.len() {
            starts[at] += starts[at - 1];
        }
        let mut next = starts.clone();
        let mut items = vec![blank; starts[owners] as usize];
        for (owner, item) in pairs {
            items[next[owner as usize] as usize] = item;
            next[owner as usize] += 1;
        }
        Self { starts, items }
    }

    fn of(&self, owner: u32) -> &[T] {
        &self.items[self.starts[owner as usize] as usize..self.starts[owner as usize + 1] as usize]
    }
}

fn neurons_by_core(core_of: &[u32], cores: usize) -> ByOwner<u32> {
    ByOwner::collect(cores, 0, core_of.iter().copied().zip(0..))
}

/// The routes of each source, in order of core and axon.
fn routes_to_axons_of(cores: &[CoreImage], ids: u32) -> ByOwner<Route> {
    let ports: Vec<Vec<u64>> = cores.iter().map(ports_of_axons).collect();
    let axons = |core: u32| {
        let ports = &ports[core as usize];
        let axons = cores[core as usize].axons.iter().zip(ports).zip(0..);
        axons.map(move |((input, ports), axon)| (input.source.0, Route { core, axon, ports: *ports }))
    };
    ByOwner::collect(ids as usize, Route { core: 0, axon: 0, ports: 0 }, (0..cores.len() as u32).flat_map(axons))
}

/// By input axon: the ports that its synapse lists pass on.
fn ports_of_axons(core: &CoreImage) -> Vec<u64> {
    let mut lists = core.lists.iter();
    let ports = |axon: &InputAxon| {
        let own = lists.by_ref().take(axon.lists as usize);
        own.fold(0, |ports, list| ports | 1 << core.groups[list.group as usize].port)
    };
    core.axons.iter().map(ports).collect()
}
