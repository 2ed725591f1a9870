//! The JSON part of a `snnmap-1` network. Keys that say nothing about the problem (family, seed, checksums) are let through.

use super::refuse;
use crate::error::Error;
use caudate_core::file;
use serde::Deserialize;
use std::path::Path;

/// The version that this build reads.
const FORMAT: &str = "snnmap-1";
/// Most neurons: what the part file can number.
const MAX_NEURONS: usize = i32::MAX as usize;

#[derive(Debug, Deserialize)]
pub(super) struct Header {
    format: String,
    #[serde(default)]
    pub(super) name: String,
    pub(super) n: usize,
    pub(super) classes: Vec<Class>,
}

/// What the neurons of a class need.
#[derive(Debug, Deserialize)]
pub(super) struct Class {
    pub(super) name: String,
    pub(super) external: bool,
    pub(super) compartments: u32,
    pub(super) syn_bytes: u64,
}

impl Header {
    pub(super) fn read(path: &Path) -> Result<Self, Error> {
        let origin = path.display().to_string();
        let text = file::read_text(path)?;
        let mut header: Self = serde_json::from_str(&text).map_err(|error| {
            let help = "a snnmap-1 header is {\"format\": \"snnmap-1\", \"n\": ..., \"classes\": [{\"name\", \"external\", \"compartments\", \"syn_bytes\"}]}";
            refuse("E-SNN-HEADER", &origin, "", error.to_string(), help)
        })?;
        if header.format != FORMAT {
            let message = format!("format '{}' is not supported; this build reads '{FORMAT}'", header.format);
            return Err(refuse("E-SNN-FORMAT", &origin, "format", message, "convert the network to snnmap-1"));
        }
        if header.classes.is_empty() || header.classes.len() > 256 {
            let message = format!("{} classes; 1..=256 can be told apart", header.classes.len());
            return Err(refuse("E-SNN-CLASSES", &origin, "classes", message, "list each kind of neuron once"));
        }
        if header.n > MAX_NEURONS {
            let message = format!("n is {}; at most {MAX_NEURONS} neurons can be numbered", header.n);
            return Err(refuse("E-SNN-RANGE", &origin, "n", message, "split the network"));
        }
        if let Some(class) = header.classes.iter().find(|class| class.syn_bytes > 1 << 20) {
            let message = format!("class '{}' has synapses of {} B; at most 1,048,576 B", class.name, class.syn_bytes);
            return Err(refuse("E-SNN-RANGE", &origin, "classes", message, "give the bytes of one synapse"));
        }
        if header.name.is_empty() {
            header.name = path.file_stem().map_or_else(String::new, |stem| stem.to_string_lossy().into_owned());
        }
        Ok(header)
    }
}
