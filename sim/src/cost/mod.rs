//! Time and energy: cost profiles as data, and what a run cost under each of them.
//!
//! Energy is counts times coefficients and adds up in whole femtojoules; [`timing`](crate::timing) says how long each step takes, in whole
//! picoseconds. The ledger of a run notes packets and counts step by step and hands them to a [meter](CostMeter) per profile; a
//! [breakdown](Breakdown) divides the total among cores, links and populations.

mod breakdown;
mod energy;
mod ledger;
mod meter;
mod profile;
mod read;
mod timeline;

pub use breakdown::{Breakdown, CoreCost, LinkCost, PopulationCost};
pub use energy::EnergyByComponent;
pub(crate) use ledger::Ledger;
pub use meter::{CostMeter, CostReport, StepsByBound};
pub use profile::{BUILT_IN, Barrier, BarrierTime, Coefficient, CostProfile, Interpolation, Link, StaticPower};
pub use timeline::{Bin, Timeline};
