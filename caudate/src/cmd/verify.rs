//! `caudate verify`: the arithmetic against recordings.

use super::{Ended, print, print_json};
use caudate::error::EXIT_CHECK_FAILED;
use caudate::golden::{self, Options};
use std::fmt::Write;
use std::path::PathBuf;

/// Verify the arithmetic against recordings of other simulators.
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
}

pub(crate) fn run(args: Args) -> Ended {
    let What::Golden { folder, json } = args.what;
    let report = golden::verify_dir(&folder, Options::default())?;
    if json {
        let counts =
            serde_json::json!({ "files": report.files.len(), "ok": report.ok(), "mismatched": report.mismatched() });
        print_json(&serde_json::json!({ "counts": counts, "vectors": report.files }))?;
    } else {
        let mut text = String::new();
        for file in &report.files {
            // Writing to a String cannot fail.
            let _ = writeln!(text, "{file}");
        }
        print(&format!("{text}{report}\n"))?;
    }
    Ok(if report.mismatched() == 0 { 0 } else { EXIT_CHECK_FAILED })
}
