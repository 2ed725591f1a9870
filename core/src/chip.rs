//! Chip descriptions: every limit of a core and of its mesh, as TOML data with a closed schema.
//!
//! The schema is documented field by field below and in the book's chapter on chip files. A chip is one file; the built-in ones
//! are in `core/chips/`.

use crate::error::Error;
use crate::file;
use crate::semantics::Semantics;
use caudate_isa::diagnostic::{Diagnostic, Excerpt, Place, nearest};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

/// The schema version that this build reads.
pub const SCHEMA: u32 = 1;

/// A resource limit: a whole number, or `"unlimited"`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Limit {
    /// At most this many.
    AtMost(u64),
    /// No limit is modelled.
    Unlimited,
}

impl Limit {
    /// Whether `amount` fits.
    #[must_use]
    pub const fn admits(self, amount: u64) -> bool {
        match self {
            Self::AtMost(limit) => amount <= limit,
            Self::Unlimited => true,
        }
    }

    /// The limit less a headroom in percent, rounded down.
    #[must_use]
    pub const fn less_headroom(self, percent: u8) -> Self {
        match self {
            Self::AtMost(limit) => Self::AtMost(limit - limit * percent as u64 / 100),
            Self::Unlimited => Self::Unlimited,
        }
    }

    /// The number, if there is one.
    #[must_use]
    pub const fn number(self) -> Option<u64> {
        match self {
            Self::AtMost(limit) => Some(limit),
            Self::Unlimited => None,
        }
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AtMost(limit) => write!(f, "{limit}"),
            Self::Unlimited => f.write_str("unlimited"),
        }
    }
}

impl Serialize for Limit {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::AtMost(limit) => serializer.serialize_u64(*limit),
            Self::Unlimited => serializer.serialize_str("unlimited"),
        }
    }
}

impl<'de> Deserialize<'de> for Limit {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl serde::de::Visitor<'_> for Visitor {
            type Value = Limit;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a whole number >= 0 or \"unlimited\"")
            }
            fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<Limit, E> {
                u64::try_from(value)
                    .map(Limit::AtMost)
                    .map_err(|_| E::invalid_value(serde::de::Unexpected::Signed(value), &self))
            }
            fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<Limit, E> {
                Ok(Limit::AtMost(value))
            }
            fn visit_str<E: serde::de::Error>(self, value: &str) -> Result<Limit, E> {
                if value == "unlimited" {
                    Ok(Limit::Unlimited)
                } else {
                    Err(E::invalid_value(serde::de::Unexpected::Str(value), &self))
                }
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

/// A chip: limits of one core, the synapse formats it stores, and its mesh.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChipDescription {
    /// Schema version of the file; must equal [`SCHEMA`].
    pub schema: u32,
    /// Name of the chip.
    pub name: String,
    /// One sentence for people.
    pub description: String,
    /// Numeric semantics of its cores.
    pub semantics: Semantics,
    /// Part of every limit that the mapper leaves free, in percent (0..=90).
    pub headroom_percent: u8,
    /// Limits of one core.
    pub core: CoreLimits,
    /// Storage of synapses.
    pub synapse: SynapseStorage,
    /// The mesh of tiles.
    pub mesh: Mesh,
    /// Where each number comes from: key path -> source (`published`, `fitted`, `vendor ratio` or `assumed`, with a reference).
    pub provenance: BTreeMap<String, String>,
}

/// Limits of one core.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CoreLimits {
    /// Compartments.
    pub compartments: Limit,
    /// Synaptic memory in bytes: list headers and synapses.
    pub synaptic_memory_bytes: Limit,
    /// Input axons: distinct sources, own core included.
    pub input_axons: Limit,
    /// Output axons: (neuron, destination core) pairs.
    pub output_axons: Limit,
    /// Distinct neuron profiles (decays, threshold, refractory period, reset, bias exponent).
    pub neuron_profiles: Limit,
    /// Distinct synapse formats.
    pub synapse_formats: Limit,
    /// Distinct learning rules with their trace settings.
    pub learning_rules: Limit,
    /// Bytes of trace state: one per pre trace of a plastic list, one per post trace of a (plastic projection, target) pair.
    pub trace_memory_bytes: Limit,
    /// Largest stored delay in steps, 0..=62 (a network's delay of d steps is stored as d - 1).
    pub max_stored_delay_steps: u8,
    /// Words of microcode: instructions and table points of the distinct programs on the core. 0, and left out: the core runs none.
    #[serde(default = "CoreLimits::no_microcode")]
    pub program_words: Limit,
    /// Cycles of the longest run of one program for one compartment or synapse.
    #[serde(default = "CoreLimits::any")]
    pub program_cycles: Limit,
    /// Bytes of neuron memory: state words and parameters of compartments that run microcode.
    #[serde(default = "CoreLimits::any")]
    pub neuron_memory_bytes: Limit,
}

