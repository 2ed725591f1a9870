//! Steps in a row that have been computed, be they in the present or ahead of it.

use crate::id::Step;

/// What some steps did, with their spikes of kind `S`.
#[derive(Debug, Clone)]
pub(super) struct Window<S> {
    first: Step,
    steps: Vec<Stepped>,
    spikes: Vec<S>,
}

/// What a step did.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stepped {
    /// Whether any neuron changed.
    pub(super) changed: bool,
    /// Accesses of neurons that found something to compute.
    pub(super) updates: u64,
    /// Where its spikes end among those of the window.
    spikes_end: usize,
}

impl<S> Window<S> {
    /// Before step 0, nothing.
    pub(super) const NONE: Self = Self { first: 0, steps: Vec::new(), spikes: Vec::new() };

    /// Forgets everything; step `first` comes next.
    pub(super) fn begin(&mut self, first: Step) {
        self.first = first;
        self.steps.clear();
        self.spikes.clear();
    }

    /// Spikes; those of the step that comes next are appended.
    pub(super) const fn spikes(&mut self) -> &mut Vec<S> {
        &mut self.spikes
    }

    /// Appends a step, whose spikes have been.
    pub(super) fn push(&mut self, changed: bool, updates: u64) {
        self.steps.push(Stepped { changed, updates, spikes_end: self.spikes.len() });
    }

    /// The first step that is not in it.
    pub(super) const fn end(&self) -> Step {
        self.first + self.steps.len() as Step
    }

    /// What a step of it did, and its spikes.
    pub(super) fn at(&self, t: Step) -> (Stepped, &[S]) {
        let place = (t - self.first) as usize;
        let spikes_first = if place == 0 { 0 } else { self.steps[place - 1].spikes_end };
        (self.steps[place], &self.spikes[spikes_first..self.steps[place].spikes_end])
    }

    /// Its steps.
    pub(super) fn steps(&self) -> std::ops::Range<Step> {
        self.first..self.end()
    }
}
