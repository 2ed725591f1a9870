//! NIRData event files (HDF5), as `nir.read_data` reads them.
//!
//! A graph of data mirrors a NIR graph: `nodes/NAME/observables/spikes` holds the events of a node as `idx` and `time` of shape [1, events].
//! Each object says what it is in an attribute `__type__`, a text of variable length: the reader takes no other.

use super::Train;
use crate::error::Error;
use caudate_core::image::ChipImage;
use caudate_isa::diagnostic::Diagnostic;
use hdf5_pure::{AttrValue, FileBuilder, FinishedGroup, GroupBuilder};
use std::collections::BTreeMap;

/// A node: the spikes of a population, or a graph of nodes.
enum Node<'a> {
    Spikes(&'a Train, u32),
    Graph(Nodes<'a>),
}

type Nodes<'a> = BTreeMap<&'a str, Node<'a>>;

/// The file as bytes: times in seconds of `dt_ms` per step, sorted by time, and `steps` steps as the length of the recording; the image says
/// how many neurons a population has. A population `s.node` is node `node` of the subgraph `s`, as the importer calls it. Equal spikes give equal bytes.
///
/// # Errors
/// [`Error::Invalid`] if the image has no such population or member, the run fewer steps, or two populations need one name.
pub fn to_nirdata(trains: &[Train], image: &ChipImage, steps: u64, dt_ms: f64) -> Result<Vec<u8>, Error> {
    let mut nodes = Nodes::new();
    for train in trains {
        let name = &train.population;
        let known = image.symbols.populations.iter().find(|population| population.name == *name);
        let size = known.map(|population| population.size).ok_or_else(|| {
            refuse(format!("the image has no population '{name}'"), "name the image of the run that wrote these spikes")
        })?;
        if let Some((_, member)) = train.spikes.iter().find(|(_, member)| *member >= size) {
            let message = format!("'{name}' has {size} members in the image; a spike is of member {member}");
            return Err(refuse(message, "name the image of the run that wrote these spikes"));
        }
        if let Some((step, _)) = train.spikes.last().filter(|(step, _)| u64::from(*step) >= steps) {
            let message = format!("'{name}' spikes in step {step}; the run has {steps} steps");
            return Err(refuse(message, "give --steps the steps of the run"));
        }
        insert(&mut nodes, name, Node::Spikes(train, size)).map_err(|()| {
            refuse(format!("'{name}' is a population and the name of a subgraph"), "rename one of the populations")
        })?;
    }
    let mut file = FileBuilder::new();
    file.set_attr("__type__", kind("NIRGraphData"));
    let mut group = file.create_group("nodes");
    write(&nodes, &mut group, steps, dt_ms);
    file.add_group(group.finish());
    file.finish().map_err(|error| {
        refuse(format!("the spikes cannot be written as HDF5: {error}"), "use --format csv, and report this")
    })
}

/// Puts a node where the dots in its name lead.
fn insert<'a>(nodes: &mut Nodes<'a>, name: &'a str, node: Node<'a>) -> Result<(), ()> {
    let Some((graph, rest)) = name.split_once('.') else {
        return nodes.insert(name, node).map_or(Ok(()), |_| Err(()));
    };
    match nodes.entry(graph).or_insert_with(|| Node::Graph(Nodes::new())) {
        Node::Graph(inner) => insert(inner, rest, node),
        Node::Spikes(..) => Err(()),
    }
}

fn write(nodes: &Nodes<'_>, into: &mut GroupBuilder, steps: u64, dt_ms: f64) {
    for (name, node) in nodes {
        let mut group = into.create_group(name);
        match node {
            Node::Spikes(train, size) => {
                group.set_attr("__type__", kind("NIRNodeData"));
                let mut observables = group.create_group("observables");
                let spikes = observables.create_group("spikes");
                observables.add_group(events(spikes, train, *size, steps, dt_ms));
                group.add_group(observables.finish());
            }
            Node::Graph(inner) => {
                group.set_attr("__type__", kind("NIRGraphData"));
                let mut inside = group.create_group("nodes");
                write(inner, &mut inside, steps, dt_ms);
                group.add_group(inside.finish());
            }
        }
        into.add_group(group.finish());
    }
}

fn events(mut group: GroupBuilder, train: &Train, size: u32, steps: u64, dt_ms: f64) -> FinishedGroup {
    let members: Vec<i64> = train.spikes.iter().map(|(_, member)| i64::from(*member)).collect();
    let times: Vec<f64> = train.spikes.iter().map(|(step, _)| seconds(u64::from(*step), dt_ms)).collect();
    let shape = [1, members.len() as u64];
    group.set_attr("__type__", kind("EventData"));
    group.set_attr("n_neurons", AttrValue::I64(i64::from(size)));
    group.set_attr("t_max", AttrValue::F64(seconds(steps, dt_ms)));
    group.create_dataset("idx").with_i64_data(&members).with_shape(&shape);
    group.create_dataset("time").with_f64_data(&times).with_shape(&shape);
    group.finish()
}

