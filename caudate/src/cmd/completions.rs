//! `caudate completions`: what a shell needs to complete command lines.

use super::{Ended, print};
use clap::CommandFactory;
use clap_complete::Shell;

/// Print a completion script for a shell.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  caudate completions bash > ~/.local/share/bash-completion/completions/caudate")]
pub(crate) struct Args {
    /// The shell.
    #[arg(value_name = "SHELL")]
    shell: Shell,
}

pub(crate) fn run(args: Args) -> Ended {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut crate::Cli::command(), "caudate", &mut script);
    print(&String::from_utf8_lossy(&script))?;
    Ok(0)
}
