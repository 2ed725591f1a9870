//! Cost profiles: what each counted event costs, with the provenance of every coefficient.

use super::read::problems;
use crate::error::Error;
use crate::timing::{Floor, Hops};
use caudate_core::chip::toml_diagnostic;
use caudate_core::file;
use serde::{Deserialize, Serialize};
use std::path::Path;

/// The schema version that this build reads.
pub(super) const SCHEMA: u32 = 1;

/// The profiles that ship with Caudate: (name, TOML text).
pub const BUILT_IN: [(&str, &str); 4] = [
    ("loihi1-davies2018", include_str!("../../costs/loihi1-davies2018.toml")),
    ("loihi1-nahuku-fit", include_str!("../../costs/loihi1-nahuku-fit.toml")),
    ("loihi2-brief-scaled", include_str!("../../costs/loihi2-brief-scaled.toml")),
    ("unit", include_str!("../../costs/unit.toml")),
];

/// Energy and time of one event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Coefficient {
    /// Energy in femtojoules.
    pub energy_fj: u64,
    /// Time in picoseconds.
    pub time_ps: u64,
    /// `published`, `fitted`, `vendor ratio` or `assumed`, with its source.
    pub provenance: String,
}

/// A barrier's time at one size.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BarrierTime {
    /// Tiles in use.
    pub tiles: u64,
    /// Time in picoseconds.
    pub time_ps: u64,
}

/// How a barrier's time is read between two sizes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Interpolation {
    /// A straight line; constant beyond the ends.
    Linear,
    /// The time of the last size that is at most as large; the first below it.
    Step,
}

/// The barrier that ends every step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Barrier {
    /// Energy in femtojoules per step.
    pub energy_fj: u64,
    /// Time by tiles in use, ascending.
    pub times: Vec<BarrierTime>,
    /// Between two sizes.
    pub interpolation: Interpolation,
    /// Source.
    pub provenance: String,
}

/// Links between routers, as queues that serve one packet after the other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Link {
    /// Picoseconds from one packet over a link to the next; 0: no limit of bandwidth.
    pub time_ps: u64,
    /// The same for links from chip to chip.
    pub chip_time_ps: u64,
    /// Packets that wait for a link before they hold up what is behind them; at least 1.
    pub buffer_packets: u32,
    /// The same for a core that receives.
    pub core_buffer_packets: u32,
    /// Source.
    pub provenance: String,
}

/// Power that flows whatever happens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StaticPower {
    /// Microwatts per chip.
    pub microwatts: u64,
    /// Source.
    pub provenance: String,
}

/// A cost profile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CostProfile {
    /// Schema version of the file; 1.
    pub schema: u32,
    /// Its name.
    pub name: String,
    /// One sentence for people.
    pub description: String,
    /// Per mapped compartment and step.
    pub neuron_access: Coefficient,
    /// In addition, per access that finds something to compute.
    pub neuron_update: Coefficient,
    /// Per spike emitted.
    pub spike: Coefficient,
    /// Per synapse that a spike is delivered through.
    pub synaptic_event: Coefficient,
    /// Per synapse whose learning program ran.
    pub learning_update: Coefficient,
    /// Per packet sent.
    pub message_out: Coefficient,
    /// Per packet received.
    pub message_in: Coefficient,
    /// Per tile hop east or west.
    pub hop_east_west: Coefficient,
    /// Per tile hop north or south.
    pub hop_north_south: Coefficient,
    /// Per hop from chip to chip.
    pub chip_hop: Coefficient,
    /// Per microcode cycle (one per instruction, two per `lut`).
    pub microcode_cycle: Coefficient,
    /// Per state word that microcode loads or stores.
    pub microcode_word: Coefficient,
    /// Bandwidth of links and length of queues.
    pub link: Link,
    /// Per step.
    pub barrier: Barrier,
    /// Over modelled time, per chip in use.
    pub static_power: StaticPower,
}

impl CostProfile {
    /// Finds a built-in profile by name, or reads one from a path that ends in `.toml`.
    ///
    /// # Errors
    /// [`Error::UnknownCost`] if there is neither; [`Error::Invalid`] if the file is no cost profile.
    pub fn find(name: &str) -> Result<Self, Error> {
        if let Some((_, text)) = BUILT_IN.iter().find(|(known, _)| *known == name) {
            return Self::from_toml(text, name);
        }
        if name.ends_with(".toml") {
            return Self::from_toml(&file::read_text(Path::new(name))?, name);
        }
        Err(Error::UnknownCost { name: name.to_owned(), known: BUILT_IN.iter().map(|(known, _)| *known).collect() })
    }

    /// Reads a profile; `origin` names it in errors.
    ///
    /// # Errors
    /// [`Error::Invalid`] pointing at the line.
    pub fn from_toml(text: &str, origin: &str) -> Result<Self, Error> {
        let problems = problems(text, origin);
        if !problems.is_empty() {
            return Err(Error::Invalid(problems));
        }
        toml::from_str(text)
            .map_err(|error| Error::Invalid(vec![toml_diagnostic("E-COST-SCHEMA", origin, text, &error)]))
    }