/// When a step begins, such that dividing by the length of a step leads back to it: `to_time_gridded` of the reader rounds down.
fn seconds(step: u64, dt_ms: f64) -> f64 {
    let (step, dt) = (step as f64, dt_ms / 1e3);
    let time = step * dt;
    if time / dt < step { time.next_up() } else { time }
}

fn kind(name: &str) -> AttrValue {
    AttrValue::VarLenString(name.to_owned())
}

fn refuse(message: String, help: &str) -> Error {
    Error::Invalid(vec![Diagnostic::new("E-EXPORT", message).help(help)])
}

#[cfg(test)]
mod tests {
    use super::*;
    use caudate_mapper::import::hdf5::{Group, Values};
    use caudate_mapper::network::{LifParameters, Population};
    use caudate_mapper::{CompileOptions, Network, compile};

    fn image(names: &[&str]) -> ChipImage {
        let mut network = Network::new("nodes");
        network.add_population(Population::input("input", 3));
        for name in names {
            network.add_population(Population::lif(name, 2, LifParameters::default()));
        }
        let chip = caudate_core::chip::ChipDescription::built_in("loihi2").unwrap();
        compile(&network, &chip, &CompileOptions::default()).unwrap().image
    }

    fn train(population: &str, spikes: &[(u32, u32)]) -> Train {
        Train { population: population.to_owned(), spikes: spikes.to_vec() }
    }

    #[test]
    fn events_lie_where_the_reader_of_nir_looks() {
        let image = image(&["cells", "sub.cells"]);
        let trains =
            [train("cells", &[(0, 1), (7, 0)]), train("input", &[]), train("sub.cells", &[(3, 0), (3, 1), (9, 1)])];
        let bytes = to_nirdata(&trains, &image, 10, 0.1).unwrap();
        assert_eq!(bytes, to_nirdata(&trains, &image, 10, 0.1).unwrap());
        let file = Group::from_bytes(&bytes, "spikes.h5").unwrap();
        let at = |path: &[&str]| path.iter().fold(&file, |group, name| &group.groups[*name]);
        let events = |path: &[&str]| {
            let group = at(path);
            (group.datasets["idx"].clone(), group.datasets["time"].clone())
        };
        let (idx, time) = events(&["nodes", "sub", "nodes", "cells", "observables", "spikes"]);
        assert_eq!((idx.shape, idx.values), (vec![1, 3], Values::Integers(vec![0, 1, 1])));
        assert_eq!((time.shape, time.values), (vec![1, 3], Values::Floats(vec![3.0 * 1e-4, 3.0 * 1e-4, 9.0 * 1e-4])));
        assert_eq!(events(&["nodes", "cells", "observables", "spikes"]).0.values, Values::Integers(vec![1, 0]));
        assert_eq!(events(&["nodes", "input", "observables", "spikes"]).0.shape, [1, 0]);
        let file = hdf5_pure::File::from_bytes(bytes).unwrap();
        assert_eq!(file.root().attrs().unwrap()["__type__"], AttrValue::VarLenString("NIRGraphData".to_owned()));
        let attributes = file.root().group("nodes/cells/observables/spikes").unwrap().attrs().unwrap();
        assert_eq!(attributes["__type__"], AttrValue::VarLenString("EventData".to_owned()));
        assert_eq!((&attributes["n_neurons"], &attributes["t_max"]), (&AttrValue::I64(2), &AttrValue::F64(1e-3)));
    }

    #[test]
    fn every_step_is_found_again() {
        for dt_ms in [0.1, 0.3, 0.7, 1.0, 5.0] {
            let wrong = (0..100_000).find(|step| (seconds(*step, dt_ms) / (dt_ms / 1e3)) as u64 != *step);
            assert_eq!(wrong, None, "{dt_ms} ms");
        }
    }

    #[test]
    fn what_does_not_belong_to_the_run_is_refused() {
        let refused = |names: &[&str], trains: &[Train]| match to_nirdata(trains, &image(names), 10, 1.0) {
            Ok(_) => panic!("{trains:?} is taken"),
            Err(error) => error.to_string(),
        };
        let said = refused(&["cells"], &[train("cell", &[])]);
        assert!(said.contains("no population 'cell'"), "{said}");
        let said = refused(&["cells"], &[train("cells", &[(0, 2)])]);
        assert!(said.contains("2 members") && said.contains("member 2"), "{said}");
        let said = refused(&["cells"], &[train("cells", &[(10, 0)])]);
        assert!(said.contains("step 10") && said.contains("10 steps"), "{said}");
        let said = refused(&["cells", "cells.b"], &[train("cells", &[]), train("cells.b", &[])]);
        assert!(said.contains("'cells.b'"), "{said}");
    }
}
