//! Data in and out through the command line: `encode`, `export-spikes`, tables of costs; on small made-up files, and on real ones where they are at hand.

use crate::binary::{case, caudate, compiled, repository};
use caudate_core::npz::{Array, Arrays, Data, NpzWriter};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Output;

fn encode(args: &[&str], files: &[PathBuf], out: &Path) -> Output {
    caudate().arg("encode").args(files).args(args).arg("-o").arg(out).arg("--json").output().unwrap()
}

fn counts(output: &Output) -> [u64; 4] {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let value: Value = serde_json::from_slice(&output.stdout).unwrap();
    ["spikes", "members", "steps", "lost"].map(|key| value[key].as_u64().unwrap())
}

/// Data that is not part of the project; `None`, and a word on standard error, where it is absent.
fn at_hand(name: &str) -> Option<PathBuf> {
    let folder = std::env::var_os("CAUDATE_DATA").map_or_else(|| repository().join("../shared/data"), PathBuf::from);
    let path = folder.join(name);
    if path.exists() {
        return Some(path);
    }
    eprintln!("skipped: {} is absent", path.display());
    None
}

fn npz(path: &Path, name: &str, shape: &[u64], values: &[f64]) {
    let mut writer = NpzWriter::new();
    writer.add(name, shape, values).unwrap();
    writer.write(path).unwrap();
}

#[test]
fn encoded_samples_are_a_stimulus_that_an_image_takes() {
    let folder = tempfile::tempdir().unwrap();
    let (data, stimulus) = (folder.path().join("data.npz"), folder.path().join("stimulus.npz"));
    let image = folder.path().join("net.caudate");
    compiled(&case("small/network.toml"), "tiny", &image);
    let inspected = caudate().arg("inspect").arg(&image).arg("--json").output().unwrap();
    let inspected: Value = serde_json::from_slice(&inspected.stdout).unwrap();
    let inputs = inspected["populations"].as_array().unwrap().iter().find(|own| own["is_input"] == true).unwrap();
    let (name, size) = (inputs["name"].as_str().unwrap(), inputs["size"].as_u64().unwrap());
    let values: Vec<f64> = (0..3 * size).map(|value| value as f64).collect();
    npz(&data, "x", &[3, size], &values);
    let made = counts(&encode(&["--encoder", "latency", "--window", "8", "--population", name], &[data], &stimulus));
    // The one value of 0 does not spike.
    assert_eq!(made, [3 * size - 1, size, 24, 0]);
    let out = folder.path().join("out");
    let mut simulate = caudate();
    simulate.arg("simulate").arg(&image).arg("--stimulus").arg(&stimulus).args(["--steps", "24", "--out"]).arg(&out);
    simulate.assert().success();
    let [given, taken] = [&stimulus, &out.join("stimulus.npz")].map(|path| Arrays::read(path).unwrap());
    for part in ["t", "i"] {
        assert_eq!(given.get(&format!("{name}.{part}")).unwrap(), taken.get(&format!("{name}.{part}")).unwrap());
    }
}

#[test]
fn what_cannot_be_encoded_is_named_and_leaves_no_file() {
    let folder = tempfile::tempdir().unwrap();
    let (data, out) = (folder.path().join("data.npz"), folder.path().join("stimulus.npz"));
    npz(&data, "x", &[2, 2], &[0.0, 1.0, -1.0, 2.0]);
    let csv = folder.path().join("events.csv");
    std::fs::write(&csv, "t,x,y,p\n10,33,0,1\n20,34,0,1\n").unwrap();
    for (args, file, said) in [
        (&["--encoder", "rate"][..], &data, "sample 1, value 0 is -1; the range is 0..=2"),
        (&["--encoder", "rate", "--first", "2"], &data, "there are 2"),
        (&["--encoder", "rate", "--array", "y"], &data, "has no array 'y'"),
        (&["--encoder", "rate", "--window", "4", "--spikes-at-max", "5"], &data, "5 spikes in a window of 4 steps"),
        (&["--encoder", "delta"], &data, "--threshold"),
        (&["--encoder", "events"], &csv, "an event at 20 us is at x 34, y 0"),
        (&["--encoder", "rate"], &csv, "neither IDX nor NPY nor NPZ"),
    ] {
        let refused = encode(args, std::slice::from_ref(file), &out);
        let stderr = String::from_utf8_lossy(&refused.stderr);
        assert_eq!(refused.status.code(), Some(2), "{args:?}: {stderr}");
        assert!(stderr.contains(said), "{args:?}: {stderr}");
        assert!(!out.exists());
    }
}

