//! The image on disk: what is damaged, cut, foreign or newer is refused with a reason.

use crate::networks::{compile_unlimited, random_network};
use caudate_core::image::{ChipImage, container};
use caudate_mapper::CompileOptions;
use caudate_mapper::network::{Connect, LifParameters, Network, Population, Projection};

fn small_image() -> ChipImage {
    let mut network = Network::new("small");
    network.add_population(Population::input("in", 3));
    network.add_population(Population::lif("out", 4, LifParameters::default()));
    network.add_projection(Projection::new("in", "out", Connect::AllToAll { self_connections: true }, 50.0));
    let options = CompileOptions { max_neurons_per_core: Some(2), ..CompileOptions::default() };
    compile_unlimited(&network, &options)
}

#[test]
fn no_flipped_byte_is_accepted() {
    let bytes = small_image().to_bytes().unwrap();
    for place in 0..bytes.len() {
        for flip in [0x01, 0x80, 0xFF] {
            let mut damaged = bytes.clone();
            damaged[place] ^= flip;
            let error = ChipImage::from_bytes(&damaged).expect_err("a damaged image was accepted");
            assert!(error.to_string().starts_with("error[E-IMAGE]"), "{error}");
        }
    }
}

#[test]
fn no_shortened_or_lengthened_file_is_accepted() {
    let bytes = small_image().to_bytes().unwrap();
    for end in 0..bytes.len() {
        assert!(ChipImage::from_bytes(&bytes[..end]).is_err(), "cut at {end}");
    }
    let longer = [bytes.as_slice(), &[0]].concat();
    assert!(ChipImage::from_bytes(&longer).unwrap_err().to_string().contains("follow the last section"));
}

#[test]
fn foreign_and_newer_files_say_what_they_are() {
    let error = ChipImage::from_bytes(b"PK\x03\x04 a zip file, say, of some length").unwrap_err().to_string();
    assert!(error.contains("not a core image"), "{error}");
    let mut newer = small_image().to_bytes().unwrap();
    newer[8..12].copy_from_slice(&(container::FORMAT_VERSION + 1).to_le_bytes());
    let error = ChipImage::from_bytes(&newer).unwrap_err().to_string();
    assert!(error.contains("newer Caudate"), "{error}");
}

type Forgery = Box<dyn Fn(&mut ChipImage)>;

/// Content that lies with a correct checksum must be refused too, or at least do no harm.
#[test]
fn forged_content_never_panics() {
    let image = compile_unlimited(&random_network(3), &CompileOptions::default());
    let forge = |change: &dyn Fn(&mut ChipImage)| {
        let mut forged = image.clone();
        change(&mut forged);
        ChipImage::from_bytes(&forged.to_bytes().unwrap())
    };
    let forgeries: Vec<(&str, Forgery)> = vec![
        ("profile", Box::new(|image| image.cores[0].compartments[0].fixed.as_mut().unwrap().profile = 999)),
        ("channel", Box::new(|image| image.cores[0].compartments[0].modulators[2] = Some(7))),
        ("group", Box::new(|image| image.cores[0].lists[0].group = 999)),
        ("list", Box::new(|image| image.cores[0].lists[0].synapses += 1)),
        ("axon", Box::new(|image| image.cores[0].axons[0].lists += 1)),
        ("route", Box::new(|image| image.cores[0].routes[0].core = 12)),
        ("route start", Box::new(|image| image.cores[0].route_starts[1] = u32::MAX)),
        ("input route", Box::new(|image| image.input_routes[0][0].axon = 1 << 20)),
        ("memory", Box::new(|image| image.cores[0].memory.push(0))),
        ("epoch", Box::new(|image| image.cores[0].rules[0].epoch_steps = 0)),
        ("decay", Box::new(|image| image.cores[0].neuron_profiles[0].voltage_decay = 5000)),
        ("format", Box::new(|image| image.cores[0].formats[0].index_bits = 0)),
        ("fingerprint", Box::new(|image| image.header.chip_fingerprint ^= 1)),
        ("population", Box::new(|image| image.symbols.populations[1].size += 1)),
    ];
    for (name, change) in forgeries {
        assert!(forge(&*change).is_err(), "a forged {name} was accepted");
    }
}
