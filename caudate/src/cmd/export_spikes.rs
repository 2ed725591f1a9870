//! `caudate export-spikes`: recorded spikes for other tools.

use super::{Ended, print};
use caudate::Error;
use caudate::core::file;
use caudate::export::{read_trains, to_csv, to_sonata};
use caudate::isa::diagnostic::{Diagnostic, Place};
use clap::ValueEnum;
use std::path::PathBuf;

/// Write recorded spikes in a format of other tools.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// Spikes or stimulus of a run.
    #[arg(value_name = "SPIKES.npz")]
    spikes: PathBuf,
    /// The format.
    #[arg(long, value_name = "FORMAT")]
    format: Format,
    /// Write this file.
    #[arg(short, long, value_name = "FILE")]
    out: PathBuf,
    /// Milliseconds of a step.
    #[arg(long, value_name = "MS", default_value_t = 1.0)]
    dt_ms: f64,
}

/// The formats.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A row per spike.
    Csv,
    /// SONATA spikes in HDF5, for libsonata and Neo.
    Sonata,
}

const EXAMPLES: &str = "\
Examples:
  caudate export-spikes out/balanced/spikes.npz --format sonata --dt-ms 0.1 -o spikes.h5
  caudate export-spikes out/balanced/stimulus.npz --format csv -o input.csv";

pub(crate) fn run(args: Args) -> Ended {
    if !(args.dt_ms.is_finite() && args.dt_ms > 0.0) {
        let message = format!("a step takes {} ms", args.dt_ms);
        let diagnostic = Diagnostic::new("E-EXPORT", message).at(Place::named("--dt-ms"));
        return Err(Error::Invalid(vec![diagnostic.help("give a number above 0")]));
    }
    let trains = read_trains(&args.spikes)?;
    let bytes = match args.format {
        Format::Csv => to_csv(&trains, args.dt_ms).into_bytes(),
        Format::Sonata => to_sonata(&trains, args.dt_ms)?,
    };
    file::write_atomically(&args.out, &bytes)?;
    let spikes: usize = trains.iter().map(|train| train.spikes.len()).sum();
    print(&format!("{spikes} spikes of {} populations are in {}\n", trains.len(), args.out.display()))?;
    Ok(0)
}
