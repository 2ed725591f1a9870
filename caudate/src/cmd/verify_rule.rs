//! `caudate verify rule`: a learning rule against what its author expects of it.

use super::{Ended, print, print_json};
use caudate::Error;
use caudate::core::file;
use caudate::error::EXIT_CHECK_FAILED;
use caudate::isa::Diagnostic;
use caudate::isa::diagnostic::Place;
use caudate::isa::nmx::Program;
use caudate::isa::nmx::verify::verify_text;
use caudate::isa::rule::extended::{self, Compiled};
use caudate::rule_check::{Options, Scenario, Subject, constant_error, replay, verify};
use std::path::{Path, PathBuf};

/// Arguments of `verify rule`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The rule (.rule), or a learning program (.nmx).
    #[arg(value_name = "FILE")]
    text: PathBuf,
    /// Microcode that claims to implement the rule, in place of the compiled rule.
    #[arg(long, value_name = "FILE.nmx")]
    program: Option<PathBuf>,
    /// Steps of an epoch.
    #[arg(long, value_name = "STEPS", default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=63))]
    epoch: u8,
    /// Seed of the random search.
    #[arg(long, value_name = "N", default_value_t = Options::default().seed)]
    seed: u64,
    /// Random scenarios per property.
    #[arg(long, value_name = "N", default_value_t = Options::default().cases)]
    cases: u32,
    /// Judge this scenario alone, as a counterexample prints it.
    #[arg(long, value_name = "SCENARIO")]
    replay: Option<String>,
    /// Prove by induction that expected ranges hold for ever.
    #[cfg(feature = "prove")]
    #[arg(long)]
    prove: bool,
    /// Solver of the proof: z3 or cvc5.
    #[cfg(feature = "prove")]
    #[arg(long, value_name = "PATH", default_value = "z3")]
    solver: PathBuf,
    /// Print the findings as JSON.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &Args) -> Ended {
    let subject = subject(args)?;
    let mut report = match &args.replay {
        Some(text) => replay(&subject, &Scenario::parse(text, &subject).map_err(Error::Invalid)?),
        None => verify(&subject, &Options { seed: args.seed, cases: args.cases, ..Options::default() }),
    };
    report.command = command(args);
    #[cfg(feature = "prove")]
    if args.prove {
        let proofs = caudate::rule_check::prove::prove(&subject, &args.solver).map_err(Error::Invalid)?;
        report.proofs = proofs;
    }
    if args.json {
        print_json(&report)?;
    } else {
        print(&format!("{report}\n"))?;
    }
    Ok(if report.is_ok() { 0 } else { EXIT_CHECK_FAILED })
}

/// The command that verifies the same again.
fn command(args: &Args) -> String {
    let program = args.program.as_ref().map_or_else(String::new, |path| format!(" --program {}", path.display()));
    let epoch = if args.epoch == 1 { String::new() } else { format!(" --epoch {}", args.epoch) };
    format!("caudate verify rule {}{program}{epoch}", args.text.display())
}

fn subject(args: &Args) -> Result<Subject, Error> {
    let epoch_steps = usize::from(args.epoch);
    let origin = args.text.display().to_string();
    let subject = if args.text.extension().is_some_and(|extension| extension == "nmx") {
        if args.program.is_some() {
            let message = "FILE is a program already, and --program names another";
            let diagnostic = Diagnostic::new("E-VERIFY-PROGRAM", message).at(Place::named(origin));
            return Err(Error::Invalid(vec![diagnostic.help("give a rule as FILE, or leave --program out")]));
        }
        Subject::of_program(&origin, &assembled(&args.text)?, epoch_steps)
    } else {
        let rule = extended::parse(&origin, &file::read_text(&args.text)?).map_err(Error::Invalid)?;
        match &args.program {
            Some(program) => {
                let program = assembled(program)?;
                let constant_error = constant_error(&rule, &program);
                Subject::of_rule(rule, &program, epoch_steps, constant_error)
            }
            None => {
                let Compiled { program, quantised, .. } = extended::compile(&rule).map_err(Error::Invalid)?;
                let constant_error = quantised.iter().map(|constant| constant.relative_error.abs()).sum();
                Subject::of_rule(rule, &program, epoch_steps, constant_error)
            }
        }
    };
    subject.map_err(Error::Invalid)
}

/// The program of a file that the static verifier is content with.
fn assembled(path: &Path) -> Result<Program, Error> {
    let text = file::read_text(path)?;
    let (assembly, _) = verify_text(&path.display().to_string(), &text).map_err(Error::Invalid)?;
    Ok(assembly.program)
}
