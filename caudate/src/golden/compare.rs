//! Runs a vector and compares every number.

use super::build::{Case, sign_mode};
use super::document::{LearningTrack, TableRow};
use super::{FileReport, Mismatch, Options};
use crate::error::Error;
use caudate_core::chip::ChipDescription;
use caudate_core::id::{NeuronId, ProjectionId};
use caudate_core::image::ChipImage;
use caudate_core::semantics::Semantics;
use caudate_core::synapse::SynapseFormat;
use caudate_mapper::CompileOptions;
use caudate_sim::recording::Weights;
use caudate_sim::{Environment, Simulation, StepInput, Timing, simulation};
use std::collections::BTreeMap;

/// Differences that a report shows per variable.
const SHOWN_PER_VARIABLE: usize = 2;

/// The index of what concerns a group or file as a whole.
const WHOLE: (&str, u64) = ("whole", 0);

/// What has been compared so far.
#[derive(Debug, Default)]
pub(super) struct Tally {
    compared: u64,
    mismatched: u64,
    shown: BTreeMap<String, Vec<Mismatch>>,
}

impl Tally {
    fn compare(&mut self, what: &str, (item, index): (&'static str, u64), step: u64, expected: i64, got: i64) {
        self.compared += 1;
        if expected != got {
            self.mismatched += 1;
            let shown = self.shown.entry(what.to_owned()).or_default();
            if shown.len() < SHOWN_PER_VARIABLE {
                shown.push(Mismatch { what: what.to_owned(), item, index, step, expected, got });
            }
        }
    }

    pub(super) fn into_report(self, file: String) -> FileReport {
        let mut mismatches: Vec<Mismatch> = self.shown.into_values().flatten().collect();
        mismatches.sort_by_key(|mismatch| mismatch.step);
        FileReport { file, compared: self.compared, mismatched: self.mismatched, mismatches, error: None }
    }
}

/// Checks a table of effective weights.
pub(super) fn table(rows: &[TableRow]) -> Tally {
    let mut tally = Tally::default();
    for (row, content) in rows.iter().enumerate() {
        let Some(sign_mode) = sign_mode(content.sign_mode) else {
            tally.compare(&format!("sign mode of row {row}"), ("row", row as u64), 0, i64::from(content.sign_mode), 0);
            continue;
        };
        let format = SynapseFormat {
            weight_bits: content.num_weight_bits,
            weight_exponent: content.w_exp,
            sign_mode,
            delay_bits: 0,
            index_bits: 1,
            tag_bits: 0,
            address_bits: 0,
            keeps_every_bit: true,
        };
        let mantissas = content.w_lo..=content.w_hi;
        tally.compare(
            &format!("length of row {row}"),
            ("row", row as u64),
            0,
            content.w_act.len() as i64,
            mantissas.clone().count() as i64,
        );
        for (mantissa, expected) in mantissas.zip(&content.w_act) {
            let got = format.initial_effective_weight(format.truncate(mantissa, Semantics::B2l), Semantics::B2l);
            tally.compare(
                &format!("effective weight of mantissa {mantissa} in row {row}"),
                ("row", row as u64),
                0,
                *expected,
                i64::from(got),
            );
        }
    }
    tally
}

/// Runs a simulation and checks every recorded number of every step.
pub(super) fn run(case: &Case, options: Options) -> Result<Tally, Error> {
    let chip = ChipDescription::built_in("unlimited")?;
    let compile_options = CompileOptions {
        semantics: Some(case.semantics),
        max_neurons_per_core: options.max_neurons_per_core,
        ..CompileOptions::default()
    };
    let image = caudate_mapper::compile(&case.network, &chip, &compile_options)?.image;
    let draws = Some(case.draws.clone());
    let cores = simulation::load(&image, options.strategy, options.threads)?;
    let run_options = simulation::Options { threads: options.threads, costs: Vec::new(), draws };
    let mut simulation = Simulation::of_cores(&image, cores, run_options, Timing::default())?;
    let mut stimulus = case.stimulus.clone();
    let mut tally = Tally::default();
    check_lengths(case, &image, &mut tally);
    check_initial_weights(case, &simulation, &mut tally);
    let orders: Vec<Vec<usize>> = case.connections.iter().map(|listed| network_order(&listed.synapses)).collect();
    let mut input = StepInput::default();
    for t in 0..case.steps {
        input.clear();
        stimulus.sense(t, &[], &mut input);
        let spikes = simulation.step(&input).to_vec();
        check_spikes(case, &image, t, &spikes, &mut tally);
        check_states(case, &image, &simulation, t, &mut tally);
        check_learning(case, &image, &simulation, &orders, t, &mut tally);
    }
    Ok(tally)
}

/// Every track must have one number per step, or numbers would go unchecked.
fn check_lengths(case: &Case, image: &ChipImage, tally: &mut Tally) {
    let steps = case.steps as i64;
    for (name, tracks) in [("u", &case.expected.u), ("v", &case.expected.v)] {
        for (group, track) in tracks {
            let known = image.symbols.population(group).is_some();
            tally.compare(&format!("existence of group '{group}'"), WHOLE, 0, 1, i64::from(known));
            tally.compare(
                &format!("tracks of {name} of '{group}'"),
                WHOLE,
                0,
                track.index.len() as i64,
                track.data.len() as i64,
            );
            for (index, data) in track.index.iter().zip(&track.data) {
                tally.compare(
                    &format!("length of {name} of '{group}'"),
                    ("neuron", u64::from(*index)),
                    0,
                    data.len() as i64,
                    steps,
                );
            }
        }
    }
    for (group, spikes) in &case.expected.spikes {
        let known = image.symbols.population(group).is_some();
        tally.compare(&format!("existence of group '{group}'"), WHOLE, 0, 1, i64::from(known));
        tally.compare(&format!("spikes of '{group}'"), WHOLE, 0, spikes.t.len() as i64, spikes.i.len() as i64);
        let late = spikes.t.iter().filter(|t| **t >= case.steps).count();
        tally.compare(&format!("spikes of '{group}' after the last step"), WHOLE, case.steps, late as i64, 0);
    }
    for (connection, tracks) in &case.expected.learning {
        for (variable, track) in tracks {
            let (LearningTrack::Neurons(super::document::Track { data, .. }) | LearningTrack::Synapses(data)) = track;
            for (index, data) in data.iter().enumerate() {
                let what = format!("length of {variable} of '{connection}'");
                tally.compare(&what, ("track", index as u64), 0, data.len() as i64, steps);
            }
        }
    }
}

fn check_initial_weights(case: &Case, simulation: &Simulation<'_>, tally: &mut Tally) {
    for (index, (projection, listed)) in case.network.projections.iter().zip(&case.connections).enumerate() {
        let Some(initial) = &listed.initial else { continue };
        let weights = Weights::of(simulation, ProjectionId(index as u32));
        for (place, synapse) in network_order(&listed.synapses).into_iter().enumerate() {
            let got = weights.effective.get(place).map_or(i64::MIN, |weight| i64::from(*weight));
            let expected = initial.get(synapse).copied().unwrap_or(i64::MAX);
            tally.compare(
                &format!("initial effective weight of '{}'", projection.name),
                ("synapse", synapse as u64),
                0,
                expected,
                got,
            );
        }
    }
}

/// The synapses of a connection in the order in which weights are observed: by pre, post, stored delay, place in the file.
fn network_order(synapses: &[(u32, u32, u8)]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..synapses.len()).collect();
    order.sort_by_key(|index| synapses[*index]);
    order
}

