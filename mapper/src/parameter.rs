//! Parameters: one value, one value per element, or a distribution from which each element draws its own.

use caudate_core::random::{Domain, unit};

/// A parameter of a population's members or of a projection's synapses.
///
/// `levels = Some(k)` rounds a distribution to k values of equal probability (the medians of k equal slices), so that few distinct
/// neuron profiles result. Bounds clip: a value outside is stored as the bound.
#[derive(Debug, Clone, PartialEq)]
pub enum Parameter {
    /// The same for all.
    Constant(f64),
    /// One value per element, in order.
    Array(Vec<f64>),
    /// Uniform between two bounds.
    Uniform {
        /// Lower bound.
        low: f64,
        /// Upper bound.
        high: f64,
        /// Number of distinct values, if limited.
        levels: Option<u32>,
    },
    /// Normal, clipped to bounds.
    Normal {
        /// Mean.
        mean: f64,
        /// Standard deviation.
        sd: f64,
        /// Lower bound; `f64::NEG_INFINITY` for none.
        low: f64,
        /// Upper bound; `f64::INFINITY` for none.
        high: f64,
        /// Number of distinct values, if limited.
        levels: Option<u32>,
    },
    /// Log-normal, clipped to bounds: `median * exp(sigma * z)` with a standard normal z.
    LogNormal {
        /// Median, above 0.
        median: f64,
        /// Standard deviation of the logarithm.
        sigma: f64,
        /// Lower bound; `f64::NEG_INFINITY` for none.
        low: f64,
        /// Upper bound; `f64::INFINITY` for none.
        high: f64,
        /// Number of distinct values, if limited.
        levels: Option<u32>,
    },
    /// One of these values, each with equal probability.
    Choice {
        /// The values.
        values: Vec<f64>,
    },
}

impl From<f64> for Parameter {
    fn from(value: f64) -> Self {
        Self::Constant(value)
    }
}

impl From<Vec<f64>> for Parameter {
    fn from(values: Vec<f64>) -> Self {
        Self::Array(values)
    }
}

/// What is wrong with a parameter: code, message, way out.
pub(crate) type Flaw = (&'static str, String, &'static str);

impl Parameter {
    /// The first thing wrong with the parameter whatever it is used for.
    pub(crate) fn flaw(&self) -> Option<Flaw> {
        let finite = |name: &str, value: f64| {
            (!value.is_finite()).then(|| ("E-NET-NUMBER", format!("{name} is {value}"), "give a finite number"))
        };
        let levels_flaw = |levels: Option<u32>| {
            (levels == Some(0))
                .then(|| ("E-NET-RANGE", "levels is 0".to_owned(), "use at least 1 level, or leave it out"))
        };
        let ordered = |low: f64, high: f64| {
            let wrong = low.is_nan() || high.is_nan() || low > high;
            wrong.then(|| ("E-NET-RANGE", format!("low is {low} and high is {high}"), "give bounds with low <= high"))
        };
        let at_least_zero = |name: &str, value: f64| {
            (value < 0.0).then(|| ("E-NET-RANGE", format!("{name} is {value}"), "a spread is 0 or more"))
        };
        match self {
            Self::Constant(value) => finite("the value", *value),
            Self::Array(values) => {
                let index = values.iter().position(|value| !value.is_finite())?;
                Some(("E-NET-NUMBER", format!("element {index} is {}", values[index]), "give finite numbers"))
            }
            Self::Uniform { low, high, levels } => finite("low", *low)
                .or_else(|| finite("high", *high))
                .or_else(|| ordered(*low, *high))
                .or_else(|| levels_flaw(*levels)),
            Self::Normal { mean, sd, low, high, levels } => finite("mean", *mean)
                .or_else(|| finite("sd", *sd))
                .or_else(|| at_least_zero("sd", *sd))
                .or_else(|| ordered(*low, *high))
                .or_else(|| levels_flaw(*levels)),
            Self::LogNormal { median, sigma, low, high, levels } => finite("median", *median)
                .or_else(|| {
                    (*median <= 0.0)
                        .then(|| ("E-NET-RANGE", format!("median is {median}"), "a log-normal has a median above 0"))
                })
                .or_else(|| finite("sigma", *sigma))
                .or_else(|| at_least_zero("sigma", *sigma))
                .or_else(|| ordered(*low, *high))
                .or_else(|| levels_flaw(*levels)),
            Self::Choice { values } if values.is_empty() => {
                Some(("E-NET-RANGE", "there is no value to choose from".to_owned(), "give at least one value"))
            }
            Self::Choice { values } => {
                let index = values.iter().position(|value| !value.is_finite())?;
                Some(("E-NET-NUMBER", format!("value {index} is {}", values[index]), "give finite numbers"))
            }
        }
    }

