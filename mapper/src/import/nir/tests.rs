use super::*;
use crate::import::hdf5::Dataset;
use crate::network::{Bias, Connect, Decay, LifParameters, Model, Projection, Threshold};
use crate::parameter::Parameter;
use crate::{CompileOptions, compile};
use caudate_core::chip::ChipDescription;
use caudate_core::neuron::Reset;

fn floats(group: &mut Group, name: &str, shape: &[usize], values: &[f64]) {
    group.datasets.insert(name.to_owned(), Dataset::floats(shape, values.to_vec()));
}

fn integers(group: &mut Group, name: &str, values: &[i64]) {
    group.datasets.insert(name.to_owned(), Dataset::integers(&[values.len()], values.to_vec()));
}

fn node(kind: &str) -> Group {
    let mut group = Group::new();
    group.datasets.insert("type".to_owned(), Dataset::texts(&[], vec![kind.to_owned()]));
    group
}

fn port(kind: &str, shape: &[i64]) -> Group {
    let mut group = node(kind);
    integers(&mut group, "shape", shape);
    group
}

fn graph(nodes: Vec<(&str, Group)>, edges: &[[&str; 2]]) -> Group {
    let mut graph = node("NIRGraph");
    let names = edges.iter().flatten().map(|name| (*name).to_owned()).collect();
    graph.datasets.insert("edges".to_owned(), Dataset::texts(&[edges.len(), 2], names));
    let mut all = Group::new();
    nodes.into_iter().for_each(|(name, node)| {
        all.groups.insert(name.to_owned(), node);
    });
    graph.groups.insert("nodes".to_owned(), all);
    graph
}

fn import(graph: Group, options: &Options) -> Result<Imported, Error> {
    let mut root = Group::new();
    root.groups.insert("node".to_owned(), graph);
    from_bytes(&root.to_bytes().unwrap(), "test.nir", "test", options)
}

fn lif(size: usize) -> Group {
    let mut lif = node("LIF");
    for (name, value) in [("tau", 2.5e-3), ("r", 1.0), ("v_leak", 0.0), ("v_threshold", 0.1)] {
        floats(&mut lif, name, &[size], &vec![value; size]);
    }
    lif
}

/// Input of 2, a matrix, a LIF of `neurons`.
fn small(neurons: usize) -> Vec<(&'static str, Group)> {
    let mut linear = node("Linear");
    floats(&mut linear, "weight", &[2, 2], &[1.0, 2.0, -3.0, 0.0]);
    vec![("in", port("Input", &[2])), ("w", linear), ("lif", lif(neurons)), ("out", port("Output", &[2]))]
}

const SMALL: [[&str; 2]; 3] = [["in", "w"], ["w", "lif"], ["lif", "out"]];

#[test]
fn short_decimals_are_kept_whole() {
    let Imported { network, report } = import(graph(small(2), &SMALL), &Options::default()).unwrap();
    let population = network.populations.iter().find(|own| own.name == "lif").unwrap();
    let Model::Lif(lif) = &population.model else { panic!("a LIF is a fixed neuron") };
    assert_eq!(lif.voltage, Decay::Effective(Parameter::Constant(163.0)));
    let Threshold::Level(Parameter::Constant(level)) = lif.threshold else { panic!("one threshold for all") };
    assert!((level - 1600.0).abs() < 1e-6, "{level}");
    let projection = &network.projections[0];
    let (Parameter::Array(weights), Some(exponent)) = (&projection.weight, projection.weight_exponent) else {
        panic!("weights are whole")
    };
    let effective: Vec<f64> = weights.iter().map(|weight| weight * f64::from(exponent).exp2()).collect();
    assert_eq!(effective, [10.0, -30.0, 20.0]);
    assert!(report.notes.iter().any(|note| note.contains("v_reset")), "{:?}", report.notes);
    let subtract = Options { reset: ResetChoice::Subtract, ..Options::default() };
    let Model::Lif(lif) = &import(graph(small(2), &SMALL), &subtract).unwrap().network.populations[1].model.clone()
    else {
        panic!("a LIF is a fixed neuron")
    };
    assert_eq!(lif.reset, Reset::Subtract);
}

