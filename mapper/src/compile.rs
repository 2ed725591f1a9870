//! All phases in their order.

use crate::check;
use crate::emit::{Emitted, emit};
use crate::error::Error;
use crate::fit::Limits;
use crate::logical::{Written, write_out};
use crate::multilevel::{self, Effort, Objective};
use crate::network::Network;
use crate::partition::{self, Division, partition};
use crate::place::{self, place};
use crate::rates::Rates;
use crate::relay;
use crate::report::{self, MappingReport};
use caudate_core::chip::ChipDescription;
use caudate_core::image::ChipImage;
use caudate_core::semantics::Semantics;
use caudate_isa::diagnostic::Diagnostic;
use serde::Serialize;
use std::time::Instant;

/// What a compilation may be told.
#[derive(Debug, Clone, PartialEq)]
pub struct CompileOptions {
    /// Seed of every draw: of connections and parameters here, of rounding and stimulus in a run.
    pub seed: u64,
    /// Numeric semantics in place of the chip's own.
    pub semantics: Option<Semantics>,
    /// Name of a [`multilevel::PARTITIONERS`] entry.
    pub partitioner: String,
    /// Name of a [`place::PLACERS`] entry.
    pub placer: String,
    /// Seed of partitioners and placers that draw. It changes where neurons and cores are, and no result.
    pub placement_seed: u64,
    /// Most neurons on a core, each compartment of a cell counted, if fewer than the chip would take. It changes the number of cores, and no result.
    pub max_neurons_per_core: Option<u32>,
    /// What the partitioner makes small.
    pub objective: Objective,
    /// How long the partitioner searches.
    pub effort: Effort,
    /// Threads of the search, at least 1; the image does not depend on it.
    pub threads: usize,
    /// How often sources spike; `None`: once per step each.
    pub rates: Option<Rates>,
    /// A division among cores that was found before: it is kept, as far as limits allow, and only placed.
    pub division: Option<Division>,
    /// Whether neurons larger than a core get relays where that changes nothing else: see [`relay`].
    pub relays: bool,
}

impl Default for CompileOptions {
    fn default() -> Self {
        Self {
            seed: 0,
            semantics: None,
            partitioner: multilevel::PARTITIONERS[0].name.to_owned(),
            placer: place::PLACERS[0].name.to_owned(),
            placement_seed: 0,
            max_neurons_per_core: None,
            objective: Objective::default(),
            effort: Effort::Fast,
            threads: 1,
            rates: None,
            division: None,
            relays: false,
        }
    }
}

/// Wall-clock seconds of each phase of a compilation.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
pub struct PhaseSeconds {
    /// Writing the network out: connections, draws, quantisation.
    pub write_out: f64,
    /// Dividing neurons among cores.
    pub partition: f64,
    /// Placing cores on the mesh.
    pub place: f64,
    /// Emitting the image.
    pub emit: f64,
    /// Checking it.
    pub check: f64,
}

/// A compiled network.
#[derive(Debug, Clone)]
pub struct Compilation {
    /// The image, checked.
    pub image: ChipImage,
    /// What went where, and what it cost.
    pub report: MappingReport,
    /// How often sources spike, in spikes per step by logical id: as the options say.
    pub rates: Vec<f64>,
    /// How long it took: the only part that another compilation would not repeat.
    pub seconds: PhaseSeconds,
}

/// Compiles a network for a chip. The same network, chip and options give the same image, byte for byte.
///
/// # Errors
/// [`Error::Invalid`] if the network or an option makes no sense, [`Error::DoesNotFit`] if the chip cannot hold it, each with all
/// diagnostics at once; [`Error::Check`] if the finished image is not what was asked for, which is a defect of this crate.
pub fn compile(network: &Network, chip: &ChipDescription, options: &CompileOptions) -> Result<Compilation, Error> {
    let (partitioner, placer) = match (multilevel::by_name(&options.partitioner), place::by_name(&options.placer)) {
        (Ok(partitioner), Ok(placer)) => (partitioner, placer),
        (partitioner, placer) => {
            return Err(Error::Invalid(
                [partitioner.err(), placer.err()].into_iter().flatten().map(|boxed| *boxed).collect(),
            ));
        }
    };
    if options.max_neurons_per_core == Some(0) {
        let diagnostic = Diagnostic::new("E-MAP-RANGE", "max_neurons_per_core is 0, so no core may take a neuron");
        return Err(Error::Invalid(vec![diagnostic.help("use at least 1, or leave it out")]));
    }
    let mut seconds = PhaseSeconds::default();
    let mut clock = Instant::now();
    let mut lap = || {
        let before = std::mem::replace(&mut clock, Instant::now());
        clock.duration_since(before).as_secs_f64()
    };
    let relayed = if options.relays { Some(relay::with_relays(network, chip, options)?) } else { None };
    let network = relayed.as_ref().map_or(network, |relayed| &relayed.network);
    let semantics = options.semantics.unwrap_or(chip.semantics);
    let Written { mut logical, invalid, misfits } = write_out(network, chip, semantics, options.seed)
        .map_err(|problems| Error::Invalid(network.locate(problems)))?;
    if !invalid.is_empty() {
        return Err(Error::Invalid(network.locate(invalid)));
    }
    let largest = logical.cells.iter().map(|cells| cells.populations.len()).max().unwrap_or(0);
    if let Some(cap) = options.max_neurons_per_core.filter(|cap| (*cap as usize) < largest) {
        let message = format!("max_neurons_per_core is {cap}; a cell of {largest} compartments stays on one core");
        let diagnostic = Diagnostic::new("E-MAP-RANGE", message);
        return Err(Error::Invalid(vec![diagnostic.help(format!("use at least {largest}, or leave it out"))]));
    }
    let symbols = logical.populations.iter().map(|population| (population.name.as_str(), population.size));
    let rates = match &options.rates {
        Some(rates) => rates.by_id(symbols)?,
        None => vec![1.0; logical.ids as usize],
    };
    if let Some(division) = &options.division {
        division.check(logical.populations.iter().flat_map(|own| (0..own.size).map(|_| own.is_input())))?;
    }
    logical.warnings.extend(relayed.as_ref().and_then(relay::Relayed::note));
    seconds.write_out = lap();
    let task = partition::Task {
        network,
        logical: &logical,
        chip,
        limits: Limits::of(chip),
        max_neurons_per_core: options.max_neurons_per_core,
        search: partition::Search {
            partitioner,
            objective: options.objective,
            effort: options.effort,
            seed: options.placement_seed,
            threads: options.threads,
        },
        rates: &rates,
        given: options.division.as_ref(),
    };
    let (partition, overfull) = partition(&task);
    let unfit: Vec<_> = misfits.into_iter().chain(overfull).collect();
    if !unfit.is_empty() {
        return Err(Error::DoesNotFit(network.locate(unfit)));
    }
    seconds.partition = lap();
    let flows = partition.flows(&task);
    let cores = partition.usage.len() as u32;
    let placed = place(&place::Task { chip, cores, seed: options.placement_seed, flows: &flows }, placer);
    seconds.place = lap();
    let Emitted { image, usage } = emit(&network.name, &logical, chip, &partition, &placed);
    seconds.emit = lap();
    check::against_logical(&image, &logical).map_err(Error::Check)?;
    seconds.check = lap();
    let report = report::build(&report::Facts {
        logical: &logical,
        image: &image,
        usage: &usage,
        closed_by: &partition.closed_by,
        partitioner,
        placer,
        options,
        rates: &rates,
    });
    Ok(Compilation { image, report, rates, seconds })
}