    /// Whether the values are as the user wrote them, so that a fraction where a whole number is needed is a mistake.
    pub(crate) const fn is_written_out(&self) -> bool {
        matches!(self, Self::Constant(_) | Self::Array(_) | Self::Choice { .. })
    }
}

/// What of the network draws: part of the key of its draws, so that no draw moves when another parameter is added.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DrawnParameter {
    CurrentDecay,
    VoltageDecay,
    Threshold,
    Bias,
    BiasExponent,
    Refractory,
    InitialU,
    InitialV,
    Topology,
    Weight,
    Delay,
    /// Parameter k0, k1, ... of a program.
    ProgramParameter(u8),
    /// State word s0, s1, ... of a program.
    ProgramState(u8),
}

impl DrawnParameter {
    const fn code(self) -> u64 {
        match self {
            Self::CurrentDecay => 1,
            Self::VoltageDecay => 2,
            Self::Threshold => 3,
            Self::Bias => 4,
            Self::BiasExponent => 5,
            Self::Refractory => 6,
            Self::InitialU => 7,
            Self::InitialV => 8,
            Self::Topology => 9,
            Self::Weight => 10,
            Self::Delay => 11,
            // A program declares at most 16 of each.
            Self::ProgramParameter(index) => 32 + (index % 16) as u64,
            Self::ProgramState(index) => 48 + (index % 16) as u64,
        }
    }
}

/// Population or projection, the other part of the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Owner {
    Population(usize),
    Projection(usize),
}

/// The draw entity of one parameter of one population or projection.
pub(crate) const fn draw_entity(owner: Owner, parameter: DrawnParameter) -> u64 {
    let (kind, index) = match owner {
        Owner::Population(index) => (1, index),
        Owner::Projection(index) => (2, index),
    };
    (kind << 56) | ((index as u64) << 8) | parameter.code()
}

/// Gives each element its value: a pure function of seed, owner, parameter and index.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sampler<'a> {
    parameter: &'a Parameter,
    seed: u64,
    entity: u64,
}

impl<'a> Sampler<'a> {
    pub(crate) const fn new(parameter: &'a Parameter, seed: u64, owner: Owner, drawn: DrawnParameter) -> Self {
        Self { parameter, seed: Domain::Network.seed(seed), entity: draw_entity(owner, drawn) }
    }

    pub(crate) const fn parameter(&self) -> &'a Parameter {
        self.parameter
    }

    /// The value of all elements, if they share one.
    pub(crate) const fn constant(&self) -> Option<f64> {
        match self.parameter {
            Parameter::Constant(value) => Some(*value),
            _ => None,
        }
    }

    /// The value of element `index`; an array has been checked to be long enough.
    pub(crate) fn at(&self, index: usize) -> f64 {
        match self.parameter {
            Parameter::Constant(value) => *value,
            Parameter::Array(values) => values[index],
            Parameter::Uniform { low, high, levels } => low + (high - low) * self.quantile(index, *levels),
            Parameter::Normal { mean, sd, low, high, levels } => {
                (mean + sd * standard_normal(self.quantile(index, *levels))).clamp(*low, *high)
            }
            Parameter::LogNormal { median, sigma, low, high, levels } => {
                (median * (sigma * standard_normal(self.quantile(index, *levels))).exp()).clamp(*low, *high)
            }
            Parameter::Choice { values } => values[(self.uniform(index) * values.len() as f64) as usize],
        }
    }

    fn uniform(&self, index: usize) -> f64 {
        unit(self.seed, self.entity, index as u64, 0)
    }

    /// A uniform number inside (0, 1); with levels, the middle of one of that many equal slices.
    fn quantile(&self, index: usize, levels: Option<u32>) -> f64 {
        const HALF_A_DRAW: f64 = 0.5 / 4_294_967_296.0;
        let uniform = self.uniform(index);
        match levels.map(f64::from) {
            Some(levels) => ((uniform * levels).floor() + 0.5) / levels,
            None => uniform + HALF_A_DRAW,
        }
    }
}