impl CoreLimits {
    const fn no_microcode() -> Limit {
        Limit::AtMost(0)
    }

    const fn any() -> Limit {
        Limit::Unlimited
    }
}

/// How synapses are stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SynapseStorage {
    /// Weight widths that the chip stores, in bits.
    pub weight_bits: Vec<u8>,
    /// Bits of a target compartment's index.
    pub target_index_bits: u8,
    /// Bits of an eligibility tag, charged per synapse of a rule that uses the tag.
    pub tag_bits: u8,
    /// Bits of the header of one synapse list (one list per input axon and projection).
    pub list_header_bits: u32,
    /// Bits of the address by which lists that repeat one another name the synapses they share, 0..=32. 0, and left out: every list
    /// holds synapses of its own.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub shared_address_bits: u8,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
const fn is_zero(bits: &u8) -> bool {
    *bits == 0
}

/// The mesh: tiles in a rectangle, cores in a tile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mesh {
    /// Tiles from west to east; `"unlimited"` lets the mesh grow to a square as large as needed.
    pub tiles_x: Limit,
    /// Tiles from north to south; `"unlimited"` exactly if `tiles_x` is.
    pub tiles_y: Limit,
    /// Cores that share a tile's router.
    pub cores_per_tile: u32,
    /// Chips side by side, west to east, each of `tiles_x` columns; 1 and left out: one chip.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub chips_x: u32,
    /// Chips below one another, each of `tiles_y` rows; 1 and left out: one chip.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub chips_y: u32,
}

const fn one() -> u32 {
    1
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
const fn is_one(chips: &u32) -> bool {
    *chips == 1
}

/// A tile's place on the mesh.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Tile {
    /// Column, west to east.
    pub x: u32,
    /// Row, north to south.
    pub y: u32,
}

impl Tile {
    /// Hops to another tile: (east-west, north-south).
    #[must_use]
    pub const fn hops_to(self, other: Self) -> (u32, u32) {
        (self.x.abs_diff(other.x), self.y.abs_diff(other.y))
    }
}

impl Mesh {
    /// Columns of tiles over all chips.
    #[must_use]
    pub fn columns(&self) -> Limit {
        times(self.tiles_x, self.chips_x)
    }

    /// Rows of tiles over all chips.
    #[must_use]
    pub fn rows(&self) -> Limit {
        times(self.tiles_y, self.chips_y)
    }

    /// The chip that a tile lies on, as (column, row) of chips.
    #[must_use]
    pub fn chip_of(&self, tile: Tile) -> (u32, u32) {
        let chip = |at: u32, tiles: Limit| tiles.number().map_or(0, |tiles| u64::from(at) / tiles.max(1)) as u32;
        (chip(tile.x, self.tiles_x), chip(tile.y, self.tiles_y))
    }

    /// Cores of all chips.
    #[must_use]
    pub fn cores(&self) -> Limit {
        match (self.columns(), self.rows()) {
            (Limit::AtMost(x), Limit::AtMost(y)) => {
                Limit::AtMost(x.saturating_mul(y).saturating_mul(u64::from(self.cores_per_tile)))
            }
            _ => Limit::Unlimited,
        }
    }

    /// Tiles per row when `cores` cores are in use.
    #[must_use]
    pub fn width_tiles(&self, cores: usize) -> u32 {
        match self.columns() {
            Limit::AtMost(x) => u32::try_from(x).unwrap_or(u32::MAX).max(1),
            Limit::Unlimited => {
                let tiles = cores.div_ceil(self.cores_per_tile.max(1) as usize) as f64;
                (tiles.sqrt().ceil() as u32).max(1)
            }
        }
    }
}

const fn times(tiles: Limit, chips: u32) -> Limit {
    match tiles {
        Limit::AtMost(tiles) => Limit::AtMost(tiles.saturating_mul(chips as u64)),
        Limit::Unlimited => Limit::Unlimited,
    }
}

