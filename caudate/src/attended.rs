//! A run that somebody attends: a progress line, and Ctrl-C ends it with what it has.

use crate::progress::Progress;
use caudate::experiment::{Finished, Watcher};
use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Exit code of a run that was interrupted, as shells know it: 128 and the number of the signal.
pub(crate) const EXIT_INTERRUPTED: u8 = 130;

/// Shows the progress of a run and ends it before the next step when an interrupt comes; a second interrupt ends the process at once.
#[derive(Debug)]
pub(crate) struct Attended {
    progress: Progress,
    interrupted: Arc<AtomicBool>,
}

impl Attended {
    /// Attends a run from here on; `quiet` keeps its progress line away.
    pub(crate) fn new(quiet: bool) -> Self {
        let interrupted = Arc::new(AtomicBool::new(false));
        let flag = interrupted.clone();
        let handler = move || {
            if flag.swap(true, Ordering::Relaxed) {
                std::process::exit(EXIT_INTERRUPTED.into());
            }
        };
        // Where no handler can be set, an interrupt ends the process as ever.
        if let Err(error) = ctrlc::set_handler(handler) {
            tracing::warn!(%error, "interrupts are not handled");
        }
        Self { progress: Progress::new(quiet), interrupted }
    }

    /// The exit code of a run whose results are written; says so if it was interrupted, and what goes on from there.
    pub(crate) fn exit_code(&self, finished: &Finished<'_>, checkpoint: Option<&Path>) -> u8 {
        if finished.is_whole {
            return 0;
        }
        let mut message =
            format!("interrupted before step {}: results are of the steps up to there", finished.simulation.now());
        if let Some(path) = checkpoint {
            message += &format!("; --resume {} goes on", path.display());
        }
        tell(&message);
        EXIT_INTERRUPTED
    }
}

impl Watcher for Attended {
    fn at(&mut self, t: u64, steps: u64, phase: &str) {
        self.progress.at(t, steps, phase);
    }

    fn fell_back(&mut self, cores: &[usize], reason: &str) {
        const LISTED: usize = 8;
        let listed: Vec<String> = cores.iter().take(LISTED).map(ToString::to_string).collect();
        let more = cores.len().saturating_sub(LISTED);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let cores = if cores.len() == 1 { "core" } else { "cores" };
        tell(&format!("note: {cores} {}{more} on the plain step: {reason}", listed.join(", ")));
    }

    fn ends(&mut self) -> bool {
        self.interrupted.load(Ordering::Relaxed)
    }
}

fn tell(message: &str) {
    // Where standard error is closed there is nobody left to tell.
    let _ = writeln!(std::io::stderr().lock(), "{message}");
}