#[test]
fn digits_of_mnist_spike_as_often_as_their_pixels_say() {
    let Some(images) = at_hand("mnist/t10k-images-idx3-ubyte.gz") else { return };
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("stimulus.npz");
    let args = ["--encoder", "rate", "--window", "16", "--first", "5", "--count", "20"];
    let [spikes, members, steps, lost] = counts(&encode(&args, std::slice::from_ref(&images), &out));
    assert_eq!((members, steps, lost), (784, 320, 0));
    let mut bytes = Vec::new();
    std::io::Read::read_to_end(&mut flate2::read::GzDecoder::new(std::fs::File::open(images).unwrap()), &mut bytes)
        .unwrap();
    let pixels = &bytes[16 + 5 * 784..16 + 25 * 784];
    assert_eq!(spikes, pixels.iter().map(|pixel| u64::from(*pixel) * 16 / 255).sum::<u64>());
}

#[test]
fn events_of_an_event_camera_are_all_there() {
    let Some(first) = at_hand("nmnist_small/1.bs2") else { return };
    let files = [first.clone(), first.with_file_name("2.bs2")];
    let folder = tempfile::tempdir().unwrap();
    // A step of a microsecond: no two events of a pixel fall together, or few do.
    let args = ["--encoder", "events", "--step-us", "1", "--window", "400000"];
    let [spikes, members, steps, lost] = counts(&encode(&args, &files, &folder.path().join("stimulus.npz")));
    let events: u64 = files.iter().map(|file| std::fs::metadata(file).unwrap().len() / 5).sum();
    assert_eq!((members, steps, lost), (2 * 34 * 34, 800_000, 0));
    assert!(spikes <= events && spikes * 100 >= events * 99, "{spikes} spikes of {events} events");
}

#[test]
fn a_spoken_digit_becomes_spikes_of_every_code() {
    let Some(file) = at_hand("fsdd/0_george_0.wav") else { return };
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("stimulus.npz");
    let seconds = (std::fs::metadata(&file).unwrap().len() - 44) as f64 / 2.0 / 8000.0;
    let frames = (seconds / 0.01).ceil() as u64;
    for (code, members) in [("rate", 32), ("latency", 32), ("delta", 64)] {
        let args = ["--encoder", code, "--window", "8", "--threshold", "0.05"];
        let [spikes, found, steps, _] = counts(&encode(&args, std::slice::from_ref(&file), &out));
        assert_eq!((found, steps), (members, 8 * frames), "{code}");
        assert!(spikes > frames, "{code}: {spikes}");
    }
}

#[test]
fn exported_spikes_are_those_of_the_run() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    caudate().arg("run").arg(case("small/experiment.toml")).arg("--out").arg(&out).assert().success();
    let export = |format: &str, file: &str| {
        let mut command = caudate();
        command.arg("export-spikes").arg(out.join("spikes.npz")).args(["--format", format, "--dt-ms", "0.5", "-o"]);
        command.arg(folder.path().join(file)).assert().success();
        std::fs::read(folder.path().join(file)).unwrap()
    };
    let text = String::from_utf8(export("csv", "spikes.csv")).unwrap();
    let arrays = Arrays::read(&out.join("spikes.npz")).unwrap();
    let mut expected = vec!["population,step,member,time_ms".to_owned()];
    for name in arrays.names().filter_map(|name| name.strip_suffix(".t")) {
        let column = |part: &str| match arrays.get(&format!("{name}.{part}")).unwrap() {
            Array { data: Data::Integers(values), .. } => values.clone(),
            Array { .. } => panic!("spikes are whole numbers"),
        };
        let rows = column("t").into_iter().zip(column("i"));
        expected.extend(rows.map(|(t, i)| format!("{name},{t},{i},{}", t as f64 * 0.5)));
    }
    assert!(expected.len() > 10, "the run spikes");
    assert_eq!(text.lines().collect::<Vec<_>>(), expected);
    let sonata = export("sonata", "spikes.h5");
    assert!(sonata.starts_with(b"\x89HDF\r\n\x1a\n"));
    assert_eq!(sonata, export("sonata", "again.h5"), "equal spikes give equal bytes");
    let refused = caudate()
        .arg("export-spikes")
        .arg(out.join("weights.npz"))
        .args(["--format", "csv", "-o", "x.csv"])
        .output()
        .unwrap();
    assert_eq!(refused.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("spikes of no population"), "{refused:?}");
}

