//! How to read networks of other tools: the options that `compile` and `run` share.

use caudate::Error;
use caudate::core::neuron::ThresholdCompare;
use caudate::mapper::import::nir::ResetChoice;
use caudate::mapper::import::{self, Imported, Report};
use clap::ValueEnum;
use std::ops::RangeInclusive;
use std::path::Path;

/// Options of importers.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Networks of other tools")]
pub(crate) struct Import {
    /// NIR: let a step be so long [default: 1e-4].
    #[arg(long, value_name = "SECONDS")]
    dt: Option<f64>,
    /// NIR: what a spike does to v [default: auto, which is as the file says].
    #[arg(long, value_enum)]
    reset: Option<Reset>,
    /// NIR: so many units of v are 1 in the file [default: chosen for each population from its weights].
    #[arg(long, value_name = "UNITS")]
    scale: Option<f64>,
    /// NIR: accept what can be accepted, and say what was assumed.
    #[arg(long)]
    lenient: bool,
    /// NIR: store a weight that 8 bits would round as two synapses, a coarse one and a fine one.
    #[arg(long)]
    fine_weights: bool,
    /// netx: compare v with the threshold so [default: gt for neurons of type LOIHI, ge for CUBA].
    #[arg(long, value_enum)]
    compare: Option<Compare>,
    /// netx: take these layers; what comes before them is the input [default: all].
    #[arg(long, value_name = "FIRST..LAST", value_parser = layers)]
    layers: Option<RangeInclusive<usize>>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Reset {
    /// As the file says; else to 0, and by subtraction for IF.
    Auto,
    /// To the reset potential of the file, or 0.
    Zero,
    /// By the threshold.
    Subtract,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Compare {
    /// v > threshold.
    Gt,
    /// v >= threshold.
    Ge,
}

impl Import {
    /// Reads a network file of any kind.
    pub(crate) fn open(&self, path: &Path) -> Result<Imported, Error> {
        Ok(import::open(path, &self.options())?)
    }

    /// The options as the importers take them.
    pub(crate) fn options(&self) -> import::Options {
        import::Options {
            dt_seconds: self.dt,
            reset: self.reset.map(|reset| match reset {
                Reset::Auto => ResetChoice::Auto,
                Reset::Zero => ResetChoice::Zero,
                Reset::Subtract => ResetChoice::Subtract,
            }),
            scale: self.scale,
            lenient: self.lenient,
            fine_weights: self.fine_weights,
            compare: self.compare.map(|compare| match compare {
                Compare::Gt => ThresholdCompare::Gt,
                Compare::Ge => ThresholdCompare::Ge,
            }),
            layers: self.layers.clone(),
        }
    }
}

/// What people read of an import; nothing for the own format.
pub(crate) fn text(report: &Report) -> String {
    if report.format == "toml" {
        return String::new();
    }
    let version = report.version.as_ref().map_or_else(String::new, |version| format!(" {version}"));
    let mut text = format!("Imported from {}{version}\n", report.format);
    let width = report.layers.iter().map(|layer| layer.population.len()).max().unwrap_or(0);
    for layer in &report.layers {
        let shape = layer.shape.iter().map(ToString::to_string).collect::<Vec<_>>().join(" x ");
        let scale = if layer.scale < 1.0 { layer.scale } else { (layer.scale * 1e3).round() / 1e3 };
        text += &format!(
            "  {:width$}  {:8}  {shape:14}  {} synapses, {} units of v in 1 of the file\n",
            layer.population, layer.kind, layer.synapses, scale
        );
    }
    for note in &report.notes {
        text += &format!("  note: {note}\n");
    }
    text + "\n"
}

/// `3` or `2..4`, both ends included.
fn layers(text: &str) -> Result<RangeInclusive<usize>, String> {
    let number =
        |text: &str| text.trim_start_matches('=').parse::<usize>().map_err(|_| format!("'{text}' is no layer number"));
    match text.split_once("..") {
        Some((first, last)) => Ok(number(first)?..=number(last)?),
        None => number(text).map(|only| only..=only),
    }
}
