//! The `[[stimulus]]` tables: generators and files of spikes and modulator injections.

use super::reader::{Placed, Reader, Table};
use super::{MAX_STEPS, existing};
use caudate_core::id::Step;
use caudate_isa::diagnostic::{Place, nearest};
use caudate_sim::stimulus::{Generator, SpikeNoise};
use std::path::{Path, PathBuf};

/// One `[[stimulus]]` table.
#[derive(Debug, Clone, PartialEq)]
pub struct StimulusSpec {
    /// What it gives.
    pub kind: StimulusKind,
    /// Where its population, channel or file was named.
    pub place: Place,
}

/// What a stimulus gives. In a file, `kind` names the variant and the fields are keys beside it.
#[derive(Debug, Clone, PartialEq)]
pub enum StimulusKind {
    /// `kind = "poisson"` (`rate_per_step`) or `"regular"` (`period_steps`, `phase_steps`, `stagger_steps`): spikes of one input
    /// `population`. `noise = { drop_probability, add_probability }` drops and adds some.
    Spikes {
        /// The input population.
        population: String,
        /// When its members spike.
        generator: Generator,
        /// Noise on these spikes.
        noise: Option<SpikeNoise>,
    },
    /// `kind = "file"`: whatever a stimulus file (`path`) holds.
    File(PathBuf),
    /// `kind = "modulator"`: adds `amount` to a channel every `period_steps`, from `phase_steps` to before `until_steps`.
    Modulator {
        /// The channel.
        channel: String,
        /// What is added, -255..=255.
        amount: i16,
        /// Steps between two injections.
        period_steps: Step,
        /// Step of the first.
        phase_steps: Step,
        /// First step without injections; `None`: to the end of the run.
        until_steps: Option<Step>,
    },
}

impl StimulusSpec {
    pub(super) fn gives_spikes_to(&self, name: &str) -> bool {
        matches!(&self.kind, StimulusKind::Spikes { population, .. } if population == name)
    }
}

const KINDS: [&str; 4] = ["poisson", "regular", "file", "modulator"];

/// Reads one table.
pub(super) fn read(table: Table<'_, '_>, folder: &Path, reader: &mut Reader<'_>) -> Option<StimulusSpec> {
    let kind = reader.text(table, "kind");
    let kind = reader.required(
        table,
        "kind",
        kind,
        "say what it is: kind = \"poisson\", \"regular\", \"file\" or \"modulator\"",
    )?;
    let Placed { value, place } = kind;
    let kind = match value.as_str() {
        "poisson" => {
            reader.close(table, &["kind", "population", "rate_per_step", "noise"]);
            let rate = reader.probability(table, "rate_per_step");
            let rate =
                reader.required(table, "rate_per_step", rate, "give the expected spikes per member and step, 0..=1");
            spikes(table, rate.map(|rate_per_step| Generator::Poisson { rate_per_step }), reader)
        }
        "regular" => {
            reader.close(table, &["kind", "population", "period_steps", "phase_steps", "stagger_steps", "noise"]);
            let period = reader.whole(table, "period_steps", 1..=MAX_STEPS);
            let period =
                reader.required(table, "period_steps", period, "give the steps between two spikes of a member");
            let phase_steps = reader.whole(table, "phase_steps", 0..=MAX_STEPS).unwrap_or(0);
            let stagger_steps = reader.whole(table, "stagger_steps", 0..=MAX_STEPS).unwrap_or(0);
            spikes(
                table,
                period.map(|period_steps| Generator::Regular { period_steps, phase_steps, stagger_steps }),
                reader,
            )
        }
        "file" => {
            reader.close(table, &["kind", "path"]);
            let path = reader.text(table, "path");
            let path = reader.required(table, "path", path, "name the stimulus file: path = \"stimulus.npz\"");
            path.and_then(|path| existing(path, folder, reader)).map(StimulusKind::File)
        }
        "modulator" => modulator(table, reader),
        other => {
            let help = match nearest(other, KINDS) {
                Some(near) => format!("did you mean \"{near}\"?"),
                None => format!("known kinds: {}", KINDS.join(", ")),
            };
            reader.refuse_at("E-EXP-NAME", place.clone(), format!("no stimulus is of kind \"{other}\""), help);
            None
        }
    };
    kind.map(|kind| {
        let place =
            ["population", "channel", "path"].into_iter().find_map(|key| reader.place_of(table, key)).unwrap_or(place);
        StimulusSpec { kind, place }
    })
}

fn spikes(table: Table<'_, '_>, generator: Option<Generator>, reader: &mut Reader<'_>) -> Option<StimulusKind> {
    let population = reader.text(table, "population");
    let population = reader.required(table, "population", population, "name the input population that spikes");
    let noise = reader.table(table, "noise").map(|inner| {
        reader.close(inner, &["drop_probability", "add_probability"]);
        SpikeNoise {
            drop_probability: reader.probability(inner, "drop_probability").unwrap_or(0.0),
            add_probability: reader.probability(inner, "add_probability").unwrap_or(0.0),
        }
    });
    Some(StimulusKind::Spikes { population: population?.value, generator: generator?, noise })
}

fn modulator(table: Table<'_, '_>, reader: &mut Reader<'_>) -> Option<StimulusKind> {
    reader.close(table, &["kind", "channel", "amount", "period_steps", "phase_steps", "until_steps"]);
    let channel = reader.text(table, "channel");
    let channel = reader.required(table, "channel", channel, "name the modulator channel");
    let amount = reader.whole(table, "amount", -255..=255_i16);
    let amount = reader.required(table, "amount", amount, "give what is added to the channel's level, -255..=255");
    let period = reader.whole(table, "period_steps", 1..=MAX_STEPS);
    let period = reader.required(table, "period_steps", period, "give the steps between two injections");
    let phase_steps = reader.whole(table, "phase_steps", 0..=MAX_STEPS).unwrap_or(0);
    let until_steps = reader.whole(table, "until_steps", 0..=MAX_STEPS);
    Some(StimulusKind::Modulator {
        channel: channel?.value,
        amount: amount?,
        period_steps: period?,
        phase_steps,
        until_steps,
    })
}