/// The quantile function of the standard normal distribution, for 0 < p < 1: Acklam's rational approximation (2003), with a
/// relative error below 1.2e-9.
fn standard_normal(p: f64) -> f64 {
    const A: [f64; 6] = [
        -3.969_683_028_665_376e1,
        2.209_460_984_245_205e2,
        -2.759_285_104_469_687e2,
        1.383_577_518_672_69e2,
        -3.066_479_806_614_716e1,
        2.506_628_277_459_239,
    ];
    const B: [f64; 5] = [
        -5.447_609_879_822_406e1,
        1.615_858_368_580_409e2,
        -1.556_989_798_598_866e2,
        6.680_131_188_771_972e1,
        -1.328_068_155_288_572e1,
    ];
    const C: [f64; 6] = [
        -7.784_894_002_430_293e-3,
        -3.223_964_580_411_365e-1,
        -2.400_758_277_161_838,
        -2.549_732_539_343_734,
        4.374_664_141_464_968,
        2.938_163_982_698_783,
    ];
    const D: [f64; 4] =
        [7.784_695_709_041_462e-3, 3.224_671_290_700_398e-1, 2.445_134_137_142_996, 3.754_408_661_907_416];
    const TAIL: f64 = 0.024_25;
    let horner = |coefficients: &[f64], x: f64| coefficients.iter().fold(0.0, |sum, coefficient| sum * x + coefficient);
    let tail = |p: f64| {
        let q = (-2.0 * p.ln()).sqrt();
        horner(&C, q) / (horner(&D, q) * q + 1.0)
    };
    if p < TAIL {
        tail(p)
    } else if p > 1.0 - TAIL {
        -tail(1.0 - p)
    } else {
        let q = p - 0.5;
        let r = q * q;
        horner(&A, r) * q / (horner(&B, r) * r + 1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWNER: Owner = Owner::Population(3);

    #[test]
    fn the_normal_quantile_meets_tabulated_values() {
        for (p, z) in [(0.5, 0.0), (0.975, 1.959_963_985), (0.001, -3.090_232_306), (0.84134474607, 1.0)] {
            assert!((standard_normal(p) - z).abs() < 1e-6, "{p}");
        }
    }

    #[test]
    fn draws_have_their_distribution_and_levels_limit_the_values() {
        let normal =
            Parameter::Normal { mean: 10.0, sd: 2.0, low: f64::NEG_INFINITY, high: f64::INFINITY, levels: None };
        let sampler = Sampler::new(&normal, 7, OWNER, DrawnParameter::Threshold);
        let values: Vec<f64> = (0..20_000).map(|index| sampler.at(index)).collect();
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / values.len() as f64;
        assert!((mean - 10.0).abs() < 0.08 && (variance - 4.0).abs() < 0.2, "{mean} {variance}");

        let uniform = Parameter::Uniform { low: 0.0, high: 8.0, levels: Some(4) };
        let sampler = Sampler::new(&uniform, 7, OWNER, DrawnParameter::Threshold);
        let mut values: Vec<f64> = (0..1000).map(|index| sampler.at(index)).collect();
        values.sort_by(f64::total_cmp);
        values.dedup();
        assert_eq!(values, [1.0, 3.0, 5.0, 7.0]);
    }

    #[test]
    fn draws_depend_on_seed_owner_parameter_and_index_alone() {
        let uniform = Parameter::Uniform { low: 0.0, high: 1.0, levels: None };
        let at = |seed, owner, drawn, index| Sampler::new(&uniform, seed, owner, drawn).at(index).to_bits();
        let here = at(1, OWNER, DrawnParameter::Weight, 5);
        assert_eq!(here, at(1, OWNER, DrawnParameter::Weight, 5));
        assert_ne!(here, at(2, OWNER, DrawnParameter::Weight, 5));
        assert_ne!(here, at(1, Owner::Projection(3), DrawnParameter::Weight, 5));
        assert_ne!(here, at(1, OWNER, DrawnParameter::Delay, 5));
        assert_ne!(here, at(1, OWNER, DrawnParameter::Weight, 6));
    }

    #[test]
    fn flaws_are_found() {
        let flawed = [
            Parameter::Constant(f64::NAN),
            Parameter::Array(vec![1.0, f64::INFINITY]),
            Parameter::Uniform { low: 2.0, high: 1.0, levels: None },
            Parameter::Uniform { low: 1.0, high: 2.0, levels: Some(0) },
            Parameter::Normal { mean: 0.0, sd: -1.0, low: 0.0, high: 1.0, levels: None },
            Parameter::LogNormal { median: 0.0, sigma: 1.0, low: 0.0, high: 1.0, levels: None },
            Parameter::Choice { values: vec![] },
        ];
        for parameter in flawed {
            assert!(parameter.flaw().is_some(), "{parameter:?}");
        }
        assert!(
            Parameter::Normal { mean: 0.0, sd: 1.0, low: f64::NEG_INFINITY, high: f64::INFINITY, levels: None }
                .flaw()
                .is_none()
        );
    }
}
