//! `caudate compile`: a network to an image.

use super::import::{self, Import};
use super::mapping::{self, Mapping};
use super::{Ended, print, print_json, semantics_parser};
use caudate::core::semantics::Semantics;
use caudate::mapper::import::Report;
use caudate::mapper::partition::Division;
use caudate::mapper::{MappingReport, PhaseSeconds};
use caudate::{ChipDescription, ChipImage, CompileOptions, compile, output, report};
use serde::Serialize;
use std::path::PathBuf;

/// Map a network onto a chip and write the image; print what went where and what quantisation cost.
#[derive(Debug, clap::Args)]
#[command(after_help = after_help())]
pub(crate) struct Args {
    /// The network: a network file (TOML), a netx file of lava-dl or a NIR graph, told by its content.
    #[arg(value_name = "NETWORK")]
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
    #[command(flatten)]
    import: Import,
    #[command(flatten)]
    mapping: Mapping,
    /// Search on so many threads; the image does not depend on it [default: as many as there are processors, at most 2].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1024))]
    threads: Option<u32>,
    /// Keep the division among cores of this image of the same network, and only place the cores.
    #[arg(long, value_name = "IMAGE")]
    resume: Option<PathBuf>,
    /// Write the mapping report to this file as JSON.
    #[arg(long, value_name = "REPORT.json")]
    report: Option<PathBuf>,
    /// Print the mapping report as JSON instead of a table.
    #[arg(long)]
    json: bool,
}

fn after_help() -> String {
    format!(
        "{}\nExamples:\n  caudate compile examples/balanced/network.toml --chip loihi1 -o balanced.caudate\n  caudate compile network.toml --chip my_chip.toml -o network.caudate --report report.json --floorplan plan.svg\n  caudate compile network.toml --chip loihi1 -o network.caudate --effort best --rates out/network\n  caudate compile network.nir --chip loihi2 -o network.caudate --dt 1e-4 --reset zero",
        mapping::registries()
    )
}

/// The report as it is written: all but `seconds` follows from network, chip and options alone.
#[derive(Serialize)]
struct Written<'a> {
    #[serde(flatten)]
    mapping: &'a MappingReport,
    /// What an importer made of the file; nothing for a network in TOML.
    #[serde(skip_serializing_if = "Option::is_none")]
    import: Option<&'a Report>,
    seconds: PhaseSeconds,
}

pub(crate) fn run(args: Args) -> Ended {
    let imported = args.import.open(&args.network)?;
    let network = imported.network;
    let chip = ChipDescription::find(&args.chip)?;
    let mut options = CompileOptions {
        seed: args.seed,
        semantics: args.semantics,
        placement_seed: args.seed,
        ..CompileOptions::default()
    };
    let threads = args.threads.map_or_else(mapping::processors, |threads| threads as usize);
    args.mapping.apply(&mut options, threads)?;
    options.division = match &args.resume {
        Some(path) => Some(Division::of(&ChipImage::read(path)?)),
        None => None,
    };
    let compiled = compile(&network, &chip, &options)?;
    compiled.image.write(&args.output)?;
    args.mapping.draw(&compiled)?;
    let import = Some(&imported.report).filter(|report| report.format != "toml");
    let written = Written { mapping: &compiled.report, import, seconds: compiled.seconds };
    if let Some(path) = &args.report {
        output::write_json(path, &written)?;
    }
    if args.json {
        print_json(&written)?;
    } else {
        let notes = import::text(&imported.report);
        let table = report::mapping_text(&compiled.report);
        print(&format!("{notes}{table}\nThe image is {}\n", args.output.display()))?;
    }
    Ok(0)
}
