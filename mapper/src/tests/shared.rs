//! Lists that share their synapses: nothing but the memory changes, and every count of it agrees.

use super::{chip, lif, synapses};
use crate::check::check_image_for;
use crate::fit::Resource;
use crate::multilevel::FILL_IN_ORDER;
use crate::network::{Connect, Network, Population, Projection};
use crate::parameter::Parameter;
use crate::{CompileOptions, Error, compile};
use caudate_core::chip::{ChipDescription, Limit};
use caudate_core::random::mix64;
use proptest::prelude::*;

/// Rows of a map that one kernel is moved over, each cell with a kernel of its own where `repeats` is false.
fn convolution(size: u32, kernel: &[i16], stride: u32, repeats: bool) -> Network {
    let mut network = Network::new("convolution");
    network.add_population(Population::input("in", size));
    network.add_population(lif("out", size.div_ceil(stride)));
    let (mut pre, mut post, mut weights) = (Vec::new(), Vec::new(), Vec::new());
    for target in 0..size.div_ceil(stride) {
        for (tap, weight) in kernel.iter().enumerate() {
            let source = target * stride + tap as u32;
            if source < size && *weight != 0 {
                let own = if repeats { 0 } else { mix64(u64::from(target) << 8 | tap as u64) % 40 };
                pre.push(source);
                post.push(target);
                weights.push(f64::from(*weight) + own as f64);
            }
        }
    }
    let weight = Parameter::Array(weights);
    let projection = Projection::new("in", "out", Connect::List { pre, post }, weight);
    network.add_projection(Projection { weight_exponent: Some(0), ..projection });
    network
}

fn chips() -> [ChipDescription; 2] {
    let sharing = chip("loihi2");
    let mut plain = sharing.clone();
    plain.synapse.shared_address_bits = 0;
    [sharing, plain]
}

#[test]
fn a_kernel_is_stored_once_and_the_checker_knows_which_chips_can() {
    let network = convolution(600, &[8, -16, 24, 4, 2, 6, -8, 10], 1, true);
    let [sharing, plain] = chips();
    let [one, other] = [&sharing, &plain].map(|chip| compile(&network, chip, &CompileOptions::default()).unwrap());
    assert_eq!(synapses(&one.image), synapses(&other.image));
    // 600 heads of 63 bits and 1 + 7 lists, for those at the edge are shorter.
    let bits = u64::from(one.image.cores[0].formats[0].synapse_bits());
    let lists = (1..=8).map(|synapses: u64| (synapses * bits).div_ceil(8)).sum::<u64>();
    assert_eq!(one.image.cores[0].memory.len() as u64, 600 * 8 + lists);
    assert!(other.image.cores[0].memory.len() > 2 * one.image.cores[0].memory.len());
    let refused = check_image_for(&one.image, &plain).unwrap_err();
    assert!(refused.iter().any(|found| found.code == "E-CHECK-LIMIT" && found.message.contains("shared at 18 bits")));
    assert!(one.image.cores[0].formats[0].to_string().contains("shared"));
}

#[test]
fn lists_that_do_not_repeat_and_lists_that_learn_keep_their_synapses() {
    let [sharing, _] = chips();
    let formats = |network: &Network| {
        compile(network, &sharing, &CompileOptions::default()).unwrap().image.cores[0].formats.clone()
    };
    assert!(formats(&convolution(300, &[8, 16, 24, 4, 2, 6, 8, 10], 1, true))[0].shares());
    assert!(!formats(&convolution(300, &[8, 16, 24, 4, 2, 6, 8, 10], 1, false))[0].shares());
    let mut learning = convolution(300, &[8, 16, 24, 4, 2, 6, 8, 10], 1, true);
    learning.add_rule(super::stdp("stdp"));
    learning.projections[0].rule = Some("stdp".to_owned());
    assert!(!formats(&learning)[0].shares());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn what_is_shared_is_counted_as_it_is_stored(
        size in 1_u32..120, kernel in prop::collection::vec(-20_i16..20, 1..12), stride in 1_u32..4,
        memory in 120_u64..1500, cap in 1_u32..60, searches in any::<bool>(), placement_seed in any::<u64>(),
    ) {
        let network = convolution(size, &kernel, stride, true);
        let [mut sharing, plain] = chips();
        let all = compile(&network, &plain, &CompileOptions::default()).unwrap();
        sharing.core.synaptic_memory_bytes = Limit::AtMost(memory);
        let partitioner = if searches { CompileOptions::default().partitioner } else { FILL_IN_ORDER.to_owned() };
        let options = CompileOptions { partitioner, max_neurons_per_core: Some(cap), placement_seed, ..CompileOptions::default() };
        match compile(&network, &sharing, &options) {
            Ok(compiled) => {
                prop_assert_eq!(synapses(&compiled.image), synapses(&all.image));
                for (core, report) in compiled.image.cores.iter().zip(&compiled.report.cores) {
                    let counted = report.usage.iter().find(|used| used.resource == Resource::SynapticMemory);
                    prop_assert_eq!(core.memory.len() as u64, counted.map_or(0, |used| used.used));
                }
            }
            Err(Error::DoesNotFit(_)) => {}
            Err(error) => prop_assert!(false, "{error}"),
        }
    }
}
