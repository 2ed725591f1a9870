//! `caudate verify`: the arithmetic against recordings, and rules against what is expected of them.

use super::{Ended, print, print_json, verify_rule};
use caudate::conformance;
use caudate::error::EXIT_CHECK_FAILED;
use caudate::golden::{self, Options};
use std::fmt::Display;
use std::path::{Path, PathBuf};

/// Verify the arithmetic against recordings, and learning rules against what is expected of them.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// Replay golden vectors and compare every number.
    #[command(after_help = "Example:\n  caudate verify golden tests/golden")]
    Golden {
        /// The folder that holds the vectors (*.json).
        #[arg(value_name = "DIR")]
        folder: PathBuf,
        /// Print the outcome as JSON instead of a line per file.
        #[arg(long)]
        json: bool,
    },
    /// Search for a counterexample to what a learning rule is expected to do.
    #[command(
        after_help = "Examples:\n  caudate verify rule examples/verify/clip.rule\n  caudate verify rule da_stdp.rule --program da_stdp.nmx"
    )]
    Rule(verify_rule::Args),
    /// Run conformance vectors of the microcode in both executors.
    #[command(after_help = "Example:\n  caudate verify conformance tests/conformance")]
    Conformance {
        /// The folder that holds the vectors (*.json).
        #[arg(value_name = "DIR")]
        folder: PathBuf,
        /// Print the outcome as JSON instead of a line per file.
        #[arg(long)]
        json: bool,
    },
}

pub(crate) fn run(args: Args) -> Ended {
    match args.what {
        What::Golden { folder, json } => run_golden(&folder, json),
        What::Rule(args) => verify_rule::run(&args),
        What::Conformance { folder, json } => run_conformance(&folder, json),
    }
}

fn run_conformance(folder: &Path, json: bool) -> Ended {
    let report = conformance::verify_dir(folder)?;
    if json {
        let counts = serde_json::json!({ "cases": report.cases(), "ok": report.cases() - report.failed(), "failed": report.failed() });
        print_json(&serde_json::json!({ "counts": counts, "vectors": report.files }))?;
    } else {
        print(&listing(&report.files, &report))?;
    }
    Ok(if report.is_ok() { 0 } else { EXIT_CHECK_FAILED })
}

/// A line per file, and the closing line.
fn listing(files: &[impl Display], closing: &impl Display) -> String {
    let lines: String = files.iter().map(|file| format!("{file}\n")).collect();
    format!("{lines}{closing}\n")
}

fn run_golden(folder: &Path, json: bool) -> Ended {
    let report = golden::verify_dir(folder, Options::default())?;
    if json {
        let counts =
            serde_json::json!({ "files": report.files.len(), "ok": report.ok(), "mismatched": report.mismatched() });
        print_json(&serde_json::json!({ "counts": counts, "vectors": report.files }))?;
    } else {
        print(&listing(&report.files, &report))?;
    }
    Ok(if report.mismatched() == 0 { 0 } else { EXIT_CHECK_FAILED })
}
