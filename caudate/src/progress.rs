//! A progress line on standard error, where there is somebody to see it.

use indicatif::{ProgressBar, ProgressState, ProgressStyle};
use std::fmt::Write;
use std::io::IsTerminal;

/// Shows how far a run has come, how fast it goes and how long it will take; nothing unless standard error is a terminal.
#[derive(Debug)]
pub(crate) struct Progress {
    bar: Option<ProgressBar>,
}

impl Progress {
    /// A line for one run; `quiet` keeps it away.
    pub(crate) fn new(quiet: bool) -> Self {
        let bar = (!quiet && std::io::stderr().is_terminal()).then(|| {
            let template = "{bar:16} {human_pos}/{human_len} steps, {rate}, {eta} left  {wide_msg}";
            let rate = |state: &ProgressState, line: &mut dyn Write| {
                // The line is for eyes only: what cannot be written is not missed.
                let _ = write!(line, "{:.0} per s", state.per_sec());
            };
            let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
            let style = style.with_key("rate", rate);
            ProgressBar::new(0).with_style(style)
        });
        Self { bar }
    }

    /// The run is about to do step `t` of `steps`; `phase` says what it is doing there.
    pub(crate) fn at(&mut self, t: u64, steps: u64, phase: &str) {
        let Some(bar) = &self.bar else { return };
        bar.set_length(steps);
        bar.set_position(t);
        bar.set_message(phase.to_owned());
        if t == steps {
            bar.finish_and_clear();
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        // A run that fails leaves no half of a bar above its error.
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
