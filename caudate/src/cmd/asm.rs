//! `caudate asm`: microcode text to a program.

use super::optimization::Optimization;
use super::{Ended, print};
use caudate::core::file;
use caudate::isa::nmx::asm::assemble;
use caudate::{Error, microcode};
use std::path::PathBuf;

/// Assemble microcode.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  caudate asm examples/programs/cuba_lif.nmx -o out/cuba_lif.json")]
pub(crate) struct Args {
    /// The program as text.
    #[arg(value_name = "FILE.nmx")]
    text: PathBuf,
    /// Write the assembled program to this file.
    #[arg(short, long, value_name = "OUT.json")]
    output: PathBuf,
    #[command(flatten)]
    optimization: Optimization,
}

pub(crate) fn run(args: Args) -> Ended {
    let text = file::read_text(&args.text)?;
    let assembly = assemble(&args.text.display().to_string(), &text).map_err(Error::Invalid)?;
    let optimized = args.optimization.apply(&assembly.program);
    let saved = optimized.as_ref().map(|optimized| format!("-O2: {}\n", optimized.report)).unwrap_or_default();
    let program = optimized.map_or(assembly.program, |optimized| optimized.program);
    microcode::write_program(&program, &args.output)?;
    let (words, kind) = (program.words.len(), program.kind.name());
    print(&format!("{saved}{words} words of a {kind} program are in {}\n", args.output.display()))?;
    Ok(0)
}