fn check_spikes(case: &Case, image: &ChipImage, t: u64, spikes: &[NeuronId], tally: &mut Tally) {
    for (name, expected) in &case.expected.spikes {
        let Some(population) = image.symbols.population(name) else { continue };
        let got: Vec<u32> = spikes
            .iter()
            .filter(|spike| population.contains(**spike))
            .map(|spike| spike.0 - population.first.0)
            .collect();
        let range = expected.t.partition_point(|step| *step < t)..expected.t.partition_point(|step| *step <= t);
        let mut wanted: Vec<u32> = expected.i.get(range).unwrap_or_default().to_vec();
        wanted.sort_unstable();
        let mut all: Vec<u32> = wanted.iter().chain(&got).copied().collect();
        all.sort_unstable();
        all.dedup();
        for neuron in all {
            let (expected, got) = (wanted.contains(&neuron), got.contains(&neuron));
            tally.compare(
                &format!("spike of '{name}'"),
                ("neuron", u64::from(neuron)),
                t,
                i64::from(expected),
                i64::from(got),
            );
        }
    }
}

fn check_states(case: &Case, image: &ChipImage, simulation: &Simulation<'_>, t: u64, tally: &mut Tally) {
    let step = t as usize;
    for population in image.symbols.populations.iter().filter(|population| !population.is_input) {
        let name = &population.name;
        let state = |index: u32| simulation.neuron(NeuronId(population.first.0 + index)).unwrap_or_default();
        for (variable, tracks, sums) in
            [("u", &case.expected.u, &case.expected.u_sum), ("v", &case.expected.v, &case.expected.v_sum)]
        {
            let value = |index: u32| if variable == "u" { state(index).u } else { state(index).v };
            if let Some(track) = tracks.get(name) {
                for (index, data) in track.index.iter().zip(&track.data) {
                    let Some(expected) = data.get(step) else { continue };
                    tally.compare(
                        &format!("{variable} of '{name}'"),
                        ("neuron", u64::from(*index)),
                        t,
                        *expected,
                        value(*index),
                    );
                }
            }
            if let Some(expected) = sums.get(name).and_then(|sums| sums.get(step)) {
                let sum = (0..population.size).map(value).sum();
                tally.compare(&format!("sum of {variable} of '{name}'"), WHOLE, t, *expected, sum);
            }
        }
    }
}

