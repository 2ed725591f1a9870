//! One integration binary.

// A test may stop at the first surprise, in its helpers too.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod ahead;
mod architecture;
mod binary;
mod checkpoints;
mod cli;
mod cli_attended;
mod cli_data;
mod cli_errors;
mod cli_explore;
mod cli_microcode;
mod conditioning;
mod conformance;
mod cost_laws;
mod determinism;
mod extended_rules;
mod fuzz;
mod golden;
mod image;
mod imports;
mod independent_model;
mod laws;
mod learning;
mod library;
mod mapping;
mod microcode_learning;
mod microcode_neurons;
mod networks;
mod nmx_optimizer;
mod nmx_soundness;
mod peer_timing;
mod reference;
mod relays;
mod strategies;
mod streaming;
mod verify_rule;
