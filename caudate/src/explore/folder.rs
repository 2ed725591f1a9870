//! Points on disk, each a file that appears whole or not at all, and the results of all of them.

use super::front::{Objective, front_of};
use super::point::{Outcome, Record};
use super::search::costs;
use super::sources::Sources;
use super::sweep::Sweep;
use crate::csv::field;
use crate::error::Error;
use crate::html::{SweepPoint, sweep_report};
use crate::output::write_json;
use caudate_core::file;
use caudate_isa::diagnostic::{Diagnostic, Place};
use serde_json::{Map, Value, json};
use std::fmt::Write;
use std::path::{Path, PathBuf};

/// Version of the schema of `results.json`.
const SCHEMA: &str = "caudate-explore/1";

/// The folder of a sweep.
#[derive(Debug, Clone)]
pub struct Folder {
    path: PathBuf,
}

impl Folder {
    /// The folder of a sweep; one that holds points of another sweep is refused.
    ///
    /// # Errors
    /// `E-SWEEP-FOLDER` for a folder of another sweep; if a file cannot be read or written.
    pub fn open(path: &Path, sweep: &Sweep, sweep_file: &Path) -> Result<Self, Error> {
        let sources = Sources::of(sweep, sweep_file)?;
        let note = path.join("sweep.fingerprint");
        if note.is_file() {
            if let Some(changed) = sources.first_change(&file::read_text(&note)?) {
                let message =
                    format!("the folder holds points of another sweep, or of other files: '{changed}' differs");
                let help = "choose another folder, or remove this one";
                return Err(Error::Invalid(vec![
                    Diagnostic::new("E-SWEEP-FOLDER", message).at(Place::named(path.display().to_string())).help(help),
                ]));
            }
        } else {
            file::write_atomically(&note, sources.to_text().as_bytes())?;
        }
        Ok(Self { path: path.to_owned() })
    }

    fn points(&self) -> PathBuf {
        self.path.join("points")
    }

    /// Writes the record of a point.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn write(&self, record: &Record) -> Result<(), Error> {
        write_json(&self.points().join(format!("{:06}.json", record.point)), record)
    }

    /// The records of finished points, by number.
    ///
    /// # Errors
    /// If a file cannot be read, or is no record.
    pub fn records(&self) -> Result<Vec<Record>, Error> {
        let mut all = Vec::new();
        let Ok(entries) = std::fs::read_dir(self.points()) else { return Ok(all) };
        for entry in entries.flatten().filter(|entry| entry.path().extension().is_some_and(|own| own == "json")) {
            all.push(serde_json::from_str::<Record>(&file::read_text(&entry.path())?)?);
        }
        all.sort_by_key(|record| record.point);
        Ok(all)
    }

    /// Takes over the points of another folder of the same sweep.
    ///
    /// # Errors
    /// `E-SWEEP-FOLDER` if it is of another one; if a file cannot be read or written.
    pub fn merge(&self, other: &Path, sweep: &Sweep, sweep_file: &Path) -> Result<(), Error> {
        if !other.join("sweep.fingerprint").is_file() {
            let message = "the folder holds no sweep".to_owned();
            let place = Place::named(other.display().to_string());
            let help = "name a folder that `caudate explore -o` wrote";
            return Err(Error::Invalid(vec![Diagnostic::new("E-SWEEP-FOLDER", message).at(place).help(help)]));
        }
        let records = Self::open(other, sweep, sweep_file)?.records()?;
        records.iter().try_for_each(|record| self.write(record))
    }

    /// Writes `results.csv`, `results.json` and `report.html` over the records.
    ///
    /// # Errors
    /// If a file cannot be written.
    pub fn write_results(&self, sweep: &Sweep, records: &[Record]) -> Result<(), Error> {
        let points = shown(records);
        let axes: Vec<String> = sweep.axes.iter().map(|axis| axis.key.clone()).collect();
        file::write_atomically(&self.path.join("results.csv"), csv(&axes, &points).as_bytes())?;
        let points_json: Vec<Value> = points.iter().map(|point| as_json(&axes, point)).collect();
        let results = json!({ "schema": SCHEMA, "name": sweep.name, "axes": axes, "points": points_json });
        write_json(&self.path.join("results.json"), &results)?;
        let page = sweep_report(&sweep.name, &axes, &points);
        Ok(file::write_atomically(&self.path.join("report.html"), page.html.as_bytes())?)
    }
}

fn shown(records: &[Record]) -> Vec<SweepPoint> {
    let none = [None; Objective::ALL.len()];
    let results = |record: &Record| match &record.outcome {
        Outcome::Done { results } => *results,
        Outcome::Failed { .. } => none,
    };
    let done: Vec<&Record> = records.iter().filter(|record| matches!(record.outcome, Outcome::Done { .. })).collect();
    let front = front_of(&done.iter().map(|record| costs(&results(record))).collect::<Vec<_>>());
    let on_front: Vec<u64> =
        done.iter().zip(front).filter(|(_, is_on_front)| *is_on_front).map(|(record, _)| record.point).collect();
    let shown = |record: &Record| SweepPoint {
        number: record.point as usize,
        settings: record.settings.clone(),
        results: results(record),
        is_on_front: on_front.contains(&record.point),
        failure: match &record.outcome {
            Outcome::Failed { error } => Some(error.clone()),
            Outcome::Done { .. } => None,
        },
    };
    records.iter().map(shown).collect()
}

fn as_json(axes: &[String], point: &SweepPoint) -> Value {
    let settings: Map<String, Value> =
        axes.iter().zip(&point.settings).map(|(axis, value)| (axis.clone(), json!(value))).collect();
    let mut fields = Map::new();
    fields.insert("point".to_owned(), json!(point.number));
    fields.insert("status".to_owned(), json!(if point.failure.is_some() { "failed" } else { "done" }));
    fields.insert("settings".to_owned(), Value::Object(settings));
    for objective in Objective::ALL {
        fields.insert(objective.key().to_owned(), json!(point.results[objective as usize]));
    }
    fields.insert("is_on_front".to_owned(), json!(point.is_on_front));
    fields.insert("error".to_owned(), json!(point.failure));
    Value::Object(fields)
}

fn csv(axes: &[String], points: &[SweepPoint]) -> String {
    let mut text = String::from("point,status");
    axes.iter().for_each(|axis| text.push_str(&format!(",{}", field(axis))));
    Objective::ALL.iter().for_each(|own| text.push_str(&format!(",{}", own.key())));
    text.push_str(",is_on_front,error\n");
    for point in points {
        // Writing to a String cannot fail.
        let _ = write!(text, "{},{}", point.number, if point.failure.is_some() { "failed" } else { "done" });
        point.settings.iter().for_each(|value| text.push_str(&format!(",{}", field(value))));
        for result in &point.results {
            text.push_str(&result.map_or(",".to_owned(), |value| format!(",{value}")));
        }
        let failure = point.failure.as_deref().map(field).unwrap_or_default();
        let _ = writeln!(text, ",{},{failure}", point.is_on_front);
    }
    text
}
