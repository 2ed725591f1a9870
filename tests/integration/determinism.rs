//! Results do not depend on mapping, threads, or a trip through the file.

use crate::networks::{compile_unlimited, random_network, random_stimulus, run};
use caudate_core::image::ChipImage;
use caudate_mapper::CompileOptions;
use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn results_depend_on_network_stimulus_and_seed_alone(seed in any::<u64>(), neurons_per_core in 2_u32..20) {
        let network = random_network(seed);
        let options = CompileOptions { seed, ..CompileOptions::default() };
        let image = compile_unlimited(&network, &options);
        prop_assert_eq!(image.cores.len(), 1);
        let stimulus = random_stimulus(&image, seed);
        let one_core = run(&image, stimulus.clone(), 1);

        prop_assert_eq!(&run(&image, stimulus.clone(), 1), &one_core, "a second run differs");
        let reread = ChipImage::from_bytes(&image.to_bytes().unwrap()).unwrap();
        prop_assert_eq!(&reread, &image);
        prop_assert_eq!(&run(&reread, stimulus.clone(), 1), &one_core, "the image's file differs");

        let options = CompileOptions { max_neurons_per_core: Some(neurons_per_core), ..options };
        let many = compile_unlimited(&network, &options);
        prop_assert!(many.cores.len() > 1);
        prop_assert_eq!(&run(&many, stimulus.clone(), 1), &one_core, "more cores differ");
        prop_assert_eq!(&run(&many, stimulus.clone(), 2), &one_core, "two threads differ");

        let options = CompileOptions { placer: "shuffled".to_owned(), placement_seed: seed, ..options };
        let elsewhere = compile_unlimited(&network, &options);
        prop_assert_eq!(&run(&elsewhere, stimulus, 2), &one_core, "another placement differs");
    }

    #[test]
    fn compiling_twice_gives_equal_bytes(seed in any::<u64>()) {
        let network = random_network(seed);
        let options = CompileOptions { seed, max_neurons_per_core: Some(9), ..CompileOptions::default() };
        let bytes = || compile_unlimited(&network, &options).to_bytes().unwrap();
        prop_assert_eq!(bytes(), bytes());
    }
}

/// A guard on the tests above: their networks do spike, learn and sleep.
#[test]
fn the_random_networks_are_alive() {
    let mut alive = 0;
    for seed in 0..12 {
        let image = compile_unlimited(&random_network(seed), &CompileOptions { seed, ..CompileOptions::default() });
        let outcome = run(&image, random_stimulus(&image, seed), 1);
        alive += u32::from(outcome.spikes.len() > 50 && outcome.counts.weight_writes > 20);
    }
    assert!(alive >= 8, "only {alive} of 12 networks spike and learn");
}
