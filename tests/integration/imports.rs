//! Networks of other tools against what those tools computed. Data that is not the project's lies in `../shared/data` beside the checkout,
//! or where `CAUDATE_DATA` says; tests that need it skip, and say so, where it is absent.

use crate::binary::{case, caudate, repository};
use caudate_core::chip::ChipDescription;
use caudate_core::id::NeuronId;
use caudate_core::image::ChipImage;
use caudate_core::semantics::Semantics;
use caudate_mapper::import::{self, netx, nir};
use caudate_mapper::network::{Bias, Connect, LifParameters, Model, Population, Projection};
use caudate_mapper::{CompileOptions, Network, Parameter, compile};
use caudate_sim::{Options, Simulation, StepInput};
use std::fmt::Write;
use std::path::{Path, PathBuf};

/// A file or folder of the data, if it is there.
fn data(name: &str) -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data");
    let path = std::env::var_os("CAUDATE_DATA").map_or_else(beside, PathBuf::from).join(name);
    if !path.exists() {
        eprintln!("skipped: {} is absent", path.display());
    }
    path.exists().then_some(path)
}

/// The numbers of a `.npy` file in C order, and its shape.
fn npy(path: &Path) -> (Vec<usize>, Vec<f64>) {
    let bytes = std::fs::read(path).unwrap();
    let header = 10 + usize::from(u16::from_le_bytes([bytes[8], bytes[9]]));
    let text = String::from_utf8_lossy(&bytes[10..header]).into_owned();
    let after = |key: &str| text.split_once(key).unwrap().1;
    let by_column = after("'fortran_order':").trim_start().starts_with("True");
    let kind = after("'descr':").split('\'').nth(1).unwrap().to_owned();
    let shape = after("'shape':").split(['(', ')']).nth(1).unwrap();
    let shape: Vec<usize> = shape.split(',').filter_map(|axis| axis.trim().parse().ok()).collect();
    let body = &bytes[header..];
    let values: Vec<f64> = match kind.as_str() {
        "|b1" => body.iter().map(|byte| f64::from(*byte)).collect(),
        "<i4" => body.as_chunks::<4>().0.iter().map(|word| f64::from(i32::from_le_bytes(*word))).collect(),
        "<f8" => body.as_chunks::<8>().0.iter().map(|word| f64::from_le_bytes(*word)).collect(),
        "<f4" => body.as_chunks::<4>().0.iter().map(|word| f64::from(f32::from_le_bytes(*word))).collect(),
        other => panic!("no reader for {other}"),
    };
    if !by_column {
        return (shape, values);
    }
    let [rows, columns] = *shape else { panic!("only matrices are read by column") };
    let ordered = (0..rows * columns).map(|at| values[at % columns * rows + at / columns]).collect();
    (shape, ordered)
}

/// Compiles without search: these networks are compared, not placed well.
fn image_of(network: &Network, semantics: Option<Semantics>) -> ChipImage {
    let chip = ChipDescription::built_in("loihi2").unwrap();
    let options = CompileOptions { partitioner: "fill-in-order".to_owned(), semantics, ..CompileOptions::default() };
    compile(network, &chip, &options).unwrap().image
}

fn simulation(image: &ChipImage) -> Simulation<'_> {
    Simulation::new(image, Options { threads: 1, costs: Vec::new(), draws: None }).unwrap()
}

/// Lets v of a one-layer network be 0 after its first step: the leak and the bias of that step are undone before it.
fn rest_in_the_first_step(network: &mut Network) {
    let Model::Lif(lif) = &mut network.populations[1].model else { panic!("a layer is of fixed neurons") };
    let Bias::Mantissa { mantissa, .. } = &lif.bias else { panic!("biases are mantissas") };
    // What 3/4 of it, cut toward zero, cancels: a vDecay of 1024 leaves 3/4.
    let before = |mantissa: f64| -(mantissa.signum() * (mantissa.abs() * 64.0 * 4.0 / 3.0).ceil());
    lif.initial_v = match mantissa {
        Parameter::Constant(value) => Parameter::Constant(before(*value)),
        Parameter::Array(values) => Parameter::Array(values.iter().map(|value| before(*value)).collect()),
        _ => panic!("biases are written out"),
    };
}

