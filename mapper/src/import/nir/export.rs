//! From a network to a NIR graph: what NIR can say, in the chip's own integers.
//!
//! Weights and potentials are in units of 64, so that whole weights stay whole; equations are those that forward Euler at `dt` turns back into
//! the same step. What NIR cannot say is refused, all at once.

use crate::error::Error;
use crate::import::hdf5::{Dataset, Group};
use crate::logical::{LogicalNetwork, LogicalPopulation, write_out};
use crate::network::Network;
use caudate_core::chip::ChipDescription;
use caudate_core::neuron::{NeuronProfile, Reset, ThresholdCompare};
use caudate_core::semantics::Semantics;
use caudate_isa::diagnostic::{Diagnostic, Place};
use std::collections::BTreeMap;

/// The version of the layout that is written: that of the Python package of this number.
const VERSION: &str = "1.0.8";
/// Units of v in a unit of the file.
const UNIT: f64 = 64.0;
const DECAY_ONE: f64 = 4096.0;

/// A graph as bytes of an HDF5 file, and what a reader of it has to know.
#[derive(Debug, Clone, PartialEq)]
pub struct Exported {
    /// The file.
    pub bytes: Vec<u8>,
    /// What the graph does not say by itself.
    pub notes: Vec<String>,
}

/// Collects a graph.
struct Writer {
    nodes: Group,
    edges: Vec<[String; 2]>,
    notes: Vec<String>,
    problems: Vec<Diagnostic>,
    dt_seconds: f64,
}

/// Writes a network as a NIR graph whose steps take `dt_seconds`; parameters drawn from distributions are drawn under `seed`.
///
/// # Errors
/// [`Error::Invalid`] if the network makes no sense, or says what NIR cannot: learning, programs, modulators, refractory periods, graded spikes.
pub fn export(network: &Network, dt_seconds: f64, seed: u64) -> Result<Exported, Error> {
    if !(dt_seconds.is_finite() && dt_seconds > 0.0) {
        let message = format!("dt is {dt_seconds} s; it is above 0");
        return Err(Error::Invalid(vec![
            Diagnostic::new("E-IMPORT-RANGE", message).help("give a finite number above 0"),
        ]));
    }
    let chip = ChipDescription::built_in("unlimited")?;
    let written = write_out(network, &chip, Semantics::Loihi2, seed);
    let written = written.map_err(|problems| Error::Invalid(network.locate(problems)))?;
    let wrong: Vec<_> = written.invalid.into_iter().chain(written.misfits).collect();
    if !wrong.is_empty() {
        return Err(Error::Invalid(network.locate(wrong)));
    }
    let logical = written.logical;
    let mut writer =
        Writer { nodes: Group::new(), edges: Vec::new(), notes: Vec::new(), problems: Vec::new(), dt_seconds };
    for population in &logical.populations {
        writer.population(population, &logical);
    }
    writer.projections(&logical);
    if !writer.problems.is_empty() {
        return Err(Error::Invalid(writer.problems));
    }
    let Writer { nodes, mut edges, notes, .. } = writer;
    edges.sort();
    let mut graph = typed("NIRGraph");
    let names = edges.iter().flatten().cloned().collect();
    graph.datasets.insert("edges".to_owned(), Dataset::texts(&[edges.len(), 2], names));
    graph.groups.insert("nodes".to_owned(), nodes);
    let mut root = Group::new();
    root.datasets.insert("version".to_owned(), Dataset::texts(&[], vec![VERSION.to_owned()]));
    root.groups.insert("node".to_owned(), graph);
    Ok(Exported { bytes: root.to_bytes()?, notes })
}

fn typed(kind: &str) -> Group {
    let mut group = Group::new();
    group.datasets.insert("type".to_owned(), Dataset::texts(&[], vec![kind.to_owned()]));
    group
}

fn put(group: &mut Group, name: &str, values: Vec<f64>) {
    group.datasets.insert(name.to_owned(), Dataset::floats(&[values.len()], values));
}

impl Writer {
    fn refuse(&mut self, place: String, message: String) {
        let help = "NIR has no words for it: remove it, or keep the network in TOML";
        self.problems.push(Diagnostic::new("E-NIR-EXPORT", message).at(Place::named(place)).help(help));
    }

