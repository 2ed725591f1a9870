//! The golden vectors with programs in place of the fixed neuron.
//!
//! A closed loop apart from the simulator: spikes of programs travel through the synapses of the vector and arrive in other programs. Weights that
//! learn are taken from the recording, for learning is not what is tested here.

use caudate_core::microcode::{Executable, Inputs, Specials, lif, run};
use caudate_core::neuron::{NeuronProfile, Reset, ThresholdCompare};
use caudate_core::semantics::Semantics;
use caudate_core::synapse::{SignMode, SynapseFormat};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;

fn number(value: &Value) -> i64 {
    value.as_f64().unwrap() as i64
}

fn numbers(value: &Value) -> Vec<i64> {
    value.as_array().unwrap().iter().map(number).collect()
}

/// A number, or one per element.
fn each(value: &Value, count: usize) -> Vec<i64> {
    if value.is_array() { numbers(value) } else { vec![number(value); count] }
}

/// Neurons whose steps are runs of one program.
struct Group {
    executable: Executable,
    parameters: Vec<Vec<i32>>,
    states: Vec<Vec<i32>>,
    /// Input of step t, by t modulo its length, and neuron.
    ring: Vec<Vec<i64>>,
}

impl Group {
    fn new(semantics: Semantics, group: &Value) -> Self {
        let count = number(&group["n"]) as usize;
        let program = lif::program(semantics).unwrap().assembly().unwrap().program;
        let (mantissas, exponents) = (each(&group["bias_mant"], count), each(&group["bias_exp"], count));
        let parameters = |(mantissa, exponent): (i64, i64)| {
            let profile = NeuronProfile {
                current_decay: number(&group["decay_u"]) as u16,
                voltage_decay: number(&group["decay_v"]) as u16,
                threshold_mantissa: number(&group["vth_mant"]) as i32,
                refractory_steps: number(&group["refractory"]) as u8,
                compare: ThresholdCompare::Gt,
                reset: Reset::Zero,
                bias_exponent: exponent as u8,
            };
            let mut program = program.clone();
            lif::parameters(semantics, &profile, mantissa as i32).apply(&mut program).unwrap();
            program.parameters.iter().map(|parameter| parameter.value).collect()
        };
        Self {
            parameters: mantissas.into_iter().zip(exponents).map(parameters).collect(),
            states: vec![vec![0; program.states.len()]; count],
            ring: vec![vec![0; count]; 64],
            executable: Executable::new(&program).unwrap(),
        }
    }

    /// The neurons that spike in step t.
    fn step(&mut self, t: usize) -> Vec<usize> {
        let slot = t % self.ring.len();
        let mut spiking = Vec::new();
        for (neuron, state) in self.states.iter_mut().enumerate() {
            let input = i32::try_from(std::mem::take(&mut self.ring[slot][neuron])).unwrap();
            let specials = Specials::neuron([input, 0, 0, 0], t as u64, [0; 4]);
            let inputs =
                Inputs { parameters: &self.parameters[neuron], specials: &specials, stream: 0, step: t as u64 };
            let mut spikes = Vec::new();
            let outcome = run(&self.executable, &inputs, state, &mut Vec::new(), &mut spikes);
            assert_eq!((outcome.alu_saturated, outcome.store_saturated), (0, 0));
            if !spikes.is_empty() {
                spiking.push(neuron);
            }
        }
        spiking
    }
}

/// The synapses of one connection.
struct Connection<'a> {
    document: &'a Value,
    /// (target, stored delay, synapse) by source.
    targets: BTreeMap<usize, Vec<(usize, usize, usize)>>,
    format: SynapseFormat,
    /// Mantissas, or effective weights where the vector gives those.
    initial: Vec<i64>,
    /// The same by synapse and step, at the step's end, if they learn.
    recorded: Option<Vec<Vec<i64>>>,
}

impl<'a> Connection<'a> {
    fn new(semantics: Semantics, document: &'a Value, expected: &Value) -> Self {
        let w = numbers(&document["w"]);
        let delays = if document["delays"].is_null() { &document["delay"] } else { &document["delays"] };
        let mut targets: BTreeMap<usize, Vec<_>> = BTreeMap::new();
        let ends = numbers(&document["pre"]).into_iter().zip(numbers(&document["post"]));
        for (synapse, ((pre, post), delay)) in ends.zip(each(delays, w.len())).enumerate() {
            targets.entry(pre as usize).or_default().push((post as usize, delay as usize, synapse));
        }
        let format = SynapseFormat {
            weight_bits: number(&document["num_weight_bits"]) as u8,
            weight_exponent: number(&document["w_exp"]) as i8,
            sign_mode: [SignMode::Mixed, SignMode::Excitatory, SignMode::Inhibitory]
                [number(&document["sign_mode"]) as usize - 1],
            delay_bits: 6,
            index_bits: 1,
            tag_bits: 0,
            address_bits: 0,
            keeps_every_bit: semantics.numerics().weight_truncation.keeps_every_bit(),
        };
        let (initial, learnt) = if semantics == Semantics::B2l {
            (numbers(&document["w_act0"]), "w_act")
        } else {
            (w.iter().map(|&w| format.truncate(w as i16, semantics).into()).collect(), "w")
        };
        let tracks = &expected["learning"][document["name"].as_str().unwrap()][learnt];
        let recorded = tracks.as_array().map(|tracks| tracks.iter().map(numbers).collect());
        assert_eq!(recorded.is_some(), document.get("learning").is_some_and(|learning| !learning.is_null()));
        Self { document, targets, format, initial, recorded }
    }

