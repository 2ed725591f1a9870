//! A chip of cores in motion.
//!
//! | module | story |
//! |---|---|
//! | [`simulation`] | the chip's step: sleeping and waking cores, routes, modulators |
//! | [`image_ref`] | the image that a run reads, borrowed or shared |
//! | [`environment`] | what surrounds the chip: closed loops, and who runs many steps |
//! | [`stimulus`] | spikes and modulators from files and generators |
//! | [`recording`] | what is kept: spikes, states, weights |
//! | [`input_record`] | what entered, to be replayed |
//! | [`recorded_run`] | a run that is recorded |
//! | [`checkpoint`] | a run between two steps as a file |
//! | [`timing`] | how long a step takes: bounds, or packets as discrete events |
//! | [`cost`] | time and energy under cost profiles |
//! | [`summary`] | the numbers of a run, as JSON |

#![forbid(unsafe_code)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

pub mod checkpoint;
pub mod cost;
pub mod environment;
pub mod error;
pub mod image_ref;
pub mod input_record;
mod outlets;
mod places;
pub mod recorded_run;
pub mod recording;
mod schedule;
pub mod simulation;
pub mod stimulus;
pub mod summary;
pub mod timing;

pub use checkpoint::Checkpoint;
pub use environment::{Companion, Environment, Silence, StepInput};
pub use error::Error;
pub use image_ref::ImageRef;
pub use input_record::InputRecord;
pub use recorded_run::run_recorded;
pub use recording::Recorder;
pub use simulation::{Options, Simulation};
pub use stimulus::Stimulus;
pub use summary::Summary;
pub use timing::Timing;
