//! The command line, `caudate`: one file per subcommand in `cmd/`.

mod attended;
mod cmd;
mod heap;
mod progress;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// Compiles spiking networks to Loihi-style core images, simulates them to the bit, and verifies their arithmetic.
#[derive(Debug, Parser)]
#[command(name = "caudate", version, propagate_version = true, max_term_width = 100, after_help = EXAMPLES)]
struct Cli {
    /// Say more on standard error; repeat for more still.
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    verbose: u8,
    #[command(subcommand)]
    command: Command,
}

const EXAMPLES: &str = "\
Examples:
  caudate run examples/balanced/experiment.toml
  caudate compile network.toml --chip loihi1 -o network.caudate
  caudate simulate network.caudate --stimulus stimulus.npz --steps 1000 --out out/network
  caudate check network.toml --chip tiny

Exit codes: 0 done, 1 a check failed, 2 wrong usage or bad input, 3 the network does not fit the chip, 130 interrupted.";

#[derive(Debug, Subcommand)]
enum Command {
    /// Map, run and evaluate an experiment.
    Run(cmd::run::Args),
    /// Map a network onto a chip and write the image.
    Compile(cmd::compile::Args),
    /// Run an experiment at many points of its parameters, and show which of them nothing beats.
    Explore(cmd::explore::Args),
    /// Write a network as a NIR graph.
    Export(cmd::export::Args),
    /// Divide the neurons of a neutral network among cores, and place the cores.
    Partition(cmd::partition::Args),
    /// Run an image that was compiled before.
    Simulate(cmd::simulate::Args),
    /// Code data as a stimulus.
    Encode(cmd::encode::Args),
    /// Write recorded spikes in a format of other tools.
    ExportSpikes(cmd::export_spikes::Args),
    /// Write synapses, as compiled or as learned, in the order of their network.
    ExportWeights(cmd::export_weights::Args),
    /// Say whether a network or an image is sound and fits a chip, and why not.
    Check(cmd::check::Args),
    /// Print what an image holds.
    Inspect(cmd::inspect::Args),
    /// Verify the arithmetic, the microcode and learning rules.
    Verify(cmd::verify::Args),
    /// Time a benchmark network.
    Bench(cmd::bench::Args),
    /// Assemble microcode.
    Asm(cmd::asm::Args),
    /// Print an assembled program as text.
    Disasm(cmd::disasm::Args),
    /// Explain microcode or a learning rule, line by line.
    Explain(cmd::explain::Args),
    /// Explain why a neuron or core is where it is, and what moving it would cost.
    ExplainMap(cmd::explain_map::Args),
    /// Print a completion script for a shell.
    Completions(cmd::completions::Args),
}

fn main() -> ExitCode {
    heap::give_large_blocks_back();
    let cli = Cli::parse();
    cmd::log_to_stderr(cli.verbose);
    let ended = match cli.command {
        Command::Run(args) => cmd::run::run(args),
        Command::Compile(args) => cmd::compile::run(args),
        Command::Explore(args) => cmd::explore::run(args),
        Command::Export(args) => cmd::export::run(args),
        Command::Partition(args) => cmd::partition::run(args),
        Command::Simulate(args) => cmd::simulate::run(args),
        Command::Encode(args) => cmd::encode::run(args),
        Command::ExportSpikes(args) => cmd::export_spikes::run(args),
        Command::ExportWeights(args) => cmd::export_weights::run(args),
        Command::Check(args) => cmd::check::run(args),
        Command::Inspect(args) => cmd::inspect::run(args),
        Command::Verify(args) => cmd::verify::run(args),
        Command::Bench(args) => cmd::bench::run(args),
        Command::Asm(args) => cmd::asm::run(args),
        Command::Disasm(args) => cmd::disasm::run(args),
        Command::Explain(args) => cmd::explain::run(args),
        Command::ExplainMap(args) => cmd::explain_map::run(args),
        Command::Completions(args) => cmd::completions::run(args),
    };
    match ended {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            cmd::complain(&error);
            ExitCode::from(error.exit_code())
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        super::Cli::command().debug_assert();
    }
}
