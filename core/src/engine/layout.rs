//! From a core's image to tiles.

use super::Strategy;
use super::bits::Volley;
use super::lif::Settings;
use super::neurons::{BLOCK, Neurons};
use super::plastic::{Delays, Levels, PlasticTile, Rule, Synapses};
use super::ring::{Ring, TILE};
use super::rows::{Rows, Static, narrow};
use super::tile::{Mode, Tile};
use super::tiled::{Shared, TiledCore};
use super::window::Window;
use crate::error::Error;
use crate::id::Step;
use crate::image::{ChipImage, CoreImage, FixedNeuron, SynapseGroup};
use crate::memory::{MemoryReader, Synapse};
use crate::neuron::Overflows;
use crate::runtime::MAX_PARALLEL_SYNAPSES;
use crate::semantics::{LearningOrder, Numerics};
use crate::synapse::ACCUMULATOR_SCALE;
use std::sync::Arc;

/// Spikes that one source may emit in a step, where programs do: an assumption that the bound on sums makes.
const SPIKES_OF_A_PROGRAM: u64 = 1 << 10;

/// What of a core's structure the fast engine does not serve; `None` where only the size of its numbers could be in the way.
pub(super) fn not_served(image: &ChipImage, core: &CoreImage) -> Option<&'static str> {
    let any = |is: fn(&SynapseGroup) -> bool| core.groups.iter().any(is);
    match () {
        () if image.header.semantics.numerics().learning != LearningOrder::Loihi => Some("semantics of an emulator"),
        () if core.compartments.iter().any(|own| own.fixed.is_none()) => Some("neurons that run programs"),
        () if !core.microcode.is_empty() => Some("programs"),
        () if any(|group| group.dendrite != 0) => Some("dendrites"),
        () if any(|group| group.port != 0) => Some("axon ports"),
        () if any(|group| group.is_graded) => Some("graded spikes"),
        () => None,
    }
}

impl TiledCore {
    /// Lays out core `index` of an image; `None` if the fast engine does not serve it: emulators' semantics, programs, dendrites, ports,
    /// graded spikes, or numbers wider than 32 bits.
    ///
    /// # Errors
    /// As [`crate::runtime::Core::load`].
    pub(super) fn load(
        image: &ChipImage,
        index: usize,
        strategy: Strategy,
        tiles: usize,
    ) -> Result<Option<Self>, Error> {
        let core = &image.cores[index];
        let numerics = image.header.semantics.numerics();
        let neurons: Option<Vec<FixedNeuron>> = core.compartments.iter().map(|compartment| compartment.fixed).collect();
        let (Some(neurons), None) = (neurons, not_served(image, core)) else { return Ok(None) };
        let size = neurons.len().div_ceil(tiles.max(1)).clamp(1, TILE).next_multiple_of(BLOCK);
        let Some(builder) = Builder::new(image, core, numerics, neurons, size.min(TILE)) else { return Ok(None) };
        builder.fill(image, core, strategy)
    }
}

/// Tiles in the making.
struct Builder {
    numerics: Numerics,
    neurons: Vec<FixedNeuron>,
    /// Neurons of a tile, but for the last.
    size: usize,
    shared: Shared,
    rules: Vec<Option<RuleInTheMaking>>,
    rows: Vec<Rows>,
    /// By tile: the row in the making.
    row: Vec<Vec<(u8, Static)>>,
    /// By tile and plastic group.
    plastic: Vec<Vec<Synapses>>,
    /// By neuron: the largest sum that could reach it in one step.
    bounds: Vec<u64>,
    longest_delay: u8,
}

struct RuleInTheMaking {
    /// Number among the plastic groups.
    plastic: usize,
    /// Whether it changes delays: then they are met as spikes are delivered.
    moves_delays: bool,
    /// The largest magnitude that a synapse may deliver, in units of 64.
    largest: u64,
    levels: Levels,
    sources: Vec<u32>,
}

impl Builder {
    fn new(
        image: &ChipImage,
        core: &CoreImage,
        numerics: Numerics,
        neurons: Vec<FixedNeuron>,
        size: usize,
    ) -> Option<Self> {
        for own in &neurons {
            Settings::of(core.neuron_profiles.get(usize::from(own.profile))?, own.bias_mantissa)?;
        }
        let tiles = neurons.len().div_ceil(size).max(1);
        let mut plastic = 0;
        let rules = core.groups.iter().map(|group| {
            let Some(rule) = group.rule else { return Some(None) };
            let rule = &core.rules[usize::from(rule)];
            let format = &core.formats[usize::from(group.format)];
            let (low, high) = format.weight_range();
            let delivers = |weight| {
                let effective = format.effective_weight(weight, numerics.effective_weight_limit);
                u64::from(effective.unsigned_abs()) / ACCUMULATOR_SCALE as u64
            };
            plastic += 1;
            Some(Some(RuleInTheMaking {
                plastic: plastic - 1,
                moves_delays: rule.program.products().is_some_and(|products| !products.delay.is_empty()),
                largest: delivers(low).max(delivers(high)),
                levels: Levels::of(format)?,
                sources: Vec::new(),
            }))
        });
        let rules: Vec<_> = rules.collect::<Option<_>>()?;
        let moves_delays = rules.iter().flatten().any(|rule| rule.moves_delays);
        let empty = Synapses {
            starts: vec![0],
            target: Vec::new(),
            weight: Vec::new(),
            delay: Delays::Each(Vec::new()),
            tag: Vec::new(),
            ordinal: Vec::new(),
        };
        Some(Self {
            numerics,
            size,
            shared: Shared { neurons: neurons.len() as u64, ..Shared::default() },
            rules,
            rows: (0..tiles).map(|_| Rows::with_capacity(core.axons.len())).collect(),
            row: vec![Vec::new(); tiles],
            plastic: vec![vec![empty; plastic]; tiles],
            bounds: vec![0; neurons.len()],
            longest_delay: if moves_delays { image.chip.core.max_stored_delay_steps.min(63) } else { 0 },
            neurons,
        })
    }