#[test]
fn tables_of_costs_sum_to_the_summary() {
    let folder = tempfile::tempdir().unwrap();
    caudate().arg("run").arg(case("small/experiment.toml")).arg("--out").arg(folder.path()).assert().success();
    let summary: Value = serde_json::from_slice(&std::fs::read(folder.path().join("summary.json")).unwrap()).unwrap();
    let sum = |table: &str, column: &str, profile: &str| -> u128 {
        let text = std::fs::read_to_string(folder.path().join(format!("costs/{table}.csv"))).unwrap();
        let names: Vec<&str> = text.lines().next().unwrap().split(',').collect();
        let at = names.iter().position(|name| *name == column).unwrap();
        let rows = text.lines().skip(1).map(|row| row.split(',').collect::<Vec<_>>());
        rows.filter(|row| row[0] == profile).map(|row| row[at].parse::<u128>().unwrap()).sum()
    };
    for cost in summary["costs"].as_array().unwrap() {
        let profile = cost["profile"].as_str().unwrap();
        let number = |value: &Value| u128::from(value.as_u64().unwrap());
        let total = number(&cost["energy_total_fj"]);
        let rest = number(&cost["energy_fj"]["static"]) + number(&cost["energy_fj"]["barrier"]);
        assert_eq!(sum("timeline", "energy_fj", profile), total);
        assert_eq!(sum("timeline", "time_ps", profile), number(&cost["time_ps"]));
        assert_eq!(sum("timeline", "steps", profile), number(&summary["steps"]));
        assert_eq!(sum("populations", "energy_fj", profile), total - rest);
        assert_eq!(sum("cores", "energy_fj", profile) + sum("links", "energy_fj", profile), total - rest);
        for component in ["synapse", "neuron", "learning", "spike"] {
            let column = format!("{component}_fj");
            assert_eq!(sum("cores", &column, profile), number(&cost["energy_fj"][component]), "{component}");
        }
    }
}

