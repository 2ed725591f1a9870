//! The subcommands, and how all of them speak.

pub(crate) mod asm;
pub(crate) mod bench;
pub(crate) mod check;
pub(crate) mod compile;
pub(crate) mod completions;
pub(crate) mod disasm;
pub(crate) mod encode;
pub(crate) mod explain;
pub(crate) mod explain_map;
pub(crate) mod explore;
pub(crate) mod export;
pub(crate) mod export_spikes;
pub(crate) mod export_weights;
mod import;
pub(crate) mod inspect;
mod mapping;
mod optimization;
pub(crate) mod partition;
mod partition_report;
pub(crate) mod run;
pub(crate) mod simulate;
pub(crate) mod verify;
mod verify_rule;

use caudate::Error;
use caudate::core::engine::Strategy;
use caudate::core::semantics::Semantics;
use caudate::sim::timing::Timing;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use serde::Serialize;
use std::io::{ErrorKind, Write};
use std::time::Instant;

/// How a subcommand ends: an exit code, or an error that has one.
pub(crate) type Ended = Result<u8, Error>;

/// Prints to standard output. A reader that has gone away (`caudate inspect X | head`) is no error.
pub(crate) fn print(text: &str) -> Result<(), Error> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(source) if source.kind() != ErrorKind::BrokenPipe => {
            Err(caudate::core::Error::Io { path: "standard output".to_owned(), source }.into())
        }
        _ => Ok(()),
    }
}

/// Prints a value as pretty JSON.
pub(crate) fn print_json(value: &impl Serialize) -> Result<(), Error> {
    print(&format!("{}\n", serde_json::to_string_pretty(value)?))
}

/// Prints an error to standard error, with a way out.
pub(crate) fn complain(error: &Error) {
    let help = error.help().map_or_else(String::new, |help| format!("\n  = help: {help}"));
    // Where standard error is closed there is nobody left to tell.
    let _ = writeln!(std::io::stderr().lock(), "{error}{help}");
}

/// Sends log lines to standard error if the user asks for them.
pub(crate) fn log_to_stderr(verbose: u8) {
    let level = match verbose {
        0 => return,
        1 => "info",
        2 => "debug",
        _ => "trace",
    };
    let filter = tracing_subscriber::EnvFilter::new(level);
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).without_time().init();
}

/// Parses the name of a numeric semantics.
fn semantics_parser() -> impl TypedValueParser<Value = Semantics> {
    PossibleValuesParser::new(Semantics::ALL.map(Semantics::name))
        .try_map(|name| Semantics::by_name(&name).ok_or_else(|| format!("no semantics is named '{name}'")))
}

/// Parses the name of a model of time.
fn timing_parser() -> impl TypedValueParser<Value = Timing> {
    PossibleValuesParser::new(Timing::ALL.map(Timing::name)).try_map(|name| {
        Timing::ALL
            .into_iter()
            .find(|timing| timing.name() == name)
            .ok_or_else(|| format!("no model is named '{name}'"))
    })
}

/// Parses the name of a strategy of the engine.
fn strategy_parser() -> impl TypedValueParser<Value = Strategy> {
    PossibleValuesParser::new(Strategy::ALL.map(Strategy::name)).try_map(|name| {
        Strategy::ALL
            .into_iter()
            .find(|strategy| strategy.name() == name)
            .ok_or_else(|| format!("no strategy is named '{name}'"))
    })
}

/// Seconds since `start`, which moves to now.
fn lap(start: &mut Instant) -> f64 {
    let now = Instant::now();
    let seconds = now.duration_since(*start).as_secs_f64();
    *start = now;
    seconds
}
