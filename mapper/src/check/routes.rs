//! Whether spikes arrive: each input axon is reached by its source, once, and by nothing else.

use super::Findings;
use caudate_core::image::{ChipImage, CoreImage, Route};

const CODE: &str = "E-CHECK-ROUTE";

pub(super) fn check(image: &ChipImage, findings: &mut Findings) {
    let ports: Vec<Vec<u64>> = image.cores.iter().map(needed_ports).collect();
    let mut arrivals: Vec<Vec<u32>> = image.cores.iter().map(|core| vec![0; core.axons.len()]).collect();
    for core in &image.cores {
        for (compartment, neuron) in core.compartments.iter().enumerate() {
            follow(image, neuron.neuron.0, core.routes_of(compartment), &ports, &mut arrivals, findings);
        }
    }
    let mut next_input = 0;
    for population in image.symbols.populations.iter().filter(|population| population.is_input) {
        for member in 0..population.size {
            follow(
                image,
                population.first.0 + member,
                &image.input_routes[next_input],
                &ports,
                &mut arrivals,
                findings,
            );
            next_input += 1;
        }
    }
    for (index, (core, arrivals)) in image.cores.iter().zip(&arrivals).enumerate() {
        for (axon, count) in core.axons.iter().zip(arrivals).filter(|(_, count)| **count != 1) {
            findings.add(
                CODE,
                format!("core {index}"),
                format!("the input axon of source {} is reached by {count} routes; it should be 1", axon.source),
            );
        }
    }
}

/// By input axon: a bit for each port that one of its synapse lists listens to.
fn needed_ports(core: &CoreImage) -> Vec<u64> {
    let mut ports = Vec::with_capacity(core.axons.len());
    let mut start = 0;
    for axon in &core.axons {
        let lists = &core.lists[start..start + axon.lists as usize];
        let mut own: Vec<u8> = lists.iter().map(|list| core.groups[list.group as usize].port).collect();
        own.sort_unstable();
        own.dedup();
        ports.push(own.into_iter().map(|port| 1_u64 << port).sum());
        start += axon.lists as usize;
    }
    ports
}

fn follow(
    image: &ChipImage,
    source: u32,
    routes: &[Route],
    ports: &[Vec<u64>],
    arrivals: &mut [Vec<u32>],
    findings: &mut Findings,
) {
    let place = || match image.symbols.locate(caudate_core::id::NeuronId(source)) {
        Some((population, member)) => format!("population '{}', member {member}", population.name),
        None => format!("source {source}"),
    };
    findings.expect(routes.is_sorted_by(|a, b| a < b), CODE, place, || {
        "its routes are not in the order of cores and axons".to_owned()
    });
    for route in routes {
        match image.cores.get(route.core as usize).and_then(|core| core.axons.get(route.axon as usize)) {
            Some(axon) if axon.source.0 == source => {
                arrivals[route.core as usize][route.axon as usize] += 1;
                let needed = ports[route.core as usize][route.axon as usize];
                findings.expect(route.ports == needed, CODE, place, || {
                    format!(
                        "a route to core {} carries ports {:#x}; its synapse lists listen to {needed:#x}",
                        route.core, route.ports
                    )
                });
            }
            Some(axon) => findings.add(
                CODE,
                place(),
                format!(
                    "a route leads to axon {} of core {}, which is that of source {}",
                    route.axon, route.core, axon.source
                ),
            ),
            None => findings.add(
                CODE,
                place(),
                format!("a route leads to axon {} of core {}, which does not exist", route.axon, route.core),
            ),
        }
    }
}
