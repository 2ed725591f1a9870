//! `caudate asm`: microcode text to a program.

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
}

pub(crate) fn run(args: Args) -> Ended {
    let text = file::read_text(&args.text)?;
    let assembly = assemble(&args.text.display().to_string(), &text).map_err(Error::Invalid)?;
    microcode::write_program(&assembly.program, &args.output)?;
    let words = assembly.program.words.len();
    print(&format!("{words} words of a {} program are in {}\n", assembly.program.kind.name(), args.output.display()))?;
    Ok(0)
}
