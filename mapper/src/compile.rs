//! All phases in their order.

use crate::check;
use crate::emit::{Emitted, emit};
use crate::error::Error;
use crate::fit::Limits;
use crate::logical::{Written, write_out};
use crate::network::Network;
use crate::partition::{self, partition};
use crate::place::{self, place};
use crate::report::{self, MappingReport};
use caudate_core::chip::ChipDescription;
use caudate_core::image::ChipImage;
use caudate_core::semantics::Semantics;
use caudate_isa::diagnostic::Diagnostic;

/// What a compilation may be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompileOptions {
    /// Seed of every draw: of connections and parameters here, of rounding and stimulus in a run.
    pub seed: u64,
    /// Numeric semantics in place of the chip's own.
    pub semantics: Option<Semantics>,
    /// Name of a [`partition::PARTITIONERS`] entry.
    pub partitioner: String,
    /// Name of a [`place::PLACERS`] entry.
    pub placer: String,
    /// Seed of placers that draw. It changes where cores are, and no result.
    pub placement_seed: u64,
    /// Most neurons on a core, each compartment of a cell counted, if fewer than the chip would take. It changes the number of cores, and no result.
    pub max_neurons_per_core: Option<u32>,
}

impl Default for CompileOptions {
    fn default() -> Self {
        Self {
            seed: 0,
            semantics: None,
            partitioner: partition::PARTITIONERS[0].name.to_owned(),
            placer: place::PLACERS[0].name.to_owned(),
            placement_seed: 0,
            max_neurons_per_core: None,
        }
    }
}

/// A compiled network.
#[derive(Debug, Clone, PartialEq)]
pub struct Compilation {
    /// The image, checked.
    pub image: ChipImage,
    /// What went where, and what it cost.
    pub report: MappingReport,
}

/// Compiles a network for a chip. The same network, chip and options give the same image, byte for byte.
///
/// # Errors
/// [`Error::Invalid`] if the network or an option makes no sense, [`Error::DoesNotFit`] if the chip cannot hold it, each with all
/// diagnostics at once; [`Error::Check`] if the finished image is not what was asked for, which is a defect of this crate.
pub fn compile(network: &Network, chip: &ChipDescription, options: &CompileOptions) -> Result<Compilation, Error> {
    let (partitioner, placer) = match (partition::by_name(&options.partitioner), place::by_name(&options.placer)) {
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
    let semantics = options.semantics.unwrap_or(chip.semantics);
    let Written { logical, invalid, misfits } = write_out(network, chip, semantics, options.seed)
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
    let task = partition::Task {
        network,
        logical: &logical,
        chip,
        limits: Limits::of(chip),
        max_neurons_per_core: options.max_neurons_per_core,
    };
    let (partition, overfull) = partition(&task, partitioner);
    let unfit: Vec<_> = misfits.into_iter().chain(overfull).collect();
    if !unfit.is_empty() {
        return Err(Error::DoesNotFit(network.locate(unfit)));
    }
    let placed =
        place(&place::Task { chip, cores: partition.usage.len() as u32, seed: options.placement_seed }, placer);
    let Emitted { image, usage } = emit(&network.name, &logical, chip, &partition, &placed);
    check::against_logical(&image, &logical).map_err(Error::Check)?;
    let report = report::build(&report::Facts {
        logical: &logical,
        image: &image,
        usage: &usage,
        closed_by: &partition.closed_by,
        partitioner,
        placer,
    });
    Ok(Compilation { image, report })
}