/// The steps of a recording of lava, parted where its layer is reset: in its first such step, then every `period`.
fn segments(first_reset: usize, period: usize, steps: usize) -> Vec<std::ops::Range<usize>> {
    let mut starts = vec![0];
    starts.extend((first_reset..steps).step_by(period).filter(|start| *start > 0));
    let ends = starts.iter().skip(1).copied().chain([steps]);
    starts.iter().copied().zip(ends).map(|(start, end)| start..end).collect()
}

/// What a layer of PilotNet does in each step: u, v and spikes, each by (member, step).
struct Replay {
    u: Vec<i64>,
    v: Vec<i64>,
    spikes: Vec<bool>,
}

/// Runs one layer of a netx file alone, fed with `input` by (source, step). Before each segment but the first lava resets the layer, which
/// a chip image does not: so each is a run of its own, from one step earlier, as what was sent then still arrives.
fn replay(file: &Path, layer: usize, input: &[bool], segments: &[std::ops::Range<usize>]) -> Replay {
    let options = netx::Options { layers: Some(layer..=layer), compare: None };
    let mut network = netx::read(file, &options).unwrap().network;
    let size = network.populations[1].size as usize;
    let image = image_of(&network, None);
    rest_in_the_first_step(&mut network);
    let image_after_reset = image_of(&network, None);
    let first = image.symbols.populations[1].first.0;
    let steps = segments.last().unwrap().end;
    let cells = size * steps;
    let mut replay = Replay { u: vec![0; cells], v: vec![0; cells], spikes: vec![false; cells] };
    for segment in segments {
        let starts_anew = segment.start > 0;
        let mut run = simulation(if starts_anew { &image_after_reset } else { &image });
        for t in segment.start - usize::from(starts_anew)..segment.end {
            let sources = (0..input.len() / steps).filter(|source| input[source * steps + t]);
            let given = StepInput { spikes: sources.map(|source| source as u32).collect(), ..StepInput::default() };
            let spiked: Vec<usize> = run.step(&given).iter().map(|neuron| (neuron.0 - first) as usize).collect();
            if !segment.contains(&t) {
                continue;
            }
            for member in 0..size {
                let state = run.neuron(NeuronId(first + member as u32)).unwrap();
                (replay.u[member * steps + t], replay.v[member * steps + t]) = (state.u, state.v);
            }
            spiked.into_iter().for_each(|member| replay.spikes[member * steps + t] = true);
        }
    }
    replay
}

/// The layers of PilotNet in the file, by the names of their recordings; layer 6 only renumbers.
const PILOTNET: [(usize, &str); 9] = [
    (1, "conv-0"),
    (2, "conv-1"),
    (3, "conv-2"),
    (4, "conv-3"),
    (5, "conv-4"),
    (7, "fc-0"),
    (8, "fc-1"),
    (9, "fc-2"),
    (10, "fc-3"),
];

/// The network, and the folder of what Lava recorded of it.
fn pilotnet() -> Option<(PathBuf, PathBuf)> {
    Some((data("netx/t_netx__gts__pilotnet_lif__network.net")?, data("netx/golden/pilotnet_lif")?))
}

#[test]
fn every_layer_of_pilotnet_is_lavas_to_the_bit() {
    let Some((file, golden)) = pilotnet() else { return };
    const STEPS: usize = 24;
    const SPIKE_MARK: f64 = 128.0;
    let read = |name: String| npy(&golden.join(name)).1;
    let spikes_of = |name: &str| read(format!("{name}.npy")).iter().map(|value| *value != 0.0).collect::<Vec<_>>();
    let mut input = spikes_of("input");
    // Each layer is fed with the recorded spikes before it. Of fc-3 there is a recording of another run alone: see below.
    for ((layer, name), first_reset) in PILOTNET.into_iter().take(8).zip(1..) {
        let spikes = spikes_of(name);
        let found = replay(&file, layer, &input, &segments(first_reset, 17, STEPS));
        let wrong = found.spikes.iter().zip(&spikes).filter(|(found, recorded)| found != recorded).count();
        assert!(found.spikes.len() == spikes.len() && wrong == 0, "spikes of {name}: {wrong} mismatches");
        // Of the first layer there are spikes alone.
        if golden.join(format!("{name}-u.npy")).exists() {
            let (u, mut v) = (read(format!("{name}-u.npy")), read(format!("{name}-v.npy")));
            // In the step of a spike the recording holds a mark in place of v, which goes on from 0.
            v.iter_mut().zip(&spikes).filter(|(v, spiked)| **spiked && **v == SPIKE_MARK).for_each(|(v, _)| *v = 0.0);
            assert_eq!(mismatches(&found.u, &u) + mismatches(&found.v, &v), 0, "u and v of {name}");
        }
        input = spikes;
    }
}

