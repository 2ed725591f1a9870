//! A second reader of a finished image.
//!
//! It trusts nothing that made the image: it shares no count with the fit check, the partitioner or the emitter, unpacks the
//! synaptic memory itself, and compares what it finds
//!
//! - with the chip: every limit and every storage format ([`check_image`]);
//! - with itself: every neuron exactly once, every axon reached by exactly the source it names;
//! - with the network: every setting, and every synapse with its weight and delay, none missing, none too many ([`check`]).
//!
//! It does not judge whether quantisation chose well; it takes the written-out network as what was asked for. It runs after every
//! compile, in release builds too.

mod content;
mod limits;
mod microcode;
mod routes;
mod structure;

use crate::logical::{LogicalNetwork, Written, write_out};
use crate::network::Network;
use caudate_core::chip::ChipDescription;
use caudate_core::image::{ChipImage, SynapseGroup};
use caudate_core::memory::{MemoryReader, Synapse};
use caudate_core::synapse::SynapseFormat;
use caudate_isa::diagnostic::{Diagnostic, Place};

/// Diagnostics that are listed; of further ones only the number is told.
const MAX_LISTED: usize = 50;

/// Checks an image against its own chip, itself and the network that it was compiled from (with the seed and semantics in its header).
///
/// # Errors
/// Everything wrong with the image, or with the network if it cannot be compiled at all.
pub fn check(image: &ChipImage, network: &Network) -> Result<(), Vec<Diagnostic>> {
    let Written { logical, invalid, misfits } =
        write_out(network, &image.chip, image.header.semantics, image.header.seed)
            .map_err(|problems| network.locate(problems))?;
    let refused: Vec<_> = invalid.into_iter().chain(misfits).collect();
    if !refused.is_empty() {
        return Err(network.locate(refused));
    }
    against_logical(image, &logical)
}

/// Checks an image against its own chip and itself.
///
/// # Errors
/// Everything wrong with it.
pub fn check_image(image: &ChipImage) -> Result<(), Vec<Diagnostic>> {
    check_image_for(image, &image.chip)
}

/// Checks an image against another chip than the one that it was compiled for, and against itself.
///
/// # Errors
/// Everything wrong with it.
pub fn check_image_for(image: &ChipImage, chip: &ChipDescription) -> Result<(), Vec<Diagnostic>> {
    let mut findings = Findings::default();
    if structure::check(image, &mut findings) {
        limits::check(image, chip, &mut findings);
        routes::check(image, &mut findings);
    }
    findings.finish()
}

/// Checks an image against its chip, itself and a written-out network.
pub(crate) fn against_logical(image: &ChipImage, logical: &LogicalNetwork) -> Result<(), Vec<Diagnostic>> {
    let mut findings = Findings::default();
    if structure::check(image, &mut findings) {
        limits::check(image, &image.chip, &mut findings);
        routes::check(image, &mut findings);
        content::check(image, logical, &mut findings);
    }
    findings.finish()
}

/// Collects what is wrong.
#[derive(Debug, Default)]
struct Findings {
    listed: Vec<Diagnostic>,
    unlisted: usize,
}

impl Findings {
    fn add(&mut self, code: &'static str, place: impl Into<String>, message: impl Into<String>) {
        if self.listed.len() == MAX_LISTED {
            self.unlisted += 1;
            return;
        }
        let help = if code == "E-CHECK-LIMIT" {
            "compile the network for this chip"
        } else {
            "compile the network again; if that does not help, report it as a defect with network and seed"
        };
        self.listed.push(Diagnostic::new(code, message).at(Place::named(place)).help(help));
    }

    /// Adds a finding unless `good`.
    fn expect(
        &mut self,
        good: bool,
        code: &'static str,
        place: impl FnOnce() -> String,
        message: impl FnOnce() -> String,
    ) {
        if !good {
            self.add(code, place(), message());
        }
    }

    fn finish(mut self) -> Result<(), Vec<Diagnostic>> {
        if self.unlisted > 0 {
            self.listed
                .push(Diagnostic::new("E-CHECK-MORE", format!("{} more findings are not listed", self.unlisted)));
        }
        if self.listed.is_empty() { Ok(()) } else { Err(self.listed) }
    }
}

/// A stored synapse with everything that leads to it.
#[derive(Debug, Clone, Copy)]
struct Entry<'a> {
    /// Number of its list on the core.
    list: usize,
    /// Logical id of its source.
    source: u32,
    /// Number of its group on the core.
    group_number: u32,
    group: SynapseGroup,
    format: &'a SynapseFormat,
    synapse: Synapse,
}

/// Visits every synapse of core `index` of an image with sound indices, in the order of memory.
fn visit_synapses<'a>(image: &'a ChipImage, index: usize, mut visit: impl FnMut(Entry<'a>)) -> Result<(), String> {
    let core = &image.cores[index];
    let mut reader = MemoryReader::new(&core.memory);
    let mut lists = core.lists.iter().enumerate();
    for axon in &core.axons {
        for (list, header) in lists.by_ref().take(axon.lists as usize) {
            let group = core.groups[header.group as usize];
            let format = &core.formats[usize::from(group.format)];
            let read = reader.read_list(format, image.chip.synapse.list_header_bits, header.synapses, |synapse| {
                visit(Entry { list, source: axon.source.0, group_number: header.group, group, format, synapse });
            });
            read.map_err(|error| error.to_string())?;
        }
    }
    if reader.is_at_end() { Ok(()) } else { Err("bytes follow the last synapse list".to_owned()) }
}
