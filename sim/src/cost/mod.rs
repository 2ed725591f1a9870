//! Time and energy from counts: cost profiles as data, and the meter that applies them step by step.
//!
//! The model is `analytic`: energy is counts times coefficients; a core serves its own work one item after the other, a step takes as
//! long as its busiest core, the longest way through the mesh and the barrier. Energy adds up in whole femtojoules and time in
//! whole picoseconds.

mod meter;
mod profile;

pub use meter::{CostMeter, CostReport, EnergyByComponent};
pub use profile::{BUILT_IN, Barrier, BarrierTime, Coefficient, CostProfile, Interpolation, StaticPower};
