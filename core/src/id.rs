//! Typed indices: a neuron is never mistaken for a core.

use serde::{Deserialize, Serialize};
use std::fmt;

/// An algorithmic step, counted from 0: the chip's barrier-synchronised tick.
pub type Step = u64;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub u32);

        impl $name {
            /// The id as an index.
            #[inline]
            #[must_use]
            pub const fn index(self) -> usize {
                self.0 as usize
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

id! {
    /// A neuron or input source of the network, numbered through all populations in their order. Independent of mapping; below 2^30.
    NeuronId
}
id! {
    /// A core of the image.
    CoreId
}
id! {
    /// An input axon of one core.
    AxonId
}
id! {
    /// A projection of the network, in its order. Independent of mapping.
    ProjectionId
}
