//! `caudate disasm`: a program back to microcode text.

use super::{Ended, print};
use caudate::isa::nmx::disasm::{disassemble, disassemble_by_number};
use caudate::{Diagnostic, Error, microcode};
use std::path::PathBuf;

/// Print an assembled program as text that assembles to the same words.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  caudate disasm out/cuba_lif.json")]
pub(crate) struct Args {
    /// The assembled program.
    #[arg(value_name = "PROGRAM.json")]
    program: PathBuf,
    /// Name states, parameters and tables by number.
    #[arg(long)]
    numbers: bool,
}

pub(crate) fn run(args: Args) -> Ended {
    let program = microcode::read_program(&args.program)?;
    let text = if args.numbers { disassemble_by_number(&program) } else { disassemble(&program) };
    let refuse = |error: caudate::isa::nmx::ProgramError| {
        let place = caudate::isa::Place::named(args.program.display().to_string());
        Diagnostic::new("E-PROGRAM", error.to_string()).at(place)
    };
    print(&text.map_err(|errors| Error::Invalid(errors.into_iter().map(refuse).collect()))?)?;
    Ok(0)
}
