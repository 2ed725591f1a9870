//! `caudate export-spikes`: recorded spikes for other tools.

use super::{Ended, print};
use caudate::core::file;
use caudate::export::{read_trains, to_csv, to_nirdata, to_sonata};
use caudate::isa::diagnostic::{Diagnostic, Place};
use caudate::{ChipImage, Error};
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
    /// nirdata: the image of the run, which says how many neurons a population has.
    #[arg(long, value_name = "IMAGE")]
    image: Option<PathBuf>,
    /// nirdata: the steps of the run.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=4_294_967_295))]
    steps: Option<u64>,
}

/// The formats.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A row per spike.
    Csv,
    /// SONATA spikes in HDF5, for libsonata and Neo.
    Sonata,
    /// NIRData events in HDF5, for the package nir.
    Nirdata,
}

const EXAMPLES: &str = "\
Examples:
  caudate export-spikes out/balanced/spikes.npz --format sonata --dt-ms 0.1 -o spikes.h5
  caudate export-spikes out/balanced/stimulus.npz --format csv -o input.csv
  caudate export-spikes out/nir/spikes.npz --format nirdata --image out/nir/image.caudate --steps 400 --dt-ms 0.1 -o spikes.h5";

pub(crate) fn run(args: Args) -> Ended {
    let refuse = |place: &str, message: String, help: &str| {
        Err(Error::Invalid(vec![Diagnostic::new("E-EXPORT", message).at(Place::named(place)).help(help)]))
    };
    if !(args.dt_ms.is_finite() && args.dt_ms > 0.0) {
        return refuse("--dt-ms", format!("a step takes {} ms", args.dt_ms), "give a number above 0");
    }
    let trains = read_trains(&args.spikes)?;
    let bytes = match args.format {
        Format::Csv => to_csv(&trains, args.dt_ms).into_bytes(),
        Format::Sonata => to_sonata(&trains, args.dt_ms)?,
        Format::Nirdata => {
            let (Some(image), Some(steps)) = (&args.image, args.steps) else {
                let message =
                    "the format holds the neurons and the length of a recording, which the spikes do not tell";
                return refuse("--format nirdata", message.to_owned(), "add --image IMAGE --steps N, those of the run");
            };
            to_nirdata(&trains, &ChipImage::read(image)?, steps, args.dt_ms)?
        }
    };
    file::write_atomically(&args.out, &bytes)?;
    let spikes: usize = trains.iter().map(|train| train.spikes.len()).sum();
    print(&format!("{spikes} spikes of {} populations are in {}\n", trains.len(), args.out.display()))?;
    Ok(0)
}
