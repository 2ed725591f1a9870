//! `caudate explain`: what a program or rule does, line by line.

use super::optimization::Optimization;
use super::{Ended, print};
use caudate::Error;
use caudate::core::file;
use caudate::experiment::DEFAULT_COSTS;
use caudate::isa::nmx::explain::explain;
use caudate::isa::nmx::optimize::Optimized;
use caudate::isa::nmx::verify::{verify_program, verify_text};
use caudate::isa::rule::{Compiled, Dialect, RuleText, compile};
use caudate::sim::cost::CostProfile;
use std::fmt::Write;
use std::io::Read;
use std::path::PathBuf;

/// Explain microcode or a learning rule, line by line.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  caudate explain examples/programs/da_stdp.nmx\n  echo '2^-2*y0*x1 - 0.3*x0*y1' | caudate explain - --dialect lava"
)]
pub(crate) struct Args {
    /// The text (.nmx or .rule), or - for standard input.
    #[arg(value_name = "FILE|-")]
    text: PathBuf,
    /// Language of the text [default: by the file's ending].
    #[arg(long, value_enum)]
    dialect: Option<Language>,
    /// Cost a run of the program by this profile or file.
    #[arg(long, value_name = "PROFILE", default_value = DEFAULT_COSTS[0])]
    cost: String,
    #[command(flatten)]
    optimization: Optimization,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Language {
    /// Microcode.
    Nmx,
    /// Rule text with Lava's widths and limits: lines `dw = ...`, `dd = ...`, `dt = ...`, or one expression for dw.
    Lava,
}

pub(crate) fn run(args: Args) -> Ended {
    let (origin, text) = if args.text.as_os_str() == "-" {
        let mut text = String::new();
        std::io::stdin()
            .read_to_string(&mut text)
            .map_err(|source| caudate::core::Error::Io { path: "standard input".to_owned(), source })?;
        ("standard input".to_owned(), text)
    } else {
        (args.text.display().to_string(), file::read_text(&args.text)?)
    };
    let is_rule = args.text.extension().is_some_and(|extension| extension == "rule");
    match args.dialect.unwrap_or(if is_rule { Language::Lava } else { Language::Nmx }) {
        Language::Nmx => {
            let (assembly, verification) = verify_text(&origin, &text).map_err(Error::Invalid)?;
            // Lines of an optimized program are those of its disassembly.
            let (program, verification, saved) = match args.optimization.apply(&assembly.program) {
                None => (assembly.program, verification, String::new()),
                Some(Optimized { program, report }) => {
                    let verification = verify_program(&origin, &program);
                    (program, verification, format!("-O2: {report}\n"))
                }
            };
            let profile = CostProfile::find(&args.cost)?;
            let cycles = verification.worst_case_cycles;
            let words = verification.masks.read.count_ones() + verification.masks.write.count_ones();
            let (energy_fj, time_ps) = profile.microcode(u64::from(cycles), u64::from(words));
            let listing = explain(&program, &verification);
            let (ns, pj) = (time_ps as f64 / 1000.0, energy_fj as f64 / 1000.0);
            print(&format!(
                "{saved}{listing}\none run at worst, modelled under {}: {ns:.2} ns, {pj:.1} pJ\n",
                profile.name
            ))?;
        }
        Language::Lava => print(&explain_rule(&origin, &text)?)?,
    }
    Ok(0)
}

fn explain_rule(origin: &str, text: &str) -> Result<String, Error> {
    let part = |target: &str| {
        text.lines().find_map(|line| Some(line.trim().strip_prefix(target)?.trim_start().strip_prefix('=')?.trim()))
    };
    let targeted = ["dw", "dd", "dt"].map(part);
    let [dw, dd, dt] = if targeted.iter().all(Option::is_none) { [Some(text.trim()), None, None] } else { targeted };
    let compiled = compile(&RuleText { name: origin, dw, dd, dt }, Dialect::Lava).map_err(Error::Invalid)?;
    let Compiled { program, quantised } = compiled;
    let mut shown = format!("{program}\n");
    for constant in &quantised {
        // Writing to a string cannot fail.
        let _ = writeln!(
            shown,
            "  constant {} is stored as {} * 2^{} ({:+.2} %)",
            constant.written,
            constant.mantissa,
            constant.exponent,
            100.0 * constant.relative_error
        );
    }
    Ok(shown)
}
