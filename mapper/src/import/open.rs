//! Network files of any kind, told by their content.

use super::hdf5::{Group, SIGNATURE};
use super::{Imported, Report, describe_content, netx, nir};
use crate::error::Error;
use crate::network::Network;
use caudate_core::file;
use caudate_core::neuron::ThresholdCompare;
use caudate_isa::diagnostic::{Diagnostic, Place};
use nir::ResetChoice;
use std::ops::RangeInclusive;
use std::path::Path;

/// How files of other tools are read; what is left out takes its default. An option that does not concern the file is refused.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Options {
    /// NIR: length of a step in seconds.
    pub dt_seconds: Option<f64>,
    /// NIR: what a spike does to v.
    pub reset: Option<ResetChoice>,
    /// NIR: units of v in a unit of the file's potential.
    pub scale: Option<f64>,
    /// NIR: accept what can be accepted.
    pub lenient: bool,
    /// NIR: store a weight that 8 bits would round as two synapses.
    pub fine_weights: bool,
    /// netx: how v is compared with the threshold.
    pub compare: Option<ThresholdCompare>,
    /// netx: the layers to take.
    pub layers: Option<RangeInclusive<usize>>,
}

impl Options {
    /// These options, and where they say nothing, those of `other`.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self {
            dt_seconds: self.dt_seconds.or(other.dt_seconds),
            reset: self.reset.or(other.reset),
            scale: self.scale.or(other.scale),
            lenient: self.lenient || other.lenient,
            fine_weights: self.fine_weights || other.fine_weights,
            compare: self.compare.or(other.compare),
            layers: self.layers.or(other.layers),
        }
    }
}

/// Reads a network file: TOML, netx or NIR, whatever its name says.
///
/// # Errors
/// [`Error::Core`] if the file cannot be read; [`Error::Invalid`] if it is of no known kind, is not as its kind should be, or an option
/// does not concern it.
pub fn open(path: impl AsRef<Path>, options: &Options) -> Result<Imported, Error> {
    let path = path.as_ref();
    let bytes = file::read(path)?;
    let origin = path.display().to_string();
    let name = path.file_stem().unwrap_or_default().to_string_lossy();
    let extension = path.extension().unwrap_or_default().to_ascii_lowercase();
    if !bytes.starts_with(SIGNATURE) {
        if extension != "toml" && (extension == "net" || extension == "nir" || !is_text(&bytes)) {
            let message = format!("this is no network: {}", describe_content(&bytes));
            let help = "give a network file (TOML), a netx file of lava-dl or a NIR graph (both HDF5)";
            return Err(refuse(&origin, "E-IMPORT-FORMAT", message, help));
        }
        refuse_foreign(options, "TOML network", &origin, true, true)?;
        let network = Network::from_toml_file(path)?;
        return Ok(Imported { network, report: Report { format: "toml".to_owned(), ..Report::default() } });
    }
    let root = Group::from_bytes(&bytes, &origin)?;
    if root.groups.contains_key("layer") {
        refuse_foreign(options, "netx file", &origin, true, false)?;
        let own = netx::Options { compare: options.compare, layers: options.layers.clone() };
        netx::from_group(&root, &name, &own)
    } else if root.groups.contains_key("node") {
        refuse_foreign(options, "NIR graph", &origin, false, true)?;
        let default = nir::Options::default();
        let own = nir::Options {
            dt_seconds: options.dt_seconds.unwrap_or(default.dt_seconds),
            reset: options.reset.unwrap_or_default(),
            scale: options.scale,
            lenient: options.lenient,
            fine_weights: options.fine_weights,
        };
        nir::from_group(&root, &name, &own)
    } else {
        let names: Vec<&str> = root.groups.keys().chain(root.datasets.keys()).map(String::as_str).collect();
        let message = format!(
            "this HDF5 file is no network: it holds {}",
            if names.is_empty() { "nothing".to_owned() } else { names.join(", ") }
        );
        let help = "a netx file holds a group `layer`, a NIR graph a group `node`";
        Err(refuse(&origin, "E-IMPORT-FORMAT", message, help))
    }
}

/// Refuses options that say something about another kind of file.
fn refuse_foreign(options: &Options, kind: &str, origin: &str, not_nir: bool, not_netx: bool) -> Result<(), Error> {
    let given = [
        (not_nir && options.dt_seconds.is_some(), "--dt", "NIR"),
        (not_nir && options.reset.is_some(), "--reset", "NIR"),
        (not_nir && options.scale.is_some(), "--scale", "NIR"),
        (not_nir && options.lenient, "--lenient", "NIR"),
        (not_nir && options.fine_weights, "--fine-weights", "NIR"),
        (not_netx && options.compare.is_some(), "--compare", "netx"),
        (not_netx && options.layers.is_some(), "--layers", "netx"),
    ];
    match given.into_iter().find(|(is_given, ..)| *is_given) {
        Some((_, option, concerns)) => {
            let message = format!("{option} concerns {concerns} files; this is a {kind}");
            Err(refuse(origin, "E-IMPORT-OPTION", message, &format!("leave {option} out")))
        }
        None => Ok(()),
    }
}

fn is_text(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes).is_ok()
}

fn refuse(origin: &str, code: &'static str, message: String, help: &str) -> Error {
    Error::Invalid(vec![Diagnostic::new(code, message).at(Place::named(origin)).help(help)])
}