fn mismatches(found: &[i64], recorded: &[f64]) -> usize {
    assert_eq!(found.len(), recorded.len());
    found.iter().zip(recorded).filter(|(found, recorded)| **found as f64 != **recorded).count()
}

/// fc-3 was recorded in another run than the layers before it: 25 steps, and resets every 16, each one step earlier. So that run is made
/// here from the image on, layer by layer, and its end is held against the recording.
#[test]
fn the_last_layer_of_pilotnet_is_lavas_from_the_image_on() {
    let Some((file, golden)) = pilotnet() else { return };
    const STEPS: usize = 25;
    let pixels = npy(&golden.join("image.npy")).1;
    // What precedes the first layer is no layer of the image: pixels are biases of neurons with the threshold and leak of the rest.
    let mut input = vec![false; pixels.len() * STEPS];
    for (pixel, bias) in pixels.iter().enumerate() {
        let mut v = 0;
        for t in 0..STEPS {
            v = if t % 16 == 15 { 0 } else { v } * 3072 / 4096 + *bias as i64 * 64;
            if v > 1600 {
                input[pixel * STEPS + t] = true;
                v = 0;
            }
        }
    }
    for ((layer, name), first_reset) in PILOTNET.into_iter().zip(0..) {
        let found = replay(&file, layer, &input, &segments(first_reset, 16, STEPS));
        if name == "fc-3" {
            let recorded = ["u", "v"].map(|part| npy(&golden.join(format!("fc-3-{part}.npy"))).1);
            assert_eq!((mismatches(&found.u, &recorded[0]), mismatches(&found.v, &recorded[1])), (0, 0));
            assert!(recorded[0].iter().any(|u| *u != 0.0) && found.spikes.iter().all(|spiked| !spiked));
        }
        input = found.spikes;
    }
}

/// u and v of every member of a population, and who spiked, in a step.
fn state_of(run: &Simulation<'_>, first: u32, size: u32, spiked: &[u32]) -> (Vec<(i64, i64)>, Vec<u32>) {
    let state = |member| run.neuron(NeuronId(first + member)).map(|state| (state.u, state.v)).unwrap();
    let own = spiked.iter().filter_map(|id| id.checked_sub(first)).filter(|member| *member < size).collect();
    ((0..size).map(state).collect(), own)
}

/// Lava resets the layers one step after the other, which a chip image does not; so the whole is held against its layers, which are
/// Lava's to the bit, each alone on a chip and fed with what the whole sent into it.
#[test]
fn the_whole_of_pilotnet_fits_a_chip_and_does_what_its_layers_do() {
    let Some((file, golden)) = pilotnet() else { return };
    const STEPS: usize = 24;
    let whole = netx::read(&file, &netx::Options::default()).unwrap().network;
    let image = image_of(&whole, None);
    assert!(image.cores.len() <= 120 && image.cores.iter().any(|core| core.formats.iter().any(|own| own.shares())));
    let populations = &image.symbols.populations;
    let input = npy(&golden.join("input.npy")).1;
    assert_eq!(input.len(), populations[0].size as usize * STEPS);
    let mut run = simulation(&image);
    let mut steps = Vec::new();
    for t in 0..STEPS {
        let sent: Vec<u32> = (0..populations[0].size).filter(|own| input[*own as usize * STEPS + t] != 0.0).collect();
        let given = StepInput { spikes: sent.clone(), ..StepInput::default() };
        let spiked: Vec<u32> = run.step(&given).iter().map(|neuron| neuron.0).collect();
        let of = |own: &caudate_core::image::PopulationSymbol| state_of(&run, own.first.0, own.size, &spiked);
        steps.push((sent, populations[1..].iter().map(of).collect::<Vec<_>>()));
    }
    drop(run);
    let total: usize = steps.iter().flat_map(|(_, layers)| layers).map(|(_, spikes)| spikes.len()).sum();
    assert!(total > 100_000, "{total} spikes");
    for (number, population) in populations.iter().enumerate().skip(1) {
        let layer: usize = population.name.trim_start_matches("layer").parse().unwrap();
        let alone = netx::read(&file, &netx::Options { layers: Some(layer..=layer), compare: None }).unwrap().network;
        let image = image_of(&alone, None);
        let first = image.symbols.populations[1].first.0;
        let mut run = simulation(&image);
        for (t, (sent, layers)) in steps.iter().enumerate() {
            let spikes = if number == 1 { sent.clone() } else { layers[number - 2].1.clone() };
            let spiked: Vec<u32> =
                run.step(&StepInput { spikes, ..StepInput::default() }).iter().map(|neuron| neuron.0).collect();
            assert!(state_of(&run, first, population.size, &spiked) == layers[number - 1], "layer {layer}, step {t}");
        }
    }
}