fn check_learning(
    case: &Case,
    image: &ChipImage,
    simulation: &Simulation<'_>,
    orders: &[Vec<usize>],
    t: u64,
    tally: &mut Tally,
) {
    let step = t as usize;
    for (index, projection) in case.network.projections.iter().enumerate() {
        let Some(tracks) = case.expected.learning.get(&projection.name) else { continue };
        let id = ProjectionId(index as u32);
        let weights = Weights::of(simulation, id);
        let traces = Traces::of(simulation, id);
        let first = |name: &str| image.symbols.population(name).map_or(0, |population| population.first.0);
        for (variable, track) in tracks {
            let what = format!("{variable} of '{}'", projection.name);
            match track {
                LearningTrack::Synapses(data) => {
                    for (place, synapse) in orders[index].iter().enumerate() {
                        let Some(expected) = data.get(*synapse).and_then(|data| data.get(step)) else { continue };
                        let got = match variable.as_str() {
                            "w" => i64::from(weights.weight[place]),
                            "w_act" => i64::from(weights.effective[place]),
                            _ => i64::from(weights.tag[place]),
                        };
                        tally.compare(&what, ("synapse", *synapse as u64), t, *expected, got);
                    }
                }
                LearningTrack::Neurons(track) => {
                    let first =
                        if variable.starts_with('x') { first(&projection.pre) } else { first(&projection.post) };
                    for (neuron, data) in track.index.iter().zip(&track.data) {
                        let Some(expected) = data.get(step) else { continue };
                        tally.compare(
                            &what,
                            ("neuron", u64::from(*neuron)),
                            t,
                            *expected,
                            traces.value(variable, NeuronId(first + neuron)),
                        );
                    }
                }
            }
        }
    }
}

/// The traces of one projection over all cores.
struct Traces {
    pre: BTreeMap<NeuronId, [i16; 2]>,
    post: BTreeMap<NeuronId, [i16; 3]>,
}

impl Traces {
    fn of(simulation: &Simulation<'_>, projection: ProjectionId) -> Self {
        let cores = || simulation.cores();
        Self {
            pre: cores().flat_map(|core| core.pre_traces(projection)).collect(),
            post: cores().flat_map(|core| core.post_traces(projection)).collect(),
        }
    }

    /// A trace by its name, x1..y3; 0 for a neuron without synapses in the projection.
    fn value(&self, variable: &str, neuron: NeuronId) -> i64 {
        let index = variable[1..].parse::<usize>().map_or(0, |number| number.saturating_sub(1));
        let value = if variable.starts_with('x') {
            self.pre.get(&neuron).and_then(|values| values.get(index))
        } else {
            self.post.get(&neuron).and_then(|values| values.get(index))
        };
        value.copied().map_or(0, i64::from)
    }
}
