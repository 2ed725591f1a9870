//! The mapper seen from outside: threads, resumption, measured rates, explanations, and results that do not depend on it.

use crate::binary::{caudate, files, repository};
use caudate_core::chip::ChipDescription;
use caudate_core::npz::NpzWriter;
use caudate_mapper::network::{Connect, LifParameters, Network, Population, Projection};
use caudate_mapper::{CompileOptions, Parameter, compile};
use serde_json::Value;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

fn succeeds(command: &mut assert_cmd::Command) -> String {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn json(path: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

/// A report without what another run would not repeat.
fn steady(path: &Path) -> Value {
    let mut report = json(path);
    report.as_object_mut().unwrap().remove("seconds").expect("seconds have a section of their own");
    report
}

/// The built-in chip `loihi1` with smaller cores.
fn small_cores(scratch: &TempDir, bytes: u32) -> PathBuf {
    let text = std::fs::read_to_string(repository().join("core/chips/loihi1.toml")).unwrap();
    let small = text.replace("synaptic_memory_bytes = 131072", &format!("synaptic_memory_bytes = {bytes}"));
    let path = scratch.path().join("small.toml");
    std::fs::write(&path, small.replace("name = \"loihi1\"", "name = \"small\"")).unwrap();
    path
}

/// A ring of 900 neurons, each with 8 neighbours on either side, in a shuffled order, and 20 inputs.
fn ring(scratch: &TempDir) -> PathBuf {
    const NEURONS: u32 = 900;
    const INPUTS: u32 = 20;
    let header = r#"{"format": "snnmap-1", "name": "ring", "n": 920, "family": "ring",
        "classes": [{"name": "in", "external": true, "compartments": 0, "syn_bytes": 0},
                    {"name": "exc", "external": false, "compartments": 1, "syn_bytes": 60}]}"#;
    let path = scratch.path().join("ring.json");
    std::fs::write(&path, header).unwrap();
    // 389 has no factor in common with 900.
    let at = |place: u32| INPUTS + place * 389 % NEURONS;
    let mut fan_in: Vec<Vec<u32>> = vec![Vec::new(); (INPUTS + NEURONS) as usize];
    for place in 0..NEURONS {
        let own = &mut fan_in[at(place) as usize];
        own.extend((1..=8).flat_map(|step| [at((place + step) % NEURONS), at((place + NEURONS - step) % NEURONS)]));
        own.push(place * INPUTS / NEURONS);
        own.sort_unstable();
    }
    let mut indptr = vec![0_u32];
    let (mut first, mut delta) = (Vec::new(), Vec::new());
    for list in &fan_in {
        first.push(list.first().copied().unwrap_or(0));
        let steps = list.iter().zip(list.first().into_iter().chain(list)).map(|(next, before)| (next - before) as u16);
        delta.extend(steps);
        indptr.push(delta.len() as u32);
    }
    let cls: Vec<u8> = (0..INPUTS + NEURONS).map(|neuron| u8::from(neuron >= INPUTS)).collect();
    let rate: Vec<f32> = (0..INPUTS + NEURONS).map(|neuron| 1.0 + (neuron % 7) as f32).collect();
    let mut writer = NpzWriter::new();
    writer.add_column("rate", &rate).unwrap();
    writer.add_column("cls", &cls).unwrap();
    writer.add_column("indptr", &indptr).unwrap();
    writer.add_column("first", &first).unwrap();
    writer.add_column("delta", &delta).unwrap();
    writer.write(&path.with_extension("npz")).unwrap();
    path
}

fn partition(network: &Path, folder: &Path, extra: &[&str]) -> assert_cmd::Command {
    let mut command = caudate();
    command.arg("partition").arg(network).arg("-o").arg(folder.join("part.npz"));
    command.arg("--report").arg(folder.join("report.json")).arg("--floorplan").arg(folder.join("plan.svg")).args(extra);
    command
}

#[test]
fn a_partition_is_the_same_at_any_thread_count_and_better_than_filling_in_order() {
    let [scratch, one, two, in_order] = [(); 4].map(|()| tempfile::tempdir().unwrap());
    let network = ring(&scratch);
    succeeds(&mut partition(&network, one.path(), &["--effort", "fast", "--threads", "1"]));
    succeeds(&mut partition(&network, two.path(), &["--effort", "fast", "--threads", "2"]));
    succeeds(&mut partition(&network, in_order.path(), &["--partitioner", "fill-in-order"]));
    for name in ["part.npz", "plan.svg"] {
        assert!(
            std::fs::read(one.path().join(name)).unwrap() == std::fs::read(two.path().join(name)).unwrap(),
            "{name}"
        );
    }
    let report = steady(&one.path().join("report.json"));
    assert_eq!(report, steady(&two.path().join("report.json")));
    let traffic = |report: &Value| report["score"]["traffic_total"].as_f64().unwrap();
    assert!(traffic(&report) < 0.3 * traffic(&steady(&in_order.path().join("report.json"))));
    assert_eq!(report["schema"], "caudate-partition/2");
    // One class inside: its cut is all traffic between cores.
    assert_eq!(report["cut"]["exc->exc"], report["score"]["traffic_int"]);
    assert_eq!(report["cut"]["outside->exc"], report["score"]["traffic_ext"]);
    assert!(report["links"][0]["spikes_per_second"].as_f64() >= report["links"][1]["spikes_per_second"].as_f64());
}

#[test]
fn a_partition_outlives_what_fails_after_it_and_is_placed_again() {
    let [scratch, broken, again] = [(); 3].map(|()| tempfile::tempdir().unwrap());
    let network = ring(&scratch);
    // A folder stands where the floorplan should go.
    std::fs::create_dir(broken.path().join("plan.svg")).unwrap();
    let output = partition(&network, broken.path(), &["--effort", "fast"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let part = broken.path().join("part.npz");
    let names: Vec<String> = files(broken.path()).into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["part.npz"], "no half-written file stays");
    let resumed = ["--resume", part.to_str().unwrap(), "--placer", "row-by-row"];
    succeeds(&mut partition(&network, again.path(), &resumed));
    let read =
        |path: &Path| caudate_core::npz::Arrays::read(path).unwrap().integers("part", -1, 1 << 20).unwrap().to_vec();
    assert_eq!(read(&part), read(&again.path().join("part.npz")));
    assert_eq!(json(&again.path().join("report.json"))["partitioner"], "resumed");
}

#[test]
fn an_image_is_the_same_at_any_thread_count_and_its_report_too() {
    let scratch = tempfile::tempdir().unwrap();
    let chip = small_cores(&scratch, 16_384);
    let compile = |name: &str, threads: &str| {
        let (image, report) = (scratch.path().join(name), scratch.path().join(format!("{name}.json")));
        let mut command = caudate();
        command.arg("compile").arg(repository().join("examples/balanced/network.toml")).arg("--chip").arg(&chip);
        command.arg("-o").arg(&image).arg("--report").arg(&report).args(["--threads", threads]);
        succeeds(command.args(["--effort", "default"]));
        (std::fs::read(image).unwrap(), steady(&report))
    };
    let (image, report) = compile("one", "1");
    let (other, other_report) = compile("two", "2");
    assert!(image == other, "the image depends on threads");
    assert_eq!(report, other_report);
    assert_eq!(
        (&report["schema"], &report["partitioner"], &report["placer"]),
        (&2.into(), &"search".into(), &"exchange".into())
    );
    assert!(report["totals"]["cores"].as_u64() > Some(7));
    for (field, of) in [("binding", "mean_percent"), ("traffic", "hops"), ("traffic", "total_at_least")] {
        assert!(report[field][of].as_f64().is_some_and(|number| number > 0.0), "{field}.{of}");
    }
    let cut: f64 = report["projections"].as_array().unwrap().iter().map(|own| own["cut"].as_f64().unwrap()).sum();
    assert!(cut >= report["traffic"]["total"].as_f64().unwrap());
}

/// Runs the balanced network for 200 steps on a chip with small cores.
/// The emitter unpacks a core's synapses in blocks of whole sources; the checker, which every compilation ends with, knows of none.
#[test]
fn a_core_of_many_more_synapses_than_a_block_is_emitted_whole() {
    let mut network = Network::new("large");
    for (name, size) in [("one", 1100), ("other", 400)] {
        network.add_population(Population::lif(name, size, LifParameters::default()));
    }
    for (pre, post) in [("one", "one"), ("other", "one"), ("one", "other")] {
        let mut projection = Projection::new(pre, post, Connect::AllToAll { self_connections: true }, 0.0);
        projection.weight = Parameter::Uniform { low: -100.0, high: 100.0, levels: None };
        projection.weight_exponent = Some(0);
        projection.delay_steps = Parameter::Uniform { low: 1.0, high: 9.0, levels: None };
        network.add_projection(projection);
    }
    let image =
        compile(&network, &ChipDescription::built_in("unlimited").unwrap(), &CompileOptions::default()).unwrap().image;
    assert_eq!((image.cores.len(), image.synapse_count()), (1, 1100 * 1100 + 2 * 1100 * 400));
}

fn run_balanced(chip: &Path, out: &Path, extra: &[&str]) {
    let mut command = caudate();
    command.arg("run").arg(repository().join("examples/balanced/experiment.toml")).arg("--out").arg(out);
    command.args(["--set", "steps=200", "--set"]).arg(format!("chip={}", chip.display()));
    succeeds(command.args(extra));
}

#[test]
fn compiled_again_with_measured_rates_a_run_costs_what_its_report_says() {
    let [scratch, first, second, third] = [(); 4].map(|()| tempfile::tempdir().unwrap());
    let chip = small_cores(&scratch, 8192);
    run_balanced(&chip, first.path(), &["--partitioner", "fill-in-order", "--placer", "row-by-row"]);
    let rates = ["--rates", first.path().to_str().unwrap(), "--effort", "default"];
    run_balanced(&chip, second.path(), &rates);
    for name in ["spikes.npz", "stimulus.npz"] {
        let read = |folder: &TempDir| std::fs::read(folder.path().join(name)).unwrap();
        assert!(read(&first) == read(&second), "{name} depends on the mapping");
    }
    let (summary, before) = (json(&second.path().join("summary.json")), json(&first.path().join("summary.json")));
    let report = json(&second.path().join("report.json"));
    let traffic = &report["mapping"]["traffic"];
    assert_eq!(traffic["is_recorded"], true);
    let per_run = |field: &str| (traffic[field].as_f64().unwrap() * 200.0).round() as u64;
    assert_eq!(per_run("hops"), summary["hops"].as_u64().unwrap());
    assert_eq!(per_run("from_inputs"), summary["input_packets"].as_u64().unwrap());
    assert!(summary["hops"].as_u64() < before["hops"].as_u64(), "{} {}", summary["hops"], before["hops"]);
    // The recordings of the second run are those of the first: a third one changes nothing.
    run_balanced(&chip, third.path(), &["--rates", second.path().to_str().unwrap(), "--effort", "default"]);
    let image = |folder: &TempDir| std::fs::read(folder.path().join("image.caudate")).unwrap();
    assert!(image(&second) == image(&third));
}

#[test]
fn the_digits_learn_the_same_on_any_mapping() {
    let [scratch, one, many] = [(); 3].map(|()| tempfile::tempdir().unwrap());
    let chip = small_cores(&scratch, 4096);
    let run = |out: &TempDir, chip: &str, extra: &[&str]| {
        let mut command = caudate();
        command.arg("run").arg(repository().join("examples/digits/experiment.toml")).arg("--out").arg(out.path());
        // One pass over a fifth of the digits.
        command.args(["--set", "task.reward=[127]", "--set", "task.test_one_in=2", "--set", "task.test_offset=1"]);
        succeeds(command.args(["--set", &format!("chip={chip}")]).args(extra));
        json(&out.path().join("summary.json"))
    };
    let plain = run(&one, "loihi1", &["--partitioner", "fill-in-order", "--placer", "row-by-row"]);
    let mapped = run(&many, chip.to_str().unwrap(), &[]);
    assert!(plain["cores"].as_u64() < mapped["cores"].as_u64(), "{} {}", plain["cores"], mapped["cores"]);
    for name in ["spikes.npz", "stimulus.npz", "weights.npz"] {
        let read = |folder: &TempDir| std::fs::read(folder.path().join(name)).unwrap();
        assert!(read(&one) == read(&many), "{name} depends on the mapping");
    }
    for field in
        ["accuracy", "confusion", "train_accuracy_by_pass", "spikes", "synaptic_events", "weight_writes", "populations"]
    {
        assert_eq!(plain[field], mapped[field], "{field}");
    }
}

#[test]
fn explain_map_speaks_of_neurons_and_cores() {
    let scratch = tempfile::tempdir().unwrap();
    let (chip, image) = (small_cores(&scratch, 16_384), scratch.path().join("image.caudate"));
    let mut command = caudate();
    command.arg("compile").arg(repository().join("examples/balanced/network.toml")).arg("--chip").arg(&chip);
    succeeds(command.arg("-o").arg(&image));
    let explain = |subject: &str, extra: &[&str]| {
        let mut command = caudate();
        command.arg("explain-map").arg(&image).arg(subject).args(extra);
        command
    };
    let population = "exc:3";
    let text = succeeds(&mut explain(population, &[]));
    for part in ["exc:3 is compartment", "sources:", "would break", "empty"] {
        assert!(text.contains(part), "{part} is missing from\n{text}");
    }
    let neuron: Value = serde_json::from_str(&succeeds(&mut explain(population, &["--json"]))).unwrap();
    assert_eq!(neuron["schema"], "caudate-explain-map/1");
    assert!(neuron["candidates"].as_array().is_some_and(|all| all.len() > 7));
    let core = succeeds(&mut explain("0", &[]));
    assert!(core.contains("core 0 is on tile") && core.contains("closest to its limit"), "{core}");
    let core: Value = serde_json::from_str(&succeeds(&mut explain("0", &["--json"]))).unwrap();
    assert!(core["partners"].as_array().is_some_and(|all| !all.is_empty()));
    for (subject, said) in
        [("nobody", "neither a neuron nor a core"), ("999", "there is no core 999"), ("ecx:1", "did you mean")]
    {
        let output = explain(subject, &[]).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{subject}");
        assert!(String::from_utf8_lossy(&output.stderr).contains(said), "{subject}");
    }
}