/// Chips that differ in the storage of synapses alone give the same spikes and states.
#[test]
fn shared_synapses_change_no_state() {
    let mut network = Network::new("kernels");
    network.add_population(Population::input("in", 240));
    network.add_population(Population::lif("map", 217, LifParameters::default()));
    network.add_population(Population::lif("sums", 30, LifParameters::default()));
    let taps: Vec<(u32, u32)> = (0..217).flat_map(|target| (0..24).map(move |tap| (target, tap))).collect();
    let (sources, targets) = taps.iter().map(|(target, tap)| (target + tap, *target)).unzip();
    let weight = Parameter::Array(taps.iter().map(|(_, tap)| f64::from(tap * 37 % 50) - 10.0).collect());
    network.add_projection(Projection::new("in", "map", Connect::List { pre: sources, post: targets }, weight));
    network.add_projection(Projection::new("map", "sums", Connect::AllToAll { self_connections: true }, 4.0));
    let sharing = ChipDescription::built_in("loihi2").unwrap();
    let mut plain = sharing.clone();
    plain.synapse.shared_address_bits = 0;
    let images = [sharing, plain].map(|chip| compile(&network, &chip, &CompileOptions::default()).unwrap().image);
    let shares = |image: &ChipImage| image.cores.iter().any(|core| core.formats.iter().any(|own| own.shares()));
    assert_eq!(images.each_ref().map(shares), [true, false]);
    let ids = images[0].symbols.populations.iter().map(|own| own.size).sum::<u32>();
    let mut runs = images.each_ref().map(simulation);
    let mut spikes = 0;
    for t in 0..200 {
        let given =
            (0..images[0].symbols.populations[0].size).filter(|source| (source * 7 + t * 13) % 11 == 0).collect();
        let given = StepInput { spikes: given, ..StepInput::default() };
        let [one, other] = runs.each_mut().map(|run| {
            let spiked = run.step(&given).to_vec();
            (spiked, (0..ids).map(|id| run.neuron(NeuronId(id))).collect::<Vec<_>>())
        });
        assert_eq!(one, other, "step {t}");
        spikes += one.0.len();
    }
    assert!(spikes > 0);
}

#[test]
fn both_layers_of_tinynet_are_slayers_to_the_bit() {
    let (Some(file), Some(golden)) = (data("netx/t_netx__tiny.net"), data("netx/golden/tinynet")) else { return };
    const STEPS: usize = 16;
    // By member: the place in an array of shape [1, channels, rows, columns, steps].
    let places = |shape: &[usize]| -> Vec<usize> {
        let [channels, height, width] = [shape[1], shape[2], shape[3]];
        let columns = (0..width).flat_map(move |x| (0..height).map(move |y| (x, y)));
        columns.flat_map(|(x, y)| (0..channels).map(move |c| (c * height + y) * width + x)).collect()
    };
    for (layer, enters, leaves) in [(1, "input", "layer1"), (2, "layer1", "output")] {
        let options = netx::Options { layers: Some(layer..=layer), compare: None };
        let mut network = netx::read(&file, &options).unwrap().network;
        rest_in_the_first_step(&mut network);
        let image = image_of(&network, None);
        let first = image.symbols.populations[1].first.0;
        let (input_shape, input) = npy(&golden.join(format!("{enters}.npy")));
        let (shape, spikes) = npy(&golden.join(format!("{leaves}.npy")));
        let current = (layer == 1).then(|| npy(&golden.join("current.npy")).1);
        let (sources, members) = (places(&input_shape), places(&shape));
        let mut run = simulation(&image);
        for t in 0..STEPS {
            // SLAYER's input of a step arrives in it.
            let active = |place: &usize| t + 1 < STEPS && input[place * STEPS + t + 1] != 0.0;
            let given = (0..sources.len() as u32).filter(|source| active(&sources[*source as usize])).collect();
            let spiked: Vec<u32> = run
                .step(&StepInput { spikes: given, ..StepInput::default() })
                .iter()
                .map(|neuron| neuron.0 - first)
                .collect();
            let wanted: Vec<u32> = (0..members.len() as u32)
                .filter(|member| spikes[members[*member as usize] * STEPS + t] != 0.0)
                .collect();
            assert_eq!(spiked, wanted, "layer {layer}, step {t}");
            for (member, place) in members.iter().enumerate().filter(|_| t > 0) {
                let Some(current) = &current else { break };
                let state = run.neuron(NeuronId(first + member as u32)).unwrap();
                assert_eq!(state.u as f64, current[place * STEPS + t] * 64.0, "u of member {member}, step {t}");
            }
        }
    }
}