/// The chips that ship with Caudate: (name, TOML text).
pub const BUILT_IN: [(&str, &str); 5] = [
    ("loihi1", include_str!("../chips/loihi1.toml")),
    ("loihi2", include_str!("../chips/loihi2.toml")),
    ("tiny", include_str!("../chips/tiny.toml")),
    ("unlimited", include_str!("../chips/unlimited.toml")),
    ("wide", include_str!("../chips/wide.toml")),
];

impl ChipDescription {
    /// Finds a built-in chip by name.
    ///
    /// # Errors
    /// [`Error::UnknownChip`] with the nearest name if there is none.
    pub fn built_in(name: &str) -> Result<Self, Error> {
        let text = BUILT_IN.iter().find(|(known, _)| *known == name).map(|(_, text)| *text);
        match text {
            Some(text) => Self::from_toml(text, name),
            None => Err(Error::UnknownChip {
                name: name.to_owned(),
                known: BUILT_IN.iter().map(|(known, _)| *known).collect(),
            }),
        }
    }

    /// Finds a built-in chip by name, or reads one from a path that ends in `.toml`.
    ///
    /// # Errors
    /// [`Error::UnknownChip`] if there is neither; [`Error::Io`] or [`Error::Invalid`] for a file that is no chip description.
    pub fn find(name: &str) -> Result<Self, Error> {
        if name.ends_with(".toml") {
            Self::from_toml(&file::read_text(Path::new(name))?, name)
        } else {
            Self::built_in(name)
        }
    }

    /// Reads a chip file; `origin` names it in errors.
    ///
    /// # Errors
    /// [`Error::Invalid`] with a diagnostic that points at the line if the text is no chip description or a value is out of range.
    pub fn from_toml(text: &str, origin: &str) -> Result<Self, Error> {
        let chip: Self = toml::from_str(text)
            .map_err(|error| Error::Invalid(vec![toml_diagnostic("E-CHIP-SCHEMA", origin, text, &error)]))?;
        let problems = chip.problems(origin);
        if problems.is_empty() { Ok(chip) } else { Err(Error::Invalid(problems)) }
    }

    /// The canonical text: what a fingerprint is taken of.
    #[must_use]
    pub fn to_toml(&self) -> String {
        toml::to_string(self).unwrap_or_default()
    }

    /// A number that identifies the limits and semantics of this chip (CRC-32 of its canonical text).
    #[must_use]
    pub fn fingerprint(&self) -> u32 {
        crc32fast::hash(self.to_toml().as_bytes())
    }