#[test]
fn a_scale_beyond_all_numbers_is_refused_by_its_name() {
    for scale in [0.0, f64::NAN, 1e300, 1e308] {
        let large: Vec<f64> = vec![1e10; 4];
        let mut linear = node("Linear");
        floats(&mut linear, "weight", &[2, 2], &large);
        let nodes = vec![("in", port("Input", &[2])), ("w", linear), ("lif", lif(2)), ("out", port("Output", &[2]))];
        let options = Options { scale: Some(scale), ..Options::default() };
        let Err(Error::Invalid(problems)) = import(graph(nodes, &SMALL), &options) else {
            panic!("{scale:e} is taken")
        };
        let problem = problems[0].to_string();
        assert!(problem.contains("E-IMPORT-RANGE") && problem.contains("--scale"), "{problem}");
    }
}

#[test]
fn fine_weights_lose_less_than_half_a_unit() {
    let weights: Vec<f64> =
        (0..64_u32).map(|i| f64::from(i.wrapping_mul(2_654_435_761)) / f64::from(1_u32 << 31) - 1.0).collect();
    let network = |fine_weights: bool| {
        let mut linear = node("Linear");
        floats(&mut linear, "weight", &[8, 8], &weights);
        let nodes = vec![("in", port("Input", &[8])), ("w", linear), ("lif", lif(8)), ("out", port("Output", &[8]))];
        import(graph(nodes, &SMALL), &Options { fine_weights, ..Options::default() }).unwrap()
    };
    // What is stored, from each source to each target, in units of 64, and what the file says of it.
    let stored = |Imported { network, report }: &Imported| {
        let options = CompileOptions { seed: 1, ..CompileOptions::default() };
        let compiled = compile(network, &ChipDescription::built_in("loihi2").unwrap(), &options).unwrap();
        let core = caudate_core::runtime::Core::load(&compiled.image, 0).unwrap();
        let mut sums = vec![0.0; 64];
        for projection in 0..network.projections.len() as u32 {
            let projection = caudate_core::id::ProjectionId(projection);
            for synapse in core.synapses_of(&compiled.image.cores[0], projection) {
                // Inputs come first, then neurons.
                let (target, source) = (synapse.post.0 as usize - 8, synapse.pre.0 as usize);
                sums[target * 8 + source] += f64::from(core.synapse_state(synapse.index).effective) / 64.0;
            }
        }
        let gain = report.layers.iter().find(|layer| layer.population == "lif").unwrap().scale * 0.04 / 64.0;
        let lost = sums.iter().zip(&weights).map(|(sum, weight)| (sum - weight * gain).abs());
        lost.fold(0.0, f64::max)
    };
    let (coarse, fine) = (network(false), network(true));
    assert!(stored(&coarse) > 1.0, "{}", stored(&coarse));
    assert!(stored(&fine) <= 0.51, "{}", stored(&fine));
    let names: Vec<&str> = fine.network.projections.iter().map(|projection| projection.name.as_str()).collect();
    assert_eq!(names, ["in->lif", "in->lif.fine"]);
    // Nothing is divided where nothing is lost.
    let exact = import(graph(small(2), &SMALL), &Options { fine_weights: true, ..Options::default() }).unwrap();
    assert_eq!(exact.network.projections.len(), 1);
}

#[test]
fn chains_become_one_projection_and_biases_one_bias() {
    // Pooling of 2 x 2, scaling by 3, a delay of 4 steps, an affine map with a bias, then IF.
    let mut pool = node("SumPool2d");
    for (name, value) in [("kernel_size", 2), ("stride", 2), ("padding", 0)] {
        integers(&mut pool, name, &[value, value]);
    }
    let (mut scale, mut delay, mut affine, mut end) = (node("Scale"), node("Delay"), node("Affine"), node("IF"));
    floats(&mut scale, "scale", &[1], &[3.0]);
    floats(&mut delay, "delay", &[1], &[4e-4]);
    floats(&mut affine, "weight", &[1, 4], &[1.0, 0.0, 2.0, 0.0]);
    floats(&mut affine, "bias", &[1], &[5.0]);
    floats(&mut end, "r", &[1], &[1.0]);
    floats(&mut end, "v_threshold", &[1], &[20.0]);
    let nodes = vec![
        ("in", port("Input", &[1, 4, 4])),
        ("pool", pool),
        ("scale", scale),
        ("delay", delay),
        ("flat", node("Flatten")),
        ("fc", affine),
        ("if", end),
    ];
    let edges =
        [["in", "pool"], ["pool", "scale"], ["scale", "delay"], ["delay", "flat"], ["flat", "fc"], ["fc", "if"]];
    let network = import(graph(nodes, &edges), &Options::default()).unwrap().network;
    let projection = &network.projections[0];
    let Connect::List { pre, .. } = &projection.connect else { panic!("chains are lists") };
    assert_eq!(pre, &[0, 1, 4, 5, 8, 9, 12, 13]);
    assert_eq!(projection.delay_steps, Parameter::Constant(5.0));
    let neurons = network.populations.iter().find(|own| !own.is_input()).unwrap();
    let Model::Lif(lif) = &neurons.model else { panic!("IF is a fixed neuron") };
    assert_eq!((lif.bias.clone(), lif.reset), (Bias::Level(Parameter::Constant(5.0 * 64.0)), Reset::Subtract));
}