    /// The coefficients with their names, in the order of reports.
    #[must_use]
    pub fn coefficients(&self) -> [(&'static str, &Coefficient); 12] {
        [
            ("neuron_access", &self.neuron_access),
            ("neuron_update", &self.neuron_update),
            ("spike", &self.spike),
            ("synaptic_event", &self.synaptic_event),
            ("learning_update", &self.learning_update),
            ("message_out", &self.message_out),
            ("message_in", &self.message_in),
            ("hop_east_west", &self.hop_east_west),
            ("hop_north_south", &self.hop_north_south),
            ("chip_hop", &self.chip_hop),
            ("microcode_cycle", &self.microcode_cycle),
            ("microcode_word", &self.microcode_word),
        ]
    }
}

impl CostProfile {
    /// Energy in femtojoules and time in picoseconds of a microcode run of `cycles` that loads and stores `words` state words.
    #[must_use]
    pub const fn microcode(&self, cycles: u64, words: u64) -> (u64, u64) {
        (
            cycles * self.microcode_cycle.energy_fj + words * self.microcode_word.energy_fj,
            cycles * self.microcode_cycle.time_ps + words * self.microcode_word.time_ps,
        )
    }
}

impl CostProfile {
    /// Time of a way in picoseconds.
    #[must_use]
    pub const fn way_ps(&self, hops: Hops) -> u64 {
        hops.east_west * self.hop_east_west.time_ps
            + hops.north_south * self.hop_north_south.time_ps
            + hops.chip * self.chip_hop.time_ps
    }

    /// Energy of hops in femtojoules.
    #[must_use]
    pub const fn hops_fj(&self, hops: Hops) -> u128 {
        hops.east_west as u128 * self.hop_east_west.energy_fj as u128
            + hops.north_south as u128 * self.hop_north_south.energy_fj as u128
            + hops.chip as u128 * self.chip_hop.energy_fj as u128
    }

    /// Time over a link, and time from one packet to the next, in picoseconds.
    #[must_use]
    pub fn link_ps(&self, floor: &Floor, link: usize) -> (u64, u64) {
        if floor.joins_chips(link) {
            return (self.chip_hop.time_ps, self.link.chip_time_ps);
        }
        let hop = if floor.link(link).1.is_east_west() { &self.hop_east_west } else { &self.hop_north_south };
        (hop.time_ps, self.link.time_ps)
    }

    /// The barrier over a floor in picoseconds: that of its tiles, and a hop for each further chip between its corners.
    #[must_use]
    pub fn barrier_ps(&self, floor: &Floor) -> u64 {
        self.barrier.time_ps(floor.tiles_in_use()) + floor.chip_diameter() * self.chip_hop.time_ps
    }
}

impl Barrier {
    /// The barrier's time in picoseconds over `tiles` tiles.
    #[must_use]
    pub fn time_ps(&self, tiles: u64) -> u64 {
        let after = self.times.partition_point(|time| time.tiles <= tiles);
        let Some(lower) = after.checked_sub(1).or(Some(0)).and_then(|before| self.times.get(before)) else { return 0 };
        match (self.interpolation, self.times.get(after)) {
            (Interpolation::Linear, Some(upper)) if lower.tiles <= tiles => {
                let span = i128::from(upper.time_ps) - i128::from(lower.time_ps);
                let part = span * i128::from(tiles - lower.tiles) / i128::from(upper.tiles - lower.tiles);
                (i128::from(lower.time_ps) + part) as u64
            }
            _ => lower.time_ps,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn built_in_profiles_are_valid_and_say_where_they_come_from() {
        for (name, _) in BUILT_IN {
            let profile = CostProfile::find(name).unwrap();
            assert_eq!(profile.name, name);
            assert!(profile.coefficients().iter().all(|(_, coefficient)| coefficient.provenance.contains(':')));
        }
        assert!(CostProfile::find("loihi3").unwrap_err().to_string().contains("loihi1-davies2018"));
    }

    #[test]
    fn a_neuron_of_thirteen_cycles_and_six_words_costs_what_the_calibration_says() {
        let (energy_fj, time_ps) = CostProfile::find("loihi1-nahuku-fit").unwrap().microcode(13, 6);
        // Access and update of the fixed neuron: 72.8 pJ, 9.7 ns.
        assert!(energy_fj.abs_diff(72_800) < 800 && time_ps.abs_diff(9_700) < 100, "{energy_fj} fJ, {time_ps} ps");
    }

    #[test]
    fn barriers_interpolate_as_told() {
        let davies = CostProfile::find("loihi1-davies2018").unwrap().barrier;
        assert_eq!([1, 32, 100].map(|tiles| davies.time_ps(tiles)), [113_000, 465_000, 465_000]);
        assert_eq!(davies.time_ps(2), 113_000 + 352_000 / 31);
        let fit = CostProfile::find("loihi1-nahuku-fit").unwrap().barrier;
        assert_eq!(
            [1, 2, 3, 4, 28, 29].map(|tiles| fit.time_ps(tiles)),
            [600_000, 1_000_000, 1_000_000, 1_400_000, 1_400_000, 1_800_000]
        );
    }

    #[test]
    fn a_negative_cost_and_an_unknown_coefficient_are_refused() {
        let text = BUILT_IN[0].1;
        for (from, to) in [("energy_fj = 52000", "energy_fj = -1"), ("[spike]", "[spyke]")] {
            assert!(CostProfile::from_toml(&text.replacen(from, to, 1), "c.toml").is_err());
        }
    }
}