    fn fill(mut self, image: &ChipImage, core: &CoreImage, strategy: Strategy) -> Result<Option<TiledCore>, Error> {
        let mut reader = MemoryReader::new(&core.memory);
        let mut lists = core.lists.iter();
        if self.rules.iter().any(Option::is_some) {
            self.shared.plastic_starts.push(0);
        }
        let mut ordinals = Ordinals::new(self.neurons.len());
        for axon in &core.axons {
            let (mut synapses, mut delays) = (0_u64, 0_u64);
            ordinals.clear();
            for list in lists.by_ref().take(axon.lists as usize) {
                synapses += u64::from(list.synapses);
                let group = &core.groups[list.group as usize];
                let format = &core.formats[usize::from(group.format)];
                let learning = self.rules[list.group as usize].as_ref();
                let learning = learning.map(|rule| (rule.plastic, rule.moves_delays, rule.largest, rule.levels));
                let counts_parallels = !self.shared.plastic_starts.is_empty();
                let size = self.size;
                let mut outside = false;
                reader.read_list(format, image.chip.synapse.list_header_bits, list.synapses, |synapse: Synapse| {
                    let target = synapse.target as usize;
                    let Some(bound) = self.bounds.get_mut(target) else {
                        outside = true;
                        return;
                    };
                    let (tile, first) = (target / size, target / size * size);
                    let ordinal = if counts_parallels { ordinals.next(target) } else { 0 };
                    match learning {
                        None => {
                            let effective = format.initial_effective_weight(synapse.weight, image.header.semantics);
                            *bound += u64::from(effective.unsigned_abs()) / ACCUMULATOR_SCALE as u64;
                            self.row[tile].push((synapse.delay, narrow(&synapse, effective, first)));
                            delays |= 1 << (synapse.delay % 64);
                        }
                        Some((plastic, moves_delays, largest, levels)) => {
                            // Where delays learn, spikes of many steps may arrive in one.
                            *bound += if moves_delays { 64 * largest } else { largest };
                            let own = &mut self.plastic[tile][plastic];
                            own.target.push((target - first) as u16);
                            own.weight.push(levels.level(synapse.weight));
                            own.ordinal.push(ordinal);
                            if let Delays::Each(all) = &mut own.delay {
                                all.push(synapse.delay);
                            }
                            delays |= u64::from(!moves_delays) << (synapse.delay % 64);
                        }
                    }
                    self.longest_delay = self.longest_delay.max(synapse.delay.min(63));
                })?;
                if outside {
                    return Ok(None);
                }
                if let Some(rule) = &mut self.rules[list.group as usize] {
                    for tile in &mut self.plastic {
                        let own = &mut tile[rule.plastic];
                        own.starts.push(own.target.len() as u32);
                    }
                    self.shared.plastic_lists.push((rule.plastic as u32, rule.sources.len() as u32));
                    rule.sources.push(axon.source.0);
                }
            }
            for (rows, row) in self.rows.iter_mut().zip(&mut self.row) {
                row.sort_unstable_by_key(|(delay, synapse)| (*delay, synapse.target));
                if rows.push(row).is_none() {
                    return Ok(None);
                }
                row.clear();
            }
            let Ok(synapses) = u32::try_from(synapses) else { return Ok(None) };
            self.shared.synapses.push(synapses);
            self.shared.delays.push(delays);
            if !self.shared.plastic_starts.is_empty() {
                self.shared.plastic_starts.push(self.shared.plastic_lists.len() as u32);
            }
        }
        let emissions = if image.programs.is_empty() { 1 } else { SPIKES_OF_A_PROGRAM };
        if self.bounds.iter().any(|bound| bound * emissions > i32::MAX as u64) {
            return Ok(None);
        }
        Ok(self.finish(image, core, strategy))
    }