    fn population(&mut self, population: &LogicalPopulation, logical: &LogicalNetwork) {
        let name = population.name.clone();
        let place = format!("population '{name}'");
        let size = population.size as usize;
        let shape = Dataset::integers(&[1], vec![size as i64]);
        if population.is_input() {
            let mut input = typed("Input");
            input.datasets.insert("shape".to_owned(), shape);
            self.nodes.groups.insert(name, input);
            return;
        }
        let Some(columns) = population.fixed() else {
            self.refuse(place, format!("'{name}' runs a program"));
            return;
        };
        if population.channels.iter().any(Option::is_some) {
            self.refuse(place.clone(), format!("'{name}' listens to modulators"));
        }
        let profiles: Vec<NeuronProfile> =
            (0..size).map(|neuron| logical.profiles[columns.profile.get(neuron) as usize]).collect();
        let bias: Vec<f64> = profiles
            .iter()
            .enumerate()
            .map(|(neuron, own)| f64::from(columns.bias_mantissa.get(neuron) << own.bias_exponent) / UNIT)
            .collect();
        if let Some(longest) = profiles.iter().map(|own| own.refractory_steps).max().filter(|steps| *steps > 1) {
            self.refuse(place.clone(), format!("'{name}' has a refractory period of {longest} steps"));
        }
        if (0..size).any(|neuron| columns.initial_v.get(neuron) != 0 || columns.initial_u.get(neuron) != 0) {
            self.refuse(place.clone(), format!("'{name}' does not start at rest"));
        }
        let keeps_current = profiles.iter().any(|own| own.current_decay < 4096);
        let leaks = profiles.iter().any(|own| own.voltage_decay > 0);
        let stuck = profiles
            .iter()
            .position(|own| (leaks || keeps_current) && (own.voltage_decay == 0 || own.current_decay == 0));
        if let Some(neuron) = stuck {
            self.refuse(
                place.clone(),
                format!("neuron {neuron} of '{name}' never forgets u or v: its time constant is infinite"),
            );
        }
        if !leaks && bias.iter().any(|bias| *bias != 0.0) {
            self.refuse(place, format!("'{name}' has a bias and no leak"));
        }
        let tau = |decay: u16| self.dt_seconds * DECAY_ONE / f64::from(decay.max(1));
        let of = |value: &dyn Fn(&NeuronProfile) -> f64| profiles.iter().map(value).collect::<Vec<f64>>();
        let share = |decay: u16| DECAY_ONE / f64::from(decay.max(1));
        let mut node = typed(match (keeps_current, leaks) {
            (true, _) => "CubaLIF",
            (false, true) => "LIF",
            (false, false) => "IF",
        });
        let leak = profiles.iter().zip(&bias).map(|(own, bias)| bias * share(own.voltage_decay)).collect();
        if keeps_current {
            put(&mut node, "tau_syn", of(&|own| tau(own.current_decay)));
            put(&mut node, "w_in", of(&|own| share(own.current_decay)));
        }
        if keeps_current || leaks {
            put(&mut node, if keeps_current { "tau_mem" } else { "tau" }, of(&|own| tau(own.voltage_decay)));
            put(&mut node, "v_leak", leak);
            put(&mut node, "r", of(&|own| share(own.voltage_decay)));
        } else {
            put(&mut node, "r", vec![1.0; size]);
        }
        // Potentials are whole, so v >= threshold is v > threshold - 1.
        let lower = |own: &NeuronProfile| f64::from(u8::from(own.compare == ThresholdCompare::Ge));
        put(&mut node, "v_threshold", of(&|own| (own.threshold() as f64 - lower(own)) / UNIT));
        if profiles.iter().any(|own| own.reset == Reset::Subtract) {
            self.notes.push(format!(
                "'{name}' subtracts its threshold on a spike, which NIR does not say: read it with --reset subtract"
            ));
        }
        put(
            &mut node,
            "v_reset",
            of(&|own| match own.reset {
                Reset::Value(value) => f64::from(value) / UNIT,
                Reset::Zero | Reset::Subtract => 0.0,
            }),
        );
        self.nodes.groups.insert(name, node);
    }

    fn projections(&mut self, logical: &LogicalNetwork) {
        let mut has_targets = vec![false; logical.populations.len()];
        for projection in &logical.projections {
            let place = format!("projection '{}'", projection.name);
            let said = [
                (projection.rule.is_some(), "learns"),
                (projection.dendrite > 0 || projection.port > 0, "joins dendrites or ports of programs"),
                (projection.is_graded, "passes on graded spikes"),
            ];
            for (_, what) in said.iter().filter(|(is_so, _)| *is_so) {
                self.refuse(place.clone(), format!("'{}' {what}", projection.name));
            }
            has_targets[projection.pre as usize] = true;
            let (pre, post) =
                (&logical.populations[projection.pre as usize], &logical.populations[projection.post as usize]);
            let format = &logical.formats[projection.format as usize];
            // One matrix for each delay.
            let mut matrices: BTreeMap<u8, Vec<f64>> = BTreeMap::new();
            for target in 0..post.size {
                for at in projection.row(target) {
                    let matrix = matrices
                        .entry(projection.delays.get(at))
                        .or_insert_with(|| vec![0.0; pre.size as usize * post.size as usize]);
                    let weight = format.initial_effective_weight(projection.weights.get(at), logical.semantics);
                    matrix[(target * pre.size + projection.sources[at]) as usize] += f64::from(weight) / UNIT;
                }
            }
            for (delay, weights) in matrices {
                let mut from = pre.name.clone();
                let name =
                    if delay == 0 { projection.name.clone() } else { format!("{} after {delay}", projection.name) };
                if delay > 0 {
                    let waits = format!("{name} steps");
                    let mut node = typed("Delay");
                    put(&mut node, "delay", vec![f64::from(delay) * self.dt_seconds; pre.size as usize]);
                    self.nodes.groups.insert(waits.clone(), node);
                    self.edges.push([from, waits.clone()]);
                    from = waits;
                }
                let mut node = typed("Linear");
                let shape = [post.size as usize, pre.size as usize];
                node.datasets.insert("weight".to_owned(), Dataset::floats(&shape, weights));
                if self.nodes.groups.insert(name.clone(), node).is_some() {
                    self.refuse(place.clone(), format!("two parts of the network are called '{name}'"));
                }
                self.edges.push([from, name.clone()]);
                self.edges.push([name, post.name.clone()]);
            }
        }
        for (population, _) in logical.populations.iter().zip(has_targets).filter(|(_, has_targets)| !has_targets) {
            let name = format!("output {}", population.name);
            let mut output = typed("Output");
            output.datasets.insert("shape".to_owned(), Dataset::integers(&[1], vec![i64::from(population.size)]));
            self.nodes.groups.insert(name.clone(), output);
            self.edges.push([population.name.clone(), name]);
        }
    }
}
