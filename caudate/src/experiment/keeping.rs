//! Long runs: where recordings lie meanwhile, checkpoints on the way, and going on from one.

use super::run::{Costs, Job, World};
use crate::error::Error;
use caudate_core::id::Step;
use caudate_core::image::ChipImage;
use caudate_sim::checkpoint::Key;
use caudate_sim::recording::Probe;
use caudate_sim::timing::Timing;
use caudate_sim::{Checkpoint, Recorder, Simulation, StepInput};
use std::path::{Path, PathBuf};

/// Where a run keeps what it records, which checkpoints it writes, and which one it goes on from.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Keeping {
    /// A folder, which need not exist yet, on whose disk recordings lie while the run goes on, in bounded memory; `None`: in memory.
    pub scratch: Option<PathBuf>,
    /// A file that is written whenever so many steps, at least 1, are over.
    pub save: Option<(PathBuf, Step)>,
    /// Where to go on from. The run must be the same: image, stimulus up to there, probes, costs and timing.
    pub resume: Option<PathBuf>,
}

/// Keeps a run.
#[derive(Debug)]
pub(super) struct Keeper {
    save: Option<(PathBuf, Step)>,
    resume: Option<(PathBuf, Checkpoint)>,
    image_crc: u32,
    /// Of what the run was asked for, and of what the world has given so far.
    job: crc32fast::Hasher,
}

impl Keeper {
    pub(super) fn new(keeping: &Keeping, job: &Job<'_>, world: &World) -> Result<Self, Error> {
        let read = |path: &PathBuf| Ok::<_, Error>((path.clone(), Checkpoint::read(path)?));
        let resume = keeping.resume.as_ref().map(read).transpose()?;
        let is_used = keeping.save.is_some() || resume.is_some();
        let mut hasher = crc32fast::Hasher::new();
        if is_used {
            hasher.update(format!("{:?} {:?} {:?}", job.costs, job.timing, job.probes).as_bytes());
        }
        let image_crc = if is_used { crc_of(job.image)? } else { 0 };
        if let Some((path, checkpoint)) = &resume {
            if world.has_task() {
                return Err(refused(path, "a task has a state of its own, which no checkpoint holds"));
            }
            if checkpoint.key.image_crc != image_crc {
                return Err(refused(path, "it was written by a run of another image"));
            }
            if checkpoint.t > world.steps() {
                let what = format!("it begins at step {}, the run ends before step {}", checkpoint.t, world.steps());
                return Err(refused(path, &what));
            }
        }
        Ok(Self { save: keeping.save.clone(), resume, image_crc, job: hasher })
    }

    /// Threads that the cores must be laid out for.
    pub(super) fn layout_threads(&self, threads: usize) -> usize {
        self.resume.as_ref().map_or(threads, |(_, checkpoint)| checkpoint.layout_threads as usize)
    }

    /// The step that the run begins with.
    pub(super) fn begin(&self) -> Step {
        self.resume.as_ref().map_or(0, |(_, checkpoint)| checkpoint.t)
    }

    /// Notes what the world gave in a step.
    pub(super) fn note(&mut self, t: Step, input: &StepInput) {
        if self.save.is_none() && self.resume.is_none() {
            return;
        }
        for source in &input.spikes {
            self.job.update(&t.to_le_bytes());
            self.job.update(&source.to_le_bytes());
        }
        for (channel, amount) in &input.modulators {
            self.job.update(&t.to_le_bytes());
            self.job.update(&channel.to_le_bytes());
            self.job.update(&amount.to_le_bytes());
        }
    }

    /// Brings a run to where the checkpoint was written, after the world has given what it gave up to there.
    pub(super) fn resume(&mut self, simulation: &mut Simulation<'_>, recorder: &mut Recorder) -> Result<(), Error> {
        let Some((path, checkpoint)) = self.resume.take() else { return Ok(()) };
        if checkpoint.key.job_crc != self.job.clone().finalize() {
            return Err(refused(&path, "it was written under another stimulus, other probes, costs or timing"));
        }
        Ok(checkpoint.restore(simulation, recorder)?)
    }

    /// How many steps will be over when the next checkpoint is due, after step `t` has begun.
    pub(super) fn next_save(&self, t: Step) -> Step {
        let every = self.save.as_ref().map(|(_, every)| (*every).max(1));
        every.and_then(|every| (t + 1).checked_next_multiple_of(every)).unwrap_or(Step::MAX)
    }

    /// Writes a checkpoint if one is due after `steps` steps.
    pub(super) fn save(
        &self,
        steps: Step,
        simulation: &mut Simulation<'_>,
        recorder: &mut Recorder,
    ) -> Result<(), Error> {
        match &self.save {
            Some((_, every)) if steps.is_multiple_of((*every).max(1)) => self.save_now(simulation, recorder),
            _ => Ok(()),
        }
    }

    /// Writes a checkpoint, if the run keeps any.
    pub(super) fn save_now(&self, simulation: &mut Simulation<'_>, recorder: &mut Recorder) -> Result<(), Error> {
        let Some((path, _)) = &self.save else { return Ok(()) };
        let key = Key { image_crc: self.image_crc, job_crc: self.job.clone().finalize() };
        Ok(Checkpoint::write(path, key, simulation, recorder)?)
    }
}

/// What a checkpoint must agree with of a run that its caller drives: image, costs, timing and probes. What the caller has given to it, and what
/// to give next, the caller knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Driven(Key);

impl Driven {
    /// A run of an image.
    ///
    /// # Errors
    /// If the image cannot be encoded.
    pub fn of(image: &ChipImage, costs: &Costs, timing: Timing, probes: &[Probe]) -> Result<Self, Error> {
        let job = format!("driven {costs:?} {timing:?} {probes:?}");
        Ok(Self(Key { image_crc: crc_of(image)?, job_crc: crc32fast::hash(job.as_bytes()) }))
    }

    /// Writes a checkpoint.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn save(self, simulation: &mut Simulation<'_>, recorder: &mut Recorder, path: &Path) -> Result<(), Error> {
        Ok(Checkpoint::write(path, self.0, simulation, recorder)?)
    }

    /// Reads a checkpoint of such a run.
    ///
    /// # Errors
    /// If the file is no checkpoint, or one of another run.
    pub fn read(self, path: &Path) -> Result<Checkpoint, Error> {
        let checkpoint = Checkpoint::read(path)?;
        if checkpoint.key.image_crc != self.0.image_crc {
            return Err(refused(path, "it was written by a run of another image"));
        }
        if checkpoint.key.job_crc != self.0.job_crc {
            return Err(refused(path, "it was written under other probes, costs or timing, or by `caudate simulate`"));
        }
        Ok(checkpoint)
    }
}

fn crc_of(image: &ChipImage) -> Result<u32, Error> {
    Ok(crc32fast::hash(&image.to_bytes()?))
}

fn refused(path: &Path, why: &str) -> Error {
    let message = format!("{}: {why}. Give the run that wrote it, or start without a checkpoint", path.display());
    caudate_core::Error::Checkpoint(message).into()
}
