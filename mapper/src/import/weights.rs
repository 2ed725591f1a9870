//! The synapse format in which whole weights are stored without loss.

use crate::network::Projection;
use crate::parameter::Parameter;
use caudate_core::synapse::SignMode;

/// Bits in which every chip stores weights.
const BITS: [u8; 7] = [1, 2, 3, 4, 5, 6, 8];

/// Gives a projection of whole effective weights (in units of 64) the narrowest format that stores each as it is.
/// Returns whether there is one; without, the weights stay as they are, in 8 bits, and the mapper rounds them.
pub(crate) fn store_exactly(projection: &mut Projection) -> bool {
    let Parameter::Array(values) = &mut projection.weight else { return true };
    if values.iter().any(|value| value.fract() != 0.0 || value.abs() > 65_536.0) {
        return false;
    }
    let common = values.iter().fold(0_i64, |bits, value| bits | *value as i64);
    // Weights that are all 0 have any number of zeros at their end.
    let shift = if common == 0 { 0 } else { common.trailing_zeros() as i32 };
    let unit = f64::from(1 << shift);
    let low = values.iter().fold(0.0_f64, |low, value| low.min(*value)) / unit;
    let high = values.iter().fold(0.0_f64, |high, value| high.max(*value)) / unit;
    let sign = match (low < 0.0, high > 0.0) {
        (true, true) => SignMode::Mixed,
        (true, false) => SignMode::Inhibitory,
        (false, _) => SignMode::Excitatory,
    };
    let holds = |bits: &u8| {
        let range = f64::from(1_u32 << bits);
        match sign {
            SignMode::Mixed => low >= -range / 2.0 && high < range / 2.0,
            SignMode::Excitatory | SignMode::Inhibitory => high.max(-low) < range,
        }
    };
    let Some(bits) = BITS.into_iter().find(holds) else { return false };
    // The mantissa holds the weight in its upper bits.
    let empty = i32::from(8 - bits) + i32::from(sign == SignMode::Mixed);
    let exponent = shift - empty;
    if !(-8..=7).contains(&exponent) {
        return false;
    }
    let factor = f64::from(-exponent).exp2();
    values.iter_mut().for_each(|value| *value *= factor);
    projection.weight_bits = bits;
    projection.weight_exponent = Some(exponent as i8);
    projection.sign = sign;
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::{LifParameters, Network, Population};
    use crate::{CompileOptions, compile};
    use caudate_core::chip::ChipDescription;
    use proptest::prelude::*;

    #[test]
    fn weights_of_zero_are_stored() {
        let connect = crate::network::Connect::List { pre: vec![0, 0], post: vec![0, 1] };
        let mut projection = Projection::new("in", "out", connect, vec![0.0, 0.0]);
        assert!(store_exactly(&mut projection));
        assert_eq!((projection.weight_bits, projection.weight_exponent), (1, Some(-7)));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]
        #[test]
        fn whole_weights_are_stored_without_loss(values in prop::collection::vec(-128_i32..128, 1..40), shift in 0_u32..8, side in 0_u8..3) {
            let values: Vec<f64> = values.iter().map(|value| f64::from(match side { 0 => *value, 1 => value.abs(), _ => -value.abs() } << shift)).collect();
            let wanted = values.clone();
            let connect = crate::network::Connect::List { pre: (0..values.len() as u32).collect(), post: vec![0; values.len()] };
            let mut projection = Projection::new("in", "out", connect, values);
            prop_assert!(store_exactly(&mut projection));
            let mut network = Network::new("exact");
            network.add_population(Population::input("in", wanted.len() as u32));
            network.add_population(Population::lif("out", 1, LifParameters::default()));
            network.add_projection(projection);
            let compiled = compile(&network, &ChipDescription::built_in("loihi1").unwrap(), &CompileOptions::default()).unwrap();
            prop_assert!(compiled.report.quantisation.iter().all(|record| record.max_error == 0.0));
        }
    }
}
