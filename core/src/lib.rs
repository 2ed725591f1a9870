//! One neurocore to the bit.
//!
//! Read it in this order: [`arithmetic`] (decay, wrap, clamp), [`semantics`] (what differs between profiles), [`neuron`] (one step of a
//! compartment), [`synapse`] and [`memory`] (what a synapse is and how it is stored), [`trace`] and [`learning`] (how it changes),
//! [`microcode`] (programs in place of the fixed step and rules), [`runtime`] (a core in motion), [`engine`] (the same, fast), [`team`] (threads that help), [`image`] (a compiled network on disk), [`chip`] (limits as data).

#![forbid(unsafe_code)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

pub mod archive;
pub mod arithmetic;
pub mod chip;
pub mod delay_ring;
pub mod draws;
pub mod engine;
pub mod error;
pub mod file;
pub mod id;
pub mod image;
pub mod learning;
pub mod memory;
pub mod microcode;
pub mod modulator;
pub mod neuron;
pub mod npz;
pub mod random;
pub mod runtime;
pub mod semantics;
pub mod synapse;
pub mod tape;
pub mod team;
pub mod trace;

pub use error::Error;
