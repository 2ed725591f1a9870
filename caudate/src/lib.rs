//! Caudate compiles heterogeneous spiking networks to core images for Loihi-style neuromorphic chips and runs those images bit-exactly,
//! with dopamine-gated learning on chip.
//!
//! This crate joins the layers below it and is what a user depends on:
//!
//! | module | story |
//! |---|---|
//! | [`network`] | what you build: populations, projections, rules, channels |
//! | [`chip`] | what you build it for: limits as data |
//! | [`compile`] | from one to an image on the other, checked |
//! | [`experiment`] | an experiment as a file: `caudate run` |
//! | [`explore`] | sweeps over parameters of experiment, network, chip and costs |
//! | [`data`] | samples, events and sound as spikes |
//! | [`export`] | recorded spikes for other tools |
//! | [`task`] | closed loops that teach and test a network |
//! | [`golden`] | proof of the arithmetic against recordings |
//! | [`conformance`] | proof of the microcode against published cases |
//! | [`mod@bench`] | how fast the engine is |
//! | [`microcode`] | programs as files |
//! | [`rule_check`] | search for counterexamples to what a rule should do |
//! | [`inventory`] | what an image holds |
//! | [`output`], [`report`], [`html`] | what a run leaves on disk and tells people |
//!
//! # A network in Rust
//!
//! Eight inputs drive eight cells one to one; each cell needs two spikes in a row to fire.
//!
//! ```
//! use caudate::core::engine::Strategy;
//! use caudate::experiment::{Costs, Job, World, execute};
//! use caudate::network::{Connect, LifParameters, Network, Population, Projection, Threshold};
//! use caudate::sim::Stimulus;
//! use caudate::sim::timing::Timing;
//! use caudate::{ChipDescription, CompileOptions, compile};
//!
//! // Weights are in units of 64, and a threshold mantissa is too: 60 < 100 < 60 + 60.
//! let mut network = Network::new("pairs");
//! network.add_population(Population::input("in", 8));
//! let cell = LifParameters { threshold: Threshold::Mantissa(100.0.into()), ..LifParameters::default() };
//! network.add_population(Population::lif("cells", 8, cell));
//! network.add_projection(Projection::new("in", "cells", Connect::OneToOne, 60.0));
//!
//! let chip = ChipDescription::built_in("tiny")?;
//! let compiled = compile(&network, &chip, &CompileOptions::default())?;
//! assert_eq!(compiled.image.cores.len(), 1);
//!
//! // Input 3 spikes at steps 0 and 1; a spike acts on the next step, so cell 3 fires at step 2.
//! let stimulus = Stimulus::from_spikes(vec![(0, 3), (1, 3)]);
//! let job = Job { image: &compiled.image, threads: 1, strategy: Strategy::Auto, costs: Costs::find(&[])?, timing: Timing::Analytic, probes: Vec::new() };
//! let finished = execute(job, World::of_stimulus(stimulus, 10), &mut ())?;
//!
//! let cells = compiled.image.symbols.population("cells").unwrap();
//! let spikes: Vec<(u64, u32)> = finished.recorder.spikes().all()?.iter().map(|(t, neuron)| (*t, neuron.0 - cells.first.0)).collect();
//! assert_eq!(spikes, [(2, 3)]);
//! assert_eq!(finished.numbers().synaptic_events, 2);
//! # Ok::<(), caudate::Error>(())
//! ```

#![forbid(unsafe_code)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

pub mod bench;
pub mod conformance;
mod cost_tables;
mod csv;
pub mod data;
pub mod error;
pub mod experiment;
pub mod explore;
pub mod export;
pub mod golden;
pub mod html;
pub mod inventory;
pub mod microcode;
pub mod output;
pub mod report;
pub mod rule_check;
pub mod task;
mod vectors;

pub use caudate_core as core;
pub use caudate_core::chip;
pub use caudate_core::chip::ChipDescription;
pub use caudate_core::image::ChipImage;
pub use caudate_isa as isa;
pub use caudate_isa::diagnostic::Diagnostic;
pub use caudate_mapper as mapper;
pub use caudate_mapper::network;
pub use caudate_mapper::{Compilation, CompileOptions, Network, compile};
pub use caudate_sim as sim;
pub use error::Error;
pub use experiment::Experiment;