    fn finish(mut self, image: &ChipImage, core: &CoreImage, strategy: Strategy) -> Option<TiledCore> {
        let rules = self.make_rules(image, core)?;
        self.shared.shortest = self.shortest();
        let populations = &image.symbols.populations;
        let population = |neuron| populations.partition_point(|population| population.first <= neuron) as u32 - 1;
        let mut tiles = Vec::with_capacity(self.rows.len());
        for (index, (rows, plastic)) in
            std::mem::take(&mut self.rows).into_iter().zip(std::mem::take(&mut self.plastic)).enumerate()
        {
            let range = index * self.size..((index + 1) * self.size).min(self.neurons.len());
            let ids: Vec<u32> =
                core.compartments[range.clone()].iter().map(|compartment| compartment.neuron.0).collect();
            let of_population =
                core.compartments[range.clone()].iter().map(|compartment| population(compartment.neuron)).collect();
            let own = self.neurons[range.clone()].to_vec();
            let neurons = Neurons::new(self.numerics, &core.neuron_profiles, own, of_population)?;
            let most = |(synapses, rule): (&Synapses, &Option<RuleInTheMaking>)| {
                let parallels = synapses.ordinal.iter().max().map_or(1, |last| u64::from(*last) + 1);
                // Ordinals repeat beyond this many.
                let parallels = if parallels < u64::from(MAX_PARALLEL_SYNAPSES) { parallels } else { u64::MAX };
                let largest = rule.as_ref().map_or(u64::MAX, |rule| rule.largest);
                u32::try_from(parallels.saturating_mul(largest)).unwrap_or(u32::MAX)
            };
            let learning = self.rules.iter().filter(|rule| rule.is_some());
            let largest = plastic.iter().zip(learning).map(most).collect();
            let plastic = plastic
                .into_iter()
                .zip(&rules)
                .map(|(synapses, rule)| PlasticTile::new(rule.clone(), tidy(synapses, rule), ids.clone()));
            tiles.push(Tile {
                first: range.start,
                ring: Ring::new(range.len(), self.longest_delay + 2 - self.shared.shortest as u8),
                neurons,
                rows: rows.shrunk(),
                volley: Volley::default(),
                plastic: plastic.collect(),
                largest,
                longest_delay: self.longest_delay,
                overflows: vec![Overflows::default(); populations.len()],
                mode: Mode::new(strategy),
                window: Window::NONE,
                learned: super::plastic::Learned::default(),
                delays: 0,
            });
        }
        Some(TiledCore::new(self.shared, tiles))
    }

    /// Steps from a spike to the first that it can reach; 1 where synapses learn.
    fn shortest(&self) -> Step {
        let delays = self.shared.delays.iter().fold(0, |all, delays| all | delays);
        if self.shared.learns() { 1 } else { Step::from(delays.trailing_zeros().min(self.longest_delay.into())) + 1 }
    }

    fn make_rules(&mut self, image: &ChipImage, core: &CoreImage) -> Option<Vec<Arc<Rule>>> {
        let mut rules = Vec::new();
        for (making, group) in self.rules.iter_mut().zip(&core.groups) {
            let (Some(making), Some(rule)) = (making, group.rule) else { continue };
            // A group's targets belong to one population, and a population subscribes as a whole.
            let tiles = self.plastic.iter().enumerate();
            let first = tiles
                .filter_map(|(tile, own)| {
                    Some(tile * self.size + usize::from(*own[making.plastic].target.iter().min()?))
                })
                .min();
            let channels = first.map_or([None; 4], |target| core.compartments[target].modulators);
            rules.push(Arc::new(Rule::new(
                group.projection.0,
                &core.rules[usize::from(rule)],
                core.formats[usize::from(group.format)],
                self.numerics.effective_weight_limit,
                image.chip.core.max_stored_delay_steps,
                std::mem::take(&mut making.sources),
                channels,
            )?));
        }
        Some(rules)
    }
}

/// Drops columns that say nothing, and room that is not needed.
fn tidy(mut synapses: Synapses, rule: &Rule) -> Synapses {
    if let Delays::Each(delays) = &mut synapses.delay {
        delays.shrink_to_fit();
        let first = delays.first().copied().unwrap_or(0);
        if !rule.moves_delays && delays.iter().all(|delay| *delay == first) {
            synapses.delay = Delays::Same(first);
        }
    }
    if synapses.ordinal.iter().all(|ordinal| *ordinal == 0) {
        synapses.ordinal = Vec::new();
    }
    if rule.has_tag {
        synapses.tag = vec![0; synapses.target.len()];
    }
    synapses.pad();
    synapses
}

/// Numbers the parallel synapses of one source and each target.
struct Ordinals {
    seen: Vec<u8>,
    touched: Vec<usize>,
}

impl Ordinals {
    fn new(neurons: usize) -> Self {
        Self { seen: vec![0; neurons], touched: Vec::new() }
    }

    fn clear(&mut self) {
        self.touched.drain(..).for_each(|target| self.seen[target] = 0);
    }

    fn next(&mut self, target: usize) -> u8 {
        let count = self.seen[target];
        self.seen[target] = count.wrapping_add(1);
        self.touched.push(target);
        count % MAX_PARALLEL_SYNAPSES
    }
}
