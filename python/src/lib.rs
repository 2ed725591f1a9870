//! Caudate for Python: the module `caudate._core`, around which the package `caudate` lies.
//!
//! | module | story |
//! |---|---|
//! | `network` | populations, projections, rules and channels from NumPy arrays |
//! | `import` | networks of other tools |
//! | `table` | keyword arguments to tables of a network file |
//! | `image` | what a compilation leaves: image and report |
//! | `simulation` | a run, stepped in chunks with live input |
//! | `probes` | what a run is asked to record |
//! | `progress` | progress bars |
//! | `input` | spikes and modulators of a call |
//! | `spikes` | what fired, as arrays |
//! | `program` | microcode and learning rules as text |
//! | `sweep` | the points of a sweep |
//! | `error` | diagnostics as exceptions |
//! | `convert` | numbers, arrays and JSON between the languages |
//!
//! Names, defaults and checks are those of the layers below: nothing is decided here.

#![forbid(unsafe_code)]

mod convert;
mod error;
mod image;
mod import;
mod input;
mod network;
mod probes;
mod program;
mod progress;
mod simulation;
mod spikes;
mod sweep;
mod table;

/// The compiled part of the package.
#[pyo3::pymodule]
mod _core {
    #[pymodule_export]
    use crate::image::Image;
    #[pymodule_export]
    use crate::import::{from_netx, read_nir};
    #[pymodule_export]
    use crate::network::Network;
    #[pymodule_export]
    use crate::program::{Program, Rule};
    #[pymodule_export]
    use crate::simulation::Simulation;
    #[pymodule_export]
    use crate::spikes::Spikes;
    #[pymodule_export]
    use crate::sweep::Sweep;
    use pyo3::prelude::*;

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        module.add("__version__", env!("CARGO_PKG_VERSION"))?;
        module.add("CHIPS", caudate::chip::BUILT_IN.map(|(name, _)| name))?;
        module.add("COSTS", caudate::sim::cost::BUILT_IN.map(|(name, _)| name))
    }
}
