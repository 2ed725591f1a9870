//! The options of every subcommand that optimizes microcode.

use caudate::isa::nmx::Program;
use caudate::isa::nmx::optimize::{Assumptions, Level, Optimized, optimize};

/// How far a program is optimized.
#[derive(Debug, clap::Args)]
pub(crate) struct Optimization {
    /// Optimize: 0 takes the program as it is written, 2 makes it shorter where it does the same.
    #[arg(short = 'O', long = "optimize", value_name = "LEVEL", value_parser = ["0", "2"], default_value = "0")]
    level: String,
    /// Take parameters for constants when optimizing: no group has values of its own.
    #[arg(long)]
    fixed_parameters: bool,
}

impl Optimization {
    /// The optimized program; `None` at level 0.
    pub(crate) fn apply(&self, program: &Program) -> Option<Optimized> {
        let assumptions = Assumptions { parameters_fixed: self.fixed_parameters };
        (self.level == "2").then(|| optimize(program, Level::O2, assumptions))
    }
}