    fn problems(&self, origin: &str) -> Vec<Diagnostic> {
        let mut problems = Vec::new();
        let mut check = |good: bool, key: &str, message: String, help: &str| {
            if !good {
                let place = Place { origin: format!("{origin}: {key}"), excerpt: None };
                problems.push(Diagnostic::new("E-CHIP-RANGE", message).at(place).help(help));
            }
        };
        check(
            self.schema == SCHEMA,
            "schema",
            format!("chip schema {} is not supported; this build reads schema {SCHEMA}", self.schema),
            "write `schema = 1`",
        );
        check(
            self.headroom_percent <= 90,
            "headroom_percent",
            format!("a headroom of {} % leaves no core to use; the limit is 90", self.headroom_percent),
            "use 0..=90",
        );
        check(
            self.core.max_stored_delay_steps <= 62,
            "core.max_stored_delay_steps",
            format!(
                "a stored delay of {} steps exceeds the delay ring; the limit is 62",
                self.core.max_stored_delay_steps
            ),
            "use 0..=62",
        );
        check(
            !self.synapse.weight_bits.is_empty() && self.synapse.weight_bits.iter().all(|bits| *bits <= 8),
            "synapse.weight_bits",
            format!("weight widths {:?} must be a non-empty list of 0..=8", self.synapse.weight_bits),
            "Loihi-1-style cores store [0, 1, 2, 3, 4, 5, 6, 8]",
        );
        check(
            (1..=32).contains(&self.synapse.target_index_bits),
            "synapse.target_index_bits",
            format!("{} index bits cannot address a compartment; the range is 1..=32", self.synapse.target_index_bits),
            "use 10 for 1024 compartments",
        );
        check(
            self.synapse.tag_bits <= 16,
            "synapse.tag_bits",
            format!("a tag of {} bits does not fit its 16-bit store", self.synapse.tag_bits),
            "use 0..=16",
        );
        check(
            self.synapse.list_header_bits <= 4096,
            "synapse.list_header_bits",
            format!(
                "a list header of {} bits is larger than any list; the limit is 4096",
                self.synapse.list_header_bits
            ),
            "use 0..=4096",
        );
        let shared_address_bits = self.synapse.shared_address_bits;
        check(
            shared_address_bits <= 32,
            "synapse.shared_address_bits",
            format!("an address of {shared_address_bits} bits is longer than any memory needs; the limit is 32"),
            "use 0..=32; 0 shares nothing",
        );
        let addressed = 1_u64 << shared_address_bits.min(32);
        check(
            shared_address_bits == 0 || self.core.synaptic_memory_bytes <= Limit::AtMost(addressed),
            "synapse.shared_address_bits",
            format!(
                "{shared_address_bits} bits address {addressed} B of synaptic memory; a core has {}",
                self.core.synaptic_memory_bytes
            ),
            "raise synapse.shared_address_bits, or limit core.synaptic_memory_bytes",
        );
        check(
            self.mesh.cores_per_tile >= 1,
            "mesh.cores_per_tile",
            "a tile without cores holds no network".to_owned(),
            "use at least 1",
        );
        check(
            (self.mesh.tiles_x == Limit::Unlimited) == (self.mesh.tiles_y == Limit::Unlimited),
            "mesh.tiles_x",
            format!(
                "tiles_x is {} and tiles_y is {}: both or neither may be unlimited",
                self.mesh.tiles_x, self.mesh.tiles_y
            ),
            "give both numbers, or \"unlimited\" twice",
        );
        check(
            self.mesh.chips_x >= 1 && self.mesh.chips_y >= 1,
            "mesh.chips_x",
            format!("{} x {} chips are none", self.mesh.chips_x, self.mesh.chips_y),
            "use at least 1 each way",
        );
        check(
            self.mesh.tiles_x != Limit::Unlimited || (self.mesh.chips_x == 1 && self.mesh.chips_y == 1),
            "mesh.chips_x",
            "a mesh without edges is one chip".to_owned(),
            "give tiles_x and tiles_y as numbers, or leave out chips_x and chips_y",
        );
        let compartments_fit = match self.core.compartments {
            Limit::AtMost(count) => count <= 1_u64 << self.synapse.target_index_bits.min(32),
            Limit::Unlimited => self.synapse.target_index_bits >= 20,
        };
        check(
            compartments_fit,
            "core.compartments",
            format!(
                "{} compartments cannot be addressed with {} index bits",
                self.core.compartments, self.synapse.target_index_bits
            ),
            "raise synapse.target_index_bits",
        );
        problems
    }
}

/// Turns a TOML error into a diagnostic that shows the line.
#[must_use]
pub fn toml_diagnostic(code: &'static str, origin: &str, text: &str, error: &toml::de::Error) -> Diagnostic {
    let excerpt = error.span().map(|span| Box::new(Excerpt { text: text.to_owned(), span }));
    let diagnostic = Diagnostic::new(code, error.message().to_owned()).at(Place { origin: origin.to_owned(), excerpt });
    match meant(error.message()) {
        Some(name) => diagnostic.help(format!("did you mean `{name}`?")),
        None => diagnostic,
    }
}

/// What an unknown key or variant was probably meant to be: serde's message names it first, then those that exist, each in backticks.
fn meant(message: &str) -> Option<&str> {
    if !message.starts_with("unknown ") {
        return None;
    }
    let mut quoted = message.split('`').skip(1).step_by(2);
    nearest(quoted.next()?, quoted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn built_in_chips_are_valid_and_their_text_round_trips() {
        for (name, _) in BUILT_IN {
            let chip = ChipDescription::built_in(name).unwrap_or_else(|error| panic!("{name}: {error}"));
            assert_eq!(chip.name, name);
            assert_eq!(ChipDescription::from_toml(&chip.to_toml(), name).unwrap(), chip);
            assert!(!chip.provenance.is_empty());
        }
    }

    #[test]
    fn a_misspelt_key_and_a_negative_limit_are_refused_with_their_line() {
        let text = BUILT_IN[0].1;
        for (from, to) in [("input_axons", "input_axoms"), ("input_axons = 4096", "input_axons = -1")] {
            let error = ChipDescription::from_toml(&text.replace(from, to), "x.toml").unwrap_err().to_string();
            assert!(error.contains("x.toml") && error.contains("input_ax"), "{error}");
        }
        let error =
            ChipDescription::from_toml(&text.replace("input_axons", "input_axoms"), "x.toml").unwrap_err().to_string();
        assert!(error.contains("did you mean `input_axons`?"), "{error}");
    }
}
