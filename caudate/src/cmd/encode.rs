//! `caudate encode`: data as a stimulus.

use super::{Ended, print, print_json};
use caudate::Error;
use caudate::data::{Bank, Code, Polarity, Samples, Sensor, Sound, Spikes, read_events};
use caudate::isa::diagnostic::{Diagnostic, Place};
use clap::ValueEnum;
use std::path::{Path, PathBuf};

/// Code samples, events of a sensor or sound as spikes of an input population, a stimulus file. Files follow one another.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// IDX, NPY or NPZ, gzipped or not; WAV; .bs2 or CSV for events.
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// How values become spikes.
    #[arg(short, long, value_name = "CODE")]
    encoder: Encoder,
    /// Write the stimulus to this file.
    #[arg(short, long, value_name = "STIMULUS.npz")]
    out: PathBuf,
    /// Name the input population.
    #[arg(long, value_name = "NAME", default_value = "in")]
    population: String,
    /// Show each sample for this many steps [default: 32; for events: to the last one].
    #[arg(long, value_name = "STEPS", value_parser = clap::value_parser!(u64).range(1..=4_294_967_295))]
    window: Option<u64>,
    /// Rate: spikes of the largest value [default: the window].
    #[arg(long, value_name = "N")]
    spikes_at_max: Option<u64>,
    /// Rate and latency: the largest value [default: that of the first file].
    #[arg(long, value_name = "VALUE")]
    max: Option<f64>,
    /// Delta: the change that a spike stands for [required for delta].
    #[arg(long, value_name = "VALUE", required_if_eq("encoder", "delta"))]
    threshold: Option<f64>,
    /// Take this array of an NPZ.
    #[arg(long, value_name = "NAME")]
    array: Option<String>,
    /// Begin with this sample of each file.
    #[arg(long, value_name = "N", default_value_t = 0)]
    first: usize,
    /// Take this many samples of each file [default: the rest].
    #[arg(long, value_name = "N")]
    count: Option<usize>,
    /// Events: columns and rows of the sensor [default: 34x34, as of N-MNIST].
    #[arg(long, value_name = "WIDTHxHEIGHT", default_value = "34x34", value_parser = size)]
    size: (u32, u32),
    /// Events: microseconds of a step.
    #[arg(long, value_name = "US", default_value_t = 1000, value_parser = clap::value_parser!(u64).range(1..))]
    step_us: u64,
    /// Events: one member for each pixel, whatever the polarity.
    #[arg(long)]
    merge_polarity: bool,
    /// Sound: bands of the filter bank.
    #[arg(long, value_name = "N", default_value_t = 32, value_parser = clap::value_parser!(u32).range(1..=65_536))]
    bands: u32,
    /// Sound: centre of the lowest band.
    #[arg(long, value_name = "HZ", default_value_t = 100.0)]
    low_hz: f64,
    /// Sound: centre of the highest band.
    #[arg(long, value_name = "HZ", default_value_t = 3500.0)]
    high_hz: f64,
    /// Sound: milliseconds of a frame; a frame is a sample.
    #[arg(long, value_name = "MS", default_value_t = 10.0)]
    frame_ms: f64,
    /// Print counts as JSON.
    #[arg(long)]
    json: bool,
}

/// The codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Encoder {
    /// As many spikes as the value says, evenly spaced.
    Rate,
    /// One spike, the larger the value the earlier.
    Latency,
    /// Rows are a series; spikes for moves up and down.
    Delta,
    /// Events of a sensor as they come.
    Events,
}

const EXAMPLES: &str = "\
Examples:
  caudate encode t10k-images-idx3-ubyte.gz --encoder rate --count 100 --spikes-at-max 16 -o digits.npz
  caudate encode 1.bs2 2.bs2 --encoder events --window 300 --population pixels -o gestures.npz
  caudate encode 0_george_0.wav --encoder delta --threshold 0.05 --window 4 -o speech.npz";

fn size(text: &str) -> Result<(u32, u32), String> {
    let (width, height) = text.split_once(['x', 'X']).ok_or("write WIDTHxHEIGHT, such as 34x34")?;
    let parse = |text: &str| match text.trim().parse::<u32>() {
        Ok(pixels) if pixels > 0 => Ok(pixels),
        _ => Err(format!("'{text}' is no number of pixels above 0")),
    };
    Ok((parse(width)?, parse(height)?))
}

pub(crate) fn run(args: Args) -> Ended {
    let mut all = Spikes::default();
    let mut max = args.max;
    for path in &args.files {
        all.append(spikes_of(&args, path, &mut max)?, path)?;
    }
    all.to_npz(&args.population)?.write(&args.out)?;
    let Spikes { spikes, members, steps, lost } = &all;
    if args.json {
        print_json(&serde_json::json!({ "spikes": spikes.len(), "members": members, "steps": steps, "lost": lost }))?;
        return Ok(0);
    }
    let mut text = format!("{} spikes of {members} members in {steps} steps\n", spikes.len());
    if *lost > 0 {
        let what = if args.encoder == Encoder::Delta {
            "changes were faster than the window allows"
        } else {
            "events lie beyond the window"
        };
        text.push_str(&format!("{lost} {what}\n"));
    }
    print(&format!("{text}The stimulus is {}\n", args.out.display()))?;
    Ok(0)
}

/// The spikes of one file; the largest value is that of the first file if nothing is said.
fn spikes_of(args: &Args, path: &Path, max: &mut Option<f64>) -> Result<Spikes, Error> {
    if args.encoder == Encoder::Events {
        let polarity = if args.merge_polarity { Polarity::Merged } else { Polarity::Apart };
        let sensor = Sensor { size: args.size, step_us: args.step_us, polarity, window_steps: args.window };
        return sensor.spikes(&read_events(path)?, path);
    }
    let is_sound = path.extension().is_some_and(|kind| kind.eq_ignore_ascii_case("wav"));
    let samples = if is_sound {
        let bank = Bank { bands: args.bands, low_hz: args.low_hz, high_hz: args.high_hz, frame_ms: args.frame_ms };
        bank.rows(&Sound::read(path)?, path)?
    } else {
        Samples::read(path, args.array.as_deref())?
    };
    // The scale is that of the whole file, so that it does not depend on which samples are taken.
    let largest = *max.get_or_insert_with(|| samples.values.iter().copied().fold(0.0, f64::max));
    let samples = samples.part(args.first, args.count, path)?;
    let window = args.window.unwrap_or(32);
    let code = match args.encoder {
        Encoder::Rate => Code::Rate { max: largest, spikes_at_max: args.spikes_at_max.unwrap_or(window) },
        Encoder::Latency => Code::Latency { max: largest },
        Encoder::Delta | Encoder::Events => match args.threshold {
            Some(threshold) => Code::Delta { threshold },
            None => {
                let message = "a delta code needs the change that a spike stands for";
                let diagnostic = Diagnostic::new("E-DATA", message).at(Place::named("--threshold"));
                return Err(Error::Invalid(vec![diagnostic.help("give a number above 0")]));
            }
        },
    };
    code.spikes(&samples, window, path)
}
