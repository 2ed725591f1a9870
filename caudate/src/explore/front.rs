//! The Pareto front: points that no other point beats.

/// A result of a point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Objective {
    /// Accuracy of the task, 0..1; more is better.
    Accuracy,
    /// Energy under the first cost profile in picojoules, per sample of the task's last phase or of the whole run.
    Energy,
    /// Modelled time in picoseconds, likewise.
    Time,
    /// Cores in use.
    Cores,
    /// Bytes of synaptic memory in use.
    Memory,
}

impl Objective {
    /// Every objective, in the order of results.
    pub const ALL: [Self; 5] = [Self::Accuracy, Self::Energy, Self::Time, Self::Cores, Self::Memory];

    /// Its key in results.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Accuracy => "accuracy",
            Self::Energy => "energy_pj",
            Self::Time => "time_ps",
            Self::Cores => "cores",
            Self::Memory => "synaptic_memory_bytes",
        }
    }

    /// Its name for people.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Accuracy => "accuracy",
            Self::Energy => "energy",
            Self::Time => "latency",
            Self::Cores => "cores",
            Self::Memory => "synaptic memory",
        }
    }

    /// Its unit, as plotted.
    #[must_use]
    pub const fn unit(self) -> &'static str {
        match self {
            Self::Accuracy => "%",
            Self::Energy => "J",
            Self::Time => "s",
            Self::Cores => "",
            Self::Memory => "B",
        }
    }

    /// The id of the chart that plots it.
    #[must_use]
    pub const fn plot_id(self) -> &'static str {
        match self {
            Self::Accuracy => "pareto-accuracy",
            Self::Energy => "pareto-energy",
            Self::Time => "pareto-latency",
            Self::Cores => "pareto-cores",
            Self::Memory => "pareto-memory",
        }
    }

    /// A value as a cost: less is better.
    #[must_use]
    pub const fn cost(self, value: f64) -> f64 {
        if matches!(self, Self::Accuracy) { -value } else { value }
    }
}

/// Which points are on the front: no other is at least as cheap in everything and cheaper in something.
#[must_use]
pub fn front_of(costs: &[Vec<f64>]) -> Vec<bool> {
    let beats = |a: &[f64], b: &[f64]| a.iter().zip(b).all(|(a, b)| a <= b) && a.iter().zip(b).any(|(a, b)| a < b);
    costs.iter().map(|own| !costs.iter().any(|other| beats(other, own))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_point_is_on_the_front_or_beaten_by_one_that_is(
            points in prop::collection::vec(prop::collection::vec(0_u8..6, 3), 1..30)
        ) {
            let costs: Vec<Vec<f64>> = points.iter().map(|own| own.iter().map(|cost| f64::from(*cost)).collect()).collect();
            let front = front_of(&costs);
            prop_assert!(front.iter().any(|is_on_front| *is_on_front));
            for (own, is_on_front) in costs.iter().zip(&front) {
                let beaten = costs.iter().zip(&front).any(|(other, other_is)| {
                    *other_is && other != own && other.iter().zip(own).all(|(a, b)| a <= b)
                });
                prop_assert_eq!(beaten, !is_on_front);
            }
        }
    }
}
