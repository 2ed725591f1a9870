//! Microcode in motion: what an `nmx` program computes, to the bit.
//!
//! | module | story |
//! |---|---|
//! | [`executable`] | a program decoded and checked, ready to run |
//! | [`rounding`] | the five roundings of a right shift |
//! | [`mod@reference`] | the definition: one run, one match arm per instruction |
//! | [`batch`] | the fast path: one dispatch per instruction for a block of compartments or synapses |
//! | [`conformance`] | published cases, checked against both |
//! | [`library`] | the programs that come with Caudate, by name |
//! | [`parameter_set`] | named parameters and start states of a program |
//! | [`lif`] | the fixed neuron of each numeric semantics as a program |

pub mod batch;
pub mod conformance;
#[doc(hidden)]
pub mod cuba_lif;
pub mod executable;
pub mod library;
pub mod lif;
pub mod parameter_set;
pub mod reference;
pub mod rounding;
#[cfg(test)]
mod slow_learning;

pub use batch::{Batch, LANES};
pub use executable::{Executable, Specials};
pub use reference::{Inputs, Outcome, Spike, run};