/// A rule that never moves a weight, on synapses in an order of their own, some of them parallel and with other delays: what is exported
/// is what the network file says, and the network that takes it is the same.
#[test]
fn learned_weights_return_in_the_order_of_the_network() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let mut synapses: Vec<(u32, u32)> = (0..6).flat_map(|pre| (0..5).map(move |post| (pre, post))).collect();
    synapses.extend([(2, 3), (2, 3), (4, 0)]);
    let order = |at: usize| (at * 17 + 5) % 33;
    let shuffled: Vec<(u32, u32)> = (0..33).map(|at| synapses[order(at)]).collect();
    let weights: Vec<f64> = (0..33).map(|at| f64::from(at * 4 % 120)).collect();
    let delays: Vec<u8> = (0..33).map(|at| 1 + at % 3).collect();
    let mut writer = NpzWriter::new();
    writer.add_column("pre", &shuffled.iter().map(|(pre, _)| *pre).collect::<Vec<_>>()).unwrap();
    writer.add_column("post", &shuffled.iter().map(|(_, post)| *post).collect::<Vec<_>>()).unwrap();
    writer.add_column("w", &weights).unwrap();
    writer.add_column("d", &delays).unwrap();
    writer.write(&at("arrays.npz")).unwrap();
    for exponent in ["", "weight_exponent = 1"] {
        let text = |weight: &str| {
            format!(
                "name = \"kept\"\n[[population]]\nname = \"in\"\nsize = 6\nmodel = \"input\"\n[[population]]\n\
                 name = \"out\"\nsize = 5\nmodel = \"lif\"\n[[projection]]\nname = \"J\"\npre = \"in\"\npost = \"out\"\n\
                 connect = {{ rule = \"list\", npz = \"arrays.npz\" }}\nsign = \"excitatory\"\n\
                 weight = {{ npz = \"{weight}\" }}\ndelay_steps = {{ npz = \"arrays.npz\", array = \"d\" }}\nrule = \"still\"\n\
                 {exponent}\n[[rule]]\nname = \"still\"\ndt = \"2^-1*x1*y0\"\nx1 = {{ impulse = 16, tau_steps = 10 }}\n"
            )
        };
        std::fs::write(at("network.toml"), text("arrays.npz\", array = \"w")).unwrap();
        std::fs::write(at("again.toml"), text("learned.npz\", array = \"J.weight")).unwrap();
        let run = |args: &[&str]| caudate().current_dir(folder.path()).args(args).output().unwrap();
        let sound = |args: &[&str]| {
            let output = run(args);
            assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
        };
        sound(&["compile", "network.toml", "--chip", "loihi1", "-o", "one.caudate"]);
        sound(&["simulate", "one.caudate", "--steps", "3", "--out", "run", "--quiet"]);
        let export = |network: &str, weights: &str, out: &str| {
            run(&["export-weights", "one.caudate", "--network", network, "--weights", weights, "-o", out])
        };
        assert!(export("network.toml", "run/weights.npz", "learned.npz").status.success());
        sound(&["export-weights", "one.caudate", "--network", "network.toml", "-o", "compiled.npz"]);
        let learned = std::fs::read(at("learned.npz")).unwrap();
        assert_eq!(learned, std::fs::read(at("compiled.npz")).unwrap(), "the rule moves nothing");
        let arrays = Arrays::read(&at("learned.npz")).unwrap();
        let integers = |name: &str| arrays.integers(name, 0, 99).unwrap().to_vec();
        let own =
            |member: fn(&(u32, u32)) -> u32| shuffled.iter().map(|pair| i64::from(member(pair))).collect::<Vec<_>>();
        assert_eq!((integers("J.pre"), integers("J.post")), (own(|pair| pair.0), own(|pair| pair.1)));
        assert_eq!(arrays.get("J.weight").unwrap().data, Data::Floats(weights.clone()), "{exponent}");
        assert_eq!(integers("J.delay_steps"), delays.iter().map(|delay| i64::from(*delay)).collect::<Vec<_>>());
        sound(&["compile", "again.toml", "--chip", "loihi1", "-o", "two.caudate"]);
        assert_eq!(std::fs::read(at("one.caudate")).unwrap(), std::fs::read(at("two.caudate")).unwrap());
        // A network of other weights, and a recording of another network.
        let other = text("arrays.npz\", array = \"w").replace("{ npz = \"arrays.npz\", array = \"d\" }", "2");
        std::fs::write(at("other.toml"), other).unwrap();
        let mut writer = NpzWriter::new();
        for part in ["pre", "post", "weight", "delay_steps"] {
            writer.add_column(&format!("J.{part}"), &[1_u32; 33]).unwrap();
        }
        writer.write(&at("foreign.npz")).unwrap();
        for (network, recording, says) in [
            ("other.toml", "run/weights.npz", "not compiled from this network"),
            ("network.toml", "foreign.npz", "`J.pre`, element"),
            ("network.toml", "arrays.npz", "J.pre"),
            ("none.toml", "run/weights.npz", "none.toml"),
        ] {
            let refused = export(network, recording, "none.npz");
            let said = String::from_utf8_lossy(&refused.stderr).into_owned();
            assert!(refused.status.code() == Some(2) && said.contains(says), "{said}");
            assert!(!at("none.npz").exists());
        }
    }
}
