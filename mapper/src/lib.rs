//! From a network to core images.
//!
//! ```text
//! Network -> write out (connect, draw, quantise) -> partition -> place -> emit -> check -> image and report
//! ```
//!
//! | module | story |
//! |---|---|
//! | [`network`], [`parameter`] | what the user asks for |
//! | `network_file` | the same as TOML with NPZ arrays: [`Network::from_toml_file`] |
//! | `validate` | whether it makes sense at all |
//! | `connect`, `quantise`, `logical` | every neuron and synapse, in the chip's integers |
//! | `cells` | which compartments are one neuron, and share a core |
//! | [`relay`] | helpers for neurons larger than a core |
//! | [`fit`] | what a core can hold: the one count that all phases share |
//! | [`partition`], [`place`], `emit` | which core, where on the mesh, which bytes |
//! | [`rates`] | how often each source spikes, from a recording |
//! | [`problem`], [`multilevel`], [`mesh`] | the same questions on a neutral problem, answered by search |
//! | [`snnmap`] | networks in the neutral format of partitioning benchmarks |
//! | [`check`] | a second reader of the finished image, with a count of its own |
//! | [`explain`] | why a neuron is on its core, and what moving it would cost |
//! | [`report`] | what went where, which limit binds, what quantisation cost |
//!
//! ```
//! use caudate_core::chip::ChipDescription;
//! use caudate_mapper::{CompileOptions, compile};
//! use caudate_mapper::network::{Connect, LifParameters, Network, Population, Projection};
//!
//! let mut network = Network::new("relay");
//! network.add_population(Population::input("in", 4));
//! network.add_population(Population::lif("out", 4, LifParameters::default()));
//! network.add_projection(Projection::new("in", "out", Connect::OneToOne, 120.0));
//!
//! let chip = ChipDescription::built_in("tiny")?;
//! let compiled = compile(&network, &chip, &CompileOptions::default())?;
//! assert_eq!(compiled.image.cores.len(), 1);
//! assert_eq!(compiled.image.synapse_count(), 4);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#![forbid(unsafe_code)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

mod cells;
pub mod check;
mod compile;
mod connect;
mod emit;
mod error;
pub mod explain;
pub mod fit;
mod grouped;
pub mod import;
mod logical;
pub mod mesh;
pub mod multilevel;
pub mod network;
mod network_file;
pub mod origin;
pub mod own_order;
pub mod parameter;
pub mod partition;
pub mod place;
pub mod problem;
mod quantise;
pub mod rates;
mod readback;
pub mod relay;
pub mod report;
pub mod snnmap;
mod validate;
mod warnings;

pub use compile::{Compilation, CompileOptions, PhaseSeconds, compile};
pub use error::Error;
pub use network::Network;
pub use network_file::{Attached, TableKind};
pub use parameter::Parameter;
pub use quantise::Quantisation;
pub use rates::Rates;
pub use report::MappingReport;

#[cfg(test)]
mod tests;