#[test]
fn the_lif_of_norse_is_that_of_lava_in_every_step() {
    let (Some(file), Some(golden)) = (data("nir/lif_norse.nir"), data("nir/golden/01_lif/lif_lava_cpu_fixed.csv"))
    else {
        return;
    };
    let network = nir::read(file, &nir::Options::default()).unwrap().network;
    let image = image_of(&network, Some(Semantics::Lava));
    let lif = image.symbols.populations.iter().find(|population| !population.is_input).unwrap().first;
    let mut run = simulation(&image);
    let text = std::fs::read_to_string(golden).unwrap();
    let mut compared = 0;
    for (t, line) in text.lines().enumerate() {
        let row: Vec<f64> = line.split(',').map(|number| number.parse().unwrap()).collect();
        let spikes = if row[0] != 0.0 { vec![0] } else { Vec::new() };
        let spiked = !run.step(&StepInput { spikes, ..StepInput::default() }).is_empty();
        assert_eq!((run.neuron(lif).unwrap().v as f64, spiked), (row[1], row[2] != 0.0), "step {t}");
        compared += 1;
    }
    assert_eq!(compared, 1000);
}

#[test]
fn every_nir_file_is_a_network_or_a_diagnostic() {
    let Some(folder) = data("nir") else { return };
    let mut files: Vec<PathBuf> = ["", "history"]
        .iter()
        .flat_map(|inner| std::fs::read_dir(folder.join(inner)).unwrap().map(|entry| entry.unwrap().path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "nir"))
        .collect();
    files.sort();
    assert_eq!(files.len(), 42);
    let mut table = String::new();
    for file in &files {
        writeln!(table, "{}", file.strip_prefix(&folder).unwrap().display()).unwrap();
        for (how, lenient) in [("strict", false), ("lenient", true)] {
            let options = import::Options { lenient, ..import::Options::default() };
            match import::open(file, &options) {
                Ok(imported) => {
                    let image = image_of(&imported.network, None);
                    let synapses = image.synapse_count();
                    let populations = imported.network.populations.len();
                    writeln!(table, "  {how}: {populations} populations, {synapses} synapses").unwrap();
                }
                Err(error) => {
                    for diagnostic in error.diagnostics() {
                        assert!(diagnostic.help.is_some() && diagnostic.place.is_some(), "{diagnostic}");
                        writeln!(table, "  {how}: {}: {}", diagnostic.code, diagnostic.message).unwrap();
                    }
                }
            }
        }
    }
    let expected = case("nir_corpus.txt");
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&expected, &table).unwrap();
    }
    let expected = std::fs::read_to_string(expected).unwrap();
    for (line, (found, wanted)) in table.lines().zip(expected.lines()).enumerate() {
        assert_eq!(found, wanted, "line {} of the table", line + 1);
    }
    assert_eq!(table.len(), expected.len());
}