#[test]
fn defects_are_named_and_lenient_reading_says_what_it_assumed() {
    let lenient = Options { lenient: true, ..Options::default() };
    let cases: [(Group, &str, Option<&str>); 5] = [
        (
            graph(small(2), &[["in", "w"], ["w", "liff"], ["lif", "out"]]),
            "'liff', which is no node",
            Some("'lif' was taken"),
        ),
        (graph(small(1), &SMALL), "single numbers", Some("repeated for 2 neurons")),
        (graph(small(3), &SMALL), "takes 3", None),
        (graph(vec![("in", port("Input", &[2])), ("x", node("Lifo"))], &[["in", "x"]]), "type 'Lifo'", None),
        (
            graph(
                {
                    let mut nodes = small(2);
                    let mut again = node("Linear");
                    floats(&mut again, "weight", &[2, 2], &[1.0; 4]);
                    nodes.push(("loop", again));
                    nodes
                },
                &[["in", "w"], ["w", "loop"], ["loop", "w"], ["w", "lif"]],
            ),
            "loop without a neuron",
            None,
        ),
    ];
    for (graph, named, assumed) in cases {
        let error = import(graph.clone(), &Options::default()).unwrap_err();
        assert!(error.to_string().contains(named), "{error}");
        assert!(error.diagnostics().iter().all(|diagnostic| diagnostic.help.is_some() && diagnostic.place.is_some()));
        match (import(graph, &lenient), assumed) {
            (Ok(imported), Some(assumed)) => {
                assert!(imported.report.notes.iter().any(|note| note.contains(assumed)), "{:?}", imported.report.notes);
            }
            (Err(_), None) => {}
            (outcome, _) => panic!("{named}: {outcome:?}"),
        }
    }
}

#[test]
fn what_is_exported_reads_back_as_the_same_image() {
    let mut network = Network::new("round");
    network.add_population(Population::input("in", 3));
    let lif = LifParameters {
        current: Decay::Effective(Parameter::Constant(1000.0)),
        voltage: Decay::Effective(Parameter::Constant(256.0)),
        threshold: Threshold::Mantissa(Parameter::Constant(90.0)),
        ..LifParameters::default()
    };
    network.add_population(Population::lif("out", 4, lif));
    let connect = || Connect::List { pre: vec![0, 1, 2, 2], post: vec![0, 1, 2, 3] };
    network.add_projection(Projection::new("in", "out", connect(), vec![12.0, -7.0, 100.0, 3.0]));
    network.add_projection(Projection {
        name: "late".to_owned(),
        delay_steps: Parameter::Constant(6.0),
        ..Projection::new("in", "out", connect(), vec![5.0; 4])
    });
    let exported = export(&network, 1e-3, 1).unwrap();
    assert_eq!(exported, export(&network, 1e-3, 1).unwrap());
    let options = Options { dt_seconds: 1e-3, ..Options::default() };
    let back = from_bytes(&exported.bytes, "round.nir", "round", &options).unwrap();
    assert!(
        back.report.layers.iter().all(|layer| layer.population == "in" || (layer.scale - 64.0).abs() < 1e-9),
        "{:?}",
        back.report
    );
    let chip = ChipDescription::built_in("loihi2").unwrap();
    let compiled = |network: &Network| compile(network, &chip, &CompileOptions::default()).unwrap();
    let (one, other) = (compiled(&network), compiled(&back.network));
    assert_eq!(one.image.cores[0].neuron_profiles, other.image.cores[0].neuron_profiles);
    assert_eq!(one.image.synapse_count(), other.image.synapse_count());

    let slow = LifParameters { refractory_steps: Parameter::Constant(3.0), ..LifParameters::default() };
    network.add_population(Population::lif("slow", 1, slow));
    let error = export(&network, 1e-3, 1).unwrap_err().to_string();
    assert!(error.contains("refractory period of 3 steps"), "{error}");
}
