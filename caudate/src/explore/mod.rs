//! Sweeps: an experiment at many points of its parameters, and which points no other beats.
//!
//! | module | story |
//! |---|---|
//! | `sweep` | the sweep file: axes and search |
//! | `settings` | a value into the text of experiment, network, chip or cost profile |
//! | `point` | one point: its documents, its run, its record |
//! | `search` | which points to run next |
//! | `sources` | the files that points follow from |
//! | `folder` | points on disk, and the results of all of them |
//! | `front` | the Pareto front |

mod folder;
mod front;
mod point;
mod search;
mod settings;
mod sources;
mod sweep;

pub use folder::Folder;
pub use front::{Objective, front_of};
pub use point::{Outcome, Record, check_axes, run_point};
pub use search::{Share, next_points};
pub use sweep::{Axis, Search, Sweep};
