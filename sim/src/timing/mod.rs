//! How long a step takes: from what each core and link did in it to picoseconds.
//!
//! | model | a step takes |
//! |---|---|
//! | lower bound | as long as its largest bound, the barrier among them |
//! | `analytic` | as long as the largest bound of cores, links and ways, and then the barrier |
//! | `detailed` | as long as the last unit is busy when packets queue for links and cores, and then the barrier |
//!
//! Each is at least as long as the one above it, in every step. None of them changes what is computed.
//!
//! A core has two units that work at once, each in order: the *sender* updates neurons and sends packets, the *receiver* takes packets in and
//! processes their synapses. Learning follows when both are done.

mod bounds;
mod detailed;
mod floor;
mod servers;

pub(crate) use bounds::{CoreTime, StepBounds};
pub(crate) use detailed::{Packet, Queues};
pub use floor::{Direction, Floor, Hops};

use serde::Serialize;

/// How steps are timed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Timing {
    /// The largest of a step's bounds.
    #[default]
    Analytic,
    /// Packets as discrete events: links and cores serve one after another, and full queues hold senders up.
    Detailed,
}

impl Timing {
    /// Every model.
    pub const ALL: [Self; 2] = [Self::Analytic, Self::Detailed];

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Analytic => "analytic",
            Self::Detailed => "detailed",
        }
    }
}

/// What a step was waiting for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Bound {
    /// Neuron accesses, updates and spike generation of the busiest core.
    Neuron,
    /// Packets that it sends.
    Send,
    /// Packets that the busiest core takes in.
    Receive,
    /// Their synaptic events.
    Synapse,
    /// Learning.
    Learning,
    /// Packets over the busiest link.
    Link,
    /// The way of the farthest packet.
    Way,
    /// The barrier.
    Barrier,
}

impl Bound {
    /// Every bound, in the order of reports.
    pub const ALL: [Self; 8] =
        [Self::Neuron, Self::Send, Self::Receive, Self::Synapse, Self::Learning, Self::Link, Self::Way, Self::Barrier];

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Neuron => "neuron",
            Self::Send => "send",
            Self::Receive => "receive",
            Self::Synapse => "synapse",
            Self::Learning => "learning",
            Self::Link => "link",
            Self::Way => "way",
            Self::Barrier => "barrier",
        }
    }
}

#[cfg(test)]
mod tests;
