//! `caudate compile`: a network to an image.

use super::{Ended, print, print_json, semantics_parser};
use caudate::core::semantics::Semantics;
use caudate::{ChipDescription, CompileOptions, Network, compile, output, report};
use std::path::PathBuf;

/// Map a network onto a chip and write the image; print what went where and what quantisation cost.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// The network file.
    #[arg(value_name = "NETWORK.toml")]
    network: PathBuf,
    /// The chip: a built-in name (loihi1, loihi2, tiny, unlimited, wide) or a chip file (*.toml).
    #[arg(long, value_name = "CHIP")]
    chip: String,
    /// Write the image to this file.
    #[arg(short, long, value_name = "IMAGE")]
    output: PathBuf,
    /// Use this seed for every draw.
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Use these numeric semantics [default: those of the chip].
    #[arg(long, value_name = "SEMANTICS", value_parser = semantics_parser())]
    semantics: Option<Semantics>,
    /// Divide neurons among cores with this partitioner.
    #[arg(long, value_name = "PARTITIONER", default_value_t = CompileOptions::default().partitioner)]
    partitioner: String,
    /// Place cores on the mesh with this placer.
    #[arg(long, value_name = "PLACER", default_value_t = CompileOptions::default().placer)]
    placer: String,
    /// Write the mapping report to this file as JSON.
    #[arg(long, value_name = "REPORT.json")]
    report: Option<PathBuf>,
    /// Print the mapping report as JSON instead of a table.
    #[arg(long)]
    json: bool,
}

const EXAMPLES: &str = "\
Examples:
  caudate compile examples/balanced/network.toml --chip loihi1 -o balanced.caudate
  caudate compile network.toml --chip my_chip.toml -o network.caudate --report report.json";

pub(crate) fn run(args: Args) -> Ended {
    let network = Network::from_toml_file(&args.network)?;
    let chip = ChipDescription::find(&args.chip)?;
    let options = CompileOptions {
        seed: args.seed,
        semantics: args.semantics,
        partitioner: args.partitioner,
        placer: args.placer,
        placement_seed: args.seed,
        ..CompileOptions::default()
    };
    let compiled = compile(&network, &chip, &options)?;
    compiled.image.write(&args.output)?;
    if let Some(path) = &args.report {
        output::write_json(path, &compiled.report)?;
    }
    if args.json {
        print_json(&compiled.report)?;
    } else {
        print(&format!("{}\nThe image is {}\n", report::mapping_text(&compiled.report), args.output.display()))?;
    }
    Ok(0)
}