#[test]
fn the_networks_of_braille_and_sinabs_run() {
    for (name, steps) in
        [("braille_noDelay_bias_zero.nir", 256), ("braille_noDelay_noBias_subtract.nir", 256), ("cnn_sinabs.nir", 16)]
    {
        let Some(file) = data(&format!("nir/{name}")) else { return };
        let network = nir::read(file, &nir::Options::default()).unwrap().network;
        let image = image_of(&network, None);
        let inputs: u32 =
            network.populations.iter().filter(|population| population.is_input()).map(|own| own.size).sum();
        let mut run = simulation(&image);
        let mut spikes = 0;
        for t in 0..steps {
            let given = (0..inputs).filter(|source| (source * 7 + t * 13) % 11 == 0).collect();
            spikes += run.step(&StepInput { spikes: given, ..StepInput::default() }).len();
        }
        assert!(spikes > 0, "{name} is silent");
    }
}

#[test]
fn damaged_files_of_other_tools_never_panic() {
    for name in ["nir/fresh_nir_1_0_8.nir", "nir/braille_noDelay_bias_zero_subgraph.nir", "netx/t_netx__tiny.net"] {
        let Some(file) = data(name) else { return };
        let whole = std::fs::read(file).unwrap();
        let mut state = 1_u64;
        let mut draw = |limit: usize| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as usize % limit
        };
        let mut refused = 0;
        for _ in 0..150 {
            let mut bytes = whole.clone();
            for _ in 0..=draw(6) {
                // Headers are at the front; data are most of the rest.
                let limit = if draw(2) == 0 { 4096.min(bytes.len()) } else { bytes.len() };
                let place = draw(limit);
                bytes[place] = draw(256) as u8;
            }
            if draw(8) == 0 {
                bytes.truncate(draw(whole.len()));
            }
            let lenient = nir::Options { lenient: true, ..nir::Options::default() };
            refused += u32::from(nir::from_bytes(&bytes, name, "damaged", &lenient).is_err());
            refused += u32::from(netx::from_bytes(&bytes, name, "damaged", &netx::Options::default()).is_err());
        }
        assert!(refused >= 150, "{name}: a file is of one kind at most");
    }
}

/// Runs the `console` blocks of a chapter: each command must succeed and print the lines that follow it; `...` stands for any others.
#[test]
fn the_tutorials_run_as_written() {
    for chapter in ["netx", "nir"] {
        let text = std::fs::read_to_string(repository().join(format!("docs/{chapter}.md"))).unwrap();
        let scratch = tempfile::tempdir().unwrap();
        let examples = scratch.path().join("examples").join(chapter);
        std::fs::create_dir_all(&examples).unwrap();
        for entry in std::fs::read_dir(repository().join("examples").join(chapter)).unwrap() {
            let entry = entry.unwrap();
            std::fs::copy(entry.path(), examples.join(entry.file_name())).unwrap();
        }
        let blocks = text.split("```console\n").skip(1).map(|rest| rest.split_once("```").unwrap().0);
        let mut printed = String::new();
        let mut commands = 0;
        for line in blocks.flat_map(str::lines).filter(|line| *line != "...") {
            match line.strip_prefix("$ caudate ") {
                Some(args) => {
                    let output = caudate().current_dir(scratch.path()).args(args.split_whitespace()).output().unwrap();
                    assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
                    printed = String::from_utf8(output.stdout).unwrap();
                    commands += 1;
                }
                None => assert!(printed.lines().any(|found| found == line), "'{line}' is not in:\n{printed}"),
            }
        }
        assert!(commands >= 2, "{chapter} has no commands");
    }
}

/// Options of another format, and what is no network, are refused before anything is written; a network leaves as a graph and returns.
#[test]
fn a_network_of_lava_leaves_as_a_graph_and_returns() {
    let scratch = tempfile::tempdir().unwrap();
    let network = repository().join("examples/netx/network.net");
    let run = |args: &[&str]| caudate().current_dir(scratch.path()).args(args).output().unwrap();
    let exported = run(&["export", network.to_str().unwrap(), "-o", "network.nir"]);
    assert!(exported.status.success(), "{}", String::from_utf8_lossy(&exported.stderr));
    let compiled = run(&["compile", "network.nir", "--chip", "loihi2", "-o", "network.caudate", "--json"]);
    assert!(compiled.status.success(), "{}", String::from_utf8_lossy(&compiled.stderr));
    let report: serde_json::Value = serde_json::from_slice(&compiled.stdout).unwrap();
    assert_eq!(report["import"]["format"], "nir");
    let refused = run(&["compile", "network.nir", "--chip", "loihi2", "-o", "other.caudate", "--layers", "1"]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(!scratch.path().join("other.caudate").exists());
}
