//! Which files a run leaves in its folder.
//!
//! Everything but `report.json` and `timing.json` follows from image, stimulus and seed alone, byte for byte. Each file appears whole or not at
//! all, and `summary.json` comes last but for `timing.json`: where it is, the rest is.

use crate::cost_tables::write_cost_tables;
use crate::error::Error;
use crate::experiment::{Costs, Finished};
use crate::html::run_report;
use caudate_core::file;
use caudate_core::id::Step;
use caudate_core::image::ChipImage;
use caudate_mapper::{MappingReport, PhaseSeconds};
use caudate_sim::cost::CostProfile;
use caudate_sim::recording::write_weights;
use serde::Serialize;
use std::io::ErrorKind;
use std::path::Path;

/// Version of the schema of `report.json`.
pub const REPORT_SCHEMA: &str = "caudate-report/1";
/// The compiled network.
pub const IMAGE: &str = "image.caudate";
/// The numbers of the run.
pub const SUMMARY: &str = "summary.json";
/// Mapping, utilisation, and the provenance of every cost.
pub const REPORT: &str = "report.json";
/// The report as a page.
pub const PAGE: &str = "report.html";
/// The folder of its charts as files.
pub const PLOTS: &str = "plots";
/// The folder of tables of time and energy.
pub const COSTS: &str = "costs";
/// Wall-clock times.
pub const TIMING: &str = "timing.json";
/// What the world gave.
pub const STIMULUS: &str = "stimulus.npz";
/// Files that only some runs leave; those of an earlier run must not pass for this one's.
const OPTIONAL: [&str; 2] = ["weights.npz", "states.npz"];

/// The content of `report.json`.
#[derive(Debug, Serialize)]
pub struct Report<'a> {
    /// [`REPORT_SCHEMA`].
    pub schema: &'static str,
    /// What went where; `null` where an image was run that had been compiled before.
    pub mapping: Option<&'a MappingReport>,
    /// The cost profiles, with the provenance of every coefficient.
    pub costs: &'a [CostProfile],
}

/// Wall-clock seconds of each phase of a command.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
pub struct Timing {
    /// From network to image, or reading the image.
    pub compile_seconds: f64,
    /// Phases of the compilation; absent where an image was read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub compile_phases: Option<PhaseSeconds>,
    /// Laying out stimulus and task, and cores for this machine.
    pub setup_seconds: f64,
    /// Running all steps.
    pub run_seconds: f64,
    /// Writing results.
    pub write_seconds: f64,
    /// Steps per second of `run_seconds`.
    pub steps_per_second: f64,
    /// Threads of the run.
    pub threads: usize,
}

impl Timing {
    /// Notes a run of `steps` steps that took `seconds`, the loading of its cores included.
    pub fn ran(&mut self, seconds: f64, finished: &Finished<'_>, steps: Step) {
        self.setup_seconds += finished.loading_seconds;
        self.run_seconds = seconds - finished.loading_seconds;
        self.steps_per_second = if self.run_seconds > 0.0 { steps as f64 / self.run_seconds } else { 0.0 };
    }
}

/// Refuses a folder that results cannot go to, before any work is done.
///
/// # Errors
/// [`Error::Core`] if a file stands in its place.
pub fn check_folder(folder: &Path) -> Result<(), Error> {
    let in_the_way = folder.ancestors().find(|path| path.is_file());
    match in_the_way {
        None => Ok(()),
        Some(path) => {
            let source = std::io::Error::new(ErrorKind::NotADirectory, "is a file; results need a folder here");
            Err(caudate_core::Error::Io { path: path.display().to_string(), source }.into())
        }
    }
}

/// Writes a value as pretty JSON with a final line feed.
///
/// # Errors
/// If it cannot be written.
pub fn write_json(path: &Path, value: &impl Serialize) -> Result<(), Error> {
    let mut text = serde_json::to_string_pretty(value)?;
    text.push('\n');
    Ok(file::write_atomically(path, text.as_bytes())?)
}

/// Writes the results of a run: spikes, stimulus, weights, states, report, tables, page and summary, and with `plots` each chart as a file.
///
/// # Errors
/// If a file cannot be written.
pub fn write_results(
    folder: &Path,
    finished: &Finished<'_>,
    mapping: Option<&MappingReport>,
    costs: &Costs,
    plots: bool,
) -> Result<(), Error> {
    for name in OPTIONAL {
        let path = folder.join(name);
        if path.is_file() {
            std::fs::remove_file(&path)
                .map_err(|source| caudate_core::Error::Io { path: path.display().to_string(), source })?;
        }
    }
    let image = finished.simulation.image();
    finished.recorder.write(folder)?;
    finished.input.write(image, &folder.join(STIMULUS))?;
    write_weights(&finished.simulation, folder)?;
    write_json(&folder.join(REPORT), &Report { schema: REPORT_SCHEMA, mapping, costs: &costs.0 })?;
    write_cost_tables(&finished.simulation, &folder.join(COSTS))?;
    let page = run_report(finished, mapping, costs)?;
    file::write_atomically(&folder.join(PAGE), page.html.as_bytes())?;
    if plots {
        for chart in &page.charts {
            file::write_atomically(
                &folder.join(PLOTS).join(format!("{}.svg", chart.id)),
                chart.to_svg_file().as_bytes(),
            )?;
        }
    }
    write_json(&folder.join(SUMMARY), &finished.summary()?)
}

/// Writes the image of a run.
///
/// # Errors
/// If it cannot be written.
pub fn write_image(folder: &Path, image: &ChipImage) -> Result<(), Error> {
    Ok(image.write(&folder.join(IMAGE))?)
}
