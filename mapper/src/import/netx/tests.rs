use super::*;
use crate::import::hdf5::Dataset;
use crate::network::{Bias, Connect, Decay, Model, Threshold};
use crate::parameter::Parameter;

fn put(group: &mut Group, name: &str, shape: &[usize], values: &[i64]) {
    group.datasets.insert(name.to_owned(), Dataset::integers(shape, values.to_vec()));
}

fn layer(kind: &str, shape: &[usize]) -> Group {
    let mut group = Group::new();
    group.datasets.insert("type".to_owned(), Dataset::texts(&[1], vec![kind.to_owned()]));
    put(&mut group, "shape", &[shape.len()], &shape.iter().map(|axis| *axis as i64).collect::<Vec<_>>());
    group
}

fn with_neurons(mut group: Group, kind: &str) -> Group {
    let mut neuron = Group::new();
    neuron.datasets.insert("type".to_owned(), Dataset::texts(&[], vec![kind.to_owned()]));
    for (name, value) in [("iDecay", 4096), ("vDecay", 1024), ("vThMant", 25), ("refDelay", 1)] {
        put(&mut neuron, name, &[], &[value]);
    }
    group.groups.insert("neuron".to_owned(), neuron);
    group
}

fn file(layers: Vec<Group>) -> Vec<u8> {
    let mut root = Group::new();
    let mut all = Group::new();
    for (number, layer) in layers.into_iter().enumerate() {
        all.groups.insert(number.to_string(), layer);
    }
    root.groups.insert("layer".to_owned(), all);
    root.to_bytes().unwrap()
}

/// Input of 2 channels of 3 x 3, a convolution to 1 channel of 2 x 2 and a dense layer of 2.
fn small() -> Vec<Group> {
    let mut conv = with_neurons(layer("conv", &[1, 2, 2]), "LOIHI");
    put(&mut conv, "weight", &[1, 2, 2, 2], &[2, 4, 6, 8, 10, 12, 14, 16]);
    put(&mut conv, "bias", &[1], &[-3]);
    let mut dense = with_neurons(layer("dense", &[2]), "CUBA");
    put(&mut dense, "weight", &[2, 4], &[1, 2, 3, 4, 5, 6, 7, 0]);
    put(&mut dense, "delay", &[2], &[0, 5]);
    vec![layer("input", &[2, 3, 3]), conv, layer("flatten", &[4]), dense]
}

fn import(layers: Vec<Group>) -> Result<Imported, Error> {
    from_bytes(&file(layers), "small.net", "small", &Options::default())
}

#[test]
fn layers_become_populations_with_whole_weights() {
    let Imported { network, report } = import(small()).unwrap();
    let names: Vec<&str> = network.populations.iter().map(|population| population.name.as_str()).collect();
    assert_eq!(names, ["input", "layer1", "layer3"]);
    let Model::Lif(conv) = &network.populations[1].model else { panic!("a layer has neurons") };
    assert_eq!(conv.voltage, Decay::Effective(Parameter::Constant(1024.0)));
    assert_eq!(conv.threshold, Threshold::Mantissa(Parameter::Constant(25.0)));
    assert!(matches!(
        &conv.bias,
        Bias::Mantissa { mantissa: Parameter::Constant(-3.0), exponent: Parameter::Constant(6.0) }
    ));
    assert_eq!(conv.compare, ThresholdCompare::Gt);
    let Model::Lif(dense) = &network.populations[2].model else { panic!("a layer has neurons") };
    assert_eq!(dense.compare, ThresholdCompare::Ge);
    assert_eq!(report.layers[1].synapses, 32);
    assert_eq!(report.layers[2].synapses, 7, "zeros are no synapses");

    // Weight [0, 1] of the dense layer reads row 0, column 1 of the plane: member 2, as Lava numbers by column first.
    let projection = &network.projections[1];
    let Connect::List { pre, post } = &projection.connect else { panic!("layers are lists") };
    let at = pre.iter().zip(post).position(|pair| pair == (&2, &0)).unwrap();
    let (Parameter::Array(weights), Some(exponent)) = (&projection.weight, projection.weight_exponent) else {
        panic!("weights are mantissas")
    };
    assert_eq!(weights[at] * f64::from(exponent).exp2(), 2.0);
    let Parameter::Array(delays) = &projection.delay_steps else { panic!("delays differ") };
    assert_eq!(
        delays.iter().zip(post).map(|(delay, post)| *delay == 1.0 + 5.0 * f64::from(*post)).collect::<Vec<_>>(),
        [true; 7]
    );
}

#[test]
fn a_range_of_layers_reads_the_one_before_as_input() {
    let options = Options { layers: Some(2..=3), compare: Some(ThresholdCompare::Gt) };
    let Imported { network, .. } = from_bytes(&file(small()), "small.net", "small", &options).unwrap();
    assert_eq!(network.populations.len(), 2);
    assert_eq!((network.populations[0].size, network.populations[0].is_input()), (4, true));
}

#[test]
fn what_cannot_be_run_is_named() {
    let refused = |change: &dyn Fn(&mut Vec<Group>)| {
        let mut layers = small();
        change(&mut layers);
        import(layers).unwrap_err().to_string()
    };
    let shape = refused(&|layers| put(&mut layers[1], "shape", &[3], &[1, 3, 3]));
    assert!(shape.contains("small.net: /layer/1/shape") && shape.contains("1 x 2 x 2"), "{shape}");
    let kind = refused(&|layers| layers[3] = layer("convT", &[2]));
    assert!(kind.contains("layer 3 is of type 'convT'") && kind.contains("--layers"), "{kind}");
    let neuron = refused(&|layers| layers[1] = with_neurons(layers[1].clone(), "SDNN"));
    assert!(neuron.contains("SDNN") && neuron.contains("/layer/1/neuron/type"), "{neuron}");
    let range = refused(&|layers| put(&mut layers[3], "delay", &[3], &[1, 2, 3]));
    assert!(range.contains("`delay` has 3 elements"), "{range}");
    let fraction = refused(&|layers| {
        layers[3].datasets.insert("weight".to_owned(), Dataset::floats(&[2, 4], vec![0.5; 8]));
    });
    assert!(fraction.contains("0.5 is no whole number"), "{fraction}");
    let missing = refused(&|layers| {
        layers[1].datasets.remove("weight");
    });
    assert!(missing.contains("no field `weight`"), "{missing}");
    let over = from_bytes(&file(small()), "small.net", "small", &Options { layers: Some(2..=9), compare: None });
    assert!(over.unwrap_err().to_string().contains("4 layers"));
}
