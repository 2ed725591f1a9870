//! `caudate explain`: what a program or rule does, line by line.

use super::optimization::Optimization;
use super::{Ended, print};
use caudate::Error;
use caudate::core::file;
use caudate::experiment::DEFAULT_COSTS;
use caudate::isa::nmx::explain::explain;
use caudate::isa::nmx::optimize::Optimized;
use caudate::isa::nmx::verify::{Verification, verify_program, verify_text};
use caudate::isa::rule::Dialect;
use caudate::isa::rule::file::{Language as RuleLanguage, RuleFile, explain as explain_rule, read as read_rule};
use caudate::sim::cost::CostProfile;
use std::io::Read;
use std::path::PathBuf;

/// Explain microcode or a learning rule, line by line.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  caudate explain examples/programs/da_stdp.nmx\n  caudate explain examples/rules/rstdp.rule\n  echo '2^-2*y0*x1 - 0.3*x0*y1' | caudate explain - --dialect lava"
)]
pub(crate) struct Args {
    /// The text (.nmx or .rule), or - for standard input.
    #[arg(value_name = "FILE|-")]
    text: PathBuf,
    /// Language of the text, unless a rule names its own [default: extended for .rule, else nmx].
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
    /// Rule text of brian2-loihi.
    B2l,
    /// Rules of full expressions, compiled to microcode.
    Extended,
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
    let language = match args.dialect {
        Some(Language::Nmx) => None,
        None if !is_rule => None,
        Some(Language::Lava) => Some(RuleLanguage::SumOfProducts(Dialect::Lava)),
        Some(Language::B2l) => Some(RuleLanguage::SumOfProducts(Dialect::B2l)),
        Some(Language::Extended) | None => Some(RuleLanguage::Extended),
    };
    let (mut listing, verification) = match language {
        None => {
            let (assembly, verification) = verify_text(&origin, &text).map_err(Error::Invalid)?;
            match args.optimization.apply(&assembly.program) {
                None => (explain(&assembly.program, &verification), Some(verification)),
                Some(Optimized { program, report }) => {
                    // Lines of an optimized program are those of its disassembly.
                    let verification = verify_program(&origin, &program);
                    (format!("-O2: {report}\n{}", explain(&program, &verification)), Some(verification))
                }
            }
        }
        Some(language) => {
            let rule = read_rule(&origin, &text, Some(language)).map_err(Error::Invalid)?;
            let verification = match &rule {
                RuleFile::Extended(_, compiled) => Some(verify_program(&origin, &compiled.program)),
                RuleFile::SumOfProducts(_) => None,
            };
            (explain_rule(&rule), verification)
        }
    };
    if let Some(verification) = verification {
        listing.push_str(&cost(&verification, &CostProfile::find(&args.cost)?));
    }
    print(&listing)?;
    Ok(0)
}

/// What a run costs.
fn cost(verification: &Verification, profile: &CostProfile) -> String {
    let words = verification.masks.read.count_ones() + verification.masks.write.count_ones();
    let (energy_fj, time_ps) = profile.microcode(u64::from(verification.worst_case_cycles), u64::from(words));
    let (ns, pj) = (time_ps as f64 / 1000.0, energy_fj as f64 / 1000.0);
    format!("\none run at worst, modelled under {}: {ns:.2} ns, {pj:.1} pJ\n", profile.name)
}
