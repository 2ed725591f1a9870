//! `caudate export`: a network to a NIR graph.

use super::import::Import;
use super::{Ended, print};
use caudate::core::file;
use caudate::mapper::import::nir;
use std::path::PathBuf;

/// Write a network as a NIR graph (HDF5); what NIR cannot say is refused.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// The network: a network file (TOML), a netx file of lava-dl or a NIR graph, told by its content.
    #[arg(value_name = "NETWORK")]
    network: PathBuf,
    /// Write the graph to this file.
    #[arg(short, long, value_name = "GRAPH.nir")]
    output: PathBuf,
    /// Let a step of the graph be so long.
    #[arg(long, value_name = "SECONDS", default_value_t = 1e-4)]
    step: f64,
    /// Use this seed for every draw.
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    #[command(flatten)]
    import: Import,
}

const EXAMPLES: &str = "\
Examples:
  caudate export examples/netx/network.net -o network.nir
  caudate export network.toml -o network.nir --step 1e-3";

pub(crate) fn run(args: Args) -> Ended {
    let network = args.import.open(&args.network)?.network;
    let exported = nir::export(&network, args.step, args.seed).map_err(caudate::Error::from)?;
    file::write_atomically(&args.output, &exported.bytes)?;
    let notes: String = exported.notes.iter().map(|note| format!("note: {note}\n")).collect();
    print(&format!("{notes}The graph is {}; read it with --dt {:e}\n", args.output.display(), args.step))?;
    Ok(0)
}