    fn weight_before(&self, step: usize, synapse: usize) -> i64 {
        match &self.recorded {
            Some(tracks) if step > 0 => tracks[synapse][step - 1],
            _ => self.initial[synapse],
        }
    }

    /// What the spikes of step t bring: (step, target, input).
    fn deliver(&self, semantics: Semantics, t: usize, spikes: &[usize], steps: usize) -> Vec<(usize, usize, i64)> {
        let mut arriving: BTreeMap<(usize, usize), i64> = BTreeMap::new();
        for &(post, delay, synapse) in spikes.iter().filter_map(|pre| self.targets.get(pre)).flatten() {
            let arrival = t + 1 + delay;
            if arrival >= steps {
                continue;
            }
            // Under `b2l` the weight in force at arrival counts, else the one at emission.
            let input = match semantics {
                Semantics::B2l => self.weight_before(arrival, synapse),
                Semantics::Nengo => self.format.effective_weight(self.weight_before(t, synapse) as i16, None).into(),
                _ => self.weight_before(t, synapse),
            };
            *arriving.entry((arrival, post)).or_default() += input;
        }
        let shifted = |sum: i64| match semantics {
            Semantics::Lava => caudate_core::arithmetic::shift(sum, self.format.weight_exponent) << 6,
            _ => sum,
        };
        arriving.into_iter().map(|((arrival, post), sum)| (arrival, post, shifted(sum))).collect()
    }
}

/// Replays one vector; how many numbers were compared.
fn replay(file: &str, document: &Value) -> usize {
    let semantics = match document["emulator"]["name"].as_str().unwrap() {
        "brian2-loihi" => Semantics::B2l,
        "lava-nc" => Semantics::Lava,
        _ => Semantics::Nengo,
    };
    let name = |value: &Value| value["name"].as_str().unwrap().to_owned();
    let expected = &document["expected"];
    let steps = number(&document["steps"]) as usize;
    let groups = document["groups"].as_array().unwrap();
    let mut cells: BTreeMap<String, Group> = groups.iter().map(|g| (name(g), Group::new(semantics, g))).collect();
    let connections = document["connections"].as_array().unwrap().iter();
    let connections: Vec<_> = connections.map(|c| Connection::new(semantics, c, expected)).collect();
    let spikes_of = |spikes: &Value, t: usize| {
        let events = numbers(&spikes["t"]).into_iter().zip(numbers(&spikes["i"]));
        events.filter(|(at, _)| *at == t as i64).map(|(_, index)| index as usize).collect::<Vec<_>>()
    };
    let mut compared = 0;
    for t in 0..steps {
        let mut spikes: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for input in document["inputs"].as_array().unwrap() {
            spikes.insert(name(input), spikes_of(&input["spikes"], t));
        }
        for (group, cells) in &mut cells {
            let mut wanted = spikes_of(&expected["spikes"][group], t);
            wanted.sort_unstable();
            let spiking = cells.step(t);
            assert_eq!(spiking, wanted, "{file}: spikes of {group} in step {t}");
            compared += 1 + wanted.len();
            for (word, (tracks, sums)) in [("u", "u_sum"), ("v", "v_sum")].into_iter().enumerate() {
                let value = |neuron: usize| i64::from(cells.states[neuron][word]);
                let tracks = &expected[tracks][group];
                if let Some(recorded) = tracks["data"].as_array() {
                    for (neuron, track) in numbers(&tracks["index"]).into_iter().zip(recorded) {
                        let got = value(neuron as usize);
                        assert_eq!(got, number(&track[t]), "{file}: word {word} of {group} {neuron} in step {t}");
                        compared += 1;
                    }
                }
                if let Some(sums) = expected[sums][group].as_array() {
                    let sum: i64 = (0..cells.states.len()).map(value).sum();
                    assert_eq!(sum, number(&sums[t]), "{file}: sum of word {word} of {group} in step {t}");
                    compared += 1;
                }
            }
            spikes.insert(group.clone(), spiking);
        }
        for connection in &connections {
            let end = |end: &str| connection.document[end].as_str().unwrap();
            let target = cells.get_mut(end("dst")).unwrap();
            for (arrival, post, input) in connection.deliver(semantics, t, &spikes[end("src")], steps) {
                let slot = arrival % target.ring.len();
                target.ring[slot][post] += input;
            }
        }
    }
    compared
}

#[test]
fn programs_reproduce_every_golden_vector() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("golden");
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|kind| kind == "json"));
    files.sort();
    let mut replayed = 0;
    for path in &files {
        let file = path.file_name().unwrap().to_str().unwrap();
        let document: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        if document.get("kind").is_none() {
            assert!(replay(file, &document) > 100, "{file}");
            replayed += 1;
        }
    }
    assert_eq!((files.len(), replayed), (34, 33), "all but the table of weights");
}
