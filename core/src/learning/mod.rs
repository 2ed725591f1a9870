//! The learning engine: how plastic synapses change.
//!
//! [`product`] evaluates a sum of products as the hardware's multiply-accumulate does. [`epoch`] runs it at the end of a learning epoch
//! (our own semantics and `lava`), [`microcode`] runs a program there in its place, [`b2l`] at every step in that emulator's own order. [`plastic`] is the state they share: traces of the
//! lists and compartments of one synapse group.

pub mod b2l;
pub mod epoch;
pub mod microcode;
pub mod plastic;
pub mod product;
pub mod traces;
