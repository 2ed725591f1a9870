//! Where the spikes of compartments set out: what is needed first of each lies side by side.

use caudate_core::engine::prefetch;
use caudate_core::id::NeuronId;
use caudate_core::image::{Compartment, CoreImage, Route};

/// A compartment that spikes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Outlet {
    pub(crate) neuron: NeuronId,
    /// Number of its population in the image.
    pub(crate) population: u32,
    first_route: u32,
    routes: u32,
}

impl Outlet {
    /// The outlets of a core's compartments, which belong to these populations.
    pub(crate) fn of_core(core: &CoreImage, populations: &[u32]) -> Vec<Self> {
        let owners = core.compartments.iter().zip(populations);
        let outlet = |((compartment, population), routes): ((&Compartment, &u32), &[u32])| Self {
            neuron: compartment.neuron,
            population: *population,
            first_route: routes[0],
            routes: routes[1] - routes[0],
        };
        owners.zip(core.route_starts.windows(2)).map(outlet).collect()
    }

    /// Its routes among those of its core.
    pub(crate) fn routes<'r>(&self, routes: &'r [Route]) -> &'r [Route] {
        &routes[self.first_route as usize..(self.first_route + self.routes) as usize]
    }

    /// Asks for the first of its routes.
    pub(crate) fn prefetch_route(&self, routes: &[Route]) {
        routes.get(self.first_route as usize).into_iter().for_each(prefetch);
    }
}
